/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/alias_old_sql.h"

#define ROUNDS 64	/* in one transaction */

struct old {
	struct store_stmt *page, *drop;
};

static const struct store_sql list[] = {
	{offsetof(struct old, page),
	    "SELECT cell, tag, gen_from, person, version, card, gen_to"
	    " FROM alias ORDER BY cell, tag, gen_from LIMIT $1"},
	{offsetof(struct old, drop),
	    "DELETE FROM alias WHERE cell = $1"
	    " AND (tag, gen_from) <= ($2, $3)"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

static enum err read_row(struct store_stmt *q, struct sheaf_row *ret)
{
	struct span tag = store_bytes(q, 1);

	if (!sheaf_takes(tag) || store_int(q, 3) > UINT32_MAX)
		return ERR_CORRUPT;
	*ret = (struct sheaf_row){.n = (uint8_t)tag.n,
		.gen_from = (uint32_t)store_int(q, 2),
		.person = (uint32_t)store_int(q, 3),
		.version = (uint8_t)store_int(q, 4),
		.card = store_int(q, 5) != 0,
		.gen_to = (uint32_t)store_int(q, 6)};
	memcpy(ret->tag, tag.p, tag.n);
	return ERR_OK;
}

/* The first rows of the first cell that has some. */
static enum err read_rows(struct store_stmt *q, uint32_t *ret_cell,
    struct sheaf_row *ret, unsigned *ret_count)
{
	unsigned n = 0;
	enum err e;

	store_bind_int(q, 1, ALIAS_MANY);
	while ((e = store_step(q)) == ERR_OK) {
		uint32_t cell = (uint32_t)store_int(q, 0);

		if (n > 0 && cell != *ret_cell)
			break;
		*ret_cell = cell;
		e = read_row(q, &ret[n++]);
		if (e)
			break;
	}
	store_reset(q);
	*ret_count = n;
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static enum err drop_rows(struct store_stmt *q, uint32_t cell,
    const struct sheaf_row *last)
{
	store_bind_int(q, 1, cell);
	store_bind_bytes(q, 2, span_of(last->tag, last->n));
	store_bind_int(q, 3, last->gen_from);
	return store_run(q);
}

static enum err move_some(
    struct old *q, struct alias_sql *to, bool *ret_more)
{
	struct sheaf_row rows[ALIAS_MANY];
	unsigned count = 0, met = 0;
	uint32_t cell = 0;
	enum err e = read_rows(q->page, &cell, rows, &count);

	if (!e && count > 0)
		e = alias_sql_add(to, cell, rows, count, &met);
	if (!e && count > 0)
		e = drop_rows(q->drop, cell, &rows[count - 1]);
	if (!e)
		*ret_more = count > 0;
	return e;
}

static enum err move_many(struct store *s, struct old *q,
    struct alias_sql *to, bool *ret_more)
{
	bool more = true;
	enum err e = store_begin(s, STORE_WRITE);

	if (e)
		return e;
	for (unsigned i = 0; i < ROUNDS && more && !e; i++)
		e = move_some(q, to, &more);
	if (e) {
		store_rollback(s);
		return e;
	}
	e = store_commit(s);
	if (!e)
		e = store_settle(s);
	*ret_more = more;
	return e;
}

static enum err has_rows(struct old *q, bool *ret)
{
	enum err e;

	store_bind_int(q->page, 1, 1);
	e = store_step(q->page);
	*ret = !e;
	store_reset(q->page);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

enum err alias_old_sql_move(struct store *s, struct alias_sql *to)
{
	struct old q;
	bool more = false;
	enum err e = store_prepare_set(s, &q, list, COUNT);

	if (e)
		return e;
	e = has_rows(&q, &more);
	while (more && !e)
		e = move_many(s, &q, to, &more);
	store_finalize_set(&q, list, COUNT);
	return e;
}
