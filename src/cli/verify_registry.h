/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry as `ecluse journal verify` reads it: the vaults' keys, the
 * months purged, the logs before this one. It lies in the keeper's folder, and
 * names by its own key who signed it; what vouches for it is the journal, each
 * leaf of which says how long the registry was and with which root.
 */
#pragma once
#include "journal/tlog.h"
#include "registry/registry.h"

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
	uint8_t (*roots)[HASH_SIZE];	/* of its first 1, 2, ... entries */
};

/* dir: the instance; key: the journal's. Release in any case. ERR_UNKNOWN:
 * there is none; ERR_CORRUPT, ERR_CRYPTO: it does not hold; else files. */
MUST_CHECK enum err verify_registry_read(const char *dir,
    const struct note_key *key, struct verify_registry *ret);
void verify_registry_release(struct verify_registry *r);
/*
 * Is it the one that every entry of the journal names? journal was opened
 * before the registry was read. What the last ten seconds name may not be
 * published yet. ERR_CORRUPT: no, in words; errors of tlog_read, leaf_unpack.
 */
MUST_CHECK enum err verify_registry_pair(const struct verify_registry *r,
    struct tlog *journal, char *words, size_t size);
