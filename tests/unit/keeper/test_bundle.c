/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: lines of a bundle are looked up in any order, counted in their own,
 * and leave together, once: whatever is refused, silent, too long or fails on
 * the way takes no other line with it, and no line leaves without its entry.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "failing.h"
#include "keeper/bodies.h"
#include "keeper/desk.h"

#define BUNDLE "/fhir"
#define MOST LIMIT_BUNDLE_LINES

static char lines[MOST][2048];
static const char *line_of[MOST];

static void put_line(unsigned i, struct bodies_one b)
{
	(void)snprintf(
	    lines[i], sizeof(lines[i]), "%s", bodies_question(b));
	line_of[i] = lines[i];
}

/* Lines about members of the mutuelle, one after the other. */
static void put_lines(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char member[20];

		(void)snprintf(member, sizeof(member), "024478%02u", i);
		put_line(i, (struct bodies_one){.amc = DESK_AMC,
		    .domain = "MED", .member = member});
	}
}

static int make(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	desk_make(d);
	put_lines(MOST);
	*state = d;
	return 0;
}

static int unmake(void **state)
{
	desk_unmake(*state);
	free(*state);
	return 0;
}

static void sends(struct desk *d, unsigned count)
{
	struct desk_ask a = desk_plain();

	a.path = BUNDLE;
	a.body = bodies_bundle(line_of, count);
	desk_asks(d, a);
}

static void asks(struct desk *d, unsigned count)
{
	sends(d, count);
	desk_reads(d);
}

/* The next messages to the vault, all of this type: gives how many. */
static unsigned told(struct desk *d, uint8_t type, struct slot **of)
{
	unsigned n = 0;
	uint8_t is = 0;

	while ((of[n] = desk_told(d, &is))) {
		assert_int_equal(is, type);
		n++;
	}
	return n;
}

/* The vault knows everybody: lines that were resolved are decided. */
static void found(struct desk *d, struct slot **of, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		decide_found(&d->k, of[i], 100 + of[i]->line);
}

/* Up to the vault's work, of what was read. */
static unsigned going(struct desk *d, struct slot **of)
{
	found(d, of, told(d, MSG_RESOLVE, of));
	decide_commit(&d->k);
	return told(d, MSG_DO, of);
}

static unsigned doing(struct desk *d, unsigned count, struct slot **of)
{
	asks(d, count);
	return going(d, of);
}

/* The same, sealed to the keeper. */
static void asks_sealed(struct desk *d, unsigned count)
{
	const struct seal_about about = {span_str(acts_id_text(1)),
	    span_str("flow"), span_str(DESK_AUTHORITY), span_str(BUNDLE)};
	struct desk_ask a = desk_plain();
	uint8_t point[HPKE_PUBLIC];
	struct seal_context ctx;
	struct buf sealed;

	buf_init(&sealed, LIMIT_BUNDLE);
	hpke_key_public(d->k.keys->sealing, point);
	assert_int_equal(seal_request(point, &about,
	    span_str(bodies_bundle(line_of, count)), &d->h.random, &sealed,
	    &ctx), ERR_OK);
	a.path = BUNDLE;
	a.type = "application/ecluse-sealed";
	a.bytes = buf_span(&sealed);
	desk_asks(d, a);
	desk_reads(d);
	buf_release(&sealed);
}

static void done(struct desk *d, struct slot **of, unsigned count)
{
	const struct rights_done said = desk_done("{\"a\":1");

	for (unsigned i = 0; i < count; i++)
		reply_done(&d->k, of[i], &said);
}

/* How often the last answer holds this. */
static unsigned times(const struct desk *d, const char *words)
{
	const uint8_t *p = d->kept.p, *end = p + d->kept.n;
	unsigned n = 0;

	while ((p = memmem(p, (size_t)(end - p), words, strlen(words)))) {
		p++;
		n++;
	}
	return n;
}

