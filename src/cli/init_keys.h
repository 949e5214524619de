/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a new instance: in a token or in a file (rootkey/rootkey.h). */
#pragma once
#include "conf/conf.h"
#include "registry/keyring.h"
#include "rootkey/rootkey.h"

struct init_keys {
	struct rootkey_source source;	/* of the options */
	struct secret root;
};

/* Takes --pkcs11, --token, --token-key, --pin-file: their letters are m, t, k
 * and f. False: not one of them. */
bool init_keys_option(struct init_keys *k, int letter, const char *value);
/* Settings of ecluse.conf from the options. ERR_LIMIT, said. */
MUST_CHECK enum err init_keys_conf(const struct init_keys *k, struct conf *c);
/* What a token says now, before anything is made: finds or makes its key. */
MUST_CHECK enum err init_keys_token(struct init_keys *k, const char *origin,
    const struct random *random);
/* All keys in folder, DIR/keeper; the root key is wiped. */
MUST_CHECK enum err init_keys_make(struct init_keys *k, const char *folder,
    const struct random *random, struct keyring **ret);
