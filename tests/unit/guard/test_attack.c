/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a robot with stolen keys reads no more distinct persons than the
 * budgets say, whatever it asks, and once they are spent it cannot tell a
 * person from a stranger. Counted here from outside, from the answers alone.
 */
#include "guard/kit.h"
#include "base/random.h"

#define PEOPLE 3000
#define DAYS 45

static const struct guard_figures optician = {{40, 100, 400, 1000, 10, 60}};

/* What one asker (a key, a site) was answered: when, about whom, how. */
struct loot {
	int n;
	struct {
		int64_t at;
		uint32_t person;
		bool cardless;
	} got[60000];
};

static uint32_t distinct(const struct loot *l, int64_t now, int64_t window,
    bool cardless)
{
	static bool seen[PEOPLE + 1];
	uint32_t n = 0;

	memset(seen, 0, sizeof(seen));
	for (int i = l->n - 1; i >= 0 && l->got[i].at > now - window; i--) {
		if (cardless && !l->got[i].cardless)
			continue;
		n += !seen[l->got[i].person];
		seen[l->got[i].person] = true;
	}
	return n;
}

static void keep(struct loot *l, int64_t at, uint32_t person, bool cardless)
{
	assert_true(l->n < (int)(sizeof(l->got) / sizeof(l->got[0])));
	l->got[l->n].at = at;
	l->got[l->n].person = person;
	l->got[l->n++].cardless = cardless;
}

static void check_loot(const struct loot *l, int64_t now)
{
	assert_true(distinct(l, now, GUARD_DAY_MS, true) <= 40);
	assert_true(distinct(l, now, GUARD_DAY_MS, false) <= 100);
	assert_true(distinct(l, now, GUARD_MONTH_MS, true) <= 400);
	assert_true(distinct(l, now, GUARD_MONTH_MS, false) <= 1000);
}

static bool same_told(const struct guard_told *a, const struct guard_told *b)
{
	/* 4 words and one double word: no padding to compare by mistake */
	assert_int_equal(sizeof(*a), 24);
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * Nothing more to be had: whatever was never answered looks alike, person or
 * stranger, by room and by count.
 */
static void check_blind(struct guard *g, uint32_t key, int64_t now)
{
	struct guard_verdict first = {0}, v;

	for (uint64_t n = 0; n < 50; n++) {
		/* even: persons by an alias never used; odd: strangers */
		struct guard_ask a = kit_ask(PEOPLE - n, 40);

		a.key = key;
		v = kit_room(g, a, now);
		if (n == 0)
			first = v;
		assert_int_equal(v.told.decision, GUARD_REFUSE);
		assert_true(same_told(&v.told, &first.told));
		v = kit_count(g, a, n % 2 ? 0 : PEOPLE - n, now);
		assert_true(same_told(&v.told, &first.told));
		assert_int_equal(v.level, first.level);
		assert_int_equal(v.kind, first.kind);
		assert_int_equal(v.alarms, 0);
	}
}

/* Each person by card tag, member number and NIR, strangers in between. */
static void test_robot_three_ways_never_exceeds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		static struct loot loot;
		struct guard *g = kit_guard(optician);
		struct random_seeded s;
		int64_t t = KIT_START;
		uint32_t next = 1;

		loot.n = 0;
		(void)random_from_seed(&s, seed);
		for (int i = 0; i < 60000 &&
		    t < KIT_START + DAYS * GUARD_DAY_MS; i++) {
			unsigned way = (unsigned)random_seeded_below(&s, 3);
			uint32_t p = random_seeded_below(&s, 4) ?
			    next : 1 + (uint32_t)random_seeded_below(&s, next);
			struct guard_ask a = kit_ask(p, way);

			a.card = way == 0 && random_seeded_below(&s, 2);
			if (random_seeded_below(&s, 40) == 0)
				a = kit_ask(1000000 + (uint64_t)i, way), p = 0;
			if (kit_answered(g, a, p, t) && p)
				keep(&loot, t, p, !a.card);
			if (random_seeded_below(&s, 3) == 0)
				next = next % PEOPLE + 1;
			t += (int64_t)random_seeded_below(&s, 130000);
			if (i % 50 == 0)
				check_loot(&loot, t);
		}
		print_message("# seed %llu: %d answers\n",
		    (unsigned long long)seed, loot.n);
		/* and it did get what an ordinary month would */
		assert_true(distinct(&loot, t, GUARD_MONTH_MS, false) > 300);
		guard_free(g);
	}
}

static void test_robot_spent_cannot_tell_person_from_stranger(void **state)
{
	struct guard *g = kit_guard(optician);
	struct guard_verdict v;
	int answered = 0;

	(void)state;
	for (uint64_t n = 1; n <= 10000; n++)
		answered += kit_answered(
		    g, kit_ask(n, 0), n, KIT_START + (int64_t)n);
	assert_int_equal(answered, 40);
	check_blind(g, 1, KIT_START + 10000);
	/* the forty may be asked again, by the same question alone */
	for (uint64_t n = 1; n <= 40; n++) {
		v = kit_room(g, kit_ask(n, 0), KIT_START + 10000);
		assert_int_equal(v.told.decision, GUARD_GO);
		v = kit_room(g, kit_ask(n, 1), KIT_START + 10000);
		assert_int_equal(v.told.decision, GUARD_REFUSE);
	}
	guard_free(g);
}

static void test_robot_guessing_stops_at_the_misses(void **state)
{
	struct guard *g = kit_guard(optician);
	int passed = 0;

	(void)state;
	for (uint64_t n = 1; n <= 5000; n++)
		passed += kit_answered(
		    g, kit_ask(n, 0), n % 500 ? 0 : n, KIT_START);
	assert_int_equal(passed, 10);
	check_blind(g, 1, KIT_START);
	guard_free(g);
}

