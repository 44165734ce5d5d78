"""HTTP/1.1 forwarding as clients and origins see it."""
import socket
import threading
import time

from integration.support import ALLOW_ALL, Case, Daemon, Origin, field, read_all, read_exactly, read_head, request_body


def scripted(s, head, path):
    """An origin that misbehaves on request: the path says how."""
    body = request_body(s, head) if not path.startswith(("/continue", "/early")) else b""
    if path == "/chunked":
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Sum: 42\r\n\r\n")
    elif path == "/close":
        s.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end")
        return False
    elif path == "/old":
        s.sendall(b"HTTP/1.0 200 OK\r\n\r\nold origin")
        return False
    elif path == "/204":
        s.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    elif path == "/304":
        s.sendall(b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 10\r\n\r\n")
    elif path == "/hop":
        s.sendall(b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Private\r\nKeep-Alive: timeout=5\r\nX-Private: 1\r\nX-Public: 2\r\n"
                  b"Proxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nok")
    elif path == "/continue":
        s.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = request_body(s, head)
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    elif path == "/early":
        s.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nstop")
        return False
    elif path == "/103":
        s.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    elif path == "/short":
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        return False
    elif path == "/garbage":
        s.sendall(b"this is not HTTP\r\n\r\n")
        return False
    elif path == "/two-lengths":
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")
        return False
    elif path == "/both-framings":
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        return False
    elif path == "/bad-chunk":
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n")
        return False
    elif path == "/switch-unasked":
        s.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
        return False
    elif path == "/hang":
        time.sleep(30)
    elif path == "/drop":
        return False
    elif path == "/upgrade":
        s.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        while data := s.recv(65536):
            s.sendall(data)
        return False
    elif path.startswith("/n/"):
        n = int(path[3:])
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % n)
        if not head.startswith(b"HEAD"):
            s.sendall(b"x" * n)
    else:
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body) or 5, body or b"hello"))
    return True


