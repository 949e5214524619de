/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vault's own Ed25519 key, which signs its counts (vault/lock.h):
 * FOLDER/key.pem. Where there is none it is made, and FOLDER/key.act is the
 * line by which two administrators put it into the registry.
 */
#pragma once
#include "base/random.h"
#include "crypto/sign.h"

/* Frees: the caller, sign_private_free(). Errors of sign_private_load() and
 * sign_private_save(); ERR_LIMIT: too long a folder. */
MUST_CHECK enum err own_key_open(const char *folder,
    const struct random *random, struct sign_private **ret);
