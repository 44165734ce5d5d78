"""The admin API as a server that strangers reach: roles on every route, fields on every answer, files by exact path only, TLS of its own,
slow and greedy clients, and no way in through the proxy."""
import contextlib
import hashlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

from integration.browser import Browser, trusting
from integration.support import Case, Daemon, SmallDisk, read_all, read_head, wait_for

ROLES = ["none", "viewer", "auditor", "operator", "admin"]
PASSWORD = "a long password"
CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
       "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
       "trusted-types 'none'")
FIXED = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
         "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}


def console_folder():
    folder = tempfile.mkdtemp(prefix="sluice-console-")
    for name, data in {"index.html": b"<!doctype html><title>console</title>", "app-7XQ2ABCD.js": b"script" * 100,
                       "app-7XQ2ABCD.js.gz": b"squeezed", "boot.js": b"boot", ".hidden": b"secret"}.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    return folder


class Secured(Case):
    """A daemon with a console, and an account and a token of each role."""

    @classmethod
    def setUpClass(cls):
        cls.console = console_folder()
        cls.SETTINGS = {"admin": {"console": cls.console}}
        super().setUpClass()
        cls.tokens = {"none": None}
        for role in ROLES[1:]:
            cls.d.run("admin", "add", "the-" + role, "--role", role, "--password-stdin", stdin=PASSWORD + "\n")
            cls.tokens[role] = cls.d.run("admin", "token", "the-" + role, "--role", role).stdout.split()[-1]

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.console, ignore_errors=True)

    def ask(self, method, path, role="none", body=None, headers=None):
        fields = {"Authorization": "Bearer " + self.tokens[role]} if role != "none" else {}
        return Browser(self.d.admin_port).ask(method, path, body, headers={**fields, **(headers or {})}, origin=False)

    def operations(self):
        for path, item in self.ask("GET", "/api/v1/openapi.json").json["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, re.sub(r"\{[^}]*\}", "nothing", path), operation

    def curl(self, *args):
        done = subprocess.run(["curl", "-sS", "--path-as-is", "-i", "--noproxy", "*", *args], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), body

    def url(self, path):
        return f"http://127.0.0.1:{self.d.admin_port}{path}"


