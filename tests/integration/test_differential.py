"""Whatever a client sends, an origin sees messages that have one reading: the strict one of wire.py, h11's, and the one that was judged and
recorded agree on every request, its fields, its body and where it ends. Known ways to smuggle, and mutations of them."""
import contextlib
import os
import random
import socketserver
import threading
import unittest
from collections import Counter

from integration import wire
from integration.support import ALLOW_ALL, Daemon, read_all, wait_for

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: evil.test\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODY = b"5\r\nhello\r\n0\r\n\r\n"


class RecordingOrigin:
    """Keeps every byte of every connection; answers what h11 reads as a request."""

    def __init__(self):
        outer = self
        self.streams, self.lock = [], threading.Lock()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                reader, stream = wire.Reader(), bytearray()
                with outer.lock:
                    outer.streams.append(stream)
                with contextlib.suppress(OSError):
                    while data := self.request.recv(65536):
                        stream += data
                        self.request.sendall(reader.ANSWER * reader.feed(data))

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass  # h11 found fault: the test reads the stream again and says so

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def request(fields=b"", body=b"", method=b"POST", target=b"@/a", version=b"1.1", host=b"Host: origin.test\r\n"):
    return method + b" " + target + b" HTTP/" + version + b"\r\n" + host + fields + b"\r\n" + body


def framings():
    """Two framings, of which two readers could choose differently."""
    rest = b"0\r\n\r\n" + SMUGGLED
    for value in (b"chunked", b" chunked", b"\tchunked", b"Chunked", b"chunked ", b"chunked\t", b"\x0bchunked", b"\x00chunked", b"xchunked",
                  b"chunked, chunked", b"identity", b"identity, chunked", b"chunked, identity", b"gzip, chunked", b"chunked;a=b", b"'chunked'",
                  b'"chunked"', b"chunked\x85", b"\xa0chunked", b"chun\r\n ked", b"chunked\r", b"\rchunked", b"\nchunked", b",chunked", b"chunked,",
                  b"", b"cow", b"CHUNKED"):
        for name in (b"Transfer-Encoding: ", b"Transfer-Encoding:", b"Transfer-Encoding : ", b"Transfer_Encoding: ", b"Transfer-Encoding\t: ",
                     b" Transfer-Encoding: ", b"TRANSFER-ENCODING: ", b"Transfer-Encoding\x00: ", b"Transfer\xadEncoding: "):
            yield request(b"Content-Length: %d\r\n" % len(rest) + name + value + b"\r\n", rest)
            yield request(name + value + b"\r\nContent-Length: 4\r\n", rest)
            yield request(name + value + b"\r\n", rest)
    yield request(b"X: y\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", rest)
    yield request(b"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", rest)
    yield request(b"Transfer-Encoding: x\r\n" + CHUNKED, rest)
    yield request(CHUNKED + b"Transfer-Encoding: x\r\n", rest)
    yield request(CHUNKED + CHUNKED, rest)
    yield request(CHUNKED, rest, version=b"1.0")
    yield request(b"Connection: Transfer-Encoding\r\n" + CHUNKED, rest)
    yield request(b"Connection: Content-Length\r\nContent-Length: 5\r\n", b"hello" + SMUGGLED)


def lengths():
    for value in (b"5", b" 5", b"05", b"0000000000000000000000005", b"+5", b"-5", b"5.0", b"0x5", b"5 ", b"5,5", b"5, 5", b"5\t", b"5\x00", b"5\x0b", b"5a",
                  b"\xd9\xa5", b"", b"1e1", b"5;", b"5_0", b"18446744073709551621", b"9223372036854775808", b"99999999999999999999999", b"5 5", b"5\r 0"):
        yield request(b"Content-Length: " + value + b"\r\n", b"hello" + SMUGGLED)
        yield request(b"Content-Length: 5\r\nContent-Length: " + value + b"\r\n", b"hello" + SMUGGLED)
        yield request(b"Content-Length: " + value + b"\r\nContent-Length: 5\r\n", b"hello" + SMUGGLED)
        yield request(b"Content_Length: " + value + b"\r\nContent-Length: 0\r\n", b"hello" + SMUGGLED)
    for method in (b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"POST", b"PUT", b"PATCH", b"PROPFIND", b"TRACE"):
        for fields in (b"Content-Length: 0\r\n", b"Content-Length: %d\r\n" % len(SMUGGLED), CHUNKED, b"", b"Content-Length : 5\r\n", b"Content-Length\r\n"):
            yield request(fields, SMUGGLED, method)


