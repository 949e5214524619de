/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/cover_sql.h"

static const struct store_sql list[] = {
	{offsetof(struct cover_sql, text),
	    "SELECT text FROM cover WHERE cell = $1 AND id = $2"},
	{offsetof(struct cover_sql, find),
	    "SELECT id, text FROM cover WHERE cell = $1 AND print = $2"},
	{offsetof(struct cover_sql, add),
	    "INSERT INTO cover (cell, id, gen_from, print, text)"
	    " VALUES ($1, $2, $3, $4, $5)"},
	{offsetof(struct cover_sql, undo),
	    "DELETE FROM cover WHERE cell = $1 AND gen_from = $2"},
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

/* Few texts share a print; those are compared. */
enum err cover_sql_find(
    struct cover_sql *q, uint32_t cell, struct span text, int64_t *ret)
{
	enum err e;

	store_bind_int(q->find, 1, cell);
	store_bind_int(q->find, 2, cover_print(text));
	while ((e = store_step(q->find)) == ERR_OK)
		if (span_equal(store_bytes(q->find, 1), text))
			break;
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
	store_bind_int(q->add, 4, cover_print(text));
	store_bind_bytes(q->add, 5, text);
	return store_run(q->add);
}

enum err cover_sql_undo(
    struct cover_sql *q, uint32_t cell, uint32_t generation)
{
	store_bind_int(q->undo, 1, cell);
	store_bind_int(q->undo, 2, generation);
	return store_run(q->undo);
}
