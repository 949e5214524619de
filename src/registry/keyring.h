/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's own keys, wrapped under the root key (rootkey/rootkey.h) in one file,
 * DIR/keeper/keys.sealed. Month keys of the journal have a file of their own
 * (journal/months.h).
 *
 * Log, registry, answer, promise and sealing keys are separate keys
 * (design §7): one that leaks does not speak for another.
 */
#pragma once
#include "base/random.h"
#include "crypto/hpke.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

struct keyring {
	struct sign_private *log;	/* checkpoints of the journal */
	struct sign_private *registry;	/* checkpoints of the registry */
	struct sign_private *answer;	/* every answer */
	struct sign_private *promise;	/* promises to pay */
	struct hpke_key *sealing;	/* bodies sealed to the keeper */
	struct secret index;		/* root of the cells' index keys */
	struct secret replay;		/* keyed hashes of nonces */
	struct secret blinding;		/* salts of promises */
	struct secret months;		/* wraps the journal's month keys */
	struct secret snapshot;		/* wraps snapshots of the budgets */
};

/* Makes every key and the file in folder. ERR_EXISTS: it is there, and nothing
 * was written. */
MUST_CHECK enum err keyring_make(const char *folder,
    const struct secret *root, const struct random *random,
    struct keyring **ret);
/* ERR_CRYPTO: this root key does not open it. ERR_UNKNOWN: there is none.
 * ERR_SHAPE, ERR_LIMIT: it has not its form. */
MUST_CHECK enum err keyring_load(const char *folder,
    const struct secret *root, struct keyring **ret);
void keyring_free(struct keyring *k);	/* wipes */
