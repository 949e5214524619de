#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: invented people become feeds that a mutuelle could send: every fault
is told by line, column and reason and never by value, memory does not grow
with the file, handles and cards come back; and the people are the same for the
same seed, with numbers that a stranger finds valid."""
import base64
import csv
import datetime
import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("ECLUSE_BUILD") or os.path.join(ROOT, "build")
ECLUSE = os.path.join(BUILD, "ecluse")
INSURER = os.path.join(BUILD, "ecluse-insurer")
FOLDER = tempfile.mkdtemp(prefix="ecluse-feed-")
PEOPLE = os.path.join(FOLDER, "people")
AMC = "0099100001"
HEAD = ("ref;nir;birth;rank;member;cards;contract;order;convention;csr;from;"
        "to;closed;age_class;age_change;domains\n")
GOOD = ("R-%d;281050061256674;19810508;1;%d;;CONFORT;1;BF;E01;2026-01-01;"
        "2026-12-31;;adult;2046-05;PHAR=TM\n")


class Skip(Exception):
    pass


def run(*args, stdin=b"", lang="C"):
    env = {k: v for k, v in os.environ.items()
           if k not in ("LANG", "LC_MESSAGES", "LC_ALL")}
    done = subprocess.run(args, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=dict(env, LANG=lang,
                          ASAN_OPTIONS="quarantine_size_mb=1"))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def at(*names):
    return os.path.join(FOLDER, *names)


def write(name, text):
    with open(at(name), "w", encoding="latin-1") as f:
        f.write(text)
    return at(name)


def keys(amc=AMC):
    return os.path.join(PEOPLE, "insurers", amc)


def feed(path, out, *more, amc=AMC, lang="C"):
    return run(INSURER, "feed", "--amc", amc, "--key",
               os.path.join(keys(amc), "feed.pem"), "--handle-key",
               os.path.join(keys(amc), "handle.key"), "--sealing-key",
               at("sealing.b64"), "--in", path, "--out", out, *more,
               lang=lang)


def rows(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter=";"))


def tree_hash(folder):
    total = hashlib.sha256()
    for base, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(base, name)
            total.update(os.path.relpath(path, folder).encode())
            with open(path, "rb") as f:
                total.update(f.read())
    return total.hexdigest()


def population(out, *more, members="2000", seed="5"):
    return run(ECLUSE, "population", "--members", members, "--insurers", "4",
               "--seed", seed, "--out", out, *more)


def test_keygen_makes_keys_once_and_for_the_owner_alone():
    code, out, err = run(INSURER, "keygen", "--out", at("mine"), "--amc", AMC)
    assert (code, err) == (0, ""), err
    assert "--amc " + AMC in out and "feed.pub.pem" in out
    for name in ("feed.pem", "card.pem", "handle.key"):
        mode = os.stat(at("mine", name)).st_mode
        assert stat.S_IMODE(mode) == 0o600, name
    before = tree_hash(at("mine"))
    code, out, err = run(INSURER, "keygen", "--out", at("mine"))
    assert code == 2 and "mine" in err
    assert tree_hash(at("mine")) == before


def test_keygen_that_cannot_make_all_leaves_none():
    os.mkdir(at("half"))
    write("half/card.pem", "of before\n")
    code, out, err = run(INSURER, "keygen", "--out", at("half"))
    assert code == 2 and "half/card.pem: already there" in err, err
    assert os.listdir(at("half")) == ["card.pem"]
    with open(at("half", "card.pem")) as f:
        assert f.read() == "of before\n"
    os.unlink(at("half", "card.pem"))
    assert run(INSURER, "keygen", "--out", at("half"))[0] == 0


def test_a_feed_without_a_day_is_of_today_where_it_is_made():
    """In one of two places that are 26 hours apart today is not UTC's."""
    path = write("here.csv", HEAD + GOOD % (1, 1))
    for zone, hours in (("<EAST>-14", 14), ("<WEST>12", -12)):
        there = datetime.timezone(datetime.timedelta(hours=hours))
        os.environ["TZ"] = zone
        days = [datetime.datetime.now(there).date().isoformat()]
        code, out, err = feed(path, at("here.feed"), "--json")
        del os.environ["TZ"]
        days.append(datetime.datetime.now(there).date().isoformat())
        assert (code, err) == (0, ""), err
        assert json.loads(out)["feed"]["effective"] in days, (out, days)


