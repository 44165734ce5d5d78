"""HTTP/2 of inspected clients: curl, nghttp2's h2load, and frames by hand."""
import os
import signal
import subprocess
import tempfile
import threading

from integration.http2_frames import (CALM, CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, NO_ERROR, PING, RST_STREAM, SETTINGS,
                                      WINDOW_UPDATE, Http2, Relay, fields, frame)
from integration.inspected import BROWSER, InspectCase
from integration.support import default_handler, wait_for

SLOW = threading.Event()


def handler(s, head, path):
    if path.startswith("/wait"):  # until the client goes
        SLOW.set()
        s.recv(1)
        return False
    if path.startswith("/half"):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return False
    if path.startswith("/early"):
        s.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        return False
    if path.startswith("/trailers"):
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 17\r\n\r\n")
        return True
    return default_handler(s, head, path)


class Http2Case(InspectCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long enough password\n")
        cls.token = cls.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    @classmethod
    def handler(cls):
        return handler

    def client(self, host="origin.test", settings=b"", **options):
        context = self.context()
        context.set_alpn_protocols(["h2"])
        s = self.open(host, context=context, **options)
        self.assertEqual(s.selected_alpn_protocol(), "h2")
        h = Http2(s, f"{host}:{self.origin.port}", settings)
        self.addCleanup(h.close)
        return h

    def record(self, path):
        """The record of the only request for this path."""
        return wait_for(lambda: [r for r in self.d.audit() if r["path"] == path], "the record")[0]

    def hits(self, limit):
        name = f'sluice_limit_hits_total{{limit="{limit}"}} '
        return next(int(float(line.split()[1])) for line in self.metrics().splitlines() if line.startswith(name))


    def metrics(self):
        return self.d.api("/metrics", token=self.token).text


class Requests(Http2Case):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect"},
              "rules": [{"id": "host", "if": {"host": ["blocked.test"]}, "then": "block"},
                        {"id": "path", "if": {"url": ["origin.test/secret"]}, "then": "block"},
                        {"id": "slow", "if": {"host": ["c.test"]}, "then": "allow", "throttle": {"rate": "2MB/s", "burst": "64KiB", "per": "client"}}],
              "quotas": [{"id": "few", "if": {"host": ["b.test"]}, "per": "client", "window": "day", "bytes": "2MiB", "then": "block"}]}

    def http(self, *args):
        """(version, status, bytes) of a curl."""
        version, status, size = self.curl("--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code} %{size_download}", *args).split()
        return version, int(status), int(size)

    def test_curl_speaks_it_and_the_record_says_so(self):
        self.assertEqual(self.http(self.url("/some/path?x=1"), "-H", "Cookie: a=1"), ("2", 200, 22))
        record = self.record("/some/path")
        self.assertEqual((record["http_version"], record["scheme"], record["path"], record["status"]), ("2", "https", "/some/path", 200))
        self.assertTrue(record["tls"]["inspected"])
        head = next(h for h in self.origin.heads if b"/some/path" in h)
        self.assertTrue(head.startswith(b"GET /some/path?x=1 HTTP/1.1\r\n"))
        self.assertIn(b"\r\nVia: 2.0 ", head)
        self.assertNotIn(b"\r\nConnection:", head)

    def test_bodies_of_any_size_pass_both_ways(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(os.urandom(1 << 20) * 3)
            f.flush()
            for how in ([], ["-H", "Transfer-Encoding: chunked"]):  # with a length, and without
                self.curl("--http2", "-o", f.name + ".back", "--data-binary", "@" + f.name, *how, self.url("/echo"))
                with open(f.name, "rb") as sent, open(f.name + ".back", "rb") as got:
                    self.assertTrue(sent.read() == got.read())
            os.remove(f.name + ".back")
        self.assertEqual(self.http(self.url("/n/8000000")), ("2", 200, 8000000))
        self.assertEqual(self.http("-I", self.url("/n/500")), ("2", 200, 0))

    def test_many_requests_share_one_connection(self):
        before = len(self.records(1, method="CONNECT"))
        urls = [self.url(f"/n/{1000 + i}") for i in range(60)]
        said = self.curl("--http2", "--parallel", "--parallel-max", "50", "-w", "%{http_version} %{size_download}\n",
                         *(arg for url in urls for arg in (url, "-o", "/dev/null")))
        self.assertEqual(sorted(said.split("\n"))[1:], sorted(f"2 {1000 + i}" for i in range(60)))
        self.assertLessEqual(len(self.records(before + 1, method="CONNECT")) - before, 3)

    def test_h2load_gets_all_it_asks_for(self):
        relay = Relay(self.d.port, f"origin.test:{self.origin.port}")
        self.addCleanup(relay.close)
        done = subprocess.run(["h2load", "-n", "300", "-c", "3", "-m", "20", f"--connect-to=127.0.0.1:{relay.port}", self.url("/n/3000")],
                              capture_output=True, text=True, timeout=60)
        self.assertIn("300 total, 300 started, 300 done, 300 succeeded, 0 failed, 0 errored, 0 timeout", done.stdout)

    def test_blocked_paths_and_hosts_get_the_page(self):
        self.assertEqual(self.http(self.url("/secret/x"))[:2], ("2", 403))
        self.assertEqual(self.http(self.url(host="blocked.test"), "-A", BROWSER)[:2], ("2", 403))
        self.assertIn("blocked.test", self.curl("--http2", self.url(host="blocked.test"), "-A", BROWSER))

    def test_a_quota_cuts_one_stream_and_not_the_others(self):
        h = self.client("b.test", settings=b"\0\x04\x00\x40\0\0")
        h.send(frame(WINDOW_UPDATE, payload=b"\x00\x40\0\0"))
        large = h.ask("/n/4000000")
        self.assertNotIn(h.end_of(large), ("end", None))
        after = h.ask("/")  # the quota is used up: a page, on the same connection
        self.assertEqual(h.end_of(after), "end")
        self.assertEqual(self.records(1, host="b.test", status="403")[0]["http_version"], "2")

    def test_a_throttled_download_is_whole(self):
        self.assertEqual(self.http(self.url("/n/600000", "c.test")), ("2", 200, 600000))

    def test_trailers_pass(self):
        h = self.client()
        stream = h.ask("/trailers", extra=[("te", "trailers")])
        got = h.until(lambda kind, flags, of, payload: kind == HEADERS and flags & END_STREAM)
        self.assertEqual(got[2], stream)
        self.assertIn(b"\r\nTE: trailers\r\n", self.origin.heads[-1])

    def test_a_client_that_cancels_is_seen_by_the_origin_and_in_the_record(self):
        h = self.client()
        SLOW.clear()
        stream = h.ask("/wait")
        self.assertTrue(SLOW.wait(20))
        h.send(frame(RST_STREAM, 0, stream, CANCEL.to_bytes(4, "big")))
        self.assertEqual(self.record("/wait")["error"], "client-closed-wait")
        self.assertEqual(h.end_of(h.ask("/")), "end")

    def test_an_answer_that_is_cut_is_a_reset(self):
        h = self.client()
        self.assertNotIn(h.end_of(h.ask("/half")), ("end", None))
        self.assertEqual(h.end_of(h.ask("/")), "end")

    def test_an_early_answer_stops_the_upload(self):
        h = self.client()
        stream = h.ask("/early", "POST", end=False)
        h.send(frame(DATA, 0, stream, b"x" * 10000))
        self.assertEqual(h.end_of(stream), "end")
        self.assertEqual(h.end_of(stream), NO_ERROR)

    def test_another_host_inside_is_misdirected(self):
        h = self.client()
        h.authority = f"a.test:{self.origin.port}"
        self.assertEqual(h.end_of(h.ask("/")), "end")
        self.assertEqual(self.records(1, status="421")[0]["http_version"], "2")

    def test_it_can_be_switched_off_while_all_goes_on(self):
        h = self.client()
        self.d.settings["inspect"]["http2"] = "off"
        self.d.write_settings()
        self.d.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.http(self.url("/"))[0] == "1.1", "HTTP/1.1")
        self.assertEqual(h.end_of(h.ask("/")), "end")
        self.d.settings["inspect"]["http2"] = "on"
        self.d.write_settings()
        self.d.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.http(self.url("/"))[0] == "2", "HTTP/2")


