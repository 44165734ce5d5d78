"""One canonical URL is matched, logged and dialled: no spelling of a blocked host or path gets through, and an allowed one arrives as it was judged.

The unit tests have hundreds of spellings (tests/golden/url/evasion.tsv); here a few of each kind go through the whole proxy."""
from integration.support import Case, field, read_head, wait_for

# Of blocked.test and, behind it, of the address 127.0.0.1.
NAMES = ["BLOCKED.test", "blocked.test.", "blocked%2etest", "%62locked.test", "ＢＬＯＣＫＥＤ.test", "blocked\u3002test", "block\u00aded.test",
         "%ef%bd%82locked.test", "user:pass@blocked.test", "origin.test@blocked.test", "origin.test:1@sub.blocked.test"]
ADDRESSES = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "１２７.0.0.1", "%31%32%37.0.0.1"]
SECRETS = ["/secret", "/%73ecret", "/x/../secret", "/x/%2e%2e/secret", "/./secret", "\\secret", "/x\\..\\secret", "//secret", "/secret?x", "/secret/x"]


class Spelling(Case):
    POLICY = {
        "schema": 1, "default": {"then": "allow"},
        "rules": [{"id": "names", "if": {"host": ["blocked.test", "127.0.0.1"]}, "then": "block"},
                  {"id": "secret", "if": {"url": ["origin.test/secret"]}, "then": "block"}],
    }

    def send(self, target, method="GET", host="x"):
        """The status of a raw request target."""
        with self.d.connect() as s:
            s.sendall(b"%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (method.encode(), target.encode(), host.encode()))
            return int(read_head(s).split(b" ", 2)[1])

    def assert_stopped(self, targets, statuses, method="GET"):
        before = self.origin.connections
        for target in targets:
            with self.subTest(target):
                self.assertIn(self.send(target, method), statuses)
        self.assertEqual(self.origin.connections, before)

    def test_no_spelling_reaches_a_blocked_host(self):
        self.assert_stopped([f"http://{name}:{self.origin.port}/" for name in NAMES + ADDRESSES], (403,))
        self.assert_stopped([f"http:\\\\{name}:{self.origin.port}\\" for name in NAMES[:3]], (403,))

    def test_no_spelling_tunnels_to_a_blocked_host(self):
        self.assert_stopped([f"{name}:{self.origin.port}" for name in NAMES + ADDRESSES if "@" not in name], (403,), "CONNECT")
        self.assert_stopped([f"{name}:{self.origin.port}" for name in NAMES if "@" in name], (400,), "CONNECT")

    def test_what_could_be_read_in_two_ways_is_refused(self):
        before = self.origin.connections
        for name in ("blocked.test%00.origin.test", "blocked..test", "%2562locked.test", "127.0.0.1%00", "[::1%25lo]", "blocked.test;origin.test",
                     "blocked.test%40origin.test", "blocked.test%2forigin.test", "127.0.0.1.1", "4294967297", "blocked.test#"):
            with self.subTest(name):
                self.assertEqual(self.send(f"http://{name}:{self.origin.port}/"), 400)
        for path in ("/x/..%2fsecret", "/x%2f../secret", "/x/%2e%2e%5csecret", "/x%2F%2e%2fsecret"):
            with self.subTest(path):
                self.assertEqual(self.send(self.origin.url(path)), 400)
        self.assertEqual(self.origin.connections, before)

    def test_the_target_counts_and_not_the_host_field(self):
        self.assert_stopped([f"http://blocked.test:{self.origin.port}/"], (403,))
        self.assertEqual(self.send(f"http://blocked.test:{self.origin.port}/", host=f"origin.test:{self.origin.port}"), 403)

    def test_no_spelling_reaches_a_blocked_path(self):
        self.assert_stopped([f"http://origin.test:{self.origin.port}{path}" for path in SECRETS], (403,))

    def test_what_is_judged_is_what_is_dialled_and_logged(self):
        port = self.origin.port
        for target, path, query in ((f"HTTP://ORIGIN.test.:{port}/a/%2e%2e/%7eone?q=%41", "/~one", "q=A"),
                                    (f"http://other.test@origin.test:0{port}\\two\\%c3%a9", "/two/%C3%A9", None),
                                    (f"http://%6frigin.test:{port}/three/%2fx'?y='1", "/three/%2Fx'", "y=%271")):
            with self.subTest(target):
                self.assertEqual(self.send(target, host="blocked.test"), 200)
                head = self.origin.head()
                self.assertEqual(head.split(" ")[1], path + ("?" + query if query else ""))
                self.assertEqual(field(head, "Host"), f"origin.test:{port}")
                record = wait_for(lambda: next((r for r in self.d.audit(host="origin.test") if r["path"] == path), None), "the record")
                self.assertEqual((record["host"], record["port"], record["query"]), ("origin.test", port, query))
