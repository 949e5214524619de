/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new aliases of an open feed that memory has no room for: sorted runs
 * (run.h), merged eight at a time, so that few are ever searched and each
 * alias is written two or three times whatever the feed's size; at its end
 * all runs are poured into the table in the order of their tags, and each
 * page is touched once. 50 million tags into a table of the same size, half a
 * million at a time, would write each page a hundred times.
 *
 * All work is done in steps; between two of them questions are answered.
 */
#pragma once
#include "rights/run.h"

#define SPILL_FAN 8		/* runs merged into one */
#define SPILL_RUNS 64

struct spill {
	const char *folder;
	struct run *runs[SPILL_RUNS];	/* finished ones */
	unsigned levels[SPILL_RUNS];	/* how often merged */
	unsigned count;
	bool writing;			/* a run is being written: */
	struct run_pen to;
	unsigned level;
	struct run_pen from[SPILL_RUNS];	/* merged, or poured */
	unsigned from_count;
};

void spill_init(struct spill *s, const char *folder);	/* no allocation */
void spill_release(struct spill *s);	/* files too; may be used again */
bool spill_is_empty(const struct spill *s);

/* The tag is looked up soon. */
void spill_expect(const struct spill *s, struct span tag);
/* The person a tag names in the runs, 0: none. Not while spill_step has more
 * to do. */
MUST_CHECK enum err spill_find(
    const struct spill *s, struct span tag, int64_t *ret_person);
/*
 * Writes so many entries of f, from place *at on, into a run, then merges runs
 * where eight have come together. *ret_more: call again. At the end f may be
 * released.
 */
MUST_CHECK enum err spill_step(struct spill *s, const struct fresh *f,
    size_t *at, unsigned rows, bool *ret_more);
/* The next alias of all runs, in order, into *ret; false in *ret_has at the
 * end. */
MUST_CHECK enum err spill_pour(
    struct spill *s, struct fresh_entry *ret, bool *ret_has);
