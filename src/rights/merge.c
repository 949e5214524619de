/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/line.h"
#include "rights/merge.h"
#include "rights/stay.h"

/* What is being found out about one line. */
struct find {
	const struct feed_line *line;
	const char *fault;
	/* by tag, then by join: the person it names, or 0 */
	int64_t met[RIGHTS_TAGS_FED + RIGHTS_JOINS];
	unsigned met_count;
	struct hints tags;		/* of the line */
	int64_t who;			/* whom it is about; 0: somebody new */
	struct person_row person;
	struct hints had;		/* the person's before this line */
	struct right_row rights[RIGHT_MOST];
	unsigned right_count;
	const struct right_row *was;	/* of them, the line's; or NULL */
};

static enum err refuse(struct find *f, const char *fault)
{
	f->fault = fault;
	return ERR_REFUSED;
}

static bool is_card(const struct feed_line *line, unsigned tag)
{
	return tag >= (unsigned)(line->tag_count - line->card_count);
}

static struct span tag_of(const struct feed_line *line, unsigned tag)
{
	return span_of(line->tags[tag], RIGHTS_TAG);
}

static enum err look_tags_up(struct stage *st, struct find *f)
{
	const struct feed_line *line = f->line;
	bool nobody = true;
	struct hint h;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < line->tag_count; i++)
		stage_expect(st, tag_of(line, i));
	for (unsigned i = 0; i < line->tag_count && !e; i++) {
		e = stage_find(st, tag_of(line, i), &f->met[i]);
		h = hint_of(line->tags[i], is_card(line, i));
		nobody = nobody && f->met[i] == 0;
		if (!e)
			e = hint_add(&f->tags, &h);
	}
	f->met_count = line->tag_count;
	for (unsigned i = 0; nobody && i < line->join_count && !e; i++)
		e = stage_find(st, span_of(line->joins[i], RIGHTS_TAG),
		    &f->met[f->met_count++]);
	return e;
}

static enum err load_rights(struct stage *st, struct find *f, int64_t who)
{
	return stage_rights(st, who, f->rights, &f->right_count);
}

static bool is_listed(const struct stage *st, const struct find *f)
{
	for (unsigned i = 0; i < f->right_count; i++)
		if (seen_has(&st->seen, f->rights[i].id))
			return true;
	return false;
}

static bool stays(const struct stage *st, const struct find *f)
{
	for (unsigned i = 0; i < f->right_count; i++)
		if (seen_has(&st->stays, f->rights[i].id))
			return true;
	return false;
}

/* No rights from the feed's day on, and not named by this feed. */
static enum err is_gone(
    struct stage *st, struct find *f, int64_t who, bool *ret)
{
	bool gone;
	enum err e = load_rights(st, f, who);

	if (e)
		return e;
	gone = !is_listed(st, f) && !stays(st, f);
	for (unsigned i = 0; i < f->right_count && gone; i++)
		if (right_last_day(&f->rights[i]) >= st->effective_day)
			gone = false;
	*ret = gone;
	return ERR_OK;
}

/* The tags meet several persons: only one of them may still be somebody. */
static enum err settle_conflict(struct stage *st, struct find *f)
{
	int64_t alive = 0, asked = 0;
	bool gone = false;
	enum err e;

	for (unsigned i = 0; i < f->met_count; i++) {
		if (f->met[i] == 0 || f->met[i] == alive ||
		    f->met[i] == asked)
			continue;
		asked = f->met[i];
		e = is_gone(st, f, asked, &gone);
		if (e)
			return e;
		if (gone)
			continue;
		if (alive)
			return refuse(f, "two-persons");
		alive = asked;
	}
	if (!alive)
		return refuse(f, "two-persons");
	f->who = alive;
	return ERR_OK;
}

static enum err find_person(struct stage *st, struct find *f)
{
	enum err e = look_tags_up(st, f);

	if (e)
		return e;
	for (unsigned i = 0; i < f->met_count; i++) {
		if (f->met[i] == 0 || f->met[i] == f->who)
			continue;
		if (f->who)
			return settle_conflict(st, f);
		f->who = f->met[i];
	}
	return ERR_OK;
}

static void set_handle(struct person_row *p, struct span handle)
{
	memcpy(p->handle, handle.p, handle.n);
	p->handle_len = (uint8_t)handle.n;
}

