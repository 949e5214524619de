/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/alias_page.h"

#define WALK_ROWS 8	/* rows that one sheaf counts for in a walk */

static const struct store_sql list[] = {
	{offsetof(struct alias_sql, find),
	    "SELECT first, body FROM tags WHERE cell = $1 AND first <= $2"
	    " ORDER BY first DESC LIMIT 1"},
	{offsetof(struct alias_sql, next),
	    "SELECT first, body FROM tags WHERE cell = $1 AND first >= $2"
	    " ORDER BY first LIMIT 1"},
	{offsetof(struct alias_sql, bound),
	    "SELECT first FROM tags WHERE cell = $1 AND first > $2"
	    " ORDER BY first LIMIT 1"},
	{offsetof(struct alias_sql, add),
	    "INSERT INTO tags (cell, first, body) VALUES ($1, $2, $3)"},
	{offsetof(struct alias_sql, put),
	    "UPDATE tags SET body = $3 WHERE cell = $1 AND first = $2"},
};
#define COUNT (sizeof(list) / sizeof(list[0]))

enum err alias_sql_open(struct alias_sql *q, struct store *s)
{
	buf_init(&q->body, SHEAF_BYTES);
	return store_prepare_set(s, q, list, COUNT);
}

void alias_sql_close(struct alias_sql *q)
{
	store_finalize_set(q, list, COUNT);
	buf_release(&q->body);
}

static void bind_first(
    struct store_stmt *q, uint32_t cell, const struct alias_at *first)
{
	store_bind_int(q, 1, cell);
	store_bind_bytes(q, 2, span_of(first->tag, first->n));
}

static struct alias_at at_of(const uint8_t tag[RIGHTS_TAG])
{
	struct alias_at at = {.n = RIGHTS_TAG};

	memcpy(at.tag, tag, RIGHTS_TAG);
	return at;
}

/* A number is looked for by its bytes and zeros behind them. */
static struct alias_at at_span(struct span tag)
{
	struct alias_at at = {.n = RIGHTS_TAG};

	memcpy(at.tag, tag.p, tag.n);
	return at;
}

/* The least place behind it; false: there is none. */
static bool go_behind(struct alias_at *at)
{
	if (at->n < RIGHTS_TAG) {
		at->tag[at->n++] = 0;
		return true;
	}
	for (unsigned i = RIGHTS_TAG; i-- > 0;)
		if (++at->tag[i] != 0)
			return true;
	return false;
}

static enum err read_first(struct store_stmt *q, struct alias_at *ret)
{
	struct span first = store_bytes(q, 0);

	if (first.n > RIGHTS_TAG)
		return ERR_CORRUPT;
	ret->n = (uint8_t)first.n;
	if (first.n)
		memcpy(ret->tag, first.p, first.n);
	return ERR_OK;
}

/* The row that a statement finds. ERR_UNKNOWN: none. */
static enum err read_page(struct store_stmt *q, struct alias_page *ret)
{
	struct sheaf s = {.count = 0};
	enum err e = store_step(q);

	if (!e)
		e = read_first(q, &ret->first);
	if (!e)
		e = sheaf_open(store_bytes(q, 1), &s);
	for (size_t i = 0; i < s.count && !e; i++)
		sheaf_row(&s, i, &ret->rows[i]);
	store_reset(q);
	ret->count = s.count;
	ret->stands = !e;
	return e;
}

/* The row that a tag stands in, or would. */
static enum err find_page(struct alias_sql *q, uint32_t cell,
    const struct alias_at *tag, struct alias_page *ret)
{
	ret->cell = cell;
	bind_first(q->find, cell, tag);
	return read_page(q->find, ret);
}

static enum err next_page(struct alias_sql *q, uint32_t cell,
    const struct alias_at *from, struct alias_page *ret)
{
	ret->cell = cell;
	bind_first(q->next, cell, from);
	return read_page(q->next, ret);
}

static enum err write_row(struct alias_sql *q, struct store_stmt *how,
    uint32_t cell, const struct alias_at *first,
    const struct sheaf_row *rows, size_t count)
{
	buf_clear(&q->body);
	sheaf_write(rows, count, &q->body);
	if (q->body.err)
		return q->body.err;
	bind_first(how, cell, first);
	store_bind_bytes(how, 3, buf_span(&q->body));
	return store_run(how);
}

