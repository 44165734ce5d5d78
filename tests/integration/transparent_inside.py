"""Transparent listeners, inside a network namespace of the test's own (test_transparent.py starts this file there). All addresses are on its
loopback device; rules of the kernel redirect what one of them sends, so the gateway's own connections go free."""
import glob
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from integration.support import Daemon, Origin, read_head, wait_for

CLIENT, SITE, EVIL = "192.0.2.10", "198.51.100.1", "198.51.100.2"
CLIENT6, SITE6 = "2001:db8::10", "2001:db8:1::1"
NET = "192.0.2.0/24, 198.51.100.0/24, 2001:db8::/32"


def run(*command, stdin=None):
    subprocess.run(command, input=stdin, text=True, check=True, capture_output=True)


def serve(address, port, name, tls=None):
    """An origin that says its name and what it was asked."""
    listener = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)

    def answer(s):
        try:
            if tls:
                s = tls.wrap_socket(s, server_side=True)
            while head := read_head(s):
                line = head.split(b"\r\n")[0]
                host = next(h for h in head.split(b"\r\n") if h.lower().startswith(b"host:"))
                body = name.encode() + b"|" + line + b"|" + host
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except (OSError, AssertionError, EOFError):
            pass
        finally:
            s.close()

    def loop():
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def connect(to, port, source=CLIENT):
    s = socket.create_connection((to, port), timeout=10, source_address=(source, 0))
    return s


