# SPDX-License-Identifier: Apache-2.0
"""A short day at the lock, step by step, with one call failing somewhere.

Each step can be done again and again on the same instance: a dozen questions
of the same persons, a bundle, an act, a feed, a checkpoint, a stop and a
start. After each the instance has to be one that can be trusted: no process
crashed, whoever had an answer is in the journal, feeds and acts are whole or
not there, and what was refused works when tried again.
"""
import errno
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time

from drill import FULL_AGE, Drill, Tap, rows
from faults import CHANGE, Faults, KINDS

ERRORS = {
    "alloc": (errno.ENOMEM,),
    "write": (errno.EIO, errno.ENOSPC, 0),
    "sync": (errno.EIO, errno.ENOSPC),
    "flush": (errno.EIO,),
    "rename": (errno.EIO, errno.ENOSPC),
    "open": (errno.EMFILE, errno.ENOSPC),
    "size": (errno.ENOSPC, errno.EIO),
    "send": (errno.ENOBUFS, errno.EAGAIN),
    "read": (errno.EIO,),
    "own": (errno.ENOMEM,),
}
# of these no process of ours may end: crashes, an abort, a forbidden call
CRASH = re.compile(r"was ended by signal (4|7|8|11)\b|SIGSYS|did not end|"
                   r"stack smashing|corrupted|double free")
# the one way of ours to end at once (base/must.h), which says so before
ABORTED = "was ended by signal 6"
CHOSEN = ": ended at once"
HELD = "ends again and again"   # super waits a minute; a test does not
SOME = {"alloc": 4, "own": 6}   # calls tried in a short run; of other kinds two
# The steps that a program takes part in, and the kinds of calls that each
# makes every time: with none of these it would be no test. Of others there may
# be none: they come by the second (checkpoints of the steps before, a vault's
# counts), or not at all.
SURE = {
    "ecluse-keeper": {
        "questions": "alloc write flush send",
        "bundle": "alloc write flush send",
        "act": "alloc write sync flush rename send",
        "feed": "alloc write send",
        "checkpoint": "alloc write sync flush rename send",
        "start": "write sync flush rename open send read own"},
    "ecluse-vault": {
        "questions": "alloc write flush send",
        "bundle": "alloc write flush send",
        "feed": "alloc write send",     # its files are kept open, or not
        "checkpoint": "alloc write flush send",
        "start": "open send read own"},
    "ecluse-gate": {
        "questions": "alloc send",
        "bundle": "alloc send",
        "start": "open read own"},
}
# of an act, with its checkpoint alone: it comes with the keeper's next second
LATER = ("sync", "rename", CHANGE)
PUBLIC = "/public/"     # calls on these files, too
GATE = "profession:dentist@portal"
DAY = "2026-11-23"      # of the drill and its feeds
END = "2038-12-31T00:00:00Z"    # later than any clock of these tests
# a loaded machine is no fault, nor are thousands of questions of one key
PATIENT = {"vault.timeout-ms": "5000", "questions.per-person": "10000"}
BOUND_S = 60
TRIES = 3       # of a kind that comes every time: one step may be refused
ASK_S = 30      # a question of a dozen persons


