/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Merkle tree of RFC 6962 §2.1, SHA-256: leaf = H(0x00 || entry),
 * node = H(0x01 || left || right), empty tree = H(""). Pure: whoever has the
 * hashes gives them through struct tree_nodes.
 */
#pragma once
#include "base/buf.h"
#include "crypto/hash.h"

#define TREE_PROOF 64	/* hashes of the longest proof */
#define TREE_LEVELS 64

void tree_leaf_hash(struct span entry, uint8_t out[static HASH_SIZE]);
void tree_node_hash(const uint8_t left[static HASH_SIZE],
    const uint8_t right[static HASH_SIZE], uint8_t out[static HASH_SIZE]);

/*
 * The right edge: what is needed to append and to know the root. hash[k] is
 * the full subtree of 2^k leaves at the edge, valid where bit k of size is 1.
 */
struct tree_edge {
	uint64_t size;
	uint8_t hash[TREE_LEVELS][HASH_SIZE];
};

/* Is told each subtree that an append makes full, from the leaf up. */
struct tree_sink {
	void (*full)(void *ctx, unsigned level,
	    const uint8_t hash[static HASH_SIZE]);
	void *ctx;
};

void tree_edge_init(struct tree_edge *e);
/* sink may be NULL. */
void tree_edge_append(struct tree_edge *e,
    const uint8_t leaf_hash[static HASH_SIZE], const struct tree_sink *sink);
void tree_edge_root(const struct tree_edge *e, uint8_t out[static HASH_SIZE]);

/* Hashes of full subtrees: level 0 is leaf hashes; index counts subtrees of
 * 2^level leaves from the left. ERR_UNKNOWN, ERR_IO, ERR_CORRUPT. */
struct tree_nodes {
	enum err (*get)(void *ctx, unsigned level, uint64_t index,
	    uint8_t ret[static HASH_SIZE]);
	void *ctx;
};

/* The edge of the first size leaves; then tree_edge_root gives their root. */
MUST_CHECK enum err tree_edge_load(
    const struct tree_nodes *nodes, uint64_t size, struct tree_edge *ret);

struct tree_proof {
	size_t n;
	uint8_t hash[TREE_PROOF][HASH_SIZE];
};

/* RFC 6962 §2.1.1. ERR_RANGE unless index < size. */
MUST_CHECK enum err tree_inclusion(const struct tree_nodes *nodes,
    uint64_t index, uint64_t size, struct tree_proof *ret);
/* RFC 6962 §2.1.2; empty when old is 0 or size. ERR_RANGE: old > size. */
MUST_CHECK enum err tree_consistency(const struct tree_nodes *nodes,
    uint64_t old, uint64_t size, struct tree_proof *ret);

/* ERR_CRYPTO: the proof does not lead to root; ERR_RANGE: index >= size. */
MUST_CHECK enum err tree_verify_inclusion(
    const uint8_t leaf_hash[static HASH_SIZE], uint64_t index, uint64_t size,
    const struct tree_proof *proof, const uint8_t root[static HASH_SIZE]);
MUST_CHECK enum err tree_verify_consistency(uint64_t old,
    const uint8_t old_root[static HASH_SIZE], uint64_t size,
    const uint8_t root[static HASH_SIZE], const struct tree_proof *proof);
