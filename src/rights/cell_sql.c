/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/cell_sql.h"

static const struct store_sql list[] = {
	{offsetof(struct cell_sql, find),
	    "SELECT generation, staged, effective_day, next_person,"
	    " next_right, next_cover, feed, made, version, purged FROM cell"
	    " WHERE cell = $1"},
	{offsetof(struct cell_sql, put),
	    "INSERT INTO cell (cell, generation, staged, effective_day,"
	    " next_person, next_right, next_cover, feed, made, version,"
	    " purged)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
	    " ON CONFLICT (cell) DO UPDATE SET generation = $2, staged = $3,"
	    " effective_day = $4, next_person = $5, next_right = $6,"
	    " next_cover = $7, feed = $8, made = $9, version = $10,"
	    " purged = $11"},
	{offsetof(struct cell_sql, each),
	    "SELECT cell, generation FROM cell ORDER BY cell"},
	{offsetof(struct cell_sql, staged),
	    "SELECT cell FROM cell WHERE staged <> 0 ORDER BY cell LIMIT 1"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

enum err cell_sql_open(struct cell_sql *q, struct store *s)
{
	return store_prepare_set(s, q, list, COUNT);
}

void cell_sql_close(struct cell_sql *q)
{
	store_finalize_set(q, list, COUNT);
}

enum err cell_sql_find(
    struct cell_sql *q, uint32_t cell, struct cell_row *ret)
{
	struct span feed;
	enum err e;

	store_bind_int(q->find, 1, cell);
	e = store_step(q->find);
	if (!e) {
		ret->cell = cell;
		ret->generation = (uint32_t)store_int(q->find, 0);
		ret->staged = (uint32_t)store_int(q->find, 1);
		ret->effective_day = (int32_t)store_int(q->find, 2);
		ret->next_person = store_int(q->find, 3);
		ret->next_right = store_int(q->find, 4);
		ret->next_cover = store_int(q->find, 5);
		feed = store_bytes(q->find, 6);
		ret->made_ms = store_int(q->find, 7);
		ret->version = (uint8_t)store_int(q->find, 8);
		ret->purged_day = (int32_t)store_int(q->find, 9);
		memset(ret->feed, 0, sizeof(ret->feed));
		if (feed.n == sizeof(ret->feed))
			memcpy(ret->feed, feed.p, feed.n);
	}
	store_reset(q->find);
	return e;
}

enum err cell_sql_put(struct cell_sql *q, const struct cell_row *row)
{
	store_bind_int(q->put, 1, row->cell);
	store_bind_int(q->put, 2, row->generation);
	store_bind_int(q->put, 3, row->staged);
	store_bind_int(q->put, 4, row->effective_day);
	store_bind_int(q->put, 5, row->next_person);
	store_bind_int(q->put, 6, row->next_right);
	store_bind_int(q->put, 7, row->next_cover);
	store_bind_bytes(q->put, 8, span_of(row->feed, sizeof(row->feed)));
	store_bind_int(q->put, 9, row->made_ms);
	store_bind_int(q->put, 10, row->version);
	store_bind_int(q->put, 11, row->purged_day);
	return store_run(q->put);
}

enum err cell_sql_staged(struct cell_sql *q, uint32_t *ret_cell)
{
	enum err e = store_step(q->staged);

	if (!e)
		*ret_cell = (uint32_t)store_int(q->staged, 0);
	store_reset(q->staged);
	return e;
}

enum err cell_sql_each(struct cell_sql *q, struct buf *out)
{
	enum err e;

	while (!(e = store_step(q->each))) {
		buf_put_u32(out, (uint32_t)store_int(q->each, 0));
		buf_put_u32(out, (uint32_t)store_int(q->each, 1));
	}
	store_reset(q->each);
	return e == ERR_UNKNOWN ? out->err : e;
}
