/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "guard/guard.h"
#include "guard/room.h"
#include "guard/snapshot.h"
#include "guard/state.h"
#include "guard/tally.h"

struct guard *guard_new(void)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	buf_init(&g->own, SIZE_MAX);
	g->sites = GUARD_SITES;
	g->now = INT64_MIN;
	g->sweep_level = GUARD_KEY;
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		g->shelf[l].level = l;
	shared_init(&g->shared);
	sights_init(&g->cards);
	return g;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		subject_release(&g->shelf[l]);
	shared_release(&g->shared);
	roll_release(&g->cards);
	buf_release(&g->own);
	free(g);
}

int64_t guard_now(const struct guard *g)
{
	return g->now;
}

bool guard_figures_agree(const struct guard_figures *f)
{
	const uint32_t *of = f->of;

	return of[GUARD_T24] <= of[GUARD_C24] &&
	    of[GUARD_T30] <= of[GUARD_C30] &&
	    of[GUARD_T24] <= of[GUARD_T30] &&
	    of[GUARD_C24] <= of[GUARD_C30] &&
	    of[GUARD_M24] <= of[GUARD_M30];
}

enum err guard_set_figures(struct guard *g, uint16_t profession,
    uint8_t plane, enum guard_level level, const struct guard_figures *f)
{
	if (profession == 0 || profession >= GUARD_PROFESSIONS ||
	    plane >= GUARD_PLANES || level >= GUARD_LEVELS || !guard_figures_agree(f))
		return ERR_RANGE;
	for (int p = 1; p < GUARD_PLANES; p++)
		for (int l = GUARD_KEY; l < GUARD_LEVELS; l++)
			if ((plane == 0 || plane == p) &&
			    (level == GUARD_NOBODY || (int)level == l))
				g->figures[profession][p][l] = *f;
	return ERR_OK;
}

enum err guard_set_newcomers(struct guard *g, const struct guard_wide *w)
{
	struct guard_figures f;

	for (int k = 0; k < GUARD_KINDS; k++)
		f.of[k] = UINT32_MAX;
	if (w->persons30)
		f.of[GUARD_T30] = w->persons30;
	f.of[GUARD_T24] = w->persons24 ? w->persons24 : f.of[GUARD_T30];
	return guard_set_own(g, GUARD_NEWCOMERS, 1,
	    w->persons24 || w->persons30 ? &f : NULL);
}

enum err guard_set_own(struct guard *g, enum guard_level level, uint32_t id,
    const struct guard_figures *f)
{
	struct subject *s;
	enum err e;

	if (level <= GUARD_NOBODY || level >= GUARD_LEVELS)
		return ERR_RANGE;
	if (f && !guard_figures_agree(f))
		return ERR_RANGE;
	e = subject_make(&g->shelf[level], id, &s);
	if (e)
		return e;
	if (f && !s->own)
		s->own = malloc(sizeof(*s->own));
	if (f && !s->own)
		return ERR_NOMEM;
	if (f) {
		*s->own = *f;
		return ERR_OK;
	}
	free(s->own);
	s->own = NULL;
	return ERR_OK;
}

static bool wide_agrees(const struct guard_wide *w)
{
	return w->persons30 == 0 || w->persons24 <= w->persons30;
}

enum err guard_set_profession(struct guard *g, uint16_t profession,
    uint8_t plane, const struct guard_wide *w)
{
	if (profession == 0 || profession >= GUARD_PROFESSIONS ||
	    plane >= GUARD_PLANES || !wide_agrees(w))
		return ERR_RANGE;
	for (int p = 1; p < GUARD_PLANES; p++)
		if (plane == 0 || plane == p)
			shared_trade(&g->shared, profession, (uint8_t)p)
			    ->budget.figure = *w;
	return ERR_OK;
}

enum err guard_set_cell(
    struct guard *g, uint32_t cell, const struct guard_wide *w)
{
	struct shared_cell *c;
	enum err e;

	if (!wide_agrees(w))
		return ERR_RANGE;
	e = shared_make_cell(&g->shared, cell, &c);
	if (!e)
		c->budget.figure = *w;
	return e;
}

