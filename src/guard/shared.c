/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "guard/shared.h"
#include "guard/subject.h"

static void clear_alarms(struct shared_budget *b)
{
	b->alarm[0] = b->alarm[1] = (struct shared_alarm){INT64_MIN, false};
}

void shared_init(struct shared *s)
{
	*s = (struct shared){0};
	clear_alarms(&s->platform);
	for (int i = 0; i < SHARED_TRADES; i++) {
		struct shared_trade *t = &s->trades[i];

		clear_alarms(&t->budget);
		roll_init(&t->persons, SUBJECT_PERSON, 0, GUARD_MONTH_MS);
	}
}

void shared_clear(struct shared *s)
{
	clear_alarms(&s->platform);
	for (int i = 0; i < SHARED_TRADES; i++) {
		struct shared_trade *t = &s->trades[i];

		clear_alarms(&t->budget);
		roll_release(&t->persons);
	}
	for (uint32_t i = 0; i < s->met_count; i++) {
		clear_alarms(&s->met[i].cell->budget);
		roll_release(&s->met[i].cell->persons);
		s->met[i].due = INT64_MIN;
	}
}

void shared_release(struct shared *s)
{
	shared_clear(s);
	for (uint32_t i = 0; i < s->met_count; i++)
		free(s->met[i].cell);
	free(s->met);
	free(s->cells);
	shared_init(s);
}

struct shared_cell *shared_find_cell(const struct shared *s, uint32_t id)
{
	return id < s->cell_count ? s->cells[id] : NULL;
}

static enum err widen(struct shared *s, uint32_t id)
{
	uint32_t n = s->cell_count ? s->cell_count : 16;
	struct shared_cell **p;

	while (n <= id)
		n *= 2;
	p = reallocarray(s->cells, n, sizeof(*p));
	if (!p)
		return ERR_NOMEM;
	memset(p + s->cell_count, 0, (n - s->cell_count) * sizeof(*p));
	s->cells = p;
	s->cell_count = n;
	return ERR_OK;
}

static enum err widen_met(struct shared *s)
{
	uint32_t n = s->met_cap ? 2 * s->met_cap : 16;
	struct shared_met *p = reallocarray(s->met, n, sizeof(*p));

	if (!p)
		return ERR_NOMEM;
	s->met = p;
	s->met_cap = n;
	return ERR_OK;
}

enum err shared_make_cell(
    struct shared *s, uint32_t id, struct shared_cell **ret)
{
	struct shared_cell *new = shared_find_cell(s, id);

	if (id == 0 || id >= GUARD_CELLS)
		return ERR_RANGE;
	if (new) {
		*ret = new;
		return ERR_OK;
	}
	if (id >= s->cell_count && widen(s, id))
		return ERR_NOMEM;
	if (s->met_count == s->met_cap && widen_met(s))
		return ERR_NOMEM;
	new = calloc(1, sizeof(*new));
	if (!new)
		return ERR_NOMEM;
	new->place = s->met_count++;
	s->met[new->place] = (struct shared_met){new, INT64_MIN, {0}};
	clear_alarms(&new->budget);
	roll_init(&new->persons, SHARED_NUMBER, 0, GUARD_MONTH_MS);
	s->cells[id] = *ret = new;
	return ERR_OK;
}

struct shared_trade *shared_trade(
    struct shared *s, uint16_t profession, uint8_t plane)
{
	assert(profession < GUARD_PROFESSIONS && plane < GUARD_PLANES);
	return &s->trades[profession * GUARD_PLANES + plane];
}

static struct shared_trade *trade_of(
    struct shared *s, const struct guard_ask *ask)
{
	return shared_trade(s, ask->profession, ask->plane);
}

struct guard_wide shared_persons(const struct roll *r)
{
	return (struct guard_wide){
	    roll_count(r, true), roll_count(r, false)};
}

void shared_refresh(struct shared *s, const struct shared_cell *c)
{
	s->met[c->place].due = c->persons.due;
	s->met[c->place].persons = shared_persons(&c->persons);
}

