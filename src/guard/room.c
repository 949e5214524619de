/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include "base/sabotage.h"
#include "guard/room.h"

static const struct room_reason none = {GUARD_NOBODY, GUARD_T24};

/* Not yet at the ramp's end? */
static bool is_new(const struct guard_ask *ask, int64_t now_ms)
{
	return ask->key_since_ms >
	    now_ms - (GUARD_RAMP_DAYS - 1) * GUARD_DAY_MS;
}

uint32_t room_subject_id(const struct room *r, enum guard_level level)
{
	const struct guard_ask *ask = r->ask;

	if (level == GUARD_NEWCOMERS)
		return is_new(ask, r->now_ms) ? 1 : 0;
	if (level == GUARD_KEY)
		return ask->key;
	return level == GUARD_SITE ? ask->site : ask->professional;
}

bool room_is_sound(const struct guard_ask *ask, int64_t now_ms)
{
	return ask->key > 0 && ask->key < GUARD_SUBJECTS &&
	    ask->professional < GUARD_SUBJECTS &&
	    ask->site > 0 && ask->site < GUARD_SUBJECTS &&
	    ask->profession > 0 && ask->profession < GUARD_PROFESSIONS &&
	    ask->plane > 0 && ask->plane < GUARD_PLANES &&
	    ask->cell < GUARD_CELLS &&
	    now_ms >= 0 && now_ms <= STATE_TIME_MOST;
}

void room_person(
    uint64_t number, uint32_t cell, uint32_t ret[static SUBJECT_PERSON])
{
	ret[0] = (uint32_t)(number >> 32);
	ret[1] = (uint32_t)number;
	ret[2] = cell;
}

static int64_t window_of(enum guard_kind kind)
{
	return subject_kind_is_day(kind) ? GUARD_DAY_MS : GUARD_MONTH_MS;
}

/*
 * A new key's share of a figure: a quarter on its first day, all of it on its
 * fourteenth, linear between: day d = 0..13 gives (13 + 3 d) / 52, rounded up.
 */
static uint32_t ramp(uint32_t figure, int64_t since_ms, int64_t now_ms)
{
	const int64_t last = GUARD_RAMP_DAYS - 1;
	int64_t day = 0, share;

	if (since_ms <= now_ms - last * GUARD_DAY_MS || SABOTAGED(RAMP))
		return figure;
	if (since_ms < now_ms)
		day = (now_ms - since_ms) / GUARD_DAY_MS;
	share = last + 3 * day;
	return (uint32_t)((figure * share + 4 * last - 1) / (4 * last));
}

static uint32_t figure_of(const struct guard *g, const struct room *r,
    enum guard_level level, enum guard_kind kind)
{
	const struct guard_ask *ask = r->ask;
	const struct subject *s = r->subject[level];
	const struct guard_figures *f =
	    &g->figures[ask->profession][ask->plane][level];

	if (s && s->own &&
	    !(SABOTAGED(NEWCOMERS) && level == GUARD_NEWCOMERS))
		f = s->own;
	else if (level == GUARD_NEWCOMERS)
		return UINT32_MAX;	/* no such budget */
	if (level == GUARD_KEY)
		return ramp(f->of[kind], ask->key_since_ms, g->now);
	return f->of[kind];
}

void room_look(const struct guard *g, struct room *r)
{
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++) {
		const struct subject *s = r->subject[l];

		for (int k = 0; k < GUARD_KINDS; k++) {
			r->line[l].figure[k] =
			    room_subject_id(r, l) == 0 ? 0 :
			    figure_of(g, r, l, (enum guard_kind)k);
			r->line[l].used[k] = !s ? 0 : roll_count(
			    &s->set[subject_set_of((enum guard_kind)k)],
			    subject_kind_is_day((enum guard_kind)k));
		}
	}
}

static void find_answer(struct room *r)
{
	const struct subject *site = r->subject[GUARD_SITE];
	const struct roll *set;
	uint32_t node;

	if (!site)
		return;
	set = &site->set[SUBJECT_ANSWERED];
	node = roll_find(set, r->q);
	if (node == ROLL_NONE)
		return;
	r->answered = true;
	r->answered_at_ms = roll_last(set, node);
	memcpy(r->person, roll_extra(set, node), sizeof(r->person));
}

/* Is the card a presence, seen where it was shown until now? */
static void see_card(struct guard *g, struct room *r)
{
	memcpy(r->q, r->ask->q, sizeof(r->q));
	roll_settle(&g->cards, g->now);
	if (r->ask->card && !SABOTAGED(CARD_SITES))
		r->doubted = sights_count(
		    &g->cards, r->q, r->ask->site) > g->sites;
	r->presence = r->ask->card &&
	    (!r->doubted || g->mode[GUARD_PRESENCE] == GUARD_OBSERVE);
}

