"""How a policy version comes into force, and goes: commits that must be confirmed, a second person, and what a kill or a full disk leaves."""
import json

from integration.support import Case, wait_for

POLICY = {
    "schema": 1, "default": {"then": "allow"},
    "rules": [{"id": "social", "if": {"host": ["a.test"]}, "then": "block"}],
}
OPEN = {"schema": 1, "default": {"then": "allow"}}


class Account:
    """An administrator with a token of the account, and the ETag last seen."""

    def __init__(self, daemon, name):
        self.d, self.etag = daemon, None
        daemon.run("admin", "add", name, "--role", "admin", "--password-stdin", stdin="a long passphrase\n")
        self.token = daemon.run("admin", "token", name, "--role", "admin", "--name", name + "-script").stdout.strip()

    def call(self, method, path, body=None):
        answer = self.d.api("/policy" + path, method, body, token=self.token,
                            headers={"If-Match": self.etag} if self.etag and method != "GET" and "draft" in path else {})
        if answer.status < 300 and "draft" in path:
            self.etag = answer.headers["ETag"] or self.etag
        return answer

    def draft(self, document):
        self.call("GET", "/draft")
        answer = self.call("PUT", "/draft", document)
        assert answer.status == 200, answer.text


class Confirm(Case):
    POLICY = POLICY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben = Account(cls.d, "anna"), Account(cls.d, "ben")

    def setUp(self):
        self.d.apply(OPEN)
        self.d.apply(POLICY)
        self.base = self.anna.call("GET", "").json["version"]

    def proxied(self):
        return self.d.get(self.origin.url("/", "a.test")).status

    def newest(self):
        return self.d.json("policy", "history", "--limit", "1")[0]

    def test_goes_back_unless_confirmed(self):
        answer = self.anna.call("PUT", "", {"document": OPEN, "comment": "daring", "confirm_within": "1s"})
        self.assertEqual((answer.status, answer.json["confirm"]["version"], answer.json["confirm"]["restores"]),
                         (200, self.base + 1, self.base), answer.text)
        self.assertEqual(self.proxied(), 200)
        wait_for(lambda: self.newest()["version"] == self.base + 2, "the way back")
        self.assertEqual(self.proxied(), 403)
        newest = self.newest()
        self.assertEqual((newest["author"], newest["comment"]),
                         ("gateway", f"version {self.base + 1} was not confirmed in time: back to version {self.base}"))
        change = self.d.api("/changes?limit=1", token=self.anna.token).json["items"][0]
        self.assertEqual((change["action"], change["actor"], change["after"]),
                         ("policy.revert", "gateway", {"version": self.base + 2, "restores": self.base}))

    def test_confirmed_by_anybody_who_may_publish(self):
        version = self.anna.call("PUT", "", {"document": OPEN, "confirm_within": "5m"}).json["version"]
        self.assertEqual(self.d.json("status")["confirm"]["version"], version)
        self.assertEqual(self.ben.call("POST", "/confirm", {"version": version - 1}).status, 409)
        answer = self.ben.call("POST", "/confirm", {"version": version, "comment": "looks right"})
        self.assertEqual((answer.status, answer.json), (200, {"version": version, "confirm": None}))
        self.assertEqual(self.ben.call("POST", "/confirm", {"version": version}).status, 409)
        self.assertIsNone(self.d.json("status")["confirm"])

    def test_another_commit_confirms(self):
        version = self.anna.call("PUT", "", {"document": OPEN, "confirm_within": "5m"}).json["version"]
        self.assertEqual(self.ben.call("POST", "/rollback", {"version": self.base}).json, {"version": version + 1, "confirm": None})
        change = self.d.api("/changes?action=policy.confirm&limit=1", token=self.anna.token).json["items"][0]
        self.assertEqual((change["subject"], change["actor"], change["comment"]),
                         (str(version), "token:ben-script", f"by committing version {version + 1}"))

    def test_from_the_command_and_of_a_draft(self):
        said = self.d.run("policy", "rollback", str(self.base - 1), "--confirm-within", "5m").stdout
        self.assertIn(f"version {self.base} comes back at ", said)
        self.assertIn(f"version {self.base + 1} is active", self.d.run("policy", "confirm").stdout)
        self.assertEqual(self.d.run("policy", "confirm", check=False).returncode, 1)
        self.anna.draft(POLICY)
        answer = self.anna.call("POST", "/draft/commit", {"comment": "back", "confirm_within": "60s"})
        self.assertEqual(answer.json["confirm"]["restores"], self.base + 1)
        for bad in ("0s", "25h", "soon", 5):
            self.assertEqual(self.anna.call("PUT", "", {"document": OPEN, "confirm_within": bad}).status, 400)

    def test_a_restart_and_a_kill_change_nothing(self):
        version = self.anna.call("PUT", "", {"document": OPEN, "confirm_within": "5m"}).json["version"]
        self.d.kill()
        self.d.start()
        self.assertEqual(self.d.json("status")["confirm"]["version"], version)
        self.assertEqual(self.proxied(), 200)
        self.d.run("policy", "confirm", str(version))
        version = self.anna.call("PUT", "", {"document": POLICY, "confirm_within": "1s"}).json["version"]
        self.d.kill()
        wait_for(lambda: self.newest()["author"] == "gateway", "the time to pass while nothing runs")  # the command opens the state
        self.d.start()
        self.assertEqual((self.d.json("status")["policy_version"], self.proxied()), (version + 1, 200))


