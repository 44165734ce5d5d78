"""Real clients and origins: curl, and nginx with TLS."""
import subprocess
import unittest

from integration.nginx import Nginx
from integration.support import Daemon


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nginx = Nginx()
        cls.d = Daemon(policy={"schema": 1, "default": {"then": "allow"}, "categories": {"bad": {"title": "Bad places", "hosts": ["blocked.test"]}},
                               "rules": [{"id": "bad", "title": "Nothing bad", "if": {"category": ["bad"]}, "then": "block", "message": "Ask the help desk."}]})

    @classmethod
    def tearDownClass(cls):
        cls.d.close()
        cls.nginx.close()

    def url(self, path="/", host="origin.test"):
        return f"http://{host}:{self.nginx.port}{path}"

    def tls_url(self, path="/"):
        return f"https://origin.test:{self.nginx.tls_port}{path}"

    def test_curl_http(self):
        self.assertIn("Page of the origin", self.d.curl(self.url()))
        self.assertEqual(self.d.curl("-o", "/dev/null", "-w", "%{http_code} %{size_download}", self.url("/big.bin")), "200 20971520")
        self.assertEqual(self.d.curl("-r", "10-19", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", self.url("/big.bin")), "206 10")

    def test_curl_https_through_a_tunnel(self):
        answer = self.d.curl("--cacert", self.nginx.dir + "/cert.pem", self.tls_url())
        self.assertIn("Page of the origin", answer)
        record = self.d.audit(1, method="CONNECT", host="origin.test")[0]
        self.assertEqual((record["status"], record["port"]), (200, self.nginx.tls_port))

    def test_curl_many_kept_alive(self):
        out = self.d.curl("-o", "/dev/null", "-w", "%{num_connects} ", *[self.url("/index.html")], *sum((["-o", "/dev/null", self.url("/index.html")] for _ in range(9)), []))
        self.assertEqual(out.split()[0], "1")
        self.assertEqual(set(out.split()[1:]), {"0"})

    def test_curl_sees_the_refusal_of_a_tunnel(self):
        done = subprocess.run(["curl", "-sS", "-x", f"http://127.0.0.1:{self.d.port}", "https://blocked.test/"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 56)
        self.assertIn("403", done.stderr)
