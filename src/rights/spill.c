/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/spill.h"

void spill_init(struct spill *s, const char *folder)
{
	memset(s, 0, sizeof(*s));
	s->folder = folder;
}

void spill_release(struct spill *s)
{
	if (s->writing) {
		run_free(s->to.run);
		run_close(&s->to);
	}
	for (unsigned i = 0; i < s->from_count; i++)
		run_close(&s->from[i]);
	for (unsigned i = 0; i < s->count; i++)
		run_free(s->runs[i]);
	spill_init(s, s->folder);
}

bool spill_is_empty(const struct spill *s)
{
	return s->count == 0;
}

void spill_expect(const struct spill *s, struct span tag)
{
	for (unsigned i = 0; i < s->count; i++)
		run_expect(s->runs[i], tag);
}

enum err spill_find(
    const struct spill *s, struct span tag, int64_t *ret_person)
{
	enum err e = ERR_OK;

	*ret_person = 0;
	/* the latest, which hold the neighbours in the file, first */
	for (unsigned i = s->count; i > 0 && !e && *ret_person == 0; i--)
		e = run_find(s->runs[i - 1], tag, ret_person);
	return e;
}

static enum err begin_run(struct spill *s, uint64_t most, unsigned level)
{
	struct run *r = NULL;
	enum err e = run_new(s->folder, most, &r);

	if (!e)
		e = run_open(r, &s->to);
	if (e) {
		run_free(r);
		return e;
	}
	s->writing = true;
	s->level = level;
	return ERR_OK;
}

static enum err end_run(struct spill *s)
{
	enum err e;

	if (s->count == SPILL_RUNS)
		return ERR_LIMIT;
	e = run_end(&s->to);
	if (e)
		return e;
	s->runs[s->count] = s->to.run;
	s->levels[s->count] = s->level;
	s->count++;
	run_close(&s->to);
	s->writing = false;
	return ERR_OK;
}

/* Opens the last count runs to be read together. */
static enum err open_last(struct spill *s, unsigned count)
{
	enum err e = ERR_OK;

	for (unsigned i = s->count - count; i < s->count && !e; i++) {
		e = run_open(s->runs[i], &s->from[s->from_count]);
		if (!e)
			s->from_count++;
	}
	return e;
}

/* Runs of a level stand together at the end: are there eight? */
static bool merges(const struct spill *s)
{
	unsigned n = 0;

	while (n < s->count &&
	    s->levels[s->count - 1 - n] == s->levels[s->count - 1])
		n++;
	return n >= SPILL_FAN;
}

static enum err begin_merge(struct spill *s)
{
	uint64_t most = 0;
	enum err e;

	for (unsigned i = s->count - SPILL_FAN; i < s->count; i++)
		most += s->runs[i]->count;
	e = begin_run(s, most, s->levels[s->count - 1] + 1);
	return e ? e : open_last(s, SPILL_FAN);
}

enum err spill_pour(struct spill *s, struct fresh_entry *ret, bool *ret_has)
{
	const struct fresh_entry *least = NULL, *e = NULL;
	unsigned which = 0;
	enum err failed = ERR_OK;

	if (s->from_count == 0)
		failed = open_last(s, s->count);
	for (unsigned i = 0; i < s->from_count && !failed; i++) {
		failed = run_look(&s->from[i], &e);
		if (failed || !e)
			continue;
		if (!least || fresh_order(e, span_of(least->tag, least->n)) <
		    0) {
			least = e;
			which = i;
		}
	}
	if (failed)
		return failed;
	*ret_has = least != NULL;
	if (least) {
		*ret = *least;
		run_pass(&s->from[which]);
	}
	return ERR_OK;
}

static void end_merge(struct spill *s)
{
	for (unsigned i = 0; i < s->from_count; i++)
		run_close(&s->from[i]);
	for (unsigned i = s->count - s->from_count; i < s->count; i++)
		run_free(s->runs[i]);
	s->count -= s->from_count;
	s->from_count = 0;
}

static enum err merge_some(struct spill *s, unsigned rows, bool *ret_more)
{
	struct fresh_entry next;
	bool has = true;
	enum err e = ERR_OK;

	if (s->from_count == 0)
		e = begin_merge(s);
	for (unsigned i = 0; i < rows && has && !e; i++) {
		e = spill_pour(s, &next, &has);
		if (!e && has)
			e = run_put(&s->to, &next);
	}
	if (!e && !has) {
		end_merge(s);
		e = end_run(s);
	}
	*ret_more = has || merges(s);
	return e;
}

static enum err write_some(struct spill *s, const struct fresh *f, size_t *at,
    unsigned rows, bool *ret_more)
{
	const struct fresh_entry *next = NULL;
	enum err e = ERR_OK;

	if (!s->writing)
		e = begin_run(s, f->count, 0);
	for (unsigned i = 0; i < rows && !e; i++) {
		next = fresh_next(f, at);
		if (!next)
			break;
		e = run_put(&s->to, next);
	}
	if (!e && !next)
		e = end_run(s);
	*ret_more = next != NULL || merges(s);
	return e;
}

enum err spill_step(struct spill *s, const struct fresh *f, size_t *at,
    unsigned rows, bool *ret_more)
{
	if (s->from_count > 0 || (!s->writing && merges(s)))
		return merge_some(s, rows, ret_more);
	return write_some(s, f, at, rows, ret_more);
}
