/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new aliases of an open feed, in memory until they are many or the feed
 * ends, then written in the order of their tags: each page of the table is
 * touched once for all of them instead of once for each. A first load of
 * 480,000 lines into one cell took 26 us of processor time a line instead of
 * 77, and a question waited 34 ms at most instead of 214 (two busy cores).
 *
 * An open table whose places are the leading bits of the tag. Tags are HMACs
 * and numbers are random, so that they spread evenly, and walking the places
 * from first to last meets them in their order: among neighbours the lesser
 * tag stands first.
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "msg/rights.h"

#define FRESH_MOST ((size_t)1 << 19)	/* tags, usually; 32 MB */

#define FRESH_SLACK 512		/* places behind the last, so that none wraps */

struct fresh_entry {
	uint8_t tag[RIGHTS_TAG];
	uint8_t n;		/* bytes of the tag; 0: a free place */
	uint8_t card;
	int64_t person;
};

struct fresh {
	struct fresh_entry *places;
	size_t size, count;	/* size: 0 or a power of two, twice count */
	size_t most;
};

void fresh_init(struct fresh *f, size_t most);	/* no allocation */
void fresh_release(struct fresh *f);		/* may be used again */
void fresh_clear(struct fresh *f);	/* the same, and keeps its memory */
/* May so many more be added? If not, write them. */
bool fresh_has_room(const struct fresh *f, size_t more);
/* The tag is looked up soon. */
void fresh_expect(const struct fresh *f, struct span tag);
/* The person the tag names, or 0. */
int64_t fresh_find(const struct fresh *f, struct span tag);
/* Puts or replaces. ERR_NOMEM; ERR_FULL; ERR_LIMIT: the tag's length. */
MUST_CHECK enum err fresh_add(
    struct fresh *f, struct span tag, int64_t person, bool card);
/* Below, at or above 0 as e's tag comes before, equals or follows tag. */
int fresh_order(const struct fresh_entry *e, struct span tag);
/* The first entry from place *at on, moving *at behind it; NULL at the end. */
const struct fresh_entry *fresh_next(const struct fresh *f, size_t *at);
