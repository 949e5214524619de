/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what is asked is what the key may ask: for its site, its professional,
 * its domains, behind no gate that people closed, with a card that is one; and
 * what is refused on the way is written down with its reason, costs no
 * reading, and has asked no vault.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "failing.h"
#include "keeper/bodies.h"
#include "keeper/decoys.h"
#include "keeper/desk.h"
#include "keeper/summary.h"
#include "keeper/tagger.h"
#include "msg/estimate.h"

#define ELSEWHERE "0000000009"	/* an AMC that is nobody's here */
#define SITE "0E2000123"
#define CLAIM "/fhir/Claim"
#define OPENS(words) "\"resourceType\":\"" words "\""
#define COVERED OPENS("CoverageEligibilityResponse")
#define MINE {.amc = DESK_AMC, .domain = "MED", .member = "02447812"}

static const struct bodies_one mine = MINE;

/* Asks, up to the answer, which must hold these words; gives its status. */
static uint16_t asks(struct desk *d, struct desk_ask a, const char *words)
{
	desk_asks(d, a);
	desk_reads(d);
	desk_serves(d, 77);
	assert_null(desk_failed());
	assert_int_equal(slots_used(d->k.slots), 0);
	return desk_says(d, words);
}

static uint16_t asks_body(
    struct desk *d, struct bodies_one b, const char *words)
{
	struct desk_ask a = desk_plain();

	a.body = bodies_question(b);
	return asks(d, a, words);
}

/* The last entry: of a refusal, with this decision; nobody was read. */
static void assert_refused(struct desk *d, uint8_t decision)
{
	struct leaf l = desk_leaf(d);

	assert_int_equal(l.kind, LEAF_ASKED);
	assert_int_equal(l.decision, decision);
	assert_int_equal(l.fields, 0);
	assert_false(l.existed);
}

static struct opening last_opening(struct desk *d)
{
	struct opening o = {.cell = 0};

	(void)house_leaf(&d->h, book_size(d->k.book) - 1, true, &o);
	return o;
}

static void test_types(void **state)
{
	static const struct {
		const char *type;
		uint16_t status;
		const char *words;
	} rows[] = {
	    {"application/fhir+json; charset=utf-8", 200, COVERED},
	    {"application/json ;x", 200, COVERED},
	    {"application/json  ", 200, COVERED},
	    {"", 415, "media-type"},
	    {"  ", 415, "media-type"},
	    {"application/fhir+xml", 415, "media-type"},
	    {"application/ecluse-sealed", 400, "\"sealed\""},
	};
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a.type = rows[i].type;
		assert_int_equal(asks(d, a, rows[i].words), rows[i].status);
		if (rows[i].status != 200)
			assert_refused(d, LEAF_REFUSED_FORM);
	}
	a = desk_plain();
	d->k.conf.plane[ASK_FLOW].plain = false;
	assert_int_equal(asks(d, a, "\"plain\""), 415);
	assert_refused(d, LEAF_REFUSED_FORM);
}

/* body, sealed by key 1 to our sealing key. */
static struct span seal(struct desk *d, const char *body, const char *key_id,
    struct buf *out, struct seal_context *ctx)
{
	const struct seal_about about = {span_str(key_id), span_str("flow"),
	    span_str(DESK_AUTHORITY), span_str(DESK_RIGHTS)};
	uint8_t point[HPKE_PUBLIC];

	hpke_key_public(d->k.keys->sealing, point);
	buf_clear(out);
	assert_int_equal(seal_request(point, &about, span_str(body),
	    &d->h.random, out, ctx), ERR_OK);
	return buf_span(out);
}

/* The answer, opened: what it says. */
static void assert_sealed(
    struct desk *d, const struct seal_context *ctx, const char *words)
{
	struct ask_answer answer = {0};
	struct buf plain;

