"""CONNECT tunnels."""
import socket
import threading

from integration.support import Case, read_all, read_exactly, read_head, wait_for


def echo(s, head, path):
    """Not HTTP: whatever opened the connection is echoed, then everything after it."""
    s.sendall(head)
    while data := s.recv(65536):
        s.sendall(data)
    s.sendall(b"BYE")
    return False


class Tunnel(Case):
    SETTINGS = {"proxy": {"timeout_tunnel_idle": "2s", "timeout_connect": "2s"}}
    POLICY = {"schema": 1, "default": {"then": "allow"},
              "rules": [{"id": "no-blocked", "if": {"host": ["blocked.test"]}, "then": "block"},
                        {"id": "by-path", "if": {"url": ["other.test/secret"]}, "then": "block"}]}

    @classmethod
    def handler(cls):
        return echo

    def open(self, host="origin.test", extra=b"", early=b""):
        s = self.d.connect()
        target = b"%s:%d" % (host.encode(), self.origin.port)
        s.sendall(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n%s" % (target, target, extra, early))
        return s, read_head(s)

    def test_bytes_go_both_ways(self):
        s, head = self.open()
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
        self.assertNotIn(b"content-length", head.lower())
        data = b"hello\r\n\r\n" + bytes(range(256)) * 20000
        threading.Thread(target=s.sendall, args=(data,)).start()
        self.assertEqual(read_exactly(s, len(data)), data)
        s.close()
        record = wait_for(lambda: next((r for r in self.d.audit(method="CONNECT") if r["bytes_out"] > 5000000), None), "the record")
        self.assertEqual((record["action"], record["status"], record["host"], record["path"]), ("allow", 200, "origin.test", None))
        self.assertGreater(record["bytes_in"], 5000000)

    def test_data_sent_with_the_request_is_not_lost(self):
        s, head = self.open(early=b"early\r\n\r\n")
        self.assertIn(b" 200 ", head)
        self.assertEqual(read_exactly(s, 9), b"early\r\n\r\n")
        s.close()

    def test_half_close_reaches_the_other_side(self):
        s, _ = self.open(early=b"x\r\n\r\n")
        s.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(s), b"x\r\n\r\nBYE")
        s.close()

    def test_idle_tunnel_is_closed(self):
        s, _ = self.open(early=b"x\r\n\r\n")
        self.assertEqual(read_all(s)[:5], b"x\r\n\r\n")
        s.close()

    def test_blocked_host_is_refused_with_the_page(self):
        s, head = self.open("sub.blocked.test", b"Accept: application/json\r\nConnection: close\r\n")
        self.assertIn(b" 403 ", head.split(b"\r\n")[0])
        self.assertIn(b"no-blocked", read_all(s))
        s.close()
        self.assertEqual(self.d.audit(1, host="blocked.test")[0]["rule"], "no-blocked")

    def test_path_rules_do_not_judge_tunnels(self):
        s, head = self.open("other.test")
        self.assertIn(b" 200 ", head)
        s.close()

    def test_refused_origin(self):
        answer = self.d.raw(b"CONNECT origin.test:9 HTTP/1.1\r\nHost: origin.test:9\r\nConnection: close\r\n\r\n")
        self.assertIn(b" 502 ", answer.split(b"\r\n")[0])
        self.assertIn(b"connection_refused", answer)

    def test_malformed_targets(self):
        for target in (b"origin.test", b"http://origin.test/", b"origin.test:0", b"origin.test:99999", b":443", b"a b:443"):
            with self.subTest(target):
                answer = self.d.raw(b"CONNECT %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target)
                self.assertIn(b" 400 ", answer.split(b"\r\n")[0])
