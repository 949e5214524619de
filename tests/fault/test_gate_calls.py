#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: whichever call fails in a gate, out of memory or a socket that
refuses, who asked hears so or nothing, nobody else's answer, no process
crashes, and service comes back: a gate that cannot go on ends alone.

`make check` tries some of the calls of each step, by a fixed seed; with
ECLUSE_LONG=1 every call of every step.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from scene import calls_fail  # noqa: E402

if __name__ == "__main__":
    sys.exit(calls_fail("ecluse-gate", seed=3))