def test_every_invented_mutuelle_becomes_a_feed():
    for row in rows(os.path.join(PEOPLE, "insurers.csv")):
        code, out, err = feed(
            os.path.join(PEOPLE, row["feed"]), at(row["amc"] + ".feed"),
            "--json", "--effective", "2026-11-23", amc=row["amc"])
        told = json.loads(out)
        assert (code, err) == (0, ""), err
        assert told["lines"] == int(row["lines"]) and told["faults"] == 0
        assert told["feed"]["amc"] == row["amc"]
        assert told["feed"]["kind"] == "full"
        assert told["feed"]["effective"] == "2026-11-23"
        assert told["feed"]["bytes"] == os.path.getsize(
            at(row["amc"] + ".feed"))


def test_the_same_file_has_the_same_id_and_other_bytes():
    path = os.path.join(PEOPLE, "feed", AMC + ".csv")
    _, one, _ = feed(path, at("one.feed"), "--json")
    _, two, _ = feed(path, at("two.feed"), "--json", "--delta")
    assert json.loads(one)["feed"]["id"] == json.loads(two)["feed"]["id"]
    assert json.loads(two)["feed"]["kind"] == "delta"
    with open(at("one.feed"), "rb") as a, open(at("two.feed"), "rb") as b:
        one, two = a.read(), b.read()
    assert one != two
    # nothing of the traits shows
    for row in rows(path)[:200]:
        for value in (row["nir"], row["birth"], row["ref"]):
            assert not value or value.encode() not in one


def test_faults_are_all_counted_and_a_hundred_listed():
    text = HEAD + "".join(GOOD % (i, i) for i in range(1, 200))
    text += "".join((GOOD % (i, i)).replace(";1;BF", ";x;BF")
                    for i in range(200, 350))
    path, out = write("faulty.csv", text), at("faulty.feed")
    code, told, err = feed(path, out)
    assert (code, told) == (1, "")
    lines = err.splitlines()
    assert lines[0] == path + ":201: order: outside what is possible"
    assert len(lines) == 103
    assert lines[100] == path + ": and 50 more"
    assert lines[101] == path + ": order: out-of-range: 150 times, " \
        "first in line 201 202 203 204 205"
    assert "150 of 349 lines" in lines[102]
    assert not [f for f in os.listdir(FOLDER) if f.startswith("faulty.feed")]
    code, told, err = feed(path, out, "--json", lang="fr_FR.UTF-8")
    told = json.loads(told)
    assert code == 1 and err == ""
    assert told["faults"] == 150 and len(told["listed"]) == 100
    assert told["feed"] is None
    # a program reads the same in every language
    assert told["listed"][0] == {
        "line": 201, "column": "order", "reason": "out-of-range",
        "message": "outside what is possible"}


def test_a_file_whose_lines_end_otherwise_is_one_long_line():
    text = HEAD + "".join(GOOD % (i, i) for i in range(1, 200))
    path = write("mac.csv", text.replace("\n", "\r"))
    code, _, err = feed(path, at("mac.feed"))
    assert code == 1
    assert err.splitlines()[0] == path + ":1: longer than 2048 bytes", err


def test_days_that_the_platform_does_not_take_are_told():
    old = GOOD.replace("2026-01-01", "1965-01-01").replace(
        "2026-12-31", "1969-12-31")
    path = write("old.csv", HEAD + old % (1, 1))
    assert feed(path, at("old.feed"))[0] == 0
    path = write("before.csv", HEAD + old.replace("1965", "1865") % (1, 1))
    code, _, err = feed(path, at("before.feed"))
    assert code == 1
    assert err.splitlines()[0] == path + \
        ":2: from: outside what is possible", err


