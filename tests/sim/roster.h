/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The books of two mutuelles, feed by feed, as their own: who has which right
 * in which of them. Each right says in its level whose it is, of which domain
 * and feed, so that an answer tells where it comes from.
 */
#pragma once
#include "base/buf.h"
#include "base/random.h"
#include "feed/chunk.h"

#define ROSTER_CELLS 2
#define ROSTER_PEOPLE 24
#define ROSTER_FEEDS 512	/* of one mutuelle, at most */
#define ROSTER_CHUNKS 3
#define ROSTER_DAY 20779	/* 2026-11-22: day of care, of all feeds */

struct roster_feed {
	uint32_t cell, nth;	/* nth: from 1 */
	unsigned count;
	struct buf chunks[ROSTER_CHUNKS];
};

struct roster {
	unsigned made[ROSTER_CELLS + 1];	/* feeds, by cell */
	bool listed[ROSTER_FEEDS][ROSTER_PEOPLE];
	int64_t made_ms[ROSTER_CELLS + 1];
};

/* Cell 1 is vault 1's, cell 2 vault 0's (keeper/vaults.h). */
uint32_t roster_cell(unsigned who);
const char *roster_amc(uint32_t cell);
void roster_member(unsigned who, char out[static 16]);
/* Both mutuelles' feed key, acts_p256(0); to be freed. */
struct sign_private *roster_key(void);

/* The next feed of a cell, full: of those who may ever be listed some are. */
void roster_next(struct roster *r, uint32_t cell, int64_t now_ms,
    struct random_seeded *dice, const uint8_t sealing[static HPKE_PUBLIC],
    const struct random *random, struct roster_feed *ret);
void roster_release(struct roster_feed *f);
/* Is who in feed nth of his cell? In any up to it? */
bool roster_has(const struct roster *r, unsigned who, uint32_t nth);
bool roster_knows(const struct roster *r, unsigned who, uint32_t nth);
/* Which feed said this level of who's domain? false: it is none of his. */
bool roster_reads(const char *level, unsigned who, const char *domain,
    uint32_t *ret_nth);
