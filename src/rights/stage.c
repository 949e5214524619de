/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include "rights/stage.h"

#define KNOW_TAGS 8		/* of one person, numbers and old ones too */

void stage_init(struct stage *st, struct roll *roll, struct random random,
    const struct stage_pace *pace)
{
	memset(st, 0, sizeof(*st));
	st->pace = *pace;
	st->roll = roll;
	st->random = random;
	seen_init(&st->seen);
	seen_init(&st->stays);
	seen_init(&st->named);
	fresh_init(&st->fresh, pace->fresh_tags);
	spill_init(&st->spill, roll->folder);
	buf_init(&st->text, COVER_TEXT_MAX);
}

void stage_release(struct stage *st)
{
	seen_release(&st->seen);
	seen_release(&st->stays);
	seen_release(&st->named);
	fresh_release(&st->fresh);
	spill_release(&st->spill);
	sieve_release(&st->known);
	buf_release(&st->text);
}

enum err stage_take(struct stage *st, uint32_t cell)
{
	seen_release(&st->seen);
	seen_release(&st->stays);
	seen_release(&st->named);
	fresh_release(&st->fresh);
	spill_release(&st->spill);
	sieve_release(&st->known);
	held_clear(&st->held);
	st->knows = false;
	st->vain = 0;
	memset(&st->count, 0, sizeof(st->count));
	st->named_count = 0;
	st->kept_count = 0;
	for (unsigned i = 0; i < STAGE_COVERS; i++)
		st->covers[i].id = 0;
	st->touched = true;	/* by whom, we cannot know */
	return roll_cell(st->roll, cell, &st->cell);
}

enum err stage_open(struct stage *st, const struct feed_begin *begin)
{
	struct cell_row row = st->cell;
	enum err e;

	if (row.generation == UINT32_MAX)
		return ERR_LIMIT;	/* the next one would be none */
	row.staged = row.generation + 1;
	e = roll_put_cell(st->roll, &row);
	if (e)
		return e;
	st->cell = row;
	memcpy(st->cell.feed, begin->id, sizeof(st->cell.feed));
	st->full = begin->kind == FEED_FULL;
	st->whole = begin->kind != FEED_DELTA;
	st->keep_going = begin->keep_going != 0;
	st->version = begin->version;
	st->made_ms = begin->made_ms;
	st->effective_day = begin->effective_day;
	st->touched = false;
	st->had = row.next_person - 1;
	return ERR_OK;
}

void stage_keep_out(struct stage *st, uint32_t line, const char *reason)
{
	struct feed_kept *k = st->kept;

	while (k < st->kept + st->kept_count && !span_is(k->reason, reason))
		k++;
	assert(k < st->kept + FEED_KEPT_REASONS);	/* there are fewer */
	if (k == st->kept + st->kept_count) {
		*k = (struct feed_kept){.reason = span_str(reason)};
		st->kept_count++;
	}
	k->count++;
	if (k->line_count < FEED_KEPT_LINES)
		k->lines[k->line_count++] = line;
}

uint64_t stage_kept_out(const struct stage *st)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < st->kept_count; i++)
		all += st->kept[i].count;
	return all;
}

enum err stage_turn(struct stage *st)
{
	struct cell_row row = st->cell;
	enum err e;

	row.generation = row.staged;
	row.staged = 0;
	row.effective_day = st->effective_day;
	row.made_ms = st->made_ms;
	row.version = st->version;
	e = roll_put_cell(st->roll, &row);
	if (!e)
		e = roll_commit(st->roll);
	if (!e)
		st->cell = row;	/* until then it is the staged one to undo */
	return e;
}

bool stage_should_know(const struct stage *st)
{
	return !st->knows && st->vain > st->had &&
	    st->had <= st->pace.know_persons;
}

static void learn(void *ctx, const struct sheaf_row *row)
{
	sieve_add(ctx, span_of(row->tag, row->n));
}

enum err stage_know(struct stage *st, struct alias_at *at, bool *ret_more)
{
	bool more = false;
	enum err e = ERR_OK;

	if (st->known.count == 0)
		e = sieve_new(
		    (uint64_t)(st->had + 1) * KNOW_TAGS, &st->known);
	if (!e)
		e = alias_sql_walk(&st->roll->alias, st->cell.cell, at,
		    st->pace.spill_rows, learn, &st->known, &more);
	if (e)
		return e;
	st->knows = !more;
	*ret_more = more;
	return ERR_OK;
}