def test_faults_leave_an_older_feed_alone():
    good = write("good.csv", HEAD + GOOD % (1, 1))
    bad = write("bad.csv", HEAD + GOOD % (1, 1) + "x\n")
    assert feed(good, at("kept.feed"))[0] == 0
    with open(at("kept.feed"), "rb") as f:
        before = f.read()
    assert feed(bad, at("kept.feed"))[0] == 1
    with open(at("kept.feed"), "rb") as f:
        assert f.read() == before


def test_nothing_is_written_over_what_is_read():
    own = at("own")
    shutil.copytree(keys(), own)
    for name in ("book.csv", "old.csv"):
        write("own/" + name, HEAD + GOOD % (1, 1))
    shutil.copy(at("sealing.b64"), own)
    os.symlink("book.csv", at("own", "link.csv"))
    before = tree_hash(own)

    def make(out, *more):
        return run(INSURER, "feed", "--amc", AMC, "--key", at("own",
                   "feed.pem"), "--handle-key", at("own", "handle.key"),
                   "--sealing-key", at("own", "sealing.b64"), "--in",
                   at("own", "book.csv"), "--since", at("own", "old.csv"),
                   "--out", out, *more)
    for name in ("book.csv", "old.csv", "feed.pem", "handle.key",
                 "sealing.b64", "link.csv"):
        code, _, err = make(at("own", name))
        assert code == 2 and name in err, (name, err)
        code, _, err = make(at("other.feed"), "--keep-going", "--bad",
                            at("own", name))
        assert code == 2 and name in err, (name, err)
        assert tree_hash(own) == before, name
    code, _, err = make(at("one"), "--keep-going", "--bad", at("one"))
    assert code == 2 and "one file" in err and not os.path.exists(at("one"))
    for name in ("book.csv", "feed.pem"):
        code, _, err = run(INSURER, "contract", "--amc", AMC, "--key",
                           at("own", "feed.pem"), "--in", at("own",
                           "book.csv"), "--out", at("own", name))
        assert code == 2 and name in err and tree_hash(own) == before


def test_json_is_json_whatever_the_files_are_called():
    name = os.fsencode(at("caf")) + b"\xe9.csv"
    with open(name, "wb") as f:
        f.write((HEAD + GOOD % (1, 1)).encode())
    code, out, err = feed(name, os.fsencode(at("caf")) + b"\xe9.feed",
                          "--json")
    told = json.loads(out)
    assert (code, err) == (0, "") and told["in"] == at("caf\\xe9.csv")
    assert told["feed"]["file"] == at("caf\\xe9.feed") and told["lines"] == 1
    # and what is told of it is no command to the terminal
    code, out, err = feed(at("\x1b[2Jx\n.csv"), at("x.feed"))
    assert code == 2 and "\x1b" not in err and "no such file" in err


def test_faults_never_tell_a_value():
    secret = "281050061256699;19811399;QZX123;7;WQZ99"
    nir, birth, ref, rank, member = secret.split(";")
    text = HEAD + "%s;%s;%sx;77;%s_;%s;%s;0;%s;E;20;21;22;%s;%s;%s\n" % (
        ref, nir, birth, member, ref, ref * 7, ref * 2, ref, ref, ref)
    for content in (text, text.replace(HEAD, ""), text.replace(";", ",")):
        for more in ((), ("--json",)):
            code, out, err = feed(write("secret.csv", content), at("s.feed"),
                                  *more)
            assert code == 1
            for value in (nir, birth, ref, member):
                assert value not in out and value not in err


