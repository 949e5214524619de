/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "store/backend.h"

static const struct backend *find_backend(enum store_kind kind)
{
	switch (kind) {
	case STORE_SQLITE:
		return &sqlite_backend;
	}
	return NULL;
}

enum err store_open(const struct store_options *options, struct store **ret)
{
	const struct backend *back = find_backend(options->kind);

	return back ? back->open(options, ret) : ERR_UNKNOWN;
}

int64_t store_holder(const struct store_options *options)
{
	const struct backend *back = find_backend(options->kind);

	return back ? back->holder(options) : 0;
}

enum err store_close(struct store *s)
{
	if (!s)
		return ERR_OK;
	store_rollback(s);
	return s->back->close(s);
}

enum err store_begin(struct store *s, enum store_mode mode)
{
	enum err e;

	assert(!s->busy);
	e = s->back->begin(s, mode);
	s->busy = !e;
	return e;
}

enum err store_commit(struct store *s)
{
	assert(s->busy);
	s->busy = false;
	return s->back->commit(s);
}

void store_rollback(struct store *s)
{
	if (!s->busy)
		return;
	s->busy = false;
	s->back->rollback(s);
}

bool store_busy(const struct store *s)
{
	return s->busy;
}

enum err store_settle(struct store *s)
{
	assert(!s->busy);
	return s->back->settle(s);
}

void store_map(struct store *s, bool on)
{
	assert(!s->busy);
	s->back->map(s, on);
}

enum err store_scrub(struct store *s)
{
	assert(!s->busy);
	return s->back->scrub(s);
}

enum err store_copy_begin(
    struct store *s, const char *where, struct store_copy **ret)
{
	return s->back->copy_begin(s, where, ret);
}

enum err store_copy_step(struct store_copy *c)
{
	return c->back->copy_step(c);
}

enum err store_copy_end(struct store_copy *c)
{
	return c ? c->back->copy_end(c) : ERR_OK;
}

enum err store_prepare(
    struct store *s, const char *sql, struct store_stmt **ret)
{
	return s->back->prepare(s, sql, ret);
}

void store_finalize(struct store_stmt *q)
{
	if (q)
		q->back->finalize(q);
}

void store_bind_int(struct store_stmt *q, unsigned nth, int64_t v)
{
	q->back->bind_int(q, nth, v);
}

void store_bind_bytes(struct store_stmt *q, unsigned nth, struct span v)
{
	q->back->bind_bytes(q, nth, v);
}

enum err store_step(struct store_stmt *q)
{
	return q->bound ? q->bound : q->back->step(q);
}

int64_t store_int(struct store_stmt *q, unsigned nth)
{
	return q->back->column_int(q, nth);
}

struct span store_bytes(struct store_stmt *q, unsigned nth)
{
	return q->back->column_bytes(q, nth);
}

uint64_t store_runs(const struct store *s)
{
	return s->runs;
}

void store_reset(struct store_stmt *q)
{
	q->bound = ERR_OK;
	q->store->runs++;
	q->back->reset(q);
}

enum err store_run(struct store_stmt *q)
{
	enum err e;

	do
		e = store_step(q);
	while (!e);
	store_reset(q);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

int64_t store_changed(struct store *s)
{
	return s->back->changed(s);
}

static struct store_stmt **member(void *set, const struct store_sql *sql)
{
	return (struct store_stmt **)(void *)((uint8_t *)set + sql->at);
}

enum err store_prepare_set(struct store *s, void *set,
    const struct store_sql *list, unsigned count)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < count; i++)
		*member(set, &list[i]) = NULL;
	for (unsigned i = 0; i < count && !e; i++)
		e = store_prepare(s, list[i].sql, member(set, &list[i]));
	if (e)
		store_finalize_set(set, list, count);
	return e;
}

void store_finalize_set(
    void *set, const struct store_sql *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		store_finalize(*member(set, &list[i]));
		*member(set, &list[i]) = NULL;
	}
}