class Roles(Secured):
    def test_every_route_refuses_whoever_is_less_than_its_role(self):
        for method, name, path, operation in self.operations():
            least = ROLES.index(operation["x-role"])
            for role in ROLES[:least]:
                with self.subTest(f"{method} {name} as {role}"):
                    answer = self.ask(method, path, role, body={} if method in ("POST", "PUT") else None)
                    self.assertEqual(answer.status, 401 if role == "none" else 403, answer.text)
                    self.assertEqual(answer.headers["Content-Type"], "application/problem+json")

    def test_every_route_takes_its_role_from_a_session_too(self):
        browsers = {}
        for role in ROLES[1:]:
            browsers[role] = Browser(self.d.admin_port)
            self.assertEqual(browsers[role].sign_in("the-" + role, PASSWORD).status, 200)
        for method, name, path, operation in self.operations():
            role = operation["x-role"]
            if method == "GET" and role != "none" and "export" not in name:
                with self.subTest(f"{name} as {role}"):
                    self.assertNotIn(browsers[role].ask("GET", path).status, (401, 403))
                    if role != "viewer":
                        self.assertEqual(browsers[ROLES[ROLES.index(role) - 1]].ask("GET", path).status, 403)

    def test_no_get_changes_anything(self):
        def state():
            return (self.ask("GET", "/api/v1/changes?limit=1", "admin").text, self.ask("GET", "/api/v1/policy/versions?limit=1", "admin").text,
                    self.ask("GET", "/api/v1/policy/draft", "admin").text, self.ask("GET", "/api/v1/admins", "admin").text)

        before = state()
        for method, name, path, _ in self.operations():
            for verb in ("GET", "HEAD", "TRACE", "OPTIONS"):
                if method != "GET" or verb in ("GET", "HEAD"):
                    self.ask(verb, path, "admin")
        self.assertEqual(state(), before)

    def test_head_is_answered_where_get_is(self):
        for path in ("/", "/boot.js", "/api/v1/health", "/api/v1/openapi.json", "/nothing.js"):
            with socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=20) as s:
                s.sendall(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                head, _, body = read_all(s).partition(b"\r\n\r\n")
            self.assertEqual(int(head.split()[1]), self.ask("GET", path).status)
            self.assertEqual(body, b"")
        export = self.ask("HEAD", "/api/v1/requests/export?format=csv", "auditor")
        self.assertEqual((export.status, export.body, export.headers["Content-Length"]), (200, b"", None))


class Files(Secured):
    def test_every_answer_has_the_security_fields(self):
        for path in ("/", "/rules", "/app-7XQ2ABCD.js", "/nothing.js", "/api/v1/health", "/api/v1/status", "/api/v1/nothing"):
            answer = self.ask("GET", path)
            for field, value in FIXED.items():
                self.assertEqual(answer.headers[field], value, path)
            self.assertIn("camera=()", answer.headers["Permissions-Policy"])
            self.assertIsNone(answer.headers["Strict-Transport-Security"])  # no TLS here
            self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
            if path.startswith("/api/"):
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(self.ask("GET", "/", headers={"Host": "evil.example"}).headers["Content-Security-Policy"], CSP)

    def test_files_come_from_memory_by_exact_path(self):
        status, head, body = self.curl("-H", "Accept-Encoding: gzip", self.url("/app-7XQ2ABCD.js"))
        self.assertEqual((status, body), (200, b"squeezed"))
        for line in ("Content-Encoding: gzip", "Vary: Accept-Encoding", "immutable", "Content-Type: text/javascript"):
            self.assertIn(line, head)
        etag = re.search(r'ETag: (".*")', head)[1]
        status, head, body = self.curl("-H", "Accept-Encoding: gzip", "-H", f"If-None-Match: {etag}", self.url("/app-7XQ2ABCD.js"))
        self.assertEqual((status, body), (304, b""))
        self.assertEqual(self.curl(self.url("/rules/social?x=1"))[2], b"<!doctype html><title>console</title>")
        self.assertIn("no-cache", self.curl(self.url("/"))[1])
        os.rename(self.console + "/boot.js", self.console + "/moved.js")
        try:
            self.assertEqual(self.curl(self.url("/boot.js"))[2], b"boot")
            self.assertEqual(self.curl(self.url("/moved.js"))[0], 404)
        finally:
            os.rename(self.console + "/moved.js", self.console + "/boot.js")

    def test_nothing_else_of_the_disk_can_be_had(self):
        for path in ("/../sluice.conf", "/..%2fsluice.conf", "/%2e%2e/sluice.conf", "/.hidden", "//etc/host.conf", "/./boot.js",
                     "/boot.js/", "/boot.js%00", "/boot.js%00.html", "/app-7XQ2ABCD.js.gz", "/..\\boot.js", "/etc/host.conf"):
            status, _, body = self.curl(self.url(path))
            self.assertIn((status, body), [(404, body), (200, b"<!doctype html><title>console</title>")], path)
            for secret in (b"secret", b"[state]", b"multi on"):
                self.assertNotIn(secret, body)
        self.assertEqual(self.ask("POST", "/boot.js", body={}).status, 404)

    def test_a_console_that_was_not_built_says_so(self):
        d = Daemon({"admin": {"console": "/nonexistent"}})
        try:
            answer = Browser(d.admin_port).ask("GET", "/")
            self.assertEqual(answer.status, 200)
            self.assertIn("script/build", answer.text)
            self.assertEqual(answer.headers["Content-Security-Policy"], CSP)
        finally:
            d.close()


class Greedy(Secured):
    def test_slow_clients_hold_nobody_else(self):
        slow = []
        with contextlib.ExitStack() as held:
            for address in ("127.0.0.2", "127.0.0.3"):
                for i in range(80):  # more than one address may have: the rest is refused
                    slow.append(held.enter_context(socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=60,
                                                                            source_address=(address, 0))))
                    with contextlib.suppress(ConnectionError):
                        slow[-1].sendall(b"GET / HTTP/1.1\r\nHost: local"[: 5 + i % 20])
            for _ in range(20):
                self.assertEqual(self.ask("GET", "/api/v1/health").status, 200)
            self.assertEqual(self.d.run("status").returncode, 0)
            self.assertEqual(read_all(slow[0]), b"")  # and they are cut in the end

    def test_a_body_is_judged_before_it_is_sent(self):
        for role, path, length, status in [("none", "/api/v1/policy/validate", 100, 401), ("none", "/api/v1/session", 9000, 413),
                                           ("viewer", "/api/v1/policy/validate", 17 << 20, 413), ("viewer", "/api/v1/lists/x/upload", 100, 403),
                                           ("none", "/api/v1/lists/x/upload", 1 << 33, 401),
                                           ("admin", "/api/v1/lists/x/upload?format=hosts", (1 << 30) + 1, 413)]:
            token = f"Authorization: Bearer {self.tokens[role]}\r\n" if role != "none" else ""
            with self.subTest(path=path, role=role), socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=60) as s:
                s.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{token}Content-Type: application/json\r\n"
                          f"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n".encode())
                first = read_head(s)
                if b" 100 " in first:  # a small one is read first, so that the client sees the answer
                    self.assertLessEqual(length, 32 << 20)
                    s.sendall(b"x" * length)
                    first = read_head(s)
                self.assertEqual(int(first.split()[1]), status)
        uploads = self.d.state + "/uploads"
        self.assertEqual(os.listdir(uploads) if os.path.exists(uploads) else [], [])

    def test_a_chunked_body_is_bounded_too(self):
        with socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=60) as s:
            s.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                      + b"1000\r\n" + b"x" * 4096 + b"\r\n" + b"2000\r\n" + b"x" * 8192 + b"\r\n0\r\n\r\n")
            self.assertEqual(int(read_head(s).split()[1]), 413)

    def test_a_full_disk_refuses_the_upload_and_keeps_the_rest(self):
        d = Daemon(start=False)
        self.addCleanup(d.close)
        disk = SmallDisk(d.state, 200)
        self.addCleanup(disk.close)
        self.addCleanup(d.stop)
        d.start()
        d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
        token = d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]
        answer = Browser(d.admin_port).ask("POST", "/api/v1/lists/x/upload?format=hosts", raw=b"a.example\n", origin=False,
                                           headers={"Authorization": "Bearer " + token, "X-CSRF": None})
        self.assertEqual(answer.status, 507, answer.text)  # the audit trail keeps its room
        self.assertEqual(os.listdir(d.state + "/uploads"), [])

    def test_half_a_request_is_no_request(self):
        for data in (b"", b"GET", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n",
                     b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"X" * 70000):
            with socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=60) as s:
                with contextlib.suppress(ConnectionError):
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                self.assertNotIn(b" 200 ", read_all(s)[:20])
        self.assertEqual(self.ask("GET", "/api/v1/health").status, 200)


