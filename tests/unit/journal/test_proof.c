/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a proof file holds for its entry alone, and not with one bit changed;
 * its form is c2sp.org/tlog-proof's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "rig.h"
#include "failing.h"
#include "base/file.h"
#include "journal/proof.h"
#include "journal/tlog.h"

#define ORIGIN "log.example/journal"
#define SIZE 700

static char folder[RIG_PATH], records[RIG_PATH], public[RIG_PATH];
static struct sign_private *key;
static struct note_key vkey;

static void leaf_hash_of(uint64_t i, uint8_t out[static HASH_SIZE])
{
	uint8_t leaf[24];

	rig_fill(i, leaf, sizeof(leaf));
	tree_leaf_hash(span_of(leaf, sizeof(leaf)), out);
}

static int make(void **state)
{
	struct tlog_options o = {.dir = records, .public_dir = public,
	    .origin = ORIGIN};
	struct tlog *t = NULL;
	uint64_t first;

	(void)state;
	rig_folder(folder);
	key = rig_key(3);
	o.key = key;
	assert_int_equal(
	    file_path(records, sizeof(records), folder, "records"), ERR_OK);
	assert_int_equal(
	    file_path(public, sizeof(public), folder, "public"), ERR_OK);
	assert_int_equal(tlog_open(&o, &t), ERR_OK);
	for (uint64_t i = 0; i < SIZE; i++) {
		uint8_t leaf[24];
		const struct tlog_entry e = {{leaf, sizeof(leaf)}, {NULL, 0}};

		rig_fill(i, leaf, sizeof(leaf));
		assert_int_equal(tlog_append(t, &e, 1, 0, &first), ERR_OK);
	}
	assert_int_equal(tlog_publish(t), ERR_OK);
	vkey = *tlog_key(t);
	tlog_close(t);
	rig_remove(records);	/* proofs need the public folder alone */
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	rig_remove(folder);
	sign_private_free(key);
	return 0;
}

static enum err check(const struct buf *b, uint64_t index)
{
	uint8_t hash[HASH_SIZE];
	struct checkpoint c;
	struct proof p;
	enum err e;

	leaf_hash_of(index, hash);
	e = proof_verify(buf_span(b), hash, &vkey, &p, &c);
	if (!e) {
		assert_int_equal(p.index, index);
		assert_int_equal(c.size, SIZE);
	}
	return e;
}

static void test_every_entry_has_its_proof_and_only_its_own(void **state)
{
	uint8_t told[HASH_SIZE], hash[HASH_SIZE];
	struct buf b;

	(void)state;
	buf_init(&b, PROOF_MAX);
	for (uint64_t i = 0; i < SIZE; i++) {
		buf_clear(&b);
		assert_int_equal(
		    proof_make(public, &vkey, i, &b, told), ERR_OK);
		leaf_hash_of(i, hash);
		assert_memory_equal(told, hash, HASH_SIZE);
		assert_int_equal(check(&b, i), ERR_OK);
		assert_int_equal(check(&b, (i + 1) % SIZE), ERR_CRYPTO);
	}
	buf_clear(&b);
	assert_int_equal(proof_make(public, &vkey, SIZE, &b, NULL), ERR_RANGE);
	assert_int_equal(b.n, 0);
	buf_release(&b);
}

static void test_the_form_is_the_specs(void **state)
{
	struct proof p;
	struct buf b;
	char *text;

	(void)state;
	buf_init(&b, PROOF_MAX);
	assert_int_equal(proof_make(public, &vkey, 5, &b, NULL), ERR_OK);
	buf_put_u8(&b, 0);
	text = (char *)b.p;
	assert_memory_equal(
	    text, "c2sp.org/tlog-proof@v1\nindex 5\n", 31);
	assert_non_null(strstr(text, "=\n\n" ORIGIN "\n700\n"));
	assert_non_null(strstr(text, "\n\n\xe2\x80\x94 " ORIGIN " "));
	assert_int_equal(
	    proof_parse(span_str("c2sp.org/tlog-proof@v1\nextra aGk=\n"
	    "index 0\n\ncheckpoint"), &p), ERR_OK);
	assert_true(span_is(p.extra, "aGk="));
	assert_true(p.index == 0 && p.path.n == 0);
	assert_true(span_is(p.checkpoint, "checkpoint"));
	buf_release(&b);
}

static void test_other_forms_are_refused(void **state)
{
#define H "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define F "c2sp.org/tlog-proof@v1\n"
	static const char *const rows[] = {"", F, F "index 0\n",
	    F "index 00\n\n", F "index 01\n\n", F "index -1\n\n",
	    F "index\n\n", F "index 1 \n\n", F "Index 1\n\n", "index 0\n\n",
	    "c2sp.org/tlog-proof@v2\nindex 0\n\n",
	    F "index 0\n" H, F "index 0\nAAAA\n\n", F "index 0\n \n\n",
	    F "extra !\nindex 0\n\n", F "extra aGk=\n\n", F "extra aGk=\n",
	    F "index 0\nextra aGk=\n\n", F "index 99999999999999999999\n\n"};
	struct proof p;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    proof_parse(span_str(rows[i]), &p), ERR_SHAPE);
	buf_init(&b, PROOF_MAX);
	buf_text(&b, F "index 0\n");
	for (int i = 0; i < TREE_PROOF; i++)
		buf_text(&b, H);
	buf_text(&b, "\n");
	assert_int_equal(proof_parse(buf_span(&b), &p), ERR_OK);
	b.n--;
	buf_text(&b, H "\n");
	assert_int_equal(proof_parse(buf_span(&b), &p), ERR_LIMIT);
	buf_release(&b);
}

