/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/crc.h"

#define POLYNOMIAL UINT32_C(0x82f63b78)	/* 0x1edc6f41, bits reversed */

/* table[k][b]: what byte b does when k zero bytes follow it. */
void crc_init(struct crc *c)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t r = b;

		for (int bit = 0; bit < 8; bit++)
			r = r >> 1 ^ (r & 1 ? POLYNOMIAL : 0);
		c->table[0][b] = r;
	}
	for (int k = 1; k < 8; k++)
		for (uint32_t b = 0; b < 256; b++) {
			uint32_t r = c->table[k - 1][b];

			c->table[k][b] = r >> 8 ^ c->table[0][r & 0xff];
		}
}

/* Little-endian, whatever the machine's order: a CRC's bits run that way. */
static uint32_t load(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

uint32_t crc_of(const struct crc *c, uint32_t seed, struct span in)
{
	uint32_t r = ~seed;

	for (; in.n >= 8; in.p += 8, in.n -= 8) {
		uint32_t a = load(in.p) ^ r, b = load(in.p + 4);

		r = c->table[7][a & 0xff] ^ c->table[6][a >> 8 & 0xff] ^
		    c->table[5][a >> 16 & 0xff] ^ c->table[4][a >> 24] ^
		    c->table[3][b & 0xff] ^ c->table[2][b >> 8 & 0xff] ^
		    c->table[1][b >> 16 & 0xff] ^ c->table[0][b >> 24];
	}
	for (; in.n > 0; in.p++, in.n--)
		r = r >> 8 ^ c->table[0][(r ^ *in.p) & 0xff];
	return ~r;
}
