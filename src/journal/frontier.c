/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "journal/frontier.h"

/* Up to so many tiles are flushed one by one: flushing the whole file system
 * waits for what others wrote too. */
#define FLUSH_EACH 8

void frontier_init(struct frontier *f)
{
	memset(f, 0, sizeof(*f));
}

void frontier_release(struct frontier *f)
{
	for (unsigned l = 0; l < TILE_LEVELS; l++)
		free(f->level[l].hash);
	frontier_init(f);
}

static enum err reserve(struct frontier_level *l, size_t n)
{
	size_t cap = l->cap ? l->cap : TILE_WIDTH;
	void *grown;

	while (cap < l->n + n)
		cap *= 2;
	if (cap == l->cap)
		return ERR_OK;
	grown = realloc(l->hash, cap * HASH_SIZE);
	if (!grown)
		return ERR_NOMEM;
	l->hash = grown;
	l->cap = cap;
	return ERR_OK;
}

enum err frontier_reserve(struct frontier *f, size_t n)
{
	enum err e = ERR_OK;

	for (unsigned l = 0; l < TILE_LEVELS && !e; l++) {
		e = reserve(&f->level[l], n);
		n = n / TILE_WIDTH + 1;
	}
	return e;
}

/* A tree_sink: every eighth level of the tree is a level of tiles. */
static void take(
    void *ctx, unsigned level, const uint8_t hash[static HASH_SIZE])
{
	struct frontier *f = ctx;
	struct frontier_level *l;

	if (level % TILE_HEIGHT != 0)
		return;
	assert(level / TILE_HEIGHT < TILE_LEVELS);
	l = &f->level[level / TILE_HEIGHT];
	assert(l->n < l->cap);
	memcpy(l->hash[l->n++], hash, HASH_SIZE);
}

void frontier_append(
    struct frontier *f, const uint8_t leaf_hash[static HASH_SIZE])
{
	const struct tree_sink sink = {take, f};

	tree_edge_append(&f->edge, leaf_hash, &sink);
}

/* The partial tile of one level. */
static enum err load_level(struct frontier_level *l, const char *folder,
    unsigned level, uint64_t size)
{
	uint64_t n = tile_hashes(level, size);
	unsigned width = (unsigned)(n % TILE_WIDTH);
	struct tile t;
	enum err e = ERR_OK;

	l->first = n - width;
	if (width > 0)
		e = tile_read(folder, level, n / TILE_WIDTH, width, &t);
	if (!e)
		e = reserve(l, width);
	if (e || width == 0)
		return e;
	memcpy(l->hash, t.hash, (size_t)width * HASH_SIZE);
	l->n = width;
	return ERR_OK;
}

static enum err get_node(void *ctx, unsigned level, uint64_t index,
    uint8_t ret[static HASH_SIZE])
{
	const struct frontier *f = ctx;

	return frontier_node(f, level, index, ret);
}

enum err frontier_load(struct frontier *f, const char *folder, uint64_t size)
{
	const struct tree_nodes nodes = {get_node, f};
	enum err e = ERR_OK;

	for (unsigned l = 0; l < TILE_LEVELS && !e; l++)
		e = load_level(&f->level[l], folder, l, size);
	if (!e)
		e = tree_edge_load(&nodes, size, &f->edge);
	return e;
}

enum err frontier_node(const struct frontier *f, unsigned level,
    uint64_t index, uint8_t ret[static HASH_SIZE])
{
	unsigned at = level / TILE_HEIGHT, height = level % TILE_HEIGHT;
	uint64_t first = index << height, n = (uint64_t)1 << height;
	const struct frontier_level *l;
	uint8_t row[TILE_WIDTH / 2][HASH_SIZE];

	if (at >= TILE_LEVELS || index > UINT64_MAX >> height)
		return ERR_UNKNOWN;
	l = &f->level[at];
	/* no sum: the last index there is has none behind it */
	if (first < l->first || n > l->n || first - l->first > l->n - n)
		return ERR_UNKNOWN;
	memcpy(row, l->hash[first - l->first], n * HASH_SIZE);
	for (; n > 1; n /= 2)
		for (uint64_t i = 0; i < n / 2; i++)
			tree_node_hash(row[2 * i], row[2 * i + 1], row[i]);
	memcpy(ret, row[0], HASH_SIZE);
	return ERR_OK;
}

/* Tile nth of those a level holds. */
static enum err write_tile(const struct frontier_level *l, unsigned level,
    size_t nth, const char *folder, bool flush)
{
	struct tile t = {.level = level, .width = TILE_WIDTH,
	    .index = l->first / TILE_WIDTH + nth};

	if (l->n - nth * TILE_WIDTH < TILE_WIDTH)
		t.width = (unsigned)(l->n % TILE_WIDTH);
	memcpy(t.hash, l->hash[nth * TILE_WIDTH],
	    (size_t)t.width * HASH_SIZE);
	return tile_write(folder, &t, flush);
}

/* How many of the tiles that a level holds are to be written. */
static size_t new_tiles(
    const struct frontier_level *l, unsigned level, uint64_t published)
{
	bool grown = l->first + l->n > tile_hashes(level, published);

	return l->n / TILE_WIDTH + (grown && l->n % TILE_WIDTH > 0);
}

enum err frontier_write(
    const struct frontier *f, const char *folder, uint64_t published)
{
	size_t total = 0;
	bool each;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < TILE_LEVELS; i++)
		total += new_tiles(&f->level[i], i, published);
	each = total <= FLUSH_EACH;
	for (unsigned i = 0; i < TILE_LEVELS && !e; i++) {
		size_t n = new_tiles(&f->level[i], i, published);

		for (size_t t = 0; t < n && !e; t++)
			e = write_tile(&f->level[i], i, t, folder, each);
	}
	return e || each ? e : tile_flush(folder);
}

enum err frontier_copy(const struct frontier *of, struct frontier *ret)
{
	enum err e = ERR_OK;

	frontier_init(ret);
	ret->edge = of->edge;
	for (unsigned i = 0; i < TILE_LEVELS && !e; i++) {
		const struct frontier_level *l = &of->level[i];

		ret->level[i].first = l->first;
		if (l->n > 0)
			e = reserve(&ret->level[i], l->n);
		if (e || l->n == 0)
			continue;
		memcpy(ret->level[i].hash, l->hash, l->n * HASH_SIZE);
		ret->level[i].n = l->n;
	}
	if (e)
		frontier_release(ret);
	return e;
}

void frontier_settle(struct frontier *f, uint64_t size, const char *folder)
{
	for (unsigned i = 0; i < TILE_LEVELS; i++) {
		struct frontier_level *l = &f->level[i];
		uint64_t there = tile_hashes(i, size);
		size_t full = (size_t)(there - there % TILE_WIDTH - l->first);

		for (size_t t = 0; t < full / TILE_WIDTH; t++)
			tile_drop_partials(
			    folder, i, l->first / TILE_WIDTH + t);
		if (full == 0)
			continue;
		memmove(l->hash, l->hash[full],
		    (l->n - full) * HASH_SIZE);
		l->first += full;
		l->n -= full;
	}
}
