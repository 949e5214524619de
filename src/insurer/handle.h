/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: the mutuelle's own reference of a person, encrypted by the mutuelle
 * (design §4). AES-256-SIV with the AMC as associated data, so that the same
 * person always gives the same handle and no other mutuelle's key or feed
 * opens it. The reference is padded with zero bytes to a multiple of 16: the
 * length of a handle tells little. Nobody else has the key: losing it means
 * that lists can no longer be joined to names.
 */
#pragma once
#include "base/limits.h"
#include "crypto/aead.h"
#include "ids/amc.h"

#define HANDLE_LABEL "ecluse-handle-key-v1"	/* of its key file */
#define HANDLE_PAD 16
#define HANDLE_SIZE (AEAD_TAG + LIMIT_REF)	/* the longest */

struct handle_key {
	uint8_t key[AEAD_SIV_KEY];
	struct amc amc;
};

/* ERR_UNKNOWN: no such file; ERR_SHAPE: not a handle key; ERR_IO. */
MUST_CHECK enum err handle_load(
    const char *path, const struct amc *amc, struct handle_key *ret);
void handle_wipe(struct handle_key *k);
/* ref: 1 to LIMIT_REF bytes without NUL, else ERR_RANGE. */
MUST_CHECK enum err handle_seal(const struct handle_key *k, struct span ref,
    uint8_t out[static HANDLE_SIZE], size_t *ret_n);
/* ERR_SHAPE: not as long as a handle; ERR_CRYPTO: made with another key, for
 * another AMC, or changed. */
MUST_CHECK enum err handle_open(const struct handle_key *k,
    struct span handle, char out[static LIMIT_REF + 1]);
