/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "rights/cases.h"

struct feeding f;

int set_up(void **state)
{
	(void)state;
	feeding_open(&f, 42);
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	feeding_rest(&f);
	feeding_assert_tidy(&f);
	feeding_close(&f);
	return 0;
}

int32_t day(int year, int month, int of_month)
{
	return feeding_day(year, month, of_month);
}

struct feed_state full(
    int32_t on, const struct feed_line *lines, unsigned count)
{
	struct feed_state s =
	    feeding_whole(&f, CELL, FEED_FULL, on, lines, count);

	feeding_rest(&f);
	return s;
}

struct feed_state delta(
    int32_t on, const struct feed_line *lines, unsigned count)
{
	struct feed_state s =
	    feeding_whole(&f, CELL, FEED_DELTA, on, lines, count);

	feeding_rest(&f);
	return s;
}

void counts(const struct feed_state *s, uint64_t added,
    uint64_t changed, uint64_t unchanged, uint64_t dropped)
{
	assert_int_equal(s->outcome, FEED_COMMITTED);
	assert_int_equal(s->added, added);
	assert_int_equal(s->changed, changed);
	assert_int_equal(s->unchanged, unchanged);
	assert_int_equal(s->dropped, dropped);
}

void undone(
    const struct feed_state *s, const char *reason, uint32_t line)
{
	assert_int_equal(s->outcome, FEED_UNDONE);
	assert_int_equal(s->bad_line, line);
	assert_true(span_is(s->reason, reason));
}

uint64_t number(char kind, unsigned n)
{
	return feeding_number(&f, CELL, kind, n);
}

enum rights_state state_of(uint64_t who, int32_t on)
{
	return feeding_ask(&f, CELL, who, on, "OPTI", "", "").state;
}

void covers_alike(char a[LIMIT_LEVEL], char b[LIMIT_LEVEL])
{
	/* the last print of each 20 leading bits, and its value */
	static uint32_t prints[1 << 20], values[1 << 20];
	struct feed_line l = feeding_line(1);
	uint32_t print = 1, value = 0, slot = 0;
	struct buf text;

	buf_init(&text, COVER_TEXT_MAX);
	while (prints[slot] != print) {
		prints[slot] = print;
		values[slot] = value++;
		/* spread: FNV alone tells numbers in a row apart */
		(void)snprintf(b, LIMIT_LEVEL, "%08X%08X",
		    value * 2654435761u, value * 40503u);
		l.domains[0].level = span_str(b);
		buf_clear(&text);
		assert_int_equal(cover_pack(&l, &text), ERR_OK);
		print = cover_print(buf_span(&text));
		slot = print >> 12;
	}
	buf_release(&text);
	value = values[slot];
	(void)snprintf(a, LIMIT_LEVEL, "%08X%08X", value * 2654435761u,
	    value * 40503u);
	assert_string_not_equal(a, b);
}