/* Twenty keys of one site are no more than the site. */
static void test_robot_many_keys_share_the_site(void **state)
{
	static struct loot loot;
	struct guard *g = kit_guard(optician);

	(void)state;
	loot.n = 0;
	for (uint32_t n = 1; n <= 2000; n++) {
		struct guard_ask a = kit_ask(n, 0);

		a.key = 1 + n % 20;
		a.professional = 1 + n % 7;
		if (kit_answered(g, a, n, KIT_START))
			keep(&loot, KIT_START, n, true);
	}
	assert_int_equal(distinct(&loot, KIT_START, GUARD_DAY_MS, true), 40);
	for (uint32_t key = 1; key <= 20; key++)
		check_blind(g, key, KIT_START);
	guard_free(g);
}

/* One professional's badge at a hundred sites is one professional. */
static void test_robot_one_badge_at_many_sites(void **state)
{
	struct guard *g = kit_guard(optician);
	int answered = 0;

	(void)state;
	for (uint32_t n = 1; n <= 1000; n++) {
		struct guard_ask a = kit_ask(n, 0);

		a.key = a.site = 1 + n % 100;
		answered += kit_answered(g, a, n, KIT_START);
	}
	assert_int_equal(answered, 40);
	guard_free(g);
}

/* Stolen card tokens go round a hundred shops: presence wears off. */
static void test_robot_copied_cards_wear_off(void **state)
{
	struct guard *g = kit_guard(optician);
	uint32_t present = 0;

	(void)state;
	for (uint32_t site = 1; site <= 100; site++)
		for (uint32_t n = 1; n <= 20; n++) {
			struct guard_ask a = kit_ask(n, 0);

			a.card = true;
			a.key = a.professional = a.site = site;
			present += kit_count(g, a, n, KIT_START).presence;
		}
	assert_int_equal(present, 20 * GUARD_SITES);
	guard_free(g);
}

/* A network of phished shops, each inside its budget, is slowed and seen. */
/* Distinct persons of 30 days that a key of five professionals was answered,
 * who names so many of them in turn (0: none); *ret_day: of the first day. */
static unsigned five_professionals(unsigned names, bool card, unsigned *ret_day)
{
	/* a pharmacy's, as data/professions.csv has them */
	struct guard *g = kit_guard((struct guard_figures){
	    {220, 500, 3500, 7000, 44, 260}});
	unsigned answered = 0;

	for (uint32_t day = 0; day < 30; day++) {
		for (uint32_t i = 0; i < 600; i++) {
			uint64_t n = 1 + day * 600 + i;
			struct guard_ask a = kit_ask(n, 0);

			a.professional = names ? 1 + i % names : 0;
			a.card = card;
			answered += kit_answered(g, a, n,
			    KIT_START + day * GUARD_DAY_MS + i);
		}
		if (day == 0)
			*ret_day = answered;
	}
	guard_free(g);
	return answered;
}

/* Naming none of them gives what naming one does, and what naming all does:
 * the key and its site have a budget each whoever is named. */
static void test_robot_names_nobody(void **state)
{
	static const unsigned names[] = {0, 1, 5};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		unsigned day = 0;

		assert_int_equal(five_professionals(names[i], false, &day), 3500);
		assert_int_equal(day, 220);
		assert_int_equal(five_professionals(names[i], true, &day), 7000);
		assert_int_equal(day, 500);
	}
}

static void test_robot_wide_network_is_slowed(void **state)
{
	static const struct guard_wide w = {500, 5000};
	struct guard *g = kit_guard(optician);
	uint32_t alarms = 0, slowest = 0;
	int answered = 0;

	(void)state;
	assert_int_equal(guard_set_cell(g, 1, &w), ERR_OK);
	for (uint32_t n = 1; n <= 2000; n++) {
		struct guard_ask a = kit_ask(n, 0);
		struct guard_verdict v;

		a.key = a.professional = a.site = 1 + n % 50;
		v = kit_count(g, a, n, KIT_START);
		answered += v.told.decision == GUARD_GO;
		alarms += v.alarms != 0;
		if (v.told.wait_ms > slowest)
			slowest = v.told.wait_ms;
	}
	assert_int_equal(answered, 50 * 40);
	assert_int_equal(alarms, 1);
	assert_int_equal(slowest, GUARD_WAIT_MOST_MS);
	guard_free(g);
}

/* A new key, stolen on its first day, is worth a quarter. */
static void test_robot_new_key_yields_a_quarter(void **state)
{
	struct guard *g = kit_guard(optician);
	int answered = 0;

	(void)state;
	for (uint32_t n = 1; n <= 1000; n++) {
		struct guard_ask a = kit_ask(n, 0);

		a.key_since_ms = KIT_START - KIT_HOUR;
		answered += kit_answered(g, a, n, KIT_START);
	}
	assert_int_equal(answered, 10);
	guard_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_robot_three_ways_never_exceeds),
	    cmocka_unit_test(
		test_robot_spent_cannot_tell_person_from_stranger),
	    cmocka_unit_test(test_robot_guessing_stops_at_the_misses),
	    cmocka_unit_test(test_robot_many_keys_share_the_site),
	    cmocka_unit_test(test_robot_one_badge_at_many_sites),
	    cmocka_unit_test(test_robot_copied_cards_wear_off),
	    cmocka_unit_test(test_robot_names_nobody),
	    cmocka_unit_test(test_robot_wide_network_is_slowed),
	    cmocka_unit_test(test_robot_new_key_yields_a_quarter),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/attack", tests, NULL, NULL);
}
