"""Parent proxies for tests: real ones where they are installed, and one that does what a test tells it to."""
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

from integration.support import contextlib, read_exactly, read_head, wait_for


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A proxy of somebody else's on a port of its own."""

    def __init__(self, command, port):
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: listening(port), f"{command[0]} to listen")

    def close(self):
        self.process.terminate()
        self.process.wait(20)


class Squid(Program):
    """With a login, and the names of a hosts file."""

    def __init__(self, hosts, helper="/usr/lib/squid/basic_fake_auth"):
        self.dir = tempfile.mkdtemp(prefix="sluice-squid-")
        port = free_port()
        shutil.copy(hosts, self.dir + "/hosts")  # where it may read it as the user that it becomes
        with open(self.dir + "/squid.conf", "w") as f:
            f.write(f"http_port 127.0.0.1:{port}\nhosts_file {self.dir}/hosts\npid_filename none\ncache_log /dev/null\naccess_log none\ncache deny all\n"
                    f"shutdown_lifetime 0 seconds\nvisible_hostname squid.test\nacl to_ports port 1-65535\n"
                    f"auth_param basic program {helper}\nacl users proxy_auth REQUIRED\nhttp_access allow users\nhttp_access deny all\n"
                    f"coredump_dir {self.dir}\nworkers 1\n")
        os.chmod(self.dir, 0o755)
        super().__init__(["squid", "-N", "-f", self.dir + "/squid.conf"], port)

    def close(self):
        super().close()
        shutil.rmtree(self.dir, ignore_errors=True)


class Microsocks(Program):
    def __init__(self, user, password):
        port = free_port()
        super().__init__(["microsocks", "-i", "127.0.0.1", "-p", str(port), "-u", user, "-P", password], port)


class Scripted:
    """Takes connections and lets `script(connection)` do what it wants to; counts them. It can stop listening."""

    def __init__(self, script, port=0):
        self.script = script
        self.count = 0
        self.server = socket.create_server(("127.0.0.1", port))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                s, _ = self.server.accept()
                self.count += 1
                threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        with s, contextlib.suppress(OSError, ValueError, IndexError):
            s.settimeout(30)
            self.script(s)

    def close(self):
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


class Secure(Scripted):
    """The same within TLS, with this certificate."""

    def __init__(self, script, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        super().__init__(script)

    def serve(self, s):
        with contextlib.suppress(OSError):
            super().serve(self.context.wrap_socket(s, server_side=True))


def make_certificate(path, name):
    """A self-signed one with its key, in one PEM file; its path."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=DNS:" + name, "-keyout", path + ".key", "-out", path], check=True, capture_output=True)
    with open(path, "a") as f, open(path + ".key") as key:
        f.write(key.read())
    return path


def splice(a, b):
    """Bytes both ways until both have ended."""
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
    other = threading.Thread(target=pump, args=(a, b), daemon=True)
    other.start()
    pump(b, a)
    other.join(30)


def socks_server(seen, origin_port):
    """A SOCKS5 server by RFC 1928 with a login; whatever is asked for, it leads to the origin. seen: login and target of each."""
    def script(s):
        _, count = read_exactly(s, 2)
        methods = read_exactly(s, count)
        login = None
        if 2 in methods:
            s.sendall(b"\x05\x02")
            _, n = read_exactly(s, 2)
            user = read_exactly(s, n)
            login = user, read_exactly(s, read_exactly(s, 1)[0])
            s.sendall(b"\x01\x00")
        else:
            s.sendall(b"\x05\x00")
        head = read_exactly(s, 4)
        host = read_exactly(s, {1: 4, 4: 16}.get(head[3]) or read_exactly(s, 1)[0])
        seen.append((login, head, host, int.from_bytes(read_exactly(s, 2), "big")))
        with socket.create_connection(("127.0.0.1", origin_port)) as origin:
            s.sendall(b"\x05\x00\x00\x03\x04here\x12\x34")
            splice(s, origin)
    return script


def connect_server(answer, then=b""):
    """Answers every head with these bytes, and what comes behind with the same again, until the end."""
    def script(s):
        read_head(s)
        s.sendall(answer + then)
        while data := s.recv(65536):
            s.sendall(data)
    return script


def tunnel_server(asked, port):
    """A proxy that knows CONNECT; whatever is asked for, it leads to the origin at port(). asked: the first line of each."""
    def script(s):
        asked.append(read_head(s).split(b"\r\n")[0].decode())
        with socket.create_connection(("127.0.0.1", port())) as origin:
            s.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            splice(s, origin)
    return script
