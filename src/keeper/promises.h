/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of a bundle: one signature over the Merkle root of its covered
 * lines, so that a line is checked alone and tells nothing of the others. The
 * tree is RFC 6962's over leaves of our own:
 *
 *   leaf = SHA-256(0x00 || "ecluse/promise-line/v1" || salt || claims)
 *   node = SHA-256(0x01 || left || right)
 *
 * claims: the payload of a single promise (keeper/promise.h), salt: 16 random
 * bytes, so that whoever has a line cannot try what its neighbour says. The
 * JWS has typ ecluse-promises+jwt and the payload {"iss","root","n","iat",
 * "exp"}; root is base64url, n the number of leaves. A line is
 *
 *   place "." base64url(claims) "." base64url(salt) "." base64url(path)
 *
 * with place the leaf's index in decimal and path the hashes of RFC 6962
 * §2.1.1 one behind the other.
 */
#pragma once
#include "base/limits.h"
#include "base/random.h"
#include "keeper/promise.h"

struct promises;

struct promises *promises_new(void);	/* NULL: no memory */
void promises_free(struct promises *p);
/* Line nth (from 0, rising) is promised. Errors of promise_claims. */
MUST_CHECK enum err promises_add(struct promises *p, unsigned nth,
    const struct promise *one, const struct secret *blinding,
    const struct random *random);
/* All are in: appends the JWS, nothing if there are none. */
MUST_CHECK enum err promises_sign(struct promises *p, const char *origin,
    int64_t now_ms, const struct sign_private *key, struct buf *out);
/* Appends line nth, nothing if it was not promised. */
void promises_line(
    const struct promises *p, unsigned nth, struct buf *out);
