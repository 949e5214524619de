/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: every message comes back as it was packed; a shortened one, a longer
 * one, a field over its limit or a number outside its range is refused; no
 * single flipped bit crashes or reads over the end (run under ASan).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "msg/ask.h"
#include "msg/feed.h"
#include "msg/msg.h"
#include "msg/rights.h"

#define BIG (LIMIT_BUNDLE + 8192)

static const char long_text[LIMIT_BUNDLE + 2] = "";

static struct span nul(size_t n)
{
	return span_of(long_text, n);
}

/* One kind of message: packs an example, unpacks any bytes. */
struct kind {
	const char *name;
	void (*pack)(struct buf *out);
	enum err (*unpack)(struct span in);
};

static void pack_ask(struct buf *out)
{
	struct ask a = {
	    .plane = ASK_FLOW,
	    .method = ASK_POST,
	    .authority = span_str("localhost:8443"),
	    .path = span_str("/fhir/CoverageEligibilityRequest"),
	    .content_type = span_str("application/fhir+json"),
	    .content_digest = span_str("sha-256=:AAAA:"),
	    .signature_input = span_str("ecluse=()"),
	    .signature = span_str("ecluse=:AA==:"),
	    .body = span_str("{}"),
	};

	ask_pack(&a, out);
}

static enum err unpack_ask(struct span in)
{
	struct ask a;

	return ask_unpack(in, &a);
}

static void pack_answer(struct buf *out)
{
	struct ask_answer a = {
	    .status = 429,
	    .retry_after_s = 3600,
	    .content_type = span_str("application/fhir+json"),
	    .body = span_str("{\"resourceType\":\"OperationOutcome\"}"),
	};

	ask_answer_pack(&a, out);
}

static enum err unpack_answer(struct span in)
{
	struct ask_answer a;

	return ask_answer_unpack(in, &a);
}

static void pack_resolve(struct buf *out)
{
	struct rights_resolve m = {7, 2, {{1, 2, 3}, {4, 5, 6}}};

	rights_resolve_pack(&m, out);
}

static enum err unpack_resolve(struct span in)
{
	struct rights_resolve m;

	return rights_resolve_unpack(in, &m);
}

static void pack_resolved(struct buf *out)
{
	struct rights_resolved m = {UINT64_C(0x0102030405060708)};

	rights_resolved_pack(&m, out);
}

static enum err unpack_resolved(struct span in)
{
	struct rights_resolved m;

	return rights_resolved_unpack(in, &m);
}

static void pack_do(struct buf *out)
{
	struct rights_do m = {
	    .index = 42,
	    .cell = 3,
	    .number = 99,
	    .purpose = RIGHTS_READ,
	    .care_day = -5,
	    .now_ms = INT64_C(1763760000123),
	    .domain = span_str("OPTI"),
	    .convention = span_str("OC"),
	    .csr = span_str("1234"),
	    .amc = span_str("0123456789"),
	    .transaction = span_str("drill.ecluse.example/journal/42"),
	};

	rights_do_pack(&m, out);
}

static enum err unpack_do(struct span in)
{
	struct rights_do m;

	return rights_do_unpack(in, &m);
}

static void pack_done(struct buf *out)
{
	struct rights_done m = {
	    RIGHTS_COVERED, 1, 20500, span_str("BR200"), span_str("{\"a\":1")};

	rights_done_pack(&m, out);
}

static enum err unpack_done(struct span in)
{
	struct rights_done m;

	return rights_done_unpack(in, &m);
}

static void pack_handle(struct buf *out)
{
	struct rights_handle m = {1, 2};

	rights_handle_pack(&m, out);
}

static enum err unpack_handle(struct span in)
{
	struct rights_handle m;

	return rights_handle_unpack(in, &m);
}

static void pack_handled(struct buf *out)
{
	rights_handled_pack(span_str("opaque"), out);
}

static enum err unpack_handled(struct span in)
{
	struct span handle;

	return rights_handled_unpack(in, &handle);
}

static void pack_begin(struct buf *out)
{
	struct feed_begin m = {9, FEED_DELTA, 1, 1, 20400, 7, {1, 2, 3}};

	feed_begin_pack(&m, out);
}

static enum err unpack_begin(struct span in)
{
	struct feed_begin m;

	return feed_begin_unpack(in, &m);
}

