/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: each rule of budgets, one by one, at its edge. */
#include "guard/kit.h"

static const struct guard_figures small = {{3, 5, 6, 10, 2, 4}};
/* so wide that only the tested thing can refuse */
static const struct guard_figures large = {
    {1000, 1000, 1000, 1000, 1000, 1000}};
/* misses that never refuse */
static const struct guard_figures patient = {{3, 5, 6, 10, 100, 100}};

static void test_count_without_figures_refuses(void **state)
{
	struct guard *g = guard_new();
	struct guard_ask a = kit_ask(1, 0);
	struct guard_verdict v = kit_room(g, a, KIT_START);

	(void)state;
	assert_int_equal(v.told.decision, GUARD_REFUSE);
	assert_int_equal(v.level, GUARD_KEY);
	v = kit_count(g, a, 1, KIT_START);
	assert_int_equal(v.told.decision, GUARD_REFUSE);
	assert_int_equal(v.told.retry_at_ms, 0);
	guard_free(g);
}

static void test_count_cardless_stops_at_t24(void **state)
{
	struct guard *g = kit_guard(patient);
	struct guard_verdict v;

	(void)state;
	for (uint64_t n = 1; n <= 3; n++) {
		v = kit_count(g, kit_ask(n, 0), n, KIT_START);
		assert_int_equal(v.told.decision, GUARD_GO);
		assert_int_equal(v.told.left_t24, 3 - n);
		assert_int_equal(v.told.left_c24, 5 - n);
	}
	v = kit_room(g, kit_ask(4, 0), KIT_START + 5);
	assert_int_equal(v.told.decision, GUARD_REFUSE);
	assert_int_equal(v.level, GUARD_KEY);
	assert_int_equal(v.kind, GUARD_T24);
	assert_int_equal(v.told.retry_at_ms, KIT_START + GUARD_DAY_MS);
	guard_free(g);
}

static void test_count_with_card_goes_on_to_c24(void **state)
{
	struct guard *g = kit_guard(patient);
	struct guard_ask a;
	struct guard_verdict v;

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, KIT_START));
	for (uint64_t n = 4; n <= 6; n++) {
		a = kit_ask(n, 9);
		a.card = true;
		v = kit_count(g, a, n, KIT_START);
		assert_int_equal(v.told.decision,
		    n < 6 ? GUARD_GO : GUARD_REFUSE);
	}
	assert_int_equal(v.kind, GUARD_C24);
	assert_int_equal(
	    kit_used(g, a, GUARD_SITE, GUARD_T24, KIT_START), 3);
	assert_int_equal(
	    kit_used(g, a, GUARD_SITE, GUARD_C24, KIT_START), 5);
	guard_free(g);
}

static void test_count_again_is_free_while_counted(void **state)
{
	struct guard *g = kit_guard(patient);
	int64_t t = KIT_START;

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, t));
	/* asked each hour for three days: the same person all along */
	for (int i = 0; i < 72; i++, t += KIT_HOUR)
		assert_true(kit_answered(g, kit_ask(1, 0), 1, t));
	assert_int_equal(kit_used(
	    g, kit_ask(1, 0), GUARD_KEY, GUARD_C24, t), 1);
	assert_int_equal(kit_used(
	    g, kit_ask(1, 0), GUARD_KEY, GUARD_C30, t), 3);
	guard_free(g);
}

static void test_count_window_ends_to_the_millisecond(void **state)
{
	struct guard *g = kit_guard(patient);
	int64_t t = KIT_START;

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, t));
	t += GUARD_DAY_MS - 1;
	assert_false(kit_answered(g, kit_ask(4, 0), 4, t));
	t += 1;
	assert_true(kit_answered(g, kit_ask(4, 0), 4, t));
	guard_free(g);
}

static void test_count_month_is_its_own_budget(void **state)
{
	struct guard *g = kit_guard(patient);
	int64_t t = KIT_START;

	(void)state;
	for (uint64_t n = 1; n <= 6; n++, t += GUARD_DAY_MS)
		assert_true(kit_answered(g, kit_ask(n, 0), n, t));
	assert_int_equal(kit_room(g, kit_ask(7, 0), t).kind, GUARD_T30);
	t = KIT_START + GUARD_MONTH_MS;
	assert_int_equal(kit_room(g, kit_ask(7, 0), t - 1).kind, GUARD_T30);
	assert_true(kit_answered(g, kit_ask(7, 0), 7, t));
	assert_false(kit_answered(g, kit_ask(8, 0), 8, t));
	guard_free(g);
}

static void test_room_full_lets_only_answered_questions_go_on(void **state)
{
	struct guard *g = kit_guard(patient);
	struct guard_ask other_way = kit_ask(1, 1);

	(void)state;
	assert_true(kit_answered(g, kit_ask(50, 0), 0, KIT_START));
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, KIT_START));
	assert_true(kit_answered(g, kit_ask(1, 0), 1, KIT_START));
	/* the same person by another alias, and what missed before */
	assert_false(kit_answered(g, other_way, 1, KIT_START));
	assert_false(kit_answered(g, kit_ask(50, 0), 0, KIT_START));
	guard_free(g);
}

