/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whatever comes in whatever order, by a seed that decides it all:
 * questions, estimates and bundles of four keys at two sites, the same bytes
 * again, a vault that answers in any order, late or never, gates, vaults and
 * the keeper itself that die, gates that people close, a clock that runs, and
 * disk and verifier that end when the seed says so, or refuse, and power that
 * goes with what was not flushed. Then
 *
 *   nothing is asked of a vault to be answered that is not durable, nor for a
 *   key that was closed before its person was found, nor of another cell's;
 *   a vault that is late or gone is told to its own cell's askers alone;
 *   an answer is that of its question, holds what was written for it and is
 *   signed for it; each question has one, and the same bytes are told once;
 *   no key, no site is told of more persons, or misses more, in 24 hours or 30
 *   days than its figures say;
 *   what was told is in the journal, for whom and by whom, and what is counted
 *   after a death is what the journal says.
 *
 *   test_keeper_sim [SEED [STEPS [SEEDS]]]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "keeper/ahead.h"
#include "keeper/bodies.h"
#include "keeper/decoys.h"
#include "late_aside.h"
#include "keeper/tagger.h"
#include "keeper/whole.h"
#include "msg/rights.h"
#include "seeds.h"

#define SEEDS 4
#define SEEDS_LONG 1000
#define STEPS 2500
#define KEYS 4		/* 1 and 2 at s1, 3 and 4 at s2 */
#define PEOPLE 24	/* two of three are known, two of four in each cell */
#define VAULTS 2	/* a cell each */
#define OTHER_AMC "0000000002"
#define LINES 4		/* of a bundle, at most */
#define ASKED 4096
#define REFS 8192
#define JOURNAL_RECORD 888	/* docs/journal.md */
#define HELD 512	/* what the vault has before it */
#define TOLD 8192
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
/* An entry may bear the time of its batch (keeper/decide.c), which is so much
 * later than its count at most. */
#define LATE_MS 10000
#define MARK "\"x\":\""
#define SILENT "\"insurer-silent\""

/* T24, C24, T30, C30, M24, M30 */
static const struct guard_figures key_figures = {{4, 7, 13, 15, 5, 9}};
static const struct guard_figures site_figures = {{6, 10, 14, 16, 7, 9}};

struct line {
	unsigned who;
	bool card;
	unsigned found;		/* at which step; 0: not yet */
	uint64_t index;		/* of its entry, once the vault is asked */
	bool has_index;
};

struct asked {
	char field[LIMIT_SIGNATURE + 1];	/* Signature */
	uint8_t signature[SIGN_SIZE];
	unsigned key, lines, answers;	/* that told anything */
	unsigned step;
	struct line line[LINES];
};

/* A question as a gate sent it: which, through which start of the gate. */
struct sent {
	struct asked *of;
	unsigned gate;
	bool owed;
};

struct held {
	uint64_t ref;
	uint8_t type;
	int64_t since_ms;
	struct buf body;
};

struct vault {
	struct chan *chan;
	struct held held[HELD];
	size_t count;
	unsigned late;		/* last step of its start, or of a silence */
	bool silent;		/* and has said nothing since */
};

struct told {
	unsigned key, who;
	bool card;
	uint64_t index;
};

struct sim {
	struct whole w;
	struct random_seeded r;
	unsigned step;
	unsigned gate_turn, vault_turn, killed, cuts, refusals, silent;
	bool refused;		/* the disk, and nobody noticed yet */
	struct asked asked[ASKED];
	size_t asked_count;
	struct sent sent[REFS];		/* by ref */
	struct vault vaults[VAULTS];
	struct told told[TOLD];
	size_t told_count;
	unsigned closed[KEYS + 1];	/* at which step; 0: open */
	uint8_t tags[PEOPLE][2][RIGHTS_TAG];
	bool has_tag[PEOPLE][2];
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

static uint64_t number_of(unsigned who)
{
	return who % 3 == 2 ? 0 : who + 1;
}

/* Cell 1 is vault 1's, cell 2 vault 0's (keeper/vaults.c). */
static uint32_t cell_of(unsigned who)
{
	return 1 + (who >> 1) % VAULTS;
}

static struct vault *vault_of(struct sim *s, uint32_t cell)
{
	return &s->vaults[cell % VAULTS];
}

/* --- a keeper that starts, and dies --- */

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
	for (uint32_t i = 1; i <= VAULTS; i++)
		assert_int_equal(guard_set_cell(g, i, &cell), ERR_OK);
}

