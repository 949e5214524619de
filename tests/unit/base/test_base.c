/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the bottom folder keeps its contracts, at the edges too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/date.h"
#include "base/file.h"
#include "base/huge.h"
#include "base/map.h"
#include "base/random.h"
#include "base/text.h"
#include "heard.h"

static void test_buf_past_its_limit_fails_and_stays_failed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_put_u64(&b, UINT64_C(0x0102030405060708));
	assert_int_equal(b.err, ERR_OK);
	buf_put_u8(&b, 9);
	assert_int_equal(b.err, ERR_LIMIT);
	assert_int_equal(b.n, 8);
	assert_int_equal(b.p[0], 1);
	buf_release(&b);
}

static void test_reader_past_the_end_gives_zeros_and_stays_bad(void **state)
{
	const uint8_t in[3] = {0, 2, 7};
	struct reader r = reader_of(span_of(in, 3));

	(void)state;
	assert_int_equal(read_s16(&r).n, 0);
	assert_true(r.bad);
	assert_int_equal(read_u8(&r), 0);
	assert_false(reader_done(&r));
}

static void test_base64_round_trips_and_has_one_spelling(void **state)
{
	uint8_t in[40], out[64];
	char text[TEXT_B64_SIZE(40)];
	size_t n;

	(void)state;
	for (size_t len = 0; len <= sizeof(in); len++) {
		for (size_t i = 0; i < len; i++)
			in[i] = (uint8_t)(i * 37 + len);
		text_b64(in, len, text);
		assert_int_equal(
		    text_unb64(span_str(text), out, sizeof(out), &n), ERR_OK);
		assert_int_equal(n, len);
		assert_memory_equal(in, out, len);
		text_b64url(in, len, text);
		assert_int_equal(
		    text_unb64url(span_str(text), out, sizeof(out), &n),
		    ERR_OK);
		assert_int_equal(n, len);
	}
	assert_int_equal(
	    text_unb64(span_str("QR=="), out, 8, &n), ERR_SHAPE);
	assert_int_equal(text_unb64(span_str("QQ"), out, 8, &n), ERR_SHAPE);
	assert_int_equal(text_unb64url(span_str("Q"), out, 8, &n), ERR_SHAPE);
	assert_int_equal(
	    text_unb64url(span_str("QUJD"), out, 2, &n), ERR_LIMIT);
}

static void test_numbers_refuse_signs_zeros_and_overflow(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_int_equal(text_u64(span_str("+1"), 9, &v), ERR_SHAPE);
	assert_int_equal(text_u64(span_str("01"), 9, &v), ERR_SHAPE);
	assert_int_equal(text_u64(span_str(""), 9, &v), ERR_SHAPE);
	assert_int_equal(text_u64(span_str("18446744073709551616"),
	    UINT64_MAX, &v), ERR_RANGE);
	assert_int_equal(v, 7);
	assert_int_equal(text_u64(span_str("18446744073709551615"),
	    UINT64_MAX, &v), ERR_OK);
}

static void test_dates_agree_day_by_day_for_eight_centuries(void **state)
{
	int32_t day, first;
	int y, m, d;

	(void)state;
	assert_int_equal(date_from_civil(1600, 1, 1, &first), ERR_OK);
	for (day = first; day < first + 800 * 366; day++) {
		int32_t back = 0;
		char text[DATE_TEXT_SIZE];

		date_to_civil(day, &y, &m, &d);
		assert_int_equal(date_from_civil(y, m, d, &back), ERR_OK);
		assert_int_equal(back, day);
		date_format(day, text);
		assert_int_equal(date_parse(span_str(text), &back), ERR_OK);
		assert_int_equal(back, day);
	}
	assert_int_equal(date_from_civil(2023, 2, 29, &day), ERR_RANGE);
	assert_int_equal(date_from_civil(2024, 2, 29, &day), ERR_OK);
}

static int32_t months_on(int y, int m, int d, int32_t months)
{
	int32_t day = 0;

	assert_int_equal(date_from_civil(y, m, d, &day), ERR_OK);
	return date_add_months(day, months);
}