static void test_room_answered_with_card_is_not_counted_in_t(void **state)
{
	struct guard *g = kit_guard(patient);
	struct guard_ask card = kit_ask(9, 0);

	(void)state;
	card.card = true;
	assert_true(kit_answered(g, card, 9, KIT_START));
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, KIT_START));
	assert_true(kit_answered(g, card, 9, KIT_START));
	/* the same q without its card: person 9 is in C, not in T */
	assert_false(kit_answered(g, kit_ask(9, 0), 9, KIT_START));
	guard_free(g);
}

static void test_room_answer_ages_with_its_budget(void **state)
{
	struct guard *g = kit_guard(patient);
	int64_t t = KIT_START, edge = t + GUARD_DAY_MS;

	(void)state;
	assert_true(kit_answered(g, kit_ask(1, 0), 1, t));
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 1), n, t + KIT_HOUR));
	/* person 1 is counted still; the question of yesterday is none */
	assert_int_equal(kit_room(g, kit_ask(1, 0), edge - 1).told.decision,
	    GUARD_GO);
	assert_int_equal(kit_room(g, kit_ask(1, 0), edge).kind, GUARD_T24);
	assert_int_equal(kit_room(g, kit_ask(1, 0), edge).told.decision,
	    GUARD_REFUSE);
	assert_int_equal(kit_room(g, kit_ask(1, 1), edge).told.decision,
	    GUARD_GO);
	guard_free(g);
}

static void test_room_misses_full_refuses_all_that_is_new(void **state)
{
	struct guard *g = kit_guard(small);
	struct guard_verdict v;

	(void)state;
	assert_true(kit_answered(g, kit_ask(1, 0), 1, KIT_START));
	assert_true(kit_answered(g, kit_ask(91, 0), 0, KIT_START));
	assert_true(kit_answered(g, kit_ask(91, 0), 0, KIT_START));
	assert_true(kit_answered(g, kit_ask(92, 0), 0, KIT_START));
	v = kit_room(g, kit_ask(2, 0), KIT_START);
	assert_int_equal(v.told.decision, GUARD_REFUSE);
	assert_int_equal(v.kind, GUARD_M24);
	/* what missed there, and what was answered, goes on */
	assert_true(kit_answered(g, kit_ask(92, 0), 0, KIT_START));
	assert_true(kit_answered(g, kit_ask(1, 0), 1, KIT_START));
	assert_int_equal(kit_used(
	    g, kit_ask(1, 0), GUARD_SITE, GUARD_M30, KIT_START), 2);
	guard_free(g);
}

static void test_count_batch_takes_the_last_room_once(void **state)
{
	struct guard *g = kit_guard(patient);
	int answered = 0;

	(void)state;
	for (uint64_t n = 1; n <= 8; n++)
		assert_int_equal(kit_room(g, kit_ask(n, 0), KIT_START)
		    .told.decision, GUARD_GO);
	for (uint64_t n = 1; n <= 8; n++)
		answered += kit_count(g, kit_ask(n, 0), n, KIT_START)
		    .told.decision == GUARD_GO;
	assert_int_equal(answered, 3);
	guard_free(g);
}

static void test_count_q_that_changed_cannot_overflow(void **state)
{
	struct guard *g = kit_guard(small);
	struct guard_verdict v;

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, KIT_START));
	/* q of person 1 means person 40 now: room cannot know, count does */
	assert_int_equal(kit_room(g, kit_ask(1, 0), KIT_START)
	    .told.decision, GUARD_GO);
	v = kit_count(g, kit_ask(1, 0), 40, KIT_START);
	assert_int_equal(v.told.decision, GUARD_REFUSE);
	assert_int_equal(v.kind, GUARD_T24);
	/* now person 2's: counted already */
	assert_true(kit_answered(g, kit_ask(1, 0), 2, KIT_START));
	/* or nobody: misses 1 and 2, then no room for a third */
	assert_true(kit_answered(g, kit_ask(1, 0), 0, KIT_START));
	assert_true(kit_answered(g, kit_ask(2, 0), 0, KIT_START));
	v = kit_count(g, kit_ask(3, 0), 0, KIT_START);
	assert_int_equal(v.told.decision, GUARD_REFUSE);
	assert_int_equal(v.kind, GUARD_M24);
	guard_free(g);
}