static void start_gate(struct sim *s)
{
	whole_starts(&s->w, SIBLING_GATE, ASK_FLOW, ++s->gate_turn);
	for (size_t i = 0; i < REFS; i++)
		s->sent[i].owed = false;
}

static void drop_held(struct vault *v)
{
	for (size_t i = 0; i < v->count; i++)
		buf_release(&v->held[i].body);
	v->count = 0;
}

static void start_vault(struct sim *s, uint8_t nth)
{
	struct vault *v = &s->vaults[nth];

	drop_held(v);
	v->late = s->step;
	s->w.d.vault = v->chan;
	whole_starts(&s->w, SIBLING_VAULT, nth, ++s->vault_turn);
	v->chan = s->w.d.vault;
	s->w.d.vault = NULL;
	assert_int_equal(chan_put(
	    v->chan, MSG_VAULT_READY, 0, span_of(NULL, 0)), ERR_OK);
	assert_int_equal(chan_flush(v->chan), ERR_OK);
}

static void start_keeper(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	set_figures(s);
	assert_int_equal(aside_new(NULL, NULL, &k->flusher), ERR_OK);
	assert_int_equal(aside_new(NULL, NULL, &k->verifier), ERR_OK);
	k->ahead = ahead_new();
	assert_non_null(k->ahead);
	assert_int_equal(turn_channels(k), ERR_OK);
	assert_int_equal(turn_timers(k), ERR_OK);
	start_gate(s);
	for (uint8_t i = 0; i < VAULTS; i++)
		start_vault(s, i);
}

/* All that it knew and had under way is gone; the disk stays. */
static void end_keeper(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	aside_free(k->flusher);
	aside_free(k->verifier);
	ahead_free(k->ahead);
	k->flusher = k->verifier = NULL;
	k->ahead = NULL;
	for (unsigned i = 0; i < VAULTS; i++) {
		drop_held(&s->vaults[i]);
		chan_free(s->vaults[i].chan);
		s->vaults[i].chan = NULL;
	}
	whole_drop(&s->w);
}

/* The power goes: of what was written and not flushed some is there, and some
 * of that is not what was written. */
static void cut_power(struct sim *s, uint64_t durable)
{
	const char *path = rig_in(
	    s->w.d.h.dir, "keeper/journal/seg-000000000000");
	off_t from = (off_t)durable * JOURNAL_RECORD, end;
	uint8_t noise[64];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)	/* nobody has asked yet */
		return;
	end = lseek(fd, 0, SEEK_END);
	assert_true(end >= from);
	if (end > from) {
		s->cuts++;
		end = from + (off_t)below(s, (uint64_t)(end - from) + 1);
		assert_int_equal(ftruncate(fd, end), 0);
	}
	if (end - from > (off_t)sizeof(noise) && one_in(s, 2)) {
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)below(s, 256);
		assert_true(pwrite(fd, noise, sizeof(noise), from +
		    (off_t)below(s, (uint64_t)(end - from) -
			sizeof(noise))) == sizeof(noise));
	}
	(void)close(fd);
}