enum err guard_set_platform(struct guard *g, const struct guard_wide *w)
{
	if (!wide_agrees(w))
		return ERR_RANGE;
	g->shared.platform.figure = *w;
	return ERR_OK;
}

enum err guard_set_sites(struct guard *g, uint32_t sites)
{
	if (sites == 0 || sites > GUARD_SITES_MOST)
		return ERR_RANGE;
	g->sites = sites;
	return ERR_OK;
}

void guard_set_mode(
    struct guard *g, enum guard_control control, enum guard_mode mode)
{
	g->mode[control] = mode;
}

/* Time goes on, never back. */
static void tick(struct guard *g, int64_t now_ms)
{
	if (now_ms > g->now)
		g->now = now_ms;
}

static void tell_left(const struct room *r, struct guard_verdict *v)
{
	v->told.left_t24 = room_left(r, GUARD_T24);
	v->told.left_c24 = room_left(r, GUARD_C24);
}

/* What room and count have in common, before anything is counted. */
static struct guard_verdict judge(struct guard *g,
    const struct room *r, struct room_reason reason)
{
	struct guard_verdict v = {.told.decision = GUARD_GO,
	    .level = reason.level, .kind = reason.kind,
	    .presence = r->presence, .card_doubted = r->doubted,
	    .key_persons = r->line[GUARD_KEY].figure[GUARD_C24]};

	tell_left(r, &v);
	if (!r->presence)
		v.would_wait_ms = shared_wait_ms(&g->shared, r->ask);
	if (g->mode[GUARD_SHARED] == GUARD_ENFORCE)
		v.told.wait_ms = v.would_wait_ms;
	if (reason.level != GUARD_NOBODY && !SABOTAGED(BUDGET) &&
	    g->mode[GUARD_BUDGETS] == GUARD_ENFORCE) {
		v.told.decision = GUARD_REFUSE;
		v.told.retry_at_ms = room_retry_at_ms(r, reason);
	}
	return v;
}

void guard_room(struct guard *g, const struct guard_ask *ask, int64_t now_ms,
    struct guard_verdict *ret)
{
	struct room r;

	if (!room_is_sound(ask, now_ms)) {
		*ret = (struct guard_verdict){.told.decision = GUARD_REFUSE};
		return;
	}
	tick(g, now_ms);
	room_open(g, ask, &r);
	*ret = judge(g, &r, room_refusal(&r));
	if (g->store.failed)
		*ret = (struct guard_verdict){.told.decision = GUARD_REFUSE};
}

enum err guard_count(struct guard *g, const struct guard_ask *ask,
    uint64_t number, int64_t now_ms, struct guard_verdict *ret)
{
	uint32_t words[SUBJECT_PERSON], *person = number ? words : NULL;
	struct room_reason reason;
	struct guard_verdict v;
	struct room r;
	enum err e;

	if (!room_is_sound(ask, now_ms) || (number && ask->cell == 0))
		return ERR_RANGE;
	tick(g, now_ms);
	room_open(g, ask, &r);
	if (g->store.failed)
		return ERR_IO;
	room_person(number, ask->cell, words);
	reason = room_refusal(&r);
	if (reason.level == GUARD_NOBODY)
		reason = room_overflow(&r, person);
	v = judge(g, &r, reason);
	if (v.told.decision == GUARD_GO) {
		e = tally_count(g, &r, person, &v.alarms);
		if (e)
			return e;
		room_look(g, &r);
		tell_left(&r, &v);
	}
	*ret = v;
	return ERR_OK;
}

enum err guard_apply(struct guard *g, const struct guard_ask *ask,
    uint64_t number, int64_t now_ms)
{
	uint32_t words[SUBJECT_PERSON], alarms;
	struct room r;

	if (!room_is_sound(ask, now_ms) || (number && ask->cell == 0))
		return ERR_RANGE;
	tick(g, now_ms);
	room_meet(g, ask, &r);
	if (g->store.failed)
		return ERR_IO;
	room_person(number, ask->cell, words);
	return tally_count(g, &r, number ? words : NULL, &alarms);
}

