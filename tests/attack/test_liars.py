#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attackers: a keeper that lies, and a vault that does.

Goal: a keeper that answers without writing, writes another person than it
answers about, or asks the vault more than it writes, is seen by the vault's
counts (`journal verify`, exit 1), also in a log that goes on from another; counts that were altered, cut or taken away
are seen too, and so is what a keeper takes out of its own folders, or puts there, that they are compared by. A vault that names wrong persons, or answers from old rows, is seen by
an audit: control questions about persons whom the mutuelle knows, held against
the list of who was read, and against its book. Beyond its ceiling the vault names nobody new, person or stranger,
whatever the keeper says, and only two administrators move the ceiling: a
keeper that takes any act finds the vault checking who signed.
"""
import base64
import csv
import glob
import hashlib
import json
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import BUILD, Drill, Tap, rows, run, told_level  # noqa: E402
from stolen import LOG, ORIGIN, Stolen  # noqa: E402
from test_one_admin import Admin, Desk  # noqa: E402

SMALL = {"members": 900, "insurers": 2, "sites": 30,
         "conf": {"vault.timeout-ms": "3000"}}  # a loaded machine is no lie


def verify(d, **more):
    code, out, err = d.ecluse(
        "journal", "verify", d.dir, check=False, **more)
    wrong = [line[12:] for line in out.splitlines()
             if line.startswith("WRONG")]
    return code, wrong[0] if wrong else out + err


def counts(d, name="counts"):
    """The file of vault 0."""
    return (glob.glob(os.path.join(d.dir, "vault", "0", name)) +
            [os.path.join(d.dir, "vault", name)])[0]


def lie(d, how):
    with open(os.path.join(d.dir, "lie"), "w", encoding="utf-8") as f:
        f.write(how)
    d.stop()
    d.serve()


def aged(d, seconds=300):
    """Nothing is too new to be compared."""
    os.utime(counts(d), (time.time() - seconds,) * 2)


def questions(d, site, people):
    return [d.ask(site, p)[0] for p in people]


def lying_keeper(t):
    found = {"silent": "answered twice for entry",
             "other": "commits to another person",
             "missed": "says that nobody was met",
             "late": "which the journal does not hold"}
    for how, words in found.items():
        with Drill(seed=31, instead={"ecluse-keeper": "test_lying_keeper"},
                   **SMALL) as d:
            site, people = d.people.site("optician"), d.people.covered("OPTI")
            questions(d, site, people[:4])
            d.stop()
            aged(d)
            t.same(verify(d)[0], 0, "it tells the truth yet")
            d.serve()
            lie(d, how)
            t.same(questions(d, site, people[4:8]), [0] * 4,
                   "a keeper that lies (%s) answers" % how)
            d.stop(9 if how == "silent" else 15)
            aged(d)
            code, wrong = verify(d)
            t.ok(code == 1 and words in wrong, "and is seen: " + wrong, code)


def probing_keeper(t):
    with Drill(seed=32, instead={"ecluse-vault": "test_lying_vault"},
               **SMALL) as d:
        site, people = d.people.site("optician"), d.people.covered("OPTI")
        questions(d, site, people[:4])
        d.stop()
        aged(d)
        t.same(verify(d)[0], 0, "each number that was named is accounted for")
        d.serve()
        lie(d, "probe")
        questions(d, site, people[4:12])
        d.stop()
        aged(d)
        code, wrong = verify(d)
        t.ok(code == 1 and "the journal has questions for" in wrong,
             "a keeper that only looks persons up is seen: " + wrong, code)


def emptied(t):
    """A keeper has the log's key: it signs a journal without an entry."""
    with Drill(seed=41, start=False, load=False, **SMALL) as d:
        code, words = verify(d)
        t.ok(code == 0 and "0 entries" in words and "acts" in words,
             "an instance that never ran verifies", words)
    with Drill(seed=41, **SMALL) as d:
        t.same(questions(d, d.people.site("optician"),
                         d.people.covered("OPTI")[:4]), [0] * 4,
               "four are read")
        d.stop()
        key = Stolen(d, LOG, 1, ORIGIN)
        empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
        with open(os.path.join(d.dir, "journal", "public", "checkpoint"),
                  "wb") as f:
            f.write(key.note(("%s\n0\n%s\n" % (ORIGIN, empty)).encode()))
        code, words = verify(d)
        t.ok(code == 4 and "behind the last checkpoint" in words,
             "with its records they stand behind the checkpoint", words)
        for name in glob.glob(os.path.join(d.dir, "keeper", "journal",
                                           "seg-*")):
            os.unlink(name)
        code, wrong = verify(d)
        t.ok(code == 1 and "which the journal does not hold" in wrong,
             "a keeper that empties the journal is seen: " + wrong, code)


