"""The request log through the admin API, with real traffic behind it: filters, pages both ways, the live tail, one request, exports."""
import csv
import http.client
import io
import json
import threading
import urllib.parse

from .support import Case, wait_for

POLICY = {
    "schema": 1, "default": {"then": "allow"},
    "groups": {"staff": ["alice"]},
    "categories": {"games": {"hosts": ["blocked.test"]}, "shops": {"hosts": ["other.test"]}},
    "rules": [{"id": "no-games", "if": {"category": ["games"]}, "then": "block"},
              {"id": "shops", "if": {"category": ["shops"]}, "then": "warn"}],
}
HOSTILE = ["/%3Cscript%3Ealert(1)%3C/script%3E", "/=cmd%7C'%20/C%20calc'!A0", "/" + "x" * 8000, "/caf%C3%A9?%E2%80%AE=gnp.exe"]
FIELDS = b"GET http://a.test:%d/bytes HTTP/1.1\r\nHost: a.test\r\nUser-Agent: =1+\xff\xfe\x80\"\xe2\x80\xae\r\nReferer: @SUM(1),2\r\nConnection: close\r\n\r\n"


class Requests(Case):
    POLICY = POLICY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long password\n")
        cls.token = cls.new_token("auditor")
        for i in range(25):
            cls.d.get(cls.origin.url(f"/page/{i}", "www.origin.test"))
        for i in range(5):
            cls.d.get(cls.origin.url(f"/game/{i}", "sub.blocked.test"))
            cls.d.get(cls.origin.url(f"/shop/{i}", "other.test"))
        for path in HOSTILE:
            cls.d.get(cls.origin.url(path, "a.test"))
        cls.d.raw(FIELDS % cls.origin.port)
        cls.d.get("http://b.test:1/nobody-listens")
        cls.count = 25 + 10 + len(HOSTILE) + 2
        wait_for(lambda: len(cls.page(limit=1000)["items"]) >= cls.count, "the log")

    @classmethod
    def new_token(cls, role):
        return cls.d.run("admin", "token", "root", "--role", role).stdout.strip()

    @classmethod
    def ask(cls, path, **query):
        text = urllib.parse.urlencode([(k.replace("_not", "!"), v) for k, vs in query.items()
                                       for v in (vs if isinstance(vs, list) else [vs])])
        return cls.d.api(f"{path}?{text}", token=cls.token)

    @classmethod
    def page(cls, **query):
        answer = cls.ask("/requests", **query)
        assert answer.status == 200, answer.text
        return answer.json

    def paths(self, **query):
        return [item["path"] for item in self.page(limit=1000, **query)["items"]]

    def test_filters_are_alternatives_refusals_and_all_at_once(self):
        for query, count in (
                ({"action": "block"}, 5), ({"action": "block,warn"}, 10), ({"action": ["block", "warn"]}, 10),
                ({"action_not": "allow,error"}, 10), ({"rule": "no-games"}, 5), ({"rule": "@default"}, self.count - 10),
                ({"rule_not": ["no-games", "@default"]}, 5), ({"host": "blocked.test"}, 5), ({"host": "test"}, self.count),
                ({"category": ["games", "shops"]}, 10), ({"category": "uncategorised"}, self.count - 10),
                ({"user": "@none"}, self.count), ({"user": "alice"}, 0), ({"user_not": "alice"}, self.count),
                ({"client": "127.0.0.0/8"}, self.count), ({"client_not": "127.0.0.1"}, 0), ({"status": "403"}, 10),
                ({"status": "4xx,502"}, 11), ({"status_not": "2xx"}, 11), ({"method": "GET"}, self.count),
                ({"q": "/GAME/"}, 5), ({"q": ["/game/1", "/shop/"]}, 6), ({"q": "origin", "q_not": "/page/1"}, 14),
                ({"policy_version": "999"}, 0), ({"group": "staff"}, 0), ({"from": "-1h", "to": "now", "action": "warn"}, 5),
                ({"to": "-1h"}, 0), ({"host": "other.test", "action": "block"}, 0)):
            with self.subTest(query):
                self.assertEqual(len(self.paths(**query)), count)

    def test_what_can_not_be_read_is_refused_by_name(self):
        for query, word in (({"usr": "x"}, "usr"), ({"user_not_not": "x"}, "user"), ({"client": "10.0.0.1/8"}, "client"), ({"action": "deny"}, "action"),
                            ({"status": "99"}, "status"), ({"rule": ""}, "rule"), ({"limit": "1001"}, "limit"), ({"order": "up"}, "order"),
                            ({"cursor": "b123"}, "cursor"), ({"after": "t1"}, "after"), ({"wait": "5"}, "wait"),
                            ({"from": "yesterday"}, "from"), ({"policy_version": "x"}, "policy_version")):
            with self.subTest(query):
                answer = self.ask("/requests", **query)
                self.assertEqual(answer.status, 400, answer.text)
                self.assertIn(word, answer.json["detail"])
        self.assertEqual(self.ask("/requests/export", format="xls").status, 400)

    def test_pages_go_on_and_back_without_loss_or_doubles(self):
        for order in ("newest", "oldest"):
            whole = [i["id"] for i in self.page(limit=1000, order=order, to="now")["items"]][-self.count:]
            page, seen, pages = self.page(limit=7, order=order), [], []
            self.assertIsNone(page["newer"])
            while True:
                seen += [i["id"] for i in page["items"]]
                pages.append([i["id"] for i in page["items"]])
                if page["cursor"] is None:
                    break
                page = self.page(limit=7, order=order, cursor=page["cursor"])
            self.assertEqual(seen[-self.count:], whole)
            for expected in reversed(pages[:-1]):
                page = self.page(limit=7, order=order, cursor=page["newer"])
                self.assertEqual([i["id"] for i in page["items"]], expected)

    def test_a_page_tells_how_it_went(self):
        page = self.page(limit=3)
        self.assertEqual((page["partial"], page["searched_to"], len(page["items"])), (False, None, 3))
        self.assertIsInstance(page["tail"], str)

    def test_the_tail_waits_for_what_ends_next(self):
        tail = self.page(limit=1)["tail"]
        self.assertEqual(self.ask("/requests", after=tail).json["items"], [])
        got = []
        waiter = threading.Thread(target=lambda: got.append(self.ask("/requests", after=tail, wait=20, host="c.test").json))
        waiter.start()
        self.d.get(self.origin.url("/unseen", "www.origin.test"))
        self.d.get(self.origin.url("/seen", "c.test"))
        waiter.join()
        self.assertEqual([i["path"] for i in got[0]["items"]], ["/seen"])
        self.assertEqual((got[0]["partial"], got[0]["skipped"]), (False, 0))
        self.assertEqual(self.ask("/requests", after=got[0]["tail"]).json["items"], [])
        self.assertEqual(self.ask("/requests", after=tail, cursor="b06k3wq3g0n800").status, 400)
        type(self).count += 2

    def test_one_request_is_told_with_its_reasons(self):
        item = self.page(rule="no-games", limit=1)["items"][0]
        answer = self.d.api("/requests/" + item["id"], token=self.token).json
        self.assertEqual({k: answer[k] for k in item}, item)
        self.assertTrue(any(step["id"] == "no-games" and step["result"] == "matched" for step in answer["trace"]), answer["trace"])
        self.assertEqual((answer["explained"]["action"], answer["explained"]["rule"]), ("block", "no-games"))
        self.assertIsNone(answer["trace_note"])
        self.assertEqual(self.d.api("/requests/0000000000001", token=self.token).status, 404)
        self.assertEqual(self.d.api("/requests/nonsense!", token=self.token).status, 400)

    def test_an_old_version_still_explains_its_requests(self):
        item = self.page(rule="no-games", limit=1)["items"][0]
        self.d.apply({**POLICY, "rules": []})
        answer = self.d.api("/requests/" + item["id"], token=self.token).json
        self.d.apply(POLICY)
        self.assertEqual(answer["explained"]["rule"], "no-games")

    def export(self, **query):
        return self.ask("/requests/export", **query)

    def test_lines_are_the_objects_of_pages(self):
        answer = self.export(host="test", to="now")
        self.assertEqual(answer.headers["Content-Disposition"], 'attachment; filename="sluice-requests.ndjson"')
        lines = [json.loads(line) for line in answer.body.splitlines()]
        ids = {line["id"]: line for line in lines}
        for item in self.page(limit=1000, host="test", order="oldest")["items"]:
            if item["id"] in ids:
                self.assertEqual(item, ids[item["id"]])
        self.assertGreaterEqual(len(lines), self.count)

    def test_cells_are_no_formulas(self):
        answer = self.export(format="csv", host="a.test")
        self.assertEqual(answer.headers["Content-Disposition"], 'attachment; filename="sluice-requests.csv"')
        self.assertTrue(answer.headers["Content-Type"].startswith("text/csv"))
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8"), newline="")))
        self.assertEqual(rows[0][:4], ["id", "time", "duration_ms", "client"])
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        for cell in (cell for row in rows for cell in row if cell):
            self.assertNotIn(cell[0], "=+-@\t\r")
        by_path = {row[rows[0].index("path")]: row for row in rows[1:]}
        odd = by_path["/bytes"]
        self.assertEqual(odd[rows[0].index("referrer")], "'@SUM(1),2")
        self.assertTrue(odd[rows[0].index("user_agent")].startswith("'=1+\\xff\\xfe\\x80\""))
        self.assertTrue(any(len(path) > 3000 for path in by_path))

    def test_the_command_filters_and_exports(self):
        rows = self.d.json("audit", "query", "--action", "block", "--action", "warn", "--not-host", "other.test")
        self.assertEqual({row["rule"] for row in rows}, {"no-games"})
        text = self.d.run("audit", "export", "--format", "csv", "--rule", "no-games").stdout
        self.assertEqual(len(list(csv.reader(io.StringIO(text)))), 6)
        self.assertEqual(len(self.d.run("audit", "export", "--rule", "no-games").stdout.splitlines()), 5)
        self.assertEqual(self.d.run("audit", "query", "--format", "csv", check=False).returncode, 2)

    def test_an_auditor_it_takes(self):
        self.assertEqual(self.d.api("/requests").status, 401)
        token = self.new_token("viewer")
        for path in ("/requests", "/requests/export", "/requests/0000000000001"):
            self.assertEqual(self.d.api(path, token=token).status, 403)

    def test_an_export_ends_when_its_client_goes(self):
        for _ in range(12):
            c = http.client.HTTPConnection("127.0.0.1", self.d.admin_port, timeout=30)
            c.request("GET", "/api/v1/requests/export", headers={"Authorization": "Bearer " + self.token})
            c.getresponse()
            c.close()
        wait_for(lambda: self.export(rule="no-games").status == 200, "room for an export")
