#!/usr/bin/env python3
"""Do requests notice that a list of millions is updated beside them?

    bench/update.py [--build build/release] [--domains 3000000] [--list FOLDER] [--rate 500] [--rounds 3]

A gateway with one list of made-up domains (or a copy of the lists in FOLDER, in UT1's layout), and one client that asks for 1 KiB of
an origin at a fixed rate: what it has to wait behind a slow answer counts, what the machine does to the client itself does not. Turn
by turn nothing happens, or the changed list is updated (read, compared, built, swapped) by the API. Milliseconds over all rounds.
Needs bench_origin: cmake --build build/release --target sluice bench_origin
"""
import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import lists  # noqa: E402
import log_queries  # noqa: E402
import procs  # noqa: E402


class Source:
    """The list that changes: each update adds a host to it."""

    def __init__(self, options, folder):
        self.path = os.path.join(folder, "list")
        if options.list:
            shutil.copytree(options.list, self.path)
            names = [os.path.join(at, "domains") for at, _, files in os.walk(self.path) if "domains" in files]
            self.file = max(names, key=os.path.getsize)
        else:
            self.file = self.path
            lists.write_domains(self.path, options.domains)

    def change(self, number):
        with open(self.file, "a", encoding="ascii") as f:
            f.write(f"change{number}.example\n")


def ask(connection, url):
    connection.request("GET", url)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{url}: {answer.status}")


def client(gateway, rate, ended):
    """Asks until `ended` is set. Returns the latencies in ms."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    url, found = f"http://127.0.0.1:{gateway.origin_port}/b/1024", []
    ask(connection, url)
    due = answered = time.perf_counter()
    while not ended.is_set():
        due += 1 / rate
        if answered < due:
            time.sleep(max(0, due - time.perf_counter()))
        began = due if answered > due else time.perf_counter()
        ask(connection, url)
        answered = time.perf_counter()
        found.append((answered - began) * 1000)
        due = max(due, answered - 1)  # a second behind: the machine was away
    return found


def beside(gateway, rate, work):
    """What the client saw while `work` was done, and how long that took."""
    ended, found, began = threading.Event(), [], time.perf_counter()
    thread = threading.Thread(target=lambda: found.extend(client(gateway, rate, ended)))
    thread.start()
    try:
        work()
    finally:
        ended.set()
        thread.join()
    return found, time.perf_counter() - began


def show(title, found):
    found = sorted(found)
    cells = [found[min(len(found) - 1, int(len(found) * part))] for part in (0.5, 0.99, 0.999)]
    print(f"{title:12}{len(found):>9}" + "".join(f"{cell:10.2f}" for cell in [*cells, found[-1]]), flush=True)


def measure(options, gateway, cli, source):
    quiet, busy, took, seconds = [], [], [], 5.0
    cli("add", "big", "--file", source.path)
    for number in range(options.rounds):
        quiet += beside(gateway, options.rate, lambda: time.sleep(seconds))[0]
        source.change(number)
        found, seconds = beside(gateway, options.rate, lambda: cli("update", "big"))
        busy += found
        took.append(seconds)
    entries = json.loads(cli("show", "big", "--json"))["entries"]
    print(f"{entries} entries, {options.rate} requests/s, {options.rounds} updates of {min(took):.1f}-{max(took):.1f} s each\n"
          f"{'':12}{'requests':>9}{'p50':>10}{'p99':>10}{'p99.9':>10}{'worst':>10}")
    show("quiet", quiet)
    show("updating", busy)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=os.path.join(HERE, "../build/release"))
    parser.add_argument("--domains", type=int, default=3_000_000)
    parser.add_argument("--list")
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def before_others():
    """Other work of the machine is not what is measured; needs a privilege. Builds lower their own priority all the same."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
        with open("/proc/self/autogroup", "w", encoding="ascii") as f:
            f.write("-10")
    except OSError:
        pass


def main():
    options, gateway, origin = read_options(), None, None
    before_others()
    folder = tempfile.mkdtemp(prefix="sluice-update-")

    def cli(*words):
        command = [os.path.join(options.build, "sluice"), "lists", *words, "--config", os.path.join(folder, "sluice.conf")]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    try:
        source = Source(options, folder)
        origin = subprocess.Popen([os.path.join(options.build, "bench/bench_origin")], stdout=subprocess.PIPE)
        gateway = log_queries.Gateway(options, os.path.join(folder, "state"), folder, int(procs.read_line(origin, 10).split()[1]))
        measure(options, gateway, cli, source)
    finally:
        if gateway:
            gateway.stop()
        if origin:
            procs.end(origin)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
