/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The replay window: keyed hashes of (key id, nonce) seen while a signature
 * that carries them could still be fresh. Bounded memory: no more tags than said
 * at creation; full, or no memory for more, means ERR_FULL, and the question is
 * refused as busy (refusing is safe, forgetting is not).
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

#define REPLAY_TAG 16
/*
 * How long a question may be fresh after it was first taken, at most: made
 * LIMIT_SKEW_S ahead of the keeper's clock, living LIMIT_SIGNATURE_LIFE_S, and
 * taken for LIMIT_SKEW_S after its end, to the end of that second (the fields
 * say whole seconds).
 */
#define REPLAY_LIFE_MS \
	((LIMIT_SIGNATURE_LIFE_S + 2 * LIMIT_SKEW_S + 1) * INT64_C(1000))

struct replay;

/* Room for at least most tags at once; life_ms: how long one is kept. */
MUST_CHECK enum err replay_new(const struct secret *key, size_t most,
    int64_t life_ms, struct replay **ret);
void replay_free(struct replay *r);
void replay_tag(struct replay *r, const uint8_t id[static SIGN_KEY_ID],
    const uint8_t nonce[static 16], uint8_t out[static REPLAY_TAG]);
/* Remembers tag until now_ms + life. ERR_EXISTS: seen; ERR_FULL. */
MUST_CHECK enum err replay_admit(
    struct replay *r, const uint8_t tag[static REPLAY_TAG], int64_t now_ms);
