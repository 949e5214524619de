#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever can fill the disk, or break it.

Goal: when the journal cannot be written no answer leaves, the asker hears so
in a signed refusal, the operator is told, nothing is counted that was not
written, and service comes back when the disk does.
"""
import json
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402


def limit_files(pid, n):
    """As that process's own user: root may do it to others only with a power
    that it does not have everywhere."""
    child = os.fork()
    if child == 0:
        try:
            with open("/proc/%d/status" % pid, encoding="utf-8") as f:
                uid = [int(l.split()[1]) for l in f
                       if l.startswith("Uid:")][0]
            if uid != os.geteuid():
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (n, n))
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        raise RuntimeError("the limit could not be set")


def main():
    t = Tap()
    with Drill(members=1500, insurers=3, seed=3) as d:
        site = d.people.site("optician")
        people = d.people.covered("OPTI")
        code, a = d.ask(site, people[0])
        t.same(code, 0, "an answer while the disk works")
        # or its checkpoint is what fails, before the next question does
        # (the registry's is written beside it, in the same second)
        d.published(int(a["transaction"].rsplit("/", 1)[1]))
        acts = json.loads(d.ecluse("status", d.dir, "--json",
                                   check=False)[1])["registry"]
        d.published(acts - 1, log="registry")
        keeper = d.pid("keeper")
        # no file of this process may grow beyond, nor be written past, 64 bytes:
        # what a full disk and ulimit -f look like
        limit_files(keeper, 64)
        code, a = d.ask(site, people[1])
        t.same((code, a.get("status")), (5, 503), "no answer leaves: a signed "
               "refusal")
        t.same(a.get("state"), "journal", "and it says why")
        t.ok("people" not in a.get("response", {}) and
             "insurance" not in a.get("response", {}), "nothing of the person")
        until = time.monotonic() + 60
        while d.logged().count("ready: ") < 2:
            if time.monotonic() > until:
                break
            time.sleep(0.01)
        t.ok("journal cannot be written" in d.logged(),
             "the operator is told")
        used = d.budgets("site:" + site["site"])[0]["site"]["c24"][0]
        t.same(used, 1, "what was not written was not counted")
        t.same(d.ask(site, people[1])[0], 0, "service is back")
        read = d.persons_read(d.scope("site:" + site["site"]))
        t.same(read, {(p["amc"], p["ref"]) for p in people[:2]},
               "and the list is right")
        code, out, err = d.ecluse("journal", "verify", d.dir, "--entries",
                                  check=False)
        t.ok(code == 0, "the journal verifies", out + err)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
