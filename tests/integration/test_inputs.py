#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a file that is not what a command wants is named, with what is wrong,
and its exit status is of a file and not of the instance.

Each command that reads a file gets none, a folder, an empty one and one of
20 MB. 3 (refused), 4 (unknown) and 5 (not running) are about the instance: who
acts upon them must not meet them because of a slip in a name.
"""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

# What a reader of "input or output failed" does not learn.
EMPTY_WORDS = ("input or output failed", ": unknown", "over a limit")


def commands(d):
    """(name, exit status, arguments); FILE stands for the file."""
    amc = d.people.insurers[0]["amc"]
    till = d.people.key(d.people.site("optician"))
    asked = ("--amc", amc, "--member", "1", "--birth", "19810508", "--domain",
             "OPTI")
    return [
        ("an administrator's key", 1, (
            "enrol", d.dir, "site", "--id", "X1", "--profession", "optician",
            "--admin-key", "FILE")),
        ("a key to enrol", 1, (
            "enrol", d.dir, "key", "--site", "X1", "--key", "FILE")),
        ("an administrator to enrol", 1, (
            "enrol", d.dir, "admin", "--key", "FILE")),
        ("a table", 1, ("enrol", d.dir, "bulk", "FILE", "--write",
                        os.path.join(d.folder, "acts"))),
        ("routes", 1, ("route", "bulk", d.dir, "FILE", "--write",
                       os.path.join(d.folder, "acts"))),
        ("an act", 1, ("send", d.dir, "FILE")),
        ("an act to sign", 1, ("sign", "FILE", "--yes")),
        ("a feed", 1, ("load", d.dir, "FILE")),
        ("a contract", 1, ("load", d.dir, "--contracts", "FILE")),
        ("a mutuelle's key", 1, (
            "keys", "turn", "card", d.dir, "--amc", amc, "--key", "FILE")),
        ("a certificate", 1, (
            "keys", "rotate", "tls", "flow", d.dir, "--certificate", "FILE",
            "--key", "FILE")),
        ("a pin", 2, ("ask", "--key", till, "--pin", "FILE") + asked),
        ("a till's key", 2, (
            "ask", "--key", "FILE", "--pin", d.pin) + asked),
        ("a backup", 1, ("backup", "verify", "FILE")),
    ]


def is_one_line(err):
    lines = [l for l in err.splitlines() if not l.startswith("See: ")]
    return len(lines) == 1


def each(t, d, kind, path):
    for name, status, arguments in commands(d):
        if kind == "a folder" and name.startswith("an act"):
            continue        # a folder of acts is one
        code, _, err = d.ecluse(
            *[path if a == "FILE" else a for a in arguments], check=False)
        t.same(code, status, "%s, %s: %d" % (name, kind, status))
        t.ok(path in err and is_one_line(err) and
             not any(w in err for w in EMPTY_WORDS),
             "%s, %s: one line that names it and says why" % (name, kind),
             err)


def main():
    t = Tap()
    with Drill(members=20, insurers=1, seed=9) as d:
        acts = d.ecluse("status", d.dir, check=False)[1].split("registry")[1]
        path = os.path.join(d.folder, "input")
        each(t, d, "none", path)
        os.mkdir(path)
        each(t, d, "a folder", path)
        os.rmdir(path)
        for kind, text in (("empty", b""), ("20 MB", os.urandom(20 << 20))):
            with open(path, "wb") as f:
                f.write(text)
            each(t, d, kind, path)
        t.ok(acts.split("\n")[0] == d.ecluse("status", d.dir, check=False)[1]
             .split("registry")[1].split("\n")[0], "nothing was enrolled")
        shutil.rmtree(os.path.join(d.folder, "acts"), ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
