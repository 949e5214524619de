/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/sweep.h"

#define TAG_ROWS 8	/* new tags, in a row, cost as much as one row */
#define PERSON_ROWS 5	/* a person to tidy costs as much as so many rows */

enum err sweep_end_cards(struct stage *st, int64_t who)
{
	struct person_row person;
	enum err e = person_sql_current(
	    &st->roll->person, st->cell.cell, who, &person);

	if (e)
		return e == ERR_UNKNOWN ? ERR_CORRUPT : e;
	hint_only_cards(&person.hints);
	if (person.hints.count == 0)
		return ERR_OK;
	st->touched = true;
	return stage_note_hints(st, who, &person.hints);
}

enum err sweep_drop_right(struct stage *st, const struct right_row *right)
{
	struct right_row cut = *right;
	int64_t id;
	enum err e;

	if (right_last_day(right) < st->effective_day)
		return ERR_OK;	/* history, or what we have just cut */
	st->touched = true;
	st->count.dropped++;
	e = right_sql_end(&st->roll->right, right, st->cell.staged);
	if (!e)
		e = untidy_sql_note(
		    &st->roll->untidy, st->cell.cell, right->person);
	if (e || right->from_day >= st->effective_day)
		return e;
	cut.closed_day = st->effective_day - 1;
	return stage_add_right(st, &cut, &id);
}

enum err sweep_spill(struct stage *st, struct sweep *sw, bool *ret_more)
{
	enum err e = spill_step(&st->spill, &st->fresh, &sw->place,
	    st->pace.spill_rows, ret_more);

	if (!e && !*ret_more)
		fresh_clear(&st->fresh);
	return e;
}

enum err sweep_pour(struct stage *st, struct sweep *sw, bool *ret_more)
{
	struct fresh_entry list[ALIAS_MANY];
	unsigned n = 0, met = 0;
	bool has = true;
	enum err e = ERR_OK;

	(void)sw;
	for (unsigned i = 0; i < st->pace.sweep_rows && has && !e;
	    i += met + n / TAG_ROWS) {
		for (n = 0; n < ALIAS_MANY && has && !e; n += has)
			e = spill_pour(&st->spill, &list[n], &has);
		if (!e)
			e = stage_write_aliases(st, list, n, &met);
	}
	if (e)
		return e;
	if (!has)
		spill_release(&st->spill);
	*ret_more = has;
	return ERR_OK;
}

enum err sweep_write(struct stage *st, struct sweep *sw, bool *ret_more)
{
	struct fresh_entry list[ALIAS_MANY];
	const struct fresh_entry *next = NULL;
	unsigned n = 0, met = 0;
	bool has = true;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < st->pace.sweep_rows && has && !e;
	    i += met + n / TAG_ROWS) {
		for (n = 0; n < ALIAS_MANY && has; n += has) {
			next = fresh_next(&st->fresh, &sw->place);
			has = next != NULL;
			if (has)
				list[n] = *next;
		}
		e = stage_write_aliases(st, list, n, &met);
	}
	if (e)
		return e;
	if (!has)
		fresh_release(&st->fresh);
	*ret_more = has;
	return ERR_OK;
}

/* Rows come by person; a person is finished when the next one begins. */
static enum err drop_row(
    struct stage *st, struct sweep *sw, const struct right_row *row)
{
	enum err e = ERR_OK;

	if (row->person != sw->person) {
		if (sw->person != 0 && !sw->listed)
			e = sweep_end_cards(st, sw->person);
		sw->listed = false;
	}
	sw->person = row->person;
	sw->id = row->id;
	if (seen_has(&st->seen, row->id) || seen_has(&st->stays, row->id))
		sw->listed = true;
	else if (!e)
		e = sweep_drop_right(st, row);
	return e;
}

enum err sweep_drop(struct stage *st, struct sweep *sw, bool *ret_more)
{
	struct right_row rows[STAGE_SWEEP];
	unsigned count = 0, most = st->pace.sweep_rows;
	/* whoever is new is listed with all that he has */
	enum err e = right_sql_page(&st->roll->right, st->cell.cell,
	    sw->person, sw->id, st->had, rows, most, &count);

	for (unsigned i = 0; i < count && !e; i++)
		e = drop_row(st, sw, &rows[i]);
	if (!e && count < most && sw->person != 0 && !sw->listed)
		e = sweep_end_cards(st, sw->person);
	if (!e)
		*ret_more = count == most;
	return e;
}

/* f for the next persons of `untidy`. */
static enum err each_untidy(struct stage *st, struct sweep *sw,
    enum err (*f)(struct stage *st, const struct untidy_row *row),
    bool *ret_more)
{
	unsigned most = st->pace.sweep_rows / PERSON_ROWS + 1;
	struct untidy_row row;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < most && !e; i++) {
		e = untidy_sql_next(&st->roll->untidy, st->cell.cell,
		    sw->person, &row);
		if (!e)
			e = f(st, &row);
		if (!e)
			sw->person = row.person;
	}
	if (e && e != ERR_UNKNOWN)
		return e;
	*ret_more = !e;
	return ERR_OK;
}

