"""sluice trace: what one client's connections go through, as it happens."""
import json
import os
import re
import subprocess

from integration.support import SLUICE, Case, wait_for


class Trace(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="a long enough password\n")
        cls.token = cls.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    def test_follows_one_client(self):
        child = subprocess.Popen([SLUICE, "trace", "--config", self.d.conf, "--client", "127.0.0.1", "--for", "30s", "--json"], stdout=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: "trace.begin" in self.d.api("/changes", token=self.token).text, "the entry of the change log")
            self.d.get(self.origin.url("/page"))
            texts = []
            while not any("recorded: allow" in t for t in texts):
                line = child.stdout.readline()
                self.assertNotEqual(line, "", texts)
                texts.append(json.loads(line)["text"])
        finally:
            child.terminate()
            child.wait()
            child.stdout.close()
        self.assertEqual(child.returncode, 0)
        self.assertTrue(any("asks GET " + self.origin.url("/page") in t for t in texts), texts)

    def test_wrong_use(self):
        self.assertEqual(self.d.run("trace", check=False).returncode, 2)
        self.assertEqual(self.d.run("trace", "--client", "me", check=False).returncode, 1)

    def test_metrics_by_worker_and_status(self):
        self.d.get(self.origin.url("/page"))
        text = self.d.api("/metrics", token=self.token).text
        self.assertRegex(text, r'(?m)^sluice_requests_total\{action="allow",status="200"\} [1-9]')
        self.assertRegex(text, r'(?m)^sluice_worker_cpu_seconds_total\{worker="0"\} ')
        self.assertRegex(text, r'(?m)^sluice_phase_duration_seconds_count\{phase="decide"\} [1-9]')

    def test_every_series_is_in_the_manual(self):
        with open(os.path.join(os.path.dirname(__file__), "../../docs/metrics.md")) as f:
            manual = f.read()
        names = re.findall(r"(?m)^# TYPE sluice_(\S+)", self.d.api("/metrics", token=self.token).text)
        self.assertGreater(len(names), 40)
        self.assertEqual([name for name in names if f"`{name}`" not in manual], [])
