# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL does meanwhile: one select and one durable insert.

A yardstick of the same machine and run, in the place of the vault's look-up
and the journal's append: pgbench over a Unix socket, as many clients as the
lock has connections, a person by number out of as many as there are members,
then a row as long as a record of the journal, committed. Where the programs
of Debian's package `postgresql` are not installed there is no figure.
"""
import glob
import os
import pwd
import re
import shutil
import subprocess
import tempfile

RECORD = 888	# bytes of the journal's
TABLES = """
CREATE TABLE person (number bigint PRIMARY KEY, rights text NOT NULL);
INSERT INTO person SELECT i, repeat('r', 100) FROM generate_series(1, %d) i;
CREATE TABLE record (index bigserial PRIMARY KEY, leaf bytea NOT NULL);
VACUUM ANALYZE person;
"""
QUESTION = """\\set number random(1, %d)
SELECT rights FROM person WHERE number = :number;
INSERT INTO record (leaf) VALUES (decode(repeat('ab', %d), 'hex'));
"""


def programs():
    """The folder of the newest version's; None: not installed."""
    found = [os.path.dirname(p) for p in
             glob.glob("/usr/lib/postgresql/*/bin/pgbench")
             if os.path.exists(os.path.join(os.path.dirname(p), "initdb"))]
    return max(found, key=lambda p: int(p.split("/")[4]), default=None)


class Postgres:
    """A server of its own in a temporary folder, gone with close()."""

    def __init__(self, folder, members):
        self.bin = programs()
        # root may not run it; whoever else starts it is its user
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder = tempfile.mkdtemp(prefix="pg-", dir=folder)
        self.data = os.path.join(self.folder, "data")
        if self.user:
            who = pwd.getpwnam(self.user)
            os.chown(self.folder, who.pw_uid, who.pw_gid)
            os.chmod(folder, 0o711)
        self.do("initdb", "-A", "trust", "-U", "bench", "-D", self.data)
        self.do("pg_ctl", "-w", "-D", self.data, "-l",
                os.path.join(self.folder, "log"), "-o",
                "-k %s -h '' -c max_connections=100" % self.folder, "start")
        self.sql(TABLES % members)
        self.script = os.path.join(self.folder, "question.sql")
        with open(self.script, "w", encoding="ascii") as f:
            f.write(QUESTION % (members, RECORD))

    def do(self, name, *args, given=None):
        return subprocess.run(
            [os.path.join(self.bin, name), *args], user=self.user,
            group=self.user, cwd=self.folder, check=True, text=True,
            input=given, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT).stdout

    def sql(self, text):
        self.do("psql", "-q", "-h", self.folder, "-U", "bench", "-v",
                "ON_ERROR_STOP=1", "postgres", given=text)

    def measure(self, transactions, clients=64):
        """Transactions a second, and how long one takes."""
        out = self.do("pgbench", "-n", "-M", "prepared", "-c", str(clients),
                      "-j", "1", "-t", str(-(-transactions // clients)), "-f",
                      self.script, "-h", self.folder, "-U", "bench",
                      "postgres")
        return {"rate": float(re.search(r"tps = ([0-9.]+)", out).group(1)),
                "mean_ms": float(re.search(
                    r"latency average = ([0-9.]+) ms", out).group(1))}

    def close(self):
        try:
            self.do("pg_ctl", "-w", "-m", "fast", "-D", self.data, "stop")
        except subprocess.CalledProcessError:
            pass	# it did not start
        shutil.rmtree(self.folder, ignore_errors=True)
