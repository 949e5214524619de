/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/money.h"
#include "base/text.h"

#define RATE_MOST (10 * MONEY_WHOLE)

struct money money_of(int64_t cents)
{
	return (struct money){cents};
}

/* Digits, and up to places more behind a point, as a count of 10^-places. */
static enum err decimal(
    struct span in, unsigned places, int64_t most, int64_t *ret)
{
	const uint8_t *point = in.n ? memchr(in.p, '.', in.n) : NULL;
	size_t whole = point ? (size_t)(point - in.p) : in.n;
	size_t behind = point ? in.n - whole - 1 : 0;
	int64_t v = 0;

	if (whole == 0 || (point && behind == 0) || behind > places)
		return ERR_SHAPE;
	for (size_t i = 0; i < whole + places; i++) {
		size_t at = i < whole ? i : i + 1;
		uint8_t c = at < in.n ? in.p[at] : '0';

		if (c < '0' || c > '9')
			return ERR_SHAPE;
		v = v * 10 + (c - '0');
		if (v > most)
			return ERR_RANGE;
	}
	*ret = v;
	return ERR_OK;
}

enum err money_parse(struct span in, struct money *ret)
{
	return decimal(in, 2, MONEY_MOST, &ret->cents);
}

/* From the last digit; at least one stands before the point. */
void money_format(struct money m, char out[static MONEY_TEXT])
{
	uint64_t v = m.cents < 0 ? -(uint64_t)m.cents : (uint64_t)m.cents;
	char text[MONEY_TEXT];
	size_t at = sizeof(text);

	text[--at] = '\0';
	for (unsigned digits = 0; v > 0 || digits < 3; digits++, v /= 10) {
		if (digits == 2)
			text[--at] = '.';
		text[--at] = (char)('0' + v % 10);
	}
	if (m.cents < 0)
		text[--at] = '-';
	memcpy(out, text + at, sizeof(text) - at);
}

struct money money_add(struct money a, struct money b)
{
	return money_of(a.cents + b.cents);
}

struct money money_sub(struct money a, struct money b)
{
	return money_of(a.cents - b.cents);
}

struct money money_least(struct money a, struct money b)
{
	return a.cents < b.cents ? a : b;
}

struct money money_most(struct money a, struct money b)
{
	return a.cents > b.cents ? a : b;
}

struct money money_over(struct money a, struct money b)
{
	return money_of(a.cents > b.cents ? a.cents - b.cents : 0);
}

struct money money_rate(struct money m, uint32_t rate)
{
	return money_of((m.cents * (int64_t)rate + MONEY_WHOLE / 2) /
	    MONEY_WHOLE);
}

struct money money_times(struct money m, uint32_t count)
{
	return money_of(m.cents * (int64_t)count);
}

enum err money_parse_rate(struct span in, uint32_t *ret)
{
	bool percent = in.n > 0 && in.p[in.n - 1] == '%';
	int64_t v = 0;
	enum err e;

	if (percent)
		in.n--;
	if (percent && in.n > 0 && in.p[in.n - 1] == ' ')
		in.n--;
	e = decimal(in, percent ? 2 : 4, RATE_MOST * 100, &v);
	if (e)
		return e;
	/* a plain number above the whole is a percentage */
	if (!percent && v > MONEY_WHOLE) {
		if (v % 100 != 0)
			return ERR_SHAPE;
		v /= 100;
	}
	if (v > RATE_MOST)
		return ERR_RANGE;
	*ret = (uint32_t)v;
	return ERR_OK;
}

void money_format_rate(uint32_t rate, char out[static MONEY_TEXT])
{
	if (rate % 100 == 0)
		(void)snprintf(out, MONEY_TEXT, "%u %%", rate / 100);
	else
		(void)snprintf(out, MONEY_TEXT, "%u.%02u %%", rate / 100,
		    rate % 100);
}