static void test_room_three_levels_each_refuse(void **state)
{
	static const enum guard_level levels[] = {
	    GUARD_KEY, GUARD_PROFESSIONAL, GUARD_SITE};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct guard *g = kit_guard(large);
		struct guard_ask a = kit_ask(5, 0);

		assert_int_equal(guard_set_figures(g, KIT_OPTICIAN, KIT_FLOW,
		    levels[i], &patient), ERR_OK);
		for (uint64_t n = 1; n <= 3; n++)
			assert_true(kit_answered(
			    g, kit_ask(n, 0), n, KIT_START));
		assert_int_equal(kit_room(g, a, KIT_START).level, levels[i]);
		/* another one of that level has room of its own */
		a.key += levels[i] == GUARD_KEY;
		a.professional += levels[i] == GUARD_PROFESSIONAL;
		a.site += levels[i] == GUARD_SITE;
		assert_true(kit_answered(g, a, 5, KIT_START));
		/* and nobody's budget binds who has no professional */
		a = kit_ask(6, 0);
		a.professional = 0;
		assert_int_equal(kit_answered(g, a, 6, KIT_START),
		    levels[i] == GUARD_PROFESSIONAL);
		guard_free(g);
	}
}

static void test_room_answered_at_another_site_is_a_stranger(void **state)
{
	struct guard *g = kit_guard(patient);
	struct guard_ask there = kit_ask(1, 0);

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, KIT_START));
	there.site = 2;
	assert_false(kit_answered(g, there, 1, KIT_START));
	guard_free(g);
}

static void test_figures_new_key_ramps_to_the_fourteenth_day(void **state)
{
	/* ceil(100 (13 + 3 d) / 52) and ceil(10 ...), d = 0..14 */
	static const uint32_t hundred[] = {
	    25, 31, 37, 43, 49, 54, 60, 66, 72, 77, 83, 89, 95, 100, 100};
	static const uint32_t ten[] = {
	    3, 4, 4, 5, 5, 6, 6, 7, 8, 8, 9, 9, 10, 10, 10};
	struct guard *g = kit_guard(
	    (struct guard_figures){{100, 100, 100, 100, 10, 10}});
	struct guard_ask a = kit_ask(1, 0);
	struct guard_line line;

	(void)state;
	a.key_since_ms = KIT_START;
	for (int d = 0; d < 15; d++)
		for (int edge = 0; edge < 2; edge++) {
			int64_t t = KIT_START + d * GUARD_DAY_MS +
			    (edge ? GUARD_DAY_MS - 1 : 0);

			guard_look(g, &a, GUARD_KEY, t, &line);
			assert_int_equal(line.figure[GUARD_T24], hundred[d]);
			assert_int_equal(line.figure[GUARD_C30], hundred[d]);
			assert_int_equal(line.figure[GUARD_M24], ten[d]);
			guard_look(g, &a, GUARD_SITE, t, &line);
			assert_int_equal(line.figure[GUARD_T24], 100);
		}
	a.key_since_ms = KIT_START + 100 * GUARD_DAY_MS;	/* not yet */
	guard_look(g, &a, GUARD_KEY, KIT_START + 16 * GUARD_DAY_MS, &line);
	assert_int_equal(line.figure[GUARD_T24], 25);
	a.key_since_ms = INT64_MIN;
	guard_look(g, &a, GUARD_KEY, KIT_START + 16 * GUARD_DAY_MS, &line);
	assert_int_equal(line.figure[GUARD_T24], 100);
	guard_free(g);
}

static void test_figures_own_replace_and_give_back(void **state)
{
	struct guard *g = kit_guard(patient);
	struct guard_ask a = kit_ask(1, 0);
	struct guard_line line;

	(void)state;
	assert_int_equal(guard_set_own(g, GUARD_SITE, 1, &large), ERR_OK);
	guard_look(g, &a, GUARD_SITE, KIT_START, &line);
	assert_int_equal(line.figure[GUARD_T24], 1000);
	guard_look(g, &a, GUARD_KEY, KIT_START, &line);
	assert_int_equal(line.figure[GUARD_T24], 3);
	assert_int_equal(guard_set_own(g, GUARD_SITE, 1, NULL), ERR_OK);
	guard_look(g, &a, GUARD_SITE, KIT_START, &line);
	assert_int_equal(line.figure[GUARD_T24], 3);
	guard_free(g);
}