class Tls(unittest.TestCase):
    def test_off_loopback_a_certificate_is_made_and_kept(self):
        d = Daemon({"admin": {"listen": "0.0.0.0:0", "hostnames": "console.example"}})
        try:
            pem = d.state + "/admin-tls.pem"
            shown = re.search(r"sluice: certificate sha256=([0-9A-F:]{95}) \(self-signed", d.log_text())[1]
            with open(pem) as f:
                der = ssl.PEM_cert_to_DER_cert(re.search(r"-----BEGIN CERT.*?-----END CERTIFICATE-----\n", f.read(), re.S)[0])
            self.assertEqual(shown.replace(":", "").lower(), hashlib.sha256(der).hexdigest())
            self.assertEqual(os.stat(pem).st_mode & 0o777, 0o600)
            d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
            b = Browser(d.admin_port, tls=trusting(pem))  # 127.0.0.1 is one of its names
            answer = b.sign_in("root", PASSWORD)
            self.assertRegex(answer.headers["Set-Cookie"], r"^__Host-sid=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure$")
            self.assertEqual(answer.headers["Strict-Transport-Security"], "max-age=31536000")
            self.assertTrue(b.api("GET", "/session").json["tls"])
            self.assertEqual(b.api("DELETE", "/session", headers={"Origin": "http://" + b.name}).status, 403)
            self.assertEqual(b.api("DELETE", "/session").status, 204)
            named = Browser(d.admin_port, tls=trusting(pem), name="console.example")
            self.assertEqual(named.sign_in("root", PASSWORD).status, 200)
            with socket.create_connection(("127.0.0.1", d.admin_port), timeout=20) as s:  # no plain HTTP
                s.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertNotIn(b"HTTP/1.1 200", read_all(s))
            d.stop()
            d.start()
            self.assertEqual(d.log_text().count(shown), 2)
        finally:
            d.close()


