/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: our tree is RFC 6962's, for every size and every proof up to 600. */
#include <stdlib.h>
#include <string.h>
#include "rig.h"
#include "base/text.h"
#include "journal/tree.h"

#define MANY 600
#define LEVELS 10	/* 2^10 > MANY */

/* Full subtrees of MANY leaves, and the root of each size. */
static uint8_t full[LEVELS][MANY][HASH_SIZE];
static uint8_t root[MANY + 1][HASH_SIZE];

static enum err get(void *ctx, unsigned level, uint64_t index,
    uint8_t ret[static HASH_SIZE])
{
	const uint64_t *size = ctx;

	/* nothing beyond the tree may be asked for */
	if (level >= LEVELS || ((index + 1) << level) > *size)
		return ERR_UNKNOWN;
	memcpy(ret, full[level][index], HASH_SIZE);
	return ERR_OK;
}

/* MTH(D[lo:lo+n]) as RFC 6962 §2.1 writes it. */
static void naive_root(uint64_t lo, uint64_t n, uint8_t out[HASH_SIZE])
{
	uint8_t left[HASH_SIZE], right[HASH_SIZE];
	uint64_t k = 1;

	if (n == 0) {
		hash_sha256(span_of(NULL, 0), out);
		return;
	}
	if (n == 1) {
		memcpy(out, full[0][lo], HASH_SIZE);
		return;
	}
	while (2 * k < n)
		k *= 2;
	naive_root(lo, k, left);
	naive_root(lo + k, n - k, right);
	tree_node_hash(left, right, out);
}

/* PATH(m, D[lo:lo+n]) as RFC 6962 §2.1.1 writes it. */
static void naive_path(
    uint64_t m, uint64_t lo, uint64_t n, struct tree_proof *out)
{
	uint64_t k = 1;

	if (n == 1)
		return;
	while (2 * k < n)
		k *= 2;
	if (m < k) {
		naive_path(m, lo, k, out);
		naive_root(lo + k, n - k, out->hash[out->n++]);
	} else {
		naive_path(m - k, lo + k, n - k, out);
		naive_root(lo, k, out->hash[out->n++]);
	}
}

/* SUBPROOF(m, D[lo:lo+n], b) as RFC 6962 §2.1.2 writes it. */
static void naive_consistency(uint64_t m, uint64_t lo, uint64_t n, bool b,
    struct tree_proof *out)
{
	uint64_t k = 1;

	if (m == n) {
		if (!b)
			naive_root(lo, n, out->hash[out->n++]);
		return;
	}
	while (2 * k < n)
		k *= 2;
	if (m <= k) {
		naive_consistency(m, lo, k, b, out);
		naive_root(lo + k, n - k, out->hash[out->n++]);
	} else {
		naive_consistency(m - k, lo + k, n - k, false, out);
		naive_root(lo, k, out->hash[out->n++]);
	}
}

static int make(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < MANY; i++) {
		uint8_t entry[8];

		put_be64(entry, i);
		tree_leaf_hash(span_of(entry, 1 + i % 8), full[0][i]);
	}
	for (unsigned l = 1; l < LEVELS; l++)
		for (uint64_t i = 0; (i + 1) << l <= MANY; i++)
			tree_node_hash(full[l - 1][2 * i],
			    full[l - 1][2 * i + 1], full[l][i]);
	for (uint64_t n = 0; n <= MANY; n++)
		naive_root(0, n, root[n]);
	return 0;
}

