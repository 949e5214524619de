#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: `ecluse journal verify` and `proof` find what is wrong, name the place,
and exit as they promise; and what they call right, hashlib and OpenSSL call
right too, from the public files and docs/journal.md alone."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("ECLUSE_BUILD") or os.path.join(ROOT, "build")
PROGRAM = os.path.join(BUILD, "ecluse")
MAKER = os.path.join(BUILD, "tests", "tools", "test_make_log")
WORK = tempfile.mkdtemp(prefix="ecluse-journal-")
DRILL = os.path.join(WORK, "drill")
PUBLIC = os.path.join(DRILL, "journal", "public")
SIZE = 700    # two full tiles and 188 hashes
RECORD = 40 + 192 + 656


def journal(*args, cwd=WORK, stdin=b"", **env):
    clean = {k: v for k, v in os.environ.items() if k != "ECLUSE_DIR"}
    done = subprocess.run([PROGRAM, "journal", *args], cwd=cwd, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(clean, **env))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def public(name):
    with open(os.path.join(PUBLIC, name), "rb") as f:
        return f.read()


class changed:
    """A file with one byte changed, and back."""

    def __init__(self, *path, at=0):
        self.path, self.at = os.path.join(DRILL, *path), at

    def flip(self):
        with open(self.path, "r+b") as f:
            f.seek(self.at)
            byte = f.read(1)[0] ^ 0x10
            f.seek(self.at)
            f.write(bytes([byte]))

    def __enter__(self):
        self.flip()

    def __exit__(self, *_):
        self.flip()


