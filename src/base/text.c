/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"

static const char b64_std[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char b64_url[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void text_hex(const void *p, size_t n, char *out)
{
	static const char digits[17] = "0123456789abcdef";
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * n] = '\0';
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err text_unhex(struct span in, void *out, size_t n)
{
	uint8_t *b = out;

	if (in.n != 2 * n)
		return ERR_SHAPE;
	for (size_t i = 0; i < in.n; i++)
		if (hex_value(in.p[i]) < 0)
			return ERR_SHAPE;
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(hex_value(in.p[2 * i]) << 4 |
		    hex_value(in.p[2 * i + 1]));
	return ERR_OK;
}

static size_t encode(
    const uint8_t *p, size_t n, char *out, const char *abc, bool pad)
{
	char *o = out;

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;

		if (have > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			v |= p[i + 2];
		for (size_t k = 0; k < have + 1; k++)
			*o++ = abc[v >> (18 - 6 * k) & 63];
		for (size_t k = have + 1; pad && k < 4; k++)
			*o++ = '=';
	}
	*o = '\0';
	return (size_t)(o - out);
}

size_t text_b64(const void *p, size_t n, char *out)
{
	return encode(p, n, out, b64_std, true);
}

size_t text_b64url(const void *p, size_t n, char *out)
{
	return encode(p, n, out, b64_url, false);
}

static int b64_value(uint8_t c, const char *abc)
{
	/* digit + 1 of the letters and numerals; 0: none of them */
	static const uint8_t of[256] = {
		['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
		['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
		40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
		['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62};

	if (of[c])
		return of[c] - 1;
	if (c == (uint8_t)abc[62])
		return 62;
	return c == (uint8_t)abc[63] ? 63 : -1;
}

/* Decodes digits without padding; in.n mod 4 is not 1. */
static enum err decode(
    struct span in, uint8_t *out, size_t max, size_t *ret_n, const char *abc)
{
	size_t n = in.n / 4 * 3 + (in.n % 4 ? in.n % 4 - 1 : 0);
	uint32_t v = 0;
	size_t o = 0;
	unsigned bits = 0;

	if (in.n % 4 == 1)
		return ERR_SHAPE;
	for (size_t i = 0; i < in.n; i++)
		if (b64_value(in.p[i], abc) < 0)
			return ERR_SHAPE;
	if (in.n % 4 == 2 && (b64_value(in.p[in.n - 1], abc) & 15))
		return ERR_SHAPE;
	if (in.n % 4 == 3 && (b64_value(in.p[in.n - 1], abc) & 3))
		return ERR_SHAPE;
	if (n > max)
		return ERR_LIMIT;
	for (size_t i = 0; i < in.n; i++) {
		v = v << 6 | (uint32_t)b64_value(in.p[i], abc);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[o++] = (uint8_t)(v >> bits);
		}
	}
	*ret_n = n;
	return ERR_OK;
}

enum err text_unb64(struct span in, void *out, size_t max, size_t *ret_n)
{
	if (in.n % 4 != 0)
		return ERR_SHAPE;
	for (int i = 0; i < 2 && in.n > 0 && in.p[in.n - 1] == '='; i++)
		in.n--;
	return decode(in, out, max, ret_n, b64_std);
}

enum err text_unb64url(struct span in, void *out, size_t max, size_t *ret_n)
{
	return decode(in, out, max, ret_n, b64_url);
}

enum err text_u64(struct span in, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (in.n == 0 || in.n > 20 || (in.n > 1 && in.p[0] == '0'))
		return ERR_SHAPE;
	for (size_t i = 0; i < in.n; i++) {
		uint64_t digit;

		if (in.p[i] < '0' || in.p[i] > '9')
			return ERR_SHAPE;
		digit = (uint64_t)(in.p[i] - '0');
		if (v > (UINT64_MAX - digit) / 10)
			return ERR_RANGE;
		v = v * 10 + digit;
	}
	if (v > max)
		return ERR_RANGE;
	*ret = v;
	return ERR_OK;
}

bool text_digits(struct span in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < '0' || in.p[i] > '9')
			return false;
	return in.n > 0;
}

enum err text_copy(struct span in, char *out, size_t size)
{
	if (in.n >= size)
		return ERR_LIMIT;
	if (in.n && memchr(in.p, '\0', in.n))
		return ERR_SHAPE;
	if (in.n)
		memcpy(out, in.p, in.n);
	out[in.n] = '\0';
	return ERR_OK;
}
