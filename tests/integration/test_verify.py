"""Origins whose TLS is at fault, seen through the whole gateway: what is refused, under which name, what exceptions and revocation make of it."""
import base64
import contextlib
import http.server
import os
import socket
import ssl
import subprocess
import threading
import unittest

from integration.inspected import Authority, TlsOrigin, openssl, tls_server
from integration.support import Daemon, wait_for

RFC2409_GROUP2 = int("ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1"
                     "356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff", 16)


def der_length(n):
    return bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82, n >> 8, n & 255])


def weak_group(path):
    """Parameters of 1,024 bits in PEM: making new ones would take long."""
    p = RFC2409_GROUP2.to_bytes(129, "big")
    body = b"\x02" + der_length(len(p)) + p + b"\x02\x01\x02"
    der = b"\x30" + der_length(len(body)) + body
    with open(path, "w") as f:
        f.write(f"-----BEGIN DH PARAMETERS-----\n{base64.encodebytes(der).decode()}-----END DH PARAMETERS-----\n")
    return path


class Issuer(Authority):
    """An authority with another one below it, and certificates as wrong as they are wished."""

    def __init__(self, name="Origins"):
        super().__init__(name)
        self.key_file = self.dir + "/shared.key"
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key_file)
        self.count = 0
        self.sub = self.make("Issuing CA", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                             "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid", by=self.pem)

    def make(self, subject, extensions, by=None, days=20, key=None, digest="-sha256"):
        """A certificate in PEM; by: the issuer's, None: signed by itself."""
        self.count += 1
        base = f"{self.dir}/made-{self.count}"
        key = key or self.key_file
        with open(base + ".ext", "w") as f:
            f.write(extensions)
        signer = ("-signkey", key) if by is None else ("-force_pubkey", self.public(key), "-CA", by, "-CAkey", self.key if by == self.pem else self.key_file)
        openssl("x509", "-new", digest, "-subj", f"/CN={subject}", *signer, "-days", str(days), "-extfile", base + ".ext", "-out", base + ".pem")
        return base + ".pem"

    @staticmethod
    def public(key):
        if not os.path.exists(key + ".pub"):
            openssl("pkey", "-in", key, "-pubout", "-out", key + ".pub")
        return key + ".pub"

    def leaf(self, host, more="", san=None, usage="serverAuth", by="sub", **how):
        extensions = f"subjectAltName={san or 'DNS:' + host}\nextendedKeyUsage={usage}\nauthorityKeyIdentifier=keyid\n{more}"
        return self.make(host, extensions, by={"sub": self.sub, "root": self.pem, None: None}[by], **how)

    def chain(self, *pems):
        self.count += 1
        path = f"{self.dir}/chain-{self.count}.pem"
        with open(path, "w") as out:
            for pem in pems:
                with open(pem) as f:
                    out.write(f.read())
        return path


class ManyOrigin(TlsOrigin):
    """One port, and for each name another chain."""

    def __init__(self, chains, key):
        contexts = {}
        for name, (chain, own_key) in chains.items():
            contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            contexts[name].set_ciphers("ALL:@SECLEVEL=0")
            contexts[name].load_cert_chain(chain, own_key or key)

        def pick(s, name, context):
            s.context = contexts.get(name, context)

        first = next(iter(chains.values()))
        super().__init__((first[0], first[1] or key), setup=lambda context: setattr(context, "sni_callback", pick))


class Answers:
    """A web server of files, which counts what it is asked."""

    def __init__(self):
        self.files, self.asked = {}, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                body = outer.files.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Server:
    """openssl s_server on a port of its own."""

    def __init__(self, *args):
        self.port = free_port()
        self.process = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-quiet", *args], stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"openssl s_server {args} ended")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True

        wait_for(ready, "the port of openssl s_server")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


class VerifyCase(unittest.TestCase):
    """A gateway that inspects and trusts one authority."""

    SETTINGS = {}
    INSPECTION = {"default": "inspect"}
    NAMES = ()

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(lambda: None)
        cls.seen = {}  # records of CONNECTs so far, for each host and port
        cls.ca = Issuer()
        cls.addClassCleanup(cls.ca.close)
        cls.origins()
        settings = {"inspect": {"enabled": "on", "trust": cls.ca.pem, **cls.SETTINGS}}
        cls.d = Daemon(settings, {"schema": 1, "default": {"then": "allow"}, "inspection": cls.INSPECTION}, cls.NAMES)
        cls.addClassCleanup(cls.d.close)

    @classmethod
    def keep(cls, thing):
        cls.addClassCleanup(thing.close)
        return thing

    def connects(self, host, port):
        return [r for r in self.d.audit(host=host) if r["method"] == "CONNECT" and r["port"] == port]

    def ask(self, host, port):
        """(status inside, what the record of the CONNECT says of TLS)."""
        before = self.seen.get((host, port), 0)
        text = self.d.curl("-k", "-o", "/dev/null", "-w", "%{http_code}", f"https://{host}:{port}/", check=False)
        records = wait_for(lambda: (found := self.connects(host, port))[before:] and found, host)
        self.seen[host, port] = len(records)
        return int(text), records[0]["tls"]

    def assert_fault(self, host, port, fault):
        status, tls = self.ask(host, port)
        self.assertEqual((status, tls["fault"], tls["exception"]), (502, fault, None), host)


