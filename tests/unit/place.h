/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for tests that flush thousands of times: in TMPDIR, which
 * tests/run.py puts into memory and takes away; without one in memory if
 * possible. */
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Made, and its name in a room of n bytes? */
static inline bool place_make(char *room, size_t n, const char *name)
{
	const char *base = getenv("TMPDIR");
	int length;

	if (!base || !base[0])
		base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	length = snprintf(room, n, "%s/%s.XXXXXX", base, name);
	return length > 0 && (size_t)length < n && mkdtemp(room);
}
