"""The certificate authority: what the gateway makes satisfies openssl, what it is given is checked, it rotates while it serves, and users get it."""
import json
import os
import re
import shutil
import ssl
import stat
import subprocess
import tempfile
import time
import unittest

from integration.authorities import authority, openssl
from integration.inspected import BROWSER, INSPECT_ALL, InspectCase
from integration.support import Case, wait_for

SECRET = "a secret of some length"


def certificates(pem):
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", pem, re.S)


def text_of(pem):
    return openssl("x509", "-noout", "-text", "-fingerprint", "-sha256", input=pem.encode()).decode()


class Authorities(Case):
    """One daemon; each test begins without any authority."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin=SECRET + "\n")
        cls.token = cls.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    def setUp(self):
        shutil.rmtree(self.d.state + "/ca", ignore_errors=True)
        self.d.run("reload")
        self.newest = self.d.api("/changes?limit=1", token=self.token).json["items"][0]["id"]

    def changes(self):
        """What this test did, newest first."""
        return [c["action"] for c in self.d.api("/changes?action=ca", token=self.token).json["items"] if c["id"] > self.newest]

    def ca(self, *arguments, **options):
        return self.d.run("ca", *arguments, **options)

    def states(self):
        return [(a["state"], a["id"]) for a in self.d.json("ca", "show", check=False)["items"]]

    def file(self, name, content):
        path = f"{self.d.dir}/{name}"
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return path

    def private_keys(self):
        folder = self.d.state + "/ca"
        for name in os.listdir(folder):
            with open(f"{folder}/{name}") as f:
                found = re.search("-----BEGIN PRIVATE KEY-----\n(.*?)\n-----END", f.read(), re.S)
            if found:
                yield name, found[1]

    # -- made --
    def test_openssl_finds_what_rfc_5280_asks(self):
        self.assertEqual(self.ca("show", check=False).returncode, 1)
        made = self.d.json("ca", "init", "--organisation", "Beispiel GmbH", "--permit", "example.com", "--exclude", "bank.example.com", "--days", "400")
        pem = self.ca("show", "--pem").stdout
        text = text_of(pem)
        for part in ("Version: 3", "O = Beispiel GmbH, CN = Sluice CA", "NIST CURVE: P-256", "CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign",
                     "X509v3 Basic Constraints: critical", "X509v3 Key Usage: critical", "X509v3 Name Constraints: critical", "TLS Web Server Authentication",
                     "Signature Algorithm: ecdsa-with-SHA256", "sha256 Fingerprint=" + made["sha256"]):
            self.assertIn(part, text)
        self.assertGreaterEqual(int(made["serial"], 16).bit_length(), 120)
        self.assertEqual(openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", self.file("ca.pem", pem), self.d.dir + "/ca.pem").decode().split()[-1], "OK")

    def test_constraints_hold(self):
        """openssl refuses a leaf outside of them, signed with the very key."""
        made = self.d.json("ca", "init", "--permit", "example.com", "--exclude", "bank.example.com")
        signer = f"{self.d.state}/ca/{made['id']}.pem"
        anchor = self.file("ca.pem", self.ca("show", "--pem").stdout)
        for name, good in (("DNS:www.example.com", True), ("DNS:bank.example.com", False), ("DNS:other.test", False), ("IP:192.0.2.1", False)):
            with tempfile.TemporaryDirectory() as folder:
                conf = f"{folder}/conf"
                with open(conf, "w") as f:
                    f.write(f"[req]\ndistinguished_name=dn\n[dn]\n[ext]\nsubjectAltName={name}\nextendedKeyUsage=serverAuth\n")
                openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=x", "-days", "2", "-config", conf,
                        "-extensions", "ext", "-keyout", folder + "/key", "-out", folder + "/leaf", "-CA", signer, "-CAkey", signer)
                done = subprocess.run(["openssl", "verify", "-purpose", "sslserver", "-CAfile", anchor, folder + "/leaf"], capture_output=True, check=False)
                self.assertEqual(done.returncode == 0, good, (name, done.stdout, done.stderr))

    def test_the_key_stays_inside(self):
        self.ca("init")
        self.ca("rotate", "--at", "14d")
        mode = stat.S_IMODE(os.stat(self.d.state + "/ca").st_mode)
        keys = list(self.private_keys())
        self.assertEqual((mode, len(keys)), (0o700, 2))
        told = [self.ca("show", *how).stdout for how in ((), ("--pem",), ("--json",))]
        told += [self.d.api(path, token=self.token).text for path in ("/ca", "/ca.pem", "/changes", "/status", "/metrics", "/settings")]
        told += [self.d.get("http://sluice.internal" + path).text for path in ("/ca", "/ca.pem")] + [self.d.log_text()]
        for name, key in keys:
            self.assertEqual(stat.S_IMODE(os.stat(f"{self.d.state}/ca/{name}").st_mode), 0o600)
            for text in told:
                self.assertNotIn(key.split("\n")[0], text)
                self.assertNotIn("PRIVATE KEY", text)

    def test_inspection_makes_one_by_itself(self):
        self.assertFalse(os.path.exists(self.d.state + "/ca"))
        self.d.settings["inspect"] = {"enabled": "on"}
        self.d.write_settings()
        try:
            self.d.run("reload")
            (made,) = self.states()
            self.assertIn("ca: made an authority", self.d.log_text())
            self.d.stop()
            self.d.start()
            self.assertEqual(self.states(), [made])
        finally:
            del self.d.settings["inspect"]
            self.d.write_settings()
        self.assertEqual(self.changes(), ["ca.create"])

    # -- rotated --
    def test_with_overlap_while_traffic_runs(self):
        first = self.d.json("ca", "init")
        with self.d.connect() as s:
            second = self.d.json("ca", "rotate")
            self.assertEqual(self.states(), [("current", first["id"]), ("next", second["id"])])
            self.assertEqual(self.ca("show", "--pem").stdout, first["pem"] + second["pem"])
            self.assertEqual(self.ca("rotate", check=False).returncode, 1)
            self.ca("rotate", "--now")
            self.assertEqual(self.states(), [("current", second["id"]), ("retired", first["id"])])
            self.assertEqual(self.ca("show", "--pem").stdout, second["pem"])
            self.ca("rotate", "--back")
            self.assertEqual(self.states(), [("current", first["id"]), ("next", second["id"])])
            self.ca("rotate", "--cancel")
            self.assertEqual(self.states(), [("current", first["id"])])
            s.sendall(b"GET http://sluice.internal/ca.pem HTTP/1.1\r\nHost: sluice.internal\r\nConnection: close\r\n\r\n")
            self.assertIn(first["pem"].encode(), b"".join(iter(lambda: s.recv(65536), b"")))
        self.assertEqual(len(os.listdir(self.d.state + "/ca")), 2)
        self.assertEqual(self.changes(), ["ca.cancel", "ca.back", "ca.sign", "ca.next", "ca.create"])

    def test_by_the_clock(self):
        """The next one signs when it is time, and that one ends is told everywhere."""
        first = self.d.json("ca", "init", "--days", "6")
        wait_for(lambda: f"{first['subject']} ends in 5 days" in self.d.log_text(), "the log", 30)
        self.assertIn("it ends in 5 days", self.d.run("check").stderr)
        self.assertIn("it ends in 5 days", self.d.json("status")["ca"]["warnings"][0])
        end = re.search(r'sluice_ca_expiry_timestamp_seconds{state="current",id="%s"} (\d+)' % first["id"], self.d.api("/metrics", token=self.token).text)
        self.assertAlmostEqual(int(end[1]), time.time() + 6 * 86400, delta=60)
        second = self.d.json("ca", "rotate", "--at", "2s")
        self.assertEqual(second["state"], "next")
        wait_for(lambda: self.states() == [("current", second["id"]), ("retired", first["id"])], "the next one to sign", 30)
        self.assertIn("signs from now on", self.d.log_text())

    def test_without_a_gateway_and_after_it(self):
        self.d.stop()
        first = self.d.json("ca", "init")
        self.assertIn("has ended itself", self.ca("rotate", "--at", "3650d", check=False).stderr)
        second = self.d.json("ca", "rotate", "--at", "30d")
        self.d.start()
        self.assertEqual(self.states(), [("current", first["id"]), ("next", second["id"])])
        self.ca("rotate", "--now")
        self.d.stop()
        self.assertEqual(self.states()[0], ("current", second["id"]))

    def test_reload_takes_what_was_put_there(self):
        first = self.d.json("ca", "init")
        folder = self.d.state + "/ca"
        os.chmod(f"{folder}/{first['id']}.pem", 0o644)
        refused = self.d.run("reload", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("chmod 600", refused.stderr)
        self.assertEqual(self.states(), [("current", first["id"])])
        os.chmod(f"{folder}/{first['id']}.pem", 0o600)
        os.unlink(folder + "/authorities")
        self.d.run("reload")
        self.assertEqual(self.states(), [])

    @unittest.skipUnless(os.environ.get("SLUICE_TEST_LONG"), "an upgrade takes seconds")
    def test_an_upgrade_goes_on_with_it(self):
        first = self.d.json("ca", "init")
        self.ca("rotate", "--at", "14d")
        before = self.states()
        pid = self.d.json("upgrade")["pid"]
        self.assertEqual(self.d.process.wait(60), 0)
        self.d.adopt(pid)
        self.assertEqual(self.states(), before)
        self.ca("rotate", "--now")
        self.assertEqual(self.states()[1], ("retired", first["id"]))

    # -- imported --
    def test_a_chain_a_pkcs12_file_and_a_uri(self):
        root = authority("/CN=Root")
        lower = authority("/CN=Lower/O=Example", issuer=root)
        root_cert = certificates(root)[0]
        pem, key = self.file("lower.pem", lower + root_cert), self.file("lower.key", lower[lower.index("-----BEGIN PRIVATE"):])
        openssl("pkcs12", "-export", "-in", pem, "-passout", "pass:sesame", "-out", self.d.dir + "/lower.p12")
        password = self.file("password", "sesame\n")
        first = self.d.json("ca", "import", self.d.dir + "/lower.p12", "--password-file", password)
        self.assertEqual((first["state"], first["subject"], first["root"], first["pem"]), ("current", "O=Example, CN=Lower", False, root_cert))
        again = self.ca("import", pem, check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("is here already", again.stderr)
        other = authority("/CN=Other")
        cert, other_key = self.file("other.crt", certificates(other)[0]), self.file("other.key", other[other.index("-----BEGIN PRIVATE"):])
        second = self.d.json("ca", "import", cert, "--key-uri", "file:" + other_key, "--now")
        self.assertEqual((second["state"], second["key"]["where"], second["key"]["uri"]), ("current", "uri", "file:" + other_key))
        with open(f"{self.d.state}/ca/{second['id']}.pem") as f:
            self.assertNotIn("PRIVATE", f.read())
        self.assertTrue(os.path.exists(key))

    def test_a_key_that_is_away(self):
        other = authority("/CN=Other")
        cert, key = self.file("other.crt", certificates(other)[0]), self.file("other.key", other[other.index("-----BEGIN PRIVATE"):])
        self.ca("import", cert, "--key-uri", "file:" + key)
        os.rename(key, key + ".away")
        self.d.run("reload")
        (a,) = self.d.json("ca", "show")["items"]
        self.assertIn(key, a["key"]["fault"])
        self.assertIn("its private key cannot be opened", a["warnings"][-1])
        self.assertIn("cannot be opened", self.d.run("check").stderr)
        os.rename(key + ".away", key)
        self.d.run("reload")
        self.assertIsNone(self.d.json("ca", "show")["items"][0]["key"]["fault"])

    def test_says_what_is_wrong(self):
        server = authority("/CN=Server", "basicConstraints=CA:FALSE", usual=False)
        weak = authority("/CN=Weak", key=("-newkey", "rsa:1024"))
        own, other = authority("/CN=Own"), authority("/CN=Other")
        locked = openssl("pkcs8", "-topk8", "-passout", "pass:sesame", input=own.encode()).decode()
        cases = ((server, "is no authority"), (weak, "RSA 1024"), (certificates(own)[0], "there is no private key"),
                 (certificates(own)[0] + other[other.index("-----BEGIN PRIVATE"):], "belongs to none"),
                 (certificates(own)[0] + locked, "the private key is locked"), ("nonsense", "neither PEM nor PKCS#12"))
        for text, says in cases:
            done = self.ca("import", self.file("x", text), check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(says, done.stderr)
        self.assertEqual(self.states(), [])

    # -- shown to users --
    def test_who_asks_gets_the_own_way(self):
        self.assertIn("nothing to install", self.d.get("http://sluice.internal/ca").text)
        self.assertEqual(self.d.get("http://sluice.internal/ca.pem").status, 404)
        first = self.d.json("ca", "init")
        page = self.d.get("http://sluice.internal/ca", {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"})
        self.assertEqual((page.status, page.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertRegex(page.text, r'(?s)^(?:(?!<details).)*<details id="ios" open>')
        self.assertIn(first["sha256"], page.text.replace("<wbr>", ""))
        told = json.loads(self.d.get("http://sluice.internal/ca", {"Accept": "application/json"}).body)
        self.assertEqual(self.d.get(told["authorities"][0]["pem"]).text, first["pem"])
        der = self.d.get(told["authorities"][0]["der"])
        self.assertEqual(der.headers["Content-Type"], "application/x-x509-ca-cert")
        self.assertEqual(openssl("x509", "-inform", "DER", input=der.body).decode(), first["pem"])

    def test_a_browsers_store_takes_it(self):
        """NSS, which Chrome and Firefox on Linux have: the very command that the page gives."""
        self.ca("init")
        page = self.d.get("http://sluice.internal/ca", {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0"}).text
        command = re.search(r'<details id="chrome" open>.*?<pre>(certutil .*?)</pre>', page, re.S)[1]
        with tempfile.TemporaryDirectory() as home:
            name = re.search(r"-i (\S+)", command)[1]
            with open(f"{home}/{name}", "wb") as f:
                f.write(self.d.get("http://sluice.internal/ca.pem").body)
            os.makedirs(home + "/.pki/nssdb")
            subprocess.run(["certutil", "-d", f"sql:{home}/.pki/nssdb", "-N", "--empty-password"], check=True, timeout=30)
            subprocess.run(["bash", "-euc", command], cwd=home, env={**os.environ, "HOME": home}, check=True, timeout=30)
            told = subprocess.run(["certutil", "-d", f"sql:{home}/.pki/nssdb", "-V", "-u", "L", "-n", name.removesuffix(".pem")], capture_output=True, text=True,
                                  timeout=30, check=False)
            self.assertIn("certificate is valid", told.stdout, told.stderr)

    def test_curl_trusts_through_it(self):
        """A server whose certificate the authority signed, with the file that the page gives."""
        made = self.d.json("ca", "init")
        signer = f"{self.d.state}/ca/{made['id']}.pem"
        anchor = self.file("anchor.pem", self.d.get("http://sluice.internal/ca.pem").body)
        conf = self.file("conf", "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nsubjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=x", "-days", "2", "-config", conf, "-extensions", "ext",
                "-keyout", self.d.dir + "/leaf.key", "-out", self.d.dir + "/leaf.crt", "-CA", signer, "-CAkey", signer)
        server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", self.d.dir + "/leaf.crt", "-key", self.d.dir + "/leaf.key"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            port = next(found[1] for line in server.stdout if (found := re.search(r"ACCEPT .*:(\d+)", line)))
            for ca, works in ((anchor, True), ("/etc/ssl/certs/ca-certificates.crt", False)):
                done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", ca, f"https://localhost:{port}/"], capture_output=True, timeout=30, check=False)
                self.assertEqual(done.returncode == 0, works, done.stderr)
        finally:
            server.kill()
            server.communicate()


class Signing(InspectCase):
    """What inspected clients see of it."""

    def issuer(self, host="origin.test", context=None):
        s = self.open(host, context=context or ssl.create_default_context(cafile=self.anchors()))
        self.assertEqual(self.ask(s, host=host)[0], 200)
        name = dict(part[0] for part in s.getpeercert()["issuer"])["commonName"]
        self.addCleanup(s.close)
        return name, s

    def anchors(self):
        """What a user has who fetched the page's file now."""
        path = self.d.dir + "/anchors.pem"
        with open(path, "wb") as f:
            f.write(self.d.get("http://sluice.internal/ca.pem").body)
        return path

    def test_1_the_next_one_signs_when_told_and_nothing_is_cut(self):
        before, old = self.issuer()
        self.d.run("ca", "rotate")
        both = ssl.create_default_context(cafile=self.anchors())
        self.assertEqual(self.issuer(context=both)[0], before)
        self.d.run("ca", "rotate", "--now")
        after, _ = self.issuer(context=both)
        self.assertNotEqual(after, before)
        self.assertEqual(self.ask(old)[0], 200)
        self.d.run("ca", "rotate", "--back")
        self.assertEqual(self.issuer(context=both)[0], before)
        self.d.run("ca", "rotate", "--cancel")

    def test_2_hosts_beyond_the_constraints_are_tunnelled(self):
        self.d.run("ca", "rotate", "--permit", "origin.test", "--exclude", "www.origin.test", "--now")
        self.assertIn("Sluice", self.issuer()[0])
        for host in "www.origin.test", "a.test":
            self.assertEqual(self.issuer(host, ssl.create_default_context(cafile=self.authority.pem))[0], "Origins")
        self.d.apply({**INSPECT_ALL, "rules": [{"id": "no", "if": {"host": ["blocked.test"]}, "then": "block"}]})
        self.assertIn(b" 403 ", self.connect("blocked.test", agent=BROWSER)[1][:20])


if __name__ == "__main__":
    unittest.main()