static void pack_line(struct buf *out)
{
	struct feed_line m = {
	    .line = 12,
	    .tag_count = 2,
	    .handle = span_str("handle"),
	    .contract = span_str("C-1"),
	    .convention = span_str("OC"),
	    .csr = span_str("12"),
	    .order = 1,
	    .from_day = 20000,
	    .to_day = 20364,
	    .age_class = 2,
	    .age_change = 24300,
	    .domain_count = 2,
	    .domains = {{span_str("OPTI"), span_str("BR200"), 1},
	        {span_str("DENT"), span_str("TM"), 0}},
	};

	feed_line_pack(&m, out);
}

/* Lines stand one behind the other: what is left over belongs to the next. */
static enum err unpack_line(struct span in)
{
	struct reader r = reader_of(in);
	struct feed_line m;
	enum err e = feed_line_unpack(&r, &m);

	return e ? e : reader_done(&r) ? ERR_OK : ERR_SHAPE;
}

static void pack_state(struct buf *out)
{
	struct feed_state m = {.outcome = FEED_UNDONE,
	    .lines = 100,
	    .bad_line = 17,
	    .reason = span_str("two-persons"),
	    .kept_count = 1,
	    .kept = {{span_str("twice"), 3, 2, {4, 5}}},
	    .missing_count = 7, .missing_listed = 2,
	    .missing = {span_str("CONFORT"), span_str("B")}};

	feed_state_pack(&m, out);
}

static enum err unpack_state(struct span in)
{
	struct feed_state m;

	return feed_state_unpack(in, &m);
}

static void pack_last(struct buf *out)
{
	struct feed_last m = {3, 20400, 7, {1, 2, 3}};

	feed_last_pack(&m, out);
}

static enum err unpack_last(struct span in)
{
	struct feed_last m;

	return feed_last_unpack(in, &m);
}

static const struct kind kinds[] = {
    {"ask", pack_ask, unpack_ask},
    {"answer", pack_answer, unpack_answer},
    {"resolve", pack_resolve, unpack_resolve},
    {"resolved", pack_resolved, unpack_resolved},
    {"do", pack_do, unpack_do},
    {"done", pack_done, unpack_done},
    {"handle", pack_handle, unpack_handle},
    {"handled", pack_handled, unpack_handled},
    {"feed begin", pack_begin, unpack_begin},
    {"feed line", pack_line, unpack_line},
    {"feed state", pack_state, unpack_state},
    {"feed last", pack_last, unpack_last},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A copy of exactly n bytes, so that ASan sees one read too far. */
static enum err unpack_copy(const struct kind *k, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	enum err e;

	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, p, n);
	e = k->unpack(span_of(copy, n));
	free(copy);
	return e;
}

static void test_kinds_packed_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct buf b;

		buf_init(&b, BIG);
		kinds[i].pack(&b);
		assert_int_equal(b.err, ERR_OK);
		assert_int_equal(unpack_copy(&kinds[i], b.p, b.n), ERR_OK);
		buf_release(&b);
	}
}

static void test_kinds_cut_or_longer_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct buf b;

		buf_init(&b, BIG);
		kinds[i].pack(&b);
		for (size_t n = 0; n < b.n; n++)
			assert_int_not_equal(
			    unpack_copy(&kinds[i], b.p, n), ERR_OK);
		buf_put_u8(&b, 0);
		assert_int_equal(unpack_copy(&kinds[i], b.p, b.n), ERR_SHAPE);
		buf_release(&b);
	}
}

/* What a vault says goes into promises: it is text, or the vault's end. */
static void test_a_level_is_text(void **state)
{
	static const struct {
		const char *level;
		size_t n;
		enum err e;
	} rows[] = {
	    {"BR 200~", 7, ERR_OK}, {"", 0, ERR_OK},
	    {"BR\0 20", 6, ERR_SHAPE}, {"BR\n", 3, ERR_SHAPE},
	    {"BR\x7f", 3, ERR_SHAPE}, {"\xff", 1, ERR_SHAPE},
	    {"0123456789012345678901234", LIMIT_LEVEL + 1, ERR_LIMIT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rights_done m = {.state = RIGHTS_COVERED};
		struct buf b;

		buf_init(&b, BIG);
		rights_done_pack(&m, &b);
		b.n -= 6;	/* the lengths of level and body */
		buf_put_s16(&b, span_of(rows[i].level, rows[i].n));
		buf_put_u32(&b, 0);
		assert_int_equal(
		    rights_done_unpack(buf_span(&b), &m), rows[i].e);
		buf_release(&b);
	}
}

static void test_kinds_flipped_bits_never_crash(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct buf b;

		buf_init(&b, BIG);
		kinds[i].pack(&b);
		for (size_t bit = 0; bit < b.n * 8; bit++) {
			b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			(void)unpack_copy(&kinds[i], b.p, b.n);
			b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(unpack_copy(&kinds[i], b.p, b.n), ERR_OK);
		buf_release(&b);
	}
}

static void test_kinds_random_bytes_never_crash(void **state)
{
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 20261122);
	uint8_t p[200];

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = random_seeded_below(&seed, sizeof(p) + 1);

		random_fill(&random, p, n);
		(void)unpack_copy(&kinds[round % KINDS], p, n);
	}
}

