# SPDX-License-Identifier: Apache-2.0
"""What a drill leaves behind, looked through before it goes.

With ECLUSE_REMAINS=FILE each Drill that closes appends a line of JSON to FILE:
how many values of its persons, cards and keys were looked for, in how many
files, and what was found where. Looked through are its log, its instance, and
below its folder each backup and each other instance (a restored one); not what
holds keys by its purpose, nor the files that the script made itself.
"""
import json
import os

from traces import Needles, files

PERSONS = 150       # some 450 values each
# below an instance: what holds keys by its purpose
KEYS = ("drill", "tls", os.path.join("keeper", "root.key"))


def instances(folder):
    """Instances and backups below folder."""
    for top, names, held in os.walk(folder):
        if "ecluse.conf" in held or ("manifest" in held and "files" in held):
            names[:] = ()
            yield top


def people_of(d):
    """A bench does not read its people: they are read here."""
    if hasattr(d.people, "folder") and not hasattr(d.people, "people"):
        from drill import Population    # which needs this file
        return Population(d.people.folder)
    return d.people


def persons(all_of_them):
    """Some of all, and the first of those who are asked about."""
    people = getattr(all_of_them, "people", [])     # none: keys alone
    if not people:
        return []
    step = max(1, len(people) // PERSONS)
    return people[::step] + all_of_them.covered()[:PERSONS // 3]


def rows(path):
    with open(path, encoding="utf-8") as f:
        head, *lines = [l.rstrip("\n").split(";") for l in f if l.strip()]
    return [dict(zip(head, l)) for l in lines]


def needles_of(d):
    n = Needles()
    people = people_of(d)
    for row in persons(people):
        n.person(row)
    for top, _, held in os.walk(d.folder):
        for name in held:
            if name.startswith("decoys") and name.endswith(".csv"):
                for row in rows(os.path.join(top, name)):
                    n.person(row)
    keys = []
    if hasattr(people, "folder"):
        for token in list(people.cards.values())[:PERSONS]:
            n.card(token)
        keys = files(os.path.join(people.folder, "keys"))[:PERSONS] + files(
            os.path.join(people.folder, "insurers"))
    for part in KEYS[:2]:
        keys += files(os.path.join(d.dir, part))
    for path in keys:
        name = os.path.basename(path)
        if name == "feed.pem" or path.endswith(".key") or (
                name.endswith(".pem") and is_private(path)):
            n.secret("a secret key", path)
    root = os.path.join(d.dir, KEYS[2])
    if os.path.exists(root):
        n.secret("the root key", root)
    return n


def is_private(path):
    with open(path, "rb") as f:
        return b"PRIVATE KEY" in f.read()


def look(d, to):
    """Appends what was found to the file."""
    if not hasattr(d, "people") or not os.path.isdir(d.dir):
        return
    n = needles_of(d)
    places = sorted(set(instances(d.folder)) | {d.dir})
    skip = [os.path.join(p, *more, part) for p in places
            for more in ((), ("instance",)) for part in KEYS]
    where = places + [d.log] * os.path.exists(d.log)
    found, count = n.search(where, skip)
    with open(to, "a", encoding="utf-8") as f:
        f.write(json.dumps({"values": len(n.kinds), "files": count,
                            "places": len(places), "found": found}) + "\n")