/* How many of the rows go into the next value. Equal tags stay together. */
static size_t cut(const struct sheaf_row *rows, size_t left, bool full)
{
	size_t n = sheaf_fits(rows, left);

	if (n == left)
		return n;
	if (!full && left <= 2 * n)
		n = (left + 1) / 2;
	while (n > 0 && memcmp(rows[n - 1].tag, rows[n].tag, RIGHTS_TAG) == 0)
		n--;
	return n;
}

static struct alias_at between(const struct sheaf_row *rows, size_t nth)
{
	struct alias_at at;
	struct span s = sheaf_between(&rows[nth - 1], &rows[nth], at.tag);

	at.n = (uint8_t)s.n;
	return at;
}

/*
 * In place of the row that stands, as many as it takes. full: more rows in
 * their order come behind these; otherwise two have room for what comes. One
 * that has nothing left stays, for those that will come: rows taken out would
 * have their neighbours moved about, and copies of them left behind.
 */
static enum err write_page(
    struct alias_sql *q, const struct alias_page *p, bool full)
{
	struct alias_at first = p->first;
	enum err e = ERR_OK;
	size_t n = 0;

	if (p->count == 0 && p->stands)
		e = write_row(q, q->put, p->cell, &first, NULL, 0);
	for (size_t at = 0; at < p->count && !e; at += n) {
		if (at > 0)
			first = between(p->rows, at);
		n = cut(p->rows + at, p->count - at, full);
		if (n == 0)
			return ERR_LIMIT;
		e = write_row(q, at == 0 && p->stands ? q->put : q->add,
		    p->cell, &first, p->rows + at, n);
	}
	return e;
}

enum want { WANT_VISIBLE, WANT_CURRENT, WANT_ANY };

static bool is_wanted(
    const struct sheaf_row *row, enum want want, uint32_t generation)
{
	switch (want) {
	case WANT_VISIBLE:
		return row->gen_from <= generation &&
		    (row->gen_to == 0 || row->gen_to > generation);
	case WANT_CURRENT:
		return row->gen_to == 0;
	case WANT_ANY:
		break;
	}
	return true;
}

static bool has_tag(const struct sheaf_row *row, struct span tag)
{
	return row->n == tag.n && memcmp(row->tag, tag.p, tag.n) == 0;
}

static int64_t person_in(const struct sheaf *s, struct span tag,
    enum want want, uint32_t generation)
{
	struct sheaf_row row;

	for (size_t i = sheaf_find(s, tag); i < s->count; i++) {
		sheaf_row(s, i, &row);
		if (!has_tag(&row, tag))
			break;
		if (is_wanted(&row, want, generation))
			return row.person;
	}
	return 0;
}

static enum err look_up(struct alias_sql *q, uint32_t cell, struct span tag,
    enum want want, uint32_t generation, int64_t *ret)
{
	struct alias_at at;
	struct sheaf s = {.count = 0};
	enum err e;

	if (!sheaf_takes(tag))
		return ERR_LIMIT;
	at = at_span(tag);
	bind_first(q->find, cell, &at);
	e = store_step(q->find);
	if (!e)
		e = sheaf_open(store_bytes(q->find, 1), &s);
	if (!e)
		*ret = person_in(&s, tag, want, generation);
	else if (e == ERR_UNKNOWN)
		*ret = 0;
	store_reset(q->find);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

enum err alias_sql_visible(struct alias_sql *q, uint32_t cell,
    struct span tag, uint32_t generation, int64_t *ret)
{
	return look_up(q, cell, tag, WANT_VISIBLE, generation, ret);
}

enum err alias_sql_current(
    struct alias_sql *q, uint32_t cell, struct span tag, int64_t *ret)
{
	return look_up(q, cell, tag, WANT_CURRENT, 0, ret);
}

enum err alias_sql_taken(
    struct alias_sql *q, uint32_t cell, struct span tag, bool *ret)
{
	int64_t person = 0;
	enum err e = look_up(q, cell, tag, WANT_ANY, 0, &person);

