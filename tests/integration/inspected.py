"""Worlds in which TLS is inspected: an authority of the origins' own, origins that speak TLS, a gateway that trusts them, and clients that
trust the gateway."""
import base64
import glob
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from integration.support import ALLOW_ALL, Daemon, Origin, default_handler, read_all, read_head

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
INSPECT_ALL = {**ALLOW_ALL, "inspection": {"default": "inspect"}}


def openssl(*args, stdin=None):
    done = subprocess.run(["openssl", *args], input=stdin, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {args}: {done.stderr.decode()}")
    return done.stdout


class Authority:
    """An authority in a folder of its own, and the certificates that it signs."""

    def __init__(self, name="Origins"):
        self.dir = tempfile.mkdtemp(prefix="sluice-ca-")
        self.pem, self.key = self.dir + "/ca.pem", self.dir + "/ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "30",
                "-keyout", self.key, "-out", self.pem)

    def certify(self, *names, days=20, more=""):
        """(certificate, key) for these names; addresses are told by their look."""
        base = f"{self.dir}/{names[0]}-{len(os.listdir(self.dir))}"
        san = ",".join(("IP:" if n.replace(".", "").isdigit() or ":" in n else "DNS:") + n for n in names)
        with open(base + ".ext", "w") as f:
            f.write(f"subjectAltName={san}\nextendedKeyUsage=serverAuth\n{more}")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={names[0]}", "-keyout", base + ".key",
                "-out", base + ".csr")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.pem, "-CAkey", self.key, "-CAcreateserial", "-days", str(days), "-extfile",
                base + ".ext", "-out", base + ".pem")
        return base + ".pem", base + ".key"

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


class TlsOrigin(Origin):
    """An Origin inside TLS. It keeps the server names that it was asked for in `names`, and counts handshakes."""

    def __init__(self, certificate, handler=None, setup=None, **where):
        self.names, self.handshakes, self.resumed = [], 0, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.context.sni_callback = lambda s, name, context: self.names.append(name)
        if setup:
            setup(self.context)
        super().__init__(self.secure, **where)
        self.inner = handler or default_handler

    def secure(self, s, head, path):
        return self.inner(s, head, path)

    def close(self):
        super().close()


def tls_server(origin):
    """Puts TLS under what an Origin does with a connection."""
    handler = origin.server.RequestHandlerClass
    plain = handler.handle

    def handle(self):
        try:
            self.request = origin.context.wrap_socket(self.request, server_side=True)
        except (OSError, ssl.SSLError):
            return
        with origin.lock:
            origin.handshakes += 1
            origin.resumed += self.request.session_reused
        with self.request:
            plain(self)

    handler.handle = handle
    return origin


class InspectCase(unittest.TestCase):
    """One gateway that inspects, and one origin for *.test by TLS, for all tests of a class."""

    SETTINGS = {}
    POLICY = INSPECT_ALL
    USERS = None
    HOSTS = ()
    NAMES = ("origin.test", "www.origin.test", "a.test", "b.test", "c.test", "blocked.test", "127.0.0.1")

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(lambda: None)
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.origin = tls_server(TlsOrigin(cls.authority.certify(*cls.NAMES), cls.handler()))
        cls.addClassCleanup(cls.origin.close)
        settings = {**cls.SETTINGS, "inspect": {"enabled": "on", "trust": cls.authority.pem, **cls.SETTINGS.get("inspect", {})}}
        cls.d = Daemon(settings, cls.POLICY, cls.HOSTS, users=cls.USERS)
        cls.addClassCleanup(cls.d.close)

    @classmethod
    def handler(cls):
        return None

    @classmethod
    def ca_pem(cls):
        """Whom clients of the gateway trust."""
        return glob.glob(cls.d.state + "/ca/*.pem")[0]

    def url(self, path="/", host="origin.test", port=None):
        return f"https://{host}:{port or self.origin.port}{path}"

    def curl(self, *args, check=True):
        return self.d.curl("--cacert", self.ca_pem(), *args, check=check)

    def status(self, *args):
        """(status of the CONNECT, status inside) of a curl."""
        text = self.curl("-o", "/dev/null", "-w", "%{http_connect} %{http_code}", *args, check=False)
        return tuple(int(n) for n in text.split())

    def connect(self, host="origin.test", port=None, agent=None, login=None):
        """A CONNECT; the raw socket and the head of its answer."""
        s = self.d.connect()
        target = f"{host}:{port or self.origin.port}"
        fields = [f"Host: {target}"] + [f"User-Agent: {agent}"] * bool(agent)
        if login:
            fields.append("Proxy-Authorization: Basic " + base64.b64encode(login.encode()).decode())
        s.sendall("\r\n".join([f"CONNECT {target} HTTP/1.1", *fields, "", ""]).encode())
        return s, read_head(s)

    def context(self):
        context = ssl.create_default_context(cafile=self.ca_pem())
        return context

    def open(self, host="origin.test", sni=None, port=None, agent=None, context=None):
        """A client inside: CONNECT, TLS that it verifies."""
        s, head = self.connect(host, port, agent)
        self.assertIn(b" 200 ", head[:20])
        return (context or self.context()).wrap_socket(s, server_hostname=sni or host)

    def ask(self, s, path="/", host="origin.test", port=None, extra="", method="GET", body=b""):
        s.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}:{port or self.origin.port}\r\n{extra}\r\n".encode() + body)
        head = read_head(s)
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        got = b""
        while len(got) < length and (piece := s.recv(length - len(got))):
            got += piece
        return int(head.split(b" ")[1]) if head else 0, head, got

    def records(self, count, **filters):
        return self.d.audit(count, **filters)
