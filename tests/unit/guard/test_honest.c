/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: bursts of honest work are not taken for a robot's, by the figures that
 * ship (data/professions.csv): an influenza's Monday, the first days of January,
 * a locum, a shop that changed hands, a resort in August. Which of them go on by
 * themselves, and which two administrators have to see coming, is docs/budgets.md.
 */
#include "base/buf.h"
#include "base/file.h"
#include "base/random.h"
#include "guard/figures.h"
#include "guard/kit.h"

#define MISSES 3	/* questions in a hundred: typing errors */
#define OPEN_HOURS 10
#define AGE_DAYS 100	/* of a key that is new to nobody */

/* A shop's days, all alike. */
struct work {
	const char *profession;
	unsigned days, visits;	/* persons a day */
	unsigned cards;		/* in a hundred bring theirs */
	unsigned clientele;	/* whom they are drawn from; 0: never the same */
	unsigned times;		/* each is asked about */
	unsigned professionals;	/* who ask in turn */
	unsigned age;		/* of the key, in days, on the first one */
	unsigned wider;		/* own figures, so many times the profession's */
};

static const struct figures_professions *shipped(void)
{
	static struct figures_professions p;
	struct figures_fault fault;
	struct buf b;

	buf_init(&b, 1 << 16);
	assert_int_equal(file_read(DATA_DIR "/professions.csv", &b), ERR_OK);
	assert_int_equal(
	    figures_read_professions(buf_span(&b), &p, &fault), ERR_OK);
	buf_release(&b);
	return &p;
}

static struct guard *guard_of(const struct work *w)
{
	struct guard_figures f =
	    figures_profession(shipped(), span_str(w->profession))->figures;
	struct guard *g = kit_guard(f);

	if (w->wider == 0)
		return g;
	for (unsigned kind = 0; kind < GUARD_KINDS; kind++)
		f.of[kind] *= w->wider;
	for (unsigned level = GUARD_KEY; level <= GUARD_SITE; level++)
		assert_int_equal(guard_set_own(g, (enum guard_level)level, 1,
		    &f), ERR_OK);
	return g;
}

static uint64_t whom(const struct work *w, struct random_seeded *chance)
{
	static uint64_t never_seen = 1 << 20;

	return w->clientele ? 1 + random_seeded_u64(chance) % w->clientele :
	    never_seen++;
}

/* A visit: how many of its questions were refused. */
static unsigned visit(struct guard *g, const struct work *w, unsigned nth,
    int64_t now, struct random_seeded *chance)
{
	uint64_t person = whom(w, chance);
	struct guard_ask a = kit_ask(person, 0);
	unsigned refused = 0;

	a.card = random_seeded_u64(chance) % 100 < w->cards;
	a.q[9] = a.card;	/* another question than that by number */
	a.professional = 1 + nth % w->professionals;
	a.key_since_ms = KIT_START - (int64_t)w->age * GUARD_DAY_MS;
	if (random_seeded_u64(chance) % 100 < MISSES) {
		struct guard_ask typo = a;

		typo.q[10] = (uint8_t)(1 + nth);
		typo.card = false;
		refused += !kit_answered(g, typo, 0, now);
	}
	for (unsigned i = 0; i < w->times; i++)
		refused += !kit_answered(g, a, person, now + i);
	return refused;
}

/* Questions that were refused, of the days on which most were. */
static unsigned worst(const struct work *w)
{
	struct guard *g = guard_of(w);
	struct random_seeded chance;
	unsigned most = 0;

	(void)random_from_seed(&chance, 27);
	for (unsigned day = 0; day < w->days; day++) {
		unsigned refused = 0;

		for (unsigned n = 0; n < w->visits; n++)
			refused += visit(g, w, n, KIT_START +
			    day * GUARD_DAY_MS + n * OPEN_HOURS * KIT_HOUR /
			    w->visits, &chance);
		most = refused > most ? refused : most;
	}
	guard_free(g);
	return most;
}

static void test_go_on_by_themselves(void **state)
{
	static const struct {
		const char *what;
		struct work w;
	} rows[] = {
	    {"a pharmacy's month", {"pharmacy", 30, 174, 70, 4000, 1, 1,
	        AGE_DAYS, 0}},
	    {"a physician's", {"gp", 30, 22, 60, 1500, 1, 1, AGE_DAYS, 0}},
	    {"an optician's", {"optician", 30, 9, 30, 0, 2, 1, AGE_DAYS, 0}},
	    {"an influenza: half as many again, a fortnight",
	        {"pharmacy", 14, 261, 70, 4000, 1, 1, AGE_DAYS, 0}},
	    {"a physician's influenza: twice as many",
	        {"gp", 5, 44, 60, 1500, 1, 1, AGE_DAYS, 0}},
	    {"a Monday on which nobody has a card",
	        {"pharmacy", 1, 215, 0, 4000, 1, 1, AGE_DAYS, 0}},
	    {"January: each is asked about again and again",
	        {"pharmacy", 5, 200, 60, 4000, 6, 1, AGE_DAYS, 0}},
	    {"a locum beside the pharmacist", {"pharmacy", 14, 174, 70, 4000,
	        1, 2, AGE_DAYS, 0}},
	    {"a shop that changed hands, its key four days old",
	        {"pharmacy", 30, 174, 70, 4000, 1, 1, 4, 0}},
	    {"a resort in August, with figures of its own",
	        {"pharmacy", 30, 522, 70, 0, 1, 1, AGE_DAYS, 3}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned refused = worst(&rows[i].w);

		if (refused)
			fail_msg("%s: %u refused", rows[i].what, refused);
	}
}

/* What has to be seen coming: a key enrolled on the very day has a quarter, with
 * cards too, on the next day a little more; and a resort is beyond every figure. */
static void test_want_two_administrators(void **state)
{
	const struct work taken = {"pharmacy", 1, 174, 70, 4000, 1, 1, 0, 0},
	    next = {"pharmacy", 1, 174, 70, 4000, 1, 1, 1, 0},
	    third = {"pharmacy", 1, 174, 70, 4000, 1, 1, 2, 0},
	    resort = {"pharmacy", 1, 522, 70, 0, 1, 1, AGE_DAYS, 0};

	(void)state;
	assert_int_equal(worst(&taken), 174 - 125);
	assert_int_equal(worst(&next), 174 - 154);
	assert_int_equal(worst(&third), 0);
	assert_int_equal(worst(&resort), 522 - 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_go_on_by_themselves),
	    cmocka_unit_test(test_want_two_administrators),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
