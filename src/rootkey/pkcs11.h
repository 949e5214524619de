/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HMAC inside a PKCS#11 token (OASIS PKCS#11 v2.40). The module is foreign
 * code that comes into the process, and some do not survive the exit handlers
 * of libcrypto: aside.h alone calls it, in a process that is nothing else.
 */
#pragma once
#include "base/buf.h"
#include "rootkey/rootkey.h"

#define PKCS11_MAC 32

struct pkcs11_place {
	const char *module, *token, *key;
	struct span pin;
	bool make;		/* make the key if there is none */
	bool drop;		/* for pkcs11_drop alone */
};

/* Errors and words of rootkey_open. */
MUST_CHECK enum err pkcs11_mac(const struct pkcs11_place *place,
    struct span message, uint8_t ret[static PKCS11_MAC],
    struct rootkey_fault *fault);
/* Destroys the keys of that label; there need be none. */
MUST_CHECK enum err pkcs11_drop(
    const struct pkcs11_place *place, struct rootkey_fault *fault);