	assert_true(desk_answer(d, &answer));
	assert_true(
	    span_is(answer.content_type, "application/ecluse-sealed"));
	buf_init(&plain, LIMIT_BODY);
	assert_int_equal(seal_open_answer(ctx, answer.body, &plain), ERR_OK);
	assert_int_equal(plain.n % SEAL_PAD, 0);
	assert_non_null(memmem(plain.p, plain.n, words, strlen(words)));
	buf_release(&plain);
}

static void test_sealed(void **state)
{
	struct bodies_one other = MINE;
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	struct seal_context ctx;
	struct buf out;

	buf_init(&out, LIMIT_BODY);
	d->k.conf.plane[ASK_FLOW].plain = false;
	a.type = "application/ecluse-sealed";
	a.bytes = seal(d, bodies_question(mine), acts_id_text(1), &out, &ctx);
	desk_asks(d, a);
	desk_reads(d);
	/* what was opened is gone as soon as it was read */
	assert_null(memmem(d->k.plain.p, d->k.plain.cap, mine.member,
	    strlen(mine.member)));
	desk_serves(d, 77);
	assert_sealed(d, &ctx, COVERED);
	assert_int_equal(desk_leaf(d).decision, LEAF_ANSWERED);
	/* a refusal of what was opened is sealed too */
	other.domain = "OPTI";
	a.bytes = seal(d, bodies_question(other), acts_id_text(1), &out, &ctx);
	desk_asks(d, a);
	desk_reads(d);
	decide_commit(&d->k);
	assert_sealed(d, &ctx, "domain-not-own");
	/* sealed by another key, altered, to another key than ours */
	a.bytes = seal(d, bodies_question(mine), acts_id_text(2), &out, &ctx);
	assert_int_equal(asks(d, a, "\"sealed\""), 400);
	assert_refused(d, LEAF_REFUSED_FORM);
	(void)seal(d, bodies_question(mine), acts_id_text(1), &out, &ctx);
	out.p[SEAL_HEAD - 1] ^= 1;
	a.bytes = buf_span(&out);
	assert_int_equal(asks(d, a, "seal-key"), 400);
	buf_release(&out);
}

/* The site and professional that a body names; none: what the key has. */
static void test_whose_question(void **state)
{
	struct bodies_one b = MINE;
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	assert_int_equal(asks_body(d, b, COVERED), 200);
	assert_true(span_is(last_opening(d).rpps, "99700000001"));
	b.rpps = "99700000001";
	assert_int_equal(asks_body(d, b, COVERED), 200);
	b.rpps = "99700000002";
	assert_int_equal(asks_body(d, b, "\"site\""), 403);
	assert_refused(d, LEAF_REFUSED_KEY);
	b.rpps = NULL;
	b.site = SITE;
	assert_int_equal(asks_body(d, b, "\"site\""), 403);
	assert_refused(d, LEAF_REFUSED_KEY);
	/* that site's own key */
	assert_int_equal(acts_do(&d->h.acts, 2, "site id=" SITE
	    " profession=gp\nkey spki=%s site=" SITE " rpps=99700000001 "
	    "since=2026-01-01T00:00:00Z\n", acts_ed25519(7)), ERR_OK);
	a.key = 7;
	a.body = bodies_question(b);
	assert_int_equal(asks(d, a, COVERED), 200);
	assert_true(span_is(last_opening(d).site, SITE));
	a = desk_plain();
	/* a key of two: who asks is not known unless it is said */
	assert_int_equal(acts_do(&d->h.acts, 2, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000002 since=2026-01-01T00:00:00Z\n",
	    acts_ed25519(5)), ERR_OK);
	a.key = 5;
	assert_int_equal(asks(d, a, COVERED), 200);
	assert_int_equal(last_opening(d).rpps.n, 0);
	/* whose one was written down twice is no key of two */
	assert_int_equal(acts_do(&d->h.acts, 2, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000001 since=2026-01-01T00:00:00Z\n",
	    acts_ed25519(8)), ERR_OK);
	a.key = 8;
	assert_int_equal(asks(d, a, COVERED), 200);
	assert_true(span_is(last_opening(d).rpps, "99700000001"));
	/* a key of nobody in particular */
	assert_int_equal(acts_do(&d->h.acts, 2, "key spki=%s site=s1 "
	    "since=2026-01-01T00:00:00Z\n", acts_ed25519(6)), ERR_OK);
	a.key = 6;
	assert_int_equal(asks(d, a, COVERED), 200);
	assert_int_equal(last_opening(d).rpps.n, 0);
}

