"""Good, slow, rude and hostile clients, and origins of the same kinds: the peers of test_soak.py. Each is a coroutine that does one thing again
and again until the end. A request carries a number of its own in Referer, by which its record is found: agents the audit trail would remember."""
import asyncio
import contextlib
import itertools
import logging
import os
import random
import socket
import struct

logging.getLogger("asyncio").setLevel(logging.CRITICAL) # writing to who has gone is what half of them do
BODY = bytes(range(256)) * 256


class Ledger:
    """What the clients saw: numbers of requests, and the status that each was answered with."""

    def __init__(self):
        self.numbers = itertools.count(1)
        self.sent, self.answered, self.arrived = set(), {}, set()
        self.faults = []

    def head(self, method, target, *fields, number=None):
        """A request's head. It counts as sent when the last byte of this does."""
        n = number or next(self.numbers)
        self.sent.add(n)
        return n, "\r\n".join((f"{method} {target} HTTP/1.1", "Host: x", f"Referer: soak/{n}", *fields, "", "")).encode()

    def note(self, number, status):
        if self.answered.setdefault(number, status) != status:
            self.faults.append((number, f"was answered twice: {self.answered[number]}, {status}"))


def reset(writer):
    """Closes so that the other side sees a reset."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_head(reader):
    """(status, fields) of the next final answer; (0, {}) when the connection ended before."""
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, {}
        line, *fields = head.split("\r\n")
        status = int(line.split()[1])
        if status >= 200 or status == 101:
            return status, {k.strip().lower(): v.strip() for k, _, v in (f.partition(":") for f in fields if f)}


async def read_chunks(reader):
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return body


async def read_body(reader, fields):
    """The body, None when it was cut."""
    try:
        if "transfer-encoding" in fields:
            return await read_chunks(reader)
        if "content-length" in fields:
            return await reader.readexactly(int(fields["content-length"]))
        return await reader.read(-1)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return None


# ---- origins ----

async def request_body(reader, head):
    """An origin that left it there would take it for the next request. ConnectionError when it was cut."""
    fields = {k.strip().lower(): v.strip() for k, _, v in (f.partition(":") for f in head.split("\r\n")[1:])}
    body = await read_body(reader, fields) if "transfer-encoding" in fields or "content-length" in fields else b""
    if body is None:
        raise ConnectionResetError("the request was cut")
    return body


class Origins:
    """One server; the path says how it behaves."""

    def __init__(self, ledger):
        self.ledger, self.open = ledger, set()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=512)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def stop(self):
        self.server.close()
        for writer in list(self.open):
            reset(writer)
        while self.open:
            await asyncio.sleep(0.01)

    async def serve(self, reader, writer):
        self.open.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            first = await reader.readexactly(4)
            if first == b"ECHO":
                await self.echo(reader, writer)
            while first:
                head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ", 2)[1]
                self.ledger.arrived.update(int(line.split("/")[1]) for line in head.split("\r\n") if line.startswith("Referer: soak/"))
                if not await getattr(self, path.split("/")[1].replace("-", "_"))(reader, writer, head, path):
                    break
                await writer.drain()
                first = await reader.readexactly(4)
        writer.close()
        self.open.discard(writer)

    async def echo(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    async def n(self, reader, writer, head, path):
        await request_body(reader, head)
        size = int(path.split("/")[2])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + BODY[:size])
        return True

    async def chunks(self, reader, writer, head, path):
        size = int(path.split("/")[2])
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, size, 1000):
            piece = BODY[at:min(at + 1000, size)]
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        writer.write(b"0\r\nX-Sum: 1\r\n\r\n")
        return True

    async def post(self, reader, writer, head, path):
        body = await request_body(reader, head)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return True

    async def drip(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        for at in range(10):
            writer.write(BODY[at:at + 1])
            await writer.drain()
            await asyncio.sleep(0.02)
        return True

    async def large(self, reader, writer, head, path):
        await request_body(reader, head)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * len(BODY)))
        for _ in range(64):
            writer.write(BODY)
            await writer.drain()
        return True

    async def socket(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        await self.echo(reader, writer)
        return False

    async def stall(self, reader, writer, head, path):
        await reader.read(1)
        return False

    async def gone(self, reader, writer, head, path):
        return False

    async def broken(self, reader, writer, head, path):
        reset(writer)
        return False

    async def half(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        return False

    async def garbage(self, reader, writer, head, path):
        writer.write(os.urandom(3000) + b"\r\n\r\n")
        return True

    async def short(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        return False

    async def long(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        return True

    async def bad_chunk(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")
        return True

    async def hints(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 120)
        return True

    async def early(self, reader, writer, head, path):
        writer.write(b"HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await reader.read(random.choice((1, 100000)))
        return False


# ---- clients ----

class Crowd:
    """All clients of one run. A fault is a sentence in ledger.faults, with the number of the request."""

    def __init__(self, ledger, proxy, origin):
        self.ledger, self.proxy, self.origin = ledger, proxy, origin
        self.over = False

    def url(self, path, host="good.test"):
        return f"http://{host}:{self.origin}{path}"

    def fault(self, number, *words):
        self.ledger.faults.append((number, " ".join(map(str, words))))

    @contextlib.asynccontextmanager
    async def connection(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy, limit=1 << 20)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def again(self, what):
        while not self.over:
            try:
                await what()
            except (ConnectionError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.01) # a limit turned it away, or it went too far

    async def ask(self, reader, writer, number, head, body=b""):
        writer.write(head + body)
        status, fields = await read_head(reader)
        if status:
            self.ledger.note(number, status)
        return status, await read_body(reader, fields) if status else None

    # -- good --
    async def good(self):
        async with self.connection() as (reader, writer):
            for _ in range(random.randint(1, 30)):
                size = random.choice((0, 10, 2000, 65536))
                path = random.choice((f"/n/{size}", f"/chunks/{size}", "/drip", "/post"))
                data = BODY[:size] if path == "/post" else b""
                number, head = self.ledger.head("POST" if data else "GET", self.url(path), *((f"Content-Length: {size}",) if data else ()))
                status, body = await self.ask(reader, writer, number, head, data)
                wanted = BODY[:10] if path == "/drip" else BODY[:size]
                if (status, body) != (200, wanted):
                    self.fault(number, path, "gave", status, len(body or b""), "bytes")
                    return

    async def blocked(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("GET", self.url("/n/10", "blocked.test"))
            status, _ = await self.ask(reader, writer, number, head)
            if status != 403:
                self.fault(number, "a blocked host gave", status)
            await asyncio.sleep(0.02)

    async def tunnel(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("CONNECT", f"good.test:{self.origin}")
            writer.write(head)
            status, _ = await read_head(reader)
            self.ledger.note(number, status)
            writer.write(b"ECHO")
            for _ in range(random.randint(1, 8)):
                data = BODY[:random.choice((1, 1000, 65536))]
                writer.write(data)
                if await reader.readexactly(len(data)) != data:
                    self.fault(number, "a tunnel changed its bytes")
            await self.leave(reader, writer)

    async def websocket(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("GET", self.url("/socket"), "Upgrade: websocket", "Connection: Upgrade")
            writer.write(head)
            status, _ = await read_head(reader)
            self.ledger.note(number, status)
            if status != 101:
                self.fault(number, "an upgrade gave", status)
            for _ in range(random.randint(1, 8)):
                writer.write(BODY[:500])
                if await reader.readexactly(500) != BODY[:500]:
                    self.fault(number, "a WebSocket changed its bytes")
            await self.leave(reader, writer)

    async def leave(self, reader, writer):
        how = random.randint(0, 3)
        if how == 0:
            reset(writer)
        elif how == 1:
            writer.write_eof()
            await reader.read(-1)
        elif how == 2:
            await asyncio.sleep(random.random() * 2)

    # -- at origins that fail --
    FAILING = {"stall": (504, True), "gone": (502, True), "broken": (502, True), "half": (502, True), "garbage": (502, True), "short": (200, False),
               "long": (200, True), "bad-chunk": (200, False), "hints": (502, True)}

    async def unlucky(self):
        async with self.connection() as (reader, writer):
            kind, (wanted, whole) = random.choice(list(self.FAILING.items()))
            number, head = self.ledger.head("GET", self.url("/" + kind))
            status, body = await self.ask(reader, writer, number, head)
            if kind == "bad-chunk" and status == 502: # nothing of it had gone out yet
                return
            if status != wanted or (body is not None) != whole or (kind == "long" and body != b"hello"):
                self.fault(number, f"/{kind} gave", status, body and body[:50])

    async def early(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("PUT", self.url("/early"), "Content-Length: 3000000")
            status, body = await self.ask(reader, writer, number, head, b"x" * random.choice((0, 1000, 3000000)))
            if status not in (413, 502):
                self.fault(number, "/early gave", status, body and body[:50])

    # -- slow, rude and hostile --
    async def slow_head(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("GET", self.url("/n/10"))
            for at in range(len(head) - 2):
                writer.write(head[at:at + 1])
                await writer.drain()
                await asyncio.sleep(0.1)
                if self.over or reader.at_eof():
                    break
            status, _ = await read_head(reader)
            if status not in (0, 408):
                self.fault(number, "a slow head gave", status)

    async def slow_body(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("PUT", self.url("/post"), "Content-Length: 1000000")
            writer.write(head)
            for _ in range(60):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.1)
                if self.over or reader.at_eof():
                    break

    async def slow_reader(self):
        s = socket.create_connection(("127.0.0.1", self.proxy))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.setblocking(False)
        number, head = self.ledger.head("GET", self.url("/large"))
        with s:
            s.send(head)
            for _ in range(40):
                await asyncio.sleep(0.1)
                with contextlib.suppress(BlockingIOError):
                    if self.over or not s.recv(64):
                        break

    async def resetter(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("POST", self.url(random.choice(("/post", "/large", "/n/65536", "/stall"))), "Content-Length: 65536")
            writer.write((head + BODY)[:random.randint(1, len(head) + len(BODY))])
            await asyncio.sleep(random.random() / 20)
            reset(writer)

    async def babbler(self):
        async with self.connection() as (reader, writer):
            good = [self.ledger.head("GET", self.url("/n/100")) for _ in range(random.randint(0, 20))]
            writer.write(b"".join(head for _, head in good) + os.urandom(random.randint(1, 5000)) + b"\r\n\r\n")
            for number, _ in good:
                status, fields = await read_head(reader)
                if status:
                    self.ledger.note(number, status)
                if status != 200 or await read_body(reader, fields) != BODY[:100]:
                    self.fault(number, "a pipelined request gave", status)
                    return
            await reader.read(-1)

    async def chunk_flood(self):
        async with self.connection() as (reader, writer):
            number, head = self.ledger.head("POST", self.url("/post"), "Transfer-Encoding: chunked")
            status, body = await self.ask(reader, writer, number, head, b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n")
            if status != 200 or body != b"x" * 5000:
                self.fault(number, "a flood of chunks gave", status)

    async def idler(self):
        async with self.connection() as (reader, writer):
            await reader.read(1)

    CROWD = (("good", 8), ("tunnel", 4), ("websocket", 3), ("blocked", 2), ("unlucky", 6), ("early", 2), ("slow_head", 4), ("slow_body", 4),
             ("slow_reader", 4), ("resetter", 4), ("babbler", 3), ("chunk_flood", 2), ("idler", 10))

    async def run(self, seconds):
        self.over = False
        crowd = [asyncio.create_task(self.again(getattr(self, name))) for name, count in self.CROWD for _ in range(count)]
        await asyncio.sleep(seconds)
        self.over = True
        for done in await asyncio.gather(*crowd, return_exceptions=True):
            if isinstance(done, BaseException):
                self.fault(0, repr(done))
