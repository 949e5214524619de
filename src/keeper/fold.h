/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets are a fold over the journal. At start: the newest snapshot that fits
 * the tree, then the entries behind it; the replay window is refilled from the
 * tail. A snapshot is encrypted under the key of its month, so that it dies
 * with it.
 *
 * DIR/keeper/budgets (keeper/snapfile.h) holds the askers' sequences, led by
 * u32 how many bytes, then the guard's state, of which most is read when
 * somebody is asked about: the file stays open.
 */
#pragma once
#include "auth/replay.h"
#include "guard/guard.h"
#include "keeper/book.h"
#include "keeper/snapfile.h"
#include "registry/registry.h"

/* Entries of so many days are folded when there is no snapshot. */
#define FOLD_DAYS 31

struct fold {
	struct book *book;
	struct guard *guard;
	struct replay *replay;
	const struct registry *registry;
	const struct keyring *keys;
	const struct random *random;
	const char *dir;
	struct book *const *pasts;	/* logs before this one */
	size_t past_count;
	/* What the guard fetches from, so that this struct stays in its place
	 * as long as the guard; NULL and 0 at first. */
	struct snapfile *snapshot;
	uint64_t guard_at;
};

struct fold_result {
	uint64_t from, size;	/* entries read: [from, size) */
	uint64_t released;	/* mark of the last record */
	int64_t last_ms;	/* time of the last entry, 0: none */
	bool stopped;		/* the last entry is a clean end */
};

MUST_CHECK enum err fold_run(
    struct fold *f, int64_t now_ms, struct fold_result *ret);
void fold_end(struct fold *f);	/* after the guard's end */
/* Writes a snapshot of the present state, which must hold every entry. temp:
 * the name it has until it is whole, of whoever writes. */
#define FOLD_TEMP_CHILD "keeper/budgets.next"
#define FOLD_TEMP_STOP "keeper/budgets.stop"
MUST_CHECK enum err fold_save(
    const struct fold *f, const char *temp, int64_t now_ms);

/* The numbers that the guard knows subjects by. */
void fold_ask(const struct registry *r, const struct registry_key *k,
    uint8_t plane, struct span rpps, struct guard_ask *ret);
