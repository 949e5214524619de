#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: keys turn while people ask: no question misses, no budget is spent
twice, who comes back is who he was; months are destroyed and stay destroyed,
whatever copy is put back; a kill at any point leaves one that works.
"""
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, rows, run  # noqa: E402
from drill_cli import kill  # noqa: E402

JANUARY = "2027-01-04T09:00:00Z"


def keys(d):
    out = d.ecluse("keys", "list", d.dir, "--json", check=False)[1]
    return [json.loads(l) for l in out.splitlines()]


def states(d, kind):
    return [k["state"] for k in keys(d) if k["kind"] == kind]


def act(d, *words):
    return d.ecluse("keys", *words, d.dir, check=False)[0]


def path_of(d, amc):
    return os.path.join(d.people.folder, "feed", amc + ".csv")


def refeed(d, amc, leave_out=(), without_ref=()):
    """A full feed of a mutuelle's file, but for these references."""
    source = path_of(d, amc)
    with open(source, encoding="utf-8") as f:
        reader = csv.DictReader(f, delimiter=";")
        names, lines = reader.fieldnames, list(reader)
    out = os.path.join(d.folder, "again.csv")
    with open(out, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, names, delimiter=";", lineterminator="\n")
        w.writeheader()
        w.writerows(l for l in lines if l["ref"] not in leave_out)
    feed = d.make_feed(amc, out)[0]
    report = d.load(feed)[1][0]
    os.unlink(feed)
    return report


def answered(d, site, persons, how="member", date="2026-12-15"):
    return [a.get("state") for a in d.ask_file(
        site, [d.question(p, how) for p in persons], date=date)]


def indexes(t, d):
    site = d.people.site("optician")
    amc = d.people.insurers[0]["amc"]
    other = d.people.insurers[1]["amc"]
    people = [p for p in d.people.covered(day="2026-12-15")
              if p["member"] and p["nir"]]
    ours = [p for p in people if p["amc"] == amc][:6]
    theirs = [p for p in people if p["amc"] == other][:3]
    leaver = [p for p in people if p["amc"] == amc][7]
    first = answered(d, site, ours + theirs)
    t.ok(all(s == "covered" for s in first), "before: covered", str(first))
    left = answered(d, site, [leaver])
    t.same(left, ["covered"], "so is the one who will leave")
    before = d.scope("site:" + site["site"])

    refeed(d, amc, leave_out=(leaver["ref"],))
    t.same(act(d, "turn", "index"), 0, "the index turns")
    t.same(states(d, "index"), ["finds", "in use"], "two versions live")
    t.same(answered(d, site, ours + theirs), first, "between turn and feed")
    report = refeed(d, amc, leave_out=(leaver["ref"],))
    t.same((report["persons_new"], report["added"]), (0, 0),
           "a full feed after it finds everybody")
    t.same(answered(d, site, ours + theirs), first,
           "one mutuelle turned, the other not yet")
    t.same(answered(d, site, ours, "nir"), first[:6], "by NIR as well")
    kill(d, "keeper")
    t.same(answered(d, site, ours + theirs), first, "after a kill")
    report = refeed(d, amc)
    t.same(report["persons_new"], 0,
           "who comes back after the turn has his number")
    t.same(answered(d, site, [leaver]), left, "and is answered again")
    after = d.scope("site:" + site["site"])
    t.same(sorted(d.persons_read(after)), sorted(d.persons_read(before)),
           "scope over both versions: each person once")
    t.same(act(d, "destroy", "index", "1"), 3,
           "the old version stays while its months live")


def everything(t, d):
    """The list has each kind of key: the keeper's, mutuelles', nginx's."""
    own = ["answer", "promise", "sealing", "index", "log", "registry"]
    found = keys(d)
    t.same([k["kind"] for k in found if "generation" in k], own,
           "the keeper's own")
    t.same([(k["kind"], k["amc"], k["state"]) for k in found if "amc" in k],
           [(kind, i["amc"], "in use") for i in d.people.insurers
            for kind in ("card", "feed")], "each mutuelle's")
    t.same([k["plane"] for k in found if k["kind"] == "tls" and
            k["until"] > "2028" and not k["do"]],
           ["flow", "portal", "staff", "ca", "clients-ca"],
           "each plane's certificate, and the authorities")
    amc, path = d.people.insurers[0]["amc"], os.path.join(d.folder, "new.pem")
    run("openssl", "genpkey", "-algorithm", "ED25519", "-out", path)
    t.same(act(d, "turn", "feed", "--amc", amc, "--key", path), 0,
           "a mutuelle's key turns")
    t.same([(k["amc"], k["state"], k["do"]) for k in keys(d) if k["do"]],
           [(amc, "accepted", "destroy")], "the one before is shown")
    t.same(act(d, "destroy", "feed", "--amc", amc), 0, "and destroyed")
    shutil.copy(path, d.people.insurer_file(amc, "feed.pem"))
    tls = os.path.join(d.dir, "tls", "portal.pem")
    shutil.copy(tls, tls + ".good")
    run("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout",
        os.devnull, "-subj", "/CN=x", "-days", "29", "-out", tls)
    t.same([(k["plane"], k["do"]) for k in keys(d) if k["do"]],
           [("portal", "rotate")], "a certificate that ends is due")
    os.rename(tls + ".good", tls)
    code, out, err = d.ecluse("keys", "list", d.dir, env=dict(
        os.environ, LC_ALL="C.UTF-8", LANGUAGE="fr"))
    t.ok("en usage" in out and "jusqu'au" in out and "in use" not in out,
         "in French", out + err)


