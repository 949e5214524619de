/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inclusion proofs as files (c2sp.org/tlog-proof): first line, index, the
 * hashes from the leaf's sibling up, an empty line, the checkpoint as signed.
 * Made from the public folder alone; checked with the log's key alone.
 */
#pragma once
#include "journal/checkpoint.h"
#include "journal/tree.h"

#define PROOF_MAX (CHECKPOINT_MAX + 65536)	/* bytes of a proof file */
#define PROOF_EXTRA 32768	/* characters of its "extra" line */

struct proof {
	uint64_t index;
	struct tree_proof path;
	struct span extra;	/* base64 as it came; empty if none */
	struct span checkpoint;	/* the signed note */
};

/*
 * Appends the proof that entry index is under the folder's checkpoint. The
 * result is checked before it is given. ret_leaf_hash may be NULL.
 * ERR_RANGE: no such entry yet; ERR_UNKNOWN: no checkpoint or a tile is
 * missing; ERR_CRYPTO: not key's checkpoint; ERR_CORRUPT: the tiles do not
 * lead to its root; ERR_IO.
 */
MUST_CHECK enum err proof_make(const char *public_dir,
    const struct note_key *key, uint64_t index, struct buf *out,
    uint8_t *ret_leaf_hash);
/* Form only; spans view in. ERR_SHAPE, ERR_LIMIT. */
MUST_CHECK enum err proof_parse(struct span in, struct proof *ret);
/* Does the proof show that the entry of this leaf hash is in key's log? Errors
 * of proof_parse and checkpoint_verify; ERR_CRYPTO, ERR_RANGE of the tree. */
MUST_CHECK enum err proof_verify(struct span in,
    const uint8_t leaf_hash[static HASH_SIZE], const struct note_key *key,
    struct proof *ret, struct checkpoint *ret_checkpoint);
