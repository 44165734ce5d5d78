"""How administrators edit the policy together: the draft of the real daemon over HTTP, and what it does to traffic once it is published."""
import concurrent.futures
import json
import subprocess
import urllib.parse

from integration.support import Case, wait_for

POLICY = {
    "schema": 1, "default": {"then": "allow"},
    "categories": {"social": {"title": "Social networks", "hosts": ["a.test"]}},
    "rules": [
        {"id": "social", "title": "Social networks", "if": {"category": ["social"]}, "then": "block"},
        {"id": "private", "if": {"regex": ["/private-[0-9]+"]}, "then": "block"},
        {"id": "rest", "if": {}, "then": "allow"},
    ],
    "tests": [{"title": "Social networks are blocked", "url": "http://a.test/", "expect": "block", "rule": "social"}],
}


class Administrator:
    """One who edits with a token of an account of their own, and remembers the last ETag seen, as the console does."""

    def __init__(self, daemon, name, role="admin"):
        self.d = daemon
        daemon.run("admin", "add", name, "--role", role, "--password-stdin", stdin="a long passphrase\n")
        self.token = daemon.run("admin", "token", name, "--role", role, "--name", name).stdout.strip()
        self.etag = None

    def call(self, method, path, body=None, etag=None):
        fields = {"If-Match": etag or self.etag} if method != "GET" and (etag or self.etag) else {}
        answer = self.d.api("/policy" + path, method, body, token=self.token, headers=fields)
        if answer.status < 300:
            self.etag = answer.headers["ETag"] or self.etag
        return answer

    def look(self):
        return self.call("GET", "/draft").json


