/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/right_sql.h"

#define COLUMNS                                                               \
	"SELECT person, id, gen_from, cover, rank, from_day, to_day,"         \
	" closed_day, age_class, age_change FROM rights WHERE cell = $1"

#define ADD                                                                   \
	"INSERT INTO rights (cell, person, id, gen_from, gen_to, cover,"      \
	" rank, from_day, to_day, closed_day, age_class, age_change)"         \
	" VALUES ($1, $3, $4, $2, 0, $5, $6, $7, $8, $9, $10, $11)"
/* With that of ADD, RIGHT_MANY rows. */
#define ROW(person, id, cover, rank, from, to, closed, class, change)           \
	", ($1, $" #person ", $" #id ", $2, 0, $" #cover ", $" #rank          \
	", $" #from ", $" #to ", $" #closed ", $" #class ", $" #change ")"
#define ROWS                                                                  \
	ROW(12, 13, 14, 15, 16, 17, 18, 19, 20)                               \
	ROW(21, 22, 23, 24, 25, 26, 27, 28, 29)                               \
	ROW(30, 31, 32, 33, 34, 35, 36, 37, 38)                               \
	ROW(39, 40, 41, 42, 43, 44, 45, 46, 47)                               \
	ROW(48, 49, 50, 51, 52, 53, 54, 55, 56)                               \
	ROW(57, 58, 59, 60, 61, 62, 63, 64, 65)                               \
	ROW(66, 67, 68, 69, 70, 71, 72, 73, 74)