def test_heads_may_be_in_any_order_and_must_be_whole():
    columns = HEAD.strip().split(";")
    values = (GOOD % (1, 1)).strip().split(";")
    text = ";".join(reversed(columns)) + "\r\n" + ";".join(
        '"%s"' % v for v in reversed(values)) + "\r\n"
    with open(at("order.csv"), "w", encoding="utf-8-sig", newline="") as f:
        f.write(text)
    code, one, err = feed(at("order.csv"), at("order.feed"), "--json")
    assert code == 0, err
    straight = write("straight.csv", HEAD + GOOD % (1, 1))
    _, two, _ = feed(straight, at("order.feed"), "--json")
    assert json.loads(one)["feed"]["id"] == json.loads(two)["feed"]["id"]
    code, _, err = feed(write("h.csv", HEAD.replace("nir", "numéro")),
                        at("h.feed"))
    assert code == 1 and "column 2: " in err and "h.csv:1: nir: " in err
    for text in ("", HEAD):
        code, _, err = feed(write("h.csv", text), at("h.feed"))
        assert code == 1 and "h.csv" in err


def test_memory_does_not_grow_with_the_file():
    probe = ("import resource,subprocess,sys\n"
             "subprocess.run(sys.argv[1:],check=True,"
             "stdout=subprocess.DEVNULL)\n"
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    peaks = []
    for count in (2000, 40000):
        path = write("big.csv", HEAD + "".join(
            GOOD % (i, i) for i in range(1, count + 1)))
        code, out, err = run(
            sys.executable, "-c", probe, INSURER, "feed", "--amc", AMC,
            "--key", os.path.join(keys(), "feed.pem"), "--handle-key",
            os.path.join(keys(), "handle.key"), "--sealing-key",
            at("sealing.b64"), "--in", path, "--out", at("big.feed"))
        assert code == 0, err
        peaks.append(int(out))
    # the file is 4 MB longer
    assert peaks[1] < peaks[0] + 1024, peaks


def second_reading(path, out, ignored=()):
    """The tool, stopped in its second reading with the end still unread."""
    def begin():
        # whatever this test was started with
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number in ignored
                          else signal.SIG_DFL)

    command = [INSURER, "feed", "--amc", AMC, "--key",
               os.path.join(keys(), "feed.pem"), "--handle-key",
               os.path.join(keys(), "handle.key"), "--sealing-key",
               at("sealing.b64"), "--in", path, "--out", out]
    p = subprocess.Popen(command, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, preexec_fn=begin)
    part = "%s.part-%d" % (out, p.pid)
    while not os.path.exists(part) and p.poll() is None:
        pass
    if p.poll() is None:
        p.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, p.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    for fd in os.listdir("/proc/%d/fd" % p.pid) if p.poll() is None else ():
        if os.path.realpath("/proc/%d/fd/%s" % (p.pid, fd)) == path:
            with open("/proc/%d/fdinfo/%s" % (p.pid, fd)) as f:
                at_byte = int(f.readline().split()[1])
            if at_byte < os.path.getsize(path) - (1 << 18):
                return p
    if p.poll() is None:
        p.send_signal(signal.SIGCONT)
    p.communicate()
    if os.path.exists(out):
        os.unlink(out)      # it was faster, and this attempt is none
    return None


def held_up(name, out, ignored=()):
    """The same, of a file that is long enough to be met in it."""
    for attempt in range(6):
        write(name, HEAD + "".join(
            GOOD % (i, i) for i in range(1, 20000 << attempt)))
        p = second_reading(os.path.realpath(at(name)), out, ignored)
        if p:
            return p
    raise AssertionError("never met in its second reading")


