/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durable append: records in files seg-<index of the first record>, 65,536
 * records each, in one folder. A batch is one write and one fdatasync (two of
 * each where a file ends). Files are filled with zeros ahead (3.6 MB for the
 * journal), so that a flush has no metadata to write: measured, that halves
 * the time of a plain append.
 *
 * A failed write or flush is final: what the disk holds is then unknown, so
 * every later call returns ERR_IO, reading included. The process ends and
 * opens again, which finds the tail that is whole, and writes and flushes its
 * last batch once more: after a failed flush the kernel holds those pages to be
 * clean, so that the next flush would say yes to what is not on the disk.
 */
#pragma once
#include <sys/types.h>
#include "journal/record.h"

#define SEGMENT_RECORDS 65536
#define SEGMENT_AHEAD 4096	/* records' worth of zeros at a time */
#define SEGMENT_AHEAD_VARY ((size_t)256 << 10)	/* bytes, if sizes vary */
#define SEGMENT_BATCH_BYTES ((size_t)64 << 20)

/* The two calls that tests make fail. */
struct segment_io {
	ssize_t (*pwrite)(void *ctx, int fd, const void *p, size_t n,
	    off_t offset);
	int (*fdatasync)(void *ctx, int fd);
	void *ctx;
};

struct segments;

struct segment_options {
	const char *dir;		/* exists */
	struct record_shape shape;
	const struct segment_io *io;	/* NULL: the system's */
	bool write;
	/* Entries that must be there: the checkpoint's size. A reader sees
	 * these and no more, and meets what is damaged when it reads it. */
	uint64_t known;
};

/*
 * Finds the tail. A torn batch behind it is wiped out with zeros when writing.
 * ERR_CORRUPT: fewer whole records than known, a file missing, or a damaged
 * record with whole batches behind it; nothing was changed then. With a fixed
 * shape only the records from the last known one on are read; with a varying
 * one, all.
 */
MUST_CHECK enum err segment_open(
    const struct segment_options *options, struct segments **ret);
void segment_close(struct segments *s);	/* NULL is fine */

uint64_t segment_size(const struct segments *s);	/* records */

struct segment_entry {
	struct span leaf, side;
};

/* Appends a batch; on the disk when it returns ERR_OK. ERR_RANGE (sizes, or
 * released beyond the end) and ERR_LIMIT write nothing; ERR_IO is final. */
MUST_CHECK enum err segment_append(struct segments *s,
    const struct segment_entry *entries, size_t n, uint64_t released);
/*
 * The same in two steps, so that others may flush meanwhile: *ret_fd, which
 * stays the log's, has to be flushed, and segment_landed told how that went
 * before anything is written again; reading goes on. -1: it is on the disk
 * already, as where a file ends.
 */
MUST_CHECK enum err segment_write(struct segments *s,
    const struct segment_entry *entries, size_t n, uint64_t released,
    int *ret_fd);
/* ERR_IO if it was not flushed: final. */
MUST_CHECK enum err segment_landed(struct segments *s, bool flushed);
/* Writes zeros ahead if few are left; so that appends seldom have to. */
MUST_CHECK enum err segment_ahead(struct segments *s);
/*
 * The sides of records below end go for good, their leaves stay; what was
 * purged before stays so. One step of some milliseconds; call again while
 * *ret_more. A failure (ERR_IO: no room; ERR_CORRUPT) leaves the file as it
 * was, to be tried again; ERR_IO once a file was exchanged is final. ERR_STATE:
 * open to read; ERR_RANGE: beyond the end, or sizes vary.
 */
MUST_CHECK enum err segment_purge(
    struct segments *s, uint64_t end, bool *ret_more);
/* One read of a few hundred bytes. An empty side: it was purged. Spans until the next call on s.
 * ERR_UNKNOWN: not yet written; ERR_CORRUPT; ERR_IO. */
MUST_CHECK enum err segment_read(
    struct segments *s, uint64_t index, struct record *ret);
/* The same of a record of fixed shape behind those that a reader sees.
 * ERR_UNKNOWN: none stands there that is whole. */
MUST_CHECK enum err segment_behind(
    struct segments *s, uint64_t index, struct record *ret);