/* The tag of somebody gone names nobody any more. */
static enum err take_away(
    struct stage *st, int64_t from, struct span tag, bool card)
{
	struct hints one = {.count = 1, .list = {hint_of(tag.p, card)}};
	enum err e = alias_sql_end(
	    &st->roll->alias, st->cell.cell, tag, st->cell.staged);

	return e ? e : stage_note_hints(st, from, &one);
}

/* The tags that do not name our person yet do from this feed on. */
static enum err add_aliases(struct stage *st, const struct find *f)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < f->line->tag_count && !e; i++) {
		struct span tag = tag_of(f->line, i);
		bool card = is_card(f->line, i);

		if (f->met[i] == f->who)
			continue;
		if (f->met[i])
			e = take_away(st, f->met[i], tag, card);
		if (!e)
			e = stage_add_alias(st, tag, f->who, card);
	}
	return e;
}

static enum err add_person(struct stage *st, struct find *f)
{
	uint8_t number[ALIAS_NUMBER];
	enum err e = stage_draw_number(st, &f->person.number);

	if (e)
		return e;
	f->who = st->cell.next_person;
	f->person.cell = st->cell.cell;
	f->person.generation = st->cell.staged;
	f->person.id = f->who;
	f->person.hints = f->tags;
	set_handle(&f->person, f->line->handle);
	e = stage_add_person(st, &f->person);
	if (e)
		return e;
	put_be64(number, (uint64_t)f->person.number);
	e = stage_add_alias(
	    st, span_of(number, sizeof(number)), f->who, false);
	return e ? e : add_aliases(st, f);
}

/* From one feed to the next the handle may change, and is a new row, so that
 * the old one stays visible until the feed's end. */
static enum err renew_person(struct stage *st, struct find *f)
{
	struct person_sql *q = &st->roll->person;
	struct span had = span_of(f->person.handle, f->person.handle_len);
	enum err e = ERR_OK;

	if (!span_equal(had, f->line->handle)) {
		set_handle(&f->person, f->line->handle);
		f->person.generation = st->cell.staged;
		st->touched = true;
		e = person_sql_end(
		    q, st->cell.cell, f->who, st->cell.staged);
		if (!e)
			e = person_sql_add(q, &f->person);
		if (!e)
			e = untidy_sql_note(
			    &st->roll->untidy, st->cell.cell, f->who);
	} else if (f->person.hints.count > f->had.count) {
		e = stage_widen(st, f->who, &f->person.hints);
	}
	return e;
}

/*
 * Where persons are listed whole, the tags that none of their lines names end:
 * the first line notes what it lacks, each further one takes away what it has.
 */
static enum err note_missing(struct stage *st, const struct find *f)
{
	struct untidy_sql *q = &st->roll->untidy;
	struct untidy_row row = {st->cell.cell, f->who, f->had};
	bool known = is_listed(st, f) || stays(st, f);
	enum err e = ERR_OK;

	if (known)
		e = untidy_sql_find(q, row.cell, row.person, &row);
	if (e == ERR_UNKNOWN)
		return ERR_OK;
	if (e)
		return e;
	hint_subtract(&row.hints, &f->tags);
	/* changes end the rights of those that stand here */
	if (row.hints.count == 0 && !known && st->full)
		return ERR_OK;
	st->touched = true;
	return untidy_sql_put(q, &row);
}

static enum err update_person(struct stage *st, struct find *f)
{
	enum err e = ERR_OK;

	if (st->whole)
		e = note_missing(st, f);
	if (!e)
		e = renew_person(st, f);
	return e ? e : add_aliases(st, f);
}

static enum err has_contract(struct stage *st, const struct right_row *right,
    int64_t cover, struct span contract, bool *ret)
{
	enum err e;

	if (right->cover == cover) {
		*ret = true;
		return ERR_OK;
	}
	buf_clear(&st->text);
	e = cover_sql_text(
	    &st->roll->cover, right->cell, right->cover, &st->text);
	if (e)
		return e == ERR_UNKNOWN ? ERR_CORRUPT : e;
	*ret = span_equal(cover_contract(buf_span(&st->text)), contract);
	return ERR_OK;
}

/* The person's right that the line speaks of, or NULL. */
static enum err find_right(
    struct stage *st, struct find *f, int64_t cover)
{
	const struct right_row *found = NULL;
	bool same = false;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < f->right_count && !found && !e; i++) {
		const struct right_row *r = &f->rights[i];

		if (r->order != f->line->order ||
		    r->from_day != f->line->from_day)
			continue;
		e = has_contract(st, r, cover, f->line->contract, &same);
		if (same)
			found = r;
	}
	f->was = found;
	return e;
}

