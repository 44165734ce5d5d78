"""What the integration tests share: the real daemon in a temporary folder, origins, and clients. Loopback only; ports are chosen by the system."""
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import unittest

SLUICE = os.environ.get("SLUICE", os.path.join(os.path.dirname(__file__), "../../build/asan/sluice"))
ALLOW_ALL = {"schema": 1, "default": {"then": "allow"}}


def wait_for(condition, what, seconds=20):
    """Polls until condition() is true (returns its value); events, not sleeps, decide how long a test takes."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"timed out waiting for {what}")
        time.sleep(0.02)


class Successor:
    """A gateway that an upgrade started: the old one's child, and nobody's now. As much of subprocess.Popen as Daemon needs."""

    def __init__(self, pid):
        self.pid = pid

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def poll(self):
        try:
            with open(f"/proc/{self.pid}/stat") as f:
                return 0 if f.read().rsplit(")", 1)[1].split()[0] == "Z" else None
        except FileNotFoundError:
            return 0

    def wait(self, timeout=60):
        wait_for(lambda: self.poll() is not None, "the gateway to end", timeout)
        return 0


class Daemon:
    """`sluice serve` on ports of its own. settings: {"proxy": {"timeout_head": "1s"}}; the hosts file maps *.test names to loopback."""

    HOSTS = ("origin.test", "www.origin.test", "blocked.test", "sub.blocked.test", "other.test", "a.test", "b.test", "c.test", "slow.test")

    def __init__(self, settings=None, policy=None, hosts=(), start=True, users=None):
        self.dir = tempfile.mkdtemp(prefix="sluice-test-")
        self.state = self.dir + "/state"
        self.conf = self.dir + "/sluice.conf"
        self.process = None
        with open(self.dir + "/hosts", "w") as f:
            for name in (*self.HOSTS, *hosts):
                f.write(f"127.0.0.1 {name}\n" if isinstance(name, str) else f"{name[0]} {name[1]}\n")
        self.settings = {
            "state": {"directory": self.state},
            "proxy": {"listen": "127.0.0.1:0", "workers": "2", "allow_private": "127.0.0.0/8, ::1/128", "connect_ports": "1-65535"},
            "dns": {"hosts": self.dir + "/hosts", "servers": "127.0.0.1:9"},
            "admin": {"listen": "127.0.0.1:0"},
        }
        for section, values in (settings or {}).items():
            self.settings.setdefault(section, {}).update(values)
        self.write_settings()
        for name, password in (users or {}).items():
            self.run("user", "add", name, "--password-stdin", stdin=password + "\n")
        if policy is not None:
            self.apply(policy)
        if start:
            self.start()

    def write_settings(self):
        with open(self.conf, "w") as f:
            for section, values in self.settings.items():
                f.write(f"[{section}]\n")
                for key, value in values.items():
                    f.write(f"{key} = {value}\n")

    def start(self, command=(), environment=None, wait=True):
        self.log = open(self.dir + "/log", "ab+")
        offset = self.log.seek(0, 2)
        self.process = subprocess.Popen([*command, SLUICE, "serve", "--config", self.conf], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **(environment or {})})
        if not wait:
            return self

        def ready():
            text = self.log_text()[offset:]
            if self.process.poll() is not None:
                raise AssertionError(f"sluice ended with {self.process.returncode}:\n{text}")
            return re.search(r"sluice: ready proxy=\S+:(\d+).* admin=\S+:(\d+)", text)

        found = wait_for(ready, "the ready line", 60)
        self.port, self.admin_port = int(found[1]), int(found[2])
        return self

    def log_text(self):
        with open(self.dir + "/log", "rb") as f:
            return f.read().decode(errors="replace")

    def stop(self, expect=0, sig=signal.SIGTERM):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("sluice did not end:\n" + self.log_text()[-3000:])
        self.process = None
        self.log.close()
        if expect is not None and code != expect:
            raise AssertionError(f"sluice ended with {code}:\n{self.log_text()[-6000:]}")

    def adopt(self, pid):
        """Goes on with the process that replaced the one before, which has ended."""
        self.process = Successor(pid)

    def kill(self):
        self.stop(expect=None, sig=signal.SIGKILL)

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)

    # -- the command --
    def run(self, *args, stdin=None, check=True):
        done = subprocess.run([SLUICE, *args, "--config", self.conf], input=stdin, capture_output=True, text=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"sluice {' '.join(args)} exited {done.returncode}: {done.stderr}{done.stdout}")
        return done

    def begin(self, *args, stdin):
        """The command while it runs, with its input written."""
        command = subprocess.Popen([SLUICE, *args, "--config", self.conf], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        command.stdin.write(stdin)
        command.stdin.close()
        return command

    def json(self, *args, stdin=None, check=True):
        return json.loads(self.run(*args, "--json", stdin=stdin, check=check).stdout)

    def apply(self, policy, check=True):
        return self.run("policy", "apply", "-", stdin=json.dumps(policy), check=check)

    def explain(self, url, **options):
        args = [value for key, text in options.items() for value in ("--" + key, text)]
        return json.loads(self.run("explain", url, *args, "--json", check=False).stdout)

    def audit(self, count=None, **filters):
        """Records newest first; waits until at least `count` are there."""
        args = [value for key, text in filters.items() for value in ("--" + key, str(text))]

        def rows():
            items = self.json("audit", "query", "--limit", "10000", *args)
            return items if count is None or len(items) >= count else None

        if count is None:
            return rows()
        return wait_for(rows, f"{count} audit records {filters}")

    # -- clients --
    def connect(self, timeout=20):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def raw(self, data, timeout=20):
        """Sends bytes on a new connection and reads until it is closed (or the time is up)."""
        with self.connect(timeout) as s:
            s.sendall(data)
            return read_all(s)

    def get(self, url, headers=None, method="GET", body=None):
        """One request on a connection of its own: (status, fields, body)."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            c.request(method, url, body=body, headers=headers or {})
            r = c.getresponse()
            return Answer(r.status, r.headers, r.read())
        finally:
            c.close()

    def curl(self, *args, check=True):
        done = subprocess.run(["curl", "-sS", "-x", f"http://127.0.0.1:{self.port}", "--noproxy", "", *args], capture_output=True,
                              timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"curl {args}: {done.returncode} {done.stderr.decode()}")
        return done.stdout.decode(errors="replace")

    def api(self, path, method="GET", body=None, token=None, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=30)
        fields = {"Content-Type": "application/json", **(headers or {})}
        if token:
            fields["Authorization"] = "Bearer " + token
        try:
            c.request(method, "/api/v1" + path, body=None if body is None else json.dumps(body), headers=fields)
            r = c.getresponse()
            return Answer(r.status, r.headers, r.read())
        finally:
            c.close()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.body)


