#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever has taken over the gates of two planes, with every
question and answer that passes (test_lying_gate.py: one that lies at once).

It sends a captured question again, under another reference and on another
plane, hands one client's answer to another, cuts messages, answers instead of
asking, and floods the keeper: reading what it says, and then not. Goal: nobody
is read by any of it, no client believes an answer to another's question, the
keeper's memory and log stay bounded, that gate alone is stopped, and the flow
plane is served meanwhile. How much later is printed, not judged.
"""
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, program  # noqa: E402

COPIES = 50
PACKED = 12         # copies in one datagram
HONEST = 60         # questions of the flow plane beside a flood
FLOOD = 60000       # asks, whose answers are twice what may wait unread
QUEUE_MB = 64       # what a gate may leave unread (keeper/gates.c)
PATIENT = {"vault.timeout-ms": "3000"}     # a loaded machine is no answer

# Stands between a true gate and the keeper: descriptor 4 is the channel. What
# it does now stands in the file `do-PLANE`; what it heard goes to `heard`.
BETWEEN = r'''#!/usr/bin/python3
import os, select, signal, socket, struct, sys
plane, at = sys.argv[2], "%(at)s"
if plane not in ("flow", "portal"):
    os.execv("%(true)s", ["ecluse-gate"] + sys.argv[1:])
keeper = socket.socket(fileno=4)
ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
for s in (ours, its):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 19)
child = os.fork()
if child == 0:
    ours.close()
    os.dup2(its.fileno(), 4)
    os.execv("%(true)s", ["ecluse-gate"] + sys.argv[1:])
its.close()
signal.signal(signal.SIGTERM, lambda *a: os.kill(child, signal.SIGTERM))
ASK, ANSWER, OWN = 16, 17, 0xee << 56
held, posts, words, late = [], {}, [], []

def doing():
    try:
        with open(at + "/do-" + plane) as f:
            return f.read()
    except FileNotFoundError:
        return ""

def done(word):
    os.rename(at + "/do-" + plane, at + "/done-" + word)

def heard(word):
    if not words:       # and no file for each: what floods has many to hear
        words.append(open(at + "/heard", "a", buffering=1))
    words[0].write(word + "\n")

def split(data):
    while data:
        kind, _, n, ref = struct.unpack(">HHIQ", data[:16])
        yield kind, ref, data[16:16 + n]
        data = data[16 + n:]

def pack(kind, ref, body):
    return struct.pack(">HHIQ", kind, 0, len(body), ref) + body

def field(b):
    return struct.pack(">H", len(b)) + b

def drown(body):
    """Copies without end: one process sends, so that what the kernel holds
    for the keeper is always full, and this one reads."""
    copies = b"".join(pack(ASK, OWN + i, body) for i in range(%(packed)d))
    sender = os.fork()
    while sender == 0:
        keeper.send(copies)
    refused = heard = 0
    while heard %% 32 or doing() == "drown":
        data, heard = keeper.recv(1 << 19), heard + 1
        refused += sum(ref >= OWN for _, ref, _ in split(data))
        if heard %% 32:     # files of each would be slower than the keeper
            continue
        with open(at + "/drowned.new", "w") as f:
            f.write(str(refused))
        os.rename(at + "/drowned.new", at + "/drowned")
    os.kill(sender, signal.SIGKILL)
    os.waitpid(sender, 0)

def asked(kind, ref, body):
    """From the true gate; gives what goes to the keeper."""
    word, post = doing(), body[1] == 2
    if post:
        posts[ref] = body
    whole = pack(kind, ref, body)
    if word == "replay" and post:
        heard("copied")
        return [whole] + [pack(kind, OWN + i, body) for i in range(%(copies)d)]
    if word == "keep" and post and late:    # the first only learns the time
        with open(at + "/kept.new", "wb") as f:
            f.write(body)
        os.chmod(at + "/kept.new", 0o644)   # each plane has its own user
        os.rename(at + "/kept.new", at + "/kept")
        while not os.path.exists(at + "/done-steal"):
            select.select([], [], [], 0.02)
        return [whole]
    if word == "steal":
        with open(at + "/kept", "rb") as f:
            stolen = f.read()
        done("steal")
        return [whole, pack(kind, OWN, b"\2" + stolen[1:])]
    if word == "flood":
        n, = struct.unpack(">H", body[2:4])
        get = b"\2\1" + body[2:4 + n] + field(b"/fhir/metadata") + \
            field(b"") * 4 + bytes(4)
        done("flood")
        for i in range(%(flood)d):
            keeper.send(pack(kind, OWN + i, get))
        while True:     # and never reads
            signal.pause()
    if word.startswith("cut "):
        done("cut")
        return [(whole + whole)[:int(word[4:])]]
    if word == "half":
        done("half")
        return [whole + whole[:-1]]
    if word == "answer":
        done("answer")
        return [pack(ANSWER, ref, struct.pack(">HH", 200, 0) + bytes(14))]
    return [whole]

def answered(kind, ref, body):
    """From the keeper; gives what goes to the true gate."""
    if ref >= OWN:
        heard("%%d" %% struct.unpack(">H", body[:2]))
        return []
    if doing() == "keep" and b'"expired"' in body:
        late.append(ref)
    if doing() == "swap" and ref in posts and b'"expired"' not in body:
        held.append((ref, body))
        if len(held) < 2:
            return []
        (a, x), (b, y) = held
        held.clear()
        return [pack(kind, a, y), pack(kind, b, x)]
    if doing() == "drown" and ref in posts and b'"expired"' not in body:
        ours.send(pack(kind, ref, body))
        drown(posts[ref])
        return []
    return [pack(kind, ref, body)]

while True:
    for s in select.select([keeper, ours], [], [])[0]:
        data = s.recv(1 << 19)
        if not data:
            os._exit(0)
        to, does = (ours, answered) if s is keeper else (keeper, asked)
        for m in split(data):
            for out in does(*m):
                to.send(out)
'''


class Captured:
    """A drill whose gates of flow and portal are the attacker's."""

    def __init__(self, seed):
        self.folder = tempfile.mkdtemp(prefix="ecluse-captured-")
        os.chmod(self.folder, 0o755)
        self.at = os.path.join(self.folder, "at")
        lib = os.path.join(self.folder, "lib")
        os.mkdir(lib)
        os.mkdir(self.at)
        os.chmod(self.at, 0o777)
        for name in ("ecluse-front", "ecluse-keeper", "ecluse-vault"):
            os.symlink(program(name), os.path.join(lib, name))
        path = os.path.join(lib, "ecluse-gate")
        with open(path, "w", encoding="utf-8") as f:
            f.write(BETWEEN % {"at": self.at, "copies": COPIES,
                               "packed": PACKED, "flood": FLOOD,
                               "true": program("ecluse-gate")})
        os.chmod(path, 0o755)
        try:
            self.d = Drill(members=300, insurers=1, seed=seed, conf=PATIENT,
                           libexec=lib)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.site = self.d.people.site("optician")
        self.people = self.d.people.covered()
        self.key = self.d.enrol_key(self.site, "portal", "portal-key")

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.d.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def do(self, plane, word):
        path = os.path.join(self.at, "do-" + plane)
        if not word:
            os.unlink(path)
            return
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(word)
        os.chmod(path + ".new", 0o666)
        os.rename(path + ".new", path)

    def wait(self, name):
        path, until = os.path.join(self.at, name), time.monotonic() + 60
        while not os.path.exists(path):
            if time.monotonic() > until:
                raise RuntimeError("no " + name + self.d.logged())
            time.sleep(0.02)

    def heard(self, count):
        path, until = os.path.join(self.at, "heard"), time.monotonic() + 60
        while True:
            words = []
            if os.path.exists(path):
                with open(path, encoding="utf-8") as f:
                    words = f.read().split()
            if len(words) >= count or time.monotonic() > until:
                return words
            time.sleep(0.02)

    def copies(self):
        """What was said of each copy, and of how many questions they were:
        a client that only learned the time with its first asks another."""
        questions, said = 0, self.heard(1 + COPIES)
        while said.count("copied") > questions:
            questions = said.count("copied")
            said = self.heard(questions * (1 + COPIES))
        return [w for w in said if w != "copied"], questions

    def portal(self, person, **more):
        return self.d.ask(self.site, person, key=self.key, **more)

    def flow(self, person):
        return self.d.ask(self.site, person)

    def read(self):
        """Indexes of readings of the site, as scope tells them."""
        scope = self.d.scope("site:" + self.site["site"])
        return sorted(i for part in ("read", "cannot_be_excluded")
                      for p in scope[part] for i in p["indexes"])

    def again(self, ask, person):
        """Until a true gate stands there."""
        until, got = time.monotonic() + 90, None
        while time.monotonic() < until:
            got = ask(person)
            if got[0] == 0:
                break
        return got[0]