class Waits(Case):
    """GET /requests?after=...&wait=25 holds a connection and nothing else: as many as may be open leave other callers alone, and what a client
    that goes away had asked for ends with it."""
    MOST = 64  # connections of one address

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "the-auditor", "--role", "auditor", "--password-stdin", stdin=PASSWORD + "\n")
        cls.token = cls.d.run("admin", "token", "the-auditor", "--role", "auditor").stdout.split()[-1]

    def wait(self, tail):
        s = socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=20)
        s.sendall(f"GET /api/v1/requests?after={tail}&wait=25 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode())
        return s

    def threads(self):
        with open(f"/proc/{self.d.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"Threads:\s+(\d+)", f.read())[1])

    def health_from(self, source):
        with socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=5, source_address=(source, 0)) as s:
            s.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return read_all(s).split(b"\r\n")[0]

    def test_seventy_leave_other_callers_alone_and_end_with_their_clients(self):
        tail = self.d.api("/requests?limit=1", token=self.token).json["tail"]
        idle, waiting = self.threads(), []
        try:
            waiting += [self.wait(tail) for _ in range(70)]
            # Each that got in has a thread; those beyond the limit of an address are closed.
            wait_for(lambda: self.threads() >= idle + self.MOST - 4, "waits that have begun")
            self.assertLessEqual(self.threads(), idle + self.MOST)
            self.assertEqual(self.health_from("127.0.0.2"), b"HTTP/1.1 200 OK")
            self.assertEqual(self.d.run("status").returncode, 0)  # over the Unix socket
            self.assertEqual(self.d.get("http://sluice.internal/").status, 200)
        finally:
            for s in waiting:
                s.close()
        # Long before their 25 s.
        wait_for(lambda: self.threads() <= idle + 1, "the end of all waits", seconds=15)
        self.assertEqual(self.d.api("/health", token=self.token).status, 200)


class ThroughTheProxy(unittest.TestCase):
    """The proxy never leads to the admin API, however its address is written, although loopback is allowed as a destination here."""

    def answers(self, d, hosts):
        port = d.admin_port
        for host in hosts:
            with self.subTest(host=host):
                for head in (f"GET http://{host}:{port}/api/v1/health HTTP/1.1\r\nHost: {host}:{port}",
                             f"GET http://{host}:{port}/ HTTP/1.1\r\nHost: origin.test", f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}"):
                    reply = d.raw((head + "\r\nConnection: close\r\n\r\n").encode())
                    self.assertEqual(reply.split(b" ", 2)[1], b"403", head)

    def test_of_a_loopback_listener(self):
        d = Daemon(hosts=("admin.test", ("::ffff:127.0.0.1", "mapped.test")))
        try:
            self.answers(d, ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "admin.test",
                             "ADMIN.test", "mapped.test", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "0.0.0.0", "%31%32%37.0.0.1"])
        finally:
            d.close()

    def test_of_a_listener_on_every_address(self):
        d = Daemon({"admin": {"listen": "0.0.0.0:0"}}, hosts=("admin.test", ("127.0.0.9", "nine.test")))
        try:
            self.answers(d, ["127.0.0.1", "127.0.0.9", "nine.test", "admin.test", "[::ffff:127.0.0.2]", "0.0.0.0"])
        finally:
            d.close()


if __name__ == "__main__":
    unittest.main()