	if (!e)
		*ret = person != 0;
	return e;
}

/* How many of the new rows stand in this row and not in the one behind. */
static enum err count_own(struct alias_sql *q, const struct alias_page *p,
    const struct sheaf_row *rows, unsigned count, unsigned *ret)
{
	struct alias_at bound = {.n = 0};
	unsigned n = 1;
	enum err e = ERR_OK;

	if (count > ALIAS_MANY)
		count = ALIAS_MANY;
	if (p->stands && count > 1) {
		bind_first(q->bound, p->cell, &p->first);
		e = store_step(q->bound);
		if (!e)
			e = read_first(q->bound, &bound);
		store_reset(q->bound);
	}
	if (e && e != ERR_UNKNOWN)
		return e;
	while (n < count && (bound.n == 0 ||
	    memcmp(rows[n].tag, bound.tag, bound.n) < 0))
		n++;
	*ret = n;
	return ERR_OK;
}

enum err alias_sql_add(struct alias_sql *q, uint32_t cell,
    const struct sheaf_row *rows, unsigned count, unsigned *ret_met)
{
	struct alias_at tag;
	struct alias_page p;
	unsigned n = 0, met = 0;
	enum err e = ERR_OK;

	for (; count > 0 && !e; rows += n, count -= n, met++) {
		tag = at_of(rows[0].tag);
		e = find_page(q, cell, &tag, &p);
		if (e == ERR_UNKNOWN) {
			p.first = (struct alias_at){.n = 0};
			e = ERR_OK;
		}
		if (!e)
			e = count_own(q, &p, rows, count, &n);
		if (!e)
			e = alias_page_merge(&p, rows, n);
		if (!e)
			e = write_page(q, &p, n > SHEAF_ROWS);
	}
	if (!e)
		*ret_met = met;
	return e;
}

enum change { KEPT, CHANGED, GONE };

/* What is done to rows, one after the other. */
struct edit {
	enum change (*f)(struct edit *ed, struct sheaf_row *row);
	struct span tag;		/* but: the one that stays */
	uint8_t least[RIGHTS_TAG], most[RIGHTS_TAG];
	int64_t person;
	uint32_t generation;
	bool found;
};

static enum err edit_page(
    struct alias_sql *q, struct alias_page *p, struct edit *ed)
{
	bool changed = false;
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++) {
		enum change c = ed->f(ed, &p->rows[i]);

		changed = changed || c != KEPT;
		if (c != GONE)
			p->rows[kept++] = p->rows[i];
	}
	p->count = kept;
	return changed ? write_page(q, p, false) : ERR_OK;
}

static enum err edit_tag(struct alias_sql *q, uint32_t cell,
    struct span tag, struct edit *ed)
{
	struct alias_at at;
	struct alias_page p;
	enum err e;

	if (!sheaf_takes(tag))
		return ERR_LIMIT;
	ed->tag = tag;
	at = at_span(tag);
	e = find_page(q, cell, &at, &p);
	if (!e)
		e = edit_page(q, &p, ed);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static enum change end_tag(struct edit *ed, struct sheaf_row *row)
{
	if (row->gen_to != 0 || !has_tag(row, ed->tag))
		return KEPT;
	row->gen_to = ed->generation;
	return CHANGED;
}

enum err alias_sql_end(struct alias_sql *q, uint32_t cell, struct span tag,
    uint32_t generation)
{
	struct edit ed = {.f = end_tag, .generation = generation};

	return edit_tag(q, cell, tag, &ed);
}

static enum change drop_tag(struct edit *ed, struct sheaf_row *row)
{
	return has_tag(row, ed->tag) ? GONE : KEPT;
}

enum err alias_sql_drop(
    struct alias_sql *q, uint32_t cell, struct span tag)
{
	struct edit ed = {.f = drop_tag};

	return edit_tag(q, cell, tag, &ed);
}

/* The rows from ed->least to ed->most. */
static enum err edit_range(
    struct alias_sql *q, uint32_t cell, struct edit *ed)
{
	struct alias_at at = at_of(ed->least);
	struct alias_page p;
	enum err e = find_page(q, cell, &at, &p);

