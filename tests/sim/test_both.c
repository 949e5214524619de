/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the real keeper and two real vaults, each on its own files, talk over
 * their channels under one clock and one source of chance, and a seed decides
 * what happens when: whose turn it is, questions and bundles of four
 * keys at two sites, the same bytes again, feeds that turn a generation in
 * between, disks and verifiers that end late, a vault that does nothing, or
 * whose disk does nothing, for as long as you like, or that falls behind and
 * speaks to those who came later, vaults, gates and keeper that die, and power
 * that goes with what was not flushed, gates that people close, minutes and
 * days. Then
 *
 *   who is answered is in the journal, by his number and by whom, on the disk,
 *   and so is the vault's own count of it; nobody is told not to have been read
 *   who was; where nothing was lost, who is in the journal was answered; what
 *   the keeper died at, nobody can exclude, and nobody else; time never falls;
 *   the vaults' signed counts are explained by the journal, as `journal verify`
 *   holds them against each other, and the journal's tree and records verify;
 *   an answer and its promise are about the person that was asked about, of a
 *   feed that was not replaced before he was asked about, nor is one that was
 *   never fed whole;
 *   a number is one person's, whatever feed renewed it and whoever died;
 *   no key, no site is told of more persons, or misses more, in 24 hours or 30
 *   days than its figures say, no hour of a cell has more than its ceiling, and
 *   no vault forgets whom an hour has met;
 *   each question has one answer, signed for it, and one entry, however often
 *   its bytes come and whoever died meanwhile; nobody waits for ever.
 *
 *   test_sim_both [SEED [STEPS [SEEDS]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "journal/verify.h"
#include "keeper/ahead.h"
#include "keeper/bodies.h"
#include "keeper/feed.h"
#include "keeper/promise.h"
#include "keeper/publish.h"
#include "keeper/tagger.h"
#include "keeper/whole.h"
#include "keeper/wide.h"
#include "late_aside.h"
#include "meter/compare.h"
#include "seeds.h"
#include "sim/cellar.h"
#include "sim/power.h"
#include "sim/roster.h"

#define SEEDS 2
#define SEEDS_LONG 300
#define STEPS 2000
#define KEYS 4		/* 1 and 2 at s1, 3 and 4 at s2 */
#define PEOPLE ROSTER_PEOPLE
#define VAULTS ROSTER_CELLS	/* a cell each */
#define LINES 4		/* of a bundle, at most */
#define ASKED 8192
#define REFS 16384
#define AGAIN 8		/* whose bytes may come once more */
#define TOLD 8192
#define CEILING 4	/* persons of a cell, in an hour */
#define TIMEOUT_MS 500
/* A question waits for seconds, a feed for 30 (keeper/vaults.h). */
#define SETTLE_MS 10
#define SETTLE_TURNS 4000
#define JOURNAL_RECORD 888	/* docs/journal.md */
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
/* An entry may bear the time of its batch (keeper/decide.c), which is so much
 * later than its count at most. */
#define LATE_MS 10000
#define ANSWER "\"resourceType\":\"CoverageEligibilityResponse\""
#define STATE "answer-state\",\"valueCode\":\""
#define LEVEL "\"allowedString\":\""
#define PROMISE "StructureDefinition/promise"
#define FEED_TYPE "application/ecluse-feed"

/* T24, C24, T30, C30, M24, M30 */
static const struct guard_figures key_figures = {{4, 7, 13, 15, 5, 9}};
static const struct guard_figures site_figures = {{6, 10, 14, 16, 7, 9}};

struct line {
	unsigned who;
	bool card, told;
	uint32_t least;		/* feed that was sure when it was asked */
};

struct asked {
	char field[LIMIT_SIGNATURE + 1];	/* Signature */
	uint8_t signature[SIGN_SIZE];
	unsigned key, lines, answers;	/* that told anything */
	unsigned step, heard;		/* heard: in which turn; 0: not yet */
	int64_t at_ms;
	bool lost;		/* what became of it nobody can say */
	bool died;		/* the keeper did, before it heard anything */
	struct line line[LINES];
};

/* A question as a gate sent it: which, through which start of the gate. */
struct sent {
	struct asked *of;	/* NULL: a feed's chunk */
	uint32_t cell;		/* of the chunk, and which of them */
	unsigned chunk;
	bool owed;
};

/* What anybody on the line may say once more. */
struct again {
	struct asked *of;	/* NULL: nothing yet */
	struct buf bytes;
};

struct told {
	unsigned key, who;
	bool card, existed;
	uint64_t index;
	int64_t asked_ms, told_ms;
};

/* A mutuelle that feeds its cell. */
struct feeding {
	struct roster_feed now;
	bool open, waits;
	unsigned next;		/* chunk */
	uint32_t sure;		/* committed, it was told or seen */
	uint32_t most;		/* sent whole */
	bool took[ROSTER_FEEDS];	/* surely committed once */
	bool whole[ROSTER_FEEDS];	/* sent whole: it may be */
};

struct cell_vault {
	struct cellar c;
	uint64_t turn;		/* super's count of its starts */
	unsigned hangs;		/* until that step */
	unsigned slow;		/* its disk, until that step */
	bool mumbles;		/* what it says is not heard yet */
	int64_t said_ms;	/* when it last had nothing left to say */
	bool greets;		/* and has not the drill's time yet */
	bool refused;		/* its disk, and it did not notice yet */
};

struct sim {
	struct whole w;
	struct random_seeded r;
	unsigned step, turns;
	unsigned clean;		/* turn before which all went to the disk */
	struct chan *staff;
	unsigned gate_turn, killed, cuts, refusals, silent, deaths, feeds;
	uint64_t vault_turn;
	bool refused;		/* the disk, and nobody noticed yet */
	struct asked asked[ASKED];
	size_t asked_count;
	struct again again[AGAIN];
	struct sent sent[REFS];		/* by ref */
	struct told told[TOLD];
	size_t told_count;
	unsigned closed[KEYS + 1];	/* at which step; 0: open */
	struct cell_vault vaults[VAULTS];
	struct roster roster;
	struct feeding feeding[ROSTER_CELLS + 1];
	uint64_t numbers[PEOPLE];	/* 0: not met yet */
	struct buf kept;
};

static uint64_t below(struct sim *s, uint64_t n)
{
	return random_seeded_below(&s->r, n);
}

static bool one_in(struct sim *s, uint64_t n)
{
	return below(s, n) == 0;
}

static int64_t now(struct sim *s)
{
	return keeper_now(&s->w.d.k);
}

static int64_t time_now(void *ctx)
{
	return now(ctx);
}

/* --- a keeper and vaults that start, and die --- */

static void set_figures(struct sim *s)
{
	static const struct guard_wide cell = {9, 18};
	struct guard *g = s->w.d.k.guard;

	for (uint16_t profession = 1; profession <= 2; profession++) {
		assert_int_equal(guard_set_figures(g, profession, 0,
		    GUARD_NOBODY, &key_figures), ERR_OK);
		assert_int_equal(guard_set_figures(g, profession, 0,
		    GUARD_SITE, &site_figures), ERR_OK);
	}
	for (uint32_t i = 1; i <= ROSTER_CELLS; i++)
		assert_int_equal(guard_set_cell(g, i, &cell), ERR_OK);
}

/* What its gate waited for nobody hears any more. */
static void lose(struct sim *s, bool staff)
{
	for (size_t i = 0; i < REFS; i++) {
		struct sent *sent = &s->sent[i];

		if (!sent->owed || (sent->of == NULL) != staff)
			continue;
		sent->owed = false;
		if (sent->of)
			sent->of->lost = true;
		else
			s->feeding[sent->cell].open = false;
	}
}

static void start_gate(struct sim *s)
{
	lose(s, false);
	whole_starts(&s->w, SIBLING_GATE, ASK_FLOW, ++s->gate_turn);
}

/* desk and whole have one gate: this one takes its place meanwhile. */
static void swap_gates(struct sim *s)
{
	struct chan *flow = s->w.d.gate;

	s->w.d.gate = s->staff;
	s->staff = flow;
}

static void start_staff(struct sim *s)
{
	lose(s, true);
	swap_gates(s);
	whole_starts(&s->w, SIBLING_GATE, ASK_STAFF, ++s->gate_turn);
	swap_gates(s);
}

static void start_vault(struct sim *s, unsigned nth)
{
	struct cell_vault *v = &s->vaults[nth];
	struct chan *chan;

	v->turn = ++s->vault_turn;
	v->said_ms = now(s);
	v->hangs = v->slow = 0;
	v->mumbles = false;
	v->greets = true;
	v->refused = false;
	assert_null(s->w.d.vault);
	whole_starts(&s->w, SIBLING_VAULT, (uint8_t)nth, v->turn);
	chan = s->w.d.vault;
	s->w.d.vault = NULL;
	cellar_starts(&v->c, chan);
}

static void start_keeper(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	set_figures(s);
	assert_int_equal(aside_new(NULL, NULL, &k->flusher), ERR_OK);
	assert_int_equal(aside_new(NULL, NULL, &k->verifier), ERR_OK);
	assert_int_equal(aside_new(NULL, NULL, &k->publisher), ERR_OK);
	k->ahead = ahead_new();
	assert_non_null(k->ahead);
	assert_int_equal(turn_channels(k), ERR_OK);
	assert_int_equal(turn_timers(k), ERR_OK);
	start_gate(s);
	start_staff(s);
	for (unsigned i = 0; i < VAULTS; i++)
		start_vault(s, i);
}

/* All that it had under way is gone. */
static void end_channels(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	aside_free(k->flusher);
	aside_free(k->verifier);
	aside_free(k->publisher);
	ahead_free(k->ahead);
	k->flusher = k->verifier = k->publisher = NULL;
	k->ahead = NULL;
	feed_release(k);
	memset(k->feed_queries, 0, sizeof(k->feed_queries));
	chan_free(s->staff);
	s->staff = NULL;
	whole_drop(&s->w);
}

/* And all that it knew; the disk stays. */
static void end_keeper(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	end_channels(s);
	batch_close(k);
	slots_free(k->slots);
	summary_free(k->summary);
	pace_free(k->pace);
	outstanding_close(k->outstanding);
	generations_release(k);
	k->generations = k->fed = (struct generations){0};
	free(k->members);
	k->members = NULL;
	k->member_count = 0;
	desk_forgets();
	s->refused = k->failed = k->ready_said = false;
	k->decided = (struct keeper_decided){0};
	k->landing = (struct keeper_landing){0};
	house_kill(&s->w.d.h);
	fold_end(&k->fold);
	k->fold = (struct fold){0};
}

/* As keeper/start.c does it, of what is on the disk. */
static void open_keeper(struct sim *s)
{
	struct keeper *k = &s->w.d.k;
	struct house *h = &s->w.d.h;
	uint8_t root[HASH_SIZE];

	house_open(h);
	k->book = h->book;
	k->guard = h->guard;
	k->replay = h->replay;
	ledger_root(k->ledger, root);
	book_registry(k->book, ledger_size(k->ledger), root);
	assert_int_equal(slots_new(&k->slots), ERR_OK);
	assert_int_equal(summary_new(&k->summary), ERR_OK);
	k->pace = pace_new();
	assert_non_null(k->pace);
	assert_int_equal(generations_load(k), ERR_OK);
	assert_int_equal(wide_load(k), ERR_OK);
	assert_int_equal(start_resume(k), ERR_OK);
	start_keeper(s);
}

static void end_vaults(struct sim *s, bool power)
{
	for (unsigned i = 0; i < VAULTS; i++) {
		struct cellar *c = &s->vaults[i].c;

		if (power)
			s->cuts += cellar_dies(c, &s->r);
		else if (s->vaults[i].refused || one_in(s, 2))
			(void)cellar_dies(c, NULL);
		else
			cellar_ends(c);
	}
}

/* Whom it refused since nothing was under way: the word that nothing was
 * disclosed may be lost with it. */
static void lose_words(struct sim *s)
{
	for (size_t i = 0; i < REFS; i++)
		if (s->sent[i].owed && s->sent[i].of)
			s->sent[i].of->died = s->sent[i].of->heard == 0;
	lose(s, false);
	lose(s, true);
	for (size_t i = 0; i < s->asked_count; i++)
		if (s->asked[i].heard >= s->clean)
			s->asked[i].lost = true;
}

static void kill_keeper(struct sim *s)
{
	bool power = one_in(s, 2);

	end_vaults(s, power);
	end_keeper(s);
	lose_words(s);
	if (power)
		s->cuts += power_goes(
		    rig_in(s->w.d.h.dir, "keeper/journal"), &s->r);
	s->killed++;
	open_keeper(s);
}

/* Its process alone, or in order. */
static void end_vault(struct sim *s, unsigned nth)
{
	struct cell_vault *v = &s->vaults[nth];

	if (!v->c.vault)
		return;
	s->deaths++;
	if (v->refused || !one_in(s, 3))
		(void)cellar_dies(&v->c, NULL);
	else
		cellar_ends(&v->c);
}

/* The next start reads what is counted now, and folds what comes after. */
static void save(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	decide_commit(k);
	if (!k->failed)
		assert_int_equal(fold_save(&k->fold, FOLD_TEMP_STOP,
		    keeper_now(k)), ERR_OK);
}

/* --- who asks --- */

static const char *card_of(unsigned who)
{
	static char cards[PEOPLE][1100];

	if (!cards[who][0])
		(void)snprintf(cards[who], sizeof(cards[who]), "%s",
		    bodies_card(roster_amc(roster_cell(who)), 1, (uint8_t)who,
		    HOUSE_NOW));
	return cards[who];
}

static const char *domain_of(unsigned key)
{
	return key <= 2 ? "MED" : "OPTI";
}

static struct bodies_one one_of(
    struct sim *s, struct asked *a, char member[static 16])
{
	struct line *l = &a->line[a->lines++];
	struct bodies_one b = {.domain = domain_of(a->key), .member = member};

	l->who = (unsigned)below(s, PEOPLE);
	l->card = one_in(s, 4);
	l->least = s->feeding[roster_cell(l->who)].sure;
	b.amc = roster_amc(roster_cell(l->who));
	roster_member(l->who, member);
	if (l->card)
		b.card = card_of(l->who);
	return b;
}

static const char *bundle_of(struct sim *s, struct asked *a)
{
	static char texts[LINES][6000];
	const char *of[LINES];
	char member[16];
	unsigned count = 1 + (unsigned)below(s, LINES);

	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%s",
		    bodies_question(one_of(s, a, member)));
		of[i] = texts[i];
	}
	return bodies_bundle(of, count);
}

