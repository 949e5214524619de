/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the reader accepts what RFC 8259 allows within our limits, refuses
 * everything else, and navigation never leaves the document. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include "json/read.h"

static struct json_token tokens[LIMIT_JSON_TOKENS];

static enum err read_span(struct span s, struct json *j)
{
	size_t at = SIZE_MAX;
	enum err e = json_read(s, tokens, LIMIT_JSON_TOKENS, j, &at);

	if (e)
		assert_true(at <= s.n);
	return e;
}

static enum err read_text(const char *text, struct json *j)
{
	return read_span(span_str(text), j);
}

static void test_read_accepts_what_the_rfc_allows(void **state)
{
	static const char *const good[] = {"{}", "[]", "null", "true", "false",
	    "0", "-0", "1", "-1.5e+10", "0.0", "1E5", "2e-3", "\"\"",
	    " [ 1 , 2 ]\n", "{\"a\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]",
	    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\\ud83d\\ude00\"",
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\x7f\"",
	    "{\"\":1}", "\t\r\n 5 ", "\"\xef\xbf\xbf\"",
	    "\"\xf4\x8f\xbf\xbf\"", "[[],{}]", "12345678901234567890123"};
	struct json j;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (read_text(good[i], &j))
			fail_msg("refused: %s", good[i]);
}

static void test_read_refuses_everything_else(void **state)
{
	static const char *const bad[] = {"", " ", "{", "}", "[", "]", "[1,]",
	    "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
	    "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}", "[1}", "{\"a\":1]",
	    "01", "-", "-01", "+1", "1.", ".5", "1e", "1e+", "0x10", "1.e3",
	    "NaN", "Infinity", "-Infinity", "nul", "nulll", "True", "tru",
	    "\"", "\"a", "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"",
	    "\"\\ud800\"", "\"\\ud800x\"", "\"\\udc00\"",
	    "\"\\ud800\\ud800\"", "\"\\ud83d\\n\"", "\"\\u0000\"",
	    "\"\n\"", "\"\t\"", "\"\x01\"", "\"\x80\"", "\"\xc0\xaf\"",
	    "\"\xc1\xbf\"", "\"\xe0\x80\x80\"", "\"\xe0\x9f\xbf\"",
	    "\"\xed\xa0\x80\"", "\"\xf0\x8f\xbf\xbf\"",
	    "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xc3\"",
	    "\"\xe2\x82\"", "\"\xff\"", "1 2", "{} {}", "[]x", "1,",
	    "\xef\xbb\xbf{}", "\v1", "\f1", "\xc2\xa0_1", "//x\n1",
	    "/**/1", "\"\\\"", "\"a\\", "[\"\\", "{\"a\":1}}", "'a'", "-a",
	    "1a", "1.5.5", "--1", "[1,,2]", ":", ",", "\"a\" : 1"};
	struct json j;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_text(bad[i], &j) != ERR_SHAPE)
			fail_msg("not refused: %s", bad[i]);
	assert_int_equal(read_span(span_of("1\0", 2), &j), ERR_SHAPE);
	assert_int_equal(read_span(span_of("\"a\0b\"", 5), &j), ERR_SHAPE);
	assert_int_equal(read_span((struct span){0}, &j), ERR_SHAPE);
}

static void test_read_refuses_the_same_name_twice(void **state)
{
	static const char *const twice[] = {"{\"a\":1,\"a\":2}",
	    "{\"a\":1,\"b\":[{}],\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
	    "{\"\\u00e9\":1,\"\xc3\xa9\":2}", "{\"\":1,\"\":2}",
	    "{\"x\":{\"a\":1,\"a\":1}}", "{\"\\/\":1,\"/\":2}",
	    "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"};
	struct json j;

	(void)state;
	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++)
		if (read_text(twice[i], &j) != ERR_EXISTS)
			fail_msg("not refused: %s", twice[i]);
	assert_int_equal(read_text("{\"a\":1,\"A\":2,\"aa\":3}", &j), ERR_OK);
	assert_int_equal(read_text("{\"\\u0061\":1,\"b\":2}", &j), ERR_OK);
}

/* depth brackets around 1. */
static enum err read_nested(size_t depth, char open, char close)
{
	char text[256];
	size_t n = 0;
	struct json j;

	for (size_t i = 0; i < depth; i++) {
		text[n++] = open;
		if (open == '{') {
			text[n++] = '"';
			text[n++] = '"';
			text[n++] = ':';
		}
	}
	text[n++] = '1';
	for (size_t i = 0; i < depth; i++)
		text[n++] = close;
	return read_span(span_of(text, n), &j);
}

static void test_read_refuses_one_level_too_deep(void **state)
{
	(void)state;
	assert_int_equal(read_nested(LIMIT_JSON_DEPTH, '[', ']'), ERR_OK);
	assert_int_equal(read_nested(LIMIT_JSON_DEPTH + 1, '[', ']'), ERR_LIMIT);
	assert_int_equal(read_nested(LIMIT_JSON_DEPTH, '{', '}'), ERR_OK);
	assert_int_equal(read_nested(LIMIT_JSON_DEPTH + 1, '{', '}'), ERR_LIMIT);
}