/* Who is revoked does not go on by leaving his number out. */
static void test_a_revoked_professional(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	assert_int_equal(acts_do(&d->h.acts, 2, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000002 since=2026-01-01T00:00:00Z\n",
	    acts_ed25519(5)), ERR_OK);
	assert_int_equal(acts_do(&d->h.acts, 1,
	    "revoke rpps=99700000001\n"), ERR_OK);
	assert_int_equal(asks(d, a, "\"site\""), 403);
	assert_refused(d, LEAF_REFUSED_KEY);
	a.key = 5;	/* the other one lives */
	assert_int_equal(asks(d, a, COVERED), 200);
	assert_true(span_is(last_opening(d).rpps, "99700000002"));
	/* he is meant: what is closed to him is closed to this key */
	assert_int_equal(acts_do(&d->h.acts, 1,
	    "close rpps=99700000002\n"), ERR_OK);
	assert_int_equal(asks(d, a, "closed-professional"), 403);
	assert_refused(d, LEAF_REFUSED_SWITCH);
	assert_int_equal(acts_do(&d->h.acts, 1,
	    "revoke rpps=99700000002\n"), ERR_OK);
	assert_int_equal(asks(d, a, "\"site\""), 403);
	assert_refused(d, LEAF_REFUSED_KEY);
}

/* It is refused before anybody is looked up, alone, in a bundle, as an
 * estimate. */
static void assert_unnamed(struct desk *d, struct desk_ask a)
{
	static const char *const paths[] = {DESK_RIGHTS, CLAIM, "/fhir"};
	const char *line;
	uint8_t type = 0;

	for (size_t i = 0; i < 3; i++) {
		line = bodies_question(mine);
		a.path = paths[i];
		a.body = i == 0 ? line : i == 1 ? bodies_claim(mine, 1) :
		    bodies_bundle(&line, 1);
		desk_asks(d, a);
		desk_reads(d);
		assert_null(desk_told(d, &type));
		decide_commit(&d->k);
		assert_null(desk_failed());
		assert_int_equal(desk_says(d, "professional-unnamed"),
		    i < 2 ? 403 : 200);
		assert_refused(d, LEAF_REFUSED_KEY);
		assert_int_equal(last_opening(d).rpps.n, 0);
	}
}

/* A key of several asks without a name until one of them has figures narrower
 * than the key's, be it in one kind alone. */
