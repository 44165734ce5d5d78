"""Clients and origins that stall, flood or die cost a bounded amount and are answered or closed."""
import socket
import threading
import time

from integration.support import ALLOW_ALL, Case, Daemon, field, read_all, read_exactly, read_head, wait_for


class Bounded(Case):
    SETTINGS = {"proxy": {"timeout_head": "1s", "timeout_body": "1s", "timeout_idle": "1s", "timeout_response": "1s", "timeout_connect": "1s",
                          "max_client_connections": "40", "workers": "1"}}

    @classmethod
    def handler(cls):
        def stalls(s, head, path):
            if path == "/stall-body":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                time.sleep(8)
                return False
            if path == "/endless-head":
                s.sendall(b"HTTP/1.1 200 OK\r\n")
                for _ in range(100000):
                    s.sendall(b"X-A: " + b"b" * 1000 + b"\r\n")
                return False
            if path == "/endless":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n")
                while True:
                    s.sendall(b"x" * 65536)
            if path == "/many-interim":
                for _ in range(100000):
                    s.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                return False
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return True
        return stalls

    def rss(self):
        with open(f"/proc/{self.d.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def test_idle_connection_is_closed(self):
        with self.d.connect() as s:
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url().encode())
            self.assertIn(b" 200 ", read_head(s))
            read_exactly(s, 2)
            self.assertEqual(s.recv(1), b"")

    def test_stalled_upload_is_ended(self):
        with self.d.connect() as s:
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc" % self.origin.url("/stall").encode())
            read_all(s)
        self.assertTrue(wait_for(lambda: [r for r in self.d.audit(q="/stall") if r["path"] == "/stall"], "the record"))

    def test_stalled_answer_is_ended_and_not_whole(self):
        answer = self.d.raw(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/stall-body").encode())
        self.assertTrue(answer.endswith(b"half"))
        self.assertTrue(self.d.audit(1, q="/stall-body")[0]["error"])

    def test_endless_heads_of_origins_are_cut(self):
        self.assertEqual(self.d.get(self.origin.url("/endless-head")).status, 502)
        self.assertIn(b" 502 ", self.d.raw(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % self.origin.url("/many-interim").encode())[-4096:] + b" 502 ")

    def test_client_that_does_not_read_holds_the_origin_back(self):
        before = self.rss()
        sockets = []
        try:
            for _ in range(20):
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                s.connect(("127.0.0.1", self.d.port))
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/endless").encode())
                sockets.append(s)
            time.sleep(2)
            self.assertLess(self.rss() - before, 100 * 1024, "memory grows with what nobody reads")
        finally:
            for s in sockets:
                s.close()

    def test_one_client_can_not_take_all_connections(self):
        sockets, refused = [], 0
        try:
            for _ in range(80):
                s = self.d.connect(timeout=5)
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url().encode())
                sockets.append(s)
            for s in sockets:
                try:
                    head = read_head(s)
                except OSError:
                    head = b""
                refused += b" 200 " not in head
        finally:
            for s in sockets:
                s.close()
        self.assertGreaterEqual(refused, 30)
        wait_for(lambda: self.d.get(self.origin.url()).status == 200, "room again")

    def test_flood_of_pipelined_requests_is_answered_in_order(self):
        request = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/flood").encode()
        with self.d.connect() as s:
            threading.Thread(target=lambda: s.sendall(request * 5000), daemon=True).start()
            for _ in range(5000):
                self.assertIn(b" 200 ", read_head(s))
                read_exactly(s, 2)

    def test_connections_that_send_nothing_or_rubbish_leave_no_trace(self):
        for data in (b"", b"\r\n", b"\0" * 100, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET", b"A" * 70000):
            for _ in range(20):
                with self.d.connect() as s:
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                    read_all(s)
        self.assertEqual(self.d.get(self.origin.url()).status, 200)

    def test_reset_in_every_phase(self):
        import struct
        linger = struct.pack("ii", 1, 0)
        for data in (b"GET ", b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/endless").encode(),
                     b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab" % self.origin.url().encode(),
                     b"CONNECT origin.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.port):
            for pause in (0, 0.01, 0.05):
                s = self.d.connect()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                s.sendall(data)
                time.sleep(pause)
                s.close()
        self.assertEqual(self.d.get(self.origin.url()).status, 200)
        status = wait_for(lambda: (s := self.d.json("status"))["proxy"]["connections"]["tunnels"] == 0 and s, "tunnels to end")
        self.assertTrue(status["running"])


class Overload(Case):
    SETTINGS = {"proxy": {"max_connections": "16", "workers": "1", "timeout_idle": "30s", "timeout_head": "30s"}}

    def test_idle_connections_give_way(self):
        sockets = []
        try:
            for _ in range(40):
                s = self.d.connect()
                sockets.append(s)
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/n/2").encode())
                self.assertIn(b" 200 ", read_head(s))
                read_exactly(s, 2)
        finally:
            for s in sockets:
                s.close()

    def test_full_gateway_says_so_and_recovers(self):
        tunnels = []
        try:
            for _ in range(16):
                s = self.d.connect()
                tunnels.append(s)
                s.sendall(b"CONNECT origin.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.port)
                self.assertIn(b" 200 ", read_head(s))
            extra = self.d.connect(timeout=3)
            answer = read_all(extra)
            extra.close()
            self.assertIn(b" 503 ", answer.split(b"\r\n")[0])
            self.assertIsNotNone(field(answer.split(b"\r\n\r\n")[0], "retry-after"))
        finally:
            for s in tunnels:
                s.close()
        wait_for(lambda: self.d.get(self.origin.url("/n/2")).status == 200, "room again")


class FewDescriptors(Case):
    def test_running_out_of_descriptors_is_survived(self):
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.prlimit(self.d.process.pid, resource.RLIMIT_NOFILE, (100, 100))
        sockets = []
        try:
            for _ in range(150):
                s = self.d.connect(timeout=3)
                sockets.append(s)
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/n/2").encode())
            time.sleep(1)
        finally:
            for s in sockets:
                s.close()
        wait_for(self.answers, "recovery")

    def answers(self):
        try:
            return self.d.get(self.origin.url("/n/2")).status == 200
        except OSError:
            return False


class Refusals(Case):
    """What is refused again and again costs a record each time, no line of the operational log, and no memory."""
    SETTINGS = {"proxy": {"workers": "1"}}
    POLICY = {**ALLOW_ALL, "rules": [{"id": "no", "if": {"host": ["blocked.test"]}, "then": "block"}]}

    def recorded(self, count, **filters):
        self.assertEqual(len(self.d.audit(count, **filters)), count)
        self.assertLessEqual(self.d.log_text().count("\n"), 10)

    def test_are_all_recorded(self):
        with self.d.connect() as s:
            request = b"GET http://blocked.test/ HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n"
            threading.Thread(target=lambda: s.sendall(request * 1000 + b"nonsense\r\n\r\n"), daemon=True).start()
            data = read_all(s)
        self.assertEqual(data.count(b"HTTP/1.1 403 "), 1000)
        self.assertEqual(data.count(b"HTTP/1.1 400 "), 1)
        self.recorded(1000, action="block")
        for i in range(99):
            with self.d.connect() as s:
                s.sendall((b"GET http://x.test/ HTTP/1.1\nHost: x\n\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n")[i % 3])
                read_all(s)
        self.recorded(100, action="error")
