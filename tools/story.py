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
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
os.environ.setdefault("ECLUSE_ROOT", ROOT)

from drill import Drill, Population, run, program  # noqa: E402

DAY = datetime.timedelta(days=1)


def stamp(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def at(day, hour, minute):
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


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
        if self.fresh:
            print("Inventing %d members of 12 mutuelles..." %
                  self.args.members, flush=True)
        people = Population(os.path.join(folder, "population"),
                            self.args.members, 12, 20240201)
        self.d = Drill(folder=folder, population=people,
                       begin=stamp(self.yesterday - 60 * DAY), now=None)
        self.d.own = False
        print("ready in %.1f s%s\n" % (
            time.monotonic() - started,
            "" if self.fresh else " (the instance of last time; FRESH=1 "
            "starts anew)"), flush=True)

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

    def morning(self):
        when = self.set_clock(at(self.yesterday, 10, 2))
        self.begin = when - datetime.timedelta(minutes=5)
        self.date = when.strftime("%Y-%m-%d")
        person = self.d.people.covered("OPTI", self.date)[-1]
        self.patient = (person["amc"], person["ref"])
        code, a = self.d.ask(self.site, person, "card", date=self.date)
        r = a["response"]
        item = r["insurance"][0]["item"][0]
        left = r["extension"][0]["extension"]
        index = a["transaction"].rsplit("/", 1)[1]
        print("%s, %s. A patient at the counter shows his card." % (
            when.strftime("%H:%M"), self.site["label"]))
        print("  question   signed by the shop's key, sealed; card of %s" %
              person["amc"])
        print("  answer     %s" % r["disposition"])
        print("             level %s, until %s; no name, no birth date, no "
              "NIR" % (item["benefit"][0]["allowedString"],
                       r["insurance"][0]["benefitPeriod"]["end"]))
        print("  budget     she may read %d more persons today, %d without "
              "a card" % (left[1]["valueUnsignedInt"],
                          left[0]["valueUnsignedInt"]))
        self.d.published(int(index))
        self.d.ecluse("journal", "verify", self.d.dir)
        proof = os.path.join(self.d.folder, "proof.tlog-proof")
        self.d.ecluse("journal", "proof", self.d.dir, index, "-o", proof)
        with open(proof, encoding="utf-8") as f:
            hashes = f.read().split("\n\n")[0].count("\n") - 1
        print("  journal    entry %s was on disk before the answer left; "
              "proof of %d\n             hashes checked against the signed "
              "checkpoint" % (index, hashes))
        assert code == 0

    def night(self):
        when = self.set_clock(at(self.yesterday, 22, 0))
        people = self.d.people.covered("OPTI", self.date)
        n = min(self.args.questions, len(people))
        print("\n%s. Her key was phished. A robot asks for %d people." % (
            when.strftime("%H:%M"), n), flush=True)
        started = time.monotonic()
        answers = self.d.ask_file(
            self.site, [self.d.question(p, "member") for p in people[:n]],
            date=self.date)
        took = time.monotonic() - started
        self.answered = [p for p, a in zip(people, answers)
                         if a["state"] == "covered"]
        refused = [a for a in answers if a["exit"] == 3]
        print("  answered   %6d" % len(self.answered))
        print("  refused    %6d   all alike, person or stranger (%d questions "
              "a second)" % (len(refused), len(answers) / took))

    def list(self):
        scope = self.d.scope(self.asker, stamp(self.begin),
                             stamp(self.today + 30 * DAY))
        labels = {i["amc"]: i for i in self.d.people.insurers}
        read = self.d.persons_read(scope)
        truth = {(p["amc"], p["ref"]) for p in self.answered}
        night = len(read & truth)
        truth.add(self.patient)
        print("\nWhom did it read? Two administrators ask the journal.")
        print("  exactly %d persons, %d the robot's and 1 the morning's; "
              "%d refusals" % (len(read), night, scope["refused"]))
        counts, hosted = {}, 0
        for p in scope["read"]:
            counts[p["amc"]] = counts.get(p["amc"], 0) + 1
            hosted += 1 if p["hosted_by"] else 0
        for amc, n in sorted(counts.items(), key=lambda x: -x[1])[:5]:
            print("  %6d  %s%s" % (
                n, labels[amc]["label"],
                ", hosted by " + labels[amc]["hosted_by"]
                if labels[amc]["hosted_by"] else ""))
        if len(counts) > 5:
            print("  %6d  of %d other mutuelles" % (
                sum(sorted(counts.values())[:-5]), len(counts) - 5))
        print("  %d of them were reached through the hosted operator." %
              hosted)
        missing, extra = truth - read, read - truth
        print("  Counted from outside: %d missing, %d extra." % (
            len(missing), len(extra)))

    def forgery(self):
        print("\nSomebody changes one byte of the journal, to hide a reading.")
        with tempfile.TemporaryDirectory() as copy:
            public = os.path.join(copy, "journal")
            shutil.copytree(os.path.join(self.d.dir, "journal"), public)
            shutil.copy(os.path.join(self.d.dir, "ecluse.conf"), copy)
            tile = self.some_tile(os.path.join(public, "public", "tile", "0"))
            with open(tile, "r+b") as f:
                f.seek(40)
                byte = f.read(1)
                f.seek(40)
                f.write(bytes([byte[0] ^ 1]))
            code, out, err = self.d.ecluse("journal", "verify", copy,
                                           check=False)
            words = (out + err).strip().split("\n")[-1]
            print("  ecluse journal verify: %s" % words[:100])
            print("  refused (exit %d)." % code)

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
        relative = os.path.relpath(self.d.dir)
        people = os.path.relpath(self.d.people.folder)
        print("\nTry:")
        print("  build/ecluse ask --file %s/day.ndjson | head" % people)
        print("  build/ecluse budgets %s --asker %s" % (relative, self.asker))
        print("  curl --cacert %s/tls/ca.pem %s/fhir/metadata" % (
            relative, self.d.url))


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