/* It came from the gate. */
static void is_sent(struct sim *s, struct asked *a)
{
	assert_true(s->w.d.ref < REFS);
	s->sent[s->w.d.ref] = (struct sent){.of = a, .owed = true};
}

static void remember(struct sim *s, struct asked *a)
{
	struct again *again = &s->again[s->asked_count % AGAIN];
	struct ask ask;

	assert_int_equal(
	    ask_unpack(buf_span(&s->w.d.asked), &ask), ERR_OK);
	(void)snprintf(a->field, sizeof(a->field), "%.*s",
	    (int)ask.signature.n, (const char *)ask.signature.p);
	assert_int_equal(
	    httpsig_signature_parse(ask.signature, a->signature), ERR_OK);
	again->of = a;
	buf_clear(&again->bytes);
	buf_put_span(&again->bytes, buf_span(&s->w.d.asked));
	assert_int_equal(again->bytes.err, ERR_OK);
	is_sent(s, a);
}

static void asks(struct sim *s)
{
	struct asked *a = &s->asked[s->asked_count++];
	struct desk_ask q = desk_plain();
	char member[16];

	assert_true(s->asked_count <= ASKED);
	a->key = 1 + (unsigned)below(s, KEYS);
	a->step = s->step;
	a->at_ms = now(s);
	q.key = a->key;
	if (one_in(s, 5)) {
		q.path = "/fhir";
		q.body = bundle_of(s, a);
	} else {
		q.body = bodies_question(one_of(s, a, member));
	}
	desk_asks(&s->w.d, q);
	remember(s, a);
}