void guard_look(struct guard *g, const struct guard_ask *ask,
    enum guard_level level, int64_t now_ms, struct guard_line *ret)
{
	struct room r;

	*ret = (struct guard_line){0};
	if (!room_is_sound(ask, now_ms) || level <= GUARD_NOBODY ||
	    level >= GUARD_LEVELS)
		return;
	tick(g, now_ms);
	room_open(g, ask, &r);
	*ret = r.line[level];
}

struct guard_wide guard_look_newcomers(struct guard *g, int64_t now_ms)
{
	struct shelf *shelf = &g->shelf[GUARD_NEWCOMERS];
	struct subject *s = subject_find(shelf, 1);

	tick(g, now_ms);
	if (!s)
		return (struct guard_wide){0};
	subject_settle(shelf, s, g->now);
	return shared_persons(&s->set[SUBJECT_T]);
}

struct guard_wide guard_look_profession(
    struct guard *g, uint16_t profession, uint8_t plane, int64_t now_ms)
{
	struct roll *r;

	if (profession >= GUARD_PROFESSIONS || plane >= GUARD_PLANES)
		return (struct guard_wide){0};
	tick(g, now_ms);
	r = &shared_trade(&g->shared, profession, plane)->persons;
	roll_settle(r, g->now);
	return shared_persons(r);
}

struct guard_wide guard_look_cell(
    struct guard *g, uint32_t cell, int64_t now_ms)
{
	struct shared_cell *c = shared_find_cell(&g->shared, cell);

	tick(g, now_ms);
	if (!c)
		return (struct guard_wide){0};
	roll_settle(&c->persons, g->now);
	return shared_persons(&c->persons);
}

struct guard_wide guard_look_platform(struct guard *g, int64_t now_ms)
{
	tick(g, now_ms);
	shared_settle_all(&g->shared, g->now);
	return g->shared.total;
}

uint64_t guard_memory(const struct guard *g)
{
	uint64_t n = sizeof(*g) + shared_memory(&g->shared) +
	    roll_memory(&g->cards);

	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++) {
		const struct shelf *s = &g->shelf[l];

		n += s->n * sizeof(struct subject *);
		for (uint32_t i = 0; i < s->n; i++)
			if (s->subjects[i])
				n += subject_memory(s, s->subjects[i]);
	}
	return n;
}

enum err guard_save_to(struct guard *g, struct guard_sink to)
{
	return snapshot_save(g, to);
}

enum err guard_load_from(
    struct guard *g, struct guard_source from, uint64_t *ret_size)
{
	return snapshot_load(g, from, ret_size);
}

enum err guard_failed(const struct guard *g)
{
	return g->store.failed;
}

static enum err put_memory(void *ctx, struct span s)
{
	struct buf *out = ctx;

	buf_put_span(out, s);
	return out->err;
}

enum err guard_save(struct guard *g, struct buf *out)
{
	return snapshot_save(g, (struct guard_sink){out, put_memory});
}

static enum err fetch_memory(void *ctx, uint64_t at, void *to, size_t n)
{
	const struct buf *own = ctx;

	assert(at <= own->n);	/* what was fetched before ended there */
	if (n > own->n - at)
		return ERR_CORRUPT;
	memcpy(to, own->p + at, n);
	return ERR_OK;
}

enum err guard_load(struct guard *g, struct span in)
{
	struct guard_source from = {&g->own, fetch_memory};
	uint64_t size = 0;
	enum err e;

	if (g->now != INT64_MIN)
		return ERR_STATE;
	buf_release(&g->own);
	buf_init(&g->own, SIZE_MAX);
	buf_put_span(&g->own, in);
	e = g->own.err ? g->own.err : snapshot_load(g, from, &size);
	if (!e && size != in.n) {
		snapshot_clear(g);
		e = ERR_CORRUPT;
	}
	if (e)
		buf_release(&g->own);
	return e;
}