/* Might one person more reach the figure? */
static bool is_near(
    const struct shared_budget *b, struct guard_wide persons)
{
	const struct guard_wide *f = &b->figure;

	return (f->persons24 && persons.persons24 >= f->persons24 - 1) ||
	    (f->persons30 && persons.persons30 >= f->persons30 - 1);
}

static void settle_met(struct shared *s, struct shared_met *m, int64_t now_ms)
{
	roll_settle(&m->cell->persons, now_ms);
	shared_refresh(s, m->cell);
}

static void add_up(struct shared *s)
{
	s->total = (struct guard_wide){0};
	for (uint32_t i = 0; i < s->met_count; i++) {
		s->total.persons24 += s->met[i].persons.persons24;
		s->total.persons30 += s->met[i].persons.persons30;
	}
}

/* All cells' sum, each as it is now; what is cold stays so where the sum
 * tells enough. */
static void settle_cells(struct shared *s, int64_t now_ms)
{
	for (uint32_t i = 0; i < s->met_count; i++)
		if (now_ms >= s->met[i].due &&
		    !roll_is_cold(&s->met[i].cell->persons))
			settle_met(s, &s->met[i], now_ms);
	add_up(s);
	if (!is_near(&s->platform, s->total))
		return;
	for (uint32_t i = 0; i < s->met_count; i++)
		if (roll_is_cold(&s->met[i].cell->persons))
			settle_met(s, &s->met[i], now_ms);
	add_up(s);
}

static void settle_cell_of(struct shared *s, const struct guard_ask *ask,
    bool late, int64_t now_ms)
{
	struct shared_cell *c = shared_find_cell(s, ask->cell);

	if (!c)
		return;
	if (late && !is_near(&c->budget, shared_persons(&c->persons)))
		roll_tell(&c->persons, now_ms);
	else
		roll_settle(&c->persons, now_ms);
	shared_refresh(s, c);
}

/* The next of all trades, so that its memory returns. */
static void sweep(struct shared *s, int64_t now_ms)
{
	roll_tell(&s->trades[s->sweep].persons, now_ms);
	s->sweep = (s->sweep + 1) % SHARED_TRADES;
}

void shared_settle(
    struct shared *s, const struct guard_ask *ask, int64_t now_ms)
{
	roll_settle(&trade_of(s, ask)->persons, now_ms);
	sweep(s, now_ms);
	settle_cell_of(s, ask, false, now_ms);
	settle_cells(s, now_ms);
}

void shared_meet(
    struct shared *s, const struct guard_ask *ask, int64_t now_ms)
{
	struct shared_trade *t = trade_of(s, ask);

	if (is_near(&t->budget, shared_persons(&t->persons)))
		roll_settle(&t->persons, now_ms);
	else
		roll_tell(&t->persons, now_ms);
	sweep(s, now_ms);
	settle_cell_of(s, ask, true, now_ms);
	settle_cells(s, now_ms);
}

void shared_settle_all(struct shared *s, int64_t now_ms)
{
	for (int i = 0; i < SHARED_TRADES; i++)
		roll_settle(&s->trades[i].persons, now_ms);
	for (uint32_t i = 0; i < s->met_count; i++)
		settle_met(s, &s->met[i], now_ms);
	add_up(s);
}

/*
 * 250 ms when the count stands at its figure, doubled for each further
 * quarter of the figure, 4 s from twice the figure on.
 */
static uint32_t wait_of(uint32_t count, uint32_t figure)
{
	uint32_t wait = GUARD_WAIT_LEAST_MS;
	uint64_t steps;

	if (figure == 0 || count < figure)
		return 0;
	steps = (uint64_t)(count - figure) * 4 / figure;
	while (steps-- > 0 && wait < GUARD_WAIT_MOST_MS)
		wait *= 2;
	return wait;
}