static void test_set_contradictions_are_refused(void **state)
{
	static const struct guard_figures bad[] = {
	    {{4, 3, 4, 4, 1, 1}}, {{1, 3, 5, 4, 1, 1}}, {{3, 4, 2, 4, 1, 1}},
	    {{1, 5, 1, 4, 1, 1}}, {{1, 2, 3, 4, 2, 1}}};
	static const struct guard_wide wide = {5, 4}, day = {5, 0};
	struct guard *g = guard_new();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(guard_set_figures(
		    g, 1, 0, GUARD_NOBODY, &bad[i]), ERR_RANGE);
		assert_int_equal(
		    guard_set_own(g, GUARD_KEY, 1, &bad[i]), ERR_RANGE);
	}
	assert_int_equal(guard_set_figures(
	    g, 0, 0, GUARD_NOBODY, &small), ERR_RANGE);
	assert_int_equal(guard_set_figures(
	    g, GUARD_PROFESSIONS, 0, GUARD_NOBODY, &small), ERR_RANGE);
	assert_int_equal(guard_set_figures(
	    g, 1, GUARD_PLANES, GUARD_NOBODY, &small), ERR_RANGE);
	assert_int_equal(guard_set_figures(
	    g, 1, 0, GUARD_LEVELS, &small), ERR_RANGE);
	assert_int_equal(
	    guard_set_own(g, GUARD_NOBODY, 1, &small), ERR_RANGE);
	assert_int_equal(guard_set_own(g, GUARD_KEY, 0, &small), ERR_RANGE);
	assert_int_equal(guard_set_own(
	    g, GUARD_KEY, GUARD_SUBJECTS, &small), ERR_RANGE);
	assert_int_equal(guard_set_platform(g, &wide), ERR_RANGE);
	assert_int_equal(guard_set_cell(g, 1, &wide), ERR_RANGE);
	assert_int_equal(guard_set_cell(g, GUARD_CELLS, &day), ERR_RANGE);
	assert_int_equal(guard_set_profession(g, 1, 1, &wide), ERR_RANGE);
	assert_int_equal(guard_set_platform(g, &day), ERR_OK);
	assert_int_equal(guard_set_sites(g, 0), ERR_RANGE);
	assert_int_equal(
	    guard_set_sites(g, GUARD_SITES_MOST + 1), ERR_RANGE);
	guard_free(g);
}

static void test_ask_outside_the_limits_is_refused(void **state)
{
	struct guard *g = kit_guard(large);
	struct guard_ask bad[11];
	struct guard_verdict v = {.kind = 99};

	(void)state;
	for (int i = 0; i < 11; i++)
		bad[i] = kit_ask(1, 0);
	bad[0].key = 0;
	bad[1].key = GUARD_SUBJECTS;
	bad[2].site = 0;
	bad[3].professional = GUARD_SUBJECTS;
	bad[4].profession = GUARD_PROFESSIONS;
	bad[5].plane = 0;
	bad[6].cell = GUARD_CELLS;
	bad[7].site = GUARD_SUBJECTS;
	bad[8].profession = 0;
	bad[9].plane = GUARD_PLANES;
	bad[10].cell = 0;		/* a person in no cell */
	for (int i = 0; i < 11; i++) {
		assert_int_equal(guard_count(
		    g, &bad[i], 1, KIT_START, &v), ERR_RANGE);
		assert_int_equal(
		    guard_apply(g, &bad[i], 1, KIT_START), ERR_RANGE);
		if (i < 10)
			assert_int_equal(kit_room(g, bad[i], KIT_START)
			    .told.decision, GUARD_REFUSE);
	}
	bad[0] = kit_ask(1, 0);
	assert_int_equal(
	    guard_count(g, &bad[0], 1, -1, &v), ERR_RANGE);
	assert_int_equal(guard_count(g, &bad[0], 1,
	    (INT64_C(1) << 53) + 1, &v), ERR_RANGE);
	assert_int_equal(v.kind, 99);
	assert_int_equal(guard_now(g), INT64_MIN);
	assert_true(kit_answered(g, bad[10], 0, KIT_START));
	guard_free(g);
}

/* Numbers that name nobody are looked at without harm, and count nothing. */
static void test_look_outside_the_limits_is_nothing(void **state)
{
	static const struct guard_wide wide = {5, 9};
	struct guard *g = kit_guard((struct guard_figures){{9, 9, 9, 9, 9, 9}});
	struct guard_ask a = kit_ask(1, 0);
	struct guard_line line = {.used = {7}};
	struct guard_wide w;

	(void)state;
	guard_look(g, &a, GUARD_LEVELS, KIT_START, &line);
	assert_int_equal(line.used[0] + line.figure[0], 0);
	guard_look(g, &a, GUARD_NOBODY, KIT_START, &line);
	assert_int_equal(line.used[0] + line.figure[0], 0);
	a.site = 0;
	guard_look(g, &a, GUARD_SITE, KIT_START, &line);
	assert_int_equal(line.used[0] + line.figure[0], 0);
	w = guard_look_profession(g, GUARD_PROFESSIONS, 1, KIT_START);
	assert_int_equal(w.persons24 + w.persons30, 0);
	w = guard_look_profession(g, 1, GUARD_PLANES, KIT_START);
	assert_int_equal(w.persons24 + w.persons30, 0);
	w = guard_look_newcomers(g, KIT_START);
	assert_int_equal(w.persons24 + w.persons30, 0);
	assert_int_equal(guard_set_figures(g, 1, GUARD_PLANES, GUARD_KEY,
	    &(struct guard_figures){{1, 1, 1, 1, 1, 1}}), ERR_RANGE);
	assert_int_equal(guard_set_own(g, GUARD_LEVELS, 1, NULL), ERR_RANGE);
	assert_int_equal(
	    guard_set_profession(g, 0, 1, &wide), ERR_RANGE);
	assert_int_equal(guard_set_profession(
	    g, GUARD_PROFESSIONS, 1, &wide), ERR_RANGE);
	assert_int_equal(
	    guard_set_profession(g, 1, GUARD_PLANES, &wide), ERR_RANGE);
	assert_int_equal(guard_set_cell(g, 0, &wide), ERR_RANGE);
	assert_int_equal(guard_set_cell(g, GUARD_CELLS, &wide), ERR_RANGE);
	guard_free(g);
}

