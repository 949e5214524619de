#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse check` keeps its form: one line a value, in order, with the
exit status, the JSON, the languages and the configuration that it promises."""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("ECLUSE_BUILD") or
                       os.path.join(ROOT, "build"), "ecluse")
CONF = os.path.join(ROOT, "data", "identifiers.conf")


def check(*args, stdin=b"", **env):
    clean = {k: v for k, v in os.environ.items()
             if k not in ("LANG", "LC_ALL", "LC_MESSAGES")}
    done = subprocess.run([PROGRAM, "check", *args], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(clean, **env))
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape"), \
        done.stderr.decode()


def conf(text):
    f = tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False)
    f.write(text)
    f.close()
    return f.name


def test_lines_come_in_the_order_given():
    code, out, err = check("nir", "2 95 10 99 126 111 93", "253072C07300443",
                           "123456789012244", "253072a07300443")
    lines = out.splitlines()
    assert lines[0] == "2 95 10 99 126 111 93: valid"
    assert lines[1].startswith("253072C07300443: error: ")
    assert lines[2].startswith("123456789012244: warning: ")
    assert lines[3] == "253072a07300443: valid"
    assert (code, len(lines), err) == (1, 4, "")


def test_status_is_0_with_warnings_and_1_when_strict():
    for kind, value in (("nir", "288091720220371"), ("rpps", "10102727017"),
                        ("finess", "0B0172805"), ("finess", "020004300"),
                        ("nir", "2951099126111")):
        code, out, _ = check(kind, value)
        assert code == 0 and out.startswith(value + ": warning: "), value
        code, out, _ = check("--strict", kind, value)
        assert code == 1 and out.startswith(value + ": error: "), value


def test_honest_exceptions_stay_valid_when_strict():
    for kind, value in (("nir", "253072B07300470"), ("nir", "255555591104274"),
                        ("nir", "800000000000085"), ("siren", "356 000 000"),
                        ("siret", "35600000009075"), ("finess", "2A0000170"),
                        ("rpps", "899700366240"), ("amc", "12345678")):
        assert check("--strict", kind, value) == (0, value + ": valid\n", "")


def test_json_is_an_array_in_the_order_given():
    code, out, _ = check("--json", "siret", "73282932000074",
                         "35600000009075", "73282932000079", "x\u00e9\n")
    told = json.loads(out)
    assert code == 1
    assert told[0] == {"value": "73282932000074", "verdict": "valid",
                       "finding": None, "message": None}
    assert told[1]["verdict"] == "valid"
    assert told[1]["finding"] == "la-poste"
    assert told[2]["verdict"] == "error" and told[2]["finding"] == "key"
    assert told[3]["value"] == "x\u00e9\n"
    assert told[3]["finding"] == "character"


def test_json_of_nothing_is_an_empty_array():
    assert check("--json", "amc", "-") == (0, "[]\n", "")


def test_standard_input_is_one_value_a_line():
    code, out, _ = check("amc", "0123456789", "-", "0123456780",
                         stdin=b"12 345 678\r\n\n0123456789")
    assert out.splitlines() == [
        "0123456789: valid", "12 345 678: valid",
        ": error: 10 digits are expected, at least 1",
        "0123456789: valid", "0123456780: valid"]
    assert code == 1


def test_notes_are_told_when_asked():
    _, out, _ = check("--notes", "rpps", "899700366240", "10000001916")
    lines = out.splitlines()
    assert lines[0].startswith("899700366240: valid (") and \
        lines[0].endswith(")")
    assert lines[1] == "10000001916: valid"


def test_the_words_are_french_where_people_are_the_verdicts_never():
    for env in ({"LANG": "fr_FR.UTF-8"}, {"LC_ALL": "fr", "LANG": "C"},
                {"LC_MESSAGES": "fr_BE", "LANG": "en_GB.UTF-8"}):
        _, out, _ = check("siren", "404833047", **env)
        assert out == "404833047: error: le chiffre de contrôle ne " \
            "correspond pas\n", env
    for env in ({}, {"LANG": "de_DE.UTF-8"}, {"LC_ALL": "C", "LANG": "fr"}):
        _, out, _ = check("siren", "404833047", **env)
        assert out == "404833047: error: the check digit does not match\n"


def test_severities_are_configuration():
    strict = conf("nir key error\nfiness lettered ok\n")
    code, out, _ = check("--config", strict, "nir", "123456789012244")
    assert code == 1 and ": error: " in out
    assert check("--config", strict, "finess", "0B0172805") == \
        (0, "0B0172805: valid\n", "")
    code, out, _ = check("--config", CONF, "nir", "123456789012244")
    assert code == 0 and ": warning: " in out


def test_a_configuration_that_means_nothing_is_told_with_its_line():
    code, out, err = check("--config", conf("nir key ok\nnir clef ok\n"),
                           "nir", "1")
    assert (code, out) == (2, "") and ":2: " in err
    code, out, err = check("--config", conf("nir length ok\n"), "nir", "1")
    assert (code, out) == (2, "") and ":1: " in err
    code, out, err = check("--config", "/nonexistent", "nir", "1")
    assert (code, out) == (2, "") and "/nonexistent" in err


def test_wrong_usage_is_2_and_says_where_help_is():
    for args in ((), ("nir",), ("nss", "1"), ("--maybe", "nir", "1")):
        code, out, err = check(*args)
        assert (code, out) == (2, "") and err, args


def test_help_tells_every_kind_and_option():
    code, out, err = check("--help")
    assert (code, err) == (0, "")
    for word in ("nir", "rpps", "finess", "siren", "siret", "amc", "--strict",
                 "--config", "--notes", "--json", "Exit status"):
        assert word in out, word
    assert max(map(len, out.splitlines())) <= 80


def test_the_examples_in_the_help_are_true():
    _, text, _ = check("--help")
    lines = text.splitlines()
    shown = [i for i, line in enumerate(lines) if line.startswith("  $ ")]
    assert len(shown) == 2
    for i in shown:
        done = subprocess.run(
            ["sh", "-c", lines[i][4:].replace("ecluse ", PROGRAM + " ", 1)],
            stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
        out = done.stdout.decode().splitlines()
        assert [" " * 2 + line for line in out] == lines[i + 1:i + 1 +
                                                         len(out)]


def test_nothing_in_a_value_acts_on_the_terminal():
    _, out, _ = check("amc", "1\x1b[2J\x07")
    assert out.startswith("1?[2J?: error: ")


def test_a_full_disk_is_not_silence():
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "check", "amc", "1"], stdout=full)
    assert done.returncode == 5


TESTS = [f for name, f in sorted(globals().items())
         if name.startswith("test_")]


def main():
    print("1..%d" % len(TESTS))
    failed = 0
    for i, test in enumerate(TESTS):
        name = test.__name__[5:].replace("_", " ")
        if not os.access(PROGRAM, os.X_OK):
            print("ok %d - %s # SKIP %s is not built" % (i + 1, name, PROGRAM))
            continue
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
