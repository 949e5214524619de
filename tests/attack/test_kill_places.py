#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever can choose the very place where a process dies.

Goal: a keeper or vault that is killed just before a write, flush or rename of
a checkpoint, tile, snapshot, registry entry, key, month or row, alone or with
all others, leaves a disk on which the instance starts, knows whoever was
answered, has an act or feed as a whole or not at all, done if it was
confirmed, does it when asked again, and whose journal verifies.

A step is done once to see which files it changes, in which ways; then again
for each of them, and the process is held there (tests/fault) and killed.

  test_kill_places.py [SEED [STEP]]     one step: for who looks for a fault
"""
import json
import os
import random
import re
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap  # noqa: E402
from faults import CHANGE  # noqa: E402
from scene import Scene  # noqa: E402

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 17
ONLY = sys.argv[2] if len(sys.argv) > 2 else ""
LONG = bool(os.environ.get("ECLUSE_LONG"))
FIRST = 11      # month that has questions, of 2026
NTHS = (1, 2, 5) if LONG else (1,)
# step -> files that it has to come by, or nothing would be tried
KEEPER = {
    "questions": ("keeper/journal/", "keeper/released"),
    "checkpoint": ("journal/public/checkpoint", "journal/public/tile"),
    "act": ("keeper/registry/", "registry/public/checkpoint"),
    "feed": (),
    "log": ("keeper/keys.sealed", "journal/public/after"),
    "promise": ("keeper/keys.sealed",),
    "month": ("keeper/months",),
    "start": ("keeper/budgets",),
}
LAST = {"destroy": ("keeper/months",)}  # behind it nobody is told
VAULT = {"feed": ("/store.db-wal",), "questions": ("./vault/",), "start": ()}
# and how many places in a short run
PROGRAMS = {"ecluse-keeper": (KEEPER, 4), "ecluse-vault": (VAULT, 2)}


class Places(Scene):
    def __init__(self, program):
        super().__init__(program, seed=SEED)
        self.month = FIRST      # the last one that has a question
        self.destroyed = FIRST - 1

    # more steps

    def keys(self, kind):
        """Generations that are not destroyed, the last one in use."""
        out = self.d.ecluse("keys", "list", self.d.dir, "--json",
                            check=False)[1]
        found = [json.loads(line) for line in out.splitlines()]
        return [k["generation"] for k in found if k["kind"] == kind]

    def turn(self, kind):
        """The next key, and the end of the one before."""
        before = self.keys(kind)
        code = self.d.ecluse("keys", "turn", kind, self.d.dir,
                             check=False)[0]
        for old in before if code == 0 else before[:-1]:
            self.d.ecluse("keys", "destroy", kind, str(old), self.d.dir,
                          check=False)
        return code

    def date(self, month):
        return "%d-%02d" % (2026 + (month - 1) // 12, (month - 1) % 12 + 1)

    def next_month(self):
        """Its first question makes its key."""
        self.month += 1
        self.care = self.date(self.month) + "-02"
        self.d.ecluse("clock", self.d.dir, "--set", self.care +
                      "T09:00:00Z", check=False)
        self.questions(self.asked[:1])

    def opens(self, month):
        return self.d.ecluse(
            "journal", "scope", self.d.dir, "--asker", "site:" +
            self.site["site"], "--from", self.date(month) + "-01T00:00:00Z",
            "--to", self.date(month) + "-28T00:00:00Z", check=False)[0] == 0

    def destroy(self):
        month = self.destroyed + 1
        code = self.d.ecluse("keys", "destroy", "month", self.date(month),
                             self.d.dir, check=False)[0]
        if code in (0, 3):      # 3: it was, without a word
            self.destroyed = month
        return code

    STEPS = dict(Scene.STEPS, month=next_month, destroy=destroy,
                 log=lambda s: s.turn("log"),
                 promise=lambda s: s.turn("promise"))

    # where a step can be cut

    def places(self, step):
        """(kind, part of a name) of each call that changes a file."""
        self.faults.count(CHANGE)
        self.STEPS[step](self)
        found = self.faults.places()
        self.faults.rest()
        self.look(step)
        return list(dict.fromkeys(
            (kind, part) for kind, part in
            ((kind, fixed(name)) for kind, name in found) if part))

    def die_there(self, step, place, nth, everybody):
        """Tells whether the step came by."""
        done = threading.Event()
        self.faults.hold(place[0], nth, place[1])
        died = []

        def kill():
            while not self.faults.held():
                if done.wait(0.002) and not self.faults.held():
                    return
            died.append(self.faults.held())
            if everybody:
                os.killpg(self.d.server.pid, signal.SIGKILL)
            os.kill(died[0], signal.SIGKILL)
            self.faults.rest()

        killer = threading.Thread(target=kill)
        killer.start()
        code = self.STEPS[step](self)
        done.set()
        killer.join()
        self.faults.rest()
        self.look(step)
        if died and step in ("feed", "act", "destroy"):
            again = self.STEPS[step](self)
            if again not in (0, 3):
                self.wrong("asked again it fails: exit %r, before %r" % (
                    again, code))
        if step == "destroy" and any(
                self.opens(m) for m in (self.destroyed - 1, self.destroyed)
                if m >= FIRST):
            self.wrong("a month that was destroyed opens")
        return bool(died)


def fixed(name):
    """The part of a name that is the same the next time."""
    return max(re.split(r"(?<=after/)[0-9a-f]+|\d+", name), key=len)


def cut(t, s, step, place, nth, everybody):
    """How many deaths that was: none, if the step did not come by."""
    what = "%s: dies%s before %s %d of %s" % (
        step, " with all" if everybody else "", place[0], nth, place[1])
    try:
        if not s.die_there(step, place, nth, everybody):
            return 0
        s.verify()
    except Exception as e:      # nothing to go on with
        t.ok(False, what, e)
        raise
    finally:
        problems, s.problems = s.problems, []
    t.ok(not problems, what, "\n".join(problems))
    return 1


def look_for(t, s, step, wanted):
    """The places of a step."""
    found = s.places(step)
    missing = [w for w in wanted if not any(w in part for _, part in found)]
    t.ok(not missing, "%s comes by %d places" % (step, len(found)),
         "not by %s, but %s" % (missing, found))
    return [(step, place, nth) for place in found for nth in NTHS]


def deaths(t, s, todo, some, rng):
    """In each of these places; in a short run in some: a step does not come
    by each of them every time."""
    died = 0
    for step, place, nth in todo if LONG else rng.sample(todo, len(todo)):
        if died == some and not LONG or \
                step in LAST and s.destroyed + 2 >= s.month:
            break
        died += cut(t, s, step, place, nth, rng.random() < 0.4)
    return died


def one(t, program, rng):
    with Places(program) as s:
        todo, (steps, some) = [], PROGRAMS[program]
        for step, wanted in steps.items():
            if ONLY in ("", step):
                todo += look_for(t, s, step, wanted)
        died = deaths(t, s, todo, some, rng)
        t.ok(died >= min(some, len(todo)), "%s died in %d places" % (
            program, died))
        s.journal()
        t.ok(not s.problems, "whoever was answered is written",
             "\n".join(s.problems))
        if program == "ecluse-keeper" and ONLY in ("", *LAST):
            months(t, s, rng)


def months(t, s, rng):
    """They are destroyed, one by one, a year later."""
    s.problems = []
    while s.month < s.destroyed + (12 if LONG else 4):
        s.next_month()
    s.care = s.date(s.month + 13) + "-02"   # or it is too long ago to ask
    s.d.clock(s.care + "T09:00:00Z")
    todo = []
    for step, wanted in LAST.items():
        todo += look_for(t, s, step, wanted)
    died = deaths(t, s, todo, 1, rng)
    t.ok(died > 0, "it died while a month was destroyed: %d times" % died)


def main():
    t = Tap()
    print("# seed %d" % SEED)
    for program in PROGRAMS:
        one(t, program, random.Random(SEED))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
