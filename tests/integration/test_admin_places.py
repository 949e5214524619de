#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: who connects to the administrators' socket and says nothing keeps
nobody from closing a gate: the quietest gives way to one more.
"""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

PLACES = 8


def is_open(s):
    s.setblocking(False)
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True


def connect(d):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(os.path.join(d.dir, "run", "admin.sock"))
    return s


def main():
    t = Tap()
    with Drill(members=300, insurers=1, seed=5) as d:
        site = d.people.site("gp")
        gate = "site:" + site["site"]
        quiet = [connect(d) for _ in range(PLACES)]
        t.same(d.ecluse("status", d.dir, check=False)[0], 0,
               "eight who say nothing: a ninth is heard")
        t.same([is_open(s) for s in quiet], [False] + [True] * 7,
               "in the place of the one who came first")
        more = [connect(d) for _ in range(3 * PLACES)]
        t.same(d.ecluse("close", d.dir, gate, check=False)[0], 0,
               "a gate is closed behind two dozen more")
        t.same(sum(is_open(s) for s in quiet + more), PLACES - 1,
               "and eight places there are")
        for s in quiet + more:
            s.close()
        t.same(d.ecluse("open", d.dir, gate, check=False)[0], 0,
               "and opened")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