class Chains(VerifyCase):
    """What each chain is refused for, and what exceptions make of it."""

    NAMES = ("good.test", "expired.test", "caexpired.test", "name.test", "self.test", "unknown.test", "gap.test", "sha1.test", "rsa.test", "usage.test",
             "nonca.test", "staple.test", "mended.test", "public.test", "allowed.test", "tunnel.test", "both.test", "over.test")
    INSPECTION = {"default": "inspect", "exceptions": [
        {"id": "old", "if": {"host": ["allowed.test", "both.test", "over.test"]}, "fault": ["expired"], "then": "allow", "until": "2099-01-01"},
        {"id": "lab", "if": {"host": ["tunnel.test"]}, "fault": ["self-signed"], "then": "tunnel", "until": "2099-01-01"},
        {"id": "gone", "if": {"host": ["expired.test"]}, "fault": ["expired"], "then": "allow", "until": "2020-01-01"}]}

    @classmethod
    def origins(cls):
        ca = cls.ca
        cls.web = cls.keep(Answers())
        cls.web.files["/sub.crt"] = openssl("x509", "-in", ca.sub, "-outform", "DER")
        aia = "authorityInfoAccess=caIssuers;URI:"
        other = cls.keep(Issuer("Somebody"))
        old_ca = ca.make("Old CA", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign", by=ca.pem, days=-1)
        rsa = ca.dir + "/rsa.key"
        openssl("genrsa", "-out", rsa, "1024")
        plain = ca.make("plain.test", "basicConstraints=critical,CA:FALSE", by=ca.pem)

        def sub(host, *args, **how):
            return ca.chain(ca.leaf(host, *args, **how), ca.sub), how.get("key")

        chains = {
            "good.test": sub("good.test"),
            "expired.test": sub("expired.test", days=-1),
            "caexpired.test": (ca.chain(ca.make("caexpired.test", "subjectAltName=DNS:caexpired.test", by=old_ca), old_ca), None),
            "name.test": sub("name.test", san="DNS:other.test"),
            "self.test": (ca.leaf("self.test", by=None), None),
            "tunnel.test": (ca.leaf("tunnel.test", by=None), None),
            "unknown.test": (other.chain(other.leaf("unknown.test"), other.sub, other.pem), other.key_file),
            "gap.test": (ca.leaf("gap.test"), None),
            "sha1.test": sub("sha1.test", digest="-sha1"),
            "rsa.test": sub("rsa.test", key=rsa),
            "usage.test": sub("usage.test", usage="clientAuth"),
            "nonca.test": (ca.chain(ca.make("nonca.test", "subjectAltName=DNS:nonca.test", by=plain), plain), None),
            "staple.test": sub("staple.test", more="tlsfeature=status_request"),
            "mended.test": (ca.leaf("mended.test", more=aia + cls.web.url("/sub.crt")), None),
            "public.test": (ca.leaf("public.test", more=aia + "http://169.254.169.254/sub.crt"), None),
            "allowed.test": sub("allowed.test", days=-1),
            "both.test": sub("both.test", san="DNS:other.test", days=-1),
            "over.test": sub("over.test", days=-1),
        }
        cls.origin = cls.keep(tls_server(ManyOrigin(chains, ca.key_file)))

    def test_each_fault_is_refused_by_its_name(self):
        for host, fault in (("expired.test", "expired"), ("caexpired.test", "expired"), ("name.test", "wrong-name"), ("self.test", "self-signed"),
                            ("unknown.test", "unknown-issuer"), ("gap.test", "unknown-issuer"), ("sha1.test", "weak-signature"),
                            ("rsa.test", "weak-key"), ("usage.test", "wrong-usage"), ("nonca.test", "not-a-ca"), ("staple.test", "staple-missing"),
                            ("public.test", "incomplete-chain")):
            self.assert_fault(host, self.origin.port, fault)
        self.assertEqual([head for head in self.origin.heads if any(n in head for n in (b"expired", b"name.test", b"self.test"))], [])

    def test_what_is_right_passes(self):
        status, tls = self.ask("good.test", self.origin.port)
        self.assertEqual((status, tls["fault"], tls["inspected"]), (200, None, True))

    def test_a_missing_issuer_is_fetched_once(self):
        for _ in range(3):
            status, tls = self.ask("mended.test", self.origin.port)
            self.assertEqual((status, tls["fault"]), (200, None))
        self.assertEqual(self.web.asked, ["/sub.crt"])

    def test_an_exception_allows_and_is_recorded(self):
        status, tls = self.ask("allowed.test", self.origin.port)
        self.assertEqual((status, tls["fault"], tls["exception"], tls["inspected"]), (200, "expired", "old", True))

    def test_an_exception_for_a_part_of_it_does_not(self):
        self.assert_fault("both.test", self.origin.port, "wrong-name")

    def test_an_exception_tunnels(self):
        s = self.d.connect()
        s.sendall(f"CONNECT tunnel.test:{self.origin.port} HTTP/1.1\r\nHost: tunnel.test:{self.origin.port}\r\n\r\n".encode())
        self.assertIn(b" 200 ", s.recv(4096))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(s, server_hostname="tunnel.test") as inside:
            shown = inside.getpeercert(True)
            inside.sendall(b"GET / HTTP/1.0\r\nHost: tunnel.test\r\n\r\n")
            self.assertIn(b"200", inside.recv(4096))
        with open(self.origin_pem("tunnel.test")) as f:
            self.assertEqual(shown, ssl.PEM_cert_to_DER_cert(f.read()))
        tls = wait_for(lambda: next((r for r in self.d.audit(host="tunnel.test")), None), "the record")["tls"]
        self.assertEqual((tls["fault"], tls["exception"], tls["inspected"]), ("self-signed", "lab", False))

    def origin_pem(self, host):
        for name in os.listdir(self.ca.dir):
            path = f"{self.ca.dir}/{name}"
            if name.endswith(".pem") and name.startswith("made-") and f"CN = {host}".encode() in openssl("x509", "-in", path, "-noout", "-subject"):
                return path
        raise AssertionError(host)

    def test_an_exception_that_is_taken_back_holds_no_longer(self):
        self.assertEqual(self.ask("over.test", self.origin.port)[0], 200)
        self.d.apply({"schema": 1, "default": {"then": "allow"}, "inspection": {"default": "inspect", "exceptions": self.INSPECTION["exceptions"][1:]}})
        try:
            self.assert_fault("over.test", self.origin.port, "expired")
        finally:
            self.d.apply({"schema": 1, "default": {"then": "allow"}, "inspection": self.INSPECTION})

    def test_explain_says_what_would_become_of_it(self):
        for fault, then in (("expired", "allow"), ("wrong-name", "block")):
            answer = self.d.json("explain", "https://allowed.test/", "--fault", fault)
            self.assertEqual((answer["fault"]["then"], answer["fault"]["exception"]), (then, "old" if then == "allow" else None))


class Handshakes(VerifyCase):
    """Servers of yesterday: real ones, of openssl."""

    NAMES = ("old.test", "dh.test", "null.test", "anon.test", "static.test", "cbc.test", "client.test", "passed.test")
    INSPECTION = {"default": "inspect", "exceptions": [{"id": "museum", "if": {"host": ["passed.test"]}, "fault": ["version"], "then": "tunnel"}]}

    @classmethod
    def origins(cls):
        ca = cls.ca
        rsa = ca.dir + "/rsa2048.key"
        openssl("genrsa", "-out", rsa, "2048")
        cert = ("-cert", ca.leaf("servers.test", san="DNS:*.test", by="root", key=rsa), "-key", rsa, "-www")
        weak = ("-tls1_2", "-cipher")
        cls.servers = {name: cls.keep(Server(*args)) for name, args in {
            "old": (*cert, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
            "dh": (*cert, *weak, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam", weak_group(ca.dir + "/dh.pem")),
            "null": (*cert, *weak, "eNULL:@SECLEVEL=0"),
            "anon": (*cert, *weak, "aNULL:@SECLEVEL=0"),
            "static": (*cert, *weak, "AES128-GCM-SHA256:@SECLEVEL=0"),
            "cbc": (*cert, *weak, "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"),
            "client": (*cert, "-tls1_2", "-Verify", "1", "-CAfile", ca.pem),
        }.items()}

    def test_each_fault_is_refused_by_its_name(self):
        for name, fault in (("old", "version"), ("dh", "weak-dh"), ("null", "cipher"), ("anon", "cipher"), ("static", "cipher"), ("cbc", "cipher"),
                            ("client", "client-certificate")):
            self.assert_fault(name + ".test", self.servers[name].port, fault)

    def test_an_exception_tunnels_to_an_old_server(self):
        status, tls = self.ask("passed.test", self.servers["old"].port)
        self.assertEqual((tls["fault"], tls["exception"], tls["inspected"]), ("version", "museum", False))


class Revocation(VerifyCase):
    """A real responder, lists and staples; whoever can't be asked is refused."""

    SETTINGS = {"revocation": "hard"}
    NAMES = ("fine.test", "taken.test", "silent.test", "listed.test", "unlisted.test", "stapled.test", "hung.test")

    @classmethod
    def origins(cls):
        ca = cls.ca
        cls.web = cls.keep(Answers())
        responder_port = free_port()
        ocsp = f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{responder_port}/"
        cls.silent = cls.keep(socket.create_server(("127.0.0.1", 0)))
        hung = f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{cls.silent.getsockname()[1]}/"
        crl = f"crlDistributionPoints=URI:{cls.web.url('/root.crl')}"
        leaf = {name: ca.leaf(name, by="root", more=more) for name, more in (
            ("fine.test", ocsp), ("taken.test", ocsp), ("silent.test", f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{free_port()}/"),
            ("hung.test", hung), ("listed.test", crl), ("unlisted.test", crl), ("stapled.test", "tlsfeature=status_request"))}
        cls.write_database(leaf)
        cls.responder(responder_port)
        cls.web.files["/root.crl"] = cls.crl()
        cls.origin = cls.keep(tls_server(ManyOrigin({name: (pem, None) for name, pem in leaf.items()}, ca.key_file)))
        cls.stapled = cls.keep(Server("-cert", leaf["stapled.test"], "-key", ca.key_file, "-www", "-status_file", cls.staple(leaf["stapled.test"])))

    @classmethod
    def write_database(cls, leaf):
        """The index of `openssl ca`, from which both responder and list are made."""
        with open(cls.ca.dir + "/index.txt", "w") as f:
            for name, pem in leaf.items():
                serial = openssl("x509", "-in", pem, "-noout", "-serial").decode().strip().partition("=")[2]
                taken = name in ("taken.test", "listed.test")
                f.write(f"{'R' if taken else 'V'}\t491231235959Z\t{'260101000000Z' if taken else ''}\t{serial}\tunknown\t/CN={name}\n")

    @classmethod
    def responder(cls, port):
        ca = cls.ca
        process = subprocess.Popen(["openssl", "ocsp", *cls.signer(), "-port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(process.stdout.close)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        if b"ACCEPT" not in process.stdout.readline():
            raise AssertionError("the responder does not listen")

    @classmethod
    def signer(cls):
        ca = cls.ca
        return "-index", ca.dir + "/index.txt", "-rsigner", ca.pem, "-rkey", ca.key, "-CA", ca.pem, "-nmin", "60"

    @classmethod
    def staple(cls, pem):
        path = cls.ca.dir + "/staple.der"
        openssl("ocsp", "-issuer", cls.ca.pem, "-cert", pem, "-no_nonce", "-reqout", path + ".request")
        openssl("ocsp", *cls.signer(), "-reqin", path + ".request", "-respout", path)
        return path

    @classmethod
    def crl(cls):
        ca = cls.ca
        with open(ca.dir + "/ca.conf", "w") as f:
            f.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={ca.dir}/index.txt\ndefault_md=sha256\ndefault_crl_days=3\n")
        openssl("ca", "-config", ca.dir + "/ca.conf", "-gencrl", "-cert", ca.pem, "-keyfile", ca.key, "-out", ca.dir + "/root.crl.pem")
        return openssl("crl", "-in", ca.dir + "/root.crl.pem", "-outform", "DER")

    def test_a_responder_is_asked(self):
        self.assertEqual(self.ask("fine.test", self.origin.port)[0], 200)
        self.assert_fault("taken.test", self.origin.port, "revoked")

    def test_a_list_is_read_once(self):
        self.assert_fault("listed.test", self.origin.port, "revoked")
        self.assertEqual(self.ask("unlisted.test", self.origin.port)[0], 200)
        self.assertEqual(self.web.asked, ["/root.crl"])

    def test_nobody_who_can_be_asked_is_a_fault(self):
        self.assert_fault("silent.test", self.origin.port, "revocation-unknown")

    def test_a_client_that_leaves_while_its_responder_is_silent_leaves_nothing(self):
        for _ in range(3):
            self.d.curl("-k", "--max-time", "0.5", f"https://hung.test:{self.origin.port}/", check=False)
        asked, _ = self.silent.accept()
        asked.close()
        self.assertEqual(self.ask("fine.test", self.origin.port)[0], 200)

    def test_a_staple_that_is_promised_has_to_be_there(self):
        self.assert_fault("stapled.test", self.origin.port, "staple-missing")
        self.assertEqual(self.ask("stapled.test", self.stapled.port)[0], 200)
