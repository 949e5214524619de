/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thing of an instance into a backup, and a row for it in the list. What
 * fails is said in the backup's words, the first of them alone.
 */
#pragma once
#include <limits.h>
#include "cli/backup_take.h"

/* "what: why" into the words; gives e. what: N_(), or a path. */
MUST_CHECK enum err copying_say(
    struct backup_take *b, enum err e, const char *what);
/* DIR/from, and where to goes in the backup. ERR_LIMIT. */
MUST_CHECK enum err copying_paths(const struct backup_take *b,
    const char *from, const char *to, char out[2][PATH_MAX]);
/* Its first most bytes. */
MUST_CHECK enum err copying_file(struct backup_take *b, const char *from,
    const char *to, uint64_t most);
/* Without what is in it; nothing if that was done. */
MUST_CHECK enum err copying_folder(struct backup_take *b, const char *path);
/* Bytes that are no file of the instance. */
MUST_CHECK enum err copying_put(
    struct backup_take *b, const char *path, struct span content);
/*
 * What is neither file nor folder: a socket is nothing to copy. A link is
 * ERR_REFUSED: what it leads to is not in the instance, and a backup without
 * it would be no instance (a certificate, the settings).
 */
MUST_CHECK enum err copying_refuse(struct backup_take *b, const char *path);
