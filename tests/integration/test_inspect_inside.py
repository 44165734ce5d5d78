"""Inside inspected tunnels: whose the requests are, what they cost, which rules see them; and strangers' TLS on both sides: openssl and nginx."""
import asyncio
import base64
import hashlib
import json
import os
import re
import subprocess
import tempfile
import time

from integration.http2_frames import NO_ERROR, Http2
from integration.inspected import InspectCase
from integration.nginx import Nginx
from integration.support import default_handler, read_exactly, wait_for

LONG = bool(os.environ.get("SLUICE_TEST_LONG"))
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def accept_key(key):
    return base64.b64encode(hashlib.sha1(key.encode() + WEBSOCKET_GUID).digest()).decode()


def message(text, mask=b""):
    """A text frame of a WebSocket, at most 125 bytes; a client masks it."""
    data = bytes(b ^ mask[i % 4] for i, b in enumerate(text)) if mask else text
    return bytes([0x81, len(text) | (0x80 if mask else 0)]) + mask + data


def answer(s, head, path):
    """/evil is of a type, /socket is a WebSocket that shouts back."""
    if path == "/evil":
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: Application/X-Evil; v=1\r\nContent-Length: 4\r\n\r\nevil")
    elif path == "/socket":
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)[1].decode()
        s.sendall(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode())
        while len(start := read_exactly(s, 2)) == 2:
            mask, text = read_exactly(s, 4), read_exactly(s, start[1] & 0x7F)
            s.sendall(message(bytes(b ^ mask[i % 4] for i, b in enumerate(text)).upper()))
        return False
    else:
        return default_handler(s, head, path)
    return True