static uint32_t longer(uint32_t wait, struct guard_wide count,
    const struct shared_budget *b)
{
	uint32_t day = wait_of(count.persons24, b->figure.persons24);
	uint32_t month = wait_of(count.persons30, b->figure.persons30);

	wait = day > wait ? day : wait;
	return month > wait ? month : wait;
}

uint32_t shared_wait_ms(struct shared *s, const struct guard_ask *ask)
{
	const struct shared_trade *t = trade_of(s, ask);
	const struct shared_cell *c = shared_find_cell(s, ask->cell);
	uint32_t wait = longer(0, s->total, &s->platform);

	wait = longer(wait, shared_persons(&t->persons), &t->budget);
	return c ? longer(wait, shared_persons(&c->persons), &c->budget) :
	    wait;
}

enum err shared_reserve(
    struct shared *s, const struct guard_ask *ask, int64_t now_ms)
{
	struct shared_cell *c;
	enum err e = shared_make_cell(s, ask->cell, &c);

	if (e)
		return e;
	roll_tell(&c->persons, now_ms);	/* it may be new */
	e = roll_reserve(&c->persons);
	return e ? e : roll_reserve(&trade_of(s, ask)->persons);
}

/* before and after: the count around one reading. */
static bool rises(struct shared_alarm *a, uint32_t before, uint32_t after,
    uint32_t figure, int64_t now_ms)
{
	if (figure == 0)
		return false;
	if (before < figure && a->rose_at != INT64_MIN)
		a->fell = true;
	if (after < figure)
		return false;
	if (a->rose_at != INT64_MIN &&
	    (!a->fell || now_ms - a->rose_at < SHARED_SPACING_MS))
		return false;
	a->rose_at = now_ms;
	a->fell = false;
	return true;
}

static uint32_t alarms_of(struct shared_budget *b, struct guard_wide before,
    struct guard_wide after, uint32_t day_bit, int64_t now_ms)
{
	uint32_t bits = 0;

	if (rises(&b->alarm[0], before.persons24, after.persons24,
	    b->figure.persons24, now_ms))
		bits |= day_bit;
	if (rises(&b->alarm[1], before.persons30, after.persons30,
	    b->figure.persons30, now_ms))
		bits |= day_bit << 1;
	return bits;
}

static uint32_t add_to(struct roll *r, struct shared_budget *b,
    const uint32_t *person, uint32_t day_bit, int64_t now_ms)
{
	struct guard_wide before = shared_persons(r);

	roll_put(r, person, NULL);
	return alarms_of(b, before, shared_persons(r), day_bit, now_ms);
}

uint32_t shared_add(struct shared *s, const struct guard_ask *ask,
    const uint32_t *person, int64_t now_ms)
{
	struct shared_trade *t = trade_of(s, ask);
	struct shared_cell *c = shared_find_cell(s, ask->cell);
	struct guard_wide all = s->total, cell = shared_persons(&c->persons);
	uint32_t bits;

	bits = add_to(&t->persons, &t->budget, person,
	    GUARD_ALARM_PROFESSION24, now_ms);
	bits |= add_to(
	    &c->persons, &c->budget, person, GUARD_ALARM_CELL24, now_ms);
	s->total.persons24 += roll_count(&c->persons, true) - cell.persons24;
	s->total.persons30 += roll_count(&c->persons, false) - cell.persons30;
	shared_refresh(s, c);
	return bits | alarms_of(&s->platform, all, s->total,
	    GUARD_ALARM_PLATFORM24, now_ms);
}

size_t shared_memory(const struct shared *s)
{
	size_t n = sizeof(*s) + s->cell_count * sizeof(struct shared_cell *) +
	    s->met_cap * sizeof(struct shared_met);

	for (int i = 0; i < SHARED_TRADES; i++)
		n += roll_memory(&s->trades[i].persons);
	for (uint32_t i = 0; i < s->met_count; i++)
		n += sizeof(*s->met[i].cell) +
		    roll_memory(&s->met[i].cell->persons);
	return n;
}