void stage_expect(const struct stage *st, struct span tag)
{
	if (st->knows)
		sieve_expect(&st->known, tag);
	fresh_expect(&st->fresh, tag);
	spill_expect(&st->spill, tag);
}

/* Before a cell's first feed has ended nothing of it is in the table. */
static bool may_stand(const struct stage *st, struct span tag)
{
	return st->cell.generation > 0 &&
	    (!st->knows || sieve_has(&st->known, tag));
}

enum err stage_find(
    struct stage *st, struct span tag, int64_t *ret_person)
{
	int64_t person = fresh_find(&st->fresh, tag);
	enum err e = ERR_OK;

	if (person == 0)
		e = spill_find(&st->spill, tag, &person);
	if (!e && person == 0 && may_stand(st, tag)) {
		e = alias_sql_current(
		    &st->roll->alias, st->cell.cell, tag, &person);
		st->vain += person == 0;
	}
	if (!e)
		*ret_person = person;
	return e;
}

enum err stage_add_alias(
    struct stage *st, struct span tag, int64_t person, bool card)
{
	st->touched = true;
	return fresh_add(&st->fresh, tag, person, card);
}

enum err stage_write_aliases(struct stage *st,
    const struct fresh_entry *list, unsigned count, unsigned *ret_met)
{
	struct sheaf_row rows[ALIAS_MANY];

	for (unsigned i = 0; i < count; i++) {
		const struct fresh_entry *f = &list[i];

		if (f->person > UINT32_MAX)
			return ERR_LIMIT;
		rows[i] = (struct sheaf_row){.n = f->n, .card = f->card,
			.version = st->version, .gen_from = st->cell.staged,
			.person = (uint32_t)f->person};
		memcpy(rows[i].tag, f->tag, f->n);
	}
	return alias_sql_add(
	    &st->roll->alias, st->cell.cell, rows, count, ret_met);
}

/* Does the tag stand anywhere, in whatever generation? */
static enum err is_taken(struct stage *st, struct span tag, bool *ret)
{
	int64_t person = fresh_find(&st->fresh, tag);
	enum err e = ERR_OK;

	*ret = true;
	if (person == 0)
		e = spill_find(&st->spill, tag, &person);
	if (e || person != 0)
		return e;
	*ret = false;
	return !may_stand(st, tag) ? ERR_OK :
	    alias_sql_taken(&st->roll->alias, st->cell.cell, tag, ret);
}

static void draw(struct stage *st, uint8_t to[ALIAS_NUMBER])
{
	if (st->drawn_left == 0) {
		random_fill(&st->random, st->drawn, sizeof(st->drawn));
		st->drawn_left = sizeof(st->drawn);
	}
	st->drawn_left -= ALIAS_NUMBER;
	memcpy(to, st->drawn + st->drawn_left, ALIAS_NUMBER);
}

enum err stage_draw_number(struct stage *st, int64_t *ret)
{
	uint8_t tag[ALIAS_NUMBER];
	bool taken = true;
	enum err e = ERR_OK;

	while (taken && !e) {
		draw(st, tag);
		tag[0] &= 0x7f;
		if (get_be64(tag) != 0)
			e = is_taken(st, span_of(tag, sizeof(tag)), &taken);
	}
	if (!e)
		*ret = (int64_t)get_be64(tag);
	return e;
}

static enum err intern(struct stage *st, struct span text, int64_t *ret)
{
	struct cover_sql *q = &st->roll->cover;
	uint32_t cell = st->cell.cell;
	int64_t id = 0;
	enum err e = cover_sql_find(q, cell, text, &id);

	if (e == ERR_UNKNOWN && st->named_count == st->pace.covers)
		return ERR_RANGE;
	if (e == ERR_UNKNOWN) {
		id = st->cell.next_cover;
		e = cover_sql_add(q, cell, id, st->cell.staged, text);
		if (e == ERR_EXISTS)
			e = ERR_CORRUPT;	/* the line is not at fault */
		if (!e) {
			st->cell.next_cover++;
			st->touched = true;
		}
	}
	if (!e)
		*ret = id;
	return e;
}

