#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: whoever verifies an instance as a power cut left it, before its next
start, hears that the start has the word (exit 4), not that it was altered; and
hears "altered" (exit 1) of what somebody signed for, and of what is provably no
torn end. Afterwards it starts, and verifies.

A cut a second after the last checkpoint is made here from a kill: public files
and the vault's note are put back as they were before the last questions, which
is what a disk holds whose renames did not come that far.
"""
import json
import os
import shutil
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

RECORD = 888            # bytes of an entry in the journal (docs/journal.md)
ADVICE = "start the instance"


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class Cut:
    """An instance that ended; files are changed, and put back."""

    def __init__(self, t, d):
        self.t, self.d = t, d
        self.public = os.path.join(d.dir, "journal", "public")
        self.before = os.path.join(d.folder, "before")
        self.after = os.path.join(d.folder, "after")
        self.counts = self.vault("counts")
        self.records = os.path.join(
            d.dir, "keeper", "journal", "seg-000000000000")

    def vault(self, name):
        return os.path.join(self.d.dir, "vault", "0", name)

    def published(self, folder):
        """The public files of before, or of after the last questions."""
        shutil.rmtree(self.public)
        shutil.copytree(folder, self.public)

    def verify(self, *more):
        """Nothing is too new to be compared."""
        os.utime(self.counts, (time.time() - 300,) * 2)
        return self.d.ecluse("journal", "verify", self.d.dir, *more,
                             check=False)

    def says(self, wanted, words, what):
        code, out, err = self.verify()
        self.t.ok(code == wanted and words in out, what, (code, out, err))
        self.t.ok((ADVICE in out) == (wanted == 4),
                  "and what is to be done" if wanted == 4 else
                  "and no start is advised", out)

    def altered(self, path, data, words, what):
        """path so changed, then as it was."""
        before = read(path)
        write(path, data)
        self.says(1, words, what)
        write(path, before)


def fresh(c):
    """Nobody is to publish what came a moment before the end, so nothing is too
    new to be compared."""
    os.utime(c.counts)
    return c.d.ecluse("journal", "verify", c.d.dir, check=False)


def behind(c, first):
    """Entries that no checkpoint names yet; first: the index of the first."""
    code, out, err = fresh(c)
    c.t.ok(code == 4 and "entry %d" % first in out,
           "entries behind the checkpoint, a moment after the end",
           (code, out, err))
    c.says(4, "behind the last checkpoint", "entries behind the checkpoint")
    out = json.loads(c.verify("--json")[1])
    c.t.ok(out["verified"] is False and "wrong" not in out and
           "entry %d" % first in out["unfinished"],
           "a program hears it too", out)
    c.t.same(c.verify("--entries")[0], 4, "with the entries the same")
    c.t.same(c.d.ecluse("journal", "verify", "--public", c.public,
                        check=False)[0], 0,
             "up to the checkpoint anybody verifies")
    journal = read(c.records)
    at = first * RECORD + 60
    c.altered(c.records, flipped(journal, at), "does not hold",
              "the answer's entry is damaged: altered")
    c.altered(c.records, journal[:first * RECORD] + bytes(
        len(journal) - first * RECORD), "does not hold",
        "or taken away: altered")
    write(c.records, journal[:first * RECORD])
    c.t.same(fresh(c)[0], 1, "a moment after the end too")
    write(c.records, journal)


def counted(counts, at):
    """Where records with answers begin and end, from at on (meter/count.h)."""
    found = []
    while at < len(counts):
        entries, cells = struct.unpack(">II", counts[at + 4:at + 12])
        end = at + 52 + 24 * entries + 20 * cells + 32
        found += [(at, end)] if entries else []
        at = end
    return found


def torn(c, noted):
    """The last count; noted: how long the counts were at the note."""
    counts = read(c.counts)
    answers = counted(counts, noted)
    # as long as it has to be, but one page of it never came
    record = counts[answers[-1][0]:answers[-1][1]]
    write(c.counts, counts + record[:-8] + bytes(8))
    c.says(4, "torn", "a last count that is not what its chain says")
    c.altered(c.counts, flipped(read(c.counts), 70), "altered",
              "before the note it is altered, torn end or not")
    c.altered(c.counts, read(c.counts)[:noted - 1], "altered",
              "as is what is shorter than the note")
    write(c.counts, counts + record[:-20])
    c.says(4, "torn", "a last count that is short")
    write(c.counts, counts + bytes(500))
    c.says(4, "torn", "a last count of zeros")
    at = answers[0][0] + 52 + 4     # in the first answer behind the note
    c.altered(c.counts, flipped(counts, at), "altered",
              "a count with a whole one behind it is altered")
    write(c.counts, counts + record[:-8] + bytes(8))


def deaf(c):
    """Where somebody listens the stricter judgement holds, also where he takes
    nobody: he is not waited for."""
    place = os.path.join(c.d.dir, "run", "admin.sock")
    if os.path.exists(place):
        os.unlink(place)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.bind(place)
        s.listen(0)
        for n in range(1, 4):
            c.says(1, "vault 0", "somebody listens (%d)" % n)
    c.says(4, ADVICE, "nobody does any more")
    os.unlink(place)


def main():
    t = Tap()
    with Drill(members=900, insurers=2, sites=30, seed=35) as d:
        site, people = d.people.site("optician"), d.people.covered("OPTI")
        c = Cut(t, d)

        def asked(some):
            return [int(d.ask(site, p)[1]["transaction"].rsplit("/", 1)[1])
                    for p in some]

        asked(people[:3])
        d.stop()
        d.serve()
        noted = read(c.vault("checkpoint"))
        length = os.path.getsize(c.counts)
        shutil.copytree(c.public, c.before)
        last = asked(people[3:7])
        d.published(last[-1])
        d.stop(9)
        c.says(0, "verified", "killed behind a checkpoint: it verifies")
        write(c.vault("checkpoint"), noted)
        c.says(0, "verified", "with the vault's note of before too")
        shutil.copytree(c.public, c.after)
        c.published(c.before)
        behind(c, last[0])
        c.published(c.after)
        torn(c, length)
        c.published(c.before)
        c.says(4, ADVICE, "both at once")
        deaf(c)
        d.serve()
        t.same(c.verify()[0], 0, "it starts, and verifies while it runs")
        t.same(d.ask(site, people[0])[0], 0, "and answers")
        d.stop()
        c.says(0, "verified", "and when it was stopped")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