def renamed(d, name):
    """Backed up and restored, as a log of that name: the same instance."""
    night = os.path.join(d.folder, "night")
    keeper = os.path.join(d.dir, "keeper")
    admins = [x for n in (1, 2) for x in ("--admin-key", os.path.join(
        d.dir, "drill", "admin-%d.pem" % n))]
    d.ecluse("backup", d.dir, "--out", night, "--months-out",
             night + ".months")
    d.stop()
    d.ecluse("restore", night, "--to", os.path.join(d.folder, "new"),
             "--months", night + ".months", "--months-key",
             os.path.join(keeper, "months-1.key"), "--root",
             os.path.join(keeper, "root.key"), "--new-origin", name, *admins)
    d.dir = os.path.join(d.folder, "new")
    told = verify(d)
    d.serve()
    d.ecluse("act", d.dir, "continue confirm=yes")
    return told


def after_a_restore(t):
    """A log that ended explains nothing of the one that goes on."""
    with Drill(seed=39, instead={"ecluse-vault": "test_lying_vault"},
               **SMALL) as d:
        site, people = d.people.site("optician"), d.people.covered("OPTI")
        questions(d, site, people[:4])
        trust = counts(d, "trust")
        with open(trust, encoding="utf-8") as f:
            before = f.read()
        code, words = renamed(d, "drill2.ecluse.example/journal")
        t.ok(code == 4 and "this one has not begun" in words,
             "a log that goes on from another waits for its start", words)
        t.same(questions(d, site, people[4:6]), [0] * 2,
               "an instance goes on under a new name")
        d.stop()
        aged(d)
        code, words = verify(d)
        t.ok(code == 0, "and its counts hold", words)
        d.serve()
        lie(d, "probe")
        questions(d, site, people[6:12])
        d.stop()
        aged(d)
        code, wrong = verify(d)
        t.ok(code == 1 and "the journal has questions for" in wrong,
             "there too a keeper that only looks persons up is seen: " +
             wrong, code)
        with open(counts(d, "trust"), "w", encoding="utf-8") as f:
            f.write(before)
        code, wrong = verify(d)
        t.ok(code == 1 and "it was not told" in wrong,
             "and one that keeps the new name from a vault: " + wrong, code)


def altered_counts(t):
    with Drill(seed=33, **SMALL) as d:
        questions(d, d.people.site("optician"), d.people.covered("OPTI")[:3])
        d.stop()
        path = counts(d)
        with open(path, "rb") as f:
            whole = f.read()
        for name, other in (
                ("one byte", whole[:70] + bytes([whole[70] ^ 1]) + whole[71:]),
                ("its end", whole[:-100]), ("its beginning", whole[100:])):
            with open(path, "wb") as f:
                f.write(other)
            t.same(verify(d)[0], 1, "counts without %s are seen" % name)
            t.ok(not d.serve(check=False) or name == "one byte",
                 "and a vault does not start on them, where it can tell")
            d.stop()
        with open(path, "wb") as f:
            f.write(whole)
        t.same(verify(d)[0], 0, "whole again they hold")
        os.unlink(path)
        t.same(verify(d)[0], 1, "taken away they are missed")


class away:
    """A keeper's own file or folder taken away, or another in its place; and
    back."""

    def __init__(self, d, name, other=None):
        self.path, self.other = os.path.join(d.dir, name), other

    def __enter__(self):
        os.rename(self.path, self.path + ".kept")
        if self.other:
            shutil.copytree(self.other, self.path)

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
        os.rename(self.path + ".kept", self.path)