/* The bundle's answer has come, whole, once, and nothing of it is left. */
static void assert_left(struct desk *d, unsigned answered, unsigned refused)
{
	assert_int_equal(desk_says(d, "batch-response"), 200);
	assert_int_equal(times(d, "\"status\":\"200\""), answered);
	assert_int_equal(times(d, "\"outcome\":"), refused);
	assert_false(desk_answer(d, &(struct ask_answer){0}));
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_null(desk_failed());
}

/* The entry at index is of this line, with this decision. */
static void assert_entry(
    struct desk *d, uint64_t index, unsigned line, uint8_t decision)
{
	static const uint8_t nothing[LEAF_REPLAY];
	struct opening o = {.line = 0};
	struct leaf l = house_leaf(&d->h, index, true, &o);

	assert_int_equal(l.kind, LEAF_ASKED);
	assert_int_equal(l.decision, decision);
	assert_int_equal(o.line, line);
	/* by the nonce's tag a start knows the bundle again */
	assert_memory_not_equal(l.replay, nothing, LEAF_REPLAY);
	assert_int_equal(replay_admit(d->k.replay, l.replay,
	    keeper_now(&d->k)), ERR_EXISTS);
	/* a refusal tells nobody that there is somebody */
	assert_true(decision == LEAF_ANSWERED || (!l.existed && !o.number));
}

static void test_counted_in_their_order(void **state)
{
	struct desk *d = *state;
	struct slot *of[MOST + 1];
	unsigned n;

	asks(d, 5);
	assert_int_equal(slots_used(d->k.slots), 6);
	assert_int_equal(told(d, MSG_RESOLVE, of), 5);
	/* the vault is not asked for a line while one is still looked for */
	for (unsigned i = 5; i-- > 1;)
		decide_found(&d->k, of[i], 100 + i);
	assert_int_equal(d->k.decided.count, 0);
	decide_found(&d->k, of[0], 100);
	assert_int_equal(d->k.decided.count, 5);
	decide_commit(&d->k);
	for (unsigned i = 0; i < 5; i++)
		assert_entry(d, i, i + 1, LEAF_ANSWERED);
	n = told(d, MSG_DO, of);
	assert_int_equal(n, 5);
	done(d, of + 1, 4);
	assert_false(desk_answer(d, &(struct ask_answer){0}));
	assert_int_equal(outstanding_released(d->k.outstanding), 0);
	done(d, of, 1);
	assert_int_equal(outstanding_released(d->k.outstanding), 5);
	assert_left(d, 5, 0);
	assert_int_equal(times(d, "StructureDefinition/promises"), 1);
	assert_int_equal(times(d, "StructureDefinition/promise-line"), 5);
}

/* Where these words stand in the last answer. */
static size_t place_of(const struct desk *d, const char *words)
{
	const uint8_t *p =
	    memmem(d->kept.p, d->kept.n, words, strlen(words));

	assert_non_null(p);
	return (size_t)(p - d->kept.p);
}

/* Whatever the order in which they were answered. */
static void test_each_line_tells_its_own(void **state)
{
	static const unsigned order[] = {2, 0, 1};
	char texts[3][16], claims[3][TEXT_B64_SIZE(PROMISE_CLAIMS)];
	struct desk *d = *state;
	struct slot *of[MOST + 1];
	size_t at = 0;

	assert_int_equal(doing(d, 3, of), 3);
	for (unsigned i = 0; i < 3; i++) {
		struct slot *s = of[order[i]];
		char *text = texts[order[i]];
		struct rights_done said;
		struct promise p;
		struct buf b;

		(void)snprintf(text, sizeof(texts[0]), "{\"a\":%u", order[i]);
		said = desk_done(text);
		p = reply_promise(&d->k, s, said.level, false);
		buf_init(&b, PROMISE_CLAIMS);
		assert_int_equal(promise_claims(
		    &p, &d->k.keys->blinding, &b), ERR_OK);
		text_b64url(b.p, b.n, claims[order[i]]);
		buf_release(&b);
		reply_done(&d->k, s, &said);
	}
	assert_left(d, 3, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(place_of(d, texts[i]) > at);
		at = place_of(d, texts[i]);
		assert_true(place_of(d, claims[i]) > at);
		at = place_of(d, claims[i]);
	}
}

