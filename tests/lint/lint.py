#!/usr/bin/env python3
"""lint - rules about the source tree as programs.

usage: lint.py [--root DIR] [--fix] [CHECK...]

Without CHECK all run. Exit status: 0 clean, 1 faults (one a line on stdout), 2 wrong usage, 77 the tool that a check
needs is not installed (ctest calls that skipped). --fix lets clang-format rewrite what `layout` finds.
"""
import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import conformance  # noqa: E402
import headers  # noqa: E402
import layers  # noqa: E402
import leaks  # noqa: E402
import style  # noqa: E402
from tree import Tree  # noqa: E402

CHECKS = {
    "layers": layers.layers,
    "doors": layers.doors,
    "headers": headers.headers,
    "own-first": headers.own_first,
    "readmes": style.readmes,
    "sizes": style.sizes,
    "columns": style.columns,
    "banned": style.banned,
    "markup": style.markup,
    "layout": style.layout,
    "leaks": leaks.leaks,
    "conformance": conformance.conformance,
    "held-by": conformance.held_by,
}
SKIPPED = 77


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(prog="lint.py", description="Rules about the source tree.")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument("--fix", action="store_true", help="let clang-format rewrite what layout finds")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    options = parser.parse_args(arguments)
    for check in options.checks:
        if check not in CHECKS:
            parser.error(f"no check '{check}'; there are {', '.join(CHECKS)}")
    tree = Tree(options.root)
    faults, skipped = 0, False
    for check in options.checks or CHECKS:
        if check == "layout" and not style.formatter():
            print("layout: clang-format 14 is not installed, skipped")
            skipped = True
            continue
        found = list(style.layout(tree, options.fix) if check == "layout" else CHECKS[check](tree))
        faults += len(found)
        for fault in found:
            print(f"{fault}  [{check}]")
    if faults:
        print(f"{faults} faults")
        return 1
    return SKIPPED if skipped and options.checks == ["layout"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