def own_files(t):
    """A keeper's folders are its own: it takes away, or writes anew, what the
    vaults' counts are compared by."""
    logs = ("keeper/registry", "registry/public")
    with Drill(seed=40, **SMALL) as d, Drill(
            seed=40, start=False, load=False, **SMALL) as stranger:
        site, people = d.people.site("optician"), d.people.covered("OPTI")
        t.same(questions(d, site, people[:4]), [0] * 4, "four are read")
        older = os.path.join(d.folder, "older")
        for name in logs:
            shutil.copytree(os.path.join(d.dir, name),
                            os.path.join(older, name))
        d.ecluse("act", d.dir, "ceiling amc=%s cell=1 persons-hour=900" %
                 d.people.insurers[0]["amc"])
        questions(d, site, people[4:6])
        d.clock("2026-11-23T09:01:00Z")
        questions(d, site, people[6:8])
        d.stop()
        aged(d)
        t.same(verify(d)[0], 0, "and the counts hold")
        for name, words in (("keeper/journal", "records are not there"),
                            ("keeper/registry", "registry is not there"),
                            ("registry/public", "registry is not there")):
            with away(d, name):
                code, wrong = verify(d)
            t.ok(code == 1 and words in wrong,
                 "a keeper without its %s is seen: %s" % (name, wrong), code)
        for what, home, words in (
                ("an older registry", older, "entries, and entry"),
                ("another registry", stranger.dir,
                 "not the one that entry 0 ")):
            with away(d, logs[0], os.path.join(home, logs[0])), \
                    away(d, logs[1], os.path.join(home, logs[1])):
                code, wrong = verify(d)
            t.ok(code == 1 and words in wrong,
                 "and %s in its place: %s" % (what, wrong), code)
        trust = os.path.join(d.dir, "vault", "0", "trust")
        os.rename(trust, trust + ".kept")
        shutil.copy(os.path.join(stranger.dir, "vault", "0", "trust"), trust)
        code, wrong = verify(d)
        t.ok(code == 1 and "not told of" in wrong,
             "and first administrators whom no vault was told of: " + wrong,
             code)
        os.rename(trust + ".kept", trust)
        t.same(verify(d)[0], 0, "with its own the counts hold again")
        unheard(t, d, trust)
        t.same(verify(d)[0], 0, "and with what the registry holds once more")
        out = d.ecluse("journal", "verify", d.dir, "--json")[1]
        told = json.loads(out)
        t.ok(told["acts"] >= 2 and told["administrators"] == 2,
             "and each act is by who might sign it", out)


def unheard(t, d, trust):
    """One administrator and a keeper that hands a vault what she signed, and
    puts it into no registry: what the vault believes then is compared too."""
    with open(trust, encoding="utf-8") as f:
        was = f.read()
    for what, now in (
            ("one who is revoked there alone",
             was.replace("state=living", "state=revoked", 1)),
            ("a ceiling of a later act",
             was.replace("time=2026-", "time=2027-", 1)),
            ("one whom it knows by another name",
             was.replace("name=admin-", "name=other-", 1))):
        with open(trust, "w", encoding="utf-8") as f:
            f.write(now)
        os.utime(trust, (time.time() - 60,) * 2)
        code, wrong = verify(d)
        t.ok(now != was and code == 1 and "not in the registry" in wrong,
             "%s: %s" % (what, wrong), code)
    # written while the journal was read, which took two days
    os.utime(trust, (time.time() + 86400,) * 2)
    t.same(verify(d, env=dict(
        os.environ, SWAP_PATH=counts(d), SWAP_BY=counts(d), SWAP_AT="1",
        SWAP_LATER="172800", LD_PRELOAD=os.path.join(
            BUILD, "tests", "tools", "libswap_open.so")))[0], 0,
        "an act of meanwhile is no lie, however long it takes")
    with open(trust, "w", encoding="utf-8") as f:
        f.write(was)


def audit(d, site, people):
    """Control questions: whom did the platform read, by the mutuelles' own
    keys, when these were asked about? Gives the questions that went wrong."""
    asked = {}
    for p in people:
        code, answer = d.ask(site, p)
        if code == 0:
            index = int(answer["transaction"].rsplit("/", 1)[1])
            asked[index] = (p["amc"], p["ref"])
    scope = d.scope("site:" + site["site"])
    read = {}
    for line in scope["read"]:
        ref = d.open_refs(line["amc"], [line["ref"]])[0]
        for index in line["indexes"]:
            read[index] = (line["amc"], ref)
    return [i for i, who in asked.items() if read.get(i) != who], len(asked)


def lying_vault(t):
    with Drill(seed=34, instead={"ecluse-vault": "test_lying_vault"},
               **SMALL) as d:
        people = [p for p in d.people.covered("OPTI")
                  if p["amc"] == d.people.insurers[0]["amc"]]
        wrong, n = audit(d, d.people.site("optician"), people[:8])
        t.ok(not wrong and n == 8, "an audit finds an honest vault honest",
             (wrong, n))
        lie(d, "swap")
        wrong, n = audit(d, d.people.site("optician", 1), people[8:16])
        t.same(len(wrong), n // 2,
               "and one that names wrong persons, each time it did")


