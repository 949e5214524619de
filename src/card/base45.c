/* SPDX-License-Identifier: Apache-2.0 */
#include "card/base45.h"

#define BASE 45U

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/* The characters of v, least significant first (RFC 9285 §4). */
static void put_group(struct buf *out, unsigned v, size_t n)
{
	for (; n > 0; n--) {
		buf_put_u8(out, (uint8_t)alphabet[v % BASE]);
		v /= BASE;
	}
}

void base45_encode(struct span in, struct buf *out)
{
	size_t i = 0;

	for (; i + 1 < in.n; i += 2)
		put_group(out, get_be16(in.p + i), 3);
	if (i < in.n)
		put_group(out, in.p[i], 2);
}

/* What n characters are worth, or -1 if one is not of the alphabet. */
static long group_value(const uint8_t *p, size_t n)
{
	long v = 0;

	for (size_t i = n; i > 0; i--) {
		const char *at = p[i - 1] != '\0' ?
		    strchr(alphabet, p[i - 1]) : NULL;

		if (at == NULL)
			return -1;
		v = v * (long)BASE + (at - alphabet);
	}
	return v;
}

enum err base45_decode(
    struct span in, uint8_t *out, size_t max, size_t *ret_n)
{
	size_t n = 0;

	if (in.n % 3 == 1)
		return ERR_SHAPE;
	for (size_t i = 0; i < in.n; i += 3) {
		size_t chars = in.n - i < 3 ? 2 : 3, bytes = chars - 1;
		long v = group_value(in.p + i, chars);

		if (v < 0 || v > (bytes == 2 ? 0xffff : 0xff))
			return ERR_SHAPE;
		if (bytes > max - n)
			return ERR_LIMIT;
		if (bytes == 2)
			out[n++] = (uint8_t)(v >> 8);
		out[n++] = (uint8_t)(v & 0xff);
	}
	*ret_n = n;
	return ERR_OK;
}
