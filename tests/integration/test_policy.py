"""What the policy does to traffic, and that every way of asking gives the same answer."""
import http.client
import io
import json
import os
import tarfile
import threading
import time
import urllib.parse

from integration.support import ALLOW_ALL, Case, Daemon, field, read_exactly, read_head, wait_for

POLICY = {
    "schema": 1, "default": {"then": "allow"},
    "groups": {"staff": ["alice", "bob"]},
    "networks": {"here": ["127.0.0.0/8"]},
    "categories": {"social": {"title": "Social <networks>", "hosts": ["a.test"], "except": ["ok.a.test"]},
                   "paths": {"urls": ["origin.test/secret"], "regex": ["/private-[0-9]+\\b"]}},
    "rules": [
        {"id": "social", "title": "No \"social\" & co", "if": {"category": ["social"], "network": ["here"]}, "then": "block",
         "message": "Talk to <b>IT</b>."},
        {"id": "paths", "if": {"category": ["paths"]}, "then": "block"},
        {"id": "watch", "if": {"host": ["origin.test"]}, "then": "block", "report_only": True},
        {"id": "no-delete", "if": {"method": ["DELETE"]}, "then": "block"},
        {"id": "gifs", "if": {"extension": ["gif"]}, "then": "block"},
        {"id": "think", "if": {"host": ["b.test"]}, "then": "warn", "message": "Sure?"},
        {"id": "no-loopback6", "if": {"address": ["::1"]}, "then": "block"},
    ],
}


