/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking a whole log. verify_public needs the public folder and the log's
 * key; verify_records also the records, which only the operator and an
 * incident's auditor have.
 */
#pragma once
#include "journal/checkpoint.h"
#include "journal/tlog.h"

#define VERIFY_WORDS 320

struct verify_report {
	struct checkpoint checkpoint;	/* if its signature holds */
	uint64_t tiles;			/* full and partial, right so far */
	uint64_t records;		/* right so far */
	uint64_t purged;		/* of these, without their opening */
	/* What is wrong first, in words: a tile's path, an entry's index.
	 * Empty when nothing is. Holds no bytes of the log. */
	char words[VERIFY_WORDS];
};

struct verify_progress {
	void (*step)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/*
 * The checkpoint's signature, the root from the tiles of the right edge, and
 * from the top down each full tile's root in the tile above it: every byte of
 * every tile counts. *ret is filled on failure too. ERR_CRYPTO, ERR_CORRUPT:
 * wrong, see words; ERR_UNKNOWN: there is no checkpoint; ERR_IO: a file that
 * is there cannot be read. progress may be NULL.
 */
MUST_CHECK enum err verify_public(const char *folder,
    const struct note_key *key, const struct verify_progress *progress,
    struct verify_report *ret);
/*
 * Each record up to the checkpoint: whole, with the leaf that the tree holds;
 * where sides have a fixed size (the journal), a well-formed leaf whose
 * opening hash is the side's, or zeros for both, or whose side was purged and
 * which is of the month purged (date_month_of_ms) or before it; 0: of none. Goes
 * on in *ret. Opens the log
 * to read; options->key is NULL. ERR_UNKNOWN, ERR_IO: cannot be read;
 * ERR_CORRUPT, ERR_CRYPTO: wrong, see words.
 */
MUST_CHECK enum err verify_records(const struct tlog_options *options,
    uint32_t purged, const struct verify_progress *progress, struct verify_report *ret);
