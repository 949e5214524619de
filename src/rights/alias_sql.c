/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/alias_sql.h"

static const struct store_sql list[] = {
	{offsetof(struct alias_sql, visible),
	    "SELECT number FROM alias WHERE cell = $1 AND tag = $2"
	    " AND gen_from <= $3 AND (gen_to = 0 OR gen_to > $3)"},
	{offsetof(struct alias_sql, current),
	    "SELECT number FROM alias WHERE cell = $1 AND tag = $2"
	    " AND gen_to = 0"},
	{offsetof(struct alias_sql, add),
	    "INSERT INTO alias"
	    " (cell, tag, gen_from, number, version, card, gen_to)"
	    " VALUES ($1, $2, $3, $4, $5, $6, 0)"},
	{offsetof(struct alias_sql, end),
	    "UPDATE alias SET gen_to = $3"
	    " WHERE cell = $1 AND tag = $2 AND gen_to = 0"},
	{offsetof(struct alias_sql, lives),
	    "SELECT 1 FROM alias WHERE cell = $1 AND tag >= $2"
	    " AND tag <= $3 AND number = $4 AND gen_to = 0 LIMIT 1"},
	{offsetof(struct alias_sql, end_hint),
	    "UPDATE alias SET gen_to = $5 WHERE cell = $1 AND tag >= $2"
	    " AND tag <= $3 AND number = $4 AND gen_to = 0"},
	{offsetof(struct alias_sql, purge_hint),
	    "DELETE FROM alias WHERE cell = $1 AND tag >= $2 AND tag <= $3"
	    " AND number = $4 AND gen_to > 0 AND gen_to <= $5"},
	{offsetof(struct alias_sql, bound),
	    "SELECT tag FROM alias WHERE cell = $1 AND tag >= $2"
	    " ORDER BY tag LIMIT 1 OFFSET $3"},
	{offsetof(struct alias_sql, undo_new),
	    "DELETE FROM alias WHERE cell = $1 AND tag >= $2 AND tag <= $3"
	    " AND gen_from = $4"},
	{offsetof(struct alias_sql, undo_end),
	    "UPDATE alias SET gen_to = 0 WHERE cell = $1 AND tag >= $2"
	    " AND tag <= $3 AND gen_to = $4"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

enum err alias_sql_open(struct alias_sql *q, struct store *s)
{
	return store_prepare_set(s, q, list, COUNT);
}

void alias_sql_close(struct alias_sql *q)
{
	store_finalize_set(q, list, COUNT);
}

static enum err read_number(struct store_stmt *q, int64_t *ret)
{
	enum err e = store_step(q);

	if (!e)
		*ret = store_int(q, 0);
	else if (e == ERR_UNKNOWN)
		*ret = 0;
	store_reset(q);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

enum err alias_sql_visible(struct alias_sql *q, uint32_t cell,
    const uint8_t tag[RIGHTS_TAG], uint32_t generation, int64_t *ret)
{
	store_bind_int(q->visible, 1, cell);
	store_bind_bytes(q->visible, 2, span_of(tag, RIGHTS_TAG));
	store_bind_int(q->visible, 3, generation);
	return read_number(q->visible, ret);
}

enum err alias_sql_current(struct alias_sql *q, uint32_t cell,
    const uint8_t tag[RIGHTS_TAG], int64_t *ret)
{
	store_bind_int(q->current, 1, cell);
	store_bind_bytes(q->current, 2, span_of(tag, RIGHTS_TAG));
	return read_number(q->current, ret);
}

enum err alias_sql_add(struct alias_sql *q, const struct alias_row *row)
{
	store_bind_int(q->add, 1, row->cell);
	store_bind_bytes(q->add, 2, span_of(row->tag, RIGHTS_TAG));
	store_bind_int(q->add, 3, row->generation);
	store_bind_int(q->add, 4, row->number);
	store_bind_int(q->add, 5, row->version);
	store_bind_int(q->add, 6, row->card);
	return store_run(q->add);
}

enum err alias_sql_end(struct alias_sql *q, uint32_t cell,
    const uint8_t tag[RIGHTS_TAG], uint32_t generation)
{
	store_bind_int(q->end, 1, cell);
	store_bind_bytes(q->end, 2, span_of(tag, RIGHTS_TAG));
	store_bind_int(q->end, 3, generation);
	return store_run(q->end);
}

struct range {
	uint8_t least[RIGHTS_TAG], most[RIGHTS_TAG];
};

/* $1 cell, $2 least and $3 most tag, $4 number; r lives until the reset. */
static void bind_hint(struct store_stmt *q, uint32_t cell, int64_t number,
    const struct hint *h, struct range *r)
{
	hint_range(h, r->least, r->most);
	store_bind_int(q, 1, cell);
	store_bind_bytes(q, 2, span_of(r->least, RIGHTS_TAG));
	store_bind_bytes(q, 3, span_of(r->most, RIGHTS_TAG));
	store_bind_int(q, 4, number);
}

enum err alias_sql_hint_lives(struct alias_sql *q, uint32_t cell,
    int64_t number, const struct hint *h, bool *ret)
{
	struct range r;
	enum err e;

	bind_hint(q->lives, cell, number, h, &r);
	e = store_step(q->lives);
	store_reset(q->lives);
	if (e && e != ERR_UNKNOWN)
		return e;
	*ret = !e;
	return ERR_OK;
}

enum err alias_sql_hint_end(struct alias_sql *q, uint32_t cell,
    int64_t number, const struct hint *h, uint32_t generation)
{
	struct range r;

	bind_hint(q->end_hint, cell, number, h, &r);
	store_bind_int(q->end_hint, 5, generation);
	return store_run(q->end_hint);
}

enum err alias_sql_hint_purge(struct alias_sql *q, uint32_t cell,
    int64_t number, const struct hint *h, uint32_t generation)
{
	struct range r;

	bind_hint(q->purge_hint, cell, number, h, &r);
	store_bind_int(q->purge_hint, 5, generation);
	return store_run(q->purge_hint);
}

/* The tag that closes the next stretch; the highest there is at the end. */
static enum err find_bound(struct alias_sql *q, uint32_t cell,
    const uint8_t *from, unsigned rows, uint8_t *ret, bool *ret_more)
{
	struct span tag;
	enum err e;

	store_bind_int(q->bound, 1, cell);
	store_bind_bytes(q->bound, 2, span_of(from, RIGHTS_TAG));
	store_bind_int(q->bound, 3, rows);
	e = store_step(q->bound);
	*ret_more = !e;
	tag = e ? span_of(NULL, 0) : store_bytes(q->bound, 0);
	if (tag.n == RIGHTS_TAG)
		memcpy(ret, tag.p, RIGHTS_TAG);
	else
		memset(ret, 0xff, RIGHTS_TAG);
	if (!e && tag.n != RIGHTS_TAG)
		e = ERR_CORRUPT;
	store_reset(q->bound);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static enum err run_stretch(struct store_stmt *q, uint32_t cell,
    const uint8_t *from, const uint8_t *to, uint32_t generation)
{
	store_bind_int(q, 1, cell);
	store_bind_bytes(q, 2, span_of(from, RIGHTS_TAG));
	store_bind_bytes(q, 3, span_of(to, RIGHTS_TAG));
	store_bind_int(q, 4, generation);
	return store_run(q);
}

enum err alias_sql_undo(struct alias_sql *q, uint32_t cell,
    uint32_t generation, uint8_t from[RIGHTS_TAG], unsigned rows,
    bool *ret_more)
{
	uint8_t to[RIGHTS_TAG];
	bool more = false;
	enum err e = find_bound(q, cell, from, rows, to, &more);

	if (!e)
		e = run_stretch(q->undo_new, cell, from, to, generation);
	if (!e)
		e = run_stretch(q->undo_end, cell, from, to, generation);
	if (e)
		return e;
	memcpy(from, to, RIGHTS_TAG);
	*ret_more = more;
	return ERR_OK;
}
