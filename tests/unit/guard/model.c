/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "guard/model.h"

#define HOUR INT64_C(3600000)

static int64_t window(enum guard_kind k)
{
	return k == GUARD_T24 || k == GUARD_C24 || k == GUARD_M24 ?
	    24 * HOUR : 720 * HOUR;
}

static bool is_t(enum guard_kind k)
{
	return k == GUARD_T24 || k == GUARD_T30;
}

static bool is_m(enum guard_kind k)
{
	return k == GUARD_M24 || k == GUARD_M30;
}

/* Newcomers are one subject; a key is of them for thirteen days. */
static uint32_t id_of(
    const struct guard_ask *a, enum guard_level l, int64_t at)
{
	if (l == GUARD_NEWCOMERS)
		return at - a->key_since_ms < 13 * 24 * HOUR ? 1 : 0;
	return l == GUARD_KEY ? a->key :
	    l == GUARD_PROFESSIONAL ? a->professional : a->site;
}

/* (now - w, now] */
static bool inside(const struct model *m, const struct model_read *r,
    int64_t w)
{
	return r->at > m->now - w && r->at <= m->now;
}

static bool same_q(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, GUARD_Q) == 0;
}

static bool same_thing(const struct model_read *a, const struct model_read *b)
{
	if ((a->number == 0) != (b->number == 0))
		return false;
	if (a->number == 0)
		return same_q(a->ask.q, b->ask.q);
	return a->number == b->number && a->ask.cell == b->ask.cell;
}

/* A choice of readings, by whatever is not a wildcard. */
struct choice {
	enum guard_level level;		/* NOBODY: any */
	uint32_t id;
	bool misses, only_t;
	int profession, plane, cell;	/* -1: any */
	int64_t w;
};

static bool chosen(const struct model *m, const struct model_read *r,
    const struct choice *c)
{
	if ((r->number == 0) != c->misses || !inside(m, r, c->w))
		return false;
	if (c->only_t && !r->in_t)
		return false;
	if (c->level != GUARD_NOBODY && id_of(&r->ask, c->level, r->at) != c->id)
		return false;
	return (c->profession < 0 || r->ask.profession == c->profession) &&
	    (c->plane < 0 || r->ask.plane == c->plane) &&
	    (c->cell < 0 || (int)r->ask.cell == c->cell);
}

static uint32_t distinct(const struct model *m, struct choice c)
{
	static const struct model_read *seen[MODEL_READS];
	uint32_t n = 0;

	for (int i = 0; i < m->n; i++) {
		uint32_t k = 0;

		if (!chosen(m, &m->reads[i], &c))
			continue;
		while (k < n && !same_thing(seen[k], &m->reads[i]))
			k++;
		if (k == n)
			seen[n++] = &m->reads[i];
	}
	return n;
}

static struct choice choice_of(
    enum guard_level level, uint32_t id, enum guard_kind kind)
{
	return (struct choice){level, id, is_m(kind), is_t(kind), -1, -1, -1,
	    window(kind)};
}

uint32_t model_used(const struct model *m, enum guard_level level,
    uint32_t id, enum guard_kind kind)
{
	return distinct(m, choice_of(level, id, kind));
}

static struct guard_wide wide(
    const struct model *m, int profession, int plane, int cell)
{
	struct choice c = {GUARD_NOBODY, 0, false, false, profession, plane,
	    cell, 24 * HOUR};
	struct guard_wide ret;

	ret.persons24 = distinct(m, c);
	c.w = 720 * HOUR;
	ret.persons30 = distinct(m, c);
	return ret;
}

struct guard_wide model_trade(
    const struct model *m, uint16_t profession, uint8_t plane)
{
	return wide(m, profession, plane, -1);
}

struct guard_wide model_cell(const struct model *m, uint32_t cell)
{
	return wide(m, -1, -1, (int)cell);
}

struct guard_wide model_platform(const struct model *m)
{
	return wide(m, -1, -1, -1);
}

/* Is that thing among those counted there? */
static bool counted(const struct model *m, enum guard_level level,
    uint32_t id, enum guard_kind kind, const struct model_read *thing)
{
	struct choice c = choice_of(level, id, kind);

	c.misses = thing->number == 0;
	for (int i = 0; i < m->n; i++)
		if (chosen(m, &m->reads[i], &c) &&
		    same_thing(&m->reads[i], thing))
			return true;
	return false;
}

static uint32_t figure(const struct model *m, const struct guard_ask *a,
    enum guard_level l, enum guard_kind k)
{
	uint32_t id = id_of(a, l, m->now);
	uint32_t f = m->has_own[l][id] ? m->own[l][id].of[k] :
	    m->figures[a->profession][a->plane][l].of[k];
	double days = (double)(m->now - a->key_since_ms) / (24.0 * HOUR);
	int day = days < 0 ? 1 : days >= 13 ? 14 : 1 + (int)days;
	uint32_t ramped = 0;

