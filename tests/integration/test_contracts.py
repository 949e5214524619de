#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: contracts come over the staff plane as over the host's own socket,
and while a feed is being loaded; the portal answers estimates, sealed alone;
a file whose days are over is refused; all contracts come back with a backup.
"""
import datetime
import os
import shutil
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Tap  # noqa: E402
from estimates import (as_price, contract_text, drill, estimate,  # noqa: E402
                       load, price, sign)
from feedwire import Staff  # noqa: E402

t = Tap()
VISIT = [{"n": 1, "act": "G", "price": "60.00", "optam": True}]
TYPE = "application/ecluse-contract"


def post(d, amc, file, whose=None, path=None, kind=TYPE):
    offset, at = time.time(), 1795424400    # 2026-11-23T09:00:00Z
    staff = Staff(d.plane("staff")["url"], d.ca,
                  d.people.insurer_file(whose or amc, "feed.pem"),
                  lambda: int(at + time.time() - offset))
    with open(file, "rb") as f:
        body = f.read()
    path = path or "/contracts/" + amc
    fields = dict(staff.fields("POST", path, body), **{"Content-Type": kind})
    status, headers, told = staff.raw("POST", path, body, fields)
    return status, told


def network_tests(d, amc, other, text):
    file = sign(d, amc, text, "network")[0]
    t.same(post(d, amc, file)[1],
           {"amc": amc, "contract": "CONFORT", "from": "2024-01-01",
            "state": "taken"}, "a contract is taken over the staff plane")
    t.same(post(d, amc, file)[1]["state"], "already-taken", "once")
    for what, status, code, done in (
            ("another mutuelle's key", 401, "key-unknown",
             post(d, amc, file, whose=other)),
            ("another mutuelle's file", 422, "contract-amc",
             post(d, other, file)),
            ("signed by another", 403, "contract-signature",
             post(d, amc, sign(d, amc, text, "forged", key_of=other)[0])),
            ("a feed's type", 415, "media-type",
             post(d, amc, file, kind="application/ecluse-feed")),
            ("no contract", 400, "contract-shape",
             post(d, amc, d.pin)),
            ("a fault", 422, "contract-text", post(d, amc, sign(
                d, amc, text + "cover NONE = TM\n", "fault")[0]))):
        t.same((done[0], done[1]["error"]["code"]), (status, code),
               what + ": refused")
    lines = text.count("\n") + 1
    t.same(done[1]["error"]["line"], lines, "the fault's line is named")


def portal_tests(d, person):
    site = d.people.site("gp")
    key = d.enrol_key(site, "portal", "portal-gp")
    said = estimate(d, site, person, VISIT, "MED", key=key)[1]
    t.same(said.get("state"), "covered", "the portal answers an estimate")
    said = estimate(d, site, person, VISIT, "MED", key=key, plain=True)[1]
    t.same(said.get("state"), "plain", "sealed alone")


def names_of(d, amc):
    with open(os.path.join(d.people.folder, "feed", amc + ".csv"),
              encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    at = head.split(";").index("contract")
    return {l.split(";")[at] for l in lines}


def feed_tests(d, amc, text):
    feed = d.make_feed(amc)[0]
    done = []
    loader = threading.Thread(
        target=lambda: done.extend(d.load(feed)[1]))
    loader.start()
    for i in range(6):
        file = sign(d, amc, text.replace("150% BR", "%d%% BR" % (160 + i)),
                    "during-%d" % i)[0]
        t.same(load(d, file)[1][0]["state"], "taken",
               "a contract is taken while a feed is loaded")
    loader.join()
    t.same(done[0]["state"], "committed", "and the feed too")
    names = names_of(d, amc)
    names.discard("CONFORT")
    missing = done[0].get("contracts_missing", {"count": 0, "first": []})
    t.same((missing["count"], len(missing["first"]),
            set(missing["first"]) - names),
           (len(names), min(5, len(names)), set()),
           "names of the feed that no contract file has are told")
    t.ok(names, "there are some")
    for name in sorted(names):
        load(d, sign(d, amc, contract_text("basic", amc, contract=name),
                     "all-" + name)[0])
    again = d.make_feed(amc, None, os.path.join(d.folder, "again.feed"))[0]
    t.ok("contracts_missing" not in d.load(again)[1][0],
         "and when each has one, nothing")
    return text.replace("150% BR", "165% BR")


def cap_tests(d, amc):
    """A contract of its own for each line: 256 names are counted, no more."""
    with open(os.path.join(d.people.folder, "feed", amc + ".csv"),
              encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    at = head.split(";").index("contract")
    path = os.path.join(d.folder, "own.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + "\n")
        for n, line in enumerate(lines):
            fields = line.split(";")
            fields[at] = "OWN%d" % n
            f.write(";".join(fields) + "\n")
    feed = d.make_feed(amc, path, os.path.join(d.folder, "own.feed"))[0]
    missing = d.load(feed)[1][0]["contracts_missing"]
    t.ok(len(lines) > 256, "more lines than names are counted", len(lines))
    t.same((missing["count"], len(set(missing["first"]))), (256, 5),
           "256 contract names are counted, the first five told")
    feed = d.make_feed(amc, None, os.path.join(d.folder, "back.feed"))[0]
    d.load(feed)


def backup_tests(d, person, text):
    want = price(text, VISIT, d.folder, since=person["from"])["amc"]
    at = {n: os.path.join(d.folder, n) for n in ("b", "m", "known", "new")}
    d.ecluse("backup", d.dir, "--out", at["b"], "--months-out", at["m"])
    shutil.copyfile(os.path.join(d.dir, "journal", "public", "checkpoint"),
                    at["known"])
    d.stop()
    d.ecluse("restore", at["b"], "--to", at["new"], "--months", at["m"],
             "--months-key", os.path.join(d.dir, "keeper", "months-1.key"),
             "--root", os.path.join(d.dir, "keeper", "root.key"),
             "--known-checkpoint", at["known"])
    d.dir = at["new"]
    d.serve()
    said = estimate(d, d.people.site("gp"), person, VISIT, "MED")[1]
    t.same(as_price(said)["amc"], want, "restored: priced as before")


def main():
    opened, people = drill(["CONFORT"], members=900, insurers=2, seed=4)
    with opened as d:
        amc, other = [i["amc"] for i in d.people.insurers]
        person = people["CONFORT"]
        text = contract_text("comfort", amc)
        network_tests(d, amc, other, text)
        portal_tests(d, person)
        text = feed_tests(d, amc, text)
        cap_tests(d, other)
        backup_tests(d, person, text)
        file = sign(d, amc, text, "over", "--days", "1")[0]
        # a file's days are those of the machine that signs it
        d.clock((datetime.datetime.now(datetime.timezone.utc) +
                 datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        code, said, err = load(d, file, check=False)
        t.ok(code != 0 and "over" in err, "a file is over after its days",
             err)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
