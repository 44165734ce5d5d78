"""HTTP/2 by hand: frames as they are on the wire (RFC 9113), fields without compression (RFC 7541, literals). For what no library would send, and
for a proxy in front of clients that know none."""
import contextlib
import select
import socket
import struct
import threading

from integration.support import read_head

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
NO_ERROR, PROTOCOL_ERROR, CANCEL, CALM = 0, 1, 8, 11


def literal(text):
    raw = text if isinstance(text, bytes) else text.encode()
    n = len(raw)
    if n < 127:
        return bytes([n]) + raw
    length, n = b"\x7f", n - 127
    while n >= 128:
        length, n = length + bytes([n % 128 + 128]), n // 128
    return length + bytes([n]) + raw


def fields(pairs):
    """A block of fields, none of which is kept in the table."""
    return b"".join(b"\x00" + literal(name) + literal(value) for name, value in pairs)


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class Http2:
    """A client on a socket that has agreed on h2."""

    def __init__(self, s, authority, settings=b""):
        self.s, self.authority = s, authority
        self.buffer, self.frames, self.goaway, self.ended = b"", [], None, False
        self.next = 1
        s.settimeout(20)
        self.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, payload=settings))

    def send(self, data):
        self.s.sendall(data)

    def ask(self, path="/", method="GET", extra=(), end=True):
        """Sends a request; its number."""
        stream, self.next = self.next, self.next + 2
        pairs = [(":method", method), (":scheme", "https"), (":authority", self.authority), (":path", path), *extra]
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, fields(pairs)))
        return stream

    def read(self):
        """The next frame as (kind, flags, stream, payload); None at the end. Settings and pings are answered."""
        while not self.ended:
            if len(self.buffer) >= 9 and len(self.buffer) >= 9 + int.from_bytes(self.buffer[:3], "big"):
                n = int.from_bytes(self.buffer[:3], "big")
                kind, flags, stream = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big")
                payload, self.buffer = self.buffer[9:9 + n], self.buffer[9 + n:]
                if kind == GOAWAY:
                    self.goaway = int.from_bytes(payload[4:8], "big")
                if kind in (SETTINGS, PING) and not flags & ACK:
                    with contextlib.suppress(OSError):
                        self.send(frame(kind, ACK, 0, payload if kind == PING else b""))
                return kind, flags, stream, payload
            try:
                piece = self.s.recv(65536)
            except ConnectionError:
                piece = b""
            self.ended = not piece
            self.buffer += piece
        return None

    def until(self, wanted):
        """Reads until wanted(kind, flags, stream, payload) is true; that frame, or None at the end."""
        while (got := self.read()) is not None:
            if wanted(*got):
                return got
        return None

    def end_of(self, stream):
        """How a stream ends: "end", or the error of its reset; None: with the connection."""
        got = self.until(lambda kind, flags, of, payload: of == stream and
                         (kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM)))
        return got and ("end" if got[0] != RST_STREAM else int.from_bytes(got[3], "big"))

    def close(self):
        self.s.close()


class Relay:
    """A port that leads through the gateway to one place, for clients that know no proxy."""

    def __init__(self, gateway_port, target):
        self.gateway_port, self.target = gateway_port, target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self.gateway_port)) as gateway:
            gateway.sendall(f"CONNECT {self.target} HTTP/1.1\r\nHost: {self.target}\r\n\r\n".encode())
            read_head(gateway)
            while True:
                for s in select.select([client, gateway], [], [])[0]:
                    piece = s.recv(65536)
                    if not piece:
                        return
                    (gateway if s is client else client).sendall(piece)

    def close(self):
        self.listener.close()
