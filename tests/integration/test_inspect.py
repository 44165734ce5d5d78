"""TLS inspection: from CONNECT to the requests inside."""
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading

from integration.inspected import BROWSER, Authority, InspectCase, TlsOrigin, tls_server
from integration.parents import Scripted, Secure, make_certificate, socks_server, tunnel_server
from integration.support import default_handler, read_all, read_exactly, read_head, wait_for


def answer(s, head, path):
    """/socket becomes a WebSocket that echoes; all else is answered as usual."""
    if path != "/socket":
        return default_handler(s, head, path)
    s.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    while data := s.recv(65536):
        s.sendall(data)
    return False


class Inside(InspectCase):
    """Requests inside are requests like any."""

    POLICY = {"schema": 1, "default": {"then": "allow"},
              "inspection": {"default": "inspect", "rules": [{"id": "bank", "if": {"host": ["b.test"]}, "then": "tunnel"}]},
              "rules": [{"id": "host", "if": {"host": ["blocked.test"]}, "then": "block"},
                        {"id": "path", "if": {"url": ["origin.test/secret"]}, "then": "block"},
                        {"id": "type", "if": {"content_type": ["application/x-evil"]}, "then": "block"}]}

    @classmethod
    def handler(cls):
        return answer

    def test_a_request_is_seen_judged_and_recorded(self):
        self.assertEqual(self.curl(self.url("/echo"), "-d", "some text"), "some text")
        inner, connect = self.records(2, host="origin.test")[:2]
        self.assertEqual((inner["method"], inner["scheme"], inner["path"], inner["status"]), ("POST", "https", "/echo", 200))
        self.assertEqual((connect["method"], connect["status"], connect["action"]), ("CONNECT", 200, "allow"))
        self.assertTrue(inner["tls"]["inspected"] and connect["tls"]["inspected"])
        self.assertEqual((inner["tls"]["version"], inner["tls"]["sni"]), ("TLSv1.3", "origin.test"))

    def test_a_rule_with_a_path_blocks_inside(self):
        self.assertEqual(self.status(self.url("/secret/page")), (200, 403))
        self.assertEqual(self.records(1, rule="path")[0]["path"], "/secret/page")

    def test_the_client_is_shown_a_certificate_of_ours(self):
        s = self.open()
        issuer = dict(x[0] for x in s.getpeercert()["issuer"])
        self.assertIn("Sluice", issuer["commonName"])
        s.close()

    def test_what_the_policy_tunnels_keeps_its_certificate(self):
        s = self.open("b.test", context=ssl.create_default_context(cafile=self.authority.pem))
        self.assertEqual(self.ask(s, host="b.test")[0], 200)
        s.close()
        record = self.records(1, host="b.test")[0]
        self.assertEqual((record["method"], record["path"]), ("CONNECT", None))

    def test_many_requests_of_many_connections_share_few_to_the_origin(self):
        before = self.origin.handshakes
        for _ in range(5):
            s = self.open("a.test")
            for _ in range(3):
                self.assertEqual(self.ask(s, host="a.test")[0], 200)
            s.close()
        self.assertLessEqual(self.origin.handshakes - before, 2)  # one for each worker

    def test_a_browser_sees_the_page_of_a_refused_connect_inside(self):
        self.assertEqual(self.status(self.url(host="blocked.test"), "-A", BROWSER), (200, 403))
        self.assertEqual(self.status(self.url(host="blocked.test")), (403, 0))

    def test_an_upgrade_inside_is_a_tunnel_of_its_own(self):
        s = self.open("c.test")
        status, _, _ = self.ask(s, "/socket", "c.test", extra="Upgrade: websocket\r\nConnection: Upgrade\r\n")
        self.assertEqual(status, 101)
        s.sendall(b"ping")
        self.assertEqual(read_exactly(s, 4), b"ping")
        s.close()
        record = self.records(1, q="/socket")[0]
        self.assertEqual((record["method"], record["scheme"], record["status"]), ("GET", "https", 101))

    def test_another_host_inside_is_misdirected(self):
        s = self.open()
        self.assertEqual(self.ask(s, host="a.test")[0], 421)
        s.close()

    def closed(self, s):
        s.settimeout(10)
        return s.recv(1) == b""

    def test_an_idle_connection_ends_when_its_host_is_refused(self):
        s = self.open()
        self.assertEqual(self.ask(s)[0], 200)
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "rules": [{"id": "host", "if": {"host": ["origin.test"]}, "then": "block"}]})
        self.assertTrue(self.closed(s))
        s.close()

    def test_and_when_its_host_is_not_to_be_inspected_any_more(self):
        s = self.open()
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "inspection": {"default": "tunnel"}})
        self.assertTrue(self.closed(s))
        s.close()

    def test_one_of_http2_is_told_that_it_is_over(self):
        context = self.context()
        context.set_alpn_protocols(["h2"])
        s = self.open(context=context)
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "rules": [{"id": "host", "if": {"host": ["origin.test"]}, "then": "block"}]})
        self.assertIn(b"\0\0\x08\7\0\0\0\0\0", read_all(s))  # GOAWAY
        s.close()

    def test_an_exception_that_is_taken_back_holds_no_longer_inside(self):
        stranger = Authority("Nobody")
        self.addCleanup(stranger.close)
        origin = tls_server(TlsOrigin(stranger.certify("c.test")))
        self.addCleanup(origin.close)
        excuse = {"id": "e", "if": {"host": ["c.test"]}, "fault": ["unknown-issuer"], "then": "allow", "until": "2100-01-01T00:00:00Z"}
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "inspection": {"default": "inspect", "exceptions": [excuse]}})
        s = self.open("c.test", port=origin.port)
        self.assertEqual(self.ask(s, host="c.test", port=origin.port)[0], 200)
        self.d.apply(self.POLICY)
        self.assertEqual(self.ask(s, host="c.test", port=origin.port)[0], 502)  # whatever connection to it is idle
        s.close()
        self.assertEqual(len(origin.heads), 1)

    def test_and_stays_when_nothing_changes_for_it(self):
        s = self.open()
        self.assertEqual(self.ask(s)[0], 200)
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "rules": [{"id": "host", "if": {"host": ["other.test"]}, "then": "block"}]})
        self.assertEqual(self.ask(s)[0], 200)
        s.close()

    def test_inspection_is_switched_off_and_on(self):
        self.d.settings["inspect"]["enabled"] = "off"
        self.d.write_settings()
        self.d.run("reload")
        s = self.open(context=ssl.create_default_context(cafile=self.authority.pem))
        self.assertEqual(self.ask(s)[0], 200)
        self.d.settings["inspect"]["enabled"] = "on"
        self.d.write_settings()
        self.d.run("reload")
        self.assertEqual(self.ask(s)[0], 200)  # a tunnel stays one
        s.close()
        s = self.open()
        self.assertEqual(self.ask(s)[0], 200)
        s.close()


