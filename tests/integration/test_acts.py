#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Acts signed in two places, and an init that fails without a trace.

Each administrator's command sees one key alone; the file between them may be
carried by anybody.
"""
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, run  # noqa: E402

MODE = "mode control=wide mode=observe"


def keys(d):
    return [os.path.join(d.dir, "drill", "admin-%d.pem" % n) for n in (1, 2)]


def two_places(t, d):
    one, two = keys(d)
    note = os.path.join(d.folder, "mode.act")
    code, out, err = d.ecluse("act", d.dir, "--admin-key", one, "--write",
                              note, MODE, check=False)
    t.ok(code == 0 and "1 of 2 signatures" in out and
         "next: the second administrator, offline: ecluse sign" in out,
         "written with one signature, and what comes next", out)
    code, out, err = d.ecluse("act", d.dir, "--admin-key", one, "--write",
                              note, MODE, check=False)
    t.ok(code == 3 and "exists" in err, "no file is replaced", (code, err))
    code, out, err = d.ecluse("send", d.dir, note, check=False)
    t.ok(code == 3 and "two administrators" in err and
         "next: ecluse sign" in err, "one is not enough", err)
    code, out, err = d.ecluse("sign", "--yes", note, "--key", one)
    t.ok("you signed it before, 1 of 2" in out, "her own counts once", out)
    code, out, err = d.ecluse("send", d.dir, note, check=False)
    t.same(code, 3, "nor is the same one twice")
    code, out, err = d.ecluse("sign", "--yes", note, "--key", two,
                              check=False)
    t.ok(code == 0 and "TURNS OFF control wide" in out and
         "signed   1 of 2: admin-" in out and "signed, 2 of 2" in out and
         "drill.ecluse.example/journal" in out and
         "to be sent before 2026-11-30T" in out,
         "the second one sees in words what she signs", out)
    altered = note + ".altered"
    with open(note, encoding="utf-8") as f, \
            open(altered, "w", encoding="utf-8") as g:
        g.write(f.read().replace("control=wide", "control=budget"))
    code, out, err = d.ecluse("send", d.dir, altered, check=False)
    t.same(code, 1, "an act altered on its way")
    code, out, err = d.ecluse("send", d.dir, note, check=False)
    t.ok(code == 0 and "registry entry" in out, "sent", err)
    code, out, err = d.ecluse("send", d.dir, note, check=False)
    t.ok(code == 0 and "applied before" in out, "once: again is no harm",
         (code, out, err))


def others(t, d):
    """enrol and scope take the same way."""
    one, two = keys(d)
    note = os.path.join(d.folder, "scope.act")
    site = d.people.site("optician")
    d.ask(site, d.people.covered("OPTI")[0])
    d.ecluse("journal", "scope", d.dir, "--asker", "site:" + site["site"],
             "--from", "2026-09-01T00:00:00Z", "--to", "2027-12-31T00:00:00Z",
             "--admin-key", one, "--write", note)
    d.ecluse("sign", "--yes", note, "--key", two)
    out = d.ecluse("send", d.dir, note)[1]
    t.ok(out.count('"indexes"') == 1, "a scope, its list on the way back", out)
    note = os.path.join(d.folder, "admin.act")
    third = os.path.join(d.folder, "third.pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", third)
    d.ecluse("enrol", d.dir, "admin", "--key", third, "--admin-key", one,
             "--write", note)
    d.ecluse("sign", "--yes", note, "--key", two)
    code, out, err = d.ecluse("send", d.dir, note, check=False)
    t.same(code, 0, "an administrator")
    code, out, err = d.ecluse(
        "act", d.dir, "mode control=wide mode=enforce", "--admin-key", third,
        "--admin-key", one, check=False)
    t.same(code, 0, "who signs from then on")
    code, out, err = d.ecluse("act", d.dir, "mode control=al mode=observe",
                              check=False)
    t.ok(code == 4 and "control is" in err, "an unknown control", err)


def init_fails(t, d):
    """Nothing is left of an init that was given something wrong."""
    where = os.path.join(d.folder, "other")
    data = os.path.join(os.environ.get("ECLUSE_ROOT") or os.path.dirname(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "data")
    pub = []
    for i, key in enumerate(keys(d)):
        pub.append(os.path.join(d.folder, "admin-%d.pub" % i))
        run("openssl", "pkey", "-in", key, "-pubout", "-out", pub[-1])
    good = {"--origin": "x.ecluse.example/journal", "--data": data}

    def init(first, second, **more):
        options = dict(good, **{"--" + k: v for k, v in more.items()})
        flat = [x for pair in options.items() for x in pair]
        return d.ecluse("init", where, "--admin", first, "--admin", second,
                        *flat, check=False)

    for what, code in (
            ("one administrator twice", init(pub[0], pub[0])[0]),
            ("a key that is none", init(pub[0], __file__)[0]),
            ("an origin that is no name", init(*pub, origin="X/journal")[0]),
            ("no figures", init(*pub, data=d.folder)[0])):
        t.ok(code == 1 and not os.path.exists(where), what + ": not made",
             code)
    t.same(init(*pub)[0], 0, "made")
    text = open(os.path.join(where, "ecluse.conf"), encoding="utf-8").read()
    t.ok(re.search(r"^origin = x\.", text, re.M), "with its origin")
    shutil.rmtree(where)


def main():
    t = Tap()
    with Drill(members=800, insurers=2, seed=4) as d:
        two_places(t, d)
        others(t, d)
        init_fails(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
