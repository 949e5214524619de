/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/alias_sql.h"

#define ADD                                                                   \
	"INSERT INTO alias (cell, tag, gen_from, person, version, card,"      \
	" gen_to) VALUES ($1, $4, $2, $5, $3, $6, 0)"

/* With that of ADD, ALIAS_MANY rows. */
#define ROW(tag, person, card)                                                \
	", ($1, $" #tag ", $2, $" #person ", $3, $" #card ", 0)"
#define ROWS_7                                                                \
	ROW(7, 8, 9) ROW(10, 11, 12) ROW(13, 14, 15) ROW(16, 17, 18)          \
	ROW(19, 20, 21) ROW(22, 23, 24) ROW(25, 26, 27)
#define ROWS_8                                                                \
	ROW(28, 29, 30) ROW(31, 32, 33) ROW(34, 35, 36) ROW(37, 38, 39)       \
	ROW(40, 41, 42) ROW(43, 44, 45) ROW(46, 47, 48) ROW(49, 50, 51)
#define ROWS_16                                                               \
	ROW(52, 53, 54) ROW(55, 56, 57) ROW(58, 59, 60) ROW(61, 62, 63)       \
	ROW(64, 65, 66) ROW(67, 68, 69) ROW(70, 71, 72) ROW(73, 74, 75)       \
	ROW(76, 77, 78) ROW(79, 80, 81) ROW(82, 83, 84) ROW(85, 86, 87)       \
	ROW(88, 89, 90) ROW(91, 92, 93) ROW(94, 95, 96) ROW(97, 98, 99)

static const struct store_sql list[] = {
	{offsetof(struct alias_sql, visible),
	    "SELECT person FROM alias WHERE cell = $1 AND tag = $2"
	    " AND gen_from <= $3 AND (gen_to = 0 OR gen_to > $3)"},
	{offsetof(struct alias_sql, current),
	    "SELECT person FROM alias WHERE cell = $1 AND tag = $2"
	    " AND gen_to = 0"},
	{offsetof(struct alias_sql, taken),
	    "SELECT person FROM alias WHERE cell = $1 AND tag = $2 LIMIT 1"},
	{offsetof(struct alias_sql, add),
	    ADD},
	{offsetof(struct alias_sql, add_many),
	    ADD ROWS_7 ROWS_8 ROWS_16},
	{offsetof(struct alias_sql, end),
	    "UPDATE alias SET gen_to = $3"
	    " WHERE cell = $1 AND tag = $2 AND gen_to = 0"},
	{offsetof(struct alias_sql, lives),
	    "SELECT person FROM alias WHERE cell = $1 AND tag >= $2"
	    " AND tag <= $3 AND person = $4 AND gen_to = 0 LIMIT 1"},
	{offsetof(struct alias_sql, end_hint),
	    "UPDATE alias SET gen_to = $5 WHERE cell = $1 AND tag >= $2"
	    " AND tag <= $3 AND person = $4 AND gen_to = 0"},
	{offsetof(struct alias_sql, purge_hint),
	    "DELETE FROM alias WHERE cell = $1 AND tag >= $2 AND tag <= $3"
	    " AND person = $4 AND gen_to > 0 AND gen_to <= $5"},
	{offsetof(struct alias_sql, drop),
	    "DELETE FROM alias WHERE cell = $1 AND tag = $2"},
	{offsetof(struct alias_sql, drop_hint),
	    "DELETE FROM alias WHERE cell = $1 AND tag >= $2 AND tag <= $3"
	    " AND person = $4 AND tag <> $5"},
	{offsetof(struct alias_sql, bound),
	    "SELECT tag FROM alias WHERE cell = $1 AND tag >= $2"
	    " ORDER BY tag LIMIT 1 OFFSET $3"},
	{offsetof(struct alias_sql, undo_new),
	    "DELETE FROM alias WHERE cell = $1 AND tag >= $2 AND tag <= $3"
	    " AND gen_from = $4"},
	{offsetof(struct alias_sql, undo_end),
	    "UPDATE alias SET gen_to = 0 WHERE cell = $1 AND tag >= $2"
	    " AND tag <= $3 AND gen_to = $4"},
	{offsetof(struct alias_sql, page),
	    "SELECT tag FROM alias WHERE cell = $1 AND tag > $2"
	    " ORDER BY tag LIMIT $3"},
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

static void bind_tag(struct store_stmt *q, uint32_t cell, struct span tag)
{
	store_bind_int(q, 1, cell);
	store_bind_bytes(q, 2, tag);
}

static enum err read_person(struct store_stmt *q, int64_t *ret)
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
    struct span tag, uint32_t generation, int64_t *ret)
{
	bind_tag(q->visible, cell, tag);
	store_bind_int(q->visible, 3, generation);
	return read_person(q->visible, ret);
}

enum err alias_sql_current(
    struct alias_sql *q, uint32_t cell, struct span tag, int64_t *ret)
{
	bind_tag(q->current, cell, tag);
	return read_person(q->current, ret);
}

enum err alias_sql_taken(
    struct alias_sql *q, uint32_t cell, struct span tag, bool *ret)
{
	int64_t person = 0;
	enum err e;

	bind_tag(q->taken, cell, tag);
	e = read_person(q->taken, &person);
	if (!e)
		*ret = person != 0;
	return e;
}