/* Only what is covered is promised; of nothing there is no signature. */
static void test_nothing_to_promise(void **state)
{
	struct rights_done said = desk_done("{\"a\":1");
	struct desk *d = *state;
	struct slot *of[MOST + 1];

	said.state = RIGHTS_UNKNOWN;
	said.level = span_of(NULL, 0);
	assert_int_equal(doing(d, 2, of), 2);
	reply_done(&d->k, of[0], &said);
	reply_done(&d->k, of[1], &said);
	assert_left(d, 2, 0);
	assert_int_equal(times(d, "StructureDefinition/promise"), 0);
}

/* Persons that key 1 has read within a day. */
static uint32_t persons(struct desk *d)
{
	const struct registry *r = d->k.registry;
	struct guard_line line;
	struct guard_ask ask;

	fold_ask(r, registry_key(r, acts_id(1)), ASK_FLOW, span_str(""), &ask);
	guard_look(d->k.guard, &ask, GUARD_KEY, HOUSE_NOW, &line);
	return line.used[GUARD_C24];
}

static void set_figures(struct desk *d, uint32_t persons24)
{
	struct guard_figures f;

	for (int i = 0; i < GUARD_KINDS; i++)
		f.of[i] = persons24;
	assert_int_equal(guard_set_figures(
	    d->k.guard, 2, 0, GUARD_NOBODY, &f), ERR_OK);
}

/* The budget ends at the same line, whatever the vault's order. */
static void test_the_budget_ends_at_a_line(void **state)
{
	struct desk *d = *state;
	struct slot *of[MOST + 1];
	unsigned n;

	set_figures(d, 2);
	asks(d, 4);
	assert_int_equal(told(d, MSG_RESOLVE, of), 4);
	for (unsigned i = 4; i-- > 0;)
		decide_found(&d->k, of[i], 100 + i);
	decide_commit(&d->k);
	for (unsigned i = 0; i < 4; i++)
		assert_entry(d, i, i + 1,
		    i < 2 ? LEAF_ANSWERED : LEAF_REFUSED_BUDGET);
	n = told(d, MSG_DO, of);
	done(d, of, n);
	assert_left(d, 2, 2);
	assert_int_equal(times(d, "budget-spent"), 2);
	assert_int_equal(persons(d), 2);
}

/* Refusals keep their place: faults of an entry and of a question, a domain,
 * a route. */
static void test_refusals_in_their_place(void **state)
{
	struct bodies_one b = {.amc = DESK_AMC, .domain = "OPTI",
	    .member = "02447812"};
	struct desk *d = *state;
	struct slot *of[MOST + 1];

	put_line(1, b);
	b.domain = "MED";
	b.amc = "0000000002";
	assert_int_equal(acts_do(&d->h.acts, 2, "route amc=0000000002 "
	    "operator=x from=2026-01-01\n"), ERR_OK);
	put_line(2, b);
	line_of[3] = "{\"resourceType\":\"Patient\"}";
	line_of[4] = "7";	/* no resource at all */
	assert_int_equal(doing(d, 6, of), 2);
	assert_entry(d, 0, 1, LEAF_ANSWERED);
	assert_entry(d, 1, 2, LEAF_REFUSED_DOMAIN);
	assert_entry(d, 2, 3, LEAF_REFUSED_FORM);
	assert_entry(d, 3, 4, LEAF_REFUSED_FORM);
	assert_entry(d, 4, 5, LEAF_REFUSED_FORM);
	assert_entry(d, 5, 6, LEAF_ANSWERED);
	done(d, of, 2);
	assert_left(d, 2, 4);
	assert_int_equal(times(d, "route-elsewhere"), 1);
	assert_int_equal(outstanding_released(d->k.outstanding), 6);
}

