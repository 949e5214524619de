/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: one bit, one cut: a record is whole or it is none. */
#include <string.h>
#include "rig.h"
#include "journal/crc.h"
#include "journal/record.h"

static const struct record_shape vary = {0, 0}, fixed = {24, 9};
static struct crc crc;

static int make(void **state)
{
	(void)state;
	crc_init(&crc);
	return 0;
}

/* RFC 3720 §B.4. */
static void test_crc_is_castagnolis(void **state)
{
	uint8_t zeros[32] = {0}, ones[32], up[32];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	for (uint8_t i = 0; i < 32; i++)
		up[i] = i;
	assert_int_equal(crc_of(&crc, 0, span_str("123456789")), 0xe3069283);
	assert_int_equal(crc_of(&crc, 0, span_of(zeros, 32)), 0x8a9136aa);
	assert_int_equal(crc_of(&crc, 0, span_of(ones, 32)), 0x62a8ab43);
	assert_int_equal(crc_of(&crc, 0, span_of(up, 32)), 0x46dd794e);
	/* in parts of any length it is the same */
	for (size_t cut = 0; cut <= 32; cut++)
		assert_int_equal(crc_of(&crc, crc_of(&crc, 0,
		    span_of(up, cut)), span_of(up + cut, 32 - cut)),
		    0x46dd794e);
}

static struct record sample(void)
{
	static uint8_t leaf[24], side[9];

	rig_fill(1, leaf, sizeof(leaf));
	rig_fill(2, side, sizeof(side));
	return (struct record){.index = 70000, .batch = 69990,
	    .released = 69985, .leaf = {leaf, 24}, .side = {side, 9}};
}

static void test_every_flipped_bit_and_cut_is_refused(void **state)
{
	const struct record_shape shapes[] = {vary, fixed};
	struct record r = sample(), got;
	uint8_t p[RECORD_HEAD + 24 + 9];

	(void)state;
	for (int s = 0; s < 2; s++) {
		assert_int_equal(record_size(shapes[s], &r), sizeof(p));
		record_pack(&crc, shapes[s], &r, p);
		assert_int_equal(record_parse(&crc, shapes[s],
		    span_of(p, sizeof(p)), &got), ERR_OK);
		assert_int_equal(got.index, 70000);
		assert_int_equal(got.batch, 69990);
		assert_int_equal(got.released, 69985);
		assert_true(span_equal(got.leaf, r.leaf));
		assert_true(span_equal(got.side, r.side));
		for (size_t bit = 0; bit < 8 * sizeof(p); bit++) {
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(record_parse(&crc, shapes[s],
			    span_of(p, sizeof(p)), &got), ERR_CORRUPT);
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t cut = 0; cut < sizeof(p); cut++)
			assert_int_equal(record_parse(&crc, shapes[s],
			    span_of(p, cut), &got), ERR_CORRUPT);
	}
}

static void test_impossible_numbers_are_refused(void **state)
{
	struct record r = sample(), got;
	uint8_t p[RECORD_HEAD + 24 + 9];

	(void)state;
	r.batch = r.index + 1;
	record_pack(&crc, fixed, &r, p);
	assert_int_equal(record_parse(
	    &crc, fixed, span_of(p, sizeof(p)), &got), ERR_CORRUPT);
	r = sample();
	r.released = r.batch + 1;
	record_pack(&crc, fixed, &r, p);
	assert_int_equal(record_parse(
	    &crc, fixed, span_of(p, sizeof(p)), &got), ERR_CORRUPT);
	r = sample();
	record_pack(&crc, vary, &r, p);
	assert_int_equal(record_parse(&crc, (struct record_shape){24, 10},
	    span_of(p, sizeof(p)), &got), ERR_CORRUPT);
}

static void test_an_absent_side_is_zeros_where_sizes_are_fixed(void **state)
{
	static const uint8_t zeros[9];
	struct record r = sample(), got;
	uint8_t p[RECORD_HEAD + 24 + 9];

	(void)state;
	/* its length alone is looked at */
	r.side = span_of(r.leaf.p, RECORD_PART_MAX + 1);
	assert_false(record_fits(vary, r.leaf, r.side));
	r.side.n = RECORD_PART_MAX;
	assert_true(record_fits(vary, r.leaf, r.side));
	r.side = span_of(NULL, 0);
	assert_true(record_fits(fixed, r.leaf, r.side));
	record_pack(&crc, fixed, &r, p);
	assert_int_equal(record_parse(
	    &crc, fixed, span_of(p, sizeof(p)), &got), ERR_OK);
	assert_true(span_equal(got.side, span_of(zeros, 9)));
	assert_int_equal(record_size(vary, &r), RECORD_HEAD + 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_crc_is_castagnolis),
	    cmocka_unit_test(test_every_flipped_bit_and_cut_is_refused),
	    cmocka_unit_test(test_impossible_numbers_are_refused),
	    cmocka_unit_test(
	        test_an_absent_side_is_zeros_where_sizes_are_fixed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, NULL);
}
