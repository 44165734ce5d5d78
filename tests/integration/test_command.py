"""The command and the admin API as scripts use them."""
import json
import os
import re
import socket
import subprocess
import unittest

from integration.support import ALLOW_ALL, SLUICE, Case, Daemon


class Command(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.d = Daemon(start=False)

    @classmethod
    def tearDownClass(cls):
        cls.d.close()

    def sluice(self, *args):
        return subprocess.run([SLUICE, *args], capture_output=True, text=True, timeout=60)

    def test_help_and_version(self):
        self.assertRegex(self.sluice("--version").stdout, r"^sluice \d+\.\d+")
        done = self.sluice("help")
        self.assertEqual(done.returncode, 0)
        for command in ("serve", "check", "policy", "explain", "lists", "user", "admin", "audit", "status"):
            self.assertIn(command, done.stdout)
            self.assertEqual(self.sluice("help", command).returncode, 0)
        self.assertEqual(self.sluice().returncode, 2)
        self.assertEqual(self.sluice("frobnicate").returncode, 2)
        self.assertEqual(self.sluice("help", "frobnicate").returncode, 2)

    def test_settings_manual_names_every_setting(self):
        text = self.sluice("help", "settings").stdout
        for key in ("directory", "listen", "connect_ports", "forwarded_for", "max_connections", "page_host", "methods", "on_failure", "retention"):
            self.assertIn(key, text)

    def test_bad_settings_name_file_and_line(self):
        path = self.d.dir + "/bad.conf"
        with open(path, "w") as f:
            f.write("[proxy]\nlisten = nowhere\nfoo = 1\n[what]\na = b\n[dns]\ntimeout = soon\n")
        done = self.sluice("check", "--config", path)
        self.assertEqual(done.returncode, 1)
        for line in (2, 3, 4, 7):
            self.assertIn(f"bad.conf:{line}", done.stderr)
        done = self.sluice("serve", "--config", path)
        self.assertEqual(done.returncode, 1)
        done = self.sluice("check", "--config", self.d.dir + "/missing.conf")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing.conf", done.stderr)

    def test_usage_errors(self):
        for args in (("policy",), ("policy", "apply"), ("policy", "diff", "1"), ("explain",), ("lists", "add"), ("lists", "add", "x"),
                     ("user", "add"), ("audit",), ("audit", "query", "--nonsense"), ("status", "extra")):
            with self.subTest(args):
                self.assertEqual(self.d.run(*args, check=False).returncode, 2)

    def test_everything_works_without_a_gateway(self):
        d = self.d
        d.apply({"schema": 1, "default": {"then": "allow"}, "rules": [{"id": "x", "if": {"host": ["x.test"]}, "then": "block"}]})
        self.assertEqual(d.explain("http://x.test/")["rule"], "x")
        self.assertEqual(d.json("status")["running"], False)
        self.assertEqual(d.json("audit", "query"), [])
        d.run("user", "add", "eve", "--password-stdin", stdin="pw\n")
        self.assertEqual([u["name"] for u in d.json("user", "list")], ["eve"])
        self.assertNotEqual(d.run("user", "add", "eve", "--password-stdin", stdin="pw\n", check=False).returncode, 0)
        self.assertEqual(d.run("check").returncode, 0)
        self.assertEqual(d.json("policy", "schema")["$schema"][:5], "https")

    def test_candidate_policy_is_not_made_active(self):
        path = self.d.dir + "/candidate.json"
        with open(path, "w") as f:
            json.dump({"schema": 1, "default": {"then": "block"}}, f)
        done = self.d.run("explain", "http://y.test/", "--policy", path, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.d.run("explain", "http://y.test/", check=False).returncode, 0)

    def test_broken_json_names_the_place(self):
        path = self.d.dir + "/broken.json"
        with open(path, "w") as f:
            f.write('{"schema": 1,\n "rules": [}')
        done = self.d.run("policy", "validate", path, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("broken.json:2:", done.stderr)

    def test_settings_on_the_command_line(self):
        self.assertEqual(self.d.run("serve", "--listen", "nonsense", check=False).returncode, 2)


class Api(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long password\n")
        cls.tokens = {role: cls.d.run("admin", "token", "root", "--role", role).stdout.strip()
                      for role in ("admin", "operator", "auditor", "viewer")}

    def test_health_needs_no_login_and_the_rest_does(self):
        self.assertEqual(self.d.api("/health").json["status"], "ok")
        for path in ("/status", "/policy", "/requests", "/metrics", "/users"):
            answer = self.d.api(path)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (401, "application/problem+json"))
            self.assertIn("Bearer", answer.headers["WWW-Authenticate"])
        self.assertEqual(self.d.api("/status", token="slc_wrong").status, 401)

    def test_roles(self):
        for role, path, method, status in (("viewer", "/status", "GET", 200), ("viewer", "/requests", "GET", 403), ("auditor", "/requests", "GET", 200),
                                           ("auditor", "/users", "GET", 403), ("operator", "/users", "GET", 200), ("operator", "/policy", "PUT", 403),
                                           ("operator", "/tokens", "GET", 403), ("admin", "/tokens", "GET", 200)):
            with self.subTest(role=role, path=path):
                self.assertEqual(self.d.api(path, method, {} if method == "PUT" else None, token=self.tokens[role]).status, status)

    def test_errors_are_problems(self):
        token = self.tokens["admin"]
        for path, method, body, status in (("/nothing", "GET", None, 404), ("/health", "POST", {}, 405), ("/policy", "PUT", {"x": 1}, 400),
                                           ("/policy", "PUT", {}, 400), ("/explain", "POST", {"url": "http://[bad"}, 400),
                                           ("/requests?limit=0", "GET", None, 400), ("/requests?colour=red", "GET", None, 400),
                                           ("/lists/none", "GET", None, 404), ("/policy/versions/999", "GET", None, 404)):
            with self.subTest(path):
                answer = self.d.api(path, method, body, token=token)
                self.assertEqual(answer.status, status, answer.text)
                self.assertEqual(answer.json["status"], status)
                self.assertTrue(answer.json["detail"])

    def test_two_administrators_do_not_overwrite_each_other(self):
        token = self.tokens["admin"]
        etag = self.d.api("/policy", token=token).headers["ETag"]
        first = {"document": {"schema": 1, "default": {"then": "allow"}, "title": "one"}}
        second = {"document": {"schema": 1, "default": {"then": "allow"}, "title": "two"}}
        self.assertEqual(self.d.api("/policy", "PUT", first, token=token, headers={"If-Match": etag}).status, 200)
        self.assertEqual(self.d.api("/policy", "PUT", second, token=token, headers={"If-Match": etag}).status, 412)

    def test_changes_are_logged_with_who(self):
        self.d.run("user", "add", "logged", "--password-stdin", stdin="pw\n")
        changes = self.d.api("/changes", token=self.tokens["auditor"]).json["items"]
        self.assertTrue(any("logged" in json.dumps(c) for c in changes), changes)
        self.assertNotIn('"pw"', json.dumps(changes))

    def test_revoked_token_is_void(self):
        token = self.d.run("admin", "token", "root", "--role", "viewer", "--name", "short-lived").stdout.strip()
        self.assertEqual(self.d.api("/status", token=token).status, 200)
        listed = self.d.api("/tokens", token=self.tokens["admin"]).json["items"]
        self.assertNotIn(token, json.dumps(listed))
        mine = next(t for t in listed if t["name"] == "short-lived")
        self.assertEqual(self.d.api(f"/tokens/{mine['id']}", "DELETE", token=self.tokens["admin"]).status, 204)
        self.assertEqual(self.d.api("/status", token=token).status, 401)

    def test_metrics_and_status(self):
        self.d.get(self.origin.url("/"))
        text = self.d.api("/metrics", token=self.tokens["viewer"]).text
        self.assertRegex(text, r"(?m)^sluice_requests_total\S* \d+")
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \S+ .+|[a-z_:][a-z0-9_:]*(\{[^}]*\})? [-+0-9.eInfNa]+)$')
        status = self.d.json("status")
        self.assertTrue(status["running"])
        self.assertGreaterEqual(status["proxy"]["requests"], 1)

    def test_openapi_is_served(self):
        doc = self.d.api("/openapi.json").json
        self.assertEqual(doc["openapi"], "3.1.0")

    def test_socket_is_for_the_owner_alone(self):
        mode = os.stat(self.d.state + "/sluice.sock").st_mode & 0o777
        self.assertEqual(mode, 0o600)
        self.assertEqual(os.stat(self.d.state).st_mode & 0o777, 0o700)

    def test_second_gateway_on_the_same_state_is_refused(self):
        done = self.d.run("serve", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is in use by a running gateway", done.stderr)


class Starter(unittest.TestCase):
    def test_starter_policy_filters(self):
        root = os.path.join(os.path.dirname(__file__), "../..")
        d = Daemon(start=False)
        try:
            d.run("lists", "add", "starter", "--file", root + "/packaging/starter/lists")
            d.run("policy", "apply", root + "/packaging/starter/policy.json")
            d.start()
            self.assertEqual(d.get("http://malware.sluice.example/").status, 403)
            self.assertEqual(d.explain("https://www.bet365.com/")["rule"], "acceptable-use")
            self.assertEqual(d.explain("https://www.youtube.com/watch?v=1")["categories"], ["video"])
        finally:
            d.close()