static void test_months_on_end_in_a_month_and_in_the_calendar(void **state)
{
	int32_t leap = 0, first = 0, last = 0;

	(void)state;
	assert_int_equal(date_from_civil(2024, 2, 29, &leap), ERR_OK);
	assert_int_equal(date_from_civil(1600, 1, 1, &first), ERR_OK);
	assert_int_equal(date_from_civil(9999, 12, 31, &last), ERR_OK);
	assert_int_equal(months_on(2024, 1, 31, 1), leap);
	assert_int_equal(months_on(2023, 1, 31, 13), leap);
	assert_int_equal(months_on(2024, 3, 31, -1), leap);
	assert_int_equal(months_on(2026, 8, 31, -30), leap);
	assert_int_equal(months_on(2024, 2, 29, 0), leap);
	assert_int_equal(months_on(2024, 2, 29, 12), leap + 365);
	assert_int_equal(months_on(9999, 6, 1, 7), last);
	assert_int_equal(months_on(2000, 1, 1, INT32_MAX), last);
	assert_int_equal(months_on(1600, 1, 2, -1), first);
	assert_int_equal(months_on(2000, 1, 1, INT32_MIN), first);
}

static void test_stamps_with_zones_and_fractions(void **state)
{
	char text[DATE_STAMP_SIZE];
	int64_t a = 0, b = 0;

	(void)state;
	assert_int_equal(date_parse_stamp(
	    span_str("2026-11-22T10:02:03.0049+01:00"), &a), ERR_OK);
	assert_int_equal(
	    date_parse_stamp(span_str("2026-11-22T09:02:03.004Z"), &b), ERR_OK);
	assert_int_equal(a, b);
	date_format_stamp(a, text);
	assert_string_equal(text, "2026-11-22T09:02:03.004Z");
	assert_int_equal(
	    date_parse_stamp(span_str("2026-11-22T09:02:60Z"), &a), ERR_RANGE);
	assert_int_equal(
	    date_parse_stamp(span_str("2026-11-22 09:02:00Z"), &a), ERR_SHAPE);
	assert_int_equal(
	    date_parse_stamp(span_str("2026-11-22T09:02:00"), &a), ERR_SHAPE);
	assert_int_equal(date_of_ms(-1), -1);
}

static void test_map_finds_all_it_was_given(void **state)
{
	struct map m;
	char key[24];
	uint32_t v;

	(void)state;
	map_init(&m);
	map_expect(&m, span_str("key-0"));	/* nothing is there yet */
	for (uint32_t i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "key-%u", i);
		assert_int_equal(map_put(&m, span_str(key), i), ERR_OK);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "key-%u", i);
		map_expect(&m, span_str(key));
		assert_true(map_find(&m, span_str(key), &v));
		assert_int_equal(v, i);
	}
	assert_false(map_find(&m, span_str("key-5000"), &v));
	map_release(&m);
}

static void test_files_are_created_once_and_replaced_whole(void **state)
{
	char folder[] = "/tmp/test_base_XXXXXX", path[64];
	struct buf b;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(file_path(path, sizeof(path), folder, "f"), ERR_OK);
	buf_init(&b, 16);
	assert_int_equal(file_read(path, &b), ERR_UNKNOWN);
	assert_int_equal(file_create(path, span_str("one"), 0600), ERR_OK);
	assert_int_equal(file_create(path, span_str("two"), 0600), ERR_EXISTS);
	assert_int_equal(file_replace(path, span_str("three"), 0600), ERR_OK);
	assert_int_equal(file_read(path, &b), ERR_OK);
	assert_true(span_is(buf_span(&b), "three"));
	buf_release(&b);
	(void)unlink(path);
	(void)rmdir(folder);
}

/* The same stream in draws of any size, and nothing drawn stays behind. */
static void test_a_pool_gives_each_byte_once(void **state)
{
	struct random_seeded a, b;
	struct random_pool pool;
	struct random from = random_from_seed(&a, 7);
	struct random plain = random_from_seed(&b, 7);
	struct random r = random_pooled(&pool, from);
	uint8_t got[RANDOM_POOL], wanted[RANDOM_POOL], more[RANDOM_POOL + 8];
	static const uint8_t nothing[RANDOM_POOL];

	(void)state;
	random_fill(&plain, wanted, sizeof(wanted));
	for (size_t at = 0; at < sizeof(got); at += 16)
		random_fill(&r, got + at, 16);
	assert_memory_equal(got, wanted, sizeof(got));
	assert_memory_equal(pool.bytes, nothing, sizeof(nothing));
	/* the end of a pool that is too short is left, not stretched */
	random_fill(&r, got, RANDOM_POOL - 4);
	random_fill(&r, got, 8);
	random_fill(&plain, wanted, sizeof(wanted));
	random_fill(&plain, wanted, sizeof(wanted));
	assert_memory_equal(got, wanted, 8);
	random_fill(&r, more, sizeof(more));
	assert_int_equal(pool.left, RANDOM_POOL - 8);
}

