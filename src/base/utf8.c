/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* How many bytes a lead byte announces, and the bits it holds itself. */
static size_t lead(uint8_t b, uint32_t *bits)
{
	if (b < 0x80) {
		*bits = b;
		return 1;
	}
	if ((b & 0xe0) == 0xc0) {
		*bits = b & 0x1f;
		return 2;
	}
	if ((b & 0xf0) == 0xe0) {
		*bits = b & 0x0f;
		return 3;
	}
	if ((b & 0xf8) == 0xf0) {
		*bits = b & 0x07;
		return 4;
	}
	return 0;
}

enum err utf8_next(struct span *in, uint32_t *ret)
{
	/* the smallest code point of each length: less is overlong */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = 0;
	size_t n;

	if (in->n == 0)
		return ERR_SHAPE;
	n = lead(in->p[0], &c);
	if (n == 0 || n > in->n)
		return ERR_SHAPE;
	for (size_t i = 1; i < n; i++) {
		if ((in->p[i] & 0xc0) != 0x80)
			return ERR_SHAPE;
		c = c << 6 | (in->p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return ERR_SHAPE;
	in->p += n;
	in->n -= n;
	*ret = c;
	return ERR_OK;
}

bool utf8_is_valid(struct span text)
{
	uint32_t c;

	while (text.n > 0)
		if (utf8_next(&text, &c))
			return false;
	return true;
}

bool utf8_is_plain(struct span text)
{
	uint32_t c = 0;

	while (text.n > 0)
		if (utf8_next(&text, &c) || c < 0x20 ||
		    (c >= 0x7f && c < 0xa0))
			return false;
	return true;
}

bool utf8_is_space(uint32_t c)
{
	if ((c >= 0x09 && c <= 0x0d) || (c >= 0x2000 && c <= 0x200a))
		return true;
	switch (c) {
	case 0x20: case 0x85: case 0xa0: case 0x1680: case 0x2028:
	case 0x2029: case 0x202f: case 0x205f: case 0x3000:
		return true;
	default:
		return false;
	}
}