static void test_clock_never_goes_back(void **state)
{
	struct guard *g = kit_guard(patient);

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, KIT_START));
	assert_false(kit_answered(
	    g, kit_ask(4, 0), 4, KIT_START - 2 * GUARD_DAY_MS));
	assert_int_equal(guard_now(g), KIT_START);
	/* counted late in the past is counted now */
	assert_true(kit_answered(
	    g, kit_ask(4, 0), 4, KIT_START + GUARD_DAY_MS));
	assert_true(kit_answered(g, kit_ask(5, 0), 5, KIT_START));
	assert_int_equal(kit_used(g, kit_ask(5, 0), GUARD_KEY, GUARD_T24,
	    KIT_START + 2 * GUARD_DAY_MS - 1), 2);
	guard_free(g);
}

static void test_observe_budget_says_and_lets_pass(void **state)
{
	struct guard *g = kit_guard(patient);
	struct guard_verdict v;

	(void)state;
	guard_set_mode(g, GUARD_BUDGETS, GUARD_OBSERVE);
	for (uint64_t n = 1; n <= 9; n++) {
		v = kit_count(g, kit_ask(n, 0), n, KIT_START);
		assert_int_equal(v.told.decision, GUARD_GO);
		assert_int_equal(v.told.retry_at_ms, 0);
		assert_int_equal(v.level, n > 3 ? GUARD_KEY : GUARD_NOBODY);
	}
	assert_int_equal(v.told.left_t24, 0);
	assert_int_equal(kit_used(
	    g, kit_ask(1, 0), GUARD_SITE, GUARD_T24, KIT_START), 9);
	guard_set_mode(g, GUARD_BUDGETS, GUARD_ENFORCE);
	assert_false(kit_answered(g, kit_ask(10, 0), 10, KIT_START));
	assert_true(kit_answered(g, kit_ask(9, 0), 9, KIT_START));
	guard_free(g);
}

static struct guard_ask card_at(uint32_t site)
{
	struct guard_ask a = kit_ask(7, 3);

	a.card = true;
	a.site = a.key = site;
	return a;
}

static void test_card_at_too_many_sites_is_no_presence(void **state)
{
	struct guard *g = kit_guard(large);
	struct guard_verdict v;

	(void)state;
	for (uint32_t site = 1; site <= GUARD_SITES; site++) {
		v = kit_count(g, card_at(site), 7, KIT_START + site);
		assert_true(v.presence && !v.card_doubted && !v.alarms);
	}
	/* shown again where it was: still the same number of sites */
	assert_true(kit_room(g, card_at(1), KIT_START + 9).presence);
	v = kit_room(g, card_at(7), KIT_START + 9);
	assert_true(!v.presence && v.card_doubted);
	v = kit_count(g, card_at(7), 7, KIT_START + 9);
	assert_int_equal(v.alarms, GUARD_ALARM_CARD);
	assert_int_equal(kit_used(
	    g, card_at(7), GUARD_SITE, GUARD_T24, KIT_START + 9), 1);
	/* now it is doubted everywhere, until a site leaves the window */
	assert_false(kit_room(g, card_at(1), KIT_START + 10).presence);
	assert_int_equal(kit_count(g, card_at(8), 7, KIT_START + 11).alarms, 0);
	assert_false(kit_room(
	    g, card_at(7), KIT_START + 1 + GUARD_DAY_MS).presence);
	assert_true(kit_room(
	    g, card_at(7), KIT_START + 2 + GUARD_DAY_MS).presence);
	guard_free(g);
}

static void test_card_many_sites_counts_exactly(void **state)
{
	struct guard *g = kit_guard(large);

	(void)state;
	assert_int_equal(guard_set_sites(g, GUARD_SITES_MOST), ERR_OK);
	for (uint32_t site = 1; site <= 30; site++)
		assert_int_equal(kit_count(g, card_at(site), 7,
		    KIT_START + site).presence, site <= GUARD_SITES_MOST);
	/* the 14 latest of the 30 are 17 to 30: doubted till 16 leaves */
	assert_false(kit_room(
	    g, card_at(30), KIT_START + 15 + GUARD_DAY_MS).presence);
	assert_true(kit_room(
	    g, card_at(30), KIT_START + 16 + GUARD_DAY_MS).presence);
	guard_free(g);
}