class Names(InspectCase):
    """The name inside a tunnel counts, also where nothing is inspected."""

    SETTINGS = {"inspect": {"enabled": "off"}}
    POLICY = {"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "host", "if": {"host": ["blocked.test"]}, "then": "block"}]}

    def trusting(self):
        return ssl.create_default_context(cafile=self.authority.pem)

    def test_the_same_name_passes(self):
        s = self.open(context=self.trusting())
        self.assertEqual(self.ask(s)[0], 200)
        s.close()
        self.assertEqual(self.records(1, host="origin.test")[0]["tls"]["sni"], "origin.test")

    def test_an_open_tunnel_is_judged_again_by_both_names(self):
        s = self.open("a.test", sni="origin.test", context=self.trusting())
        self.assertEqual(self.ask(s)[0], 200)
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "rules": [{"id": "later", "if": {"host": ["origin.test"]}, "then": "block"}]})
        self.assertEqual(read_all(s), b"")
        s.close()
        self.assertEqual(self.records(1, rule="later")[0]["host"], "a.test")

    def test_a_refused_name_is_refused_by_way_of_another_too(self):
        with self.assertRaisesRegex(ssl.SSLError, "access.denied"):
            self.open("a.test", sni="blocked.test", context=self.trusting())
        record = self.records(1, host="a.test")[0]
        self.assertEqual((record["action"], record["rule"], record["reason"], record["error"]),
                         ("block", "host", "rule", "client-refused-name"))
        self.assertNotIn("blocked.test", self.origin.names)

    def test_what_is_no_tls_passes(self):
        s, _ = self.connect("b.test")
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        read_all(s)  # what TLS says to it
        s.close()
        self.assertEqual(self.records(1, host="b.test")[0]["action"], "allow")


def client_hello(name):
    sent = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return sent.read()


