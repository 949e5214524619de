/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/huge.h"
#include "msg/rights.h"
#include "rights/sieve.h"

#define BLOCK 64		/* bytes that one tag touches */
#define BLOCK_BITS (BLOCK * 8)
#define BITS_EACH 12
#define PROBES 7		/* of nine bits each, out of 64 */

enum err sieve_new(uint64_t most, struct sieve *ret)
{
	ret->count = most * BITS_EACH / BLOCK_BITS + 1;
	ret->blocks = huge_calloc(ret->count, BLOCK);
	if (ret->blocks)
		return ERR_OK;
	ret->count = 0;
	return ERR_NOMEM;
}

void sieve_release(struct sieve *s)
{
	free(s->blocks);
	*s = (struct sieve){NULL, 0};
}

/* Two words of bits that are as good as random: tags are, and the numbers
 * that stand among them are too; the padding of a number is not. */
static uint8_t *place_of(
    const struct sieve *s, struct span tag, uint64_t *bits)
{
	uint8_t padded[RIGHTS_TAG] = {0};
	unsigned __int128 wide;
	uint64_t a, b;

	memcpy(padded, tag.p, tag.n);
	a = get_be64(padded);
	b = get_be64(padded + 8) + tag.n;
	*bits = (a ^ (b << 1)) * UINT64_C(0x9e3779b97f4a7c15);
	*bits ^= *bits >> 29;
	/* ascending with the tag, so that tags in order fill it in order */
	wide = (unsigned __int128)a * s->count;
	return s->blocks + (uint64_t)(wide >> 64) * BLOCK;
}

void sieve_add(struct sieve *s, struct span tag)
{
	uint64_t bits;
	uint8_t *p = place_of(s, tag, &bits);

	for (int i = 0; i < PROBES; i++, bits >>= 9)
		p[bits % BLOCK_BITS / 8] |= (uint8_t)(1u << bits % 8);
}

bool sieve_has(const struct sieve *s, struct span tag)
{
	uint64_t bits;
	const uint8_t *p = place_of(s, tag, &bits);

	for (int i = 0; i < PROBES; i++, bits >>= 9)
		if (!(p[bits % BLOCK_BITS / 8] & (1u << bits % 8)))
			return false;
	return true;
}

void sieve_expect(const struct sieve *s, struct span tag)
{
	uint64_t bits;

	__builtin_prefetch(place_of(s, tag, &bits));
}
