/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema's steps. Which ones are done stands in the store itself, by area,
 * because several domains keep their tables in one store.
 */
#include "store/backend.h"

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS migration ("
    "area :bytes NOT NULL, number :int NOT NULL, name :bytes NOT NULL,"
    "PRIMARY KEY (area, number)) :keyed";

static enum err check_list(const struct store_migration *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i].number != i + 1)
			return ERR_RANGE;
	return ERR_OK;
}

/* Are the steps done the first ones of the list? How many? */
static enum err read_done(struct store_stmt *q, const char *area,
    const struct store_migration *list, unsigned count, unsigned *ret)
{
	unsigned done = 0;
	enum err e;

	store_bind_bytes(q, 1, span_str(area));
	while ((e = store_step(q)) == ERR_OK) {
		if (done == count)
			e = ERR_STATE;
		else if (store_int(q, 0) != (int64_t)done + 1 ||
		    !span_is(store_bytes(q, 1), list[done].name))
			e = ERR_CORRUPT;
		if (e)
			break;
		done++;
	}
	store_reset(q);
	if (e == ERR_UNKNOWN)
		*ret = done;
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static enum err apply(struct store *s, struct store_stmt *record,
    const char *area, const struct store_migration *m)
{
	enum err e = s->back->define(s, m->sql);

	if (e)
		return e;
	store_bind_bytes(record, 1, span_str(area));
	store_bind_int(record, 2, m->number);
	store_bind_bytes(record, 3, span_str(m->name));
	return store_run(record);
}

enum err store_migrate(struct store *s, const char *area,
    const struct store_migration *list, unsigned count)
{
	struct store_stmt *done = NULL, *record = NULL;
	unsigned i = 0;
	enum err e = check_list(list, count);

	if (!e)
		e = store_begin(s, STORE_WRITE);
	if (e)
		return e;
	e = s->back->define(s, table_sql);
	if (!e)
		e = store_prepare(s, "SELECT number, name FROM migration"
		    " WHERE area = $1 ORDER BY number", &done);
	if (!e)
		e = store_prepare(s, "INSERT INTO migration"
		    " (area, number, name) VALUES ($1, $2, $3)", &record);
	if (!e)
		e = read_done(done, area, list, count, &i);
	for (; i < count && !e; i++)
		e = apply(s, record, area, &list[i]);
	store_finalize(done);
	store_finalize(record);
	if (!e)
		return store_commit(s);
	store_rollback(s);
	return e;
}
