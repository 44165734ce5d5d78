"""A browser that knows our CA: pages load through inspection, and refusals and faults show our pages instead of its own."""
import os
import shutil
import subprocess
import tempfile
import time

from integration.inspected import Authority, InspectCase, TlsOrigin, tls_server
from integration.support import wait_for

PAGE = b"<!doctype html><title>Inside</title><h1>It works</h1>"


def serve(s, head, path):
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
    return True


class Browser(InspectCase):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect"},
              "rules": [{"id": "host", "title": "No such hosts", "if": {"host": ["blocked.test"]}, "then": "block"}]}

    @classmethod
    def handler(cls):
        return serve

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = tempfile.mkdtemp(prefix="sluice-browser-")
        cls.addClassCleanup(shutil.rmtree, cls.home, True)
        store = "sql:" + cls.home + "/.pki/nssdb"
        os.makedirs(cls.home + "/.pki/nssdb")
        for args in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "gateway", "-i", cls.ca_pem()]):
            subprocess.run(["certutil", "-d", store, *args], check=True, capture_output=True, timeout=60)

    def load(self, url):
        """The document that the browser shows; once more when the machine was too busy for it."""
        for _ in range(2):
            done = subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                                   "--disable-component-update", f"--user-data-dir={self.home}/profile-{time.monotonic_ns()}",
                                   f"--proxy-server=http://127.0.0.1:{self.d.port}", "--proxy-bypass-list=<-loopback>", "--dump-dom", url],
                                  capture_output=True, text=True, timeout=90, env={**os.environ, "HOME": self.home})
            if done.stdout.strip():
                break
        return done.stdout

    def test_a_page_loads_over_http2(self):
        self.assertIn("It works", self.load(self.url("/page")))
        record = wait_for(lambda: self.d.audit(host="origin.test", method="GET", q="/page"), "its record")[0]
        self.assertEqual((record["http_version"], record["tls"]["inspected"], record["status"]), ("2", True, 200))

    def test_a_refusal_shows_our_page(self):
        text = self.load(self.url(host="blocked.test"))
        self.assertIn("This page is blocked", text)
        self.assertIn("No such hosts", text)

    def test_a_bad_certificate_shows_our_page(self):
        stranger = Authority("Strangers")
        self.addCleanup(stranger.close)
        origin = tls_server(TlsOrigin(stranger.certify("b.test")))
        self.addCleanup(origin.close)
        text = self.load(self.url(host="b.test", port=origin.port))
        self.assertIn("Nobody known here vouches for this site", text)
        self.assertIn("CN = Strangers", text)
        self.assertIn('<li class="bad">', text)
