#!/usr/bin/env python3
"""Instructions of one kept-alive request through one worker, under callgrind: what a request costs where the clock says nothing.

    bench/instructions.py [--throttle] [--login] [--inspected|--http2|--tunnel] build/release/sluice [OTHER/sluice ...]

Each program serves 500 requests and then 1,500; the difference is a thousand requests without start and end. Wall time and load of the machine
do not show; the same program again differs by about 0.1 %. --throttle: by a rule with a rate that never holds anything back. --login: by
who logs in with each request. --inspected: inside TLS that the gateway looks into, by HTTP/1.1; --http2: the same by HTTP/2, one request at
a time. --tunnel: a request is a CONNECT, a ClientHello in the tunnel that names its host, 256 KiB back, and its end. Needs valgrind, and openssl
for what is inspected."""
import base64
import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import struct
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


def answer_all(s, context):
    data = b""
    s = context.wrap_socket(s, server_side=True) if context else s
    while piece := s.recv(65536):
        *heads, data = (data + piece).split(b"\r\n\r\n")
        s.sendall(ANSWER * len(heads))


def origin(context):
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            threading.Thread(target=answer_all, args=(listener.accept()[0], context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def certified(folder):
    """A context for an origin whose certificate is folder/origin.pem."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=origin.test",
                    "-addext", "subjectAltName=DNS:origin.test", "-days", "30", "-keyout", folder + "/origin.key", "-out", folder + "/origin.pem"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/origin.pem", folder + "/origin.key")
    return context


def inside(s, port, protocol):
    """TLS through a CONNECT."""
    s.sendall(b"CONNECT origin.test:%d HTTP/1.1\r\nHost: origin.test:%d\r\n\r\n" % (port, port))
    while not s.recv(65536).endswith(b"\r\n\r\n"):
        pass
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context.wrap_socket(s, server_hostname="origin.test")


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def requests_http2(s, port, count):
    """As a browser compresses them: the first puts Host and User-Agent into the table, the others point there."""
    authority = b"origin.test:%d" % port
    request = b"\x82\x87\x04\x02/a\x41" + bytes([len(authority)]) + authority + b"\x7a\x01x"
    s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(8, 0, 0, struct.pack(">I", 1 << 30)))
    data = b""
    for i in range(count):
        s.sendall(frame(1, 5, 2 * i + 1, request))
        request, ended = b"\x82\x87\x04\x02/a\xbf\xbe", False
        while not ended:
            data += s.recv(65536)
            while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], "big"):
                ended |= data[3] <= 1 and data[4] & 1
                data = data[9 + int.from_bytes(data[:3], "big"):]


def hello(name):
    """What a client of TLS says first."""
    sent = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name).do_handshake()
    return sent.read()


def tunnels(proxy, count):
    said, listener, answer = hello("origin.test"), socket.create_server(("127.0.0.1", 0)), BODY * 128
    connect = b"CONNECT origin.test:%d HTTP/1.1\r\nHost: origin.test\r\nUser-Agent: x\r\n\r\n" % listener.getsockname()[1]
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", proxy)) as s:
            s.sendall(connect)
            with listener.accept()[0] as there:
                while not s.recv(4096).endswith(b"\r\n\r\n"):
                    pass
                s.sendall(said)
                there.recv(65536)
                threading.Thread(target=there.sendall, args=(answer,)).start()
                left = len(answer)
                while left > 0:
                    left -= len(s.recv(65536))


def requests(proxy, port, count, login, how):
    target = b"/a" if how else b"http://origin.test:%d/a" % port
    request = b"GET %s HTTP/1.1\r\nHost: origin.test:%d\r\nUser-Agent: x\r\n%s\r\n" % (target, port, LOGIN if login else b"")
    with socket.create_connection(("127.0.0.1", proxy)) as s:
        if how == "h2":
            return requests_http2(inside(s, port, how), port, count)
        s = inside(s, port, how) if how else s
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


def run(sluice, rules, count, login, how):
    folder = tempfile.mkdtemp(prefix="sluice-bench-")
    try:
        conf, log = folder + "/conf", folder + "/log"
        inside = how in ("h2", "http/1.1")
        context = certified(folder) if inside else None
        os.mkdir(folder + "/out")
        with open(folder + "/hosts", "w") as f:
            f.write("127.0.0.1 origin.test\n")
        with open(conf, "w") as f:
            f.write(f"[state]\ndirectory = {folder}/state\n[proxy]\nlisten = 127.0.0.1:0\nworkers = 1\nallow_private = 127.0.0.0/8\n"
                    f"[dns]\nhosts = {folder}/hosts\n[admin]\nlisten = 127.0.0.1:0\n"
                    f"[auth]\nmethods = {'basic' if login else 'none'}\n")
            f.write(f"[inspect]\nenabled = on\ntrust = {folder}/origin.pem\n" if inside else "")
            f.write("[proxy]\nconnect_ports = 1-65535\n" if how else "")
        policy = json.dumps({"schema": 1, "default": {"then": "allow"}, "rules": rules, "inspection": {"default": "inspect"}})
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
        if how == "tunnel":
            tunnels(int(ready[1]), count)
        else:
            requests(int(ready[1]), origin(context), count, login, how)
        served.terminate()
        served.wait()
        return worker_total(folder + "/out")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


HOW = {"--http2": "h2", "--inspected": "http/1.1", "--tunnel": "tunnel"}


def main(arguments):
    rules, login = THROTTLED if "--throttle" in arguments else RULES, "--login" in arguments
    how = next((how for word, how in HOW.items() if word in arguments), None)
    for sluice in (a for a in arguments if not a.startswith("--")):
        few, many = run(sluice, rules, 500, login, how), run(sluice, rules, 1500, login, how)
        print(f"{(many - few) / 1000:10.1f}  {sluice}")


if __name__ == "__main__":
    main(sys.argv[1:])
