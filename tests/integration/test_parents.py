"""Parent proxies: through real ones and through faulty ones, chosen by rule, balanced, given up, come back."""
import base64
import os
import shutil
import signal
import socket
import struct
import time
import unittest

from integration.parents import Microsocks, Scripted, Secure, Squid, connect_server, free_port, make_certificate, socks_server, splice
from integration.support import Daemon, Origin, default_handler, field, read_exactly, read_head, wait_for

NAMES = ("sluice", "squid", "socks", "microsocks", "refuse", "reset", "stall", "garbage", "login", "denied", "failed", "long", "silent", "early",
         "socks-garbage", "socks-login", "socks-denied", "socks-failed", "balanced", "gone", "tls", "tls-name", "tls-unknown", "tls-plain")


def host(name):
    return "localhost" if name == "microsocks" else name + ".test"  # which asks the system's resolver


def rule(name):
    return {"id": name, "if": {"host": [host(name)]}, "then": "allow", "parent": name}


def reset(s):
    read_head(s)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall(s):
    read_head(s)
    time.sleep(5)


def socks_says(*answers):
    def script(s):
        for answer in answers:
            s.recv(600)
            s.sendall(answer)
        s.recv(1)
    return script


SCRIPTS = {
    "reset": reset,
    "stall": stall,
    "silent": lambda s: read_head(s),
    "garbage": lambda s: (read_head(s), s.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), s.recv(1)),
    "login": connect_server(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"other\"\r\nContent-Length: 6\r\n\r\nsecret"),
    "denied": connect_server(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret"),
    "failed": connect_server(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 6\r\n\r\nsecret"),
    "long": connect_server(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70000 + b"\r\n\r\n"),
    "early": connect_server(b"HTTP/1.0 200 Connected\r\nContent-Length: 5\r\n\r\n", b"220 mail.test ready\r\n"),
    "socks-garbage": socks_says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "socks-login": socks_says(b"\x05\x02", b"\x01\x01"),
    "socks-denied": socks_says(b"\x05\x00", b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"),
    "socks-failed": socks_says(b"\x05\x00", b"\x05\x05"),
}


class Parents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = []
        cls.origin = cls.keep(Origin())
        cls.d = None
        try:
            cls.build()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def keep(cls, thing):
        cls.stack.append(thing)
        return thing

    @classmethod
    def build(cls):
        cls.hosts = ["localhost", *(host(n) for n in NAMES)]
        cls.parent = cls.keep(Daemon({"proxy": {"workers": "1"}, "auth": {"methods": "basic"}}, hosts=cls.hosts,
                                     users={"child": "p@ss word"}))
        cls.seen = []
        cls.ports = {"sluice": f"http://child:p%40ss%20word@127.0.0.1:{cls.parent.port}", "refuse": f"http://127.0.0.1:{free_port()}"}
        for name, script in {**SCRIPTS, "socks": socks_server(cls.seen, cls.origin.port)}.items():
            server = cls.keep(Scripted(script))
            login = "user:word@" if name in ("socks", "socks-login") else ""
            cls.ports[name] = f"{'socks5' if 'socks' in name else 'http'}://{login}127.0.0.1:{server.port}"
        good, bad = (make_certificate(cls.parent.dir + "/" + name, "localhost") for name in ("good.pem", "bad.pem"))
        cls.ports["tls"] = f"https://localhost:{cls.keep(Secure(cls.to_parent, good)).port}"
        cls.ports["tls-name"] = f"https://127.0.0.1:{cls.ports['tls'].rsplit(':', 1)[1]}"
        cls.ports["tls-unknown"] = f"https://localhost:{cls.keep(Secure(cls.to_parent, bad)).port}"
        cls.ports["tls-plain"] = f"https://localhost:{cls.parent.port}"
        if shutil.which("squid") and os.path.exists("/usr/lib/squid/basic_fake_auth"):
            cls.ports["squid"] = f"http://child:word@127.0.0.1:{cls.keep(Squid(cls.parent.dir + '/hosts')).port}"
        if shutil.which("microsocks"):
            cls.ports["microsocks"] = f"socks5://user:word@127.0.0.1:{cls.keep(Microsocks('user', 'word')).port}"
        cls.balanced = [cls.keep(Scripted(cls.relay)) for _ in range(2)]
        entries = [f"{name}={url}" for name, url in cls.ports.items()]
        entries += [f"balanced=http://127.0.0.1:{p}" for p in (free_port(), *(b.port for b in cls.balanced))]
        entries += [f"gone=http://127.0.0.1:{free_port()}"]
        settings = {"proxy": {"workers": "1", "parent": ", ".join(entries), "timeout_connect": "1s", "parent_check": "0s", "via": "off", "parent_ca": good}}
        policy = {"schema": 1, "default": {"then": "allow"}, "rules": [rule(n) for n in NAMES if n in cls.ports or n in ("balanced", "gone")]}
        cls.login = "Proxy-Authorization: Basic " + base64.b64encode(b"child:p@ss word").decode()
        cls.d = Daemon(settings, policy, hosts=cls.hosts)

    @classmethod
    def relay(cls, s):
        """A small HTTP proxy: what comes goes to the origin as it is."""
        with socket.create_connection(("127.0.0.1", cls.origin.port)) as origin:
            splice(s, origin)

    @classmethod
    def to_parent(cls, s):
        """What TLS leads to: the Sluice that is a parent, with the login that it wants."""
        head = read_head(s).replace(b"\r\n", b"\r\n" + cls.login.encode() + b"\r\n", 1).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        with socket.create_connection(("127.0.0.1", cls.parent.port)) as parent:
            parent.sendall(head)
            splice(s, parent)

    @classmethod
    def tearDownClass(cls):
        if cls.d:
            cls.d.close()
        for thing in reversed(cls.stack):
            thing.close()

    def url(self, name, path="/"):
        return f"http://{host(name)}:{self.origin.port}{path}"

    def tunnel(self, name):
        s = self.d.connect()
        target = b"%s:%d" % (host(name).encode(), self.origin.port)
        s.sendall(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic Y2xpZW50OmtleQ==\r\n\r\n" % (target, target))
        return s, read_head(s)

    def through(self, name):
        """A request, a second one on the same connections, an upload and a tunnel."""
        for _ in range(2):
            answer = self.d.get(self.url(name, "/n/5"), headers={"Proxy-Authorization": "Basic Y2xpZW50OmtleQ=="})
            self.assertEqual((answer.status, answer.body), (200, b"xxxxx"), answer.text)
        self.assertTrue(self.origin.head().startswith("GET /n/5 HTTP/1.1\r\n"), self.origin.head())
        self.assertIsNone(field(self.origin.head(), "proxy-authorization"))
        if name != "squid":  # which knows the field as little as an origin does
            self.assertIsNone(field(self.origin.head(), "x-sluice-loop"))
        answer = self.d.get(self.url(name, "/echo"), method="POST", body=b"up" * 40000)
        self.assertEqual(answer.body, b"up" * 40000)
        s, head = self.tunnel(name)
        with s:
            self.assertTrue(head.startswith(b"HTTP/1.1 200 Connection established\r\n"), head)
            s.sendall(b"GET /n/7 HTTP/1.1\r\nHost: x\r\n\r\n")
            read_head(s)
            self.assertEqual(read_exactly(s, 7), b"x" * 7)
        record = wait_for(lambda: next((r for r in self.d.audit(host=host(name)) if r["path"] == "/echo"), None), "the record")
        self.assertEqual((record["parent"], record["error"], record["status"]), (name, None, 200))
        self.assertTrue(record["upstream"].endswith(self.ports[name].rsplit(":", 1)[1]), record)

    def test_through_another_sluice(self):
        self.through("sluice")
        record = wait_for(lambda: next((r for r in self.parent.audit(host=host("sluice")) if r["path"] == "/echo"), None), "the parent's record")
        self.assertEqual((record["user"], record["parent"]), ("child", None))

    def test_through_squid(self):
        if "squid" not in self.ports:
            self.skipTest("squid is not installed")
        self.through("squid")

    def test_through_microsocks(self):
        if "microsocks" not in self.ports:
            self.skipTest("microsocks is not installed")
        self.through("microsocks")

    def test_through_socks(self):
        self.through("socks")
        login, head, target, port = self.seen[0]
        self.assertEqual((login, head, target, port), ((b"user", b"word"), b"\x05\x01\x00\x03", b"socks.test", self.origin.port))

    def test_through_tls(self):
        self.through("tls")

    def test_a_parent_with_another_name(self):
        self.refused("tls-name", 502, "parent-failed-tls", "tls_certificate_error")

    def test_a_parent_that_nobody_vouches_for(self):
        self.refused("tls-unknown", 502, "parent-failed-tls", "tls_certificate_error")

    def test_a_parent_that_speaks_no_tls(self):
        self.refused("tls-plain", 502, "parent-failed-tls", "tls_certificate_error")

    def test_a_direct_request_stays_direct(self):
        self.assertEqual(self.d.get(self.origin.url("/n/3")).body, b"xxx")
        self.assertIsNone(self.d.audit(count=1, host="origin.test")[0]["parent"])

    def refused(self, name, status, error, word, received=None):
        """Both a tunnel and what of a request fails alike: the page is ours, and nothing of the parent's is in it."""
        s, head = self.tunnel(name)
        with s:
            self.assertTrue(head.startswith(b"HTTP/1.1 %d " % status), head)
            self.assertNotIn(b"secret", head + read_exactly(s, int(field(head, "content-length"))))
            self.assertIn("error=" + word, field(head, "proxy-status"))
            if received:
                self.assertIn(f"received-status={received}", field(head, "proxy-status"))
            self.assertIsNone(field(head, "proxy-authenticate"))
        record = self.d.audit(count=1, host=host(name))[0]
        self.assertEqual((record["error"], record["parent"], record["action"]), (error, name, "error"))

    def test_a_parent_that_refuses(self):
        self.refused("refuse", 502, "parent-connect-refused", "connection_refused")

    def test_a_parent_that_resets(self):
        self.refused("reset", 502, "parent-closed-handshake", "connection_terminated")

    def test_a_parent_that_stalls(self):
        self.refused("stall", 504, "parent-timeout-handshake", "connection_timeout")

    def test_a_parent_that_hangs_up(self):
        self.refused("silent", 502, "parent-closed-handshake", "connection_terminated")

    def test_a_parent_that_is_no_proxy(self):
        self.refused("garbage", 502, "parent-invalid-handshake", "http_protocol_error")

    def test_a_parent_with_an_endless_head(self):
        self.refused("long", 502, "parent-invalid-handshake", "http_protocol_error")

    def test_a_parent_that_wants_another_login(self):
        self.refused("login", 502, "parent-refused-login", "proxy_configuration_error", 407)
        answer = self.d.get(self.url("login"))
        self.assertEqual((answer.status, answer.headers["Proxy-Authenticate"]), (502, None))
        self.assertNotIn("secret", answer.text)

    def test_a_parent_that_does_not_allow_it(self):
        self.refused("denied", 403, "parent-refused-connect", "http_request_denied", 403)

    def test_a_parent_that_can_not_connect(self):
        self.refused("failed", 502, "parent-failed-connect", "destination_unavailable", 503)

    def test_socks_that_is_none(self):
        self.refused("socks-garbage", 502, "parent-invalid-handshake", "http_protocol_error")

    def test_socks_with_another_login(self):
        self.refused("socks-login", 502, "parent-refused-login", "proxy_configuration_error")

    def test_socks_by_its_rules(self):
        self.refused("socks-denied", 403, "parent-refused-connect", "http_request_denied")

    def test_socks_that_can_not_connect(self):
        self.refused("socks-failed", 502, "parent-failed-connect", "destination_unavailable")

    def test_what_comes_with_the_answer_is_the_tunnels(self):
        s, head = self.tunnel("early")
        with s:
            self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
            self.assertEqual(read_exactly(s, 21), b"220 mail.test ready\r\n")
            s.sendall(b"QUIT\r\n")
            self.assertEqual(read_exactly(s, 6), b"QUIT\r\n")

    def test_the_next_is_tried_and_all_have_their_turn(self):
        for _ in range(9):
            s, head = self.tunnel("balanced")
            s.close()
            self.assertIn(b" 200 ", head[:16] + b" 200 " if b"200" in head[:16] else head)
        self.assertTrue(all(b.count >= 3 for b in self.balanced), [b.count for b in self.balanced])

    def test_private_addresses_stay_closed(self):
        answer = self.d.get(f"http://10.1.2.3:{self.origin.port}/")
        self.assertEqual(answer.status, 403)


class Life(unittest.TestCase):
    """Checks, names that vanish, direct ways by choice, and a loop."""

    def setUp(self):
        self.origin = Origin(lambda s, head, path: default_handler(s, head, "/" + path.split("/", 3)[-1] if "://" in path else path))
        self.relay = Scripted(self.serve)
        self.d = Daemon({"proxy": {"workers": "1", "parent": f"http://127.0.0.1:{self.relay.port}, eu=http://u:geheim@127.0.0.1:{self.relay.port}",
                                   "parent_check": "100ms", "timeout_connect": "1s"}})

    def serve(self, s):
        with socket.create_connection(("127.0.0.1", self.origin.port)) as origin:
            splice(s, origin)

    def tearDown(self):
        self.d.close()
        self.relay.close()
        self.origin.close()

    def parents(self):
        return self.d.json("status")["proxy"]["parents"]

    def state(self):
        return {(p["name"], p["state"]) for p in self.parents()}

    def last(self):
        return self.d.audit(host="origin.test")[0]

    def reload(self, **settings):
        self.d.settings["proxy"].update(settings)
        self.d.write_settings()
        self.d.process.send_signal(signal.SIGHUP)

    def test_ends_while_a_parent_is_looked_up(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            silent.settimeout(20)
            d = Daemon({"proxy": {"parent": "http://proxy.elsewhere.test:3128"}, "dns": {"servers": f"127.0.0.1:{silent.getsockname()[1]}"}})
            try:
                silent.recv(512)  # the first check asks
            finally:
                d.close()

    def test_from_up_to_gone(self):
        get = lambda: self.d.get(self.origin.url("/n/4"))
        self.assertEqual(get().body, b"xxxx")
        self.assertIn("GET http://origin.test", self.origin.head())
        wait_for(lambda: self.state() == {("default", "up"), ("eu", "up")}, "parents that are up")
        self.assertNotIn("geheim", self.d.run("status", "--json").stdout + "" + self.d.log_text())
        port = self.relay.port
        self.relay.close()
        wait_for(lambda: self.state() == {("default", "down"), ("eu", "down")}, "parents that are down")
        self.assertEqual({p["error"] for p in self.parents()}, {"connect-refused"})
        self.assertEqual(get().status, 502)
        wait_for(lambda: self.last()["error"] == "parent-none-up", "its record")
        self.reload(parent_fallback="direct")
        wait_for(lambda: get().status == 200, "the direct way")
        self.assertTrue(self.origin.head().startswith("GET /n/4 "))
        wait_for(lambda: self.last()["parent"] is None and self.last()["status"] == 200, "its record")
        self.relay = Scripted(self.serve, port)
        wait_for(lambda: ("default", "up") in self.state(), "a parent that came back")
        self.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long password\n")
        token = self.d.run("admin", "token", "root", "--role", "viewer").stdout.strip()
        self.assertIn('sluice_parent_up{parent="eu"', self.d.api("/metrics", token=token).text)
        # a rule, and its name vanishes
        refused = self.d.apply({"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "x", "then": "allow", "parent": "us"}]}, check=False)
        self.assertIn("/rules/0/parent: no parent proxy is called 'us'; write default, eu, direct", refused.stderr + refused.stdout)
        self.d.apply({"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "x", "then": "allow", "parent": "eu"}]})
        self.assertEqual(get().body, b"xxxx")
        self.assertTrue(field(self.origin.head(), "proxy-authorization"))
        self.reload(parent=f"http://127.0.0.1:{port}")
        wait_for(lambda: get().status == 502, "the name to be gone")
        wait_for(lambda: self.last()["error"] == "gateway-unknown-parent", "its record")
        self.assertIn("missing-parent", self.d.run("policy", "lint", check=False).stdout)
        self.assertIn("no parent proxy is called 'eu'", self.d.run("check", check=False).stderr)
        self.assertEqual(self.d.json("status")["missing_parents"], [{"rule": "x", "parent": "eu"}])
        # through itself: a loop that is not entered
        self.d.apply({"schema": 1, "default": {"then": "allow"}})
        self.reload(parent=f"http://127.0.0.1:{self.d.port}", parent_fallback="off", parent_check="0s")
        wait_for(lambda: get().status == 502 and self.last()["error"] == "parent-own-listener", "its own listener to be refused")