/* The very bytes of one that came before. */
static void asks_again(struct sim *s, const struct again *again)
{
	if (!again->of)
		return;
	buf_clear(&s->w.d.asked);
	buf_put_span(&s->w.d.asked, buf_span(&again->bytes));
	desk_asks_again(&s->w.d);
	again->of->died = false;	/* it may be answered this time */
	is_sent(s, again->of);
}

/* --- who feeds --- */

static void feed_key_signs(struct sim *s, uint32_t cell, struct span chunk)
{
	struct sign_private *key = roster_key();
	char path[32];
	struct desk_ask q = desk_plain();

	(void)snprintf(path, sizeof(path), "/feed/%s", roster_amc(cell));
	q.path = path;
	q.type = FEED_TYPE;
	q.plane = ASK_STAFF;
	q.bytes = chunk;
	q.by = key;
	swap_gates(s);
	desk_asks(&s->w.d, q);
	swap_gates(s);
	sign_private_free(key);
}

static void sends_chunk(struct sim *s, uint32_t cell)
{
	struct feeding *f = &s->feeding[cell];

	feed_key_signs(s, cell, buf_span(&f->now.chunks[f->next]));
	assert_true(s->w.d.ref < REFS);
	s->sent[s->w.d.ref] = (struct sent){
	    .cell = cell, .chunk = f->next, .owed = true};
	f->waits = true;
	if (f->next + 1 < f->now.count)
		return;
	f->most = f->now.nth;
	f->whole[f->now.nth] = true;
}

/* The next chunk, or a feed; one that got stuck, sometimes from its start. */
static void feeds(struct sim *s, uint32_t cell)
{
	struct feeding *f = &s->feeding[cell];
	uint8_t sealing[HPKE_PUBLIC];

	if (f->open && f->waits)
		return;
	if (!f->open && (f->now.count == 0 || one_in(s, 2))) {
		roster_release(&f->now);
		hpke_key_public(s->w.d.k.keys->sealing, sealing);
		roster_next(&s->roster, cell, now(s), &s->r, sealing,
		    &s->w.d.h.random, &f->now);
	}
	if (!f->open)
		f->next = 0;
	f->open = true;
	sends_chunk(s, cell);
}

static bool says(const struct ask_answer *answer, const char *words)
{
	return memmem(answer->body.p, answer->body.n, words, strlen(words)) !=
	    NULL;
}

static void is_sure(struct sim *s, uint32_t cell, uint32_t nth)
{
	struct feeding *f = &s->feeding[cell];

	assert_true(nth > 0 && f->whole[nth]);
	f->took[nth] = true;
	f->sure = nth > f->sure ? nth : f->sure;
}

static void hears_of_feed(
    struct sim *s, const struct sent *sent, const struct ask_answer *answer)
{
	struct feeding *f = &s->feeding[sent->cell];
	bool taken = answer->status == 200;

	f->waits = false;
	f->open = taken && sent->chunk + 1 < f->now.count &&
	    !says(answer, "committed");
	if (taken && says(answer, "committed")) {
		is_sure(s, sent->cell, f->now.nth);
		s->feeds++;
	} else if (taken) {
		assert_true(sent->chunk + 1 < f->now.count);
		f->next = sent->chunk + 1;
	}
}

/* --- what the gates get --- */

static void check_signed(
    struct sim *s, const struct asked *a, const struct ask_answer *answer)
{
	const struct httpsig_answer what = {.status = answer->status,
	    .content_type = answer->content_type, .body = answer->body,
	    .question = span_str(a->field)};
	int64_t created_s;