def test_asked_to_end_it_leaves_nothing_half_written():
    """Stopped in its second reading, with a part of the feed written."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        p = held_up("long.csv", at("long.feed"))
        part = "%s.part-%d" % (at("long.feed"), p.pid)
        assert os.path.exists(part)
        p.send_signal(number)
        p.send_signal(signal.SIGCONT)
        out, err = p.communicate()
        assert p.returncode == -number, (p.returncode, out, err)
        assert b"long" not in out, out
        assert not os.path.exists(part), number
        assert not os.path.exists(at("long.feed")), number


def test_a_signal_that_is_ignored_ends_no_feed():
    p = held_up("nohup.csv", at("nohup.feed"), (signal.SIGHUP,))
    p.send_signal(signal.SIGHUP)
    p.send_signal(signal.SIGCONT)
    _, err = p.communicate()
    assert p.returncode == 0, err
    assert os.path.exists(at("nohup.feed"))


def test_a_file_that_changes_while_it_is_read_makes_no_feed():
    """The tool is stopped in its second reading and the file's end changed.
    It may have read the end ahead: then a longer file is tried."""
    path = os.path.realpath(at("moving.csv"))
    stopped = 0
    for attempt in range(6):
        write("moving.csv", HEAD + "".join(
            GOOD % (i, i) for i in range(1, 20000 << attempt)))
        p = second_reading(path, at("moving.feed"))
        if not p:
            continue
        stopped += 1
        with open(path, "r+b") as f:
            f.seek(-3, os.SEEK_END)
            f.write(b"TN")      # another level: a line as good as before
        p.send_signal(signal.SIGCONT)
        _, err = p.communicate()
        if p.returncode == 0:
            os.unlink(at("moving.feed"))
            continue
        assert p.returncode == 1 and b"changed while" in err, err
        assert not [f for f in os.listdir(FOLDER)
                    if f.startswith("moving.feed")]
        return
    if not stopped:
        raise Skip("the tool was always faster")
    raise AssertionError("a file that changed made a feed")


def test_wrong_use_is_2_and_says_what_is_missing():
    path = write("use.csv", HEAD + GOOD % (1, 1))
    for args, words in (
            (("feed",), "expected"), (("open",), "expected"),
            (("card", "issue"), "expected"), (("keygen",), "expected"),
            ((), "Usage: "), (("feed", "--no-such"), "--help")):
        code, out, err = run(INSURER, *args)
        assert code == 2 and words in err and out == "", args
    assert feed(at("absent.csv"), at("x.feed"))[0] == 2
    assert feed(path, at("x.feed"), "--effective", "soon")[0] == 2
    assert feed(path, at("x.feed"), "--to", path)[0] == 2
    assert feed(path, at("no", "folder", "x.feed"))[0] == 5
    assert run(INSURER, "feed", "--amc", AMC, "--key", path, "--handle-key",
               path, "--sealing-key", path, "--in", path, "--out",
               at("x.feed"))[0] == 2
    for command in ((), ("feed",), ("open",), ("card", "issue"), ("keygen",)):
        code, out, _ = run(INSURER, *command, "--help")
        assert code == 0 and out.startswith("Usage: "), command


def siv(amc, ref):
    """The handle of a reference, by another library."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV
    except ImportError:
        raise Skip("python3-cryptography is not installed")
    with open(os.path.join(keys(amc), "handle.key")) as f:
        label, text = f.read().split()
    assert label == "ecluse-handle-key-v1"
    key = base64.urlsafe_b64decode(text + "==")
    padded = ref.encode() + b"\0" * (-len(ref) % 16)
    sealed = AESSIV(key).encrypt(padded, [amc.encode()])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def test_handles_of_another_library_open():
    mine, other = siv(AMC, "A0611953-3"), siv("0099100019", "B1")
    options = ("--handle-key", os.path.join(keys(), "handle.key"), "--amc",
               AMC)
    code, out, _ = run(INSURER, "open", *options, mine)
    assert (code, out) == (0, mine + ";A0611953-3\n")
    code, out, _ = run(INSURER, "open", *options, "-",
                       stdin=("%s\n%s\nnot a handle\n" % (mine, other))
                       .encode())
    assert code == 1
    assert out == mine + ";A0611953-3\n" + other + ";\n?;\n"


