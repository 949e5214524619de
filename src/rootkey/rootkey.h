/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root key, under which the keeper's other keys are wrapped
 * (registry/keyring.h). It stands in a protected file, DIR/keeper/root.key, or
 * in a PKCS#11 token, which it never leaves: there it is
 *
 *   HMAC-SHA-256(the token's key, "ecluse root wrap v1" ‖ 0 ‖ origin)
 *
 * worked out inside the token once a start. A mechanism that every token has
 * (CKM_SHA256_HMAC), and two instances that share a token key share nothing.
 */
#pragma once
#include "base/random.h"
#include "crypto/secret.h"

#define ROOTKEY_APART "months-%u.key"	/* DIR/keeper; in a token see below */
#define ROOTKEY_LABEL "ecluse root wrap v1"
#define ROOTKEY_PIN_MOST 128	/* bytes of a PIN */

/* Settings of ecluse.conf; module "": the file. */
struct rootkey_source {
	const char *folder;	/* DIR/keeper */
	const char *origin;
	const char *module;	/* root.module: a PKCS#11 module */
	const char *token;	/* root.token: the token's label */
	const char *key;	/* root.key: the key's label in it */
	/* root.pin-file: absolute, or a name below $CREDENTIALS_DIRECTORY */
	const char *pin_file;
};

/* What is wrong, where, and what to do. Never the PIN or a key. */
struct rootkey_fault {
	char text[320];
};

bool rootkey_is_token(const struct rootkey_source *s);

/*
 * ERR_UNKNOWN: no such file, module, token or key. ERR_STATE: others can read
 * the file or the PIN, the key could leave its token, or the token will not
 * have this PIN. ERR_SHAPE, ERR_LIMIT: not its form. ERR_IO, ERR_CRYPTO: the
 * module failed.
 */
MUST_CHECK enum err rootkey_open(const struct rootkey_source *s,
    struct secret *ret, struct rootkey_fault *fault);
/* The same for a new instance: makes root.key (ERR_EXISTS: there is one), or
 * the key in the token if the token has none of that label. */
MUST_CHECK enum err rootkey_make(const struct rootkey_source *s,
    const struct random *random, struct secret *ret,
    struct rootkey_fault *fault);

/*
 * Keys apart, one an epoch (journal/months.h): what must die outside of every
 * backup. DIR/keeper/months-N.key, which no backup takes; or a token's key
 * "<root.key>-months-N", of which the same HMAC is taken. Errors of
 * rootkey_open; ERR_UNKNOWN: there is none, and make was not asked for.
 */
MUST_CHECK enum err rootkey_apart(const struct rootkey_source *s,
    uint32_t epoch, bool make, const struct random *random,
    struct secret *ret, struct rootkey_fault *fault);
/* Overwrites and removes it; there need be none. */
MUST_CHECK enum err rootkey_apart_drop(const struct rootkey_source *s,
    uint32_t epoch, struct rootkey_fault *fault);
/* Another root.key in the place of the one that was, which is overwritten;
 * and its end, where a token holds the root key now. */
MUST_CHECK enum err rootkey_put(
    const struct rootkey_source *s, const struct secret *root);
MUST_CHECK enum err rootkey_remove(const struct rootkey_source *s);
