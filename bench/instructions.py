#!/usr/bin/env python3
"""Instructions of one kept-alive request through one worker, under callgrind: what a request costs where the clock says nothing.

    bench/instructions.py [--throttle] [--login] build/release/sluice [OTHER/sluice ...]

Each program serves 500 requests and then 1,500; the difference is a thousand requests without start and end. Wall time and load of the machine
do not show; the same program again differs by about 0.1 %. --throttle: by a rule with a rate that never holds anything back. --login: by
who logs in with each request. Needs valgrind."""
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

BODY = b"x" * 2000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
RULES = [{"id": "blocked", "if": {"host": ["b.test"]}, "then": "block"}]
PASSWORD = "secret word 7"
LOGIN = b"Proxy-Authorization: Basic %s\r\n" % base64.b64encode(b"user:" + PASSWORD.encode())
THROTTLED = RULES + [{"id": "slow", "if": {}, "then": "allow", "throttle": "100Gbit/s"}]


def answer_all(s):
    data = b""
    while piece := s.recv(65536):
        *heads, data = (data + piece).split(b"\r\n\r\n")
        s.sendall(ANSWER * len(heads))


def origin():
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            threading.Thread(target=answer_all, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def requests(proxy, port, count, login):
    request = b"GET http://origin.test:%d/a HTTP/1.1\r\nHost: origin.test\r\nUser-Agent: x\r\n%s\r\n" % (port, LOGIN if login else b"")
    with socket.create_connection(("127.0.0.1", proxy)) as s:
        for _ in range(count):
            s.sendall(request)
            data = b""
            while not data.endswith(BODY):
                data += s.recv(65536)


def worker_total(folder):
    """The thread that read the requests."""
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as f:
            text = f.read()
        if "request_read_head" in text:
            return int(re.search(r"^(?:totals|summary): (\d+)", text, re.M)[1])
    raise SystemExit("no thread served requests")


def run(sluice, rules, count, login):
    folder = tempfile.mkdtemp(prefix="sluice-bench-")
    try:
        conf, log = folder + "/conf", folder + "/log"
        os.mkdir(folder + "/out")
        with open(folder + "/hosts", "w") as f:
            f.write("127.0.0.1 origin.test\n")
        with open(conf, "w") as f:
            f.write(f"[state]\ndirectory = {folder}/state\n[proxy]\nlisten = 127.0.0.1:0\nworkers = 1\nallow_private = 127.0.0.0/8\n"
                    f"[dns]\nhosts = {folder}/hosts\n[admin]\nlisten = 127.0.0.1:0\n"
                    f"[auth]\nmethods = {'basic' if login else 'none'}\n")
        policy = json.dumps({"schema": 1, "default": {"then": "allow"}, "rules": rules})
        subprocess.run([sluice, "policy", "apply", "-", "--config", conf], input=policy, text=True, check=True, capture_output=True)
        if login:
            subprocess.run([sluice, "user", "add", "user", "--password-stdin", "--config", conf], input=PASSWORD + "\n", text=True, check=True,
                           capture_output=True)
        with open(log, "w") as f:
            served = subprocess.Popen(["valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={folder}/out/o",
                                       sluice, "serve", "--config", conf], stdout=f, stderr=f)
        while not (ready := re.search(r"ready proxy=\S+:(\d+)", open(log).read())):
            if served.poll() is not None:
                raise SystemExit(open(log).read())
            time.sleep(0.1)
        requests(int(ready[1]), origin(), count, login)
        served.terminate()
        served.wait()
        return worker_total(folder + "/out")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments):
    rules, login = THROTTLED if "--throttle" in arguments else RULES, "--login" in arguments
    for sluice in (a for a in arguments if not a.startswith("--")):
        few, many = run(sluice, rules, 500, login), run(sluice, rules, 1500, login)
        print(f"{(many - few) / 1000:10.1f}  {sluice}")


if __name__ == "__main__":
    main(sys.argv[1:])
