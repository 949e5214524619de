/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/compact.h"

/* Bytes of the separator that s begins with; 0 if it begins with none. */
static size_t separator(struct span s)
{
	const uint8_t *p = s.p;

	if (p[0] == ' ' || p[0] == '.')
		return 1;
	if (s.n >= 2 && p[0] == 0xc2 && p[1] == 0xa0)
		return 2;
	if (s.n < 3)
		return 0;
	if (p[0] == 0xe2 && p[1] == 0x80 &&
	    ((p[2] >= 0x80 && p[2] <= 0x8a) || p[2] == 0xaf))
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] == 0x9f)
		return 3;
	if (p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80)
		return 3;
	return 0;
}

static bool is_white(uint8_t c)
{
	return c >= '\t' && c <= '\r';
}

static void put(struct compact *out, uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	if (out->kept < COMPACT_MAX)
		out->text[out->kept++] = (char)c;
	out->n++;
}

struct compact compact_id(struct span in)
{
	struct compact out = { .n = 0 };
	size_t white = 0;	/* seen, not yet known as inner */

	while (in.n > 0) {
		size_t skip = separator(in);

		if (skip == 0) {
			skip = 1;
			if (is_white(in.p[0])) {
				white += out.n > 0;
			} else {
				for (; white > 0; white--)
					put(&out, '\t');
				put(&out, in.p[0]);
			}
		}
		in.p += skip;
		in.n -= skip;
	}
	return out;
}

bool compact_is_digits(const struct compact *c)
{
	for (size_t i = 0; i < c->kept; i++)
		if (c->text[i] < '0' || c->text[i] > '9')
			return false;
	return true;
}
