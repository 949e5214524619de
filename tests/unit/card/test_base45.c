/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: RFC 9285's examples, and one spelling per value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/random.h"
#include "card/base45.h"

/* RFC 9285 §4.3 and §4.4, the ends of both groups (§4.4: FGW is 65535). */
static const struct {
	const char *bytes;
	size_t n;
	const char *text;
} vectors[] = {
	{ "AB", 2, "BB8" },
	{ "Hello!!", 7, "%69 VD92EX0" },
	{ "base-45", 7, "UJCLQE7W581" },
	{ "ietf!", 5, "QED8WEX0" },
	{ "\xff\xff", 2, "FGW" },
	{ "\xff", 1, "U5" },
	{ "\0", 1, "00" },
	{ "\0\0", 2, "000" },
	{ "", 0, "" },
};

static void test_the_rfcs_examples(void **state)
{
	uint8_t out[64];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct buf b;

		buf_init(&b, 64);
		base45_encode(span_of(vectors[i].bytes, vectors[i].n), &b);
		assert_true(span_is(buf_span(&b), vectors[i].text));
		assert_int_equal(b.n, BASE45_LEN(vectors[i].n));
		buf_release(&b);
		assert_int_equal(base45_decode(span_str(vectors[i].text), out,
		    sizeof(out), &n), ERR_OK);
		assert_int_equal(n, vectors[i].n);
		assert_memory_equal(out, vectors[i].bytes, n);
	}
}

static void test_what_is_no_spelling_is_refused(void **state)
{
	static const char *const bad[] = {
		"GGW", ":::", "V5", "::", "A", "BB8A", "bb8", "BB\n", "BB8\xc3",
		"BB!", "BB,", "BB8=",
	};
	uint8_t out[8];
	size_t n = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(base45_decode(span_str(bad[i]), out,
		    sizeof(out), &n), ERR_SHAPE);
	assert_int_equal(
	    base45_decode(span_of("B\0" "8", 3), out, 8, &n), ERR_SHAPE);
	/* what lies behind the text does not complete it */
	assert_int_equal(
	    base45_decode(span_of("BB810", 4), out, 8, &n), ERR_SHAPE);
	assert_int_equal(
	    base45_decode(span_str("QED8WEX0"), out, 4, &n), ERR_LIMIT);
	assert_int_equal(
	    base45_decode(span_str("QED8WE"), out, 3, &n), ERR_LIMIT);
	assert_int_equal(n, 77);
}

/* Every text of three characters either is refused or is the one spelling of
 * what it decodes to. */
static void test_three_characters_have_one_meaning(void **state)
{
	static const char alphabet[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
	unsigned taken = 0;

	(void)state;
	for (unsigned i = 0; i < 45 * 45 * 45; i++) {
		char text[4] = { alphabet[i % 45], alphabet[i / 45 % 45],
		    alphabet[i / 2025], '\0' };
		uint8_t out[2];
		struct buf b;
		size_t n;

		if (base45_decode(span_str(text), out, 2, &n) != ERR_OK)
			continue;
		taken++;
		buf_init(&b, 3);
		base45_encode(span_of(out, n), &b);
		assert_true(span_is(buf_span(&b), text));
		buf_release(&b);
	}
	assert_int_equal(taken, 65536);
}

static void test_bytes_come_back_and_no_text_ends_with_a_space(void **state)
{
	struct random_seeded seeded;
	struct random random = random_from_seed(&seeded, 45);
	uint8_t in[80], out[80];

	(void)state;
	for (unsigned turn = 0; turn < 5000; turn++) {
		size_t len = turn % sizeof(in), n;
		struct buf b;

		random_fill(&random, in, len);
		buf_init(&b, 256);
		base45_encode(span_of(in, len), &b);
		if (b.n > 0)
			assert_true(b.p[b.n - 1] != ' ');
		assert_int_equal(
		    base45_decode(buf_span(&b), out, len, &n), ERR_OK);
		assert_int_equal(n, len);
		assert_memory_equal(in, out, len);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rfcs_examples),
		cmocka_unit_test(test_what_is_no_spelling_is_refused),
		cmocka_unit_test(test_three_characters_have_one_meaning),
		cmocka_unit_test(
		    test_bytes_come_back_and_no_text_ends_with_a_space),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
