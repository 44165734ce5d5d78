"""Real clients and origins: curl, Chromium, nginx with TLS, and a browser reading the block page."""
import glob
import os
import shutil
import subprocess
import tempfile
import unittest

from integration.support import Daemon, wait_for
import socket


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sluice-nginx-")
        self.port, self.tls_port = free_port(), free_port()
        os.mkdir(self.dir + "/www")
        with open(self.dir + "/www/index.html", "w") as f:
            f.write("<!doctype html><title>Origin</title><h1>Page of the origin</h1>\n")
        with open(self.dir + "/www/big.bin", "wb") as f:
            f.write(os.urandom(1 << 20) * 20)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
                        self.dir + "/key.pem", "-out", self.dir + "/cert.pem", "-subj", "/CN=origin.test", "-addext",
                        "subjectAltName=DNS:origin.test"], check=True, capture_output=True)
        with open(self.dir + "/nginx.conf", "w") as f:
            f.write(f"""daemon off; pid {self.dir}/pid; error_log {self.dir}/error.log; user root; worker_processes 1;
events {{ worker_connections 512; }}
http {{ access_log off; client_body_temp_path {self.dir}; proxy_temp_path {self.dir}; fastcgi_temp_path {self.dir};
  uwsgi_temp_path {self.dir}; scgi_temp_path {self.dir};
  server {{ listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self.tls_port} ssl; ssl_certificate {self.dir}/cert.pem;
    ssl_certificate_key {self.dir}/key.pem; root {self.dir}/www; }} }}
""")
        self.process = subprocess.Popen(["nginx", "-c", self.dir + "/nginx.conf", "-p", self.dir], stderr=subprocess.DEVNULL)
        wait_for(self.listening, "nginx")

    def listening(self):
        try:
            socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
            return True
        except OSError:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


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

    def chromium(self, url, *extra):
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                                   "--disable-background-networking", "--disable-component-update", "--ignore-certificate-errors",
                                   f"--user-data-dir={profile}", f"--proxy-server=http://127.0.0.1:{self.d.port}",
                                   "--proxy-bypass-list=<-loopback>", *extra, "--dump-dom", url], capture_output=True, text=True, timeout=120)
            return done.stdout

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_chromium_browses_http_and_https(self):
        self.assertIn("Page of the origin", self.chromium(self.url()))
        self.assertIn("Page of the origin", self.chromium(self.tls_url()))

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_chromium_shows_the_block_page(self):
        page = self.chromium(self.url("/some/page?x=<script>alert(1)</script>", "blocked.test"))
        for text in ("Bad places", "Ask the help desk."):
            self.assertIn(text, page)
        self.assertNotIn("<script>alert(1)", page)
