/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/tally.h"

#define SWEEP 2		/* subjects settled in passing by each count */

static enum err reserve_at(struct subject *s, enum guard_level level,
    const struct room *r, const uint32_t *person)
{
	enum err e;

	if (!person)
		return roll_reserve(&s->set[SUBJECT_M]);
	e = roll_reserve(&s->set[SUBJECT_C]);
	if (!e && !r->presence)
		e = roll_reserve(&s->set[SUBJECT_T]);
	if (!e && level == GUARD_SITE)
		e = roll_reserve(&s->set[SUBJECT_ANSWERED]);
	return e;
}

/* All the memory that counting may need, so that it cannot stop half-way. */
static enum err reserve(
    struct guard *g, struct room *r, const uint32_t *person)
{
	enum err e = ERR_OK;

	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++) {
		uint32_t id = room_subject_id(r, l);

		if (id == 0)
			continue;
		e = subject_make(&g->shelf[l], id, &r->subject[l]);
		if (e)
			return e;
		if (r->late)
			subject_tell(&g->shelf[l], r->subject[l], g->now);
		else
			subject_settle(&g->shelf[l], r->subject[l], g->now);
		e = reserve_at(r->subject[l], l, r, person);
		if (e)
			return e;
	}
	if (person)
		e = shared_reserve(&g->shared, r->ask, g->now);
	if (!e && person && r->ask->card)
		e = roll_reserve(&g->cards);
	return e;
}

static void count_at(struct subject *s, enum guard_level level,
    const struct room *r, const uint32_t *person)
{
	if (!person) {
		roll_put(&s->set[SUBJECT_M], r->q, NULL);
		return;
	}
	roll_put(&s->set[SUBJECT_C], person, NULL);
	if (!r->presence)
		roll_put(&s->set[SUBJECT_T], person, NULL);
	if (level == GUARD_SITE)
		roll_put(&s->set[SUBJECT_ANSWERED], r->q, person);
}

/* The card is shown: GUARD_ALARM_CARD when that makes too many sites. */
static uint32_t show_card(struct guard *g, const struct room *r)
{
	uint32_t before = sights_count(&g->cards, r->q, 0);

	sights_add(&g->cards, r->q, r->ask->site);
	return before <= g->sites &&
	    sights_count(&g->cards, r->q, 0) > g->sites ? GUARD_ALARM_CARD : 0;
}

/* Settle a few subjects that nobody asks for, so that their memory returns. */
static void sweep(struct guard *g)
{
	for (int i = 0; i < SWEEP; i++) {
		const struct shelf *s = &g->shelf[g->sweep_level];

		/* what is cold has no memory to give */
		if (g->sweep_id < s->n && s->subjects[g->sweep_id])
			subject_tell(s, s->subjects[g->sweep_id], g->now);
		if (++g->sweep_id < s->n)
			continue;
		g->sweep_id = 0;
		if (++g->sweep_level == GUARD_LEVELS)
			g->sweep_level = GUARD_KEY;
	}
}

enum err tally_count(struct guard *g, struct room *r, const uint32_t *person,
    uint32_t *ret_alarms)
{
	uint32_t alarms = 0;
	enum err e = reserve(g, r, person);

	if (e)
		return e;
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		if (room_subject_id(r, l) != 0)
			count_at(r->subject[l], l, r, person);
	if (person)
		alarms = shared_add(&g->shared, r->ask, person, g->now);
	if (person && r->ask->card)
		alarms |= show_card(g, r);
	sweep(g);
	*ret_alarms = alarms;
	return ERR_OK;
}