/* The reference tree of Certificate Transparency's own tests. */
static void test_roots_are_those_of_certificate_transparency(void **state)
{
	static const char *const entries[] = {"", "00", "10", "2021", "3031",
	    "40414243", "5051525354555657",
	    "606162636465666768696a6b6c6d6e6f"};
	static const char *const roots[] = {
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
	struct tree_edge edge;
	char hex[2 * HASH_SIZE + 1];

	(void)state;
	tree_edge_init(&edge);
	for (size_t n = 0; n <= 8; n++) {
		uint8_t got[HASH_SIZE], entry[16];

		tree_edge_root(&edge, got);
		text_hex(got, HASH_SIZE, hex);
		assert_string_equal(hex, roots[n]);
		if (n == 8)
			break;
		assert_int_equal(text_unhex(span_str(entries[n]), entry,
		    strlen(entries[n]) / 2), ERR_OK);
		tree_leaf_hash(
		    span_of(entry, strlen(entries[n]) / 2), got);
		tree_edge_append(&edge, got, NULL);
	}
}

static void count_full(void *ctx, unsigned level,
    const uint8_t hash[static HASH_SIZE])
{
	uint64_t *next = ctx;

	assert_memory_equal(hash, full[level][next[level]], HASH_SIZE);
	next[level]++;
}

static void test_edge_gives_every_root_and_every_full_subtree(void **state)
{
	uint64_t next[LEVELS] = {0};
	const struct tree_sink sink = {count_full, next};
	struct tree_edge edge, loaded;

	(void)state;
	tree_edge_init(&edge);
	for (uint64_t n = 0; n <= MANY; n++) {
		const struct tree_nodes nodes = {get, &n};
		uint8_t got[HASH_SIZE];

		tree_edge_root(&edge, got);
		assert_memory_equal(got, root[n], HASH_SIZE);
		assert_int_equal(tree_edge_load(&nodes, n, &loaded), ERR_OK);
		tree_edge_root(&loaded, got);
		assert_memory_equal(got, root[n], HASH_SIZE);
		if (n < MANY)
			tree_edge_append(&edge, full[0][n], &sink);
	}
	for (unsigned l = 0; l < LEVELS; l++)
		assert_int_equal(next[l], MANY >> l);
}

static void test_inclusion_holds_for_every_entry_of_every_size(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= MANY; size++) {
		const struct tree_nodes nodes = {get, &size};

		for (uint64_t i = 0; i < size; i++) {
			struct tree_proof p, naive = {.n = 0};

			assert_int_equal(
			    tree_inclusion(&nodes, i, size, &p), ERR_OK);
			assert_int_equal(tree_verify_inclusion(full[0][i], i,
			    size, &p, root[size]), ERR_OK);
			if (size > 66)
				continue;
			naive_path(i, 0, size, &naive);
			assert_int_equal(p.n, naive.n);
			assert_memory_equal(
			    p.hash, naive.hash, p.n * HASH_SIZE);
		}
	}
}

static void test_consistency_holds_between_all_sizes(void **state)
{
	(void)state;
	for (uint64_t size = 0; size <= MANY; size++) {
		const struct tree_nodes nodes = {get, &size};

		for (uint64_t old = 0; old <= size; old++) {
			struct tree_proof p, naive = {.n = 0};

			assert_int_equal(
			    tree_consistency(&nodes, old, size, &p), ERR_OK);
			assert_int_equal(tree_verify_consistency(old,
			    root[old], size, root[size], &p), ERR_OK);
			if (size > 66 || old == 0)
				continue;
			naive_consistency(old, 0, size, true, &naive);
			assert_int_equal(p.n, naive.n);
			assert_memory_equal(
			    p.hash, naive.hash, p.n * HASH_SIZE);
		}
	}
}

static void refuse_inclusion(uint64_t i, uint64_t size, struct tree_proof *p)
{
	uint8_t other[HASH_SIZE];

	for (size_t h = 0; h < p->n; h++) {
		p->hash[h][h % HASH_SIZE] ^= 1;
		assert_int_not_equal(tree_verify_inclusion(
		    full[0][i], i, size, p, root[size]), ERR_OK);
		p->hash[h][h % HASH_SIZE] ^= 1;
	}
	for (uint64_t j = 0; j < size; j++)
		if (j != i)
			assert_int_not_equal(tree_verify_inclusion(
			    full[0][i], j, size, p, root[size]), ERR_OK);
	memcpy(other, full[0][i], HASH_SIZE);
	other[31] ^= 0x80;
	assert_int_not_equal(
	    tree_verify_inclusion(other, i, size, p, root[size]), ERR_OK);
	p->n++;	/* one hash too many, then one too few */
	assert_int_not_equal(tree_verify_inclusion(
	    full[0][i], i, size, p, root[size]), ERR_OK);
	p->n--;
	if (p->n == 0)
		return;
	p->n--;
	assert_int_not_equal(tree_verify_inclusion(
	    full[0][i], i, size, p, root[size]), ERR_OK);
}

static void test_altered_inclusion_proofs_are_refused(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= 40; size++) {
		const struct tree_nodes nodes = {get, &size};

		for (uint64_t i = 0; i < size; i++) {
			struct tree_proof p = {.n = 0};

			assert_int_equal(
			    tree_inclusion(&nodes, i, size, &p), ERR_OK);
			refuse_inclusion(i, size, &p);
		}
	}
}

static void refuse_consistency(
    uint64_t old, uint64_t size, struct tree_proof *p)
{
	for (size_t h = 0; h < p->n; h++) {
		p->hash[h][h % HASH_SIZE] ^= 4;
		assert_int_not_equal(tree_verify_consistency(
		    old, root[old], size, root[size], p), ERR_OK);
		p->hash[h][h % HASH_SIZE] ^= 4;
	}
	for (uint64_t other = 0; other <= MANY / 8; other++) {
		if (other != old)
			assert_int_not_equal(tree_verify_consistency(old,
			    root[other], size, root[size], p), ERR_OK);
		/* everything is consistent with the empty tree */
		if (other != size && old > 0)
			assert_int_not_equal(tree_verify_consistency(old,
			    root[old], size, root[other], p), ERR_OK);
	}
	p->n++;
	assert_int_not_equal(tree_verify_consistency(
	    old, root[old], size, root[size], p), ERR_OK);
	/* the ends left out, and all of it */
	for (p->n--; p->n-- > 0;)
		assert_int_equal(tree_verify_consistency(old,
		    root[old], size, root[size], p), ERR_CRYPTO);
}

