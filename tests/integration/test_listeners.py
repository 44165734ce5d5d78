"""Listeners with tls and proxy-protocol, as curl and a load balancer use them."""
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

from integration.support import SLUICE, Case, read_head, wait_for


def make(folder, name, san, usage):
    """A self-signed certificate; returns the paths of it and of its key."""
    certificate, key = f"{folder}/{name}.pem", f"{folder}/{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-days", "2",
                    "-addext", f"subjectAltName={san}", "-addext", f"extendedKeyUsage={usage}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class Listeners(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sluice-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server, server_key = make(cls.folder, "proxy", "DNS:localhost,IP:127.0.0.1", "serverAuth")
        cls.ann = make(cls.folder, "Ann", "email:ann@example.com", "clientAuth")
        cls.SETTINGS = {"proxy": {"listen": "127.0.0.1:0 tls, 127.0.0.1:0 proxy-protocol", "tls_certificate": cls.server, "tls_key": server_key,
                                  "tls_client_certificates": "optional", "tls_client_ca": cls.ann[0], "trusted_proxies": "127.0.0.1"}}
        cls.POLICY = {"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "not-ann", "if": {"user": ["ann@example.com"], "host": ["other.test"]}, "then": "block"}]}
        super().setUpClass()
        line = next(text for text in cls.d.log_text().splitlines() if "sluice: ready" in text)
        cls.ports = [int(word.rsplit(":", 1)[1]) for word in line.split() if word.startswith("proxy=")]

    def curl(self, *args, ca=None):
        done = subprocess.run(["curl", "-sS", "--noproxy", "", "--proxy", f"https://localhost:{self.ports[0]}", "--proxy-cacert", ca or self.server, "-w", " %{http_code}", *args],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.stdout.rsplit(" ", 1)[-1] if done.returncode == 0 else done.stderr

    def test_curl_speaks_tls_to_the_proxy(self):
        self.assertEqual(self.curl(self.origin.url("/a")), "200")
        self.assertEqual(self.curl("--proxytunnel", self.origin.url("/b")), "200")
        self.assertIn("certificate", self.curl(self.origin.url(), ca=self.ann[0]))

    def test_a_certificate_names_the_user(self):
        shown = ["--proxy-cert", self.ann[0], "--proxy-key", self.ann[1]]
        self.assertEqual(self.curl(*shown, self.origin.url("/by-ann")), "200")
        self.assertEqual(self.curl(*shown, self.origin.url("/", host="other.test")), "403")
        self.assertEqual(self.curl(self.origin.url("/", host="other.test")), "200")
        record = wait_for(lambda: next((r for r in self.d.audit(1) if r["path"] == "/by-ann"), None), "the record")
        self.assertEqual(record["user"], "ann@example.com")

    def test_sessions_are_resumed_with_the_user(self):
        context = ssl.create_default_context(cafile=self.server)
        context.load_cert_chain(*self.ann)
        session = None
        for resumed in False, True:
            with context.wrap_socket(socket.create_connection(("127.0.0.1", self.ports[0])), server_hostname="localhost", session=session) as s:
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/", host="other.test").encode())
                self.assertIn(b" 403 ", read_head(s))
                self.assertEqual(s.session_reused, resumed)
                session = s.session

    def test_a_new_certificate_comes_with_a_reload(self):
        def shown():
            return ssl.get_server_certificate(("127.0.0.1", self.ports[0]))

        before = shown()
        make(self.folder, "proxy", "DNS:localhost,IP:127.0.0.1", "serverAuth")
        self.assertEqual(shown(), before)
        self.d.run("reload")
        self.assertNotEqual(shown(), before)
        self.assertEqual(self.curl(self.origin.url()), "200")
        kept = shown()
        os.rename(self.server, self.server + ".away")
        self.addCleanup(os.rename, self.server + ".away", self.server)
        self.assertIn("proxy.tls_certificate", self.d.run("reload", check=False).stderr)
        self.assertEqual(shown(), kept)

    def test_a_balancer_tells_the_client(self):
        with socket.create_connection(("127.0.0.1", self.ports[1])) as s:
            s.sendall(b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 3128\r\nGET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/balanced").encode())
            self.assertIn(b" 200 ", read_head(s))
        record = wait_for(lambda: next((r for r in self.d.audit(1) if r["path"] == "/balanced"), None), "the record")
        self.assertEqual(record["client"], "2001:db8::7")

    def test_check_looks_at_the_files(self):
        self.assertEqual(self.d.run("check").returncode, 0)
        path = self.folder + "/other.conf"
        with open(self.d.conf) as f, open(path, "w") as other:
            other.write(f.read().replace(self.ann[0], self.ann[1]))
        done = subprocess.run([SLUICE, "check", "--config", path], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the CA of clients is no certificate in PEM", done.stderr)

    def test_without_a_certificate_it_does_not_start(self):
        conf = self.folder + "/bad.conf"
        with open(conf, "w") as f:
            f.write("[proxy]\nlisten = 127.0.0.1:0 tls\n")
        done = subprocess.run([SLUICE, "serve", "--config", conf], capture_output=True, text=True, timeout=30, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("set proxy.tls_certificate and proxy.tls_key", done.stderr)


if __name__ == "__main__":
    unittest.main()