class StrangeServer:
    """openssl s_server, one connection at a time, whose page tells of the handshake."""

    def __init__(self, certificate, *more):
        cert, key = certificate
        self.process = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-www", *more],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = b""
        while not line.startswith(b"ACCEPT"):
            line = self.process.stdout.readline()
        self.port = int(line.rsplit(b":", 1)[1])

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Inside(InspectCase):
    """All with a login at the CONNECT. The gateway, the origin and nginx are the same for all tests."""

    SETTINGS = {"auth": {"methods": "basic"}}
    USERS = {"ann": "secret", "bob": "secret", "dan": "secret", "eve": "secret"}
    POLICY = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect"}, "groups": {"staff": ["ann"]},
              "rules": [{"id": "staff", "if": {"url": ["origin.test/staff"]}, "unless": {"group": ["staff"]}, "then": "block"},
                        {"id": "think", "if": {"url": ["origin.test/think"]}, "then": "warn"},
                        {"id": "type", "if": {"content_type": ["application/x-evil"]}, "then": "block"},
                        {"id": "size", "if": {"host": ["b.test"], "size_over": "100KB"}, "then": "block"},
                        {"id": "programs", "if": {"extension": ["exe"]}, "then": "block"},
                        {"id": "slow", "if": {"host": ["c.test"]}, "then": "allow", "throttle": {"rate": "1MB/s", "burst": "64KiB", "per": "client"}}],
              "quotas": [{"id": "all", "if": {"host": ["a.test"]}, "per": "user", "window": "month", "bytes": "1GB", "requests": 1000, "then": "block"}]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate = cls.authority.certify(*cls.NAMES)
        cls.nginx = Nginx(cls.certificate)
        cls.addClassCleanup(cls.nginx.close)
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long enough password\n")
        cls.token = cls.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    @classmethod
    def handler(cls):
        return answer

    def connect(self, host="origin.test", port=None, agent=None, login="ann:secret"):
        return super().connect(host, port, agent, login)

    def curl(self, *args, check=True, login="ann:secret"):
        return super().curl("-U", login, *args, check=check)

    def opened(self, host="origin.test", login="ann:secret", alpn="http/1.1", port=None):
        s, head = self.connect(host, port, login=login)
        self.assertIn(b" 200 ", head[:20])
        context = self.context()
        context.set_alpn_protocols([alpn])
        s = context.wrap_socket(s, server_hostname=host)
        self.addCleanup(s.close)
        return s

    def metric(self, name):
        lines = self.d.api("/metrics", token=self.token).text.splitlines()
        return next(int(float(line.rsplit(" ", 1)[1])) for line in lines if line.startswith(name + " "))

    def record(self, path, **wanted):
        """The newest record of this path."""
        return wait_for(lambda: [r for r in self.d.audit(q=path) if all(r[k] == v for k, v in wanted.items())], f"the record of {path}")[0]

    # -- whose --
    def test_requests_are_those_of_the_user_of_the_connect(self):
        for user, status in (("ann", 200), ("bob", 403)):
            for alpn in ("http/1.1", "h2"):
                path = f"/staff/{user}-{alpn[:2]}"
                args = ("--http2",) if alpn == "h2" else ("--http1.1",)
                self.assertEqual(self.curl(*args, "-o", "/dev/null", "-w", "%{http_code}", self.url(path), login=f"{user}:secret"), str(status))
                self.assertEqual(self.record(path)["user"], user)
        self.assertFalse(any(b"roxy-" in head for head in self.origin.heads))

    def test_without_a_login_there_is_no_tunnel(self):
        for login in (None, "ann:wrong"):
            s, head = self.connect(login=login)
            self.assertIn(b" 407 ", head[:20])
            s.close()

    def test_a_removed_user_is_out(self):
        idle, socket = self.opened(login="eve:secret"), self.websocket(self.opened(login="eve:secret"))
        self.assertEqual(self.ask(idle)[0], 200)
        http2 = self.http2(login="eve:secret")
        self.d.run("user", "remove", "eve")
        for s in (idle, socket):
            s.settimeout(20)
            self.assertEqual(read_exactly(s, 1), b"")
        self.assertIsNone(http2.until(lambda *_: False))
        self.assertEqual(http2.goaway, NO_ERROR)
        s, head = self.connect(login="eve:secret")
        self.assertIn(b" 407 ", head[:20])
        s.close()

    def http2(self, host="origin.test", **options):
        """A connection of HTTP/2 with one request behind it."""
        h = Http2(self.opened(host, alpn="h2", **options), f"{host}:{self.origin.port}")
        self.assertEqual(h.end_of(h.ask("/")), "end")
        return h

    def test_http2_ends_when_its_host_is_not_to_be_inspected_any_more(self):
        h, other = self.http2(), self.http2("a.test")
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "inspection": {"default": "inspect", "rules": [{"id": "t", "if": {"host": ["origin.test"]}, "then": "tunnel"}]}})
        self.assertIsNone(h.until(lambda *_: False))
        self.assertEqual(h.goaway, NO_ERROR)
        self.assertEqual(other.end_of(other.ask("/")), "end")

    # -- rules --
    def test_rules_about_answers_hold_inside(self):
        for version in ("--http1.1", "--http2"):
            for host, path, status, rule in (("origin.test", "/evil", "403", "type"), ("b.test", "/n/100001", "403", "size"),
                                             ("b.test", "/n/99000", "200", ""), ("origin.test", "/get/setup.EXE", "403", "programs")):
                with self.subTest(version=version, path=path):
                    self.assertEqual(self.curl(version, "-o", "/dev/null", "-w", "%{http_code}", self.url(path, host)), status)
                    self.assertEqual(self.record(path, http_version=version[6:])["rule"] or "", rule)

    def test_a_throttle_holds_inside(self):
        for version in ("--http1.1", "--http2"):
            began = time.monotonic()
            self.assertEqual(self.curl(version, "-o", "/dev/null", "-w", "%{size_download}", self.url("/n/800000", "c.test")), "800000")
            self.assertGreater(time.monotonic() - began, 0.5)  # never faster, however quick the machine

    # -- what it costs --
    def used(self):
        return next((q["bytes"], q["requests"]) for q in self.d.json("quota", "usage", "--quota", "all") if "dan" in str(q))

    def test_a_quota_is_charged_once(self):
        for version, number in (("--http1.1", 3), ("--http2", 6)):
            self.curl(version, "-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null", *[self.url(f"/n/{n}", "a.test") for n in (100000, 200000, 10)],
                      login="dan:secret")
            wait_for(lambda: len(self.requests_of("dan")) == number, "the records")
            inner = self.requests_of("dan")
            self.assertEqual(self.used(), (sum(r["bytes_in"] + r["bytes_out"] for r in inner), number))
        connects = [r for r in self.d.audit(user="dan", method="CONNECT")]
        self.assertEqual({r["quota"] or "" for r in connects}, {""})

    def requests_of(self, user):
        return [r for r in self.d.audit(user=user) if r["method"] == "GET"]

    def test_a_warning_is_accepted_for_its_user_only(self):
        def ask(login):
            head, body = self.curl("-i", "--http1.1", "-H", "Accept: application/json", self.url("/think"), login=login).split("\r\n\r\n", 2)[1:]
            return head.split(" ")[1], body
        status, body = ask("ann:secret")
        self.assertEqual(status, "403")
        link = json.loads(body)["continue"]
        self.assertTrue(link.startswith("https://sluice.internal/continue?"), link)
        self.assertEqual(self.curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", link), "302 " + self.url("/think"))
        self.assertEqual([ask(login)[0] for login in ("ann:secret", "bob:secret")], ["200", "403"])

    def test_a_client_that_asks_too_often_is_told_inside(self):
        self.d.settings["proxy"]["max_client_requests"] = 1  # a second, ten at once
        self.d.write_settings()
        self.d.run("reload")
        try:
            s = self.opened()
            said = [self.ask(s, "/often")[0] for _ in range(40)]
        finally:
            del self.d.settings["proxy"]["max_client_requests"]
            self.d.write_settings()
            self.d.run("reload")
        self.assertEqual(set(said), {200, 429})
        self.assertEqual(self.ask(s, "/again")[0], 200)  # on the same connection
        record = self.record("/often", status=429)
        self.assertEqual((record["error"], record["scheme"]), ("client-limit-requests", "https"))

    # -- WebSocket --
    def websocket(self, s):
        key = base64.b64encode(os.urandom(16)).decode()
        status, head, _ = self.ask(s, "/socket", extra="Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                                       f"Sec-WebSocket-Key: {key}\r\n")
        self.assertEqual(status, 101)
        self.assertIn(accept_key(key).encode(), head)
        return s

    def test_a_websocket_speaks_inside(self):
        s = self.websocket(self.opened())
        for text in (b"hello", b"", b"x" * 125):
            s.sendall(message(text, mask=os.urandom(4)))
            self.assertEqual(read_exactly(s, 2 + len(text)), message(text.upper()))
        s.close()
        record = self.record("/socket", user="ann")
        self.assertEqual((record["status"], record["scheme"], record["tls"]["inspected"]), (101, "https", True))

    # -- other people's TLS --
    def s_client(self, *args, port=None, path="/"):
        """What openssl s_client tells of its handshake and gets for one request."""
        request = f"GET {path} HTTP/1.1\r\nHost: origin.test:{port or self.nginx.tls_port}\r\nConnection: close\r\n\r\n"
        done = subprocess.run(["openssl", "s_client", "-proxy", f"127.0.0.1:{self.d.port}", "-proxy_user", "ann", "-proxy_pass", "pass:secret", "-connect",
                               f"origin.test:{port or self.nginx.tls_port}", "-servername", "origin.test", "-CAfile", self.ca_pem(),
                               "-verify_return_error", "-verify_hostname", "origin.test", "-ign_eof", *args],
                              input=request.encode(), capture_output=True, timeout=60)
        return done.stdout.decode(errors="replace")

    def test_openssl_as_client(self):
        with tempfile.TemporaryDirectory() as folder:
            for word, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
                session = f"{folder}/{name}"
                said = self.s_client(word, "-sess_out", session)
                self.assertIn(f"New, {name}, Cipher is ", said)
                self.assertIn("Page of the origin", said)
                self.assertIn("Verification: OK", said)
                said = self.s_client(word, "-sess_in", session)
                self.assertIn(f"Reused, {name}, Cipher is ", said)
                self.assertIn("Page of the origin", said)
        self.assertIn("Cipher is (NONE)", self.s_client("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"))

    def test_openssl_agrees_on_a_protocol(self):
        for offer, got in ((("-alpn", "http/1.1"), "ALPN protocol: http/1.1"), (("-alpn", "strange,http/1.1"), "ALPN protocol: http/1.1"),
                           ((), "No ALPN negotiated")):
            said = self.s_client(*offer)
            self.assertIn(got, said)
            self.assertIn("Page of the origin", said)
        s = self.opened(alpn="h2", port=self.nginx.tls_port)
        self.assertEqual(s.selected_alpn_protocol(), "h2")

    def strange(self, *more):
        server = StrangeServer(self.certificate, *more)
        self.addCleanup(server.close)
        return server

    def test_openssl_as_origin(self):
        for word, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            server = self.strange(word)
            said = [self.curl(self.url("/page", port=server.port)) for _ in range(3)]
            self.assertIn(f"{name}, Cipher is", said[0])
            self.assertTrue(any("Reused, " in text for text in said[1:]), said[-1])  # three by two workers

    def test_an_origin_that_asks_for_a_certificate_is_told_apart(self):
        for word in ("-tls1_2", "-tls1_3"):
            server = self.strange(word, "-Verify", "1")
            self.assertEqual(self.status(self.url(port=server.port), "-A", "Mozilla/5.0"), (200, 502))
            record = wait_for(lambda: [r for r in self.d.audit() if r["port"] == server.port and r["tls"]["fault"]], "the record")[0]
            self.assertEqual(record["tls"]["fault"], "client-certificate")

    # -- nginx --
    def test_nginx_is_kept_alive_and_bodies_are_whole(self):
        with open(self.nginx.dir + "/www/big.bin", "rb") as f:
            whole = hashlib.sha256(f.read()).hexdigest()
        for version in ("--http1.1", "--http2"):
            with tempfile.TemporaryDirectory() as folder:
                url = self.url("/big.bin", port=self.nginx.tls_port)
                before = self.metric('sluice_upstream_connects_total{result="ok"}')
                for _ in range(6):
                    self.assertIn("Page of", self.curl(version, self.url("/", port=self.nginx.tls_port)))
                self.assertLessEqual(self.metric('sluice_upstream_connects_total{result="ok"}') - before, 2)  # one for each worker
                self.curl(version, "-o", folder + "/got", url)
                with open(folder + "/got", "rb") as f:
                    self.assertEqual(hashlib.sha256(f.read()).hexdigest(), whole)
                self.assertEqual(self.curl(version, "-r", "-1000", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", url), "206 1000")

    def test_uploads_reach_nginx_whole(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(os.urandom(5 << 20))
            f.flush()
            with open(f.name, "rb") as sent:
                whole = hashlib.sha256(sent.read()).hexdigest()
            for name, args in (("one", ("--http1.1",)), ("two", ("--http2",)), ("three", ("--http1.1", "-H", "Transfer-Encoding: chunked"))):
                said = self.curl(*args, "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@" + f.name, self.url("/post/" + name, port=self.nginx.tls_port))
                self.assertEqual(said, "201")
                with open(f"{self.nginx.dir}/www/up/{name}", "rb") as got:
                    self.assertEqual(hashlib.sha256(got.read()).hexdigest(), whole)
                self.assertGreater(self.record("/post/" + name)["bytes_in"], 5 << 20)

    # -- many at once --
    async def one(self, everybody, context):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.d.port)
        target = f"origin.test:{self.nginx.tls_port}"
        login = base64.b64encode(b"ann:secret").decode()
        writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {login}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        try:
            if b" 200 " not in head:
                return head.split(b"\r\n")[0]
            await writer.start_tls(context, server_hostname="origin.test", ssl_handshake_timeout=60)
            await everybody.wait()
            writer.write(f"GET / HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n".encode())
            return b"Page of the origin" in await reader.read()
        finally:
            writer.close()

    async def all(self, n):
        everybody, context = asyncio.Event(), self.context()
        tasks = [asyncio.create_task(self.one(everybody, context)) for _ in range(n)]
        shaken = asyncio.create_task(self.until_idle(n))
        await asyncio.wait([shaken, *tasks], return_when=asyncio.FIRST_COMPLETED)  # a task that is over first has failed
        everybody.set()
        shaken.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def until_idle(self, n):
        while await asyncio.to_thread(self.metric, "sluice_client_connections_idle") < n:
            await asyncio.sleep(0.1)

    def test_many_handshakes_at_once_lose_nobody(self):
        n = 900 if LONG else 500
        wait_for(lambda: self.metric("sluice_client_connections") == 0, "the others to be gone")
        said = asyncio.run(self.all(n))
        self.assertEqual([s for s in said if s is not True], [])
        self.assertEqual(len(said), n)
        for name in ("sluice_client_connections", "sluice_client_connections_idle", "sluice_tunnels", "sluice_buffer_bytes_in_use"):
            wait_for(lambda name=name: self.metric(name) == 0, f"{name} to be 0")
        self.assertEqual(self.metric('sluice_limit_hits_total{limit="handshakes"}'), 0)
