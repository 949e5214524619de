#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal of the attacker: yesterday's files in the place of today's.

An old registry has revoked keys alive, an old journal has forgotten who was
read, an old vault gives persons new numbers, a whole old instance all of it.
None of them starts.
"""
import os
import shutil
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap  # noqa: E402


def copy(d, name, to):
    shutil.copytree(os.path.join(d.dir, name), os.path.join(d.folder, to))


def put(d, name, what):
    """Yesterday's folder in the place of today's, with its owner."""
    to = os.path.join(d.dir, name)
    st = os.stat(to)
    shutil.rmtree(to)
    shutil.copytree(os.path.join(d.folder, what), to)
    if os.geteuid() == 0:
        for top, _, files in os.walk(to):
            for one in [top] + [os.path.join(top, f) for f in files]:
                os.chown(one, st.st_uid, st.st_gid)


def starts_not(t, d, words, what):
    if os.path.exists(d.log):
        os.unlink(d.log)
    up = d.serve(check=False)
    d.stop()
    t.ok(not up and words in d.logged(), what, d.logged()[-1500:])


def swap(t, d, names, words, what):
    """Yesterday's of names, alone; then today's again."""
    for i, name in enumerate(names):
        copy(d, name, "today-%d" % i)
        put(d, name, "old-" + name.replace("/", "-"))
    starts_not(t, d, words, what)
    for i, name in enumerate(names):
        put(d, name, "today-%d" % i)
        shutil.rmtree(os.path.join(d.folder, "today-%d" % i))


def lost_vault(t, d):
    vault = os.path.join(d.dir, "vault", "0")
    trust = os.path.join(vault, "trust")
    os.rename(trust, trust + ".away")
    starts_not(t, d, "vault/0/trust is missing: put it back",
               "a vault that would believe nobody and bound nothing")
    os.rename(trust + ".away", trust)
    for name in os.listdir(vault):
        if name not in ("trust", "key.pem"):
            os.unlink(os.path.join(vault, name))
    starts_not(t, d, "its store is lost", "a lost vault")
    os.unlink(d.log)
    up = d.serve(check=False, options=["--accept-lost-rights"])
    t.ok(up, "but when the operator says so", d.logged()[-1500:])
    d.stop()


def whole(t, d):
    """A consistent old instance: only a checkpoint kept elsewhere shows it."""
    known = os.path.join(d.folder, "known")
    shutil.copyfile(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    known)
    today = d.dir
    d.dir = os.path.join(d.folder, "old-whole")
    shutil.copyfile(known, os.path.join(d.dir, "keeper", "known-checkpoint"))
    starts_not(t, d, "behind keeper/known-checkpoint",
               "a whole old instance, beside a known checkpoint")
    d.dir = today
    shutil.copyfile(known, os.path.join(d.dir, "keeper", "known-checkpoint"))
    t.ok(d.serve(check=False), "today's starts beside it", d.logged()[-800:])
    d.stop()


def main():
    t = Tap()
    with Drill(members=300, insurers=2, seed=5) as d:
        site = d.people.site("optician")
        persons = [p for p in d.people.covered() if p["member"]]
        d.ask(site, persons[0])
        d.stop()
        for name in ("keeper/registry", "registry", "keeper/journal",
                     "journal", "vault"):
            copy(d, name, "old-" + name.replace("/", "-"))
        shutil.copytree(d.dir, os.path.join(d.folder, "old-whole"),
                        copy_function=shutil.copy2)
        d.serve()
        feed = d.people.insurers[0]["amc"]
        d.load(d.make_feed(feed)[0])
        d.ecluse("revoke", d.dir, "site:" + d.people.site(
            "optician", 1)["site"])
        d.ask(site, persons[1])
        d.stop()
        swap(t, d, ["keeper/registry", "registry"],
             "the registry is behind the journal", "an old registry")
        swap(t, d, ["keeper/journal"], "contradict", "an old journal alone")
        swap(t, d, ["vault"], "its store is lost or of another day",
             "an old vault")
        whole(t, d)
        swap(t, d, ["keeper/journal", "journal"],
             "behind keeper/known-checkpoint",
             "an old journal with its public folder")
        lost_vault(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
