/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the end of a list is the log's own, of this origin, and says how many
 * entries and which bytes; nothing else is taken for one. */
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "journal/ending.h"
#include "journal/rig.h"

#define ORIGIN "test.example/journal"

static struct note_key key_of(const char *name, const struct sign_private *k)
{
	struct note_key key;

	assert_int_equal(note_key_make(span_str(name),
	    sign_public_raw(sign_private_public(k)), &key), ERR_OK);
	return key;
}

static void test_who_signed_it(void **state)
{
	struct sign_private *own = rig_key(1), *other = rig_key(2);
	const struct sign_private *keys[] = {own, other};
	struct ending end = {.count = 41}, got;
	struct note_key key;
	struct buf note;

	(void)state;
	memset(end.hash, 7, HASH_SIZE);
	buf_init(&note, ENDING_MAX);
	assert_int_equal(ending_sign(&end, ORIGIN, keys, 1, &note), ERR_OK);
	assert_int_equal(ending_read(buf_span(&note), &got), ERR_OK);
	assert_true(got.count == 41);
	assert_memory_equal(got.hash, end.hash, HASH_SIZE);
	key = key_of(ORIGIN, own);
	assert_int_equal(ending_verify(buf_span(&note), &key), ERR_OK);
	key = key_of(ORIGIN, other);
	assert_int_equal(ending_verify(buf_span(&note), &key), ERR_UNKNOWN);
	key = key_of("other.example/journal", own);
	assert_int_equal(ending_verify(buf_span(&note), &key), ERR_UNKNOWN);
	/* while a key turns, both sign */
	buf_clear(&note);
	assert_int_equal(ending_sign(&end, ORIGIN, keys, 2, &note), ERR_OK);
	key = key_of(ORIGIN, other);
	assert_int_equal(ending_verify(buf_span(&note), &key), ERR_OK);
	note.p[strlen("ecluse list end v1\norigin ")] ^= 1;
	assert_int_equal(ending_verify(buf_span(&note), &key), ERR_CRYPTO);
	buf_clear(&note);
	assert_int_equal(ending_sign(&end, "", keys, 1, &note), ERR_SHAPE);
	buf_release(&note);
	sign_private_free(own);
	sign_private_free(other);
}

/* Texts that the log's key signed, which are no end, or no end of this log. */
static void test_what_is_none(void **state)
{
#define HEX "0707070707070707070707070707070707070707070707070707070707070707"
#define BEGINS "ecluse list end v1\norigin " ORIGIN "\n"
	static const struct {
		const char *text;
		enum err read, verify;
	} cases[] = {
		{BEGINS "count 4\nsha256 " HEX "\n", ERR_OK, ERR_OK},
		{"ecluse list end v2\norigin " ORIGIN "\ncount 4\nsha256 " HEX
		    "\n", ERR_SHAPE, ERR_UNKNOWN},
		{"ecluse list end v1 \norigin " ORIGIN "\ncount 4\nsha256 " HEX
		    "\n", ERR_SHAPE, ERR_UNKNOWN},
		{"ecluse list end v1\norigin other\ncount 4\nsha256 " HEX "\n",
		    ERR_OK, ERR_UNKNOWN},
		{"ecluse list end v1\n", ERR_SHAPE, ERR_UNKNOWN},
		{"ecluse\n", ERR_SHAPE, ERR_UNKNOWN},
		{BEGINS "count\n", ERR_SHAPE, ERR_OK},
		{BEGINS "count 4\n", ERR_SHAPE, ERR_OK},
		{BEGINS "sha256 " HEX "\n", ERR_SHAPE, ERR_OK},
		{BEGINS "count -4\nsha256 " HEX "\n", ERR_SHAPE, ERR_OK},
		{BEGINS "count 4\nsha256 07\n", ERR_SHAPE, ERR_OK},
		{BEGINS "count 4\nsha256 " HEX "\nmore\n", ERR_SHAPE, ERR_OK},
		{ORIGIN "\n4\nAAAA\n", ERR_SHAPE, ERR_UNKNOWN},
	};
	struct sign_private *own = rig_key(1);
	const struct note_signer s = {ORIGIN, own};
	struct note_key key = key_of(ORIGIN, own);
	struct ending got;
	struct buf note;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&note, ENDING_MAX);
		assert_int_equal(note_sign(
		    span_str(cases[i].text), &s, 1, &note), ERR_OK);
		assert_int_equal(
		    ending_read(buf_span(&note), &got), cases[i].read);
		assert_int_equal(
		    ending_verify(buf_span(&note), &key), cases[i].verify);
		buf_release(&note);
	}
	assert_int_equal(ending_read(span_str("no note"), &got), ERR_SHAPE);
	assert_int_equal(
	    ending_verify(span_str("no note"), &key), ERR_SHAPE);
	sign_private_free(own);
}

static void test_no_room(void **state)
{
	static char origin[ENDING_MAX];
	struct sign_private *own = rig_key(1);
	const struct sign_private *keys[] = {own};
	struct ending end = {.count = 1};
	struct buf note;

	(void)state;
	memset(origin, 'a', sizeof(origin) - 1);
	buf_init(&note, ENDING_MAX);
	assert_int_equal(ending_sign(&end, origin, keys, 1, &note), ERR_LIMIT);
	buf_release(&note);
	sign_private_free(own);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_signed_it),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_no_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