/* An extra line, and a file, of one byte more than there may be. */
static void test_longer_ones_are_refused(void **state)
{
	struct proof p;
	struct buf b;

	(void)state;
	for (size_t n = PROOF_EXTRA; n <= PROOF_EXTRA + 4; n += 4) {
		buf_init(&b, 2 * PROOF_MAX);
		buf_text(&b, F "extra ");
		for (size_t i = 0; i < n; i++)
			buf_put_u8(&b, 'A');
		buf_text(&b, "\nindex 0\n\n");
		assert_int_equal(proof_parse(buf_span(&b), &p),
		    n > PROOF_EXTRA ? ERR_SHAPE : ERR_OK);
		buf_release(&b);
	}
	buf_init(&b, 2 * PROOF_MAX);
	buf_text(&b, F "index 0\n\n");
	while (b.n < PROOF_MAX)
		buf_put_u8(&b, 'x');
	assert_int_equal(proof_parse(buf_span(&b), &p), ERR_OK);
	buf_put_u8(&b, 'x');
	assert_int_equal(proof_parse(buf_span(&b), &p), ERR_LIMIT);
	buf_release(&b);
}

static void test_every_flipped_bit_and_cut_is_refused(void **state)
{
	struct buf b;
	size_t n;

	(void)state;
	buf_init(&b, PROOF_MAX);
	assert_int_equal(proof_make(public, &vkey, 333, &b, NULL), ERR_OK);
	for (size_t bit = 0; bit < 8 * b.n; bit++) {
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(check(&b, 333), ERR_OK);
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(check(&b, 333), ERR_OK);
	n = b.n;
	for (b.n = 0; b.n < n; b.n++)
		assert_int_not_equal(check(&b, 333), ERR_OK);
	buf_release(&b);
}

/* No proof, and what stood in the buffer alone. */
static void test_whatever_call_fails(void **state)
{
	int failures = 0;

	(void)state;
	for (int kind = 0; kind < FAILING_KINDS; kind++) {
		bool failed = true;

		for (int n = 0; failed; n++) {
			struct buf b;
			enum err e;

			buf_init(&b, PROOF_MAX);
			buf_text(&b, "before");
			failing_set((enum failing_kind)kind, n, EIO);
			e = proof_make(public, &vkey, 333, &b, NULL);
			failed = failing_end();
			failures += failed;
			if (!failed)
				assert_int_equal(e, ERR_OK);
			assert_true(span_is(span_of(b.p, 6), "before"));
			if (e) {
				assert_int_equal(b.n, 6);
			} else {
				b.n -= 6;
				memmove(b.p, b.p + 6, b.n);
				assert_int_equal(check(&b, 333), ERR_OK);
			}
			buf_release(&b);
		}
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 10);
}

static void test_wrong_or_missing_tiles_give_no_proof(void **state)
{
	struct note_key other = vkey;
	struct buf b;

	(void)state;
	buf_init(&b, PROOF_MAX);
	rig_flip(rig_in(public, "tile/0/001"), 100, 1);
	assert_int_equal(proof_make(public, &vkey, 300, &b, NULL), ERR_CORRUPT);
	assert_int_equal(proof_make(public, &vkey, 3, &b, NULL), ERR_OK);
	rig_flip(rig_in(public, "tile/0/001"), 100, 1);
	buf_clear(&b);
	(void)unlink(rig_in(public, "tile/0/001"));
	assert_int_equal(proof_make(public, &vkey, 300, &b, NULL), ERR_UNKNOWN);
	other.raw[0] ^= 1;
	other.id[0] ^= 1;
	assert_int_equal(proof_make(public, &other, 3, &b, NULL), ERR_CRYPTO);
	(void)unlink(rig_in(public, "checkpoint"));
	assert_int_equal(proof_make(public, &vkey, 3, &b, NULL), ERR_UNKNOWN);
	assert_int_equal(b.n, 0);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_entry_has_its_proof_and_only_its_own),
	    cmocka_unit_test(test_the_form_is_the_specs),
	    cmocka_unit_test(test_other_forms_are_refused),
	    cmocka_unit_test(test_longer_ones_are_refused),
	    cmocka_unit_test(test_every_flipped_bit_and_cut_is_refused),
	    cmocka_unit_test(test_whatever_call_fails),
	    cmocka_unit_test(test_wrong_or_missing_tiles_give_no_proof),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, unmake);
}