def ask(s, host, path="/", extra=b""):
    """Status and body of a request in plain, as a browser sends it that knows of no proxy."""
    s.sendall(b"GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (path.encode(), host.encode(), extra))
    head = read_head(s)
    length = int(next(h for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")).split(b":")[1])
    body = b""
    while len(body) < length:
        body += s.recv(length - len(body))
    return int(head.split()[1]), body.decode()


class Inside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run("ip", "link", "set", "lo", "up")
        for address in (CLIENT, SITE, EVIL):
            run("ip", "addr", "add", address + "/32", "dev", "lo")
        for address in (CLIENT6, SITE6):
            run("ip", "-6", "addr", "add", address + "/128", "dev", "lo", "nodad")
        folder = tempfile.mkdtemp(prefix="sluice-transparent-")
        cls.addClassCleanup(shutil.rmtree, folder)
        trusted = folder + "/cert.pem"
        cls.d = Daemon(settings={"proxy": {"listen": "127.0.0.1:0 transparent, [::1]:0 transparent, 127.0.0.1:0 tproxy, 127.0.0.1:0", "workers": "1",
                                           "allow_private": NET, "connect_ports": "443"}, "inspect": {"enabled": "off", "trust": trusted}},
                       hosts=((SITE, "site.test"), (SITE6, "site.test"), (EVIL, "evil.test"), (SITE, "blocked.test"), (SITE, "listed.test"), (SITE, "rebound.test"),
                              ("8.8.8.8", "rebound.test")), start=False)
        cls.d.HOSTS = ()
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=site.test", "-days", "2",
            "-addext", "subjectAltName=DNS:site.test,DNS:blocked.test", "-keyout", folder + "/key.pem", "-out", trusted)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(trusted, folder + "/key.pem")
        for address, name in ((SITE, "site"), (EVIL, "evil"), (SITE6, "site6")):
            serve(address, 80, name)
            serve(address, 8080, name)
            serve(address, 443, name, tls)
        cls.d.apply({"schema": 1, "default": {"then": "allow"}, "networks": {"evil": [EVIL]},
                     "rules": [{"id": "no-blocked", "if": {"host": ["blocked.test"]}, "then": "block"}]})
        cls.d.start()
        line = next(text for text in cls.d.log_text().splitlines() if "sluice: ready" in text)
        cls.ports = [int(word.rsplit(":", 1)[1]) for word in line.split() if word.startswith("proxy=")]
        run("nft", "-f", "-", stdin=f"""
            table ip redirected {{
                chain output {{
                    type nat hook output priority -100;
                    ip saddr {CLIENT} ip daddr {SITE} tcp dport {{ 80, 443, 8080 }} redirect to :{cls.ports[0]}
                    ip saddr {CLIENT} ip daddr {EVIL} tcp dport {{ 80, 443 }} redirect to :{cls.ports[0]}
                }}
            }}
            table ip6 redirected {{
                chain output {{
                    type nat hook output priority -100;
                    ip6 saddr {CLIENT6} tcp dport {{ 80, 443 }} redirect to :{cls.ports[1]}
                }}
            }}
            table ip diverted {{
                chain prerouting {{
                    type filter hook prerouting priority mangle;
                    ip saddr {CLIENT} ip daddr {EVIL} tcp dport 8080 tproxy to 127.0.0.1:{cls.ports[2]} accept
                }}
            }}
        """)

    @classmethod
    def tearDownClass(cls):
        cls.d.close()

    def last(self, **wanted):
        record = wait_for(lambda: next((r for r in self.d.audit(1) if all(r[k] == v for k, v in wanted.items())), None), f"a record with {wanted}")
        return record

    def test_requests_go_where_they_went(self):
        s = connect(SITE, 80)
        self.assertEqual(ask(s, "site.test"), (200, "site|GET / HTTP/1.1|Host: site.test"))
        self.assertEqual(ask(s, "site.test", "/again?x=1"), (200, "site|GET /again?x=1 HTTP/1.1|Host: site.test"))
        record = self.last(path="/again")
        self.assertEqual((record["client"], record["host"], record["upstream"], record["error"]), (CLIENT, "site.test", SITE + ":80", None))
        self.assertTrue(record["reused"], "a name that has the address shares its connections")
        s.close()
        s = connect(SITE, 8080)
        self.assertEqual(ask(s, "site.test:8080"), (200, "site|GET / HTTP/1.1|Host: site.test:8080"))
        s.close()

    def test_requests_over_ipv6(self):
        s = connect(SITE6, 80, CLIENT6)
        self.addCleanup(s.close)
        self.assertEqual(ask(s, "site.test"), (200, "site6|GET / HTTP/1.1|Host: site.test"))
        self.assertEqual(ask(s, f"[{SITE6}]"), (200, f"site6|GET / HTTP/1.1|Host: [{SITE6}]"))

    def test_requests_by_tproxy(self):
        s = connect(EVIL, 8080)
        self.assertEqual(ask(s, "evil.test:8080"), (200, "evil|GET / HTTP/1.1|Host: evil.test:8080"))
        self.last(host="evil.test", upstream=EVIL + ":8080")
        s.close()

    def test_policy_holds(self):
        s = connect(SITE, 80)
        self.assertEqual(ask(s, "blocked.test")[0], 403)
        s.close()

    def test_a_host_that_is_elsewhere_is_reached_at_the_destination_and_judged_by_both(self):
        s = connect(EVIL, 80)
        status, body = ask(s, "site.test")
        self.assertEqual((status, body.split("|")[0]), (200, "evil"), "the destination is the client's, whatever it says")
        self.last(host="site.test", upstream=EVIL + ":80", error="client-host-mismatch")
        ask(s, "site.test")
        self.assertFalse(self.last(host="site.test", upstream=EVIL + ":80")["reused"])
        s.close()
        s = connect(SITE, 80)
        self.assertEqual(ask(s, "site.test")[1].split("|")[0], "site", "nobody else gets its connection")
        s.close()

    def test_a_public_name_leads_to_no_private_address(self):
        s = connect(SITE, 80)
        self.assertEqual(ask(s, "rebound.test")[0], 403)
        self.assertEqual(self.last(host="rebound.test")["reason"], "private-address")
        s.close()

    def test_a_list_of_allowed_names_can_not_be_told_a_lie(self):
        before = {"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "no-blocked", "if": {"host": ["blocked.test"]}, "then": "block"}]}
        self.d.apply({"schema": 1, "default": {"then": "block"}, "rules": [{"id": "listed", "if": {"host": ["listed.test"]}, "then": "allow"}]})
        self.addCleanup(self.d.apply, before)
        s = connect(SITE, 80)
        self.assertEqual(ask(s, "listed.test")[0], 200)
        s.close()
        s = connect(EVIL, 80)
        self.assertEqual(ask(s, "listed.test")[0], 403)
        s.close()
        self.assertEqual(self.tls(SITE, "listed.test"), "site")
        with self.assertRaises(ssl.SSLError):
            self.tls(EVIL, "listed.test")

    def tls(self, to, name):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(connect(to, 443), server_hostname=name) as s:
            return ask(s, name or to)[1].split("|")[0]

    def test_tls_is_a_tunnel_to_the_name_that_it_tells(self):
        self.assertEqual(self.tls(SITE, "site.test"), "site")
        record = self.last(host="site.test", port=443)
        self.assertEqual((record["method"], record["status"], record["upstream"]), ("CONNECT", 200, SITE + ":443"))
        self.assertEqual(self.tls(SITE, None), "site")
        self.last(host=SITE, port=443)
        with self.assertRaisesRegex(ssl.SSLError, "(?i)access.denied"):
            self.tls(SITE, "blocked.test")
        record = self.last(host="blocked.test", port=443, method="CONNECT")
        self.assertEqual((record["action"], record["rule"], record["status"]), ("block", "no-blocked", None))

    def inspect(self):
        policy = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect"},
                  "rules": [{"id": "no-blocked", "if": {"host": ["blocked.test"]}, "then": "block"}]}
        self.d.apply(policy)
        self.set("inspect", enabled="on")
        self.addCleanup(self.set, "inspect", enabled="off")
        return ssl.create_default_context(cafile=glob.glob(self.d.state + "/ca/*.pem")[0])

    def test_tls_is_inspected_too(self):
        context = self.inspect()
        for _ in range(2):
            with context.wrap_socket(connect(SITE, 443), server_hostname="site.test") as s:
                self.assertEqual(ask(s, "site.test", "/inside")[1], "site|GET /inside HTTP/1.1|Host: site.test")
                self.assertEqual(ask(s, "evil.test")[0], 421)
        record = self.last(path="/inside")
        self.assertEqual((record["scheme"], record["host"], record["upstream"], record["tls"]["inspected"]), ("https", "site.test", SITE + ":443", True))

    def test_a_refusal_is_told_inside(self):
        with self.inspect().wrap_socket(connect(SITE, 443), server_hostname="blocked.test") as s:
            self.assertEqual(ask(s, "blocked.test")[0], 403)

    def test_what_is_no_tls_is_not_let_through(self):
        s = connect(SITE, 443)
        s.sendall(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
        self.assertEqual(s.recv(100), b"")
        self.last(host=SITE, port=443, error="client-malformed-hello")
        s.close()

    def test_a_name_that_is_none_is_malformed(self):
        sent = ssl.MemoryBIO()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with self.assertRaises(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname="site.test").do_handshake()
        s = connect(SITE, 443)
        for byte in sent.read().replace(b"site.test", b"site/test"):
            s.sendall(bytes([byte]))
        self.assertEqual(s.recv(100), b"")
        self.assertEqual(self.last(port=443, error="client-malformed-hello")["host"], SITE)
        s.close()

    def test_who_was_not_redirected_is_turned_away(self):
        for port in self.ports[0], self.ports[2]:
            s = socket.create_connection(("127.0.0.1", port), timeout=10)
            self.assertEqual(s.recv(100), b"")
            s.close()
        self.d.run("admin", "add", "looker", "--role", "viewer", "--password-stdin", stdin="a long password\n")
        token = self.d.run("admin", "token", "looker", "--role", "viewer").stdout.strip()
        self.assertIn("sluice_transparent_refused_total 2\n", self.d.api("/metrics", token=token).text)

    def test_connect_is_not_for_redirected_connections(self):
        s = connect(SITE, 80)
        s.sendall(b"CONNECT site.test:443 HTTP/1.1\r\nHost: site.test:443\r\n\r\n")
        self.assertIn(b" 400 ", read_head(s).split(b"\r\n")[0])
        s.close()

    def test_a_parent_gets_it_by_its_name(self):
        asked = []

        def parent(s, head, path):
            asked.append(head.split(b"\r\n")[0])
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nparent")
            return True

        through = Origin(parent)
        self.addCleanup(through.close)
        self.set(parent=f"http://127.0.0.1:{through.port}")
        self.addCleanup(self.set, parent="")
        s = connect(EVIL, 80)
        self.addCleanup(s.close)
        self.assertEqual(ask(s, "site.test", "/x"), (200, "parent"))
        self.assertEqual(asked, [b"GET http://site.test/x HTTP/1.1"])

    def set(self, section="proxy", **settings):
        self.d.settings[section].update(settings)
        self.d.write_settings()
        self.d.run("reload")

    def test_strict_refuses_what_does_not_fit(self):
        self.set(transparent_strict="on")
        self.addCleanup(self.set, transparent_strict="off")
        s = connect(EVIL, 80)
        self.assertEqual(ask(s, "site.test")[0], 421)
        record = self.last(host="site.test", action="block")
        self.assertEqual((record["reason"], record["error"]), ("host-mismatch", "client-host-mismatch"))
        self.assertEqual(ask(s, "evil.test")[0], 200)
        s.close()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    unittest.main()
