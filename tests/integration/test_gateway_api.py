"""The running gateway over its API: open tunnels, which can be cut, and the settings it was started with."""
import unittest

from integration.support import Case, read_head, wait_for


class Gateway(Case):
    SETTINGS = {"proxy": {"via": "off"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long password\n")
        cls.token = cls.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    def tunnels(self):
        return self.d.api("/tunnels", token=self.token).json["items"]

    def test_a_tunnel_is_shown_and_cut(self):
        self.assertEqual(self.tunnels(), [])
        with self.d.connect() as s:
            s.sendall(f"CONNECT origin.test:{self.origin.port} HTTP/1.1\r\nHost: origin.test:{self.origin.port}\r\n\r\n".encode())
            self.assertIn(b" 200 ", read_head(s))
            s.sendall(b"GET /n/5 HTTP/1.1\r\nHost: origin.test\r\n\r\n")
            self.assertIn(b" 200 ", read_head(s))
            tunnel = wait_for(lambda: next(iter(self.tunnels()), None), "the tunnel")
            self.assertEqual((tunnel["host"], tunnel["port"], tunnel["client"], tunnel["user"], tunnel["rule"]),
                             ("origin.test", self.origin.port, "127.0.0.1", None, None))
            self.assertGreater(tunnel["bytes_in"], 0)
            self.assertEqual(self.d.api(f"/tunnels/{tunnel['id']}", "DELETE", token=self.token).status, 204)
            s.settimeout(20)
            while True:
                try:
                    if not s.recv(4096):
                        break
                except ConnectionError:
                    break
        wait_for(lambda: not self.tunnels(), "the end of the tunnel")
        self.assertEqual(self.d.api(f"/tunnels/{tunnel['id']}", "DELETE", token=self.token).status, 404)
        change = self.d.api("/changes?limit=1", token=self.token).json["items"][0]
        self.assertEqual((change["action"], change["subject"]), ("tunnel.close", tunnel["id"]))
        self.assertEqual(self.d.audit(1, host="origin.test")[0]["id"], tunnel["id"])

    def test_an_id_that_is_none_cuts_nothing(self):
        for bad in ("x", "0", "zzzzzzzzzzzzz", "%00", "1" * 200):
            self.assertEqual(self.d.api(f"/tunnels/{bad}", "DELETE", token=self.token).status, 404)

    def test_settings_are_told_as_they_are(self):
        answer = self.d.api("/settings", token=self.token).json
        self.assertEqual(answer["file"], self.d.conf)
        items = {item["key"]: item for item in answer["items"]}
        via, realm = items["proxy.via"], items["auth.realm"]
        self.assertEqual((via["section"], via["value"], via["default"], via["changed"]), ("proxy", "off", "on", True))
        self.assertEqual((realm["value"], realm["default"], realm["changed"]), ("Sluice", "Sluice", False))
        shown = self.d.run("help", "settings").stdout
        for key, item in items.items():
            self.assertIn(item["help"], shown, key)

    def test_accounts_are_removed_from_the_shell(self):
        self.d.run("admin", "add", "carol", "--role", "viewer", "--must-change", "--password-stdin", stdin="a long password\n")
        carol = next(a for a in self.d.json("admin", "list") if a["name"] == "carol")
        self.assertEqual((carol["role"], carol["must_change_password"]), ("viewer", True))
        self.d.run("admin", "remove", "carol")
        self.assertNotIn("carol", self.d.run("admin", "list").stdout)
        done = self.d.run("admin", "remove", "root", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("last account with role admin", done.stderr)


if __name__ == "__main__":
    unittest.main()
