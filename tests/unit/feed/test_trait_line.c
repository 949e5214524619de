/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a line comes back as it went, in the documented bytes; both sides
 * refuse the same; no truncation and no length changed passes or crashes. */
#include "feed/sample.h"

static const char *const text20 = "12345678901234567890";
static const char *const text40 = "1234567890123456789012345678901234567890";

static enum err pack(const struct feed_traits_line *m, struct buf *out)
{
	buf_clear(out);
	return feed_traits_line_pack(m, out);
}

static void expect_pack(const struct feed_traits_line *m, enum err want)
{
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(pack(m, &out), want);
	if (want)
		assert_int_equal(out.n, 0);
	buf_release(&out);
}

static void test_trait_line_round_trip(void **state)
{
	struct feed_traits_line m = sample_line(7), back;
	struct reader r;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (uint32_t i = 1; i <= 3; i++) {
		m = sample_line(i);
		assert_int_equal(feed_traits_line_pack(&m, &out), ERR_OK);
	}
	r = reader_of(buf_span(&out));
	for (uint32_t i = 1; i <= 3; i++) {
		m = sample_line(i);
		assert_int_equal(feed_traits_line_unpack(&r, &back), ERR_OK);
		assert_same_line(&m, &back);
	}
	assert_true(reader_done(&r));
	buf_release(&out);
}

static void test_trait_line_bytes(void **state)
{
	struct feed_traits_line m = sample_line(7);
	struct buf out;

	(void)state;
	m.card_count = 1;
	buf_init(&out, 4096);
	assert_int_equal(pack(&m, &out), ERR_OK);
	assert_hex(out.p, out.n,
	    "008f" "00000007" "0d32353330373241303733303034"
	    "3139353330373030" "31" "0a30303132333435363738"
	    "01000102030405060708090a0b0c0d0e0f"
	    "203031323334353637383961626364656630313233343536373839616263"
	    "646566" "0853414e54452b2032" "02564d" "0443535231" "01"
	    "00004fe6" "00005152" "00005078" "03" "00005f09"
	    "02" "044f505449" "054252323030" "01" "0450484152" "00" "00");
	buf_release(&out);
}

static void test_trait_line_least_and_most(void **state)
{
	struct feed_traits_line m = sample_line(UINT32_MAX), back;
	uint8_t handle[LIMIT_HANDLE];
	struct reader r;
	struct buf out;

	(void)state;
	memset(handle, 0xff, sizeof(handle));
	buf_init(&out, 4096);
	m.member = span_str(text20);
	m.card_count = LIMIT_CARDS;
	m.handle = span_of(handle, sizeof(handle));
	m.contract = span_of(text40, LIMIT_CONTRACT);
	m.convention = span_of(text40, LIMIT_CONVENTION);
	m.csr = span_of(text40, LIMIT_CSR);
	m.order = UINT8_MAX;
	m.domain_count = LIMIT_DOMAINS;
	for (unsigned i = 0; i < LIMIT_DOMAINS; i++)
		m.domains[i] = (struct feed_traits_domain){
		    span_of(text40, LIMIT_DOMAIN),
		    span_of(text40, LIMIT_LEVEL), 1};
	assert_int_equal(pack(&m, &out), ERR_OK);
	assert_true(out.n <= FEED_TRAITS_PACKED_MAX);
	r = reader_of(buf_span(&out));
	assert_int_equal(feed_traits_line_unpack(&r, &back), ERR_OK);
	assert_same_line(&m, &back);

	m = (struct feed_traits_line){.line = 1, .birth = "00000000",
	    .rank = '0', .member = span_str("1"), .order = 1};
	assert_int_equal(pack(&m, &out), ERR_OK);
	r = reader_of(buf_span(&out));
	assert_int_equal(feed_traits_line_unpack(&r, &back), ERR_OK);
	assert_same_line(&m, &back);

	/* over before day 0, and not closed early */
	m.from_day = -1826;
	m.to_day = -1;
	assert_int_equal(pack(&m, &out), ERR_OK);
	r = reader_of(buf_span(&out));
	assert_int_equal(feed_traits_line_unpack(&r, &back), ERR_OK);
	assert_same_line(&m, &back);
	buf_release(&out);
}

/* One row per rule: change the sample, see it refused. */
#define REFUSE(change, want)                                                  \
	do {                                                                  \
		struct feed_traits_line m = sample_line(1);                   \
		change;                                                       \
		expect_pack(&m, want);                                        \
	} while (0)

