/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealed body (application/ecluse-sealed) and its sealed answer.
 *
 * Request: 0x01 || sealing key id (8) || enc (65) || HPKE ciphertext, where
 *   key id = first 8 bytes of SHA-256(sealing public point),
 *   info   = "ecluse-sealed-v1" LF keyid LF plane LF authority LF path,
 *   ad     = the 9 bytes before enc.
 * keyid is the asker's (43 characters): nobody else can send these bytes as
 * his own question.
 *
 * Answer, as RFC 9458 §4.4: response nonce (32) || AES-256-GCM, under keys
 * drawn from the request's context with the label "ecluse-answer-v1". Its
 * plaintext is padded with spaces (JSON allows them) to SEAL_PAD, so that
 * sizes of answers tell nothing.
 */
#pragma once
#include "crypto/hpke.h"

#define SEAL_HEAD 9
#define SEAL_OVERHEAD (SEAL_HEAD + HPKE_PUBLIC + AEAD_TAG)
#define SEAL_NONCE 32
#define SEAL_ANSWER_OVERHEAD (SEAL_NONCE + AEAD_TAG)
#define SEAL_PAD 4096	/* a covered answer with its promise has 2.4 KB */

struct seal_context {	/* kept from question to answer */
	uint8_t enc[HPKE_PUBLIC];
	struct secret answer;	/* exported for the answer */
};

struct seal_about {	/* what the seal is bound to */
	struct span keyid, plane, authority, path;
};

void seal_key_id(
    const uint8_t public_key[static HPKE_PUBLIC], uint8_t out[static 8]);
MUST_CHECK enum err seal_request(const uint8_t pk[static HPKE_PUBLIC],
    const struct seal_about *about, struct span plain,
    const struct random *random, struct buf *out, struct seal_context *ctx);
/* ERR_SHAPE: not our form; ERR_UNKNOWN: another key; ERR_CRYPTO. */
MUST_CHECK enum err seal_open_request(const struct hpke_key *key,
    const struct seal_about *about, struct span sealed, struct buf *plain,
    struct seal_context *ctx);
MUST_CHECK enum err seal_answer(const struct seal_context *ctx,
    struct span plain, const struct random *random, struct buf *out);
/* The padding stays: it is white space behind the JSON. */
MUST_CHECK enum err seal_open_answer(const struct seal_context *ctx,
    struct span sealed, struct buf *plain);
