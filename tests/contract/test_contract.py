"""openapi.json against the running gateway: every request goes through Prism, a validating proxy that knows nothing but the document.

    test client -> Prism (reads openapi.json) -> sluice serve

Prism adds the field sl-violations to an answer that is not as documented, or whose request was not. At the end every documented answer of
every operation must have been seen, but for those in UNSEEN, each with its reason.
"""
import atexit
import http.client
import json
import os
import re
import subprocess
import unittest

from contract.scenarios import Scenarios
from integration.support import Daemon, Origin

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(HERE, "../../adminapi/openapi.json")
PRISM = os.path.join(HERE, "node_modules/@stoplight/prism-cli/dist/index.js")
PASSWORD = "a long enough password"
ROLES = ("none", "viewer", "auditor", "operator", "admin")

# Answers that a healthy gateway gives nobody, or only after more time or bytes than a test has: status, or (operationId, status).
UNSEEN = {
    ("signOut", 404): "needs a session that ends between its check and its end",
    **{answer: "needs policy.approval; tests/integration/test_versions.py has it" for answer in
       (("applyPolicy", 202), ("applyPolicy", 409), ("rollbackPolicy", 202), ("rollbackPolicy", 409), ("commitDraft", 202), ("approveDraft", 200),
        ("approveDraft", 409), ("approveDraft", 422), ("rejectDraft", 204), ("replaceDraft", 409), ("discardDraft", 409))},
    507: "needs a full disk",
    ("health", 503): "needs an audit trail that can't be written",
    **{(name, 503): "needs an API that starts before its proxy" for name in ("proxyPac", "wpadDat")},
    **{(name, 409): "needs a command without a gateway" for name in ("reloadSettings", "showUpgrade")},
    **{("beginUpgrade", status): "would replace the gateway; tests/integration/test_life.py has it" for status in (202, 409, 422)},
    ("exportRequests", 503): "needs four exports that run at once for long",
    ("listRequests", 503): "needs a live tail without a gateway: only the command in process has that",
    **{(name, 503): "needs a search that takes longer than its time" for name in
       ("policyUsage", "requestHistogram", "suggestValues", "statsSummary", "statsSeries", "statsTop", "getInspection")},
    ("getFaultyHost", 200): "needs an origin whose TLS is at fault; tests/console/tls.test.mjs has one",
}


