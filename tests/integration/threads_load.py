"""The daemon under ThreadSanitizer: load, policy changes, list updates, queries and accounts all at once. A report ends it with another status."""
import threading
import time

from integration.support import Case, field, read_exactly, read_head


class Everything(Case):
    SETTINGS = {"proxy": {"workers": "3"}}
    POLICY = {"schema": 1, "default": {"then": "allow"}}

    def policy(self, n):
        return {"schema": 1, "default": {"then": "allow"}, "title": str(n), "groups": {"g": ["x"]},
                "categories": {"c": {"lists": ["feed"], "hosts": ["c.test"], "regex": [f"/re{n}x"]}},
                "rules": [{"id": "r", "if": {"category": ["c"]}, "then": "block"}, {"id": "w", "if": {"host": ["b.test"]}, "then": "warn"},
                          {"id": "t", "if": {"host": ["origin.test"]}, "then": "allow", "throttle": {"rate": f"{8 + n}Mbit/s", "per": "all"}}],
                "quotas": [{"id": "q", "if": {"host": ["a.test"]}, "per": "client", "window": "hour", "bytes": "64MiB", "then": "block"}]}

    def test_no_race_is_reported(self):
        feed = self.d.dir + "/feed"
        with open(feed, "w") as f:
            f.write("blocked.test\n")
        self.d.run("lists", "add", "feed", "--file", feed)
        stop, faults = threading.Event(), []

        def client(host):
            try:
                while not stop.is_set():
                    with self.d.connect() as s:
                        for _ in range(20):
                            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/n/3000", host).encode())
                            head = read_head(s)
                            if b"HTTP/1.1 " not in head:
                                faults.append(head)
                                return
                            read_exactly(s, int(field(head, "content-length")))
            except OSError as e:
                faults.append(repr(e))

        threads = [threading.Thread(target=client, args=(h,)) for h in ("a.test", "b.test", "c.test", "blocked.test", "origin.test", "nowhere.invalid")]
        for t in threads:
            t.start()
        end = time.monotonic() + 15
        n = 0
        while time.monotonic() < end:
            n += 1
            self.d.apply(self.policy(n))
            with open(feed, "w") as f:
                f.write("blocked.test\n" + "".join(f"h{n}-{i}.example\n" for i in range(50)))
            self.d.run("lists", "update", "feed")
            self.d.json("audit", "query", "--limit", "50")
            self.d.json("status")
            self.d.json("quota", "usage")
            self.d.run("user", "add", f"u{n}", "--password-stdin", stdin="pw\n")
        stop.set()
        for t in threads:
            t.join()
        self.assertEqual(faults, [])
        self.d.stop()
        self.assertNotIn("ThreadSanitizer", self.d.log_text())
        self.d.start()