static void test_narrowed(void **state)
{
	static const char *const figures[] = {
	    "t24=39 c24=200 t30=600 c30=2000 m24=10 m30=60",
	    "t24=40 c24=200 t30=600 c30=2000 m24=10 m30=59"};
	struct bodies_one b = MINE;
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	struct acts *acts = &d->h.acts;

	assert_int_equal(acts_do(acts, 2, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000002 since=2026-01-01T00:00:00Z\n",
	    acts_ed25519(5)), ERR_OK);
	assert_int_equal(acts_do(acts, 2, "budget rpps=99700000002 "
	    "t24=41 c24=200 t30=600 c30=2000 m24=10 m30=60\n"), ERR_OK);
	a.key = 5;
	assert_int_equal(asks(d, a, COVERED), 200);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(acts_do(acts, 2, "budget rpps=99700000002 "
		    "%s\n", figures[i]), ERR_OK);
		assert_unnamed(d, a);
		assert_int_equal(acts_do(acts, 2,
		    "budget rpps=99700000002 default=yes\n"), ERR_OK);
		a.body = bodies_question(mine);
		assert_int_equal(asks(d, a, COVERED), 200);
		assert_int_equal(last_opening(d).rpps.n, 0);
	}
	assert_int_equal(acts_do(acts, 2, "budget rpps=99700000002 %s\n",
	    figures[0]), ERR_OK);
	b.rpps = "99700000002";
	a.body = bodies_question(b);
	assert_int_equal(asks(d, a, COVERED), 200);
	b.rpps = "99700000001";
	a.body = bodies_question(b);
	assert_int_equal(asks(d, a, COVERED), 200);
	/* without him there is one, who is meant */
	assert_int_equal(acts_do(acts, 1, "revoke rpps=99700000002\n"),
	    ERR_OK);
	a.body = bodies_question(mine);
	assert_int_equal(asks(d, a, COVERED), 200);
	assert_true(span_is(last_opening(d).rpps, "99700000001"));
}

static void test_gates(void **state)
{
	static const struct {
		const char *gate, *words;
	} rows[] = {
	    {"plane=flow", "closed-plane"},
	    {"profession=gp plane=flow", "closed-profession"},
	    {"amc=" DESK_AMC, "closed-cell"},
	    {"site=s1", "closed-site"},
	    {"rpps=99700000001", "closed-professional"},
	};
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(acts_do(&d->h.acts, 1, "close %s\n",
		    rows[i].gate), ERR_OK);
		assert_int_equal(asks(d, a, rows[i].words), 403);
		assert_refused(d, LEAF_REFUSED_SWITCH);
		assert_int_equal(acts_do(&d->h.acts, 2, "open %s\n",
		    rows[i].gate), ERR_OK);
		assert_int_equal(asks(d, a, COVERED), 200);
	}
	/* a closed gate reads no body */
	assert_int_equal(acts_do(&d->h.acts, 1, "close key=%s\n",
	    acts_id_text(1)), ERR_OK);
	a.body = "{";
	assert_int_equal(asks(d, a, "closed-key"), 403);
	assert_refused(d, LEAF_REFUSED_SWITCH);
}

/* Persons that key 1 has read within a day: without a card, and at all. */
static void assert_read(struct desk *d, uint32_t without, uint32_t all)
{
	const struct registry *r = d->k.registry;
	struct guard_line line;
	struct guard_ask ask;

	fold_ask(r, registry_key(r, acts_id(1)), ASK_FLOW, span_str(""), &ask);
	guard_look(d->k.guard, &ask, GUARD_KEY, HOUSE_NOW, &line);
	assert_int_equal(line.used[GUARD_T24], without);
	assert_int_equal(line.used[GUARD_C24], all);
}

static void test_cards(void **state)
{
	struct bodies_one b = {.amc = DESK_AMC, .domain = "MED"};
	struct desk *d = *state;

	b.card = bodies_card(DESK_AMC, 1, 7, HOUSE_NOW);
	assert_int_equal(asks_body(d, b, COVERED), 200);
	assert_int_equal(last_opening(d).proof, OPENING_CARD);
	assert_read(d, 0, 1);
	/* signed by another key; of another AMC; no card */
	b.card = bodies_card(DESK_AMC, 2, 8, HOUSE_NOW);
	assert_int_equal(asks_body(d, b, "\"card\""), 422);
	assert_refused(d, LEAF_REFUSED_FORM);
	b.card = bodies_card(ELSEWHERE, 1, 8, HOUSE_NOW);
	assert_int_equal(asks_body(d, b, "\"card\""), 422);
	b.card = "TP1:NO CARD";
	assert_int_equal(asks_body(d, b, "\"card\""), 422);
	assert_read(d, 0, 1);
	/* the card's key turned: those that the one before signed live on */
	b.card = bodies_card(DESK_AMC, 1, 7, HOUSE_NOW);
	assert_int_equal(acts_do(&d->h.acts, 2, "turn kind=card amc="
	    DESK_AMC " key=%s\n", acts_p256(3)), ERR_OK);
	assert_int_equal(asks_body(d, b, COVERED), 200);
	b.card = bodies_card(DESK_AMC, 2, 7, HOUSE_NOW);
	assert_int_equal(asks_body(d, b, "\"card\""), 422);
}

