/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a log's key is followed by its successor. The old key signs a note that
 * names the next one; it stands in the log's public folder for good, under the
 * old key's id, so that whoever pinned the old key finds the new one however
 * late he comes:
 *
 *     after/0a1b2c3d
 *
 *     ecluse log key v1
 *     origin drill.ecluse.example/journal
 *     next drill.ecluse.example/journal+4e5f6a7b+AT...
 *
 *     — drill.ecluse.example/journal <signature of 0a1b2c3d>
 *
 * Until the old key is destroyed both sign each checkpoint. Whoever has
 * followed goes on with the new key alone: what the old one signs by itself
 * is refused.
 */
#pragma once
#include "journal/note.h"

#define FOLLOW_FOLDER "after"
#define FOLLOW_PATH (sizeof(FOLLOW_FOLDER) + 1 + 2 * NOTE_KEY_ID)
#define FOLLOW_MOST 64		/* turns of one log */
#define FOLLOW_NOTE 2048	/* bytes of such a note */

/* "after/0a1b2c3d" */
void follow_path(const struct note_key *before, char out[static FOLLOW_PATH]);
/* The old key's signature over the text that names the next. Both have one
 * name. ERR_RANGE: not Ed25519. */
MUST_CHECK enum err follow_sign(const struct sign_private *old,
    const struct note_key *next, uint8_t ret[static SIGN_SIZE]);
/* ERR_CRYPTO: it is not the old key's; ERR_SHAPE: the names differ. */
MUST_CHECK enum err follow_verify(const struct note_key *before,
    const struct note_key *next, const uint8_t sig[static SIGN_SIZE]);
/* The note of a signature that verifies. */
void follow_write(const struct note_key *before, const struct note_key *next,
    const uint8_t sig[static SIGN_SIZE], struct buf *out);
/* The next key, if before signed this. ERR_CRYPTO, ERR_SHAPE. */
MUST_CHECK enum err follow_read(struct span note,
    const struct note_key *before, struct note_key *ret);
/*
 * From a key that was pinned to the one in use, by the notes of a public
 * folder; *ret_turns counts them. ERR_CRYPTO, ERR_SHAPE, ERR_LIMIT: a note
 * that is there is none; ERR_IO. Then *key is as far as it went.
 */
MUST_CHECK enum err follow_public(
    const char *folder, struct note_key *key, unsigned *ret_turns);
/* The same with every key of the way: from way[0], which was pinned, to the one
 * in use, way[*ret_count - 1]. */
MUST_CHECK enum err follow_way(const char *folder,
    struct note_key way[static FOLLOW_MOST + 1], size_t *ret_count);
