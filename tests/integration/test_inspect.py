"""TLS inspection: from CONNECT to the requests inside."""
import ssl

from integration.inspected import BROWSER, InspectCase
from integration.support import read_all, wait_for


class Inside(InspectCase):
    """Requests inside are requests like any."""

    POLICY = {"schema": 1, "default": {"then": "allow"},
              "inspection": {"default": "inspect", "rules": [{"id": "bank", "if": {"host": ["b.test"]}, "then": "tunnel"}]},
              "rules": [{"id": "host", "if": {"host": ["blocked.test"]}, "then": "block"},
                        {"id": "path", "if": {"url": ["origin.test/secret"]}, "then": "block"},
                        {"id": "type", "if": {"content_type": ["application/x-evil"]}, "then": "block"}]}

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

    def test_another_host_inside_is_misdirected(self):
        s = self.open()
        self.assertEqual(self.ask(s, host="a.test")[0], 421)
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


class OtherNames(InspectCase):
    """Inspection looks at both names: a tunnel opens only if both say so."""

    POLICY = {"schema": 1, "default": {"then": "allow"},
              "inspection": {"default": "inspect", "rules": [{"id": "t", "if": {"host": ["a.test", "b.test"]}, "then": "tunnel"}]},
              "rules": [{"id": "host", "if": {"host": ["blocked.test"]}, "then": "block"}]}

    def test_a_tunnel_to_a_name_that_is_inspected_is_inspected(self):
        s = self.open("a.test", sni="origin.test")
        self.assertEqual(self.ask(s, host="origin.test")[0], 200)
        self.assertEqual(self.ask(s, host="a.test")[0], 200)
        self.assertEqual(self.ask(s, host="b.test")[0], 421)
        s.close()
        self.assertEqual(len([r for r in self.records(3) if r["method"] == "GET" and r["status"] == 200]), 2)

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

    def test_an_address_leads_to_itself_whatever_is_named(self):
        s = self.open("127.0.0.1", sni="origin.test")
        self.assertEqual(self.ask(s, host="origin.test")[0], 200)
        s.close()
