/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: RFC 8949's examples of our subset both ways; every other spelling of
 * the same values is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/text.h"
#include "card/cbor.h"

struct bytes {
	uint8_t p[64];
	size_t n;
};

static struct bytes from_hex(const char *hex)
{
	struct bytes b = { .n = strlen(hex) / 2 };

	assert_int_equal(text_unhex(span_str(hex), b.p, b.n), ERR_OK);
	return b;
}

static struct reader reader_hex(struct bytes *b, const char *hex)
{
	*b = from_hex(hex);
	return reader_of(span_of(b->p, b->n));
}

/* RFC 8949 appendix A, and INT64's ends. */
static const struct {
	const char *hex;
	int64_t v;
} ints[] = {
	{ "00", 0 }, { "01", 1 }, { "0a", 10 }, { "17", 23 }, { "1818", 24 },
	{ "1819", 25 }, { "1864", 100 }, { "1903e8", 1000 },
	{ "1a000f4240", 1000000 }, { "1b000000e8d4a51000", 1000000000000 },
	{ "20", -1 }, { "29", -10 }, { "3863", -100 }, { "3903e7", -1000 },
	{ "3a00010000", -65537 }, { "18ff", 255 }, { "190100", 256 },
	{ "19ffff", 65535 }, { "1a00010000", 65536 }, { "1affffffff",
	    UINT32_MAX }, { "1b0000000100000000", INT64_C(4294967296) },
	{ "1b7fffffffffffffff", INT64_MAX },
	{ "3b7fffffffffffffff", INT64_MIN },
};

static void test_integers_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		struct bytes b;
		struct reader r = reader_hex(&b, ints[i].hex);
		struct buf out;

		assert_true(cbor_int(&r) == ints[i].v);
		assert_true(reader_done(&r));
		buf_init(&out, 16);
		cbor_put_int(&out, ints[i].v);
		assert_true(
		    span_equal(buf_span(&out), span_of(b.p, b.n)));
		buf_release(&out);
	}
}

static void test_other_spellings_of_integers_are_refused(void **state)
{
	static const char *const bad[] = {
		"1800", "1817", "190000", "1900ff", "1a00000000", "1a0000ffff",
		"1b0000000000000000", "1b00000000ffffffff", "3817",
		"1b8000000000000000", "3bffffffffffffffff", /* beyond int64 */
		"1c", "1d", "1e", "1f", "3f",		/* reserved */
		"18", "19", "1903", "1a0000", "1b00",	/* cut short */
		"f4", "f6", "f90000", "fb0000000000000000", "40", "60", "80",
		"a0", "c0", "c249010000000000000000", "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes b;
		struct reader r = reader_hex(&b, bad[i]);

		assert_true(cbor_int(&r) == 0);
		assert_true(r.bad);
	}
}

static void test_strings_both_ways(void **state)
{
	struct bytes b;
	struct reader r = reader_hex(&b, "40" "4401020304" "60" "6449455446"
	    "62225c");
	struct buf out;

	(void)state;
	assert_int_equal(cbor_bytes(&r).n, 0);
	assert_true(span_equal(cbor_bytes(&r), span_of("\1\2\3\4", 4)));
	assert_int_equal(cbor_text(&r).n, 0);
	assert_true(span_is(cbor_text(&r), "IETF"));
	assert_true(span_is(cbor_text(&r), "\"\\"));
	assert_true(reader_done(&r));
	buf_init(&out, 32);
	cbor_put_bytes(&out, span_of(NULL, 0));
	cbor_put_bytes(&out, span_of("\1\2\3\4", 4));
	cbor_put_text(&out, span_of(NULL, 0));
	cbor_put_text(&out, span_str("IETF"));
	cbor_put_text(&out, span_str("\"\\"));
	assert_true(span_equal(buf_span(&out), span_of(b.p, b.n)));
	buf_release(&out);
}

static void test_bad_strings_are_refused(void **state)
{
	static const char *const bad[] = {
		"44010203", "5f42010243030405ff", "580401020304", "41", "64",
		"5bffffffffffffffff", "5b7fffffffffffffff00", "00",
	};
	static const char *const bad_texts[] = {
		"62c3bc", "6100", "617f", "610a", "61ff", "4161",
		"7f657374726561646d696e67ff", "7803616161",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes b;
		struct reader r = reader_hex(&b, bad[i]);

		assert_int_equal(cbor_bytes(&r).n, 0);
		assert_true(r.bad);
	}
	for (size_t i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
		struct bytes b;
		struct reader r = reader_hex(&b, bad_texts[i]);

		assert_int_equal(cbor_text(&r).n, 0);
		assert_true(r.bad);
	}
}

static void test_arrays_and_tags_are_exactly_those_expected(void **state)
{
	struct bytes b;
	struct reader r = reader_hex(&b, "d28301d8180203");

	(void)state;
	cbor_tag(&r, 18);
	cbor_array(&r, 3);
	assert_true(cbor_int(&r) == 1);
	cbor_tag(&r, 24);
	assert_true(cbor_int(&r) == 2);
	assert_true(cbor_int(&r) == 3);
	assert_true(reader_done(&r));
	r = reader_hex(&b, "8301020304");
	cbor_array(&r, 4);
	assert_true(r.bad);
	r = reader_hex(&b, "9f0102ff");
	cbor_array(&r, 2);
	assert_true(r.bad);
	r = reader_hex(&b, "d81200");	/* tag 18 in two bytes */
	cbor_tag(&r, 18);
	assert_true(r.bad);
}

/* Keys of a map whose values are integers; whether all of it was sound. */
static bool map_is_sound(const char *hex, unsigned *ret_pairs)
{
	struct bytes b;
	struct reader r = reader_hex(&b, hex);
	struct cbor_map map = cbor_map(&r);
	int64_t key;

	*ret_pairs = 0;
	while (cbor_next(&r, &map, &key)) {
		(void)cbor_int(&r);
		(*ret_pairs)++;
	}
	return reader_done(&r);
}

static void test_maps_want_ascending_keys_each_once(void **state)
{
	static const char *const bad[] = {
		"a201000100", "a202000100", "a220000100", "a2391000002000",
		"a21818000100", "a101", "a1", "a20100", "bf0100ff",
		"a1616100", "a1410100", "a118010000", "a101000200",
		"bbffffffffffffffff0100",
	};
	unsigned pairs;

	(void)state;
	assert_true(map_is_sound("a0", &pairs));
	assert_int_equal(pairs, 0);
	/* 1, 10, 100, 1000, -1, -100: RFC 8949 §4.2.1's order */
	assert_true(map_is_sound("a601000a0018640019" "03e80020003863" "00",
	    &pairs));
	assert_int_equal(pairs, 6);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(map_is_sound(bad[i], &pairs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers_both_ways),
		cmocka_unit_test(test_other_spellings_of_integers_are_refused),
		cmocka_unit_test(test_strings_both_ways),
		cmocka_unit_test(test_bad_strings_are_refused),
		cmocka_unit_test(
		    test_arrays_and_tags_are_exactly_those_expected),
		cmocka_unit_test(test_maps_want_ascending_keys_each_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
