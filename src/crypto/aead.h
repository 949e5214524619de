/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-256-GCM (SP 800-38D) and AES-256-SIV (RFC 5297) over OpenSSL. Sealed
 * bytes are ciphertext || 16-byte tag for GCM, 16-byte V || ciphertext for SIV.
 */
#pragma once
#include "base/buf.h"
#include "crypto/secret.h"

#define AEAD_NONCE 12
#define AEAD_TAG 16
#define AEAD_SIV_KEY 64

void aead_start(void);	/* as hash_start(): once, before any sandbox */

/* out takes in.n + AEAD_TAG bytes; a nonce is used once per key. */
MUST_CHECK enum err aead_seal(const struct secret *key,
    const uint8_t nonce[static AEAD_NONCE], struct span ad, struct span in,
    uint8_t *out);
/* out takes in.n - AEAD_TAG bytes; ERR_CRYPTO leaves it zeroed. */
MUST_CHECK enum err aead_open(const struct secret *key,
    const uint8_t nonce[static AEAD_NONCE], struct span ad, struct span in,
    uint8_t *out);
/* Deterministic: the same in and ad give the same bytes. in.n >= 1. */
MUST_CHECK enum err aead_siv_seal(const uint8_t key[static AEAD_SIV_KEY],
    struct span ad, struct span in, uint8_t *out);
MUST_CHECK enum err aead_siv_open(const uint8_t key[static AEAD_SIV_KEY],
    struct span ad, struct span in, uint8_t *out);
