#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The story of Optique du Quai, played on a real instance.

  tools/story.py run|demo FOLDER [--fresh] [--members N] [--questions N]

Makes FOLDER (a drill instance and its invented people) if it is not there,
starts it, and plays: a morning's patient, a night's robot with the stolen
key, the exact list, an altered journal. `run` stays up until Ctrl-C.
"""
import argparse
import datetime
import json
import os
import shutil
import signal
import sys
import tempfile
import textwrap
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
os.environ.setdefault("ECLUSE_ROOT", ROOT)

from drill import Drill, Population, run, program  # noqa: E402

DAY = datetime.timedelta(days=1)
INSURERS = 12
SEED = 20240201
STRANGER_EACH = 10      # one question in so many names nobody


def stamp(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def at(day, hour, minute):
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def line(word, text):
    print("       %-9s  %s" % (word, text), flush=True)


def counted(word, n, text=""):
    print(("       %-9s  %6s   %s" % (word, format(n, ","), text)).rstrip(),
          flush=True)


class Story:
    """What is told, and what was seen while telling it."""

    def __init__(self, args):
        self.args = args
        self.fresh = args.fresh or not os.path.isdir(
            os.path.join(args.folder, "instance"))
        now = datetime.datetime.now(datetime.timezone.utc)
        self.today = at(now, 0, 0)
        self.yesterday = self.today - DAY

    def open(self):
        started = time.monotonic()
        folder = os.path.abspath(self.args.folder)
        if self.args.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, exist_ok=True)
        begin = stamp(self.yesterday - 60 * DAY)
        self.d = Drill(folder=folder, population=self.population(folder),
                       begin=begin, since=begin, now=None, patient=False,
                       feed_day=None)
        self.d.own = False
        print("ready in %.1f s%s\n" % (
            time.monotonic() - started,
            "" if self.fresh else " (the instance of last time; FRESH=1 "
            "starts anew)"), flush=True)

    def population(self, folder):
        """People of today: their contracts are in force."""
        where = os.path.join(folder, "population")
        if not os.path.isdir(where):
            print("Inventing %s members of %d mutuelles..." % (
                format(self.args.members, ","), INSURERS), flush=True)
            run(program("ecluse"), "population", "--members",
                self.args.members, "--insurers", INSURERS, "--seed", SEED,
                "--date", self.today.strftime("%Y-%m-%d"), "--out", where)
        return Population(where)

    def choose(self):
        """The optician whose day it is: the first who has read nobody."""
        for site in self.d.people.sites:
            if site["profession"] != "optician":
                continue
            asker = "site:" + site["site"]
            if self.d.budgets(asker)[0]["site"]["c30"][0] == 0:
                self.site, self.asker = site, asker
                return
        raise SystemExit("Every optician has had her story: FRESH=1 make run")

    def set_clock(self, when):
        """Moves the drill clock on a fresh instance; later it is the hour it
        is, for time never goes behind the journal."""
        if self.fresh:
            self.d.clock(stamp(when))
        return when if self.fresh else datetime.datetime.now(
            datetime.timezone.utc)

    def patient_of(self, date):
        """Somebody with a card whose contract covers spectacles."""
        people = [p for p in self.d.people.covered("OPTI", date)
                  if self.d.has(p, "card")]
        if not people:
            raise SystemExit("These people's contracts are over: "
                             "FRESH=1 make run")
        return people[-1]

    def morning(self):
        when = self.set_clock(at(self.yesterday, 10, 2))
        self.begin = when - datetime.timedelta(minutes=5)
        self.date = when.strftime("%Y-%m-%d")
        person = self.patient_of(self.date)
        self.patient = (person["amc"], person["ref"])
        code, a = self.d.ask(self.site, person, "card", date=self.date)
        assert code == 0, a
        print("%s  %s. A patient shows his card at the counter." % (
            when.strftime("%H:%M"), self.site["label"]))
        self.tell_answer(person, a["response"])
        self.tell_entry(int(a["transaction"].rsplit("/", 1)[1]))

    @staticmethod
    def tell_answer(person, r):
        insurance = r["insurance"][0]
        left = [x["valueUnsignedInt"] for x in r["extension"][0]["extension"]]
        text = json.dumps(r)
        for trait in ("nir", "member", "birth", "ref"):
            assert not person[trait] or person[trait] not in text, trait
        line("question", "signed with the shop's key, sealed to the keeper")
        line("answer", r["disposition"])
        line("", "level %s, until %s; no name, no birth date, no NIR" % (
            insurance["item"][0]["benefit"][0]["allowedString"],
            insurance["benefitPeriod"]["end"]))
        line("budget", "%d more persons in 24 hours, %d of them without a "
             "card" % (left[1], min(left)))

    def tell_entry(self, index):
        self.d.published(index)
        self.d.ecluse("journal", "verify", self.d.dir)
        proof = os.path.join(self.d.folder, "%d.tlog-proof" % index)
        about = json.loads(self.d.ecluse(
            "journal", "proof", self.d.dir, index, "-o", proof, "--json")[1])
        self.d.ecluse("journal", "proof", "--check", proof, "--leaf-hash",
                      about["leaf_hash"], "--vkey",
                      os.path.join(self.d.dir, "journal", "public", "vkey"))
        line("journal", "entry %d; its proof holds against the signed "
             "checkpoint" % index)

    def questions(self):
        """(person or None, question): real people, some made up."""
        people = self.d.people.covered("OPTI", self.date)
        asked = []
        for i in range(min(self.args.questions, len(people))):
            p = people[i]
            q = self.d.question(p, "member")
            if i % STRANGER_EACH == STRANGER_EACH - 1:
                p, q = None, dict(q, member="9%08d" % i)
            asked.append((p, q))
        return asked

    def night(self):
        when = self.set_clock(at(self.yesterday, 22, 0))
        asked = self.questions()
        print("\n%s  Her key was phished. A robot asks for %s people, one in "
              "%d made up." % (when.strftime("%H:%M"),
                               format(len(asked), ","), STRANGER_EACH),
              flush=True)
        started = time.monotonic()
        answers = self.d.ask_file(self.site, [q for _, q in asked],
                                  date=self.date)
        took = time.monotonic() - started
        assert len(answers) == len(asked)
        self.answered = [p for (p, _), a in zip(asked, answers)
                         if p and a["state"] == "covered"]
        refused = [(p, json.dumps(a["response"]))
                   for (p, _), a in zip(asked, answers) if a["exit"] == 3]
        assert {text for p, text in refused if not p} == \
            {text for p, text in refused if p}
        counted("answered", len(self.answered))
        counted("unknown", sum(1 for a in answers if a["exit"] == 4),
                "made up; misses have a budget too")
        counted("refused", len(refused), "in %d wording%s, for person and "
                "stranger alike" % (
                    len({text for _, text in refused}),
                    "s" if len({text for _, text in refused}) > 1 else ""))
        line("", "%.0f s, %s questions a second, each signed and sealed" % (
            took, format(int(len(answers) / took), ",")))

    def list(self):
        scope = self.d.scope(self.asker, stamp(self.begin),
                             stamp(self.today + 30 * DAY))
        read = self.d.persons_read(scope)
        truth = {(p["amc"], p["ref"]) for p in self.answered}
        robot = len(read & truth)
        truth.add(self.patient)
        print("\n       Whom did it read? Two administrators sign the "
              "question; the journal says:")
        counted("persons", len(scope["read"]), "%d the robot's, %d the "
                "morning's" % (robot, len(read) - robot))
        self.tell_mutuelles(scope["read"])
        line("compared", "with what the robot received: %d missing, %d extra"
             % (len(truth - read), len(read - truth)))

    def tell_mutuelles(self, read):
        labels = {i["amc"]: i["label"] for i in self.d.people.insurers}
        counts, hosts = {}, {}
        for p in read:
            if p["hosted_by"]:
                hosts[p["amc"]] = p["hosted_by"]
            counts[p["amc"]] = counts.get(p["amc"], 0) + 1
        own = sorted((n, amc) for amc, n in counts.items() if amc not in hosts)
        for n, amc in own[:-5:-1]:
            counted("", n, labels[amc])
        if own[:-4]:
            counted("", sum(n for n, _ in own[:-4]),
                    "of %d other mutuelles" % len(own[:-4]))
        for amc, host in hosts.items():
            counted("", counts[amc], "%s, hosted by %s" % (
                labels[amc], host))

    def forgery(self):
        print("\n       Somebody changes one byte of the journal, to hide a "
              "reading.")
        with tempfile.TemporaryDirectory() as copy:
            public = os.path.join(copy, "journal")
            shutil.copytree(os.path.join(self.d.dir, "journal"), public)
            shutil.copy(os.path.join(self.d.dir, "ecluse.conf"), copy)
            self.d.ecluse("journal", "verify", copy)
            line("before", "%d entries, every hash leads to the signed root" %
                 self.d.checkpoint_size())
            tile = self.some_tile(os.path.join(public, "public", "tile", "0"))
            with open(tile, "r+b") as f:
                f.seek(40)
                byte = f.read(1)
                f.seek(40)
                f.write(bytes([byte[0] ^ 1]))
            code, out, err = self.d.ecluse("journal", "verify", copy,
                                           check=False)
            assert code == 1, out + err
            words = " ".join((out + err).strip().split("\n")[-1].split())
            for i, part in enumerate(textwrap.wrap(words, 64)):
                line("" if i else "after", part)
            line("", "exit %d: refused" % code)

    @staticmethod
    def some_tile(folder):
        """The longest file of hashes."""
        return max((os.path.join(where, name)
                    for where, _, names in os.walk(folder)
                    for name in names), key=os.path.getsize)

    def play(self):
        self.choose()
        self.morning()
        self.night()
        self.list()
        self.forgery()
        if self.fresh:
            self.d.clock("now")

    def goodbye(self):
        here = os.path.relpath(self.d.dir)
        people = os.path.relpath(self.d.people.folder)
        build = os.path.relpath(os.path.dirname(program("ecluse")))
        print("\nTry%s:" % ("" if self.args.what == "run" else
                            " (while `make run` is up)"))
        print("  %s/ecluse ask --file %s/day.ndjson | head" % (build, people))
        print("  %s/ecluse budgets %s --asker %s" % (build, here, self.asker))
        print("  curl --cacert %s/tls/ca.pem %s/fhir/metadata" % (
            here, self.d.url))


def stay(story):
    print("\n%s is up. Ctrl-C stops it." % story.d.url, flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    print()


def main():
    args = argparse.ArgumentParser()
    args.add_argument("what", choices=["run", "demo"])
    args.add_argument("folder")
    args.add_argument("--fresh", action="store_true")
    args.add_argument("--members", type=int, default=100000)
    args.add_argument("--questions", type=int, default=10000)
    story = Story(args.parse_args())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        story.open()
        story.play()
        story.goodbye()
        if story.args.what == "run":
            stay(story)
    finally:
        if hasattr(story, "d"):
            status = story.d.stop()
            if status:
                print("ended with status %d: see %s" % (status, story.d.log))
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
