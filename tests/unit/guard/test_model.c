/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the guard decides and counts as the plain model does, on random
 * streams that stand on the windows' edges, ramp keys up, turn controls to
 * observe and back, change what a question means, and restart in the middle;
 * a replay of what passed gives the very state that lived through it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/random.h"
#include "base/text.h"
#include "guard/guard.h"
#include "guard/model.h"

#define STEPS 1000
#define SEEDS 12
#define PERSONS 18
#define BATCH 3
#define START INT64_C(1760000000000)

struct stream {
	struct random_seeded random;
	struct model m;
	struct guard *live, *twin;	/* twin replays what live counted */
	int64_t now;
	uint32_t scale;		/* of figures: 1 tight, 13 loose */
	/* what went by, to fail usefully when a run proves nothing */
	int passed, refused, misses, free_repeats, waits, alarms, doubted;
	int newcomers;		/* refused by their shared budget */
};

static uint32_t below(struct stream *s, uint32_t n)
{
	return (uint32_t)random_seeded_below(&s->random, n);
}

static struct guard_figures some_figures(struct stream *s)
{
	struct guard_figures f;
	uint32_t k = s->scale;

	f.of[GUARD_T24] = below(s, 4 * k);
	f.of[GUARD_C24] = f.of[GUARD_T24] + below(s, 3 * k);
	f.of[GUARD_T30] = f.of[GUARD_T24] + below(s, 8 * k);
	f.of[GUARD_C30] = f.of[GUARD_C24] + f.of[GUARD_T30] + below(s, 4 * k);
	f.of[GUARD_M24] = below(s, 4 * k);
	f.of[GUARD_M30] = f.of[GUARD_M24] + below(s, 4 * k);
	return f;
}

static struct guard_wide some_wide(struct stream *s)
{
	struct guard_wide w = {.persons24 = below(s, 10)};

	w.persons30 = w.persons24 + below(s, 12);
	return w;
}

/* Write the model's figures into a guard: what a registry does at a start. */
static void configure(struct guard *g, const struct model *m)
{
	for (uint16_t p = 1; p < MODEL_TRADES; p++)
		for (uint8_t plane = 1; plane < 3; plane++) {
			for (enum guard_level l = 1; l < GUARD_LEVELS; l++)
				assert_int_equal(guard_set_figures(g, p,
				    plane, l, &m->figures[p][plane][l]), 0);
			assert_int_equal(guard_set_profession(g, p, plane,
			    &m->trade[p][plane]), 0);
		}
	for (enum guard_level l = 1; l < GUARD_LEVELS; l++)
		for (uint32_t id = 1; id < MODEL_IDS; id++)
			assert_int_equal(guard_set_own(g, l, id,
			    m->has_own[l][id] ? &m->own[l][id] : NULL), 0);
	for (uint32_t c = 1; c < MODEL_IDS; c++)
		assert_int_equal(guard_set_cell(g, c, &m->cell[c]), 0);
	assert_int_equal(guard_set_platform(g, &m->platform), 0);
	assert_int_equal(guard_set_sites(g, m->sites), 0);
	for (int i = 0; i < GUARD_CONTROLS; i++)
		guard_set_mode(g, (enum guard_control)i, m->observe[i] ?
		    GUARD_OBSERVE : GUARD_ENFORCE);
}

static void draw_figures(struct stream *s)
{
	struct model *m = &s->m;

	for (int p = 1; p < MODEL_TRADES; p++)
		for (int plane = 1; plane < 3; plane++) {
			for (int l = 1; l < GUARD_LEVELS; l++)
				m->figures[p][plane][l] = some_figures(s);
			m->trade[p][plane] = some_wide(s);
		}
	for (int l = 1; l < GUARD_LEVELS; l++)
		for (int id = 1; id < MODEL_IDS; id++) {
			m->has_own[l][id] = below(s, 3) == 0;
			m->own[l][id] = some_figures(s);
		}
	for (int c = 1; c < MODEL_IDS; c++)
		m->cell[c] = some_wide(s);
	m->platform = some_wide(s);
	m->platform.persons24 += 8;
	m->platform.persons30 += 16;
	m->sites = 1 + below(s, 3);
}

static void stream_start(struct stream *s, uint64_t seed)
{
	*s = (struct stream){.now = START};
	(void)random_from_seed(&s->random, seed);
	s->scale = 1 + (uint32_t)(seed % 4) * 4;
	s->m.now = INT64_MIN;
	draw_figures(s);
	s->live = guard_new();
	s->twin = guard_new();
	assert_non_null(s->live);
	assert_non_null(s->twin);
	configure(s->live, &s->m);
	configure(s->twin, &s->m);
}

static void stream_end(struct stream *s)
{
	guard_free(s->live);
	guard_free(s->twin);
}