def in_thread(call, *args):
    got = []
    thread = threading.Thread(target=lambda: got.append(call(*args)))
    thread.start()
    return thread, got


def replays(t, c):
    t.same(c.portal(c.people[0])[0], 0, "what passes unaltered is answered")
    before = c.read()
    c.do("portal", "replay")
    code, a = c.portal(c.people[1])
    c.do("portal", "")
    t.same((code, a.get("state")), (0, "covered"),
           "a question of which copies are sent is answered")
    words, questions = c.copies()
    t.ok(words and len(words) == questions * COPIES and
         set(words) <= {"401", "409"},
         "each copy under another reference is refused",
         (questions, {w: words.count(w) for w in words}))
    t.same(len(c.read()) - len(before), 1, "and one reading was written")


def steals(t, c):
    """A question signed for the flow plane, carried on the portal's."""
    open(os.path.join(c.at, "heard"), "w").close()
    before = c.read()
    c.do("flow", "keep")
    thread, got = in_thread(c.flow, c.people[2])
    c.wait("kept")
    c.do("portal", "steal")
    t.same(c.portal(c.people[0])[0], 0, "the portal's own question: answered")
    words = c.heard(1)
    t.ok(words and set(words) <= {"401", "403", "421"},
         "another plane's question is refused on this one", words)
    c.do("flow", "")
    thread.join()
    t.same(got[0][0], 0, "and is answered where it belongs")
    t.same(len(c.read()) - len(before), 2, "two readings, of two questions")


