#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal of the attacker: to read who was asked about in a destroyed month.

He has yesterday's backup, yesterday's copy of the month keys, and everything
that the instance holds today, its root key included. The day before it would
have been enough; it is not any more, for the key apart died with the month.
"""
import os
import shutil
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap  # noqa: E402

APART = "months-%d.key"


def path(d, *name):
    return os.path.join(d.folder, *name)


def backup(d, name):
    d.ecluse("backup", d.dir, "--out", path(d, name), "--months-out",
             path(d, name + ".months"))


def restore(d, to, months, apart):
    """Yesterday's backup, with these month keys and this key apart."""
    return d.ecluse(
        "restore", path(d, "yesterday"), "--to", path(d, to), "--months",
        months, *(("--months-key", apart) if apart else ()), "--root",
        path(d, "root.key"), "--known-checkpoint", path(d, "known"),
        check=False)


def november(d):
    return d.ecluse("journal", "scope", d.dir, "--asker", "site:" +
                    d.people.site("optician")["site"], "--from",
                    "2026-11-01T00:00:00Z", "--to", "2026-12-01T00:00:00Z",
                    check=False)


def opens(d, to):
    """Does what was restored start, and say who was read?"""
    today, d.dir = d.dir, path(d, to)
    up = d.serve(check=False)
    code, out, _ = november(d) if up else (1, "", "")
    d.stop()
    d.dir = today
    return code == 0 and '"ref"' in out


def everywhere(d, secret):
    """Files of today's instance that hold these bytes."""
    found = []
    for top, _, files in os.walk(d.dir):
        for name in files:
            with open(os.path.join(top, name), "rb") as f:
                if secret in f.read():
                    found.append(name)
    return found


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=7,
               now="2026-11-20T09:00:00Z") as d:
        keeper = os.path.join(d.dir, "keeper")
        persons = [p for p in d.people.covered() if p["member"]]
        for p in persons[:5]:
            d.ask(d.people.site("optician"), p)
        d.clock("2027-12-02T08:00:00Z")
        d.ask(d.people.site("optician"), persons[5])
        backup(d, "yesterday")
        shutil.copy(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    path(d, "known"))
        shutil.copy(os.path.join(keeper, "root.key"), path(d, "root.key"))
        with open(os.path.join(keeper, APART % 1), "rb") as f:
            apart = f.read()
        t.same([n for _, _, names in os.walk(path(d, "yesterday"))
                for n in names if n.startswith("months")], [],
               "no backup has month keys or what opens them")
        shutil.copy(os.path.join(keeper, APART % 1), path(d, "safe"))
        d.stop()
        restore(d, "before", path(d, "yesterday.months"), path(d, "safe"))
        t.ok(opens(d, "before"), "the day before, all that opens November",
             d.logged()[-600:])
        d.serve()
        d.ecluse("keys", "destroy", "month", "2026-11", d.dir)
        backup(d, "today")
        d.stop()
        t.same(everywhere(d, apart), [], "the key apart is nowhere today")
        second = os.path.join(keeper, APART % 2)
        for nth, (months, key) in enumerate((
                ("yesterday.months", second), ("yesterday.months", None),
                ("today.months", second))):
            to = "try%d" % nth
            restore(d, to, path(d, months), key)
            t.ok(not opens(d, to), "%s with %s: November stays closed" % (
                months, key and os.path.basename(key)), d.logged()[-600:])
        shutil.copy(os.path.join(keeper, "months"), path(d, "months"))
        shutil.copy(path(d, "yesterday.months"),
                    os.path.join(keeper, "months"))
        t.ok(not d.serve(check=False) and
             d.logged().count("its key apart is not there") == 1,
             "yesterday's file in today's instance", d.logged()[-600:])
        d.stop()
        shutil.copy(second, os.path.join(keeper, APART % 1))
        t.ok(not d.serve(check=False) and "does not verify" in d.logged(),
             "today's key under yesterday's name", d.logged()[-600:])
        d.stop()
        # what the safe must not keep: docs/operations.md says so
        restore(d, "kept", path(d, "yesterday.months"), path(d, "safe"))
        t.ok(opens(d, "kept"),
             "a copy of the key apart that was not destroyed does open it")
        shutil.copy(path(d, "months"), os.path.join(keeper, "months"))
        t.ok(d.serve(check=False), "today's instance goes on",
             d.logged()[-600:])
        code, out, err = november(d)
        t.ok(code == 3 and "destroyed" in err, "and says nothing of November",
             (code, out, err))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
