"""Signing in and out of the console: what a session is, what ends it, and what it needs to change anything."""
import unittest

from integration.browser import Browser
from integration.support import Case, Daemon

PASSWORD = "a long password"


def add_admin(d, name, role, *options, password=PASSWORD):
    d.run("admin", "add", name, "--role", role, "--password-stdin", *options, stdin=password + "\n")


class Session(Case):
    ROLES = ("viewer", "auditor", "operator", "admin")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in cls.ROLES:
            add_admin(cls.d, "the-" + role, role)

    def browser(self, name=None, password=PASSWORD, **options):
        b = Browser(self.d.admin_port, **options)
        if name:
            answer = b.sign_in(name, password)
            self.assertEqual(answer.status, 200, answer.text)
        return b

    def newest(self, action):
        items = Browser(self.d.admin_port).api("GET", f"/changes?action={action}&limit=1", headers=self.token()).json["items"]
        return items[0] if items else None

    def token(self):
        if not hasattr(Session, "secret"):
            Session.secret = self.d.run("admin", "token", "the-admin", "--role", "admin").stdout.split()[-1]
        return {"Authorization": "Bearer " + Session.secret}

    def test_a_session_says_who_it_is_and_what_that_may_do(self):
        b = self.browser()
        self.assertEqual(b.api("GET", "/session").status, 401)
        self.assertEqual(b.api("GET", "/session?optional=true").status, 204)
        answer = b.sign_in("the-operator", PASSWORD)
        cookie = answer.headers["Set-Cookie"]
        self.assertRegex(cookie, r"^sid=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict$")  # plain loopback: no __Host-
        session = b.api("GET", "/session").json
        self.assertEqual(session, answer.json)
        self.assertEqual(b.api("GET", "/session?optional=true").json, session)
        self.assertEqual((session["name"], session["role"], session["must_change_password"]), ("the-operator", "operator", False))
        self.assertIn("policy.draft", session["permissions"])
        self.assertNotIn("policy.publish", session["permissions"])
        self.assertEqual(session["proxy"], [f"127.0.0.1:{self.d.port}"])
        self.assertEqual(b.api("GET", "/status").status, 200)
        self.assertEqual(b.api("GET", "/admins").status, 403)

    def test_signing_out_ends_it(self):
        b = self.browser("the-viewer")
        held = b.cookie
        answer = b.api("DELETE", "/session")
        self.assertEqual(answer.status, 204)
        self.assertIn("Max-Age=0", answer.headers["Set-Cookie"])
        self.assertEqual(b.api("GET", "/session", headers={"Cookie": held}).status, 401)
        self.assertEqual(self.newest("session.sign-out")["subject"], "the-viewer")

    def test_signing_in_gives_a_new_id_and_ends_the_old_one(self):
        b = self.browser("the-viewer")
        held = b.cookie
        self.assertEqual(b.sign_in("the-viewer", PASSWORD).status, 200)
        self.assertNotEqual(b.cookie, held)
        self.assertEqual(b.api("GET", "/session", headers={"Cookie": held}).status, 401)
        self.assertEqual(self.newest("session.sign-in")["actor"], "the-viewer")

    def test_a_planted_id_is_not_taken(self):
        b = self.browser()
        b.cookie = planted = "sid=" + "A" * 43
        b.sign_in("the-viewer", PASSWORD)
        self.assertNotEqual(b.cookie, planted)
        self.assertEqual(b.api("GET", "/session", headers={"Cookie": planted}).status, 401)
        self.assertEqual(b.api("GET", "/session", headers={"Cookie": b.cookie + "; " + planted}).status, 401)

    def test_a_change_needs_what_only_the_consoles_page_can_send(self):
        b = self.browser("the-operator")
        body = {"quota": "none"}
        cases = [({}, 200), ({"X-CSRF": None}, 403), ({"X-CSRF": "x" * 43}, 403), ({"Origin": "http://evil.example"}, 403),
                 ({"Origin": "null"}, 403), ({"Origin": None, "Sec-Fetch-Site": None}, 200), ({"Sec-Fetch-Site": "cross-site"}, 403),
                 ({"Sec-Fetch-Site": "same-site"}, 403), ({"Content-Type": "text/plain"}, 415), ({"Content-Type": None}, 415),
                 ({"Host": "evil.example"}, 421), ({"Host": f"localhost:{self.d.admin_port}"}, 403)]  # Origin is of another host then
        for headers, status in cases:
            with self.subTest(headers=headers):
                self.assertEqual(b.api("POST", "/quotas/usage/reset", body, headers=headers).status, status)
        other = self.browser("the-operator")
        self.assertEqual(b.api("POST", "/quotas/usage/reset", body, headers={"X-CSRF": other.csrf}).status, 403)

    def test_signing_in_is_refused_from_another_sites_page(self):
        for headers, status in [({"Origin": "http://evil.example"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403),
                                ({"Content-Type": "text/plain"}, 415)]:
            answer = self.browser().api("POST", "/session", {"name": "the-viewer", "password": PASSWORD}, headers=headers)
            self.assertEqual((answer.status, answer.headers["Set-Cookie"]), (status, None))

    def test_a_token_is_enough_and_ignores_cookies(self):
        b = self.browser("the-viewer")
        answer = b.api("POST", "/quotas/usage/reset", {"quota": "none"}, origin=False, headers={"X-CSRF": None, **self.token()})
        self.assertEqual(answer.status, 200)  # the cookie alone is a viewer's
        self.assertEqual(b.api("GET", "/status", headers={"Authorization": "Bearer slc_" + "x" * 40}).status, 401)
        self.assertEqual(b.api("GET", "/session", headers=self.token()).status, 403)

    def test_fields_that_must_be_one_are_not_two(self):
        b = self.browser("the-viewer")
        self.assertEqual(b.ask("GET", "/api/v1/session", headers={"cookie": b.cookie}).status, 400)

    def test_changing_the_password_ends_all_other_sessions(self):
        add_admin(self.d, "carol", "operator")
        here, there = self.browser("carol"), self.browser("carol")
        held = here.cookie
        for body, status in [({"current": "wrong", "new": "another long one"}, 403), ({"current": PASSWORD, "new": "short"}, 422),
                             ({"current": PASSWORD, "new": PASSWORD}, 422), ({"current": PASSWORD, "new": "another long one"}, 200)]:
            answer = here.api("PUT", "/session/password", body)
            self.assertEqual(answer.status, status, answer.text)
        here.csrf = answer.json["csrf"]
        self.assertNotEqual(here.cookie, held)
        self.assertEqual(here.api("GET", "/session").status, 200)
        self.assertEqual(there.api("GET", "/session").status, 401)
        self.assertEqual(here.api("GET", "/session", headers={"Cookie": held}).status, 401)
        self.assertEqual(self.browser().sign_in("carol", PASSWORD).status, 401)
        self.assertEqual(self.browser().sign_in("carol", "another long one").status, 200)

    def test_a_password_is_as_long_whoever_sets_it(self):
        root = self.browser("the-admin")
        answer = root.api("PUT", "/admins/ivan", {"password": "eleven byte", "role": "viewer"})
        self.assertEqual((answer.status, answer.json["detail"]), (400, "the password is too short: at least 12 bytes"))
        self.assertEqual(root.api("PUT", "/admins/ivan", {"password": "twelve bytes", "role": "viewer"}).status, 204)
        command = self.d.run("admin", "passwd", "ivan", "--password-stdin", stdin="eleven byte\n", check=False)
        self.assertNotEqual(command.returncode, 0)
        self.assertIn("at least 12 bytes", command.stderr)

    def test_a_first_password_has_to_be_changed_before_anything_else(self):
        add_admin(self.d, "dora", "admin", "--must-change")
        b = self.browser("dora")
        self.assertTrue(b.api("GET", "/session").json["must_change_password"])
        for method, path in [("GET", "/status"), ("GET", "/sessions"), ("GET", "/admins")]:
            answer = b.api(method, path)
            self.assertEqual((answer.status, answer.json["type"]), (403, "/problems/password-change-required"))
        self.assertEqual(b.api("GET", "/health").status, 200)
        answer = b.api("PUT", "/session/password", {"current": PASSWORD, "new": "one of my own"})
        self.assertEqual((answer.status, answer.json["must_change_password"]), (200, False))
        self.assertEqual(b.api("GET", "/admins").status, 200)

    def test_a_new_role_ends_the_sessions(self):
        add_admin(self.d, "erin", "admin")
        b, root = self.browser("erin"), self.browser("the-admin")
        self.assertEqual(root.api("PUT", "/admins/erin", {"role": "viewer"}).status, 204)
        self.assertEqual(b.api("GET", "/session").status, 401)
        b.sign_in("erin", PASSWORD)
        self.assertEqual(b.api("GET", "/session").json["role"], "viewer")
        self.assertEqual(root.api("DELETE", "/admins/erin").status, 204)
        self.assertEqual(b.api("GET", "/session").status, 401)
        self.assertEqual(root.api("DELETE", "/admins/erin").status, 404)

    def test_accounts_are_told_with_their_last_sign_in(self):
        add_admin(self.d, "frank", "auditor", "--must-change")
        root = self.browser("the-admin")
        frank = next(a for a in root.api("GET", "/admins").json["items"] if a["name"] == "frank")
        self.assertEqual((frank["role"], frank["must_change_password"], frank["last_login"]), ("auditor", True, None))
        self.browser("frank")
        frank = next(a for a in root.api("GET", "/admins").json["items"] if a["name"] == "frank")
        self.assertIsNotNone(frank["last_login"])

    def test_sessions_are_listed_and_ended(self):
        add_admin(self.d, "gina", "viewer")
        here, there = self.browser("gina"), self.browser("gina")
        mine = here.api("GET", "/sessions").json["items"]
        self.assertEqual([s["name"] for s in mine], ["gina", "gina"])
        self.assertEqual([s["current"] for s in mine].count(True), 1)
        self.assertEqual({s["user_agent"] for s in mine}, {"Browser/1"})
        other = next(s["id"] for s in mine if not s["current"])
        self.assertEqual(here.api("DELETE", f"/sessions/{other}").status, 204)
        self.assertEqual(there.api("GET", "/session").status, 401)
        self.assertEqual(here.api("DELETE", f"/sessions/{other}").status, 404)
        root = self.browser("the-admin")
        roots = next(s["id"] for s in root.api("GET", "/sessions").json["items"] if s["current"])
        self.assertEqual(here.api("DELETE", f"/sessions/{roots}").status, 404)  # not hers: as if it were not there
        ginas = next(s["id"] for s in root.api("GET", "/sessions").json["items"] if s["name"] == "gina")
        self.assertEqual(root.api("DELETE", f"/sessions/{ginas}").status, 204)
        self.assertEqual(here.api("GET", "/session").status, 401)
        self.assertEqual(self.newest("session.end")["subject"], "gina")


class Attempts(Case):
    def until_told_to_wait(self, sign_in, most):
        """The answers up to the first 429; a busy machine may sleep through a short wait, so there may be some more."""
        answers = []
        while not answers or answers[-1].status != 429:
            self.assertLess(len(answers), most)
            answers.append(sign_in(len(answers)))
        self.assertEqual({a.status for a in answers[:-1]}, {401})
        self.assertGreaterEqual(int(answers[-1].headers["Retry-After"]), 1)
        return answers

    def test_failures_have_to_wait_and_are_told(self):
        add_admin(self.d, "root", "admin")
        known = self.until_told_to_wait(lambda i: Browser(self.d.admin_port, source="127.0.0.2").sign_in("root", "wrong"), 10)
        unknown = self.until_told_to_wait(lambda i: Browser(self.d.admin_port, source="127.0.0.3").sign_in("nobody", "wrong"), 10)
        self.assertGreater(min(len(known), len(unknown)), 5)
        self.assertEqual(known[0].text, unknown[0].text)  # one can't be told from the other
        token = self.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]
        log = self.d.api("/changes?action=session.failures", token=token).json["items"]
        self.assertEqual([(e["subject"], e["source"], e["after"]["failures"]) for e in log],
                         [("", "127.0.0.3", 5), ("root", "127.0.0.2", 5)])  # a name that is none may be a password

    def test_a_source_waits_whatever_names_it_tries(self):
        answers = self.until_told_to_wait(lambda i: Browser(self.d.admin_port, source="127.0.0.4").sign_in(f"name {i}", "wrong"), 30)
        self.assertGreater(len(answers), 20)
        self.assertEqual(Browser(self.d.admin_port, source="127.0.0.5").sign_in("name 0", "wrong").status, 401)


class Restart(unittest.TestCase):
    def test_a_restart_signs_nobody_out(self):
        d = Daemon()
        try:
            add_admin(d, "root", "admin")
            b = Browser(d.admin_port)
            b.sign_in("root", PASSWORD)
            before = b.api("GET", "/session").json
            d.kill()
            d.start()
            b.port, b.name = d.admin_port, f"127.0.0.1:{d.admin_port}"
            after = b.api("GET", "/session").json
            self.assertEqual((before["csrf"], before["created"]), (after["csrf"], after["created"]))
            self.assertEqual(b.api("DELETE", "/session").status, 204)
        finally:
            d.close()


if __name__ == "__main__":
    unittest.main()
