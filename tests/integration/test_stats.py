"""Figures: what the API adds up is what was asked for, to whom it may be told, whatever the parameters."""
import base64
import datetime
import json
import time
import urllib.parse

from integration.support import Case, wait_for

BASIC = {user: {"Proxy-Authorization": "Basic " + base64.b64encode(f"{user}:{user} password".encode()).decode()}
         for user in ("alice", "bob")}


class Figures(Case):
    SETTINGS = {"auth": {"methods": "basic"}}
    USERS = {"alice": "alice password", "bob": "bob password"}
    POLICY = {"schema": 1, "default": {"then": "allow"},
              "categories": {"cat": {"title": "Cats & co", "hosts": ["a.test"]}, "dog": {"hosts": ["a.test", "b.test"]}},
              "rules": [{"id": "r1", "title": "No such host", "if": {"host": ["blocked.test"]}, "then": "block"}]}
    # user, host, how often
    PLAN = (("alice", "a.test", 5), ("alice", "blocked.test", 3), ("bob", "b.test", 4), ("bob", "sub.blocked.test", 2))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = {}
        for role in ("viewer", "auditor"):
            cls.d.run("admin", "add", role, "--role", role, "--password-stdin", stdin="long enough password\n")
            cls.tokens[role] = cls.d.run("admin", "token", role, "--role", role).stdout.strip()
        for user, host, times in cls.PLAN:
            for i in range(times):
                cls.d.get(cls.origin.url(f"/n/{1000 + i}", host), BASIC[user])
        cls.total = sum(times for _, _, times in cls.PLAN)
        wait_for(lambda: cls.metrics(cls)["requests"]["value"] == cls.total, "all figures")

    def get(self, path, role="auditor", expect=200, **query):
        answer = self.d.api(f"{path}?{urllib.parse.urlencode(query, doseq=True)}", token=self.tokens[role])
        assert answer.status == expect, (path, query, answer.status, answer.text)
        return answer.json

    def metrics(self, **query):
        return {m["key"]: m for m in Figures.get(self, "/stats/summary", "viewer", **query)["metrics"]}

    def top(self, dim, **query):
        return {i["name"]: i for i in self.get("/stats/top", dim=dim, **query)["items"]}

    def test_summary(self):
        m = self.metrics()
        self.assertEqual([m[k]["value"] for k in ("requests", "blocked", "warned", "users", "errors")], [self.total, 5, 0, 2, 0])
        self.assertEqual({m[k]["previous"] for k in m}, {0})
        self.assertGreater(m["bytes"]["value"], 9000)
        self.assertGreater(m["gateway_p95_us"]["value"], 0)
        self.assertEqual(sum(m["requests"]["spark"]), self.total)
        self.assertEqual(max(m["users"]["spark"]), 2)
        # Half an hour in the future ends where nothing was; the period before it holds all.
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
        after = self.metrics(**{"from": later.isoformat().replace("+00:00", "Z"), "to": (later + datetime.timedelta(hours=1)).isoformat().replace("+00:00", "Z")})
        self.assertEqual((after["requests"]["value"], after["requests"]["previous"], after["users"]["previous"]), (0, self.total, 2))

    def test_top(self):
        self.assertEqual({n: (i["requests"], i["blocked"], i["title"]) for n, i in self.top("category").items()},
                         {"cat": (5, 0, "Cats & co"), "dog": (9, 0, "dog"), "uncategorised": (5, 5, "Uncategorised")})
        rules = self.top("rule")
        self.assertEqual({n: (i["requests"], i["title"]) for n, i in rules.items()}, {"r1": (5, "No such host"), "@default": (9, "Default")})
        last = datetime.datetime.fromisoformat(rules["r1"]["last"].replace("Z", "+00:00"))
        self.assertLess(abs(last.timestamp() - time.time()), 600)
        self.assertEqual({n: i["requests"] for n, i in self.top("user").items()}, {"alice": 8, "bob": 6})
        self.assertEqual(self.top("host")["a.test"]["requests"], 5)
        self.assertEqual(self.top("client")["127.0.0.1"]["bytes"], self.metrics()["bytes"]["value"])
        blocked = self.get("/stats/top", dim="host", by="blocked", limit=1)
        self.assertEqual([i["name"] for i in blocked["items"]], ["blocked.test"])
        self.assertEqual((blocked["others"]["requests"], blocked["others"]["blocked"]), (self.total - 3, 2))
        self.assertEqual({n: i["requests"] for n, i in self.top("user", category="cat").items()}, {"alice": 5})

    def test_series(self):
        s = self.get("/stats/series", by="action", metric="requests", **{"from": "-1h", "step": "1m"})
        self.assertEqual(s["step_s"], 60)
        self.assertTrue(all(t % 60 == 0 for t in s["t"]) and 60 <= len(s["t"]) <= 62)
        self.assertEqual({i["name"]: sum(i["values"]) for i in s["series"]}, {"allow": 9, "block": 5})
        self.assertTrue(all(len(i["values"]) == len(s["t"]) for i in s["series"]))
        s = self.get("/stats/series", by="user", metric="bytes", limit=1, **{"from": "-30d"})
        self.assertEqual(len(s["series"]), 1)
        self.assertEqual(s["series"][0]["name"], "alice")

    def test_histogram_takes_the_filters_of_the_log(self):
        for filters in ({}, {"user": "alice"}, {"user!": "alice"}, {"host": "blocked.test"}, {"action": "block,warn"}, {"rule": "@default"},
                        {"category": ["cat", "dog"]}, {"client": "127.0.0.0/8"}, {"q": "/n/1001"}, {"user": "bob", "action": "block"},
                        {"user": "nobody"}, {"status": "4xx"}):
            h = self.get("/requests/histogram", **filters)
            rows = self.get("/requests", limit=1000, **filters)["items"]
            self.assertEqual(h["total"], len(rows), filters)
            self.assertFalse(h["approx"])
            for action, values in h["series"].items():
                self.assertEqual(sum(values), sum(r["action"] == action for r in rows), (filters, action))
                self.assertEqual(len(values), len(h["t"]))

    def test_suggest(self):
        def values(**query):
            return [(i["value"], i["requests"]) for i in self.get("/requests/suggest", **query)["items"]]
        self.assertEqual(values(field="user"), [("alice", 8), ("bob", 6)])
        self.assertEqual(values(field="host", q="BLOCKED"), [("blocked.test", 3), ("sub.blocked.test", 2)])
        self.assertEqual(values(field="host", q="test", limit=1), [("a.test", 5)])
        self.assertEqual(values(field="rule", q="%"), [])

    def test_viewers_see_figures_without_names(self):
        for dim in ("user", "host", "client"):
            self.get("/stats/top", "viewer", 403, dim=dim)
            self.get("/stats/series", "viewer", 403, by=dim)
        for query in ({"user": "alice"}, {"host!": "a.test"}, {"client": "127.0.0.1"}, {"group": "x"}, {"q": "alice"}):
            self.get("/stats/top", "viewer", 403, dim="rule", **query)
        self.get("/stats/top", "viewer", dim="rule", category="cat")
        self.get("/requests/histogram", "viewer", 403)
        self.get("/requests/suggest", "viewer", 403, field="user")
        answer = self.d.api("/stats/summary")
        self.assertEqual(answer.status, 401)

    def test_hostile_parameters_are_refused(self):
        big = "9" * 40
        for path, query in (("/stats/summary", {"from": "banana"}), ("/stats/summary", {"from": "now"}), ("/stats/summary", {"from": "-1h", "to": "-2h"}),
                            ("/stats/summary", {"from": "1960-01-01T00:00:00Z"}), ("/stats/summary", {"to": "9999-12-31T23:59:59Z"}),
                            ("/stats/summary", {"from": "-" + big + "d"}), ("/stats/summary", {"step": "-5m"}), ("/stats/summary", {"step": big}),
                            ("/stats/summary", {"step": "61s"}), ("/stats/summary", {"step": "0"}), ("/stats/summary", {"step": "1m", "from": "-30d"}),
                            ("/stats/summary", {"step": "1ms"}), ("/stats/summary", {"nonsense": "1"}),
                            ("/stats/series", {"by": "password"}), ("/stats/series", {"metric": "sum"}), ("/stats/series", {"limit": "21"}),
                            ("/stats/series", {"limit": "-1"}), ("/stats/top", {}), ("/stats/top", {"dim": "x" * 5000}), ("/stats/top", {"dim": "rule", "limit": "0"}),
                            ("/stats/top", {"dim": "rule", "by": "x'; DROP TABLE rollups; --"}), ("/requests/suggest", {"field": "\x00"}),
                            ("/requests/histogram", {"client": "10.0.0.1/99"}), ("/requests/histogram", {"user": ""})):
            problem = self.get(path, expect=400, **query)
            self.assertTrue(problem["detail"], (path, query))
        # Odd, but answerable.
        self.assertEqual(self.metrics(**{"from": "1970-01-01T00:00:00Z"})["requests"]["value"], self.total)
        self.assertEqual(self.get("/stats/top", dim="host", user="\u202e' OR 1=1")["items"], [])

    def test_figures_survive_a_kill(self):
        before = self.get("/stats/top", dim="rule")["items"]
        self.d.kill()
        self.d.start()
        self.assertEqual(self.get("/stats/top", dim="rule")["items"], before)
        explained = json.dumps(self.get("/requests/histogram"))
        self.assertIn(f'"total": {self.total}', explained)