/* All are refused, and more than may have an entry each: none is looked up. */
static void test_all_are_refused(void **state)
{
	struct desk *d = *state;
	uint32_t n = 0;
	const struct summary_line *l;

	set_figures(d, 0);
	asks(d, 30);
	decide_commit(&d->k);
	assert_int_equal(book_size(d->k.book), SUMMARY_ALONE);
	l = summary_take(d->k.summary, &n);
	assert_int_equal(n, 1);
	assert_int_equal(l->reason, LEAF_REFUSED_BUDGET);
	assert_int_equal(l->count, 30 - SUMMARY_ALONE);
	assert_left(d, 0, 30);
	/* the minute's are spent: all are summed up, and nothing is due */
	asks(d, 3);
	assert_int_equal(d->k.decided.count, 0);
	assert_left(d, 0, 3);
}

static void test_what_is_no_bundle(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	a.path = BUNDLE;	/* a question */
	desk_asks(d, a);
	desk_reads(d);
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "no-bundle"), 422);
	assert_int_equal(desk_leaf(d).decision, LEAF_REFUSED_FORM);
	asks(d, 0);
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "Bundle.entry"), 422);
	assert_int_equal(slots_used(d->k.slots), 0);
}

/* Slots for all lines, or none: of the key's share, and of the plane's. */
static void test_no_slots(void **state)
{
	struct desk *d = *state;
	struct slots *slots = d->k.slots;

	for (int i = 0; i < SLOT_KEY - 4; i++)
		assert_int_equal(slots_own(
		    slots, slots_take(slots, ASK_FLOW), 0), ERR_OK);
	asks(d, 4);
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "busy"), 503);
	assert_int_equal(desk_leaf(d).decision, LEAF_REFUSED_SLOW);
	assert_int_equal(slots_used(slots), SLOT_KEY - 4);
	while (slots_used(slots) < SLOT_PLANE - 4)
		assert_non_null(slots_take(slots, ASK_FLOW));
	asks(d, 4);
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "busy"), 503);
	assert_int_equal(slots_used(slots), SLOT_PLANE - 4);
	asks(d, 3);
	assert_int_equal(slots_used(slots), SLOT_PLANE);
}

/* The shared budget of the cell is full: the whole bundle waits, as long as
 * its slowest line. */
static struct slot *slowed(struct desk *d, unsigned count)
{
	static const struct guard_wide one = {1, 1};
	struct slot *of[MOST + 1];

	assert_int_equal(guard_set_cell(d->k.guard, 1, &one), ERR_OK);
	done(d, of, doing(d, 1, of));
	assert_left(d, 1, 0);
	put_line(1, (struct bodies_one){
	    .amc = DESK_AMC, .domain = "OPTI", .member = "02447812"});
	asks(d, count);
	assert_int_equal(told(d, MSG_RESOLVE, of), 0);
	for (uint32_t i = 0; i < slots_reach(d->k.slots); i++) {
		struct slot *s = slots_at(d->k.slots, i);

		if (s->state == SLOT_WAITING) {
			assert_true(
			    s->due_ms >= HOUSE_NOW + GUARD_WAIT_LEAST_MS);
			return s;
		}
	}
	fail_msg("nothing waits");
	return NULL;
}

static void test_slowed(void **state)
{
	struct desk *d = *state;
	struct slot *of[MOST + 1], *head = slowed(d, 4);
	unsigned n;

	question_go_on(&d->k, head);
	assert_int_equal(head->state, SLOT_BUNDLE);
	n = told(d, MSG_RESOLVE, of);
	assert_int_equal(n, 3);	/* one was refused before */
	found(d, of, n);
	decide_commit(&d->k);
	n = told(d, MSG_DO, of);
	assert_int_equal(n, 3);
	done(d, of, n);
	assert_left(d, 3, 1);
}

