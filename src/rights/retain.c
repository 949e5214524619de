/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/limits.h"
#include "rights/retain.h"

#define PAGE_PERSONS 300	/* looked at in one step: some milliseconds */
#define MONTHS_OPEN 11		/* besides this one: docs/acts.md, destroy */
#define BARE_HINTS 1		/* a former member's: his handle's */

struct work {
	struct roll *roll;
	const struct retain_ask *ask;
	struct retain_said *said;
};

/* The tag that stays, if it is his. */
static enum err kept_hints(const struct work *w,
    const struct person_row *person, struct span tag, struct hints *ret)
{
	int64_t who = 0;
	struct hint h = hint_of(tag.p, false);
	enum err e = alias_sql_current(
	    &w->roll->alias, w->ask->cell, tag, &who);

	ret->count = 0;
	return !e && who == person->id ? hint_add(ret, &h) : e;
}

static enum err drop_aliases(const struct work *w,
    const struct person_row *person, struct span but)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < person->hints.count && !e; i++)
		e = alias_sql_hint_drop(&w->roll->alias, w->ask->cell,
		    person->id, &person->hints.list[i], but);
	return e;
}

/* A feed may have brought him back since he was said to be gone. */
static enum err strip(const struct work *w, const struct retain_keep *keep)
{
	struct right_row rights[RIGHT_MOST];
	struct person_row person;
	struct hints kept;
	struct span tag = span_of(keep->tag, RIGHTS_TAG);
	unsigned count = 0;
	enum err e = person_sql_current(&w->roll->person, w->ask->cell,
	    (int64_t)keep->person, &person);

	if (!e)
		e = right_sql_current(&w->roll->right, w->ask->cell,
		    person.id, rights, &count);
	if (e || count > 0)
		return e == ERR_UNKNOWN ? ERR_OK : e;
	e = kept_hints(w, &person, tag, &kept);
	if (!e)
		e = drop_aliases(w, &person, tag);
	if (!e)
		e = person_sql_set_gone(&w->roll->person, w->ask->cell,
		    person.id, &kept, w->ask->today);
	w->said->persons += !e;
	return e;
}

static enum err forget(const struct work *w, const struct person_row *person)
{
	uint8_t number[ALIAS_NUMBER];
	enum err e;

	w->said->names++;
	if (w->ask->dry)
		return ERR_OK;
	put_be64(number, (uint64_t)person->number);
	e = drop_aliases(w, person, span_of(NULL, 0));
	if (!e)
		e = alias_sql_drop(&w->roll->alias, w->ask->cell,
		    span_of(number, sizeof(number)));
	return e ? e : person_sql_drop(
	    &w->roll->person, w->ask->cell, person->id);
}

static enum err drop_rights(const struct work *w,
    const struct person_row *person, unsigned *ret_left)
{
	struct right_row rights[RIGHT_MOST];
	unsigned count = 0, left = 0;
	enum err e = right_sql_current(&w->roll->right, w->ask->cell,
	    person->id, rights, &count);

	for (unsigned i = 0; i < count && !e; i++) {
		if (right_last_day(&rights[i]) > w->ask->ended_day) {
			left++;
			continue;
		}
		w->said->rights++;
		if (!w->ask->dry)
			e = right_sql_drop(&w->roll->right, &rights[i]);
	}
	*ret_left = left;
	return e;
}

/* He has no right: his aliases go, by the next message; or, if they went,
 * number and handle. */
static enum err leave(const struct work *w, const struct person_row *person)
{
	struct retain_gone *g = &w->said->gone[w->said->count];

	if (person->gone_day != 0 && person->hints.count <= BARE_HINTS)
		return person->gone_day < w->ask->live_day ?
		    forget(w, person) : ERR_OK;
	if (w->ask->dry) {
		w->said->persons++;
		return ERR_OK;
	}
	g->person = (uint64_t)person->id;
	g->handle_len = person->handle_len;
	memcpy(g->handle, person->handle, person->handle_len);
	w->said->count++;
	return ERR_OK;
}

static enum err walk(const struct work *w, bool *ret_end)
{
	struct person_row person;
	unsigned left = 0;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < PAGE_PERSONS && !e &&
	    w->said->count < RETAIN_MOST; i++) {
		e = person_sql_next(&w->roll->person, w->ask->cell,
		    (int64_t)w->said->after, &person);
		if (!e)
			e = drop_rights(w, &person, &left);
		if (!e && left == 0)
			e = leave(w, &person);
		if (!e)
			w->said->after = (uint64_t)person.id;
	}
	*ret_end = e == ERR_UNKNOWN;
	return *ret_end ? ERR_OK : e;
}

/* All of the cell was seen, and nobody waits to lose aliases. */
static enum err end_cell(const struct work *w, struct cell_row *row)
{
	w->said->state = RETAIN_END;
	if (w->ask->dry)
		return ERR_OK;
	row->purged_day = w->ask->ended_day;
	return roll_put_cell(w->roll, row);
}

static enum err work(const struct work *w, struct cell_row *row)
{
	bool end = false;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < w->ask->count && !e; i++)
		e = strip(w, &w->ask->keep[i]);
	if (!e)
		e = walk(w, &end);
	if (!e && end && w->said->count == 0)
		e = end_cell(w, row);
	return e;
}

enum err retain_bound(struct retain_ask *ask, int32_t today)
{
	int32_t live = date_month_start(date_add_months(today, -MONTHS_OPEN));

	if (ask->ended_day > today + 1 - LIMIT_PURGE_DAYS)
		return ERR_RANGE;
	if (ask->live_day > live)
		ask->live_day = live;
	if (ask->today < today)
		ask->today = today;
	return ERR_OK;
}

enum err retain_step(struct roll *roll, const struct retain_ask *ask,
    struct retain_said *ret)
{
	struct work w = {roll, ask, ret};
	struct cell_row row;
	enum err e = roll_cell(roll, ask->cell, &row);

	memset(ret, 0, sizeof(*ret));
	ret->state = RETAIN_MORE;
	ret->after = ask->after;
	if (e)
		return e;
	if (row.generation == 0 ||
	    (!ask->dry && row.purged_day >= ask->ended_day)) {
		ret->state = RETAIN_END;
		return ERR_OK;
	}
	if (!ask->dry)
		e = roll_write(roll);
	if (!e)
		e = work(&w, &row);
	if (!e && !ask->dry)
		e = roll_commit(roll);
	if (!e && !ask->dry)
		e = ret->state == RETAIN_END ? store_scrub(roll->store) :
		    store_settle(roll->store);
	if (e)
		roll_rollback(roll);
	return e;
}
