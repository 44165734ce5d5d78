"""What each operation of the admin API does and refuses, area by area: the requests that test_contract.py sends through the validating proxy.

A scenario asks with self.ask(expected status, method, path, body); it asserts little of its own, since the document says what an answer looks like
and tests/integration says what it means.
"""
import contextlib
import os
import sqlite3

from integration.authorities import authority
from integration.support import read_head, wait_for

RAW = "application/octet-stream"


class Scenarios:
    POLICY = {
        "schema": 1, "default": {"then": "allow"},
        "groups": {"staff": ["alice"]},
        "networks": {"here": ["127.0.0.0/8"]},
        "categories": {"social": {"title": "Social networks", "hosts": ["blocked.test"]}},
        "rules": [{"id": "social", "title": "No social networks", "if": {"category": ["social"]}, "then": "block"}],
        "quotas": [{"id": "daily", "title": "A day's worth", "if": {"host": ["origin.test"]}, "requests": 1000, "per": "client", "window": "day"},
                   {"id": "rolling", "if": {"host": ["origin.test"]}, "bytes": "1GiB", "per": "client", "window": {"rolling": "24h"},
                    "extension": {"bytes": "1MiB", "times": 2}, "then": {"throttle": "1Mbit/s"}}],
        "tests": [{"url": "http://blocked.test/", "expect": "block"}],
    }

    def ok(self, path, **kwargs):
        return self.ask(200, "GET", path, **kwargs)[0]

    def test_3_system(self):
        self.ok("/health", role="none")
        self.ok("/openapi.json", role="none")
        self.ok("/metrics", role="viewer")
        self.ok("/status", role="viewer")
        self.ok("/proxy.pac", role="none")
        self.ok("/wpad.dat", role="none")

    # -- certificate authorities --
    def test_3_authorities(self):
        self.assertEqual(self.ok("/ca", role="viewer")["items"], [])
        for path in "/ca.pem", "/ca.crt", "/ca.der":
            self.ask(404, "GET", path, role="none", valid=True)
        self.ask(409, "POST", "/ca/rotate", {"sign_at": "now"}, valid=True)
        self.ask(404, "POST", "/ca/back", valid=True)
        self.ask(404, "DELETE", "/ca/next", valid=True)
        first = self.ask(201, "POST", "/ca", {"organisation": "Example Ltd", "permitted": ["test"], "excluded": ["bank.test"], "days": 900})[0]
        self.ask(409, "POST", "/ca", {}, valid=True)
        second = self.ask(201, "POST", "/ca/rotate", {"sign_at": "14d"})[0]
        self.assertEqual((second["state"], second["permitted"]), ("next", ["test"]))
        items = self.ok("/ca", role="viewer")["items"]
        self.assertEqual([(a["id"], a["state"]) for a in items], [(first["id"], "current"), (second["id"], "next")])
        self.assertEqual(self.ok("/ca.pem", role="none").decode(), first["pem"] + second["pem"])
        self.assertEqual(self.ok(f"/ca.pem?id={second['id']}", role="none").decode(), second["pem"])
        for path in "/ca.crt", "/ca.der":
            self.ok(path, role="none")
        self.ask(400, "POST", "/ca/rotate", {"sign_at": "some day"}, valid=True)
        self.ask(409, "POST", "/ca/rotate", {}, valid=True)
        self.ask(200, "POST", "/ca/rotate", {"sign_at": "now"})
        self.ask(200, "POST", "/ca/back")
        self.ask(409, "POST", "/ca/back", valid=True)
        self.ask(204, "DELETE", "/ca/next")
        self.ask(422, "POST", "/ca/import", {"pem": first["pem"]}, valid=True)
        self.ask(403, "POST", "/ca/import", {"pem": first["pem"], "key_uri": "file:/etc/passwd"}, valid=True)
        own = authority("/CN=Own")
        self.assertEqual(self.ask(201, "POST", "/ca/import", {"pem": own, "sign_at": "2d"})[0]["subject"], "CN=Own")
        self.ask(409, "POST", "/ca/import", {"pem": own}, valid=True)

    # -- policy --
    def test_3_policy(self):
        active = self.ok("/policy", role="viewer")
        self.ok("/policy/schema")
        document = {**active["document"], "rules": [*active["document"].get("rules", []), {"id": "extra", "if": {"host": ["extra.test"]}, "then": "block"}]}
        answer, fields = self.ask(200, "PUT", "/policy", {"document": document, "comment": "one more rule"}, headers={"If-Match": f'"{active["version"]}"'})
        self.assertEqual(fields["ETag"], f'"{answer["version"]}"')
        self.ask(412, "PUT", "/policy", {"document": active["document"]}, headers={"If-Match": f'"{active["version"]}"'}, valid=True)
        self.ask(422, "PUT", "/policy", {"document": {"schema": 1, "rules": [{"id": "x"}]}})
        versions = self.ok("/policy/versions?limit=1", role="viewer")
        self.ok(f"/policy/versions?limit=1&cursor={versions['cursor']}")
        self.ok(f"/policy/versions/{answer['version']}", role="viewer")
        self.ask(404, "GET", "/policy/versions/9999", valid=True)
        self.ask(200, "POST", "/policy/validate", document, role="viewer")
        self.ask(200, "POST", "/policy/validate", {"schema": 1, "rules": [{"id": "x"}]}, role="viewer", valid=False)
        self.ask(200, "POST", "/policy/test", document, role="viewer")
        self.ask(200, "POST", "/policy/lint", document, role="viewer")
        self.ask(422, "POST", "/policy/lint", {"schema": 1, "rules": [{"id": "x"}]}, valid=False)
        self.ok("/policy/usage", role="viewer")
        self.ok("/inspection/catalogue", role="viewer")
        headers = [{"id": "live", "use": "microsoft-consumer"}, {"id": "own", "if": {"host": ["search.test"]}, "query": {"vm": "r"}, "resolve_as": "safe.test"},
                   {"id": "everywhere", "set": {"A": "1"}}]
        self.ask(200, "POST", "/policy/headers/test", {"policy": {**document, "headers": headers}}, role="viewer")
        self.ask(200, "POST", "/policy/headers/test", {})
        self.ask(404, "POST", "/policy/headers/test", {"policy": {**document, "headers": headers}, "rule": "nobody"}, valid=True)
        self.ask(422, "POST", "/policy/headers/test", {"policy": {"schema": 1, "headers": [{"id": "x", "use": "nobody"}]}}, valid=True)
        self.ask(200, "POST", "/policy/diff", {"before": {"version": active["version"]}, "after": {"document": document}}, role="viewer")
        self.ask(404, "POST", "/policy/diff", {"before": {"version": 9999}, "after": {"version": 9998}}, valid=True)
        self.ask(404, "POST", "/policy/rollback", {"version": 9999}, valid=True)
        self.ask(200, "POST", "/policy/rollback", {"version": active["version"], "comment": "not needed after all"})
        answer = self.ask(200, "PUT", "/policy", {"document": document, "confirm_within": "5m"})[0]
        self.assertEqual(self.ok("/policy", role="viewer")["confirm"]["version"], answer["version"])
        self.ask(409, "POST", "/policy/confirm", {"version": 1}, valid=True)
        self.ask(200, "POST", "/policy/confirm", {"version": answer["version"], "comment": "works"})
        self.ask(200, "PUT", "/policy", {"document": active["document"]})
        # A version whose list is gone can't come back.
        self.job("POST", "/lists/gone/upload?category=gone", b"gone.test\n", kind=RAW)
        with_list = self.ok("/policy")["version"]
        self.ask(200, "PUT", "/policy", {"document": active["document"]})
        self.ask(204, "DELETE", "/lists/gone")
        self.ask(422, "POST", "/policy/rollback", {"version": with_list}, valid=True)

    def test_3_inspection(self):
        self.ok("/inspection", role="viewer")
        self.ok("/inspection?from=-7d&to=now", role="auditor")
        self.ask(400, "GET", "/inspection?from=yesterday", valid=True)
        self.ask(404, "GET", "/inspection/hosts/sound.test", role="auditor", valid=True)

    def test_3_draft(self):
        etag = self.ok("/policy/draft", role="viewer")["etag"]
        self.ask(404, "DELETE", "/policy/draft", headers={"If-Match": "*"}, valid=True)
        rule = {"id": "news", "title": "No news", "if": {"host": ["news.test"]}, "then": "block"}
        self.ask(428, "POST", "/policy/draft/rules", rule, valid=False)
        answer, fields = self.ask(201, "POST", "/policy/draft/rules?before=social", rule, role="operator", headers={"If-Match": etag})
        self.assertEqual((fields["Location"], fields["ETag"]), ("/api/v1/policy/draft/rules/news", answer["etag"]))
        self.ask(412, "POST", "/policy/draft/rules", {**rule, "id": "other"}, headers={"If-Match": etag}, valid=True)
        any_etag = {"If-Match": "*"}
        self.ask(409, "POST", "/policy/draft/rules", rule, headers=any_etag, valid=True)
        self.ask(422, "POST", "/policy/draft/rules", {"id": "bad", "then": "explode"}, headers=any_etag)
        self.ask(404, "POST", "/policy/draft/nonsense", rule, headers=any_etag)
        self.ok("/policy/draft/rules", role="viewer")
        self.ask(404, "GET", "/policy/draft/nonsense")
        self.ok("/policy/draft/rules/news", role="viewer")
        self.ask(404, "GET", "/policy/draft/rules/none", valid=True)
        self.ask(200, "PUT", "/policy/draft/rules/news", {**rule, "then": "warn"}, role="operator", headers=any_etag)
        self.ask(404, "PUT", "/policy/draft/rules/none", {**rule, "id": "none"}, headers=any_etag, valid=True)
        self.ask(412, "PUT", "/policy/draft/rules/news", rule, headers={"If-Match": etag}, valid=True)
        self.ask(422, "PUT", "/policy/draft/rules/news", {**rule, "then": "explode"}, headers=any_etag, valid=True)
        self.ask(428, "PUT", "/policy/draft/rules/news", rule, valid=False)
        move = "/policy/draft/rules/news/move"
        self.ask(200, "POST", move, {"to": "bottom"}, role="operator", headers=any_etag)
        self.ask(404, "POST", "/policy/draft/rules/none/move", {"to": "top"}, headers=any_etag, valid=True)
        self.ask(409, "POST", "/policy/draft/groups/staff/move", {"to": "top"}, headers=any_etag, valid=True)
        self.ask(412, "POST", move, {"to": "top"}, headers={"If-Match": etag}, valid=True)
        self.ask(428, "POST", move, {"to": "top"}, valid=False)
        self.ask(412, "DELETE", "/policy/draft/rules/news", headers={"If-Match": etag}, valid=True)
        self.ask(428, "DELETE", "/policy/draft/rules/news", valid=False)
        self.ask(404, "DELETE", "/policy/draft/rules/none", headers=any_etag, valid=True)
        self.ask(200, "DELETE", "/policy/draft/rules/news", role="operator", headers=any_etag)
        # What the document holds inside "inspection" is edited like the rest.
        self.ask(201, "POST", "/policy/draft/inspection-rules", {"id": "bank", "if": {"host": ["bank.test"]}, "then": "tunnel"}, headers=any_etag)
        self.ask(200, "POST", "/policy/draft/inspection-rules/bank/move", {"to": "top"}, headers=any_etag)
        self.ask(422, "PUT", "/policy/draft/inspection-rules/bank", {"then": "block"}, headers=any_etag)
        self.ask(200, "DELETE", "/policy/draft/inspection-rules/bank", headers=any_etag)
        # A document may be kept that is not a policy yet; then its parts can't be edited one by one.
        self.ask(200, "PUT", "/policy/draft", {"schema": 1, "rules": 7}, role="operator", headers=any_etag)
        self.ask(409, "GET", "/policy/draft/rules", valid=True)
        self.ask(409, "GET", "/policy/draft/rules/news", valid=True)
        self.ask(409, "PUT", "/policy/draft/rules/news", rule, headers=any_etag, valid=True)
        self.ask(409, "DELETE", "/policy/draft/rules/news", headers=any_etag, valid=True)
        self.ask(412, "PUT", "/policy/draft", {"schema": 1}, headers={"If-Match": etag}, valid=True)
        self.ask(428, "PUT", "/policy/draft", {"schema": 1}, valid=False)
        self.ask(412, "DELETE", "/policy/draft", headers={"If-Match": etag}, valid=True)
        self.ask(428, "DELETE", "/policy/draft", valid=False)
        for verb in ("approve", "reject"):
            self.ask(404, "POST", "/policy/draft/" + verb, {"comment": "nobody asked"}, headers=any_etag, valid=True)
            self.ask(412, "POST", "/policy/draft/" + verb, {}, headers={"If-Match": etag}, valid=True)
            self.ask(428, "POST", "/policy/draft/" + verb, {}, valid=True)
        self.ask(204, "DELETE", "/policy/draft", role="operator", headers=any_etag)

    def test_3_explanations(self):
        self.ask(200, "POST", "/explain", {"url": "http://blocked.test/", "user": "alice"}, role="viewer")
        self.ask(200, "POST", "/explain", {"url": "https://blocked.test/", "fault": ["expired", "wrong-name"]})
        self.ask(400, "POST", "/explain", {"url": "https://blocked.test/", "fault": ["old"]}, valid=True)
        self.ask(422, "POST", "/explain", {"url": "http://blocked.test/", "policy": {"schema": 1, "rules": [{"id": "x"}]}})
        self.ok("/categories/lookup?host=blocked.test", role="viewer")
        self.ask(200, "POST", "/policy/regex", {"pattern": "/cart/[0-9]+$", "samples": ["shop.test/cart/7"]}, role="viewer")
        self.ask(200, "POST", "/policy/regex", {"pattern": "("}, role="viewer")

    def test_3_regex(self):
        self.ask(200, "POST", "/policy/regex", {"pattern": "/cart/[0-9]+$", "samples": ["shop.test/cart/7", "no url"]}, role="viewer")
        self.ask(200, "POST", "/policy/regex", {"pattern": "/cart", "samples": []}, role="auditor")
        self.ask(200, "POST", "/policy/regex", {"pattern": "a(b"}, role="viewer")
        self.ok("/policy/regexes?limit=10", role="viewer")

    # -- traffic --
    def test_3_requests(self):
        for path in ("/", "/n/10"):
            self.d.get(self.origin.url(path))
        self.d.get("http://blocked.test/")
        page = wait_for(lambda: (lambda p: p if len(p["items"]) >= 3 else None)(self.ok("/requests?limit=3", role="auditor")), "the log")
        self.ok("/requests?action=block&host=blocked.test&from=-1h&to=now&order=oldest")
        self.ok(f"/requests/{page['items'][0]['id']}", role="auditor")
        self.ask(404, "GET", "/requests/0000000000001", valid=True)
        self.ok("/requests/export?format=csv", role="auditor")
        self.ok("/requests/export?format=ndjson&action=allow")

    def test_3_publish(self):
        any_etag = {"If-Match": "*"}
        self.ask(404, "POST", "/policy/draft/commit", {"comment": "nothing"}, headers=any_etag, valid=True)
        self.ask(404, "POST", "/policy/draft/rebase", headers=any_etag, valid=True)
        rule = {"id": "pub", "if": {"host": ["pub.test"]}, "then": "block"}
        etag = self.ask(201, "POST", "/policy/draft/rules", rule, headers=any_etag)[0]["etag"]
        self.ask(428, "POST", "/policy/draft/commit", {"comment": "why"}, valid=False)
        self.ask(412, "POST", "/policy/draft/commit", {"comment": "why"}, headers={"If-Match": '"v0.1"'}, valid=True)
        self.ask(428, "POST", "/policy/draft/rebase", valid=False)
        self.ask(412, "POST", "/policy/draft/rebase", headers={"If-Match": '"v0.1"'}, valid=True)
        self.ask(200, "POST", "/policy/draft/validate", role="viewer")
        self.ask(200, "POST", "/policy/diff", {"before": {"version": 1}, "after": {"draft": True}})
        self.ask(200, "POST", "/explain", {"url": "http://pub.test/", "draft": True})
        # Somebody else publishes meanwhile: a change that goes together with ours, then one that does not.
        active = self.ok("/policy")["document"]
        self.ask(200, "PUT", "/policy", {"document": {**active, "networks": {**active["networks"], "lab": ["10.1.0.0/16"]}}})
        self.ask(409, "POST", "/policy/draft/commit", {"comment": "why"}, headers={"If-Match": etag}, valid=True)
        self.ask(200, "POST", "/policy/draft/rebase", role="operator", headers=any_etag)
        active = self.ok("/policy")["document"]
        self.ask(200, "PUT", "/policy", {"document": {**active, "rules": [*active["rules"], {**rule, "then": "warn"}]}})
        self.ask(409, "POST", "/policy/draft/rebase", headers=any_etag, valid=True)
        self.ask(204, "DELETE", "/policy/draft", headers=any_etag)
        self.ask(200, "PUT", "/policy", {"document": active})
        self.ask(201, "POST", "/policy/draft/rules", {"id": "bad", "if": {"host": ["bad.test"]}, "then": "block"}, headers=any_etag)
        self.ask(200, "PUT", "/policy/draft", {**active, "rules": [{"id": "x"}]}, headers=any_etag)
        self.ask(422, "POST", "/policy/draft/commit", {"comment": "why"}, headers=any_etag, valid=True)
        self.ask(200, "PUT", "/policy/draft", {**active, "rules": [*active["rules"], rule]}, headers=any_etag)
        self.ask(200, "POST", "/policy/draft/commit", {"comment": "pub.test is closed"}, headers=any_etag)

    def test_3_figures(self):
        self.d.get(self.origin.url("/figures"))
        self.ok("/requests/histogram?from=-1h&to=now&action=allow", role="auditor")
        self.ok("/requests/suggest?field=host&q=or", role="auditor")
        self.ok("/stats/summary?from=-1h", role="viewer")
        self.ok("/stats/series?by=action&metric=requests&from=-1h", role="viewer")
        self.ok("/stats/top?dim=category&by=requests&from=-1h&limit=5", role="viewer")
        self.ok("/stats/top?dim=tls_fault&by=requests&from=-1h&inspected=true", role="viewer")
        self.ok("/requests?tls_fault=@none&tls_version!=TLSv1.2&limit=1", role="auditor")
        self.ask(400, "GET", "/requests?inspected=perhaps", valid=False)

    def test_3_quotas(self):
        self.d.get(self.origin.url("/"))
        used = wait_for(lambda: self.ok("/quotas/usage", role="auditor")["items"], "usage")
        self.ok(f"/quotas/usage?quota=daily&subject={used[0]['subject']}")
        self.ask(200, "POST", "/quotas/usage/reset", {"quota": "daily"}, role="operator")
        self.assertEqual(self.ok("/changes?action=quota.reset&limit=1")["items"][0]["subject"], "daily")

    def test_3_learned(self):
        # How hosts get in is shown by tests/integration/test_learned.py; this one is put there.
        self.assertEqual(self.ok("/inspection/learned", role="auditor")["items"], [])
        with contextlib.closing(sqlite3.connect(self.d.state + "/state.db", timeout=20)) as db, db:
            db.execute("INSERT INTO learned_hosts VALUES ('app.test', 'pinned', 'proposed', 9, 3, 1795000000000000, 1795000001000000, 0, '', 0, '')")
        self.ask(204, "PUT", "/inspection/learned/app.test", {"state": "active", "until": "2099-01-31T00:00:00Z"}, role="operator")
        self.assertEqual(self.ok("/inspection/learned", role="auditor")["items"][0]["until"], "2099-01-31T00:00:00.000Z")
        self.ask(204, "DELETE", "/inspection/learned/app.test", role="operator")
        self.ask(404, "PUT", "/inspection/learned/pinned.test", {"state": "active", "until": None}, role="operator")
        self.ask(400, "PUT", "/inspection/learned/pinned.test", {"state": "perhaps"}, valid=False)
        self.ask(404, "DELETE", "/inspection/learned/pinned.test", role="operator")

    # -- lists and jobs --
    def job(self, method, path, body, state="done", **kwargs):
        answer, fields = self.ask(202, method, path, body, **kwargs)
        self.assertEqual(fields["Location"], "/api/v1/jobs/" + answer["job"])
        return self.ended(answer["job"], state)

    def ended(self, job, state="done"):
        found = wait_for(lambda: (lambda j: j if j["state"] != "running" else None)(self.ok("/jobs/" + job, role="viewer")), "the job", 60)
        self.assertEqual(found["state"], state, found["error"])
        return found

    def file(self, name, text):
        path = os.path.join(self.d.dir, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def test_3_lists(self):
        one, two = self.file("one.txt", "one.test\nfoo..bar\n"), self.file("two.txt", "two.test\n")
        self.job("POST", "/lists", {"name": "mine", "path": one, "category": "mine"})
        self.ask(409, "POST", "/lists", {"name": "mine", "path": one}, valid=True)
        self.ask(404, "POST", "/lists", {"name": "other", "path": one + ".not"}, valid=True)
        self.ok("/lists", role="viewer")
        self.ok("/lists/mine", role="viewer")
        self.job("PUT", "/lists/mine", {"path": two})
        self.job("POST", "/lists/mine/update", None, role="operator")
        self.job("POST", "/lists/mine/upload?file=mine.txt", b"three.test\n", kind=RAW)
        self.job("POST", "/lists/mine/upload", b"\x00" * 999, kind=RAW, state="failed")
        self.job("POST", "/lists/group%2Fpart/upload?format=plain", b"four.test\n", kind=RAW)
        self.ok("/lists/group%2Fpart")
        self.ask(204, "DELETE", "/lists/group%2Fpart")
        self.ask(409, "DELETE", "/lists/mine", valid=True)
        for method, path, body in (("GET", "/lists/none", None), ("PUT", "/lists/none", {"path": two}), ("POST", "/lists/none/update", None),
                                   ("DELETE", "/lists/none", None)):
            self.ask(404, method, path, body, valid=True)
        self.ok("/jobs?kind=list-upload&state=failed", role="viewer")
        self.ask(404, "GET", "/jobs/none", valid=True)

    def test_3_list_copies(self):
        path = self.file("kept.txt", "".join(f"h{i}.test\n" for i in range(200)))
        self.job("POST", "/lists", {"name": "kept", "path": path})
        self.ask(409, "POST", "/lists/kept/approve", valid=True)
        self.ask(404, "DELETE", "/lists/kept/held", valid=True)
        self.ask(404, "DELETE", "/lists/kept/pin", valid=True)
        for count in (20, 21):
            self.file("kept.txt", "".join(f"h{i}.test\n" for i in range(count)))
            self.assertEqual(self.job("POST", "/lists/kept/update", None)["result"]["state"], "held")
            if count == 20:
                self.ask(204, "DELETE", "/lists/kept/held")
        held = self.ok("/lists/kept", role="viewer")["held"]
        self.job("POST", "/lists/kept/approve", {"version": held["version"]})
        self.job("POST", "/lists/kept/rollback", {"version": 1})
        self.job("POST", "/lists/kept/rollback", {"version": 99}, state="failed")
        self.assertEqual([v["action"] for v in self.ok("/lists/kept/versions", role="viewer")["items"]], ["rollback", "approve", "add"])
        self.ask(409, "POST", "/lists/kept/update", valid=True)
        self.ask(204, "DELETE", "/lists/kept/pin")
        self.ask(200, "PUT", "/lists/kept/checks", {"keep": 3, "shrink": 50, "grow": 0, "never": ["Intranet.Example"]})
        self.ask(400, "PUT", "/lists/kept/checks", {"never": ["no host"]}, valid=True)
        self.ask(400, "POST", "/lists/kept/rollback", {"version": "one"})
        for method, what, body in (("GET", "versions", None), ("POST", "approve", None), ("POST", "rollback", {"version": 1}), ("DELETE", "held", None),
                                   ("DELETE", "pin", None), ("PUT", "checks", {})):
            self.ask(404, method, "/lists/none/" + what, body, valid=True)
        self.job("POST", "/lists/kept/update", None)  # held again, for the next test

    def test_3_too_many_jobs(self):
        """Four lists whose server says nothing; the fifth job is refused until they end."""
        self.job("POST", "/lists/busy/upload", b"busy.test\n", kind=RAW)
        held = []

        def hang(s, head, path):
            held.append(s)
            s.recv(1)
            return False

        self.origin.handler, usual = hang, self.origin.handler
        try:
            jobs = [self.ask(202, "POST", "/lists", {"name": f"slow-{i}", "url": self.origin.url("/list", "127.0.0.1")})[0]["job"] for i in range(4)]
            wait_for(lambda: len(held) == 4, "four downloads")
            self.assertEqual(len(self.ok("/jobs?state=running")["items"]), 4)
            path = self.file("fifth.txt", "fifth.test\n")
            self.ask(503, "POST", "/lists", {"name": "fifth", "path": path}, valid=True)
            self.ask(503, "PUT", "/lists/busy", {"path": path}, valid=True)
            self.ask(503, "POST", "/lists/busy/update", valid=True)
            self.ask(503, "POST", "/replay", {"version": 1}, valid=True)
            self.ask(503, "POST", "/lists/busy/upload", b"busy.test\n", kind=RAW, valid=True)
            self.ask(503, "POST", "/lists/busy/rollback", {"version": 1}, valid=True)
            self.ask(503, "POST", "/lists/kept/approve", valid=True)
            self.ask(204, "DELETE", "/jobs/" + jobs[0], role="operator")
            self.ended(jobs.pop(0), "cancelled")
        finally:
            self.origin.handler = usual
            for s in held:
                s.close()
        for job in jobs:
            self.ended(job, "failed")

    def test_3_replay(self):
        document = {"schema": 1, "rules": [{"id": "origin", "if": {"host": ["origin.test"]}, "then": "block"}]}
        self.d.get(self.origin.url("/"))
        answer, fields = self.ask(202, "POST", "/replay", {"policy": document, "from": "-1h"}, role="operator")
        self.assertEqual(fields["Location"], "/api/v1/jobs/" + answer["job"])
        self.assertIsNone(self.ended(answer["job"])["result"])  # a viewer does not see whom it concerns
        self.assertIn("changed", self.ok("/jobs/" + answer["job"], role="operator")["result"])
        self.ask(204, "DELETE", "/jobs/" + answer["job"], role="operator")
        self.ask(404, "DELETE", "/jobs/none", valid=True)
        self.ended(self.ask(202, "POST", "/replay", {"version": 1, "against": "record", "limit": 3, "limit_examples": 0})[0]["job"])
        self.ask(404, "POST", "/replay", {"version": 9999}, valid=True)
        self.ask(422, "POST", "/replay", {"policy": {"schema": 1, "rules": [{"id": "x"}]}})
        self.ask(404, "POST", "/explain", {"url": "http://x.test/", "version": 9999}, valid=True)

    def test_3_explain_many(self):
        facts = {"user": "alice", "groups": ["staff"], "address": "192.0.2.1", "content_type": "text/html", "size": "10KiB"}
        self.ask(200, "POST", "/explain", {"url": "http://blocked.test/", **facts}, role="viewer")
        items = self.ask(200, "POST", "/explain/batch", {"urls": ["http://blocked.test/", "http://[", None], **facts}, role="viewer")[0]["items"]
        self.assertEqual([item.get("action", "error") for item in items], ["block", "error", "error"])
        self.assertIn("trace", self.ask(200, "POST", "/explain/batch", {"urls": ["http://blocked.test/"], "trace": True})[0]["items"][0])
        self.ask(400, "POST", "/explain/batch", {"urls": ["http://a.test/"] * 51, "trace": True}, valid=True)
        self.ask(404, "POST", "/explain/batch", {"urls": [], "version": 9999}, valid=True)
        self.ask(422, "POST", "/explain/batch", {"urls": [], "policy": {"schema": 1, "rules": [{"id": "x"}]}})

    # -- people --
    def test_3_users(self):
        self.ask(204, "PUT", "/users/carol", {"password": "correct horse", "create": True}, role="operator")
        self.ask(409, "PUT", "/users/carol", {"password": "correct horse", "create": True}, valid=True)
        self.ok("/users", role="operator")
        self.assertEqual(self.ok("/users/alice", role="operator")["groups"], ["staff"])
        self.ask(204, "DELETE", "/users/carol", role="operator")
        self.ask(404, "DELETE", "/users/carol", valid=True)
        self.ask(404, "GET", "/users/carol", valid=True)

    def test_3_admins_and_tokens(self):
        self.ask(204, "PUT", "/admins/dave", {"password": "a long enough password", "role": "viewer", "create": True})
        self.ask(409, "PUT", "/admins/dave", {"password": "a long enough password", "role": "viewer", "create": True}, valid=True)
        self.ok("/admins")
        self.ask(201, "POST", "/tokens", {"admin": "dave", "name": "script", "role": "viewer", "expires": "1d"})
        self.ask(404, "POST", "/tokens", {"admin": "nobody", "role": "viewer"}, valid=True)
        self.ask(403, "POST", "/tokens", {"admin": "dave", "role": "admin"}, valid=True)
        token = next(t for t in self.ok("/tokens")["items"] if t["name"] == "script")
        self.ask(204, "DELETE", "/tokens/" + token["id"])
        self.ask(404, "DELETE", "/tokens/" + token["id"], valid=True)

    # -- the gateway --
    def test_3_tunnels_and_settings(self):
        self.ok("/settings")
        self.ask(200, "POST", "/settings/reload")
        with open(self.d.conf, "a") as f:
            f.write("nonsense = 1\n")
        self.ask(422, "POST", "/settings/reload", valid=True)
        self.d.write_settings()
        self.ok("/upgrade")
        self.ask(403, "POST", "/upgrade", {"binary": "/bin/true"}, valid=True)
        with self.d.connect() as s:
            s.sendall(f"CONNECT origin.test:{self.origin.port} HTTP/1.1\r\nHost: origin.test:{self.origin.port}\r\n\r\n".encode())
            read_head(s)
            tunnel = wait_for(lambda: next(iter(self.ok("/tunnels", role="auditor")["items"]), None), "the tunnel")
            for query in ("?kind=tunnel&sort=oldest&limit=1", "?throttled=true&host=x.test&user=bob&client=::1&rule="):
                self.ok("/tunnels" + query, role="auditor")
            self.ask(400, "GET", "/tunnels?kind=mole")
            self.ask(204, "DELETE", "/tunnels/" + tunnel["id"], role="operator")
        self.ask(404, "DELETE", "/tunnels/" + tunnel["id"], valid=True)

    def test_3_traces(self):
        self.ask(400, "PUT", "/traces/nobody", valid=True)
        self.ask(404, "GET", "/traces/127.0.0.9", valid=True)
        self.ask(200, "PUT", "/traces/127.0.0.1", role="auditor")
        with self.d.connect() as s:
            s.sendall(b"GET http://blocked.test/ HTTP/1.1\r\nHost: blocked.test\r\n\r\n")
            read_head(s)
            lines = self.ok("/traces/127.0.0.1?after=0&wait=5", role="auditor")
        self.assertGreater(lines["next"], 0)
        for last in range(1, 4):
            self.ask(200, "PUT", f"/traces/10.0.0.{last}")
        self.ask(409, "PUT", "/traces/10.0.0.9", valid=True)
        self.ask(204, "DELETE", "/traces/127.0.0.1", role="auditor")
        self.ask(404, "DELETE", "/traces/127.0.0.1", valid=True)

    # -- sessions --
    def test_3_sessions(self):
        password = "eight is not enough"
        self.ask(204, "PUT", "/admins/erin", {"password": password, "role": "operator", "create": True})
        self.ask(401, "POST", "/session", {"name": "erin", "password": "another"}, role="none", valid=True)
        first, second = self.sign_in("erin", password), self.sign_in("erin", password)
        mine = {"role": "none", "headers": first}
        self.ask(403, "POST", "/session", {"name": "erin", "password": password}, role="none", headers={"Origin": "https://evil.example"}, valid=True)
        self.ask(403, "GET", "/session")  # a token has no session
        self.ask(204, "GET", "/session?optional=true", role="none")
        self.ok("/session", **mine)
        self.ask(403, "DELETE", "/session", role="none", headers={"Cookie": first["Cookie"]})
        items = self.ok("/sessions", **mine)["items"]
        other = next(i for i in items if not i["current"])
        self.ask(204, "DELETE", "/sessions/" + other["id"], **mine)
        self.ask(401, "GET", "/session", role="none", headers=second)
        self.ask(404, "DELETE", "/sessions/" + other["id"], **mine)
        self.ask(403, "PUT", "/session/password", {"current": "another", "new": "long enough for anybody"}, **mine)
        self.ask(422, "PUT", "/session/password", {"current": password, "new": "short"}, **mine)
        self.ask(200, "PUT", "/session/password", {"current": password, "new": "long enough for anybody"}, **mine)
        self.ask(204, "DELETE", "/session", role="none", headers=self.sign_in("erin", "long enough for anybody"))

    def test_7_the_last_admin_stays(self):
        self.ask(404, "DELETE", "/admins/nobody", valid=True)
        for admin in self.ok("/admins")["items"]:
            if admin["role"] == "admin" and admin["name"] != "the-admin":
                self.ask(204, "DELETE", "/admins/" + admin["name"])
        self.ask(409, "DELETE", "/admins/the-admin", valid=True)

    def test_8_too_many_attempts(self):
        """Last, since the source of these attempts is everybody's."""
        session = self.sign_in("the-viewer", "a long enough password")
        for method, path, body, expected in (("POST", "/session", {"name": "the-viewer", "password": "wrong"}, 401),
                                             ("PUT", "/session/password", {"current": "wrong", "new": "long enough for anybody"}, 403)):
            for _ in range(40):
                status = self.either(expected, 429, method, path, body, session if path != "/session" else {})
                if status == 429:
                    break
            self.assertEqual(status, 429, path)

    def test_4_changes(self):
        page = self.ok("/changes?limit=2", role="auditor")
        self.ok(f"/changes?limit=2&cursor={page['cursor']}&from=-1h&to=now&action=policy&actor=system&subject=1")
