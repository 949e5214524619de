/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: whoever pinned a log's key reaches the one in use by what each key
 * signed about the next, and no other key by any other bytes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "journal/follow.h"
#include "journal/public.h"
#include "journal/rig.h"
#include "failing.h"

#define NAME "a.example/journal"

static struct note_key key_of(uint8_t seed, const char *name)
{
	struct sign_private *k = rig_key(seed);
	struct note_key ret;

	assert_int_equal(note_key_make(span_str(name),
	    sign_public_raw(sign_private_public(k)), &ret), ERR_OK);
	sign_private_free(k);
	return ret;
}

/* What the key of a seed says about the next. */
static void note_of(uint8_t from, uint8_t to, struct buf *out)
{
	struct note_key before = key_of(from, NAME), next = key_of(to, NAME);
	struct sign_private *old = rig_key(from);
	uint8_t sig[SIGN_SIZE];

	buf_init(out, FOLLOW_NOTE);
	assert_int_equal(follow_sign(old, &next, sig), ERR_OK);
	assert_int_equal(follow_verify(&before, &next, sig), ERR_OK);
	follow_write(&before, &next, sig, out);
	sign_private_free(old);
}

static void put(const char *folder, uint8_t from, uint8_t to)
{
	struct note_key before = key_of(from, NAME);
	struct buf note;

	note_of(from, to, &note);
	assert_int_equal(
	    public_write_after(folder, &before, buf_span(&note)), ERR_OK);
	buf_release(&note);
}

static void test_a_note_leads_to_one_key(void **state)
{
	struct note_key before = key_of(1, NAME), want = key_of(2, NAME), got;
	struct note_key other = key_of(3, NAME);
	struct buf note;

	(void)state;
	note_of(1, 2, &note);
	assert_int_equal(follow_read(buf_span(&note), &before, &got), ERR_OK);
	assert_memory_equal(&got, &want, sizeof(got));
	assert_int_equal(
	    follow_read(buf_span(&note), &other, &got), ERR_CRYPTO);
	assert_int_equal(
	    follow_read(buf_span(&note), &want, &got), ERR_CRYPTO);
	for (size_t i = 0; i < note.n; i++) {
		note.p[i] ^= 1;
		assert_true(follow_read(buf_span(&note), &before, &got));
		note.p[i] ^= 1;
	}
	for (size_t n = 0; n < note.n; n++)
		assert_true(
		    follow_read(span_of(note.p, n), &before, &got));
	buf_release(&note);
}

/* Whatever else the key signed, a checkpoint say, leads nowhere. */
static void test_no_other_text_is_a_note(void **state)
{
	static const char *const bad[] = {"a.example/journal\n3\nAAAA\n",
	    "ecluse log key v1\norigin a.example/journal\nnext x\n",
	    "ecluse log key v1\norigin b.example/journal\nnext %s\n",
	    "ecluse log key v2\norigin a.example/journal\nnext %s\n",
	    "ecluse log key v1\norigin a.example/journal\nnext %s\nmore\n",
	    " ecluse log key v1\norigin a.example/journal\nnext %s\n"};
	struct sign_private *old = rig_key(1);
	const struct note_signer by = {NAME, old};
	struct note_key before = key_of(1, NAME), next = key_of(2, NAME), got;
	char vkey[NOTE_VKEY_SIZE], text[512];
	struct buf note;

	(void)state;
	note_key_format(&next, vkey);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *hole = strstr(bad[i], "%s");

		(void)snprintf(text, sizeof(text), "%.*s%s%s",
		    hole ? (int)(hole - bad[i]) : (int)strlen(bad[i]), bad[i],
		    hole ? vkey : "", hole ? hole + 2 : "");
		buf_init(&note, FOLLOW_NOTE);
		assert_int_equal(
		    note_sign(span_str(text), &by, 1, &note), ERR_OK);
		assert_int_equal(follow_read(
		    buf_span(&note), &before, &got), ERR_SHAPE);
		buf_release(&note);
	}
	sign_private_free(old);
}

/* In the one spelling, but about another log's key. */
static void test_a_key_leads_to_its_own_log_alone(void **state)
{
	struct note_key before = key_of(1, NAME),
	    next = key_of(2, "b.example/journal"), got;
	struct sign_private *old = rig_key(1);
	char vkey[NOTE_VKEY_SIZE], text[1024];
	const struct note_signer by = {NAME, old};
	struct buf note;

	(void)state;
	note_key_format(&next, vkey);
	(void)snprintf(text, sizeof(text),
	    "ecluse log key v1\norigin %s\nnext %s\n", next.name, vkey);
	buf_init(&note, FOLLOW_NOTE);
	assert_int_equal(note_sign(span_str(text), &by, 1, &note), ERR_OK);
	assert_int_equal(
	    follow_read(buf_span(&note), &before, &got), ERR_SHAPE);
	buf_release(&note);
	sign_private_free(old);
}

