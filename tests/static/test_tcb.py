#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the trusted path does not grow unseen. tools/tcb.py counts the linked
keeper's lines; tools/tcb.txt says how many each part may be."""
import os
import subprocess
import sys
import tempfile

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import BUILD, Tap  # noqa: E402

LIST = os.path.join(ROOT, "tools", "tcb.txt")


def tcb(path):
    """(status, the last lines) with that list in the place of ours."""
    done = subprocess.run(
        [os.path.join(ROOT, "tools", "tcb.py"),
         os.path.join(BUILD, "ecluse-keeper-apart")],
        env=dict(os.environ, TCB_TXT=path), stdout=subprocess.PIPE)
    return done.returncode, done.stdout.decode("utf-8").splitlines()[-4:]


def with_list(change):
    with open(LIST, encoding="utf-8") as f, \
            tempfile.NamedTemporaryFile("w", encoding="utf-8") as out:
        out.writelines(change(line) for line in f)
        out.flush()
        return tcb(out.name)


def main():
    t = Tap()
    status, said = tcb(LIST)
    t.ok(status == 0, "no part has more lines than tools/tcb.txt allows",
         "\n".join(said))
    status, said = with_list(lambda line: "most question 100\n" if
                             line.startswith("most question") else line)
    t.ok(status == 1 and "allows 100" in said[-1], "one that has is told",
         "\n".join(said))
    status, said = with_list(lambda line: line.replace(" guard", ""))
    t.ok(status == 1 and "does not say" in said[-1],
         "and so is a file that no part names", "\n".join(said))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