def name_of(pem):
    """An administrator's, of his public key."""
    spki = subprocess.run(("openssl", "pkey", "-pubin", "-in", pem,
                           "-outform", "DER"), check=True,
                          stdout=subprocess.PIPE).stdout
    return "admin-" + hashlib.sha256(spki).hexdigest()[:8]


def administrators(t, d):
    """Who may decide now, by the names that revoke takes."""
    def listed():
        return [(k["name"], k["state"]) for k in keys(d)
                if k["kind"] == "admin"]
    t.same([s for _, s in listed()], ["in use"] * 2, "the first two")
    pem, pub = (os.path.join(d.folder, "dora" + end)
                for end in (".pem", ".pub"))
    run("openssl", "genpkey", "-algorithm", "ED25519", "-out", pem)
    run("openssl", "pkey", "-in", pem, "-pubout", "-out", pub)
    t.same(d.ecluse("enrol", d.dir, "admin", "--key", pub, check=False)[0], 0,
           "a third")
    t.same(listed()[2:], [(name_of(pub), "in use")], "is shown by name")
    t.same(d.ecluse("revoke", d.dir, "admin:" + listed()[2][0],
                    check=False)[0], 0, "and revoked by it")
    t.same([s for _, s in listed()], ["in use", "in use", "revoked"],
           "and stays in the list")
    out = d.ecluse("keys", "list", d.dir, check=False)[1]
    t.ok("admin     %s  revoked" % name_of(pub) in out, "in words", out)


def service(d):
    return os.path.join(d.dir, "journal", "public", "service")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def clients(t, d):
    """A client with an old pin goes on; nobody else renews its pin."""
    site = d.people.site("optician")
    person = [p for p in d.people.covered() if p["member"]][20]

    def ask():
        return d.ask(site, person)

    t.same(ask()[1].get("state"), "covered", "a client asks")
    pin = read(d.pin)
    note = pin.split("\n\n", 1)[1].split("-----BEGIN")[0]
    for kind in ("answer", "promise", "sealing"):
        t.same(act(d, "turn", kind), 0, kind + " turns")
    t.same(states(d, "answer"), ["accepted", "in use"], "and is in use")
    fresh = read(service(d))
    t.ok(fresh != note, "another note is published")

    write(service(d), note)     # an older one, played again
    t.same(ask()[0], 5, "an older note renews nothing")
    head, signature = fresh.split("\n\n")
    forged = head.replace("answer ", "answer A", 1)
    write(service(d), forged + "\n\n" + signature)
    t.same(ask()[0], 5, "an altered one neither")
    t.same(read(d.pin), pin, "the pin is as it was")
    write(service(d), fresh)
    t.same(ask()[1].get("state"), "covered", "the true one: it goes on")
    t.ok(read(d.pin) != pin and fresh in read(d.pin), "and has a new pin")
    t.same(read(d.pin).count("\npromise "), 2,
           "which names both promise keys")
    kill(d, "keeper")
    t.same(ask()[1].get("state"), "covered", "after a kill")

    # a body sealed to the old key opens until that key is destroyed
    write(d.pin, pin)
    t.same(ask()[1].get("state"), "covered", "sealed to the key before")
    for kind in ("answer", "sealing"):
        t.same(act(d, "destroy", kind, "2"), 3, "in use: not destroyed")
        t.same(act(d, "destroy", kind, "1"), 0, "the one before: it is")
    t.same(states(d, "sealing"), ["destroyed", "in use"], "and told")
    t.same(ask()[1].get("state"), "covered", "the renewed pin goes on")


def alone(t, d):
    """One administrator at each thing that takes two."""
    one = ("--admin-key", os.path.join(d.dir, "drill", "admin-1.pem"))
    for words in (("turn", "answer"), ("turn", "index"),
                  ("destroy", "answer", "1"),
                  ("destroy", "month", "2025-01")):
        t.same(act(d, *words, *one), 3, "alone: " + " ".join(words))


