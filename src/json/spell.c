/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "json/spell.h"

#define EACH UINT64_C(0x0101010101010101)	/* 1 in each byte */
#define TOPS UINT64_C(0x8080808080808080)

/* A top bit for each zero byte of x, if no byte of x has its top bit. */
static uint64_t zeros(uint64_t x)
{
	return TOPS & ~(x + EACH * 0x7f);
}

/*
 * Eight bytes at a time: top bits mark those that are not plain. The bytes
 * below 0x20 are those whose upper three bits are zero.
 */
static uint64_t special(uint64_t x)
{
	uint64_t low = x & ~TOPS;

	return (x & TOPS) | zeros(low & EACH * 0x60) |
	    zeros(low ^ EACH * '"') | zeros(low ^ EACH * '\\');
}

size_t spell_plain(struct span s)
{
	size_t n = 0;
	uint64_t x;

	for (; s.n - n >= sizeof(x); n += sizeof(x)) {
		memcpy(&x, s.p + n, sizeof(x));
		if (special(x))
			break;
	}
	while (n < s.n && spell_is_plain(s.p[n]))
		n++;
	return n;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The 16 bits of four hex digits, -1 if they are none. */
static int32_t hex_four(const uint8_t *p)
{
	int32_t v = 0;

	for (int i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static bool is_high(int32_t unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* s starts with a backslash. */
static size_t check_escape(struct span s)
{
	int32_t unit;

	if (s.n < 2)
		return 0;
	if (s.p[1] != 'u')
		return s.p[1] && strchr("\"\\/bfnrt", s.p[1]) ? 2 : 0;
	if (s.n < 6)
		return 0;
	unit = hex_four(s.p + 2);
	/* U+0000 would end a text in C: nobody needs it in a question */
	if (unit <= 0 || is_low(unit))
		return 0;
	if (!is_high(unit))
		return 6;
	if (s.n < 12 || s.p[6] != '\\' || s.p[7] != 'u' ||
	    !is_low(hex_four(s.p + 8)))
		return 0;
	return 12;
}

/* Bytes that UTF-8 (RFC 3629) of this first byte has, 0 if it is none. */
static size_t utf8_length(uint8_t c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* s starts with a byte of 0x80 or more. */
static size_t check_utf8(struct span s)
{
	size_t n = utf8_length(s.p[0]);

	if (n == 0 || s.n < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, above U+10FFFF */
	if ((s.p[0] == 0xe0 && s.p[1] < 0xa0) ||
	    (s.p[0] == 0xed && s.p[1] > 0x9f) ||
	    (s.p[0] == 0xf0 && s.p[1] < 0x90) ||
	    (s.p[0] == 0xf4 && s.p[1] > 0x8f))
		return 0;
	return n;
}

size_t spell_check(struct span s)
{
	if (s.n == 0)
		return 0;
	if (spell_is_plain(s.p[0]))
		return 1;
	if (s.p[0] == '\\')
		return check_escape(s);
	return s.p[0] >= 0x80 ? check_utf8(s) : 0;
}

static size_t put_utf8(uint32_t c, uint8_t *out)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

static size_t next_unicode(const uint8_t **p, uint8_t *out)
{
	int32_t unit = hex_four(*p + 2), low;

	*p += 6;
	if (!is_high(unit))
		return put_utf8((uint32_t)unit, out);
	low = hex_four(*p + 2);
	*p += 6;
	return put_utf8(0x10000 + ((uint32_t)(unit - 0xd800) << 10) +
		(uint32_t)(low - 0xdc00), out);
}

size_t spell_next(const uint8_t **p, uint8_t out[static 4])
{
	static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *letter;
	uint8_t c = **p;

	if (c != '\\') {
		out[0] = c;	/* UTF-8 passes byte by byte */
		(*p)++;
		return 1;
	}
	c = (*p)[1];
	if (c == 'u')
		return next_unicode(p, out);
	letter = strchr(letters, c);
	out[0] = letter ? (uint8_t)meant[letter - letters] : c;
	*p += 2;
	return 1;
}

/* The next decoded byte of a spelling; false at its end. */
struct spelling {
	const uint8_t *p, *end;
	bool escaped;	/* if not, a backslash is a backslash */
	uint8_t out[4];
	size_t n, used;
};

static bool next_byte(struct spelling *s, uint8_t *c)
{
	if (s->used == s->n) {
		if (s->p == s->end)
			return false;
		if (!s->escaped) {
			*c = *s->p++;
			return true;
		}
		s->n = spell_next(&s->p, s->out);
		s->used = 0;
	}
	*c = s->out[s->used++];
	return true;
}

bool spell_same(struct span a, bool a_escaped, struct span b, bool b_escaped)
{
	struct spelling x = {.p = a.p, .end = a.p + a.n,
	    .escaped = a_escaped};
	struct spelling y = {.p = b.p, .end = b.p + b.n,
	    .escaped = b_escaped};
	uint8_t c = 0, d = 0;

	if (!a_escaped && !b_escaped)
		return span_equal(a, b);
	for (;;) {
		bool more = next_byte(&x, &c);

		if (next_byte(&y, &d) != more)
			return false;
		if (!more)
			return true;
		if (c != d)
			return false;
	}
}