class Hostile(Http2Case):
    """What is to be survived: each ends its own connection, is counted, and nobody else notices."""

    def flooded(self, limit, send, error=CALM):
        before, h = self.hits(limit), self.client()
        try:
            for i in range(10000):
                if i % 20 == 0 and h.goaway is not None:
                    break
                send(h, i)
        except OSError:
            pass
        h.until(lambda *_: False)
        self.assertIn(h.goaway, (error, None))  # a reset may have overtaken it
        self.assertEqual(self.hits(limit), before + 1)
        self.assertEqual(self.curl("--http2", self.url("/")), "hello from the origin\n")

    def test_rapid_reset(self):
        def send(h, i):
            stream = h.ask("/wait")
            h.send(frame(RST_STREAM, 0, stream, CANCEL.to_bytes(4, "big")))

        self.flooded("http2-resets", send)
        wait_for(lambda: "\nsluice_http2_connections 0\n" in self.metrics(), "all to end")

    def test_resets_that_we_are_made_to_send(self):
        def send(h, i):
            h.send(frame(WINDOW_UPDATE, 0, h.ask("/wait"), b"\x7f\xff\xff\xff"))

        self.flooded("http2-resets", send)

    def test_frames_that_bring_nothing(self):
        for one in (frame(PING, payload=b"12345678"), frame(SETTINGS), frame(SETTINGS, payload=b"\0\x01\0\0\0\0\0\x01\0\0\x10\0"),
                    frame(WINDOW_UPDATE, payload=b"\0\0\0\x01")):
            with self.subTest(one):
                self.flooded("http2-frames", lambda h, i, one=one: h.send(one * 20))

    def test_continuations_without_end(self):
        def send(h, i):
            h.send(frame(HEADERS, 0, 1, fields([("a", "b")])) if i == 0 else frame(CONTINUATION, 0, 1, fields([("a", "b" * 1000)])))

        self.flooded("http2-fields", send)

    def test_a_head_that_is_too_large_is_answered(self):
        h = self.client()
        h.send(frame(HEADERS, END_STREAM, 1, fields([(":method", "GET"), (":scheme", "https"), (":authority", h.authority), (":path", "/")])))
        for i in range(5):
            h.send(frame(CONTINUATION, END_HEADERS if i == 4 else 0, 1, fields([("x" + str(i), "y" * 16000)])))
        self.assertEqual(h.end_of(1), "end")
        self.assertEqual(self.records(1, status="431")[0]["http_version"], "2")

    def test_a_window_that_never_opens_costs_a_stream(self):
        h = self.client(settings=b"\0\x04\0\0\0\0")
        stream = h.ask("/n/400000")
        h.until(lambda kind, flags, of, payload: kind == HEADERS)
        self.assertEqual(h.end_of(h.ask("/n/0")), "end")
        h.send(frame(RST_STREAM, 0, stream, CANCEL.to_bytes(4, "big")))
        self.assertEqual(self.record("/n/400000")["error"], "client-reset-relay")


class Drain(Http2Case):
    def test_what_is_under_way_ends_and_the_client_is_told(self):
        h = self.client()
        stream = h.ask("/n/400000")
        h.until(lambda kind, flags, of, payload: kind == DATA)
        self.d.process.send_signal(signal.SIGTERM)
        h.send(frame(WINDOW_UPDATE, 0, stream, b"\0\x10\0\0") + frame(WINDOW_UPDATE, payload=b"\0\x10\0\0"))
        self.assertEqual(h.end_of(stream), "end")
        h.until(lambda *_: False)
        self.assertEqual(h.goaway, NO_ERROR)
        self.assertEqual(self.d.process.wait(60), 0)