/* Time goes on by nothing, little, much, or to the edge of a window. */
static void pass_time(struct stream *s)
{
	static const int64_t steps[] = {
	    0, 0, 1, 1000, 60000, 600000, 3600000};
	uint32_t kind = below(s, 12);
	int64_t at;

	if (kind < 7) {
		s->now += steps[kind];
	} else if (kind == 7 && below(s, 40) == 0) {
		s->now += (int64_t)below(s, 40) * GUARD_DAY_MS;
	} else if (kind > 8 && s->m.n > 0) {
		/* a millisecond before, at or after somebody leaves */
		at = s->m.reads[below(s, (uint32_t)s->m.n)].at;
		at += kind < 11 ? GUARD_DAY_MS : GUARD_MONTH_MS;
		at += (int64_t)below(s, 3) - 1;
		if (at > s->now && at - s->now < GUARD_DAY_MS / 4)
			s->now = at;
	}
}

/* What a q names: changes a few times in a run, as feeds come in. */
static uint64_t number_of(const struct stream *s, uint32_t cell,
    uint32_t person, uint32_t alias)
{
	int64_t turn = (s->now - START) / (9 * GUARD_DAY_MS);

	if (cell == 0 || person >= PERSONS)
		return 0;
	if (person % 7 == 3 && turn % 2 == 1)
		return alias == 1 ? 0 : 1000 + person + cell;
	return person + 1;
}

static struct guard_ask some_ask(struct stream *s, uint64_t *ret_number)
{
	uint32_t person = below(s, PERSONS + 8);
	uint32_t alias = below(s, 3);
	struct guard_ask a = {.key = 1 + below(s, 5),
	    .professional = below(s, 4), .site = 1 + below(s, 4),
	    .profession = (uint16_t)(1 + below(s, 3)),
	    .plane = (uint8_t)(1 + below(s, 2)), .cell = below(s, 4),
	    .q = {(uint8_t)person, (uint8_t)alias}};

	if (below(s, 6) == 0) {		/* one card that goes round */
		a.cell = 1;
		a.q[0] = (uint8_t)(person = 2);
		a.q[1] = (uint8_t)(alias = 2);
	}
	a.q[2] = (uint8_t)a.cell;
	a.q[15] = 77;
	a.card = alias >= 2 && below(s, 4) > 0;
	/* keys 1 and 2 are old, the others new in the course of the run */
	a.key_since_ms = a.key < 3 ? START - 100 * GUARD_DAY_MS :
	    START + (int64_t)a.key * 5 * GUARD_DAY_MS + 12345;
	*ret_number = number_of(s, a.cell, person, alias);
	return a;
}

static void compare(const struct guard_verdict *a,
    const struct guard_verdict *b)
{
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->told.decision, b->told.decision);
	assert_int_equal(a->told.wait_ms, b->told.wait_ms);
	assert_int_equal(a->told.left_t24, b->told.left_t24);
	assert_int_equal(a->told.left_c24, b->told.left_c24);
	assert_int_equal(a->told.retry_at_ms, b->told.retry_at_ms);
	assert_int_equal(a->presence, b->presence);
	assert_int_equal(a->card_doubted, b->card_doubted);
	assert_int_equal(a->would_wait_ms, b->would_wait_ms);
	assert_int_equal(a->alarms, b->alarms);
}

static void compare_counts(struct stream *s, const struct guard_ask *a)
{
	struct guard_wide x, y;

	for (enum guard_level l = 1; l < GUARD_LEVELS; l++) {
		uint32_t id = l == GUARD_KEY ? a->key :
		    l == GUARD_SITE ? a->site :
		    l == GUARD_PROFESSIONAL ? a->professional :
		    guard_now(s->live) - a->key_since_ms <
			13 * GUARD_DAY_MS ? 1 : 0;
		struct guard_line line;

		guard_look(s->live, a, l, s->now, &line);
		for (enum guard_kind k = 0; k < GUARD_KINDS && id; k++)
			assert_int_equal(
			    line.used[k], model_used(&s->m, l, id, k));
	}
	x = guard_look_newcomers(s->live, s->now);
	assert_int_equal(x.persons24,
	    model_used(&s->m, GUARD_NEWCOMERS, 1, GUARD_T24));
	assert_int_equal(x.persons30,
	    model_used(&s->m, GUARD_NEWCOMERS, 1, GUARD_T30));
	x = guard_look_profession(s->live, a->profession, a->plane, s->now);
	y = model_trade(&s->m, a->profession, a->plane);
	assert_memory_equal(&x, &y, sizeof(x));
	x = guard_look_cell(s->live, a->cell, s->now);
	y = model_cell(&s->m, a->cell);
	assert_memory_equal(&x, &y, sizeof(x));
	x = guard_look_platform(s->live, s->now);
	y = model_platform(&s->m);
	assert_memory_equal(&x, &y, sizeof(x));
}

