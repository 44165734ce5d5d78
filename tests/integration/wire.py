"""What an origin or a parent proxy may see of a request: one exact form, and nothing that a second reader could take otherwise. `read` is strict to the byte;
`Reader` has the same bytes read by another parser (Debian's python3-h11)."""
import re
import sys
from collections import namedtuple

try:
    import h11
except ImportError:  # another python than Debian's: the package is one of plain Python
    sys.path.append("/usr/lib/python3/dist-packages")
    import h11

# method, target, fields as (lower-case name, value), body, trailers like fields
Message = namedtuple("Message", "method target fields body trailers")

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
VALUE = rb"[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?"
START = re.compile(rb"(" + TOKEN + rb") (/[\x21-\x7e]*|\*|http://[0-9a-z.:\[\]-]+(?:/[\x21-\x7e]*)?) HTTP/1\.1\r\n")
FIELD = re.compile(rb"(" + TOKEN + rb"): (|" + VALUE + rb")\r\n")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")
ONCE = (b"host", b"content-length", b"transfer-encoding", b"connection", b"te", b"upgrade", b"expect")
NEVER = (b"keep-alive", b"proxy-connection", b"proxy-authorization", b"http2-settings", b"x-sluice-loop")


class Ambiguous(Exception):
    pass


class _Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def match(self, pattern, what):
        """The groups of pattern here; None where the data ended before it could be told; else it is something else."""
        found = pattern.match(self.data, self.at)
        if found:
            self.at = found.end()
            return found.groups()
        if b"\r\n" in self.data[self.at:]:
            raise Ambiguous(f"{what}: {self.data[self.at:self.at + 80]!r}")
        return None

    def take(self, n):
        if len(self.data) - self.at < n:
            return None
        piece = self.data[self.at:self.at + n]
        self.at += n
        return piece


def _fields(b, what):
    fields = []
    while True:
        if b.data.startswith(b"\r\n", b.at):
            b.at += 2
            return fields
        field = b.match(FIELD, what)
        if field is None:
            return None
        fields.append((field[0].lower(), field[1]))


def _chunks(b):
    body = b""
    while (size := b.match(CHUNK, "chunk size")) is not None:
        n = int(size[0], 16)
        if n == 0:
            return body
        piece = b.take(n + 2)
        if piece is None:
            return None
        if not piece.endswith(b"\r\n"):
            raise Ambiguous("chunk without end")
        body += piece[:-2]
    return None


def _check(method, target, fields):
    names = [name for name, _ in fields]
    for name in ONCE:
        if names.count(name) > 1:
            raise Ambiguous(f"{name!r} stands more than once")
    for name in names:
        if name == b"x-sluice-loop" and target.startswith(b"http:"):
            continue  # what finds loops of proxies
        if name in NEVER or name.replace(b"_", b"-") in ONCE + NEVER and b"_" in name:
            raise Ambiguous(f"{name!r} should not be here")
    values = dict(fields)
    if b"host" not in names:
        raise Ambiguous("no Host")
    if b"transfer-encoding" in values and (b"content-length" in values or values[b"transfer-encoding"] != b"chunked"):
        raise Ambiguous("framing is told twice")
    if not re.fullmatch(rb"0|[1-9][0-9]*", values.get(b"content-length", b"0")):
        raise Ambiguous("Content-Length is not plain")
    if method in (b"POST", b"PUT", b"PATCH") and not {b"content-length", b"transfer-encoding"} & values.keys():
        raise Ambiguous("no framing")


def read(data):
    """The whole messages of a connection, in order; what comes behind them is the begin of another, or Ambiguous is raised."""
    b, messages = _Bytes(data), []
    while b.at < len(data):
        start = b.match(START, "start line")
        fields = start and _fields(b, "field line")
        if fields is None:
            break
        _check(*start, fields)
        values, trailers = dict(fields), []
        if b"transfer-encoding" in values:
            body = _chunks(b)
            trailers = None if body is None else _fields(b, "trailer")
        else:
            body = b.take(int(values.get(b"content-length", b"0")))
        if body is None or trailers is None:
            break
        messages.append(Message(*start, fields, body, trailers))
    return messages


class Reader:
    """A server that reads with h11. feed() returns how many requests became whole."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    def __init__(self):
        self.connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        self.messages, self.request, self.body = [], None, b""

    def feed(self, data):
        """Raises h11.RemoteProtocolError where h11 finds fault."""
        self.connection.receive_data(data)
        before = len(self.messages)
        while True:
            event = self.connection.next_event()
            if isinstance(event, h11.Request):
                self.request, self.body = event, b""
            elif isinstance(event, h11.Data):
                self.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                r = self.request
                self.messages.append(Message(bytes(r.method), bytes(r.target), [(bytes(n), bytes(v)) for n, v in r.headers], self.body,
                                             [(bytes(n), bytes(v)) for n, v in event.headers]))
                self.connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                self.connection.send(h11.EndOfMessage())
                if self.connection.our_state is h11.MUST_CLOSE:
                    return len(self.messages) - before
                self.connection.start_next_cycle()
            else:
                return len(self.messages) - before