static void test_closed_while_it_waited(void **state)
{
	struct desk *d = *state;
	struct slot *head = slowed(d, 3);

	assert_int_equal(
	    acts_do(&d->h.acts, 1, "close amc=" DESK_AMC "\n"), ERR_OK);
	question_go_on(&d->k, head);
	decide_commit(&d->k);
	assert_left(d, 0, 3);
	assert_int_equal(times(d, "closed-cell"), 2);
	assert_int_equal(persons(d), 1);
}

/* The vault says nothing, or that its ceiling is reached, of some lines. */
static void test_a_vault_that_does_not_say(void **state)
{
	struct desk *d = *state;
	struct slot *of[MOST + 1];

	asks(d, 4);
	assert_int_equal(told(d, MSG_RESOLVE, of), 4);
	decide_silent(&d->k, of[1]);
	decide_over(&d->k, of[2]);
	found(d, of, 1);
	found(d, of + 3, 1);
	decide_commit(&d->k);
	/* asked before the count: no entry, a sum */
	assert_int_equal(book_size(d->k.book), 2);
	assert_int_equal(told(d, MSG_DO, of), 2);
	/* and now of one that has its entry */
	decide_silent(&d->k, of[0]);
	done(d, of + 1, 1);
	assert_left(d, 1, 3);
	assert_int_equal(times(d, "insurer-silent"), 2);
	assert_int_equal(times(d, "\"ceiling\""), 1);
	decide_commit(&d->k);
	assert_int_equal(desk_leaf(d).kind, LEAF_NOT_DISCLOSED);
	assert_int_equal(desk_leaf(d).reason, LEAF_REASON_VAULT_SILENT);
}

static void test_no_vault(void **state)
{
	struct desk *d = *state;

	d->k.vaults[0].silent = true;
	asks(d, 3);
	assert_left(d, 0, 3);
	assert_int_equal(times(d, "insurer-silent"), 3);
	assert_int_equal(book_size(d->k.book), 0);
}

/* A vault may say LIMIT_BODY of each line: what no longer goes into one
 * message is told as such, and the rest leaves. */
static void test_answers_that_are_too_long(void **state)
{
	struct desk *d = *state;
	char *body = malloc(LIMIT_BODY + 1);
	struct rights_done said;
	struct slot *of[MOST + 1];

	assert_non_null(body);
	memset(body, ' ', LIMIT_BODY);
	body[0] = '{';
	body[LIMIT_BODY] = '\0';
	said = desk_done(body);
	put_line(3, (struct bodies_one){.amc = "0000000002",
	    .domain = "MED", .member = "02447812"});
	assert_int_equal(acts_do(&d->h.acts, 2, "route amc=0000000002 "
	    "operator=x from=2026-01-01\n"), ERR_OK);
	assert_int_equal(doing(d, 4, of), 3);
	for (int i = 0; i < 3; i++)
		reply_done(&d->k, of[i], &said);
	assert_left(d, 2, 2);
	assert_int_equal(times(d, "insurer-silent"), 1);
	decide_commit(&d->k);
	assert_int_equal(desk_leaf(d).kind, LEAF_NOT_DISCLOSED);
	assert_int_equal(desk_leaf(d).reason, LEAF_REASON_NO_ROOM);
	assert_int_equal(desk_leaf(d).first, 2);
	free(body);
}

/* One vault says as much as it may, before the other says a word: the other's
 * lines leave all the same, each as long as its share. */
