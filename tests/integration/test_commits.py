"""Commits by the hundred under load, killed at any moment, and on a disk that is full: every request is judged by one version that was, and a
commit is done or not. SLUICE_TEST_LONG=1: a thousand commits, and more lives."""
import http.client
import json
import os
import random
import tempfile
import threading
import time
import unittest

from integration.support import Case, Daemon, Origin, SmallDisk, wait_for

LONG = os.environ.get("SLUICE_TEST_LONG") == "1"
COMMITS = 1000 if LONG else 100
LIVES = 25 if LONG else 4


def policy(turn, hosts=0):
    """Odd turns block a.test, even ones allow it; the note makes each document another, the hosts make it large."""
    rules = [{"id": f"odd-{turn}", "if": {"host": ["a.test"]}, "then": "block"}] if turn % 2 else []
    categories = {"many": {"hosts": [f"a-host-with-a-name-of-many-letters-{i}.example" for i in range(hosts)]}} if hosts else {}
    return {"schema": 1, "note": f"turn {turn}", "default": {"then": "allow"}, "categories": categories, "rules": rules}


def admin_token(daemon):
    daemon.run("admin", "add", "anna", "--role", "admin", "--password-stdin", stdin="a long passphrase\n")
    return daemon.run("admin", "token", "anna", "--role", "admin").stdout.strip()


class Client(threading.Thread):
    """One connection that asks again and again, and never has to be opened again."""

    def __init__(self, load, number):
        super().__init__(daemon=True)
        self.load, self.number, self.answers, self.error = load, number, {}, None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.load.d.port, timeout=30)
        try:
            connection.connect()
            first = connection.sock
            while not self.load.done:
                query = f"c={self.number}&n={len(self.answers)}"
                at_least = self.load.committed
                connection.request("GET", self.load.origin.url("/n/100?" + query, "a.test"))
                answer = connection.getresponse()
                answer.read()
                assert connection.sock is first, "the connection was closed"
                self.answers[query] = (answer.status, at_least)
        except Exception as e:  # whatever it was, the test tells
            self.error = e
        finally:
            connection.close()