def vkey():
    return public("vkey").decode().rstrip("\n")


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes):
    """RFC 6962, section 2.1."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return node(root_of(hashes[:k]), root_of(hashes[k:]))


def leaf_hashes():
    data = public("tile/0/000") + public("tile/0/001") + \
        public("tile/0/002.p/188")
    return [data[i:i + 32] for i in range(0, len(data), 32)]


def test_verify_says_what_holds():
    code, out, err = journal("verify", DRILL)
    assert (code, err) == (0, ""), (code, out, err)
    lines = out.splitlines()
    assert lines[0].startswith(
        "checkpoint  drill.ecluse.example/journal, 700 entries, root ")
    assert "not pinned" in lines[1]
    assert lines[-1] == "verified"
    code, out, _ = journal("verify", DRILL, "--entries", "--vkey", vkey())
    assert code == 0 and "as given" in out and "entries     700" in out


def test_the_instance_is_found_in_every_way():
    for args, env, cwd in (((DRILL,), {}, WORK), (("--dir", DRILL), {}, WORK),
                           ((), {"ECLUSE_DIR": DRILL}, WORK),
                           ((), {}, DRILL), (("--public", PUBLIC), {}, WORK)):
        code, out, _ = journal("verify", *args, cwd=cwd, **env)
        assert code == 0 and out.endswith("verified\n"), (args, env, cwd)


def test_json_says_the_same():
    code, out, _ = journal("verify", DRILL, "--json", "--entries")
    told = json.loads(out)
    assert code == 0 and told["verified"] and not told["key_pinned"]
    assert told["size"] == told["entries"] == SIZE and told["tiles"] == 4
    assert base64.b64decode(told["root"]) == root_of(leaf_hashes())
    with changed("journal", "public", "tile", "0", "001", at=5):
        code, out, _ = journal("verify", DRILL, "--json")
    told = json.loads(out)
    assert code == 1 and not told["verified"]
    assert "tile/0/001" in told["wrong"]


def test_one_changed_byte_is_found_and_named():
    for name, at, entries in (("tile/0/000", 8191, "0 to 255"),
                              ("tile/0/001", 0, "256 to 511"),
                              ("tile/0/002.p/188", 77, "512 to 699"),
                              ("tile/1/000.p/2", 63, "256 to 511")):
        with changed("journal", "public", *name.split("/"), at=at):
            code, out, _ = journal("verify", DRILL)
        wrong = out.splitlines()[-1]
        assert code == 1 and wrong.startswith("WRONG ") and name in wrong
        assert entries in wrong, wrong
    for at in (0, 30, 34, 40, 120):
        with changed("journal", "public", "checkpoint", at=at):
            code, out, _ = journal("verify", DRILL)
        assert code == 1 and "checkpoint" in out, at
    assert journal("verify", DRILL)[0] == 0


def test_it_is_said_in_french():
    with changed("journal", "public", "tile", "0", "001", at=0):
        code, out, _ = journal("verify", DRILL, LC_ALL="C.UTF-8",
                               LANGUAGE="fr")
    assert code == 1 and out.splitlines()[-1].endswith(
        "tile/0/001 (entrées 256 à 511) ne donne pas l'empreinte 1 de "
        "tile/1/000.p/2"), out


def test_entries_are_checked_when_asked():
    for index, at in ((0, 50), (255, 300), (699, RECORD - 1)):
        with changed("keeper", "journal", "seg-000000000000",
                     at=index * RECORD + at):
            assert journal("verify", DRILL)[0] == 0
            code, out, _ = journal("verify", DRILL, "--entries")
        assert code == 1 and "entry %d " % index in out, out
    away = os.path.join(DRILL, "keeper", "away")
    os.rename(os.path.join(DRILL, "keeper", "journal"), away)
    code, out, _ = journal("verify", DRILL, "--entries")
    os.rename(away, os.path.join(DRILL, "keeper", "journal"))
    assert code == 5 and "verified" not in out


def test_the_key_can_be_pinned():
    path = os.path.join(WORK, "key")
    with open(path, "w") as f:
        f.write(vkey() + "\n")
    assert journal("verify", DRILL, "--vkey", path)[0] == 0
    # every command takes the file: these come as far as what is not there
    for args in (("open", os.path.join(WORK, "none")),
                 ("proof", "1", "--public", os.path.join(WORK, "none"))):
        for given, want in ((path, 5), (vkey(), 5), ("nonsense", 2)):
            code, out, err = journal(*args, "--vkey", given)
            assert code == want, (args, given, code, err)
    other = os.path.join(WORK, "other")
    subprocess.run([MAKER, other, "3", "1", "9"], check=True,
                   stdout=subprocess.DEVNULL)
    with open(os.path.join(other, "journal", "public", "vkey")) as f:
        stranger = f.read().strip()
    code, out, _ = journal("verify", DRILL, "--vkey", stranger)
    assert code == 1 and "not signed by" in out
    # everything replaced, key included: only a pinned key sees it
    assert journal("verify", other)[0] == 0
    assert journal("verify", other, "--vkey", vkey())[0] == 1


def test_usage_and_missing_files():
    for args, want in ((("verify",), 2), (("verify", "nowhere"), 2),
                       (("verify", "--dir", "nowhere"), 5),
                       (("verify", DRILL, "more"), 2),
                       (("verify", DRILL, "--vkey", "nonsense"), 2),
                       (("verify", "--public", PUBLIC, "--entries"), 2),
                       (("verify", "--public", PUBLIC, "--dir", WORK), 2),
                       (("verify", DRILL, "-o", "x"), 2),
                       (("verify", DRILL, "--registry"), 5),
                       (("proof", DRILL), 2), (("proof", DRILL, "x"), 2),
                       (("proof", DRILL, "-1"), 2),
                       (("proof", DRILL, "01"), 2),
                       (("proof", DRILL, "1", "2"), 2),
                       (("proof", DRILL, "1", "--entries"), 2),
                       (("proof", DRILL, "700"), 4),
                       (("proof", DRILL, "1", "-o", "/nowhere/p"), 5),
                       (("proof", "--check", "nowhere"), 2),
                       (("proof", "--check", "nowhere", "--leaf-hash",
                         "00" * 32), 2),
                       (("proof", "--check", "nowhere", "--leaf-hash",
                         "00" * 32, "--vkey", vkey()), 5)):
        code, out, err = journal(*args)
        assert code == want and err and not out, (args, code, out, err)
    for what in ("verify", "proof"):
        code, out, err = journal(what, "--help")
        assert code == 0 and out.startswith("Usage: ecluse journal " + what)


def follow(lines, index, size, leaf):
    """RFC 9162, section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for line in lines:
        p = base64.b64decode(line, validate=True)
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def test_proofs_hold_for_hashlib_too():
    hashes = leaf_hashes()
    for index in (0, 1, 255, 256, 511, 512, 698, 699):
        code, out, _ = journal("proof", DRILL, str(index), "-o", "-")
        assert code == 0
        head, note = out.split("\n\n", 1)
        first, at, *path = head.split("\n")
        assert (first, at) == ("c2sp.org/tlog-proof@v1", "index %d" % index)
        assert note.encode() == public("checkpoint")
        origin, size, root = note.split("\n")[:3]
        assert (origin, size) == ("drill.ecluse.example/journal", "700")
        assert base64.b64decode(root) == \
            follow(path, index, SIZE, hashes[index])