class Prism:
    """`prism proxy` on a port of its own, for as long as the process lives."""

    def __init__(self, upstream):
        command = ["node", PRISM, "proxy", DOCUMENT, upstream, "-p", "0",
                   "--cors=false"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        atexit.register(self.close)
        said = []
        for line in self.process.stdout:
            said.append(line)
            found = re.search(r"Prism is listening on http://[^:]+:(\d+)", line)
            if found:
                self.port = int(found[1])
                # It tells of each request; nobody reads that, so the pipe must not fill.
                self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
                self.process.stdout.close()
                return
        raise AssertionError("Prism did not start:\n" + "".join(said))

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
            self.drain.wait()


class Contract(Scenarios, unittest.TestCase):
    """Tests run in the order of their names: the document, what any operation refuses, what each does (scenarios.py), what is left."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not os.path.exists(PRISM):
            raise AssertionError("Prism is not there: npm ci --ignore-scripts in tests/contract")
        with open(DOCUMENT) as f:
            cls.document = json.load(f)
        # Literal paths first: /requests/export is not the request named export.
        cls.operations = sorted(((method.upper(), path, op) for path, item in cls.document["paths"].items() for method, op in item.items()),
                                key=lambda operation: operation[1].count("{"))
        cls.patterns = [(method, re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + "$"), op) for method, path, op in cls.operations]
        cls.seen = set()
        cls.origin = Origin()
        cls.d = Daemon(policy=cls.POLICY, users={"alice": "wonder land"})
        cls.tokens = {"none": None}
        for role in ROLES[1:]:
            cls.d.run("admin", "add", "the-" + role, "--role", role, "--password-stdin", stdin=PASSWORD + "\n")
            cls.tokens[role] = cls.d.run("admin", "token", "the-" + role, "--role", role).stdout.split()[-1]
        cls.prism = Prism(f"http://127.0.0.1:{cls.d.admin_port}")

    @classmethod
    def tearDownClass(cls):
        cls.prism.close()
        cls.d.close()
        cls.origin.close()

    # -- asking --
    def sign_in(self, name, password):
        """Fields that prove a session of this account."""
        answer, fields = self.ask(200, "POST", "/session", {"name": name, "password": password}, role="none")
        return {"Cookie": fields["Set-Cookie"].split(";")[0], "X-CSRF": answer["csrf"]}

    def either(self, usual, other, method, path, body, headers):
        """Asks for `usual`; when it is `other`, that is as documented too. Returns which."""
        try:
            self.ask(usual, method, path, body, role="none", headers=headers, valid=False)
            return usual
        except AssertionError:
            self.ask(other, method, path, body, role="none", headers=headers, valid=False)
            return other

    def direct(self, status, method, path, fields):
        """A head alone, past Prism, which would mend it: (operation, status) is seen when the answer is a problem of that status."""
        path = "/api/v1" + path
        op = self.operation(method, path)
        c = http.client.HTTPConnection("127.0.0.1", self.d.admin_port, timeout=60)
        try:
            c.putrequest(method, path, skip_host="Host" in fields)
            for name, value in {"Authorization": "Bearer " + self.tokens["admin"], **fields}.items():
                c.putheader(name, value)
            c.endheaders()
            r = c.getresponse()
            problem = json.loads(r.read())
        finally:
            c.close()
        self.assertEqual((r.status, r.getheader("Content-Type"), problem["status"]), (status, "application/problem+json", status), problem)
        self.assertTrue(problem["title"] and problem["detail"])
        self.assertIn(str(status), op["responses"], op["operationId"])
        self.seen.add((op["operationId"], status))

    def operation(self, method, path):
        plain = path.split("?")[0]
        found = next((op for m, pattern, op in self.patterns if m == method and pattern.match(plain)), None)
        self.assertIsNotNone(found, f"{method} {path} is not in the document")
        return found

    def ask(self, status, method, path, body=None, role="admin", headers=None, kind="application/json", valid=None):
        """Sends it through Prism. valid: whether the request itself is as documented; presumed when it succeeds. Returns (answer, fields)."""
        path = "/api/v1" + path
        op = self.operation(method, path)
        fields = {**({"Authorization": "Bearer " + self.tokens[role]} if self.tokens[role] else {}), **(headers or {})}
        if body is not None:
            fields["Content-Type"] = kind
            body = json.dumps(body) if not isinstance(body, (bytes, str)) else body
        c = http.client.HTTPConnection("127.0.0.1", self.prism.port, timeout=60)
        try:
            c.request(method, path, body=body, headers=fields)
            r = c.getresponse()
            data = r.read()
        finally:
            c.close()
        where = f"{method} {path}"
        self.assertEqual(r.status, status, f"{where}: {data[:600]!r}")
        self.assertIn(str(status), op["responses"], f"{where} answers {status}, which {op['operationId']} does not document")
        for violation in json.loads(r.getheader("sl-violations") or "[]"):
            of_request = violation["location"][0] == "request"
            if of_request and violation.get("code") == 401 and "Cookie" in fields:
                continue  # without TLS the cookie has another name than the document's
            self.assertTrue(of_request and not (status < 400 if valid is None else valid), f"{where} {status}: {violation} {data[:300]!r}")
        self.seen.add((op["operationId"], status))
        if status >= 400 and data and "problem" in (r.getheader("Content-Type") or ""):
            self.assertEqual(json.loads(data)["status"], status)
        is_json = "json" in (r.getheader("Content-Type") or "") and "ndjson" not in (r.getheader("Content-Type") or "")
        return (json.loads(data) if is_json and data else data), r.headers

    # -- the document --
    def test_1_the_document_is_good(self):
        done = subprocess.run(["node", os.path.join(HERE, "lint.mjs"), DOCUMENT], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_1_every_answer_has_an_example(self):
        def example_of(media):
            schema = media.get("schema", {})
            while "$ref" in schema and not media.get("example"):
                if "example" in schema or "examples" in schema:
                    break
                schema = self.resolve(schema["$ref"])
            return any("example" in x or "examples" in x for x in (media, schema))

        lacking = []
        for method, path, op in self.operations:
            bodies = [("the body", op["requestBody"])] if "requestBody" in op else []
            bodies += [(f"{status}", self.resolve(r["$ref"]) if "$ref" in r else r) for status, r in op["responses"].items()]
            for what, body in bodies:
                lacking += [f"{method} {path}: {what}" for media in body.get("content", {}).values() if not example_of(media)]
        self.assertEqual(lacking, [])

    def resolve(self, pointer):
        node = self.document
        for part in pointer[2:].split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    # -- what any operation refuses --
    def concrete(self, path):
        """The path with names that nobody has, or whatever a parameter's own schema asks for."""
        def value(match):
            name = match[1]
            for p in self.parameters_of(path):
                if p["name"] == name and p["in"] == "path":
                    schema = p["schema"]
                    if "enum" in schema:
                        return str(schema["enum"][0])
                    if schema.get("type") == "integer":
                        return "9999999"
            return "nobody-has-this"

        return re.sub(r"\{([^}]*)\}", value, path)[len("/api/v1"):]

    def parameters_of(self, path):
        item = self.document["paths"][path]
        given = [p for op in item.values() for p in op.get("parameters", [])]
        return [self.resolve(p["$ref"]) if "$ref" in p else p for p in given]

    def body_of(self, op):
        """A body of the documented type, whatever it says."""
        kinds = list(op.get("requestBody", {}).get("content", {}))
        return ({}, kinds[0]) if kinds and "json" in kinds[0] else (b"x", kinds[0]) if kinds else (None, "application/json")

    def test_2_without_login(self):
        for method, path, op in self.operations:
            if op["x-role"] != "none":
                with self.subTest(operation=op["operationId"]):
                    body, kind = self.body_of(op)
                    self.ask(401, method, self.concrete(path), body, role="none", kind=kind)

    def test_2_with_a_lower_role(self):
        for method, path, op in self.operations:
            if op["x-role"] in ROLES[2:]:
                with self.subTest(operation=op["operationId"]):
                    body, kind = self.body_of(op)
                    self.ask(403, method, self.concrete(path), body, role=ROLES[ROLES.index(op["x-role"]) - 1], kind=kind)

    def test_2_with_an_unknown_parameter(self):
        for method, path, op in self.operations:
            with self.subTest(operation=op["operationId"]):
                body, kind = self.body_of(op)
                self.ask(400, method, self.concrete(path) + "?no_such_parameter=1", body, kind=kind)

    def of_sessions(self, op):
        """Operations on the caller's own session, which a token does not have."""
        return op["operationId"] in ("showSession", "signOut", "changePassword")

    def json_operations(self):
        return [(method, self.concrete(path), op) for method, path, op in self.operations
                if "application/json" in op.get("requestBody", {}).get("content", {})]

    def test_2_with_a_body_that_is_not_json(self):
        session = {**self.sign_in("the-admin", PASSWORD), "If-Match": "*"}
        for method, path, op in self.json_operations():
            with self.subTest(operation=op["operationId"]):
                if self.of_sessions(op):
                    self.ask(400, method, path, "{", role="none", headers=session)
                else:
                    self.ask(400, method, path, "{", headers={"If-Match": "*"})
                self.ask(415, method, path, "a=b", role="none", headers=session, kind="application/x-www-form-urlencoded")

    def test_2_with_a_body_that_is_too_large(self):
        for method, path, op in self.json_operations():
            with self.subTest(operation=op["operationId"]):
                self.direct(413, method, path, {"Content-Type": "application/json", "Content-Length": str(1 << 40)})
        self.direct(413, "POST", "/lists/nobody-has-this/upload", {"Content-Length": str((1 << 30) + 1)})

    def test_2_by_the_name_of_another_host(self):
        for method, path, op in self.operations:
            with self.subTest(operation=op["operationId"]):
                self.direct(421, method, self.concrete(path), {"Host": "rebound.example", "Content-Length": "0"})

    def test_2_before_the_first_password_was_changed(self):
        """Such an account may do nothing but that, whatever its role."""
        self.ask(204, "PUT", "/admins/fresh", {"password": PASSWORD, "role": "admin", "create": True, "must_change_password": True})
        session = self.sign_in("fresh", PASSWORD)
        for method, path, op in self.operations:
            if op["x-role"] != "none" and not self.of_sessions(op):
                with self.subTest(operation=op["operationId"]):
                    body, kind = self.body_of(op)
                    answer, _ = self.ask(403, method, self.concrete(path), body, role="none", headers=session, kind=kind)
                    self.assertEqual(answer.get("type"), "/problems/password-change-required", answer)

    # -- what is left --
    def test_9_every_documented_answer_was_seen(self):
        documented = {(op["operationId"], int(status)) for _, _, op in self.operations for status in op["responses"] if status != "default"}
        excused = {pair for pair in documented if pair in UNSEEN or pair[1] in UNSEEN}
        self.assertEqual(sorted(documented - self.seen - excused), [])
        stale = {key for key in UNSEEN if isinstance(key, tuple) and (key not in documented or key in self.seen)}
        self.assertEqual(stale, set(), "seen after all, or no longer documented")
