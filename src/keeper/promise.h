/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise: a JWS (RFC 7515, compact, EdDSA of RFC 8037) that a bill will
 * quote and that is then paid (design §7). Its payload:
 *
 *   iss   origin of the log          txn   origin/index of the entry
 *   amc   the insurer                cb    base64url commitment to the person
 *   site  the asker's site           dom   domain
 *   lvl   level                      rul   version of the rules that gave it
 *   aut   true: prior authorisation needed
 *   dat   day of care                iat, exp  seconds since 1970
 *
 * cb = SHA-256("ecluse/promise/v1" || salt || u32 cell || u64 number), salt =
 * HMAC-SHA-256(blinding key, txn): the keeper can say later whom it meant,
 * nobody else can try persons.
 */
#pragma once
#include "base/buf.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

#define PROMISE_CLAIMS 1024	/* bytes of a payload at most */
#define PROMISE_LIFE_S (30 * 86400)	/* a bill comes within a month */

struct promise {
	struct span origin, amc, site, domain, level, rules;
	uint64_t index, number;
	uint32_t cell;
	bool authorization;
	int32_t care_day;
	int64_t now_ms;
};

/* Appends the payload alone. Errors of promise_write. */
MUST_CHECK enum err promise_claims(const struct promise *p,
    const struct secret *blinding, struct buf *out);
/* The compact JWS of a payload to an empty out. */
MUST_CHECK enum err promise_jws(const char *typ, struct span payload,
    const struct sign_private *key, struct buf *out);
/* Appends the compact JWS. ERR_LIMIT: the origin or a text is too long, or out
 * has no room. */
MUST_CHECK enum err promise_write(const struct promise *p,
    const struct secret *blinding, const struct sign_private *key,
    struct buf *out);