static void test_observe_presence_says_and_lets_pass(void **state)
{
	struct guard *g = kit_guard(large);
	struct guard_verdict v = {0};

	(void)state;
	guard_set_mode(g, GUARD_PRESENCE, GUARD_OBSERVE);
	for (uint32_t site = 1; site <= GUARD_SITES + 1; site++)
		v = kit_count(g, card_at(site), 7, KIT_START);
	assert_true(v.presence && v.card_doubted);
	assert_int_equal(v.alarms, GUARD_ALARM_CARD);
	assert_int_equal(kit_used(
	    g, card_at(7), GUARD_SITE, GUARD_T24, KIT_START), 0);
	guard_free(g);
}

/* Person n of cell c, asked at a site of its own. */
static struct guard_ask spread(uint64_t n, uint32_t cell)
{
	struct guard_ask a = kit_ask(n, 0);

	a.key = a.professional = a.site = (uint32_t)n;
	a.cell = cell;
	return a;
}

static void test_shared_slows_by_quarters_of_overshoot(void **state)
{
	/* figure 8: full at 8, a quarter is 2 */
	static const uint32_t waits[] = {0, 0, 0, 0, 0, 0, 0, 0, 250, 250,
	    500, 500, 1000, 1000, 2000, 2000, 4000, 4000, 4000, 4000};
	static const struct guard_wide w = {8, 0};
	struct guard_ask card;

	(void)state;
	for (int which = 0; which < 3; which++) {
		struct guard *g = kit_guard(large);

		if (which == 0)
			assert_int_equal(guard_set_profession(
			    g, KIT_OPTICIAN, KIT_FLOW, &w), ERR_OK);
		else if (which == 1)
			assert_int_equal(guard_set_cell(g, 1, &w), ERR_OK);
		else
			assert_int_equal(guard_set_platform(g, &w), ERR_OK);
		for (uint64_t n = 0; n < 20; n++) {
			assert_int_equal(kit_room(g, spread(n + 1, 1),
			    KIT_START).told.wait_ms, waits[n]);
			assert_int_equal(kit_count(g, spread(n + 1, 1),
			    n + 1, KIT_START).told.wait_ms, waits[n]);
		}
		card = spread(30, 1);
		card.card = true;
		assert_int_equal(
		    kit_room(g, card, KIT_START).told.wait_ms, 0);
		guard_set_mode(g, GUARD_SHARED, GUARD_OBSERVE);
		assert_int_equal(kit_room(g, spread(30, 1), KIT_START)
		    .told.wait_ms, 0);
		assert_int_equal(kit_room(g, spread(30, 1), KIT_START)
		    .would_wait_ms, 4000);
		guard_free(g);
	}
}

static void test_shared_counts_where_it_belongs(void **state)
{
	struct guard *g = kit_guard(large);
	struct guard_ask a = spread(3, 2);
	struct guard_wide w;

	(void)state;
	assert_true(kit_answered(g, spread(1, 1), 1, KIT_START));
	assert_true(kit_answered(g, spread(1, 2), 1, KIT_START));
	assert_true(kit_answered(g, spread(2, 2), 2, KIT_START));
	a.plane = 2;
	assert_true(kit_answered(g, a, 2, KIT_START));	/* elsewhere, again */
	w = guard_look_cell(g, 1, KIT_START);
	assert_int_equal(w.persons24, 1);
	w = guard_look_cell(g, 2, KIT_START);
	assert_int_equal(w.persons30, 2);
	w = guard_look_platform(g, KIT_START + GUARD_DAY_MS);
	assert_int_equal(w.persons24, 0);
	assert_int_equal(w.persons30, 3);
	w = guard_look_profession(g, KIT_OPTICIAN, KIT_FLOW, KIT_START);
	assert_int_equal(w.persons30, 3);
	w = guard_look_profession(g, KIT_OPTICIAN, 2, KIT_START);
	assert_int_equal(w.persons30, 1);
	w = guard_look_cell(g, 9, KIT_START);
	assert_int_equal(w.persons30, 0);
	guard_free(g);
}

