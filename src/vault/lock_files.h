/* SPDX-License-Identifier: Apache-2.0 */
/* The lock's files that are not its counts: the key, and whom it believes.
 * lock.h lists them all. */
#pragma once
#include <limits.h>
#include "base/random.h"
#include "meter/trust.h"

#define LOCK_FILES_NAME 16	/* bytes of a file's name, with its slash */
#define LOCK_FILES_FOLDER (PATH_MAX - LOCK_FILES_NAME - 1)

/* Of a file in folder, which is DIR/vault/N and no longer than
 * LOCK_FILES_FOLDER. */
void lock_files_path(
    const char *folder, const char *name, char out[static PATH_MAX]);
/* The vault's key; one is made if there is none, and before it the line that
 * enrols it. ERR_CORRUPT: there is none, and a note that one signed; errors of
 * sign_private_load, sign_private_save, file_replace. */
MUST_CHECK enum err lock_files_key(const char *folder,
    const struct random *random, struct sign_private **ret);
/* ERR_UNKNOWN: there is none, which the log says; ERR_SHAPE; ERR_IO. */
MUST_CHECK enum err lock_files_trust(const char *folder, struct trust *ret);
/* Durable when it returns. ERR_IO: it stands as it stood. */
MUST_CHECK enum err lock_files_put_trust(
    const char *folder, const struct trust *t);
