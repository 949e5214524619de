/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whatever the cuts of the stream, the same request comes out as from
 * the whole; records out of order, of another id, type, version or length are
 * refused; limits count what is carried, not what is on the wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/random.h"
#include "upstream/fastcgi.h"

#define WIRE (4 * 1024 * 1024)

/* --- writing what nginx writes --- */

static const struct span none = {(const uint8_t *)"", 0};

static void record_full(struct buf *b, unsigned version, unsigned type,
    unsigned id, struct span s, unsigned padding)
{
	buf_put_u8(b, (uint8_t)version);
	buf_put_u8(b, (uint8_t)type);
	buf_put_u16(b, (uint16_t)id);
	buf_put_u16(b, (uint16_t)s.n);
	buf_put_u8(b, (uint8_t)padding);
	buf_put_u8(b, 0);
	buf_put_span(b, s);
	for (unsigned i = 0; i < padding; i++)
		buf_put_u8(b, 0xee);
}

static void record(struct buf *b, unsigned type, struct span s)
{
	record_full(b, 1, type, 1, s, (unsigned)(-s.n & 7));
}

static void begin(struct buf *b)
{
	static const uint8_t keep[8] = {0, 1, 1, 0, 0, 0, 0, 0};

	record(b, 1, span_of(keep, 8));
}

static void param(struct buf *b, const char *name, struct span value)
{
	size_t n = strlen(name);

	buf_put_u8(b, (uint8_t)n);
	if (value.n < 128)
		buf_put_u8(b, (uint8_t)value.n);
	else
		buf_put_u32(b, 0x80000000u | (uint32_t)value.n);
	buf_text(b, name);
	buf_put_span(b, value);
}

/* A request as nginx sends it: one PARAMS record, STDIN in pieces of step. */
static void request(struct buf *b, struct span body, size_t step)
{
	struct buf p;

	buf_init(&p, 65535);
	param(&p, "REQUEST_METHOD", span_str("POST"));
	param(&p, "REQUEST_URI", span_str("/fhir/x"));
	param(&p, "EMPTY", none);
	begin(b);
	record(b, 4, buf_span(&p));
	record(b, 4, none);
	for (size_t at = 0; at < body.n; at += step)
		record(b, 5, span_of(body.p + at,
		    body.n - at < step ? body.n - at : step));
	record(b, 5, none);
	buf_release(&p);
}

/* --- an independent reader of a whole buffer --- */

struct whole {
	struct buf params, body;
	size_t used;
	bool complete, bad;
};

/* Obvious and slow: complete records only, in a list of what may follow. */
static void read_whole(struct span in, struct whole *w)
{
	unsigned want = 1;

	buf_init(&w->params, 65535);
	buf_init(&w->body, WIRE);
	w->used = 0;
	w->complete = w->bad = false;
	while (!w->complete && in.n - w->used >= 8) {
		const uint8_t *h = in.p + w->used;
		size_t n = get_be16(h + 4), total = 8 + n + h[6];

		w->bad = h[0] != 1 || h[1] != want || get_be16(h + 2) != 1 ||
		    h[7] != 0 || (want == 1 && n != 8);
		if (w->bad || in.n - w->used < total)
			return;
		if (want == 1)
			want = 4;
		else if (n == 0 && want == 5)
			w->complete = true;
		else if (n == 0)
			want = 5;
		else
			buf_put(want == 4 ? &w->params : &w->body, h + 8, n);
		w->used += total;
	}
}

static void free_whole(struct whole *w)
{
	buf_release(&w->params);
	buf_release(&w->body);
}

/* Feeds the stream in random pieces, each in memory of its own size. */
static enum err feed_split(struct fastcgi *f, struct span in,
    struct random_seeded *seed, size_t longest, size_t *used,
    enum fastcgi_event *event)
{
	enum err e = ERR_OK;

	*used = 0;
	*event = FASTCGI_MORE;
	while (!e && *event == FASTCGI_MORE && *used < in.n) {
		size_t n = 1 + random_seeded_below(seed, longest), took = 0;
		uint8_t *copy;

		if (n > in.n - *used)
			n = in.n - *used;
		copy = malloc(n);
		assert_non_null(copy);
		memcpy(copy, in.p + *used, n);
		e = fastcgi_feed(f, span_of(copy, n), &took, event);
		free(copy);
		if (!e && *event == FASTCGI_MORE)
			assert_int_equal(took, n);
		*used += e ? 0 : took;
	}
	return e;
}

