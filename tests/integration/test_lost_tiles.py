#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: whoever verifies sees no contradiction from the moment an instance
says that it runs, whatever of its tiles a crash took: they are written again
before that, of the journal and of the registry."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402


def main():
    t = Tap()
    with Drill(members=200, insurers=2, sites=14, load=False) as d:
        for log in ("journal", "registry"):
            d.stop()
            tiles = os.path.join(d.dir, log, "public", "tile")
            shutil.rmtree(tiles)
            d.serve()
            t.ok(os.path.isdir(tiles), log + ": its tiles are there again")
            for words in ((), ("--entries",), ("--public", os.path.join(
                    d.dir, "registry", "public"))):
                where = () if "--public" in words else (d.dir,)
                code, out, err = d.ecluse("journal", "verify", *where, *words,
                                          check=False)
                t.ok(code == 0, log + " lost: it verifies " + " ".join(
                    words[:1]), out + err)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