	if (e == ERR_UNKNOWN)
		e = next_page(q, cell, &at, &p);
	while (!e) {
		bool ends = p.count > 0 && memcmp(p.rows[p.count - 1].tag,
		    ed->most, RIGHTS_TAG) > 0;

		at = p.first;
		e = edit_page(q, &p, ed);
		if (e || ends || !go_behind(&at) ||
		    memcmp(at.tag, ed->most, at.n) > 0)
			break;
		e = next_page(q, cell, &at, &p);
	}
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static enum err edit_hint(struct alias_sql *q, uint32_t cell,
    const struct hint *h, struct edit *ed)
{
	hint_range(h, ed->least, ed->most);
	return edit_range(q, cell, ed);
}

static bool is_his(const struct edit *ed, const struct sheaf_row *row)
{
	return row->person == ed->person &&
	    memcmp(row->tag, ed->least, RIGHTS_TAG) >= 0 &&
	    memcmp(row->tag, ed->most, RIGHTS_TAG) <= 0;
}

static enum change see_his(struct edit *ed, struct sheaf_row *row)
{
	if (is_his(ed, row) && row->gen_to == 0)
		ed->found = true;
	return KEPT;
}

enum err alias_sql_hint_lives(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, bool *ret)
{
	struct edit ed = {.f = see_his, .person = person};
	enum err e = edit_hint(q, cell, h, &ed);

	if (!e)
		*ret = ed.found;
	return e;
}

static enum change end_his(struct edit *ed, struct sheaf_row *row)
{
	if (!is_his(ed, row) || row->gen_to != 0)
		return KEPT;
	row->gen_to = ed->generation;
	return CHANGED;
}

enum err alias_sql_hint_end(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, uint32_t generation)
{
	struct edit ed = {
		.f = end_his, .person = person, .generation = generation};

	return edit_hint(q, cell, h, &ed);
}

static enum change purge_his(struct edit *ed, struct sheaf_row *row)
{
	return is_his(ed, row) && row->gen_to > 0 &&
	    row->gen_to <= ed->generation ? GONE : KEPT;
}

enum err alias_sql_hint_purge(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, uint32_t generation)
{
	struct edit ed = {
		.f = purge_his, .person = person, .generation = generation};

	return edit_hint(q, cell, h, &ed);
}

static enum change drop_his(struct edit *ed, struct sheaf_row *row)
{
	return is_his(ed, row) && !has_tag(row, ed->tag) ? GONE : KEPT;
}

enum err alias_sql_hint_drop(struct alias_sql *q, uint32_t cell,
    int64_t person, const struct hint *h, struct span but)
{
	struct edit ed = {.f = drop_his, .person = person, .tag = but};

	return edit_hint(q, cell, h, &ed);
}

enum err alias_sql_walk(struct alias_sql *q, uint32_t cell,
    struct alias_at *at, unsigned rows, alias_seen f, void *ctx,
    bool *ret_more)
{
	struct alias_page p;
	enum err e = ERR_OK;

	for (unsigned n = 0; n < rows && !e; n += (unsigned)p.count) {
		e = next_page(q, cell, at, &p);
		for (size_t i = 0; i < p.count && !e; i++)
			f(ctx, &p.rows[i]);
		if (!e)
			*at = p.first;
		if (!e && !go_behind(at))
			e = ERR_UNKNOWN;
	}
	if (e && e != ERR_UNKNOWN)
		return e;
	*ret_more = !e;
	return ERR_OK;
}

static enum change undo_row(struct edit *ed, struct sheaf_row *row)
{
	if (row->gen_from == ed->generation)
		return GONE;
	if (row->gen_to != ed->generation)
		return KEPT;
	row->gen_to = 0;
	return CHANGED;
}

enum err alias_sql_undo(struct alias_sql *q, uint32_t cell,
    uint32_t generation, struct alias_at *from, unsigned rows,
    bool *ret_more)
{
	struct edit ed = {.f = undo_row, .generation = generation};
	struct alias_at at = *from;
	struct alias_page p;
	enum err e = ERR_OK;

	for (unsigned n = 0; n < rows && !e; n += WALK_ROWS) {
		e = next_page(q, cell, &at, &p);
		if (!e) {
			at = p.first;
			e = edit_page(q, &p, &ed);
		}
		if (!e && !go_behind(&at))
			e = ERR_UNKNOWN;
	}
	if (e && e != ERR_UNKNOWN)
		return e;
	*from = at;
	*ret_more = !e;
	return ERR_OK;
}