static void test_a_vault_that_fills_a_bundle(void **state)
{
	struct desk *d = *state;
	const size_t room = LIMIT_BUNDLE - 6 * 1536;
	const size_t own[] = {LIMIT_BODY, LIMIT_BODY, 4096};
	char *body = malloc(LIMIT_BODY + 1);
	struct rights_done said;
	struct slot *of[MOST + 1];

	assert_non_null(body);
	memset(body, ' ', LIMIT_BODY);
	body[0] = '{';
	assert_int_equal(doing(d, 6, of), 6);
	d->k.vault_count = 2;
	for (int i = 3; i < 6; i++)
		of[i]->ask.cell = 2;	/* cell 1 is the other vault's */
	for (int i = 0; i < 6; i++) {
		size_t n = i < 3 ? own[i] : room / 6;

		body[n] = '\0';
		said = desk_done(body);
		said.state = RIGHTS_UNKNOWN;
		reply_done(&d->k, of[i], &said);
		body[n] = ' ';
	}
	d->k.vault_count = 1;
	assert_left(d, 5, 1);
	decide_commit(&d->k);
	assert_int_equal(desk_leaf(d).reason, LEAF_REASON_NO_ROOM);
	assert_int_equal(desk_leaf(d).first, 1);
	free(body);
}

/* What is a vault's share goes down when one of its lines is told as too long:
 * it has said more than that then, and nothing is kept for its last line, nor
 * is that much more left to the other vault. */
static void test_a_vault_that_has_said_more_than_its_share(void **state)
{
	struct desk *d = *state;
	const size_t room = LIMIT_BUNDLE - 6 * 1536;
	const struct {
		unsigned line;
		size_t n;
	} words[] = {{2, room / 3}, {3, room / 3}, {4, 10}, {0, room / 6},
	    {1, room / 6 + 10}, {5, room / 3}};
	char *body = malloc(LIMIT_BODY + 1);
	struct slot *of[MOST + 1];

	assert_non_null(body);
	memset(body, ' ', LIMIT_BODY);
	body[0] = '{';
	assert_int_equal(doing(d, 6, of), 6);
	d->k.vault_count = 2;
	for (int i = 2; i < 6; i++)
		of[i]->ask.cell = 2;
	for (int i = 0; i < 6; i++) {
		struct rights_done said;

		body[words[i].n] = '\0';
		said = desk_done(body);
		said.state = RIGHTS_UNKNOWN;
		reply_done(&d->k, of[words[i].line], &said);
		body[words[i].n] = ' ';
	}
	d->k.vault_count = 1;
	assert_left(d, 3, 3);
	free(body);
}

/* The same sealed: what is added to the answer then goes into it too. Bodies
 * of all lengths around the bound leave, or are told as too long. */
static void test_sealed_answers_that_are_too_long(void **state)
{
	struct desk *d = *state;
	struct slot *of[MOST + 1];
	char *body = malloc(LIMIT_BODY + 1);

	assert_non_null(body);
	memset(body, ' ', LIMIT_BODY);
	body[0] = '{';
	for (size_t less = 1024; less < 5120; less += 512) {
		struct rights_done said;

		body[LIMIT_BODY - less] = '\0';
		said = desk_done(body);
		said.state = RIGHTS_UNKNOWN;
		asks_sealed(d, 3);
		assert_int_equal(going(d, of), 3);
		for (int i = 0; i < 3; i++)
			reply_done(&d->k, of[i], &said);
		assert_int_equal(desk_status(d), 200);
		assert_int_equal(slots_used(d->k.slots), 0);
		body[LIMIT_BODY - less] = ' ';
	}
	free(body);
}

/* So many lines of it have one length, whoever of them is covered. */
static void test_sealed_lines_have_one_length(void **state)
{
	struct desk *d = *state;
	struct ask_answer a;
	size_t n = 0;

	for (uint64_t known = 0; known < 2; known++) {
		asks_sealed(d, 3);
		desk_serves(d, 100 * known);
		assert_true(desk_answer(d, &a));
		assert_int_equal(a.status, 200);
		assert_true(n == 0 || n == a.body.n);
		n = a.body.n;
	}
}

/* As much as may be said, around it the longest names there are: what is taken
 * of it fits, and the keeper goes on. */
