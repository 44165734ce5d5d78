"""Where the gateway goes for nobody: special addresses in every disguise, itself, and names whose owners point them inside.

The unit tests judge each class of address (tests/unit/proxy/net/test_address.c); here the main ones go through the whole proxy. A rule with a
loopback source keeps packets to the public address of these tests inside the machine: the kernel refuses to send them."""
import socket
import struct
import threading

from integration.support import Case, read_head

PUBLIC = "8.8.8.8"
INSIDE = ("10.0.0.1", "192.168.1.1", "100.64.0.1", "169.254.7.7", "169.254.169.254", "168.63.129.16", "0.0.0.0", "224.0.0.1", "255.255.255.255",
          "fd00::1", "fe80::1", "fd00:ec2::254", "ff02::1", "::", "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:a00:1::", "2001:0:808:808::f5ff:fffe",
          "2606:4700::5efe:a00:1", "fd64::a00:1")
LITERALS = ("[::ffff:10.0.0.1]", "[::ffff:a00:1]", "[::10.0.0.1]", "[64:ff9b::10.0.0.1]", "10.1", "167772161", "0xa000001", "012.0.0.1", "[::]", "0",
            "[fe80::1]", "169.254.43518", "2852039166")


class NameServer:
    """Answers every question for an address with `answers`, of the family that was asked for."""

    def __init__(self):
        self.answers = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            packet, client = self.socket.recvfrom(1500)
            end = packet.index(b"\0", 12) + 5
            kind = struct.unpack("!H", packet[end - 4:end - 2])[0]
            family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
            answers = [a for a in self.answers if (":" in a) == (family == socket.AF_INET6)] if family else []
            records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(raw)) + raw for raw in
                               (socket.inet_pton(family, a) for a in answers))
            self.socket.sendto(packet[:2] + struct.pack("!HHHHH", 0x8180, 1, len(answers), 0, 0) + packet[12:end] + records, client)


class Guard(Case):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "rules": [
        {"id": "kept-inside", "if": {"host": ["mixed.test", "public.test"]}, "then": "allow", "source": "127.0.0.1"}]}
    HOSTS = [(address, f"h{i}.inside.test") for i, address in enumerate(INSIDE)] + [
        ("127.0.0.1", "mixed.test"), (PUBLIC, "mixed.test"), (PUBLIC, "public.test")]

    @classmethod
    def setUpClass(cls):
        cls.names = NameServer()
        cls.SETTINGS = {"proxy": {"nat64_prefixes": "fd64::/96", "pool_idle": "0s", "allow_private": "127.0.0.0/8, ::1/128, 169.254.0.0/16"},
                        "dns": {"servers": f"127.0.0.1:{cls.names.port}", "cache_max_ttl": "0s"}}
        super().setUpClass()

    @staticmethod
    def handler():
        def answer(s, head, path):
            where = b"Location: %s\r\n" % path[4:].encode() if path.startswith("/to/") else b""
            s.sendall(b"HTTP/1.1 %s\r\n%sContent-Length: 0\r\n\r\n" % (b"302 Found" if where else b"200 OK", where))
            return True
        return answer

    def send(self, target, method="GET"):
        with self.d.connect() as s:
            s.sendall(b"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (method.encode(), target.encode()))
            return read_head(s).decode()

    def refused(self, target, method="GET"):
        self.assertIn(" 403 ", self.send(target, method).split("\r\n")[0], target)

    def test_no_name_leads_inside(self):
        for i, address in enumerate(INSIDE):
            if address == "169.254.7.7":  # allowed here, unlike the metadata beside it
                continue
            with self.subTest(address):
                self.refused(f"http://h{i}.inside.test:81/")
                self.refused(f"h{i}.inside.test:443", "CONNECT")

    def test_no_literal_leads_inside(self):
        for literal in LITERALS:
            with self.subTest(literal):
                self.refused(f"http://{literal}:81/")
                self.refused(f"{literal}:443", "CONNECT")

    def test_zones_and_port_zero_are_no_addresses(self):
        for target in ("http://[fe80::1%25lo]/", "http://[fe80::1%lo]/", "http://[::1%251]/", "http://origin.test:0/", "http://127.0.0.1:0/"):
            with self.subTest(target):
                self.assertIn(" 400 ", self.send(target).split("\r\n")[0])
        for target in ("[fe80::1%25lo]:443", "origin.test:0", "127.0.0.1:0"):
            with self.subTest(target):
                self.assertIn(" 400 ", self.send(target, "CONNECT").split("\r\n")[0])

    def test_a_name_that_mixes_is_a_public_name(self):
        before = self.origin.connections
        for name in ("public.test", "mixed.test"):  # the public address fails: that is no reason to go inside
            self.assertIn(" 502 ", self.send(f"http://{name}:{self.origin.port}/").split("\r\n")[0])
        self.assertEqual(self.origin.connections, before)

    def test_the_address_is_judged_whenever_the_name_is_asked_for(self):
        url = f"http://rebinds.example.test:{self.origin.port}/"
        for answers, status in ((["127.0.0.1"], " 200 "), (["10.0.0.1"], " 403 "), (["::1", "127.0.0.1"], " 200 "), (["fd00::1"], " 403 "),
                                (["10.0.0.1", "127.0.0.1"], " 200 ")):
            with self.subTest(answers):
                self.names.answers = answers
                self.assertIn(status, self.send(url).split("\r\n")[0])

    def test_the_gateway_is_no_destination(self):
        for port in (self.d.port, self.d.admin_port):
            for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "2130706433", "h6.inside.test"):
                with self.subTest(host=host, port=port):
                    self.refused(f"http://{host}:{port}/")
                    self.refused(f"{host}:{port}", "CONNECT")

    def test_a_redirect_does_not_lead_back(self):
        for port in (self.d.port, self.d.admin_port):
            url = f"http://origin.test:{self.origin.port}/to/http://127.0.0.1:{port}/"
            self.assertEqual(self.d.curl("-o", "/dev/null", "-w", "%{http_code}", "-L", url), "403")
