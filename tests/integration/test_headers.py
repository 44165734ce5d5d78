"""Header rules and the services that they use: what an origin really gets, and which one is really asked."""
import json
import os
import re
import ssl

from integration.inspected import INSPECT_ALL, InspectCase, TlsOrigin, tls_server
from integration.parents import Scripted, socks_server
from integration.support import ALLOW_ALL, Case, Daemon, Origin, field, read_all, read_exactly, read_head, request_body, wait_for

SERVICES = os.path.join(os.path.dirname(__file__), "../../policy/services")


def services():
    for name in sorted(os.listdir(SERVICES)):
        if name.endswith(".json"):
            with open(os.path.join(SERVICES, name)) as f:
                yield json.load(f)


def rule_of(service):
    parameters = service.get("parameters", [])
    return {"id": service["id"], "use": service["id"], **({"with": {p["name"]: p["example"] for p in parameters}} if parameters else {})}


def a_host(service):
    """One that the service means, and a neighbour that it does not."""
    host = service["hosts"][-1]
    return ("a" + host[1:], "not" + host[2:]) if host.startswith("*.") else (host, "x." + host)


class Headers(Case):
    HOSTS = ("search.test", "neighbour.test", "tenant.test", "sub.tenant.test", ("127.0.0.2", "safe.test"), ("10.9.8.7", "private.test"),
             *(host for service in services() for host in a_host(service)),
             *{("127.0.0.2", s["resolve_as"]) for s in services() if "resolve_as" in s})

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.safe = Origin(address="127.0.0.2", port=cls.origin.port)

    @classmethod
    def tearDownClass(cls):
        cls.safe.close()
        super().tearDownClass()

    def rules(self, *rules, **members):
        self.d.apply({**ALLOW_ALL, "headers": list(rules), **members})

    def sent(self, url, origin=None, **fields):
        """The head that the origin got."""
        self.assertEqual(self.d.get(url, headers=fields).status, 200)
        return (origin or self.origin).head()

    def values(self, head, name):
        return [line.partition(":")[2].strip() for line in head.split("\r\n") if line.partition(":")[0].lower().replace("_", "-") == name.lower()]

    def test_the_clients_own_field_goes_however_it_is_spelled(self):
        self.rules({"id": "m", "if": {"host": ["tenant.test"]}, "set": {"X-Tenant": "ours"}, "remove": ["X-Other"]})
        with self.d.connect() as s:
            s.sendall(f"GET {self.origin.url(host='tenant.test')} HTTP/1.1\r\nHost: x\r\nx-tenant: a\r\nX_TENANT: b\r\nX-TENANT: c\r\nx_other: d\r\n"
                      "X-Tenants: kept\r\nConnection: close\r\n\r\n".encode())
            self.assertIn(b" 200 ", read_head(s))
        head = self.origin.head()
        self.assertEqual(self.values(head, "X-Tenant"), ["ours"])
        self.assertEqual(self.values(head, "X-Other"), [])
        self.assertEqual(self.values(head, "X-Tenants"), ["kept"])
        self.assertEqual(self.values(self.sent(self.origin.url(host="sub.tenant.test"), **{"X-Tenant": "a"}), "X-Tenant"), ["ours"])
        self.assertEqual(self.values(self.sent(self.origin.url(host="neighbour.test"), **{"X-Tenant": "a"}), "X-Tenant"), ["a"])

    def test_of_several_rules_the_later_has_the_last_word(self):
        self.rules({"id": "a", "set": {"A": "1", "B": "1"}}, {"id": "b", "if": {"host": ["tenant.test"]}, "set": {"b": "2"}, "remove": ["C"]},
                   {"id": "c", "if": {"host": ["tenant.test"]}, "set": {"C": "3"}, "query": {"x": "1"}}, {"id": "d", "query": {"X": "2"}})
        head = self.sent(self.origin.url("/?x=0", host="tenant.test"), C="0")
        self.assertEqual([self.values(head, name) for name in "ABC"], [["1"], ["2"], ["3"]])
        self.assertIn("GET /?X=2 HTTP/1.1", head)

    def test_parameters_are_set_in_place_of_the_clients(self):
        self.rules({"id": "safe", "if": {"host": ["search.test"]}, "query": {"safe": "active", "a b": "1&2"}})
        for path, expected in (("/s", "/s?safe=active&a%20b=1%262"), ("/s?q=x&safe=off&SAFE=off&%73afe=off;safe=off&z", "/s?q=x&z&safe=active&a%20b=1%262"),
                               ("/s?a+b=3&safer=1", "/s?safer=1&safe=active&a%20b=1%262")):
            self.assertEqual(self.sent(self.origin.url(path, host="search.test")).split(" ")[1], expected)

    def test_another_names_addresses_are_dialled_and_shared_with_nobody_else(self):
        redirect = {"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "safe.test"}
        url = self.origin.url("/here", host="search.test")
        for rules, origin in (((redirect,), self.safe), ((), self.origin), ((redirect,), self.safe)):
            self.rules(*rules)
            for _ in range(2):
                before = len(origin.heads)
                head = self.sent(url, origin)
                self.assertEqual(len(origin.heads), before + 1)
                self.assertEqual(field(head, "host"), f"search.test:{self.origin.port}")
        upstreams = [r["upstream"].split(":")[0] for r in reversed(self.d.audit(count=6, q="/here"))]
        self.assertEqual(upstreams, ["127.0.0.2"] * 2 + ["127.0.0.1"] * 2 + ["127.0.0.2"] * 2)

    def test_a_tunnel_leads_there_too(self):
        self.rules({"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "safe.test", "set": {"A": "1"}})
        for host, origin in (("search.test", self.safe), ("neighbour.test", self.origin)):
            before = len(origin.heads)
            with self.d.connect() as s:
                s.sendall(f"CONNECT {host}:{self.origin.port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                self.assertIn(b" 200 ", read_head(s))
                s.sendall(b"GET /inside HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertIn(b" 200 ", read_head(s))
            self.assertEqual(origin.heads[before:], [b"GET /inside HTTP/1.1\r\nHost: x\r\n\r\n"])

    def test_an_open_tunnel_ends_when_a_rule_begins_to_lead_elsewhere(self):
        self.rules()
        with self.d.connect() as s, self.d.connect() as other:
            for tunnel, host in ((s, "search.test"), (other, "neighbour.test")):
                tunnel.sendall(f"CONNECT {host}:{self.origin.port} HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                self.assertIn(b" 200 ", read_head(tunnel))
                self.assertIn(b" 200 ", read_head(tunnel))
            self.rules({"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "safe.test"})
            read_all(s)  # to its end
            self.rules({"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "safe.test"}, {"id": "a", "remove": ["A"]})
            other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b" 200 ", read_head(other))  # behind the body of the first
        wait_for(lambda: [r for r in self.d.audit(host="search.test", method="CONNECT") if r["reason"] == "governed"], "a record of the end")

    def test_the_guard_judges_the_address_that_is_dialled(self):
        self.rules({"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "private.test"})
        self.assertEqual(self.d.get(self.origin.url(host="search.test")).status, 403)
        self.rules({"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "safe.test"},
                   rules=[{"id": "there", "if": {"address": ["127.0.0.2/32"]}, "then": "block"}])
        answer = self.d.get(self.origin.url(host="search.test"))
        self.assertEqual((answer.status, self.record_of(answer)["rule"]), (403, "there"))

    def test_explain_says_what_is_done_and_where_nobody_looks(self):
        self.rules({"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "safe.test", "set": {"A": "secret"}})

        def step(url, **facts):
            return next(s for s in self.d.explain(url, **facts)["trace"] if s["step"] == "headers")

        plain, https, tunnel = step("http://search.test/"), step("https://search.test/"), step("https://search.test/", method="CONNECT")
        self.assertEqual((plain["set"], plain["resolve_as"], plain.get("unseen")), (["A"], "safe.test", None))
        self.assertTrue(https["unseen"])
        self.assertEqual(tunnel["resolve_as"], "safe.test")
        self.assertNotIn("secret", json.dumps([plain, https, tunnel]))

    def test_the_command_tries_rules(self):
        """Of the active policy, of a file, one by one; and it says why one does not hold."""
        document = {**ALLOW_ALL, "groups": {"staff": ["ann"]}, "networks": {"lan": ["10.0.0.0/8"]}, "schedules": {"never": {"spans": []}}, "headers": [
            {"id": "s", "use": "slack", "if": {"group": ["staff"], "network": ["lan"]}, "with": {"requester": "T1", "workspaces": ["T1", "E2"]}},
            {"id": "q", "if": {"host": ["search.test"]}, "query": {"safe": "on"}, "remove": ["Cookie"]}]}
        self.d.apply(document)
        self.assertIn("X-Slack-Allowed-Workspaces: T1,E2", self.d.run("headers", "test").stdout)
        tried = self.d.json("headers", "test", "q")
        self.assertEqual((tried["ok"], [r["rule"] for r in tried["rules"]]), (True, ["q"]))
        self.assertEqual(tried["rules"][0]["tests"][0]["request"], "GET /?safe=on HTTP/1.1")
        document["headers"] += [{"id": "late", "if": {"host": ["slack.com"]}, "set": {"X-Slack-Allowed-Workspaces": "any"}},
                                {"id": "never", "if": {"host": ["a.test"], "schedule": ["never"]}, "set": {"A": "1"}}, {"id": "all", "set": {"B": "1"}}]
        with open(self.d.dir + "/candidate.json", "w") as f:
            json.dump(document, f)
        done = self.d.run("headers", "test", "--policy", self.d.dir + "/candidate.json", "--json", check=False)
        rules = {r["rule"]: r for r in json.loads(done.stdout)["rules"]}
        self.assertEqual((done.returncode, {name for name, r in rules.items() if r["ok"]}), (1, {"q", "late"}))
        self.assertIn("a rule behind it", rules["s"]["tests"][0]["message"])
        self.assertIn("is outside of", rules["never"]["tests"][0]["message"])
        self.assertIn("names no hosts", rules["all"]["message"])
        self.assertEqual(self.d.run("headers", "test", "nobody", check=False).returncode, 1)

    def test_the_command_shows_services(self):
        self.rules({"id": "mine", "use": "dropbox", "with": {"teams": "1"}})
        self.assertEqual({s["id"] for s in self.d.json("headers", "list")}, {s["id"] for s in services()})
        self.assertEqual(self.d.json("headers", "show", "dropbox")["used_by"], ["mine"])
        shown = self.d.run("headers", "show", "dropbox").stdout
        rule = json.loads("{" + re.search(r'"headers": .*', shown)[0] + "}")
        self.d.apply({**ALLOW_ALL, **rule})  # as it is printed
        self.assertEqual(self.d.run("headers", "show", "nobody", check=False).returncode, 1)

    def test_answers_name_no_place_over_quic(self):
        """HTTP/3 would lead the client past the gateway."""
        origin = Origin(advertises)
        try:
            answer = self.d.get(origin.url())
            self.assertEqual(answer.headers.get_all("Alt-Svc"), ['h2="alt.test:443"'])
            self.assertNotIn("Alternate-Protocol", answer.headers)
        finally:
            origin.close()

    def test_every_service_reaches_its_hosts_and_no_neighbour(self):
        for service in services():
            self.rules(rule_of(service))
            host, neighbour = a_host(service)
            own = {name: "of-the-client" for name in service.get("set", {})}
            there, elsewhere = self.origin.url(host=host), self.origin.url(host=neighbour)
            head = self.sent(there, self.safe if "resolve_as" in service else self.origin, **own)
            self.assertEqual(field(head, "host"), f"{host}:{self.origin.port}")
            for name, template in service.get("set", {}).items():
                value = re.sub(r"{(.*?)}", lambda m: next(p["example"] for p in service["parameters"] if p["name"] == m[1]), template)
                self.assertEqual(self.values(head, name), [value], service["id"])
            head = self.sent(elsewhere, **own)
            for name in own:
                self.assertEqual(self.values(head, name), ["of-the-client"], service["id"])


def advertises(s, head, path):
    """An answer that names places over QUIC."""
    request_body(s, head)
    s.sendall(b'HTTP/1.1 200 OK\r\nAlt-Svc: h3=":443"; ma=86400, h2="alt.test:443"\r\nAlt-Svc: h3-29=":443"\r\n'
              b"Alternate-Protocol: 443:quic\r\nContent-Length: 0\r\n\r\n")


class Inside(InspectCase):
    """The same within inspected tunnels."""

    HOSTS = ("search.test", "neighbour.test", "tenant.test", "closed.test", ("127.0.0.2", "safe.test"))
    NAMES = ("search.test", "neighbour.test", "tenant.test", "closed.test", "hidden.test", "neighbour2.test")

    @classmethod
    def handler(cls):
        return advertises

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.safe = tls_server(TlsOrigin(cls.authority.certify(*cls.NAMES), advertises, address="127.0.0.2", port=cls.origin.port))
        cls.addClassCleanup(cls.safe.close)
        closed = {"id": "closed", "if": {"host": ["closed.test", "hidden.test", "neighbour2.test"]}, "then": "tunnel"}
        cls.d.apply({**INSPECT_ALL, "inspection": {"default": "inspect", "rules": [closed]}, "headers": [
            {"id": "tenant", "if": {"host": ["tenant.test"]}, "set": {"X-Tenant": "ours"}, "query": {"safe": "on"}},
            {"id": "search", "if": {"host": ["search.test", "hidden.test"]}, "resolve_as": "safe.test"}]})

    def test_fields_and_parameters_are_ours(self):
        self.curl(self.url("/?safe=off&q=1", "tenant.test"), "-H", "X-Tenant: theirs", "-H", "x_tenant: theirs")
        head = self.origin.head()
        self.assertIn("GET /?q=1&safe=on HTTP/1.1", head)
        self.assertEqual((head.lower().count("tenant:"), field(head, "X-Tenant")), (1, "ours"))
        self.curl(self.url("/?safe=off", "neighbour.test"), "-H", "X-Tenant: theirs")
        self.assertIn("GET /?safe=off HTTP/1.1", self.origin.head())
        self.assertEqual(field(self.origin.head(), "X-Tenant"), "theirs")

    def test_another_names_addresses_are_dialled_and_the_certificate_stays_the_hosts(self):
        before = len(self.origin.heads)
        self.curl(self.url("/found", "search.test"))
        self.assertEqual(len(self.origin.heads), before)
        self.assertIn("GET /found", self.safe.head())
        self.assertEqual(set(self.safe.names), {"search.test"})

    def test_a_name_behind_another_is_sent_where_it_leads(self):
        """CONNECT to one host, TLS and the request for the other."""
        s = self.open("neighbour.test", sni="search.test")
        before = len(self.safe.heads)
        self.assertEqual(self.ask(s, "/fronted", "search.test")[0], 200)
        s.close()
        self.assertIn(b"GET /fronted", self.safe.heads[before])

    def test_a_closed_tunnel_to_it_under_another_name_ends(self):
        """Its ClientHello names whom a rule has dialled elsewhere; what was dialled is the host of the CONNECT."""
        context = ssl.create_default_context(cafile=self.authority.pem)
        before = self.origin.handshakes
        with self.assertRaises(OSError):
            self.open("closed.test", sni="hidden.test", context=context)
        self.assertEqual(self.origin.handshakes, before)
        self.open("closed.test", sni="neighbour2.test", context=context).close()
        self.assertEqual(self.records(1, host="closed.test", action="block")[0]["error"], "client-host-mismatch")

    def test_answers_name_no_place_over_quic(self):
        s = self.open("neighbour.test")
        head = self.ask(s, host="neighbour.test")[1].lower()
        s.close()
        self.assertIn(b'alt-svc: h2="alt.test:443"', head)
        self.assertNotIn(b"h3", head)
        self.assertNotIn(b"quic", head)


class Parents(Case):
    """By way of a parent, whoever looks the name up is asked for the other one."""

    @classmethod
    def setUpClass(cls):
        cls.asked, cls.origin = [], Origin()
        cls.http, cls.socks = Scripted(cls.connect), Scripted(socks_server(cls.asked, cls.origin.port))
        cls.d = Daemon({"proxy": {"parent": f"web=http://127.0.0.1:{cls.http.port}, socks=socks5://127.0.0.1:{cls.socks.port}"}})

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.http.close()
        cls.socks.close()

    @classmethod
    def connect(cls, s):
        cls.asked.append(read_head(s).split(b"\r\n")[0])
        s.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        read_exactly(s, 1)

    def test_a_parent_is_asked_for_the_name_that_is_dialled(self):
        for parent, expected in (("web", "CONNECT safe.test:443 HTTP/1.1"), ("socks", "safe.test")):
            self.d.apply({**ALLOW_ALL, "rules": [{"id": "p", "if": {}, "then": "allow", "parent": parent}],
                          "headers": [{"id": "s", "if": {"host": ["search.test"]}, "resolve_as": "safe.test"}]})
            self.asked.clear()
            with self.d.connect() as s:
                s.sendall(b"CONNECT search.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertIn(b" 200 ", read_head(s))
            self.assertIn(expected, str(self.asked))