	assert_int_equal(httpsig_answer_verify(&what, answer->content_digest,
	    answer->signature_input, answer->signature,
	    sign_private_public(s->w.d.k.keys->answer), &created_s), ERR_OK);
}

/* A number is one person's, and stays. */
static void check_number(struct sim *s, unsigned who, uint64_t number)
{
	if (s->numbers[who] == 0)
		for (unsigned i = 0; i < PEOPLE; i++)
			assert_true(roster_cell(i) != roster_cell(who) ||
			    s->numbers[i] != number);
	assert_true(s->numbers[who] == 0 || s->numbers[who] == number);
	s->numbers[who] = number;
}

/* What stands between the first word behind at and the next quote. */
static bool word_behind(
    const char *at, const char *end, const char *head, char out[static 32])
{
	const char *p = strstr(at, head), *quote;

	if (!p || p >= end)
		return false;
	p += strlen(head);
	quote = strchr(p, '"');
	assert_true(quote && quote - p < 32);
	(void)snprintf(out, 32, "%.*s", (int)(quote - p), p);
	return true;
}

/* May the vault have been at this feed when it was asked for this line? */
static bool may_be_at(struct sim *s, const struct line *l, uint32_t nth)
{
	const struct feeding *f = &s->feeding[roster_cell(l->who)];

	return nth == l->least || (nth > l->least && f->whole[nth]);
}

/* Is he known by feed nth: surely; perhaps? */
static bool knows(struct sim *s, unsigned who, uint32_t nth, bool surely)
{
	const struct feeding *f = &s->feeding[roster_cell(who)];

	for (uint32_t i = 1; i <= nth; i++)
		if (roster_has(&s->roster, who, i) &&
		    (surely ? f->took[i] : f->whole[i]))
			return true;
	return false;
}

/* Could the vault have found him at feed nth, or missed him? */
static bool could(struct sim *s, const struct line *l, uint32_t nth, bool find)
{
	if (l->card)
		return roster_has(&s->roster, l->who, nth) == find;
	return find ? knows(s, l->who, nth, false) :
	    !knows(s, l->who, nth, true);
}

static bool may_be_unknown(struct sim *s, const struct line *l)
{
	uint32_t most = s->feeding[roster_cell(l->who)].most;

	for (uint32_t i = l->least; i <= most; i++)
		if (may_be_at(s, l, i) && could(s, l, i, false))
			return true;
	return false;
}

/* He was found by one feed, and had no right by it or a later one. */
static bool may_be_closed(struct sim *s, const struct line *l)
{
	uint32_t most = s->feeding[roster_cell(l->who)].most;
	bool found = false;

	for (uint32_t i = l->least; i <= most; i++) {
		if (!may_be_at(s, l, i))
			continue;
		found = found || could(s, l, i, true);
		if (found && !roster_has(&s->roster, l->who, i))
			return true;
	}
	return false;
}

/* The right that is told is his own, of a feed that could be in force. */
static void check_right(struct sim *s, const struct asked *a,
    const struct line *l, const char *state, const char *level)
{
	uint32_t nth = 0;

	if (strcmp(state, "unknown") == 0) {
		assert_true(may_be_unknown(s, l));
	} else if (strcmp(state, "closed") == 0) {
		assert_true(may_be_closed(s, l));
	} else {
		assert_string_equal(state, "covered");
		if (!roster_reads(level, l->who, domain_of(a->key), &nth))
			fail_msg("step %u: of person %u: %s", s->step, l->who,
			    level);
		if (!may_be_at(s, l, nth) ||
		    !roster_has(&s->roster, l->who, nth))
			fail_msg("step %u: feed %u of person %u, asked behind "
			    "%u", s->step, nth, l->who, l->least);
		is_sure(s, roster_cell(l->who), nth);
	}
}

static struct line *line_of(struct asked *a, const struct opening *o)
{
	unsigned i = o->line ? o->line - 1 : 0;

	assert_memory_equal(o->signature, a->signature, SIGN_SIZE);
	assert_true(i < a->lines);
	return &a->line[i];
}

/* What is promised, if anything, is his: of this entry, person and level, and
 * from now on. */
static void check_promise(struct sim *s, const struct opening *o,
    uint64_t index, struct span text, const char *level)
{
	const struct promise p = {.origin = span_str(ACTS_ORIGIN),
	    .amc = span_str(roster_amc(o->cell)), .site = o->site,
	    .domain = o->domain, .level = span_str(level),
	    .rules = span_str("rights-1"), .index = index,
	    .number = o->number, .cell = o->cell, .care_day = o->care_day,
	    .now_ms = now(s)};
	char claims64[TEXT_B64_SIZE(PROMISE_CLAIMS)];
	struct buf claims;

	buf_init(&claims, PROMISE_CLAIMS);
	assert_int_equal(promise_claims(
	    &p, &s->w.d.k.keys->blinding, &claims), ERR_OK);
	text_b64url(claims.p, claims.n, claims64);
	assert_int_equal(memmem(text.p, text.n, claims64, strlen(claims64)) !=
	    NULL, level[0] != '\0');
	assert_int_equal(memmem(text.p, text.n, PROMISE, strlen(PROMISE)) !=
	    NULL, level[0] != '\0');
	buf_release(&claims);
}

/* One answer: written before, counted before, his own. */
static void tell(struct sim *s, struct asked *a, uint64_t index,
    const char *state, const char *level, struct span text)
{
	struct house *h = &s->w.d.h;
	struct opening o = {.cell = 0};
	struct leaf leaf;
	struct line *l;

	assert_true((index + 1) * JOURNAL_RECORD <= power_flushed(
	    rig_in(h->dir, "keeper/journal/seg-000000000000")));
	leaf = house_leaf(h, index, true, &o);
	l = line_of(a, &o);
	assert_int_equal(leaf.kind, LEAF_ASKED);
	assert_int_equal(leaf.decision, LEAF_ANSWERED);
	assert_memory_equal(o.key_id, acts_id(a->key), SIGN_KEY_ID);
	assert_int_equal(o.cell, roster_cell(l->who));
	assert_false(l->told);
	l->told = true;
	assert_true(cellar_counted(
	    &s->vaults[o.cell % VAULTS].c, index));
	assert_int_equal(leaf.existed, strcmp(state, "unknown") != 0);
	if (leaf.existed)
		check_number(s, l->who, o.number);
	check_right(s, a, l, state, level);
	check_promise(s, &o, index, text, level);
	if (s->closed[a->key])
		assert_true(s->closed[a->key] >= a->step);
	assert_true(s->told_count < TOLD);
	s->told[s->told_count++] = (struct told){a->key, l->who, l->card,
	    leaf.existed, index, a->at_ms, now(s)};
}

