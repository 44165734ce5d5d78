"""Transparent listeners: transparent_inside.py, run in a network namespace made for it. Needs no privilege where users may make namespaces."""
import os
import shutil
import subprocess
import sys
import unittest

WAYS = ["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]


def find_way():
    """The command that makes a namespace, or None and why there is none."""
    for tool in "unshare", "ip", "nft", "openssl":
        if not shutil.which(tool):
            return None, f"{tool} is not installed"
    for way in WAYS:
        tried = subprocess.run([*way, "nft", "add table ip x; add chain ip x y { type nat hook output priority -100; }"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return way, None
    return None, f"network namespaces are not permitted here: {tried.stderr.strip()}"


class Transparent(unittest.TestCase):
    def test_in_a_namespace_of_its_own(self):
        way, why = find_way()
        if why:
            self.skipTest(why)
        tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run([*way, sys.executable, "-m", "unittest", "integration.transparent_inside"], cwd=tests,
                              env={**os.environ, "SLUICE": os.path.abspath(os.environ.get("SLUICE", "build/asan/sluice"))},
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-8000:])


if __name__ == "__main__":
    unittest.main()
