/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vault's look-ups on a loaded store that nobody else holds: tags drawn
 * at random from it, one reading transaction for BATCH questions as a turn of
 * the vault has.
 */
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "lib/must.h"
#include "rights/lookup.h"
#include "steps/scene.h"
#include "steps/steps.h"

#define TAGS 20000
#define BATCH 16
#define CACHE_MIB 128	/* as src/vault/main.c */
#define MAP_MIB 2047
#define SEED 1

struct tag {
	uint32_t cell;
	uint8_t bytes[RIGHTS_TAG];
	uint64_t number;
};

struct look {
	struct roll roll;
	struct lookup lookup;
	struct tag *tags;
	size_t count, next;
	unsigned turn;
	struct random_seeded random;
	struct buf text;
};

/* A sample of all tags: every one may be drawn (reservoir). */
static void take(struct look *k, uint32_t cell,
    const struct sheaf_row *row, size_t seen)
{
	size_t place = seen < TAGS ? seen :
	    (size_t)random_seeded_below(&k->random, seen + 1);

	if (place >= TAGS)
		return;
	k->tags[place].cell = cell;
	memcpy(k->tags[place].bytes, row->tag, RIGHTS_TAG);
}

static void draw_tags(struct look *k)
{
	struct store_stmt *q;
	struct sheaf_row row;
	struct sheaf s;
	size_t seen = 0;
	enum err e;

	must(store_prepare(k->roll.store, "SELECT cell, body FROM tags", &q),
	    "statement");
	while (!(e = store_step(q))) {
		must(sheaf_open(store_bytes(q, 1), &s), "a row of tags");
		for (size_t i = 0; i < s.count; i++) {
			sheaf_row(&s, i, &row);
			if (row.n == RIGHTS_TAG)	/* not a number */
				take(k, (uint32_t)store_int(q, 0), &row,
				    seen++);
		}
	}
	must_true(e == ERR_UNKNOWN, "reading tags");
	store_finalize(q);
	k->count = seen < TAGS ? seen : TAGS;
	must_true(k->count > 0, "the store is empty");
	for (size_t i = k->count; i > 1; i--) {
		size_t j = (size_t)random_seeded_below(&k->random, i);
		struct tag t = k->tags[i - 1];

		k->tags[i - 1] = k->tags[j];
		k->tags[j] = t;
	}
}

/* Begins and ends the reading transaction as turns would. */
static struct tag *turn(struct look *k)
{
	if (k->turn == 0)
		must(roll_read(&k->roll), "transaction");
	if (++k->turn == BATCH) {
		must(roll_read_end(&k->roll), "transaction");
		must(roll_read(&k->roll), "transaction");
		k->turn = 1;
	}
	return &k->tags[k->next++ % k->count];
}

static void resolve(void *ctx)
{
	struct look *k = ctx;
	struct tag *t = turn(k);
	struct rights_resolve m = {.cell = t->cell, .count = 1};

	memcpy(m.tags[0], t->bytes, RIGHTS_TAG);
	must(lookup_resolve(&k->lookup, &m, &t->number), "resolving");
}

static struct rights_do wish(const struct tag *t)
{
	return (struct rights_do){.index = 1234567, .cell = t->cell,
	    .number = t->number, .purpose = RIGHTS_READ,
	    .care_day = (int32_t)(SCENE_NOW_MS / 86400000),
	    .now_ms = SCENE_NOW_MS, .domain = span_str("OPTI"),
	    .amc = span_str("0099100001"),
	    .transaction = span_str("bench.ecluse.example/journal/1234567")};
}

static void facts(void *ctx)
{
	struct look *k = ctx;
	struct rights_do m = wish(turn(k));
	struct answer_facts f;

	must(lookup_facts(&k->lookup, &m, &f), "facts");
}

static void text(void *ctx)
{
	struct look *k = ctx;
	struct rights_do m = wish(&k->tags[0]);
	struct answer_facts f = {.state = RIGHTS_COVERED, .authorization = 1,
	    .level = span_str("BR200"), .contract = span_str("CONFORT"),
	    .from_day = m.care_day - 300, .until_day = m.care_day + 40,
	    .order = 1};

	buf_clear(&k->text);
	must(answer_write(&m, &f, &k->text), "answer");
}

static void time_it(struct look *k, const char *name, void (*run)(void *))
{
	struct steps_step s = {STEPS_VAULT, name, run, k};

	k->next = 0;
	steps_time(&s);
}

void steps_roll(const char *store)
{
	struct store_options o = {STORE_SQLITE, store, CACHE_MIB, MAP_MIB};
	struct look k = {0};

	(void)random_from_seed(&k.random, SEED);
	k.tags = calloc(TAGS, sizeof(*k.tags));
	must_true(k.tags != NULL, "no memory");
	must(roll_open(&k.roll, &o), "opening the store");
	lookup_init(&k.lookup, &k.roll);
	buf_init(&k.text, LIMIT_BODY);
	draw_tags(&k);
	for (size_t i = 0; i < k.count; i++)
		resolve(&k);
	time_it(&k, "resolve a tag", resolve);
	time_it(&k, "facts of a person (do)", facts);
	time_it(&k, "text of the answer (do)", text);
	must(roll_read_end(&k.roll), "transaction");
	lookup_release(&k.lookup);
	must(roll_close(&k.roll), "closing the store");
	buf_release(&k.text);
	free(k.tags);
}