static void kill_keeper(struct sim *s)
{
	struct keeper *k = &s->w.d.k;
	struct house *h = &s->w.d.h;
	uint64_t durable = book_size(k->book);

	end_keeper(s);
	batch_close(k);
	slots_free(k->slots);
	summary_free(k->summary);
	outstanding_close(k->outstanding);
	desk_forgets();
	s->refused = k->failed = false;
	k->decided = (struct keeper_decided){0};
	k->landing = (struct keeper_landing){0};
	if (one_in(s, 2))
		cut_power(s, durable);
	house_again(h, keeper_now(k));
	k->book = h->book;
	k->guard = h->guard;
	k->replay = h->replay;
	k->fold = h->fold;
	assert_int_equal(slots_new(&k->slots), ERR_OK);
	assert_int_equal(summary_new(&k->summary), ERR_OK);
	assert_int_equal(outstanding_open(rig_in(h->dir, "keeper/released"),
	    book_size(k->book), &k->outstanding), ERR_OK);
	s->killed++;
	start_keeper(s);
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

static const char *amc_of(unsigned who)
{
	return cell_of(who) == 1 ? DESK_AMC : OTHER_AMC;
}

static const char *card_of(unsigned who)
{
	static char cards[PEOPLE][1100];

	if (!cards[who][0])
		(void)snprintf(cards[who], sizeof(cards[who]), "%s",
		    bodies_card(amc_of(who), 1, (uint8_t)who, HOUSE_NOW));
	return cards[who];
}

static struct bodies_one one_of(
    struct sim *s, struct asked *a, char member[static 16])
{
	struct line *l = &a->line[a->lines++];
	struct bodies_one b = {
	    .domain = a->key <= 2 ? "MED" : "OPTI", .member = member};

	l->who = (unsigned)below(s, PEOPLE);
	b.amc = amc_of(l->who);
	l->card = one_in(s, 4);
	(void)snprintf(member, 16, "%08u", 2447800 + l->who);
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

static void remember(struct sim *s, struct asked *a)
{
	struct sent *sent = &s->sent[s->w.d.ref];
	struct ask ask;

	assert_true(s->w.d.ref < REFS);
	assert_int_equal(
	    ask_unpack(buf_span(&s->w.d.asked), &ask), ERR_OK);
	(void)snprintf(a->field, sizeof(a->field), "%.*s",
	    (int)ask.signature.n, (const char *)ask.signature.p);
	assert_int_equal(
	    httpsig_signature_parse(ask.signature, a->signature), ERR_OK);
	*sent = (struct sent){a, s->gate_turn, true};
}

static void asks(struct sim *s)
{
	struct asked *a = &s->asked[s->asked_count++];
	struct desk_ask ask = desk_plain();
	char member[16];

	assert_true(s->asked_count < ASKED);
	a->step = s->step;
	a->key = 1 + (unsigned)below(s, KEYS);
	ask.key = a->key;
	if (one_in(s, 6)) {
		ask.path = "/fhir";
		ask.body = bundle_of(s, a);
	} else if (one_in(s, 6)) {
		ask.path = "/fhir/Claim";
		ask.body = bodies_claim(one_of(s, a, member), 2);
	} else {
		ask.body = bodies_question(one_of(s, a, member));
	}
	desk_asks(&s->w.d, ask);
	remember(s, a);
}

/* The bytes that came last, once more. */
static void asks_again(struct sim *s)
{
	struct asked *a;

	if (s->asked_count == 0)
		return;
	a = &s->asked[s->asked_count - 1];
	desk_asks_again(&s->w.d);
	assert_true(s->w.d.ref < REFS);
	s->sent[s->w.d.ref] = (struct sent){a, s->gate_turn, true};
}

/* --- the vault --- */

/* What a message to the vault is about; NULL: nobody waits for it any more. */
static struct line *line_of(struct sim *s, uint64_t ref, struct asked **ret)
{
	const struct slot *slot = slots_find(s->w.d.k.slots, ref);

	for (size_t i = s->asked_count; slot && i-- > 0;) {
		struct asked *a = &s->asked[i];

		if (memcmp(a->signature, slot->signature, SIGN_SIZE) != 0)
			continue;
		*ret = a;
		return &a->line[slot->line ? slot->line - 1 : 0];
	}
	assert_null(slot);
	return NULL;
}

/* One that says something is silent no more. */
static void put_vault(struct sim *s, struct vault *v, enum msg_type type,
    uint64_t ref, struct buf *body)
{
	if (v->silent)
		v->late = s->step;
	v->silent = false;
	assert_int_equal(body->err, ERR_OK);
	assert_int_equal(
	    chan_put(v->chan, type, ref, buf_span(body)), ERR_OK);
	assert_int_equal(chan_flush(v->chan), ERR_OK);
}

/* One person has one tag, and no other has it. */
static void check_tag(struct sim *s, const struct line *l,
    const uint8_t tag[static RIGHTS_TAG])
{
	for (unsigned i = 0; i < PEOPLE; i++)
		if (s->has_tag[i][l->card])
			assert_int_equal(memcmp(s->tags[i][l->card], tag,
			    RIGHTS_TAG) == 0, i == l->who);
	memcpy(s->tags[l->who][l->card], tag, RIGHTS_TAG);
	s->has_tag[l->who][l->card] = true;
}

static void finds(struct sim *s, struct vault *v, const struct held *h,
    struct buf *out)
{
	struct rights_resolve m;
	struct rights_resolved answer = {0};
	struct asked *a = NULL;
	struct line *l = line_of(s, h->ref, &a);

	assert_int_equal(
	    rights_resolve_unpack(buf_span(&h->body), &m), ERR_OK);
	if (l) {
		check_tag(s, l, m.tags[0]);
		answer.number = number_of(l->who);
		l->found = s->step;
	}
	rights_resolved_pack(&answer, out);
	put_vault(s, v, MSG_RESOLVED, h->ref, out);
}

static void answers(struct sim *s, struct vault *v, const struct held *h,
    struct buf *out)
{
	struct rights_do m;
	struct rights_done done;
	char body[200];

	assert_int_equal(rights_do_unpack(buf_span(&h->body), &m), ERR_OK);
	(void)snprintf(body, sizeof(body), "{\"resourceType\":\"%s\","
	    MARK "%llu\"", m.purpose == RIGHTS_ESTIMATE ? "ClaimResponse" :
	    "CoverageEligibilityResponse", (unsigned long long)m.index);
	done = desk_done(body);
	if (m.number == 0) {
		done.state = RIGHTS_UNKNOWN;
		done.level = span_of(NULL, 0);
		done.until_day = 0;
	}
	rights_done_pack(&done, out);
	put_vault(s, v, MSG_DONE, h->ref, out);
}

/* Durable, of this person, and of nobody who was closed before. */
static void check_do(
    struct sim *s, const struct vault *v, uint64_t ref, struct span body)
{
	struct asked *a = NULL;
	struct line *l = line_of(s, ref, &a);
	struct rights_do m;

	assert_int_equal(rights_do_unpack(body, &m), ERR_OK);
	assert_true(m.index < book_size(s->w.d.k.book));
	if (!l)
		return;
	assert_true(m.number == number_of(l->who));
	assert_int_equal(m.cell, cell_of(l->who));
	assert_ptr_equal(v, vault_of(s, m.cell));
	assert_true(l->found > 0 && !l->has_index);
	if (s->closed[a->key])
		assert_true(s->closed[a->key] >= l->found);
	l->index = m.index;
	l->has_index = true;
}

/* One of those that it has before it, whichever. */
static void vault_works(struct sim *s, struct vault *v)
{
	struct held *h;
	struct buf out;
	size_t at;

	if (v->count == 0)
		return;
	at = (size_t)below(s, v->count);
	h = &v->held[at];
	buf_init(&out, 1u << 16);
	if (h->type == MSG_RESOLVE)
		finds(s, v, h, &out);
	else
		answers(s, v, h, &out);
	buf_release(&out);
	buf_release(&h->body);
	*h = v->held[--v->count];
}

static void vault_reads(struct sim *s, struct vault *v)
{
	struct msg m;

	while (!chan_get(v->chan, &m)) {
		struct held *h = &v->held[v->count];

		if (m.type != MSG_RESOLVE && m.type != MSG_DO)
			continue;
		if (m.type == MSG_DO)
			check_do(s, v, m.ref, m.body);
		assert_true(v->count < HELD);
		h->ref = m.ref;
		h->type = (uint8_t)m.type;
		h->since_ms = keeper_now(&s->w.d.k);
		buf_init(&h->body, 1u << 16);
		buf_put_span(&h->body, m.body);
		v->count++;
	}
}

/* --- what the gate gets --- */

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

static void tell(struct sim *s, struct asked *a, uint64_t index)
{
	for (unsigned i = 0; i < a->lines; i++) {
		const struct line *l = &a->line[i];

		if (!l->has_index || l->index != index)
			continue;
		assert_true(s->told_count < TOLD);
		s->told[s->told_count++] = (struct told){
		    a->key, l->who, l->card, index};
		return;
	}
	fail_msg("step %u: an answer about entry %llu, which is not its own",
	    s->step, (unsigned long long)index);
}

/* Every mark in it is of an entry of this very question. How many are there?
 * None in a bundle whose lines were all refused. */
static unsigned read_marks(
    struct sim *s, struct asked *a, struct span body)
{
	const char *at, *text;
	unsigned n = 0;

	buf_clear(&s->kept);
	buf_put_span(&s->kept, body);
	buf_put_u8(&s->kept, 0);
	text = (const char *)s->kept.p;
	for (; (at = strstr(text, MARK)); n++) {
		text = at + strlen(MARK);
		assert_true(n < a->lines);
		tell(s, a, strtoull(text, NULL, 10));
	}
	return n;
}

/* A vault that was not late for a question is not blamed for it. */
static void check_silent(struct sim *s, const struct asked *a)
{
	for (unsigned i = 0; i < a->lines; i++) {
		struct vault *v = vault_of(s, cell_of(a->line[i].who));

		/* a new one's first word is heard a turn or two later */
		if (v->late + 2 < a->step && !v->silent)
			continue;
		s->silent++;
		return;
	}
	fail_msg("step %u: no vault of this question was late", s->step);
}

static void gate_reads(struct sim *s)
{
	struct ask_answer answer;
	struct msg m;

	while (!chan_get(s->w.d.gate, &m)) {
		struct sent *sent = &s->sent[m.ref];

		assert_int_equal(m.type, MSG_ANSWER);
		assert_true(m.ref < REFS && sent->owed);
		assert_int_equal(sent->gate, s->gate_turn);
		sent->owed = false;
		assert_int_equal(ask_answer_unpack(m.body, &answer), ERR_OK);
		check_signed(s, sent->of, &answer);
		if (memmem(answer.body.p, answer.body.n, SILENT,
			strlen(SILENT)))
			check_silent(s, sent->of);
		if (answer.status == 200 &&
		    read_marks(s, sent->of, answer.body) > 0)
			assert_int_equal(++sent->of->answers, 1);
	}
}

/* --- what may happen --- */

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

static void look_at_vault(struct sim *s, struct vault *v)
{
	struct keeper *k = &s->w.d.k;

	for (size_t i = 0; i < v->count; i++) {
		if (keeper_now(k) - v->held[i].since_ms <
		    k->conf.vault_timeout_ms)
			continue;
		v->late = s->step;
		v->silent = true;
	}
}

static void time_goes(struct sim *s)
{
	struct keeper *k = &s->w.d.k;
	bool idle = slots_used(k->slots) == 0;
	int64_t ms = idle && one_in(s, 12) ?
	    DAY_MS + (int64_t)below(s, 9 * DAY_MS) :
	    idle && one_in(s, 2) ?
	    HOUR_MS + (int64_t)below(s, 4 * HOUR_MS) :
	    one_in(s, 12) ? 1000 + (int64_t)below(s, 4000) :
	    (int64_t)below(s, 60);

	desk_at(&s->w.d, keeper_now(k) + ms);
	for (unsigned i = 0; i < VAULTS; i++)
		look_at_vault(s, &s->vaults[i]);
}

static void something(struct sim *s)
{
	struct keeper *k = &s->w.d.k;
	uint64_t dice = below(s, 1000);

	if (dice < 300)
		for (uint64_t n = one_in(s, 6) ? below(s, 12) : 1; n > 0; n--)
			asks(s);
	else if (dice < 600)
		for (uint64_t n = 1 + below(s, 8); n > 0; n--)
			vault_works(s, &s->vaults[below(s, VAULTS)]);
	else if (dice < 750)
		late_aside_end(k->flusher);
	else if (dice < 850)
		late_aside_end(k->verifier);
	else if (dice < 945)
		time_goes(s);
	else if (dice < 970)
		asks_again(s);
	else if (dice < 985)
		close_or_open(s);
	else if (dice < 991)
		start_gate(s);
	else if (dice < 996)
		start_vault(s, (uint8_t)below(s, VAULTS));
	else if (dice < 998)
		kill_keeper(s);
	else if (dice < 999)
		save(s);
	else if (aside_is_busy(k->flusher) && !aside_is_over(k->flusher)) {
		late_aside_fail(k->flusher, ERR_IO);
		s->refused = true;
	}
}

/* A keeper whose disk refused stops, and nothing else stops it. */
static void turn(struct sim *s)
{
	whole_turn(&s->w);
	if (desk_failed() && !s->refused)
		fail_msg("step %u: %s", s->step, desk_failed());
	for (unsigned i = 0; i < VAULTS; i++)
		vault_reads(s, &s->vaults[i]);
	gate_reads(s);
	if (!desk_failed())
		return;
	kill_keeper(s);
	s->refusals++;
}

static unsigned owed(const struct sim *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < REFS; i++)
		n += s->sent[i].owed;
	return n;
}

/* Everybody does what is theirs to do, until nobody waits. */
static void settle(struct sim *s)
{
	struct keeper *k = &s->w.d.k;

	for (unsigned n = 0; n < 5000 && (owed(s) || slots_used(k->slots));
	     n++) {
		late_aside_end(k->flusher);
		late_aside_end(k->verifier);
		for (unsigned i = 0; i < VAULTS; i++)
			while (s->vaults[i].count > 0)
				vault_works(s, &s->vaults[i]);
		desk_at(&s->w.d, keeper_now(k) + 5);
		turn(s);
	}
	assert_int_equal(owed(s), 0);
	assert_int_equal(slots_used(k->slots), 0);
}

/* --- what must hold --- */

static bool is_of(unsigned key, unsigned other, bool site)
{
	return site ? (key <= 2) == (other <= 2) : key == other;
}

/* Does this one count in a budget of that kind? A miss is a question. */
static bool counts_in(const struct told *t, enum guard_kind kind)
{
	bool miss = number_of(t->who) == 0;

	if (kind == GUARD_M24 || kind == GUARD_M30)
		return miss;
	return !miss && (kind == GUARD_C24 || kind == GUARD_C30 || !t->card);
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
		bool miss = number_of(t->who) == 0;
		bool *seen_it = &seen[t->who % PEOPLE][miss && t->card];

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

/* What was told is what was written, and its time is the entry's. */
static int64_t check_entry(struct sim *s, const struct told *t)
{
	struct opening o = {.cell = 0};
	struct leaf l = house_leaf(&s->w.d.h, t->index, true, &o);

	assert_int_equal(l.kind, LEAF_ASKED);
	assert_int_equal(l.decision, LEAF_ANSWERED);
	assert_int_equal(l.existed, number_of(t->who) != 0);
	assert_true(o.number == number_of(t->who));
	assert_memory_equal(o.key_id, acts_id(t->key), SIGN_KEY_ID);
	return l.time_ms;
}

static void check_told(struct sim *s)
{
	static int64_t times[TOLD];

	for (size_t i = 0; i < s->told_count; i++)
		times[i] = check_entry(s, &s->told[i]);
	for (size_t i = 0; i < s->told_count; i++)
		for (enum guard_kind k = 0; k < GUARD_KINDS; k++) {
			assert_true(told_until(s, times, i, false, k) <=
			    key_figures.of[k]);
			assert_true(told_until(s, times, i, true, k) <=
			    site_figures.of[k]);
		}
}

/* Persons that the journal says this key read in the last 24 hours. */
static unsigned written(struct sim *s, unsigned key, int64_t now_ms)
{
	bool seen[PEOPLE + 1] = {false};
	uint64_t size = book_size(s->w.d.k.book);
	unsigned n = 0;

	for (uint64_t i = 0; i < size; i++) {
		struct opening o = {.cell = 0};
		struct leaf l = desk_leaf_at(&s->w.d, i);

		if (l.kind != LEAF_ASKED || l.decision != LEAF_ANSWERED ||
		    !l.existed || l.time_ms <= now_ms - DAY_MS)
			continue;
		(void)house_leaf(&s->w.d.h, i, true, &o);
		if (memcmp(o.key_id, acts_id(key), SIGN_KEY_ID) != 0 ||
		    seen[o.number])
			continue;
		seen[o.number] = true;
		n++;
	}
	return n;
}

static void check_counted(struct sim *s)
{
	struct keeper *k = &s->w.d.k;
	int64_t now = keeper_now(k);

	for (unsigned key = 1; key <= KEYS; key++) {
		struct guard_ask ask;
		struct guard_line line;

		fold_ask(k->registry, registry_key(k->registry, acts_id(key)),
		    ASK_FLOW, span_of(NULL, 0), &ask);
		guard_look(k->guard, &ask, GUARD_KEY, now, &line);
		assert_int_equal(
		    line.used[GUARD_C24], written(s, key, now));
	}
}

static void run(uint64_t seed, unsigned steps)
{
	struct sim *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	whole_make(&s->w);
	assert_int_equal(acts_do(&s->w.d.h.acts, 2, "insurer amc=" OTHER_AMC
	    " operator=o feed-key=%s card-key=%s\n", acts_p256(0),
	    acts_p256(1)), ERR_OK);
	assert_int_equal(tagger_add(
	    s->w.d.k.tagger, 2, &s->w.d.k.keys->index), ERR_OK);
	s->w.d.k.conf.vault_count = VAULTS;
	(void)random_from_seed(&s->r, seed);
	buf_init(&s->kept, 1u << 20);
	start_keeper(s);
	for (s->step = 1; s->step <= steps; s->step++) {
		something(s);
		turn(s);
	}
	settle(s);
	check_told(s);
	check_counted(s);
	kill_keeper(s);
	check_counted(s);
	(void)printf("# seed %llu, %u steps: %zu questions, %zu told, %llu entries, "
	    "%u deaths of the keeper, %u by its disk, %u with a torn end, %u "
	    "late\n", (unsigned long long)seed, steps,
	    s->asked_count, s->told_count,
	    (unsigned long long)book_size(s->w.d.k.book), s->killed, s->refusals,
	    s->cuts, s->silent);
	assert_true(s->told_count > steps / 50);
	end_keeper(s);
	buf_release(&s->kept);
	whole_unmake(&s->w);
	free(s);
}

int main(int argc, char **argv)
{
	static const struct seeds seeds = {run, STEPS, SEEDS, SEEDS_LONG};

	return seeds_main(argc, argv, &seeds);
}