def wrong_levels(d, site, people):
    """Control questions held against the mutuelle's book: who was told
    another level than it says?"""
    return [p["ref"] for p in people if told_level(d.ask(site, p)[1]) !=
            re.search("OPTI=([A-Z0-9]+)", p["domains"])[1]]


def next_book(d, people, level):
    """The mutuelle changes these persons' level; gives them as they are in
    its book now."""
    amc, refs = people[0]["amc"], {p["ref"] for p in people}
    table = rows(os.path.join(d.people.folder, "feed", amc + ".csv"))
    path = os.path.join(d.folder, "next.csv")
    with open(path, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, list(table[0]), delimiter=";",
                           lineterminator="\n")
        w.writeheader()
        for line in table:
            if line["ref"] in refs:
                line["domains"] = re.sub("OPTI=[^,]+", "OPTI=" + level,
                                         line["domains"])
            w.writerow(line)
    d.load(d.make_feed(amc, path)[0])
    return [dict(p, domains="OPTI=" + level) for p in people]


def old_rows(t):
    """A vault that goes on answering what a feed has changed."""
    with Drill(seed=35, instead={"ecluse-vault": "test_lying_vault"},
               **SMALL) as d:
        people = [p for p in d.people.covered("OPTI") if p["member"] and
                  p["amc"] == d.people.insurers[0]["amc"]][:6]
        site = d.people.site("optician")
        t.same(wrong_levels(d, site, people), [],
               "an audit finds the levels of the book")
        people = next_book(d, people, "BR350")
        lie(d, "old")
        t.same(wrong_levels(d, site, people), [],
               "and those of the next one, while the vault does not lie")
        people = next_book(d, people, "BR400")
        t.same(wrong_levels(d, site, people), [p["ref"] for p in people],
               "and each old row that it is answered from")


def ceiling(t):
    with Drill(seed=36, **SMALL) as d:
        site, other = (d.people.site("optician", n) for n in (0, 1))
        amc = d.people.insurers[0]["amc"]
        people = [p for p in d.people.covered("OPTI") if p["amc"] == amc]
        rest = [p for p in d.people.covered("OPTI") if p["amc"] != amc]
        key = os.path.join(d.dir, "drill", "admin-1.pem")
        line = "ceiling amc=%s cell=1 persons-hour=5" % amc
        t.same(d.ecluse("act", d.dir, "--admin-key", key, line,
                        check=False)[0], 3, "one administrator: no ceiling")
        t.same(d.ecluse("act", d.dir, line, check=False)[0], 0, "two: yes")
        t.same(questions(d, site, people[:5]), [0] * 5, "five persons an hour")
        code, a = d.ask(other, people[5])
        t.same((a["status"], a["state"]), (503, "ceiling"), "not a sixth")
        stranger = dict(people[6], member="QQ00000000")
        code, b = d.ask(other, stranger)
        t.same(b["response"], a["response"], "a stranger hears the same")
        t.same(d.ask(other, people[0])[0], 0, "who was read stays readable")
        t.same(d.ask(other, rest[0])[0], 0, "other cells do not notice")
        d.stop(9)
        d.serve()
        t.same(d.ask(other, people[7])[1]["status"], 503,
               "a restart opens nothing")
        d.clock("2026-11-23T10:30:00Z")
        t.same(d.ask(other, people[7])[0], 0, "the next hour does")
        d.ecluse("act", d.dir, line.replace("=5", "=900"))
        t.same(questions(d, other, people[8:16]), [0] * 8, "a wider ceiling")
        d.stop()
        aged(d)
        t.same(verify(d)[0], 0, "and what the vault counted holds")
        over = json.loads(d.ecluse("journal", "verify", d.dir, "--json")[1])
        t.same(over["vaults"]["over"], 3, "refusals of the ceiling too")


