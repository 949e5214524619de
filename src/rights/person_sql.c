/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/person_sql.h"

#define ADD                                                                   \
	"INSERT INTO person (cell, id, gen_from, number, handle, hints,"      \
	" gen_to) VALUES ($1, $3, $2, $4, $5, $6, 0)"
/* With that of ADD, PERSON_MANY rows. */
#define ROW(id, number, handle, hints)                                        \
	", ($1, $" #id ", $2, $" #number ", $" #handle ", $" #hints ", 0)"
#define ROWS                                                                  \
	ROW(7, 8, 9, 10) ROW(11, 12, 13, 14) ROW(15, 16, 17, 18)              \
	ROW(19, 20, 21, 22) ROW(23, 24, 25, 26) ROW(27, 28, 29, 30)           \
	ROW(31, 32, 33, 34) ROW(35, 36, 37, 38) ROW(39, 40, 41, 42)           \
	ROW(43, 44, 45, 46) ROW(47, 48, 49, 50) ROW(51, 52, 53, 54)           \
	ROW(55, 56, 57, 58) ROW(59, 60, 61, 62) ROW(63, 64, 65, 66)

static const struct store_sql list[] = {
	{offsetof(struct person_sql, visible),
	    "SELECT number, handle FROM person WHERE cell = $1 AND id = $2"
	    " AND gen_from <= $3 AND (gen_to = 0 OR gen_to > $3)"},
	{offsetof(struct person_sql, current),
	    "SELECT number, handle, hints, gen_from, gone, id FROM person"
	    " WHERE cell = $1 AND id = $2 AND gen_to = 0"},
	{offsetof(struct person_sql, add),
	    ADD},
	{offsetof(struct person_sql, add_many),
	    ADD ROWS},
	{offsetof(struct person_sql, end),
	    "UPDATE person SET gen_to = $3"
	    " WHERE cell = $1 AND id = $2 AND gen_to = 0"},
	{offsetof(struct person_sql, hints),
	    "UPDATE person SET hints = $3"
	    " WHERE cell = $1 AND id = $2 AND gen_to = 0"},
	{offsetof(struct person_sql, purge),
	    "DELETE FROM person WHERE cell = $1 AND id = $2"
	    " AND gen_to > 0 AND gen_to <= $3"},
	{offsetof(struct person_sql, next),
	    "SELECT number, handle, hints, gen_from, gone, id FROM person"
	    " WHERE cell = $1 AND id > $2 AND gen_to = 0"
	    " ORDER BY id LIMIT 1"},
	{offsetof(struct person_sql, gone),
	    "UPDATE person SET hints = $3, gone = $4"
	    " WHERE cell = $1 AND id = $2 AND gen_to = 0"},
	{offsetof(struct person_sql, drop),
	    "DELETE FROM person WHERE cell = $1 AND id = $2"},
	{offsetof(struct person_sql, bound),
	    "SELECT id FROM person WHERE cell = $1 AND id >= $2"
	    " ORDER BY id LIMIT 1 OFFSET $3"},
	{offsetof(struct person_sql, undo_new),
	    "DELETE FROM person WHERE cell = $1 AND id >= $2"
	    " AND id <= $3 AND gen_from = $4"},
	{offsetof(struct person_sql, undo_end),
	    "UPDATE person SET gen_to = 0 WHERE cell = $1"
	    " AND id >= $2 AND id <= $3 AND gen_to = $4"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

enum err person_sql_open(struct person_sql *q, struct store *s)
{
	return store_prepare_set(s, q, list, COUNT);
}

void person_sql_close(struct person_sql *q)
{
	store_finalize_set(q, list, COUNT);
}

static void bind_person(struct store_stmt *q, uint32_t cell, int64_t id)
{
	store_bind_int(q, 1, cell);
	store_bind_int(q, 2, id);
}

static enum err read_handle(
    struct store_stmt *q, unsigned column, struct person_row *ret)
{
	struct span handle = store_bytes(q, column);

	if (handle.n == 0 || handle.n > LIMIT_HANDLE)
		return ERR_CORRUPT;
	memcpy(ret->handle, handle.p, handle.n);
	ret->handle_len = (uint8_t)handle.n;
	return ERR_OK;
}

enum err person_sql_visible(struct person_sql *q, uint32_t cell, int64_t id,
    uint32_t generation, struct person_row *ret)
{
	enum err e;

	bind_person(q->visible, cell, id);
	store_bind_int(q->visible, 3, generation);
	e = store_step(q->visible);
	if (!e) {
		ret->number = store_int(q->visible, 0);
		e = read_handle(q->visible, 1, ret);
	} else if (e == ERR_UNKNOWN) {
		ret->number = 0;
		ret->handle_len = 0;
		e = ERR_OK;
	}
	store_reset(q->visible);
	return e;
}

/* The row that one of two statements finds; *ret is whole or untouched but
 * for handle and hints. */
static enum err read_row(
    struct store_stmt *q, uint32_t cell, struct person_row *ret)
{
	enum err e = store_step(q);

	if (!e)
		e = read_handle(q, 1, ret);
	if (!e)
		e = hint_unpack(store_bytes(q, 2), &ret->hints);
	if (!e) {
		ret->cell = cell;
		ret->number = store_int(q, 0);
		ret->generation = (uint32_t)store_int(q, 3);
		ret->gone_day = (int32_t)store_int(q, 4);
		ret->id = store_int(q, 5);
	}
	store_reset(q);
	return e;
}

enum err person_sql_current(struct person_sql *q, uint32_t cell, int64_t id,
    struct person_row *ret)
{
	bind_person(q->current, cell, id);
	return read_row(q->current, cell, ret);
}

enum err person_sql_next(struct person_sql *q, uint32_t cell, int64_t after,
    struct person_row *ret)
{
	bind_person(q->next, cell, after);
	return read_row(q->next, cell, ret);
}

enum err person_sql_set_gone(struct person_sql *q, uint32_t cell, int64_t id,
    const struct hints *hints, int32_t day)
{
	uint8_t packed[HINT_BYTES];

	bind_person(q->gone, cell, id);
	store_bind_bytes(q->gone, 3, hint_pack(hints, packed));
	store_bind_int(q->gone, 4, day);
	return store_run(q->gone);
}

enum err person_sql_drop(struct person_sql *q, uint32_t cell, int64_t id)
{
	bind_person(q->drop, cell, id);
	return store_run(q->drop);
}

static enum err add(
    struct store_stmt *q, const struct person_row *rows, unsigned count)
{
	uint8_t hints[PERSON_MANY][HINT_BYTES];

	store_bind_int(q, 1, rows[0].cell);
	store_bind_int(q, 2, rows[0].generation);
	for (unsigned i = 0; i < count; i++) {
		const struct person_row *r = &rows[i];
		unsigned nth = 3 + i * 4;

		store_bind_int(q, nth, r->id);
		store_bind_int(q, nth + 1, r->number);
		store_bind_bytes(
		    q, nth + 2, span_of(r->handle, r->handle_len));
		store_bind_bytes(q, nth + 3, hint_pack(&r->hints, hints[i]));
	}
	return store_run(q);
}

enum err person_sql_add(struct person_sql *q, const struct person_row *row)
{
	return add(q->add, row, 1);
}

enum err person_sql_add_all(
    struct person_sql *q, const struct person_row *rows, unsigned count)
{
	enum err e = ERR_OK;

	for (; count >= PERSON_MANY && !e; count -= PERSON_MANY) {
		e = add(q->add_many, rows, PERSON_MANY);
		rows += PERSON_MANY;
	}
	for (; count > 0 && !e; count--)
		e = add(q->add, rows++, 1);
	return e;
}

enum err person_sql_end(struct person_sql *q, uint32_t cell, int64_t id,
    uint32_t generation)
{
	bind_person(q->end, cell, id);
	store_bind_int(q->end, 3, generation);
	return store_run(q->end);
}

enum err person_sql_set_hints(struct person_sql *q, uint32_t cell,
    int64_t id, const struct hints *hints)
{
	uint8_t packed[HINT_BYTES];

	bind_person(q->hints, cell, id);
	store_bind_bytes(q->hints, 3, hint_pack(hints, packed));
	return store_run(q->hints);
}

enum err person_sql_purge(struct person_sql *q, uint32_t cell,
    int64_t id, uint32_t generation)
{
	bind_person(q->purge, cell, id);
	store_bind_int(q->purge, 3, generation);
	return store_run(q->purge);
}

static enum err find_bound(struct person_sql *q, uint32_t cell, int64_t from,
    unsigned rows, int64_t *ret, bool *ret_more)
{
	enum err e;

	bind_person(q->bound, cell, from);
	store_bind_int(q->bound, 3, rows);
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

enum err person_sql_undo(struct person_sql *q, uint32_t cell,
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
