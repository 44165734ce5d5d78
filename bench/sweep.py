#!/usr/bin/env python3
"""What judging open tunnels again costs: CPU of one worker for each commit, and how soon a commit that forbids them has closed them all.

    bench/sweep.py build/release/sluice [TUNNELS]       5,000 by default; needs twice as many descriptors"""
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

COMMITS = 10
OTHERS = [{"id": f"r{i}", "if": {"host": [f"h{i}.test"], "user": [f"u{i}"]}, "then": "block"} for i in range(1000)]


class Gateway:
    def __init__(self, sluice, folder):
        self.sluice, self.conf, log = sluice, folder + "/conf", folder + "/log"
        with open(folder + "/hosts", "w") as f:
            f.write("127.0.0.1 origin.test\n")
        with open(self.conf, "w") as f:
            f.write(f"[state]\ndirectory = {folder}/state\n[proxy]\nlisten = 127.0.0.1:0\nworkers = 1\nmax_client_connections = 0\n"
                    f"allow_private = 127.0.0.0/8\nconnect_ports = 1-65535\n[dns]\nhosts = {folder}/hosts\n[admin]\nlisten = 127.0.0.1:0\n")
        self.commit("allow", 0)
        with open(log, "w") as f:
            self.process = subprocess.Popen([sluice, "serve", "--config", self.conf], stdout=f, stderr=f)
        while not (ready := re.search(r"ready proxy=\S+:(\d+)", open(log).read())):
            time.sleep(0.05)
        self.port = int(ready[1])
        tasks = f"/proc/{self.process.pid}/task/"
        self.worker = next(tasks + t for t in os.listdir(tasks) if open(tasks + t + "/comm").read().startswith("worker"))

    def commit(self, then, number):
        rules = [*OTHERS, {"id": "last", "if": {"host": ["origin.test"]}, "then": then}]
        policy = json.dumps({"schema": 1, "title": str(number), "default": {"then": "allow"}, "rules": rules})
        subprocess.run([self.sluice, "policy", "apply", "-", "--config", self.conf], input=policy, text=True, check=True, capture_output=True)

    def cpu_ns(self):
        with open(self.worker + "/schedstat") as f:
            return int(f.read().split()[0])

    def tunnel(self, port):
        s = socket.create_connection(("127.0.0.1", self.port))
        s.sendall(b"CONNECT origin.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % port)
        s.recv(1000)
        return s


def accept_all(listener, kept):
    while True:
        kept.append(listener.accept()[0])


def measure(g, count):
    listener, kept = socket.create_server(("127.0.0.1", 0), backlog=1000), []
    threading.Thread(target=accept_all, args=(listener, kept), daemon=True).start()
    tunnels = [g.tunnel(listener.getsockname()[1]) for _ in range(count)]
    time.sleep(1)
    before, began = g.cpu_ns(), time.monotonic()
    time.sleep(2)
    idle = (g.cpu_ns() - before) / (time.monotonic() - began)
    before, began = g.cpu_ns(), time.monotonic()
    for number in range(1, COMMITS + 1):
        g.commit("allow", number)
        time.sleep(0.5)
    used = (g.cpu_ns() - before - idle * (time.monotonic() - began)) / COMMITS
    print(f"{count:,} tunnels, {len(OTHERS) + 1:,} rules: a commit {used / 1e6:.1f} ms of CPU, {used / count:.0f} ns a tunnel; idle {idle / 1e6:.2f} ms/s")
    before = g.cpu_ns()
    g.commit("block", 0)
    began = time.monotonic()
    for s in tunnels:
        try:
            while s.recv(1000):
                pass
        except ConnectionError:
            pass
    print(f"all closed {time.monotonic() - began:.2f} s after the commit that forbids them, {(g.cpu_ns() - before) / count / 1000:.0f} us of CPU a tunnel")


def main(sluice, count="5000"):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    folder = tempfile.mkdtemp(prefix="sluice-bench-")
    g = Gateway(sluice, folder)
    try:
        measure(g, int(count))
    finally:
        g.process.terminate()
        g.process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