/* A card of a mutuelle that is not ours is looked at, and proves nothing. */
static void test_cards_of_others(void **state)
{
	struct bodies_one b = {.amc = ELSEWHERE, .domain = "MED"};
	struct desk *d = *state;

	b.card = bodies_card(ELSEWHERE, 2, 7, HOUSE_NOW);
	assert_int_equal(asks_body(d, b, COVERED), 200);
	assert_int_equal(last_opening(d).proof, OPENING_CARD);
	assert_int_equal(last_opening(d).cell, 0);
	b.card = bodies_card(DESK_AMC, 1, 7, HOUSE_NOW);
	assert_int_equal(asks_body(d, b, "\"card\""), 422);
	b.card = "TP1:NO CARD";
	assert_int_equal(asks_body(d, b, "\"card\""), 422);
	assert_refused(d, LEAF_REFUSED_FORM);
}

/* A mutuelle that left is one that was never here. */
static void test_a_revoked_mutuelle(void **state)
{
	struct desk *d = *state;

	assert_int_equal(acts_do(&d->h.acts, 1, "revoke amc=" DESK_AMC "\n"),
	    ERR_OK);
	assert_int_equal(asks_body(d, mine, COVERED), 200);
	assert_int_equal(last_opening(d).cell, 0);
}

static void test_cards_only(void **state)
{
	struct bodies_one b = {.amc = DESK_AMC, .domain = "MED"};
	struct desk *d = *state;

	b.card = bodies_card(DESK_AMC, 1, 7, HOUSE_NOW);
	d->k.hour.doubtful = true;
	assert_int_equal(asks_body(d, mine, "\"clock\""), 503);
	assert_refused(d, LEAF_REFUSED_CARD_ONLY);
	assert_int_equal(asks_body(d, b, COVERED), 200);
	d->k.hour.doubtful = false;
	d->k.spent_until_ms = HOUSE_NOW + 1;
	assert_int_equal(asks_body(d, mine, "card-only"), 403);
	assert_refused(d, LEAF_REFUSED_CARD_ONLY);
	assert_int_equal(asks_body(d, b, COVERED), 200);
	desk_at(d, HOUSE_NOW + 1);
	assert_int_equal(asks_body(d, mine, COVERED), 200);
}

/* No budget: nothing is looked up, person or stranger. */
static void test_no_room(void **state)
{
	static const struct guard_figures none;
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	uint8_t type = 0;

	assert_int_equal(guard_set_figures(d->k.guard, 2, 0, GUARD_NOBODY,
	    &none), ERR_OK);
	desk_asks(d, a);
	desk_reads(d);
	assert_null(desk_told(d, &type));
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "budget-spent"), 429);
	assert_refused(d, LEAF_REFUSED_BUDGET);
}

/* All that key 1 may ask now but so many times. */
static void spend_pace(struct desk *d, int left)
{
	int64_t now = clock_boot_ms(&d->k.hour.clock);
	const struct guard_ask ask = {.key = 1, .site = 1, .profession = 2,
	    .plane = ASK_FLOW, .cell = 1};
	struct guard_verdict v;
	uint32_t day;

	/* as if it were so much earlier, and all were spent then */
	guard_room(d->k.guard, &ask, HOUSE_NOW, &v);
	assert_true(v.key_persons > 0);
	day = pace_day(v.key_persons, d->k.conf.asks_per_person);
	now -= left * PACE_DAY_US / day / 1000;
	while (!pace_take(d->k.pace, 0, day, now))
		;
}