def with_ech(hello):
    """The same with one more extension, encrypted_client_hello. hello: one record."""
    extension = struct.pack(">HH", 0xFE0D, 8) + bytes(8)
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]  # session id
    at += 2 + int.from_bytes(hello[at:at + 2], "big")  # cipher suites
    at += 1 + hello[at]  # compression
    extensions = hello[at + 2:] + extension
    body = hello[9:at] + struct.pack(">H", len(extensions)) + extensions
    message = hello[5:6] + struct.pack(">I", len(body))[1:] + body
    return hello[:3] + struct.pack(">H", len(message)) + message


class OtherNames(InspectCase):
    """Inspection looks at both names: a tunnel opens only if both say so."""

    POLICY = {"schema": 1, "default": {"then": "allow"},
              "inspection": {"default": "inspect", "rules": [{"id": "t", "if": {"host": ["a.test", "b.test"]}, "then": "tunnel"}]},
              "rules": [{"id": "host", "if": {"host": ["blocked.test"]}, "then": "block"}]}

    def test_a_tunnel_to_a_name_that_is_inspected_is_inspected(self):
        s = self.open("a.test", sni="origin.test")
        self.assertEqual(self.ask(s, "/both", host="origin.test")[0], 200)
        self.assertEqual(self.ask(s, "/both", host="a.test")[0], 200)
        self.assertEqual(self.ask(s, "/both", host="b.test")[0], 421)
        s.close()
        told = wait_for(lambda: [r for r in self.records(3) if r["path"] == "/both" and r["status"] == 200], "records of both names", 2)
        self.assertEqual({r["host"] for r in told}, {"origin.test", "a.test"})

    def test_two_names_that_are_tunnelled_make_a_tunnel(self):
        s = self.open("a.test", sni="b.test", context=ssl.create_default_context(cafile=self.authority.pem))
        self.assertEqual(self.ask(s, host="b.test")[0], 200)
        s.close()

    def test_an_inspected_name_does_not_hide_behind_a_tunnelled_one(self):
        s = self.open("origin.test", sni="a.test")
        self.assertEqual(self.ask(s, host="a.test")[0], 200)
        s.close()

    def test_a_refused_name_inside_gets_the_page_inside(self):
        s = self.open("origin.test", sni="blocked.test")
        self.assertEqual(self.ask(s, host="blocked.test")[0], 403)
        s.close()

    def claim(self, name):
        """A tunnel to a.test whose ClientHello names another host and claims to hide a third one by ECH."""
        s, _ = self.connect("a.test")
        s.sendall(with_ech(client_hello(name)))
        first = read_all(s) if name == "blocked.test" else read_exactly(s, 1)
        s.close()
        return first

    def test_a_claim_of_ech_leaves_the_decision_to_the_connect(self):
        self.assertEqual(self.claim("origin.test"), b"\x16")
        record = wait_for(lambda: [r for r in self.records(1, host="a.test", method="CONNECT") if (r["tls"] or {}).get("sni") == "origin.test"
                                   and not r["tls"]["inspected"]], "a record of the tunnel")[0]
        self.assertEqual(record["action"], "allow")

    def test_a_claim_of_ech_does_not_hide_a_refused_name(self):
        self.assertNotEqual(self.claim("blocked.test")[:1], b"\x16")
        told = wait_for(lambda: [r for r in self.records(1, host="a.test") if r["error"] == "client-refused-name"], "the refusal")
        self.assertEqual(told[0]["rule"], "host")

    def test_an_address_leads_to_itself_whatever_is_named(self):
        s = self.open("127.0.0.1", sni="origin.test")
        self.assertEqual(self.ask(s, host="origin.test")[0], 200)
        s.close()


