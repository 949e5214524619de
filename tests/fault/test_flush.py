#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: after a flush that failed nobody answers from a journal that cannot
be trusted. Whoever waited hears 503 `journal`, the keeper ends and says so;
while the disk stays out of order no keeper answers anything; and when it is in
order again the list of who was read is right. A vault's count is the same:
its flush fails, and no byte of that answer leaves.
"""
import errno
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap  # noqa: E402
from scene import Scene  # noqa: E402


def until(what, bound_s=60):
    end = time.monotonic() + bound_s
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def keeper(t):
    with Scene("ecluse-keeper") as s:
        d, site = s.d, s.site
        people = d.people.covered("OPTI")
        t.same(d.ask(site, people[0])[1].get("status"), 200,
               "an answer while the disk works")
        old = d.pid("keeper")
        s.faults.arm("flush", 1, errno.EIO, for_good=True)
        code, a = d.ask(site, people[1])
        t.same((a.get("status"), a.get("state")), (503, "journal"),
               "its flush failed: 503, signed, says why")
        t.ok("insurance" not in a.get("response", {}), "nothing of the person")
        t.ok(until(lambda: "journal cannot be written: nothing is answered, "
                   "look at the disk" in d.logged()), "the operator is told")
        t.ok(until(lambda: not os.path.exists("/proc/%d" % old)),
             "that keeper is gone")
        got = [d.ask(site, people[i % 3])[1].get("status") for i in range(6)]
        t.ok(200 not in got, "a disk that stays so: nothing is answered, not "
             "what was answered before either", got)
        t.ok(until(lambda: "keeper ends again and again" in d.logged()),
             "and it is tried again, not for ever at once")
        t.ok(s.faults.rest() > 1, "each keeper met the disk")
        d.stop()
        d.serve()
        t.same(d.ask(site, people[1])[1].get("status"), 200,
               "the disk is in order: service is back")
        scope = d.scope("site:" + site["site"])
        read = d.persons_read(scope)
        maybe = d.persons_read(scope, "cannot_be_excluded")
        both = {(p["amc"], p["ref"]) for p in people[:2]}
        t.ok(both <= read, "whoever was answered is in the list")
        t.ok(read | maybe <= {(p["amc"], p["ref"]) for p in people[:3]},
             "and nobody who was not asked about")
        s.journal()
        t.ok(not s.problems, "the journal verifies", s.problems)


def vault(t):
    with Scene("ecluse-vault") as s:
        d, site = s.d, s.site
        people = d.people.covered("OPTI")
        s.faults.arm("flush", 1, errno.EIO)
        got = d.ask(site, people[0])[1]
        t.same((got.get("status"), "insurance" in got.get("response", {})),
               (503, False), "a vault's count is not flushed: no answer")
        t.same(s.faults.rest(), 1, "it was that flush")
        s.running()
        t.same(d.ask(site, people[0])[1].get("status"), 200,
               "another vault answers")
        t.ok("look at the disk" in d.logged(), "the log says where to look",
             d.logged()[-2000:])
        s.journal()
        t.ok(not s.problems, "the vault's counts and the journal agree",
             s.problems)


def main():
    t = Tap()
    keeper(t)
    vault(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
