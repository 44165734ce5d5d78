#!/usr/bin/env python3
"""How long does the console's overview take, over a log of millions of rows?

    bench/overview.py [--build build/release] [--rows 5000000] [--days 30] [--rounds 15] [--state DIRECTORY]

Fills a log (bench_fill), starts the gateway on it, and asks through the admin API for what the page asks: GET /stats/summary,
/stats/series by action, and the most of categories, rules, users and hosts; of 24 hours and of 30 days. For each: milliseconds of
the first answer after the start, then the median of the rounds, and CPU milliseconds of the gateway for one of them, which stay
comparable when others use the machine. Each round asks for other minutes, as a page does that is opened again. A directory given
with --state is filled once and kept.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import log_queries  # noqa: E402
import procs  # noqa: E402

PARTS = {
    "summary": ("/stats/summary", {}),
    "series by action": ("/stats/series", {"by": "action"}),
    **{f"top {dim}": ("/stats/top", {"dim": dim, "limit": 8}) for dim in ("category", "rule", "user", "host")},
}
MINUTE = 60


def span(seconds, back):
    """The `seconds` up to so many minutes before now."""
    to = time.time() - back * MINUTE
    return {"from": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(to - seconds)),
            "to": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(to))}


def ask(gateway, name, when):
    path, query = PARTS[name]
    began = time.perf_counter()
    gateway.get(path, {**query, **when})
    return (time.perf_counter() - began) * 1000


def let_age(state):
    """Days that are over have not been written to for hours, except that a file has to change once more to say so."""
    folder = os.path.join(state, "audit")
    for name in sorted(os.listdir(folder))[:-1]:
        os.utime(os.path.join(folder, name), (time.time() - 7200,) * 2)
    time.sleep(4)


def page(gateway, title, seconds, rounds):
    first = {name: ask(gateway, name, span(seconds, 0)) for name in PARTS}
    print(f"\n{title:20}{'first ms':>10}{'median ms':>11}{'CPU ms':>9}")
    totals = [sum(first.values()), 0, 0]
    for name in PARTS:
        before, times = procs.cpu_s(gateway.process.pid), []
        for i in range(rounds):
            times.append(ask(gateway, name, span(seconds, i + 1)))
        cpu = (procs.cpu_s(gateway.process.pid) - before) * 1000 / rounds
        totals[1] += statistics.median(times)
        totals[2] += cpu
        print(f"{name:20}{first[name]:10.1f}{statistics.median(times):11.1f}{cpu:9.1f}")
    print(f"{'the whole page':20}{totals[0]:10.1f}{totals[1]:11.1f}{totals[2]:9.1f}", flush=True)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=os.path.join(HERE, "../build/release"))
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--state")
    return parser.parse_args()


def main():
    options = read_options()
    folder = tempfile.mkdtemp(prefix="sluice-overview-")
    state = options.state or os.path.join(folder, "state")
    gateway = None
    try:
        if not os.path.exists(os.path.join(state, "audit")):
            os.makedirs(state, exist_ok=True)
            subprocess.run([os.path.join(options.build, "bench/bench_fill"), state, str(options.rows), str(options.days)],
                           check=True)
        let_age(state)
        gateway = log_queries.Gateway(options, state, folder, 0)
        page(gateway, "24 hours", 24 * 3600, options.rounds)
        page(gateway, "30 days", 30 * 24 * 3600, options.rounds)
    finally:
        if gateway:
            gateway.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
