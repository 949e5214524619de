#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attacker: a forger of cards, with one true card in his hand and a list of
the numbers on others'.

Goal: presence is the mutuelle's signature and nothing else. A true card with
another person's number written into it, with another mutuelle's name, with a
signature that is not its own or with a letter more is refused before anybody
is looked up, counts nothing, reads nobody; and a card is none after its time.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from drill import Drill, Tap  # noqa: E402

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"    # RFC 9285


def base45(data):
    out = ""
    for i in range(0, len(data), 2):
        part = data[i:i + 2]
        n = int.from_bytes(part, "big")
        for _ in range(len(part) + 1):
            out += LETTERS[n % 45]
            n //= 45
    return out


def unbase45(text):
    out = b""
    for i in range(0, len(text), 3):
        part = text[i:i + 3]
        n = sum(LETTERS.index(c) * 45 ** k for k, c in enumerate(part))
        out += n.to_bytes(len(part) - 1, "big")
    return out


def forged(token, old, new):
    data = unbase45(token[4:])
    assert data.count(old) == 1 and len(old) == len(new)
    return token[:4] + base45(data.replace(old, new))


def flipped(token, at):
    data = bytearray(unbase45(token[4:]))
    data[at] ^= 1
    return token[:4] + base45(bytes(data))


def main():
    t = Tap()
    with Drill(members=900, insurers=2, seed=71) as d:
        people = [p for p in d.people.covered("OPTI") if d.has(p, "card")]
        own = people[0]
        victim = [p for p in people[1:] if p["amc"] == own["amc"]][0]
        other = [p for p in people if p["amc"] != own["amc"]][0]
        token = d.question(own, "card")["card"]
        assert base45(unbase45(token[4:])) == token[4:]
        cti = [bytes.fromhex(p["cards"].split(",")[0])
               for p in (own, victim)]
        site = d.people.site("optician")
        t.same(d.ask(site, own, "card")[0], 0, "a true card is answered")
        used = d.budgets("site:" + site["site"])[0]["site"]
        tries = (
            ("another person's number: nobody's card",
             own["amc"], forged(token, *cti)),
            ("another mutuelle's name in it", other["amc"], forged(
                token, own["amc"].encode(), other["amc"].encode())),
            ("another mutuelle's card", own["amc"],
             d.question(other, "card")["card"]),
            ("its last bit", own["amc"], flipped(token, -1)),
            ("the first of its signature", own["amc"], flipped(token, -64)),
            ("its key's name", own["amc"], flipped(token, 8)))
        for what, amc, card in tries:
            code, a = d.ask(site, None, amc=amc, card=card)
            t.ok(code == 3 and a.get("state") == "card", what + ": refused",
                 (code, a.get("state")))
        t.same(d.budgets("site:" + site["site"])[0]["site"], used,
               "nothing of it was counted")
        t.same(d.persons_read(d.scope("site:" + site["site"])),
               {(own["amc"], own["ref"])}, "and nobody was read")
        d.clock("2029-06-01T09:00:00Z")
        code, a = d.ask(site, own, "card", date="2029-06-01")
        t.ok(code == 3 and a.get("state") == "card",
             "a true card after its time is none", (code, a.get("state")))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
