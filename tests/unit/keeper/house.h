/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of book and fold share: a keeper's folder on the disk, a
 * registry with keys 1 to HOUSE_KEYS, and questions that are counted and
 * written as question.c and decide.c do it. house_kill drops everything
 * without a word to the disk, house_open comes back from what is there.
 */
#pragma once
#include "base/random.h"
#include "journal/rig.h"
#include "keeper/apart.h"
#include "keeper/fold.h"
#include "registry/acts.h"

#define HOUSE_KEYS 4	/* 1 and 2 at site s1, 3 and 4 at site s2 */
#define HOUSE_CELLS 3
#define HOUSE_NOW ACTS_NOW

struct house {
	char dir[RIG_PATH];
	struct acts acts;
	struct keyring *keys;
	struct random_seeded seed;
	struct random random;
	struct apart apart;
	struct book *book;
	struct guard *guard;
	struct replay *replay;
	struct fold fold;
	struct fold_result found;
	uint32_t nonce;
};

void house_make(struct house *h);
void house_unmake(struct house *h);
/* Opens the book with an empty guard and replay window. */
void house_open(struct house *h);
void house_kill(struct house *h);
/* kill, open, fold_run at now_ms. */
void house_again(struct house *h, int64_t now_ms);

/* One question of a key; number 0 is a miss. */
struct house_ask {
	unsigned key;
	uint32_t cell;
	uint64_t number;
	bool card, rpps;
	int64_t now_ms;
};

/* Counts it, gathers its entry (a refusal too), gives the index; the nonce is
 * h->nonce, which goes up. *ret_answered may be NULL. */
uint64_t house_gather(
    struct house *h, struct house_ask a, bool *ret_answered);
/* The same and a commit; released is what stood before. */
uint64_t house_asks(struct house *h, struct house_ask a);
void house_commit(struct house *h, uint64_t released);
/* An entry of another kind, committed: kind, time and what the test set. */
uint64_t house_notes(struct house *h, struct leaf leaf, unsigned key);

/* The leaf at index; the opening must (not) open. */
struct leaf house_leaf(struct house *h, uint64_t index, bool opens,
    struct opening *opening);
/* Is the nonce in the replay window at now_ms? (It is afterwards.) */
bool house_seen(struct house *h, unsigned key, uint32_t nonce, int64_t now_ms);
/* All counts at now_ms, as bytes to release. */
void house_counts(struct house *h, int64_t now_ms, struct buf *out);