def read_all(s):
    data = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            data += piece
    return data


def read_head(s):
    """Reads up to and including the empty line, byte by byte so that nothing behind it is taken."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        piece = s.recv(1)
        if not piece:
            break
        data += piece
    return data


def read_exactly(s, n):
    """As many of n bytes as come before the connection ends, however it ends."""
    pieces, got = [], 0
    with contextlib.suppress(ConnectionError):
        while got < n:
            piece = s.recv(min(n - got, 1 << 20))
            if not piece:
                break
            pieces.append(piece)
            got += len(piece)
    return b"".join(pieces)


class Origin:
    """An origin server whose answers are Python: handler(connection, head, path) per request. It keeps what it was sent in `heads`.
    The default one answers GET /n/BYTES with so many bytes, /echo with the body, and everything else with a short text."""

    def __init__(self, handler=None, family=socket.AF_INET, address=None, port=0):
        outer = self
        self.heads = []
        self.connections = 0
        self.lock = threading.Lock()
        self.handler = handler or default_handler

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with outer.lock:
                    outer.connections += 1
                self.request.settimeout(60)
                with contextlib.suppress(OSError, ValueError, IndexError):
                    while True:
                        head = read_head(self.request)
                        if not head:
                            return
                        with outer.lock:
                            outer.heads.append(head)
                        if outer.handler(self.request, head, (head.split(b" ", 2) + [b""])[1].decode()) is False:
                            return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 512
            address_family = family

        self.server = Server((address or ("127.0.0.1" if family == socket.AF_INET else "::1"), port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def url(self, path="/", host="origin.test"):
        return f"http://{host}:{self.port}{path}"

    def head(self, index=-1):
        return self.heads[index].decode("latin-1")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def field(head, name):
    """The value of a field of a raw head, None when absent."""
    if isinstance(head, bytes):
        head = head.decode("latin-1")
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return None


def request_body(s, head):
    if (field(head, "transfer-encoding") or "").lower() == "chunked":
        body = b""
        while True:
            line = b""
            while not line.endswith(b"\r\n"):
                line += s.recv(1)
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while True:
                    line = b""
                    while not line.endswith(b"\r\n"):
                        line += s.recv(1)
                    if line == b"\r\n":
                        return body
            body += read_exactly(s, size)
            read_exactly(s, 2)
    return read_exactly(s, int(field(head, "content-length") or 0))


def default_handler(s, head, path):
    body = request_body(s, head)
    method = head.split(b" ", 1)[0]
    if path.startswith("/n/"):
        answer = b"x" * int(path.split("/")[2].split("?")[0])
    elif path.startswith("/echo"):
        answer = body
    else:
        answer = b"hello from the origin\n"
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(answer) +
              (b"" if method == b"HEAD" else answer))
    return True


class SmallDisk:
    """A disk of its own at a folder, for a test to fill. Needs root, for the mount; without it the test is skipped."""

    def __init__(self, folder, megabytes):
        self.folder, self.filler = folder, folder + "/filler"
        os.makedirs(folder, exist_ok=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", folder], capture_output=True, text=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest("can't mount a disk of its own: " + mounted.stderr.strip())

    def fill(self, leave=0):
        """Takes all of it but so many bytes, whatever the gateway writes meanwhile."""
        with open(self.filler, "ab") as f:
            while (more := self.room() - leave) > 0:
                with contextlib.suppress(OSError):
                    os.posix_fallocate(f.fileno(), os.path.getsize(self.filler), more)

    def room(self):
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_bsize

    def empty(self):
        os.remove(self.filler)

    def close(self):
        subprocess.run(["umount", self.folder], check=True)


class Case(unittest.TestCase):
    """A test class with one daemon and one origin for all of its tests; override SETTINGS, POLICY, USERS."""

    SETTINGS = None
    POLICY = ALLOW_ALL
    USERS = None
    HOSTS = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.origin = Origin(cls.handler() if hasattr(cls, "handler") else None)
        try:
            cls.d = Daemon(cls.SETTINGS, cls.POLICY, hosts=cls.HOSTS, users=cls.USERS)
        except BaseException:
            cls.origin.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.d.close()
        cls.origin.close()

    def record_of(self, answer):
        """The audit record of an answer that the gateway made itself."""
        wanted = answer.headers["X-Sluice-Request"]
        return wait_for(lambda: next((r for r in self.d.audit() if r["id"] == wanted), None), "the audit record of " + wanted)
