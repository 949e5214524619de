/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that a person named, written in passing (base/file.h is for those of
 * an instance): the bytes go to a neighbour, and the name appears only when
 * all of them are on the disk. A failed program leaves nothing half written
 * behind, and what had the name before as it was.
 *
 * What is below /dev and no plain file (/dev/stdout, /dev/null, a shell's
 * pipe) is written to as it comes; elsewhere only a plain file gives way.
 */
#pragma once
#include <limits.h>
#include <stdio.h>
#include <sys/types.h>
#include "base/buf.h"

struct outfile {
	FILE *f;	/* print to it freely; errors are seen at the end */
	char path[PATH_MAX], temp[PATH_MAX];	/* temp: "" as it comes */
};

/* ERR_LIMIT: the name is too long; ERR_EXISTS: a folder, pipe or device has the
 * name; ERR_IO. */
MUST_CHECK enum err outfile_open(
    struct outfile *o, const char *path, mode_t mode);
/* Flushed, renamed over path, closed. sync: also on the disk. On ERR_IO
 * nothing is left, as after outfile_abandon. */
MUST_CHECK enum err outfile_commit(struct outfile *o, bool sync);
/* Closes and removes; harmless when not open. */
void outfile_abandon(struct outfile *o);
/* All of it at once, on the disk, with this mode whatever the umask. */
MUST_CHECK enum err outfile_put(
    const char *path, struct span content, mode_t mode);
/* Is there a file that both paths name? NULL names none. */
bool outfile_same(const char *path, const char *other);
