/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which persons' lines differ between two books: yesterday's and today's.
 *
 * Of each line 40 bytes are kept: the reference and the packed line, hashed
 * under a key of this run, its number and its book. Past DIFFER_ROOM of them
 * they go to unlinked temporary files (TMPDIR, mode 0600) in sorted runs, which
 * are merged: memory is DIFFER_ROOM lines and one bit a line, whatever the
 * size. The files name nobody to whoever reads the disk.
 */
#pragma once
#include <stdbool.h>
#include "crypto/hash.h"

#define DIFFER_ROOM 131072	/* lines in memory, 5 MiB */
#define DIFFER_RUNS 512		/* files: 67 million lines of both books */

enum differ_book { DIFFER_OLD, DIFFER_NEW };

struct differ;

/* ERR_NOMEM. room: lines in memory, DIFFER_ROOM but in tests. */
MUST_CHECK enum err differ_new(size_t room, struct differ **ret);
void differ_free(struct differ *d);
/* packed is empty for a line with faults: whoever it means differs. ERR_IO,
 * ERR_NOMEM, ERR_LIMIT (too many lines). */
MUST_CHECK enum err differ_put(struct differ *d, enum differ_book book,
    uint32_t line, struct span ref, struct span packed);

struct differ_counts {
	uint64_t same, changed, joined, gone;	/* persons */
};

/* After all lines. */
MUST_CHECK enum err differ_settle(
    struct differ *d, struct differ_counts *ret);
/* Is this line of today's book of a person to list; is this line of
 * yesterday's the first of somebody who is not there any more? */
bool differ_has(
    const struct differ *d, enum differ_book book, uint32_t line);
