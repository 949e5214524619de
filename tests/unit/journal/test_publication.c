/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what is about to be published stands apart from the log, which grows
 * on: a reader finds the state that was signed, or the one before, whatever
 * fails. */
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include "failing.h"
#include "journal/public.h"
#include "journal/publication.h"
#include "journal/rig.h"

#define ORIGIN "pub.example/log"
#define LEAVES 300	/* a full tile and a part */

static char folder[RIG_PATH];
static struct frontier state_of;
static struct sign_private *key;

static void grow(unsigned n)
{
	assert_int_equal(frontier_reserve(&state_of, n), ERR_OK);
	for (unsigned i = 0; i < n; i++) {
		uint8_t entry[4], hash[HASH_SIZE];

		put_be32(entry, (uint32_t)state_of.edge.size);
		tree_leaf_hash(span_of(entry, sizeof(entry)), hash);
		frontier_append(&state_of, hash);
	}
}

static int make(void **state)
{
	const uint8_t seed[SIGN_ED25519_KEY] = {3};

	(void)state;
	rig_folder(folder);
	frontier_init(&state_of);
	grow(LEAVES);
	return sign_private_ed25519(seed, &key) ? -1 : 0;
}

static int unmake(void **state)
{
	(void)state;
	frontier_release(&state_of);
	sign_private_free(key);
	rig_remove(folder);
	return 0;
}

/* The checkpoint of the present state. */
static void note_of(struct buf *note)
{
	const struct sign_private *keys[] = {key};
	struct checkpoint c = {
	    .origin = ORIGIN, .size = state_of.edge.size};

	tree_edge_root(&state_of.edge, c.root);
	buf_init(note, CHECKPOINT_MAX);
	assert_int_equal(checkpoint_sign(&c, keys, 1, note), ERR_OK);
}

static enum err publish(uint64_t written, const struct buf *note)
{
	struct publication *p = NULL;
	enum err e = publication_new(
	    &state_of, written, buf_span(note), folder, &p);

	if (!e)
		e = publication_write(p);
	publication_free(p);
	return e;
}

/* The size that a reader finds, whose tiles give the root that is signed. */
static uint64_t found(void)
{
	struct frontier f;
	struct note_key trusted;
	struct checkpoint c;
	uint8_t root[HASH_SIZE];
	struct buf note;

	buf_init(&note, CHECKPOINT_MAX);
	assert_int_equal(note_key_make(span_str(ORIGIN),
	    sign_public_raw(sign_private_public(key)), &trusted), ERR_OK);
	if (public_read_checkpoint(folder, &trusted, &note, &c) ==
	    ERR_UNKNOWN) {
		buf_release(&note);
		return 0;
	}
	frontier_init(&f);
	assert_int_equal(frontier_load(&f, folder, c.size), ERR_OK);
	tree_edge_root(&f.edge, root);
	assert_memory_equal(root, c.root, HASH_SIZE);
	frontier_release(&f);
	buf_release(&note);
	return c.size;
}

static void test_the_log_grows_meanwhile(void **state)
{
	struct publication *p;
	struct buf note;

	(void)state;
	note_of(&note);
	assert_int_equal(publication_new(
	    &state_of, 0, buf_span(&note), folder, &p), ERR_OK);
	memset(note.p, 'x', note.n);
	buf_release(&note);
	grow(500);
	assert_int_equal(publication_size(p), LEAVES);
	assert_int_equal(found(), 0);
	assert_int_equal(publication_write(p), ERR_OK);
	publication_free(p);
	assert_int_equal(found(), LEAVES);
	note_of(&note);
	assert_int_equal(publish(LEAVES, &note), ERR_OK);
	buf_release(&note);
	assert_int_equal(found(), LEAVES + 500);
	publication_free(NULL);
}

/* It is the old one or the new, and can be tried again. */
static void test_whatever_fails_a_state_is_found(void **state)
{
	static const enum failing_kind kinds[] = {FAILING_MEMORY,
	    FAILING_OPEN, FAILING_WRITE, FAILING_FLUSH, FAILING_NAME};
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			uint64_t before = found(), size;
			struct buf note;
			enum err e;

			grow(70);
			size = state_of.edge.size;
			note_of(&note);
			failing_set(kinds[i], n, EIO);
			e = publish(before, &note);
			failed = failing_end();
			failures += failed && e;
			if (!failed)
				assert_int_equal(e, ERR_OK);
			if (!e)
				assert_true(found() == size);
			else
				assert_true(found() == before ||
				    found() == size);
			assert_int_equal(publish(before, &note), ERR_OK);
			assert_true(found() == size);
			buf_release(&note);
		}
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 10);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_the_log_grows_meanwhile),
		WITH(test_whatever_fails_a_state_is_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
