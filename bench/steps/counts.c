/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags, replay and budgets. The guard holds an ordinary month: FILL readings
 * of 40 days by 4,000 sites, each of which sees its own 3,000 people again and
 * again; then questions come about people whom nobody has asked about.
 */
#include <stdlib.h>
#include <string.h>
#include "auth/replay.h"
#include "guard/guard.h"
#include "keeper/tagger.h"
#include "lib/must.h"
#include "steps/scene.h"
#include "steps/steps.h"

#define FILL 400000
#define FILL_DAYS 40
#define SITES 4000
#define PATIENTS 3000
#define CELLS 12
#define SEED 1
#define REPLAY_MOST (1u << 21)	/* as the keeper's */

struct counts {
	struct scene *scene;
	struct tagger *tagger;
	struct registry_insurer insurer;
	struct fhir_question question;
	struct slot slot;
	struct replay *replay;
	uint8_t id[SIGN_KEY_ID];
	struct guard *guard;
	struct random_seeded random;
	struct guard_ask ask;
	uint64_t next;		/* a person nobody asked about */
	int64_t now_ms;
};

static void tag(void *ctx)
{
	struct counts *c = ctx;
	struct card_token card = {0};

	c->slot.ask.cell = 1;
	must(tagger_tags(c->tagger, &c->insurer, &c->question, &card,
		 &c->slot), "tags");
}

static void admit(void *ctx)
{
	struct counts *c = ctx;
	uint8_t nonce[16] = {0}, t[REPLAY_TAG];

	put_be64(nonce, ++c->next);
	c->now_ms += c->next % 8 == 0;	/* eight thousand a second */
	replay_tag(c->replay, c->id, nonce, t);
	must(replay_admit(c->replay, t, c->now_ms), "replay");
}

static void draw(struct counts *c, uint64_t person)
{
	uint32_t site = 1 +
	    (uint32_t)random_seeded_below(&c->random, SITES);

	c->ask = (struct guard_ask){.key = site * 2, .professional = site,
	    .site = site, .profession = (uint16_t)(1 + site % 14),
	    .plane = 1, .cell = 1 + (uint32_t)(person % CELLS)};
	put_be64(c->ask.q, person * UINT64_C(0x9e3779b97f4a7c15));
	c->ask.q[8] = (uint8_t)random_seeded_below(&c->random, 3);
	c->ask.card = c->ask.q[8] == 0;
}

static void room_and_count(void *ctx)
{
	struct counts *c = ctx;
	struct guard_verdict v;

	draw(c, ++c->next);
	guard_room(c->guard, &c->ask, c->now_ms, &v);
	must_true(v.told.decision == GUARD_GO, "no room");
	must(guard_count(c->guard, &c->ask, c->next, c->now_ms, &v),
	    "counting");
	must_true(v.told.decision == GUARD_GO, "not counted");
}

static void set_figures(struct counts *c)
{
	static const struct guard_figures f = {{1000000, 1000000, 1000000,
	    1000000, 1000000, 1000000}};

	for (uint16_t p = 1; p < 15; p++)
		must(guard_set_figures(c->guard, p, 0, GUARD_NOBODY, &f),
		    "figures");
}

static void fill(struct counts *c)
{
	int64_t from = SCENE_NOW_MS - FILL_DAYS * GUARD_DAY_MS;

	for (int64_t i = 0; i < FILL; i++) {
		uint64_t person = random_seeded_below(&c->random, PATIENTS);

		draw(c, person);
		person += UINT64_C(1) + (uint64_t)c->ask.site * 700;
		c->now_ms = from + i * (FILL_DAYS * GUARD_DAY_MS / FILL);
		must(guard_apply(c->guard, &c->ask, person, c->now_ms),
		    "filling");
	}
	c->next = UINT64_C(1) << 32;
}

static void time_it(struct counts *c, const char *name, void (*run)(void *))
{
	struct steps_step s = {STEPS_KEEPER, name, run, c};

	steps_time(&s);
}

static void time_tags(struct counts *c)
{
	struct json_token *tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*tokens));
	struct fhir_fault fault;
	struct secret root;

	must_true(tokens != NULL, "no memory");
	must(request_read(buf_span(&c->scene->fhir),
		 (int32_t)(SCENE_NOW_MS / GUARD_DAY_MS), tokens, &c->question,
		 &fault), "reading");
	random_fill(&c->scene->random, &root, sizeof(root));
	must(tagger_new(&root, &c->tagger), "tagger");
	must(tagger_add(c->tagger, 1, &root), "index");
	memcpy(c->insurer.amc, c->question.amc, sizeof(c->insurer.amc));
	memcpy(c->insurer.operator, "bief", 5);
	time_it(c, "tags (HMAC)", tag);
	tagger_free(c->tagger);
	free(tokens);
}

static void time_replay(struct counts *c)
{
	struct secret key;

	random_fill(&c->scene->random, &key, sizeof(key));
	must(replay_new(&key, REPLAY_MOST, REPLAY_LIFE_MS, &c->replay),
	    "replay window");
	c->now_ms = SCENE_NOW_MS;
	time_it(c, "replay window", admit);
	replay_free(c->replay);
}

void steps_count(struct scene *scene)
{
	struct counts c = {.scene = scene};

	(void)random_from_seed(&c.random, SEED);
	time_tags(&c);
	time_replay(&c);
	c.guard = guard_new();
	must_true(c.guard != NULL, "no memory");
	set_figures(&c);
	fill(&c);
	time_it(&c, "budgets: room, then count", room_and_count);
	guard_free(c.guard);
}
