"""conformance - does each row of docs/conformance.md say how it is held, and is there such a test?"""
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


def conformance(tree):
    if PAGE not in tree.files:
        return
    known = known_tests(tree)
    for number, line in enumerate(tree.text(PAGE).splitlines(), 1):
        cells = [c.strip() for c in line.strip("|").split(" | ")] if line.startswith("| ") else []
        if not cells or cells[0] in ("Clause", "---"):
            continue
        where = f"{PAGE}:{number}: "
        if len(cells) != 4:
            yield f"{where}{len(cells)} cells, not 4: clause, what it asks, what is done here, tests"
            continue
        if not cells[2].startswith(VERDICTS):
            yield f"{where}'{cells[2]}' does not begin with one of: {', '.join(VERDICTS)}"
        tests = NAMES.findall(cells[3])
        if not tests and not cells[2].startswith("n/a"):
            yield f"{where}names no test"
        for test in tests:
            if test not in known:
                yield f"{where}there is no test {test}"