def test_a_scope_is_printed_with_references():
    mine, other = siv(AMC, "A0611953-3"), siv("0099100019", "B1")
    scope = {"read": [
        {"operator": "bief", "amc": AMC, "ref": mine, "indexes": [4]},
        {"operator": "bief", "amc": "0099100019", "ref": other}],
        "cannot_be_excluded": [{"operator": "bief", "amc": AMC,
                                "ref": mine[:-4] + "AAAA"}],
        "refused": 3, "checkpoint": "x\n"}
    path = write("scope.json", json.dumps(scope))
    code, out, err = run(
        INSURER, "open", "--handle-key", os.path.join(keys(), "handle.key"),
        "--amc", AMC, "--scope", path)
    told = json.loads(out)
    assert code == 1, err       # one of ours does not open
    assert told["read"][0]["reference"] == "A0611953-3"
    assert told["read"][0]["indexes"] == [4]
    assert told["read"][1] == scope["read"][1]
    assert told["cannot_be_excluded"][0]["reference"] is None
    assert told["refused"] == 3 and told["checkpoint"] == "x\n"
    assert '\n{"operator":"bief","amc":"0099100019"' in out


def test_a_scope_names_nobody_by_itself():
    """Whoever wrote the file says who was read, not by which reference: that
    is what the mutuelle's key opens."""
    mine, ours = siv(AMC, "A0611953-3"), {"amc": AMC}
    forged = {"reference": "A0000001-1"}
    def opened(scope):
        code, out, _ = run(
            INSURER, "open", "--handle-key", os.path.join(
                keys(), "handle.key"), "--amc", AMC, "--scope",
            write("scope.json", json.dumps(scope)))
        return code, json.loads(out) if out else None
    for name in ("read", "cannot_be_excluded"):
        for person, status, told in (
                (dict(ours, ref=mine), 0, {"reference": "A0611953-3"}),
                (ours, 1, {"reference": None}),
                (dict(ours, ref=7), 1, {"reference": None}),
                (dict(ours, ref=""), 1, {"reference": None}),
                ({"amc": "0099100019", "ref": mine}, 0, {}),
                ({"ref": mine}, 1, {}), ({"amc": 3, "ref": mine}, 1, {})):
            code, scope = opened(dict({"read": []}, **{
                name: [dict(person, **forged)]}))
            assert (code, scope[name]) == (status, [dict(person, **told)]), \
                (name, person, code, scope)
        code, scope = opened(dict({"read": []}, **{name: ["A0000001-1"]}))
        assert code == 1, "a line that is no person"
    for doubt in ({"0": dict(ours, ref=mine)}, None, "", 0):
        assert opened({"read": [], "cannot_be_excluded": doubt})[0] == 2, \
            "a list that is none would be printed as an empty one"


def test_names_in_a_scope_are_the_choice_of_whoever_wrote_it():
    path = write("odd.json", json.dumps({
        "read": [], "a\":1,\"b\x1b[2J": {"c": "\u009b"}}))
    code, out, err = run(INSURER, "open", "--amc", AMC, "--handle-key",
                         os.path.join(keys(), "handle.key"), "--scope", path)
    assert (code, err) == (0, ""), err
    assert json.loads(out) == {"read": [],
                               "a\":1,\"b\x1b[2J": {"c": "\u009b"}}
    assert "\x1b" not in out


def public(pem):
    """The public key of a key made by keygen stands beside it."""
    return pem.replace(".pem", ".pub.pem")


