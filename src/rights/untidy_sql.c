/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/untidy_sql.h"

static const struct store_sql list[] = {
	{offsetof(struct untidy_sql, find),
	    "SELECT person, hints FROM untidy"
	    " WHERE cell = $1 AND person = $2"},
	{offsetof(struct untidy_sql, put),
	    "INSERT INTO untidy (cell, person, hints) VALUES ($1, $2, $3)"
	    " ON CONFLICT (cell, person) DO UPDATE SET hints = $3"},
	{offsetof(struct untidy_sql, note),
	    "INSERT INTO untidy (cell, person, hints) VALUES ($1, $2, $3)"
	    " ON CONFLICT (cell, person) DO NOTHING"},
	{offsetof(struct untidy_sql, next),
	    "SELECT person, hints FROM untidy"
	    " WHERE cell = $1 AND person > $2 ORDER BY person LIMIT 1"},
	{offsetof(struct untidy_sql, drop),
	    "DELETE FROM untidy WHERE cell = $1 AND person = $2"},
	{offsetof(struct untidy_sql, any),
	    "SELECT cell FROM untidy ORDER BY cell LIMIT 1"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

enum err untidy_sql_open(struct untidy_sql *q, struct store *s)
{
	return store_prepare_set(s, q, list, COUNT);
}

void untidy_sql_close(struct untidy_sql *q)
{
	store_finalize_set(q, list, COUNT);
}

static enum err read_row(struct store_stmt *q, uint32_t cell, int64_t person,
    struct untidy_row *ret)
{
	enum err e;

	store_bind_int(q, 1, cell);
	store_bind_int(q, 2, person);
	e = store_step(q);
	if (!e)
		e = hint_unpack(store_bytes(q, 1), &ret->hints);
	if (!e) {
		ret->cell = cell;
		ret->person = store_int(q, 0);
	}
	store_reset(q);
	return e;
}

enum err untidy_sql_find(struct untidy_sql *q, uint32_t cell, int64_t person,
    struct untidy_row *ret)
{
	return read_row(q->find, cell, person, ret);
}

enum err untidy_sql_next(struct untidy_sql *q, uint32_t cell, int64_t person,
    struct untidy_row *ret)
{
	return read_row(q->next, cell, person, ret);
}

enum err untidy_sql_put(struct untidy_sql *q, const struct untidy_row *row)
{
	uint8_t hints[HINT_BYTES];

	store_bind_int(q->put, 1, row->cell);
	store_bind_int(q->put, 2, row->person);
	store_bind_bytes(q->put, 3, hint_pack(&row->hints, hints));
	return store_run(q->put);
}

enum err untidy_sql_note(
    struct untidy_sql *q, uint32_t cell, int64_t person)
{
	store_bind_int(q->note, 1, cell);
	store_bind_int(q->note, 2, person);
	store_bind_bytes(q->note, 3, span_of(NULL, 0));
	return store_run(q->note);
}

enum err untidy_sql_drop(
    struct untidy_sql *q, uint32_t cell, int64_t person)
{
	store_bind_int(q->drop, 1, cell);
	store_bind_int(q->drop, 2, person);
	return store_run(q->drop);
}

enum err untidy_sql_any(struct untidy_sql *q, uint32_t *ret_cell)
{
	enum err e = store_step(q->any);

	if (!e)
		*ret_cell = (uint32_t)store_int(q->any, 0);
	store_reset(q->any);
	return e;
}
