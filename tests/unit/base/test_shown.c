/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what others wrote neither acts on a terminal nor types a command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/shown.h"

#define CASES(list) (sizeof(list) / sizeof((list)[0]))

static void test_what_is_seen_stays(void **state)
{
	static const char *const same[] = {"", "a b'c\"d\\", "\xc3\xa9t\xc3\xa9",
	    "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0:", "\xe2\x80\xaf!"};

	(void)state;
	for (size_t i = 0; i < CASES(same); i++)
		assert_string_equal(shown(same[i]), same[i]);
}

static void test_what_acts_is_shown_by_its_bytes(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"a\x1b[2J", "a\\x1b[2J"}, {"a\nb", "a\\x0ab"},
		{"\x7f", "\\x7f"}, {"\xc2\x9b", "\\xc2\\x9b"},
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},
		{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
		{"\xf3\xa0\x80\xa1", "\\xf3\\xa0\\x80\\xa1"},
		{"\xe9t\xe9", "\\xe9t\\xe9"}, {"\xe2\x82", "\\xe2\\x82"},
	};
	char out[SHOWN_SIZE];

	(void)state;
	for (size_t i = 0; i < CASES(cases); i++)
		assert_string_equal(shown(cases[i].in), cases[i].out);
	assert_string_equal(
	    shown_text(span_of("a\0b", 3), out, sizeof(out)), "a\\x00b");
}

static void test_it_is_cut_between_characters(void **state)
{
	char out[12];

	(void)state;
	assert_string_equal(
	    shown_text(span_str("12345678"), out, sizeof(out)), "12345678");
	assert_string_equal(
	    shown_text(span_str("123456789"), out, sizeof(out)), "12345678...");
	assert_string_equal(
	    shown_text(span_str("12345\x1b"), out, sizeof(out)), "12345...");
	assert_string_equal(shown_text(span_str("1234567\xc3\xa9"), out,
	    sizeof(out)), "1234567...");
}

static void test_a_word_is_one(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"sites/000001.act", "sites/000001.act"}, {"", "''"},
		{"-k.act", "./-k.act"}, {"a b", "'a b'"},
		{"-a b", "'./-a b'"}, {"$(rm x)", "'$(rm x)'"},
		{"it's", "'it'\\''s'"}, {"~", "'~'"}, {"a\nb", "'a\\x0ab'"},
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < CASES(cases); i++)
		assert_string_equal(shown_word(cases[i].in), cases[i].out);
	/* never without its closing quote */
	(void)shown_quoted("a ''''''''''''''''''''''", out, sizeof(out));
	assert_int_equal(out[strlen(out) - 1], '\'');
}

static void test_json_takes_it(void **state)
{
	(void)state;
	assert_string_equal(shown_json("a\x1b\xc3\xa9"), "a\x1b\xc3\xa9");
	assert_string_equal(shown_json("a\x1b\xe9"), "a\\x1b\\xe9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_seen_stays),
	    cmocka_unit_test(test_what_acts_is_shown_by_its_bytes),
	    cmocka_unit_test(test_it_is_cut_between_characters),
	    cmocka_unit_test(test_a_word_is_one),
	    cmocka_unit_test(test_json_takes_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
