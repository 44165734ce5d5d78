"""Throttles, and what becomes of what is open when it would no longer be let in: the real gateway, real sockets."""
import base64
import datetime
import re
import time

from integration.support import Case, read_all, read_exactly, read_head, request_body, wait_for

RATE, BURST = 1_000_000, 65536
FOREVER = 10 ** 12


def pours(s, head, path):
    """GET /n/BYTES answers with so many bytes, /endless with as many as are taken; a tunnel's bytes are swallowed."""
    request_body(s, head)
    n = FOREVER if path == "/endless" else int(path.split("/")[2])
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % n)
    while n > 0:
        piece = min(n, 65536)
        s.sendall(b"x" * piece)
        n -= piece
    return True


class Govern(Case):
    SETTINGS = {"proxy": {"listen": "127.0.0.1:0, [::1]:0"}, "auth": {"methods": "basic"}}
    USERS = {"ann": "a", "bob": "b"}
    OPEN = {"schema": 1, "default": {"then": "allow"}}
    POLICY = OPEN

    @classmethod
    def handler(cls):
        return pours

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long password\n")
        cls.token = cls.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    def setUp(self):
        self.d.apply(self.OPEN)

    def request(self, line, user):
        login = base64.b64encode(f"{user}:{self.USERS[user]}".encode()).decode()
        s = self.d.connect()
        s.sendall(f"{line} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic {login}\r\n\r\n".encode())
        self.assertIn(b" 200 ", read_head(s).split(b"\r\n")[0])
        return s

    def tunnel(self, user="ann"):
        return self.request(f"CONNECT origin.test:{self.origin.port}", user)

    def download(self, user="ann"):
        s = self.request("GET " + self.origin.url("/endless"), user)
        read_exactly(s, 100_000)
        return s

    def ended(self, s, **expected):
        """The connection ends by itself, and the record says why."""
        read_all(s)
        s.close()

        def record():
            return any(all(r[key] == value for key, value in expected.items()) for r in self.d.audit(host="origin.test"))

        wait_for(record, f"a record with {expected}")

    def rule(self, **rule):
        return {**self.OPEN, "rules": [{"id": "rule", "if": {"host": ["origin.test"]}, **rule}]}

    def test_a_throttled_download_keeps_to_its_rate_and_is_whole(self):
        self.d.apply(self.rule(then="allow", throttle={"rate": "1MB/s", "burst": "64KiB", "per": "client"}))
        six = re.search(r"proxy=\[::1\]:(\d+)", self.d.log_text())[1]
        for proxy in (f"http://127.0.0.1:{self.d.port}", f"http://[::1]:{six}"):
            began = time.monotonic()
            said = self.d.curl("-x", proxy, "-U", "ann:a", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", self.origin.url("/n/500000"))
            self.assertEqual(said, "200 500000")
            self.assertGreaterEqual(time.monotonic() - began, (500_000 - BURST) / RATE)  # arithmetic, not speed

        def clients():
            return {r["client"] for r in self.d.audit(host="origin.test") if r["path"] == "/n/500000"}

        wait_for(lambda: clients() == {"127.0.0.1", "::1"}, "both records")

    def test_a_commit_ends_what_it_forbids(self):
        tunnel, download = self.tunnel(), self.download()
        self.d.apply(self.rule(then="block"))
        for s in (tunnel, download):
            self.ended(s, action="block", rule="rule", reason="governed", policy_version=self.d.json("policy", "history")[0]["version"])

    def test_a_commit_slows_down_and_lets_go(self):
        s = self.download("bob")

        def shown():
            return [i["throttle"] for i in self.open_of("bob")]

        self.d.apply(self.rule(then="allow", throttle="8kbit/s"))
        wait_for(lambda: shown() == ["8kbit/s"], "the throttle")
        self.d.apply(self.OPEN)
        wait_for(lambda: shown() == [None], "its end")
        self.assertEqual(len(read_exactly(s, 20_000_000)), 20_000_000)  # at the old rate: six hours
        s.close()

    def test_the_end_of_a_rule_ends_what_it_let_in(self):
        until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=3)
        self.d.apply({**self.rule(then="allow", until=until.isoformat()), "default": {"then": "block"}})
        self.ended(self.tunnel(), action="block", rule=None, reason="governed")

    def test_a_user_who_is_removed_has_nothing_open(self):
        ann, bob, bobs = self.tunnel("ann"), self.tunnel("bob"), self.download("bob")
        self.d.run("user", "remove", "bob")
        for s in (bob, bobs):
            self.ended(s, action="block", rule=None, reason="user-changed", user="bob")
        self.assertEqual([i["user"] for i in self.open_of("ann")], ["ann"])
        ann.close()
        self.d.run("user", "add", "bob", "--password-stdin", stdin="b\n")

    def open_of(self, user):
        return self.d.api(f"/tunnels?user={user}", token=self.token).json["items"]
