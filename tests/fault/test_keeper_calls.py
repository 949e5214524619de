#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: whichever call fails in the keeper, out of memory or a disk that
refuses, nothing is answered that is not written, nothing is half done, no
process crashes, and service comes back.

`make check` tries some of the calls of each step, by a fixed seed; with
ECLUSE_LONG=1 every call of every step (of the start, whose thousands of
allocations are the libraries', one in 40).
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "lib"))
from scene import calls_fail  # noqa: E402

if __name__ == "__main__":
    sys.exit(calls_fail("ecluse-keeper", seed=1))