class Forward(Case):
    SETTINGS = {"proxy": {"timeout_response": "2s", "timeout_connect": "2s", "timeout_head": "2s", "timeout_body": "2s"}}

    @classmethod
    def handler(cls):
        return scripted

    def url(self, path):
        return self.origin.url(path)

    def ask(self, path, method=b"GET", fields=b"", body=b"", version=b"1.1"):
        return self.d.raw(b"%s %s HTTP/%s\r\nHost: origin.test\r\n%sConnection: close\r\n\r\n%s" %
                          (method, self.url(path).encode(), version, fields, body))

    # -- requests reach the origin as they should --
    def test_request_line_becomes_origin_form_and_host_follows_the_url(self):
        self.d.raw(b"GET %s HTTP/1.1\r\nHost: liar.test\r\nConnection: close\r\n\r\n" % self.url("/a?b=c").encode())
        head = self.origin.head()
        self.assertTrue(head.startswith("GET /a?b=c HTTP/1.1\r\n"), head)
        self.assertEqual(field(head, "host"), f"origin.test:{self.origin.port}")

    def test_hop_by_hop_fields_stay_on_their_hop(self):
        self.ask("/a", fields=b"Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nTE: trailers\r\n"
                             b"X-Keep: yes\r\nX-Forwarded-For: 1.2.3.4\r\n")
        head = self.origin.head()
        for name in ("keep-alive", "proxy-connection", "proxy-authorization", "x-forwarded-for"):
            self.assertIsNone(field(head, name), name)
        self.assertEqual(field(head, "x-keep"), "yes")
        self.assertRegex(field(head, "via"), r"^1\.1 \S+")

    def test_fields_named_by_connection_are_removed(self):
        self.d.raw(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nX-Other: 2\r\n\r\n" % self.url("/a").encode())
        self.assertIsNone(field(self.origin.head(), "x-mine"))
        self.assertEqual(field(self.origin.head(), "x-other"), "2")

    def test_answer_loses_hop_by_hop_fields_too(self):
        answer = self.ask("/hop").split(b"\r\n\r\n")[0]
        for name in ("keep-alive", "x-private", "proxy-authenticate"):
            self.assertIsNone(field(answer, name), name)
        self.assertEqual(field(answer, "x-public"), "2")
        self.assertIn("1.1 ", field(answer, "via"))

    def test_bodies_of_both_framings_arrive_whole(self):
        body = bytes(range(256)) * 1000
        self.assertEqual(self.d.get(self.url("/echo"), method="POST", body=body).body, body)
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (b"abc", b"d" * 5000)) + b"0\r\n\r\n"
        answer = self.ask("/echo", b"POST", b"Transfer-Encoding: chunked\r\n", chunks)
        self.assertTrue(answer.endswith(b"abc" + b"d" * 5000), answer[:300])

    def test_any_method_passes(self):
        for method in (b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"PROPFIND", b"X-OWN"):
            self.assertIn(b" 200 ", self.ask("/a", method).split(b"\r\n")[0], method)

    # -- answers reach the client as they should --
    def test_chunked_answer_with_trailer(self):
        answer = self.ask("/chunked", fields=b"TE: trailers\r\n")
        self.assertIn(b"hello", answer)
        self.assertIn(b" world", answer)
        body = answer.split(b"\r\n\r\n", 1)[1]  # the head may have "0\r\n" too: Via ends with a random name
        self.assertTrue(body.rstrip(b"\r\n").split(b"\r\n0\r\n", 1)[1] == b"X-Sum: 42" or body.endswith(b"\r\n0\r\n\r\n"), answer)
        self.assertEqual(self.d.get(self.url("/chunked")).body, b"hello world")

    def test_close_delimited_answers(self):
        self.assertEqual(self.d.get(self.url("/close")).body, b"until the end")
        self.assertEqual(self.d.get(self.url("/old")).body, b"old origin")

    def test_answers_without_body(self):
        with self.d.connect() as s:
            for path, status in (("/204", b"204"), ("/304", b"304"), ("/n/77", b"200")):
                method = b"HEAD" if path.startswith("/n") else b"GET"
                s.sendall(b"%s %s HTTP/1.1\r\nHost: x\r\n\r\n" % (method, self.url(path).encode()))
                head = read_head(s)
                self.assertIn(status, head.split(b"\r\n")[0], head)
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.url("/n/3").encode())
            self.assertEqual(read_exactly(s, len(read_head(s)) and 3), b"xxx")

    def test_http10_client_gets_no_chunks_and_a_close(self):
        answer = self.d.raw(b"GET %s HTTP/1.0\r\n\r\n" % self.url("/chunked").encode())
        head, body = answer.split(b"\r\n\r\n", 1)
        self.assertIsNone(field(head, "transfer-encoding"))
        self.assertEqual(body, b"hello world")

    def test_interim_answers_are_forwarded(self):
        answer = self.ask("/103")
        self.assertIn(b"103 Early Hints", answer)
        self.assertTrue(answer.endswith(b"ok"))

    def test_expect_continue(self):
        with self.d.connect() as s:
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n" % self.url("/continue").encode())
            self.assertIn(b" 100 ", read_head(s))
            s.sendall(b"12345")
            self.assertIn(b" 200 ", read_head(s))
            self.assertEqual(read_exactly(s, 5), b"12345")

    def test_final_answer_while_uploading(self):
        with self.d.connect() as s:
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n" % self.url("/early").encode())
            s.sendall(b"x" * 1000)
            answer = read_all(s)
        self.assertIn(b" 413 ", answer.split(b"\r\n")[0])
        self.assertTrue(answer.endswith(b"stop"))

    def test_upgrade_becomes_a_tunnel_both_ways(self):
        with self.d.connect() as s:
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" % self.url("/upgrade").encode())
            self.assertIn(b" 101 ", read_head(s))
            for text in (b"ping", b"x" * 100000):
                threading.Thread(target=s.sendall, args=(text,)).start()
                self.assertEqual(read_exactly(s, len(text)), text)
        record = self.d.audit(1, q="/upgrade")[0]
        self.assertEqual(record["status"], 101)

    def test_large_download_is_whole(self):
        self.assertEqual(len(self.d.get(self.url("/n/30000000")).body), 30000000)

    # -- connections --
    def test_connections_are_kept_on_both_sides(self):
        origin = Origin()
        try:
            with self.d.connect() as s:
                for _ in range(20):
                    s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % origin.url("/n/4").encode())
                    self.assertIn(b" 200 ", read_head(s))
                    read_exactly(s, 4)
            self.assertEqual(origin.connections, 1)
            self.assertEqual(len(origin.heads), 20)
        finally:
            origin.close()

    def test_pipelined_requests_are_answered_in_order(self):
        with self.d.connect() as s:
            s.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.url(f"/n/{n}").encode() for n in range(1, 30)))
            for n in range(1, 30):
                head = read_head(s)
                self.assertEqual(field(head, "content-length"), str(n))
                read_exactly(s, n)

    def test_stale_pooled_connection_is_retried_once(self):
        origin = Origin(lambda s, head, path: s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1") or False)
        try:
            for _ in range(10):
                self.assertEqual(self.d.get(origin.url("/")).body, b"1")
        finally:
            origin.close()

    def test_ipv6_origin(self):
        origin = Origin(family=socket.AF_INET6)
        try:
            self.assertEqual(self.d.get(f"http://[::1]:{origin.port}/n/3").body, b"xxx")
        finally:
            origin.close()

    # -- lies and faults of origins --
    def fault(self, path, status, error_type):
        answer = self.d.get(self.url(path))
        self.assertEqual(answer.status, status, answer.text)
        self.assertIn(error_type, answer.headers["Proxy-Status"])
        self.assertRegex(answer.headers["X-Sluice-Request"], r"^[0-9a-z]{13}$")
        record = self.record_of(answer)
        self.assertEqual((record["action"], record["status"]), ("error", status))
        self.assertTrue(record["error"])

    def test_answers_that_are_not_http_are_refused(self):
        for path in ("/garbage", "/two-lengths", "/both-framings", "/switch-unasked"):
            with self.subTest(path):
                self.fault(path, 502, "http_")

    def test_origin_that_hangs_up_or_hangs(self):
        self.fault("/drop", 502, "error=")
        self.fault("/hang", 504, "timeout")

    def test_origin_that_is_not_there(self):
        answer = self.d.get("http://origin.test:9/")
        self.assertEqual(answer.status, 502)
        self.assertIn("connection_refused", answer.headers["Proxy-Status"])

    def test_name_that_does_not_exist(self):
        answer = self.d.get("http://nowhere.invalid/")
        self.assertIn(answer.status, (502, 504))
        self.assertIn("dns_", answer.headers["Proxy-Status"])

    def test_cut_body_is_not_passed_off_as_whole(self):
        answer = self.ask("/short")
        self.assertTrue(answer.endswith(b"only this"))
        self.assertEqual(field(answer.split(b"\r\n\r\n")[0], "content-length"), "100")
        self.assertTrue(self.d.audit(1, q="/short")[0]["error"])
        answer = self.ask("/bad-chunk")
        self.assertFalse(answer.endswith(b"0\r\n\r\n"), answer)

    # -- lies of clients --
    def test_ambiguous_requests_are_refused(self):
        url = self.url("/a").encode()
        cases = {
            b"two lengths": b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab" % url,
            b"length and chunked": b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % url,
            b"space before colon": b"GET %s HTTP/1.1\r\nHost : x\r\n\r\n" % url,
            b"folded line": b"GET %s HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n\r\n" % url,
            b"bare CR": b"GET %s HTTP/1.1\r\nHost: x\r\nX-A: 1\r2\r\n\r\n" % url,
            b"NUL": b"GET %s HTTP/1.1\r\nHost: x\r\nX-A: 1\x002\r\n\r\n" % url,
            b"no host": b"GET %s HTTP/1.1\r\n\r\n" % url,
            b"two hosts": b"GET %s HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" % url,
            b"bad length": b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na" % url,
            b"control in URL": b"GET http://origin.test/\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"no URL": b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        }
        before = len(self.origin.heads)
        for name, request in cases.items():
            with self.subTest(name):
                answer = self.d.raw(request)
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:200])
                self.assertEqual(field(answer.split(b"\r\n\r\n")[0], "connection"), "close")
        self.assertEqual(len(self.origin.heads), before)

    def test_limits_and_unsupported(self):
        url = self.url("/a").encode()
        self.assertIn(b" 431 ", self.d.raw(b"GET %s HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n" % (url, b"y" * 100000)).split(b"\r\n")[0])
        self.assertIn(b" 431 ", self.d.raw(b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (url, b"A: b\r\n" * 1000)).split(b"\r\n")[0])
        self.assertIn(b" 505 ", self.d.raw(b"GET %s HTTP/2.0\r\nHost: x\r\n\r\n" % url).split(b"\r\n")[0])
        self.assertIn(b" 501 ", self.d.raw(b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" % url)
                      .split(b"\r\n")[0])

    def test_smuggled_request_behind_a_bad_chunk_is_not_run(self):
        before = len(self.origin.heads)
        self.d.raw(b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nGET %s HTTP/1.1\r\nHost: x\r\n\r\n" %
                   (self.url("/a").encode(), self.url("/smuggled").encode()))
        self.assertFalse(any(b"/smuggled" in head for head in self.origin.heads[before:]))

    def test_slow_head_is_cut(self):
        with self.d.connect() as s:
            s.sendall(b"GET http://origin.test/ HTTP/1.1\r\nHost:")
            started = time.monotonic()
            answer = read_all(s)
        self.assertLess(time.monotonic() - started, 15)
        self.assertTrue(answer == b"" or b" 408 " in answer.split(b"\r\n")[0], answer[:100])

    def test_client_that_leaves_ends_the_origin_connection(self):
        with self.d.connect() as s:
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.url("/n/200000000").encode())
            read_exactly(s, 100000)
        record = self.d.audit(1, q="/n/200000000")[0]
        self.assertIn("client", record["error"])
        self.assertLess(record["bytes_out"], 200000000)

    # -- destinations --
    def test_own_page(self):
        answer = self.d.get("http://sluice.internal/")
        self.assertEqual(answer.status, 200)
        self.assertIn("gateway", answer.text)

    def test_gateway_is_not_its_own_destination(self):
        for url in (f"http://127.0.0.1:{self.d.port}/", f"http://127.0.0.1:{self.d.admin_port}/api/v1/health",
                    f"http://origin.test:{self.d.port}/", f"http://[::ffff:127.0.0.1]:{self.d.admin_port}/"):
            with self.subTest(url):
                self.assertIn(self.d.get(url).status, (403, 508))


