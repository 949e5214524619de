/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the keeper's keys come back as they were made, for their owner's eyes
 * alone; nothing is overwritten, nothing is opened by another root key, and
 * no byte of the file can be altered or missing. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal/rig.h"
#include "registry/keyring.h"

struct rig {
	char folder[RIG_PATH];
	struct random_seeded seed;
	struct random random;
	struct secret root;
};

static int make(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	rig_folder(r->folder);
	r->random = random_from_seed(&r->seed, 3);
	random_fill(&r->random, r->root.key, SECRET_SIZE);
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	struct rig *r = *state;

	rig_remove(r->folder);
	free(r);
	return 0;
}

static struct keyring *made(struct rig *r)
{
	struct keyring *k = NULL;

	assert_int_equal(keyring_make(
	    r->folder, &r->root, &r->random, &k), ERR_OK);
	assert_non_null(k);
	return k;
}

static enum err load(struct rig *r)
{
	struct keyring *k = NULL;
	enum err e = keyring_load(r->folder, &r->root, &k);

	assert_int_equal(k == NULL, e != ERR_OK);
	keyring_free(k);
	return e;
}

#define KEYS 11
#define FIRST (4 + 12 + 4 + KEYS * (1 + 4 + 8 + 32) + 16)

/* All keys in use, one behind the other. */
static void flatten(const struct keyring *k, uint8_t out[static KEYS * 32])
{
	const struct sign_private *signers[4] = {
	    k->log, k->registry, k->answer, k->promise};
	const struct secret *secrets[6] = {&k->index, &k->replay,
	    &k->blinding, &k->months, &k->snapshot, &k->question};

	for (int i = 0; i < 4; i++)
		memcpy(out + i * 32, sign_private_seed(signers[i]), 32);
	hpke_key_private(k->sealing, out + 4 * 32);
	for (int i = 0; i < 6; i++)
		memcpy(out + (5 + i) * 32, secrets[i]->key, 32);
}

static void test_keys_come_back(void **state)
{
	struct rig *r = *state;
	struct keyring *k = made(r), *again = NULL;
	uint8_t a[KEYS * 32], b[KEYS * 32];

	assert_int_equal(keyring_load(r->folder, &r->root, &again), ERR_OK);
	flatten(k, a);
	flatten(again, b);
	assert_memory_equal(a, b, sizeof(a));
	/* eleven keys, none twice (design §7) */
	for (int i = 0; i < KEYS; i++)
		for (int j = 0; j < i; j++)
			assert_memory_not_equal(a + i * 32, a + j * 32, 32);
	keyring_free(k);
	keyring_free(again);
}

