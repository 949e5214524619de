/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "rights/seen.h"

#define STEP 65536	/* bytes that the bits grow by at least */

void seen_init(struct seen *s)
{
	*s = (struct seen){NULL, 0};
}

void seen_release(struct seen *s)
{
	free(s->bits);
	seen_init(s);
}

/* By an eighth at least, so that the copies add up to a few times the end. */
static enum err grow(struct seen *s, size_t need)
{
	size_t size = s->size + s->size / 8 + STEP;
	uint8_t *bits;

	if (size < need)
		size = need + STEP;
	bits = realloc(s->bits, size);
	if (!bits)
		return ERR_NOMEM;
	memset(bits + s->size, 0, size - s->size);
	s->bits = bits;
	s->size = size;
	return ERR_OK;
}

enum err seen_add(struct seen *s, int64_t id)
{
	size_t at = (size_t)id / 8;
	enum err e = ERR_OK;

	if (id < 1 || id > SEEN_MOST)
		return ERR_LIMIT;
	if (at >= s->size)
		e = grow(s, at + 1);
	if (!e)
		s->bits[at] |= (uint8_t)(1u << (id % 8));
	return e;
}

bool seen_has(const struct seen *s, int64_t id)
{
	size_t at = (size_t)id / 8;

	return id >= 1 && at < s->size && (s->bits[at] >> (id % 8) & 1);
}
