#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever reads what the programs leave behind.

A drill lives a whole life: feeds with bad lines, questions by every trait,
plain, sealed and in bundles, every kind of refusal, on both planes, with
traits written where none belongs (address, fields, broken bodies), every
command of the operator, a crash of each process. Goal: nothing that is left
(logs, what commands said, temporary files, databases, journal, backup, nginx's
folders) holds a NIR, birth date, member number, name, card or secret key that
was used: as it is, grouped, encoded, or hashed without a key. No process may
leave a core.
"""
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import drill  # noqa: E402
from drill import Drill, Population, Tap  # noqa: E402
from feedwire import Staff  # noqa: E402
from traces import Needles, files  # noqa: E402

FHIR = "application/fhir+json"
PATH = "/fhir/CoverageEligibilityRequest"
NAME = "Aurelie Quatrebarbes-Montjoie"
BEGIN, END = "2026-09-01T00:00:00Z", "2027-12-31T00:00:00Z"
# what they print is what they were given, or theirs to know (the mutuelle's)
OWN_WORDS = ("check", "card", "population", "open", "feed")


class Said:
    """Keeps what every command printed."""

    def __init__(self, folder):
        self.folder, self.n, self.commands = folder, 0, set()
        self.true = drill.run
        drill.run = self.run

    def run(self, *command, check=True, **more):
        code, out, err = self.true(*command, check=check, **more)
        words = [str(c) for c in command]
        if os.path.basename(words[0]) in ("ecluse", "ecluse-insurer"):
            if os.path.basename(words[0]) == "ecluse":
                self.commands.add(words[1])
            if words[1] not in OWN_WORDS:
                self.n += 1
                with open(os.path.join(self.folder, "%03d" % self.n), "w",
                          encoding="utf-8") as f:
                    f.write(out + err)
        return code, out, err


def feeds(d, out):
    """A feed with bad lines, refused whole and then kept going."""
    amc = d.people.insurers[0]["amc"]
    path = os.path.join(d.people.folder, "bad.csv")
    with open(os.path.join(d.people.folder, "feed", amc + ".csv"),
              encoding="utf-8") as f:
        lines = f.read().split("\n")
    row = lines[1].split(";")
    lines[3:3] = [";".join(row[:1] + ["1850578006084"] + row[2:]),
                  ";".join(row[:2] + ["99999999"] + row[3:]),
                  ";".join(row[:-1]), lines[1]]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    for more in ([], ["--keep-going"]):
        feed, done = d.make_feed(amc, path, os.path.join(out, "bad.feed"),
                                 *more, check=False)
        if os.path.exists(feed):
            d.load(feed, check=False)


def questions(d, site, people):
    """By each trait, plain and sealed; and who or what is refused."""
    states = []
    for plain in (True, False):
        for how in ("card", "member", "nir"):
            states.append(d.ask(site, people[0], how, plain=plain))
        for change in ({"rank": "3"}, {"birth": "19010101"},
                       {"member": "ZZ99999999"}, {"amc": "0099999999"}):
            states.append(d.ask(site, people[1], "member", plain=plain,
                                **change))
        states += [d.ask(site, people[2], "nir", plain=plain, domain="PHAR"),
                   d.ask(site, people[2], "card", plain=plain,
                         amc="0099999999"),
                   d.ask(site, people[2], "nir", plain=plain,
                         nir=people[2]["nir"][:12] + "X"),
                   d.ask(site, people[3], plain=plain, date="2031-02-01")]
    d.ask_file(site, [d.question(p, h) for p in people[4:60]
                      for h in ("member", "nir")])
    key = d.enrol_key(site, "portal", "portal-key")
    states += [d.ask(site, people[0], key=key), d.ask(site, people[1], "nir",
                                                      key=key)]
    return {a.get("state") for _, a in states}


def strays(d, site, person, tell):
    """Traits where none belongs: in address, fields, broken bodies, beside
    what is listed. Each is signed, so that it goes in as far as it can."""
    nir, birth = person["nir"], person["birth"]
    now = lambda: int(d.wall())     # noqa: E731
    wire = Staff(d.url, d.ca, d.people.key(site), now)
    loud = json.dumps({"resourceType": "Patient", "name": [{"text": NAME}],
                       "identifier": [{"value": nir}], "birthDate": birth})
    told = []
    for path, body, more in (
            (PATH, loud, {}), (PATH, loud[:-7], {}),
            (PATH, loud.replace("Patient", NAME), {}),
            (PATH, '{"%s":"%s","%s":1' % (nir, NAME, nir), {}),
            ("/fhir/Patient?identifier=%s&birthdate=%s" % (nir, birth), loud,
             {}), ("/fhir/Patient/" + nir, loud, {}),
            (PATH, loud, {"X-Person": nir, "User-Agent": NAME,
                          "Referer": "https://elsewhere/" + nir}),
            (PATH, loud, {"Host": nir + ".example"}),
            (PATH, loud, {"Content-Type": nir}),
            (PATH, loud, {"Signature-Input": "ecluse=" + nir}),
            (PATH, loud * 600, {}), (PATH, loud, {"X": "y" * 9000 + nir})):
        fields = dict(wire.fields("POST", path.split("?")[0],
                                  body.encode()), **{"Content-Type": FHIR})
        fields.update(more)
        try:
            status, _, said = wire.raw("POST", path, body.encode(), fields)
        except OSError:
            status, said = 0, None
        told.append(status)
        with open(tell, "a", encoding="utf-8") as f:
            f.write(json.dumps(said) + "\n")
    return told


def commands(d, site, person, out):
    """Each once, and more often where there is more to say."""
    scope = d.scope("site:" + site["site"])
    one = scope["read"][0]
    admin = os.path.join(d.dir, "drill", "admin-1.pem")
    at = lambda name: os.path.join(out, name)   # noqa: E731
    amc = d.people.insurers[0]["amc"]
    e = lambda *a: d.ecluse(*a, check=False)    # noqa: E731
    decoys = at("decoys.csv")
    e("decoy", "plant", d.dir, "--amc", amc, "--count", "3", "--out", decoys)
    for line in drill.rows(decoys):
        d.ask(site, None, amc=amc, member=line["member"],
              birth=line["birth"], rank="1")
    shutil.move(decoys, os.path.join(d.people.folder, "decoys.csv"))
    for a in (
            ("decoy", "list", d.dir), ("status", d.dir, "--json"),
            ("route", d.dir), ("budgets", d.dir, "--asker",
                               "site:" + site["site"]),
            ("who", d.dir, "--amc", one["amc"], "--ref", one["ref"],
             "--from", BEGIN, "--to", END),
            ("who", d.dir, "--amc", amc, "--ref", person["nir"],
             "--from", BEGIN, "--to", END),
            ("act", d.dir, "mode control=budget mode=observe"),
            ("act", d.dir, "mode control=budget mode=" + person["nir"]),
            ("act", d.dir, "mode control=budget mode=enforce"),
            ("close", d.dir, "site:" + site["site"], "--admin-key", admin),
            ("open", d.dir, "site:" + site["site"]),
            ("sign", at("nothing")), ("send", d.dir, at("nothing")),
            ("journal", "verify", d.dir, "--entries"),
            ("journal", "proof", d.dir, "1", "-o", at("proof")),
            ("journal", "release", d.dir, "--amc", amc, "--from", BEGIN,
             "--to", END, "-o", at("release")),
            ("journal", "open", at("release"), d.dir),
            ("keys", "list", d.dir), ("keys", "turn", "index", d.dir),
            ("purge", d.dir), ("clock", d.dir), ("price", at("nothing")),
            ("contract", "check", at("nothing")), ("data", "check"),
            ("check", "nir", person["nir"]),
            ("card", "verify", at("nothing")),
            ("enrol", d.dir, "site", "--id", person["nir"]),
            ("revoke", d.dir, "site:0E9999999"),
            ("load", d.dir, at("nothing")), ("ask", "--help"),
            ("population", "--help"), ("init", d.dir), ("serve", "--help"),
            ("estimate", "--key", d.people.key(site), "--amc", person["amc"],
             "--nir", person["nir"], "--birth", person["birth"], "--rank",
             person["rank"], "--domain", "OPTI", os.devnull),
            ("backup", d.dir, "--out", at("backup"), "--months-out",
             at("months")),
            ("backup", "verify", at("backup")),
            ("restore", at("backup"), "--to", at("again"))):
        e(*a)


def crash(t, d):
    """Each process dies of a fault that leaves a core where one may."""
    names = [n for n in d.read_endpoints()["pids"] if n != "super"]
    cores = [n for n in names if not re.search(
        r"^Max core file size\s+0\s+0", open(
            "/proc/%d/limits" % d.pid(n), encoding="utf-8").read(), re.M)]
    t.same(cores, [], "no process may leave a core")
    for n in sorted(names, key=lambda n: n == "keeper"):
        old = d.pid(n)
        os.kill(old, signal.SIGSEGV)
        d.another(n, old)
    site, person = d.people.site("gp"), d.people.covered("CSTE")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        code, a = d.ask(site, None, amc="0099999999", member="QQ000001",
                        birth="19010101", rank="1", domain="CSTE")
        if code in (0, 3, 4):
            break
    t.ok(person is not None and code in (0, 3, 4),
         "each process crashed, and they go on", a)


def needles_of(d):
    n = Needles()
    for p in d.people.people:
        n.person(p)
    for line in drill.rows(os.path.join(d.people.folder, "decoys.csv")):
        n.person(line)
    for token in d.people.cards.values():
        n.card(token)
    n.text("name", NAME, *NAME.split())
    for path in files(os.path.join(d.people.folder, "keys")) + files(
            os.path.join(d.people.folder, "insurers")):
        if path.endswith((".pem", ".key")):
            n.secret("a secret key", path)
    for part in ("drill", "tls"):
        for path in files(os.path.join(d.dir, part)):
            if path.endswith(".key") or os.path.basename(path).startswith(
                    "admin"):
                n.secret("a secret key", path)
    n.secret("the root key", os.path.join(d.dir, "keeper", "root.key"))
    return n


def main():
    t = Tap()
    resource.setrlimit(resource.RLIMIT_CORE, (
        resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    folder = tempfile.mkdtemp(prefix="ecluse-quiet-")
    os.chmod(folder, 0o755)
    left = os.path.join(folder, "left")
    out = os.path.join(folder, "out")
    for f in (left, out):
        os.mkdir(f)
        os.chmod(f, 0o755)
    os.environ["TMPDIR"] = tempfile.tempdir = out
    said = Said(out)
    try:
        people = Population(os.path.join(folder, "people"), 300, 2, 81)
        with Drill(folder=left, population=people) as d:
            start = time.time()
            d.wall = lambda: 1795424400 + time.time() - start
            site = d.people.site("optician")
            some = [p for p in d.people.covered("OPTI")
                    if all(d.has(p, h) for h in ("card", "member", "nir"))]
            feeds(d, out)
            states = questions(d, site, some)
            t.ok({"covered", "unknown", "card", "nir"} <= states and
                 len(states) >= 6, "answers and refusals of many kinds",
                 states)
            told = strays(d, site, some[5], os.path.join(out, "strays"))
            t.ok(all(s == 0 or s >= 400 for s in told),
                 "traits where none belongs are refused", told)
            commands(d, site, some[6], out)
            words = re.findall(r"^  ([a-z]+) ", said.true(
                drill.program("ecluse"), "--help")[1], re.M)
            t.same(sorted(set(words) - said.commands), [],
                   "every command was run")
            crash(t, d)
            d.stop()
            n = needles_of(d)
            own = [os.path.join(d.dir, "drill"), os.path.join(d.dir, "tls"),
                   os.path.join(d.dir, "keeper", "root.key"),
                   os.path.join(left, "portal-key.pem")] + [
                       os.path.join(out, "backup", "instance", part)
                       for part in ("drill", "tls")]
            found, count = n.search([left, out], own)
            t.ok(not found and count > 100, "nothing of %d values is left in "
                 "%d files" % (len(n.kinds), count), json.dumps(
                     found, indent=1))
            cores = [f for f in files(folder)
                     if re.match(r"core(\.|$)", os.path.basename(f))]
            t.same(cores, [], "and no core")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