def bundle(d, site, people):
    """States of a bundle's lines."""
    path = os.path.join(d.folder, "lines.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for p in people:
            f.write(json.dumps(dict(d.question(p, "member"), domain="OPTI",
                                    date="2026-11-23")) + "\n")
    out = d.ecluse("ask", "--key", d.people.key(site), "--file", path,
                   "--bundle", "--json", check=False)[1]
    return [json.loads(l)["state"] for l in out.splitlines()]


def recalling_keeper(t):
    """It asks the vault about numbers that it heard an hour ago."""
    with Drill(seed=38, instead={"ecluse-keeper": "test_lying_keeper"},
               **SMALL) as d:
        site, other = (d.people.site("optician", n) for n in (0, 1))
        amc = d.people.insurers[0]["amc"]
        people = [p for p in d.people.covered("OPTI") if p["amc"] == amc and
                  p["member"]]
        d.ecluse("act", d.dir, "ceiling amc=%s cell=1 persons-hour=5" % amc)
        lie(d, "recall")
        t.same(questions(d, site, people[:5]), [0] * 5, "five of this hour")
        d.clock("2026-11-23T10:30:00Z")
        t.same(questions(d, site, people[5:8]), [0] * 3, "three of the next")
        t.same(bundle(d, other, people[20:28]), ["covered"] * 5 +
               ["ceiling"] * 3, "who is not looked up is counted as well: "
               "three again, two more, and not a sixth by number either")
        read = d.persons_read(d.scope("site:" + other["site"]))
        t.same(read, {(p["amc"], p["ref"]) for p in people[3:8]},
               "and whom it was not told about it has not read")


def third(d):
    """An administrator whom the first would like to have."""
    path = os.path.join(d.folder, "third.pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    return Admin(d, path)


def alone(t, d, desk, other, person):
    """One administrator, and a keeper that takes whatever she signs."""
    a, b, c = desk.a, desk.b, third(d)
    raw = base64.urlsafe_b64encode(c.raw).decode().rstrip("=")
    amc = d.people.insurers[0]["amc"]
    wide = "ceiling amc=%s cell=%%d persons-hour=900" % amc

    def tried(what, line, signers):
        text = desk.text(line, hours=1)     # later than the last
        sent = desk.send(text, *signers(text))
        t.same((sent[0], d.ask(other, person)[1].get("state")),
               (0, "ceiling"), "the keeper takes it, the vault does not: " +
               what)
    for cell in (1, 0):
        line = wide % cell
        for what, signers in (
                ("one signature", lambda x: [a.line(x)]),
                ("the same twice", lambda x: [a.line(x)] * 2),
                ("one key, two names",
                 lambda x: [a.line(x), a.line(x, "admin-00000000")]),
                ("one key under the other's name",
                 lambda x: [a.line(x), a.line(x, b.name)]),
                ("hers and of another text",
                 lambda x: [a.line(x), b.line(x + "\n")]),
                ("hers and a stranger's", lambda x: [a.line(x), c.line(x)])):
            tried("%s, cell %d" % (what, cell), line, signers)
    made = "admin key=%s name=%s" % (raw, c.name)
    tried("an administrator made by one", made, lambda x: [a.line(x)])
    tried("by herself and her", made, lambda x: [a.line(x), c.line(x)])
    tried("and the ceiling that these two sign", wide % 1,
          lambda x: [a.line(x), c.line(x)])
    text = desk.text(wide % 1, origin="other.example/journal", hours=1)
    desk.send(text, a.line(text), b.line(text))
    t.same(d.ask(other, person)[1].get("state"), "ceiling",
           "two, for another instance")
    text = desk.text(wide % 1, hours=1)
    desk.send(text, a.line(text), b.line(text))
    t.same(d.ask(other, person)[0], 0, "two of its own: taken")


def captured_keeper(t):
    with Drill(seed=37, instead={"ecluse-keeper": "test_lying_keeper"},
               **SMALL) as d:
        site, other = (d.people.site("optician", n) for n in (0, 1))
        amc = d.people.insurers[0]["amc"]
        people = [p for p in d.people.covered("OPTI") if p["amc"] == amc]
        d.ecluse("act", d.dir, "ceiling amc=%s cell=1 persons-hour=5" % amc)
        t.same(questions(d, site, people[:5]), [0] * 5, "five of five")
        lie(d, "alone")
        t.same(d.ask(other, people[5])[1].get("state"), "ceiling",
               "and not a sixth, with a keeper that was taken over")
        alone(t, d, Desk(t, d), other, people[5])


def main():
    t = Tap()
    emptied(t)
    lying_keeper(t)
    probing_keeper(t)
    after_a_restore(t)
    altered_counts(t)
    own_files(t)
    lying_vault(t)
    old_rows(t)
    ceiling(t)
    captured_keeper(t)
    recalling_keeper(t)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
