"""Basic authentication with local users."""
import base64
import concurrent.futures
import time

from integration.support import Case, field, read_all, read_exactly, read_head


def basic(user, password):
    return {"Proxy-Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Basic(Case):
    SETTINGS = {"auth": {"methods": "basic", "realm": "Test realm"}}
    USERS = {"alice": "secret", "bob": "päss:wörd", "user": "secret"}
    POLICY = {"schema": 1, "default": {"then": "allow"}, "groups": {"staff": ["alice"]},
              "rules": [{"id": "not-staff", "if": {"host": ["a.test"]}, "unless": {"group": ["staff"]}, "then": "block"}],
              "quotas": [{"id": "per-user", "if": {"host": ["b.test"]}, "per": "user", "window": "day", "requests": 3, "then": "block"}]}

    def test_challenge(self):
        answer = self.d.get(self.origin.url("/"))
        self.assertEqual(answer.status, 407)
        self.assertTrue(answer.headers["Proxy-Authenticate"].startswith('Basic realm="Test realm"'), answer.headers["Proxy-Authenticate"])
        self.assertIn("X-Sluice-Request", answer.headers)

    def test_users_get_in_and_are_recorded(self):
        for user, password, status in (("alice", "secret", 200), ("bob", "päss:wörd", 200), ("alice", "wrong", 407), ("nobody", "secret", 407),
                                       ("", "", 407), ("alice", "", 407)):
            with self.subTest(user=user, password=password):
                self.assertEqual(self.d.get(self.origin.url("/who"), basic(user, password)).status, status)
        users = {r["user"] for r in self.d.audit(1, q="/who", status=200)}
        self.assertIn("alice", users)
        self.assertIsNone(field(self.origin.head(), "proxy-authorization"))

    def test_malformed_credentials(self):
        for value in ("Basic", "Basic !!!!", "Basic " + "A" * 8000, "Bearer x", "Basic YWxpY2U="):
            with self.subTest(value[:20]):
                self.assertEqual(self.d.get(self.origin.url("/"), {"Proxy-Authorization": value}).status, 407)

    def test_group_rule(self):
        self.assertEqual(self.d.get(self.origin.url("/", "a.test"), basic("alice", "secret")).status, 200)
        answer = self.d.get(self.origin.url("/", "a.test"), basic("bob", "päss:wörd"))
        self.assertEqual((answer.status, self.record_of(answer)["user"]), (403, "bob"))

    def test_quota_is_per_user(self):
        def ask(user, password):
            return [self.d.get(self.origin.url("/", "b.test"), basic(user, password)).status for _ in range(4)]
        self.assertEqual(ask("alice", "secret"), [200, 200, 200, 403])
        self.assertEqual(ask("bob", "päss:wörd"), [200, 200, 200, 403])

    def test_kept_connection_and_tunnel(self):
        auth = basic("alice", "secret")["Proxy-Authorization"].encode()
        with self.d.connect() as s:
            for _ in range(3):
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/").encode())
                head = read_head(s)
                self.assertIn(b" 407 ", head)
                read_exactly(s, int(field(head, "content-length")))
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\nProxy-Authorization: %s\r\n\r\n" % (self.origin.url("/").encode(), auth))
                head = read_head(s)
                self.assertIn(b" 200 ", head)
                read_exactly(s, int(field(head, "content-length")))
        answer = self.d.raw(b"CONNECT origin.test:%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % self.origin.port)
        self.assertIn(b" 407 ", answer.split(b"\r\n")[0])

    def test_changed_password_counts_at_once(self):
        self.d.run("user", "add", "carol", "--password-stdin", stdin="one\n")
        self.assertEqual(self.d.get(self.origin.url("/"), basic("carol", "one")).status, 200)
        self.d.run("user", "passwd", "carol", "--password-stdin", stdin="two\n")
        self.assertEqual(self.d.get(self.origin.url("/"), basic("carol", "one")).status, 407)
        self.assertEqual(self.d.get(self.origin.url("/"), basic("carol", "two")).status, 200)
        self.d.run("user", "remove", "carol")
        self.assertEqual(self.d.get(self.origin.url("/"), basic("carol", "two")).status, 407)

    def test_verified_password_is_remembered(self):
        headers = basic("alice", "secret")
        self.d.get(self.origin.url("/"), headers)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: self.d.get(self.origin.url("/"), headers).status, range(200)))
        self.assertEqual(set(statuses), {200})

    def test_flood_of_wrong_passwords_does_not_stop_the_others(self):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            flood = [pool.submit(self.d.get, self.origin.url("/"), basic("user", f"wrong{i}")) for i in range(40)]
            started = time.monotonic()
            self.assertEqual(self.d.get(self.origin.url("/"), basic("alice", "secret")).status, 200)
            self.assertLess(time.monotonic() - started, 30)
            self.assertTrue({f.result().status for f in flood} <= {407, 503, 429})
