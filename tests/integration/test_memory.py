"""However clients and origins behave, connections take no more memory than `sluice check` says they can."""
import os
import socket
import struct
import time
import unittest

from integration.support import Case, read_head

CONNECTIONS = 160


class WorstCase(Case):
    SETTINGS = {"proxy": {"workers": "1", "max_connections": str(CONNECTIONS), "max_client_connections": "0", "buffer_budget": "4MiB", "timeout_head": "1m",
                          "pool_total": "0"}}

    @classmethod
    def setUpClass(cls):
        before = os.environ.get("ASAN_OPTIONS")
        os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [before, "quarantine_size_mb=1"]))  # what was freed is not held
        try:
            super().setUpClass()
        finally:
            os.environ.pop("ASAN_OPTIONS")
            if before is not None:
                os.environ["ASAN_OPTIONS"] = before

    @classmethod
    def handler(cls):
        def misbehaves(s, head, path):
            if path == "/takes-nothing":
                time.sleep(60)
            elif path == "/never-ends":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n")
                while True:
                    s.sendall(b"x" * 65536)
            return False
        return misbehaves

    def rss(self):
        with open(f"/proc/{self.d.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) * 1024

    def open(self, data):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.connect(("127.0.0.1", self.d.port))
        s.settimeout(2)
        self.sockets.append(s)
        try:
            s.sendall(data)
        except OSError:
            pass  # nobody takes the rest
        return s

    def test_is_not_exceeded(self):
        bound = self.d.json("check")["memory"]
        self.assertGreater(bound["total"], CONNECTIONS * bound["connection"])
        self.open(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/").encode())
        before, field = self.rss(), b"X: " + b"f" * 1000 + b"\r\n"
        for i in range(CONNECTIONS - 10):
            kind = i % 4
            if kind == 0:    # a body that the origin does not take, behind a head that fills its block
                self.open(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n%s\r\n" % (self.origin.url("/takes-nothing").encode(), field * 14))
            elif kind == 1:  # an answer that the client does not take
                self.open(b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (self.origin.url("/never-ends").encode(), field * 14))
            elif kind == 2:  # a head that does not end
                self.open(b"GET %s HTTP/1.1\r\nHost: x\r\n%s" % (self.origin.url("/").encode(), field * (15 + i % 40)))
            else:            # a tunnel that nobody reads from
                s = self.open(b"CONNECT origin.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.port)
                self.assertIn(b" 200 ", read_head(s))
                s.sendall(b"GET /never-ends HTTP/1.1\r\nHost: x\r\n\r\n")
        for s in self.sockets[1::4]:
            s.setblocking(False)
            try:
                s.send(b"b" * 4000000)
            except OSError:
                pass
        most = 0
        for _ in range(20):
            most = max(most, self.rss() - before)
            time.sleep(0.05)
        self.assertLess(most, bound["total"])
        self.assertLess(most, CONNECTIONS * bound["connection"] + 2 * (4 << 20) + (12 << 20), "connections and budgets alone explain it")
        if os.environ.get("SLUICE_TEST_LONG"):
            print(f"\nmemory: {most / CONNECTIONS / 1024:.1f} KiB a connection of at most {bound['connection'] / 1024:.1f}")

    def setUp(self):
        self.sockets = []

    def tearDown(self):
        for s in self.sockets:
            s.close()


if __name__ == "__main__":
    unittest.main()
