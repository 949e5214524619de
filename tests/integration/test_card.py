#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse card verify` says offline what a token holds and whether it
holds, picks the key by its id, and is not fooled by time, cuts or letters."""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("ECLUSE_BUILD") or os.path.join(ROOT, "build")
PROGRAM = os.path.join(BUILD, "ecluse")
MAKER = os.path.join(BUILD, "tests", "tools", "test_make_token")
ISSUED, EXPIRES, BEGINS = 1795255200, 1800000000, 1795341600
AT = ("--at", "2026-11-22T12:00:00Z")
FOLDER = tempfile.mkdtemp(prefix="ecluse-card-")


def make(name, count=1, begins=BEGINS):
    path = os.path.join(FOLDER, name + ".pem")
    done = subprocess.run([MAKER, path, str(count), str(ISSUED), str(EXPIRES),
                           str(begins), "VM", "CSR 75"], check=True,
                          stdout=subprocess.PIPE)
    return path, done.stdout.decode().splitlines()


def card(*args, stdin=b"", lang="C"):
    env = {k: v for k, v in os.environ.items()
           if k not in ("LANG", "LC_MESSAGES", "LC_ALL")}
    done = subprocess.run([PROGRAM, "card", *args], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(env, LANG=lang))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_token_tells_insurer_card_and_time():
    code, out, err = card("verify", "--key", KEY, *AT, TOKENS[0])
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("valid: ")
    assert "insurer 0123456789, card 00" in lines[1]
    assert lines[2] == "from 2026-11-22T10:00:00.000Z until " \
        "2027-01-15T08:00:00.000Z"
    assert lines[3] == "convention VM, CSR CSR 75"


def test_json_tells_the_same():
    code, out, _ = card("verify", "--json", "--key", KEY, *AT, TOKENS[0])
    told = json.loads(out)
    assert code == 0
    assert told["verdict"] == "valid" and told["amc"] == "0123456789"
    assert len(told["card"]) == 32 and len(told["key"]) == 16
    assert told["from"] == "2026-11-22T10:00:00.000Z"
    assert told["convention"] == "VM" and told["csr"] == "CSR 75"


def test_the_key_is_chosen_by_its_id():
    code, _, _ = card("verify", "--key", OTHER, "--key", KEY, *AT, TOKENS[0])
    assert code == 0
    code, out, _ = card("verify", "--key", OTHER, *AT, TOKENS[0])
    assert code == 1 and out.startswith("unknown-key: ")
    assert "not verified" in out


def test_before_and_after_its_time_it_does_not_hold():
    for at, word in (("2026-11-22T09:58:59Z", "early"),
                     ("2026-11-22T09:59:00Z", "valid"),
                     ("2027-01-15T07:59:59.999Z", "valid"),
                     ("2027-01-15T08:00:00Z", "expired"),
                     ("2027-01-15T09:00:00+01:00", "expired")):
        code, out, _ = card("verify", "--key", KEY, "--at", at, TOKENS[0])
        assert out.startswith(word + ": "), at
        assert code == (0 if word == "valid" else 1), at


def test_without_at_the_clock_decides():
    _, now = make("now", begins=0)
    code, out, _ = card("verify", "--key", KEY, TOKENS[0])
    assert out.split(":")[0] in ("valid", "early", "expired") and code in (0, 1)


def test_altered_characters_are_refused():
    token = TOKENS[0]
    for i in range(4, len(token), 7):
        other = "0" if token[i] != "0" else "1"
        code, out, _ = card("verify", "--key", KEY, *AT,
                            token[:i] + other + token[i + 1:])
        assert code == 1, i
        assert out.split(":")[0] in ("malformed", "unsigned",
                                     "unknown-key"), out


def test_cut_lowered_or_extended_tokens_are_malformed():
    token = TOKENS[0]
    for bad in (token[:-1], token[:20], token[1:], token.lower(), token + "00",
                "", "TP1:", "TP2:" + token[4:], "A" * 5000):
        code, out, _ = card("verify", "--key", KEY, *AT, bad)
        assert code == 1 and out.startswith("malformed: "), bad


def test_standard_input_may_end_its_line():
    for tail in (b"", b"\n", b" \r\n"):
        code, _, _ = card("verify", "--key", KEY, *AT, "-",
                          stdin=TOKENS[0].encode() + tail)
        assert code == 0
    code, _, _ = card("verify", "--key", KEY, *AT, "-",
                      stdin=TOKENS[0].encode() * 10)
    assert code == 1


def test_french_where_people_are_french():
    _, out, _ = card("verify", "--key", KEY, *AT, TOKENS[0], lang="fr_FR")
    assert out.startswith("valid: signé par la clé de l'AMC\n")


def test_a_hundred_tokens_hold_and_are_distinct():
    key, tokens = make("many", count=100)
    cards = set()
    for token in tokens[::10]:
        code, out, _ = card("verify", "--json", "--key", key, *AT, token)
        assert code == 0
        cards.add(json.loads(out)["card"])
    assert len(set(tokens)) == 100 and len(cards) == 10


def test_wrong_usage_is_2():
    garbage = os.path.join(FOLDER, "garbage.pem")
    with open(garbage, "w") as f:
        f.write("not a key\n")
    for args in ((), ("issue",), ("verify",), ("verify", TOKENS[0]),
                 ("verify", "--key", KEY), ("verify", "--key", "/none", "x"),
                 ("verify", "--key", garbage, TOKENS[0]),
                 ("verify", "--key", KEY, "--at", "noon", TOKENS[0]),
                 ("verify", "--key", KEY, TOKENS[0], TOKENS[0]),
                 ("verify", "--fast", "--key", KEY, TOKENS[0])):
        code, out, err = card(*args)
        assert (code, out) == (2, "") and err, args


def test_help_fits_a_terminal():
    for args in (("--help",), ("verify", "--help")):
        code, out, err = card(*args)
        assert (code, err) == (0, "") and "--key" in out
        assert max(map(len, out.splitlines())) <= 80


TESTS = [f for name, f in sorted(globals().items())
         if name.startswith("test_")]


def main():
    global KEY, TOKENS, OTHER
    print("1..%d" % len(TESTS))
    if not os.access(PROGRAM, os.X_OK) or not os.access(MAKER, os.X_OK):
        for i, test in enumerate(TESTS):
            print("ok %d - %s # SKIP not built" % (i + 1, test.__name__))
        return 0
    KEY, TOKENS = make("card")
    OTHER, _ = make("other")
    failed = 0
    for i, test in enumerate(TESTS):
        name = test.__name__[5:].replace("_", " ")
        try:
            test()
            print("ok %d - %s" % (i + 1, name))
        except Exception as e:
            failed += 1
            print("not ok %d - %s\n# %s: %s" % (
                i + 1, name, type(e).__name__, e))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
