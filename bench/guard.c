/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What counting costs: bench_guard [READINGS] folds so many readings of 40
 * days into the guard, saves and loads the result, then asks live questions.
 * Claims of docs/budgets.md. Two populations: `ordinary` (each site sees its
 * own 3,000 people again and again) and `worst` (nobody is ever asked twice).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/random.h"
#include "base/text.h"
#include "guard/guard.h"

#define START INT64_C(1760000000000)
#define DAYS 40
#define SITES 4000
#define PATIENTS 3000
#define CELLS 100

struct world {
	struct random_seeded random;
	bool worst;
	uint64_t next;		/* the person nobody asked for yet */
};

/* A third with a card, one of thirty a miss, two keys at a site. */
static uint64_t draw(struct world *w, struct guard_ask *ret)
{
	struct random_seeded *s = &w->random;
	uint32_t site = 1 + (uint32_t)random_seeded_below(s, SITES);
	uint64_t person = w->worst ? ++w->next :
	    (uint64_t)site * 700 + random_seeded_below(s, PATIENTS);
	struct guard_ask a = {
	    .key = site * 2 + (uint32_t)random_seeded_below(s, 2),
	    .professional = site, .site = site,
	    .profession = (uint16_t)(1 + site % 14), .plane = 1,
	    .cell = 1 + (uint32_t)(person % CELLS)};
	uint64_t hidden = person * UINT64_C(0x9e3779b97f4a7c15);
	uint8_t way = (uint8_t)random_seeded_below(s, 3);

	put_be64(a.q, hidden);
	a.q[8] = way;
	a.card = way == 0;
	*ret = a;
	return random_seeded_below(s, 30) ? hidden | 1 : 0;
}

/* Of this process's own work: other load does not count. */
static double seconds(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t))
		abort();
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void set_figures(struct guard *g)
{
	static const struct guard_figures f = {{1000000, 1000000, 1000000,
	    1000000, 1000000, 1000000}};

	for (uint16_t p = 1; p < 15; p++)
		if (guard_set_figures(g, p, 0, GUARD_NOBODY, &f))
			abort();
}

static void fold(struct guard *g, struct world *w, uint64_t readings)
{
	int64_t step = DAYS * GUARD_DAY_MS / (int64_t)readings;
	double from = seconds(), took;
	struct guard_ask a;

	for (uint64_t i = 0; i < readings; i++) {
		uint64_t number = draw(w, &a);

		if (guard_apply(g, &a, number, START + (int64_t)i * step))
			abort();
	}
	took = seconds() - from;
	printf("  fold: %" PRIu64 " readings of %d days in %.2f s, %.2f us "
	    "each\n", readings, DAYS, took, took * 1e6 / (double)readings);
	printf("  memory: %.1f MB, %.0f bytes a reading within 30 days\n",
	    (double)guard_memory(g) / 1e6, (double)guard_memory(g) /
	    ((double)readings * 30 / DAYS));
}

static void ask_live(struct guard *g, struct world *w, int n)
{
	double from = seconds();
	struct guard_verdict v;
	struct guard_ask a;
	int64_t now = guard_now(g);

	for (int i = 0; i < n; i++) {
		uint64_t number = draw(w, &a);

		guard_room(g, &a, now + i, &v);
		if (guard_count(g, &a, number, now + i, &v))
			abort();
	}
	printf("  live: room and count %.2f us a question\n",
	    (seconds() - from) * 1e6 / n);
}

static enum err fetch(void *ctx, uint64_t at, void *to, size_t n)
{
	const struct buf *b = ctx;

	if (at > b->n || n > b->n - at)
		return ERR_CORRUPT;
	memcpy(to, b->p + at, n);
	return ERR_OK;
}

static void save_and_load(struct guard *g)
{
	struct guard *h = guard_new();
	uint64_t size;
	struct buf b;
	double at = seconds(), saved;

	buf_init(&b, SIZE_MAX / 2);
	if (!h || guard_save(g, &b))
		abort();
	saved = seconds();
	if (guard_load_from(h, (struct guard_source){&b, fetch}, &size))
		abort();
	printf("  snapshot: %.1f MB, saved in %.2f s, loaded in %.2f s\n",
	    (double)b.n / 1e6, saved - at, seconds() - saved);
	guard_free(h);
	buf_release(&b);
}

int main(int argc, char **argv)
{
	uint64_t readings = 1000000;

	if (argc > 1 && text_u64(span_str(argv[1]), 1u << 30, &readings))
		return 2;
	for (int worst = 0; worst < 2; worst++) {
		struct guard *g = guard_new();
		struct world w = {.worst = worst};

		if (!g)
			return 5;
		(void)random_from_seed(&w.random, 1);
		set_figures(g);
		printf("%s: seed 1, %d sites, %d cells\n",
		    worst ? "worst" : "ordinary", SITES, CELLS);
		fold(g, &w, readings);
		ask_live(g, &w, 100000);
		save_and_load(g);
		guard_free(g);
	}
	return 0;
}