/* One person, again and again: a day's worth of entries, whoever is meant. */
static void test_too_often(void **state)
{
	struct bodies_one nobody = MINE;
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	const int64_t at[] = {HOUSE_NOW, HOUSE_NOW + 59999,
	    HOUSE_NOW + 60000};
	uint8_t type = 0;
	uint64_t size;

	nobody.member = "99999999";
	spend_pace(d, 1);
	assert_int_equal(asks_body(d, mine, COVERED), 200);
	size = book_size(d->k.book);
	for (int i = 0; i < 3; i++) {
		desk_at(d, at[i]);
		spend_pace(d, 0);
		a.created_s = at[i] / 1000;
		a.body = bodies_question(i % 2 ? nobody : mine);
		desk_asks(d, a);
		desk_reads(d);
		assert_null(desk_told(d, &type));
		decide_commit(&d->k);
		assert_int_equal(desk_says(d, "too-often"), 429);
		assert_int_equal(slots_used(d->k.slots), 0);
		assert_int_equal(book_size(d->k.book), size);
		/* the operator hears of it once a minute */
		assert_int_equal(d->k.often[OFTEN_PACE].next_ms,
		    at[i < 2 ? 0 : i] + LOG_OFTEN_MS);
	}
	decide_summaries(&d->k, true);
	decide_commit(&d->k);
	assert_int_equal(desk_leaf(d).kind, LEAF_SUMMARY);
	assert_int_equal(book_size(d->k.book), size + 1);
	/* it comes back by itself */
	desk_at(d, HOUSE_NOW + 3600000);
	a.created_s += 3540;
	a.body = bodies_question(mine);
	assert_int_equal(asks(d, a, COVERED), 200);
}

/* The shared budget of the cell is full: a question waits before it goes on. */
static struct slot *slowed(struct desk *d)
{
	static const struct guard_wide one = {1, 1};
	struct bodies_one b = MINE;
	struct desk_ask a = desk_plain();
	uint8_t type = 0;
	struct slot *s;

	assert_int_equal(guard_set_cell(d->k.guard, 1, &one), ERR_OK);
	assert_int_equal(asks_body(d, b, COVERED), 200);
	b.member = "02447813";
	a.body = bodies_question(b);
	desk_asks(d, a);
	desk_reads(d);
	assert_null(desk_told(d, &type));
	assert_int_equal(slots_used(d->k.slots), 1);
	s = slots_at(d->k.slots, 0);
	assert_int_equal(s->state, SLOT_WAITING);
	assert_true(s->due_ms >= HOUSE_NOW + GUARD_WAIT_LEAST_MS);
	return s;
}

static void test_slowed(void **state)
{
	struct desk *d = *state;
	struct slot *s;

	spend_pace(d, 2);
	s = slowed(d);
	question_go_on(&d->k, s);	/* once, not again: it is paid for */
	assert_int_equal(s->state, SLOT_RESOLVING);
	desk_serves(d, 78);
	assert_int_equal(desk_says(d, COVERED), 200);
	assert_read(d, 2, 2);
}

static void test_closed_while_it_waited(void **state)
{
	struct desk *d = *state;
	struct slot *s = slowed(d);

	assert_int_equal(
	    acts_do(&d->h.acts, 1, "close site=s1\n"), ERR_OK);
	question_go_on(&d->k, s);
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "closed-site"), 403);
	assert_refused(d, LEAF_REFUSED_SWITCH);
	assert_read(d, 1, 1);
}

static void test_cards_only_while_it_waited(void **state)
{
	struct desk *d = *state;
	struct slot *s = slowed(d);

	d->k.hour.doubtful = true;
	question_go_on(&d->k, s);
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "\"clock\""), 503);
	assert_refused(d, LEAF_REFUSED_CARD_ONLY);
}

