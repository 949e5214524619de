#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: whoever holds a mutuelle's feed key, when its cell is closed.

Goal: a closed cell takes no feed, over the staff plane or the machine's own
socket; one whose chunk was in work when the closing came is undone, and none
of it is seen; a closed plane says nothing over itself, its metadata included,
and the socket stays a way in.
"""
import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap, program  # noqa: E402


def load(d, feed):
    return d.ecluse("load", d.dir, "--json", feed, check=False)


def send(d, amc, feed):
    return d.insurer(
        "send", "--url", d.plane("staff")["url"], "--ca", d.ca, "--amc", amc,
        "--key", d.people.insurer_file(amc, "feed.pem"), "--to", d.pin,
        "--json", feed, check=False)


def metadata(d, plane="flow"):
    """Status and refusal's code."""
    where = d.plane(plane)
    trust = ssl.create_default_context(cafile=where["ca"])
    try:
        with urllib.request.urlopen(
                where["url"] + "/fhir/metadata", context=trust) as r:
            return r.status, None
    except urllib.error.HTTPError as e:
        return e.code, json.load(e)["issue"][0]["details"]["coding"][0]["code"]


def both_ways(t, d, amc, feed):
    d.ecluse("close", d.dir, "amc:" + amc)
    code, out, err = load(d, feed)
    t.ok(code == 3 and "closed" in err, "a closed cell: not by the socket",
         (code, out, err))
    code, out, err = send(d, amc, feed)
    t.ok(code == 3 and "closed-cell" in out + err or "fermée" in out + err or
         "closed" in out + err, "nor by the staff plane", (code, out, err))
    d.ecluse("open", d.dir, "amc:" + amc)


def under_way(t, d, amc, feeds):
    """The vault stands still while the cell is closed: two loads, so that
    the refusal of one says that the other's chunk is in work."""
    pid = d.pid(d.vault_of(amc))
    os.kill(pid, signal.SIGSTOP)
    loads = [subprocess.Popen([program("ecluse"), "load", d.dir, f],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) for f in feeds]
    while all(p.poll() is None for p in loads):
        d.ecluse("status", d.dir, check=False)
    d.ecluse("close", d.dir, "amc:" + amc)
    os.kill(pid, signal.SIGCONT)
    told = [(p.communicate()[0].decode(), p.returncode) for p in loads]
    t.ok(any("closed" in words and code == 3 for words, code in told),
         "a chunk in work when the cell is closed: undone", told)
    d.ecluse("open", d.dir, "amc:" + amc)
    states = [json.loads(load(d, f)[1])["state"] for f in feeds[:1]]
    t.same(states, ["committed"], "nothing of it had been taken")


def planes(t, d, amc, feed):
    t.same(metadata(d), (200, None), "metadata of an open plane")
    d.ecluse("close", d.dir, "plane:flow", "plane:staff")
    t.same(metadata(d), (403, "closed-plane"), "of a closed one")
    t.same(load(d, feed)[0], 0, "the socket is no plane")
    d.ecluse("open", d.dir, "plane:flow", "plane:staff")
    t.same(metadata(d), (200, None), "open again")


def main():
    t = Tap()
    with Drill(members=600, insurers=1, seed=44) as d:
        amc = d.people.insurers[0]["amc"]
        feeds = [d.make_feed(amc, None, os.path.join(d.folder, n))[0]
                 for n in ("one", "two", "three")]
        both_ways(t, d, amc, feeds[0])
        under_way(t, d, amc, feeds[:2])
        planes(t, d, amc, feeds[2])
        t.same(d.stop(), 0, "the end is clean")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
