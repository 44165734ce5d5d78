"""What the API says of inspected traffic: how much, by which TLS, and which sites are at fault."""
from integration.inspected import InspectCase, TlsOrigin, tls_server
from integration.support import wait_for


class Inspection(InspectCase):
    POLICY = {"schema": 1, "default": {"then": "allow"},
              "inspection": {"default": "inspect", "rules": [{"id": "bank", "if": {"host": ["b.test"]}, "then": "tunnel"}],
                             "exceptions": [{"id": "known", "if": {"host": ["www.origin.test"]}, "fault": ["wrong-name"], "then": "allow",
                                             "until": "2099-01-01"}]}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wrong = tls_server(TlsOrigin(cls.authority.certify("other.example"), cls.handler()))
        cls.addClassCleanup(cls.wrong.close)
        cls.d.run("admin", "passwd", "root", "--role", "admin", "--password-stdin", stdin="a long enough password\n")
        cls.token = cls.d.run("admin", "token", "root", "--role", "auditor").stdout.split()[-1]

    def get(self, path):
        answer = self.d.api(path, token=self.token)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def test_tunnels_versions_and_faults_are_counted(self):
        self.curl(self.url())
        self.curl(self.url(host="b.test"), "-k")
        self.curl(self.url(host="c.test", port=self.wrong.port), check=False)
        self.records(1, host="c.test")
        wait_for(lambda: self.get("/inspection?from=-1h")["faults"], "a fault is counted")
        told = self.get("/inspection?from=-1h")
        self.assertTrue(told["enabled"])
        self.assertGreaterEqual(told["tunnels"]["total"], 3)
        self.assertLess(told["tunnels"]["inspected"], told["tunnels"]["total"])
        self.assertGreaterEqual(told["tunnels"]["inspected"], 1)
        self.assertEqual([v["name"] for v in told["client"]["versions"]], ["TLSv1.3"])
        self.assertEqual([v["name"] for v in told["origin"]["versions"]], ["TLSv1.3"])
        self.assertTrue(told["origin"]["ciphers"])
        self.assertEqual([f["name"] for f in told["faults"]], ["wrong-name"])
        self.assertIn(("c.test", "wrong-name", True), [(h["name"], h["fault"], h["chain"]) for h in told["hosts"]])

    def test_the_chain_of_a_faulty_site_is_shown(self):
        self.curl(self.url(host="a.test", port=self.wrong.port), check=False)
        at = self.get("/inspection/hosts/a.test")
        self.assertEqual((at["host"], at["port"], at["fault"], at["member"]), ("a.test", self.wrong.port, "wrong-name", 0))
        self.assertEqual(at["names"], ["other.example"])
        own, authority = at["chain"]
        self.assertIn("other.example", own["subject"])
        self.assertEqual((own["faults"], authority["faults"], authority["anchor"]), (["wrong-name"], [], True))
        self.assertEqual(len(own["fingerprint"]), 64)
        self.assertIn("-----BEGIN CERTIFICATE-----", own["pem"])

    def test_a_site_that_is_excused_is_shown_too(self):
        self.curl(self.url(host="www.origin.test", port=self.wrong.port))
        self.assertEqual(self.get("/inspection/hosts/www.origin.test")["fault"], "wrong-name")
