#!/usr/bin/env python3
"""Runs the tests by part and counts them; script/test calls this after installing packages.

  run.py [lint|unit|threads|integration|contract|console|fuzz ...]     default: all of them

Last line: N passed, N failed. Exit status 1 when anything failed or nothing ran.
"""
import concurrent.futures
import fnmatch
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
JOBS = str(os.cpu_count() or 2)
LONG = os.environ.get("SLUICE_TEST_LONG") == "1"
# Files of tests that take minutes begin first, so that no processor is idle while the last one of them ends.
LENGTHY = ["look.test.mjs", "publish.test.mjs", "test_admin_security.py", "test_life.py", "test_policy.py"]


def build(preset, *targets):
    """Configures once and builds; ends the run when that fails, because nothing below can be trusted then."""
    folder = os.path.join(ROOT, "build", preset)
    started = time.monotonic()
    commands = [["cmake", "--preset", preset]] if not os.path.exists(folder + "/build.ninja") else []
    commands.append(["cmake", "--build", folder] + (["--target", *targets] if targets else []))
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout[-8000:])
            print(f"build of {preset} failed\n0 passed, 1 failed")
            sys.exit(1)
    print(f"== built {preset} in {time.monotonic() - started:.0f} s", flush=True)


def ctest(preset, *choice, env=None):
    """Returns (passed, failed) of the chosen ctests; prints the output of those that failed."""
    folder = os.path.join(ROOT, "build", preset)
    report = os.path.join(folder, "report.xml")
    subprocess.run(["ctest", "--test-dir", folder, "-j", JOBS, "--output-on-failure", "--output-junit", report, "--quiet", *choice],
                   cwd=ROOT, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    passed = failed = 0
    for case in xml.parse(report).getroot().iter("testcase"):
        if case.get("status") == "run":
            passed += 1
            continue
        failed += 1
        print(f"-- FAILED {case.get('name')}\n{(case.findtext('system-out') or '')[-6000:]}")
    print(f"== {preset} {' '.join(choice)}: {passed} passed, {failed} failed", flush=True)
    return passed, failed


def lint():
    build("asan")
    return ctest("asan", "-L", "lint")


def unit():
    build("asan")
    return ctest("asan", "-L", "unit")


def threads():
    """The parts that share memory between threads, under ThreadSanitizer: whole unit programs, and the daemon under load."""
    build("tsan")
    unit_counts = ctest("tsan", "-L", "unit", "-E", "^fuzz/", env={"TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"})
    daemon_counts = integration_run("tsan", "threads_*.py")
    return tuple(a + b for a, b in zip(unit_counts, daemon_counts))


def side_by_side(runs, counts_of):
    """Runs commands, as many at a time as there are processors, since most of a test's time is waiting: [(name, command)] with
    SLUICE naming the daemon. counts_of(output) gives (passed, failed), None when the run never came to its end."""
    passed = failed = 0

    def run(item):
        started = time.monotonic()
        done = subprocess.run(item[1], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        return item[0], done, time.monotonic() - started

    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        for name, done, seconds in pool.map(run, runs):
            good, bad = counts_of(done.stdout) or (0, 1)
            bad = max(bad, int(done.returncode != 0))
            passed, failed = passed + good, failed + bad
            print(f"{name}: {good} passed, {bad} failed in {seconds:.0f} s", flush=True)
            if bad:
                print(done.stdout[-8000:], flush=True)
    return passed, failed


def lengthy_first(files):
    return sorted(files, key=lambda name: (LENGTHY.index(name) if name in LENGTHY else len(LENGTHY), name))


def unittest_counts(output):
    """(passed, failed) of what `python3 -m unittest` says at its end; None when it never came to that."""
    ran = re.search(r"^Ran (\d+) tests? in ", output, re.M)
    told = {word: int(n) for word, n in re.findall(r"(failures|errors|skipped|unexpected successes)=(\d+)", output.rsplit("\nRan ", 1)[-1])}
    bad = sum(n for word, n in told.items() if word != "skipped")
    return (int(ran[1]) - bad - told.get("skipped", 0), bad) if ran else None


def integration_run(preset, pattern, folder="integration"):
    os.environ["SLUICE"] = os.path.join(ROOT, "build", preset, "sluice")
    top = os.path.join(ROOT, "tests")
    files = lengthy_first(f for f in os.listdir(os.path.join(top, folder)) if fnmatch.fnmatch(f, pattern))
    passed, failed = side_by_side([(f"{folder} {f}", [sys.executable, "-m", "unittest", "discover", "-v", "-s", os.path.join(top, folder),
                                                      "-t", top, "-p", f]) for f in files], unittest_counts)
    print(f"== {preset} {folder} {pattern}: {passed} passed, {failed} failed", flush=True)
    return passed, failed


def integration():
    build("asan", "sluice")
    return integration_run("asan", "test_*.py")


def console():
    """What people see: the console's types, layout and pure modules, then pages in a real browser."""
    build("asan", "sluice")
    sources = console_sources()
    browser = integration_run("asan", "test_*.py", folder="console")
    flows = console_flows()
    return tuple(sum(counts) for counts in zip(sources, browser, flows))


def node_counts(output):
    """(passed, failed) of what `node --test` says at its end, in whichever of its formats; None when it never came to that."""
    found = re.search(r"^(?:# |ℹ )pass (\d+)\n(?:# |ℹ )fail (\d+)\n(?:# |ℹ )cancelled (\d+)", output, re.M)
    return (int(found[1]), int(found[2]) + int(found[3])) if found else None


def console_flows():
    """tests/console/*.test.mjs: each has a gateway and a browser of its own."""
    folder = os.path.join(ROOT, "tests", "console")
    npm_ci(folder, "playwright-core")
    os.environ["SLUICE"] = os.path.join(ROOT, "build", "asan", "sluice")
    passed, failed = side_by_side([(f"console {name}", ["node", "--test", os.path.join(folder, name)])
                                   for name in lengthy_first(os.listdir(folder)) if name.endswith(".test.mjs")], node_counts)
    print(f"== console flows: {passed} passed, {failed} failed", flush=True)
    return passed, failed


def npm_ci(folder, needed):
    """Installs what the folder's package-lock.json names, unless it is there: `needed` is a package that only a whole install has."""
    stamp, lock = folder + "/node_modules/.package-lock.json", folder + "/package-lock.json"
    if not os.path.exists(f"{folder}/node_modules/{needed}") or os.path.getmtime(stamp) < os.path.getmtime(lock):
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def contract():
    """openapi.json against the running daemon, by tools that know nothing but the document."""
    build("asan", "sluice")
    npm_ci(os.path.join(ROOT, "tests", "contract"), "@stoplight/prism-cli")
    return integration_run("asan", "test_*.py", folder="contract")


def console_sources():
    """Builds the console and runs what needs node only. Returns (passed, failed)."""
    webui = os.path.join(ROOT, "webui")
    npm_ci(webui, "typescript")
    passed = failed = 0
    for script in ("build", "check", "format:check", "types:check", "test"):
        done = subprocess.run(["npm", "run", "--silent", script], cwd=webui, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tests = node_counts(done.stdout) if script == "test" else None
        passed += tests[0] if tests else done.returncode == 0
        failed += tests[1] if tests else done.returncode != 0
        if done.returncode != 0:
            print(f"-- FAILED webui {script}\n{done.stdout[-6000:]}")
    print(f"== webui: {passed} passed, {failed} failed", flush=True)
    return passed, failed


def fuzz_counts(output):
    """libFuzzer says so when its time is over and nothing was found."""
    return (1, 0) if re.search(r"^Done \d+ runs in ", output, re.M) else None


def fuzz():
    """Each target for a few seconds beyond its corpus; SLUICE_TEST_LONG=1 for ten minutes each."""
    build("fuzz")
    corpora, found = os.path.join(ROOT, "tests", "fuzz", "corpus"), os.path.join(ROOT, "build", "fuzz", "found")
    runs = []
    for name in sorted(os.listdir(corpora)):
        os.makedirs(os.path.join(found, name), exist_ok=True)
        runs.append((f"fuzz {name}", [os.path.join(ROOT, "build", "fuzz", "tests", "fuzz", "fuzz_" + name),
                                      f"-max_total_time={600 if LONG else 4}", "-timeout=20", "-rss_limit_mb=4096",
                                      f"-artifact_prefix={ROOT}/build/fuzz/", os.path.join(found, name), os.path.join(corpora, name)]))
    passed, failed = side_by_side(runs, fuzz_counts)
    print(f"== fuzz: {passed} passed, {failed} failed", flush=True)
    return passed, failed


PARTS = {"lint": lint, "unit": unit, "threads": threads, "integration": integration, "contract": contract, "console": console, "fuzz": fuzz}


def main():
    chosen = [part for part in sys.argv[1:] if part != "all"] or list(PARTS)
    unknown = [part for part in chosen if part not in PARTS]
    if unknown:
        print(f"unknown part {unknown[0]}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    passed = failed = 0
    for part in chosen:
        counts = PARTS[part]()
        passed += counts[0]
        failed += counts[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