	if (l == GUARD_NEWCOMERS && !m->has_own[l][id])
		return UINT32_MAX;
	if (l != GUARD_KEY)
		return f;
	/* day 1: 1/4, day 14: 1; the least whole number not below */
	while (ramped * 52 < f * (13 + 3 * (uint32_t)(day - 1)))
		ramped++;
	return ramped;
}

/* Sites where card q was answered in the last day, and site if not 0. */
static uint32_t sites_of(
    const struct model *m, const uint8_t *q, uint32_t site)
{
	bool at[MODEL_IDS] = {false};
	uint32_t n = 0;

	if (site)
		at[site] = true;
	for (int i = 0; i < m->n; i++) {
		const struct model_read *r = &m->reads[i];

		if (r->number && r->ask.card && same_q(r->ask.q, q) &&
		    inside(m, r, 24 * HOUR))
			at[r->ask.site] = true;
	}
	for (int i = 0; i < MODEL_IDS; i++)
		n += at[i];
	return n;
}

/* The last time q was answered at this site within w; NULL: not. */
static const struct model_read *answer_of(
    const struct model *m, const struct guard_ask *a, int64_t w)
{
	for (int i = m->n - 1; i >= 0; i--) {
		const struct model_read *r = &m->reads[i];

		if (r->number && r->ask.site == a->site &&
		    same_q(r->ask.q, a->q))
			return inside(m, r, w) ? r : NULL;
	}
	return NULL;
}

static bool goes_on(const struct model *m, const struct guard_ask *a,
    enum guard_level l, enum guard_kind k)
{
	const struct model_read *r = answer_of(m, a, window(k));
	struct model_read miss = {.ask = *a, .number = 0};
	enum guard_kind where = is_m(k) ?
	    (k == GUARD_M24 ? GUARD_C24 : GUARD_C30) : k;

	if (r && counted(m, l, id_of(a, l, m->now), where, r))
		return true;
	return is_m(k) && counted(m, l, id_of(a, l, m->now), k, &miss);
}

static bool lacks(const struct model *m, const struct guard_ask *a,
    bool presence, enum guard_level l, enum guard_kind k)
{
	if (id_of(a, l, m->now) == 0 || (presence && is_t(k)))
		return false;
	return model_used(m, l, id_of(a, l, m->now), k) >= figure(m, a, l, k);
}

/* The first budget that refuses; thing NULL: nothing was looked up yet. */
static enum guard_level refuses(const struct model *m,
    const struct guard_ask *a, bool presence, const struct model_read *thing,
    enum guard_kind *ret)
{
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		for (enum guard_kind k = 0; k < GUARD_KINDS; k++) {
			if (!lacks(m, a, presence, l, k))
				continue;
			*ret = k;
			if (!thing && !goes_on(m, a, l, k))
				return l;
			if (thing && is_m(k) == (thing->number == 0) &&
			    !counted(m, l, id_of(a, l, m->now), k, thing))
				return l;
		}
	*ret = 0;
	return GUARD_NOBODY;
}

static uint32_t wait_for(uint32_t count, uint32_t figure_)
{
	if (figure_ == 0 || count < figure_)
		return 0;
	if (4 * count >= 8 * figure_)
		return 4000;
	if (4 * count >= 7 * figure_)
		return 2000;
	if (4 * count >= 6 * figure_)
		return 1000;
	return 4 * count >= 5 * figure_ ? 500 : 250;
}

static uint32_t most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t wait_both(struct guard_wide count, struct guard_wide f)
{
	return most(wait_for(count.persons24, f.persons24),
	    wait_for(count.persons30, f.persons30));
}

static uint32_t wait_ms(const struct model *m, const struct guard_ask *a)
{
	uint32_t w = wait_both(model_trade(m, a->profession, a->plane),
	    m->trade[a->profession][a->plane]);

	if (a->cell)
		w = most(w,
		    wait_both(model_cell(m, a->cell), m->cell[a->cell]));
	return most(w, wait_both(model_platform(m), m->platform));
}

static uint32_t left(
    const struct model *m, const struct guard_ask *a, enum guard_kind k)
{
	uint32_t least = UINT32_MAX;

	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++) {
		uint32_t f = figure(m, a, l, k);
		uint32_t u = model_used(m, l, id_of(a, l, m->now), k);

		if (id_of(a, l, m->now) && (u >= f ? 0 : f - u) < least)
			least = u >= f ? 0 : f - u;
	}
	return least;
}