class Scene:
    def __init__(self, program, seed=4, conf=None, members=150):
        self.folder = tempfile.mkdtemp(prefix="ecluse-fault-")
        self.program = program
        self.faults = Faults(self.folder, program)
        self.d = Drill(members=members, insurers=1, seed=seed, folder=self.folder,
                       env=self.faults.env, load=False,
                       conf=dict(PATIENT, **(conf or {})))
        self.d.own = True       # the folder goes with it
        self.d.ask_s = ASK_S
        self.site = self.d.people.site("optician")
        covered = self.d.people.covered("OPTI")
        self.amc = covered[0]["amc"]
        book = os.path.join(self.d.people.folder, "feed", self.amc + ".csv")
        # persons who are in one of two books, a dozen who are in both
        self.gone = covered[12:15]
        self.asked = [self.d.question(p, "member") for p in covered[:11]]
        self.asked.append(dict(self.asked[0], birth="1950-01-01"))
        self.books = (self.feed("all", book, ()),
                      self.feed("less", book, {p["ref"] for p in self.gone}))
        self.loaded = 1         # which of them
        self.tried = None       # or this one, of which nobody heard
        self.closed = False
        self.told = set()       # entries whose answer was received
        self.care = DAY         # of the questions
        self.log_at = 0
        self.log = ""           # of the step that is looked at
        self.problems = []
        self.d.ecluse("enrol", self.d.dir, "population",
                      self.d.people.folder, "--since", FULL_AGE)
        # a vault that starts again knows how many it named in the hour, and
        # not whom: after a hundred deaths a dozen persons are a thousand
        self.d.ecluse("act", self.d.dir,
                      "ceiling amc=* cell=0 persons-hour=1000000")
        self.d.clock(DAY + "T09:00:00Z")
        self.load()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.d.close()

    def feed(self, name, book, without):
        path = os.path.join(self.folder, name + ".csv")
        with open(book, encoding="utf-8") as f:
            lines = f.read().splitlines(True)
        refs = [r["ref"] for r in rows(book)]
        with open(path, "w", encoding="utf-8") as f:
            f.write(lines[0])
            f.writelines(l for l, ref in zip(lines[1:], refs)
                         if ref not in without)
        return path

    # the steps; none of them raises when the server refuses

    def note(self, answers):
        for a in answers:
            # an unknown person's tells nothing and is nobody's reading
            if a.get("status") == 200 and a.get("state") != "unknown":
                self.told.add(int(a["transaction"].rsplit("/", 1)[1]))
        return answers

    def questions(self, asked=None):
        return self.note(self.d.ask_file(self.site, asked or self.asked,
                                         date=self.care))

    def bundle(self):
        path = os.path.join(self.folder, "list.ndjson")
        with open(path, "w", encoding="utf-8") as f:
            for q in self.asked[:5]:
                f.write(json.dumps(dict(q, domain="OPTI",
                                        date=self.care)) + "\n")
        out = self.d.ecluse("ask", "--key", self.d.people.key(self.site),
                            "--file", path, "--bundle", "--json",
                            check=False, timeout=ASK_S)[1]
        self.note([json.loads(l) for l in out.splitlines() if l])

    def turn_gate(self):
        """Closes what is open, or opens what is closed."""
        word = "open" if self.closed else "close"
        before = self.d.checkpoint_size("registry")
        code = self.d.ecluse(word, self.d.dir, GATE, check=False)[0]
        if code == 0 and (self.faults.counts(LATER) or
                          self.faults.counts_on(PUBLIC)):
            # with the journal's next, which is a part of this step
            self.published("registry", before)
        if code in (0, 3):      # done, or done before without a word
            self.closed = not self.closed
        return code

    def given_up(self):
        """super waits a minute before the next start, or has ended."""
        return HELD in self.d.logged()[self.log_at:] or \
            not self.d.server or self.d.server.poll() is not None

    def published(self, log, size):
        """Until a log's checkpoint is beyond a size: this keeper's, or the
        next one's if what should fail ended it."""
        until = time.monotonic() + BOUND_S
        while self.d.checkpoint_size(log) <= size:
            if self.given_up():
                return
            if time.monotonic() > until:
                self.wrong("no checkpoint of the " + log)
                return
            time.sleep(0.02)

    def load(self):
        other = 1 - self.loaded
        out = self.d.make_feed(self.amc, self.books[other], None,
                               "--effective", DAY)[0]
        code = self.d.load(out, check=False)[0]
        os.unlink(out)
        if code == 0:
            self.loaded = other
        else:
            self.tried = other
        return code

    def checkpoint(self):
        """A question, and the checkpoint that has it."""
        got = self.questions(self.asked[:1])
        if got and got[0].get("transaction"):
            index = int(got[0]["transaction"].rsplit("/", 1)[1])
            self.published("journal", index)

    def start(self):
        self.d.stop()
        self.d.serve(check=False)

    STEPS = {"questions": questions, "bundle": bundle, "act": turn_gate,
             "feed": load, "checkpoint": checkpoint, "start": start}

    # what has to hold

    def wrong(self, what):
        self.problems.append(what)

    def asked_once(self):
        """One question about one person; what was said, if nothing else
        then why not."""
        try:
            got = self.questions(self.asked[:1])
        except subprocess.TimeoutExpired:
            return {"error": "no answer in %d s" % ASK_S}
        return got[0] if got else {"error": "no answer"}

    def gave_up(self, said):
        """Of an answer what tells nothing about a person."""
        raise RuntimeError("not back; last: %s\n%s" % (
            {k: said[k] for k in ("status", "state", "error") if k in said},
            self.d.logged()[-3000:]))

    def running(self):
        """Until questions are answered again, by the same instance or, if
        that one gave up, by the next."""
        until = time.monotonic() + BOUND_S
        while True:
            if self.given_up():
                self.log += self.log_since()
                self.d.stop()
                self.d.serve(check=False)
            said = self.asked_once()
            if said.get("status") == 200:
                return
            if time.monotonic() > until:
                self.gave_up(said)
            time.sleep(0.05)

    def restart_keeper(self, person):
        """Killed, until the next one answers a card."""
        os.kill(self.d.pid("keeper"), signal.SIGKILL)
        until = time.monotonic() + BOUND_S
        while True:
            try:
                said = self.d.ask(self.site, person, "card")[1]
            except subprocess.TimeoutExpired:
                said = {"error": "no answer in %d s" % ASK_S}
            if said.get("status") == 200:
                return
            if time.monotonic() > until:
                self.gave_up(said)
            time.sleep(0.05)

    def whole_feed(self):
        """All of the persons who are in one book alone are there, or none."""
        got = self.questions([self.d.question(p, "member")
                              for p in self.gone])
        states = {a["state"] for a in got}
        if len(states) != 1 or not states <= {"covered", "closed"}:
            self.wrong("half a feed: %r" % [a["state"] for a in got])
            return
        now = 0 if states == {"covered"} else 1
        if now != self.loaded and now != self.tried:
            self.wrong("feed %d was lost" % self.loaded)
        self.loaded, self.tried = now, None

    def log_since(self):
        text = self.d.logged()
        new, self.log_at = text[self.log_at:], len(text)
        return new

    def look(self, step):
        self.running()
        if step == "feed":
            self.whole_feed()
        log, self.log = self.log + self.log_since(), ""
        if log.count(ABORTED) > log.count(CHOSEN):
            self.wrong("aborted without a word: " + log[-2000:])
        for line in log.splitlines():
            if CRASH.search(line):
                self.wrong(line)
        if re.search(r"ended with status [1-9]", log) and \
                " error: " not in log:
            self.wrong("ended without a word: " + log)

    def fail(self, step, kind, nth, error):
        """One step with its nth call of a kind failing; tells whether there
        was such a call."""
        before = len(self.problems)
        self.faults.arm(kind, nth, error)
        self.STEPS[step](self)
        hit = self.faults.rest() > 0
        self.look(step)
        if hit:
            again = self.STEPS[step](self)
            if step in ("feed", "act") and again not in (0, 3):
                self.wrong("tried again it fails, too: exit %d" % again)
        for i in range(before, len(self.problems)):
            self.problems[i] = "%s, %s %d (error %d): %s" % (
                step, kind, nth, error, self.problems[i])
        return hit

    def count(self, step, kind):
        self.faults.count(kind)
        self.STEPS[step](self)
        n = self.faults.calls()
        self.faults.rest()
        self.look(step)
        return n

    def verify(self):
        status = json.loads(self.d.ecluse(
            "status", self.d.dir, "--json", check=False)[1])
        self.d.published(status["entries"] - 1)
        code, out, err = self.d.ecluse("journal", "verify", self.d.dir,
                                       "--entries", check=False)
        if code != 0:
            self.wrong("journal verify: " + out + err)

    def journal(self):
        """At the end: it verifies and has whoever was answered."""
        self.verify()
        scope = self.d.scope("site:" + self.site["site"], end=END)
        written = {i for part in ("read", "cannot_be_excluded")
                   for p in scope[part] for i in p["indexes"]}
        missing = [i for i in sorted(self.told - written)
                   if not scope["read"] or not self.d.doubted(i)]
        if missing:
            self.wrong("answers without an entry: %r" % missing[:10])