def test_cards_are_issued_and_verify():
    key = at("mine", "card.pem")
    year = datetime.date.today().year       # they are verified today
    options = ("card", "issue", "--amc", AMC, "--key", key, "--from",
               "%d-01-01" % year, "--to", "%d-12-31" % (year + 1),
               "--convention", "BF", "--csr", "E01")
    code, out, err = run(INSURER, *options, "--count", "5")
    assert (code, err) == (0, "")
    cards = [line.split(";") for line in out.splitlines()]
    assert len({cti for cti, _ in cards}) == 5
    for cti, token in cards:
        assert re.fullmatch("[0-9a-f]{32}", cti)
        code, out, _ = run(ECLUSE, "card", "verify", "--json", "--key",
                           public(key), token)
        told = json.loads(out)
        assert code == 0 and told["card"] == cti and told["amc"] == AMC
        assert told["from"].startswith("%d-01-01T00:00:00" % year)
        assert told["until"].startswith("%d-01-01T00:00:00" % (year + 2))
    listed = write("cards.txt", "".join(cti + "\n" for cti, _ in cards))
    code, out, _ = run(INSURER, *options, "--cards", listed)
    assert code == 0
    assert [line.split(";")[0] for line in out.splitlines()] == [
        cti for cti, _ in cards]
    code, _, err = run(INSURER, *options, "--cards", "-", stdin=b"xyz\n")
    assert code == 1 and err.startswith("-:1: ") and "xyz" not in err
    code, _, err = run(INSURER, *(at("mine", "feed.pem") if a == key else a
                                  for a in options), "--count", "1")
    assert code == 2 and "P-256" in err


def test_invented_cards_verify_with_the_mutuelles_key():
    for card in rows(os.path.join(PEOPLE, "cards.csv"))[:20]:
        code, out, _ = run(
            ECLUSE, "card", "verify", "--json", "--at",
            "2026-11-23T10:00:00Z", "--key",
            os.path.join(keys(card["amc"]), "card.pem"), card["token"])
        told = json.loads(out)
        assert told["verdict"] in ("valid", "expired")
        assert told["card"] == card["cti"] and told["amc"] == card["amc"]


def test_people_are_the_same_for_the_same_seed():
    assert population(at("again"))[0] == 0
    assert tree_hash(at("again")) == tree_hash(PEOPLE)
    code, out, err = population(at("again"))
    assert code == 2 and "exists" in err
    assert population(at("other"), seed="6")[0] == 0
    assert tree_hash(at("other")) != tree_hash(PEOPLE)


def test_people_numbers_satisfy_a_stranger():
    try:
        from stdnum.fr import nir, siret
    except ImportError:
        raise Skip("python3-stdnum is not installed")
    people = rows(os.path.join(PEOPLE, "people.csv"))
    full = [r["nir"] for r in people if len(r["nir"]) == 15]
    assert len(full) > 1000
    for value in full:
        assert nir.is_valid(value) and value[5:7] == "00", value
    for site in rows(os.path.join(PEOPLE, "sites.csv")):
        assert siret.is_valid(site["siret"]), site["siret"]
        assert site["siret"].startswith("0000")
        code, out, _ = run(ECLUSE, "check", "--strict", "rpps",
                           *site["rpps"].split())
        assert code == 0, out


def test_people_sites_and_options():
    code, out, err = population(
        at("sites"), "--sites", "60", "--professionals", "optician=9",
        "--cards", "none", "--date", "2027-03-01", "--json")
    told = json.loads(out)
    assert code == 0, err
    sites = rows(at("sites", "sites.csv"))
    assert len(sites) == told["sites"] and told["cards"] == 0
    assert sum(s["profession"] == "optician" for s in sites) == 9
    assert sites[0]["label"] == "Optique du Quai"
    for site in sites:
        assert os.path.exists(at("sites", site["key"]))
    with open(at("sites", "day.ndjson")) as f:
        asks = [json.loads(line) for line in f]
    assert len(asks) == told["questions"]
    assert all("card" not in a for a in asks)
    assert all(a["time"].startswith("2027-03-01T") for a in asks)
    for args in (("--members", "0"), ("--members", "x"), ("--date", "x"),
                 ("--sites", "3"), ("--cards", "many"),
                 ("--professionals", "sorcerer=1")):
        assert population(at("never"), *args)[0] == 2, args
        assert not os.path.exists(at("never"))
    assert run(ECLUSE, "population")[0] == 2
    assert population(at("no", "folder"))[0] == 5


