/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a keeper's start costs with weeks of readings behind it:
 *
 *   bench-start DIR past READINGS SEED   counts so many readings of the 40 days
 *	behind the last entry (without entries of their own), writes the
 *	snapshot, and sets the drill's clock to their end
 *   bench-start DIR tail ENTRIES SEED    so many real entries behind it
 *   bench-start DIR open                 opens all, as a start does; its parts
 *
 * DIR is a drill instance that is stopped (bench/start.py makes it). Through
 * the keeper's own code: guard, book and fold.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/date.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/sign.h"
#include "keeper/keeper.h"
#include "keeper/wide.h"
#include "lib/must.h"

#define DAYS 40
#define PATIENTS 3000	/* of a site */
#define READINGS_A_MEMBER 2	/* in those days */
#define BATCH 256

static struct keeper k;

/* What the keeper's own main has. */
int64_t keeper_now(struct keeper *of)
{
	return hour_now(&of->hour);
}

void keeper_fail(struct keeper *of, const char *words, enum err e)
{
	(void)of;
	must(e, words);
}

/* Of this process's own work: other load does not count. */
static double seconds(void)
{
	struct timespec t;

	must_true(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0, "clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What is open once is: a part of the start. */
static void open_all(const char *dir, struct fold_result *ret)
{
	struct conf_fault fault;
	double at[4];

	log_init("bench-start", LOG_ERROR);
	at[0] = seconds();
	k.dir = dir;
	k.random = random_system();
	must(conf_load(dir, &k.conf, &fault), "ecluse.conf");
	k.conf.unconfined = true;
	sign_start();
	hour_init(&k.hour, clock_system(), start_offset(&k));
	must(start_open(&k), "start_open");
	at[1] = seconds();
	k.fold = (struct fold){k.book, k.guard, k.replay, k.registry, k.keys,
	    &k.random, k.dir, k.pasts, k.registry->past_count, NULL, 0};
	must(fold_run(&k.fold, keeper_now(&k), ret), "fold_run");
	at[2] = seconds();
	printf("# open: keys, registry, journal %.3f s; snapshot and %" PRIu64
	    " entries behind it %.3f s; %.1f MB of counts in memory\n",
	    at[1] - at[0], ret->size - ret->from, at[2] - at[1],
	    (double)guard_memory(k.guard) / 1e6);
}

struct reading {
	const struct registry_key *key;
	struct guard_ask ask;
	struct span rpps;
	uint64_t number;
};

/* What a site of this profession adds to its shared budget of a day. */
static uint64_t busyness(const struct registry *r, const struct registry_key *of)
{
	const char *code =
	    r->professions[r->sites[of->site].profession].code;
	uint64_t other = 1;

	for (size_t i = 0; i < r->wide_count; i++) {
		const struct registry_wide *w = &r->wides[i];

		if (strcmp(w->scope, "profession") != 0)
			continue;
		if (strcmp(w->code, code) == 0)
			return w->figures[1];
		if (strcmp(w->code, "*") == 0)
			other = w->figures[1];
	}
	return other;
}

/* Each site asks as much as its profession does. */
static size_t draw_key(struct random_seeded *s, const struct registry *r)
{
	static uint64_t *up_to;
	size_t low = 0, high = r->key_count - 1;
	uint64_t at;

	if (!up_to) {
		up_to = calloc(r->key_count, sizeof(*up_to));
		must_true(up_to != NULL, "memory");
		for (size_t i = 0; i < r->key_count; i++)
			up_to[i] = (i ? up_to[i - 1] : 0) +
			    busyness(r, &r->keys[i]);
	}
	at = random_seeded_below(s, up_to[high]);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (at < up_to[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* One of its own people asks at a site; a third with a card, one of thirty
 * unknown. */
static void draw(struct random_seeded *s, struct reading *ret)
{
	const struct registry *r = k.registry;
	size_t place = draw_key(s, r);
	uint64_t person;

	ret->key = &r->keys[place];
	person = (uint64_t)ret->key->site * 700 +
	    random_seeded_below(s, PATIENTS);
	ret->number = random_seeded_below(s, 30) ?
	    (person + 1) * UINT64_C(0x9e3779b97f4a7c15) : 0;
	ret->rpps = span_of(NULL, 0);
	if (r->professional_count > 0)
		ret->rpps = span_str(r->professionals[
		    ret->key->site % r->professional_count].rpps);
	fold_ask(r, ret->key, 1, ret->rpps, &ret->ask);
	ret->ask.cell = 1 + (uint32_t)(person % r->insurer_count);
	put_be64(ret->ask.q, (person + 1) * UINT64_C(0xff51afd7ed558ccd));
	ret->ask.q[8] = (uint8_t)random_seeded_below(s, 3);
	ret->ask.card = ret->ask.q[8] == 0;
}

static void set_clock(int64_t now_ms)
{
	char path[4096], text[32];
	int64_t wall = clock_wall_ms(&k.hour.clock);
	int n = snprintf(text, sizeof(text), "%" PRId64 "\n", now_ms - wall);

	must(file_path(path, sizeof(path), k.dir, "keeper/clock"), "clock");
	must(file_replace(path, span_of(text, (size_t)n), 0600), "clock");
}

static void past(uint64_t readings, struct random_seeded *s, int64_t at_ms)
{
	int64_t step = DAYS * DATE_DAY_MS / (int64_t)readings;
	size_t cells = k.registry->insurer_count;
	double from = seconds();
	struct reading one;

	/* or cells and platform stand far beyond what they share */
	for (uint32_t cell = 1; cell <= cells; cell++)
		must(wide_members(&k, cell, readings / READINGS_A_MEMBER /
		    cells), "members");
	for (uint64_t i = 0; i < readings; i++) {
		draw(s, &one);
		at_ms += step;
		must(guard_apply(k.guard, &one.ask, one.number, at_ms),
		    "counting");
	}
	printf("# past: %" PRIu64 " readings of %d days, %zu keys, %zu cells, "
	    "counted in %.1f s; %.1f MB in memory\n", readings, DAYS,
	    k.registry->key_count, k.registry->insurer_count,
	    seconds() - from, (double)guard_memory(k.guard) / 1e6);
	from = seconds();
	must(fold_save(&k.fold, FOLD_TEMP_STOP, at_ms), "snapshot");
	printf("# snapshot written in %.2f s\n", seconds() - from);
	set_clock(at_ms);
}

static void append(const struct reading *one, int64_t now_ms)
{
	struct leaf leaf = {.kind = LEAF_ASKED, .time_ms = now_ms, .plane = 1,
	    .purpose = RIGHTS_READ, .fields = 15, .existed = one->number != 0,
	    .decision = LEAF_ANSWERED};
	struct opening o = {.rpps = one->rpps, .cell = one->ask.cell,
	    .site = span_str(k.registry->sites[one->key->site].id),
	    .number = one->number, .domain = span_str("OPTI"),
	    .proof = one->ask.card ? OPENING_CARD : OPENING_MEMBER,
	    .path = span_str("/fhir/CoverageEligibilityRequest"),
	    .params = span_str("()")};
	uint64_t index;

	memcpy(o.key_id, one->key->id, SIGN_KEY_ID);
	memcpy(o.question, one->ask.q, OPENING_QUESTION);
	random_fill(&k.random, o.blinding, LEAF_BLINDING);
	random_fill(&k.random, leaf.replay, sizeof(leaf.replay));
	must(book_asked(k.book, &leaf, (uint32_t)(one->key -
	    k.registry->keys), &o, &index), "an entry");
}

static void tail(uint64_t entries, struct random_seeded *s, int64_t at_ms)
{
	double from = seconds();
	struct reading one;

	for (uint64_t i = 0; i < entries; i++) {
		draw(s, &one);
		at_ms += 10;
		append(&one, at_ms);
		if (book_waiting(k.book) == BATCH)
			must(book_commit(k.book, book_size(k.book)), "commit");
	}
	must(book_commit(k.book, book_size(k.book)), "commit");
	must(book_publish(k.book), "checkpoint");
	printf("# tail: %" PRIu64 " entries in %.1f s\n", entries,
	    seconds() - from);
	set_clock(at_ms);
}

int main(int argc, char **argv)
{
	struct random_seeded s;
	struct fold_result found;
	uint64_t n = 0, seed = 1;
	int64_t now_ms;

	if ((argc != 3 || strcmp(argv[2], "open") != 0) && (argc != 5 ||
	    text_u64(span_str(argv[3]), 1u << 30, &n) || n == 0 ||
	    text_u64(span_str(argv[4]), UINT32_MAX, &seed))) {
		(void)fprintf(stderr, "usage: bench-start DIR past|tail N SEED"
		    "\n       bench-start DIR open\n");
		return 2;
	}
	(void)random_from_seed(&s, seed);
	open_all(argv[1], &found);
	now_ms = keeper_now(&k);
	if (found.last_ms > now_ms)
		now_ms = found.last_ms;
	if (guard_now(k.guard) > now_ms)
		now_ms = guard_now(k.guard);
	if (strcmp(argv[2], "past") == 0)
		past(n, &s, now_ms);
	else if (strcmp(argv[2], "tail") == 0)
		tail(n, &s, now_ms);
	return 0;
}