/* All that it tells, line by line. How many? */
static unsigned read_answers(
    struct sim *s, struct asked *a, struct span body)
{
	char index[32], state[32], level[32];
	const char *at, *end;
	unsigned n = 0;

	buf_clear(&s->kept);
	buf_put_span(&s->kept, body);
	buf_put_u8(&s->kept, 0);
	at = strstr((const char *)s->kept.p, ANSWER);
	for (; at; at = end, n++) {
		end = strstr(at + 1, ANSWER);
		level[0] = '\0';
		assert_true(word_behind(at, at + strlen(at),
		    ACTS_ORIGIN "/", index));
		assert_true(word_behind(
		    at, at + strlen(at), STATE, state));
		(void)word_behind(
		    at, end ? end : at + strlen(at), LEVEL, level);
		tell(s, a, strtoull(index, NULL, 10), state, level,
		    span_of(at, end ? (size_t)(end - at) : strlen(at)));
	}
	return n;
}

static void hears(
    struct sim *s, struct asked *a, const struct ask_answer *answer)
{
	check_signed(s, a, answer);
	a->heard = s->turns;
	s->silent += says(answer, "\"insurer-silent\"");
	assert_false(says(answer, "\"signature\""));	/* each is good */
	if (answer->status == 200 && read_answers(s, a, answer->body) > 0)
		assert_int_equal(++a->answers, 1);
}

static void gate_reads(struct sim *s, struct chan *gate)
{
	struct ask_answer answer;
	struct msg m;

	while (!chan_get(gate, &m)) {
		struct sent *sent = &s->sent[m.ref];

		assert_int_equal(m.type, MSG_ANSWER);
		assert_true(m.ref < REFS && sent->owed);
		sent->owed = false;
		assert_int_equal(ask_answer_unpack(m.body, &answer), ERR_OK);
		if (sent->of)
			hears(s, sent->of, &answer);
		else
			hears_of_feed(s, sent, &answer);
	}
}

/* --- what may happen --- */

static void vault_turns(struct sim *s, unsigned nth)
{
	struct cell_vault *v = &s->vaults[nth];
	enum err e;

	if (!v->c.vault || v->hangs > s->step)
		return;
	e = cellar_turns(&v->c);
	if (e && !v->refused)
		fail_msg("step %u: vault %u: %s", s->step, nth, err_text(e));
	if (e)
		end_vault(s, nth);
	while (!v->mumbles && wire_goes(&v->c.wire))
		;
	if (!e && !aside_is_busy(v->c.flusher) && v->c.wire.count == 0)
		v->said_ms = now(s);
}

/* It takes the drill's time as it comes: later it would be another. */
static void greet_vaults(struct sim *s)
{
	for (unsigned i = 0; i < VAULTS; i++) {
		struct cell_vault *v = &s->vaults[i];

		if (!v->greets || !s->w.d.k.vaults[i].ready)
			continue;
		v->greets = false;
		vault_turns(s, i);
	}
}

static void vault_lands(struct sim *s, unsigned nth)
{
	if (s->vaults[nth].c.vault && s->vaults[nth].slow <= s->step)
		late_aside_end(s->vaults[nth].c.flusher);
}

/* Super ends whom the keeper says, and starts another. The keeper says it of
 * one that says nothing while a feed waits for it; not each turn has a word. */
static void super_hears(struct sim *s)
{
	struct sibling who;
	struct msg m;

	while (!chan_get(s->w.super, &m)) {
		struct cell_vault *v;

		if (m.type != MSG_STOP)
			continue;
		assert_int_equal(sibling_unpack(m.body, &who), ERR_OK);
		if (who.kind != SIBLING_VAULT)
			continue;
		v = &s->vaults[who.nth];
		if (m.ref != v->turn || !v->c.vault)
			continue;
		if (now(s) - v->said_ms < VAULTS_STUCK_MS / 2)
			fail_msg("step %u: vault %u is stopped", s->step,
			    who.nth);
		end_vault(s, who.nth);
	}
}

static void close_or_open(struct sim *s)
{
	unsigned key = 1 + (unsigned)below(s, KEYS);
	bool closed;

	for (unsigned i = 1; i <= KEYS; i++)	/* seldom two at once */
		if (s->closed[i] && !one_in(s, 4))
			key = i;
	closed = s->closed[key] > 0;
	assert_int_equal(acts_do(&s->w.d.h.acts, closed ? 2 : 1, "%s key=%s\n",
	    closed ? "open" : "close", acts_id_text(key)), ERR_OK);
	s->closed[key] = closed ? 0 : s->step;
}

static void settle(struct sim *s);

/* Hours and days go by when nobody waits, as they do. */
static void time_goes(struct sim *s)
{
	uint64_t dice = below(s, 6);

	if (dice < 2)
		settle(s);
	desk_at(&s->w.d, now(s) + (
	    dice == 0 ? DAY_MS + (int64_t)below(s, 9 * DAY_MS) :
	    dice == 1 ? HOUR_MS / 6 + (int64_t)below(s, 9 * HOUR_MS) :
	    one_in(s, 4) ? TIMEOUT_MS + (int64_t)below(s, 4000) :
	    (int64_t)below(s, 60)));
}

static void disk_refuses(struct sim *s)
{
	struct keeper *k = &s->w.d.k;
	struct cell_vault *v = &s->vaults[below(s, VAULTS)];

	if (one_in(s, 2)) {
		if (!v->c.vault || !aside_is_busy(v->c.flusher) ||
		    aside_is_over(v->c.flusher))
			return;
		late_aside_fail(v->c.flusher, ERR_IO);
		v->refused = true;
	} else if (aside_is_busy(k->flusher) && !aside_is_over(k->flusher)) {
		late_aside_fail(k->flusher, ERR_IO);
		s->refused = true;
	}
}

static void a_vault_happens(struct sim *s, uint64_t dice)
{
	unsigned nth = (unsigned)below(s, VAULTS);

	if (dice < 3)
		s->vaults[nth].hangs = s->step + (unsigned)below(s, 60);
	else if (dice < 6)
		s->vaults[nth].slow = s->step + (unsigned)below(s, 60);
	else
		end_vault(s, nth);
}

static void dies_and_is_asked_again(struct sim *s)
{
	if (one_in(s, 2))
		save(s);
	kill_keeper(s);
	if (one_in(s, 2))
		for (unsigned i = 0; i < AGAIN; i++)
			asks_again(s, &s->again[i]);
}

