"""What a policy would have made of recorded traffic: the command, the job and its end, with the gateway running and without; and many URLs at once."""
import base64
import json
import signal

from integration.support import Case, wait_for

BLOCKED = {"id": "a", "if": {"host": ["a.test"]}, "then": "block"}
POLICY = {"schema": 1, "default": {"then": "allow"}, "groups": {"staff": ["alice"]}, "rules": []}
CANDIDATE = {**POLICY, "rules": [{"id": "mine", "if": {"group": ["staff"], "url": ["origin.test/secret"]}, "then": "warn"}, BLOCKED]}


def login(user):
    return {"Proxy-Authorization": "Basic " + base64.b64encode(f"{user}:correct horse".encode()).decode()}


class Replay(Case):
    SETTINGS = {"auth": {"methods": "basic"}}
    USERS = {"alice": "correct horse", "bob": "correct horse"}
    POLICY = POLICY
    HOSTS = ("a.test",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user, host, path, times in (("alice", "a.test", "/", 3), ("bob", "a.test", "/x", 2), ("bob", "origin.test", "/secret", 1),
                                        ("alice", "origin.test", "/secret/1", 1), ("alice", "origin.test", "/", 4)):
            for _ in range(times):
                cls.d.get(cls.origin.url(path, host), login(user))
        cls.d.get(cls.origin.url("/", "a.test"))  # nobody: the gateway asks for a login
        cls.d.audit(12)

    def replay(self, policy, *args, status=1):
        done = self.d.run("replay", "--policy", "-", "--json", *args, stdin=json.dumps(policy), check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)

    def check(self, report):
        self.assertEqual([report[k] for k in ("requests", "judged", "changed", "users", "hosts_changed")], [12, 11, 6, 2, 2])
        self.assertEqual([(t["from"], t["to"], t["requests"], t["users"]) for t in report["transitions"]],
                         [("allow", "block", 5, 2), ("allow", "warn", 1, 1)])
        self.assertEqual([(h["host"], h["rule"], h["requests"], h["users"]) for h in report["hosts"]],
                         [("a.test", "a", 5, 2), ("origin.test", "mine", 1, 1)])
        self.assertEqual([(u["user"], u["requests"], u["hosts"]) for u in report["by_user"]], [("alice", 4, 2), ("bob", 2, 1)])
        self.assertEqual([(n["code"], n["requests"]) for n in report["notes"]], [("gateway", 1), ("state", None)])

    def test_tells_exactly_what_would_change(self):
        report = self.replay(CANDIDATE)
        self.check(report)
        oldest = self.d.audit(host="a.test", user="alice")[-1]
        self.assertEqual(report["hosts"][0]["example"], oldest["id"])
        self.assertEqual(self.replay(POLICY, status=0)["changed"], 0)
        done = self.d.run("replay", "--policy", "-", stdin=json.dumps(CANDIDATE), check=False)
        self.assertIn("6 of them, by 2 users, on 2 hosts, would come out otherwise.", done.stdout)
        self.assertRegex(done.stdout, r"a\.test +allow +block +a +5 +2 ")

    def test_time_version_and_trouble(self):
        self.assertEqual(self.replay(CANDIDATE, "--since", "-2d", "--until", "-1d", status=0)["requests"], 0)
        self.assertEqual(self.replay(CANDIDATE, "--since", "24h")["changed"], 6)
        self.assertEqual(self.replay(CANDIDATE, "--against", "record")["changed"], 6)
        self.assertEqual(self.d.run("replay", "--policy", "1", check=False).returncode, 0)
        for args, said in ((["--policy", "draft"], "no draft"), (["--policy", "9999"], "9999"), ([], "which policy"),
                           (["--policy", "1", "--since", "yesterday-ish"], "not a time"), (["--policy", "1", "--since", "now", "--until", "-1h"], "before")):
            done = self.d.run("replay", *args, check=False)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn(said, done.stderr)

    def test_works_while_the_gateway_does_not_run(self):
        self.d.stop()
        try:
            self.check(self.replay(CANDIDATE))
        finally:
            self.d.start()

    def test_a_job_of_the_draft_that_operators_see(self):
        tokens = {}
        for role in ("operator", "auditor"):
            self.d.run("admin", "add", role, "--role", role, "--password-stdin", stdin="a long passphrase\n")
            tokens[role] = self.d.run("admin", "token", role, "--role", role, "--name", role).stdout.strip()
        etag = self.d.api("/policy/draft", token=tokens["operator"]).headers["ETag"]
        draft = self.d.api("/policy/draft", "PUT", CANDIDATE, token=tokens["operator"], headers={"If-Match": etag})
        self.assertEqual(draft.status, 200, draft.text)
        self.assertEqual(self.d.api("/replay", "POST", {"draft": True}, token=tokens["auditor"]).status, 403)
        started = self.d.api("/replay", "POST", {"draft": True}, token=tokens["operator"])
        self.assertEqual(started.status, 202, started.text)
        place = "/jobs/" + started.json["job"]

        def ended(role):
            return wait_for(lambda: (lambda job: job if job["state"] != "running" else None)(self.d.api(place, token=tokens[role]).json), "the replay")

        report = ended("operator")["result"]
        self.check(report)
        self.assertEqual(report["policy"], {"draft": draft.headers["ETag"]})
        self.assertIsNone(ended("auditor")["result"])
        self.assertEqual(self.d.api(place, "DELETE", token=tokens["auditor"]).status, 403)
        self.assertEqual(self.d.api(place, "DELETE", token=tokens["operator"]).status, 204)
        self.d.api("/policy/draft", "DELETE", token=tokens["operator"], headers={"If-Match": "*"})


class Interrupted(Case):
    """A replay that would take minutes: each of its regexes backtracks on each recorded path until it is given up."""
    POLICY = POLICY
    SLOW = {**POLICY, "rules": [{"id": f"r{i}", "if": {"regex": [rf"(a+)+(?=\.\d{{{i + 1}}})"]}, "then": "allow"} for i in range(2000)]}

    def test_ctrl_c_cancels_the_job_of_the_gateway(self):
        for _ in range(100):
            self.d.get(self.origin.url("/" + "a" * 200))
        self.d.audit(100)
        self.d.run("admin", "add", "op", "--role", "operator", "--password-stdin", stdin="a long passphrase\n")
        token = self.d.run("admin", "token", "op", "--role", "operator").stdout.strip()

        def job(state):
            return wait_for(lambda: next((j for j in self.d.api("/jobs?kind=replay", token=token).json["items"] if j["state"] == state), None), state)

        with self.d.begin("replay", "--policy", "-", stdin=json.dumps(self.SLOW)) as command:
            job("running")
            command.send_signal(signal.SIGINT)
            said = command.stderr.read()
        self.assertEqual(command.returncode, 2)
        self.assertIn("the replay was cancelled", said)
        self.assertLess(job("cancelled")["done"], 100)


class Explain(Case):
    POLICY = {**POLICY, "rules": [{"id": "video", "if": {"content_type": ["video/*"], "size_over": "1MiB"}, "then": "block"},
                                  {"id": "net", "if": {"address": ["192.0.2.0/24"]}, "then": "block"},
                                  {"id": "bot", "if": {"user_agent": ["*bot*"]}, "then": "warn"},
                                  {"id": "ldap", "if": {"group": ["staff"]}, "then": "block"}, BLOCKED],
              "tests": [{"title": "Large videos", "url": "http://v.test/", "content_type": "video/mp4", "size": "2MiB", "expect": "block", "rule": "video"},
                        {"url": "http://v.test/", "user_agent": "A Bot", "address": "198.51.100.1", "expect": "warn", "rule": "bot"}]}

    def test_every_fact_can_be_given(self):
        for args, rule in (((), None), (("--content-type", "video/mp4", "--size", "2MiB"), "video"), (("--content-type", "video/mp4", "--size", "5"), None),
                           (("--address", "192.0.2.7"), "net"), (("--user-agent", "Robot"), "bot"), (("--user", "carol", "--group", "staff"), "ldap"),
                           (("--user", "alice"), "ldap"), (("--method", "CONNECT", "--content-type", "video/mp4", "--size", "2MiB"), None)):
            done = self.d.run("explain", "http://v.test/", "--json", *args, check=False)
            self.assertEqual(json.loads(done.stdout)["rule"], rule, args)
            self.assertEqual(done.returncode, 1 if rule else 0)
        for args in (("--size", "big"), ("--address", "here"), ("--client", "x")):
            self.assertIn("is not", self.d.run("explain", "http://v.test/", *args, check=False).stderr)

    def test_batch_with_traces_asks_for_a_part_at_a_time(self):
        done = self.d.run("explain", "--batch", "--trace", stdin="".join(f"http://h{i}.test/\n" for i in range(120)), check=False)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([a["url"] for a in answers], [f"http://h{i}.test/" for i in range(120)])
        self.assertTrue(all(a["trace"] for a in answers))

    def test_batch_answers_line_by_line(self):
        lines = ["http://a.test/", "http://[", "", "b.test", "x" * 70000, "http://a.test/2"] + [f"http://h{i}.test/" for i in range(3000)]
        done = self.d.run("explain", "--batch", stdin="\n".join(lines), check=False)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([a["url"] for a in answers], [line for line in lines if line])
        self.assertEqual([a.get("action", "error") for a in answers[:5]], ["block", "error", "allow", "error", "block"])
        self.assertEqual({a["action"] for a in answers[5:]}, {"allow"})
        self.assertNotIn("trace", answers[0])
        self.assertEqual(done.returncode, 1)
        done = self.d.run("explain", "--batch", "--trace", "--policy", "-", stdin="", check=False)
        self.assertEqual(done.returncode, 1)

    def test_policy_test_shows_each(self):
        done = self.d.run("policy", "test")
        self.assertRegex(done.stdout, r"ok +Large videos +block by video +block by video\n")
        self.assertIn("2 tests passed", done.stdout)
        failing = {**self.POLICY, "tests": [*self.POLICY["tests"], {"url": "http://a.test/", "expect": "allow"}]}
        done = self.d.run("policy", "test", "-", stdin=json.dumps(failing), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"FAILED +http://a\.test/ +allow +block by a\n")
        self.assertIn("/tests/2: expected allow, got block by a", done.stderr)
