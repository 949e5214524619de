/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what the writer writes is JSON, and reads back as what was meant. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include "json/read.h"
#include "json/write.h"

static void test_commas_stand_where_they_belong(void **state)
{
	struct buf b;
	struct json_writer w;

	(void)state;
	buf_init(&b, 256);
	w = json_writer_of(&b);
	json_write_begin(&w, '{');
	json_write_pair(&w, "a", "b");
	json_write_name(&w, "c");
	json_write_begin(&w, '[');
	json_write_int(&w, -7);
	json_write_bool(&w, true);
	json_write_begin(&w, '{');
	json_write_end(&w, '}');
	json_write_bool(&w, false);
	json_write_end(&w, ']');
	json_write_name(&w, "d");
	json_write_int(&w, INT64_MIN);
	json_write_end(&w, '}');
	assert_int_equal(b.err, ERR_OK);
	assert_true(span_is(buf_span(&b), "{\"a\":\"b\",\"c\":[-7,true,{},"
		"false],\"d\":-9223372036854775808}"));
	buf_release(&b);
}

/* Every byte that may stand in a text, written and read back. */
static void test_every_character_comes_back(void **state)
{
	static struct json_token tokens[4];
	char text[160], out[160];
	size_t n = 0, at = 0;
	struct buf b;
	struct json_writer w;
	struct json j;

	(void)state;
	for (int c = 1; c < 0x80; c++)
		text[n++] = (char)c;
	memcpy(text + n, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10);
	buf_init(&b, 1024);
	w = json_writer_of(&b);
	json_write_text(&w, text);
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(json_read(buf_span(&b), tokens, 4, &j, &at), ERR_OK);
	assert_int_equal(json_text(&j, JSON_TOP, out, sizeof(out)), ERR_OK);
	assert_string_equal(out, text);
	buf_release(&b);
}

static void test_bytes_that_are_no_text_are_refused(void **state)
{
	static const char *const bad[] = {"\xff", "a\x80", "\xed\xa0\x80",
	    "\xc3"};
	struct buf b;
	struct json_writer w;

	(void)state;
	buf_init(&b, 64);
	w = json_writer_of(&b);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_clear(&b);
		json_write_text(&w, bad[i]);
		assert_int_equal(b.err, ERR_SHAPE);
	}
	buf_clear(&b);
	json_write_span(&w, span_of("a\0b", 3));
	assert_int_equal(b.err, ERR_SHAPE);
	buf_clear(&b);
	json_write_text(&w, "0123456789012345678901234567890123456789"
		"012345678901234567890123456789");
	assert_int_equal(b.err, ERR_LIMIT);
	buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_commas_stand_where_they_belong),
	    cmocka_unit_test(test_every_character_comes_back),
	    cmocka_unit_test(test_bytes_that_are_no_text_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
