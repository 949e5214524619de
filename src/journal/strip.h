/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One segment file written anew without the sides of its first records: the
 * leaves stay, so tiles, roots, proofs and folds are what they were, and the
 * room of the sides is given back. Beside the file, then renamed over it: a
 * kill leaves the one or the other, and what lies beside is begun anew. In
 * steps of some milliseconds, between which the log may grow.
 */
#pragma once
#include <stdbool.h>
#include "journal/segment.h"

#define STRIP_RECORDS 1024	/* of a step */

struct strip;

/* first: of the file; end: below it sides go. The folder stays the caller's.
 * ERR_IO: no file, or no room beside it. */
MUST_CHECK enum err strip_begin(int dir, const struct crc *crc,
    struct record_shape shape, uint64_t first, uint64_t end,
    struct strip **ret);
void strip_free(struct strip *p);	/* removes what lies beside */
/*
 * Some records; size: of the log now. *ret_done: the new file is in its place,
 * with all records of the log that belong into it; with ERR_IO, too, where the
 * folder could not be flushed behind it. ERR_CORRUPT: a record is damaged, and
 * the old file stays.
 */
MUST_CHECK enum err strip_step(struct strip *p, uint64_t size, bool *ret_done);