/* The key is revoked while the vault looks: nothing is counted. */
static void test_revoked_while_it_was_looked_up(void **state)
{
	struct desk *d = *state;
	struct slot *s;
	uint8_t type = 0;

	desk_asks(d, desk_plain());
	desk_reads(d);
	s = desk_told(d, &type);
	assert_non_null(s);
	assert_int_equal(acts_do(&d->h.acts, 1, "revoke key=%s\n",
	    acts_id_text(1)), ERR_OK);
	decide_found(&d->k, s, 77);
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "key-revoked"), 403);
	assert_refused(d, LEAF_REFUSED_KEY);
	assert_read(d, 0, 0);
}

/* So is whoever asks, or whose the person is. */
static void test_revoked_meanwhile(void **state)
{
	static const struct {
		const char *what, *words;
		uint8_t decision;
	} rows[] = {
	    {"rpps=99700000001", "\"site\"", LEAF_REFUSED_KEY},
	    {"amc=" DESK_AMC, "closed-cell", LEAF_REFUSED_SWITCH}};
	struct desk *d = *state;
	struct bodies_one b = MINE;
	struct desk_ask a = desk_plain();
	struct slot *asked;
	uint8_t type = 0;

	assert_int_equal(acts_do(&d->h.acts, 2, "key spki=%s site=s1 "
	    "rpps=99700000001,99700000002 since=2026-01-01T00:00:00Z\n",
	    acts_ed25519(5)), ERR_OK);
	a.key = 5;
	for (size_t i = 0; i < 2; i++) {
		b.rpps = i ? "99700000002" : "99700000001";
		a.body = bodies_question(b);
		desk_asks(d, a);
		desk_reads(d);
		asked = desk_told(d, &type);
		assert_non_null(asked);
		assert_int_equal(acts_do(&d->h.acts, 1, "revoke %s\n",
		    rows[i].what), ERR_OK);
		decide_found(&d->k, asked, 77);
		decide_commit(&d->k);
		assert_int_equal(desk_says(d, rows[i].words), 403);
		assert_refused(d, rows[i].decision);
		assert_read(d, 0, 0);
	}
}

static void test_a_silent_vault(void **state)
{
	struct desk *d = *state;
	uint8_t type = 0;

	d->k.vaults[0].silent = true;
	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_null(desk_told(d, &type));
	assert_int_equal(desk_says(d, "insurer-silent"), 503);
	assert_int_equal(book_size(d->k.book), 0);
	assert_int_equal(slots_used(d->k.slots), 0);
}

/* Who asks about a decoy hears what is said of anybody who is not known. */
static void test_a_decoy(void **state)
{
	struct desk *d = *state;
	struct ask_answer a;
	struct decoys decoys = {0};
	struct slot *s;
	uint8_t type = 0;

	map_init(&decoys.names);
	d->k.decoys = &decoys;
	tagger_decoys(d->k.tagger, &decoys.names);
	desk_asks(d, desk_plain());
	desk_reads(d);
	s = desk_told(d, &type);
	assert_non_null(s);
	assert_int_equal(map_put(&decoys.names, span_of(s->ask.q, RIGHTS_TAG),
	    DECOYS_PLANTED), ERR_OK);
	decide_found(&d->k, s, 0);
	desk_serves(d, 0);
	assert_int_equal(desk_says(d, COVERED), 200);
	assert_int_equal(decoys.hit_count, 0);
	desk_asks(d, desk_plain());
	desk_reads(d);
	decoys_say(&d->k);	/* nothing yet: the question is not over */
	assert_int_equal(decoys.hit_count, 1);
	desk_serves(d, 0);
	assert_true(desk_answer(d, &a));
	assert_int_equal(a.status, 200);
	assert_int_equal(decoys.hit_count, 1);
	assert_int_equal(decoys.hits[0].cell, 1);
	decoys_say(&d->k);
	assert_int_equal(decoys.hit_count, 0);
	assert_int_equal(
	    last_opening(d).proof, OPENING_MEMBER | OPENING_DECOY);
	map_release(&decoys.names);
}