static void test_trait_line_refused(void **state)
{
	(void)state;
	REFUSE(m.line = 0, ERR_RANGE);
	REFUSE(m.order = 0, ERR_RANGE);
	REFUSE(m.age_class = 4, ERR_RANGE);
	REFUSE(m.age_change = 1, ERR_RANGE);
	REFUSE(m.age_change = 10000 * 12, ERR_RANGE);
	REFUSE(m.from_day = m.to_day + 1, ERR_RANGE);
	REFUSE(m.closed_day = m.to_day + 1, ERR_RANGE);
	REFUSE(m.from_day = INT32_MIN, ERR_RANGE);
	REFUSE(m.to_day = INT32_MAX, ERR_RANGE);
	REFUSE(m.closed_day = INT32_MIN, ERR_RANGE);
	REFUSE(m.domains[1].authorization = 2, ERR_RANGE);
	REFUSE(m.nir = span_str("253072A07300443"), ERR_SHAPE);
	REFUSE(m.nir = span_str("253072C073004"), ERR_SHAPE);
	REFUSE(m.nir = span_str("25307 2A07300"), ERR_SHAPE);
	REFUSE(m.birth[7] = 'x', ERR_SHAPE);
	REFUSE(m.birth[0] = '\0', ERR_SHAPE);
	REFUSE(m.rank = 0, ERR_SHAPE);
	REFUSE(m.rank = 'a', ERR_SHAPE);
	REFUSE(m.member = span_str("12\n34"), ERR_SHAPE);
	REFUSE(m.contract = span_str("caf\xc3\xa9"), ERR_SHAPE);
	REFUSE(m.domains[0].code = span_str(""), ERR_SHAPE);
	REFUSE(m.domains[0].level = span_of("a\0b", 3), ERR_SHAPE);
	REFUSE(m.member = span_of(text40, LIMIT_MEMBER + 1), ERR_LIMIT);
	REFUSE(m.handle = span_of(sample_line, LIMIT_HANDLE + 1), ERR_LIMIT);
	REFUSE(m.contract = span_of(text40, LIMIT_CONTRACT + 1), ERR_LIMIT);
	REFUSE(m.convention = span_of(text40, LIMIT_CONVENTION + 1),
	    ERR_LIMIT);
	REFUSE(m.csr = span_of(text40, LIMIT_CSR + 1), ERR_LIMIT);
	REFUSE(m.domains[0].code = span_of(text40, LIMIT_DOMAIN + 1),
	    ERR_LIMIT);
	REFUSE(m.domains[0].level = span_of(text40, LIMIT_LEVEL + 1),
	    ERR_LIMIT);
	REFUSE(m.card_count = LIMIT_CARDS + 1, ERR_LIMIT);
	REFUSE(m.domain_count = LIMIT_DOMAINS + 1, ERR_LIMIT);
	/* nothing that names the person */
	REFUSE(m.nir = m.member = m.handle = span_str("");
	       m.card_count = 0, ERR_SHAPE);
}

static void test_trait_line_out_full(void **state)
{
	struct feed_traits_line m = sample_line(1);
	struct buf out;

	(void)state;
	buf_init(&out, 60);
	assert_int_equal(feed_traits_line_pack(&m, &out), ERR_LIMIT);
	assert_int_equal(out.n, 0);
	buf_release(&out);
}

static void test_trait_line_truncated(void **state)
{
	struct feed_traits_line m = sample_line(1), back = {.line = 99};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(pack(&m, &out), ERR_OK);
	for (size_t n = 0; n < out.n; n++) {
		struct reader r = reader_of(span_of(out.p, n));

		assert_int_equal(feed_traits_line_unpack(&r, &back),
		    ERR_SHAPE);
	}
	/* the same with an inner length that agrees: cut and lengthened */
	for (size_t n = 0; n < out.n; n++) {
		struct reader r = reader_of(span_of(out.p, out.n));

		if (n == out.n - 2)
			continue;
		put_be16(out.p, (uint16_t)n);
		assert_int_not_equal(feed_traits_line_unpack(&r, &back),
		    ERR_OK);
	}
	assert_int_equal(back.line, 99);
	buf_release(&out);
}

/* A flipped bit may give another valid line, never a broken one. */
static void test_trait_line_flipped_stays_in_bounds(void **state)
{
	struct feed_traits_line m = sample_line(1), back;
	struct buf out, again;

	(void)state;
	buf_init(&out, 4096);
	buf_init(&again, 4096);
	assert_int_equal(pack(&m, &out), ERR_OK);
	for (size_t bit = 0; bit < out.n * 8; bit++) {
		struct reader r = reader_of(buf_span(&out));

		out.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (feed_traits_line_unpack(&r, &back) == ERR_OK) {
			assert_int_equal(pack(&back, &again), ERR_OK);
			assert_true(span_equal(
			    buf_span(&again), buf_span(&out)));
		}
		out.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	buf_release(&out);
	buf_release(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_trait_line_round_trip),
	    cmocka_unit_test(test_trait_line_bytes),
	    cmocka_unit_test(test_trait_line_least_and_most),
	    cmocka_unit_test(test_trait_line_refused),
	    cmocka_unit_test(test_trait_line_out_full),
	    cmocka_unit_test(test_trait_line_truncated),
	    cmocka_unit_test(test_trait_line_flipped_stays_in_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name(
	    "feed/trait_line", tests, NULL, NULL);
}