static void test_any_cut_gives_the_same_request(void **state)
{
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 41);
	static uint8_t body[3000];

	(void)state;
	for (int round = 0; round < 300; round++) {
		size_t n = random_seeded_below(&seed, sizeof(body)), used;
		struct fastcgi f;
		struct whole w;
		struct buf b;
		enum fastcgi_event event;

		random_fill(&random, body, n);
		buf_init(&b, WIRE);
		request(&b, span_of(body, n),
		    1 + random_seeded_below(&seed, 700));
		buf_text(&b, "the next request's bytes");
		read_whole(buf_span(&b), &w);
		assert_true(w.complete);
		fastcgi_init(&f, LIMIT_BODY);
		assert_int_equal(feed_split(&f, buf_span(&b), &seed,
		                     round % 2 ? 9 : 900, &used, &event),
		    ERR_OK);
		assert_int_equal(event, FASTCGI_REQUEST);
		assert_int_equal(used, w.used);
		assert_true(span_equal(
		    buf_span(&f.params), buf_span(&w.params)));
		assert_true(span_equal(buf_span(&f.body), span_of(body, n)));
		assert_true(f.keep);
		fastcgi_release(&f);
		free_whole(&w);
		buf_release(&b);
	}
}

/* Altered streams: the same verdict from both readers, and no over-read. */
static void test_altered_streams_same_verdict(void **state)
{
	struct random_seeded seed;
	unsigned refused = 0, complete = 0;

	(void)state;
	(void)random_from_seed(&seed, 42);
	for (int round = 0; round < 4000; round++) {
		static const uint8_t body[40];
		struct fastcgi f;
		struct whole w;
		struct buf b;
		enum fastcgi_event event;
		enum err e;
		size_t used;

		buf_init(&b, WIRE);
		request(&b, span_of(body, sizeof(body)), 13);
		b.p[16 + random_seeded_below(&seed, b.n - 16)] =
		    (uint8_t)random_seeded_below(&seed, 8);
		read_whole(buf_span(&b), &w);
		fastcgi_init(&f, LIMIT_BODY);
		e = feed_split(&f, buf_span(&b), &seed, 50, &used, &event);
		if (!e && event == FASTCGI_ABORT)
			goto next;	/* the other reader knows no abort */
		assert_int_equal(e == ERR_OK && event == FASTCGI_REQUEST,
		    w.complete);
		if (w.complete)
			assert_true(span_equal(
			    buf_span(&f.body), buf_span(&w.body)));
		assert_int_equal(e != ERR_OK, w.bad);
		refused += e != ERR_OK;
		complete += w.complete;
next:
		fastcgi_release(&f);
		free_whole(&w);
		buf_release(&b);
	}
	assert_true(refused > 100 && complete > 100);
}

static enum err feed_all(struct fastcgi *f, const struct buf *b,
    size_t *used, enum fastcgi_event *event)
{
	return fastcgi_feed(f, buf_span(b), used, event);
}

static void test_one_byte_records_up_to_the_limit(void **state)
{
	static uint8_t body[LIMIT_BODY];
	struct fastcgi f;
	struct buf b;
	enum fastcgi_event event;
	size_t used;

	(void)state;
	buf_init(&b, WIRE);
	request(&b, span_of(body, sizeof(body)), 1);
	assert_true(b.n > 16u * LIMIT_BODY);
	fastcgi_init(&f, LIMIT_BODY);
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_OK);
	assert_int_equal(event, FASTCGI_REQUEST);
	assert_int_equal(f.body.n, LIMIT_BODY);
	assert_false(f.body_over);
	fastcgi_release(&f);
	buf_release(&b);
}

static void test_body_one_over_is_said_not_kept(void **state)
{
	static uint8_t body[LIMIT_BODY + 1];
	struct fastcgi f;
	struct buf b;
	enum fastcgi_event event;
	size_t used;

	(void)state;
	buf_init(&b, WIRE);
	request(&b, span_of(body, sizeof(body)), 5000);
	fastcgi_init(&f, LIMIT_BODY);
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_OK);
	assert_int_equal(event, FASTCGI_REQUEST);
	assert_int_equal(used, b.n);
	assert_true(f.body_over);
	assert_int_equal(f.body.n, LIMIT_BODY);
	fastcgi_next(&f);
	buf_clear(&b);
	request(&b, span_of(body, 3), 3);
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_OK);
	assert_false(f.body_over);
	assert_int_equal(f.body.n, 3);
	fastcgi_release(&f);
	buf_release(&b);
}