/* An array of n ones. */
static enum err read_many(size_t n)
{
	static char text[2 * LIMIT_JSON_TOKENS + 16];
	size_t k = 0;
	struct json j;

	text[k++] = '[';
	for (size_t i = 0; i < n; i++) {
		text[k++] = '1';
		text[k++] = i + 1 < n ? ',' : ']';
	}
	return read_span(span_of(text, k), &j);
}

/* An object of n members with names of name_len bytes. */
static enum err read_members(int n, int name_len)
{
	struct buf b;
	struct json j;
	enum err e;

	buf_init(&b, LIMIT_BODY);
	buf_put_u8(&b, '{');
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s\"%0*d\":0", i ? "," : "", name_len, i);
	buf_put_u8(&b, '}');
	e = read_span(buf_span(&b), &j);
	buf_release(&b);
	return e;
}

static void test_read_refuses_one_beyond_each_count(void **state)
{
	static uint8_t text[LIMIT_BODY + 1];
	struct json_token few[3];
	struct json j;
	size_t at = 0;

	(void)state;
	assert_int_equal(read_many(LIMIT_JSON_TOKENS - 1), ERR_OK);
	assert_int_equal(read_many(LIMIT_JSON_TOKENS), ERR_LIMIT);
	assert_int_equal(read_members(LIMIT_JSON_MEMBERS, 4), ERR_OK);
	assert_int_equal(read_members(LIMIT_JSON_MEMBERS + 1, 4), ERR_LIMIT);
	assert_int_equal(read_members(2, LIMIT_JSON_NAME), ERR_OK);
	assert_int_equal(read_members(2, LIMIT_JSON_NAME + 1), ERR_LIMIT);
	memset(text, ' ', sizeof(text));
	text[0] = '1';
	assert_int_equal(read_span(span_of(text, LIMIT_BODY), &j), ERR_OK);
	assert_int_equal(
	    read_span(span_of(text, LIMIT_BODY + 1), &j), ERR_LIMIT);
	assert_int_equal(json_read(span_str("[1,2]"), few, 3, &j, &at), ERR_OK);
	assert_int_equal(
	    json_read(span_str("[1,2,3]"), few, 3, &j, &at), ERR_LIMIT);
	assert_int_equal(at, 5);
}

static void test_navigation_finds_and_misses(void **state)
{
	struct json j;
	uint16_t a, e;
	char out[8];

	(void)state;
	assert_int_equal(read_text("{\"x\":[1,{\"y\":\"d\\u00e9\"},[]],"
		"\"\\u007a\":true,\"o\":{}}", &j), ERR_OK);
	a = json_member(&j, JSON_TOP, "x");
	assert_int_equal(json_type(&j, a), JSON_ARRAY);
	assert_int_equal(json_count(&j, a), 3);
	assert_int_equal(json_count(&j, JSON_TOP), 3);
	e = json_element(&j, a, 1);
	assert_int_equal(json_text(&j, json_member(&j, e, "y"), out, 8), ERR_OK);
	assert_string_equal(out, "d\xc3\xa9");
	assert_int_equal(json_type(&j, json_member(&j, 0, "z")), JSON_TRUE);
	assert_int_equal(json_element(&j, a, 3), JSON_NOWHERE);
	assert_int_equal(json_member(&j, a, "y"), JSON_NOWHERE);
	assert_int_equal(json_member(&j, e, "x"), JSON_NOWHERE);
	assert_int_equal(json_member(&j, JSON_NOWHERE, "x"), JSON_NOWHERE);
	assert_int_equal(json_first(&j, json_element(&j, a, 2)), JSON_NOWHERE);
	assert_int_equal(json_first(&j, json_element(&j, a, 0)), JSON_NOWHERE);
	assert_int_equal(
	    json_element(&j, json_member(&j, 0, "o"), 0), JSON_NOWHERE);
	assert_int_equal(json_count(&j, json_member(&j, 0, "o")), 0);
	assert_int_equal(json_raw(&j, JSON_NOWHERE).n, 0);
	assert_false(json_is(&j, JSON_NOWHERE, ""));
	assert_false(json_is(&j, a, "["));
}

static void test_text_copies_within_its_buffer(void **state)
{
	struct json j;
	char out[5] = "keep";

	(void)state;
	assert_int_equal(read_text("[\"abcd\",\"abcde\",7,"
		"\"\\u20ac\",\"\\ud83d\\ude00\",\"\\ud83d\\ude00a\"]", &j),
	    ERR_OK);
	assert_int_equal(json_text(&j, 2, out, 5), ERR_LIMIT);
	assert_int_equal(json_text(&j, 3, out, 5), ERR_SHAPE);
	assert_int_equal(json_text(&j, JSON_NOWHERE, out, 5), ERR_UNKNOWN);
	assert_int_equal(json_text(&j, 6, out, 5), ERR_LIMIT);
	assert_string_equal(out, "keep");
	assert_int_equal(json_text(&j, 1, out, 5), ERR_OK);
	assert_string_equal(out, "abcd");
	assert_int_equal(json_text(&j, 4, out, 5), ERR_OK);
	assert_string_equal(out, "\xe2\x82\xac");
	assert_int_equal(json_text(&j, 5, out, 5), ERR_OK);
	assert_string_equal(out, "\xf0\x9f\x98\x80");
	assert_true(json_is(&j, 4, "\xe2\x82\xac"));
	assert_false(json_is(&j, 4, "\xe2\x82"));
	assert_false(json_is(&j, 4, "\xe2\x82\xac "));
}

