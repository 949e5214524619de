/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "guard/late.h"

enum { HIGH, LOW, TIME_WORDS };

#define CAP_LEAST 4u

static size_t stride(const struct late *l)
{
	return TIME_WORDS + (size_t)l->key_words + l->extra_words;
}

static const uint32_t *row_at(const struct late *l, uint32_t nth)
{
	assert(nth < l->n);
	return l->rows + nth * stride(l);
}

void late_init(struct late *l, unsigned key_words, unsigned extra_words)
{
	*l = (struct late){.key_words = (uint8_t)key_words,
	    .extra_words = (uint8_t)extra_words};
}

void late_release(struct late *l)
{
	free(l->rows);
	late_init(l, l->key_words, l->extra_words);
}

enum err late_reserve(struct late *l)
{
	uint32_t cap = l->cap ? l->cap * 2 : CAP_LEAST;
	uint32_t *p;

	if (l->n < l->cap)
		return ERR_OK;
	p = reallocarray(l->rows, cap, stride(l) * sizeof(*p));
	if (!p)
		return ERR_NOMEM;
	l->rows = p;
	l->cap = cap;
	return ERR_OK;
}

void late_put(struct late *l, int64_t at_ms, const uint32_t *key,
    const uint32_t *extra)
{
	uint32_t *p = l->rows + l->n * stride(l);

	assert(l->n < l->cap);
	p[HIGH] = (uint32_t)((uint64_t)at_ms >> 32);
	p[LOW] = (uint32_t)at_ms;
	memcpy(p + TIME_WORDS, key, l->key_words * sizeof(*p));
	if (l->extra_words)
		memcpy(p + TIME_WORDS + l->key_words, extra,
		    l->extra_words * sizeof(*p));
	l->n++;
}

int64_t late_time(const struct late *l, uint32_t nth)
{
	const uint32_t *p = row_at(l, nth);

	return (int64_t)((uint64_t)p[HIGH] << 32 | (uint64_t)p[LOW]);
}

const uint32_t *late_key(const struct late *l, uint32_t nth)
{
	return row_at(l, nth) + TIME_WORDS;
}

size_t late_memory(const struct late *l)
{
	return l->cap * stride(l) * sizeof(*l->rows);
}