/* A person that this feed lists: his rights that it does not. */
static enum err drop_unlisted(struct stage *st, const struct untidy_row *row)
{
	struct right_row rights[RIGHT_MOST];
	unsigned count = 0;
	bool listed = false;
	enum err e = right_sql_current(&st->roll->right, row->cell,
	    row->person, rights, &count);

	for (unsigned i = 0; i < count && !e; i++)
		listed = listed || seen_has(&st->seen, rights[i].id);
	for (unsigned i = 0; i < count && !e && listed; i++)
		if (!seen_has(&st->seen, rights[i].id) &&
		    !seen_has(&st->stays, rights[i].id))
			e = sweep_drop_right(st, &rights[i]);
	return e;
}

enum err sweep_drop_listed(struct stage *st, struct sweep *sw, bool *ret_more)
{
	return each_untidy(st, sw, drop_unlisted, ret_more);
}

static enum err end_tags_of(struct stage *st, const struct untidy_row *row)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < row->hints.count && !e; i++)
		e = alias_sql_hint_end(&st->roll->alias, row->cell,
		    row->person, &row->hints.list[i], st->cell.staged);
	return e;
}

enum err sweep_end_tags(struct stage *st, struct sweep *sw, bool *ret_more)
{
	return each_untidy(st, sw, end_tags_of, ret_more);
}

/* The person's hints without those whose tags are gone. */
static enum err shorten_hints(struct stage *st, const struct untidy_row *row)
{
	struct hints kept = {.count = 0};
	struct person_row person;
	bool lives = false;
	enum err e = person_sql_current(
	    &st->roll->person, row->cell, row->person, &person);

	if (e)
		return e == ERR_UNKNOWN ? ERR_CORRUPT : e;
	for (unsigned i = 0; i < person.hints.count && !e; i++) {
		const struct hint *h = &person.hints.list[i];

		e = alias_sql_hint_lives(&st->roll->alias, row->cell,
		    row->person, h, &lives);
		if (!e && lives)
			e = hint_add(&kept, h);
	}
	if (e || kept.count == person.hints.count)
		return e;
	return person_sql_set_hints(
	    &st->roll->person, row->cell, row->person, &kept);
}

static enum err tidy_person(struct stage *st, const struct untidy_row *row)
{
	uint32_t generation = st->cell.generation;
	struct roll *r = st->roll;
	enum err e = right_sql_purge(
	    &r->right, row->cell, row->person, generation);

	if (!e)
		e = person_sql_purge(
		    &r->person, row->cell, row->person, generation);
	for (unsigned i = 0; i < row->hints.count && !e; i++)
		e = alias_sql_hint_purge(&r->alias, row->cell, row->person,
		    &row->hints.list[i], generation);
	if (!e && row->hints.count > 0)
		e = shorten_hints(st, row);
	return e ? e : untidy_sql_drop(&r->untidy, row->cell, row->person);
}

enum err sweep_tidy(struct stage *st, struct sweep *sw, bool *ret_more)
{
	return each_untidy(st, sw, tidy_person, ret_more);
}

static enum err forget_untidy(
    struct stage *st, const struct untidy_row *row)
{
	return untidy_sql_drop(&st->roll->untidy, row->cell, row->person);
}

static enum err close_feed(struct stage *st)
{
	struct cell_row row;
	enum err e = roll_cell(st->roll, st->cell.cell, &row);

	if (e)
		return e;
	row.staged = 0;
	e = roll_put_cell(st->roll, &row);
	if (!e)
		st->cell = row;
	return e;
}

enum err sweep_undo(struct stage *st, struct sweep *sw, bool *ret_more)
{
	uint32_t cell = st->cell.cell, generation = st->cell.staged;
	struct roll *r = st->roll;
	bool more = false;
	enum err e = ERR_OK;

	fresh_release(&st->fresh);
	spill_release(&st->spill);
	held_clear(&st->held);
	if (!st->touched)
		sw->part = SWEEP_UNTIDY;
	switch (sw->part) {
	case SWEEP_ALIASES:
		e = alias_sql_undo(&r->alias, cell, generation, &sw->at,
		    st->pace.sweep_rows, &more);
		break;
	case SWEEP_PERSONS:
		e = person_sql_undo(&r->person, cell, generation,
		    &sw->person, st->pace.sweep_rows, &more);
		break;
	case SWEEP_RIGHTS:
		e = right_sql_undo(&r->right, cell, generation, &sw->person,
		    st->pace.sweep_rows, &more);
		break;
	case SWEEP_COVERS:
		e = cover_sql_undo(&r->cover, cell, generation, &sw->person,
		    st->pace.sweep_rows, &more);
		break;
	case SWEEP_UNTIDY:
		e = each_untidy(st, sw, forget_untidy, &more);
		break;
	}
	if (!e && !more && sw->part == SWEEP_UNTIDY)
		e = close_feed(st);
	if (e)
		return e;
	*ret_more = more || sw->part != SWEEP_UNTIDY;
	if (!more) {
		sw->part++;
		sw->person = 0;
	}
	return ERR_OK;
}
