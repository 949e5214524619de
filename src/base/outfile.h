/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A large file written in passing (base/file.h is for small ones): the bytes
 * go to a hidden neighbour, and the name appears only when all of them are on
 * the disk. A failed program leaves nothing half written behind.
 */
#pragma once
#include <limits.h>
#include <stdio.h>
#include <sys/types.h>
#include "base/buf.h"

struct outfile {
	FILE *f;	/* print to it freely; errors are seen at the end */
	char path[PATH_MAX], temp[PATH_MAX];
};

/* ERR_LIMIT: the name is too long; ERR_IO. */
MUST_CHECK enum err outfile_open(
    struct outfile *o, const char *path, mode_t mode);
/* Flushed, renamed over path, closed. sync: also on the disk. On ERR_IO
 * nothing is left, as after outfile_abandon. */
MUST_CHECK enum err outfile_commit(struct outfile *o, bool sync);
/* Closes and removes; harmless when not open. */
void outfile_abandon(struct outfile *o);