class Load(unittest.TestCase):
    def test_every_request_is_judged_by_one_version_that_was(self):
        self.origin = Origin()
        self.addCleanup(self.origin.close)
        self.d = Daemon(policy=policy(0))
        self.addCleanup(self.d.close)
        token, self.done = admin_token(self.d), False
        self.committed = self.d.api("/policy", token=token).json["version"]
        judged = {self.committed: ("allow", None)}
        clients = [Client(self, i) for i in range(3)]
        for c in clients:
            c.start()
        for turn in range(1, COMMITS + 1):
            answer = self.d.api("/policy", "PUT", {"document": policy(turn)}, token=token)
            self.assertEqual(answer.status, 200, answer.text)
            version = answer.json["version"]
            judged[version] = ("block", f"odd-{turn}") if turn % 2 else ("allow", None)
            self.committed = version
        self.done = True
        for c in clients:
            c.join(60)
            self.assertIsNone(c.error)
        asked = {query: answer for c in clients for query, answer in c.answers.items()}
        self.d.stop()  # everything is stored then
        rows = [json.loads(line) for line in self.d.run("audit", "export").stdout.splitlines()]
        rows = {r["query"]: r for r in rows}
        self.assertEqual(set(rows), set(asked))
        versions = set()
        for query, (status, at_least) in asked.items():
            row = rows[query]
            self.assertEqual(judged[row["policy_version"]], (row["action"], row["rule"]), row)
            self.assertEqual(status, 403 if row["action"] == "block" else 200, row)
            self.assertGreaterEqual(row["policy_version"], at_least, row)  # in force for the very next request
            versions.add(row["policy_version"])
        self.assertGreater(len(versions), COMMITS // 20)
        print(f"\n{COMMITS} commits, {len(asked)} requests on {len(clients)} connections, judged by {len(versions)} versions")


class Killed(unittest.TestCase):
    def change(self, life):
        """Commits, waits for nothing, rolls back, confirms: until the gateway is gone. Remembers what was promised."""
        turn = 0
        while True:
            turn += 1
            document = policy(life * 100000 + turn)
            self.trying = document
            kind = turn % 3
            body = {"version": self.promised} if kind == 2 else {"document": document, **({"confirm_within": "1h"} if kind == 1 else {})}
            if kind == 2:
                self.trying = self.promised_document
            try:
                answer = self.d.api("/policy/rollback" if kind == 2 else "/policy", "POST" if kind == 2 else "PUT", body, token=self.token)
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200, answer.text
            self.promised, self.promised_document = answer.json["version"], self.trying

    def test_the_old_version_or_the_new_one(self):
        self.d = Daemon(policy=policy(0))
        self.addCleanup(self.d.close)
        self.token = admin_token(self.d)
        self.promised, self.promised_document = self.d.api("/policy", token=self.token).json["version"], policy(0)
        for life in range(1, LIVES + 1):
            thread = threading.Thread(target=self.change, args=(life,))
            thread.start()
            time.sleep(random.uniform(0.05, 0.6))
            self.d.kill()
            thread.join()
            self.d.start()
            self.check()

    def everything(self, path):
        items, cursor = [], ""
        while cursor is not None:
            page = self.d.api(f"{path}limit=1000{cursor and '&cursor=' + cursor}", token=self.token).json
            items += page["items"]
            cursor = page["cursor"]
        return items

    def check(self):
        active = self.d.api("/policy", token=self.token).json
        self.assertIn((active["version"], active["document"]),
                      [(self.promised, self.promised_document), (self.promised + 1, self.trying), (self.promised, self.trying)])
        versions = [v["version"] for v in self.everything("/policy/versions?")]
        self.assertEqual(versions, list(range(active["version"], 0, -1)))
        made = [c["after"]["version"] for area in ("policy.apply", "policy.rollback")
                for c in self.everything(f"/changes?action={area}&")]
        self.assertEqual(sorted(made, reverse=True), versions)  # each version has its row in the change log, and no row lacks its version
        self.promised, self.promised_document = active["version"], active["document"]


class FullDisk(Case):
    """The state directory on a disk of its own that fills up."""

    SETTINGS = {"audit": {"segment": "256KiB", "on_failure": "continue"}}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="sluice-disk-")
        cls.addClassCleanup(os.rmdir, folder)
        cls.disk = SmallDisk(folder, 64)
        cls.addClassCleanup(cls.disk.close)
        cls.SETTINGS = {**cls.SETTINGS, "state": {"directory": folder + "/state"}}
        super().setUpClass()
        cls.token = admin_token(cls.d)

    def restart(self):
        """After it the database has no journal to write into again, so whatever is written needs room."""
        self.d.stop()
        self.d.start()

    def assert_full(self, answer):
        self.assertEqual((answer.status, "full" in answer.json["detail"]), (507, True), answer.text)

    def blocked(self):
        return self.d.get(self.origin.url("/", "a.test")).status == 403

    def test_confirm_and_the_draft_wait_for_room(self):
        self.d.api("/policy", "PUT", {"document": policy(2)}, token=self.token)
        waits = self.d.api("/policy", "PUT", {"document": policy(1), "confirm_within": "1h"}, token=self.token).json["version"]
        etag = self.d.api("/policy/draft", token=self.token).headers["ETag"]
        draft = self.d.api("/policy/draft", "PUT", policy(4), token=self.token, headers={"If-Match": etag})
        self.restart()
        before = self.d.api("/policy", token=self.token).json
        self.assertEqual(before["confirm"]["version"], waits)
        self.disk.fill()
        asked = (("/policy/confirm", {"version": waits}, {}), ("/policy/draft/commit", {"comment": "full"}, {"If-Match": draft.headers["ETag"]}))
        for path, body, headers in asked:
            self.assert_full(self.d.api(path, "POST", body, token=self.token, headers=headers))
        now = self.d.api("/policy", token=self.token).json
        del before["confirm"]["left_s"], now["confirm"]["left_s"]
        self.assertEqual(now, before)
        self.assertEqual(self.d.api("/policy/draft", token=self.token).headers["ETag"], draft.headers["ETag"])
        self.assertTrue(self.blocked())
        self.disk.empty()
        for path, body, headers in asked:
            answer = self.d.api(path, "POST", body, token=self.token, headers=headers)
            self.assertEqual(answer.status, 200, answer.text)
        now = self.d.api("/policy", token=self.token).json
        self.assertEqual((now["version"], now["document"], now["confirm"]), (waits + 1, policy(4), None))
        self.assertFalse(self.blocked())

    def test_what_nobody_confirmed_goes_back_once_there_is_room(self):
        self.d.api("/policy", "PUT", {"document": policy(2)}, token=self.token)
        self.restart()
        waits = self.d.api("/policy", "PUT", {"document": policy(1), "confirm_within": "3s"}, token=self.token).json["version"]
        self.disk.fill()
        said = f"version {waits} was not confirmed, and version {waits - 1} does not come back"
        wait_for(lambda: said in self.d.log_text(), "the failure in the log")
        now = self.d.api("/policy", token=self.token).json
        self.assertEqual((now["version"], now["document"], now["confirm"]["version"]), (waits, policy(1), waits))
        self.assertTrue(self.blocked())
        self.disk.empty()
        self.restart()  # or a minute later
        now = self.d.api("/policy", token=self.token).json
        self.assertEqual((now["version"], now["document"], now["confirm"]), (waits + 1, policy(2), None))
        self.assertFalse(self.blocked())

    def test_refused_clearly_and_nothing_half(self):
        token = self.token
        large = self.d.api("/policy", "PUT", {"document": policy(3, hosts=30000)}, token=token).json["version"]
        self.d.api("/policy", "PUT", {"document": policy(1)}, token=token)
        etag = self.d.api("/policy/draft", token=token).headers["ETag"]
        draft = self.d.api("/policy/draft", "PUT", policy(2), token=token, headers={"If-Match": etag})
        before = self.d.api("/policy", token=token).json
        log = self.d.api("/changes?limit=1000", token=token).json
        self.disk.fill()
        for path, method, body in (("/policy", "PUT", {"document": policy(4, hosts=40000)}), ("/policy/rollback", "POST", {"version": large}),
                                   ("/policy/draft", "PUT", policy(4, hosts=40000))):
            answer = self.d.api(path, method, body, token=token, headers={"If-Match": draft.headers["ETag"]} if "draft" in path else {})
            self.assert_full(answer)
        self.assertEqual(self.d.api("/policy", token=token).json, before)
        self.assertEqual(self.d.api("/changes?limit=1000", token=token).json, log)
        self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 403)  # the old version serves
        self.disk.empty()
        answer = self.d.api("/policy/draft/commit", "POST", {"comment": "room again"}, token=token, headers={"If-Match": draft.headers["ETag"]})
        self.assertEqual((answer.status, answer.json["version"]), (200, before["version"] + 1), answer.text)
        self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 200)
        self.restart()
        self.assertEqual(self.d.api("/policy", token=token).json["document"], policy(2))
