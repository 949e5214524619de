#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse ask` asks what its file says, or nothing: a value that is no
text is not left out of the question, and --date is the day of the lines that
have none. Where the keeper is away, who asks hears that the service is not there
for now, and no rights (one that stands still: test_left); what goes wrong in one
line or behind it is in the exit status."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

DAY = "2026-11-23"


def asked(d, site, lines, *more, key=True):
    """Exit status, what was told line by line, and the errors. key: who asks is
    said on the command line; else by each line."""
    path = os.path.join(d.folder, "list.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for line in lines:
            f.write(line if isinstance(line, str) else json.dumps(line) +
                    "\n")
    who = ("--key", d.people.key(site)) if key else ()
    code, out, err = d.ecluse("ask", *who, "--file", path, "--json", *more,
                              check=False)
    return code, [json.loads(l) for l in out.splitlines()], err


def values(t, d, site, good):
    t.same([asked(d, site, [dict(good, rank=r)])[0]
            for r in (int(good["rank"]), None)], [0, 0],
           "a rank may be a number, or left out")
    for name, value in (("rank", float(good["rank"])), ("rank", True),
                        ("date", 20261123), ("member", 12), ("csr", []),
                        ("amc", {})):
        for more in ((), ("--bundle",)):
            code, told, err = asked(
                d, site, [dict(good, **{name: value}), good], *more)
            t.ok((code, [l["line"] for l in told]) == (2, [2]) and
                 "line 1: %s: a text is wanted" % name in err,
                 "%s without quotes is not another question %s" % (
                     name, "".join(more)), (code, told, err))
    own = dict(good, key=d.people.key(site))
    for name in ("key", "site", "rpps"):
        code, told, err = asked(d, site, [dict(own, **{name: 1}), own],
                                key=False)
        t.ok((code, [l["line"] for l in told]) == (2, [2]) and
             "line 1: %s: a text is wanted" % name in err,
             "nor is %s another asker" % name, (code, told, err))
        t.same(asked(d, site, [dict(own, **{name: 1})])[0], 0,
               "but with --key a line's %s is not read" % name)


def days(t, d, site, good):
    line = {n: v for n, v in good.items() if n != "date"}
    for more in ((), ("--bundle",)):
        code, told, err = asked(d, site, [line, dict(line, date=DAY)],
                                "--date", "2026-11-20", *more)
        t.same((code, [l["response"]["servicedDate"] for l in told]),
               (0, ["2026-11-20", DAY]), "--date is that of the lines that "
               "have none " + "".join(more))


def ends(t, d, site, good):
    code, told, err = asked(d, site, [good, "x" * 9000 + "\n"])
    t.ok((code, len(told)) == (2, 1) and "line 2" in err,
         "a line that is too long ends it, and says so", (code, err))
    code, told, err = asked(d, site, [good, "x" * 9000 + "\n"], "--url",
                            "https://localhost:1")
    t.ok((code, told) == (5, []) and "line 2" in err,
         "what is graver is the exit status", (code, err))


def languages(t, d, site, good):
    """The service's sentence of a refusal."""
    question = [x for n, v in dict(good, domain="PHAR").items()
                for x in ("--" + n, str(v))]
    for language, wanted in (("", "This domain is not one of"),
                             ("fr", "Ce domaine n'est pas celui de")):
        code, out, err = d.ecluse(
            "ask", "--key", d.people.key(site), *question, check=False,
            env=dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE=language))
        t.ok(code == 3 and out.startswith(wanted),
             "a refusal in the reader's language (%s)" % (language or "en"),
             (code, out, err))


def away(t, d, site, good):
    """Who is to start the keeper again is held meanwhile."""
    old = d.pid("keeper")
    d.server.send_signal(signal.SIGSTOP)
    try:
        os.kill(old, signal.SIGKILL)
        for more in ((), ("--plain",), ("--bundle",)):
            code, told, err = asked(d, site, [good], *more)
            t.ok((code, told) == (5, []) and "(503, unsigned)" in err and
                 "not believed" not in err, "the keeper is away " +
                 "".join(more), (code, told, err))
    finally:
        d.server.send_signal(signal.SIGCONT)
    d.another("keeper", old)


def main():
    t = Tap()
    with Drill(members=60, insurers=1, seed=18, conf={
            "vault.timeout-ms": "9000"}) as d:  # a loaded machine
        site = d.people.site("optician")
        good = dict(d.question(d.people.covered("OPTI")[0], "member"),
                    domain="OPTI", date=DAY)
        values(t, d, site, good)
        days(t, d, site, good)
        ends(t, d, site, good)
        languages(t, d, site, good)
        away(t, d, site, good)
        code, told, err = asked(d, site, [good])
        t.same((code, [l["state"] for l in told]), (0, ["covered"]),
               "and back: " + err)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
