"""conformance - does what docs/ promises name the test that holds it, and is there such a test?"""
import re

PAGE = "docs/conformance.md"
VERDICTS = ("holds", "stricter", "deviates", "n/a")
NAMES = re.compile(r"`([^`]+)`")
UNIT = re.compile(r"^TEST\((\w+)\)", re.M)
SCRIPTED = re.compile(r"^(?:class (\w+)|    def (test_\w+))", re.M)


def known_tests(tree):
    """TEST names of C, Class.test_name of Python, fuzz/NAME."""
    names = set()
    for path in tree.having(".c"):
        if path.startswith("tests/unit/"):
            names.update(UNIT.findall(tree.text(path)))
        elif path.startswith("tests/fuzz/fuzz_"):
            names.add("fuzz/" + path[len("tests/fuzz/fuzz_"):-len(".c")])
    for path in tree.having(".py"):
        if not path.startswith("tests/"):
            continue
        inside = ""
        for owner, test in SCRIPTED.findall(tree.text(path)):
            inside = owner or inside
            if test:
                names.add(f"{inside}.{test}")
    return names


def tables(tree, page):
    """Rows of each table of a page: its header, the place, its cells."""
    header = None
    for number, line in enumerate(tree.text(page).splitlines(), 1):
        cells = [c.strip() for c in line.strip("|").split(" | ")] if line.startswith("| ") else None
        if cells and header and not set(line) <= set("|- "):
            yield header, f"{page}:{number}: ", cells
        header = cells and (header or cells)


def held_by(tree):
    """Each row of a table of docs/ whose last column is `Held by` names a test that exists, or says n/a."""
    known = known_tests(tree)
    for page in tree.having(".md"):
        if not page.startswith("docs/"):
            continue
        for header, where, cells in tables(tree, page):
            if header[-1] != "Held by":
                continue
            tests = NAMES.findall(cells[-1])
            if len(cells) != len(header):
                yield f"{where}{len(cells)} cells, not {len(header)}: {', '.join(header)}"
            elif not tests and not any(c.startswith("n/a") for c in cells):
                yield f"{where}names no test"
            for test in tests if len(cells) == len(header) else ():
                if test not in known:
                    yield f"{where}there is no test {test}"


def conformance(tree):
    for _, where, cells in tables(tree, PAGE) if PAGE in tree.files else ():
        if len(cells) > 2 and not cells[2].startswith(VERDICTS):
            yield f"{where}'{cells[2]}' does not begin with one of: {', '.join(VERDICTS)}"
