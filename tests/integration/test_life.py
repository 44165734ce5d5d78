"""The gateway's life: settings read again and the binary replaced while it serves."""
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import unittest

from integration.support import ALLOW_ALL, SLUICE, Daemon, Origin, read_head, wait_for


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Reload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = Origin()
        cls.d = Daemon(policy=ALLOW_ALL, settings={"proxy": {"listen": "127.0.0.1:0, 127.0.0.1:0"}})

    @classmethod
    def tearDownClass(cls):
        cls.d.close()
        cls.origin.close()

    def put(self, section, **values):
        self.d.settings.setdefault(section, {}).update(values)
        self.d.write_settings()

    def reload(self, check=True):
        return self.d.json("reload", check=check)

    def get(self, port=None):
        c = http.client.HTTPConnection("127.0.0.1", port or self.d.port, timeout=20)
        c.request("GET", f"http://origin.test:{self.origin.port}/")
        r = c.getresponse()
        r.read()
        c.close()
        return r

    def test_figures_take_effect_for_connections_that_are_open(self):
        with self.d.connect() as s:
            for via in ("off", "on"):
                self.put("proxy", via=via)
                self.assertEqual([c["key"] for c in self.reload()["applied"]], ["proxy.via"])
                s.sendall(f"GET http://origin.test:{self.origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                head = read_head(s).decode()
                self.assertIn(" 200 ", head.split("\r\n")[0])
                self.assertEqual("via:" in head.lower(), via == "on", head)
                body = int(next(l.split(":")[1] for l in head.split("\r\n") if l.lower().startswith("content-length")))
                while body > 0:
                    body -= len(s.recv(body))

    def test_a_faulty_file_is_refused_whole_and_the_old_one_serves(self):
        self.put("proxy", via="perhaps", timeout_idle="soon")
        done = self.d.run("reload", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("proxy.via", done.stderr)
        self.assertIn("timeout_idle", done.stderr)
        self.d.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "settings not taken over" in self.d.log_text(), "the refusal in the log")
        self.put("proxy", via="on", timeout_idle="60s")
        busy = socket.create_server(("127.0.0.1", 0))
        added = free_port()
        self.put("proxy", listen=f"127.0.0.1:0, 127.0.0.1:0, 127.0.0.1:{added}, 127.0.0.1:{busy.getsockname()[1]}")
        done = self.d.run("reload", check=False)
        busy.close()
        self.put("proxy", listen="127.0.0.1:0, 127.0.0.1:0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot listen", done.stderr)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", added))
        self.assertEqual(self.get().status, 200)
        self.assertEqual(self.reload(), {"applied": [], "next_start": []})

    def test_what_counts_at_the_next_start_is_named(self):
        self.put("proxy", workers="1")
        answer = self.reload()
        self.put("proxy", workers="2")
        self.assertEqual(answer["applied"], [])
        self.assertEqual(answer["next_start"], [{"key": "proxy.workers", "before": "2", "after": "1"}])

    def test_listeners_come_and_go_while_clients_are_served(self):
        added, origin = free_port(), f"origin.test:{self.origin.port}"
        with self.d.connect() as tunnel:
            tunnel.sendall(f"CONNECT {origin} HTTP/1.1\r\nHost: {origin}\r\n\r\n".encode())
            self.assertIn(b" 200 ", read_head(tunnel))
            self.put("proxy", listen=f"127.0.0.1:0, 127.0.0.1:{added}")
            self.reload()
            self.assertEqual((self.get().status, self.get(added).status), (200, 200))
            self.put("proxy", listen="127.0.0.1:0")
            self.reload()
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", added))
            self.assertEqual(self.get().status, 200)
            tunnel.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b" 200 ", read_head(tunnel))

    def test_admin_listeners_come_and_go(self):
        added = free_port()
        self.put("admin", listen=f"127.0.0.1:0, 127.0.0.1:{added}")
        self.reload()
        c = http.client.HTTPConnection("127.0.0.1", added, timeout=20)
        c.request("GET", "/api/v1/health")
        self.assertEqual(c.getresponse().status, 200)
        self.put("admin", listen="127.0.0.1:0")
        self.reload()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", added))
        c.close()
        self.assertEqual(self.d.api("/health").status, 200)

    def test_authentication_begins_and_ends(self):
        self.put("auth", methods="basic", realm="Here")
        self.reload()
        answer = self.get()
        self.assertEqual((answer.status, answer.headers["Proxy-Authenticate"].split(",")[0]), (407, 'Basic realm="Here"'))
        self.put("auth", methods="none")
        self.reload()
        self.assertEqual(self.get().status, 200)


