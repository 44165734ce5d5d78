"""What people see inside TLS: refusals, warnings, quotas, the page host, and sites whose certificate has a fault."""
import json
import re
import ssl

from integration.inspected import BROWSER, Authority, InspectCase, TlsOrigin, tls_server

HTML, JSON = "Accept: text/html", "Accept: application/json"


class Pages(InspectCase):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect"},
              "quotas": [{"id": "daily", "title": "A day", "if": {"host": ["c.test"]}, "per": "client", "window": "day", "requests": 2,
                          "extension": {"requests": 5, "times": 2}}],
              "rules": [{"id": "host", "title": "No such hosts", "if": {"host": ["blocked.test"]}, "then": "block"},
                        {"id": "think", "if": {"url": ["a.test/warn"]}, "then": "warn", "warn_for": "1h"}]}

    def page(self, url, *args):
        """Head, its names in lower case as HTTP/2 has them, and body of what curl gets inside."""
        text = self.curl("-i", "-A", BROWSER, *args, url)
        head, body = text.split("\r\n\r\n", 2)[1:]  # behind the 200 of the CONNECT
        return re.sub(r"(?m)^[A-Za-z-]+:", lambda name: name[0].lower(), head), body

    def test_a_refused_connect_shows_the_page_inside(self):
        head, body = self.page(self.url(host="blocked.test"), "-H", HTML)
        self.assertIn(" 403", head.split("\r\n")[0])
        self.assertIn("content-security-policy: default-src 'none'", head)
        self.assertIn("No such hosts", body)

    def test_a_connect_that_names_no_host_is_told_outside(self):
        s, head = self.connect("*.test", agent=BROWSER)
        self.assertIn(b" 400 ", head[:20])
        s.close()

    def test_a_warning_is_accepted_inside(self):
        head, body = self.page(self.url("/warn", "a.test"), "-H", HTML)
        self.assertIn(" 403", head.split("\r\n")[0])
        link = re.search(r'href="(https://sluice\.internal/continue[^"]*)"', body)[1].replace("&amp;", "&")
        head, _ = self.page(link)
        self.assertIn(" 302", head.split("\r\n")[0])
        self.assertIn(f"location: {self.url('/warn', 'a.test')}", head)
        self.assertEqual(self.status(self.url("/warn", "a.test")), (200, 200))

    def test_the_page_host_speaks_https(self):
        head, body = self.page("https://sluice.internal/", "-H", HTML)
        self.assertIn(" 200", head.split("\r\n")[0])
        self.assertIn('href="https://sluice.internal/quota"', body)
        self.assertEqual(self.status("https://sluice.internal/nothing"), (200, 404))
        record = self.records(1, host="sluice.internal", method="GET", status=404)[0]
        self.assertEqual((record["scheme"], record["reason"], record["path"]), ("https", "page", "/nothing"))

    def test_a_quota_is_extended_inside(self):
        for _ in range(2):
            self.assertEqual(self.status(self.url(host="c.test")), (200, 200))
        head, body = self.page(self.url(host="c.test"), "-H", HTML)
        self.assertIn('href="https://sluice.internal/quota"', body)
        _, body = self.page("https://sluice.internal/quota", "-H", HTML)
        button = re.search(r'action="(/quota/extend[^"]*)"', body)[1].replace("&amp;", "&")
        self.assertIn(" 303", self.page("https://sluice.internal" + button, "-X", "POST", "-d", "")[0].split("\r\n")[0])
        self.assertEqual(self.status(self.url(host="c.test")), (200, 200))

    # -- certificates --
    def at_fault(self, certificate, host="b.test", setup=None):
        origin = tls_server(TlsOrigin(certificate, setup=setup))
        self.addCleanup(origin.close)
        return self.url(host=host, port=origin.port)

    def test_a_faulty_certificate_shows_its_chain(self):
        stranger = Authority("Strangers")
        self.addCleanup(stranger.close)
        url = self.at_fault(stranger.certify("b.test"))
        head, body = self.page(url, "-H", HTML)
        self.assertIn(" 502", head.split("\r\n")[0])
        self.assertIn('proxy-status: sluice; error=tls_certificate_error; details="unknown-issuer"', head)
        self.assertIn("CN = Strangers", body)
        _, body = self.page(url, "-H", JSON)
        problem = json.loads(body)
        self.assertEqual((problem["cause"], problem["tls"]["fault"], problem["tls"]["names"]), ("unknown-issuer", "unknown-issuer", ["b.test"]))
        self.assertEqual(problem["tls"]["chain"][0]["issuer"], "CN = Strangers")
        record = self.records(1, host="b.test", **{"tls-fault": "unknown-issuer"})[0]
        self.assertEqual((record["error"], record["tls"]["issuer"]), ("origin-failed-tls", "CN = Strangers"))

    def test_the_fault_that_is_told_is_the_exact_one(self):
        head, body = self.page(self.at_fault(self.authority.certify("elsewhere.test", "www.elsewhere.test")), "-H", "Accept: text/plain")
        self.assertIn('details="wrong-name"', head)
        self.assertIn("It is for elsewhere.test and www.elsewhere.test, not for this one.", body)

    def test_a_site_with_old_tls_is_named_so(self):
        def old(context):
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        head, body = self.page(self.at_fault(self.authority.certify("b.test"), setup=old), "-H", HTML)
        self.assertIn("error=tls_protocol_error", head)
        self.assertIn("out of date", body)
