#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: every program that is installed says which one it is, and how it is
used, to whoever asks with --version and --help: on standard output, status 0.
To who says nothing, or something else, it tells its use on standard error, 2.
"""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import BUILD, Tap  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def programs():
    """Names of what goes into a folder of programs, as Meson says."""
    out = subprocess.run(["meson", "introspect", "--installed", BUILD],
                         stdout=subprocess.PIPE, check=True).stdout
    return sorted(os.path.basename(to) for to in json.loads(out).values()
                  if os.path.basename(os.path.dirname(to)) in (
                      "bin", "sbin", "libexec"))


def version():
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as f:
        return re.search(r"\bversion: '([^']+)'", f.read()).group(1)


def run(program, *args):
    done = subprocess.run([os.path.join(BUILD, program)] + list(args),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          env=dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE=""))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def main():
    t = Tap()
    names = programs()
    t.ok(len(names) >= 7 and "ecluse" in names and "ecluse-keeper" in names,
         "%d programs are installed" % len(names), names)
    for name in names:
        t.same(run(name, "--version"), (0, "%s %s\n" % (name, version()), ""),
               name + " --version")
        code, out, err = run(name, "--help")
        t.ok((code, err) == (0, "") and out.startswith("Usage: %s " % name),
             name + " --help", (code, out, err))
        for args in ((), ("--no-such-thing",)):
            code, out, err = run(name, *args)
            t.ok((code, out) == (2, "") and "Usage: %s " % name in err,
                 " ".join((name,) + args) + ": how it is used",
                 (code, out, err))
    full = os.open("/dev/full", os.O_WRONLY)
    for name in names:
        code = subprocess.run([os.path.join(BUILD, name), "--version"],
                              stdout=full, stderr=subprocess.DEVNULL
                              ).returncode
        t.same(code, 5, name + " --version that cannot be written")
    os.close(full)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