void room_meet(
    struct guard *g, const struct guard_ask *ask, struct room *ret)
{
	struct room r = {.ask = ask, .now_ms = g->now, .late = true};

	shared_meet(&g->shared, ask, g->now);
	see_card(g, &r);
	*ret = r;
}

void room_open(
    struct guard *g, const struct guard_ask *ask, struct room *ret)
{
	struct room r = {.ask = ask, .now_ms = g->now};

	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++) {
		r.subject[l] = subject_find(
		    &g->shelf[l], room_subject_id(&r, l));
		if (r.subject[l])
			subject_settle(&g->shelf[l], r.subject[l], g->now);
	}
	shared_settle(&g->shared, ask, g->now);
	see_card(g, &r);
	find_answer(&r);
	room_look(g, &r);
	*ret = r;
}

/* By a sabotage, never else. */
static bool is_left_out(enum guard_level level, enum guard_kind kind)
{
	return (SABOTAGED(PROFESSIONAL) && level == GUARD_PROFESSIONAL) ||
	    (SABOTAGED(SITE) && level == GUARD_SITE) ||
	    (SABOTAGED(MISSES) && subject_set_of(kind) == SUBJECT_M) ||
	    (SABOTAGED(MONTH) && !subject_kind_is_day(kind));
}

static bool applies(
    const struct room *r, enum guard_level level, enum guard_kind kind)
{
	if (room_subject_id(r, level) == 0 || is_left_out(level, kind))
		return false;
	return !r->presence || subject_set_of(kind) != SUBJECT_T;
}

/*
 * May q go on although that budget has no room? Yes if it was answered within
 * the budget's window and its person is counted there; for want of room among
 * the misses, also if it is one of them.
 */
static bool is_known(
    const struct room *r, enum guard_level level, enum guard_kind kind)
{
	const struct subject *s = r->subject[level];
	enum subject_set set = subject_set_of(kind);
	bool day = subject_kind_is_day(kind);

	if (!s)
		return false;
	if (set == SUBJECT_M) {
		if (roll_has(&s->set[SUBJECT_M], r->q, day))
			return true;
		set = SUBJECT_C;
	}
	return r->answered && r->now_ms - r->answered_at_ms < window_of(kind) &&
	    roll_has(&s->set[set], r->person, day);
}

static bool is_full(
    const struct room *r, enum guard_level level, enum guard_kind kind)
{
	return r->line[level].used[kind] >= r->line[level].figure[kind];
}

struct room_reason room_refusal(const struct room *r)
{
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		for (enum guard_kind k = 0; k < GUARD_KINDS; k++)
			if (applies(r, l, k) && is_full(r, l, k) &&
			    !is_known(r, l, k))
				return (struct room_reason){l, k};
	return none;
}

/* Would counting person (NULL: q as a miss) be one more there? */
static bool is_more(const struct room *r, enum guard_level level,
    enum guard_kind kind, const uint32_t *person)
{
	const struct subject *s = r->subject[level];
	enum subject_set set = subject_set_of(kind);

	if ((set == SUBJECT_M) != (person == NULL))
		return false;
	assert(s);	/* full without counts: room_refusal() has refused */
	return !roll_has(&s->set[set], person ? person : r->q,
	    subject_kind_is_day(kind));
}

struct room_reason room_overflow(const struct room *r, const uint32_t *person)
{
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		for (enum guard_kind k = 0; k < GUARD_KINDS; k++)
			if (applies(r, l, k) && is_full(r, l, k) &&
			    is_more(r, l, k, person))
				return (struct room_reason){l, k};
	return none;
}

uint32_t room_left(const struct room *r, enum guard_kind kind)
{
	uint32_t least = UINT32_MAX;

	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++) {
		uint32_t used = r->line[l].used[kind];
		uint32_t figure = r->line[l].figure[kind];
		uint32_t left = figure > used ? figure - used : 0;

		if (room_subject_id(r, l) != 0 && left < least)
			least = left;
	}
	return least;
}

int64_t room_retry_at_ms(const struct room *r, struct room_reason reason)
{
	const struct subject *s = r->subject[reason.level];
	int64_t oldest;

	if (!s)
		return 0;
	oldest = roll_oldest(&s->set[subject_set_of(reason.kind)],
	    subject_kind_is_day(reason.kind));
	return oldest == INT64_MIN ? 0 : oldest + window_of(reason.kind);
}
