# SPDX-License-Identifier: Apache-2.0
"""Processes of an instance die by kill -9, and service comes back."""
import os
import signal
import time

# more deaths of one process in a minute, and super lets it wait, as it should
A_MINUTE = 4
BOUND_S = 120


class Deaths:
    """site and person, domain PHAR: the question that has to be answered
    again."""

    def __init__(self, d, site, person):
        self.d, self.site, self.person = d, site, person
        self.recent = []

    def make_room(self):
        """A new super has not seen anybody die."""
        self.recent = [t for t in self.recent if time.monotonic() - t < 60]
        if len(self.recent) >= A_MINUTE:
            self.d.stop()
            self.d.serve()
            self.recent = []
        self.recent.append(time.monotonic())

    def die(self, name):
        """super takes all others with it."""
        if name == "super":
            self.d.stop(signal.SIGKILL)
            return
        pid = self.d.pid(name)
        if pid:
            os.kill(pid, signal.SIGKILL)

    def back(self, name):
        if name == "super":
            self.d.serve()
        until = time.monotonic() + BOUND_S
        while self.d.ask(self.site, self.person, domain="PHAR")[0] != 0:
            if time.monotonic() > until:
                raise RuntimeError("no answer: " + self.d.logged()[-3000:])
