"""What people see in a real browser: pages through the gateway, and the gateway's own."""
import shutil
import subprocess
import tempfile
import unittest

from integration.nginx import Nginx
from integration.support import Daemon


@unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = Nginx()
        cls.d = Daemon(policy={"schema": 1, "default": {"then": "allow"}, "categories": {"bad": {"title": "Bad places", "hosts": ["blocked.test"]}},
                               "rules": [{"id": "bad", "title": "Nothing bad", "if": {"category": ["bad"]}, "then": "block",
                                          "message": "Ask the help desk."},
                                         {"id": "think", "if": {"host": ["b.test"]}, "then": "warn"}],
                               "quotas": [{"id": "q", "title": "Daily bytes", "if": {"host": ["a.test"]}, "per": "client", "window": "day",
                                           "bytes": "3MiB", "then": "block"}]})

    @classmethod
    def tearDownClass(cls):
        cls.d.close()
        cls.nginx.close()

    def url(self, path="/", host="origin.test"):
        return f"http://{host}:{self.nginx.port}{path}"

    def chromium(self, url, *extra):
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                                   "--disable-background-networking", "--disable-component-update", "--ignore-certificate-errors",
                                   f"--user-data-dir={profile}", f"--proxy-server=http://127.0.0.1:{self.d.port}",
                                   "--proxy-bypass-list=<-loopback>", *extra, "--dump-dom", url], capture_output=True, text=True, timeout=120)
            return done.stdout

    def test_chromium_browses_http_and_https(self):
        self.assertIn("Page of the origin", self.chromium(self.url()))
        self.assertIn("Page of the origin", self.chromium(f"https://origin.test:{self.nginx.tls_port}/"))

    def test_chromium_shows_the_block_page(self):
        page = self.chromium(self.url("/some/page?x=<script>alert(1)</script>", "blocked.test"))
        for text in ("Bad places", "Ask the help desk."):
            self.assertIn(text, page)
        self.assertNotIn("<script>alert(1)", page)

    def test_warn_page_has_a_link_and_the_quota_page_a_bar(self):
        page = self.chromium(self.url("/", "b.test"))
        self.assertIn("http://sluice.internal/continue?", page)
        page = self.chromium("http://sluice.internal/quota")
        self.assertIn("Daily bytes", page)