static void test_altered_consistency_proofs_are_refused(void **state)
{
	(void)state;
	for (uint64_t size = 0; size <= 40; size++) {
		const struct tree_nodes nodes = {get, &size};

		for (uint64_t old = 0; old <= size; old++) {
			struct tree_proof p = {.n = 0};

			assert_int_equal(
			    tree_consistency(&nodes, old, size, &p), ERR_OK);
			refuse_consistency(old, size, &p);
		}
	}
}

static void test_questions_beyond_the_tree_are_refused(void **state)
{
	uint64_t size = 9;
	const struct tree_nodes nodes = {get, &size};
	struct tree_proof p = {.n = 0};

	(void)state;
	assert_int_equal(tree_inclusion(&nodes, 9, 9, &p), ERR_RANGE);
	assert_int_equal(tree_inclusion(&nodes, 0, 0, &p), ERR_RANGE);
	assert_int_equal(tree_consistency(&nodes, 10, 9, &p), ERR_RANGE);
	assert_int_equal(tree_verify_inclusion(full[0][0], 0, 0, &p, root[0]),
	    ERR_RANGE);
	assert_int_equal(tree_verify_consistency(3, root[3], 2, root[2], &p),
	    ERR_RANGE);
	/* a missing node is told, and nothing is given */
	assert_int_equal(tree_inclusion(&nodes, 0, 12, &p), ERR_UNKNOWN);
	assert_int_equal(p.n, 0);
}

/* Nodes of a tree of any size, the nth of which cannot be read. */
static enum err get_some(void *ctx, unsigned level, uint64_t index,
    uint8_t ret[static HASH_SIZE])
{
	int *left = ctx;

	(void)level;
	(void)index;
	if ((*left)-- == 0)
		return ERR_IO;
	memset(ret, 1, HASH_SIZE);
	return ERR_OK;
}

static void test_a_node_that_cannot_be_read(void **state)
{
	int left;
	const struct tree_nodes nodes = {get_some, &left};
	bool failed[3] = {true, true, true};

	(void)state;
	for (int n = 0; n < 60; n++) {
		struct tree_proof p = {.n = 99};
		struct tree_edge edge = {.size = 99};

		left = n;
		failed[0] = tree_inclusion(&nodes, 300, 599, &p) == ERR_IO;
		assert_true(!failed[0] || p.n == 99);
		left = n;
		p.n = 99;
		failed[1] = tree_consistency(&nodes, 301, 599, &p) == ERR_IO;
		assert_true(!failed[1] || p.n == 99);
		left = n;
		failed[2] = tree_edge_load(&nodes, 599, &edge) == ERR_IO;
		assert_true(!failed[2] || edge.size == 99);
		if (n == 0)
			assert_true(failed[0] && failed[1] && failed[2]);
	}
	assert_true(!failed[0] && !failed[1] && !failed[2]);
}

/* One hash more than a proof holds: in a tree of more than 2^63 entries. */
static void test_a_proof_that_is_too_long(void **state)
{
	int left = -1;
	const struct tree_nodes nodes = {get_some, &left};
	struct tree_proof p = {.n = 99};
	uint64_t old = (UINT64_C(1) << 63) + 1;

	(void)state;
	assert_int_equal(
	    tree_consistency(&nodes, old, UINT64_MAX, &p), ERR_LIMIT);
	assert_int_equal(p.n, 99);
	assert_int_equal(
	    tree_inclusion(&nodes, old, UINT64_MAX, &p), ERR_OK);
	assert_true(p.n <= TREE_PROOF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_roots_are_those_of_certificate_transparency),
	    cmocka_unit_test(test_edge_gives_every_root_and_every_full_subtree),
	    cmocka_unit_test(
	        test_inclusion_holds_for_every_entry_of_every_size),
	    cmocka_unit_test(test_consistency_holds_between_all_sizes),
	    cmocka_unit_test(test_altered_inclusion_proofs_are_refused),
	    cmocka_unit_test(test_altered_consistency_proofs_are_refused),
	    cmocka_unit_test(test_questions_beyond_the_tree_are_refused),
	    cmocka_unit_test(test_a_node_that_cannot_be_read),
	    cmocka_unit_test(test_a_proof_that_is_too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, NULL);
}
