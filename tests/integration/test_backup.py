#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a backup of a running instance comes back as it was, or says why not.

While questions and a feed go on; one byte of it changed; one that was not
finished; a log that may go on, and one that may not.
"""
import os
import shutil
import signal
import subprocess
import sys
import threading

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap, program  # noqa: E402


def path(d, *name):
    return os.path.join(d.folder, *name)


def backup(d, name, *more, check=True):
    return d.ecluse("backup", d.dir, "--out", path(d, name), "--months-out",
                    path(d, name + ".months"), *more, check=check)


def verify(d, name):
    code, out, err = d.ecluse("backup", "verify", path(d, name), check=False)
    return code, err


def restore(d, name, to, *more, root=None):
    return d.ecluse(
        "restore", path(d, name), "--to", path(d, to), "--months",
        path(d, name + ".months"), "--root",
        root or os.path.join(d.dir, "keeper", "root.key"), *more, check=False)


def checkpoint(d, name):
    """A copy of the present checkpoint, as anybody may fetch one."""
    to = path(d, name)
    shutil.copyfile(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    to)
    return to


def served(d, name):
    """The restored instance in the place of the old one."""
    d.stop()
    d.dir = path(d, name)
    return d.serve(check=False)


def wants(answer):
    """Of an answer what a restart does not change."""
    code, a = answer
    return code, a.get("state"), a.get("level"), a.get("words")


class Load(threading.Thread):
    """Questions until it is told to end."""

    def __init__(self, d, persons):
        super().__init__()
        self.d, self.persons, self.over = d, persons, threading.Event()
        self.answers = []

    def run(self):
        while not self.over.is_set():
            self.answers += self.d.ask_file(
                self.d.people.site("pharmacy"),
                [self.d.question(p, "member") for p in self.persons],
                domain="PHAR")


def under_load(t, d):
    persons = [p for p in d.people.covered("PHAR") if p["member"]][:40]
    load = Load(d, persons)
    load.start()
    feed = d.people.insurers[0]["amc"]
    again = threading.Thread(
        target=lambda: d.load(d.make_feed(feed)[0], check=False))
    again.start()
    code, out, err = backup(d, "live", check=False)
    again.join()
    load.over.set()
    load.join()
    t.ok(code == 0, "a backup while questions and a feed go on", err)
    t.ok(load.answers and not [a for a in load.answers if "error" in a],
         "every question of that time was answered (%d)" % len(load.answers),
         [a for a in load.answers if "error" in a][:3])
    t.same(verify(d, "live")[0], 0, "it is whole")
    names = [os.path.join(f, n) for f, _, names in os.walk(path(d, "live"))
             for n in names]
    t.ok(not [n for n in names if n.endswith("root.key") or
              n.endswith("/months")], "no root key and no months in it")
    t.ok(not [n for n in os.listdir(os.path.join(d.dir, "vault"))
              if n.endswith(".copy")], "the vault's copy is gone")


def damaged(t, d):
    base = path(d, "live", "instance")
    for name in ("keeper/journal/seg-000000000000", "vault/0/store.db",
                 "keeper/registry/seg-000000000000", "ecluse.conf",
                 "../files"):
        file = os.path.join(base, name)
        with open(file, "r+b") as f:
            f.seek(os.path.getsize(file) // 3)
            old = f.read(1)
            f.seek(-1, 1)
            f.write(bytes([old[0] ^ 1]))
        code, err = verify(d, "live")
        t.ok(code == 1 and os.path.basename(name) in err,
             "one bit of %s: found and named" % name, err)
        code, out, err = restore(d, "live", "no", "--known-checkpoint",
                                 checkpoint(d, "now"))
        t.ok(code == 1 and not os.path.exists(path(d, "no")),
             "and not restored", err)
        with open(file, "r+b") as f:
            f.seek(os.path.getsize(file) // 3)
            f.write(old)
    t.same(verify(d, "live")[0], 0, "mended, it is whole again")
    # the list and its hashes agree, but nobody signed them
    manifest = path(d, "live", "manifest")
    with open(manifest, "rb") as f:
        text = f.read()
    with open(manifest, "wb") as f:
        f.write(text.replace(b"version 0", b"version 9"))
    t.same(verify(d, "live")[0], 1, "a manifest that nobody signed")
    os.unlink(manifest)
    code, err = verify(d, "live")
    t.ok(code == 1 and "not finished" in err, "no manifest: no backup", err)


def interrupted(t, d):
    shutil.rmtree(path(d, "live"))
    p = subprocess.Popen([program("ecluse"), "backup", d.dir, "--out",
                          path(d, "live")], stderr=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL)
    os.kill(p.pid, signal.SIGKILL)
    p.wait()
    code, err = verify(d, "live")
    t.ok(code == 1, "a backup that was killed is none", err)
    t.same(backup(d, "live")[0], 0, "and is finished by the next")
    t.same(verify(d, "live")[0], 0, "which is whole")


def goes_on(t, d):
    """Stopped behind the backup: the same log goes on."""
    site = d.people.site("optician")
    persons = [p for p in d.people.covered() if p["member"]][:5]
    before = [wants(d.ask(site, p)) for p in persons]
    scope = d.scope("site:" + site["site"])
    budgets = d.budgets("site:" + site["site"])
    backup(d, "last", "--json")
    known = checkpoint(d, "known")
    d.stop()
    code, out, err = restore(d, "last", "again")
    t.ok(code == 3 and "no checkpoint" in err,
         "without a known checkpoint it is not restored", err)
    other = path(d, "other.key")
    with open(other, "wb") as f:
        f.write(bytes(32))
    code, out, err = restore(d, "last", "again", "--known-checkpoint", known,
                             root=other)
    t.ok(code == 1 and "keys.sealed" in err and
         not os.path.exists(path(d, "again")),
         "another root key opens nothing", err)
    shutil.rmtree(path(d, "again.part"))
    code, out, err = restore(d, "last", "again", "--known-checkpoint", known)
    t.ok(code == 0, "restored against the checkpoint that was known", err)
    t.ok(served(d, "again"), "it starts", d.logged())
    t.same([wants(d.ask(site, p)) for p in persons], before,
           "every answer as before")
    now = d.scope("site:" + site["site"])
    t.same(d.persons_read(now), d.persons_read(scope),
           "the scope names the same persons")
    t.same([b["site"]["t24"] for b in d.budgets("site:" + site["site"])],
           [b["site"]["t24"] for b in budgets], "the budgets are the same")
    code, out, err = d.ecluse("journal", "verify", d.dir, "--entries",
                              check=False)
    t.same(code, 0, "the journal verifies, entry by entry")
    code, out, err = d.ecluse("backup", "verify", path(d, "last"), "--vkey",
                              os.path.join(d.dir, "journal", "public",
                                           "vkey"), check=False)
    t.same(code, 0, "the backup verifies under the instance's own key")


def main():
    t = Tap()
    with Drill(members=400, insurers=2, seed=3) as d:
        under_load(t, d)
        damaged(t, d)
        interrupted(t, d)
        goes_on(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