class Strangers(InspectCase):
    """Those with whom it does not work."""

    SETTINGS = {"proxy": {"timeout_handshake": "2s", "timeout_connect": "2s"}}
    POLICY = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect"}}

    def newest(self, error, **wanted):
        wanted["error"] = error
        return wait_for(lambda: next((r for r in self.d.audit() if all(r[k] == v for k, v in wanted.items())), None), wanted)

    def test_a_client_that_does_not_know_our_authority_is_recorded(self):
        s, _ = self.connect()
        with self.assertRaises(ssl.SSLError):
            ssl.create_default_context(cafile=self.authority.pem).wrap_socket(s, server_hostname="origin.test")
        s.close()
        record = self.newest("client-failed-tls")
        self.assertEqual((record["method"], record["host"], record["tls"]["sni"]), ("CONNECT", "origin.test", "origin.test"))

    def test_what_is_no_tls_is_refused(self):
        s, _ = self.connect("a.test")
        s.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.assertEqual(read_all(s), b"")
        s.close()
        record = self.newest("client-not-tls")
        self.assertEqual((record["action"], record["reason"]), ("block", "not-tls"))

    def test_an_origin_that_speaks_first_is_no_tls(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            s, _ = self.connect("b.test", port=server.getsockname()[1])
            there, _ = server.accept()
            there.sendall(b"220 mail ESMTP\r\n")
            self.assertEqual(read_all(s), b"")
            there.close()
            s.close()

    def test_a_client_that_says_nothing_is_let_go(self):
        s, _ = self.connect("c.test")
        self.assertEqual(read_all(s), b"")
        s.close()
        self.newest("client-timeout-hello")

    def test_an_origin_whose_certificate_is_not_trusted_gets_no_request(self):
        bad = tls_server(TlsOrigin(Authority("Nobody").certify("origin.test")))
        for _ in range(2):
            self.assertEqual(self.status(self.url(port=bad.port)), (200, 502))
        self.assertEqual(bad.heads, [])
        self.assertEqual(self.newest("origin-failed-tls", port=bad.port)["tls"]["fault"], "unknown-issuer")
        bad.close()

    def test_an_origin_that_speaks_no_tls_is_told_inside(self):
        with socket.create_server(("127.0.0.1", 0)) as plain:
            threading.Thread(target=lambda: (c := plain.accept()[0]).recv(9999) and c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")).start()
            self.assertEqual(self.status(self.url(port=plain.getsockname()[1])), (200, 502))

    def test_an_origin_that_never_answers_is_told_inside(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assertEqual(self.status(self.url(port=silent.getsockname()[1])), (200, 504))
        self.newest("origin-timeout-tls")

    def test_nobody_there_is_told_at_once(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        self.assertEqual(self.status(self.url(port=port)), (502, 0))
        self.assertEqual(self.status(self.url(port=port), "-A", BROWSER), (200, 502))


class Sparing(InspectCase):
    """One connection to the origin has to do."""

    SETTINGS = {"proxy": {"workers": "1", "origin_connections": "1"}}
    held, go = threading.Event(), threading.Event()

    @classmethod
    def handler(cls):
        def holds(s, head, path):
            if path == "/hold":
                cls.held.set()
                cls.go.wait(20)
            return default_handler(s, head, path)
        return holds

    def test_a_client_that_takes_its_time_keeps_nobody_waiting(self):
        lazy, _ = self.connect()
        hello, told = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context().wrap_bio(told, hello, server_hostname="origin.test")
        self.assertRaises(ssl.SSLWantReadError, tls.do_handshake)
        lazy.sendall(hello.read())
        self.assertTrue(lazy.recv(1))  # and says no more
        s = self.open()
        self.assertEqual(self.ask(s)[0], 200)
        s.close()
        lazy.close()

    def tunnelled(self, s):
        s = ssl.create_default_context(cafile=self.authority.pem).wrap_socket(s, server_hostname="origin.test")
        self.assertEqual(self.ask(s)[0], 200)
        s.close()

    def test_what_waits_in_line_and_is_a_tunnel_by_now_takes_no_inspected_connection(self):
        s = self.open()
        s.sendall(f"GET /hold HTTP/1.1\r\nHost: origin.test:{self.origin.port}\r\n\r\n".encode())
        self.assertTrue(self.held.wait(10))
        waiting = self.d.connect()
        waiting.sendall(f"CONNECT origin.test:{self.origin.port} HTTP/1.1\r\nHost: origin.test\r\n\r\n".encode())
        self.d.run("admin", "add", "watch", "--role", "viewer", "--password-stdin", stdin="watching the gateway\n")
        token = self.d.run("admin", "token", "watch", "--role", "viewer").stdout.split()[-1]
        wait_for(lambda: "sluice_upstream_waiting 1" in self.d.api("/metrics", token=token).text, "a CONNECT in line")
        self.addCleanup(self.d.apply, self.POLICY)
        self.d.apply({**self.POLICY, "inspection": {"default": "tunnel"}})
        self.go.set()
        self.assertIn(b" 200 ", read_head(s)[:20])
        self.assertIn(b" 200 ", read_head(waiting)[:20])
        self.tunnelled(waiting)
        s.close()

    def test_a_tunnel_by_its_address_takes_no_inspected_connection(self):
        s = self.open()
        self.assertEqual(self.ask(s)[0], 200)
        self.addCleanup(self.d.apply, self.POLICY)
        rule = {"id": "near", "if": {"address": ["127.0.0.0/8"]}, "then": "tunnel"}
        self.d.apply({**self.POLICY, "inspection": {"default": "inspect", "rules": [rule]}})
        other, head = self.connect()
        self.assertIn(b" 200 ", head[:20])
        self.tunnelled(other)
        s.close()


class Known(InspectCase):
    """Who asked for the tunnel asks inside it."""

    USERS = {"ann": "a long password"}
    SETTINGS = {"auth": {"methods": "basic"}}

    def test_who_is_removed_is_not_asked_to_log_in_by_the_origin(self):
        s, head = self.connect(login="ann:a long password")
        self.assertIn(b" 200 ", head[:20])
        s = self.context().wrap_socket(s, server_hostname="origin.test")
        self.assertEqual(self.ask(s)[0], 200)
        self.d.run("user", "remove", "ann")
        try:
            self.assertEqual(self.ask(s)[0], 0)
        except (ConnectionError, ssl.SSLError):
            pass  # it was idle, and has ended
        s.close()
        s, head = self.connect(login="ann:a long password")
        self.assertIn(b" 407 ", head[:20])
        s.close()


class Passing(InspectCase):
    """What is no TLS goes through, where the settings say so."""

    SETTINGS = {"inspect": {"not_tls": "tunnel"}}

    def test_either_side_may_speak_first(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            for first in ("client", "origin"):
                s, _ = self.connect("b.test", port=server.getsockname()[1])
                there, _ = server.accept()
                a, b = (s, there) if first == "client" else (there, s)
                a.sendall(b"hello there")
                self.assertEqual(read_exactly(b, 11), b"hello there")
                b.sendall(b"and back")
                self.assertEqual(read_exactly(a, 8), b"and back")
                s.close()
                there.close()


class Ways(InspectCase):
    """By TLS to the gateway, and through parents of each kind."""

    POLICY = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect"},
              "rules": [{"id": name, "if": {"host": [name + ".test"]}, "then": "allow", "parent": name} for name in ("a", "b", "c")]}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sluice-ways-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.shown = make_certificate(cls.folder + "/localhost.pem", "localhost")
        cls.led, cls.asked = [], []
        lead = tunnel_server(cls.asked, lambda: cls.origin.port)
        cls.parents = {"a": Scripted(lead), "b": Secure(lead, cls.shown), "c": Scripted(lambda s: socks_server(cls.led, cls.origin.port)(s))}
        for parent in cls.parents.values():
            cls.addClassCleanup(parent.close)
        kinds = {"a": "http://127.0.0.1", "b": "https://localhost", "c": "socks5://127.0.0.1"}
        cls.SETTINGS = {"proxy": {"listen": "127.0.0.1:0, 127.0.0.1:0 tls", "tls_certificate": cls.shown, "tls_key": cls.shown, "parent_ca": cls.shown,
                                  "parent": ", ".join(f"{name}={kinds[name]}:{parent.port}" for name, parent in cls.parents.items())}}
        super().setUpClass()

    def test_tls_inside_the_tls_of_a_listener(self):
        port = re.findall(r"proxy=\S+:(\d+)", self.d.log_text())[1]
        for _ in range(2):
            done = subprocess.run(["curl", "-sS", "--noproxy", "", "-x", f"https://localhost:{port}", "--proxy-cacert", self.shown, "--cacert", self.ca_pem(),
                                   self.url("/n/300000"), self.url("/echo"), "-d", "x" * 100000], capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(done.stdout[:300000], b"x" * 300000)
        self.assertTrue(next(r for r in self.records(3, host="origin.test") if r["path"] == "/echo")["tls"]["inspected"])

    def test_through_a_parent_of_http(self):
        for _ in range(2):
            self.assertEqual(self.curl(self.url(host="a.test")), "hello from the origin\n")
        self.assertIn(f"CONNECT a.test:{self.origin.port} HTTP/1.1", self.asked)
        record = next(r for r in self.records(2, host="a.test") if r["method"] == "GET")
        self.assertEqual((record["parent"], record["scheme"]), ("a", "https"))

    def test_through_a_parent_of_https(self):
        for _ in range(2):
            self.assertEqual(self.curl(self.url("/n/200000", host="b.test")), "x" * 200000)

    def test_through_a_parent_of_socks(self):
        self.assertEqual(self.curl(self.url(host="c.test")), "hello from the origin\n")
        self.assertEqual(self.led[-1][2], b"c.test")
