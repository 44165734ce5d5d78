"""Lists, jobs and the change log over HTTP: every route, role and error; uploads that are good, bad, huge and cut short."""
import gzip
import hashlib
import http.client
import json
import os
import socket
import unittest

from integration.support import Case, Daemon, Origin, SmallDisk, wait_for

POLICY = {"schema": 1, "default": {"then": "allow"}, "categories": {"ads": {"hosts": ["built-in.test"]}},
          "rules": [{"id": "no-ads", "if": {"category": ["ads"]}, "then": "block"}]}
JSON, RAW = "application/json", "application/octet-stream"


class Asking:
    """Requests to self.d as an account of a role, and the ends of the jobs they start."""

    ROLES = ("viewer", "auditor", "operator", "admin")

    @classmethod
    def make_tokens(cls, d):
        cls.tokens = {}
        for role in cls.ROLES:
            d.run("admin", "add", "the-" + role, "--role", role, "--password-stdin", stdin="a long password\n")
            cls.tokens[role] = d.run("admin", "token", "the-" + role, "--role", role).stdout.split()[-1]

    def ask(self, method, path, body=None, role="admin", kind=JSON, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.d.admin_port, timeout=60)
        fields = {"Authorization": "Bearer " + self.tokens[role]} if role else {}
        if body is not None:
            fields["Content-Type"] = kind
            body = body if kind != JSON or isinstance(body, bytes) else json.dumps(body)
        try:
            c.request(method, "/api/v1" + path, body=body, headers={**fields, **(headers or {})})
            r = c.getresponse()
            text = r.read()
            return r.status, (json.loads(text) if text else None), r.headers
        finally:
            c.close()

    def expect(self, status, method, path, body=None, **kwargs):
        got, answer, _ = self.ask(method, path, body, **kwargs)
        self.assertEqual(got, status, answer)
        if status >= 400:
            self.assertEqual(answer["status"], status)
        return answer

    def ended(self, job, state="done"):
        """The job's end; fails when it ended otherwise, unless state is None."""
        found = wait_for(lambda: (lambda j: j if j["state"] != "running" else None)(self.expect(200, "GET", "/jobs/" + job)), "the job", 60)
        self.assertIn(found["state"], (state or found["state"],), found["error"])
        return found

    def job(self, method, path, body=None, state="done", **kwargs):
        answer = self.expect(202, method, path, body, **kwargs)
        return self.ended(answer["job"], state)

    def upload(self, name, data, query="", state="done", **kwargs):
        return self.job("POST", f"/lists/{name}/upload{query}", data, kind=RAW, state=state, **kwargs)

    def file(self, name, text):
        path = os.path.join(self.d.dir, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def listed(self, host):
        answer = self.expect(200, "GET", "/categories/lookup?host=" + host)
        return [match["list"] for match in answer["lists"]]

    def changes(self, query=""):
        return self.expect(200, "GET", "/changes" + query)["items"]

    def uploads_left(self):
        folder = self.d.state + "/uploads"
        return os.listdir(folder) if os.path.isdir(folder) else []


class Lists(Asking, Case):
    """One daemon; each test uses lists of its own name."""

    POLICY = POLICY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_tokens(cls.d)

    # -- add, replace, update, remove --
    def test_a_list_lives(self):
        path = self.file("life.txt", "one.test\ntwo.test\n")
        status, answer, headers = self.ask("POST", "/lists", {"name": "life", "path": path})
        self.assertEqual((status, headers["Location"]), (202, "/api/v1/jobs/" + answer["job"]))
        job = self.ended(answer["job"])
        self.assertEqual((job["kind"], job["subject"], job["progress"]), ("list-add", "life", 1.0))
        self.assertTrue(job["actor"].startswith("token:"), job["actor"])
        self.assertEqual(job["result"]["entries"], 2)
        source = self.expect(200, "GET", "/lists/life", role="viewer")
        with open(path, "rb") as f:
            raw = f.read()
        self.assertEqual(source["sha256"], hashlib.sha256(raw).hexdigest())
        self.assertEqual((source["kind"], source["location"], source["state"], source["job"], source["used_by"], source["bytes"]),
                         ("file", path, "ok", None, [], len(raw)))
        self.assertLess(source["age_s"], 600)
        self.assertIn("life", [s["name"] for s in self.expect(200, "GET", "/lists", role="viewer")["items"]])
        self.file("life.txt", "one.test\nthree.test\n")
        self.assertTrue(self.job("POST", "/lists/life/update", role="operator")["result"]["changed"])
        self.assertFalse(self.job("POST", "/lists/life/update")["result"]["changed"])
        other = self.file("other.txt", "four.test\n")
        job = self.job("PUT", "/lists/life", {"path": other})
        self.assertEqual((job["kind"], job["result"]["entries"], job["result"]["location"]), ("list-replace", 1, other))
        self.assertEqual((self.listed("three.test"), self.listed("four.test")), ([], ["life"]))
        self.expect(204, "DELETE", "/lists/life")
        self.expect(404, "GET", "/lists/life")
        actions = [c["action"] for c in self.changes("?subject=life")]
        self.assertEqual(actions, ["list.remove", "list.replace", "list.update", "list.add"])

    def test_what_can_be_refused_at_once_is(self):
        path = self.file("there.txt", "there.test\n")
        self.job("POST", "/lists", {"name": "there", "path": path})
        for status, body in ((409, {"name": "there", "path": path}), (400, {"name": "No Name", "path": path}), (400, {"name": "x"}),
                             (400, {"name": "x", "url": "ftp://lists.example/x"}), (400, {"name": "x", "path": path, "url": "http://a.test/"}),
                             (400, {"name": "x", "path": path, "format": "nonsense"}), (400, {"name": "x", "path": path, "every": "soon"}),
                             (400, {"name": "x", "path": path, "every": "1s"}), (400, {"name": "x", "path": path, "more": 1}),
                             (404, {"name": "x", "path": path + ".not"}), (400, {"name": 7, "path": path}), (400, b"{")):
            with self.subTest(body=body):
                self.expect(status, "POST", "/lists", body)
        self.expect(404, "PUT", "/lists/nobody", {"path": path})
        self.expect(400, "PUT", "/lists/there", {})
        self.expect(400, "PUT", "/lists/there", {"path": path, "category": "ads"})
        self.expect(404, "POST", "/lists/nobody/update")
        self.expect(404, "DELETE", "/lists/nobody")
        self.expect(400, "POST", "/lists/Bad%20Name/upload", b"a.test\n", kind=RAW)
        self.expect(400, "POST", "/lists/x/upload", b"", kind=RAW)
        self.expect(400, "POST", "/lists/x/upload?format=nonsense", b"a.test\n", kind=RAW)
        self.expect(400, "POST", "/lists/x/upload?formt=hosts", b"a.test\n", kind=RAW)
        self.expect(400, "GET", "/lists?odd=1")
        self.expect(405, "PUT", "/lists", {})
        self.assertEqual(self.uploads_left(), [])

    def test_roles(self):
        """The least role that may, and the one below."""
        path = self.file("roles.txt", "roles.test\n")
        self.job("POST", "/lists", {"name": "roles", "path": path})
        for role, method, where, body in (("viewer", "GET", "/lists", None), ("viewer", "GET", "/lists/roles", None), ("viewer", "GET", "/jobs", None),
                                          ("operator", "POST", "/lists/roles/update", None), ("admin", "POST", "/lists", {"name": "x"}),
                                          ("admin", "PUT", "/lists/roles", {}), ("admin", "DELETE", "/lists/nobody", None),
                                          ("admin", "POST", "/lists/roles/upload", None), ("auditor", "GET", "/changes", None),
                                          ("viewer", "GET", "/lists/roles/versions", None), ("admin", "POST", "/lists/roles/rollback", {}),
                                          ("admin", "POST", "/lists/roles/approve", None), ("admin", "DELETE", "/lists/roles/held", None),
                                          ("admin", "DELETE", "/lists/roles/pin", None), ("admin", "PUT", "/lists/roles/checks", {})):
            with self.subTest(method=method, path=where):
                status, answer, _ = self.ask(method, where, body, role=None)
                self.assertEqual(status, 401, answer)
                for other in self.ROLES:
                    status, answer, _ = self.ask(method, where, body, role=other)
                    allowed = self.ROLES.index(other) >= self.ROLES.index(role)
                    self.assertEqual(status != 403, allowed, (other, answer))

    def test_update_of_all_goes_on_after_a_bad_one(self):
        first, second = self.file("aa.txt", "aa.test\n"), self.file("ab.txt", "ab.test\n")
        self.job("POST", "/lists", {"name": "aa", "path": first})
        self.job("POST", "/lists", {"name": "ab", "path": second})
        os.remove(first)
        self.file("ab.txt", "ac.test\n")
        job = self.job("POST", "/lists/*/update", state="failed")
        self.assertEqual((job["subject"], job["progress"]), ("*", None))
        self.assertIn("list 'aa': ", job["error"])
        self.assertEqual(self.listed("ac.test"), ["ab"])
        source = self.expect(200, "GET", "/lists/aa")
        self.assertEqual((source["state"], source["entries"]), ("failed", 1))
        self.assertIn("No such file", source["last_error"])
        self.assertEqual(self.listed("aa.test"), ["aa"])
        self.expect(204, "DELETE", "/lists/aa")

    # -- copies --
    def test_a_copy_that_looks_wrong_waits(self):
        """Held by the API and the command; approved; the way back and on again."""
        hosts = lambda n, more="": "".join(f"h{i}.wait.test\n" for i in range(n)) + more
        self.job("POST", "/lists", {"name": "wait", "path": self.file("wait.txt", hosts(200))})
        self.file("wait.txt", hosts(200, "google.com\n"))
        done = self.d.run("lists", "update", "wait", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        for text in ("it begins to hold google.com (by its entry google.com)", "  + google.com", "sluice lists approve wait"):
            self.assertIn(text, done.stdout)
        self.assertEqual((self.listed("google.com"), self.listed("h1.wait.test")), ([], ["wait"]))
        state = {s["name"]: s["state"] for s in self.expect(200, "GET", "/status", role="viewer")["lists"]["sources"]}
        self.assertEqual(state["wait"], "held")
        self.d.run("lists", "discard", "wait")
        self.file("wait.txt", hosts(90))
        source = self.job("POST", "/lists/wait/update")["result"]
        self.assertEqual((source["state"], source["changed"], source["entries"]), ("held", False, 200))
        self.assertEqual((source["held"]["entries"], source["held"]["removed"], source["held"]["reasons"][0]["check"]), (90, 110, "shrink"))
        self.d.run("lists", "approve", "wait")
        self.assertEqual(self.listed("h100.wait.test"), [])
        self.assertIn("Rolled back by cli:", self.d.run("lists", "rollback", "wait").stdout)
        self.assertEqual(self.listed("h100.wait.test"), ["wait"])
        history = self.d.json("lists", "history", "wait")
        self.assertEqual([(v["action"], v["added"], v["removed"], v["serving"]) for v in history],
                         [("rollback", 110, 0, True), ("approve", 0, 110, False), ("add", 200, 0, False)])
        self.assertIn("rollback of 1, in use", self.d.run("lists", "history", "wait").stdout)
        self.expect(409, "POST", "/lists/wait/update")
        all_of_them = self.job("POST", "/lists/*/update", state=None)
        self.assertNotIn("list 'wait'", all_of_them["error"] or "")
        self.assertEqual(self.expect(200, "GET", "/lists/wait")["state"], "pinned")
        self.d.run("lists", "resume", "wait")
        self.assertEqual(json.loads(self.d.run("lists", "checks", "wait", "--shrink", "0", "--never", "Wiki.Test").stdout),
                         {"keep": 5, "shrink": 0, "grow": 200, "never": ["wiki.test"]})
        self.assertTrue(self.job("POST", "/lists/wait/update")["result"]["changed"])
        self.assertEqual([c["action"] for c in self.changes("?subject=wait&limit=3")], ["list.update", "list.checks", "list.resume"])

    # -- uploads --
    def test_an_upload_is_kept(self):
        data = b"# mine\nup-one.test\nup-two.test\nfoo..bar\n" + b"".join(b"n%d.up.test\n" % i for i in range(50))
        job = self.upload("up", data, "?category=uploads&file=mine.txt")
        self.assertEqual((job["kind"], job["subject"]), ("list-upload", "up"))
        source = self.expect(200, "GET", "/lists/up")
        self.assertEqual((source["kind"], source["location"], source["entries"], source["bytes"], source["errors"], source["used_by"]),
                         ("upload", "mine.txt", 52, len(data), 1, ["uploads"]))
        self.assertEqual(source["faults"][0]["list"], "up")
        self.assertIn("line 4", source["faults"][0]["text"])
        self.assertEqual(source["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual(self.uploads_left(), [])
        self.assertEqual(self.expect(200, "GET", "/categories/lookup?host=up-one.test")["categories"], ["uploads"])
        self.expect(409, "DELETE", "/lists/up")  # the category names it
        self.assertFalse(self.job("POST", "/lists/up/update")["result"]["changed"])
        self.assertEqual([c["comment"] for c in self.changes("?action=policy.apply&limit=1")], ["list up put into category uploads"])

    def test_an_upload_survives_a_restart_and_moves(self):
        """Also what was normalised from it can be lost: an update makes it again from the file."""
        d = Daemon(policy=POLICY)
        try:
            token = self.admin_of(d)
            self.upload_to(d, token, "kept", b"kept.test\n")
            d.stop()
            moved = d.dir + "/moved"
            os.rename(d.state, moved)
            d.state, d.settings["state"]["directory"] = moved, moved
            d.write_settings()
            d.start()
            for name in os.listdir(moved + "/lists/kept"):
                if not name.startswith("upload-"):
                    os.remove(f"{moved}/lists/kept/{name}")
            done = json.loads(d.run("lists", "update", "kept", "--json").stdout)
            self.assertEqual((done["kind"], done["entries"]), ("upload", 1))
            self.assertEqual(d.json("lists", "show", "kept")["state"], "ok")
        finally:
            d.close()

    def test_upload_replaces_any_source_and_back(self):
        path = self.file("back.txt", "back-file.test\n")
        self.job("POST", "/lists", {"name": "back", "path": path})
        self.assertEqual(self.upload("back", b"back-up.test\n")["result"]["kind"], "upload")
        self.assertEqual((self.listed("back-file.test"), self.listed("back-up.test")), ([], ["back"]))
        self.assertEqual(self.upload("back", b"back-up2.test\n")["result"]["entries"], 1)
        folder = self.d.state + "/lists/back"
        self.assertEqual(sum(name.startswith("upload-") for name in os.listdir(folder)), 1)
        self.assertEqual(self.job("PUT", "/lists/back", {"path": path})["result"]["kind"], "file")
        self.assertEqual(sum(name.startswith("upload-") for name in os.listdir(folder)), 0)
        self.assertEqual(self.listed("back-file.test"), ["back"])

    def test_a_bad_upload_keeps_the_old_list(self):
        self.upload("good", b"good-one.test\ngood-two.test\n")
        kept = os.listdir(self.d.state + "/lists/good")
        for bad in (b"<!doctype html><html><body>" + b"<p>not a list</p>\n" * 400, b"\x00\x01\x02" * 5000, gzip.compress(b"x.test\n" * 999)[:-20],
                    b"\x1f\x8b garbage", b"\n\n# nothing\n"):
            with self.subTest(bad=bad[:20]):
                job = self.upload("good", bad, state="failed")
                self.assertTrue(job["error"].startswith("list 'good': "), job["error"])
        self.assertEqual((self.listed("good-one.test"), self.listed("x.test")), (["good"], []))
        self.assertEqual(self.expect(200, "GET", "/lists/good")["state"], "ok")
        self.assertEqual(sorted(os.listdir(self.d.state + "/lists/good")), sorted(kept))
        self.assertEqual(self.uploads_left(), [])
        job = self.upload("never", b"<html>no</html>\n" * 30, state="failed")
        self.expect(404, "GET", "/lists/never")
        self.assertFalse(os.path.exists(self.d.state + "/lists/never"), job["error"])

    def test_an_interrupted_upload_leaves_nothing(self):
        self.upload("cut", b"cut-old.test\n")
        jobs = len(self.expect(200, "GET", "/jobs?kind=list-upload")["items"])
        with socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=20) as s:
            s.sendall(b"POST /api/v1/lists/cut/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: 1000000\r\n\r\n"
                      % self.tokens["admin"].encode() + b"cut-new.test\n" * 1000)
            wait_for(self.uploads_left, "the file on its way")
        wait_for(lambda: not self.uploads_left(), "the end of the file")
        self.assertEqual(len(self.expect(200, "GET", "/jobs?kind=list-upload")["items"]), jobs)
        self.assertEqual((self.listed("cut-old.test"), self.listed("cut-new.test")), (["cut"], []))

    def test_killed_while_it_loads_it_has_the_old_list_or_the_new_one(self):
        d = Daemon(policy=POLICY)
        try:
            token = self.admin_of(d)
            self.upload_to(d, token, "k", b"old.test\n" + b"".join(b"k%d.test\n" % i for i in range(200)))
            before = d.json("lists", "show", "k")
            data = b"new.test\n" + b"".join(b"k%d.test\n" % i for i in range(60000))
            self.upload_to(d, token, "k", data, wait=False)
            d.kill()
            d.start()
            source = d.json("lists", "show", "k")
            self.assertIn(source["sha256"], (before["sha256"], hashlib.sha256(data).hexdigest()))
            host = "old.test" if source["sha256"] == before["sha256"] else "new.test"
            self.assertEqual([m["list"] for m in d.api("/categories/lookup?host=" + host, token=token).json["lists"]], ["k"])
            self.assertFalse(os.path.isdir(d.state + "/uploads") and os.listdir(d.state + "/uploads"))
            self.assertEqual(len([n for n in os.listdir(d.state + "/lists/k") if n.startswith("upload-")]), 1)
        finally:
            d.close()

    def test_a_list_of_real_size(self):
        """Some MB, packed: the job's progress grows and never falls, and others can watch it."""
        lines = b"".join(b"host-%d.%d.real.test\n" % (i, i % 97) for i in range(300000))
        answer = self.expect(202, "POST", "/lists/real/upload", gzip.compress(lines, 1), kind=RAW)
        seen = []

        def end():
            job = self.expect(200, "GET", "/jobs/" + answer["job"], role="viewer")
            seen.append(job["progress"])
            source = self.expect(200, "GET", "/lists", role="viewer")["items"]
            if job["state"] == "running":
                self.assertIn(answer["job"], [j["id"] for j in self.expect(200, "GET", "/jobs?state=running&kind=list-upload", role="viewer")["items"]]
                              + [j["id"] for j in self.expect(200, "GET", "/jobs?state=done")["items"]])
                return None
            self.assertIn("real", [s["name"] for s in source])
            return job

        job = wait_for(end, "the upload of a large list", 120)
        self.assertEqual((job["state"], job["result"]["entries"], job["result"]["format"]), ("done", 300000, job["result"]["format"]))
        known = [p for p in seen if p is not None]
        self.assertEqual(known, sorted(known))
        self.assertEqual(known[-1], 1.0)
        self.assertEqual(self.listed("host-299999.%d.real.test" % (299999 % 97)), ["real"])

    def test_one_byte_more_than_a_gibibyte_is_refused_by_its_head(self):
        with socket.create_connection(("127.0.0.1", self.d.admin_port), timeout=20) as s:
            s.sendall(b"POST /api/v1/lists/big/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n"
                      % (self.tokens["admin"].encode(), (1 << 30) + 1))
            self.assertTrue(s.recv(64).startswith(b"HTTP/1.1 413 "))
        self.assertEqual(self.uploads_left(), [])

    @unittest.skipUnless(os.environ.get("SLUICE_TEST_LONG") == "1", "SLUICE_TEST_LONG=1 uploads 1 GiB")
    def test_one_gibibyte(self):
        line = b"# a comment that makes the file long without making the list long, as comments do in lists of this kind\n"

        def body(n):
            first = b"gib.test\n"
            yield first
            n -= len(first)
            block = line * 10000
            while n > 0:
                yield block[:n]
                n -= len(block)

        status, answer, _ = self.ask("POST", "/lists/gib/upload", body(1 << 30), kind=RAW, headers={"Content-Length": str(1 << 30)})
        self.assertEqual(status, 202, answer)
        self.assertEqual(self.ended(answer["job"])["result"]["bytes"], 1 << 30)
        self.assertEqual(self.listed("gib.test"), ["gib"])

    # -- URLs --
    def test_urls_reach_what_the_settings_allow(self):
        """The test's daemon allows 127.0.0.0/8; one that does not refuses, by name and by address, without asking."""
        self.assertEqual(self.job("POST", "/lists", {"name": "hello", "url": f"http://127.0.0.1:{self.lists_origin().port}/list.txt?key=s3cret"})
                         ["result"]["location"], f"http://127.0.0.1:{self.lists.port}/list.txt?key=***")
        self.assertNotIn("s3cret", json.dumps(self.changes("?subject=hello")))
        asked = self.lists.connections
        d = Daemon(settings={"proxy": {"allow_private": "", "connect_ports": "443"}}, policy=POLICY)
        try:
            for host in ("127.0.0.1", "localhost", "[::1]", "2130706433"):
                done = d.run("lists", "add", "inside", "--url", f"http://{host}:{self.lists.port}/list.txt", check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("proxy.allow_private", done.stderr)
        finally:
            d.close()
        self.assertEqual(self.lists.connections, asked)

    # -- jobs and changes --
    def test_jobs_are_chosen(self):
        self.upload("jobs", b"jobs.test\n")
        self.upload("jobs", b"<html>\n" * 30, state="failed")
        items = self.expect(200, "GET", "/jobs?kind=list-upload", role="viewer")["items"]
        self.assertEqual({j["kind"] for j in items}, {"list-upload"})
        self.assertEqual([j["started"] for j in items], sorted((j["started"] for j in items), reverse=True))
        self.assertIn("jobs", [j["subject"] for j in self.expect(200, "GET", "/jobs?state=failed")["items"]])
        self.assertEqual({j["state"] for j in self.expect(200, "GET", "/jobs?state=done")["items"]}, {"done"})
        self.assertEqual(self.expect(200, "GET", "/jobs?kind=none")["items"], [])
        self.expect(400, "GET", "/jobs?state=happy")
        self.expect(400, "GET", "/jobs?subject=x")
        self.expect(404, "GET", "/jobs/nothing")

    def test_changes_are_chosen_and_paged(self):
        path = self.file("chg.txt", "chg.test\n")
        for name in ("chg-a", "chg-b", "chg-c"):
            self.job("POST", "/lists", {"name": name, "path": path} if name == "chg-a" else {"name": name, "path": self.file(name, name + ".test\n")})
        added = self.changes("?action=list.add&limit=2")
        self.assertEqual([c["subject"] for c in added], ["chg-c", "chg-b"])
        entry = added[0]
        self.assertEqual((entry["before"], entry["after"]["entries"], entry["source"]), (None, 1, "127.0.0.1"))
        self.assertTrue(entry["actor"].startswith("token:"))
        self.assertEqual(self.changes(f"?actor={entry['actor']}&subject=chg-c")[0]["id"], entry["id"])
        self.assertEqual(self.changes("?actor=nobody"), [])
        self.assertEqual(self.changes("?subject=chg-c&from=-1h&to=now")[0]["id"], entry["id"])
        self.assertEqual(self.changes("?to=-1h"), [])
        self.assertTrue(all(c["action"].startswith("list.") for c in self.changes("?action=list")))
        page = self.expect(200, "GET", "/changes?limit=1", role="auditor")
        after = self.expect(200, "GET", f"/changes?limit=1&cursor={page['cursor']}")
        self.assertLess(after["items"][0]["id"], page["items"][0]["id"])
        for bad in ("limit=0", "limit=1001", "cursor=x", "from=yesterday", "to=25:00", "before=3"):
            self.expect(400, "GET", "/changes?" + bad)

    # -- helpers that make things --
    @staticmethod
    def admin_of(d):
        d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long password\n")
        return d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    def upload_to(self, d, token, name, data, wait=True):
        c = http.client.HTTPConnection("127.0.0.1", d.admin_port, timeout=60)
        c.request("POST", f"/api/v1/lists/{name}/upload", body=data, headers={"Authorization": "Bearer " + token, "Content-Type": RAW})
        answer = json.loads(c.getresponse().read())
        c.close()
        if wait:
            found = wait_for(lambda: (lambda j: j if j["state"] != "running" else None)(d.api("/jobs/" + answer["job"], token=token).json), "the job")
            self.assertEqual(found["state"], "done", found["error"])

    def lists_origin(self):
        def serve(s, head, path):
            body = b"hello.test\n"
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return True

        self.lists = Origin(serve)
        self.addCleanup(self.lists.close)
        return self.lists


class FullDisk(Asking, unittest.TestCase):
    """The state directory on a disk of its own that fills up."""

    def setUp(self):
        self.d = Daemon(start=False)
        self.addCleanup(self.d.close)
        self.disk = SmallDisk(self.d.state, 420)
        self.addCleanup(self.disk.close)
        self.addCleanup(self.d.stop)
        self.d.start()
        self.make_tokens(self.d)

    def test_the_old_list_stays(self):
        path = self.file("mine.txt", "old.test\n")
        self.job("POST", "/lists", {"name": "mine", "path": path})
        self.upload("sent", b"sent.test\n")
        self.disk.fill(100 << 20)
        self.expect(507, "POST", "/lists/sent/upload", b"new.test\n", kind=RAW)  # what is left is the audit trail's
        self.assertEqual(self.uploads_left(), [])
        self.disk.fill(1 << 20)
        self.file("mine.txt", "".join(f"host-{i}.with-a-rather-long-name.new.test\n" for i in range(100000)))
        for method, body in (("PUT", {"path": path}), ("POST", None)):
            job = self.job(method, "/lists/mine" + ("/update" if method == "POST" else ""), body, state="failed")
            self.assertIn("No space left on device", job["error"])
        self.assertEqual((self.listed("old.test"), self.listed("host-1.with-a-rather-long-name.new.test"), self.listed("sent.test")),
                         (["mine"], [], ["sent"]))
        self.disk.empty()
        self.assertEqual(self.job("PUT", "/lists/mine", {"path": path})["result"]["entries"], 100000)
        self.assertEqual(self.listed("old.test"), [])


if __name__ == "__main__":
    unittest.main()