class ReloadUnderLoad(unittest.TestCase):
    def test_no_request_fails_while_settings_change(self):
        origin = Origin()
        d = Daemon(policy=ALLOW_ALL)
        failures, count, stop = [], [0], threading.Event()

        def load(fresh):
            c = None
            while not stop.is_set():
                try:
                    c = c or http.client.HTTPConnection("127.0.0.1", d.port, timeout=20)
                    c.request("GET", f"http://origin.test:{origin.port}/")
                    r = c.getresponse()
                    r.read()
                    if r.status != 200:
                        failures.append(r.status)
                    count[0] += 1
                    if fresh or r.will_close:
                        c.close()
                        c = None
                except OSError as e:
                    failures.append(repr(e))
                    c = None
            if c:
                c.close()

        threads = [threading.Thread(target=load, args=(i % 2,)) for i in range(4)]
        for t in threads:
            t.start()
        for i in range(20):
            d.settings["proxy"].update(timeout_idle=f"{60 + i}s", pool_per_origin=i % 3, listen="127.0.0.1:0" + (f", 127.0.0.1:{free_port()}" if i % 2 else ""))
            d.settings["dns"]["timeout"] = f"{5 + i}s"
            d.write_settings()
            before = count[0]
            if i % 4:
                d.run("reload")
            else:
                d.process.send_signal(signal.SIGHUP)
            wait_for(lambda: count[0] > before + 5 or failures, "requests to go on")
        stop.set()
        for t in threads:
            t.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(d.audit(count[0], limit=10000)), count[0])
        d.close()
        origin.close()


class Load:
    """Clients that never stop, half of them with a connection for each request; every failure is kept."""

    def __init__(self, port, origin, clients=4):
        self.port, self.url = port, f"http://origin.test:{origin.port}/"
        self.failures, self.count, self.ending = [], 0, threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i % 2 == 0,)) for i in range(clients)]
        for t in self.threads:
            t.start()

    def run(self, fresh):
        c = None
        while not self.ending.is_set():
            try:
                c = c or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                c.request("GET", self.url)
                r = c.getresponse()
                r.read()
                with self.lock:
                    self.count += 1
                self.ending.wait(0.01)
                if r.status != 200:
                    self.failures.append(r.status)
                if fresh or r.will_close:
                    c.close()
                    c = None
            except (OSError, http.client.HTTPException) as e:
                self.failures.append(repr(e))
                c.close()
                c = None
        if c:
            c.close()

    def wait(self, more):
        goal = self.count + more
        wait_for(lambda: self.count >= goal or self.failures, "requests to go on")

    def stop(self):
        self.ending.set()
        for t in self.threads:
            t.join()


