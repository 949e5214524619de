#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which branches of permit, count and journal do tests never take?

  tools/coverage.py BUILD [--all]     BUILD was made with -Db_coverage=true
                                      and -Db_ndebug=true

Runs the unit tests of the folders below with counters, then the tests named
below against a keeper with counters (unconfined: it has to write them; all
other programs come from build/), and prints for each file of tools/coverage.txt
how many branches were taken, with --all every line that has one that was not.
Status 1: more were missed than the file says. The numbers there only go down.

A branch is what gcov counts: each side of a condition, of each && and ||. An
assert() is none: its other side is a fault of ours, and ends the process.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIST = os.path.join(TOP, "tools", "coverage.txt")
FOLDERS = ("auth", "guard", "journal", "keeper", "proc", "registry", "rights",
           "store", "vault")
DRILLS = ("integration/test_bundle.py", "integration/test_modes.py",
          "integration/test_route.py", "attack/test_switches.py",
          "attack/test_copied_card.py", "attack/test_answers.py",
          "attack/test_closed.py", "attack/test_disk.py",
          "attack/test_kill.py", "attack/test_newcomers.py")


def wanted():
    """File -> how many branches may be missed."""
    found = {}
    with open(LIST, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, most = line.split("#")[0].split()
                found[name] = int(most)
    return found


def run_tests(build):
    """Each unit test's counters add to those before."""
    bad = []
    for folder in FOLDERS:
        for path in sorted(glob.glob(os.path.join(
                build, "tests", "test_%s_*" % folder))):
            if os.path.isfile(path) and subprocess.run(
                    [path], stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL).returncode != 0:
                bad.append(os.path.basename(path))
    return bad


def run_drills(build):
    """The keeper's counters of all these tests, in the build's folder."""
    top = tempfile.mkdtemp(prefix="ecluse-coverage-")
    os.chmod(top, 0o777)
    libexec = os.path.join(top, "libexec")
    os.mkdir(libexec)
    for name in ("gate", "front", "keeper", "vault"):
        name = "ecluse-" + name
        shutil.copy(os.path.join(build if name == "ecluse-keeper" else
                                 os.path.join(TOP, "build"), name), libexec)
    env = dict(os.environ, ECLUSE_LIBEXEC=libexec, ECLUSE_ROOT=TOP,
               ECLUSE_BUILD=os.path.join(TOP, "build"), TMPDIR=top,
               GCOV_PREFIX=os.path.join(top, "counters"))
    os.mkdir(env["GCOV_PREFIX"])
    os.chmod(env["GCOV_PREFIX"], 0o777)
    umask = os.umask(0)
    bad = [name for name in DRILLS if subprocess.run(
        ["/usr/bin/python3", os.path.join(TOP, "tests", name)], env=env,
        stdout=subprocess.DEVNULL).returncode != 0]
    os.umask(umask)
    for path in glob.glob(os.path.join(env["GCOV_PREFIX"], "**", "*.gcda"),
                          recursive=True):
        to = os.path.join("/", os.path.relpath(path, env["GCOV_PREFIX"]))
        if os.path.isdir(os.path.dirname(to)):
            shutil.copy(path, to)
    shutil.rmtree(top, ignore_errors=True)
    return bad


def counters(build, found, lines):
    """(source, line) -> [how often each branch was taken]."""
    for data in sorted(glob.glob(os.path.join(build, "**", "*.gcda"),
                                 recursive=True)):
        out = subprocess.run(
            ["gcov", "--json-format", "--stdout", "-b", data],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=build).stdout
        for text in out.decode("utf-8", "replace").splitlines():
            if not text.startswith("{"):
                continue
            for f in json.loads(text)["files"]:
                name = os.path.relpath(os.path.join(build, f["file"]), TOP)
                for line in f["lines"]:
                    at = (name, line["line_number"])
                    lines[at] = lines.get(at, 0) + line["count"]
                    new = [b["count"] for b in line["branches"]]
                    old = found.get(at)
                    found[at] = [a + b for a, b in zip(old, new)] \
                        if old and len(old) == len(new) else old or new
    # the next ones begin at nought
    for data in glob.glob(os.path.join(build, "**", "*.gcda"),
                          recursive=True):
        os.unlink(data)


def main():
    build = os.path.abspath(sys.argv[1])
    every = "--all" in sys.argv
    branches, lines = {}, {}
    counters(build, {}, {})     # of a run before
    bad = run_tests(build)
    counters(build, branches, lines)
    bad += run_drills(build)
    counters(build, branches, lines)
    if bad:
        print("failed: " + " ".join(bad))
        return 1
    status = total = taken = 0
    for name, most in wanted().items():
        here = {n: b for (f, n), b in branches.items() if f == name}
        n = sum(len(b) for b in here.values())
        missed = sum(c == 0 for b in here.values() for c in b)
        code = [c for (f, _), c in lines.items() if f == name]
        print("%-28s %5d of %5d branches, %5d of %5d lines" % (
            name, n - missed, n, sum(c > 0 for c in code), len(code)))
        total, taken = total + n, taken + n - missed
        if not n and not code:
            print("  no counters: nothing ran it")
            status = 1
        if missed > most:
            print("  %d missed, %d may be" % (missed, most))
            status = 1
        for at, b in sorted(here.items()):
            if every and 0 in b:
                print("  %d: %d of %d not taken" % (at, b.count(0), len(b)))
    print("%-28s %5d of %5d branches, %.1f %%" % (
        "all", taken, total, 100 * taken / (total or 1)))
    return status


if __name__ == "__main__":
    sys.exit(main())
