"""Transparent listeners: transparent_inside.py, run in a network namespace made for it. Needs no privilege where users may make namespaces."""
import os
import shutil
import subprocess
import sys
import unittest

INSIDE = ["unshare", "--user", "--map-root-user", "--net"] if os.getuid() else ["unshare", "--net"]


def obstacle():
    """Why it can't be tried here; None: it can."""
    for tool in "unshare", "ip", "nft", "openssl":
        if not shutil.which(tool):
            return f"{tool} is not installed"
    tried = subprocess.run([*INSIDE, "nft", "add", "table", "ip", "x"], capture_output=True, text=True, check=False)
    return f"network namespaces are not permitted here: {tried.stderr.strip()}" if tried.returncode else None


class Transparent(unittest.TestCase):
    def test_in_a_namespace_of_its_own(self):
        why = obstacle()
        if why:
            self.skipTest(why)
        tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run([*INSIDE, sys.executable, "-m", "unittest", "integration.transparent_inside"], cwd=tests,
                              env={**os.environ, "SLUICE": os.path.abspath(os.environ.get("SLUICE", "build/asan/sluice"))},
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr[-8000:])


if __name__ == "__main__":
    unittest.main()
