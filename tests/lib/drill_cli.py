#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A drill instance for tests in other languages (tests/lib/instance.mjs).

Starts drill.Drill and prints one line of JSON that says where it is. Then
each line of standard input, {"do": NAME, "args": [...]}, is done and answered
by a line {"result": ...} or {"error": WORDS}. The end of standard input ends
the instance: one whose test died does not stay.

  drill_cli.py [--members N] [--insurers N] [--seed N] [NAME=VALUE ...]

NAME=VALUE are settings of ecluse.conf.
"""
import argparse
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from drill import Drill  # noqa: E402

BOUND_S = 60    # nothing here takes as long; a hang shows as a failure


def kill(d, program):
    """Ends one program by force; back when it answers again."""
    ready = d.logged().count("ready: ")
    os.kill(d.pid(program), signal.SIGKILL)
    until = time.monotonic() + BOUND_S
    while d.logged().count("ready: ") <= ready:
        if time.monotonic() > until:
            raise RuntimeError("%s did not come back" % program)
        time.sleep(0.01)


def restart(d):
    """A clean end and a new start; gives the exit status of the end."""
    status = d.stop()
    d.serve()
    return status


def read_by(d, asker):
    """Who was read: (AMC, reference) pairs, sorted."""
    return sorted(d.persons_read(d.scope(asker)))


def number_of(d, asker, part):
    """How many entries a scope counts as missed or refused, or names in
    doubt."""
    found = d.scope(asker)[part]
    return found if isinstance(found, int) else len(found)


DO = {
    "kill": kill,
    "restart": restart,
    "read_by": read_by,
    "number_of": number_of,
    "budgets": lambda d, asker: d.budgets(asker)[0],
    "clock": lambda d, when: d.clock(when),
    "entries": lambda d: d.entries(),
    "published": lambda d, index: d.published(index),
    "pids": lambda d: d.read_endpoints()["pids"],
    "logged": lambda d: d.logged(),
    "load_all": lambda d: d.load_all(),
}


def serve(d):
    print(json.dumps({"dir": d.dir, "url": d.url, "ca": d.ca, "pin": d.pin,
                      "population": d.people.folder,
                      "folder": d.folder}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            said = {"result": DO[asked["do"]](d, *asked.get("args", []))}
        except Exception as e:      # the caller's test fails, not this one
            said = {"error": "%s: %s" % (type(e).__name__, e)}
        print(json.dumps(said), flush=True)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--members", type=int, default=1500)
    args.add_argument("--insurers", type=int, default=3)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("conf", nargs="*")
    args = args.parse_args()
    conf = dict(setting.split("=", 1) for setting in args.conf)
    with Drill(members=args.members, insurers=args.insurers, seed=args.seed,
               conf=conf) as d:
        serve(d)


if __name__ == "__main__":
    main()