class Rules(Case):
    POLICY = POLICY
    HOSTS = ("ok.a.test", "x.a.test", ("::1", "six.test"))

    def status(self, url, **kwargs):
        return self.d.get(url, **kwargs).status

    def test_block_page_says_why(self):
        answer = self.d.get(self.origin.url("/x", "x.a.test"), {"Accept": "text/html"})
        self.assertEqual(answer.status, 403)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/html"))
        for text in ("Social &lt;networks&gt;", "Talk to &lt;b&gt;IT&lt;/b&gt;.", answer.headers["X-Sluice-Request"]):
            self.assertIn(text, answer.text)
        self.assertNotIn("<networks>", answer.text)
        self.assertIn("sluice", answer.headers["Proxy-Status"])

    def test_block_answer_follows_accept(self):
        answer = self.d.get(self.origin.url("/", "a.test"), {"Accept": "application/json"})
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual((answer.json["status"], answer.json["rule"]), (403, "social"))
        self.assertEqual(answer.json["categories"], ["social"])
        answer = self.d.get(self.origin.url("/", "a.test"), {"Accept": "text/plain"})
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        answer = self.d.get(self.origin.url("/", "a.test"), method="HEAD")
        self.assertEqual((answer.status, answer.body), (403, b""))

    def test_exception_takes_out(self):
        self.assertEqual(self.status(self.origin.url("/", "ok.a.test")), 200)

    def test_regex_and_prefix_block_one_path_and_not_its_sibling(self):
        for path, status in (("/secret", 403), ("/secret/x", 403), ("/secrets", 200), ("/private-12", 403), ("/private-x", 200),
                             ("/%73ecret", 403), ("/x/../secret", 403), ("//secret", 403), ("/secret?x", 403)):
            with self.subTest(path):
                self.assertEqual(self.status(self.origin.url(path)), status)

    def test_spelling_does_not_get_around(self):
        for host in ("A.TEST", "a.test.", "x.A.test", "%61.test"):
            with self.subTest(host):
                answer = self.d.raw(b"GET http://%s:%d/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (host.encode(), self.origin.port))
                self.assertIn(b" 403 ", answer.split(b"\r\n")[0])

    def test_method_and_extension(self):
        self.assertEqual(self.status(self.origin.url("/"), method="DELETE"), 403)
        self.assertEqual(self.status(self.origin.url("/x.GIF?y")), 403)
        self.assertEqual(self.status(self.origin.url("/x.gif.txt")), 200)

    def test_address_rule_judges_the_resolved_address(self):
        answer = self.d.get(self.origin.url("/", "six.test"))
        self.assertEqual((answer.status, self.record_of(answer)["rule"]), (403, "no-loopback6"))

    def test_report_only_counts_and_goes_on(self):
        self.assertEqual(self.status(self.origin.url("/report-me")), 200)
        record = self.d.audit(1, q="/report-me")[0]
        self.assertEqual((record["action"], record["rule"], record["report_only"]), ("allow", None, ["watch"]))

    def test_warning_can_be_continued(self):
        url = self.origin.url("/page?a=1", "b.test")
        answer = self.d.get(url, {"Accept": "application/json"})
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.record_of(answer)["action"], "warn")
        link = answer.json["continue"]
        self.assertTrue(link.startswith("http://sluice.internal/continue?"), link)
        onward = self.d.get(link)
        self.assertIn(onward.status, (302, 303, 307))
        self.assertEqual(onward.headers["Location"], url)
        self.assertEqual(self.status(url), 200)
        self.assertEqual(self.status(self.origin.url("/other", "b.test")), 200)
        record = self.d.audit(1, q="/page", status=200)[0]
        self.assertEqual((record["action"], record["rule"], record["reason"]), ("allow", "think", "continued"))

    def test_forged_continue_links_do_nothing(self):
        url = self.origin.url("/", "b.test")
        link = self.d.get(self.origin.url("/", "b.test"), {"Accept": "application/json"})
        if link.status == 200:
            self.skipTest("accepted by the test before")
        self.assertEqual(self.d.get(link.json["continue"][:-2] + "xx").status, 403)
        self.assertEqual(self.d.get("http://sluice.internal/continue?url=" + urllib.parse.quote(url)).status // 100, 4)

    def test_explain_says_the_same_as_the_proxy(self):
        urls = [self.origin.url(path, host) for host in ("origin.test", "a.test", "ok.a.test", "x.a.test", "c.test")
                for path in ("/", "/secret", "/secrets", "/private-7", "/x.gif", "/a/b?c=d")]
        lines = self.d.run("explain", "--batch", "--client", "127.0.0.1", stdin="\n".join(urls) + "\n").stdout.splitlines()
        self.assertEqual(len(lines), len(urls))
        for url, line in zip(urls, map(json.loads, lines)):
            with self.subTest(url):
                answer = self.d.get(url)
                self.assertEqual(line["action"], "block" if answer.status == 403 else "allow", line)
                if answer.status == 403:
                    self.assertEqual(line["rule"], self.record_of(answer)["rule"])

    def test_explain_exit_status_and_trace(self):
        done = self.d.run("explain", "http://a.test/", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("social", done.stdout)
        done = self.d.run("explain", "http://c.test/", check=False)
        self.assertEqual(done.returncode, 0)
        trace = self.d.explain("http://c.test/")["trace"]
        self.assertTrue(any(step.get("id") == "social" and step["result"] == "not-matched" for step in trace), trace)


class Lists(Case):
    """Category lists as administrators get them: a UT1 tarball, a folder, plain and hosts files."""

    def setUp(self):
        self.folder = self.d.dir + "/lists-" + self._testMethodName
        os.makedirs(self.folder)

    def block(self, *lists):
        self.d.apply({"schema": 1, "default": {"then": "allow"}, "categories": {"bad": {"title": "Bad", "lists": list(lists)}},
                      "rules": [{"id": "bad", "if": {"category": ["bad"]}, "then": "block"}]})

    def tearDown(self):
        self.d.apply(ALLOW_ALL)

    def tarball(self, name, files):
        path = f"{self.folder}/{name}"
        with tarfile.open(path, "w:gz") as tar:
            for member, text in files.items():
                info = tarfile.TarInfo(member)
                if text.startswith("->"):
                    info.type, info.linkname = tarfile.SYMTYPE, text[2:]
                    tar.addfile(info)
                    continue
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
        return path

    def test_ut1_tarball(self):
        path = self.tarball("blacklists.tar.gz", {
            "blacklists/gambling/domains": "blocked.test\nbet.example\n", "blacklists/gambling/urls": "origin.test/casino\n",
            "blacklists/gambling/expressions": "origin\\.test(:[0-9]+)?/poker[0-9]\n", "blacklists/other/domains": "c.test\n",
            "blacklists/alias": "->gambling", "blacklists/evil": "->../../../etc", "blacklists/global_usage": "NAME: x\n"})
        shown = self.d.json("lists", "add", "ut1", "--file", path)
        names = [part["name"] for part in shown["parts"]]
        self.assertIn("ut1/gambling", names)
        self.assertIn("ut1/other", names)
        self.assertNotIn("ut1/evil", names)
        self.block("ut1/gambling")
        for url, status in ((self.origin.url("/", "sub.blocked.test"), 403), (self.origin.url("/casino/x"), 403),
                            (self.origin.url("/casinos"), 200), (self.origin.url("/poker1"), 403), (self.origin.url("/", "c.test"), 200)):
            with self.subTest(url):
                self.assertEqual(self.d.get(url).status, status)
        answer = self.d.get(self.origin.url("/", "blocked.test"), {"Accept": "text/html"})
        self.assertIn("Bad", answer.text)
        self.assertNotEqual(self.d.run("lists", "remove", "ut1", check=False).returncode, 0)
        self.d.apply(ALLOW_ALL)
        self.d.run("lists", "remove", "ut1")
        self.assertEqual(self.d.get(self.origin.url("/", "blocked.test")).status, 200)

    def test_bad_new_copy_is_refused_and_the_old_one_stays(self):
        path = self.folder + "/plain.txt"
        with open(path, "w") as f:
            f.write("# mine\nblocked.test\n" + "".join(f"h{i}.example\n" for i in range(500)))
        self.d.run("lists", "add", "plain", "--file", path)
        self.block("plain")
        self.assertEqual(self.d.get(self.origin.url("/", "sub.blocked.test")).status, 403)
        for bad in ("", "<html><body>404 not found, sorry</body></html>\n" * 50, "\0\1\2" * 1000, "only-one.example\n"):
            with open(path, "w") as f:
                f.write(bad)
            self.assertNotEqual(self.d.run("lists", "update", "plain", check=False).returncode, 0, bad[:30])
            self.assertEqual(self.d.get(self.origin.url("/", "sub.blocked.test")).status, 403)
        shown = self.d.json("lists", "show", "plain")
        self.assertEqual((shown["state"], shown["entries"]), ("held", 501))

    def test_updated_list_is_in_force_at_once(self):
        path = self.folder + "/hosts"
        with open(path, "w") as f:
            f.write("127.0.0.1 localhost\n0.0.0.0 blocked.test # exact\n")
        self.d.run("lists", "add", "exact", "--file", path, "--category", "mine")
        policy = self.d.json("policy", "show")
        self.assertIn("exact", policy["categories"]["mine"]["lists"])
        policy["rules"] = [{"id": "mine", "if": {"category": ["mine"]}, "then": "block"}]
        self.d.apply(policy)
        self.assertEqual(self.d.get(self.origin.url("/", "blocked.test")).status, 403)
        self.assertEqual(self.d.get(self.origin.url("/", "sub.blocked.test")).status, 200)
        with open(path, "w") as f:
            f.write("0.0.0.0 c.test\n")
        self.d.run("lists", "update", "exact")
        self.assertEqual(self.d.get(self.origin.url("/", "c.test")).status, 403)
        self.assertEqual(self.d.get(self.origin.url("/", "blocked.test")).status, 200)

    def test_list_by_url(self):
        def feed(s, head, path):
            text = b"blocked.test\nfeed.example\n"
            s.sendall(b"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
            return True

        from integration.support import Origin
        origin = Origin(feed)
        try:
            self.d.run("lists", "add", "feed", "--url", f"http://127.0.0.1:{origin.port}/list.txt", "--every", "24h")
            self.block("feed")
            self.assertEqual(self.d.get(self.origin.url("/", "blocked.test")).status, 403)
        finally:
            origin.close()
        self.assertNotEqual(self.d.run("lists", "update", "feed", check=False).returncode, 0)
        self.assertEqual(self.d.get(self.origin.url("/", "blocked.test")).status, 403)

    def test_lists_survive_a_restart(self):
        path = self.folder + "/plain.txt"
        with open(path, "w") as f:
            f.write("blocked.test\nx.example\n")
        self.d.run("lists", "add", "lasting", "--file", path)
        self.block("lasting")
        os.remove(path)
        self.d.stop()
        self.d.start()
        self.assertEqual(self.d.get(self.origin.url("/", "blocked.test")).status, 403)


class Change(Case):
    def rule(self, then):
        return {"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "r", "if": {"host": ["a.test"]}, "then": then}]}

    @classmethod
    def handler(cls):
        def slow(s, head, path):
            if path != "/slow":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                return True
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            for _ in range(10):
                s.sendall(b"x")
                cls.step.wait(10)
            return True
        cls.step = threading.Event()
        return slow

    def test_next_request_obeys_and_another_hosts_download_is_not_disturbed(self):
        self.d.apply(self.rule("allow"))
        with self.d.connect() as download, self.d.connect() as kept:
            download.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/slow", "b.test").encode())
            self.assertIn(b" 200 ", read_head(download))
            ask = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/", "a.test").encode()
            kept.sendall(ask)
            self.assertIn(b" 200 ", read_head(kept))
            read_exactly(kept, 2)
            self.d.apply(self.rule("block"))
            kept.sendall(ask)
            self.assertIn(b" 403 ", read_head(kept))
            self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 403)
            self.step.set()
            self.assertEqual(read_exactly(download, 10), b"x" * 10)
        slow = wait_for(lambda: self.d.audit(q="/slow"), "the record of the download")[0]
        self.assertEqual((slow["action"], slow["error"]), ("allow", None))

    def test_bad_policy_is_refused_whole(self):
        self.d.apply(self.rule("block"))
        before = self.d.json("policy", "history")
        bad = self.rule("allow")
        bad["rules"].append({"id": "r", "if": {"category": ["nowhere"], "colour": ["red"]}, "then": "explode"})
        done = self.d.apply(bad, check=False)
        self.assertEqual(done.returncode, 1)
        for pointer in ("/rules/1/if/category/0", "/rules/1/if/colour", "/rules/1/then", "/rules/1/id"):
            self.assertIn(pointer, done.stderr)
        self.assertEqual(self.d.json("policy", "history"), before)
        self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 403)

    def test_failing_policy_test_refuses_the_document(self):
        policy = {**self.rule("block"), "tests": [{"url": "http://a.test/", "expect": "allow"}]}
        done = self.d.apply(policy, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected allow", done.stderr)
        self.assertIn("block", done.stderr)

    def test_history_diff_and_rollback(self):
        self.d.apply(self.rule("allow"))
        first = self.d.json("policy", "history")[0]["version"]
        self.d.run("policy", "apply", "-", "--comment", "now strict", stdin=json.dumps(self.rule("block")))
        newest = self.d.json("policy", "history")[0]
        self.assertEqual(newest["comment"], "now strict")
        changes = self.d.json("policy", "diff", str(first), str(newest["version"]))
        self.assertTrue(any(c["op"] == "change" and "/rules/r" in c["path"] for c in changes), changes)
        self.d.run("policy", "rollback", str(first))
        self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 200)
        self.assertGreater(self.d.json("policy", "history")[0]["version"], newest["version"])

    def test_hundred_versions_under_load_drop_nothing(self):
        """Each version decides either way for its two hosts; a request judged by half a version would see both refused or both allowed."""
        def version(n):
            yes, no = ("b.test", "c.test") if n % 2 else ("c.test", "b.test")
            return {"schema": 1, "default": {"then": "allow"}, "rules": [
                {"id": f"v{n}", "title": f"version {n}", "if": {"host": [no]}, "then": "block"},
                {"id": "yes", "if": {"host": [yes]}, "then": "allow"}]}

        self.d.apply(version(0))
        faults, answered, stop = [], [0], threading.Event()

        def client(host):
            try:
                with self.d.connect() as s:
                    while not stop.is_set():
                        s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/", host).encode())
                        head = read_head(s)
                        status = head.split(b" ", 2)[1] if head else b""
                        if status not in (b"200", b"403"):
                            faults.append(head)
                            return
                        read_exactly(s, int(field(head, "content-length")))
                        answered[0] += 1
            except OSError as e:
                faults.append(repr(e))

        threads = [threading.Thread(target=client, args=(host,)) for host in ("b.test", "c.test") * 4]
        for t in threads:
            t.start()
        for n in range(1, 101):
            self.d.api("/health") if n % 20 == 0 else None
            answer = self.apply_by_api(version(n))
            self.assertEqual(answer.status, 200, answer.text)
        stop.set()
        for t in threads:
            t.join()
        self.assertEqual(faults, [])
        self.assertGreater(answered[0], 100, "no load was there while versions changed")
        wait_for(lambda: len([r for r in self.d.audit() if r["host"] in ("b.test", "c.test")]) >= min(answered[0], 9000), "records")
        versions = {item["version"]: item for item in self.d.json("policy", "history", "--limit", "1000")}
        for r in self.d.audit():
            if r["host"] not in ("b.test", "c.test") or r["rule"] is None:
                continue
            self.assertIn(r["policy_version"], versions)
            if r["action"] == "block":
                n = int(r["rule"][1:])
                self.assertEqual(r["host"], "c.test" if n % 2 else "b.test", r)

    def apply_by_api(self, policy):
        if not hasattr(type(self), "token"):
            self.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long password\n")
            type(self).token = self.d.run("admin", "token", "root", "--role", "admin").stdout.strip()
        return self.d.api("/policy", "PUT", {"document": policy}, token=self.token)


class HeaderRules(Case):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "headers": [
        {"id": "tenant", "if": {"host": ["a.test"]}, "set": {"Restrict-Access-To-Tenants": "example.com", "X-Empty": ""},
         "remove": ["X-Secret", "cookie"]},
        {"id": "posts", "if": {"host": ["a.test"], "method": ["POST"]}, "set": {"restrict-access-to-tenants": "posts.example"}},
        {"id": "late", "if": {"host": ["b.test"]}, "unless": {"url": ["b.test/plain"]}, "set": {"X-One": "1"}},
        {"id": "later", "if": {"host": ["b.test"], "extension": ["none"]}, "remove": ["X-One"]}]}
    FIELDS = {"restrict-access-to-TENANTS": "evil.example", "x-secret": "s", "Cookie": "c=1", "X-Kept": "k"}

    def head_of(self, url, **kwargs):
        self.assertEqual(self.d.get(url, self.FIELDS, **kwargs).status, 200)
        return self.origin.head()

    def test_origin_sees_set_and_removed_fields(self):
        head = self.head_of(self.origin.url("/", "a.test"))
        self.assertEqual(head.lower().count("restrict-access-to-tenants:"), 1)
        self.assertEqual(field(head, "Restrict-Access-To-Tenants"), "example.com")
        self.assertEqual((field(head, "X-Empty"), field(head, "X-Secret"), field(head, "Cookie")), ("", None, None))
        self.assertEqual((field(head, "X-Kept"), field(head, "Host")), ("k", f"a.test:{self.origin.port}"))

    def test_other_hosts_are_untouched(self):
        head = self.head_of(self.origin.url("/", "c.test"))
        self.assertEqual((field(head, "Restrict-Access-To-Tenants"), field(head, "X-Secret"), field(head, "Cookie")), ("evil.example", "s", "c=1"))
        self.assertIsNone(field(head, "X-Empty"))

    def test_rules_apply_in_order(self):
        head = self.head_of(self.origin.url("/", "a.test"), method="POST", body=b"x")
        self.assertEqual(head.lower().count("restrict-access-to-tenants:"), 1)
        self.assertEqual(field(head, "Restrict-Access-To-Tenants"), "posts.example")
        self.assertEqual(field(head, "Content-Length"), "1")
        for path, value in (("/", "1"), ("/plain", None), ("/x.none", None)):
            with self.subTest(path):
                self.assertEqual(field(self.head_of(self.origin.url(path, "b.test")), "X-One"), value)

    def test_kept_connection_gets_each_request_its_own(self):
        with self.d.connect() as s:
            for host, value in (("a.test", "example.com"), ("c.test", None), ("a.test", "example.com")):
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/n/2", host).encode())
                self.assertIn(b" 200 ", read_head(s))
                read_exactly(s, 2)
                self.assertEqual(field(self.origin.head(), "Restrict-Access-To-Tenants"), value)

    def test_tunnel_is_left_alone(self):
        with self.d.connect() as s:
            s.sendall(b"CONNECT a.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.port)
            self.assertIn(b" 200 ", read_head(s))
            s.sendall(b"GET /n/2 HTTP/1.1\r\nHost: a.test\r\nX-Secret: s\r\n\r\n")
            self.assertIn(b" 200 ", read_head(s))
        self.assertEqual((field(self.origin.head(), "X-Secret"), field(self.origin.head(), "X-Empty")), ("s", None))

    def test_explain_shows_the_step(self):
        def steps(url):
            return {step["id"]: step["result"] for step in self.d.explain(url)["trace"] if step["step"] == "headers"}

        self.assertEqual(steps("http://a.test/"),
                         {"tenant": "matched", "posts": "not-matched", "late": "not-matched", "later": "not-matched"})
        self.assertEqual(steps("http://b.test/plain")["late"], "excepted")
        self.assertEqual(steps("https://a.test/")["tenant"], "matched")

    def test_bad_rules_are_refused_with_pointers(self):
        bad = {"schema": 1, "headers": [{"id": "h", "set": {"Host": "x", "a b": "x", "X-Split": "a\r\nB: c"},
                                         "remove": ["X-Fine", "Proxy-Authorization", "transfer-encoding"]}]}
        done = self.d.apply(bad, check=False)
        self.assertEqual(done.returncode, 1)
        for pointer in ("/headers/0/set/Host", "/headers/0/set/a b", "/headers/0/set/X-Split", "/headers/0/remove/1", "/headers/0/remove/2"):
            self.assertIn(pointer, done.stderr)
        self.assertNotIn("/headers/0/remove/0", done.stderr)


class Quotas(Case):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "timezone": "Europe/Berlin", "quotas": [
        {"id": "bytes", "title": "Daily bytes", "if": {"host": ["a.test"]}, "per": "client", "window": "day", "bytes": "3MiB", "then": "block"},
        {"id": "count", "if": {"host": ["b.test"]}, "per": "all", "window": "hour", "requests": 5, "then": "block"},
        {"id": "users", "if": {"host": ["c.test"]}, "per": "user", "window": "month", "requests": 2, "then": "block"}]}

    def test_requests_are_counted_and_the_page_says_when_it_resets(self):
        statuses = [self.d.get(self.origin.url("/", "b.test")).status for _ in range(7)]
        self.assertEqual(statuses, [200] * 5 + [403] * 2)
        answer = self.d.get(self.origin.url("/", "b.test"), {"Accept": "application/json"})
        self.assertEqual(answer.json["quota"], "count")
        self.assertRegex(json.dumps(answer.json), r"20\d\d-\d\d-\d\dT\d\d:00:00")
        record = self.record_of(answer)
        self.assertEqual((record["action"], record["quota"]), ("quota", "count"))
        explained = self.d.explain(self.origin.url("/", "b.test"), client="127.0.0.1")
        self.assertEqual(explained["action"], "quota")
        self.assertEqual(self.d.run("explain", self.origin.url("/", "b.test"), check=False).returncode, 1)

    def test_download_is_cut_in_the_middle_and_survives_kill(self):
        with self.d.connect() as s:
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.url("/n/50000000", "a.test").encode())
            self.assertIn(b" 200 ", read_head(s))
            got = len(read_exactly(s, 50000000))
        self.assertGreater(got, 2 << 20)
        self.assertLess(got, 6 << 20)
        self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 403)
        record = self.d.audit(1, q="/n/50000000")[0]
        self.assertEqual((record["action"], record["quota"]), ("quota", "bytes"))
        used = self.d.json("quota", "usage", "--quota", "bytes")[0]
        self.d.kill()
        self.d.start()
        again = self.d.json("quota", "usage", "--quota", "bytes")[0]
        self.assertGreaterEqual(again["bytes"], used["bytes"])
        self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 403)
        self.d.run("quota", "reset", "--quota", "bytes")
        self.assertEqual(self.d.get(self.origin.url("/", "a.test")).status, 200)

    def test_tunnel_is_cut_in_the_middle(self):
        self.d.run("quota", "reset", "--quota", "bytes")
        with self.d.connect() as s:
            s.sendall(b"CONNECT a.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.port)
            self.assertIn(b" 200 ", read_head(s))
            s.sendall(b"GET /n/50000000 HTTP/1.1\r\nHost: x\r\n\r\n")
            got = len(read_exactly(s, 50000000))
        self.assertLess(got, 6 << 20)
        self.d.run("quota", "reset", "--quota", "bytes")

    def test_idle_tunnel_is_cut_when_others_use_up_the_quota(self):
        self.d.run("quota", "reset", "--quota", "users")
        with self.d.connect() as s:
            s.sendall(b"CONNECT c.test:%d HTTP/1.1\r\nHost: x\r\n\r\n" % self.origin.port)
            self.assertIn(b" 200 ", read_head(s))
            self.assertEqual(self.d.get(self.origin.url("/", "c.test")).status, 200)
            self.assertEqual(read_exactly(s, 1), b"")
        record = next(r for r in self.d.audit(2, host="c.test") if r["method"] == "CONNECT")
        self.assertEqual((record["action"], record["quota"]), ("quota", "users"))

    def test_quota_page(self):
        answer = self.d.get("http://sluice.internal/quota", {"Accept": "text/html"})
        self.assertEqual(answer.status, 200)
        self.assertIn("Daily bytes", answer.text)


class QuotaStandings(Case):
    """What a quota says of itself to the people it concerns."""
    POLICY = {"schema": 1, "default": {"then": "allow"}, "timezone": "Asia/Tokyo", "groups": {"kids": ["kim"]}, "quotas": [
        {"id": "soon", "title": "Soon", "if": {"host": ["a.test"]}, "per": "client", "window": "day", "requests": 5, "warn_at": 80},
        {"id": "more", "title": "More", "if": {"host": ["b.test"]}, "per": "client", "window": {"rolling": "24h"}, "bytes": "1GiB",
         "requests": 2, "extension": {"requests": 1, "bytes": "1MiB", "times": 2}},
        {"id": "slow", "if": {"host": ["c.test"]}, "per": "all", "window": "week", "requests": 1, "then": {"throttle": "80kbit/s"}},
        {"id": "load", "if": {"host": ["other.test"]}, "per": "client", "window": "month", "bytes": "1GiB", "unless": {"user": ["nobody"]}},
        {"id": "kids", "if": {"group": ["kids"]}, "per": "user", "window": "day", "minutes": 60}]}

    def page(self, path="/quota", method="GET", accept="application/json"):
        return self.d.get("http://sluice.internal" + path, {"Accept": accept}, method=method)

    def row(self, quota):
        return next(q for q in self.page().json["quotas"] if q["id"] == quota)

    def test_soft_warning_comes_once(self):
        url = self.origin.url("/", "a.test")
        self.assertEqual([self.d.get(url).status for _ in range(4)], [200] * 4)
        part = self.d.get(url, {"Accept": "image/png,*/*", "Referer": "http://a.test/"})
        self.assertEqual(part.status, 200)
        self.d.run("quota", "reset", "--quota", "soon")
        for _ in range(4):
            self.d.get(url)
        page = self.d.get(url, {"Accept": "text/html"})
        self.assertEqual((page.status, "nearly used up" in page.text, f'href="{url}"' in page.text), (403, True, True))
        record = self.record_of(page)
        self.assertEqual((record["action"], record["reason"], record["quota"]), ("warn", "quota-warning", "soon"))
        self.assertEqual([self.d.get(url).status for _ in range(2)], [200, 403])

    def test_people_take_an_extension_themselves(self):
        url = self.origin.url("/", "b.test")
        self.assertEqual([self.d.get(url).status for _ in range(3)], [200, 200, 403])
        refused = self.d.get(url, {"Accept": "text/html"})
        self.assertIn("http://sluice.internal/quota", refused.text)
        self.assertNotIn("/quota/extend", refused.text)  # a script of b.test could read it here
        button = self.row("more")["extension"]["post"]
        self.assertEqual(self.page(button).status, 200)  # to look does nothing
        self.assertEqual(self.page(button + "x", "POST").status, 403)
        self.assertEqual([self.page(button, "POST").status for _ in range(2)], [303, 403])
        self.d.kill()
        self.d.start()
        row = self.row("more")
        self.assertEqual((row["extension"]["taken"], row["requests"], row["rolling_s"]), (1, {"used": 2, "limit": 3}, 86400))
        self.assertEqual([self.d.get(url).status for _ in range(2)], [200, 403])
        self.assertEqual(self.page(row["extension"]["post"], "POST").status, 303)
        self.assertNotIn("post", self.row("more")["extension"])
        usage = self.d.json("quota", "usage", "--quota", "more")[0]
        self.assertEqual((usage["extension"]["taken"], usage["limit"]["requests"], usage["window"]), (2, 4, {"rolling": "24h"}))
        reasons = [(r["reason"], r["quota"]) for r in self.d.audit(5, q="/quota/extend") if r["status"] == 303]
        self.assertEqual(reasons, [("extended", "more")] * 2)

    def test_kill_under_load_loses_no_finished_request(self):
        url, sizes, stop = self.origin.url("/n/3000", "other.test"), [], threading.Event()

        def load():
            while not stop.is_set():
                try:
                    sizes.append(len(self.d.get(url).body))
                except (OSError, http.client.HTTPException):
                    return

        threads = [threading.Thread(target=load) for _ in range(6)]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(sizes) > 150, "some load")
        self.d.kill()
        stop.set()
        for thread in threads:
            thread.join()
        self.d.start()
        rows = self.d.audit(len(sizes), host="other.test")
        moved = sum(r["bytes_in"] + r["bytes_out"] for r in rows)
        used = self.d.json("quota", "usage", "--quota", "load")[0]
        spare = len(threads)  # requests that were under way, neither recorded nor received whole
        self.assertEqual(set(sizes), {3000})
        self.assertLessEqual(len(sizes), len(rows))
        self.assertTrue(len(rows) <= used["requests"] <= len(rows) + spare, (len(rows), used))
        self.assertTrue(moved <= used["bytes"] <= moved + spare * 5000, (moved, used))

    def test_the_end_may_be_slow(self):
        url = self.origin.url("/", "c.test")
        self.assertEqual([self.d.get(url).status for _ in range(3)], [200] * 3)
        self.assertEqual((self.row("slow")["then"], self.row("slow")["percent"]), ("throttle", 300))

    def test_page_shows_what_concerns_the_client(self):
        ids = [q["id"] for q in self.page().json["quotas"]]
        self.assertEqual(ids, ["soon", "more", "slow", "load"])
        self.assertTrue(self.row("soon")["resets"].endswith("T00:00:00+09:00"))
        text = self.page(accept="text/html").text
        self.assertIn("(Asia/Tokyo)", text)


class Schedules(Case):
    POLICY = {"schema": 1, "default": {"then": "allow"},
              "schedules": {"night": {"timezone": "Europe/Berlin", "spans": [{"days": "mon-fri", "from": "22:00", "to": "06:00"}]}},
              "rules": [{"id": "night", "if": {"schedule": ["night"]}, "then": "block"}]}

    def test_span_over_midnight_in_its_zone(self):
        for at, action in (("2026-11-23T22:00:00+01:00", "block"), ("2026-11-24T05:59:59+01:00", "block"), ("2026-11-24T06:00:00+01:00", "allow"),
                           ("2026-11-28T05:00:00+01:00", "block"), ("2026-11-28T23:00:00+01:00", "allow"), ("2026-11-23T21:30:00Z", "block"),
                           ("2026-11-23T20:59:59Z", "allow")):
            with self.subTest(at):
                self.assertEqual(self.d.explain("http://x.test/", at=at)["action"], action)