def swaps(t, c):
    """Sealed, the other's answer cannot be opened either; plain, its signature
    alone tells."""
    for plain in (False, True):
        c.do("portal", "swap")
        pair = [in_thread(lambda p: c.portal(p, plain=plain), c.people[n])
                for n in (3, 4)]
        for thread, _ in pair:
            thread.join()
        c.do("portal", "")
        t.ok(all(got[0][0] == 5 and "state" not in got[0][1]
                 for _, got in pair), "an answer to another's question under "
             "this one's reference: not believed%s" % (
                 ", plain" if plain else ""), [got[0] for _, got in pair])
        t.same(c.portal(c.people[3])[0], 0, "and the next is answered")


def drowned(c):
    with open(os.path.join(c.at, "drowned"), encoding="utf-8") as f:
        return int(f.read())


def honest(c):
    """Questions answered of HONEST, over one connection, and their time."""
    begun = time.monotonic()
    answers = c.d.ask_file(c.site, [c.d.question(c.people[2], "member")] *
                           HONEST)
    return (sum(a.get("state") == "covered" for a in answers),
            (time.monotonic() - begun) * 1000 / HONEST)


def drowns(t, c):
    """A gate that reads what it is told floods for as long as it likes."""
    before, gate = len(c.read()), c.d.pid("gate-portal")
    n, alone = honest(c)
    t.same(n, HONEST, "alone the flow plane's questions are answered")
    c.do("portal", "drown")
    t.same(c.portal(c.people[0])[0], 0, "a question of which copies are sent "
           "without end is answered")
    c.wait("drowned")
    first = drowned(c)
    n, beside = honest(c)
    more = drowned(c) - first
    c.do("portal", "")
    t.same(n, HONEST, "beside the flood the flow plane's are all answered")
    t.ok(more > 0, "and the flood went on: %d copies refused" % more)
    print("# %.1f ms a question alone, %.1f ms beside; %.0f copies refused "
          "for each" % (alone, beside, more / HONEST), flush=True)
    asked = []

    def portal(person):     # behind what it left, and that may be long
        asked.append(person)
        return c.portal(person)

    t.same((c.again(portal, c.people[0]), c.d.pid("gate-portal")), (0, gate),
           "the same gate goes on")
    read = len(c.read()) - before
    # one that had no answer in time may have been read all the same
    t.ok(0 <= read - (2 * HONEST + 2) < len(asked),
         "no reading but those of true questions", (read, len(asked)))


