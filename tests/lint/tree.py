"""tree - which files the project has, and what they include."""
import os
import re
import subprocess

SKIPPED = {".git", "build", "var", ".cache", "node_modules", "__pycache__"}
PRODUCT = ("include", "base", "pki", "policy", "audit", "proxy", "adminapi", "cli")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


class Tree:
    """A checkout: the files that git knows or would add; in an unpacked archive, all files."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.files = sorted(self._git() if os.path.exists(os.path.join(root, ".git")) else self._walk())
        self._texts = {}

    def _git(self):
        command = ["git", "-C", self.root, "ls-files", "-co", "--exclude-standard", "-z"]
        names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
        # A file that was removed but not yet committed is still listed.
        return {n for n in names if n and os.path.isfile(os.path.join(self.root, n))}

    def _walk(self):
        for folder, below, names in os.walk(self.root):
            below[:] = [b for b in below if b not in SKIPPED]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def text(self, name):
        if name not in self._texts:
            with open(os.path.join(self.root, name), "rb") as f:
                self._texts[name] = f.read().decode("utf-8", "replace")
        return self._texts[name]

    def having(self, *suffixes):
        return [f for f in self.files if f.endswith(suffixes)]

    def c(self):
        """Sources and headers of the product, without tests and benchmarks."""
        return [f for f in self.having(".c", ".h") if f.split("/")[0] in PRODUCT]

    def includes(self, name):
        """(line, path, True for "path" or False for <path>)"""
        text = self.text(name)
        for m in INCLUDE.finditer(text):
            yield text.count("\n", 0, m.start(2)) + 1, m.group(2), m.group(1) == '"'


def code_only(text):
    """C source with comments and literals blanked; lines keep their numbers."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)
