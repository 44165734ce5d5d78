#!/usr/bin/env python3
"""How many recorded requests does a replay judge in a minute of one core?

    bench/replay.py [--build build/release] [--rows 2000000] [--days 1] [--state DIRECTORY]

Fills a log (bench_fill) and asks `sluice replay` about policies of several sizes, each against the active policy that allows everything. CPU
seconds are those of the whole command, start and compiling included: they mean the same on a busy machine. A directory given with --state is
filled once and kept.
"""
import argparse
import json
import os
import resource
import shutil
import subprocess
import tempfile

HOSTS = 20000  # of office.c
KINDS = ("www.site", "cdn-", "api.service", "img.shop")


def host(i):
    return f"{KINDS[i % 4]}{i}.example.{'com' if i % 5 else 'org'}"


def rules(count, patterns=0):
    """Of every kind of condition; few of them match, so that most are looked at for most requests."""
    made = []
    for i in range(count):
        when = ({"host": [host(i * 17 % HOSTS), f"h{i}.nowhere.example"]}, {"user": [f"user{i:04d}"], "method": ["PUT"]},
                {"category": [f"c{i % 60}"], "user": [f"user{i % 2000:04d}"]}, {"url": [f"{host(i)}/assets/section-{i % 40}/x"]},
                {"extension": [f"e{i}"]}, {"network": ["plant"], "port": [8000 + i]})[i % 6]
        made.append({"id": f"r{i}", "if": when, "then": ("block", "warn", "allow")[i % 3]})
    if patterns:
        made.append({"id": "patterns", "if": {"regex": [rf"/section-{i % 40}/picture-{i}[0-9]{{3,}}\.(?:exe|zip)" for i in range(patterns)]},
                     "then": "block"})
    return {"schema": 1, "default": {"then": "allow"}, "networks": {"plant": ["10.9.0.0/16"]},
            "categories": {f"c{c}": {"hosts": [host(h) for h in range(c, HOSTS, 600)]} for c in range(60)}, "rules": made}


POLICIES = {
    "1 rule, nothing changes": {"schema": 1, "rules": [{"id": "no", "if": {"host": ["nowhere.example"]}, "then": "block"}]},
    "1 rule, a fifth changes": {"schema": 1, "rules": [{"id": "org", "if": {"host": ["org"]}, "then": "block"}]},
    "1,000 rules, 60 categories": rules(1000),
    "the same, 500 regexes": rules(1000, 500),
}


def run(command, text=None):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rows", type=int, default=2000000)
    parser.add_argument("--days", type=float, default=1)
    parser.add_argument("--state")
    options = parser.parse_args()
    folder = options.state or tempfile.mkdtemp(prefix="sluice-bench-")
    state, conf = os.path.join(folder, "state"), os.path.join(folder, "sluice.conf")
    try:
        if not os.path.isdir(os.path.join(state, "audit")):
            os.makedirs(state, exist_ok=True)
            subprocess.run([os.path.join(options.build, "bench/bench_fill"), state, str(options.rows), str(options.days)], check=True)
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"[state]\ndirectory = {state}\n")
        print(f"{'policy':28} {'requests':>10} {'changed':>9} {'CPU s':>7} {'us each':>8} {'million a minute of one core':>29}")
        for name, policy in POLICIES.items():
            command = [os.path.join(options.build, "sluice"), "--config", conf, "replay", "--policy", "-", "--since", f"{int(options.days) + 1}d", "--json"]
            report, cpu = run(command, json.dumps(policy))
            n = report["requests"]
            print(f"{name:28} {n:10} {report['changed']:9} {cpu:7.2f} {cpu / n * 1e6:8.2f} {n / cpu * 60 / 1e6:29.1f}", flush=True)
    finally:
        if not options.state:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
