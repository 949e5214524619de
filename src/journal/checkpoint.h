/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints (c2sp.org/tlog-checkpoint): a signed note of three lines,
 * origin, size, base64 of the root. The log's key is named like its origin.
 */
#pragma once
#include "crypto/hash.h"
#include "journal/note.h"

#define CHECKPOINT_MAX NOTE_MAX

struct checkpoint {
	char origin[NOTE_NAME_SIZE];
	uint64_t size;
	uint8_t root[HASH_SIZE];
};

/* The note's text. */
void checkpoint_format(const struct checkpoint *c, struct buf *out);
/* From the note's text. Extension lines are accepted and left out, as the
 * spec wants. ERR_SHAPE. */
MUST_CHECK enum err checkpoint_parse(
    struct span text, struct checkpoint *ret);
/* Appends the whole note, signed as origin by 1 to CHECKPOINT_SIGNERS keys: the
 * log's, and those before it that have not ended. */
#define CHECKPOINT_SIGNERS 4
MUST_CHECK enum err checkpoint_sign(const struct checkpoint *c,
    const struct sign_private *const *keys, size_t n, struct buf *out);
/* The whole note: signed by key, whose name is the origin. Errors of
 * note_verify; ERR_UNKNOWN also for another origin. */
MUST_CHECK enum err checkpoint_verify(struct span note,
    const struct note_key *key, struct checkpoint *ret);
