/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/stay.h"
#include "rights/sweep.h"

/* The person's tags that were to end with this feed do not; those that name
 * somebody else by now are still to be put in order. */
static enum err keep_tags(struct stage *st, int64_t who)
{
	struct untidy_sql *q = &st->roll->untidy;
	struct untidy_row row;
	struct hints kept = {.count = 0};
	bool lives = false;
	enum err e = untidy_sql_find(q, st->cell.cell, who, &row);

	if (e)
		return e == ERR_UNKNOWN ? ERR_OK : e;
	for (unsigned i = 0; i < row.hints.count && !e; i++) {
		e = alias_sql_hint_lives(&st->roll->alias, row.cell, who,
		    &row.hints.list[i], &lives);
		if (!e && !lives)
			e = hint_add(&kept, &row.hints.list[i]);
	}
	if (e)
		return e;
	row.hints = kept;
	return untidy_sql_put(q, &row);
}

static enum err stay(struct stage *st, int64_t who)
{
	struct right_row rights[RIGHT_MOST];
	unsigned count = 0;
	enum err e = right_sql_current(
	    &st->roll->right, st->cell.cell, who, rights, &count);

	for (unsigned i = 0; i < count && !e; i++)
		e = seen_add(&st->stays, rights[i].id);
	return e ? e : keep_tags(st, who);
}

enum err stay_line(struct stage *st, const struct feed_line *line)
{
	int64_t who = 0, last = 0;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < line->tag_count && !e; i++) {
		e = stage_find(st, span_of(line->tags[i], RIGHTS_TAG), &who);
		if (!e && who != 0 && who != last)
			e = stay(st, who);
		last = who;
	}
	return e;
}

/* Who is listed is not gone. */
static enum err gone(struct stage *st, int64_t who, const char **ret_fault)
{
	struct right_row rights[RIGHT_MOST];
	unsigned count = 0;
	enum err e = right_sql_current(
	    &st->roll->right, st->cell.cell, who, rights, &count);

	for (unsigned i = 0; i < count && !e; i++)
		if (seen_has(&st->seen, rights[i].id)) {
			*ret_fault = "twice";
			return ERR_REFUSED;
		}
	for (unsigned i = 0; i < count && !e; i++)
		e = sweep_drop_right(st, &rights[i]);
	return e ? e : sweep_end_cards(st, who);
}

enum err stay_bare(struct stage *st, const struct feed_line *line,
    const char **ret_fault)
{
	int64_t who = 0;
	enum err e;

	if (line->kind == FEED_LINE_GONE && (st->full || !st->whole)) {
		*ret_fault = "kind";
		return ERR_REFUSED;
	}
	if (line->tag_count != 1 || line->card_count != 0) {
		*ret_fault = "tags";
		return ERR_REFUSED;
	}
	st->count.lines++;
	if (line->kind == FEED_LINE_STAYS)
		return stay_line(st, line);
	e = stage_find(st, span_of(line->tags[0], RIGHTS_TAG), &who);
	if (e || who == 0)
		return e;
	e = gone(st, who, ret_fault);
	if (e == ERR_REFUSED)
		st->count.lines--;
	return e;
}
