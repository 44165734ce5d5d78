"""style - what a reader may rely on: a README in each folder, files of one question, lines that fit, no banned functions."""
import os
import re
import shutil
import subprocess

from tree import code_only

LONGEST_FILE, LONGEST_LINE = 700, 120
WRITTEN_BY_HAND = (".c", ".h", ".py", ".sh", ".js", ".mjs", ".ts", ".tsx", ".css")
GENERATED = ("webui/src/api/schema.ts",)
BANNED = {"strcpy": "sl_text_add or memcpy", "strcat": "sl_text_add", "sprintf": "snprintf", "vsprintf": "vsnprintf",
          "gets": "fgets", "strtok": "sl_str_split", "atoi": "sl_str_u64", "atol": "sl_str_u64", "system": "posix_spawn",
          "alloca": "an arena", "popen": "posix_spawn", "tmpnam": "mkostemp", "mktemp": "mkostemp"}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")


def readmes(tree):
    for folder in sorted({os.path.dirname(f) for f in tree.c() if f.endswith(".c")}):
        if f"{folder}/README.md" not in tree.files:
            yield f"{folder}: has sources but no README.md"


def sizes(tree):
    for name in tree.having(*WRITTEN_BY_HAND):
        if name in GENERATED:
            continue
        lines = tree.text(name).count("\n")
        if lines > LONGEST_FILE:
            yield f"{name}: {lines} lines, more than {LONGEST_FILE}; two questions in one file?"


def columns(tree):
    for name in tree.having(".c", ".h", ".mjs", ".ts", ".tsx", ".css"):
        if name in GENERATED:
            continue
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            if len(line.expandtabs(8)) > LONGEST_LINE:
                yield f"{name}:{number}: {len(line)} columns, more than {LONGEST_LINE}"


def banned(tree):
    for name in tree.having(".c", ".h"):
        code = code_only(tree.text(name))
        for m in CALL.finditer(code):
            yield f"{name}:{code.count(chr(10), 0, m.start()) + 1}: {m.group(1)} is banned; use {BANNED[m.group(1)]}"


# Ways to turn text into markup or code. Logged text is hostile, so the console knows only text nodes; its content security
# policy and Trusted Types would make these throw, but a reviewer should not have to wait for that.
MARKUP = re.compile(r"\b(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|srcdoc|"
                    r"DOMParser|document\.write(?:ln)?|eval\s*\(|new Function\b)")


def markup(tree):
    for name in tree.having(".ts", ".tsx"):
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            for m in MARKUP.finditer(line):
                yield f"{name}:{number}: {m.group(1).strip('( ')}: text must stay text; use a text node"


def formatter():
    """clang-format 14, the version whose layout is ours; None when it is not installed."""
    for command in ("clang-format-14", "clang-format"):
        path = shutil.which(command)
        if path and " 14." in subprocess.run([path, "--version"], capture_output=True, text=True).stdout:
            return path
    return None


def layout(tree, fix=False):
    names = tree.having(".c", ".h")
    for i in range(0, len(names), 50):
        some = [n for n in names[i:i + 50]]
        if fix:
            subprocess.run([formatter(), "-i", "--"] + some, check=True, cwd=tree.root)
            continue
        said = subprocess.run([formatter(), "--dry-run", "--"] + some, capture_output=True, text=True, cwd=tree.root).stderr
        seen = set()
        for m in re.finditer(r"^([^:\n]+):(\d+):\d+: ", said, re.M):
            if m.group(1) not in seen:
                seen.add(m.group(1))
                yield f"{m.group(1)}:{m.group(2)}: not laid out by clang-format; mend: tests/lint/lint.py --fix layout"