static void int_of(const char *text, enum err want, int64_t value)
{
	struct json j;
	int64_t v = 77;

	assert_int_equal(read_text(text, &j), ERR_OK);
	assert_int_equal(json_int(&j, JSON_TOP, &v), want);
	assert_int_equal(v, want ? 77 : value);
}

static void decimal_of(
    const char *text, unsigned places, enum err want, int64_t value)
{
	struct json j;
	int64_t v = 77;

	assert_int_equal(read_text(text, &j), ERR_OK);
	assert_int_equal(json_decimal(&j, JSON_TOP, places, &v), want);
	assert_int_equal(v, want ? 77 : value);
}

static void test_numbers_are_exact_or_refused(void **state)
{
	(void)state;
	int_of("0", ERR_OK, 0);
	int_of("-0", ERR_OK, 0);
	int_of("9223372036854775807", ERR_OK, INT64_MAX);
	int_of("-9223372036854775808", ERR_OK, INT64_MIN);
	int_of("9223372036854775808", ERR_RANGE, 0);
	int_of("-9223372036854775809", ERR_RANGE, 0);
	int_of("1.0", ERR_SHAPE, 0);
	int_of("1e2", ERR_SHAPE, 0);
	int_of("\"1\"", ERR_SHAPE, 0);
	decimal_of("12.5", 2, ERR_OK, 1250);
	decimal_of("-0.07", 2, ERR_OK, -7);
	decimal_of("12", 2, ERR_OK, 1200);
	decimal_of("12.345", 2, ERR_RANGE, 0);
	decimal_of("1e2", 2, ERR_RANGE, 0);
	decimal_of("1E2", 0, ERR_RANGE, 0);
	decimal_of("92233720368547758.08", 2, ERR_RANGE, 0);
	decimal_of("-92233720368547758.08", 2, ERR_OK, INT64_MIN);
	decimal_of("1", 10, ERR_RANGE, 0);
	decimal_of("null", 2, ERR_SHAPE, 0);
}

static void test_bool_is_nothing_else(void **state)
{
	struct json j;
	bool v = false;

	(void)state;
	assert_int_equal(read_text("[true,false,null,1]", &j), ERR_OK);
	assert_int_equal(json_bool(&j, 1, &v), ERR_OK);
	assert_true(v);
	assert_int_equal(json_bool(&j, 3, &v), ERR_SHAPE);
	assert_int_equal(json_bool(&j, 4, &v), ERR_SHAPE);
	assert_int_equal(json_bool(&j, JSON_NOWHERE, &v), ERR_UNKNOWN);
	assert_true(v);
	assert_int_equal(json_bool(&j, 2, &v), ERR_OK);
	assert_false(v);
}

static void path_of(const struct json *j, uint16_t at, const char *want)
{
	char out[64];

	json_path(j, at, out, sizeof(out));
	assert_string_equal(out, want);
}

static void test_path_says_the_way(void **state)
{
	struct json j;
	char small[6];

	(void)state;
	assert_int_equal(read_text("{\"a\":1,\"insurance\":[{\"focal\":true},"
		"{\"coverage\":{\"x\":[[7]]}}]}", &j), ERR_OK);
	path_of(&j, JSON_TOP, "");
	path_of(&j, json_member(&j, 0, "a"), "a");
	path_of(&j, (uint16_t)(j.count - 1),
	    "insurance[1].coverage.x[0][0]");
	path_of(&j, 5, "insurance[0]");
	path_of(&j, JSON_NOWHERE, "");
	json_path(&j, (uint16_t)(j.count - 1), small, sizeof(small));
	assert_string_equal(small, "insur");
	assert_int_equal(read_text("[[1],{\"b\":2}]", &j), ERR_OK);
	path_of(&j, (uint16_t)(j.count - 1), "[1].b");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_accepts_what_the_rfc_allows),
	    cmocka_unit_test(test_read_refuses_everything_else),
	    cmocka_unit_test(test_read_refuses_the_same_name_twice),
	    cmocka_unit_test(test_read_refuses_one_level_too_deep),
	    cmocka_unit_test(test_read_refuses_one_beyond_each_count),
	    cmocka_unit_test(test_navigation_finds_and_misses),
	    cmocka_unit_test(test_text_copies_within_its_buffer),
	    cmocka_unit_test(test_numbers_are_exact_or_refused),
	    cmocka_unit_test(test_bool_is_nothing_else),
	    cmocka_unit_test(test_path_says_the_way),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