/* When the thing that leaves that budget first will leave it. */
static int64_t first_to_leave(const struct model *m, enum guard_level l,
    uint32_t id, enum guard_kind k)
{
	struct choice c = choice_of(l, id, k);
	int64_t first = 0;

	for (int i = 0; i < m->n; i++) {
		int64_t last = 0;

		if (!chosen(m, &m->reads[i], &c))
			continue;
		for (int j = i; j < m->n; j++)
			if (chosen(m, &m->reads[j], &c) &&
			    same_thing(&m->reads[i], &m->reads[j]))
				last = m->reads[j].at;
		/* an earlier i of the same thing gives the same last */
		if (first == 0 || last + c.w < first)
			first = last + c.w;
	}
	return first;
}

static struct guard_verdict verdict(struct model *m,
    const struct guard_ask *a, const struct model_read *thing)
{
	struct guard_verdict v = {.told.decision = GUARD_GO};

	v.card_doubted = a->card && sites_of(m, a->q, a->site) > m->sites;
	v.presence = a->card &&
	    !(v.card_doubted && !m->observe[GUARD_PRESENCE]);
	v.level = refuses(m, a, v.presence, NULL, &v.kind);
	if (v.level == GUARD_NOBODY && thing)
		v.level = refuses(m, a, v.presence, thing, &v.kind);
	if (!v.presence)
		v.would_wait_ms = wait_ms(m, a);
	if (!m->observe[GUARD_SHARED])
		v.told.wait_ms = v.would_wait_ms;
	if (v.level != GUARD_NOBODY && !m->observe[GUARD_BUDGETS]) {
		v.told.decision = GUARD_REFUSE;
		v.told.retry_at_ms =
		    first_to_leave(m, v.level, id_of(a, v.level, m->now), v.kind);
	}
	v.told.left_t24 = left(m, a, GUARD_T24);
	v.told.left_c24 = left(m, a, GUARD_C24);
	return v;
}

struct guard_verdict model_room(
    struct model *m, const struct guard_ask *ask, int64_t now)
{
	if (now > m->now)
		m->now = now;
	return verdict(m, ask, NULL);
}

static bool alarm_rises(struct model_alarm *a, uint32_t before,
    uint32_t after, uint32_t figure_, int64_t now)
{
	if (figure_ == 0)
		return false;
	if (before < figure_)
		a->below_since = true;
	if (after < figure_)
		return false;
	if (a->ever && !(a->below_since && now - a->at >= 24 * HOUR))
		return false;
	*a = (struct model_alarm){true, false, now};
	return true;
}

static uint32_t alarms_of(struct model_alarm a[2], struct guard_wide before,
    struct guard_wide after, struct guard_wide f, uint32_t bit, int64_t now)
{
	uint32_t bits = 0;

	if (alarm_rises(&a[0], before.persons24, after.persons24,
	    f.persons24, now))
		bits |= bit;
	if (alarm_rises(&a[1], before.persons30, after.persons30,
	    f.persons30, now))
		bits |= 2 * bit;
	return bits;
}

struct guard_verdict model_count(struct model *m,
    const struct guard_ask *ask, uint64_t number, int64_t now)
{
	struct model_read thing = {0, *ask, number, false};
	struct guard_wide trade, cell, all;
	struct guard_verdict v;
	uint32_t sites;

	if (now > m->now)
		m->now = now;
	v = verdict(m, ask, &thing);
	if (v.told.decision == GUARD_REFUSE)
		return v;
	trade = model_trade(m, ask->profession, ask->plane);
	cell = model_cell(m, ask->cell);
	all = model_platform(m);
	sites = sites_of(m, ask->q, 0);
	thing.at = m->now;
	thing.in_t = !v.presence;
	m->reads[m->n++] = thing;
	v.told.left_t24 = left(m, ask, GUARD_T24);
	v.told.left_c24 = left(m, ask, GUARD_C24);
	if (number == 0)
		return v;
	v.alarms = alarms_of(m->trade_alarm[ask->profession][ask->plane],
	    trade, model_trade(m, ask->profession, ask->plane),
	    m->trade[ask->profession][ask->plane],
	    GUARD_ALARM_PROFESSION24, m->now);
	v.alarms |= alarms_of(m->cell_alarm[ask->cell], cell,
	    model_cell(m, ask->cell), m->cell[ask->cell],
	    GUARD_ALARM_CELL24, m->now);
	v.alarms |= alarms_of(m->platform_alarm, all, model_platform(m),
	    m->platform, GUARD_ALARM_PLATFORM24, m->now);
	if (ask->card && sites <= m->sites &&
	    sites_of(m, ask->q, 0) > m->sites)
		v.alarms |= GUARD_ALARM_CARD;
	return v;
}
