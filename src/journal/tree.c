/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include "journal/tree.h"

/* RFC 6962 §2.1: what is hashed for a leaf never equals what is for a node. */
static const uint8_t leaf_prefix[1] = {0x00};
#define NODE_PREFIX 0x01

void tree_leaf_hash(struct span entry, uint8_t out[static HASH_SIZE])
{
	const struct span parts[] = {{leaf_prefix, 1}, entry};

	hash_sha256_parts(parts, 2, out);
}

void tree_node_hash(const uint8_t left[static HASH_SIZE],
    const uint8_t right[static HASH_SIZE], uint8_t out[static HASH_SIZE])
{
	uint8_t both[1 + 2 * HASH_SIZE];

	both[0] = NODE_PREFIX;
	memcpy(both + 1, left, HASH_SIZE);
	memcpy(both + 1 + HASH_SIZE, right, HASH_SIZE);
	hash_sha256(span_of(both, sizeof(both)), out);
}

void tree_edge_init(struct tree_edge *e)
{
	memset(e, 0, sizeof(*e));
}

void tree_edge_append(struct tree_edge *e,
    const uint8_t leaf_hash[static HASH_SIZE], const struct tree_sink *sink)
{
	uint8_t carry[HASH_SIZE];
	unsigned level = 0;

	memcpy(carry, leaf_hash, HASH_SIZE);
	if (sink)
		sink->full(sink->ctx, 0, carry);
	while (e->size >> level & 1) {
		tree_node_hash(e->hash[level], carry, carry);
		level++;
		if (sink)
			sink->full(sink->ctx, level, carry);
	}
	memcpy(e->hash[level], carry, HASH_SIZE);
	e->size++;
}

void tree_edge_root(const struct tree_edge *e, uint8_t out[static HASH_SIZE])
{
	uint8_t root[HASH_SIZE];
	bool any = false;

	for (unsigned level = 0; level < TREE_LEVELS; level++) {
		if (!(e->size >> level & 1))
			continue;
		if (any)
			tree_node_hash(e->hash[level], root, root);
		else
			memcpy(root, e->hash[level], HASH_SIZE);
		any = true;
	}
	if (!any)
		hash_sha256(span_of(NULL, 0), root);
	memcpy(out, root, HASH_SIZE);
}

/*
 * The edge of the n leaves that start at lo, which is a multiple of every
 * power of two up to n: one full subtree for each bit of n.
 */
static enum err load_range(const struct tree_nodes *nodes, uint64_t lo,
    uint64_t n, struct tree_edge *ret)
{
	tree_edge_init(ret);
	for (unsigned level = TREE_LEVELS; level-- > 0;) {
		uint64_t start = lo + (n & ~(((uint64_t)2 << level) - 1));
		enum err e;

		if (!(n >> level & 1))
			continue;
		e = nodes->get(
		    nodes->ctx, level, start >> level, ret->hash[level]);
		if (e)
			return e;
	}
	ret->size = n;
	return ERR_OK;
}

enum err tree_edge_load(
    const struct tree_nodes *nodes, uint64_t size, struct tree_edge *ret)
{
	struct tree_edge edge;
	enum err e = load_range(nodes, 0, size, &edge);

	if (!e)
		*ret = edge;
	return e;
}

/* Adds the root of n leaves from lo at the end of the proof. */
static enum err push(const struct tree_nodes *nodes, uint64_t lo, uint64_t n,
    struct tree_proof *proof)
{
	struct tree_edge edge;
	enum err e;

	if (proof->n >= TREE_PROOF)
		return ERR_LIMIT;
	e = load_range(nodes, lo, n, &edge);
	if (!e)
		tree_edge_root(&edge, proof->hash[proof->n++]);
	return e;
}

/* The largest power of two smaller than n, n >= 2 (RFC 6962's k). */
static uint64_t split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* Proofs are collected from the root down and told from the leaf up. */
static void give_reversed(const struct tree_proof *p, struct tree_proof *ret)
{
	ret->n = p->n;
	for (size_t i = 0; i < p->n; i++)
		memcpy(ret->hash[i], p->hash[p->n - 1 - i], HASH_SIZE);
}

enum err tree_inclusion(const struct tree_nodes *nodes, uint64_t index,
    uint64_t size, struct tree_proof *ret)
{
	struct tree_proof down = {.n = 0};
	uint64_t lo = 0, n = size;
	enum err e = ERR_OK;

	if (index >= size)
		return ERR_RANGE;
	while (n > 1 && !e) {
		uint64_t k = split(n);

		if (index - lo < k) {
			e = push(nodes, lo + k, n - k, &down);
			n = k;
		} else {
			e = push(nodes, lo, k, &down);
			lo += k;
			n -= k;
		}
	}
	if (!e)
		give_reversed(&down, ret);
	return e;
}

