"""The auto-config file sends each address where the settings say, in a real JavaScript engine, however it is asked for."""
import json
import re
import shutil
import subprocess
import unittest

from integration.support import Case, field, read_all

ENGINE = r"""
const vm = require("vm"), context = vm.createContext({});      // none of the browser's functions: it must not need them
const { file, questions } = JSON.parse(require("fs").readFileSync(0, "utf8"));
vm.runInContext(file, context, { timeout: 1000 });
context.questions = questions;
console.log(vm.runInContext("JSON.stringify(questions.map(function (q) { return FindProxyForURL(q[0], q[1]); }))", context, { timeout: 1000 }));
"""


def evaluate(file, hosts):
    questions = [[f"http://{host}/", host] for host in hosts]
    done = subprocess.run(["node", "-e", ENGINE], input=json.dumps({"file": file, "questions": questions}), capture_output=True, text=True, check=True)
    return dict(zip(hosts, json.loads(done.stdout)))


@unittest.skipUnless(shutil.which("node"), "needs node")
class Pac(Case):
    SETTINGS = {"proxy": {"workers": "1", "pac_bypass": "plain, corp.example, *.lan, 10.0.0.0/8, 192.0.2.128/25, 198.51.100.7, 2001:db8:40::/42, fd00::/8"}}

    def fetch(self, request):
        head, body = self.d.raw(request).split(b"\r\n\r\n", 1)
        self.assertIn(b" 200 ", head.split(b"\r\n")[0])
        self.assertEqual(field(head, "content-type"), "application/x-ns-proxy-autoconfig")
        self.assertEqual(field(head, "cache-control"), "no-store")
        return body.decode()

    def direct(self, path, host):
        return self.fetch(b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path.encode(), host.encode()))

    def test_sends_each_address_where_it_belongs(self):
        proxy = f"PROXY 127.0.0.1:{self.d.port}"
        direct = ["intranet", "localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "corp.example", "CORP.example", "www.corp.example",
                  "www.corp.example.", "printer.lan", "10.0.0.1", "10.255.255.255", "192.0.2.128", "192.0.2.255", "198.51.100.7", "2001:db8:40::1",
                  "2001:db8:7f:ffff:1:2:3:4", "fd12:3456::1", "[fd12:3456::1]"]
        through = ["example.org", "notcorp.example", "corp.example.org", "lan.example", "11.0.0.1", "9.255.255.255", "192.0.2.127", "198.51.100.8", "2001:db8:80::1",
                   "2001:db8:3f::", "fc00::1", "::", "1.2.3.4.5", "constructor", "10.example.org", "sluice.internal", "hasOwnProperty.example", "::ffff:0:1"]
        answers = evaluate(self.direct("/proxy.pac", f"127.0.0.1:{self.d.port}"), direct + through)
        wrong = {h: a for h, a in answers.items() if a != ("DIRECT" if h in direct or h == "constructor" else proxy)}
        self.assertEqual(wrong, {})

    def test_is_the_same_whatever_name_it_is_asked_by(self):
        wanted = self.direct("/proxy.pac", "127.0.0.1")
        for host in ("wpad", "wpad.corp.example", "evil.example:1", "sluice.internal", "[::1]:9"):
            self.assertEqual(self.direct("/wpad.dat", host), wanted)
        through = b"GET http://sluice.internal/proxy.pac HTTP/1.1\r\nHost: sluice.internal\r\nConnection: close\r\n\r\n"
        self.assertEqual(self.fetch(through), wanted)

    def test_host_gets_nothing_into_it(self):
        for host in ('x";alert(1)//', "x\\", "a%22b", "proxy.evil.example:8080"):
            answer = self.d.raw(b"GET /proxy.pac HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host.encode())
            self.assertFalse(re.search(rb"alert|evil|x\\", answer.split(b"\r\n\r\n", 1)[1] if b" 200 " in answer[:20] else b""))

    def test_admin_port_has_it_without_login(self):
        for name in ("proxy.pac", "wpad.dat"):
            answer = self.d.api("/" + name)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/x-ns-proxy-autoconfig"))
            self.assertEqual(answer.text, self.direct("/proxy.pac", "127.0.0.1"))


@unittest.skipUnless(shutil.which("node"), "needs node")
class PacOfOthers(Case):
    SETTINGS = {"proxy": {"workers": "1", "pac_proxy": "gw1.example:3128, https gw2.example:3129, direct", "pac_bypass": ""}}

    def test_names_several_in_order(self):
        file = self.d.raw(b"GET /wpad.dat HTTP/1.1\r\nHost: wpad\r\nConnection: close\r\n\r\n").split(b"\r\n\r\n", 1)[1].decode()
        answers = evaluate(file, ["example.org", "intranet", "127.0.0.1"])
        several = "PROXY gw1.example:3128; HTTPS gw2.example:3129; DIRECT"
        self.assertEqual(answers, {"example.org": several, "intranet": several, "127.0.0.1": "DIRECT"})


class PacOfListeners(Case):
    SETTINGS = {"proxy": {"workers": "1", "listen": "127.0.0.1:0 proxy-protocol, 127.0.0.1:0", "trusted_proxies": "127.0.0.0/8"}}

    def test_admin_port_names_one_that_browsers_can_use(self):
        ports = re.findall(r"proxy=\S+?:(\d+)", self.d.log_text())
        self.assertIn(f'"PROXY 127.0.0.1:{ports[1]}"', self.d.api("/proxy.pac").text)
