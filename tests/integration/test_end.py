#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: an instance that is asked to end ends by itself, nobody is killed.

A gate closes its channel before it is gone, and the keeper, which sees the
channel close, cannot know whether the gate lives on. What is seldom with a
real gate is certain with one that takes its time.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

SEED = 3


def main():
    t = Tap()
    with Drill(members=20, insurers=1, seed=SEED,
               instead={"ecluse-gate": "test_slow_gate"}) as d:
        person = d.people.covered("OPTI")[0]
        code, _ = d.ask(d.people.site("optician"), person)
        t.same(code, 0, "a question is answered")
        t.same(d.stop(), 0, "it ends well")
        bad = [line for line in d.logged().splitlines()
               if "signal" in line or "did not end" in line]
        t.same(bad, [], "nobody was killed")
        t.ok("the gate of plane flow is gone" in d.logged(),
             "though the keeper saw the gate go")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