static void test_files_are_for_their_owner_and_sealed(void **state)
{
	struct rig *r = *state;
	struct keyring *k = made(r);
	uint8_t keys[KEYS * 32], *file;
	struct stat st;
	size_t n;

	assert_int_equal(stat(rig_in(r->folder, "keys.sealed"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	flatten(k, keys);
	file = rig_load(rig_in(r->folder, "keys.sealed"), &n);
	for (int i = 0; i < KEYS; i++)
		assert_null(memmem(file, n, keys + i * 32, 32));
	free(file);
	keyring_free(k);
}

static void test_nothing_is_overwritten(void **state)
{
	struct rig *r = *state;
	struct keyring *k = made(r), *other = NULL;
	uint8_t *file, *after;
	size_t n, n2;

	keyring_free(k);
	file = rig_load(rig_in(r->folder, "keys.sealed"), &n);
	assert_int_equal(keyring_make(r->folder, &r->root, &r->random,
	    &other), ERR_EXISTS);
	assert_null(other);
	after = rig_load(rig_in(r->folder, "keys.sealed"), &n2);
	assert_int_equal(n, n2);
	assert_memory_equal(file, after, n);
	assert_int_equal(load(r), ERR_OK);
	free(file);
	free(after);
}

static void test_no_folder_no_keys(void **state)
{
	struct rig *r = *state;
	struct keyring *k = NULL;

	assert_int_equal(keyring_make(rig_in(r->folder, "none"), &r->root,
	    &r->random, &k), ERR_IO);
	assert_null(k);
	assert_int_equal(keyring_load(rig_in(r->folder, "none"), &r->root,
	    &k), ERR_UNKNOWN);
	assert_null(k);
}

static void test_another_root_key_opens_nothing(void **state)
{
	struct rig *r = *state;

	keyring_free(made(r));
	for (size_t i = 0; i < SECRET_SIZE; i++) {
		r->root.key[i] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(load(r), ERR_CRYPTO);
		r->root.key[i] ^= (uint8_t)(1u << i % 8);
	}
	assert_int_equal(load(r), ERR_OK);
}

static void test_every_byte_counts(void **state)
{
	struct rig *r = *state;
	size_t n;

	keyring_free(made(r));
	free(rig_load(rig_in(r->folder, "keys.sealed"), &n));
	assert_int_equal(n, FIRST);
	for (size_t i = 0; i < n; i++) {
		rig_flip(rig_in(r->folder, "keys.sealed"), i,
		    (uint8_t)(1u << i % 8));
		assert_int_equal(load(r), i < 4 ? ERR_SHAPE : ERR_CRYPTO);
		rig_flip(rig_in(r->folder, "keys.sealed"), i,
		    (uint8_t)(1u << i % 8));
	}
}

static void test_other_sizes_are_refused(void **state)
{
	struct rig *r = *state;
	uint8_t *whole;
	size_t n;

	keyring_free(made(r));
	whole = rig_load(rig_in(r->folder, "keys.sealed"), &n);
	whole = realloc(whole, n + 1);
	whole[n] = 0;
	for (size_t cut = 0; cut < n; cut++) {
		rig_store(rig_in(r->folder, "keys.sealed"), whole, cut);
		assert_int_equal(load(r), cut < 4 + 12 + 4 + 16 ?
		    ERR_SHAPE : ERR_CRYPTO);
	}
	rig_store(rig_in(r->folder, "keys.sealed"), whole, n + 1);
	assert_int_equal(load(r), ERR_CRYPTO);
	(void)unlink(rig_in(r->folder, "keys.sealed"));
	assert_int_equal(load(r), ERR_UNKNOWN);
	rig_store(rig_in(r->folder, "keys.sealed"), whole, n);
	assert_int_equal(load(r), ERR_OK);
	free(whole);
}

static void test_generations_come_and_go(void **state)
{
	struct rig *r = *state;
	struct keyring *k = made(r), *again = NULL;
	const struct sign_private *first = k->answer;
	uint8_t one[KEYRING_NAME];

	memcpy(one, keyring_at(k, KEYRING_ANSWER, 1)->name, 32);
	assert_int_equal(keyring_add(k, r->folder, KEYRING_ANSWER, &r->random,
	    77), ERR_OK);
	/* made is not used */
	assert_ptr_equal(k->answer, first);
	assert_int_equal(keyring_newest(k, KEYRING_ANSWER)->generation, 2);
	assert_int_equal(keyring_use(k, KEYRING_ANSWER, 3), ERR_UNKNOWN);
	assert_int_equal(keyring_use(k, KEYRING_ANSWER, 2), ERR_OK);
	assert_ptr_not_equal(k->answer, first);
	assert_int_equal(keyring_load(r->folder, &r->root, &again), ERR_OK);
	assert_int_equal(keyring_at(again, KEYRING_ANSWER, 2)->made_ms, 77);
	assert_memory_equal(keyring_at(again, KEYRING_ANSWER, 2)->name,
	    keyring_at(k, KEYRING_ANSWER, 2)->name, 32);
	keyring_free(again);
	/* gone for good, and its number is not given again */
	assert_int_equal(keyring_drop(k, r->folder, KEYRING_ANSWER, 1,
	    &r->random), ERR_OK);
	assert_int_equal(keyring_drop(k, r->folder, KEYRING_ANSWER, 1,
	    &r->random), ERR_UNKNOWN);
	assert_int_equal(keyring_load(r->folder, &r->root, &again), ERR_OK);
	assert_null(keyring_at(again, KEYRING_ANSWER, 1));
	assert_memory_not_equal(
	    sign_public_raw(sign_private_public(again->answer)), one, 32);
	keyring_free(again);
	keyring_free(k);
}

static void test_every_kind_turns(void **state)
{
	struct rig *r = *state;
	struct keyring *k = made(r);
	uint8_t a[KEYS * 32], b[KEYS * 32];

	flatten(k, a);
	for (unsigned kind = 1; kind < KEYRING_KINDS; kind++) {
		enum keyring_kind of = (enum keyring_kind)kind;

		assert_int_equal(keyring_kind_of(
		    span_str(keyring_kind_text(of))), of);
		assert_int_equal(keyring_add(
		    k, r->folder, of, &r->random, 1), ERR_OK);
		assert_int_equal(keyring_use(k, of, 2), ERR_OK);
	}
	flatten(k, b);
	for (int i = 0; i < KEYS; i++)
		assert_memory_not_equal(a + i * 32, b + i * 32, 32);
	assert_int_equal(keyring_kind_of(span_str("answers")), 0);
	keyring_free(k);
}

static void test_a_full_file_takes_no_more(void **state)
{
	struct rig *r = *state;
	struct keyring *k = made(r);

	for (int i = KEYS; i < KEYRING_MOST; i++)
		assert_int_equal(keyring_add(k, r->folder, KEYRING_INDEX,
		    &r->random, 1), ERR_OK);
	assert_int_equal(keyring_add(k, r->folder, KEYRING_INDEX,
	    &r->random, 1), ERR_FULL);
	keyring_free(k);
	assert_int_equal(load(r), ERR_OK);
}

static void test_another_root_key_takes_over(void **state)
{
	struct rig *r = *state;
	struct keyring *k = made(r);
	struct secret old = r->root;
	uint8_t *file;
	struct secret new, stranger = r->root;
	size_t n;

	r->root.key[0] ^= 1;
	new = r->root;
	assert_int_equal(keyring_prepare(
	    k, r->folder, &new, &r->random), ERR_OK);
	/* cut off there: the old key opens, and wipes the other file */
	r->root = old;
	assert_int_equal(load(r), ERR_OK);
	assert_int_equal(rig_size(rig_in(r->folder, "keys.sealed.next")), -1);
	r->root = new;
	assert_int_equal(load(r), ERR_CRYPTO);
	/* behind it: the new one opens, and no other, whatever lies beside */
	assert_int_equal(keyring_prepare(
	    k, r->folder, &new, &r->random), ERR_OK);
	stranger.key[5] ^= 1;
	r->root = stranger;
	assert_int_equal(load(r), ERR_CRYPTO);
	r->root = new;
	assert_int_equal(load(r), ERR_OK);
	assert_int_equal(rig_size(rig_in(r->folder, "keys.sealed.next")), -1);
	assert_int_equal(load(r), ERR_OK);
	r->root = old;
	assert_int_equal(load(r), ERR_CRYPTO);
	/* what cannot be written changes nothing */
	file = rig_load(rig_in(r->folder, "keys.sealed"), &n);
	assert_int_equal(keyring_add(k, rig_in(r->folder, "none"),
	    KEYRING_LOG, &r->random, 1), ERR_IO);
	assert_int_equal(keyring_drop(k, rig_in(r->folder, "none"),
	    KEYRING_LOG, 1, &r->random), ERR_IO);
	assert_non_null(keyring_at(k, KEYRING_LOG, 1));
	assert_null(keyring_at(k, KEYRING_LOG, 2));
	free(file);
	keyring_free(k);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_keys_come_back),
		WITH(test_files_are_for_their_owner_and_sealed),
		WITH(test_nothing_is_overwritten),
		WITH(test_no_folder_no_keys),
		WITH(test_another_root_key_opens_nothing),
		WITH(test_every_byte_counts),
		WITH(test_other_sizes_are_refused),
		WITH(test_generations_come_and_go),
		WITH(test_every_kind_turns),
		WITH(test_a_full_file_takes_no_more),
		WITH(test_another_root_key_takes_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
