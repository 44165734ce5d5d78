"""docs/api.md can't rot: every recipe on the page is run as it stands there, in its order, against the real gateway. Only the provider of lists that
it names is played by an origin on loopback."""
import os
import re
import subprocess
import unittest

from integration.support import Case, wait_for

PAGE = os.path.join(os.path.dirname(__file__), "../../docs/api.md")


def recipes():
    """(heading, script) of each sh block."""
    heading = ""
    with open(PAGE) as f:
        for found in re.finditer(r"^#+ ([^\n]*)$|^```sh\n(.*?)^```$", f.read(), re.M | re.S):
            if found[1]:
                heading = found[1]
            else:
                yield heading, found[2]


class Recipes(Case):
    POLICY = {"schema": 1, "default": {"then": "allow"}, "groups": {"staff": ["alice"]},
              "rules": [{"id": "social", "if": {"host": ["blocked.test"]}, "then": "block"}],
              "quotas": [{"id": "daily", "title": "A day's worth", "if": {"host": ["origin.test"]}, "requests": 100, "per": "client", "window": "day"}]}
    # What a recipe must have said, by its heading; all of them must also have ended well.
    SAYS = {
        "1. See whether all is well": ['"status":"ok"', "sluice_policy_version 2"],
        "2. Ask why a URL is allowed or blocked": ['"action": "block"', '"rule": "social"'],
        "3. Find requests in the log": ["blocked.test\tsocial"],
        "4. Follow the log as it grows": [],
        "5. Export": [],
        "6. Change the policy": ["true", '"version":3'],
        "7. Roll back": ["No gambling, ticket 4711", '"version":5'],
        "8. Add a list of hosts, by URL or as a file": ['"state": "done"', '"entries": 2', "ads\tok\t2"],
        "9. See and reset quotas": ["A day's worth", '{"reset":0}'],
        "10. Users, and who changed what": ['"name": "carol"', "too many complaints"],
        "11. See what is open, and cut it": [],
        "12. Try a change on recorded traffic": ['["blocked.test","block","warn"]'],
        "13. Follow one client's connections": [],
        "14. Make a certificate authority, and the next one": ["current\nbank.example\nnext\n2\ncurrent\n", "retired"],
        "Pages": ["ca.sign"],
        "Errors": ["unknown parameter 'nmae'"],
        "If-Match": ['"status": 412'],
    }

    def test_recipes(self):
        self.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long enough password\n")
        token = self.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]
        self.d.get("http://blocked.test/feed")
        self.d.get(self.origin.url("/"))
        self.d.audit(2)
        wait_for(lambda: self.d.api("/quotas/usage", token=token).json["items"], "usage")
        seen = {}
        for heading, script in recipes():
            script = script.replace("https://lists.example/", self.origin.url("/lists/", "127.0.0.1"))
            environment = {**os.environ, "API": f"http://127.0.0.1:{self.d.admin_port}/api/v1", "TOKEN": token}
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, cwd=self.d.dir, capture_output=True, text=True, timeout=120)
            self.assertEqual((done.returncode, done.stderr), (0, ""), f"{heading}\n{script}\n{done.stdout}")
            seen[heading] = seen.get(heading, "") + done.stdout
        self.assertEqual(list(seen), list(self.SAYS))
        for heading, texts in self.SAYS.items():
            for text in texts:
                self.assertIn(text, seen[heading], heading)
        with open(self.d.dir + "/blocked.csv") as f:
            self.assertIn("blocked.test", f.read())


if __name__ == "__main__":
    unittest.main()