static void test_the_longest_answer(void **state)
{
	struct desk *d = *state;
	const size_t n = 3200;	/* fifty of them, and nothing around, would */
	unsigned answered;
	char level[LIMIT_LEVEL];
	struct rights_done said;
	struct slot *of[MOST + 1];
	char *body = malloc(n + 1);

	assert_non_null(body);
	memset(body, ' ', n);
	body[0] = '{';
	body[n] = '\0';
	said = desk_done(body);
	said.authorization = 1;
	said.level = span_of(level, LIMIT_LEVEL);
	memset(level, '\\', LIMIT_LEVEL);
	memset(d->k.conf.origin, 'o', LIMIT_ORIGIN);
	d->k.conf.origin[LIMIT_ORIGIN] = '\0';
	set_figures(d, 1000);
	assert_int_equal(doing(d, MOST, of), MOST);
	for (unsigned i = 0; i < MOST; i++)
		reply_done(&d->k, of[i], &said);
	assert_true(desk_answer(d, &(struct ask_answer){0}));
	answered = times(d, "\"status\":\"200\"");
	assert_true(answered > MOST / 2 && answered < MOST);
	assert_int_equal(times(d, "insurer-silent"), MOST - answered);
	assert_null(desk_failed());
	free(body);
}

/* Those that were on their way when the keeper ends leave nothing behind, and
 * what vaults still say meets nobody. */
static void test_the_keeper_ends(void **state)
{
	struct desk *d = *state;
	struct slot *of[MOST + 1], *low = slots_take(d->k.slots, ASK_FLOW);
	struct slot *high = slots_take(d->k.slots, ASK_FLOW);

	/* a line stands before its head, and others behind it */
	slots_give(d->k.slots, low);
	slots_give(d->k.slots, high);
	asks(d, 3);
	assert_int_equal(low->line, 1);
	assert_ptr_equal(low->batch, high->batch);
	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_int_equal(slots_used(d->k.slots), 5);
	batch_close(&d->k);
	assert_int_equal(slots_used(d->k.slots), 1);
	assert_int_equal(told(d, MSG_RESOLVE, of), 0);
}

/* The disk refuses what they hang on: the asker hears it line by line, and
 * nothing else. */
static void test_not_on_the_disk(void **state)
{
	struct desk *d = *state;
	struct slot *of[MOST + 1];

	asks(d, 3);
	found(d, of, told(d, MSG_RESOLVE, of));
	failing_set(FAILING_FLUSH, 0, EIO);
	decide_commit(&d->k);
	assert_true(failing_end());
	assert_non_null(desk_failed());
	assert_int_equal(told(d, MSG_DO, of), 0);
	assert_int_equal(desk_says(d, "batch-response"), 200);
	assert_int_equal(times(d, "\"journal\""), 3);
	assert_int_equal(times(d, "\"status\":\"200\""), 0);
	assert_int_equal(slots_used(d->k.slots), 0);
}

/* The same in the middle of the count: what was not counted is not answered,
 * not even by a refusal, and what was is in no journal. */
static void test_not_on_the_disk_halfway(void **state)
{
	struct leaf note = {.kind = LEAF_NOT_DISCLOSED, .time_ms = HOUSE_NOW,
	    .first = 0, .end = 1, .reason = LEAF_REASON_VAULT_SILENT};
	struct desk *d = *state;
	struct slot *of[MOST + 1];
	uint64_t index;

	asks(d, 3);
	assert_int_equal(told(d, MSG_RESOLVE, of), 3);
	for (int i = 0; i < BOOK_BATCH - 2; i++)
		assert_int_equal(book_note(d->k.book, &note, BOOK_NOBODY,
		    NULL, &index), ERR_OK);
	failing_set(FAILING_WRITE, 0, EIO);
	found(d, of, 3);
	assert_true(failing_end());
	assert_non_null(desk_failed());
	assert_int_equal(persons(d), 2);
	assert_int_equal(told(d, MSG_DO, of), 0);
	assert_false(desk_answer(d, &(struct ask_answer){0}));
	assert_int_equal(book_size(d->k.book), 0);
}

