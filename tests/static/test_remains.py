#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what a test leaves behind is looked through (attack/test_remains.py)
for every script that starts an instance, or a reason stands there why not."""
import os
import re
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for folder in ("lib", "attack"):
    sys.path.insert(0, os.path.join(ROOT, "tests", folder))
from drill import Tap  # noqa: E402
from test_remains import (  # noqa: E402
    FEW, FOLDERS, LEFT_OUT, collect, starters)

# what no script needs that starts no instance
HELP = re.compile(rb"from (scene|estimates|stolen|deaths|report|faults) import|"
                  rb"instance\.mjs")


def text(command):
    with open(command[-1], "rb") as f:
        return f.read()


def main():
    t = Tap()
    found = starters()
    others = {name: command for name, command, _ in collect()
              if name.split("/")[0] in FOLDERS and name not in found}
    t.ok(len(found) > 70, "scripts that start an instance: %d" % len(found))
    t.same([n for n, c in others.items() if HELP.search(text(c))], [],
           "and no other of %d takes help to start one" % len(others))
    t.same([n for n in (*FEW, *LEFT_OUT) if n not in found], [],
           "those that are named are there")
    t.same([n for n, why in LEFT_OUT.items() if len(why) < 20 or n in FEW],
           [], "each of %d that are left out has a reason" % len(LEFT_OUT))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