static void test_shared_alarm_rises_once_until_it_falls(void **state)
{
	static const struct guard_wide w = {2, 0};
	struct guard *g = kit_guard(large);
	int64_t t = KIT_START;

	(void)state;
	assert_int_equal(guard_set_cell(g, 1, &w), ERR_OK);
	assert_int_equal(kit_count(g, spread(1, 1), 1, t).alarms, 0);
	assert_int_equal(kit_count(g, spread(2, 1), 2, t + 1).alarms,
	    GUARD_ALARM_CELL24);
	/* above for two days: no second alarm */
	for (uint64_t n = 3; n < 50; n++, t += KIT_HOUR)
		assert_int_equal(kit_count(g, spread(n, 1), n, t + 2).alarms,
		    0);
	/* below, and above again */
	t += 3 * GUARD_DAY_MS;
	assert_int_equal(kit_count(g, spread(1, 1), 1, t).alarms, 0);
	assert_int_equal(kit_count(g, spread(2, 1), 2, t + KIT_HOUR).alarms,
	    GUARD_ALARM_CELL24);
	/* swinging around the figure: once a day at most */
	t += GUARD_DAY_MS;
	assert_int_equal(kit_count(g, spread(3, 1), 3, t).alarms, 0);
	assert_int_equal(kit_count(g, spread(4, 1), 4, t + KIT_HOUR).alarms,
	    GUARD_ALARM_CELL24);
	guard_free(g);
}

static void test_apply_counts_without_deciding(void **state)
{
	struct guard *g = kit_guard(small);

	(void)state;
	for (uint64_t n = 1; n <= 20; n++)
		assert_int_equal(
		    guard_apply(g, (struct guard_ask[]){kit_ask(n, 0)}, n,
		    KIT_START), ERR_OK);
	assert_int_equal(kit_used(
	    g, kit_ask(1, 0), GUARD_SITE, GUARD_T24, KIT_START), 20);
	assert_false(kit_answered(g, kit_ask(21, 0), 21, KIT_START));
	assert_true(kit_answered(g, kit_ask(20, 0), 20, KIT_START));
	guard_free(g);
}

static void test_memory_comes_back_after_the_window(void **state)
{
	struct guard *g = kit_guard(large);
	uint64_t full, empty;
	int64_t later = KIT_START + GUARD_MONTH_MS + 2;

	(void)state;
	for (uint64_t n = 1; n <= 900; n++)
		assert_true(kit_answered(g, kit_ask(n, 0), n, KIT_START + 1));
	full = guard_memory(g);
	/* somebody else asks: idle subjects are swept in passing */
	for (uint64_t n = 1; n <= 60; n++) {
		struct guard_ask a = kit_ask(n, 0);

		a.key = a.professional = a.site = 2;
		assert_true(kit_answered(g, a, 0, later));
	}
	empty = guard_memory(g);
	print_message("# full %llu bytes, swept %llu bytes\n",
	    (unsigned long long)full, (unsigned long long)empty);
	assert_true(full - empty > 900 * 6 * 20);
	guard_free(g);
	guard_free(NULL);
}

/* A question of a new key of its own site about person n. */
static struct guard_ask newcomer(unsigned key, uint64_t n, bool card)
{
	struct guard_ask a = kit_ask(n, card ? 2 : 0);

	a.key = a.site = key;
	a.professional = 0;
	a.key_since_ms = KIT_START;
	a.card = card;
	return a;
}

static void test_new_keys_share_a_budget_without_a_card(void **state)
{
	struct guard *g = kit_guard((struct guard_figures){
	    {400, 400, 400, 400, 400, 400}});
	const struct guard_wide cap = {5, 7};
	int64_t day = KIT_START + GUARD_DAY_MS;
	struct guard_verdict v;

	(void)state;
	assert_int_equal(guard_set_newcomers(g, &cap), ERR_OK);
	for (unsigned n = 0; n < 5; n++)
		assert_true(kit_answered(
		    g, newcomer(10 + n, n, false), n + 1, KIT_START));
	v = kit_room(g, newcomer(20, 9, false), KIT_START);
	assert_int_equal(v.told.decision, GUARD_REFUSE);
	assert_int_equal(v.level, GUARD_NEWCOMERS);
	assert_int_equal(v.kind, GUARD_T24);
	assert_int_equal(v.told.left_t24, 0);
	assert_int_equal(v.told.retry_at_ms, day);
	/* whom a site has counted, whoever shows a card, and who is no
	 * newcomer go on */
	assert_true(kit_answered(
	    g, newcomer(10, 0, false), 1, KIT_START + 1));
	assert_true(kit_answered(g, newcomer(20, 9, true), 10, KIT_START));
	assert_true(kit_answered(g, kit_ask(30, 0), 31, KIT_START));
	assert_int_equal(guard_look_newcomers(g, KIT_START).persons24, 5);
	/* two more in the second day, then the month is full */
	assert_true(kit_answered(g, newcomer(21, 40, false), 41, day + 1));
	assert_true(kit_answered(g, newcomer(22, 41, false), 42, day + 1));
	v = kit_room(g, newcomer(23, 42, false), day + 1);
	assert_int_equal(v.kind, GUARD_T30);
	assert_int_equal(guard_look_newcomers(g, day + 1).persons30, 7);
	/* on the fourteenth day a key is one like others */
	assert_true(kit_answered(g, newcomer(23, 42, false), 43,
	    KIT_START + 13 * GUARD_DAY_MS));
	v = kit_room(g, newcomer(24, 43, false),
	    KIT_START + 13 * GUARD_DAY_MS);
	assert_int_equal(v.told.decision, GUARD_GO);
	guard_free(g);
}

