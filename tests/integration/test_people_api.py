"""Proxy users, console accounts, tokens, quotas and what the change log keeps of them: every route, role and error over HTTP."""
import json
import unittest

from integration.support import Case, wait_for

POLICY = {"schema": 1, "default": {"then": "allow"}, "groups": {"staff": ["alice", "bob"], "night": ["bob"]},
          "quotas": [{"id": "day", "title": "A day's worth", "if": {"host": ["origin.test"]}, "requests": 3, "per": "client", "window": "day"}],
          "rules": [{"id": "night", "if": {"group": ["night"]}, "then": "allow"}]}
SECRET, OTHER = "a secret of some length", "another secret of some length"


class People(Case):
    POLICY = POLICY
    ROLES = ("viewer", "auditor", "operator", "admin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = {}
        for role in cls.ROLES:
            cls.d.run("admin", "add", "the-" + role, "--role", role, "--password-stdin", stdin=SECRET + "\n")
            cls.tokens[role] = cls.d.run("admin", "token", "the-" + role, "--role", role).stdout.split()[-1]

    def expect(self, status, method, path, body=None, role="admin"):
        answer = self.d.api(path, method, body, token=role and self.tokens[role])
        self.assertEqual(answer.status, status, answer.text)
        if status >= 400:
            self.assertEqual((answer.json["status"], answer.headers["Content-Type"]), (status, "application/problem+json"))
        return answer.json if answer.body else None

    def changes(self, **filters):
        return self.expect(200, "GET", "/changes?" + "&".join(f"{k}={v}" for k, v in filters.items()))["items"]

    # -- proxy users --
    def test_a_user_lives(self):
        self.expect(204, "PUT", "/users/bob", {"password": SECRET, "create": True}, role="operator")
        self.expect(409, "PUT", "/users/bob", {"password": SECRET, "create": True})
        user = self.expect(200, "GET", "/users/bob", role="operator")
        self.assertEqual((user["name"], user["groups"]), ("bob", ["staff", "night"]))
        self.assertIn(user, self.expect(200, "GET", "/users", role="operator")["items"])
        self.expect(204, "PUT", "/users/bob", {"password": OTHER})
        self.assertGreater(self.expect(200, "GET", "/users/bob")["changed"], user["changed"])
        self.expect(204, "DELETE", "/users/bob", role="operator")
        self.expect(404, "GET", "/users/bob")
        self.expect(404, "DELETE", "/users/bob")
        self.assertEqual([c["action"] for c in self.changes(subject="bob", action="user")], ["user.remove", "user.passwd", "user.add"])

    def test_groups_follow_the_policy(self):
        self.expect(204, "PUT", "/users/grace", {"password": SECRET})
        self.assertEqual(self.expect(200, "GET", "/users/grace")["groups"], [])
        self.d.apply({**POLICY, "groups": {**POLICY["groups"], "new": ["grace"]}})
        self.assertEqual(self.expect(200, "GET", "/users/grace")["groups"], ["new"])
        self.d.apply(POLICY)

    def test_names_of_any_kind(self):
        """A name is one path segment, whatever is in it."""
        for name, path in (("anna müller", "anna%20m%C3%BCller"), ("corp\\bob", "corp%5Cbob"), ("a/b", "a%2Fb"), ("<b>", "%3Cb%3E")):
            self.expect(204, "PUT", "/users/" + path, {"password": SECRET})
            self.assertEqual(self.expect(200, "GET", "/users/" + path)["name"], name)
        for path in ("a%3Ab", "%20x", "a%00b", "a%0Ab", "%FF", "x" * 65):
            self.expect(400, "PUT", "/users/" + path, {"password": SECRET})
        self.expect(404, "GET", "/users/%FF")

    def test_bad_bodies(self):
        for body in ({}, {"password": ""}, {"password": 7}, {"password": SECRET, "role": "admin"}, {"password": "x" * 300}):
            answer = self.d.api("/users/eve", "PUT", body, token=self.tokens["admin"])
            self.assertIn(answer.status, (400, 413), body)
        self.expect(404, "GET", "/users/eve")

    # -- roles --
    def test_roles(self):
        for least, method, path, body in (("operator", "GET", "/users", None), ("operator", "GET", "/users/x", None), ("operator", "PUT", "/users/x", {}),
                                          ("operator", "DELETE", "/users/x", None), ("auditor", "GET", "/quotas/usage", None),
                                          ("operator", "POST", "/quotas/usage/reset", {}), ("admin", "GET", "/admins", None),
                                          ("admin", "PUT", "/admins/x", {}), ("admin", "DELETE", "/admins/x", None), ("admin", "GET", "/tokens", None),
                                          ("admin", "POST", "/tokens", {}), ("admin", "DELETE", "/tokens/x", None), ("auditor", "GET", "/changes", None)):
            with self.subTest(method=method, path=path):
                self.expect(401, method, path, body, role=None)
                for role in self.ROLES:
                    answer = self.d.api(path, method, body, token=self.tokens[role])
                    if self.ROLES.index(role) < self.ROLES.index(least):
                        self.assertEqual(answer.status, 403, (role, answer.text))
                        self.assertIn(f"this needs the role {least}; yours is {role}", answer.json["detail"])
                    else:
                        self.assertNotIn(answer.status, (401, 403), (role, answer.text))

    # -- quotas --
    def test_usage_and_reset(self):
        for _ in range(4):
            self.d.get(self.origin.url("/"))
        used = wait_for(lambda: [u for u in self.expect(200, "GET", "/quotas/usage?quota=day", role="auditor")["items"] if u["exhausted"]], "an exhausted quota")
        entry = used[0]
        self.assertEqual((entry["title"], entry["per"], entry["subject"], entry["limit"], entry["percent"] >= 100),
                         ("A day's worth", "client", "127.0.0.1", {"requests": 3}, True))
        self.assertEqual(self.d.get(self.origin.url("/")).status, 403)
        self.assertEqual(self.expect(200, "GET", "/quotas/usage?subject=nobody")["items"], [])
        self.expect(400, "POST", "/quotas/usage/reset", {})
        self.expect(400, "POST", "/quotas/usage/reset", {"quota": 1})
        self.assertEqual(self.expect(200, "POST", "/quotas/usage/reset", {"quota": "none"})["reset"], 0)
        self.assertEqual(self.expect(200, "POST", "/quotas/usage/reset", {"quota": "day", "subject": "127.0.0.1"}, role="operator")["reset"], 1)
        self.assertEqual(self.d.get(self.origin.url("/")).status, 200)
        change = self.changes(action="quota.reset", subject="127.0.0.1")[0]
        self.assertEqual((change["before"]["used"], change["after"]), (1, {"reset": 1}))
        self.assertGreaterEqual(change["before"]["items"][0]["requests"], entry["requests"])

    # -- tokens and accounts --
    def test_tokens(self):
        token = self.expect(201, "POST", "/tokens", {"admin": "the-operator", "name": "deploy", "role": "viewer", "expires": "1d"})["token"]
        self.assertTrue(token.startswith("slc_"))
        self.assertEqual(self.d.api("/status", token=token).status, 200)
        self.assertEqual(self.d.api("/users", token=token).status, 403)
        item = next(t for t in self.expect(200, "GET", "/tokens")["items"] if t["name"] == "deploy")
        self.assertEqual((item["admin"], item["role"]), ("the-operator", "viewer"))
        self.expect(409, "POST", "/tokens", {"admin": "the-operator", "name": "deploy", "role": "viewer"})
        self.expect(403, "POST", "/tokens", {"admin": "the-operator", "role": "admin"})
        self.expect(404, "POST", "/tokens", {"admin": "nobody", "role": "viewer"})
        self.expect(400, "POST", "/tokens", {"admin": "the-operator", "role": "emperor"})
        self.expect(400, "POST", "/tokens", {"admin": "the-operator", "role": "viewer", "expires": "soon"})
        self.expect(204, "DELETE", "/tokens/" + item["id"])
        self.assertEqual(self.d.api("/status", token=token).status, 401)
        self.expect(404, "DELETE", "/tokens/" + item["id"])

    def test_no_secret_is_in_the_change_log(self):
        self.expect(204, "PUT", "/users/secretive", {"password": SECRET})
        self.expect(204, "PUT", "/admins/secretive", {"password": OTHER, "role": "viewer"})
        token = self.expect(201, "POST", "/tokens", {"admin": "secretive", "role": "viewer"})["token"]
        self.expect(202, "POST", "/lists", {"name": "secretive", "url": "http://user:hidden-word@127.0.0.1:1/x?key=hidden-key"})
        text = json.dumps(self.changes(limit=1000)) + self.d.log_text() + json.dumps(self.expect(200, "GET", "/jobs"))
        for secret in (SECRET, OTHER, token, "argon2", "hidden-word", "hidden-key"):
            self.assertNotIn(secret, text)


if __name__ == "__main__":
    unittest.main()