static void turn(struct sim *s);

static void some_ask(struct sim *s)
{
	for (uint64_t n = 1 + below(s, 3); n > 0; n--)
		asks(s);
	late_aside_end(s->w.d.k.verifier);
	turn(s);
}

/* A vault falls behind for longer than the keeper waits. While it catches up,
 * word by word, others ask, and have the places of those who went. */
static void falls_behind(struct sim *s, struct cell_vault *v)
{
	v->mumbles = true;
	for (uint64_t n = 1 + below(s, 6); n > 0; n--) {
		some_ask(s);
		if (one_in(s, 2))
			late_aside_end(s->w.d.k.flusher);
		turn(s);
		vault_turns(s, v->c.nth);
		vault_lands(s, v->c.nth);
		vault_turns(s, v->c.nth);
	}
	desk_at(&s->w.d, now(s) + TIMEOUT_MS);
	turn(s);
	while (wire_goes(&v->c.wire)) {
		turn(s);
		some_ask(s);
	}
	v->mumbles = false;
}

static void something(struct sim *s)
{
	struct keeper *k = &s->w.d.k;
	uint64_t dice = below(s, 1000);

	if (dice < 220)
		for (uint64_t n = one_in(s, 6) ? below(s, 12) : 1; n > 0; n--)
			asks(s);
	else if (dice < 540)
		for (uint64_t n = 1 + below(s, 6); n > 0; n--)
			vault_turns(s, (unsigned)below(s, VAULTS));
	else if (dice < 650)
		late_aside_end(k->flusher);
	else if (dice < 730)
		late_aside_end(k->verifier);
	else if (dice < 820)
		vault_lands(s, (unsigned)below(s, VAULTS));
	else if (dice < 830)
		late_aside_end(k->publisher);
	else if (dice < 900)
		time_goes(s);
	else if (dice < 915)
		asks_again(s, &s->again[below(s, AGAIN)]);
	else if (dice < 930)
		close_or_open(s);
	else if (dice < 970)
		feeds(s, 1 + (uint32_t)below(s, ROSTER_CELLS));
	else if (dice < 980)
		a_vault_happens(s, dice - 970);
	else if (dice < 983)
		start_gate(s);
	else if (dice < 985)
		start_staff(s);
	else if (dice < 988)
		dies_and_is_asked_again(s);
	else if (dice < 991)
		save(s);
	else if (dice < 994)
		disk_refuses(s);
	else
		falls_behind(s, &s->vaults[below(s, VAULTS)]);
}

/* Nothing is on its way to the disk. */
static bool is_clean(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	return !aside_is_busy(k->flusher) && k->decided.count == 0 &&
	    book_waiting(k->book) == 0;
}

/* A start after a death of the process finds what was released. */
static void check_mark(struct sim *s)
{
	assert_true(outstanding_read(
	    rig_in(s->w.d.h.dir, "keeper/released")) ==
	    outstanding_released(s->w.d.k.outstanding));
}

/* A keeper whose disk refused stops, and nothing else stops it. */
static void turn(struct sim *s)
{
	s->turns++;
	whole_turn(&s->w);
	if (desk_failed() && !s->refused)
		fail_msg("step %u: %s", s->step, desk_failed());
	gate_reads(s, s->w.d.gate);
	gate_reads(s, s->staff);
	if (desk_failed()) {
		kill_keeper(s);
		s->refusals++;
		return;
	}
	check_mark(s);
	if (is_clean(s))
		s->clean = s->turns + 1;
	greet_vaults(s);
	super_hears(s);
	for (unsigned i = 0; i < VAULTS; i++)
		if (!s->vaults[i].c.vault && one_in(s, 10))
			start_vault(s, i);
}

static unsigned owed(const struct sim *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < REFS; i++)
		n += s->sent[i].owed;
	return n;
}

/* Everybody does what is theirs to do, until nobody waits; but who hangs may
 * go on hanging. */
static void settle(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	for (unsigned i = 0; i < VAULTS; i++)
		if (one_in(s, 2))
			s->vaults[i].hangs = s->vaults[i].slow = 0;

	for (unsigned n = 0; n < SETTLE_TURNS &&
	     (owed(s) || slots_used(k->slots)); n++) {
		late_aside_end(k->flusher);
		late_aside_end(k->verifier);
		late_aside_end(k->publisher);
		for (unsigned i = 0; i < VAULTS; i++) {
			vault_lands(s, i);
			vault_turns(s, i);
		}
		desk_at(&s->w.d, now(s) + SETTLE_MS);
		turn(s);
	}
	assert_int_equal(owed(s), 0);
	assert_int_equal(slots_used(k->slots), 0);
	if (is_clean(s))	/* a death now would name nobody */
		assert_int_equal(outstanding_released(k->outstanding),
		    book_size(k->book));
}

/* --- what must hold --- */

static bool is_of(unsigned key, unsigned other, bool site)
{
	return site ? (key <= 2) == (other <= 2) : key == other;
}

/* Does this one count in a budget of that kind? A miss is a question. */
static bool counts_in(const struct told *t, enum guard_kind kind)
{
	if (kind == GUARD_M24 || kind == GUARD_M30)
		return !t->existed;
	return t->existed &&
	    (kind == GUARD_C24 || kind == GUARD_C30 || !t->card);
}

/* Distinct ones told within the window that ends with this one, by its key or
 * its site. */
static unsigned told_until(const struct sim *s, const int64_t *times,
    size_t last, bool site, enum guard_kind kind)
{
	bool day = kind == GUARD_T24 || kind == GUARD_C24 || kind == GUARD_M24;
	bool seen[PEOPLE][2] = {{false}};
	unsigned n = 0;

	for (size_t i = 0; i < s->told_count; i++) {
		const struct told *t = &s->told[i];
		bool *seen_it = &seen[t->who % PEOPLE][!t->existed && t->card];

		if (*seen_it || !counts_in(t, kind) ||
		    !is_of(t->key, s->told[last].key, site) ||
		    times[i] > times[last] ||
		    times[i] <= times[last] - (day ? 1 : 30) * DAY_MS + LATE_MS)
			continue;
		*seen_it = true;
		n++;
	}
	return n;
}

static void check_budgets(struct sim *s)
{
	static int64_t times[TOLD];

	for (size_t i = 0; i < s->told_count; i++)
		times[i] = house_leaf(&s->w.d.h, s->told[i].index, true, NULL)
		    .time_ms;
	for (size_t i = 0; i < s->told_count; i++)
		for (enum guard_kind k = 0; k < GUARD_KINDS; k++) {
			assert_true(told_until(s, times, i, false, k) <=
			    key_figures.of[k]);
			assert_true(told_until(s, times, i, true, k) <=
			    site_figures.of[k]);
		}
}