static void test_without_a_cap_new_keys_share_nothing(void **state)
{
	struct guard *g = kit_guard((struct guard_figures){
	    {4, 4, 4, 4, 4, 4}});
	const struct guard_wide cap = {1, 1}, none = {0};

	(void)state;
	for (unsigned n = 0; n < 9; n++)
		assert_true(kit_answered(
		    g, newcomer(10 + n, n, false), n + 1, KIT_START));
	assert_int_equal(guard_set_newcomers(g, &cap), ERR_OK);
	assert_false(kit_answered(g, newcomer(30, 20, false), 21, KIT_START));
	assert_int_equal(guard_set_newcomers(g, &none), ERR_OK);
	assert_true(kit_answered(g, newcomer(30, 20, false), 21, KIT_START));
	guard_free(g);
}

/* A cap of one window alone leaves the other without one. */
static void test_a_cap_of_new_keys_may_have_one_window(void **state)
{
	static const struct guard_wide caps[] = {{2, 0}, {0, 2}};
	static const struct guard_wide wrong = {3, 2};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct guard *g = kit_guard(large);
		int64_t next = KIT_START + GUARD_DAY_MS;

		assert_int_equal(guard_set_newcomers(g, &wrong), ERR_RANGE);
		assert_int_equal(guard_set_newcomers(g, &caps[i]), ERR_OK);
		for (unsigned n = 0; n < 2; n++)
			assert_true(kit_answered(g, newcomer(10 + n, n, false),
			    n + 1, KIT_START));
		assert_false(kit_answered(
		    g, newcomer(20, 20, false), 21, KIT_START));
		assert_int_equal(kit_answered(
		    g, newcomer(20, 20, false), 21, next), i == 0);
		guard_free(g);
	}
}

static void test_memory_counts_own_figures(void **state)
{
	struct guard *g = kit_guard(small);
	uint64_t without;

	(void)state;
	assert_int_equal(guard_set_own(g, GUARD_KEY, 1, NULL), ERR_OK);
	without = guard_memory(g);
	assert_int_equal(guard_set_own(g, GUARD_KEY, 1, &small), ERR_OK);
	assert_int_equal(guard_memory(g), without + sizeof(small));
	guard_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_count_without_figures_refuses),
	    cmocka_unit_test(test_count_cardless_stops_at_t24),
	    cmocka_unit_test(test_count_with_card_goes_on_to_c24),
	    cmocka_unit_test(test_count_again_is_free_while_counted),
	    cmocka_unit_test(test_count_window_ends_to_the_millisecond),
	    cmocka_unit_test(test_count_month_is_its_own_budget),
	    cmocka_unit_test(
		test_room_full_lets_only_answered_questions_go_on),
	    cmocka_unit_test(test_room_answered_with_card_is_not_counted_in_t),
	    cmocka_unit_test(test_room_answer_ages_with_its_budget),
	    cmocka_unit_test(test_room_misses_full_refuses_all_that_is_new),
	    cmocka_unit_test(test_count_batch_takes_the_last_room_once),
	    cmocka_unit_test(test_count_q_that_changed_cannot_overflow),
	    cmocka_unit_test(test_room_three_levels_each_refuse),
	    cmocka_unit_test(test_room_answered_at_another_site_is_a_stranger),
	    cmocka_unit_test(test_figures_new_key_ramps_to_the_fourteenth_day),
	    cmocka_unit_test(test_figures_own_replace_and_give_back),
	    cmocka_unit_test(test_set_contradictions_are_refused),
	    cmocka_unit_test(test_ask_outside_the_limits_is_refused),
	    cmocka_unit_test(test_look_outside_the_limits_is_nothing),
	    cmocka_unit_test(test_clock_never_goes_back),
	    cmocka_unit_test(test_observe_budget_says_and_lets_pass),
	    cmocka_unit_test(test_card_at_too_many_sites_is_no_presence),
	    cmocka_unit_test(test_card_many_sites_counts_exactly),
	    cmocka_unit_test(test_observe_presence_says_and_lets_pass),
	    cmocka_unit_test(test_shared_slows_by_quarters_of_overshoot),
	    cmocka_unit_test(test_shared_counts_where_it_belongs),
	    cmocka_unit_test(test_shared_alarm_rises_once_until_it_falls),
	    cmocka_unit_test(test_apply_counts_without_deciding),
	    cmocka_unit_test(test_memory_comes_back_after_the_window),
	    cmocka_unit_test(test_new_keys_share_a_budget_without_a_card),
	    cmocka_unit_test(test_without_a_cap_new_keys_share_nothing),
	    cmocka_unit_test(test_a_cap_of_new_keys_may_have_one_window),
	    cmocka_unit_test(test_memory_counts_own_figures),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/guard", tests, NULL, NULL);
}