def chunks():
    """0.CL, lines that end for one reader and go on for another, sizes that wrap around."""
    for size in (b"5", b"05", b"5 ", b" 5", b"+5", b"-5", b"0x5", b"5;", b"5;a", b"5;a=b", b'5;a="b"', b'5;a="b;\\"c"', b"5;\x00", b"5 ;a", b"5\t;a", b"5;a\x0b",
                 b"5g", b"5\x00", b"5_", b"5,5", b"100000005", b"ffffffffffffffff5", b"10000000000000005", b"fffffffffffffffe", b"5;\xc3\xa4", b'5;a="\r\n', b"5;a=\xff",
                 b"5;" + b"a" * 250, b"5;" + b"a" * 300, b"0" * 15 + b"5", b"0" * 40 + b"5", b"00000005;x"):
        for end in (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"\r\n\r\n", b";\n\r\n", b";\r\r\n"):
            yield request(CHUNKED, size + end + b"hello\r\n0\r\n\r\n")
        yield request(CHUNKED, b"5\r\nhello\r\n" + size.replace(b"5", b"0") + b"\r\n\r\n" + SMUGGLED)
    for end in (b"\n", b"\r", b"", b"\r\r", b"\n\r", b"xx", b"\r\n\r\n", b"x\r\n", b"\x00\x00"):
        yield request(CHUNKED, b"5\r\nhello" + end + b"0\r\n\r\n" + SMUGGLED)
        yield request(CHUNKED, b"5\r\nhello\r\n0" + end + b"\r\n" + SMUGGLED)
        yield request(CHUNKED, b"5\r\nhello\r\n0\r\n" + end + SMUGGLED)
    for trailer in (b"X-Sum: 1", b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Host: evil.test", b"Content_Length: 5", b"X", b"X : 1", b" X: 1", b"X: 1\r\n 2",
                    b"X: a\rb", b"X: a\nY: b", b"X: \x00", b"GET / HTTP/1.1", b": x", b"Cookie: a", b"X-Mine: 1"):
        yield request(b"Connection: x-mine\r\n" + CHUNKED, b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n\r\n")
        yield request(b"TE: trailers\r\nTrailer: X-Sum\r\n" + CHUNKED, b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n\r\n" + SMUGGLED)
    yield request(CHUNKED + b"Expect: 100-continue\r\n", BODY)
    yield request(CHUNKED, b"1\r\nx\r\n" * 3000 + b"0\r\n\r\n")


def lines():
    """Names, line ends, targets and hosts that are read in more than one way."""
    for line in (b"X : 1", b"X\t: 1", b" X: 1", b"\tX: 1", b": 1", b"X", b"X: 1\r\n 2", b"X: 1\n2", b"X: 1\r2", b"X: \x00", b"X: \x01", b"X: \x7f", b"X\x00: 1", b"X Y: 1", b"X(: 1",
                 b"\xff: 1", b"X:: 1", b"X: \xff", b'X: "', b"Host: evil.test", b"host: evil.test", b"Host : evil.test", b"Connection: close, host", b"Connection: x, \x00",
                 b"Connection: te, upgrade\r\nTE: chunked\r\nUpgrade: h2c\r\nHTTP2-Settings: a", b"Upgrade: websocket\r\nConnection: upgrade", b"Keep-Alive: 5", b"Expect: 100-continue",
                 b"Expect: 100-continue\r\nExpect: 100-continue", b"Max-Forwards: 5", b"Max-Forwards: 05\r\nMax-Forwards: 6", b"Proxy-Connection: close", b"Proxy-Authorization: Basic eDp5",
                 b"X-Sluice-Loop: x", b"X_Forwarded_For: 1.1.1.1", b"Via: 1.1 a, 1.0 b", b"Trailer: x", b"TE: trailers, deflate;q=0.5", b"A" * 256 + b": x", b"A" * 300 + b": x"):
        yield request(line + b"\r\n", method=b"GET")
        yield request(line + b"\r\nContent-Length: 5\r\n", b"hello")
        yield request(b"Content-Length: 5\r\n", b"hello", host=line + b"\r\nHost: origin.test\r\n")
    for host in (b"", b"Host:\r\n", b"Host: \r\n", b"Host: a b\r\n", b"Host: evil.test\r\n", b"Host: origin.test:1\r\n", b"Host: u@origin.test\r\n", b"Host: [::1\r\n", b"Host: x/\r\n",
                 b"Host: x, y\r\n", b"Host: x\r\nHost: x\r\n"):
        yield request(method=b"GET", host=host)
        yield request(method=b"GET", host=host, version=b"1.0")
    for target in (b"@", b"@?x", b"@/#x", b"@/a b", b"@/\x00", b"@/\xff", b"@/%00", b"@/%0d%0aX:%20y", b"@//a", b"@/..//a/./b", b"@\\a", b"@/a\\b", b"@/a|b<c>\"", b"@/\tb", b"/a", b"*", b"//@/a",
                   b"http:@/a", b"http:/@/a", b"http:///a", b"http://u:p" + b"AT" + b"/a", b"HTTP://ORIGIN.test:PORT/A", b"ws://x/", b"https://origin.test/", b"origin.test:80", b"@/a HTTP/1.1\r\nX: "):
        for method in (b"GET", b"OPTIONS", b"CONNECT", b"get", b"G\x00T", b"GE\rT"):
            yield request(method=method, target=target)
    for version in (b"1.0", b"1.1 ", b"1.2", b"2.0", b"0.9", b"1.1\x00", b"1.10", b"01.1", b"1,1", b"1.1\r\n\r\nGET /x HTTP/1.1"):
        yield request(method=b"GET", version=version)
    for before in (b"\r\n", b"\r\n\r\n", b"\n", b"\r", b" ", b"\x00", b"0\r\n\r\n", b"\r\n \r\n", b"hello"):
        yield before + request(method=b"GET")


CORPUS = [case for part in (framings, lengths, chunks, lines) for case in part()]
SPICE = (b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b"\x0b", b"\x85", b"\xa0", b":", b";", b",", b"_", b'"', b"0", b"5", b"chunked", b"\r\n ", CHUNKED, b"Content-Length: 5\r\n",
         b"Content-Length: 0\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"Connection: close\r\n", SMUGGLED)


def mutate(rng, data):
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            data = data[:at] + rng.choice(SPICE) + data[at:]
        elif kind == 1:
            data = data[:at] + rng.choice(SPICE) + data[at + 1:]
        elif kind == 2:
            data = data[:at] + data[at + rng.randint(1, 4):]
        elif kind == 3:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
        elif kind == 4:
            rows = data.split(b"\r\n")
            rows.insert(rng.randrange(len(rows)), rng.choice(rows))
            data = b"\r\n".join(rows)
        else:
            data = data[:at] + rng.choice(CORPUS)[-rng.randrange(1, 60):] + data[at:]
    return data


class Differential(unittest.TestCase):
    WAY = {}
    EACH = 1  # of so many known ways one is taken

    @classmethod
    def setUpClass(cls):
        cls.origin = RecordingOrigin()
        timeouts = {"timeout_head": "2s", "timeout_body": "2s", "timeout_response": "2s"}
        way = {key: value.replace("PORT", str(cls.origin.port)) for key, value in cls.WAY.items()}
        cls.d = Daemon({"proxy": {"workers": "1", "max_connections": "1000", **timeouts, **way}}, ALLOW_ALL)

    @classmethod
    def tearDownClass(cls):
        cls.d.close()
        cls.origin.close()

    def send(self, rng, case):
        """One client that says all it has, in pieces, and half-closes: what is not whole by then never becomes whole."""
        port = b"%d" % self.origin.port
        case = case.replace(b"@", b"http://origin.test:" + port).replace(b"PORT", port).replace(b"AT", b"@origin.test:" + port)
        cuts = sorted(rng.randrange(len(case) + 1) for _ in range(rng.choice((0, 0, 1, 2))))
        with self.d.connect() as s, contextlib.suppress(OSError):
            for begin, end in zip([0, *cuts], [*cuts, len(case)]):
                s.sendall(case[begin:end])
            s.shutdown(1)
            read_all(s)

    def compare(self):
        """Every stream in both readings; all that arrived, as (method, host, path)."""
        arrived = Counter()
        for stream in filter(None, list(self.origin.streams)):
            data, h11 = bytes(stream), wire.Reader()
            ours = wire.read(data)
            try:
                h11.feed(data)
            except wire.h11.RemoteProtocolError as e:
                self.fail(f"{e!r} at {ours[len(h11.messages):][:1]}")
            for a, b in zip(ours, h11.messages):
                self.assertEqual(a, b)
            self.assertEqual(len(ours), len(h11.messages))
            for m in ours:
                host, target = dict(m.fields)[b"host"].decode("latin-1"), m.target.decode()
                if target.startswith("http://"):
                    self.assertTrue((target + "/").startswith(f"http://{host}/"), m)
                    target = target[len("http://" + host):] or "*"
                arrived[m.method.decode(), host, target.partition("?")[0]] += 1
        return arrived

    def run_cases(self, rng, cases):
        for case in cases:
            self.send(rng, case)
            self.send(rng, case + request(method=b"GET", target=b"@/next", fields=b"Connection: close\r\n"))
        arrived = self.compare()
        self.assertGreater(arrived["GET", f"origin.test:{self.origin.port}", "/next"], 10)

        def unrecorded():
            judged = Counter()
            for r in self.d.json("audit", "query", "--limit", "100000"):
                path = "*" if r["method"] == "OPTIONS" and r["path"] == "/" else r["path"]
                judged[r["method"], f"{r['host']}:{r['port']}", path] += 1
                judged[r["method"], f"{r['host']}:{r['port']}", r["path"]] += path == "*"
            return arrived - judged

        wait_for(lambda: not unrecorded(), "a record of each request that arrived")

    def test_known_ways_to_smuggle(self):
        self.run_cases(random.Random(9112), CORPUS[::self.EACH])

    def test_mutations(self):
        seed = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 32))
        count = 30000 if os.environ.get("SLUICE_TEST_LONG") else 400 // self.EACH
        rng = random.Random(seed)
        with self.subTest(f"SLUICE_SEED={seed}"):
            self.run_cases(rng, (mutate(rng, rng.choice(CORPUS)) for _ in range(count)))


class ToParent(Differential):
    """The same towards a parent proxy, which gets absolute-form. What it gets of a CONNECT is held by test_parents."""

    WAY = {"parent": "http://127.0.0.1:PORT", "parent_check": "10m"}
    EACH = 5

    def send(self, rng, case):
        if b"CONNECT" not in case:
            super().send(rng, case)


if __name__ == "__main__":
    unittest.main()
