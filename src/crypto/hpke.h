/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HPKE (RFC 9180), base mode, one suite: DHKEM(P-256, HKDF-SHA256) 0x0010,
 * HKDF-SHA256 0x0001, AES-256-GCM 0x0002. A context seals or opens one
 * message (sequence number 0) and exports secrets.
 */
#pragma once
#include "base/buf.h"
#include "base/random.h"
#include "crypto/aead.h"
#include "crypto/secret.h"

#define HPKE_PUBLIC 65	/* uncompressed point; also the size of enc */
#define HPKE_PRIVATE 32	/* big-endian scalar */

struct hpke_key;	/* a recipient's key pair, wiped when freed */

struct hpke_context {
	struct secret key, exporter;
	uint8_t nonce[AEAD_NONCE];
};

MUST_CHECK enum err hpke_key_make(
    const struct random *random, struct hpke_key **ret);
/* RFC 9180 DeriveKeyPair, and a private scalar with its public point. */
MUST_CHECK enum err hpke_key_derive(struct span ikm, struct hpke_key **ret);
MUST_CHECK enum err hpke_key_from(
    const uint8_t scalar[static HPKE_PRIVATE], struct hpke_key **ret);
void hpke_key_free(struct hpke_key *k);
void hpke_key_public(
    const struct hpke_key *k, uint8_t out[static HPKE_PUBLIC]);
void hpke_key_private(
    const struct hpke_key *k, uint8_t out[static HPKE_PRIVATE]);

/* Sender: writes enc, fills ctx. ERR_SHAPE: pk is not a point of the curve. */
MUST_CHECK enum err hpke_setup_sender(const uint8_t pk[static HPKE_PUBLIC],
    struct span info, const struct random *random,
    uint8_t enc[static HPKE_PUBLIC], struct hpke_context *ctx);
/* The same with a given ephemeral key, for the RFC's vectors. */
MUST_CHECK enum err hpke_setup_sender_with(
    const uint8_t pk[static HPKE_PUBLIC], struct span info,
    const struct hpke_key *ephemeral, uint8_t enc[static HPKE_PUBLIC],
    struct hpke_context *ctx);
MUST_CHECK enum err hpke_setup_receiver(const struct hpke_key *k,
    const uint8_t enc[static HPKE_PUBLIC], struct span info,
    struct hpke_context *ctx);
/* out: in.n + AEAD_TAG (seal), in.n - AEAD_TAG (open). Once per context. */
MUST_CHECK enum err hpke_seal(const struct hpke_context *ctx, struct span ad,
    struct span in, uint8_t *out);
MUST_CHECK enum err hpke_open(const struct hpke_context *ctx, struct span ad,
    struct span in, uint8_t *out);
void hpke_export(const struct hpke_context *ctx, struct span label,
    uint8_t *out, size_t n);