static void test_ask_fields_over_limit_refused_on_both_sides(void **state)
{
	static const size_t limits[] = {LIMIT_AUTHORITY, LIMIT_PATH,
	    LIMIT_CONTENT_TYPE, LIMIT_CONTENT_DIGEST, LIMIT_SIGNATURE_INPUT,
	    LIMIT_SIGNATURE, LIMIT_BUNDLE};

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		struct ask a = {.plane = 1,
		    .method = 1,
		    .authority = nul(1),
		    .path = nul(1)};
		struct span *fields[] = {&a.authority, &a.path,
		    &a.content_type, &a.content_digest, &a.signature_input,
		    &a.signature, &a.body};
		struct buf b;
		struct ask got;

		buf_init(&b, BIG);
		*fields[i] = nul(limits[i]);
		ask_pack(&a, &b);
		assert_int_equal(b.err, ERR_OK);
		assert_int_equal(ask_unpack(buf_span(&b), &got), ERR_OK);
		buf_clear(&b);
		*fields[i] = nul(limits[i] + 1);
		ask_pack(&a, &b);
		assert_int_equal(b.err, ERR_LIMIT);
		buf_release(&b);
	}
}

/* The same ask by hand, with one field of n bytes at place i. */
static void raw_ask(struct buf *b, unsigned plane, unsigned at, size_t n)
{
	buf_clear(b);
	buf_put_u8(b, (uint8_t)plane);
	buf_put_u8(b, ASK_GET);
	for (unsigned i = 0; i < 6; i++)
		buf_put_s16(b, nul(i == at ? n : 1));
	buf_put_s32(b, nul(at == 6 ? n : 0));
}

static void test_ask_unpack_checks_by_itself(void **state)
{
	struct buf b;
	struct ask got = {.plane = 77};

	(void)state;
	buf_init(&b, BIG);
	raw_ask(&b, ASK_FLOW, 1, LIMIT_PATH + 1);
	assert_int_equal(ask_unpack(buf_span(&b), &got), ERR_LIMIT);
	raw_ask(&b, ASK_FLOW, 6, LIMIT_BUNDLE + 1);
	assert_int_equal(ask_unpack(buf_span(&b), &got), ERR_LIMIT);
	raw_ask(&b, 0, 1, 1);
	assert_int_equal(ask_unpack(buf_span(&b), &got), ERR_RANGE);
	raw_ask(&b, ASK_STAFF + 1, 1, 1);
	assert_int_equal(ask_unpack(buf_span(&b), &got), ERR_RANGE);
	raw_ask(&b, ASK_FLOW, 1, 0);
	assert_int_equal(ask_unpack(buf_span(&b), &got), ERR_SHAPE);
	assert_int_equal(got.plane, 77);	/* untouched on failure */
	buf_release(&b);
}

static void test_answer_status_outside_range_refused(void **state)
{
	static const uint16_t bad[] = {0, 100, 199, 600, 65535};
	struct ask_answer got;
	struct buf b;

	(void)state;
	buf_init(&b, BIG);
	for (size_t i = 0; i < 5; i++) {
		struct ask_answer a = {.status = bad[i]};

		buf_clear(&b);
		ask_answer_pack(&a, &b);
		assert_int_equal(
		    ask_answer_unpack(buf_span(&b), &got), ERR_RANGE);
	}
	buf_release(&b);
}

