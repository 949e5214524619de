/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/cover_sql.h"

static const struct store_sql list[] = {
	{offsetof(struct cover_sql, text),
	    "SELECT text FROM cover WHERE cell = $1 AND id = $2"},
	{offsetof(struct cover_sql, find),
	    "SELECT id FROM cover WHERE cell = $1 AND text = $2"},
	{offsetof(struct cover_sql, add),
	    "INSERT INTO cover (cell, id, gen_from, text)"
	    " VALUES ($1, $2, $3, $4)"},
	{offsetof(struct cover_sql, bound),
	    "SELECT id FROM cover WHERE cell = $1 AND id >= $2"
	    " ORDER BY id LIMIT 1 OFFSET $3"},
	{offsetof(struct cover_sql, undo),
	    "DELETE FROM cover WHERE cell = $1 AND id >= $2 AND id <= $3"
	    " AND gen_from = $4"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

enum err cover_sql_open(struct cover_sql *q, struct store *s)
{
	return store_prepare_set(s, q, list, COUNT);
}

void cover_sql_close(struct cover_sql *q)
{
	store_finalize_set(q, list, COUNT);
}

enum err cover_sql_text(
    struct cover_sql *q, uint32_t cell, int64_t id, struct buf *out)
{
	enum err e;

	store_bind_int(q->text, 1, cell);
	store_bind_int(q->text, 2, id);
	e = store_step(q->text);
	if (!e) {
		buf_put_span(out, store_bytes(q->text, 0));
		e = out->err;
	}
	store_reset(q->text);
	return e;
}

enum err cover_sql_find(
    struct cover_sql *q, uint32_t cell, struct span text, int64_t *ret)
{
	enum err e;

	store_bind_int(q->find, 1, cell);
	store_bind_bytes(q->find, 2, text);
	e = store_step(q->find);
	if (!e)
		*ret = store_int(q->find, 0);
	store_reset(q->find);
	return e;
}

enum err cover_sql_add(struct cover_sql *q, uint32_t cell, int64_t id,
    uint32_t generation, struct span text)
{
	store_bind_int(q->add, 1, cell);
	store_bind_int(q->add, 2, id);
	store_bind_int(q->add, 3, generation);
	store_bind_bytes(q->add, 4, text);
	return store_run(q->add);
}

static enum err find_bound(struct cover_sql *q, uint32_t cell, int64_t from,
    unsigned rows, int64_t *ret, bool *ret_more)
{
	enum err e;

	store_bind_int(q->bound, 1, cell);
	store_bind_int(q->bound, 2, from);
	store_bind_int(q->bound, 3, rows);
	e = store_step(q->bound);
	*ret_more = !e;
	*ret = e ? INT64_MAX : store_int(q->bound, 0);
	store_reset(q->bound);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

enum err cover_sql_undo(struct cover_sql *q, uint32_t cell,
    uint32_t generation, int64_t *from, unsigned rows, bool *ret_more)
{
	bool more = false;
	int64_t to = 0;
	enum err e = find_bound(q, cell, *from, rows, &to, &more);

	if (e)
		return e;
	store_bind_int(q->undo, 1, cell);
	store_bind_int(q->undo, 2, *from);
	store_bind_int(q->undo, 3, to);
	store_bind_int(q->undo, 4, generation);
	e = store_run(q->undo);
	if (e)
		return e;
	*from = to;
	*ret_more = more;
	return ERR_OK;
}
