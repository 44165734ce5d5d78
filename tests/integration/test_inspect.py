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
