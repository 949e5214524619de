#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: change a mutuelle's book without being it: as the one who carries its
feeds (replays an old one, leaves chunks out, swaps or cuts them), as another
mutuelle, as a professional, as a stranger; or read anything with a feed key."""
import os
import re
import sys
import time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from drill import Drill, Tap  # noqa: E402
from feedwire import TYPE, Staff, chunks  # noqa: E402

t = Tap()
START = time.time()


def now():
    return int(1795424400 + time.time() - START)	# 2026-11-23T09:00:00Z


def code_of(told):
    return told and told.get("error", {}).get("code")


with Drill(members=4000, insurers=2, seed=5) as d:
    one, two = [i["amc"] for i in d.people.insurers]
    url = d.plane("staff")["url"]

    def key(amc):
        return d.people.insurer_file(amc, "feed.pem")

    def feed(name, amc=one):
        return d.make_feed(amc, None,
                           os.path.join(d.folder, name + ".feed"))[0]

    def generation(who, amc):
        return who.state(amc)[1]["last"]["generation"]

    good = Staff(url, d.ca, key(one), now)
    rival = Staff(url, d.ca, key(two), now)
    yesterday, today = chunks(feed("old")), chunks(feed("new"))
    for part in today:
        status, told = good.post(one, part)
    t.same(told["state"], "committed", "today's feed is taken")
    before = generation(good, one)

    whole = d.make_feed(one, None, os.path.join(d.folder, "whole.feed"),
                        "--key", key(two))[0]
    code = d.load(whole, check=False)[0]
    t.ok(code != 0 and generation(good, one) == before,
         "a whole book that another one signed", code)

    status, told = good.post(one, yesterday[0])
    t.same((status, code_of(told), told.get("error", {}).get("reason")),
           (409, "feed-older", "replayed"),
           "yesterday's feed, carried again, is refused")
    d.ecluse("load", d.dir, os.path.join(d.folder, "old.feed"), check=False)
    t.same(generation(good, one), before, "over the other way in too")

    next_day = chunks(feed("next"))
    status, told = rival.post(two, next_day[0])
    t.same((status, code_of(told)), (400, "feed-amc"),
           "a chunk of another AMC than the path's")
    status, told = rival.post(one, next_day[0])
    t.same((status, code_of(told)), (401, "key-unknown"),
           "carried under another mutuelle's key")
    foreign = chunks(feed("foreign", two))[0]
    forged = foreign[:4] + one.encode() + foreign[14:]
    status, told = good.post(one, forged)
    t.same((status, code_of(told)), (403, "feed-signature"),
           "another mutuelle's chunk under this one's number")
    status, told = good.post(one, next_day[0][:-1])
    t.same((status, code_of(told)), (400, "feed-shape"), "a chunk cut short")
    touched = bytearray(next_day[0])
    touched[300] ^= 1
    status, told = good.post(one, bytes(touched))
    t.same((status, code_of(told)), (403, "feed-signature"),
           "a bit of it turned")
    status, told = good.post(one, next_day[1])
    t.same((status, code_of(told)), (409, "feed-order"),
           "the second chunk first")

    good.post(one, next_day[0])
    status, told = good.post(one, next_day[2])
    t.same((status, code_of(told)), (409, "feed-order"), "one left out")
    status, told = good.post(one, next_day[-1])
    t.same((status, code_of(told)), (409, "feed-order"),
           "the last one at once")
    t.same(generation(good, one), before, "nothing was committed")

    path = "/feed/" + one
    status, _, told = good.raw("POST", path, next_day[1],
                               {"Content-Type": TYPE})
    t.same((status, code_of(told)), (401, "unsigned"), "an unsigned POST")
    refused = [told]
    fields = good.fields("POST", path, next_day[1])
    status, _, told = good.raw("POST", path, next_day[1], fields)
    t.same((status, told.get("next")), (200, 2), "a signed one")
    status, _, told = good.raw("POST", path, next_day[1], fields)
    t.same((status, code_of(told)), (401, "replayed"), "replayed")
    refused.append(told)
    status, _, told = good.raw(
        "POST", path, next_day[2],
        good.fields("POST", path, next_day[2], now() - 600))
    t.same((status, code_of(told)), (401, "expired"), "an old one")
    refused.append(told)
    fields = good.fields("POST", path, next_day[2])
    status, _, told = good.raw("POST", path, next_day[3], fields)
    t.same((status, code_of(told)), (401, "digest"), "another body")
    status, _, told = good.raw(
        "POST", path, b"x" * 140000, good.fields("POST", path, b"x" * 140000))
    t.same(status, 413, "a body beyond the limit")

    site = d.people.site("optician")
    doctor = Staff(url, d.ca, d.people.key(site), now)
    status, told = doctor.post(one, next_day[2])
    t.same((status, code_of(told)), (401, "key-unknown"),
           "a professional's key on /feed")
    refused.append(told)
    t.ok(not [told for told in refused
              if re.search("question|poste|installation|site", str(told))],
         "none of these speaks of a question, nor of who asks one", refused)
    status, told = doctor.state(one)
    t.same((status, code_of(told)), (401, "key-unknown"), "not even to look")
    status, told = rival.state(one)
    t.same((status, code_of(told)), (401, "key-unknown"),
           "nor another mutuelle's")

    asks = Staff(d.plane("flow")["url"], d.ca, key(one), now)
    where = "/fhir/CoverageEligibilityRequest"
    fields = asks.fields("POST", where, b"{}")
    fields["Content-Type"] = "application/fhir+json"
    status, _, told = asks.raw("POST", where, b"{}", fields)
    t.ok(status == 401 and "key-unknown" in str(told),
         "a feed key asks nothing", (status, told))
    status, _, _ = asks.raw("GET", path, b"", asks.fields("GET", path, b""))
    t.same(status, 404, "the flow plane has no /feed")

    d.ecluse("close", d.dir, "plane:staff", "--reason", "test",
             "--admin-key", os.path.join(d.dir, "drill", "admin-1.pem"))
    status, told = good.post(one, next_day[2])
    t.same((status, code_of(told)), (403, "closed-plane"),
           "nothing passes a closed plane")
sys.exit(t.done())
