"""What becomes of a list when the gateway dies, or its disk fills, while the list is updated from a web server."""
import json
import os
import random
import time
import unittest

from integration.support import Daemon, Origin, SmallDisk, wait_for
from integration.test_lists_api import Asking

LONG = os.environ.get("SLUICE_TEST_LONG") == "1"
POLICY = {"schema": 1, "default": {"then": "allow"}, "categories": {"bad": {"hosts": ["built-in.test"]}},
          "rules": [{"id": "no-bad", "if": {"category": ["bad"]}, "then": "block"}]}


def hosts(turn, count):
    """Most entries stay from turn to turn; `always` and one of the turn's own stand at either end."""
    return "always.feed.test\n" + "".join(f"h{i}.feed.test\n" for i in range(count)) + f"turn{turn}.feed.test\n"


class Feed:
    """A web server with one list on it."""

    def __init__(self):
        self.body = b""
        self.server = Origin(self.serve)
        self.close = self.server.close

    def serve(self, s, head, path):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(self.body) + self.body)
        return True

    def says(self, text):
        self.body = text.encode()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}/feed.txt"


class Killed(Asking, unittest.TestCase):
    """kill -9 at any moment of an update: fetch, import, compare, build, swap. What serves after it is whole."""

    ENTRIES, LIVES = (200000, 60) if LONG else (10000, 5)

    def setUp(self):
        self.feed = Feed()
        self.addCleanup(self.feed.close)
        self.d = Daemon(policy=POLICY)
        self.addCleanup(self.d.close)
        self.make_tokens(self.d)

    def files(self, folder):
        return os.listdir(os.path.join(self.d.state, folder))

    def serving(self, turns):
        """The one turn whose list serves, whole."""
        self.assertEqual(self.listed("always.feed.test"), ["feed"])
        self.assertEqual(self.listed(f"h{self.ENTRIES - 1}.feed.test"), ["feed"])
        found = [t for t in turns if self.listed(f"turn{t}.feed.test")]
        self.assertEqual(len(found), 1, found)
        source = self.expect(200, "GET", "/lists/feed")
        self.assertEqual(source["entries"], self.ENTRIES + 2)
        return found[0]

    def test_the_old_list_or_the_new_one(self):
        chance = random.Random(4)
        self.feed.says(hosts(0, self.ENTRIES))
        self.job("POST", "/lists", {"name": "feed", "url": self.feed.url, "category": "feed"})
        self.feed.says(hosts(1, self.ENTRIES))
        begun = time.monotonic()
        self.job("POST", "/lists/feed/update")
        takes = time.monotonic() - begun
        turn = 1
        for _ in range(self.LIVES):
            self.feed.says(hosts(turn + 1, self.ENTRIES))
            self.expect(202, "POST", "/lists/feed/update")
            time.sleep(chance.random() * takes * 1.2)
            self.d.kill()
            self.d.start()
            turn = self.serving((turn, turn + 1))
            self.assertEqual(self.files("fetch"), [])
            self.assertEqual(len(self.files("catalogue")), 1)
            self.assertLessEqual(len(self.files("lists/feed")), 5)  # the versions that are kept
            self.assertEqual(self.expect(200, "POST", "/explain", {"url": "http://always.feed.test/"})["categories"], ["feed"])
        self.feed.says(hosts(turn + 1, self.ENTRIES))
        self.assertTrue(self.job("POST", "/lists/feed/update")["result"]["changed"])
        self.serving((turn + 1,))


class FullDisk(Asking, unittest.TestCase):
    """The state directory on a small disk of its own, which fills."""

    def setUp(self):
        self.feed = Feed()
        self.addCleanup(self.feed.close)
        self.d = Daemon(start=False)
        self.addCleanup(self.d.close)
        self.disk = SmallDisk(self.d.state, 200)
        self.addCleanup(self.disk.close)
        self.addCleanup(self.d.stop)
        self.d.start()
        self.make_tokens(self.d)

    def test_the_old_list_serves_and_the_log_goes_on(self):
        more = "".join(f"a-rather-long-name-{i}.more.feed.test\n" for i in range(40000))
        self.feed.says(hosts(0, 10) + more)
        self.job("POST", "/lists", {"name": "feed", "url": self.feed.url})
        self.feed.says(hosts(1, 10) + more)
        before = sorted(os.listdir(self.d.state + "/lists/feed"))
        for leave in (1 << 20, 3 << 20):  # no room for what is fetched; for what is made of it
            self.disk.fill(leave)
            error = self.job("POST", "/lists/feed/update", state="failed")["error"]
            self.assertIn("No space left on device", error)
            self.assertTrue(error.startswith("list 'feed': "), error)
            self.assertEqual((self.listed("turn0.feed.test"), self.listed("turn1.feed.test")), (["feed"], []))
            self.assertEqual((sorted(os.listdir(self.d.state + "/lists/feed")), os.listdir(self.d.state + "/fetch")), (before, []))
            logged = len(self.expect(200, "GET", "/requests?limit=100", role="auditor")["items"])
            self.d.get(self.feed.url)
            wait_for(lambda: len(self.expect(200, "GET", "/requests?limit=100", role="auditor")["items"]) > logged, "the request in the log")
            self.disk.empty()
        self.assertTrue(self.job("POST", "/lists/feed/update")["result"]["changed"])
        self.assertEqual((self.listed("turn0.feed.test"), self.listed("turn1.feed.test")), ([], ["feed"]))


if __name__ == "__main__":
    unittest.main()
