/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rolling set: distinct keys with the time of their last touch, counted
 * exactly over the last 24 hours and over keep_ms (24 h to 40 days).
 *
 * A hash index (linear probing) over nodes in one array, linked by last touch,
 * with a mark at the oldest of the last 24 hours. A node is three words and
 * its key and extra words; the index adds 4 bytes at a load of 3/8 to 3/4.
 * Times are kept modulo 2^32 ms (49 days) against `at`, which is exact because
 * whatever is older than keep_ms at `at` has been dropped. All operations are
 * O(1) amortised. Node numbers are valid until the next settle or reserve.
 *
 * The order is always: roll_settle(now), then the rest, which is about now.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "guard/late.h"

#define ROLL_NONE UINT32_MAX
#define ROLL_DAY_MS INT64_C(86400000)
#define ROLL_KEY_WORDS 4	/* at most */
#define ROLL_MOST (UINT32_C(1) << 30)	/* keys in one set */

struct roll {
	int64_t at;		/* the time that all is about */
	int64_t due;		/* nothing leaves a window before then */
	uint32_t *slots;	/* node number + 1; 0: free */
	uint32_t *nodes;
	uint32_t slot_count;	/* 0 or a power of two */
	uint32_t cap, top;	/* nodes allocated, and ever used */
	uint32_t spare;		/* list of nodes to use again */
	uint32_t oldest, newest, edge;	/* edge: oldest of the last 24 h */
	uint32_t n, n24;
	uint8_t key_words, extra_words;
	int64_t keep_ms;
	struct roll_store *store;	/* the rows still lie there: cold */
	uint64_t store_at;
	struct late late;		/* what a cold set was told since, */
	int64_t late_ms;		/* and the time that is about */
};

void roll_init(struct roll *r, unsigned key_words, unsigned extra_words,
    int64_t keep_ms);	/* no allocation */
void roll_release(struct roll *r);	/* empty, memory given back */

/* Drop what is no longer within keep_ms, give memory back when three quarters
 * stand empty. Earlier times than the last change nothing. */
void roll_settle(struct roll *r, int64_t now_ms);

/* Would roll_settle() drop something, or fetch it? If not, all that it would
 * write is the time. */
bool roll_is_due(const struct roll *r, int64_t now_ms);

/* The node of key, or ROLL_NONE. */
uint32_t roll_find(const struct roll *r, const uint32_t *key);
bool roll_in_day(const struct roll *r, uint32_t node);
/* Is key there, within the last 24 h (day) or within keep_ms? */
bool roll_has(const struct roll *r, const uint32_t *key, bool day);
/* How many (a cold set: at most); the last touch of the oldest (INT64_MIN if
 * none). */
uint32_t roll_count(const struct roll *r, bool day);
int64_t roll_oldest(const struct roll *r, bool day);

/* Memory for one key more. ERR_NOMEM, ERR_LIMIT: nothing changed. */
MUST_CHECK enum err roll_reserve(struct roll *r);
/* Key was touched now: its node. Only after roll_reserve(). The extra words of
 * a new one are zero. */
uint32_t roll_touch(struct roll *r, const uint32_t *key);

const uint32_t *roll_key(const struct roll *r, uint32_t node);
uint32_t *roll_extra(const struct roll *r, uint32_t node);
int64_t roll_last(const struct roll *r, uint32_t node);
/* The next younger node, ROLL_NONE after the newest; start at r->oldest. */
uint32_t roll_next(const struct roll *r, uint32_t node);
size_t roll_memory(const struct roll *r);

/*
 * Rows, for snapshots: time of the last touch modulo 2^32, key, extra words,
 * as they lie in memory; from the oldest touch.
 *
 * A set that is loaded is cold at first: its counts are there, its rows stay
 * where they are until the first roll_settle() fetches them, so that a start
 * costs nothing for those whom nobody asks about. Where that fails the store
 * says so, the set stays as it is: finds nothing, takes nothing
 * (roll_reserve(): ERR_IO), and its owner must not answer from it.
 *
 * With roll_tell() in roll_settle()'s place a cold set stays cold: what is
 * put into it is kept beside it, and done when the rows come, each at its
 * time. Until then roll_count() is what it can be at most.
 */
struct roll_store {
	void *ctx;
	enum err (*fetch)(void *ctx, uint64_t at, void *to, size_t n);
	enum err failed;	/* the first failure, or ERR_OK */
};

#define ROLL_ROW_WORDS (1 + ROLL_KEY_WORDS + 32)	/* at most */
size_t roll_row_words(const struct roll *r);
void roll_row(const struct roll *r, uint32_t node, uint32_t *ret);
bool roll_is_cold(const struct roll *r);
void roll_tell(struct roll *r, int64_t now_ms);
/* Key was touched now, with these extra words (NULL: it has none). Only after
 * roll_reserve(). */
void roll_put(struct roll *r, const uint32_t *key, const uint32_t *extra);
/* What a cold set is at now_ms, to be released; it stays as it is. False: the
 * store failed and says so. */
MUST_CHECK bool roll_copy(
    const struct roll *r, int64_t now_ms, struct roll *ret);

/* An empty set takes n rows, about at_ms; ERR_LIMIT: more than ROLL_MOST. */
MUST_CHECK enum err roll_load(struct roll *r, uint32_t n, int64_t at_ms);
/* A row behind another (NULL: the first): counted, not kept. False: it is
 * older than that or than keep_ms. That keys differ is the caller's word. */
MUST_CHECK bool roll_load_row(
    struct roll *r, const uint32_t *before, const uint32_t *row);
/* All n were shown; they lie in store from at on. */
void roll_load_end(struct roll *r, struct roll_store *store, uint64_t at);
