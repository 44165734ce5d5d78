#!/usr/bin/env python3
"""How long does the request log take to answer, quiet and while requests come in?

    bench/log_queries.py [--build build/release] [--rows 5000000] [--days 3] [--rounds 15] [--rate 5000] [--state DIRECTORY]

Fills a log (bench_fill), starts the gateway on it, and asks for pages through the admin API: median and worst of the rounds in
milliseconds, the whole of it as a client sees it. Then the same while bench_load sends requests through the proxy, and exports. A
directory given with --state is filled once and kept.
"""
import argparse
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import urlencode

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import procs  # noqa: E402

PAGES = {
    "newest": {},
    "oldest": {"order": "oldest"},
    "action=block": {"action": "block"},
    "action=quota": {"action": "quota"},
    "user, frequent": {"user": "user0007"},
    "user, nobody": {"user": "user0000"},
    "host, one": {"host": "api.service19998.example.com"},
    "host, a domain": {"host": "example.org"},
    "rule": {"rule": "video-day"},
    "category": {"category": "tracking"},
    "status=5xx, user": {"status": "5xx", "user": "user0007"},
    "user, host": {"user": "user0007", "host": "www.site4.example.com"},
    "user! x 3": [("user!", "user0007"), ("user!", "user0008"), ("action!", "allow")],
    "client network": {"client": "10.1.3.0/24", "action": "error"},
    "q, frequent": {"q": "picture-1"},
    "q, a host": {"q": "api.service19998"},
    "q, nothing": {"q": "no-such-text"},
    "user, q": {"user": "user0007", "q": "picture-77"},
}


class Local(http.client.HTTPConnection):
    """HTTP over the gateway's Unix socket, whose caller is an administrator."""

    def __init__(self, path):
        super().__init__("localhost", timeout=600)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def say(*words):
    print(*words, flush=True)


class Gateway:
    def __init__(self, options, state, folder, origin_port):
        self.socket = os.path.join(state, "sluice.sock")
        self.port = procs.free_port()
        config = os.path.join(folder, "sluice.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"[state]\ndirectory = {state}\n[proxy]\nlisten = 127.0.0.1:{self.port}\nworkers = 1\n"
                    "allow_private = 127.0.0.0/8\n[admin]\nlisten = 127.0.0.1:0\n")
        self.origin_port = origin_port
        self.process = subprocess.Popen([os.path.join(options.build, "sluice"), "serve", "--config", config],
                                        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for line in self.process.stderr:
            if "sluice: ready" in line:
                break
        else:
            raise RuntimeError("the gateway did not start")
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()
        self.api = Local(self.socket)

    def get(self, path, query=()):
        self.api.request("GET", f"/api/v1{path}?{urlencode(query)}")
        answer = self.api.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pages(gateway, rounds):
    say(f"{'page of 100':22}{'median ms':>10}{'worst ms':>10}{'rows':>6}  partial")
    for name, query in PAGES.items():
        times, answer = [], None
        for _ in range(rounds):
            began = time.perf_counter()
            body = gateway.get("/requests", query)
            times.append((time.perf_counter() - began) * 1000)
            answer = json.loads(body)
        say(f"{name:22}{statistics.median(times):10.1f}{max(times):10.1f}{len(answer['items']):6}  {answer['searched_to'] or ''}")


def exports(gateway):
    for query in ({"format": "ndjson"}, {"format": "csv"}, {"format": "csv", "action": "block"}):
        began, size, lines = time.perf_counter(), 0, 0
        gateway.api.request("GET", f"/api/v1/requests/export?{urlencode(query)}")
        answer = gateway.api.getresponse()
        while piece := answer.read(1 << 20):
            size += len(piece)
            lines += piece.count(b"\n")
        seconds = time.perf_counter() - began
        say(f"export {urlencode(query):28}{lines / seconds:10.0f} rows/s {size / seconds / 1e6:8.1f} MB/s {lines} rows")


class Load:
    """Requests through the proxy at about that rate: as many as bench_load's closed loop makes, in bursts."""

    def __init__(self, options, gateway):
        self.options, self.gateway, self.stopping, self.done, self.began = options, gateway, False, 0, time.monotonic()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        command = [os.path.join(self.options.build, "bench/bench_load"), "--proxy", f"127.0.0.1:{self.gateway.port}",
                   "--connections", "4", "--seconds", "0.2", "--warm-up", "0",
                   *[f"http://127.0.0.1:{self.gateway.origin_port}/b/{n}" for n in (100, 1000, 5000)]]
        while not self.stopping:
            self.done += json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["total"]
            ahead = self.done / self.options.rate - (time.monotonic() - self.began)
            time.sleep(max(0, min(ahead, 1)))

    def stop(self):
        self.stopping = True
        self.thread.join()
        say(f"load: {self.done / (time.monotonic() - self.began):.0f} requests/s")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=os.path.join(HERE, "../build/release"))
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--state")
    return parser.parse_args()


def main():
    options = read_options()
    folder = tempfile.mkdtemp(prefix="sluice-log-")
    state = options.state or os.path.join(folder, "state")
    gateway = origin = None
    try:
        if not os.path.exists(os.path.join(state, "audit")):
            os.makedirs(state, exist_ok=True)
            subprocess.run([os.path.join(options.build, "bench/bench_fill"), state, str(options.rows), str(options.days)],
                           check=True)
        origin = subprocess.Popen([os.path.join(options.build, "bench/bench_origin")], stdout=subprocess.PIPE, text=True)
        port = int(origin.stdout.readline().split()[1])
        gateway = Gateway(options, state, folder, port)
        pages(gateway, options.rounds)
        exports(gateway)
        load = Load(options, gateway)
        try:
            pages(gateway, options.rounds)
        finally:
            load.stop()
    finally:
        for process in (gateway, origin):
            if process:
                getattr(process, "stop", getattr(process, "terminate", None))()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