def peak_kb(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return int(re.search(r"VmHWM:\s*(\d+)", f.read()).group(1))


def flood(t, c):
    d, keeper = c.d, c.d.pid("keeper")
    before, first = len(c.read()), peak_kb(keeper)
    others = d.read_endpoints()["pids"]
    c.do("portal", "flood")
    thread, _ = in_thread(c.portal, c.people[0])
    failed, asked = [], 0
    until = time.monotonic() + 400
    while "leaves its answers unread" not in d.logged() and \
            time.monotonic() < until:
        answer = c.flow(c.people[2])    # a known person: free
        asked += 1
        if answer[0] != 0:
            failed.append(answer)
    t.ok("leaves its answers unread" in d.logged(),
         "a gate that asks and never reads is stopped", d.logged()[-1500:])
    t.ok(asked > 0 and not failed, "meanwhile the flow plane answers: %d "
         "questions" % asked, failed[:2])
    more = peak_kb(keeper) - first
    t.ok(more < (QUEUE_MB + 32) * 1024, "the keeper's memory stays bounded: "
         "%d kB more" % more)
    thread.join()
    t.same(c.again(c.portal, c.people[0]), 0, "a true gate stands there "
           "again: an answer")
    after = d.read_endpoints()["pids"]
    t.same([n for n in others if others[n] != after[n]], ["gate-portal"],
           "all others are the processes they were")
    told = d.logged().count("not handed over")
    t.ok(told <= 1, "and the log is no longer for it", told)
    t.same(len(c.read()) - before, asked + 1,
           "no reading but those of true questions")


def cuts(t, c):
    """Four endings: with the fifth in a minute super would wait."""
    d, n = c.d, 0
    c.portal(c.people[0])
    c.flow(c.people[0])
    before = c.read()
    for word in ("cut 9", "cut 40", "half", "answer"):
        c.do("portal", word)
        old = d.pid("gate-portal")
        c.portal(c.people[0])
        c.wait("done-" + word.split()[0])
        os.unlink(os.path.join(c.at, "done-" + word.split()[0]))
        got = c.flow(c.people[0])
        n += got[0] == 0
        d.another("gate-portal", old)
        c.again(c.portal, c.people[0])
    lines = [l for l in d.logged().splitlines() if "broke the protocol" in l]
    t.same(len([l for l in lines if "gate of plane portal" in l]), 4,
           "a message cut in its head, in its body, behind a whole one, an "
           "answer for a question: each ends that gate")
    t.same(len(lines), 4, "and no other program")
    t.same(n, 4, "each time the flow plane answers")
    t.ok(set(before) <= set(c.read()), "what was read stays written")


def main():
    t = Tap()
    with Captured(51) as c:
        replays(t, c)
        steals(t, c)
        swaps(t, c)
        drowns(t, c)
        flood(t, c)
    with Captured(52) as c:
        cuts(t, c)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
