/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include "rights/alias_old_sql.h"
#include "rights/roll.h"
#include "rights/schema_sql.h"

static enum err folder_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 1;

	if (n + 1 > size)
		return ERR_LIMIT;
	memcpy(out, slash ? path : ".", n);
	out[n] = '\0';
	return ERR_OK;
}

enum err roll_open(struct roll *b, const struct store_options *options)
{
	enum err e;

	memset(b, 0, sizeof(*b));
	e = folder_of(options->where, b->folder, sizeof(b->folder));
	if (!e)
		e = store_open(options, &b->store);
	if (!e)
		e = schema_sql_migrate(b->store);
	if (!e)
		e = cell_sql_open(&b->cell, b->store);
	if (!e)
		e = alias_sql_open(&b->alias, b->store);
	if (!e)
		e = person_sql_open(&b->person, b->store);
	if (!e)
		e = cover_sql_open(&b->cover, b->store);
	if (!e)
		e = right_sql_open(&b->right, b->store);
	if (!e)
		e = untidy_sql_open(&b->untidy, b->store);
	if (!e)
		e = alias_old_sql_move(b->store, &b->alias);
	return e;
}

enum err roll_close(struct roll *b)
{
	enum err e;

	if (!b->store)
		return ERR_OK;
	store_rollback(b->store);
	cell_sql_close(&b->cell);
	alias_sql_close(&b->alias);
	person_sql_close(&b->person);
	cover_sql_close(&b->cover);
	right_sql_close(&b->right);
	untidy_sql_close(&b->untidy);
	e = store_close(b->store);
	b->store = NULL;
	return e;
}

enum err roll_read(struct roll *b)
{
	enum err e;

	if (store_busy(b->store))
		return ERR_OK;
	e = store_begin(b->store, STORE_READ);
	b->reading = !e;
	return e;
}

enum err roll_read_end(struct roll *b)
{
	if (!b->reading)
		return ERR_OK;
	b->reading = false;
	return store_commit(b->store);
}

enum err roll_write(struct roll *b)
{
	assert(!b->reading);
	if (store_busy(b->store))
		return ERR_OK;
	return store_begin(b->store, STORE_WRITE);
}

enum err roll_commit(struct roll *b)
{
	enum err e = ERR_OK;

	assert(!b->reading);
	if (store_busy(b->store))
		e = store_commit(b->store);
	if (e)
		roll_rollback(b);	/* it has; what we keep goes too */
	return e;
}

void roll_rollback(struct roll *b)
{
	b->reading = false;
	memset(b->kept, 0, sizeof(b->kept));
	store_rollback(b->store);
}

enum err roll_cell(struct roll *b, uint32_t cell, struct cell_row *ret)
{
	struct cell_row row = {
		.cell = cell, .next_person = 1, .next_right = 1,
		.next_cover = 1};
	enum err e = cell_sql_find(&b->cell, cell, &row);

	if (e && e != ERR_UNKNOWN)
		return e;
	*ret = row;
	return ERR_OK;
}

enum err roll_put_cell(struct roll *b, const struct cell_row *row)
{
	b->kept[row->cell % ROLL_CELLS].known = false;
	return cell_sql_put(&b->cell, row);
}

enum err roll_generation(struct roll *b, uint32_t cell, uint32_t *ret)
{
	unsigned at = cell % ROLL_CELLS;
	struct cell_row row;
	enum err e;

	if (!b->kept[at].known || b->kept[at].cell != cell) {
		e = roll_cell(b, cell, &row);
		if (e)
			return e;
		b->kept[at].cell = cell;
		b->kept[at].generation = row.generation;
		b->kept[at].persons = (uint64_t)row.next_person - 1;
		b->kept[at].known = true;
	}
	*ret = b->kept[at].generation;
	return ERR_OK;
}

enum err roll_generations(struct roll *b, struct buf *out)
{
	return cell_sql_each(&b->cell, out);
}

uint64_t roll_persons(const struct roll *b, uint32_t cell)
{
	return b->kept[cell % ROLL_CELLS].persons;
}
