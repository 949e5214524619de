/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what keeper and vault say of retention comes out as it went in, at every
 * length; what is cut, longer, or holds a value that is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "msg/msg.h"
#include "msg/retain.h"

static struct retain_ask ask, ask_out;
static struct retain_said said, said_out;

static void fill_ask(unsigned count)
{
	memset(&ask, 0, sizeof(ask));
	ask = (struct retain_ask){.cell = 7, .after = UINT64_MAX - 1,
	    .ended_day = -3, .today = 20000, .live_day = INT32_MAX,
	    .dry = count % 2 == 0, .count = (uint16_t)count};
	for (unsigned i = 0; i < count; i++) {
		ask.keep[i].person = 1000 + i;
		memset(ask.keep[i].tag, (int)(i & 0xff), RIGHTS_TAG);
	}
}

static void fill_said(unsigned count)
{
	memset(&said, 0, sizeof(said));
	said = (struct retain_said){.state = RETAIN_MORE, .after = 1,
	    .rights = UINT64_MAX, .persons = 2, .names = 3,
	    .count = (uint16_t)count};
	for (unsigned i = 0; i < count; i++) {
		said.gone[i].person = UINT64_MAX - i;
		said.gone[i].handle_len = (uint8_t)(i % (LIMIT_HANDLE + 1));
		memset(said.gone[i].handle, (int)i, said.gone[i].handle_len);
	}
}

static void test_asks_come_back(void **state)
{
	static const unsigned counts[] = {0, 1, 2, RETAIN_MOST};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fill_ask(counts[i]);
		memset(&ask_out, 0, sizeof(ask_out));
		buf_init(&b, LIMIT_DATAGRAM);
		retain_ask_pack(&ask, &b);
		assert_int_equal(b.err, ERR_OK);
		assert_int_equal(
		    retain_ask_unpack(buf_span(&b), &ask_out), ERR_OK);
		assert_memory_equal(&ask, &ask_out, sizeof(ask));
		buf_release(&b);
	}
}

static void test_answers_come_back(void **state)
{
	static const unsigned counts[] = {0, 1, RETAIN_MOST};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fill_said(counts[i]);
		memset(&said_out, 0, sizeof(said_out));
		buf_init(&b, LIMIT_DATAGRAM);
		retain_said_pack(&said, &b);
		assert_int_equal(b.err, ERR_OK);
		assert_int_equal(
		    retain_said_unpack(buf_span(&b), &said_out), ERR_OK);
		assert_memory_equal(&said, &said_out, sizeof(said));
		buf_release(&b);
	}
}

/* Each shorter one, and one byte more. */
static void test_other_lengths_are_refused(void **state)
{
	struct buf a, s;

	(void)state;
	fill_ask(3);
	fill_said(3);
	buf_init(&a, LIMIT_DATAGRAM);
	buf_init(&s, LIMIT_DATAGRAM);
	retain_ask_pack(&ask, &a);
	retain_said_pack(&said, &s);
	for (size_t n = 0; n < a.n; n++)
		assert_int_not_equal(
		    retain_ask_unpack(span_of(a.p, n), &ask_out), ERR_OK);
	for (size_t n = 0; n < s.n; n++)
		assert_int_not_equal(
		    retain_said_unpack(span_of(s.p, n), &said_out), ERR_OK);
	buf_put_u8(&a, 0);
	buf_put_u8(&s, 0);
	assert_int_not_equal(
	    retain_ask_unpack(buf_span(&a), &ask_out), ERR_OK);
	assert_int_not_equal(
	    retain_said_unpack(buf_span(&s), &said_out), ERR_OK);
	buf_release(&a);
	buf_release(&s);
}

#define ASK_DRY 24	/* bytes before it: u32 u64 u32 u32 u32 */
#define ASK_COUNT 25
#define SAID_COUNT 33	/* behind u8 and four u64 */
#define SAID_LEN 43	/* behind u16 and u64 */

static enum err altered(struct buf *b, size_t at, uint8_t value, bool of_ask)
{
	uint8_t old = b->p[at];
	enum err e;

	b->p[at] = value;
	e = of_ask ? retain_ask_unpack(buf_span(b), &ask_out) :
	    retain_said_unpack(buf_span(b), &said_out);
	b->p[at] = old;
	return e;
}

static void test_values_that_are_none(void **state)
{
	struct buf a, s;

	(void)state;
	fill_ask(1);
	fill_said(2);
	buf_init(&a, LIMIT_DATAGRAM);
	buf_init(&s, LIMIT_DATAGRAM);
	retain_ask_pack(&ask, &a);
	retain_said_pack(&said, &s);
	assert_int_equal(altered(&a, ASK_DRY, 1, true), ERR_OK);
	assert_int_not_equal(altered(&a, ASK_DRY, 2, true), ERR_OK);
	/* more than there is room for: nothing is written past it */
	assert_int_equal(altered(&a, ASK_COUNT, 0xff, true), ERR_LIMIT);
	assert_int_equal(altered(&s, SAID_COUNT, 0xff, false), ERR_LIMIT);
	assert_int_not_equal(altered(&s, 0, 0, false), ERR_OK);
	assert_int_equal(altered(&s, 0, RETAIN_REFUSED, false), ERR_OK);
	assert_int_not_equal(altered(&s, 0, RETAIN_REFUSED + 1, false), ERR_OK);
	for (size_t i = 0; i < 2; i++)	/* either byte of the length */
		assert_int_not_equal(
		    altered(&s, SAID_LEN + i, 0xff, false), ERR_OK);
	buf_release(&a);
	buf_release(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asks_come_back),
		cmocka_unit_test(test_answers_come_back),
		cmocka_unit_test(test_other_lengths_are_refused),
		cmocka_unit_test(test_values_that_are_none)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
