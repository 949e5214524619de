/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a list that leaves the instance: a note that the log's key signs,
 * so that whoever carries the list leaves nothing out unseen.
 *
 *     ecluse list end v1
 *     origin drill.ecluse.example/journal
 *     count 41
 *     sha256 5d0a...		(of every byte before the end's own line)
 *
 *     — drill.ecluse.example/journal <signature>
 */
#pragma once
#include "crypto/hash.h"
#include "journal/note.h"

#define ENDING_MAX 2048		/* bytes of such a note */

struct ending {
	uint64_t count;			/* entries in it */
	uint8_t hash[HASH_SIZE];
};

/* Signed as origin by n keys, as a checkpoint is. Errors of note_sign. */
MUST_CHECK enum err ending_sign(const struct ending *e, const char *origin,
    const struct sign_private *const *keys, size_t n, struct buf *out);
/* ERR_SHAPE: not such a note. Whose it is, is not asked. */
MUST_CHECK enum err ending_read(struct span note, struct ending *ret);
/* Is it signed by key, whose name is the origin? Errors of note_verify. */
MUST_CHECK enum err ending_verify(
    struct span note, const struct note_key *key);
