# SPDX-License-Identifier: Apache-2.0
"""Calls that fail in a chosen program of an instance (tests/fault/fault.c).

  faults = Faults(folder, "ecluse-keeper")
  d = Drill(env=faults.env, ...)
  faults.arm("sync", 3, errno.EIO)    # from now on its third fsync fails
  ...
  faults.rest()                       # none any more

  faults.hold("rename", 1, "checkpoint")      # it stands still before that
  os.kill(faults.held(), signal.SIGKILL)      # and dies in just that place
"""
import mmap
import os
import struct

import drill

LIBRARY = os.path.join(drill.BUILD, "tests", "fault", "libfault.so")
KINDS = ("alloc", "write", "sync", "flush", "rename", "open", "size", "send",
         "read", "own")
CHANGE = "change"       # of these, any that a disk sees; lists its places
NUMBERS = {kind: n for n, kind in enumerate(KINDS + (CHANGE,))}
NTH, KIND, ERROR, FOR_GOOD, CALLS, FAILED, CLOCK = range(0, 56, 8)
HELD = 56 + 32
MATCH = HELD + 8
PLACE, PLACES_MOST = 64, 2048
PLACES = MATCH + PLACE
SIZE = PLACES + PLACES_MOST * PLACE
COUNT = HOLD = 2 ** 64 - 1
SHORT = 0


class Faults:
    def __init__(self, folder, program):
        path = os.path.join(folder, "faults-" + program)
        with open(path, "wb") as f:
            f.write((bytes(56) + program.encode()).ljust(SIZE, b"\0"))
        os.chmod(folder, 0o711)     # instances of root have other users
        os.chmod(path, 0o666)
        library = os.path.join(folder, "libfault.so")
        if not os.path.exists(library):
            with open(LIBRARY, "rb") as f, open(library, "wb") as to:
                to.write(f.read())
            os.chmod(library, 0o755)
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), SIZE)
        self.env = dict(os.environ, LD_PRELOAD=library, ECLUSE_FAULT=path)

    def put(self, at, value, form="<Q"):
        self.map[at:at + 8] = struct.pack(form, value)

    def get(self, at):
        return struct.unpack("<Q", self.map[at:at + 8])[0]

    def arm(self, kind, nth, error, for_good=False, match=""):
        self.put(NTH, 0)
        self.map[MATCH:PLACES] = match.encode().ljust(PLACE, b"\0")
        self.put(KIND, NUMBERS[kind])
        self.put(ERROR, error)
        self.put(FOR_GOOD, int(for_good))
        self.put(CALLS, 0)
        self.put(FAILED, 0)
        self.put(NTH, nth)

    def count(self, kind):
        """Counts the calls of this kind, of which none fails."""
        self.arm(kind, COUNT, 0)

    def places(self):
        """What was counted of CHANGE: (kind, end of the file's name)."""
        found = []
        for n in range(min(self.calls(), PLACES_MOST)):
            at = PLACES + n * PLACE
            name = self.map[at + 1:at + PLACE].split(b"\0")[0].decode()
            found.append((KINDS[self.map[at]], name))
        return found

    def hold(self, kind, nth, match=""):
        """The nth call on a file whose name has match is waited before."""
        self.put(HELD, 0)
        self.arm(kind, nth, HOLD, match=match)

    def held(self):
        """The process that stands still there, or 0."""
        return self.get(HELD)

    def rest(self):
        """Gives how many failed."""
        self.put(NTH, 0)
        self.put(HELD, 0)
        return self.get(FAILED)

    def counts(self, kinds):
        """Are calls of one of these kinds counted now, or failing?"""
        return bool(self.get(NTH)) and self.get(KIND) in [
            NUMBERS[kind] for kind in kinds]

    def counts_on(self, part):
        """Are calls on files whose name has this part?"""
        return bool(self.get(NTH)) and part.encode() in self.map[MATCH:PLACES]

    def calls(self):
        return self.get(CALLS)

    def clock(self, ms):
        """What the program's wall clock says is this much off."""
        self.put(CLOCK, ms, "<q")
