#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a backup of a running instance comes back as it was, or says why not.

While questions and a feed go on; one byte of it changed; one that was not
finished; a log that may go on, and one that may not.
"""
import base64
import hashlib
import json
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
        path(d, name + ".months"), "--months-key",
        os.path.join(d.dir, "keeper", "months-1.key"),
        *(["--root", root or os.path.join(d.dir, "keeper", "root.key")]
          if root != "" else []), *more, check=False)


def checkpoint(d, name):
    """A copy of the present checkpoint, as anybody may fetch one."""
    to = path(d, name)
    shutil.copyfile(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    to)
    return to


def unconfirmed(d):
    code, out, _ = d.ecluse("status", d.dir, "--json", check=False)
    return code, json.loads(out)["unconfirmed"]


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


def lost(t, d):
    """Where the month keys are gone, a copy of them is the last one."""
    months = os.path.join(d.dir, "keeper", "months")
    with open(path(d, "live.months"), "rb") as f:
        before = f.read()
    os.rename(months, months + ".away")
    code, out, err = backup(d, "live", check=False)
    with open(path(d, "live.months"), "rb") as f:
        t.ok(code == 3 and before and f.read() == before,
             "no month keys: their copy stays", (code, err))
    t.same(verify(d, "live")[0], 0, "and the backup too")
    t.same(d.ecluse("backup", d.dir, "--out", path(d, "bare"), "--months-out",
                    path(d, "bare.months"), check=False)[0], 0,
           "where there is none, it is empty")
    os.rename(months + ".away", months)


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
    for bad in (path(d, "none", "months"), d.folder):
        code, out, err = d.ecluse("backup", d.dir, "--out", path(d, "live"),
                                  "--months-out", bad, check=False)
        t.ok(code == 5 and "--months-out" in err, "no place for month keys: "
             "told", (code, err))
        t.same(verify(d, "live")[0], 0, "and the backup of before is one yet")
    lost(t, d)
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


def with_root(t, d, known, other):
    """The backup has the root key; one that is given counts for more."""
    code, out, err = restore(d, "rooted", "rooted.made", "--known-checkpoint",
                             known, root="")
    t.ok(code == 0, "a backup with its root key opens without another", err)
    code, out, err = restore(d, "last", "no", "--known-checkpoint", known,
                             root="")
    t.ok(code == 1 and "root.key" in err, "and one without it does not", err)
    code, out, err = restore(d, "rooted", "no", "--known-checkpoint", known,
                             root=other)
    t.ok(code == 1 and "keys.sealed" in err and not os.path.exists(
        path(d, "no")), "with another that is given neither", err)


def wrong_keys(t, d, known):
    """Told before the backup is read: a file of it is not there meanwhile."""
    for name, key in (("months-other.key", os.urandom(32)),
                      ("other.key", bytes(32)), ("short.key", b"short")):
        with open(path(d, name), "wb") as f:
            f.write(key)
        os.chmod(path(d, name), 0o600)
    with open(path(d, "last.months"), "rb") as f, \
            open(path(d, "cut.months"), "wb") as to:
        to.write(f.read()[:-1])
    store = os.path.join(path(d, "last"), "instance", "vault", "0", "store.db")
    os.rename(store, path(d, "store.away"))
    # links, which are not copied
    for name, to in (("link.root", os.path.join(d.dir, "keeper", "root.key")),
                     ("link.months", path(d, "last.months")),
                     ("link.apart", os.path.join(d.dir, "keeper",
                                                 "months-1.key"))):
        os.symlink(to, path(d, name))
    # not of its list, looked at beside keys.sealed, and not waited for
    pipe = os.path.join(path(d, "last"), "instance", "keeper",
                        "keys.sealed.next")
    os.mkfifo(pipe)
    for what, option, key, words in (
            ("another months' key", "--months-key",
             path(d, "months-other.key"), "do not open"),
            ("one that is no key", "--months-key", path(d, "short.key"),
             "do not open"),
            ("none of that name", "--months-key", "none", "none"),
            ("month keys that are no file", "--months", os.devnull,
             os.devnull),
            ("month keys that were cut off", "--months", path(d, "cut.months"),
             "damaged"),
            ("another root key", "--root", path(d, "other.key"),
             "keys.sealed"),
            ("a root key that is none", "--root", path(d, "short.key"),
             "keys.sealed"),
            ("a link to the root key", "--root", path(d, "link.root"),
             "link.root: a file belongs here"),
            ("a link to month keys", "--months", path(d, "link.months"),
             "link.months: a file belongs here"),
            ("a link to their key", "--months-key", path(d, "link.apart"),
             "link.apart: a file belongs here"),
            ("no such checkpoint", "--known-checkpoint", "none", "none"),
            ("no such administrator's key", "--admin-key", "none", "none")):
        new = ("--new-origin", "b.example/journal") if "admin" in what else ()
        code, out, err = restore(d, "last", "no", "--known-checkpoint", known,
                                 option, key, *new)
        t.ok(code == 1 and words in err and "store.db" not in err,
             "%s: told before the backup is read" % what, (code, err))
        t.ok(not [n for n in os.listdir(d.folder) if n in ("no", "no.part")],
             "and nothing is laid out", os.listdir(d.folder))
    code, out, err = restore(d, "last", "no", "--known-checkpoint", known)
    t.ok(code == 1 and "store.db" in err, "with the right ones it is read",
         (code, err))
    os.rename(path(d, "store.away"), store)
    os.unlink(pipe)


def goes_on(t, d):
    """Stopped behind the backup: the same log goes on."""
    site = d.people.site("optician")
    persons = [p for p in d.people.covered() if p["member"]][:5]
    before = [wants(d.ask(site, p)) for p in persons]
    scope = d.scope("site:" + site["site"])
    budgets = d.budgets("site:" + site["site"])
    backup(d, "last", "--json")
    backup(d, "rooted", "--with-root")
    known = checkpoint(d, "known")
    d.stop()
    wrong_keys(t, d, known)
    os.mkdir(path(d, "there"))
    shutil.move(os.path.join(path(d, "last"), "files"), path(d, "files"))
    code, out, err = restore(d, "last", "there", "--known-checkpoint", known)
    t.ok(code == 3 and "exists already" in err,
         "DIR that is there is told before the backup is read", (code, err))
    shutil.move(path(d, "files"), os.path.join(path(d, "last"), "files"))
    code, out, err = restore(d, "last", "again")
    t.ok(code == 3 and "no checkpoint" in err,
         "without a known checkpoint it is not restored", err)
    other = path(d, "other.key")
    with_root(t, d, known, other)
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


OLD, NEW = "drill.ecluse.example/journal", "drill2.ecluse.example/journal"


def card_only(t, d, site, member, card, what):
    a = d.ask(site, member)
    t.ok(a[0] == 3 and "card-only" in json.dumps(a[1]),
         "%s: without a card it is refused" % what, a)
    a = d.ask(site, card, "card")
    t.ok(a[0] == 0, "%s: a card passes" % what, a)


def behind(t, d):
    """The log went on behind the backup: it may not go on from it."""
    site = d.people.site("optician")
    asker = "site:" + site["site"]
    persons = [p for p in d.people.covered()
               if p["member"] and d.has(p, "card")]
    read = {(p["amc"], p["ref"]) for p in persons[5:8]}
    for p in persons[5:8]:
        d.ask(site, p)
    backup(d, "night")
    size = d.checkpoint_size()
    lost = d.ask(site, persons[8])[1]["transaction"]
    d.published(int(lost.rsplit("/", 1)[1]))
    known = checkpoint(d, "newer")
    d.stop()
    before = d.dir
    code, out, err = restore(d, "night", "new", "--known-checkpoint", known)
    t.ok(code == 3 and "--new-origin" in err,
         "behind a known checkpoint: the same log is refused", err)
    keys = [os.path.join(before, "drill", "admin-%d.pem" % n) for n in (1, 2)]
    new = ["--known-checkpoint", known, "--new-origin", NEW]
    signed_by_whom(t, d, new, keys)
    code, out, err = restore(d, "night", "new", *new, "--admin-key", keys[0])
    t.ok(code == 0, "one signs", err)
    t.ok(not served(d, "new") and "two administrators must sign" in
         d.logged(), "one alone opens no new log", d.logged()[-600:])
    d.stop()
    out = d.ecluse("sign", os.path.join(d.dir, "keeper", "continue"),
                   "--key", keys[1], "--yes")[1]
    t.ok(OLD in out, "the second sees what she signs", out)
    t.ok("next: ecluse serve" in out, "and that the start takes it", out)
    t.ok(d.serve(check=False), "two do", d.logged()[-600:])
    with open(os.path.join(d.dir, "journal", "public", "checkpoint"),
              encoding="utf-8") as f:
        t.same(f.readline(), NEW + "\n", "the new log has the new name")
    first_entry(t, d, size, known)
    card_only(t, d, site, persons[5], persons[9], "after the restore")
    card_only(t, d, d.people.site("optician", 1), persons[6], persons[10],
              "another site")
    gap(t, d, asker, size, known, read, persons[9])
    d.stop()
    d.serve()
    card_only(t, d, site, persons[7], persons[11], "after a restart too")
    spent(t, d, site, persons)


def signed_by_whom(t, d, new, keys):
    """Nothing is laid out for an act that the first start would not take."""
    stranger = path(d, "stranger.pem")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                    stranger], check=True)
    old = list(new)
    old[old.index(NEW)] = OLD
    odd = list(new)
    odd[odd.index(NEW)] = "a name with spaces"
    for what, words, more in (
            ("without a signature", "signed, by two", new),
            ("a stranger's key", "no administrator when this backup",
             new + ["--admin-key", stranger]),
            ("a stranger beside an administrator", stranger,
             new + ["--admin-key", keys[0], "--admin-key", stranger]),
            ("an administrator twice", "given already",
             new + ["--admin-key", keys[0], "--admin-key", keys[0]]),
            ("the old name", "the old name",
             old + ["--admin-key", keys[0]]),
            ("a name that is none", "letters, digits",
             odd + ["--admin-key", keys[0]])):
        code, out, err = restore(d, "night", "new", *more)
        option = "--new-origin" if " name" in what else "--admin-key"
        t.ok(code == 3 and option in err and words in err,
             "a new log, %s: refused, and why" % what, (code, err))
        t.ok(not [n for n in os.listdir(d.folder) if n.startswith("new.")
                  or n == "new"], "and nothing is made", os.listdir(d.folder))
    code, out, err = restore(d, "night", "new", "--known-checkpoint",
                             new[1], "--admin-key", keys[0])
    t.ok(code == 2 and "--new-origin" in err,
         "a signature for no new log is a wrong usage", (code, err))


def first_entry(t, d, size, known):
    """It quotes the old checkpoint (docs/journal.md)."""
    with open(os.path.join(d.dir, "keeper", "journal",
                           "seg-000000000000"), "rb") as f:
        leaf = f.read(888)[40:232]
    with open(known, encoding="utf-8") as f:
        lines = f.read().split("\n")
    t.same((leaf[1], int.from_bytes(leaf[162:170], "big"),
            int.from_bytes(leaf[170:178], "big"), leaf[34:66]),
           (6, size, int(lines[1]), base64.b64decode(lines[2])),
           "the first entry quotes what was known of the old log")


def gap(t, d, asker, size, known, read, asked):
    with open(known, encoding="utf-8") as f:
        end = int(f.read().split("\n")[1])
    new = d.scope(asker)
    t.same(new.get("gap"), [{"origin": OLD, "from": size, "to": end}],
           "a scope lists the gap")
    t.same(new.get("other_logs"), [OLD], "and the log to ask as well")
    t.same(d.persons_read(new), {(asked["amc"], asked["ref"])},
           "itself it names who was read since")
    old = d.scope(asker, "2026-09-01T00:00:00Z", "2027-12-31T00:00:00Z",
                  "--log", OLD)
    t.ok(read <= d.persons_read(old) | d.persons_read(
        old, "cannot_be_excluded"), "the old log still names whom it knows",
        old)
    t.ok(old["checkpoint"].startswith(OLD), "with its own checkpoint")
    late = d.scope(asker, "2027-01-01T00:00:00Z")
    t.ok("gap" not in late and "other_logs" not in late,
         "an interval behind it has none", late)
    code, out, err = d.ecluse(
        "journal", "scope", d.dir, "--asker", asker, "--from",
        "2026-09-01T00:00:00Z", "--to", "2027-01-01T00:00:00Z", "--log",
        "none", check=False)
    t.ok(code == 4, "a log that never was", err)
    code, out, err = d.ecluse(
        "journal", "verify", d.dir, "--entries", check=False)
    t.ok(code == 0, "the new log verifies", (code, out, err))


def spent(t, d, site, persons):
    """30 days of budgets are spent, unless two people say otherwise."""
    d.clock("2026-12-23T08:00:00Z")
    card_only(t, d, site, persons[12], persons[13], "after 29 days")
    d.clock("2026-12-24T12:00:00Z")
    t.same(d.ask(site, persons[12], date="2026-12-24")[0], 0,
           "after 30 days questions pass without a card")
    code, out, err = d.ecluse("act", d.dir, "continue from=%s size=1 root=%s"
                              % (OLD, "00" * 32), check=False)
    t.ok(code == 3, "a running log is continued by nobody", err)


def former(d):
    """The key of an administrator who was one and is not."""
    key = path(d, "former.pem")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                    key], check=True)
    d.ecluse("enrol", d.dir, "admin", "--key", key)
    spki = subprocess.run(["openssl", "pkey", "-in", key, "-pubout",
                           "-outform", "DER"], check=True,
                          stdout=subprocess.PIPE).stdout
    d.ecluse("revoke", d.dir, "admin:admin-" +
             hashlib.sha256(spki).hexdigest()[:8])
    return key


def opened(t, d):
    """The same restore again, and two people open it."""
    site = d.people.site("optician")
    p = [p for p in d.people.covered() if p["member"]][5]
    d.stop()
    code, out, err = d.ecluse(
        "restore", path(d, "night"), "--to", path(d, "third"), "--months",
        path(d, "night.months"), "--months-key",
        os.path.join(path(d, "again"), "keeper", "months-1.key"), "--root",
        os.path.join(path(d, "again"), "keeper", "root.key"), "--new-origin",
        "drill3.ecluse.example/journal", "--admin-key",
        os.path.join(d.dir, "drill", "admin-1.pem"), "--admin-key",
        os.path.join(d.dir, "drill", "admin-2.pem"), check=False)
    t.ok(code == 0, "a new log when no checkpoint is known", err)
    t.ok(served(d, "third"), "starts", d.logged()[-600:])
    t.same(d.ask(site, p)[0], 3, "with cards only")
    t.same(unconfirmed(d), (1, True), "which status says")
    t.ok("to" not in d.scope("site:" + site["site"])["gap"][0],
         "the gap has no known end")
    code, out, err = d.ecluse("act", d.dir, "continue confirm=yes",
                              "--admin-key", os.path.join(
                                  d.dir, "drill", "admin-1.pem"),
                              check=False)
    t.ok(code == 3, "one administrator does not open it", err)
    d.ecluse("act", d.dir, "continue confirm=yes")
    t.same(d.ask(site, p)[0], 0, "two do")
    t.same(unconfirmed(d), (0, False), "and status too")
    d.stop()
    d.serve()
    t.same(d.ask(site, p)[0], 0, "for good")
    revoked = former(d)
    backup(d, "later")
    code, out, err = restore(d, "later", "fourth", "--new-origin", NEW + "4",
                             "--admin-key", revoked)
    t.ok(code == 3 and "was revoked" in err,
         "an administrator who was revoked opens no new log", err)
    code, out, err = restore(d, "later", "fourth", "--new-origin", OLD,
                             "--admin-key",
                             os.path.join(d.dir, "drill", "admin-1.pem"))
    t.ok(code == 3 and "has ended" in err,
         "the name of a log that ended is not given again", err)
    t.ok(not os.path.exists(path(d, "fourth.part")), "and nothing is made")


def november(d):
    return d.ecluse("journal", "scope", d.dir, "--asker", "site:" +
                    d.people.site("optician")["site"], "--from",
                    "2026-11-01T00:00:00Z", "--to", "2026-12-01T00:00:00Z",
                    check=False)


def destroyed(t, d):
    """A month is destroyed: yesterday's backup opens nothing of it."""
    d.clock("2027-12-02T08:00:00Z")
    t.same(november(d)[0], 0, "before, a scope opens the month")
    known = checkpoint(d, "year")
    backup(d, "before")
    d.ecluse("keys", "destroy", "month", "2026-11", d.dir)
    backup(d, "after")
    d.stop()
    root = os.path.join(d.dir, "keeper", "root.key")
    code, out, err = d.ecluse(
        "restore", path(d, "before"), "--to", path(d, "fourth"), "--months",
        path(d, "after.months"), "--months-key",
        os.path.join(d.dir, "keeper", "months-2.key"), "--root", root,
        "--known-checkpoint", known,
        check=False)
    t.ok(code == 0 and served(d, "fourth"), "yesterday's backup starts",
         err + d.logged()[-600:])
    code, out, err = november(d)
    t.ok(code != 0 and "destroyed" in err,
         "and opens nothing of the destroyed month", out + err)
    t.same(d.ecluse("journal", "verify", d.dir, "--entries",
                    check=False)[0], 0, "its tree verifies all the same")


def main():
    t = Tap()
    with Drill(members=400, insurers=2, seed=3) as d:
        under_load(t, d)
        damaged(t, d)
        interrupted(t, d)
        goes_on(t, d)
        behind(t, d)
        opened(t, d)
        destroyed(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
