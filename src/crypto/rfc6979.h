/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA on P-256 with SHA-256 whose nonce is drawn from the key and the
 * message (RFC 6979 §3.2): the same message gives the same 64 bytes on every
 * machine. For invented populations and test vectors alone, where bytes must
 * be the same for the same seed: OpenSSL 3.0 cannot do it, and the inversion
 * here is not hardened against timing as the library's is.
 */
#pragma once
#include <stdint.h>
#include "base/err.h"
#include "crypto/sign.h"

#define RFC6979_SCALAR 32
#define RFC6979_DIGEST 32
#define RFC6979_SIGNATURE 64	/* r || s */

struct rfc6979;		/* a private key; wiped when freed */

/* ERR_SHAPE: the scalar is not in 1 to n - 1; ERR_NOMEM. */
MUST_CHECK enum err rfc6979_new(
    const uint8_t scalar[static RFC6979_SCALAR], struct rfc6979 **ret);
void rfc6979_free(struct rfc6979 *k);
/* ERR_NOMEM. */
MUST_CHECK enum err rfc6979_sign(struct rfc6979 *k,
    const uint8_t digest[static RFC6979_DIGEST],
    uint8_t sig[static RFC6979_SIGNATURE]);
/* sign_make(key) signs so from now on; an Ed25519 key always did. */
MUST_CHECK enum err rfc6979_fix(struct sign_private *key);