static void test_params_over_the_limit_refused(void **state)
{
	static uint8_t bytes[40000];
	struct fastcgi f;
	struct buf b;
	enum fastcgi_event event;
	size_t used;

	(void)state;
	buf_init(&b, WIRE);
	begin(&b);
	record(&b, 4, span_of(bytes, sizeof(bytes)));
	record(&b, 4, span_of(bytes, 25535));
	fastcgi_init(&f, LIMIT_BODY);
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_OK);
	assert_int_equal(f.params.n, FASTCGI_PARAMS_MOST);
	buf_clear(&b);
	record(&b, 4, span_of(bytes, 1));
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_LIMIT);
	fastcgi_release(&f);
	buf_release(&b);
}

/* What follows a good prefix of 0, 1 or 3 records and is refused there. */
static void test_records_out_of_order_refused(void **state)
{
	static const uint8_t start[8] = {0, 1, 1}, filter[8] = {0, 3, 1},
	    flags[8] = {0, 1, 2}, reserved[8] = {0, 1, 1, 0, 0, 0, 0, 1};
	const struct {
		unsigned prefix, version, type, id;
		struct span s;
	} bad[] = {
	    {0, 0, 1, 1, {start, 8}}, {0, 2, 1, 1, {start, 8}},
	    {0, 1, 1, 0, {start, 8}}, {0, 1, 1, 2, {start, 8}},
	    {0, 1, 1, 257, {start, 8}}, {0, 1, 1, 1, {start, 7}},
	    {0, 1, 1, 1, {filter, 8}}, {0, 1, 1, 1, {flags, 8}},
	    {0, 1, 1, 1, {reserved, 8}}, {0, 1, 4, 1, {start, 8}},
	    {0, 1, 5, 1, {start, 8}}, {0, 1, 9, 0, {start, 8}},
	    {0, 1, 2, 1, {start, 0}}, {0, 1, 0, 1, {start, 0}},
	    {1, 1, 1, 1, {start, 8}}, {1, 1, 5, 1, {start, 1}},
	    {1, 1, 8, 1, {start, 1}}, {1, 1, 2, 1, {start, 1}},
	    {1, 1, 255, 1, {start, 1}}, {3, 1, 4, 1, {start, 1}},
	    {3, 1, 1, 1, {start, 8}}, {3, 1, 6, 1, {start, 1}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fastcgi f;
		struct buf b;
		enum fastcgi_event event;
		size_t used;

		buf_init(&b, WIRE);
		if (bad[i].prefix >= 1)
			begin(&b);
		if (bad[i].prefix >= 3) {
			record(&b, 4, span_of("\1\0A", 3));
			record(&b, 4, none);
		}
		record_full(&b, bad[i].version, bad[i].type, bad[i].id,
		    bad[i].s, 3);
		fastcgi_init(&f, LIMIT_BODY);
		assert_int_equal(
		    feed_all(&f, &b, &used, &event), ERR_SHAPE);
		fastcgi_release(&f);
		buf_release(&b);
	}
}

static void test_abort_and_the_next_request(void **state)
{
	struct fastcgi f;
	struct buf b;
	enum fastcgi_event event;
	size_t used, first;

	(void)state;
	buf_init(&b, WIRE);
	request(&b, span_str("abc"), 1);
	first = b.n;
	record(&b, 2, none);
	request(&b, span_str("second"), 6);
	fastcgi_init(&f, LIMIT_BODY);
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_OK);
	assert_int_equal(used, first);
	assert_int_equal(fastcgi_feed(&f, span_of(b.p + first, b.n - first),
	                     &used, &event), ERR_OK);
	assert_int_equal(event, FASTCGI_ABORT);
	assert_int_equal(used, 8);
	fastcgi_next(&f);
	assert_int_equal(
	    fastcgi_feed(&f, span_of(b.p + first + 8, b.n - first - 8), &used,
	        &event), ERR_OK);
	assert_int_equal(event, FASTCGI_REQUEST);
	assert_true(span_is(buf_span(&f.body), "second"));
	fastcgi_release(&f);
	buf_release(&b);
}

