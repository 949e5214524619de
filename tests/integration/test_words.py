#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the same work in both languages. Exit codes and JSON are the same to
the last byte; what a person reads is French for whoever asks for it by LANG,
LC_MESSAGES or LC_ALL, also where this machine never generated that locale.
"""
import os
import re
import sys

ROOT = os.environ.get("ECLUSE_ROOT") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from drill import Drill, Tap, program, run  # noqa: E402

ENGLISH = {"LANG": "C.UTF-8"}
# A locale of nowhere: setlocale(3) cannot have it on any machine.
FRENCH = ({"LANG": "fr_ZZ.UTF-8"}, {"LC_ALL": "fr_ZZ"},
          {"LC_MESSAGES": "fr_ZZ.UTF-8", "LANG": "en_ZZ.UTF-8"})


def said(name, args, language):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("LC_") and k not in ("LANG", "LANGUAGE")}
    code, *told = run(program(name), *args, check=False,
                      env=dict(env, **language))
    # a space that does not break is one to read
    return (code, *(text.replace("\u00a0", " ") for text in told))


def both(name, *args):
    return (said(name, args, ENGLISH), said(name, args, FRENCH[0]))


def words(t, name, args, english, french, status=None):
    en, fr = both(name, *args)
    t.same(en[0], fr[0], "%s %s: one exit code" % (name, args[0]))
    if status is not None:
        t.same(en[0], status, "which is %d" % status)
    t.ok(english in en[1] + en[2] and french in fr[1] + fr[2] and
         english not in fr[1] + fr[2], "and words of each language", (en, fr))


def same(t, name, *args):
    en, fr = both(name, *args)
    t.ok(en == fr and en[1], "%s %s: JSON is the same" % (name, args[0]),
         (en, fr))


def options(t):
    """What is wrong with an option is named, and its value is not."""
    for tool, args, english, french in (
            ("ecluse", ["keys", "list", "--keys=secret"],
             "--keys: no such option", "--keys : option inconnue"),
            ("ecluse", ["journal", "scope", "--asker"],
             "--asker: its value is missing", "--asker : sa valeur manque"),
            ("ecluse-insurer", ["feed", "--json=1"],
             "--json: it takes no value", "--json : ne prend pas de valeur"),
            ("ecluse-insurer", ["send", "-x"], "-x: no such option",
             "-x : option inconnue"),
            ("ecluse", ["keys", "destroy", "index", "here"],
             "takes a generation", "prend une génération"),
            ("ecluse", ["decoy", "test", "--dir", "x", "--amc", "1"],
             "test takes --amc, --in", "test prend --amc, --in"),
            ("ecluse", ["enrol", "--dir", "x", "site", "--id", "1"],
             "site takes --id and --profession",
             "site prend --id et --profession")):
        words(t, tool, args, english, french, 2)
        said_all = "".join(sum(([e[1], e[2]] for e in both(tool, *args)), []))
        t.ok("secret" not in said_all, "and no value of it", said_all)


def stopped(t, d):
    """What the clock does not change, once nothing runs any more."""
    d.stop()
    words(t, "ecluse", ["status", d.dir], "is not running", "ne tourne pas",
          5)
    same(t, "ecluse", "journal", "verify", "--public",
         os.path.join(d.dir, "journal", "public"), "--json")
    d.configure({"workers": "many"})
    words(t, "ecluse", ["keys", "turn", "answer", d.dir],
          "'many' does not fit; write 1 to 64",
          "« many » ne convient pas ; écrivez 1 à 64")


def insurer(t, d, amc):
    tool = "ecluse-insurer"
    bad = os.path.join(d.folder, "bad.csv")
    with open(os.path.join(d.people.folder, "feed", amc + ".csv"),
              encoding="utf-8") as f:
        head, first = f.readline(), f.readline()
    with open(bad, "w", encoding="utf-8") as f:
        f.write(head + first + first.replace(";", ";x", 1)[:20] + "\n")
    feed = ["feed", "--amc", amc, "--key", d.people.insurer_file(
        amc, "feed.pem"), "--handle-key", d.people.insurer_file(
        amc, "handle.key"), "--to", os.path.join(
        d.people.folder, "keys", "service.pin"), "--in", bad, "--out",
        os.path.join(d.folder, "bad.feed")]
    words(t, tool, feed, "nothing was written", "rien n'a été écrit", 1)
    same(t, tool, *feed, "--json")
    words(t, tool, ["open", "--amc", "x"], "10 digits", "10 chiffres", 2)
    words(t, tool, ["keygen"], "expected --out", "il faut --out", 2)


def one_line(t, d, amc):
    """One is no plural; in French none is not, either."""
    book = os.path.join(d.people.folder, "feed", amc + ".csv")
    one = os.path.join(d.folder, "one.csv")
    with open(book, encoding="utf-8") as f:
        head, first = f.readline(), f.readline()
    with open(one, "w", encoding="utf-8") as f:
        f.write(head + first)
    feed = ["feed", "--amc", amc, "--key", d.people.insurer_file(
        amc, "feed.pem"), "--handle-key", d.people.insurer_file(
        amc, "handle.key"), "--to", os.path.join(
        d.people.folder, "keys", "service.pin"), "--in", one, "--out",
        os.path.join(d.folder, "one.feed")]
    words(t, "ecluse-insurer", feed, ": 1 line of ", " : 1 ligne de ", 0)
    loaded = said("ecluse", ["load", d.dir, os.path.join(
        d.folder, "one.feed")], FRENCH[0])
    t.ok(re.search(r" : 1 ligne : 0 ajoutée, 0 modifiée, 1 inchangée, "
                   r"\d+ retirées ; 0 nouvelle personne\n", loaded[1]),
         "a feed of one line is told so", loaded)


def main():
    t = Tap()
    for language in FRENCH:
        code, out, _ = said("ecluse", ["status", "--help"], language)
        t.ok(code == 0 and "Code de retour : " in out,
             "French by %s" % ", ".join(language), out)
    for language in ({"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, {},
                     {"LANG": "de_ZZ.UTF-8"}):
        code, out, _ = said("ecluse", ["status", "--help"], language)
        t.ok("Exit status: " in out, "English by %s" % (language or "none"),
             out)
    same(t, "ecluse", "check", "--json", "siren", "404833047")
    options(t)
    with Drill(members=300, insurers=2) as d:
        asker = "site:" + d.people.sites[0]["site"]
        words(t, "ecluse", ["status", d.dir], "persons read",
              "personnes lues", 0)
        words(t, "ecluse", ["budgets", d.dir, "--asker", asker],
              "24h no card", "24h ss carte", 0)
        same(t, "ecluse", "budgets", d.dir, "--asker", asker, "--json")
        words(t, "ecluse", ["keys", "list", d.dir], " since ", " depuis ")
        words(t, "ecluse", ["keys", "--help"], "  finds      index, replaced",
              "  retrouve   index, remplacée", 0)
        words(t, "ecluse", ["route", "list", d.dir],
              "no route holds on this day", "aucun acheminement ne vaut", 0)
        t.same(said("ecluse", ["route", "list", d.dir, "--json"],
                    FRENCH[0])[:2], (0, ""), "and none as JSON")
        same(t, "ecluse", "keys", "list", d.dir, "--json")
        # the keeper's own refusal, by the words that it sends
        words(t, "ecluse", ["budgets", d.dir, "--asker", "site:0E2999999"],
              "no such asker", "aucun tel demandeur", 4)
        words(t, "ecluse", ["revoke", d.dir, "site:0E2999999"],
              "line 1: no such site", "ligne 1 : ce site n'existe pas", 4)
        # one act, said in both languages; a gate is closed but once
        for language, gate, told in (
                (ENGLISH, "plane:portal", "closed plane:portal: registry"),
                (FRENCH[0], "plane:staff", "fermé plane:staff: entrée")):
            done = said("ecluse", ["close", d.dir, gate], language)
            t.ok(done[0] == 0 and told in done[1], told, done)
        act = os.path.join(d.folder, "one.act")
        done = said("ecluse", ["act", d.dir, "mode control=budget "
                               "mode=observe", "--write", act, "--admin-key",
                               os.path.join(d.dir, "drill", "admin-1.pem")],
                    FRENCH[0])
        t.ok(done[0] == 0 and act + " : 1 signature sur 2" in done[1] and
             "  :" not in done[1], "an act that was written", done)
        words(t, "ecluse", ["route", "add", d.dir, "--amc", d.people.insurers[
            0]["amc"], "--operator", "x", "--from", "never"],
              "a route needs from", "un acheminement demande from", 1)
        insurer(t, d, d.people.insurers[0]["amc"])
        one_line(t, d, d.people.insurers[1]["amc"])
        backup = os.path.join(d.folder, "copy")
        d.ecluse("backup", d.dir, "--out", backup)
        words(t, "ecluse", ["backup", "verify", backup], "whole: ",
              "entière : ", 0)
        same(t, "ecluse", "backup", "verify", backup, "--json")
        stopped(t, d)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())