static void test_seeded_random_is_the_same_everywhere(void **state)
{
	struct random_seeded s;
	struct random r = random_from_seed(&s, 1);
	uint8_t bytes[8];

	(void)state;
	random_fill(&r, bytes, sizeof(bytes));
	(void)random_from_seed(&s, 1);
	/* splitmix64(1) and xoshiro256** reference values */
	assert_true(random_seeded_u64(&s) == UINT64_C(0xb3f2af6d0fc710c5));
	for (int i = 0; i < 1000; i++)
		assert_true(random_seeded_below(&s, 7) < 7);
}

static void test_large_memory_is_zeroed_to_its_ends(void **state)
{
	static const size_t sizes[] = {0, 1, 4096, (2u << 20) - 1,
		(5u << 20) + 3};
	uint8_t *p;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p = huge_calloc(sizes[i] + 1, 1);
		assert_non_null(p);
		for (size_t at = 0; at <= sizes[i]; at++)
			assert_int_equal(p[at], 0);
		memset(p, 0xff, sizes[i] + 1);
		free(p);
	}
}

/* A thousand a second are a line a minute, and a count. */
static void test_a_line_that_others_cause(void **state)
{
	static struct heard h;
	struct log_often o = {0};
	int64_t now = 5000;

	(void)state;
	heard_begin(&h);
	assert_true(log_often(&o, "things", now));
	for (int i = 0; i < 1000; i++)
		assert_false(log_often(&o, "things", now + i));
	log_often_say(&o, "things", now + LOG_OFTEN_MS - 1, false);
	assert_true(log_often(&o, "things", now + LOG_OFTEN_MS));
	heard_end(&h);
	assert_int_equal(heard_count(&h, "\n"), 1);
	assert_int_equal(heard_count(&h, "warn: things: 1000 times more"), 1);
	now += LOG_OFTEN_MS;
	heard_begin(&h);
	assert_false(log_often(&o, "things", now + LOG_OFTEN_MS - 1));
	log_often_say(&o, "things", now + LOG_OFTEN_MS, false);
	log_often_say(&o, "things", now + LOG_OFTEN_MS, false);
	assert_true(log_often(&o, "things", now + LOG_OFTEN_MS));
	assert_false(log_often(&o, "things", now + LOG_OFTEN_MS));
	log_often_say(&o, "things", now + LOG_OFTEN_MS, true);
	heard_end(&h);
	assert_int_equal(heard_count(&h, "\n"), 2);
	assert_int_equal(heard_count(&h, "things: 1 times more"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_buf_past_its_limit_fails_and_stays_failed),
	    cmocka_unit_test(
		test_reader_past_the_end_gives_zeros_and_stays_bad),
	    cmocka_unit_test(test_base64_round_trips_and_has_one_spelling),
	    cmocka_unit_test(test_numbers_refuse_signs_zeros_and_overflow),
	    cmocka_unit_test(test_dates_agree_day_by_day_for_eight_centuries),
	    cmocka_unit_test(
	        test_months_on_end_in_a_month_and_in_the_calendar),
	    cmocka_unit_test(test_stamps_with_zones_and_fractions),
	    cmocka_unit_test(test_map_finds_all_it_was_given),
	    cmocka_unit_test(test_files_are_created_once_and_replaced_whole),
	    cmocka_unit_test(test_a_pool_gives_each_byte_once),
	    cmocka_unit_test(test_seeded_random_is_the_same_everywhere),
	    cmocka_unit_test(test_large_memory_is_zeroed_to_its_ends),
	    cmocka_unit_test(test_a_line_that_others_cause),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
