/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A symmetric key in a file of one line, so that a person sees what it is:
 *
 *     ecluse-handle-key-v1 q83v...        (label, space, base64url)
 */
#pragma once
#include "base/buf.h"

#define KEYFILE_MAX 64		/* bytes of a key */
#define KEYFILE_LABEL_MAX 32

/* Mode 0600. ERR_EXISTS: never overwrites; ERR_IO. */
MUST_CHECK enum err keyfile_save(
    const char *path, const char *label, const void *key, size_t n);
/* ERR_UNKNOWN: no file; ERR_SHAPE: another label, another length, anything
 * else in the file; ERR_LIMIT: much too long; ERR_IO. */
MUST_CHECK enum err keyfile_load(
    const char *path, const char *label, void *key, size_t n);
