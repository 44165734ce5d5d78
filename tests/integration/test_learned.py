"""Hosts that can't be inspected are found out by failing: pinned programs, and origins that ask for a client certificate."""
import ssl
import subprocess

from integration.inspected import INSPECT_ALL, InspectCase, TlsOrigin, tls_server
from integration.support import wait_for


class Learning(InspectCase):
    """Two failures of two users are enough here. All clients are at 127.0.0.1, so users tell them apart."""

    SETTINGS = {"auth": {"methods": "basic"}, "inspect": {"learn": "propose", "learn_failures": 2, "learn_clients": 2}}
    USERS = {"ann": "secret", "bob": "secret"}
    POLICY = {**INSPECT_ALL, "categories": {"games": {"hosts": ["c.test"]}},
              "rules": [{"id": "games", "if": {"category": ["games"], "user": ["nobody"]}, "then": "block"}]}
    HOSTS = ("asks.test", "asks12.test")
    NAMES = (*InspectCase.NAMES, "asks.test", "asks12.test")

    def via(self, user):
        return f"http://{user}:secret@127.0.0.1:{self.d.port}"

    def fetch(self, user, host="origin.test", cafile=None, port=None, agent="App/1.0"):
        """curl's exit status and what it got; by default it trusts the gateway's CA."""
        done = subprocess.run(["curl", "-sS", "-m", "10", "-A", agent, "-x", self.via(user), "--cacert", cafile or self.ca_pem(),
                               self.url("/echo", host, port)], capture_output=True, text=True)
        return done.returncode, done.stdout

    def pinned(self, user, host, agent="App/1.0"):
        """A program that trusts the real authority only: it sends an alert."""
        self.assertEqual(self.fetch(user, host, cafile=self.authority.pem, agent=agent)[0], 60)

    def mode(self, word):
        self.d.settings["inspect"]["learn"] = word
        self.d.write_settings()
        self.d.run("reload")

    def learned(self, host=None):
        items = self.d.json("inspect", "learned")
        return next((i for i in items if i["host"] == host), None)

    def learn(self, host):
        for user in ("ann", "bob"):
            self.assertEqual(self.fetch(user)[0], 0)
            self.pinned(user, host)
        return wait_for(lambda: self.learned(host), f"{host} to be learned")

    def test_a_pinned_host_is_proposed_accepted_and_tunnelled(self):
        row = self.learn("a.test")
        self.assertEqual((row["kind"], row["state"], row["failures"], row["clients"], row["by"]), ("pinned", "proposed", 2, 2, ""))
        failed = self.records(1, host="a.test")[0]
        self.assertEqual((failed["error"], failed["tls"]["fault"]), ("client-failed-tls", "certificate-refused"))
        self.d.run("inspect", "accept", "a.test", "--for-ever")
        self.assertEqual(self.fetch("ann", "a.test", cafile=self.authority.pem)[0], 0)  # the origin's own certificate now
        record = wait_for(lambda: self.d.audit(host="a.test", inspected="false", status="200"), "the tunnel's record")[0]
        self.assertEqual(record["method"], "CONNECT")
        answer = self.d.explain("https://a.test/", user="ann")
        self.assertFalse(answer["inspect"])
        self.assertIn("it was learned", str(answer["trace"]))
        self.d.run("inspect", "forget", "a.test")
        self.assertEqual(self.fetch("ann", "a.test")[0], 0)  # inspected again

    def test_a_client_without_our_ca_makes_no_host_pinned(self):
        for user in ("ann", "bob"):
            for _ in range(3):
                self.pinned(user, "127.0.0.1", agent="Stranger/2.0")
        self.assertIsNone(self.learned("127.0.0.1"))

    def test_a_program_that_looks_and_goes_is_pinned_too(self):
        for user in ("ann", "bob"):
            self.assertEqual(self.fetch(user)[0], 0)
            s, head = self.connect("b.test", agent="App/1.0", login=f"{user}:secret")
            self.assertIn(b" 200 ", head[:20])
            self.context().wrap_socket(s, server_hostname="b.test").close()
        row = wait_for(lambda: self.learned("b.test"), "b.test to be learned")
        self.assertEqual((row["kind"], row["failures"], row["clients"]), ("pinned", 2, 2))
        self.d.run("inspect", "forget", "b.test")

    def test_what_was_dismissed_stays_so(self):
        self.learn("www.origin.test")
        self.d.run("inspect", "dismiss", "www.origin.test")
        for user in ("ann", "bob"):
            self.pinned(user, "www.origin.test")
        self.assertEqual(self.learned("www.origin.test")["state"], "dismissed")

    def test_origins_that_ask_for_a_certificate_are_learned(self):
        for version, host in ((ssl.TLSVersion.TLSv1_3, "asks.test"), (ssl.TLSVersion.TLSv1_2, "asks12.test")):
            def ask(context, version=version):
                context.maximum_version = version
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.authority.pem)
            origin = tls_server(TlsOrigin(self.authority.certify(host), setup=ask))
            self.addCleanup(origin.close)
            for user in ("ann", "bob"):
                self.fetch(user, host, port=origin.port)
            row = wait_for(lambda host=host: self.learned(host), f"{host} to be learned")
            self.assertEqual((row["kind"], row["state"]), ("client-certificate", "proposed"))

    def test_apply_leaves_what_rules_block_to_an_administrator(self):
        self.mode("apply")
        self.addCleanup(self.mode, "propose")
        self.assertEqual(self.learn("blocked.test")["state"], "active")
        self.assertEqual(self.fetch("ann", "blocked.test", cafile=self.authority.pem)[0], 0)
        row = self.learn("c.test")
        self.assertEqual((row["state"], row["categories"]), ("proposed", ["games"]))
        self.assertIn("games", row["note"])