static struct right_row right_of(
    const struct stage *st, const struct find *f, int64_t cover)
{
	const struct feed_line *l = f->line;

	return (struct right_row){.cell = st->cell.cell,
		.person = f->who, .cover = cover, .order = l->order,
		.from_day = l->from_day, .to_day = l->to_day,
		.closed_day = l->closed_day, .age_class = l->age_class,
		.age_change = l->age_change};
}

static enum err add_right(struct stage *st, const struct right_row *right)
{
	int64_t id = 0;
	enum err e = stage_add_right(st, right, &id);

	return e ? e : seen_add(&st->seen, id);
}

static enum err change_right(
    struct stage *st, const struct find *f, const struct right_row *now)
{
	enum err e = right_sql_end(
	    &st->roll->right, f->was, st->cell.staged);

	st->count.changed++;
	if (!e)
		e = untidy_sql_note(
		    &st->roll->untidy, st->cell.cell, f->who);
	return e ? e : add_right(st, now);
}

static enum err put_right(struct stage *st, struct find *f, int64_t cover)
{
	struct right_row now = right_of(st, f, cover);

	if (f->was && right_equal(f->was, &now)) {
		st->count.unchanged++;
		return seen_add(&st->seen, f->was->id);
	}
	if (f->was)
		return change_right(st, f, &now);
	st->count.added++;
	return add_right(st, &now);
}

/*
 * What the person has, and whether the line goes with it. Another handle is
 * another reference of the mutuelle: inside one feed, another person.
 */
static enum err check_person(struct stage *st, struct find *f, int64_t cover)
{
	struct right_row now = right_of(st, f, cover);
	struct person_row *p = &f->person;
	enum err e = stage_person(st, f->who, p);

	if (e)
		return e == ERR_UNKNOWN ? ERR_CORRUPT : e;
	e = load_rights(st, f, f->who);
	f->had = p->hints;
	for (unsigned i = 0; i < f->tags.count && !e; i++)
		if (hint_add(&p->hints, &f->tags.list[i]))
			e = refuse(f, "too-many-tags");
	if (!e && is_listed(st, f) && !span_equal(
	    span_of(p->handle, p->handle_len), f->line->handle))
		e = refuse(f, "two-refs");
	if (!e)
		e = find_right(st, f, cover);
	if (e)
		return e;
	if (!f->was)
		return f->right_count == RIGHT_MOST ?
		    refuse(f, "too-many-rights") : ERR_OK;
	return seen_has(&st->seen, f->was->id) &&
	    !right_equal(f->was, &now) ? refuse(f, "twice") : ERR_OK;
}

/* First all that may refuse the line, then what it changes. */
static enum err merge(struct stage *st, struct find *f)
{
	int64_t cover = 0;
	enum err e;

	f->fault = line_fault(f->line);
	if (f->fault)
		return ERR_REFUSED;
	e = stage_cover_id(st, f->line, &cover);
	if (e == ERR_EXISTS)
		return refuse(f, "domains");
	if (e == ERR_RANGE)
		return refuse(f, "too-many-covers");
	if (!e)
		e = find_person(st, f);
	if (!e && f->who)
		e = check_person(st, f, cover);
	if (!e)
		e = f->who ? update_person(st, f) : add_person(st, f);
	return e ? e : put_right(st, f, cover);
}

static enum err merge_bare(struct stage *st, struct find *f)
{
	enum err e = stage_settle(st);

	return e ? e : stay_bare(st, f->line, &f->fault);
}

static enum err merge_right(struct stage *st, struct find *f)
{
	enum err e = merge(st, f);

	if (!e)
		st->count.lines++;
	return e;
}

enum err merge_line(struct stage *st, const struct feed_line *line,
    const char **ret_fault)
{
	struct find f;
	enum err e;

	f.line = line;
	f.was = NULL;
	f.fault = NULL;
	f.tags.count = 0;
	f.who = 0;
	f.right_count = 0;
	e = line->kind == FEED_LINE_RIGHT ? merge_right(st, &f) :
	    merge_bare(st, &f);
	if (e == ERR_REFUSED && !f.fault)
		e = ERR_IO;	/* the store's own refusal is not the line's */
	if (e == ERR_REFUSED)
		*ret_fault = f.fault;
	return e;
}