/* Persons of a cell that were told of in the hour of this one, of whom it is
 * sure: asked and told within it. */
static unsigned told_in_hour(const struct sim *s, size_t which)
{
	const struct told *of = &s->told[which];
	bool seen[PEOPLE] = {false};
	unsigned n = 0;

	for (size_t i = 0; i < s->told_count; i++) {
		const struct told *t = &s->told[i];

		if (!t->existed || seen[t->who] ||
		    roster_cell(t->who) != roster_cell(of->who) ||
		    t->asked_ms / HOUR_MS != of->told_ms / HOUR_MS ||
		    t->told_ms / HOUR_MS != of->told_ms / HOUR_MS)
			continue;
		seen[t->who] = true;
		n++;
	}
	return n;
}

static void check_ceilings(struct sim *s)
{
	for (size_t i = 0; i < s->told_count; i++)
		assert_true(told_in_hour(s, i) <= CEILING);
}

static struct tlog_options log_options(
    struct sim *s, char dir[static RIG_PATH], char public[static RIG_PATH])
{
	(void)snprintf(dir, RIG_PATH, "%.3000s/keeper/journal", s->w.d.h.dir);
	(void)snprintf(public, RIG_PATH, "%.3000s/journal/public",
	    s->w.d.h.dir);
	return (struct tlog_options){.dir = dir, .public_dir = public,
	    .origin = ACTS_ORIGIN, .leaf_size = LEAF_SIZE,
	    .side_size = OPENING_SIZE};
}

/* Whom an hour has met, its vault knows after a death too. */
static void check_hours(struct span counts)
{
	struct reader r = reader_of(counts);
	struct count_head h = {0};
	struct count_record record;
	uint32_t persons[ROSTER_CELLS + 1] = {0};
	int64_t hour = 0;

	while (!count_next(&r, &h, &record)) {
		if (record.time_ms / HOUR_MS != hour)
			memset(persons, 0, sizeof(persons));
		hour = record.time_ms / HOUR_MS;
		for (uint32_t i = 0; i < record.cells; i++) {
			struct count_cell c = count_cell(&record, i);

			assert_true(c.cell <= ROSTER_CELLS);
			assert_true(c.persons >= persons[c.cell]);
			assert_true(c.persons <= CEILING);
			persons[c.cell] = c.persons;
		}
	}
}

/* As `ecluse journal verify` holds them against each other. */
static uint64_t check_meter(
    struct sim *s, struct cellar *c, struct tlog *log)
{
	struct sign_private *key = NULL;
	struct compare_report report;
	struct compare in = {.origin = ACTS_ORIGIN, .formers = "",
	    .log = log};
	struct buf counts, note;

	assert_int_equal(sign_private_load(
	    rig_in(c->folder, "key.pem"), &key), ERR_OK);
	assert_int_equal(note_key_make(span_str(COUNT_NAME),
	    sign_public_raw(sign_private_public(key)), &in.key), ERR_OK);
	sign_private_free(key);
	cellar_counts(c, &counts, &note);
	assert_int_equal(tape_of(buf_span(&counts), &in.counts), ERR_OK);
	in.note = buf_span(&note);
	if (compare_run(&in, &report))
		fail_msg("step %u: vault %u: %s", s->step, c->nth,
		    report.words);
	check_hours(buf_span(&counts));
	tape_free(in.counts);
	buf_release(&counts);
	buf_release(&note);
	return report.settled;
}

static void check_meters(struct sim *s)
{
	static char dir[RIG_PATH], public[RIG_PATH];
	struct tlog_options o = log_options(s, dir, public);
	struct compare_report report = {.words = ""};
	struct tlog *log = NULL;
	uint64_t settled = 0;

	assert_int_equal(publish_now(&s->w.d.k), ERR_OK);
	assert_int_equal(tlog_open(&o, &log), ERR_OK);
	for (unsigned i = 0; i < VAULTS; i++)
		settled += check_meter(s, &s->vaults[i].c, log);
	if (compare_resolved(log, settled, false, &report))
		fail_msg("step %u: %s", s->step, report.words);
	tlog_close(log);
}

static void check_tree(struct sim *s)
{
	static char dir[RIG_PATH], public[RIG_PATH];
	struct tlog_options o = log_options(s, dir, public);
	struct verify_report report = {.tiles = 0};
	struct note_key key;

	assert_int_equal(note_key_make(span_str(ACTS_ORIGIN), sign_public_raw(
	    sign_private_public(s->w.d.k.keys->log)), &key), ERR_OK);
	o.vkey = &key;
	if (verify_public(public, &key, NULL, &report) ||
	    verify_records(&o, 0, NULL, &report))
		fail_msg("%s", report.words);
}

static const struct asked *asked_by(
    const struct sim *s, const uint8_t signature[static SIGN_SIZE])
{
	for (size_t i = 0; i < s->asked_count; i++)
		if (memcmp(s->asked[i].signature, signature, SIGN_SIZE) == 0)
			return &s->asked[i];
	return NULL;
}

enum fate { NOBODY, READ, NOT_READ, PERHAPS };

/* The same bytes are one question, whoever dies in between. */
static void check_once(struct sim *s, uint64_t size)
{
	bool (*seen)[LINES + 1] = calloc(ASKED, sizeof(*seen));

	assert_non_null(seen);
	for (uint64_t i = 0; i < size; i++) {
		struct opening o = {.cell = 0};
		struct leaf l = desk_leaf_at(&s->w.d, i);
		const struct asked *a;

		if (l.kind != LEAF_ASKED)
			continue;
		(void)house_leaf(&s->w.d.h, i, true, &o);
		a = asked_by(s, o.signature);
		assert_non_null(a);
		assert_true(o.line <= LINES);
		if (seen[a - s->asked][o.line])
			fail_msg("entry %llu is of step %u, and not the first",
			    (unsigned long long)i, a->step);
		seen[a - s->asked][o.line] = true;
	}
	free(seen);
}

/* What the journal says of each of its entries. */
static enum fate *read_journal(struct sim *s, uint64_t size)
{
	enum fate *fates = calloc(size + 1, sizeof(*fates));
	int64_t time_ms = 0;