static bool is_answered(struct leaf l)
{
	return l.kind == LEAF_ASKED && l.decision == LEAF_ANSWERED;
}

/* Whatever allocation fails: lines are refused or the keeper stops; a line
 * that is answered has its entry, and what left is settled. */
static void test_without_memory(void **state)
{
	int stopped = 0, whole = 0, busy = 0;
	bool failed = true;

	(void)state;
	put_lines(MOST);
	for (int n = 0; failed; n++) {
		struct desk *d = calloc(1, sizeof(*d));
		uint64_t answered = 0;
		uint16_t status;

		assert_non_null(d);
		desk_make(d);
		sends(d, 3);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		desk_reads(d);
		if (!d->k.failed)
			desk_serves(d, 100);
		gates_flush(&d->k);
		failed = failing_end();
		status = desk_status(d);
		for (uint64_t i = 0; i < book_size(d->k.book); i++)
			answered += is_answered(desk_leaf_at(d, i));
		if (status == 200)
			assert_true(
			    times(d, "\"status\":\"200\"") <= answered);
		if (status == 200 && !desk_failed())
			assert_int_equal(slots_used(d->k.slots), 0);
		stopped += desk_failed() != NULL;
		whole += status == 200;
		busy += status == 503;
		desk_unmake(d);
		free(d);
	}
	assert_true(stopped > 3 && whole > 3 && busy > 0);
}

/* One whose nth allocation fails while it is written; false: none did. */
static bool writes_without_memory(int n, bool sealed)
{
	struct desk *d = calloc(1, sizeof(*d));
	struct slot *of[MOST + 1];
	bool failed;

	assert_non_null(d);
	desk_make(d);
	if (sealed)
		asks_sealed(d, 3);
	else
		asks(d, 3);
	assert_int_equal(going(d, of), 3);
	done(d, of, 2);
	failing_set(FAILING_MEMORY, n, ENOMEM);
	done(d, of + 2, 1);
	failed = failing_end();
	if (desk_failed()) {
		assert_int_equal(desk_status(d), 0);
		assert_int_equal(slots_used(d->k.slots), 0);
	} else if (sealed) {
		assert_true(desk_status(d) == 200 || failed);
	} else if (!failed) {
		assert_left(d, 3, 0);
	}
	desk_unmake(d);
	free(d);
	return failed;
}

/* A bundle that cannot be answered: the keeper stops, nothing of it leaves, and
 * nothing of it is left in its slots. */
static void test_an_answer_that_cannot_be_written(void **state)
{
	int n = 0;

	(void)state;
	while (writes_without_memory(n, false))
		n++;
	for (n = 0; writes_without_memory(n, true);)
		n++;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(test_counted_in_their_order),
	    CASE(test_each_line_tells_its_own),
	    CASE(test_nothing_to_promise),
	    CASE(test_the_budget_ends_at_a_line),
	    CASE(test_refusals_in_their_place),
	    CASE(test_all_are_refused),
	    CASE(test_what_is_no_bundle),
	    CASE(test_no_slots),
	    CASE(test_slowed),
	    CASE(test_closed_while_it_waited),
	    CASE(test_a_vault_that_does_not_say),
	    CASE(test_no_vault),
	    CASE(test_answers_that_are_too_long),
	    CASE(test_a_vault_that_fills_a_bundle),
	    CASE(test_a_vault_that_has_said_more_than_its_share),
	    CASE(test_sealed_answers_that_are_too_long),
	    CASE(test_sealed_lines_have_one_length),
	    CASE(test_the_longest_answer),
	    CASE(test_the_keeper_ends),
	    CASE(test_not_on_the_disk),
	    CASE(test_not_on_the_disk_halfway),
	    cmocka_unit_test(test_without_memory),
	    cmocka_unit_test(test_an_answer_that_cannot_be_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
