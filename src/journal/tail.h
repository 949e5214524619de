/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where do the whole records of a folder of segments end? Only looks: what is
 * to be wiped is told, so that a damaged log stays as it was found.
 */
#pragma once
#include <sys/types.h>
#include "journal/record.h"

struct tail_question {
	int dir;
	const struct crc *crc;
	struct record_shape shape;
	uint64_t known;	/* records that must be there */
	/* To go on writing: insist on what is known, look behind it too. Else
	 * what is whole up to known is found, and may be less. */
	bool write;
	/* Told where each record starts that was read. */
	enum err (*each)(void *ctx, uint64_t index, off_t offset);
	void *ctx;
};

struct tail {
	uint64_t size;	/* whole records */
	bool any;	/* is there a file to go on with? */
	uint64_t first;	/* its first record */
	off_t offset;	/* where its whole records end */
	off_t batch;	/* where, in it, those of the last batch begin */
	bool dirty;	/* something stands behind: a torn batch */
	uint64_t later;	/* files behind it, parts of a torn batch */
};

/* ERR_CORRUPT as segment_open; ERR_IO, ERR_NOMEM. */
MUST_CHECK enum err tail_find(
    const struct tail_question *q, struct tail *ret);
