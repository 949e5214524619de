/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files: PKCS#8 and SubjectPublicKeyInfo in PEM (RFC 7468), read whole and
 * at most PEM_MAX bytes. For sign.c, which knows the types.
 */
#pragma once
#include "base/buf.h"
#include "crypto/openssl.h"

#define PEM_MAX 16384

/*
 * The first key of the file. ERR_UNKNOWN: no file; ERR_IO; ERR_LIMIT: longer
 * than PEM_MAX; ERR_SHAPE: no such key, or one behind a password. Caller frees.
 */
MUST_CHECK enum err pem_private(const char *path, EVP_PKEY **ret);
/* The same; one behind a password is opened with what ask puts into to[size]
 * (its length, negative: none). ask NULL: there is never one. */
typedef int (*pem_ask)(void *ctx, char *to, int size);
MUST_CHECK enum err pem_private_locked(
    const char *path, pem_ask ask, void *ctx, EVP_PKEY **ret);
/* A public key, or a private key with its public half. */
MUST_CHECK enum err pem_public(const char *path, EVP_PKEY **ret);

enum pem_kind { PEM_PRIVATE, PEM_PUBLIC };

/* Mode 0600 or 0644, on disk when it returns. ERR_EXISTS: never overwrites. */
MUST_CHECK enum err pem_save(
    EVP_PKEY *key, enum pem_kind kind, const char *path);
