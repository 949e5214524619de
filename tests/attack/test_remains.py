#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever reads what other tests leave behind.

test_quiet.py lives one life of its own; here whole scripts of the other tests
run, and what each of their instances leaves (log, instance, backups, restored
ones: tests/lib/remains.py) is looked through before it goes. Goal: a NIR, birth
date, member number, reference, card or secret key of that script's people. Two
scripts in `make check`; with ECLUSE_LONG=1 every script that starts an
instance, but for those left out with a reason; or those given
(integration/test_keys.py).
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
sys.path.insert(0, os.path.join(ROOT, "tests"))
from drill import Tap  # noqa: E402
from run import collect  # noqa: E402

FOLDERS = ("integration", "attack", "fault", "strangers")
# what stands in a script that starts an instance
STARTS = re.compile(rb"\b(Drill|Scene|calls_fail)\b|\bdrill\(|Instance\.start|"
                    rb"bench/report\.py|\"report\.py\"|\"serve\"")
FEW = ("integration/test_feed_bad.py", "integration/test_decoy.py")
# Scripts that start an instance and are not looked through, and why.
LEFT_OUT = {
    "attack/test_remains.py": "this one: it starts other scripts",
    "attack/test_quiet.py": "looks through its own instance, and more",
    "strangers/test_testssl.py": "starts none without ECLUSE_LONG, and minutes "
                                 "of handshakes with it",
}
BOUND_S = 900


def starters():
    """{name: command} of every script that starts an instance."""
    found = {}
    for name, command, _ in collect():
        with open(command[-1], "rb") as f:
            if name.split("/")[0] in FOLDERS and STARTS.search(f.read()):
                found[name] = command
    return found


def lives(command, to):
    """Runs a script; its exit status (-1: it had no end) and what it said."""
    env = dict(os.environ, ECLUSE_REMAINS=to)
    env.pop("ECLUSE_LONG", None)
    try:
        done = subprocess.run(command, env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=BOUND_S)
    except subprocess.TimeoutExpired as e:
        return -1, (e.stdout or b"").decode("utf-8", "replace")
    return done.returncode, done.stdout.decode("utf-8", "replace")


def one(t, name, command):
    with tempfile.TemporaryDirectory(prefix="ecluse-remains-") as folder:
        to = os.path.join(folder, "found")
        code, out = lives(command, to)
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
    scripts = starters()
    every = [n for n in scripts if n not in LEFT_OUT]
    for name in sys.argv[1:] or (
            every if os.environ.get("ECLUSE_LONG") == "1" else FEW):
        one(t, name, scripts[name])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