def test_openssl_verifies_the_checkpoint():
    text, line = public("checkpoint").decode().split("\n\n")
    name, blob = line.rstrip("\n").split(" ")[1:]
    raw = base64.b64decode(vkey().split("+", 2)[2])[1:]
    blob = base64.b64decode(blob)
    assert hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4] == \
        blob[:4]
    for suffix, content in (("der", bytes.fromhex(
            "302a300506032b6570032100") + raw), ("sig", blob[4:]),
            ("txt", text.encode() + b"\n")):
        with open(os.path.join(WORK, "c." + suffix), "wb") as f:
            f.write(content)
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "c.der",
         "-keyform", "DER", "-rawin", "-in", "c.txt", "-sigfile", "c.sig"],
        cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def test_records_are_where_the_format_says():
    hashes = leaf_hashes()
    with open(os.path.join(DRILL, "keeper", "journal",
                           "seg-000000000000"), "rb") as f:
        data = f.read()
    for index in (0, 1, 300, 699):
        record = data[index * RECORD:(index + 1) * RECORD]
        assert record[:4] == b"EJR1"
        assert int.from_bytes(record[12:20], "big") == index
        leaf, side = record[40:232], record[232:]
        assert hashlib.sha256(b"\0" + leaf).digest() == hashes[index]
        assert hashlib.sha256(side).digest() == leaf[130:162]
        assert leaf[183:] == bytes(9)
    assert not any(data[SIZE * RECORD:])


def test_a_proof_file_is_checked_alone():
    path = os.path.join(WORK, "41.tlog-proof")
    code, out, _ = journal("proof", DRILL, "41", "-o", path, "--json")
    told = json.loads(out)
    assert code == 0 and told["index"] == 41 and told["size"] == SIZE
    assert told["leaf_hash"] == leaf_hashes()[41].hex()
    check = ("proof", "--check", path, "--vkey", vkey(), "--leaf-hash")
    assert journal(*check, told["leaf_hash"])[0] == 0
    assert journal(*check, leaf_hashes()[42].hex())[0] == 1
    with open(path, "rb") as f:
        proof = f.read()
    piped = ("proof", "--check", "-", "--vkey", vkey(), "--leaf-hash",
             told["leaf_hash"])
    assert journal(*piped, stdin=proof)[0] == 0
    for at in range(0, len(proof), 5):
        bad = bytearray(proof)
        bad[at] ^= 1
        assert journal(*piped, stdin=bytes(bad))[0] == 1, at


def test_damaged_files_give_no_proof():
    with changed("journal", "public", "tile", "0", "001", at=40):
        code, out, err = journal("proof", DRILL, "300")
        assert (code, out) == (1, "") and "verify" in err
        assert journal("proof", DRILL, "3")[0] == 0


def main():
    tests = [(n, f) for n, f in sorted(globals().items())
             if n.startswith("test_")]
    subprocess.run([MAKER, DRILL, str(SIZE), "100"], check=True,
                   stdout=subprocess.DEVNULL)
    print("1..%d" % len(tests))
    failed = 0
    for n, (name, test) in enumerate(tests, 1):
        try:
            test()
            print("ok %d - %s" % (n, name))
        except Exception as e:    # an assertion, or a form not expected
            failed += 1
            print("not ok %d - %s\n# %r" % (n, name, e))
    shutil.rmtree(WORK)
    sys.exit(failed > 0)


main()