enum err tree_consistency(const struct tree_nodes *nodes, uint64_t old,
    uint64_t size, struct tree_proof *ret)
{
	struct tree_proof down = {.n = 0};
	uint64_t lo = 0, n = size;
	enum err e = ERR_OK;

	if (old > size)
		return ERR_RANGE;
	if (old == 0)	/* anything is consistent with nothing */
		n = 0;
	while (lo + n != old && !e) {
		uint64_t k = split(n);

		if (old - lo <= k) {
			e = push(nodes, lo + k, n - k, &down);
			n = k;
		} else {
			e = push(nodes, lo, k, &down);
			lo += k;
			n -= k;
		}
	}
	/* what starts at 0 is the old tree itself: who asks knows it */
	if (!e && lo > 0)
		e = push(nodes, lo, n, &down);
	if (!e)
		give_reversed(&down, ret);
	return e;
}

/* One step up of both walks below: past the levels where fn is a right edge
 * without a sibling (RFC 9162 §2.1.3.2, step 4.2.2). fn is odd, or it is sn,
 * which was seen not to be 0. */
static void climb(uint64_t *fn, uint64_t *sn)
{
	assert(*fn != 0);
	while (!(*fn & 1)) {
		*fn >>= 1;
		*sn >>= 1;
	}
}

/* RFC 9162 §2.1.3.2, which verifies RFC 6962's proofs. */
enum err tree_verify_inclusion(const uint8_t leaf_hash[static HASH_SIZE],
    uint64_t index, uint64_t size, const struct tree_proof *proof,
    const uint8_t root[static HASH_SIZE])
{
	uint64_t fn = index, sn = size - 1;
	uint8_t r[HASH_SIZE];

	if (index >= size)
		return ERR_RANGE;
	memcpy(r, leaf_hash, HASH_SIZE);
	for (size_t i = 0; i < proof->n; i++) {
		if (sn == 0)
			return ERR_CRYPTO;
		if (fn & 1 || fn == sn) {
			tree_node_hash(proof->hash[i], r, r);
			climb(&fn, &sn);
		} else {
			tree_node_hash(r, proof->hash[i], r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0 || memcmp(r, root, HASH_SIZE) != 0)
		return ERR_CRYPTO;
	return ERR_OK;
}

/* RFC 9162 §2.1.4.2 from its step 3 on: 0 < old < size. */
static enum err walk_consistency(uint64_t old,
    const uint8_t old_root[static HASH_SIZE], uint64_t size,
    const uint8_t root[static HASH_SIZE], const struct tree_proof *proof)
{
	uint64_t fn = old - 1, sn = size - 1;
	bool given = (old & (old - 1)) == 0;	/* old is one full subtree */
	uint8_t fr[HASH_SIZE], sr[HASH_SIZE];

	if (proof->n == 0)
		return ERR_CRYPTO;
	memcpy(fr, given ? old_root : proof->hash[0], HASH_SIZE);
	memcpy(sr, fr, HASH_SIZE);
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	for (size_t i = given ? 0 : 1; i < proof->n; i++) {
		const uint8_t *c = proof->hash[i];

		if (sn == 0)
			return ERR_CRYPTO;
		if (fn & 1 || fn == sn) {
			tree_node_hash(c, fr, fr);
			tree_node_hash(c, sr, sr);
			climb(&fn, &sn);
		} else {
			tree_node_hash(sr, c, sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0 || memcmp(fr, old_root, HASH_SIZE) != 0 ||
	    memcmp(sr, root, HASH_SIZE) != 0)
		return ERR_CRYPTO;
	return ERR_OK;
}

enum err tree_verify_consistency(uint64_t old,
    const uint8_t old_root[static HASH_SIZE], uint64_t size,
    const uint8_t root[static HASH_SIZE], const struct tree_proof *proof)
{
	uint8_t empty[HASH_SIZE];

	if (old > size)
		return ERR_RANGE;
	if (old > 0 && old < size)
		return walk_consistency(old, old_root, size, root, proof);
	hash_sha256(span_of(NULL, 0), empty);
	if (proof->n != 0)
		return ERR_CRYPTO;
	if (memcmp(old_root, old == 0 ? empty : root, HASH_SIZE) != 0)
		return ERR_CRYPTO;
	return ERR_OK;
}