def test_people_questions_agree_with_their_truth():
    with open(os.path.join(PEOPLE, "day.ndjson")) as f:
        asks = [json.loads(line) for line in f]
    truth = rows(os.path.join(PEOPLE, "day.csv"))
    people, tags, cards = rows(os.path.join(PEOPLE, "people.csv")), {}, {}
    for r in people:
        for kind in ("member", "nir"):
            if r[kind]:
                value = r[kind][:13] if kind == "nir" else r[kind]
                tags.setdefault((r["amc"], kind, value, r["birth"],
                                 int(r["rank"])), []).append(r)
        for cti in r["cards"].split():
            cards.setdefault((r["amc"], cti), []).append(r)
    tokens = {c["token"]: (c["amc"], c["cti"]) for c in
              rows(os.path.join(PEOPLE, "cards.csv"))}
    assert len(asks) == len(truth) > 100
    for ask, said in zip(asks, truth):
        if "card" in ask:
            found = cards[tokens[ask["card"]]]
        else:
            kind = "nir" if "nir" in ask else "member"
            value = ask[kind][:13] if kind == "nir" else ask[kind]
            found = tags.get((ask["amc"], kind, value, ask["birth"],
                              ask["rank"]), [])
        assert (not found) == (said["expect"] == "unknown"), said
        live = [r for r in found if r["from"] <= ask["date"] <=
                min(r["to"], r["closed"] or "9")]
        covered = [r for r in live if ask["domain"] + "=" in r["domains"]]
        expect = "covered" if covered else "not-covered" if live else \
            "closed" if found else "unknown"
        if said["person"] in {r["person"] for r in found}:
            assert said["expect"] in (expect, "not-covered"), said


def test_people_of_the_next_month_become_feeds_too():
    code, out, err = run(
        ECLUSE, "population", "next", "--from", PEOPLE, "--out", at("next"),
        "--date", "2027-01-02", "--seed", "9", "--json")
    told = json.loads(out)
    assert code == 0, err
    what = [r["what"] for r in rows(at("next", "changes.csv"))]
    for kind in ("changed", "card", "closed", "dropped", "joined", "renewed"):
        assert what.count(kind) == told[kind] > 0, kind
    for row in rows(at("next", "insurers.csv")):
        code, _, err = feed(at("next", row["feed"]), at("next.feed"),
                            amc=row["amc"])
        assert code == 0, err
    for name in ("feed.pem", "card.pem", "handle.key"):
        with open(os.path.join(keys(), name)) as a, \
                open(at("next", "insurers", AMC, name)) as b:
            assert a.read() == b.read(), name


TESTS = [f for name, f in sorted(globals().items())
         if name.startswith("test_")]
# keygen and people first: the others use what they make
TESTS.sort(key=lambda f: 0 if f.__name__.startswith("test_keygen") else 1)


def set_up():
    code, _, err = population(PEOPLE)
    assert code == 0, err
    code, _, err = run(INSURER, "keygen", "--out", at("seal"))
    assert code == 0, err
    with open(at("seal", "card.pub.pem")) as f:
        body = "".join(f.read().splitlines()[1:-1])
    # the last 65 bytes of a P-256 SubjectPublicKeyInfo are its point
    point = base64.b64decode(body)[-65:]
    write("sealing.b64", base64.b64encode(point).decode() + "\n")


def main():
    print("1..%d" % len(TESTS))
    if not os.access(ECLUSE, os.X_OK) or not os.access(INSURER, os.X_OK):
        for i, test in enumerate(TESTS):
            print("ok %d - %s # SKIP not built" % (i + 1, test.__name__))
        os.rmdir(FOLDER)
        return 0
    failed = 0
    set_up()
    for i, test in enumerate(TESTS):
        name = test.__name__[5:].replace("_", " ")
        try:
            test()
            print("ok %d - %s" % (i + 1, name))
        except Skip as e:
            print("ok %d - %s # SKIP %s" % (i + 1, name, e))
        except Exception as e:
            failed += 1
            print("not ok %d - %s\n# %s: %s" % (
                i + 1, name, type(e).__name__, e))
    shutil.rmtree(FOLDER, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
