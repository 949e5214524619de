#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A feed over the network: chunk by chunk, cut, resumed, refused, reported."""
import json
import os
import signal
import subprocess
import sys
import time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from drill import Drill, Tap, program  # noqa: E402
from feedwire import Staff, chunks  # noqa: E402

t = Tap()

def changed(d, amc, name, change):
    """The book of a mutuelle with its lines changed."""
    path = os.path.join(d.people.folder, "feed", amc + ".csv")
    with open(path, encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    out = os.path.join(d.folder, name + ".csv")
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join([head] + change(head.split(";"), lines)) + "\n")
    return out


def feed(d, amc, name, *more, csv=None):
    return d.make_feed(amc, csv, os.path.join(d.folder, name + ".feed"),
                       *more)[0]


def send_args(d, amc, path, *more):
    return ("send", "--url", d.plane("staff")["url"], "--ca", d.ca, "--amc",
            amc, "--key", d.people.insurer_file(amc, "feed.pem"), "--to",
            d.pin, *more, path)


def send(d, amc, path, *more):
    code, out, err = d.insurer(*send_args(d, amc, path, "--json", *more),
                               check=False)
    return code, json.loads(out) if out.strip() else None, err


def staff(d, amc, key=None):
    offset = time.time()
    at = 1795424400		# 2026-11-23T09:00:00Z
    return Staff(d.plane("staff")["url"], d.ca,
                 key or d.people.insurer_file(amc, "feed.pem"),
                 lambda: int(at + time.time() - offset))


with Drill(members=6000, insurers=3, seed=11,
           conf={"vault.count": "2"}) as d:
    one, two, three = [i["amc"] for i in d.people.insurers]

    # a whole feed
    code, told, err = send(d, one, feed(d, one, "whole"))
    t.same(code, 0, "a feed is sent over the staff plane")
    t.ok(told and told["state"] == "committed" and told["added"] == 0 and
         told["unchanged"] == told["lines"] > 0, "and reported", (told, err))
    code, told, err = send(d, one, os.path.join(d.folder, "whole.feed"))
    t.ok(code == 0 and told["lines"] > 0, "sent again: committed already",
         (code, told, err))
    other = staff(d, one)
    first = chunks(os.path.join(d.folder, "whole.feed"))
    status, told = other.post(one, first[0])
    t.same((status, told.get("state") or told), (200, "already-committed"),
           "the first chunk of a committed feed says so")

    # step by step
    path = feed(d, one, "steps")
    parts = chunks(path)
    t.ok(len(parts) >= 3, "a feed of some chunks", len(parts))
    status, told = other.post(one, parts[0])
    t.same((status, told.get("next")), (200, 1), "a chunk is taken")
    status, told = other.post(one, parts[0])
    t.same((status, told.get("next")), (200, 1),
           "and answered again without being taken again")
    status, told = other.post(one, parts[2])
    t.same((status, told["error"]["code"], told["error"]["next"]),
           (409, "feed-order", 1), "one out of order is not")
    status, told = other.state(one)
    t.same((status, told["open"]["next"], told["open"]["state"]),
           (200, 1, "open"), "the state says how far it is")

    # two at once
    rival = feed(d, one, "rival")
    status, told = other.post(one, chunks(rival)[0])
    t.same((status, told["error"]["code"], told["error"]["next"]),
           (409, "feed-open", 1), "a second feed of the mutuelle is refused")
    code, _, err = send(d, one, rival)
    t.ok(code == 3 and "feed-open" in err and "since" in err,
         "by the tool too, in words", (code, err))
    same = [a for a in (two, three) if d.vault_of(a) == d.vault_of(one)]
    apart = [a for a in (two, three) if d.vault_of(a) != d.vault_of(one)]
    for amc in same:
        status, told = staff(d, amc).post(amc, chunks(feed(d, amc, amc))[0])
        t.same((status, told["error"]["code"]), (503, "feed-busy"),
               "one of the same vault waits")
    t.ok(same, "there is one")
    t.ok("waits for that of cell" in d.logged(),
         "and the log says for whose: that cell can be closed")
    for amc in apart:
        code, told, err = send(d, amc, feed(d, amc, amc))
        t.same((code, told and told["state"]), (0, "committed"),
               "one on another vault is taken meanwhile")

    # questions meanwhile
    person = d.people.covered("OPTI")[0]
    site = d.people.site("optician")
    try:
        answer = d.ask(site, person)
        t.same(answer[0], 0, "questions are answered while a feed is open")
    except Exception as e:
        t.ok(False, "questions are answered while a feed is open", e)

    # cuts: the gate, nginx, the client
    old = d.pid("gate-staff")
    os.kill(old, signal.SIGKILL)
    d.another("gate-staff", old)
    old = d.pid("nginx-staff")
    os.kill(old, signal.SIGKILL)
    d.another("nginx-staff", old)
    code, told, err = send(d, one, path)
    t.ok(code == 0 and told["state"] == "committed",
         "gate and nginx killed: the tool goes on where it was",
         (code, told, err))
    path = feed(d, one, "client")
    other.post(one, chunks(path)[0])
    other.post(one, chunks(path)[1])
    status, told = other.state(one)
    t.same(told["open"]["next"], 2, "a client that is gone leaves it open")
    code, told, err = send(d, one, path, "--once")
    t.same((code, told and told["state"]), (0, "committed"),
           "another goes on")

    # the vault, the time
    path = feed(d, one, "vault")
    other.post(one, chunks(path)[0])
    old = d.pid(d.vault_of(one))
    os.kill(old, signal.SIGKILL)
    d.another(d.vault_of(one), old)
    code, told, err = send(d, one, path)
    t.same((code, told and told["state"]), (0, "committed"),
           "a vault killed: the tool begins again")
    path = feed(d, one, "idle")
    other.post(one, chunks(path)[0])
    d.clock("2026-11-23T09:30:00Z")
    until = time.monotonic() + 20
    at = staff(d, one)
    at.now = lambda: 1795424400 + 1800
    while at.state(one)[1].get("open") and time.monotonic() < until:
        time.sleep(0.1)
    t.ok(at.state(one)[1]["open"] is False,
         "15 minutes without a chunk: the feed is given up")
sys.exit(t.done())
