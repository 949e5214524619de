/* SPDX-License-Identifier: Apache-2.0 */
/* The small files of a log's public folder: vkey, checkpoint, after/. */
#pragma once
#include "journal/checkpoint.h"

/* The key named in the folder's vkey file: only as trustworthy as the folder.
 * ERR_UNKNOWN: no such file; ERR_SHAPE, ERR_KEY: not a vkey; ERR_IO. */
MUST_CHECK enum err public_read_vkey(
    const char *folder, struct note_key *ret);
MUST_CHECK enum err public_write_vkey(
    const char *folder, const struct note_key *key);

/* The checkpoint as it stands, appended to *note, and what it says. ERR_CRYPTO:
 * not signed by key; ERR_CORRUPT: not a checkpoint; ERR_UNKNOWN: no such file;
 * ERR_IO. */
MUST_CHECK enum err public_read_checkpoint(const char *folder,
    const struct note_key *key, struct buf *note, struct checkpoint *ret);
/* Replaced at once; on the disk when it returns. */
MUST_CHECK enum err public_write_checkpoint(const char *folder,
    const struct checkpoint *c, const struct sign_private *const *keys,
    size_t n);
/* The same of one that is signed already; allocates nothing. */
MUST_CHECK enum err public_put_checkpoint(
    const char *folder, struct span note);
/* A note that leads from one key to the next (journal/follow.h), where it is
 * not there yet. */
MUST_CHECK enum err public_write_after(
    const char *folder, const struct note_key *before, struct span note);
