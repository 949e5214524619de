/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The right side of a growing tree: its edge, and the hashes that are not yet
 * in a full tile on the disk. About 32 bytes an entry between two checkpoints,
 * and one tile a level at rest.
 */
#pragma once
#include "journal/tile.h"

struct frontier_level {
	uint64_t first;	/* index, at this level, of the first hash held */
	size_t n, cap;	/* hashes held; first is a multiple of TILE_WIDTH */
	uint8_t (*hash)[HASH_SIZE];
};

struct frontier {
	struct tree_edge edge;	/* edge.size leaves in all */
	struct frontier_level level[TILE_LEVELS];
};

void frontier_init(struct frontier *f);
void frontier_release(struct frontier *f);
/* Room for n more leaves, so that frontier_append cannot fail. ERR_NOMEM. */
MUST_CHECK enum err frontier_reserve(struct frontier *f, size_t n);
void frontier_append(
    struct frontier *f, const uint8_t leaf_hash[static HASH_SIZE]);
/* From the tiles of a log of this size; f is fresh. Whether they are right is
 * for the caller to see at the root. Errors of tile_read, ERR_NOMEM. */
MUST_CHECK enum err frontier_load(
    struct frontier *f, const char *folder, uint64_t size);
/* ERR_UNKNOWN: not among the hashes held. */
MUST_CHECK enum err frontier_node(const struct frontier *f, unsigned level,
    uint64_t index, uint8_t ret[static HASH_SIZE]);
/* Writes the full tiles held, and the partial ones that a log of size
 * published does not have already; on the disk when it returns. ERR_IO. */
MUST_CHECK enum err frontier_write(
    const struct frontier *f, const char *folder, uint64_t published);
/* Another with the same state, to release. ERR_NOMEM. */
MUST_CHECK enum err frontier_copy(
    const struct frontier *of, struct frontier *ret);
/* Lets go of the tiles that are full in a log of size, once they are written
 * and vouched for; their partial files go too. */
void frontier_settle(struct frontier *f, uint64_t size, const char *folder);
