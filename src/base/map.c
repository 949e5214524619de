/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/map.h"

struct map_cell {
	uint32_t value;
	uint8_t used, n;
	uint8_t key[MAP_KEY_MAX];
};

/* FNV-1a, 64 bits. */
static uint64_t hash(struct span key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * UINT64_C(0x100000001b3);
	return h ^ (h >> 29);
}

void map_init(struct map *m)
{
	*m = (struct map){0};
}

void map_release(struct map *m)
{
	free(m->cells);
	map_init(m);
}

/* The cell that holds key, or the free one where it belongs. */
static struct map_cell *seek(const struct map *m, struct span key)
{
	size_t i = (size_t)hash(key) & (m->size - 1);

	while (m->cells[i].used) {
		struct map_cell *c = &m->cells[i];

		if (c->n == key.n && memcmp(c->key, key.p, key.n) == 0)
			return c;
		i = (i + 1) & (m->size - 1);
	}
	return &m->cells[i];
}

static enum err grow(struct map *m)
{
	struct map wider = {.size = m->size ? m->size * 2 : 64};

	wider.cells = calloc(wider.size, sizeof(*wider.cells));
	if (!wider.cells)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->size; i++) {
		struct map_cell *c = &m->cells[i];

		if (c->used)
			*seek(&wider, span_of(c->key, c->n)) = *c;
	}
	wider.count = m->count;
	free(m->cells);
	*m = wider;
	return ERR_OK;
}

enum err map_reserve(struct map *m)
{
	return m->count * 4 >= m->size * 3 ? grow(m) : ERR_OK;
}

enum err map_put(struct map *m, struct span key, uint32_t value)
{
	struct map_cell *c;
	enum err e;

	if (key.n == 0 || key.n > MAP_KEY_MAX)
		return ERR_LIMIT;
	e = map_reserve(m);
	if (e)
		return e;
	c = seek(m, key);
	if (!c->used) {
		c->used = 1;
		c->n = (uint8_t)key.n;
		memcpy(c->key, key.p, key.n);
		m->count++;
	}
	c->value = value;
	return ERR_OK;
}

void map_expect(const struct map *m, struct span key)
{
	const uint8_t *at;

	if (m->size == 0)
		return;
	at = (const uint8_t *)&m->cells[hash(key) & (m->size - 1)];
	__builtin_prefetch(at);
	__builtin_prefetch(at + sizeof(struct map_cell) - 1);
}

bool map_find(const struct map *m, struct span key, uint32_t *ret)
{
	const struct map_cell *c;

	if (m->size == 0 || key.n == 0 || key.n > MAP_KEY_MAX)
		return false;
	c = seek(m, key);
	if (!c->used)
		return false;
	*ret = c->value;
	return true;
}