class Lint(Case):
    POLICY = {**POLICY, "rules": [{"id": "social", "if": {"host": ["a.test"]}, "then": "block"},
                                  {"id": "watch", "if": {"host": ["b.test"]}, "then": "block", "report_only": True}]}

    def test_remarks_and_exit_status(self):
        odd = {**POLICY, "rules": [*POLICY["rules"], {"id": "late", "if": {"host": ["www.a.test"]}, "then": "allow"}]}
        done = self.d.run("policy", "lint", "-", stdin=json.dumps(odd), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("never decides: rule 1, 'social'", done.stdout)
        notes = self.d.json("policy", "lint", "-", stdin=json.dumps(odd), check=False)
        self.assertEqual([(n["code"], n["severity"], n["pointer"], n["rule"]) for n in notes], [("shadowed", "warning", "/rules/1", "late")])
        self.assertEqual(self.d.run("policy", "lint").stdout, "nothing to remark\n")
        broken = self.d.run("policy", "lint", "-", stdin='{"schema": 1, "rules": [{"id": "x"}]}', check=False)
        self.assertEqual((broken.returncode, "/rules/0" in broken.stderr), (1, True))

    def test_lists_that_are_mostly_the_same(self):
        hosts = [f"host-{i}.example" for i in range(400)]
        for name, part in (("large", hosts), ("small", hosts[:200]), ("other", [f"x{i}.example" for i in range(200)])):
            with open(f"{self.d.dir}/{name}", "w") as f:
                f.write("\n".join(part) + "\n")
            self.d.run("lists", "add", name, "--file", f"{self.d.dir}/{name}")
        policy = {**POLICY, "categories": {"c": {"lists": ["large", "small", "other"]}}, "rules": [{"id": "r", "if": {"category": "c"}, "then": "block"}]}
        notes = self.d.json("policy", "lint", "-", stdin=json.dumps(policy))
        self.assertEqual([(n["code"], n["pointer"], n["message"]) for n in notes],
                         [("list-overlap", "/categories/c/lists", "some 100 % of list 'small' are in 'large' too: one of them may do")])

    def test_what_rules_did(self):
        for host, times in (("a.test", 3), ("b.test", 2)):
            for _ in range(times):
                self.d.get(self.origin.url("/", host))
        self.d.audit(5)
        social, watch = wait_for(lambda: (lambda u: u if u[1]["would_have_acted"] == 2 else None)(self.d.json("policy", "usage")), "the counts")
        self.assertEqual((social["rule"], social["hits_24h"], social["hits_7d"], social["hits_30d"], social["would_have_acted"]), ("social", 3, 3, 3, 0))
        self.assertEqual(social["last_hit"][:13], self.d.audit(5)[0]["time"][:13])
        self.assertEqual((watch["hits_30d"], watch["last_hit"]), (0, None))

    def test_versions_compared_in_words(self):
        self.d.apply(OPEN)
        newest = self.d.json("policy", "history", "--limit", "1")[0]["version"]
        said = self.d.run("policy", "diff", str(newest - 1), str(newest)).stdout
        self.assertIn("Rule 'social' removed", said)
        self.d.run("policy", "rollback", str(newest - 1))


class SecondPerson(Case):
    POLICY = POLICY
    SETTINGS = {"policy": {"approval": "second-person"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben = Account(cls.d, "anna"), Account(cls.d, "ben")

    def setUp(self):
        for path in ("/draft/reject", "/draft"):
            self.d.api("/policy" + path, "DELETE" if path == "/draft" else "POST", {}, token=self.ben.token, headers={"If-Match": "*"})
        self.d.run("policy", "apply", "-", "--override", stdin=json.dumps(POLICY))
        self.base = self.anna.call("GET", "").json["version"]

    def test_a_draft_waits_frozen_and_is_approved(self):
        self.anna.draft(OPEN)
        answer = self.anna.call("POST", "/draft/commit", {"comment": "no rules", "confirm_within": "5m"})
        self.assertEqual((answer.status, answer.json["request"]["account"], answer.json["request"]["confirm_within_s"]), (202, "anna", 300), answer.text)
        seen = self.ben.call("GET", "/draft").json
        self.assertEqual((seen["request"]["by"], seen["request"]["comment"], seen["needs_approval"], len(seen["changes"])),
                         ("token:anna-script", "no rules", True, 1))
        for method, path, body in (("PUT", "/draft", OPEN), ("DELETE", "/draft", None), ("POST", "/draft/rules", {"id": "x", "then": "block"}),
                                   ("POST", "/draft/commit", {"comment": "again"}), ("POST", "/draft/rebase", {})):
            self.assertEqual(self.ben.call(method, path, body).status, 409, path)
        self.assertEqual(self.anna.call("POST", "/draft/approve", {}).status, 403)
        self.assertEqual(self.ben.call("GET", "").json["version"], self.base)
        answer = self.ben.call("POST", "/draft/approve", {"comment": "fine"})
        self.assertEqual((answer.status, answer.json["version"], answer.json["confirm"]["restores"]), (200, self.base + 1, self.base), answer.text)
        newest = self.d.json("policy", "history", "--limit", "1")[0]
        self.assertEqual((newest["author"], newest["approved_by"], newest["comment"]), ("token:anna-script", "token:ben-script", "no rules"))
        changes = self.d.api("/changes?limit=2", token=self.anna.token).json["items"]
        self.assertEqual([(c["action"], c["actor"], c["comment"]) for c in changes],
                         [("draft.approve", "token:ben-script", "fine"), ("draft.request", "token:anna-script", "no rules")])

    def test_rejected_and_withdrawn(self):
        self.anna.draft(OPEN)
        self.anna.call("POST", "/draft/commit", {"comment": "no rules"})
        self.ben.call("GET", "/draft")
        self.assertEqual(self.ben.call("POST", "/draft/reject", {"comment": "too wide"}).status, 204)
        self.assertEqual(self.ben.call("POST", "/draft/reject", {}).status, 404)
        self.assertEqual(self.anna.call("POST", "/draft/commit", {"comment": "no rules"}).status, 202)
        self.assertEqual(self.anna.call("POST", "/draft/reject", {}).status, 204)
        actions = [c["action"] for c in self.d.api("/changes?limit=4", token=self.anna.token).json["items"]]
        self.assertEqual(actions, ["draft.withdraw", "draft.request", "draft.reject", "draft.request"])

    def test_apply_and_rollback_become_requests(self):
        self.assertEqual(self.anna.call("PUT", "", {"document": {"schema": 1, "rules": 7}}).status, 422)
        answer = self.anna.call("PUT", "", {"document": OPEN, "comment": "from a script"})
        self.assertEqual((answer.status, answer.json["request"]["comment"]), (202, "from a script"))
        self.assertEqual(self.anna.call("POST", "/rollback", {"version": 1}).status, 409)
        said = self.d.run("policy", "approve", "--comment", "seen")
        self.assertIn("asks to publish: from a script", said.stderr)
        self.assertIn(f"version {self.base + 1} is active", said.stdout)
        self.assertEqual(self.anna.call("POST", "/rollback", {"version": self.base}).json["request"]["comment"], f"roll back to version {self.base}")
        self.assertEqual(self.d.run("policy", "reject").returncode, 0)

    def test_root_may_override_and_the_log_has_it(self):
        self.assertIn("waits for approval", self.d.run("policy", "apply", "-", stdin=json.dumps(OPEN)).stdout)
        self.assertEqual(self.d.run("policy", "approve", check=False).returncode, 1)  # cli:root asked
        self.assertEqual(self.anna.call("PUT", "", {"document": OPEN, "override": True}).status, 403)
        self.d.run("policy", "apply", "-", "--override", "--comment", "the link is down", stdin=json.dumps(OPEN))
        change = self.d.api("/changes?action=policy.apply&limit=1", token=self.anna.token).json["items"][0]
        self.assertEqual((change["comment"], change["after"].get("override")), ("the link is down", True))
        self.assertEqual(self.anna.call("POST", "/draft/reject", {}).status, 412)  # she has not seen it

    def test_no_list_slips_into_a_category(self):
        answer = self.d.api("/lists", "POST", {"name": "x", "path": "/nowhere", "category": "social"}, token=self.anna.token)
        self.assertEqual(answer.status, 403)