def chosen(n, some, rng):
    """Some of 1..n, the first among them."""
    if n <= some:
        return list(range(1, n + 1))
    return sorted({1} | set(rng.sample(range(2, n + 1), some - 1)))


def whole(step, kind, n):
    each = 40 if step == "start" and n > 1000 else 1
    return list(range(1, n + 1, each))


def kinds_of(step, kinds, every):
    """At a start nearly all allocations are the libraries', which end the
    program in their own ways: a short run tries the program's own."""
    left_out = {"own"} if step != "start" else set() if every else {"alloc"}
    return [kind for kind in kinds if kind not in left_out]


def is_sure(s, step, kind):
    return kind in SURE[s.program][step].split()


def fail_some(s, step, kind, rng, every, begin):
    """How many calls there are, and how many of those chosen came again."""
    n = s.count(step, kind)
    todo = whole(step, kind, n) if every else \
        chosen(n, SOME.get(kind, 2), rng)
    return n, sum(any([s.fail(step, kind, nth, error) for error in (
        ERRORS[kind] if every else [rng.choice(ERRORS[kind])])])
        for nth in todo if nth >= begin)


def tried(t, step, kind, s, calls, hits):
    """One result, where there were calls or must be."""
    sure = is_sure(s, step, kind)
    text = "%s: %s, %d of %d calls" % (step, kind, hits, calls)
    if hits == 0 and not sure and not s.problems:
        print("# " + text)
        return
    if sure and hits == 0:
        s.wrong("no such call failed")
    t.ok(not s.problems, text, "\n".join(s.problems))
    s.problems = []


def calls_fail(program, seed, kinds=KINDS):
    """The test: one result a step and kind. ONLY=step,kind,from is for a
    person who looks for a fault."""
    t = Tap()
    rng = random.Random(seed)
    every = bool(os.environ.get("ECLUSE_LONG"))
    only = (os.environ.get("ONLY", "") + ",,").split(",")
    print("# seed %d" % seed)
    with Scene(program) as s:
        for step in SURE[program]:
            for kind in kinds_of(step, kinds, every):
                if only[0] not in ("", step) or only[1] not in ("", kind):
                    continue
                n = hits = tries = 0
                while hits == 0 and tries < TRIES:
                    n, hits = fail_some(s, step, kind, rng, every,
                                        int(only[2] or 0))
                    tries += 1 if is_sure(s, step, kind) else TRIES
                s.journal()
                tried(t, step, kind, s, n, hits)
    return t.done()