static void note(struct stream *s, const struct guard_verdict *v,
    uint64_t number)
{
	s->passed += v->told.decision == GUARD_GO;
	s->refused += v->told.decision == GUARD_REFUSE;
	s->misses += v->told.decision == GUARD_GO && number == 0;
	s->free_repeats += v->told.decision == GUARD_GO &&
	    v->told.left_c24 == 0 && number != 0;
	s->waits += v->told.wait_ms > 0;
	s->alarms += v->alarms != 0;
	s->doubted += v->card_doubted;
	s->newcomers += v->level == GUARD_NEWCOMERS;
}

/* Room for a batch, then its counts, as the keeper does. */
static void step(struct stream *s)
{
	struct guard_ask ask[BATCH];
	uint64_t number[BATCH];
	struct guard_verdict got = {0}, want;
	uint32_t n = 1 + below(s, BATCH);

	pass_time(s);
	for (uint32_t i = 0; i < n; i++) {
		ask[i] = some_ask(s, &number[i]);
		guard_room(s->live, &ask[i], s->now, &got);
		want = model_room(&s->m, &ask[i], s->now);
		compare(&got, &want);
	}
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(guard_count(s->live, &ask[i], number[i],
		    s->now, &got), ERR_OK);
		want = model_count(&s->m, &ask[i], number[i], s->now);
		compare(&got, &want);
		note(s, &got, number[i]);
		if (got.told.decision == GUARD_GO)
			assert_int_equal(guard_apply(s->twin, &ask[i],
			    number[i], guard_now(s->live)), ERR_OK);
	}
	compare_counts(s, &ask[0]);
}

/* The live guard dies and comes back from its bytes; so does its twin. */
static void restart(struct stream *s)
{
	struct guard *next = guard_new();
	struct buf a, b, c;

	assert_non_null(next);
	configure(next, &s->m);
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	buf_init(&c, 1 << 20);
	(void)guard_look_platform(s->twin, guard_now(s->live));
	assert_int_equal(guard_save(s->live, &a), ERR_OK);
	assert_int_equal(guard_save(s->twin, &b), ERR_OK);
	assert_true(span_equal(buf_span(&a), buf_span(&b)));
	assert_int_equal(guard_load(next, buf_span(&a)), ERR_OK);
	assert_int_equal(guard_save(next, &c), ERR_OK);
	assert_true(span_equal(buf_span(&a), buf_span(&c)));
	guard_free(s->live);
	s->live = next;
	buf_release(&a);
	buf_release(&b);
	buf_release(&c);
}

static void change_something(struct stream *s)
{
	uint32_t control = below(s, GUARD_CONTROLS);
	uint32_t id = 1 + below(s, MODEL_IDS - 1);
	uint32_t level = 1 + below(s, 4);

	s->m.observe[control] = below(s, 3) == 0;
	s->m.has_own[level][id] = below(s, 2);
	s->m.own[level][id] = some_figures(s);
	s->m.cell[1 + below(s, 3)] = some_wide(s);
	configure(s->live, &s->m);
	configure(s->twin, &s->m);
}

/* How many the newcomers' budget refused. */
static int run(uint64_t seed)
{
	static struct stream s;

	stream_start(&s, seed);
	for (int i = 0; i < STEPS; i++) {
		step(&s);
		if (below(&s, 40) == 0)
			restart(&s);
		if (below(&s, 50) == 0)
			change_something(&s);
		if (s.m.n > MODEL_READS - 2 * BATCH)
			break;
	}
	print_message("# seed %llu: passed %d, refused %d, misses %d, free %d,"
	    " waits %d, alarms %d, doubted %d, newcomers %d, days %d\n",
	    (unsigned long long)seed, s.passed, s.refused, s.misses,
	    s.free_repeats, s.waits, s.alarms, s.doubted, s.newcomers,
	    (int)((s.now - START) / GUARD_DAY_MS));
	assert_true(s.passed > 100 && s.refused > 100 && s.misses > 20);
	assert_true(s.waits > 0 && s.alarms > 0 && s.doubted > 0);
	stream_end(&s);
	return s.newcomers;
}

static void test_stream_random_agrees_with_model(void **state)
{
	const char *one = getenv("GUARD_SEED");
	uint64_t seed = 1;
	int newcomers = 0;

	(void)state;
	if (one) {
		assert_int_equal(text_u64(span_str(one), UINT64_MAX, &seed),
		    ERR_OK);
		(void)run(seed);
		return;
	}
	for (; seed <= SEEDS; seed++)
		newcomers += run(seed);
	assert_true(newcomers > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stream_random_agrees_with_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/model", tests, NULL, NULL);
}