static void test_do_values_come_back(void **state)
{
	struct rights_do m;
	struct buf b;

	(void)state;
	buf_init(&b, BIG);
	pack_do(&b);
	assert_int_equal(rights_do_unpack(buf_span(&b), &m), ERR_OK);
	assert_int_equal(m.index, 42);
	assert_int_equal(m.cell, 3);
	assert_int_equal(m.number, 99);
	assert_int_equal(m.care_day, -5);
	assert_int_equal(m.now_ms, INT64_C(1763760000123));
	assert_true(span_is(m.domain, "OPTI"));
	assert_true(span_is(m.amc, "0123456789"));
	assert_true(span_is(m.transaction, "drill.ecluse.example/journal/42"));
	buf_release(&b);
}

static void test_do_amc_not_ten_digits_refused(void **state)
{
	static const char *const bad[] = {"1", "012345678", "01234567x9"};
	struct rights_do got;
	struct buf b;

	(void)state;
	buf_init(&b, BIG);
	for (size_t i = 0; i < 3; i++) {
		struct rights_do m = {.purpose = RIGHTS_READ,
		    .amc = span_str(bad[i])};

		buf_clear(&b);
		rights_do_pack(&m, &b);
		assert_int_equal(
		    rights_do_unpack(buf_span(&b), &got), ERR_SHAPE);
	}
	buf_release(&b);
}

static void test_do_transaction_takes_its_limit(void **state)
{
	struct rights_do m = {.purpose = RIGHTS_READ}, got;
	struct buf b;

	(void)state;
	buf_init(&b, BIG);
	m.transaction = nul(LIMIT_TRANSACTION);
	rights_do_pack(&m, &b);
	assert_int_equal(rights_do_unpack(buf_span(&b), &got), ERR_OK);
	buf_clear(&b);
	m.transaction = nul(LIMIT_TRANSACTION + 1);
	rights_do_pack(&m, &b);
	assert_int_equal(b.err, ERR_LIMIT);
	buf_release(&b);
}

static void test_line_values_come_back(void **state)
{
	struct feed_line m;
	struct reader r;
	struct buf b;

	(void)state;
	buf_init(&b, BIG);
	pack_line(&b);
	pack_line(&b);
	r = reader_of(buf_span(&b));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(feed_line_unpack(&r, &m), ERR_OK);
		assert_int_equal(m.line, 12);
		assert_int_equal(m.to_day, 20364);
		assert_int_equal(m.domain_count, 2);
		assert_true(span_is(m.domains[1].code, "DENT"));
		assert_int_equal(m.domains[0].authorization, 1);
	}
	assert_true(reader_done(&r));
	buf_release(&b);
}

static void test_counts_over_array_refused_on_both_sides(void **state)
{
	struct rights_resolve q = {.count = RIGHTS_TAGS_ASKED + 1};
	struct feed_line line = {.tag_count = RIGHTS_TAGS_FED + 1};
	struct buf b;

	(void)state;
	buf_init(&b, BIG);
	rights_resolve_pack(&q, &b);
	assert_int_equal(b.err, ERR_LIMIT);
	buf_clear(&b);
	feed_line_pack(&line, &b);
	assert_int_equal(b.err, ERR_LIMIT);
	buf_clear(&b);
	buf_put_u32(&b, 1);
	buf_put_u8(&b, 255);
	buf_put(&b, long_text, 255 * RIGHTS_TAG);
	assert_int_equal(
	    rights_resolve_unpack(buf_span(&b), &q), ERR_RANGE);
	assert_int_equal(unpack_line(buf_span(&b)), ERR_RANGE);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds_packed_come_back),
	    cmocka_unit_test(test_kinds_cut_or_longer_refused),
	    cmocka_unit_test(test_a_level_is_text),
	    cmocka_unit_test(test_kinds_flipped_bits_never_crash),
	    cmocka_unit_test(test_kinds_random_bytes_never_crash),
	    cmocka_unit_test(
	        test_ask_fields_over_limit_refused_on_both_sides),
	    cmocka_unit_test(test_ask_unpack_checks_by_itself),
	    cmocka_unit_test(test_answer_status_outside_range_refused),
	    cmocka_unit_test(test_do_values_come_back),
	    cmocka_unit_test(test_do_amc_not_ten_digits_refused),
	    cmocka_unit_test(test_do_transaction_takes_its_limit),
	    cmocka_unit_test(test_line_values_come_back),
	    cmocka_unit_test(test_counts_over_array_refused_on_both_sides),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
