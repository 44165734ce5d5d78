"""The audit trail: complete, exact, and findable."""
import json
import re
import sqlite3
import glob
import threading
import time

from integration.support import ALLOW_ALL, Case, Daemon, Origin, field, read_exactly, read_head, wait_for


class Records(Case):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "categories": {"cat": {"hosts": ["a.test"]}},
              "rules": [{"id": "r1", "if": {"host": ["blocked.test"]}, "then": "block"}]}

    def test_fields_of_a_record(self):
        answer = self.d.get(self.origin.url("/n/1000?q=%22x%22", "a.test"), {"User-Agent": "agent/1", "Referer": "http://ref.test/"})
        self.assertEqual(answer.status, 200)
        r = self.d.audit(1, q="/n/1000")[0]
        self.assertEqual({k: r[k] for k in ("client", "user", "method", "scheme", "host", "port", "path", "query", "action", "rule", "quota",
                                            "categories", "status", "user_agent", "referrer", "content_type", "reused")},
                         {"client": "127.0.0.1", "user": None, "method": "GET", "scheme": "http", "host": "a.test", "port": self.origin.port,
                          "path": "/n/1000", "query": "q=%22x%22", "action": "allow", "rule": None, "quota": None, "categories": ["cat"],
                          "status": 200, "user_agent": "agent/1", "referrer": "http://ref.test/", "content_type": "text/plain", "reused": False})
        self.assertRegex(r["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreater(r["bytes_out"], 1000)
        self.assertGreater(r["bytes_in"], 50)
        self.assertEqual(r["upstream"], f"127.0.0.1:{self.origin.port}")
        self.assertEqual(r["policy_version"], self.d.json("policy", "history")[0]["version"])
        self.assertIsInstance(r["timing"], dict)
        self.assertEqual(self.d.json("audit", "query", "--q", "/n/1000"), [r])

    def test_filters(self):
        for path, host in (("/f1", "a.test"), ("/f2", "b.test"), ("/f3", "blocked.test"), ("/f4", "sub.blocked.test")):
            self.d.get(self.origin.url(path, host))
        self.d.audit(4, q="/f")
        def paths(**filters):
            return sorted(r["path"] for r in self.d.audit(**filters) if re.match(r"/f\d$", r["path"] or ""))
        self.assertEqual(paths(host="blocked.test"), ["/f3", "/f4"])
        self.assertEqual(paths(action="block"), ["/f3", "/f4"])
        self.assertEqual(paths(category="cat"), ["/f1"])
        self.assertEqual(paths(rule="r1"), ["/f3", "/f4"])
        self.assertEqual(paths(status="4xx", q="F4"), ["/f4"])
        self.assertEqual(paths(client="127.0.0.0/8", q="/f2"), ["/f2"])
        self.assertEqual(paths(client="10.0.0.0/8"), [])
        self.assertEqual(paths(to="2020-01-01"), [])
        self.assertEqual(paths(**{"from": "-1h"}), ["/f1", "/f2", "/f3", "/f4"])
        self.assertEqual(self.d.run("audit", "query", "--status", "banana", check=False).returncode, 1)

    def test_pages_by_cursor_and_export(self):
        for i in range(25):
            self.d.get(self.origin.url(f"/page{i}"))
        self.d.audit(25, q="/page")
        self.d.run("admin", "add", "auditor", "--role", "auditor", "--password-stdin", stdin="a long password\n")
        token = self.d.run("admin", "token", "auditor", "--role", "auditor").stdout.strip()
        seen, cursor = [], ""
        while cursor is not None:
            page = self.d.api(f"/requests?q=/page&limit=7{cursor and '&cursor=' + cursor}", token=token).json
            seen += page["items"]
            cursor = page["cursor"]
        wanted = sorted(f"/page{i}" for i in range(25))
        self.assertEqual(sorted(r["path"] for r in seen), wanted)
        self.assertEqual([r["id"] for r in seen], sorted((r["id"] for r in seen), reverse=True))
        times = [r["time"] for r in seen]
        self.assertEqual(times, sorted(times, reverse=True))
        lines = [json.loads(line) for line in self.d.run("audit", "export", "--q", "/page", "--json").stdout.splitlines()]
        self.assertEqual([r["id"] for r in lines], sorted(r["id"] for r in seen))
        one = self.d.api("/requests/" + lines[0]["id"], token=token).json
        self.assertEqual({name: one[name] for name in lines[0]}, lines[0])
        self.assertEqual(set(one) - set(lines[0]), {"trace", "trace_note", "explained"})
        self.assertEqual(self.d.api("/requests/0aaaaaaaaaaaa", token=token).status, 404)

    def test_hostile_texts_stay_texts(self):
        self.d.raw(b"GET http://a.test:%d/hostile%%00%%ff\xff'\"<script> HTTP/1.1\r\nHost: x\r\nUser-Agent: \xff\xfe'; DROP TABLE x;--\r\n"
                   b"Connection: close\r\n\r\n" % self.origin.port)
        record = self.d.audit(1, q="hostile")[0]
        self.assertIn("DROP TABLE", record["user_agent"])
        self.assertNotIn("\x1b", self.d.run("audit", "query", "--q", "hostile").stdout)

    def test_malformed_requests_are_recorded_too(self):
        self.d.raw(b"NONSENSE\r\n\r\n")
        self.assertTrue(self.d.audit(1, action="error", status=400))

    def test_commands_work_without_a_gateway(self):
        self.d.get(self.origin.url("/before-stop"))
        self.d.stop()
        try:
            self.assertEqual(self.d.json("audit", "query", "--q", "/before-stop")[0]["path"], "/before-stop")
        finally:
            self.d.start()


class Killed(Case):
    """kill -9 under load: every answer that a client has seen is in SQLite after a restart, once."""

    def run_load(self, turn, seconds, clients=8):
        answered, lock, stop = [], threading.Lock(), threading.Event()

        def client(number):
            mine = []
            try:
                with self.d.connect(timeout=5) as s:
                    for i in range(1000000):
                        if stop.is_set():
                            break
                        path = f"/k/{turn}/{number}/{i}"
                        s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url(path, "a.test" if i % 3 else "blocked.test").encode())
                        head = read_head(s)
                        if not head.endswith(b"\r\n\r\n"):
                            break
                        n = int(field(head, "content-length"))
                        if len(read_exactly(s, n)) < n:
                            break
                        mine.append(path)
            except OSError:
                pass
            with lock:
                answered.extend(mine)

        threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
        for t in threads:
            t.start()
        time.sleep(seconds)
        self.d.kill()
        stop.set()
        for t in threads:
            t.join()
        return answered

    def test_no_answered_request_is_lost(self):
        self.d.apply({"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "b", "if": {"host": ["blocked.test"]}, "then": "block"}]})
        answered = []
        for turn, seconds in enumerate((0.4, 0.9, 1.3)):
            answered += self.run_load(turn, seconds)
            self.d.start()
        self.assertGreater(len(answered), 200)

        def stored():
            paths = [json.loads(line)["path"] for line in self.d.run("audit", "export", "--q", "/k/", "--json").stdout.splitlines()]
            return paths if len(paths) >= len(answered) else None

        paths = wait_for(stored, f"{len(answered)} records")
        self.assertEqual(set(answered) - set(paths), set())
        self.assertEqual(len(paths), len(set(paths)), "a record is stored twice")


class Shutdown(Case):
    @classmethod
    def handler(cls):
        def slow(s, head, path):
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
            for _ in range(20):
                s.sendall(b"x")
                time.sleep(0.1)
            return True
        return slow

    def test_sigterm_lets_running_transfers_end(self):
        with self.d.connect() as s, self.d.connect() as idle:
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/slow").encode())
            self.assertIn(b" 200 ", read_head(s))
            done = threading.Thread(target=self.d.stop)
            done.start()
            self.assertEqual(read_exactly(s, 20), b"x" * 20)
            done.join()
            self.assertEqual(idle.recv(10), b"")
        self.d.start()
        self.assertEqual(self.d.audit(1, q="/slow")[0]["status"], 200)
