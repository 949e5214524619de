#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: nothing is left out of a program unless somebody asks for it by its
number, and each number is in one table: what is left out, and which attack
must then succeed (tests/attack/README.md)."""
import os
import re
import subprocess
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import BUILD, Tap  # noqa: E402
from sabotages import (  # noqa: E402
    FOLDER, read_table, red_in, said_in, says)

PROGRAMS = ("ecluse", "ecluse-insurer", "ecluse-gate", "ecluse-keeper",
            "ecluse-vault", "ecluse-super", "ecluse-front")


# What is no breach: the instance did not come up, a connection was lost.
NODE = """not ok 1 - %s
  ---
  failureType: '%s'
  error: 'x'
  code: '%s'
  ...
"""
SAID = NODE % ("no instance", "hookFailed", "ERR_TEST_FAILURE") + NODE % (
    "a breach", "testCodeFailure", "ERR_ASSERTION") + NODE % (
    "nobody answered", "testCodeFailure", "ERR_TEST_FAILURE") + """\
ok 4 - passed
not ok 5 - of Python
# got 1
not ok 6 - the last"""


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def used():
    """Names that the code asks for."""
    found = set()
    for top, _, names in os.walk(os.path.join(ROOT, "src")):
        for n in names:
            if n.endswith(".c"):
                found |= set(re.findall(r"SABOTAGED\((\w+)\)",
                                        read(top, n)))
    return found


def has_attack(row):
    if not os.path.exists(os.path.join(FOLDER, row.script)):
        return False
    if row.script.endswith(".py"):
        return re.fullmatch(r"|[A-Z]+=\w+( [A-Z]+=[\w-]+)*", row.only)
    return not row.only or "test('" + row.only in said_in(row.script)


def shouting():
    """Programs of the ordinary build that hold the alarm."""
    return [p for p in PROGRAMS if b"CHECK LEFT OUT" in subprocess.run(
        ["strings", "-a", os.path.join(BUILD, p)],
        stdout=subprocess.PIPE, check=True).stdout]


def main():
    t = Tap()
    table = read_table()
    option = re.search(r"option\('sabotage'.*?value: (\d+)",
                       read("meson_options.txt"), re.S)
    t.same(option.group(1), "0", "nothing is left out by default")
    t.same(shouting(), [], "and nothing in the programs knows of it")
    header = {(int(n), name) for name, n in re.findall(
        r"SABOTAGE_([A-Z_]+) = (\d+),", read("src/base/sabotage.h"))}
    t.same({(r.number, r.name) for r in table}, header,
           "the table has the header's numbers and names")
    t.same(len({r.number for r in table}), len(table), "each number once")
    t.ok(len(table) >= 25, "at least 25 of them: %d" % len(table))
    t.same({r.name for r in table}, used(), "each is left out somewhere")
    t.same([r.number for r in table if not has_attack(r)], [],
           "each has its attack")
    t.same([r.number for r in table if not says(r.script, r.words)], [],
           "and a result of it that must turn red")
    t.same(red_in(SAID), ["a breach", "of Python", "the last"],
           "a test of Node that could not be run is no breach")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
