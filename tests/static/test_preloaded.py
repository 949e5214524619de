#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what tests put between a program and the C library stands before every
call that it is for.

A call that tests/fault/fault.c has no function for never fails, and one that
tests/tools/record.c has none for leaves nothing on the disks that it builds:
both are silent, and the tests green. So what each program and its libraries
take from the C library is looked through by name: what asks for memory, opens,
reads, writes, flushes, resizes, renames or sends is in the library that is
preloaded, or stands below with the reason why not.
"""
import os
import re
import subprocess
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import BUILD, Tap, program  # noqa: E402
from test_calls import imports, libraries  # noqa: E402

# Functions of the C library, without 64 and what _FORTIFY_SOURCE makes of them.
MEMORY = r"[cm]alloc|realloc(array)?|(aligned_|mem)alloc|posix_memalign|" \
    r"memalign|strn?dup|v?asprintf|getdelim|getline"
FILES = r"write|pwritev?2?|writev|copy_file_range|sendfile|splice|ftruncate|" \
    r"truncate|(posix_)?fallocate|open(at)?(_2)?|creat|mk[od]?s?temps?|" \
    r"mkostemp|fsync|fdatasync|syncfs|sync|sync_file_range|msync|" \
    r"rename(at2?)?|link(at)?|symlink(at)?|unlink(at)?|aio_\w+"
READ = r"p?read(v2?)?"
FOLDERS = r"mkdir(at)?|rmdir|mknod(at)?"
SEND = r"send(to|msg|mmsg)?"
STDIO = r"fopen|freopen|fdopen|tmpfile"

FAULT = {
    "is": os.path.join(BUILD, "tests", "fault", "libfault.so"),
    "for": "|".join((MEMORY, FILES, READ, SEND, STDIO)),
    "in": ("ecluse-keeper", "ecluse-vault", "ecluse-gate", "ecluse-super",
           "ecluse", "ecluse-insurer"),
    "not": {
        "getdelim": "the library asks malloc, which is counted",
        "fopen": "the library opens it itself; fault/test_command_calls "
                 "limits what the file may hold",
        "fdopen": "what was opened before: it asks for memory alone",
    },
}
RECORD = {
    "is": os.path.join(BUILD, "tests", "tools", "librecord.so"),
    "for": "|".join((FILES, FOLDERS, STDIO)),
    "in": ("ecluse-keeper", "ecluse-vault", "ecluse"),
    "not": {
        "rmdir": "a folder that is empty, of tiles that are gone",
        "mkostemp": "a file that has no name any more at once",
        "fopen": "read, or keys of `init` that fault/test_power_cut leaves out",
        "fdopen": "the same",
    },
}
# libcrypto and libsodium open /dev and settings, and write nothing of ours.
LIBRARIES = ("libsqlite3",)


def plain(name):
    """open64, __open64_2, __read_chk: open, open_2, read."""
    name = re.sub(r"^__(\w+)_chk$", r"\1", name)
    return re.sub(r"^_*([a-z_0-9]*?)64(_2)?$", r"\1\2", name).lstrip("_")


def defined(library):
    out = subprocess.run(["nm", "-D", "--defined-only", library],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    return {line.split()[-1] for line in out.splitlines()}


def taken(name):
    """What it and those of its libraries that keep files take."""
    path = program(name)
    found = set(imports(path))
    for lib, where in libraries(path).items():
        if lib in LIBRARIES:
            found |= set(imports(where))
    return found


def look(t, what, one):
    have, used = defined(one["is"]), set()
    for name in one["in"]:
        calls = {n for n in taken(name) if re.fullmatch(one["for"], plain(n))}
        left = {n for n in calls - have if plain(n) not in one["not"]}
        used |= {plain(n) for n in calls - have}
        t.ok(len(calls) > 5 and not left, "%s: each of %d calls of %s" % (
            what, len(calls), name), "\n".join(sorted(left)))
    t.same(sorted(set(one["not"]) - used), [],
           "%s: every exception is of use" % what)


def main():
    t = Tap()
    t.same([plain(n) for n in ("__open64_2", "__pread64_chk", "mkostemp64",
                               "open", "__read_chk")],
           ["open_2", "pread", "mkostemp", "open", "read"],
           "names are those of the manual")
    look(t, "faults", FAULT)
    look(t, "disks", RECORD)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
