#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A file system that tells who asks it anything, with a process that stands in
it: FUSE without its library, in a mount namespace of its own, for root.

    a = Asked()         # raises OSError where that is not to be had
    with a:
        ...
    a.by(pid)           # what that process asked meanwhile
"""
import ctypes
import json
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile

IN_HEAD = struct.Struct("<IIQQIIIHH")   # linux/fuse.h: fuse_in_header
OUT_HEAD = struct.Struct("<IiQ")
OP_GETATTR, OP_INIT = 3, 26
UNANSWERED = (2, 36, 42)                # forget, interrupt, batch forget
ENOSYS = 38
CLONE_NEWNS = 0x20000
MS_NOSUID_NODEV, MS_REC_PRIVATE = 6, 0x44000


class Asked:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ecluse-asked-")
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), self.folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        if self.process.stdout.readline() != b"stands\n":
            self.__exit__()
            raise OSError("no FUSE here")
        with open("/proc/%d/task/%d/children" % (2 * (self.process.pid,)),
                  encoding="ascii") as f:
            self.stands = int(f.read())     # the pid of who stands in it

    def __enter__(self):
        return self

    def __exit__(self, *_):
        out, _ = self.process.communicate()
        self.asked = json.loads(out or "[]")
        os.rmdir(self.folder)

    def by(self, pid):
        return [op for who, op in self.asked if who == pid]


def mount(folder):
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fd
    if libc.unshare(CLONE_NEWNS) or \
            libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None) or \
            libc.mount(b"asked", folder.encode(), b"fuse", MS_NOSUID_NODEV,
                       options):
        raise OSError(ctypes.get_errno(), "mount")
    return fd


def answer(fd):
    """One request: (pid, operation)."""
    request = os.read(fd, 1 << 17)
    _, op, unique, _, _, _, pid, _, _ = IN_HEAD.unpack_from(request)
    body, error = b"", 0
    if op == OP_INIT:
        body = struct.pack("<IIIIHHI", 7, 31, 0, 0, 1, 1, 4096).ljust(64, b"\0")
    elif op == OP_GETATTR:      # a folder, known for no time at all
        body = struct.pack("<QII6Q10I", 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
                           0o40755, 2, 0, 0, 0, 4096, 0)
    else:
        error = -ENOSYS
    if op not in UNANSWERED:
        os.write(fd, OUT_HEAD.pack(16 + len(body), error, unique) + body)
    return pid, op


def main():
    fd = mount(sys.argv[1])
    there, here = os.pipe()
    stands = os.fork()
    if stands == 0:
        os.close(fd)
        os.chdir(sys.argv[1])
        os.write(here, b"x")
        signal.pause()
    os.close(here)
    asked = []
    while True:
        ready = select.select([fd, there, 0], [], [])[0]
        if fd in ready:
            asked.append(answer(fd))
        elif there in ready:
            if not os.read(there, 1):
                raise OSError("nobody may stand there")
            asked.clear()
            print("stands", flush=True)
        else:
            break
    os.kill(stands, signal.SIGKILL)
    print(json.dumps(asked))


if __name__ == "__main__":
    main()