class Draft(Case):
    POLICY = POLICY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben = Administrator(cls.d, "anna"), Administrator(cls.d, "ben")

    def setUp(self):
        self.anna.call("DELETE", "/draft", etag="*")
        self.d.apply(POLICY)
        self.anna.look()
        self.ben.look()

    def proxied(self, path="/", host="a.test"):
        return self.d.get(self.origin.url(path, host)).status

    def publish(self, who, comment="because"):
        answer = who.call("POST", "/draft/commit", {"comment": comment})
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json["version"]

    def test_two_administrators_in_conflict(self):
        self.assertEqual(self.anna.call("PUT", "/draft/rules/social", {"title": "Social networks", "if": {"category": ["social"]}, "then": "warn"}).status, 200)
        answer = self.ben.call("DELETE", "/draft/rules/social")
        self.assertEqual(answer.status, 412)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        current = answer.json["current"]
        self.assertEqual((current["author"], current["authors"]), ("token:anna", ["token:anna"]))
        self.assertEqual([(c["op"], c["path"], c["text"]) for c in current["changes"]],
                         [("change", "/rules/social", "Rule 'social' changed: then is \"warn\", was \"block\"")])
        self.assertEqual(current["etag"], self.anna.etag)
        # Nothing of it happened; who looked again may.
        self.assertEqual([r["id"] for r in self.ben.look()["document"]["rules"]], ["social", "private", "rest"])
        self.assertEqual(self.ben.call("DELETE", "/draft/rules/private").status, 200)
        self.assertEqual(self.anna.look()["author"], "token:ben")

    def test_of_many_at_once_one_wins(self):
        etag = self.anna.etag

        def add(i):
            return self.d.api("/policy/draft/rules", "POST", {"id": f"r{i}", "if": {"host": [f"h{i}.test"]}, "then": "block"},
                              token=(self.anna, self.ben)[i % 2].token, headers={"If-Match": etag}).status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(sorted(pool.map(add, range(16))), [201] + [412] * 15)
        self.assertEqual(len(self.anna.look()["changes"]), 1)

    def test_published_for_the_next_request(self):
        self.assertEqual(self.proxied(), 403)
        self.anna.call("PUT", "/draft/rules/social", {"enabled": False, "if": {"category": ["social"]}, "then": "block"})
        self.anna.call("PUT", "/draft", {**self.anna.look()["document"], "tests": []})
        self.assertEqual(self.proxied(), 403)  # a draft decides nothing
        version = self.publish(self.anna, "Try a day without")
        self.assertEqual(self.proxied(), 200)
        # Switched off, not gone: the trace says so.
        trace = self.d.explain(self.origin.url("/", "a.test"))["trace"]
        self.assertIn(("social", "switched-off"), [(s["id"], s["result"]) for s in trace])
        newest = self.d.api("/policy/versions?limit=1", token=self.anna.token).json["items"][0]
        self.assertEqual((newest["version"], newest["comment"], newest["active"]), (version, "Try a day without", True))
        self.assertFalse(self.anna.look()["exists"])
        # And back.
        answer = self.d.api("/policy/rollback", "POST", {"version": version - 1, "comment": "No"}, token=self.anna.token)
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.proxied(), 403)

    def test_a_regex_that_is_switched_off_stops_nothing(self):
        self.assertEqual(self.proxied("/private-1", "b.test"), 403)
        self.anna.call("PUT", "/draft/rules/private", {"enabled": False, "if": {"regex": ["/private-[0-9]+"]}, "then": "block"})
        self.publish(self.anna)
        self.assertEqual(self.proxied("/private-1", "b.test"), 200)

    def test_a_failing_test_keeps_the_old_policy(self):
        self.assertEqual(self.anna.call("DELETE", "/draft/rules/rest").status, 200)
        self.anna.call("POST", "/draft/rules/social/move", {"to": "bottom"})
        self.anna.call("POST", "/draft/rules?before=private", {"id": "all", "if": {}, "then": "allow"})
        report = self.anna.call("POST", "/draft/validate").json
        self.assertEqual((report["valid"], report["faults"], [t["ok"] for t in report["tests"]]), (False, [], [False]))
        self.assertEqual((report["tests"][0]["title"], report["tests"][0]["got"], report["tests"][0]["got_rule"]),
                         ("Social networks are blocked", "allow", "all"))
        answer = self.anna.call("POST", "/draft/commit", {"comment": "hm"})
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json["faults"][0]["pointer"], "/tests/0")
        self.assertEqual(self.proxied(), 403)
        self.assertTrue(self.anna.look()["exists"])

    def test_a_policy_applied_past_the_draft(self):
        self.anna.call("PUT", "/draft/rules/private", {"if": {"regex": ["/private-[0-9]+"]}, "then": "warn"})
        self.d.apply({**POLICY, "timezone": "UTC"})
        draft = self.anna.look()
        self.assertEqual(draft["active_version"], draft["base_version"] + 1)
        answer = self.anna.call("POST", "/draft/commit", {"comment": "late"})
        self.assertEqual(answer.status, 409)
        self.assertEqual((answer.json["active_version"], [c["path"] for c in answer.json["changes"]]), (draft["active_version"], ["/timezone"]))
        rebased = self.anna.call("POST", "/draft/rebase")
        self.assertEqual(rebased.status, 200)
        self.assertEqual([c["path"] for c in rebased.json["changes"]], ["/rules/private"])
        self.publish(self.anna)
        self.assertEqual(self.d.json("policy", "show").get("timezone"), "UTC")

    def test_a_conflicting_rebase_is_for_people(self):
        self.anna.call("PUT", "/draft/rules/private", {"if": {"regex": ["/private-[0-9]+"]}, "then": "warn"})
        other = json.loads(json.dumps(POLICY))
        other["rules"][1]["if"] = {"regex": ["/secret"]}
        self.d.apply(other)
        answer = self.anna.call("POST", "/draft/rebase")
        self.assertEqual((answer.status, answer.json["conflicts"]), (409, ["/rules/private"]))

    def test_a_moved_rule_is_one_change(self):
        self.anna.call("POST", "/draft/rules/rest/move", {"to": "top"})
        changes = self.anna.look()["changes"]
        self.assertEqual([(c["op"], c["from"], c["to"], c["text"]) for c in changes], [("move", 2, 0, "Rule 'rest' moved from position 3 to 1")])

    def test_explain_and_diff_ask_the_draft(self):
        self.anna.call("PUT", "/draft/rules/social", {"title": "Social networks", "if": {"category": ["social"]}, "then": "warn"})
        ask = {"url": "http://a.test/"}
        now = self.d.api("/explain", "POST", ask, token=self.anna.token).json
        then = self.d.api("/explain", "POST", {**ask, "draft": True}, token=self.anna.token).json
        self.assertEqual(now["text"], "Blocked by rule 'social' (Social networks): category is social.")
        self.assertEqual(then["text"], "A warning comes first, by rule 'social' (Social networks): category is social.")
        base = self.anna.look()["base_version"]
        changes = self.d.api("/policy/diff", "POST", {"before": {"version": base}, "after": {"draft": True}}, token=self.anna.token).json["changes"]
        self.assertEqual(changes, self.anna.look()["changes"])

    def test_discarded(self):
        self.anna.call("DELETE", "/draft/rules/social")
        self.assertEqual(self.anna.call("DELETE", "/draft").status, 204)
        self.assertEqual(self.ben.look()["exists"], False)
        self.assertEqual(self.proxied(), 403)

    def test_everything_is_in_the_change_log_but_not_each_step(self):
        before = self.d.api("/changes?limit=1", token=self.anna.token).json["items"][0]["id"]
        for i in range(3):
            self.anna.call("POST", "/draft/rules", {"id": f"n{i}", "if": {"host": [f"n{i}.test"]}, "then": "block"})
        self.anna.call("DELETE", "/draft")
        self.anna.look()
        self.anna.call("POST", "/draft/rules", {"id": "n", "if": {"host": ["n.test"]}, "then": "block"})
        version = self.publish(self.anna, "Why not")
        items = [c for c in self.d.api("/changes?limit=100", token=self.anna.token).json["items"] if c["id"] > before]
        self.assertEqual([c["action"] for c in items], ["draft.commit", "draft.create", "draft.discard", "draft.create"])
        self.assertEqual((items[0]["subject"], items[0]["comment"]), (str(version), "Why not"))

    def test_roles(self):
        viewer, operator = Administrator(self.d, "vera", "viewer"), Administrator(self.d, "otto", "operator")
        viewer.look()
        operator.look()
        self.assertEqual(viewer.call("POST", "/draft/rules", {"id": "n", "then": "block"}).status, 403)
        self.assertEqual(operator.call("POST", "/draft/rules", {"id": "n", "then": "block"}).status, 201)
        self.assertEqual(operator.call("POST", "/draft/commit", {"comment": "x"}).status, 403)
        self.assertIsNone(self.d.api("/policy/regex", "POST", {"pattern": "a.test"}, token=viewer.token).json["recent"])

    def test_regex_meets_the_newest_requests(self):
        self.proxied("/cart/17", "b.test")
        tried = wait_for(lambda: (r := self.d.api("/policy/regex", "POST", {"pattern": "/cart/[0-9]+$", "samples": ["b.test/cart/1"]},
                                                  token=self.anna.token).json)["recent"]["matched"] and r, "the request in the log")
        self.assertEqual(tried["recent"]["hosts"], ["b.test"])
        self.assertEqual(tried["samples"][0]["match"], [13, 20])

    def test_curl_as_a_script_would(self):
        """With nothing but curl on the Unix socket, whose callers are administrators."""
        def curl(*args):
            done = subprocess.run(["curl", "-sS", "-i", "--unix-socket", self.d.state + "/sluice.sock", "-H", "Content-Type: application/json", *args],
                                  capture_output=True, text=True, timeout=60)
            head, _, body = done.stdout.partition("\n\n")
            fields = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.split("\n")[1:])}
            return int(head.split(" ")[1]), fields, json.loads(body) if body.strip() else None

        base = "http://localhost/api/v1/policy/draft"
        status, fields, _ = curl(base)
        self.assertEqual(status, 200)
        group = "CN=a/b, Straße"
        status, fields, _ = curl("-X", "POST", base + "/groups", "-H", "If-Match: " + fields["etag"], "-d", json.dumps({"id": group, "items": ["bob"]}))
        self.assertEqual(status, 201)
        self.assertEqual(fields["location"], "/api/v1/policy/draft/groups/" + urllib.parse.quote(group, safe=""))
        status, fields, item = curl("http://localhost" + fields["location"])
        self.assertEqual((status, item), (200, {"id": group, "items": ["bob"]}))
        self.assertEqual(curl("-X", "DELETE", base)[0], 428)
        self.assertEqual(curl("-X", "DELETE", base, "-H", "If-Match: " + fields["etag"])[0], 204)


class Restart(Case):
    POLICY = POLICY

    def test_the_draft_outlives_the_process(self):
        anna = Administrator(self.d, "anna")
        anna.look()
        anna.call("DELETE", "/draft/rules/private")
        before = anna.look()
        self.d.kill()
        self.d.start()
        self.assertEqual(anna.look(), before)
        self.assertEqual(self.d.get(self.origin.url("/private-1", "b.test")).status, 403)