/* A second request before the first is answered is nobody's nginx. */
static void test_second_request_before_the_answer_refused(void **state)
{
	struct fastcgi f;
	struct buf b;
	enum fastcgi_event event;
	size_t used;

	(void)state;
	buf_init(&b, WIRE);
	request(&b, span_str("a"), 1);
	fastcgi_init(&f, LIMIT_BODY);
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_OK);
	assert_int_equal(feed_all(&f, &b, &used, &event), ERR_SHAPE);
	fastcgi_release(&f);
	buf_release(&b);
}

static void test_params_lengths(void **state)
{
	static const uint8_t value[300] = "v";
	struct span name, got;
	struct reader r;
	struct buf b;

	(void)state;
	buf_init(&b, 65535);
	param(&b, "A", span_of(value, 127));
	param(&b, "B", span_of(value, 128));
	param(&b, "", none);
	r = reader_of(buf_span(&b));
	assert_int_equal(fastcgi_param(&r, &name, &got), ERR_OK);
	assert_int_equal(got.n, 127);
	assert_int_equal(fastcgi_param(&r, &name, &got), ERR_OK);
	assert_true(span_is(name, "B"));
	assert_int_equal(got.n, 128);
	assert_int_equal(fastcgi_param(&r, &name, &got), ERR_OK);
	assert_int_equal(name.n, 0);
	assert_int_equal(fastcgi_param(&r, &name, &got), ERR_CLOSED);
	for (size_t n = 1; n < b.n; n++) {	/* cut: an end or an error */
		unsigned seen = 0;
		enum err e;

		r = reader_of(span_of(b.p, n));
		while ((e = fastcgi_param(&r, &name, &got)) == ERR_OK)
			seen++;
		assert_true(seen <= 3);
		assert_true(e == ERR_SHAPE || e == ERR_CLOSED);
	}
	buf_release(&b);
}

/* Two lengths of 2^31-1 each must not wrap (libfcgi, CVE-2025-23016). */
static void test_params_huge_lengths_refused(void **state)
{
	static const uint8_t huge[][12] = {
	    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'a'},
	    {0xff, 0xff, 0xff, 0xff, 1, 'a'},
	    {1, 0xff, 0xff, 0xff, 0xff, 'a'},
	    {1, 0x80, 0, 0, 11, 'a'},
	    {0xc0, 0, 0, 1, 0, 'a'},
	};
	struct span name, got;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct reader r = reader_of(span_of(huge[i], 12));

		assert_int_equal(fastcgi_param(&r, &name, &got), ERR_SHAPE);
	}
}

/* The answer, read back by hand: STDOUT joined, empty STDOUT, END_REQUEST. */
static void test_reply_is_well_formed(void **state)
{
	static uint8_t body[150000];
	static const size_t lengths[] = {0, 1, 65528, 65529, 150000};
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 1);

	(void)state;
	random_fill(&random, body, sizeof(body));
	for (size_t i = 0; i < 5; i++) {
		struct buf b, joined;
		size_t at = 0, n;

		buf_init(&b, WIRE);
		buf_init(&joined, WIRE);
		fastcgi_reply(span_str("Status: 200 OK\r\n\r\n"),
		    span_of(body, lengths[i]), &b);
		for (;; at += 8 + n) {
			n = get_be16(b.p + at + 4);
			assert_int_equal(b.p[at], 1);
			assert_int_equal(b.p[at + 1], 6);
			assert_int_equal(get_be32(b.p + at + 2) >> 16, 1);
			assert_int_equal(b.p[at + 6], 0);
			if (n == 0)
				break;
			buf_put(&joined, b.p + at + 8, n);
		}
		assert_int_equal(b.n - at, 8 + 16);
		assert_int_equal(b.p[at + 9], 3);
		assert_int_equal(joined.n, 18 + lengths[i]);
		assert_memory_equal(joined.p + 18, body, lengths[i]);
		buf_release(&b);
		buf_release(&joined);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_cut_gives_the_same_request),
	    cmocka_unit_test(test_altered_streams_same_verdict),
	    cmocka_unit_test(test_one_byte_records_up_to_the_limit),
	    cmocka_unit_test(test_body_one_over_is_said_not_kept),
	    cmocka_unit_test(test_params_over_the_limit_refused),
	    cmocka_unit_test(test_records_out_of_order_refused),
	    cmocka_unit_test(test_abort_and_the_next_request),
	    cmocka_unit_test(test_second_request_before_the_answer_refused),
	    cmocka_unit_test(test_params_lengths),
	    cmocka_unit_test(test_params_huge_lengths_refused),
	    cmocka_unit_test(test_reply_is_well_formed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