	assert_non_null(fates);
	for (uint64_t i = 0; i < size; i++) {
		struct leaf l = desk_leaf_at(&s->w.d, i);

		assert_true(l.time_ms >= time_ms);	/* it never falls */
		time_ms = l.time_ms;
		if (l.kind == LEAF_ASKED && l.decision == LEAF_ANSWERED)
			fates[i] = READ;
		if (l.kind != LEAF_NOT_DISCLOSED && l.kind != LEAF_START)
			continue;
		for (uint64_t j = l.first; j < l.end; j++)
			if (fates[j] == READ)
				fates[j] = l.kind == LEAF_START ? PERHAPS :
				    NOT_READ;
	}
	return fates;
}

/* Received is what was read, or what nobody can exclude; and what was read was
 * received by whoever lost nothing. */
static void check_journal(struct sim *s)
{
	uint64_t size = book_size(s->w.d.k.book);
	enum fate *fates = read_journal(s, size);

	for (size_t i = 0; i < s->told_count; i++) {
		enum fate *f = &fates[s->told[i].index];

		assert_true(*f == READ || *f == PERHAPS);
		*f = NOBODY;
	}
	for (uint64_t i = 0; i < size; i++) {
		struct opening o = {.cell = 0};
		const struct asked *a;

		if (fates[i] != READ)
			continue;
		(void)house_leaf(&s->w.d.h, i, true, &o);
		a = asked_by(s, o.signature);
		assert_non_null(a);
		if (!a->lost || (a->died && a->lines == 1))
			fail_msg("entry %llu was read, says the journal: of "
			    "step %u", (unsigned long long)i, a->step);
	}
	free(fates);
}

/* Persons that the journal says this key read in the last 24 hours. */
static unsigned written(struct sim *s, unsigned key, int64_t now_ms)
{
	uint64_t size = book_size(s->w.d.k.book), numbers[ASKED];
	unsigned n = 0, at;

	for (uint64_t i = 0; i < size; i++) {
		struct opening o = {.cell = 0};
		struct leaf l = desk_leaf_at(&s->w.d, i);

		if (l.kind != LEAF_ASKED || l.decision != LEAF_ANSWERED ||
		    !l.existed || l.time_ms <= now_ms - DAY_MS)
			continue;
		(void)house_leaf(&s->w.d.h, i, true, &o);
		for (at = 0; at < n && numbers[at] != o.number;)
			at++;
		if (at < n || memcmp(o.key_id, acts_id(key), SIGN_KEY_ID) != 0)
			continue;
		numbers[n++] = o.number;
	}
	return n;
}

static void check_counted(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	for (unsigned key = 1; key <= KEYS; key++) {
		struct guard_ask ask;
		struct guard_line line;

		fold_ask(k->registry, registry_key(k->registry, acts_id(key)),
		    ASK_FLOW, span_of(NULL, 0), &ask);
		guard_look(k->guard, &ask, GUARD_KEY, now(s), &line);
		assert_int_equal(
		    line.used[GUARD_C24], written(s, key, now(s)));
	}
}

static void check(struct sim *s)
{
	check_meters(s);
	check_tree(s);
	check_budgets(s);
	check_ceilings(s);
	check_journal(s);
	check_once(s, book_size(s->w.d.k.book));
	check_counted(s);
}

/* --- one seed --- */

static void make_vaults(struct sim *s, uint64_t seed)
{
	for (unsigned i = 0; i < VAULTS; i++) {
		struct cellar *c = &s->vaults[i].c;
		char base[sizeof(c->base)];

		(void)snprintf(base, sizeof(base), "%.150s/vault%u",
		    s->w.d.h.dir, i);
		c->nth = i;
		c->count = VAULTS;
		c->clock = (struct clock){time_now, time_now, s};
		c->random = random_from_seed(&c->seed, seed * VAULTS + i);
		cellar_make(c, base, ACTS_ORIGIN, CEILING);
	}
}

static struct sim *make(uint64_t seed)
{
	struct sim *s = calloc(1, sizeof(*s));
	struct conf_plane *staff;

	assert_non_null(s);
	whole_make(&s->w);
	assert_int_equal(acts_do(&s->w.d.h.acts, 2, "insurer amc=%s operator=o "
	    "feed-key=%s card-key=%s\n", roster_amc(2), acts_p256(0),
	    acts_p256(1)), ERR_OK);
	assert_int_equal(tagger_add(
	    s->w.d.k.tagger, 2, &s->w.d.k.keys->index), ERR_OK);
	s->w.d.k.conf.vault_count = VAULTS;
	s->w.d.k.conf.vault_timeout_ms = TIMEOUT_MS;
	staff = &s->w.d.k.conf.plane[ASK_STAFF];
	*staff = s->w.d.k.conf.plane[ASK_FLOW];
	(void)random_from_seed(&s->r, seed);
	buf_init(&s->kept, 1u << 20);
	for (unsigned i = 0; i < AGAIN; i++)
		buf_init(&s->again[i].bytes, LIMIT_BUNDLE + 4096);
	make_vaults(s, seed);
	end_keeper(s);
	open_keeper(s);
	return s;
}

static void unmake(struct sim *s)
{
	for (unsigned i = 0; i < VAULTS; i++)
		cellar_ends(&s->vaults[i].c);
	for (uint32_t i = 1; i <= ROSTER_CELLS; i++)
		roster_release(&s->feeding[i].now);
	power_forgets(s->w.d.h.dir);
	end_channels(s);
	buf_release(&s->kept);
	for (unsigned i = 0; i < AGAIN; i++)
		buf_release(&s->again[i].bytes);
	whole_unmake(&s->w);
	fold_end(&s->w.d.k.fold);
	free(s->w.d.k.members);
	free(s);
}

static void run(uint64_t seed, unsigned steps)
{
	struct sim *s = make(seed);

	for (s->step = 1; s->step <= steps; s->step++) {
		something(s);
		turn(s);
		if (s->step % 500 == 0)
			check_meters(s);
	}
	settle(s);
	check(s);
	kill_keeper(s);
	check(s);
	(void)printf("# seed %llu, %u steps: %zu questions, %zu told, %llu "
	    "entries, %u feeds, %u deaths of the keeper, %u by its disk, %u "
	    "of vaults, %u files with a torn end, %u late\n",
	    (unsigned long long)seed, steps, s->asked_count, s->told_count,
	    (unsigned long long)book_size(s->w.d.k.book), s->feeds, s->killed,
	    s->refusals, s->deaths, s->cuts, s->silent);
	assert_true(s->told_count > steps / 100);
	unmake(s);
}

int main(int argc, char **argv)
{
	static const struct seeds seeds = {run, STEPS, SEEDS, SEEDS_LONG};

	sign_start();
	return seeds_main(argc, argv, &seeds);
}