static enum err name(struct stage *st, int64_t id)
{
	if (seen_has(&st->named, id))
		return ERR_OK;
	if (st->named_count == st->pace.covers)
		return ERR_RANGE;
	st->named_count++;
	return seen_add(&st->named, id);
}

enum err stage_cover_id(
    struct stage *st, const struct feed_line *line, int64_t *ret)
{
	struct stage_cover *kept;
	struct span text;
	int64_t id = 0;
	enum err e;

	buf_clear(&st->text);
	e = cover_pack(line, &st->text);
	if (e)
		return e;
	text = buf_span(&st->text);
	kept = &st->covers[cover_print(text) % STAGE_COVERS];
	if (!kept->id || !span_equal(span_of(kept->text, kept->n), text)) {
		e = intern(st, text, &id);
		if (e)
			return e;
		kept->id = id;
		kept->n = text.n;
		memcpy(kept->text, text.p, text.n);
	}
	*ret = kept->id;
	return name(st, kept->id);
}

enum err stage_named(struct stage *st, stage_tell *tell, void *ctx)
{
	enum err e = ERR_OK;

	for (int64_t id = 1; id < st->cell.next_cover && !e; id++) {
		if (!seen_has(&st->named, id))
			continue;
		buf_clear(&st->text);
		e = cover_sql_text(
		    &st->roll->cover, st->cell.cell, id, &st->text);
		if (!e)
			e = tell(ctx, st->cell.cell,
			    cover_contract(buf_span(&st->text)));
	}
	return e;
}

enum err stage_settle(struct stage *st)
{
	struct held *h = &st->held;
	enum err e = person_sql_add_all(
	    &st->roll->person, h->persons, h->person_count);

	if (!e)
		e = right_sql_add_all(
		    &st->roll->right, h->rights, h->right_count);
	held_clear(h);
	return e;
}

static enum err make_room(struct stage *st)
{
	return held_has_room(&st->held) ? ERR_OK : stage_settle(st);
}

enum err stage_add_person(struct stage *st, const struct person_row *row)
{
	enum err e = make_room(st);

	if (e)
		return e;
	held_add_person(&st->held, row);
	st->cell.next_person++;
	st->count.persons_new++;
	st->touched = true;
	return ERR_OK;
}

enum err stage_person(
    struct stage *st, int64_t id, struct person_row *ret)
{
	const struct person_row *held = held_person(&st->held, id);

	if (!held)
		return person_sql_current(
		    &st->roll->person, st->cell.cell, id, ret);
	*ret = *held;
	return ERR_OK;
}

enum err stage_rights(struct stage *st, int64_t person,
    struct right_row ret[RIGHT_MOST], unsigned *ret_count)
{
	if (!held_person(&st->held, person))
		return right_sql_current(&st->roll->right, st->cell.cell,
		    person, ret, ret_count);
	held_rights(&st->held, person, ret, ret_count);
	return ERR_OK;
}

enum err stage_widen(
    struct stage *st, int64_t id, const struct hints *hints)
{
	struct person_row *held = held_person(&st->held, id);

	st->touched = true;
	if (!held)
		return person_sql_set_hints(
		    &st->roll->person, st->cell.cell, id, hints);
	held->hints = *hints;
	return ERR_OK;
}

enum err stage_add_right(
    struct stage *st, const struct right_row *row, int64_t *ret_id)
{
	struct right_row own = *row;
	enum err e;

	own.generation = st->cell.staged;
	own.id = st->cell.next_right;
	e = make_room(st);
	if (e)
		return e;
	if (held_person(&st->held, own.person))
		held_add_right(&st->held, &own);
	else
		e = right_sql_add(&st->roll->right, &own);
	if (e)
		return e;
	st->cell.next_right++;
	st->touched = true;
	*ret_id = own.id;
	return ERR_OK;
}

enum err stage_note_hints(
    struct stage *st, int64_t person, const struct hints *more)
{
	struct untidy_row row = {.cell = st->cell.cell, .person = person};
	enum err e = untidy_sql_find(
	    &st->roll->untidy, row.cell, person, &row);

	if (e && e != ERR_UNKNOWN)
		return e;
	e = ERR_OK;
	for (unsigned i = 0; i < more->count && !e; i++)
		e = hint_add(&row.hints, &more->list[i]);
	return e ? e : untidy_sql_put(&st->roll->untidy, &row);
}