class Guard(Case):
    SETTINGS = {"proxy": {"allow_private": "", "connect_ports": "443"}}

    def test_private_destinations_are_refused(self):
        for host in (f"127.0.0.1:{self.origin.port}", f"origin.test:{self.origin.port}", "10.0.0.1", "192.168.1.1", "169.254.169.254",
                     "[::1]:80", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "0.0.0.0", "2130706433", "0x7f.1", "[fe80::1]"):
            with self.subTest(host):
                answer = self.d.get(f"http://{host}/")
                self.assertEqual(answer.status, 403, answer.text)
                self.assertEqual(self.record_of(answer)["action"], "error" if self.record_of(answer)["action"] == "error" else "block")
        self.assertEqual(self.origin.heads, [])

    def test_connect_ports(self):
        answer = self.d.raw(b"CONNECT origin.test:22 HTTP/1.1\r\nHost: origin.test:22\r\nConnection: close\r\n\r\n")
        self.assertIn(b" 403 ", answer.split(b"\r\n")[0])


class ForwardedFor(Case):
    def test_modes(self):
        wanted = {"delete": (None, None), "append": ("1.2.3.4, 127.0.0.1", None), "truncate": ("127.0.0.1", None),
                  "transparent": ("1.2.3.4", None), "on-behalf": (None, "for=127.0.0.1")}
        for mode, (xff, forwarded) in wanted.items():
            with self.subTest(mode):
                d = Daemon({"proxy": {"forwarded_for": mode}}, ALLOW_ALL)
                try:
                    d.get(self.origin.url("/"), {"X-Forwarded-For": "1.2.3.4"})
                finally:
                    d.close()
                self.assertEqual(field(self.origin.head(), "x-forwarded-for"), xff)
                if forwarded:
                    self.assertIn(forwarded, field(self.origin.head(), "forwarded").replace('"', ""))

    def test_via_off_still_detects_loops(self):
        d = Daemon({"proxy": {"via": "off"}}, ALLOW_ALL)
        try:
            d.get(self.origin.url("/"))
            self.assertIsNone(field(self.origin.head(), "via"))
            self.assertIn(d.get(f"http://localhost:{d.port}/").status, (403, 502, 508))
        finally:
            d.close()