static void test_an_estimate(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	struct ask_answer answer = {0};
	struct leaf l;

	a.path = CLAIM;
	a.body = bodies_claim(mine, 3);
	desk_asks(d, a);
	desk_reads(d);
	desk_serves(d, 77);
	assert_true(desk_answer(d, &answer));
	assert_int_equal(answer.status, 200);
	/* its length says how many acts it is of, and nothing else */
	assert_int_equal(answer.body.n, estimate_room(3));
	l = desk_leaf(d);
	assert_int_equal(l.purpose, RIGHTS_ESTIMATE);
	assert_int_equal(l.fields, 39);
	assert_true(span_is(last_opening(d).path, CLAIM));
	/* no promise goes with it */
	assert_null(memmem(answer.body.p, answer.body.n, "/promise", 8));
	a.body = bodies_claim(mine, 0);
	assert_int_equal(asks(d, a, "Claim.item"), 422);
	assert_refused(d, LEAF_REFUSED_FORM);
}

/* Estimates that no rule prices are so many a minute (keeper/summary.h). */
static void test_an_estimate_after_too_many(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	const struct registry *r = d->k.registry;
	uint32_t key = (uint32_t)(registry_key(r, acts_id(1)) - r->keys);

	a.path = CLAIM;
	a.body = bodies_claim(mine, 3);
	for (int i = 0; i < SUMMARY_UNFIT; i++)
		summary_unfit(d->k.summary, key, HOUSE_NOW);
	assert_int_equal(asks(d, a, "busy"), 503);
	assert_refused(d, LEAF_REFUSED_SLOW);
	/* another key's are as ever */
	a.key = 2;
	desk_asks(d, a);
	desk_reads(d);
	desk_serves(d, 77);
	assert_int_equal(desk_status(d), 200);
}

/* Whatever allocation fails: refused or stopped; what is answered has an
 * entry. The key is known to the tagger already, the vault has been told. */
static void test_an_estimate_without_memory(void **state)
{
	int refused = 0;
	bool failed = true;

	(void)state;
	for (int n = 0; failed; n++) {
		struct desk *d = calloc(1, sizeof(*d));
		struct desk_ask a = desk_plain();
		uint16_t status;

		assert_non_null(d);
		desk_make(d);
		a.path = CLAIM;
		a.body = bodies_claim(mine, 10);
		desk_asks(d, a);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		desk_reads(d);
		if (!d->k.failed)
			desk_serves(d, 77);
		gates_flush(&d->k);
		failed = failing_end();
		status = desk_status(d);
		refused += status == 503;
		if (status == 200)
			assert_int_equal(
			    desk_leaf(d).decision, LEAF_ANSWERED);
		if (!desk_failed() && status != 0)
			assert_int_equal(slots_used(d->k.slots), 0);
		desk_unmake(d);
		free(d);
	}
	assert_true(refused > 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, desk_setup, desk_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(test_types),
	    CASE(test_sealed),
	    CASE(test_whose_question),
	    CASE(test_a_revoked_professional),
	    CASE(test_narrowed),
	    CASE(test_gates),
	    CASE(test_cards),
	    CASE(test_cards_of_others),
	    CASE(test_a_revoked_mutuelle),
	    CASE(test_cards_only),
	    CASE(test_no_room),
	    CASE(test_too_often),
	    CASE(test_slowed),
	    CASE(test_closed_while_it_waited),
	    CASE(test_cards_only_while_it_waited),
	    CASE(test_revoked_while_it_was_looked_up),
	    CASE(test_revoked_meanwhile),
	    CASE(test_a_silent_vault),
	    CASE(test_a_decoy),
	    CASE(test_an_estimate),
	    CASE(test_an_estimate_after_too_many),
	    cmocka_unit_test(test_an_estimate_without_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
