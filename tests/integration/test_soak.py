"""Everything at once for a while: when the crowd has gone memory and descriptors are where they were, and each request that a client counted has
one record. Ten minutes with SLUICE_TEST_LONG=1; by hand: SLUICE=build/release/sluice SLUICE_TEST_LONG=1 python3 -m unittest -v integration.test_soak in tests/."""
import asyncio
import collections
import contextlib
import json
import os
import signal
import threading
import unittest

from integration.soak import Crowd, Ledger, Origins
from integration.support import Daemon, wait_for

LONG = os.environ.get("SLUICE_TEST_LONG") == "1"
WARM_S, SOAK_S, LATE = (60, 600, "10s") if LONG else (2, 4, "3s") # LATE: the origins share a busy machine with all others
GROWTH = 24 << 20 # 16 MiB are the page cache of the day's audit file, which fills; the rest is what an allocator keeps
SETTINGS = {"proxy": {"workers": "2", "timeout_head": "1s", "timeout_body": LATE, "timeout_response": LATE, "timeout_idle": LATE,
                      "timeout_tunnel_idle": "2s", "pool_idle": "1s", "max_head": "16KiB"}}


class Soak(unittest.TestCase):
    def setUp(self):
        quarantine = "quarantine_size_mb=4" # what ASan keeps of freed memory is no growth
        before = os.environ.get("ASAN_OPTIONS")
        os.environ["ASAN_OPTIONS"] = f"{before}:{quarantine}" if before else quarantine
        self.d = Daemon(SETTINGS, self.policy(0), hosts=("good.test",))
        os.environ["ASAN_OPTIONS"] = before or ""
        self.addCleanup(self.d.close)
        self.d.run("admin", "add", "root", "--role", "admin", "--password-stdin", stdin="soak-password-1\n")
        self.token = self.d.run("admin", "token", "root", "--role", "admin").stdout.split()[-1]

    @staticmethod
    def policy(n):
        return {"schema": 1, "title": f"number {n}", "default": {"then": "allow"},
                "rules": [{"id": "b", "if": {"host": ["blocked.test"]}, "then": "block"}, {"id": f"r{n}", "if": {"host": [f"h{n}.test"]}, "then": "warn"}]}

    def metric(self, name):
        for line in self.d.api("/metrics", token=self.token).text.splitlines():
            if line.startswith("sluice_" + name + " "):
                return int(line.split()[1])
        return 0

    def memory(self):
        with open(f"/proc/{self.d.process.pid}/status") as f:
            return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmRSS"))

    def descriptors(self):
        """Sockets: the audit trail's files come and go."""
        folder, found = f"/proc/{self.d.process.pid}/fd/", 0
        for fd in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                found += os.readlink(folder + fd).startswith("socket:")
        return found

    def at_rest(self):
        """(memory, descriptors) once nobody is there."""
        for name in ("client_connections", "upstream_connections", "tunnels", "buffer_bytes_in_use", "throttled"):
            wait_for(lambda: self.metric(name) == 0, f"no {name}", 60)
        return self.memory(), self.descriptors()

    def meddle(self, stop):
        """Policies and settings change all the while."""
        n = 0
        while not stop.wait(0.5):
            n += 1
            self.d.apply(self.policy(n))
            self.d.settings["proxy"]["timeout_connect"] = f"{5 + n % 5}s"
            self.d.write_settings()
            self.d.process.send_signal(signal.SIGHUP)

    def soak(self, seconds):
        stop = threading.Event()
        meddler = threading.Thread(target=self.meddle, args=(stop,))

        async def all_at_once():
            origins = await Origins(self.ledger).start()
            await Crowd(self.ledger, self.d.port, origins.port).run(seconds)
            await origins.stop()

        meddler.start()
        try:
            asyncio.run(all_at_once())
        finally:
            stop.set()
            meddler.join()

    def records(self):
        """Number of a request -> its records."""
        found = collections.defaultdict(list)
        for line in self.d.run("audit", "export", "--format", "ndjson").stdout.splitlines():
            record = json.loads(line)
            if (record.get("referrer") or "").startswith("soak/"):
                found[int(record["referrer"].split("/")[1])].append(record)
        return found

    def test_nothing_is_left_and_everything_is_recorded(self):
        self.ledger = Ledger()
        self.soak(WARM_S)
        memory, descriptors = self.at_rest()
        self.soak(SOAK_S)
        memory_after, descriptors_after = self.at_rest()
        print(f"soak: {len(self.ledger.sent)} requests, {len(self.ledger.answered)} answered; memory {memory >> 10} -> "
              f"{memory_after >> 10} KiB, descriptors {descriptors} -> {descriptors_after}", flush=True)
        told = self.records() if self.ledger.faults else {}
        self.assertEqual([(sentence, [r["error"] for r in told[n]]) for n, sentence in self.ledger.faults[:10]], [])
        # The gateway may still be closing the connection by which the last figure was asked.
        wait_for(lambda: self.descriptors() <= descriptors, f"no more than {descriptors} sockets, as before", 30)
        self.assertLess(memory_after - memory, GROWTH)
        self.assertEqual(self.metric("audit_lost_total"), 0)
        answered, arrived = self.ledger.answered, self.ledger.arrived
        wait_for(lambda: set(answered) <= set(self.records()), "all records", 60)
        records = self.records()
        self.assertEqual([n for n, found in records.items() if len(found) != 1], [])
        self.assertEqual(arrived - set(records), set())
        self.assertEqual(set(records) - self.ledger.sent, set())
        self.assertEqual({n: (status, records[n][0]["status"]) for n, status in answered.items() if records[n][0]["status"] != status}, {})
