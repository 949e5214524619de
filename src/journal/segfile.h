/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment file that is being written: zeros ahead, one write and one
 * flush a batch, and no second try. For segment.c.
 */
#pragma once
#include <stdbool.h>
#include "journal/segment.h"

struct segfile {
	int dir;	/* the folder; the caller's */
	int fd;		/* -1: none yet */
	struct segment_io io;
	bool failed;	/* a write or flush failed: all calls give ERR_IO */
	uint64_t first;	/* index of the first record of the file */
	off_t used;	/* bytes of records */
	off_t written;	/* the same, with those that wait for a flush */
	off_t there;	/* bytes written, zeros ahead included */
	off_t limit;	/* what the file will hold at most */
	off_t ahead;	/* zeros written at a time */
};

/* each: bytes of a record, 0 if they vary. io may be NULL. */
void segfile_init(struct segfile *f, int dir, const struct segment_io *io,
    size_t each);
void segfile_release(struct segfile *f);

/* Opens the file of the folder whose first record is first; -1 and errno. */
int segfile_descriptor(int dir, uint64_t first, int flags);
/* Removes it and flushes the folder. */
MUST_CHECK enum err segfile_remove(int dir, uint64_t first);

/* The name of what is written beside it, and its taking the file's place,
 * durably; *ret_taken, with ERR_IO too: it has the place. */
void segfile_beside(uint64_t first, char *out, size_t size);
MUST_CHECK enum err segfile_take_place(
    int dir, const char *beside, uint64_t first, bool *ret_taken);

/* Starts the file for the records from first on; closes the one before. */
MUST_CHECK enum err segfile_create(struct segfile *f, uint64_t first);
/*
 * Goes on behind used bytes; wipes what stands there if dirty. What stands from
 * doubtful on is written and flushed again: if its flush was what failed, it is
 * read from memory, and the kernel holds it to be on the disk.
 */
MUST_CHECK enum err segfile_resume(struct segfile *f, uint64_t first,
    off_t doubtful, off_t used, bool dirty);
/* On the disk when it returns ERR_OK. */
MUST_CHECK enum err segfile_append(struct segfile *f, struct span bytes);
/* The same in two steps, for a flush by somebody else: written, and counted
 * once it was flushed. */
MUST_CHECK enum err segfile_write(struct segfile *f, struct span bytes);
MUST_CHECK enum err segfile_landed(struct segfile *f, bool flushed);
MUST_CHECK enum err segfile_ahead(struct segfile *f);
