#!/usr/bin/env python3
"""test_lint - each check finds the fault that it is there for, in a small tree made for it, and passes a clean one."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import conformance  # noqa: E402
import headers  # noqa: E402
import layers  # noqa: E402
import leaks  # noqa: E402
import style  # noqa: E402
from tree import Tree, code_only  # noqa: E402


class Lint(unittest.TestCase):
    def faults(self, check, files):
        """What check says about a tree of these files."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
            return list(check(Tree(root)))

    def one(self, check, files, says):
        found = self.faults(check, files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(says, found[0])

    def test_layers__arrows_go_down(self):
        house = {"base/db.h": "", "policy/url.h": "", "audit/chain.h": "", "proxy/conn/conn.h": "", "proxy/net/buf.h": "",
                 "adminapi/route.h": "", "include/sluice/err.h": "", "include/sluice/store.h": ""}
        down = {"cli/main.c": '#include "adminapi/route.h"\n#include "proxy/conn/conn.h"\n',
                "proxy/conn/a.c": '#include "proxy/net/buf.h"\n#include "audit/chain.h"\n#include "sluice/err.h"\n'}
        self.assertEqual(self.faults(layers.layers, {**house, **down}), [])
        for source, target in (("base/a.c", "policy/url.h"), ("policy/a.c", "audit/chain.h"),
                               ("adminapi/a.c", "proxy/conn/conn.h"), ("proxy/a.c", "adminapi/route.h"),
                               ("proxy/net/a.c", "proxy/conn/conn.h"), ("proxy/http/a.c", "proxy/net/buf.h"),
                               ("audit/a.c", "sluice/store.h"), ("include/sluice/a.h", "base/db.h")):
            self.one(layers.layers, {**house, source: f'\n#include "{target}"\n'}, f"{source}:2: ")

    def test_layers__paths_start_at_the_root(self):
        self.one(layers.layers, {"base/a.c": '#include "db.h"\n', "base/db.h": ""}, "not a path from the root")

    def test_doors__one_file_a_library(self):
        good = {"base/db.c": "#include <sqlite3.h>\n#include <sys/stat.h>\n", "policy/pattern_jit.c": "#include <pcre2.h>\n"}
        self.assertEqual(self.faults(layers.doors, good), [])
        self.one(layers.doors, {"audit/a.c": "#include <sqlite3.h>\n"}, "belongs behind base/db.c")
        self.one(layers.doors, {"audit/a.c": "  #  include <zstd.h>\n"}, "has no door")

    def test_headers__compile_alone(self):
        self.assertEqual(self.faults(headers.headers, {"base/a.h": "#include <stddef.h>\nsize_t a(void);\n"}), [])
        self.one(headers.headers, {"base/a.h": "size_t a(void);\n"}, "does not compile by itself")

    def test_own_first__proves_the_header(self):
        files = {"base/a.h": "", "include/sluice/b.h": "", "base/b.c": '#include "sluice/b.h"\n'}
        self.assertEqual(self.faults(headers.own_first, {**files, "base/a.c": '#include "base/a.h"\n#include <x.h>\n'}), [])
        self.one(headers.own_first, {**files, "base/a.c": '#include <x.h>\n#include "base/a.h"\n'}, "before its own header")

    def test_readmes__each_folder_of_sources(self):
        self.assertEqual(self.faults(style.readmes, {"base/a.c": "", "base/README.md": "", "tests/x/t.c": ""}), [])
        self.one(style.readmes, {"proxy/net/a.c": "", "proxy/README.md": ""}, "proxy/net: has sources")

    def test_sizes_and_columns__have_bounds(self):
        self.assertEqual(self.faults(style.sizes, {"a.c": "\n" * 700}), [])
        self.one(style.sizes, {"a.c": "\n" * 701}, "701 lines")
        self.assertEqual(self.faults(style.columns, {"a.c": "x" * 120 + "\n"}), [])
        self.one(style.columns, {"a.c": "\n" + "x" * 121}, "a.c:2: 121 columns")

    def test_banned__calls_not_words(self):
        harmless = '/* strcpy(a) */ // system(x)\nchar *s = "gets(1)"; int my_system(int); x.system(1); snprintf(s);\n'
        self.assertEqual(self.faults(style.banned, {"a.c": harmless}), [])
        self.one(style.banned, {"a.c": "\n\nint x = atoi (s);\n"}, "a.c:3: atoi is banned")

    @unittest.skipUnless(style.formatter(), "needs clang-format 14")
    def test_layout__is_clang_formats(self):
        rules = {".clang-format": "BasedOnStyle: LLVM\n"}
        self.assertEqual(self.faults(style.layout, {**rules, "a.c": "int x;\n"}), [])
        self.one(style.layout, {**rules, "a.c": "int   x;\nint   y;\n"}, "a.c:1: not laid out")

    def test_leaks__paths_of_this_machine(self):
        self.one(leaks.leaks, {"a.md": "see .." + "/shared/x\n"}, "speaks of this machine")
        self.one(leaks.leaks, {"a.md": "\nsee .." + "/shared\n"}, "a.md:2: ")
        self.assertEqual(self.faults(leaks.leaks, {"a.md": "http://site.example/mainly .." + "/sharedness\n"}), [])

    def test_held_by__names_tests_that_exist(self):
        tests = {"tests/unit/x/test_a.c": "TEST(a__b)\n", "tests/fuzz/fuzz_head.c": "", "tests/integration/test_c.py": "class C:\n    def test_d(self):\n"}
        page = ("| Clause | Asks | Here | Held by |\n| --- | --- | --- | --- |\n| 1 | x | holds | `a__b` `C.test_d` `fuzz/head` |\n| 2 | x | n/a | |\n\n"
                "| a | b |\n| --- | --- |\n| no | test needed |\n\n")
        table = "| Promise | Held by |\n| --- | --- |\n"
        for name in (conformance.PAGE, "docs/other.md"):
            self.assertEqual(self.faults(conformance.held_by, {**tests, name: page}), [])
            for row, says in (("| 3 | `a__c` |", ":12: there is no test a__c"), ("| 3 | by hand |", "names no test"), ("| 3 |", "1 cells, not 2")):
                self.one(conformance.held_by, {**tests, name: page + table + row + "\n"}, says)

    def test_conformance__begins_with_a_verdict(self):
        page = "| Clause | Asks | Here | Held by |\n| --- | --- | --- | --- |\n| 1 | x | holds | `a__b` |\n"
        self.assertEqual(self.faults(conformance.conformance, {conformance.PAGE: page}), [])
        self.one(conformance.conformance, {conformance.PAGE: page + "| 3 | x | perhaps | `a__b` |\n"}, "does not begin with")

    def test_code_only__keeps_lines(self):
        self.assertEqual(code_only('a /* x\ny */ "\\"b" \'"\' c // d\ne').split("\n")[1].strip().replace(" ", ""), "c")


if __name__ == "__main__":
    unittest.main()
