/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A promise, alone or a bundle's, checked as whoever gets it checks it: with
 * the pinned promise key and nothing else (docs/api.md, "The promise"). Nothing here
 * believes the keeper: the format is read from what came.
 */
#pragma once
#include <stdbool.h>
#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

#define PROMISED_CLAIMS 1024	/* bytes of a line's claims at most */

/* What the JWS of a bundle says. */
struct promised {
	char origin[LIMIT_ORIGIN + 1];
	uint8_t root[HASH_SIZE];
	uint32_t count;		/* of promised lines */
};

/* What one line is promised. */
struct promised_line {
	uint32_t place;		/* among the promised ones, from 0 */
	char origin[LIMIT_ORIGIN + 1];
	char transaction[LIMIT_TRANSACTION + 1];
	char amc[11], domain[LIMIT_DOMAIN + 1], level[LIMIT_LEVEL + 1];
	char day[11];		/* of care */
	bool authorization;	/* holds once it is given */
};

/* ERR_SHAPE: not such a JWS; ERR_CRYPTO: not signed by key. */
MUST_CHECK enum err promised_open(struct span jws,
    const uint8_t key[static SIGN_ED25519_KEY], struct promised *ret);
/* ERR_SHAPE; ERR_CRYPTO: the line does not lead to the signed root. */
MUST_CHECK enum err promised_check(const struct promised *p,
    struct span line, struct promised_line *ret);
/* The promise of one question, place 0. ERR_SHAPE: not such a JWS; ERR_CRYPTO:
 * not signed by key. */
MUST_CHECK enum err promised_alone(struct span jws,
    const uint8_t key[static SIGN_ED25519_KEY], struct promised_line *ret);