def months(t, d):
    """December 2026 is destroyed in December 2027, in any copy of the
    instance from then on."""
    site = d.people.site("optician")
    asker = "site:" + site["site"]
    t.same(act(d, "destroy", "month", "2026-12"), 3,
           "a month is not destroyed before its time")
    old = os.path.join(d.dir, "keeper", "months")
    shutil.copy(old, os.path.join(d.folder, "months.before"))
    d.clock("2027-12-02T09:00:00Z")
    due = [k["month"] for k in keys(d) if k["kind"] == "month" and k["do"]]
    t.ok("2026-12" in due, "it is shown as due", str(due))
    t.ok(d.scope(asker, "2026-12-01T00:00:00Z",
                 "2027-01-01T00:00:00Z")["read"], "it can be read still")
    t.same(act(d, "destroy", "month", "2026-12"), 0, "by two people")

    def scope():
        return d.ecluse("journal", "scope", d.dir, "--asker", asker, "--from",
                        "2026-12-01T00:00:00Z", "--to",
                        "2027-01-01T00:00:00Z", check=False)
    code, out, err = scope()
    t.ok(code != 0 and "destroyed" in out + err,
         "nobody says any more who was read", out + err)
    t.same(d.ecluse("journal", "verify", d.dir, check=False)[0], 0,
           "the tree verifies")
    d.stop()
    shutil.copy(old, os.path.join(d.folder, "months.after"))
    shutil.copy(os.path.join(d.folder, "months.before"), old)
    t.ok(not d.serve(check=False) and "its key apart is not there" in
         d.logged(), "the old copy of the months, put back, does not open",
         d.logged()[-600:])
    d.stop()
    shutil.copy(os.path.join(d.folder, "months.after"), old)
    d.serve()
    code, out, err = scope()
    t.ok(code != 0 and "destroyed" in out + err,
         "today's does, without that month", (code, out, err))
    t.same(d.ask(site, [p for p in d.people.covered(day="2026-12-15")
                        if p["member"]][30], date="2026-12-15")[1].get(
                            "state"), "covered", "questions go on")


def laggards(t, d):
    """An old index version outlives no mutuelle that it alone still finds."""
    site = d.people.site("optician")
    day = "2026-12-15"
    first, second, third = ([p for p in d.people.covered(day=day)
                             if p["amc"] == i["amc"] and p["member"]][12]
                            for i in d.people.insurers)

    def destroy(*more):
        code, out, err = d.ecluse("keys", "destroy", "index", "1", d.dir,
                                  *more, check=False)
        return code, out + err

    def asked():
        return answered(d, site, [first, second, third], date=day)

    t.same(asked(), ["covered"] * 3, "all are found")
    code, words = destroy()
    t.ok(code == 3 and second["amc"] in words and third["amc"] in words and
         first["amc"] not in words,
         "who had no full feed since is named", words)
    t.same(refeed(d, third["amc"])["persons_new"], 0, "one is fed")
    code, words = destroy("--lose", third["amc"])
    t.ok(code == 3 and second["amc"] in words and third["amc"] not in words,
         "the other is not, and was not named", words)
    t.same(destroy("--lose", second["amc"] + ",0000000000")[0], 4,
           "an AMC that is none")
    one = ("--admin-key", os.path.join(d.dir, "drill", "admin-1.pem"))
    t.same(destroy("--lose", second["amc"], *one)[0], 3, "alone")
    kill(d, "keeper")
    t.same(destroy()[0], 3, "after a kill as before")
    t.same(asked(), ["covered"] * 3, "all are found still")
    t.same(destroy("--lose", second["amc"])[0], 0, "named, by two: it ends")
    t.same(asked(), ["covered", "unknown", "covered"], "and loses those")
    t.same(refeed(d, second["amc"])["persons_new"], 0,
           "their handles find them again")
    t.same(asked(), ["covered"] * 3, "all are found")


def old_keyring(t, d):
    """keys.sealed of before a turn, put back, does not start."""
    path = os.path.join(d.dir, "keeper", "keys.sealed")
    shutil.copy(path, path + ".old")
    t.same(act(d, "turn", "promise"), 0, "another turn")
    d.stop()
    shutil.copy(path, path + ".new")
    shutil.copy(path + ".old", path)
    t.ok(not d.serve(check=False), "an old keyring does not start")
    t.ok("an old copy?" in d.logged(), "and why is said")
    d.stop()
    shutil.copy(path + ".new", path)
    t.ok(d.serve(), "the right one does")


def main():
    t = Tap()
    with Drill(members=600, insurers=3, seed=5,
               now="2026-12-20T09:00:00Z") as d:
        everything(t, d)
        administrators(t, d)
        indexes(t, d)
        alone(t, d)
        clients(t, d)
        old_keyring(t, d)
        months(t, d)
        laggards(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
