/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSE_Sign1 (RFC 9052 §4.2) in one profile, so that bytes have one spelling:
 * tag 18; protected header exactly {1: -7 (ES256), 4: kid of 8 bytes}; empty
 * unprotected header; payload inside; signature r || s (RFC 9053 §2.1).
 *
 * The tag is required rather than optional: it costs one byte, and a reader
 * that finds it knows what it holds.
 *
 * ECDSA signatures can be altered into another valid one of the same message
 * (s into n - s): never use the bytes of a token as its identity.
 */
#pragma once
#include "base/buf.h"
#include "crypto/sign.h"

#define COSE_KID 8	/* first bytes of SHA-256 of the key's SPKI */

struct cose_sign1 {	/* views of the parsed bytes */
	struct span header, payload;	/* protected header, its bytes */
	const uint8_t *kid;		/* COSE_KID bytes */
	const uint8_t *signature;	/* SIGN_SIZE bytes */
};

void cose_kid(const struct sign_public *key, uint8_t out[static COSE_KID]);
/* Signs payload and appends the tagged structure. ERR_SHAPE: not a P-256 key;
 * ERR_LIMIT, ERR_NOMEM as out's; ERR_CRYPTO. */
MUST_CHECK enum err cose_sign1_make(
    const struct sign_private *key, struct span payload, struct buf *out);
/* ERR_SHAPE: not of this profile. Verifies nothing. */
MUST_CHECK enum err cose_sign1_parse(
    struct span in, struct cose_sign1 *ret);
/* ERR_CRYPTO: not signed by key, or key is not of P-256. */
MUST_CHECK enum err cose_sign1_verify(
    const struct cose_sign1 *m, const struct sign_public *key);
/* Appends the Sig_structure (RFC 9052 §4.4) without external data: the bytes
 * that are signed. */
void cose_sign1_signed(struct span header, struct span payload,
    struct buf *out);