/* 1 to 4. */
static void assert_way(const char *folder)
{
	struct note_key way[FOLLOW_MOST + 1] = {key_of(1, NAME)};
	size_t count = 0;

	assert_int_equal(follow_way(folder, way, &count), ERR_OK);
	assert_int_equal(count, 4);
	for (uint8_t i = 0; i < 4; i++) {
		struct note_key key = key_of(i + 1, NAME);

		assert_memory_equal(&way[i], &key, sizeof(key));
	}
}

static void test_a_folder_leads_to_the_last(void **state)
{
	struct note_key key = key_of(1, NAME), last = key_of(4, NAME);
	char folder[RIG_PATH], path[FOLLOW_PATH];
	unsigned turns = 9;

	(void)state;
	rig_folder(folder);
	assert_int_equal(follow_public(folder, &key, &turns), ERR_OK);
	assert_int_equal(turns, 0);
	put(folder, 1, 2);
	put(folder, 2, 3);
	put(folder, 3, 4);
	put(folder, 3, 4);	/* there already */
	assert_int_equal(follow_public(folder, &key, &turns), ERR_OK);
	assert_int_equal(turns, 3);
	assert_memory_equal(&key, &last, sizeof(key));
	assert_way(folder);
	key = key_of(2, NAME);
	assert_int_equal(follow_public(folder, &key, &turns), ERR_OK);
	assert_int_equal(turns, 2);
	/* a stranger's key is led nowhere, a broken note stops */
	key = key_of(7, NAME);
	assert_int_equal(follow_public(folder, &key, &turns), ERR_OK);
	assert_int_equal(turns, 0);
	key = key_of(2, NAME);
	follow_path(&key, path);
	rig_flip(rig_in(folder, path), 30, 1);
	key = key_of(1, NAME);
	assert_int_equal(follow_public(folder, &key, &turns), ERR_CRYPTO);
	rig_remove(folder);
}

/* A key that led to itself in the end is no way either. */
static void test_a_circle_ends(void **state)
{
	struct note_key key = key_of(1, NAME), way[FOLLOW_MOST + 1] = {key};
	char folder[RIG_PATH];
	size_t count = 0;
	unsigned turns;

	(void)state;
	rig_folder(folder);
	put(folder, 1, 2);
	put(folder, 2, 1);
	assert_int_equal(follow_public(folder, &key, &turns), ERR_LIMIT);
	assert_int_equal(follow_way(folder, way, &count), ERR_LIMIT);
	assert_int_equal(count, FOLLOW_MOST + 1);
	rig_remove(folder);
}

static void test_keys_that_cannot_follow(void **state)
{
	struct sign_private *old = rig_key(1), *p256 = NULL;
	struct note_key before = key_of(1, NAME), next = key_of(2, NAME),
	    other = key_of(2, "b.example/journal");
	struct random_seeded seed;
	const struct random random = random_from_seed(&seed, 3);
	uint8_t sig[SIGN_SIZE];

	(void)state;
	assert_int_equal(
	    sign_private_make(SIGN_P256, &random, &p256), ERR_OK);
	assert_int_equal(follow_sign(p256, &next, sig), ERR_RANGE);
	assert_int_equal(follow_sign(old, &other, sig), ERR_OK);
	assert_int_equal(follow_verify(&before, &other, sig), ERR_SHAPE);
	assert_int_equal(follow_verify(&before, &next, sig), ERR_CRYPTO);
	sign_private_free(old);
	sign_private_free(p256);
}

static void test_without_memory_nobody_is_followed(void **state)
{
	struct note_key before = key_of(1, NAME), next = key_of(2, NAME);
	struct sign_private *old = rig_key(1);
	bool failed = true;
	int n = 0;

	(void)state;
	for (; failed; n++) {
		struct note_key got = before;
		uint8_t sig[SIGN_SIZE];
		struct buf note;
		enum err e;

		buf_init(&note, FOLLOW_NOTE);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = follow_sign(old, &next, sig);
		if (!e)
			e = follow_verify(&before, &next, sig);
		if (!e) {
			follow_write(&before, &next, sig, &note);
			e = note.err;
		}
		if (!e)
			e = follow_read(buf_span(&note), &before, &got);
		failed = failing_end();
		assert_true(!e == !failed);
		assert_memory_equal(
		    &got, failed ? &before : &next, sizeof(got));
		buf_release(&note);
	}
	assert_true(n > 6);
	sign_private_free(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_note_leads_to_one_key),
		cmocka_unit_test(test_no_other_text_is_a_note),
		cmocka_unit_test(test_a_key_leads_to_its_own_log_alone),
		cmocka_unit_test(test_a_folder_leads_to_the_last),
		cmocka_unit_test(test_a_circle_ends),
		cmocka_unit_test(test_keys_that_cannot_follow),
		cmocka_unit_test(test_without_memory_nobody_is_followed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
