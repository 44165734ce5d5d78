"""A browser as far as the admin API can tell: it keeps its cookie, knows its CSRF token and says where its pages come from."""
import http.client
import json
import ssl

from integration.support import Answer


class Browser:
    def __init__(self, port, host="127.0.0.1", tls=None, source="127.0.0.1", name=None):
        self.port, self.host, self.tls, self.source = port, host, tls, source
        self.name = name or f"{host}:{port}"
        self.cookie = self.csrf = None

    def ask(self, method, path, body=None, headers=None, raw=None, origin=True):
        """One request on a connection of its own. headers win over what a browser would send; None leaves a field out."""
        fields = {"Host": self.name, "User-Agent": "Browser/1"}
        if self.cookie:
            fields["Cookie"] = self.cookie
        if method not in ("GET", "HEAD"):
            fields["X-CSRF"] = self.csrf
            if origin:
                fields["Origin"] = ("https://" if self.tls else "http://") + self.name
                fields["Sec-Fetch-Site"] = "same-origin"
        if body is not None:
            fields["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        fields.update(headers or {})
        where = {"timeout": 60, "source_address": (self.source, 0)}
        c = (http.client.HTTPSConnection(self.host, self.port, context=self.tls, **where) if self.tls
             else http.client.HTTPConnection(self.host, self.port, **where))
        try:
            c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for key, value in fields.items():
                if value is not None:
                    c.putheader(key, value)
            if raw is not None:
                c.putheader("Content-Length", str(len(raw)))
            c.endheaders(raw)
            r = c.getresponse()
            answer = Answer(r.status, r.headers, r.read())
        finally:
            c.close()
        if answer.headers["Set-Cookie"]:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer

    def api(self, method, path, body=None, **options):
        return self.ask(method, "/api/v1" + path, body, **options)

    def sign_in(self, name, password):
        answer = self.api("POST", "/session", {"name": name, "password": password})
        if answer.status == 200:
            self.csrf = answer.json["csrf"]
        return answer


def trusting(pem):
    """A TLS context that trusts one certificate only."""
    return ssl.create_default_context(cafile=pem)
