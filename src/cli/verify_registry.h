/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry as `ecluse journal verify` reads it. It lies in the keeper's
 * folder, and names by its own key who signed its log: neither is believed.
 * Each act must be signed by as many administrators as it takes, who were
 * administrators then by the acts before it; and the journal vouches for the
 * whole, for each of its leaves says how long the registry was and with which
 * root. The first entry, which names the first administrators, is what the
 * first leaf says it is, and what the vaults were told by another hand.
 */
#pragma once
#include "journal/tlog.h"
#include "meter/compare.h"
#include "registry/registry.h"

/* One entry of it. */
struct verify_act {
	uint8_t root[HASH_SIZE];	/* of all up to this one */
	int64_t time_ms;		/* that it says */
	int64_t taken_ms;		/* that stands beside it; 0: nothing */
	unsigned keys, sites;		/* enrolled by one signature */
};

struct verify_registry {
	/* The vaults' keys by number; a later one takes an earlier one's
	 * place. */
	uint32_t vaults;
	bool known[REGISTRY_VAULTS];
	uint8_t raw[REGISTRY_VAULTS][SIGN_ED25519_KEY];
	uint32_t purged;	/* a month, 0: none */
	/* origins of the logs that this one goes on from, each and LF; then
	 * NUL */
	struct buf formers;
	uint64_t size;
	struct verify_act *acts;
	struct registry *registry;	/* what they come to; NULL: not asked */
	size_t first_admins;		/* of these, by the first entry */
	char words[COMPARE_WORDS];	/* which act may not stand, and why */
};

/* dir: the instance; origin: of its journal; acts: are they to be judged, one
 * by one? Release in any case. ERR_UNKNOWN: there is none; ERR_CORRUPT,
 * ERR_CRYPTO: it does not hold, see words; else files. */
MUST_CHECK enum err verify_registry_read(const char *dir, const char *origin,
    bool acts, struct verify_registry *ret);
void verify_registry_release(struct verify_registry *r);
/*
 * Is it the one that every entry of the journal names? journal was opened
 * before the registry was read. What the last ten seconds name may not be
 * published yet. And was each act taken when it could be, which the entries
 * around it say: from a minute before its own time to seven days after it? One
 * that enrols by one signature: to a day after it, and no more of them in a day
 * than one may? ERR_CORRUPT: no, in words, or an entry is of a time that no
 * calendar has; errors of tlog_read, leaf_unpack.
 */
MUST_CHECK enum err verify_registry_pair(const struct verify_registry *r,
    struct tlog *journal, char *words, size_t size);
/* Administrators who live now. */
size_t verify_registry_admins(const struct verify_registry *r);