static const struct store_sql list[] = {
	{offsetof(struct right_sql, visible),
	    COLUMNS " AND person = $2 AND gen_from <= $3"
	    " AND (gen_to = 0 OR gen_to > $3) ORDER BY id"},
	{offsetof(struct right_sql, current),
	    COLUMNS " AND person = $2 AND gen_to = 0 ORDER BY id"},
	{offsetof(struct right_sql, page),
	    COLUMNS " AND (person, id) > ($2, $3) AND person <= $5"
	    " AND gen_to = 0 ORDER BY person, id LIMIT $4"},
	{offsetof(struct right_sql, add),
	    ADD},
	{offsetof(struct right_sql, add_many),
	    ADD ROWS},
	{offsetof(struct right_sql, end),
	    "UPDATE rights SET gen_to = $4"
	    " WHERE cell = $1 AND person = $2 AND id = $3"},
	{offsetof(struct right_sql, purge),
	    "DELETE FROM rights WHERE cell = $1 AND person = $2"
	    " AND gen_to > 0 AND gen_to <= $3"},
	{offsetof(struct right_sql, drop),
	    "DELETE FROM rights WHERE cell = $1 AND person = $2 AND id = $3"},
	{offsetof(struct right_sql, bound),
	    "SELECT person FROM rights WHERE cell = $1 AND person >= $2"
	    " ORDER BY person LIMIT 1 OFFSET $3"},
	{offsetof(struct right_sql, undo_new),
	    "DELETE FROM rights WHERE cell = $1 AND person >= $2"
	    " AND person <= $3 AND gen_from = $4"},
	{offsetof(struct right_sql, undo_end),
	    "UPDATE rights SET gen_to = 0 WHERE cell = $1"
	    " AND person >= $2 AND person <= $3 AND gen_to = $4"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

enum err right_sql_open(struct right_sql *q, struct store *s)
{
	return store_prepare_set(s, q, list, COUNT);
}

void right_sql_close(struct right_sql *q)
{
	store_finalize_set(q, list, COUNT);
}

static void bind_person(struct store_stmt *q, uint32_t cell, int64_t person)
{
	store_bind_int(q, 1, cell);
	store_bind_int(q, 2, person);
}

static void read_row(
    struct store_stmt *q, uint32_t cell, struct right_row *ret)
{
	ret->cell = cell;
	ret->person = store_int(q, 0);
	ret->id = store_int(q, 1);
	ret->generation = (uint32_t)store_int(q, 2);
	ret->cover = store_int(q, 3);
	ret->order = (uint8_t)store_int(q, 4);
	ret->from_day = (int32_t)store_int(q, 5);
	ret->to_day = (int32_t)store_int(q, 6);
	ret->closed_day = (int32_t)store_int(q, 7);
	ret->age_class = (uint8_t)store_int(q, 8);
	ret->age_change = (uint32_t)store_int(q, 9);
}

static enum err read_rows(struct store_stmt *q, uint32_t cell,
    struct right_row *ret, unsigned most, unsigned *ret_count)
{
	unsigned n = 0;
	enum err e;

	while ((e = store_step(q)) == ERR_OK) {
		if (n == most) {
			e = ERR_CORRUPT;
			break;
		}
		read_row(q, cell, &ret[n++]);
	}
	store_reset(q);
	if (e != ERR_UNKNOWN)
		return e;
	*ret_count = n;
	return ERR_OK;
}

enum err right_sql_visible(struct right_sql *q, uint32_t cell,
    int64_t person, uint32_t generation, struct right_row ret[RIGHT_MOST],
    unsigned *ret_count)
{
	bind_person(q->visible, cell, person);
	store_bind_int(q->visible, 3, generation);
	return read_rows(q->visible, cell, ret, RIGHT_MOST, ret_count);
}

enum err right_sql_current(struct right_sql *q, uint32_t cell,
    int64_t person, struct right_row ret[RIGHT_MOST], unsigned *ret_count)
{
	bind_person(q->current, cell, person);
	return read_rows(q->current, cell, ret, RIGHT_MOST, ret_count);
}

enum err right_sql_page(struct right_sql *q, uint32_t cell, int64_t person,
    int64_t id, int64_t last, struct right_row *ret, unsigned most,
    unsigned *ret_count)
{
	bind_person(q->page, cell, person);
	store_bind_int(q->page, 5, last);
	store_bind_int(q->page, 3, id);
	store_bind_int(q->page, 4, most);
	return read_rows(q->page, cell, ret, most, ret_count);
}

static enum err add(
    struct store_stmt *q, const struct right_row *rows, unsigned count)
{
	store_bind_int(q, 1, rows[0].cell);
	store_bind_int(q, 2, rows[0].generation);
	for (unsigned i = 0; i < count; i++) {
		const struct right_row *r = &rows[i];
		unsigned nth = 3 + i * 9;

		store_bind_int(q, nth, r->person);
		store_bind_int(q, nth + 1, r->id);
		store_bind_int(q, nth + 2, r->cover);
		store_bind_int(q, nth + 3, r->order);
		store_bind_int(q, nth + 4, r->from_day);
		store_bind_int(q, nth + 5, r->to_day);
		store_bind_int(q, nth + 6, r->closed_day);
		store_bind_int(q, nth + 7, r->age_class);
		store_bind_int(q, nth + 8, r->age_change);
	}
	return store_run(q);
}

enum err right_sql_add(struct right_sql *q, const struct right_row *row)
{
	return add(q->add, row, 1);
}

enum err right_sql_add_all(
    struct right_sql *q, const struct right_row *rows, unsigned count)
{
	enum err e = ERR_OK;

	for (; count >= RIGHT_MANY && !e; count -= RIGHT_MANY) {
		e = add(q->add_many, rows, RIGHT_MANY);
		rows += RIGHT_MANY;
	}
	for (; count > 0 && !e; count--)
		e = add(q->add, rows++, 1);
	return e;
}

enum err right_sql_end(
    struct right_sql *q, const struct right_row *row, uint32_t generation)
{
	bind_person(q->end, row->cell, row->person);
	store_bind_int(q->end, 3, row->id);
	store_bind_int(q->end, 4, generation);
	return store_run(q->end);
}

enum err right_sql_purge(struct right_sql *q, uint32_t cell, int64_t person,
    uint32_t generation)
{
	bind_person(q->purge, cell, person);
	store_bind_int(q->purge, 3, generation);
	return store_run(q->purge);
}

enum err right_sql_drop(struct right_sql *q, const struct right_row *row)
{
	bind_person(q->drop, row->cell, row->person);
	store_bind_int(q->drop, 3, row->id);
	return store_run(q->drop);
}

static enum err find_bound(struct right_sql *q, uint32_t cell, int64_t from,
    unsigned rows, int64_t *ret, bool *ret_more)
{
	enum err e;

	/* beyond all rows of one person, ended ones too: so that it goes on */
	bind_person(q->bound, cell, from);
	store_bind_int(q->bound, 3, rows + 2 * RIGHT_MOST);
	e = store_step(q->bound);
	*ret_more = !e;
	*ret = e ? INT64_MAX : store_int(q->bound, 0);
	store_reset(q->bound);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static enum err run_stretch(struct store_stmt *q, uint32_t cell,
    int64_t from, int64_t to, uint32_t generation)
{
	bind_person(q, cell, from);
	store_bind_int(q, 3, to);
	store_bind_int(q, 4, generation);
	return store_run(q);
}

enum err right_sql_undo(struct right_sql *q, uint32_t cell,
    uint32_t generation, int64_t *from, unsigned rows, bool *ret_more)
{
	bool more = false;
	int64_t to = 0;
	enum err e = find_bound(q, cell, *from, rows, &to, &more);

	if (!e)
		e = run_stretch(q->undo_new, cell, *from, to, generation);
	if (!e)
		e = run_stretch(q->undo_end, cell, *from, to, generation);
	if (e)
		return e;
	*from = to;
	*ret_more = more;
	return ERR_OK;
}