class Upgrade(unittest.TestCase):
    QUOTA = {"id": "day", "if": {}, "per": "client", "window": "day", "requests": 1000000, "then": "block"}

    def setUp(self):
        self.origin = Origin()
        self.d = Daemon(policy={**ALLOW_ALL, "quotas": [self.QUOTA]})

    def tearDown(self):
        self.d.close()
        self.origin.close()

    def test_nothing_is_refused_cut_or_lost(self):
        load, origin = Load(self.d.port, self.origin), f"origin.test:{self.origin.port}"
        tunnel = self.d.connect()
        tunnel.sendall(f"CONNECT {origin} HTTP/1.1\r\nHost: {origin}\r\n\r\n".encode())
        self.assertIn(b" 200 ", read_head(tunnel))
        load.wait(20)
        answer = self.d.json("upgrade")
        self.assertEqual(answer["before"], self.d.process.pid)
        self.assertNotEqual(answer["pid"], self.d.process.pid)
        load.wait(50)
        tunnel.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b" 200 ", read_head(tunnel))
        load.stop()
        self.assertIsNone(self.d.process.poll())
        self.d.apply({"schema": 1, "default": {"then": "block"}, "quotas": [self.QUOTA]})  # the old process follows
        with contextlib.suppress(ConnectionResetError):
            while tunnel.recv(4096):
                pass
        tunnel.close()
        self.assertEqual(self.d.process.wait(30), 0)
        self.d.adopt(answer["pid"])
        self.assertEqual(load.failures, [])
        rows = self.d.audit(load.count + 1)
        self.assertEqual(len(rows), load.count + 1)
        self.assertEqual(len({r["id"] for r in rows}), load.count + 1)
        self.assertEqual(self.d.json("quota", "usage")[0]["requests"], load.count + 1)

    def failing(self, text):
        path = self.d.dir + "/other-sluice"
        with open(path, "w") as f:
            f.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def test_one_that_fails_to_start_leaves_the_old_one(self):
        load = Load(self.d.port, self.origin, 2)
        for binary, said in ((self.failing("exit 7\n"), "ended before it served"),
                             (self.d.conf, "cannot start"),
                             (None, "timeout_idle")):
            if binary is None:
                self.d.settings["proxy"]["timeout_idle"] = "soon"
                self.d.write_settings()
                done = subprocess.run([SLUICE, "upgrade", "--config", self.good_settings()], capture_output=True, text=True)
            else:
                done = self.d.run("upgrade", "--binary", binary, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(said, done.stderr)
            load.wait(5)
        load.stop()
        self.assertEqual(load.failures, [])
        self.assertIsNone(self.d.process.poll())
        self.d.settings["proxy"]["timeout_idle"] = "60s"
        self.d.write_settings()
        self.assertEqual(len(self.d.audit(load.count)), load.count)

    def good_settings(self):
        """A file by which commands still find the gateway."""
        path = self.d.dir + "/good.conf"
        with open(path, "w") as f:
            f.write(f"[state]\ndirectory = {self.d.state}\n")
        return path

    def test_one_that_dies_at_once_gives_everything_back(self):
        asked = self.d.begin("upgrade", stdin="")
        curl = ["curl", "-s", "--unix-socket", self.d.state + "/sluice.sock", "http://localhost/api/v1/upgrade"]

        def other():
            answer = subprocess.run(curl, capture_output=True, text=True).stdout
            state = json.loads(answer) if answer.startswith("{") else {}
            return state.get("before") and state["pid"]

        os.kill(wait_for(other, "the new one to answer"), signal.SIGKILL)
        self.assertEqual((asked.wait(60), "goes on as it was" in asked.stderr.read()), (1, True))
        asked.stdout.close()
        asked.stderr.close()
        load = Load(self.d.port, self.origin, 2)
        load.wait(10)
        load.stop()
        self.assertEqual(load.failures, [])
        version = self.d.json("status")["policy_version"]
        self.d.apply({"schema": 1, "default": {"then": "block"}})
        self.assertEqual(self.d.json("status")["policy_version"], version + 1)
        self.assertEqual(len(self.d.audit(load.count)), load.count)


class End(unittest.TestCase):
    def test_a_drain_has_a_bound_and_a_second_signal_none(self):
        origin = Origin()
        for drain, signals, code in (("500ms", 1, 0), ("1h", 2, 1)):
            d = Daemon(policy=ALLOW_ALL, settings={"proxy": {"drain": drain}})
            with d.connect() as tunnel:
                tunnel.sendall(f"CONNECT origin.test:{origin.port} HTTP/1.1\r\nHost: origin.test:{origin.port}\r\n\r\n".encode())
                self.assertIn(b" 200 ", read_head(tunnel))
                d.process.send_signal(signal.SIGTERM)
                wait_for(lambda: "draining" in d.log_text(), "the drain")
                if signals == 2:
                    d.process.send_signal(signal.SIGTERM)
                self.assertEqual(d.process.wait(30), code)
                with contextlib.suppress(ConnectionResetError):
                    self.assertEqual(tunnel.recv(1), b"")
            d.process = None
            self.assertEqual(len(d.audit(1 if code == 0 else None)), 1 if code == 0 else 0)
            d.log.close()
            d.close()
        origin.close()


class Systemd(unittest.TestCase):
    @unittest.skipUnless(shutil.which("systemd-socket-activate"), "needs systemd-socket-activate")
    def test_takes_the_sockets_that_systemd_opened(self):
        origin, port = Origin(), free_port()
        d = Daemon(policy=ALLOW_ALL, settings={"proxy": {"listen": f"127.0.0.1:{port}"}}, start=False)
        activate = ["systemd-socket-activate", "-l", f"127.0.0.1:{port}", "--fdname=proxy"]
        # It starts the gateway for the first connection, which waits meanwhile.
        d.start(command=activate, wait=False)
        c = wait_for(lambda: self.connect(port), "systemd to listen")
        c.request("GET", f"http://origin.test:{origin.port}/")
        self.assertEqual(c.getresponse().status, 200)
        c.close()
        d.close()
        origin.close()

    def connect(self, port):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.suppress(ConnectionRefusedError):
            c.connect()
            return c

    def test_refuses_a_socket_that_no_setting_has(self):
        d = Daemon(start=False)
        code = ("import os, socket, sys; s = socket.create_server(('127.0.0.1', 0)); os.dup2(s.fileno(), 3); os.set_inheritable(3, True); os.environ.update("
                "LISTEN_FDS='1', LISTEN_FDNAMES='proxy', LISTEN_PID=str(os.getpid())); os.execv(sys.argv[1], sys.argv[1:])")
        d.settings["proxy"]["listen"] = "127.0.0.2:0"
        d.write_settings()
        done = subprocess.run([sys.executable, "-c", code, SLUICE, "serve", "--config", d.conf], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("which proxy.listen does not have", done.stderr)
        d.close()

    def test_tells_when_it_is_ready_reloads_ends_and_lives(self):
        d = Daemon(policy=ALLOW_ALL, start=False)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.settimeout(30)
            s.bind(d.dir + "/notify")
            d.start(environment={"NOTIFY_SOCKET": d.dir + "/notify", "WATCHDOG_USEC": "30000000"})
            heard = []

            def hear(word):
                while not any(word in text for text in heard):
                    heard.append(s.recv(4096).decode())
                heard.clear()

            hear("READY=1")
            hear("WATCHDOG=1")
            d.process.send_signal(signal.SIGHUP)
            hear("RELOADING=1")
            hear("READY=1")
            pid = d.json("upgrade")["pid"]
            hear(f"MAINPID={pid}")
            hear("READY=1")
            d.process.wait(30)
            d.adopt(pid)
            d.stop()
            hear("STOPPING=1")
        d.close()

    @unittest.skipUnless(os.geteuid() == 0, "needs root to give it up")
    def test_keeps_of_root_only_what_listeners_need(self):
        origin = Origin()
        d = Daemon(start=False, settings={"state": {"user": "nobody"}})
        os.chmod(d.dir, 0o755)
        for low in (False, True):
            d.settings["admin"]["listen"] = "127.0.0.1:0" + (f", 127.0.0.1:{self.low_port()}" if low else "")
            d.write_settings()
            d.start()
            for upgraded in (False, True)[: 1 + low]:
                with open(f"/proc/{d.process.pid}/status") as f:
                    status = dict(line.split(":", 1) for line in f.read().splitlines())
                self.assertEqual(set(status["Uid"].split()), {"65534"})
                self.assertNotIn("0", status["Groups"].split())
                self.assertEqual(int(status["CapEff"], 16), 1 << 10 if low else 0)
                self.assertEqual(status["NoNewPrivs"].strip(), "1")
                if low and not upgraded:
                    pid = d.json("upgrade")["pid"]
                    self.assertEqual(d.process.wait(30), 0)
                    d.adopt(pid)
            d.stop()
        d.close()
        origin.close()

    def low_port(self):
        for port in range(900, 1000):
            with socket.socket() as s, contextlib.suppress(OSError):
                s.bind(("127.0.0.1", port))
                return port
        return 999