static enum err add(struct store_stmt *q, const struct alias_feed *feed,
    const struct fresh_entry *rows, unsigned count)
{
	store_bind_int(q, 1, feed->cell);
	store_bind_int(q, 2, feed->generation);
	store_bind_int(q, 3, feed->version);
	for (unsigned i = 0; i < count; i++) {
		store_bind_bytes(q, 4 + i * 3, span_of(rows[i].tag, rows[i].n));
		store_bind_int(q, 5 + i * 3, rows[i].person);
		store_bind_int(q, 6 + i * 3, rows[i].card);
	}
	return store_run(q);
}

enum err alias_sql_add(struct alias_sql *q, const struct alias_feed *feed,
    const struct fresh_entry *rows, unsigned count)
{
	enum err e = ERR_OK;

	for (; count >= ALIAS_MANY && !e; count -= ALIAS_MANY) {
		e = add(q->add_many, feed, rows, ALIAS_MANY);
		rows += ALIAS_MANY;
	}
	for (; count > 0 && !e; count--)
		e = add(q->add, feed, rows++, 1);
	return e;
}

enum err alias_sql_end(struct alias_sql *q, uint32_t cell, struct span tag,
    uint32_t generation)
{
	bind_tag(q->end, cell, tag);
	store_bind_int(q->end, 3, generation);
	return store_run(q->end);
}

static enum err read_tag(struct store_stmt *q, struct alias_at *ret)
{
	struct span tag = store_bytes(q, 0);

	if (tag.n == 0 || tag.n > sizeof(ret->tag))
		return ERR_CORRUPT;
	ret->n = (uint8_t)tag.n;
	memcpy(ret->tag, tag.p, tag.n);
	return ERR_OK;
}

enum err alias_sql_page(struct alias_sql *q, uint32_t cell,
    struct alias_at *at, unsigned rows, struct sieve *set, bool *ret_more)
{
	struct alias_at last = *at;
	unsigned n = 0;
	enum err e;

	bind_tag(q->page, cell, span_of(at->tag, at->n));
	store_bind_int(q->page, 3, rows);
	while ((e = store_step(q->page)) == ERR_OK) {
		e = read_tag(q->page, &last);
		if (e)
			break;
		sieve_add(set, span_of(last.tag, last.n));
		n++;
	}
	store_reset(q->page);
	if (e != ERR_UNKNOWN)
		return e;
	*at = last;
	*ret_more = n == rows;
	return ERR_OK;
}

struct range {
	uint8_t least[RIGHTS_TAG], most[RIGHTS_TAG];
};

/* $1 cell, $2 least and $3 most tag, $4 person; r lives until the reset. */
static void bind_hint(struct store_stmt *q, uint32_t cell, int64_t person,
    const struct hint *h, struct range *r)
{
	hint_range(h, r->least, r->most);
	store_bind_int(q, 1, cell);
	store_bind_bytes(q, 2, span_of(r->least, RIGHTS_TAG));
	store_bind_bytes(q, 3, span_of(r->most, RIGHTS_TAG));
	store_bind_int(q, 4, person);
}

enum err alias_sql_hint_lives(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, bool *ret)
{
	struct range r;
	int64_t found = 0;
	enum err e;

	bind_hint(q->lives, cell, person, h, &r);
	e = read_person(q->lives, &found);
	if (!e)
		*ret = found != 0;
	return e;
}

enum err alias_sql_hint_end(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, uint32_t generation)
{
	struct range r;

	bind_hint(q->end_hint, cell, person, h, &r);
	store_bind_int(q->end_hint, 5, generation);
	return store_run(q->end_hint);
}

enum err alias_sql_hint_purge(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, uint32_t generation)
{
	struct range r;

	bind_hint(q->purge_hint, cell, person, h, &r);
	store_bind_int(q->purge_hint, 5, generation);
	return store_run(q->purge_hint);
}

enum err alias_sql_drop(
    struct alias_sql *q, uint32_t cell, struct span tag)
{
	bind_tag(q->drop, cell, tag);
	return store_run(q->drop);
}

enum err alias_sql_hint_drop(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, struct span but)
{
	struct range r;

	bind_hint(q->drop_hint, cell, person, h, &r);
	store_bind_bytes(q->drop_hint, 5, but);
	return store_run(q->drop_hint);
}

/* The tag that closes the next stretch; a highest one at the end. */
static enum err find_bound(struct alias_sql *q, uint32_t cell,
    const struct alias_at *from, unsigned rows, struct alias_at *ret,
    bool *ret_more)
{
	enum err e;

	bind_tag(q->bound, cell, span_of(from->tag, from->n));
	store_bind_int(q->bound, 3, rows);
	e = store_step(q->bound);
	*ret_more = !e;
	ret->n = sizeof(ret->tag);
	memset(ret->tag, 0xff, sizeof(ret->tag));
	if (!e)
		e = read_tag(q->bound, ret);
	store_reset(q->bound);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static enum err run_stretch(struct store_stmt *q, uint32_t cell,
    const struct alias_at *from, const struct alias_at *to,
    uint32_t generation)
{
	bind_tag(q, cell, span_of(from->tag, from->n));
	store_bind_bytes(q, 3, span_of(to->tag, to->n));
	store_bind_int(q, 4, generation);
	return store_run(q);
}

enum err alias_sql_undo(struct alias_sql *q, uint32_t cell,
    uint32_t generation, struct alias_at *from, unsigned rows,
    bool *ret_more)
{
	struct alias_at to;
	bool more = false;
	enum err e = find_bound(q, cell, from, rows, &to, &more);

	if (!e)
		e = run_stretch(q->undo_new, cell, from, &to, generation);
	if (!e)
		e = run_stretch(q->undo_end, cell, from, &to, generation);
	if (e)
		return e;
	*from = to;
	*ret_more = more;
	return ERR_OK;
}
