#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever has taken over the gate of one plane, or of two.

Goal: a gate that names another plane, sends garbage, a message that is too
long, or descriptors nobody asked for, one or several at once, is stopped, that
gate alone: no question of its gets an entry, the flow plane's askers notice
nothing, and the plane is served again once a true gate stands there. Neither
descriptors that were passed nor the channels of gates that lied pile up in the
keeper.
"""
import os
import shutil
import signal
import stat
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import BUILD, Drill, Tap, program  # noqa: E402

BOUND_S = 90
LIES = {"portal": ("plane", "garbage", "long", "descriptors"),
        "staff": ("a descriptor",)}
COUNT = sum(map(len, LIES.values()))

# Stands in for the gates of these planes: the nth start tells the nth lie;
# before and after them it is the true one. A datagram of one descriptor and
# one of several are two lies: where there is room for one, several are refused
# still. Descriptor 4 is the channel to the keeper.
HOSTILE = r'''#!/usr/bin/python3
import os, socket, struct, sys
lies = %(lies)r.get(sys.argv[2])
if lies:
    mine = os.path.join("%(turns)s", sys.argv[2])
    nth = len(os.listdir(mine))
    open(os.path.join(mine, str(nth)), "w").close()
    if 1 <= nth <= len(lies):
        lie = lies[nth - 1]
        s = socket.socket(fileno=4)
        def field(b):
            return struct.pack(">H", len(b)) + b
        def ask(plane):
            body = bytes([plane, 1]) + field(b"localhost") + \
                field(b"/fhir/metadata") + field(b"") * 4 + \
                struct.pack(">I", 0)
            return struct.pack(">HHIQ", 16, 0, len(body), 7) + body
        if lie == "plane":
            s.send(ask(1))
        elif lie == "garbage":
            s.send(b"\xff" * 40)
        elif lie == "long":
            s.send(struct.pack(">HHIQ", 16, 0, 150000, 7) + bytes(150000))
        else:
            one = os.open(sys.argv[0], os.O_RDONLY)
            many = lie == "descriptors"
            try:
                for i in range(100):
                    socket.send_fds(s, [ask(2 if many else 4)],
                                    [one] * (1 + (i %% 8 if many else 0)))
            except OSError:
                pass        # stopped meanwhile
        s.recv(1)
        os._exit(0)
os.execv("%(true)s", ["ecluse-gate"] + sys.argv[1:])
'''


def libexec(folder):
    lib = os.path.join(folder, "lib")
    turns = os.path.join(folder, "turns")
    os.mkdir(lib)
    os.mkdir(turns)
    for plane in LIES:
        os.mkdir(os.path.join(turns, plane))
        os.chmod(os.path.join(turns, plane), 0o777)
    for name in ("ecluse-front", "ecluse-keeper", "ecluse-vault"):
        os.symlink(program(name), os.path.join(lib, name))
    path = os.path.join(lib, "ecluse-gate")
    with open(path, "w", encoding="utf-8") as f:
        f.write(HOSTILE % {"turns": turns, "lies": LIES,
                           "true": program("ecluse-gate")})
    os.chmod(path, 0o755)
    return lib


def main():
    t = Tap()
    folder = tempfile.mkdtemp(prefix="ecluse-lying-")
    os.chmod(folder, 0o755)     # a script is read by the user it runs as
    try:
        with Drill(members=300, insurers=1, libexec=libexec(folder)) as d:
            told(t, d)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return t.done()


def held(d):
    """What the keeper's descriptors stand for, but for those of a moment."""
    pid, found = d.pid("keeper"), []
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            found.append(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
        except OSError:
            pass
    return found


def sockets(links):
    return len([l for l in links if l.startswith("socket:")])


def told(t, d):
    site, person = d.people.site("optician"), d.people.covered()[0]
    key = d.enrol_key(site, "portal", "portal-key")
    size = d.entries()
    t.same(d.ask(site, person, key=key)[0], 0, "the true gate: an answer")
    t.same(d.ask(site, person)[0], 0, "and on the flow plane")
    before = d.read_endpoints()["pids"]
    had = sockets(held(d))
    for plane in LIES:
        os.kill(d.pid("gate-" + plane), signal.SIGKILL)
    failed, asked, until = [], 0, time.monotonic() + BOUND_S
    while d.logged().count("broke the protocol") < COUNT and \
            time.monotonic() < until:
        answer = d.ask(site, person)    # a known person: free
        asked += 1
        if answer[0] != 0:
            failed.append(answer)
    lines = [l for l in d.logged().splitlines() if "broke the protocol" in l]
    t.same([len([l for l in lines if "gate of plane " + plane in l])
            for plane in LIES], [len(lies) for lies in LIES.values()],
           "each lie (%s) ends that gate" % ", ".join(sum(LIES.values(), ())))
    if len(lines) < COUNT:
        return      # a liar stands there still: nothing more to ask
    t.same(len(lines), COUNT, "and no other program")
    t.ok(not failed, "meanwhile the flow plane answers: %d questions, each "
         "signed" % asked, failed[:2])
    for plane in LIES:
        d.another("gate-" + plane, 0)
    got = [d.ask(site, person, key=key)[0] for _ in range(3)]
    for _ in range(200):        # the last liar may still be ending
        if got[-1] == 0:
            break
        got.append(d.ask(site, person, key=key)[0])
    t.same(got[-1], 0, "a true gate stands there again: an answer")
    have, until = held(d), time.monotonic() + BOUND_S
    while sockets(have) != had and time.monotonic() < until:
        time.sleep(0.02)        # that of the last command line, too
        have = held(d)
    t.same(sockets(have), had, "the keeper holds no more sockets than before")
    t.same([l for l in have if l.endswith("ecluse-gate")], [],
           "and nothing that a gate passed to it")
    after = d.read_endpoints()["pids"]
    t.same(sorted(n for n in before if before[n] != after[n]),
           ["gate-" + plane for plane in LIES],
           "all others are the processes they were")
    true = 2 + asked + got.count(0)
    t.same(d.entries_by(size + true) - size, true,
           "no entry but those of true questions")


if __name__ == "__main__":
    sys.exit(main())
