/* SPDX-License-Identifier: Apache-2.0 */
/* What the vaults of an instance counted, held against its journal: for
 * `ecluse journal verify`. Reads the operator's files. */
#pragma once
#include "meter/compare.h"

struct verify_vault {
	uint64_t acts, admins;		/* of the registry; admins: living */
	uint64_t vaults;
	struct compare_report all;	/* sums; words of the first wrong */
	char which[32];			/* "vault 0: " before the words */
	char open[COMPARE_WORDS + 32];	/* what the next start is to mend */
	int64_t began_s;		/* the wall's time, before the registry
					 * was read */
	bool cut;			/* nobody runs, who did was killed */
	uint32_t untold;		/* number + 1 of a vault that takes
					 * another log for the one that goes
					 * on, 0: none */
};

/* The last month whose openings an act purge took away, 0: none. The key is the
 * journal's. ERR_UNKNOWN: there is no registry. */
MUST_CHECK enum err verify_vault_purged(
    const char *dir, const struct note_key *key, uint32_t *ret_month);
/*
 * dir: the instance; key: the journal's. The registry's acts, each by who might
 * sign it, held against the journal; then what the vaults counted, whom
 * they were told as first administrators, and that no act changed them but the
 * registry's. ERR_UNKNOWN: it has no folder of
 * vaults, and so nothing to compare (acts: 0, unless registry and journal are
 * there); ERR_CORRUPT, ERR_CRYPTO: does not hold, or what it needs is not
 * there, see words; else files.
 */
MUST_CHECK enum err verify_vault_run(const char *dir,
    const struct note_key *key, struct verify_vault *ret);
/* The registry's log alone. Errors as verify_vault_run. */
MUST_CHECK enum err verify_vault_acts(
    const char *dir, const char *origin, struct verify_vault *ret);
