#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever reads what other tests leave behind.

test_quiet.py lives one life of its own; here whole scripts of the integration
tests run, and what each of their instances leaves (log, instance, backups,
restored ones: tests/lib/remains.py) is looked through before it goes. Goal: a
NIR, birth date, member number, reference, card or secret key of that script's
people. Two scripts in `make check`, all with ECLUSE_LONG=1, or those given.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Tap  # noqa: E402

FEW = ("test_feed_bad", "test_decoy")
MORE = ("test_backup", "test_contracts", "test_estimate", "test_purge",
        "test_retain", "test_bundle", "test_who", "test_keys",
        "test_bulk", "test_feed_live", "test_feed_network", "test_planes",
        "test_token")
BOUND_S = 900


def lives(name, to):
    """Runs a script of the integration tests; its exit status."""
    path = os.path.join(ROOT, "tests", "integration", name + ".py")
    env = dict(os.environ, ECLUSE_REMAINS=to)
    env.pop("ECLUSE_LONG", None)
    done = subprocess.run(["/usr/bin/python3", path], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=BOUND_S)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def one(t, name):
    with tempfile.TemporaryDirectory(prefix="ecluse-remains-") as folder:
        to = os.path.join(folder, "found")
        code, out = lives(name, to)
        looked = []
        if os.path.exists(to):
            with open(to, encoding="utf-8") as f:
                looked = [json.loads(l) for l in f]
    t.ok(code == 0 and "\nnot ok" not in out and looked,
         "%s: %d instances lived" % (name, len(looked)), out[-2000:])
    found = [l["found"] for l in looked if l["found"]]
    t.ok(looked and not found, "%s: nothing of %d values is left in %d files"
         % (name, sum(l["values"] for l in looked),
            sum(l["files"] for l in looked)), json.dumps(found, indent=1))


def main():
    t = Tap()
    names = sys.argv[1:] or FEW + MORE * (os.environ.get(
        "ECLUSE_LONG") == "1")
    for name in names:
        one(t, name)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
