/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a vault that ends, is silent, breaks the protocol or answers what it
 * was not asked fails its own cells' questions and nothing else: these are
 * refused, with an entry each that says that nothing left, and the keeper goes
 * on, however many there are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "failing.h"
#include "heard.h"
#include "keeper/bodies.h"
#include "keeper/decoys.h"
#include "keeper/retain.h"
#include "keeper/scope_run.h"
#include "keeper/whole.h"
#include "msg/contracts.h"
#include "msg/retain.h"

/* A question of a key, on its way to its answer. */
static struct slot *ask(struct whole *w, uint64_t number)
{
	struct desk *d = &w->d;
	struct slot *s;
	uint8_t type = 0;

	desk_asks(d, desk_plain());
	whole_turn(w);
	s = desk_told(d, &type);
	assert_non_null(s);
	assert_int_equal(type, MSG_RESOLVE);
	decide_found(&d->k, s, number);
	decide_commit(&d->k);
	s = desk_told(d, &type);
	assert_non_null(s);
	assert_int_equal(type, MSG_DO);
	assert_int_equal(s->state, SLOT_DOING);
	return s;
}

/* So many more like it, each of which the vault is at. */
static void multiply(struct whole *w, const struct slot *s, uint32_t n)
{
	struct keeper *k = &w->d.k;

	for (uint32_t i = 0; i < n; i++) {
		struct slot *copy = slots_take(k->slots, ASK_FLOW);
		uint32_t turn;

		assert_non_null(copy);
		turn = copy->turn;
		*copy = *s;
		copy->turn = turn;
		copy->owned = false;
	}
}

static unsigned answers(struct whole *w, uint16_t status)
{
	struct ask_answer a;
	struct msg m;
	unsigned n = 0;

	for (;;) {
		gates_flush(&w->d.k);
		if (chan_get(w->d.gate, &m))
			return n;
		assert_int_equal(m.type, MSG_ANSWER);
		assert_int_equal(ask_answer_unpack(m.body, &a), ERR_OK);
		assert_int_equal(a.status, status);
		n++;
	}
}

/* As many questions as a batch has entries, and one more that has its own:
 * refused in order, and written down. */
static void test_a_whole_batch_of_them_fails(void **state)
{
	struct whole *w = *state;
	struct desk *d = &w->d;
	struct desk_ask other = desk_plain();
	uint64_t before;

	whole_opens(w);
	multiply(w, ask(w, 77), BOOK_BATCH - 1);
	assert_int_equal(slots_used(d->k.slots), BOOK_BATCH);
	/* they owe their gate an answer each */
	for (uint32_t i = 1; i < BOOK_BATCH; i++) {
		struct desk_ask a = desk_plain();
		struct msg m;

		a.unsigned_ = true;
		desk_asks(d, a);
		while (chan_get(d->k.gates[ASK_FLOW].chan, &m))
			fail();
	}
	before = book_size(d->k.book);
	for (uint32_t i = 0; i < slots_reach(d->k.slots); i++) {
		struct slot *s = slots_at(d->k.slots, i);

		if (s->state == SLOT_DOING)
			decide_silent(&d->k, s);
	}
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_int_equal(answers(w, 503), BOOK_BATCH);
	other.type = "text/plain";
	desk_asks(d, other);
	desk_reads(d);
	assert_null(desk_failed());
	decide_commit(&d->k);
	assert_null(desk_failed());
	assert_int_equal(answers(w, 415), 1);
	assert_int_equal(book_size(d->k.book), before + BOOK_BATCH + 1);
	assert_int_equal(desk_leaf(d).decision, LEAF_REFUSED_FORM);
}

/* --- what a vault says --- */

/* As it came over the wire: what its own channel would not let it say, too. */
static void say_raw(struct whole *w, unsigned type, uint64_t ref,
    const void *body, size_t n)
{
	struct buf out;
	size_t at;

	buf_init(&out, LIMIT_DATAGRAM);
	at = msg_begin(&out, (enum msg_type)type, ref);
	buf_put(&out, body, n);
	msg_end(&out, at);
	assert_int_equal(send(chan_fd(w->d.vault), out.p, out.n, 0),
	    (ssize_t)out.n);
	buf_release(&out);
}

/* The keeper asks something of the vault of a cell: n bytes of nothing. */
static void asked(struct whole *w, enum msg_type type, uint64_t ref, size_t n)
{
	static const uint8_t zeros[256];

	assert_int_equal(vaults_put(
	    &w->d.k, 1, type, ref, span_of(zeros, n)), ERR_OK);
	vaults_flush(&w->d.k);
}

/* Off: stopped, that start of it, and nothing else has happened. */
static void is_off(struct whole *w, uint64_t turn)
{
	struct keeper *k = &w->d.k;

	assert_null(k->vaults[0].chan);
	assert_false(k->vaults[0].ready);
	assert_false(vaults_runs(k, 1));
	assert_false(vaults_answers(k, 1));
	assert_true(whole_stopped(w, SIBLING_VAULT, 0) == turn);
	assert_int_equal(vaults_put(k, 1, MSG_RULES, 1, span_of(NULL, 0)),
	    ERR_CLOSED);
	vaults_flush(k);
	assert_null(desk_failed());
}

/* Answers that are none: too short inside, of no such kind, unasked. */
static void test_what_a_vault_may_not_say(void **state)
{
	static const struct {
		enum msg_type ask;
		size_t ask_n;
		unsigned say;
		size_t n;
		uint8_t fill;
	} rows[] = {
		{MSG_HANDLE, 12, MSG_HANDLED, 2, 0xff},
		{MSG_CONTRACT, 64, MSG_CONTRACT_SAID, 8, 0xff},
		{MSG_RULES, 0, MSG_RULES_SAID, 6, 0xff},
		{MSG_RETAIN, 27, MSG_RETAINED, 35, 0xff},
		{MSG_FEED_BEGIN, 16, MSG_FEED_STATE, 2, 0xff},
		{MSG_RESOLVE, 5, MSG_RESOLVED, 9, 0xff},
		{MSG_DO, 64, MSG_DONE, 4, 0xff},
		/* nobody asked */
		{MSG_RULES, 0, MSG_RESOLVED, 9, 0},
		{MSG_RULES, 0, MSG_VAULT_READY, 0, 0},
		/* another's message, no message, too long a one */
		{MSG_RULES, 0, MSG_ASK, 40, 0},
		{MSG_RULES, 0, 127, 0, 0},
		{MSG_RULES, 0, MSG_RULES_SAID, 600, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct whole *w = calloc(1, sizeof(*w));
		uint8_t body[700];

		whole_make(w);
		whole_opens(w);
		asked(w, rows[i].ask, 5, rows[i].ask_n);
		memset(body, rows[i].fill, sizeof(body));
		say_raw(w, rows[i].say, 5, body, rows[i].n);
		whole_turn(w);
		is_off(w, 3);
		whole_unmake(w);
		free(w);
	}
}

/* Answers that are well made and meet nobody who waits: nothing happens. */
static void test_answers_for_nobody(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const uint8_t nothing[64] = {0};
	const struct contracts_said contract = {
	    .outcome = CONTRACTS_FAILED, .words = span_str("x")};
	const struct feed_state feed = {.outcome = FEED_GOES_ON};
	const struct feed_last last = {.generation = 0};
	const struct retain_said retained = {.state = RETAIN_BUSY};
	const struct rights_done done = desk_done("{");
	struct buf b;

	whole_opens(w);
	buf_init(&b, 65536);
#define ROW(ask, ask_n, answer, pack) \
	do { \
		asked(w, ask, 77, ask_n); \
		buf_clear(&b); \
		pack; \
		say_raw(w, answer, 77, b.p, b.n); \
		whole_turn(w); \
		assert_non_null(k->vaults[0].chan); \
	} while (0)
	ROW(MSG_RESOLVE, 5, MSG_RESOLVED, buf_put(&b, nothing, 9));
	ROW(MSG_DO, 64, MSG_DONE, rights_done_pack(&done, &b));
	ROW(MSG_HANDLE, 12, MSG_HANDLED,
	    rights_handled_pack(span_str("h"), &b));
	ROW(MSG_CONTRACT, 64, MSG_CONTRACT_SAID,
	    contracts_said_pack(&contract, &b));
	ROW(MSG_RULES, 0, MSG_RULES_SAID, buf_put(&b, nothing, 6));
	ROW(MSG_RETAIN, 27, MSG_RETAINED, retain_said_pack(&retained, &b));
	ROW(MSG_FEED_LAST, 4, MSG_FEED_LASTED, feed_last_pack(&last, &b));
	ROW(MSG_FEED_BEGIN, 16, MSG_FEED_STATE, feed_state_pack(&feed, &b));
	ROW(MSG_VAULT_ACT, 1, MSG_VAULT_SAID, buf_put(&b, nothing, 2));
	/* one that a vault did not take is for people to look at */
	ROW(MSG_VAULT_ACT, 1, MSG_VAULT_SAID,
	    buf_put(&b, "\0\1no such act", 13));
	ROW(MSG_FEED_BEGIN, 16, MSG_FEED_WORKS, (void)0);
#undef ROW
	/* to a scope, or to a set of decoys, that is over */
	for (int i = 0; i < 2; i++) {
		uint64_t ref = i ? UINT32_C(0x80000000) : UINT32_MAX;

		asked(w, MSG_RESOLVE, ref, 5);
		say_raw(w, MSG_RESOLVED, ref, nothing, 9);
		whole_turn(w);
		assert_non_null(k->vaults[0].chan);
	}
	assert_int_equal(slots_used(k->slots), 0);
	assert_null(desk_failed());
	buf_release(&b);
}

/* A copy is waited for until its word comes, whatever the word is. */
static void test_copies(void **state)
{
	static const uint8_t words[][2] = {{0, 0}, {0, ERR_IO},
	    {0, ERR_COUNT}, {0xff, 0xff}};
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_opens(w);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		k->backup.turn = i + 1;
		k->backup.waiting = 1;
		k->backup.e = ERR_OK;
		asked(w, MSG_COPY, i + 1, 0);
		k->vaults[0].copying_for = i + 1;
		assert_true(k->vaults[0].copying);
		say_raw(w, MSG_COPYING, i + 1, "", 0);
		whole_turn(w);
		assert_true(k->vaults[0].copying);
		say_raw(w, MSG_COPIED, i + 1, words[i], 2);
		whole_turn(w);
		assert_false(k->vaults[0].copying);
		assert_int_equal(k->backup.waiting, 0);
		assert_int_equal(k->backup.e, i == 0 ? ERR_OK :
		    i == 1 ? ERR_IO : ERR_SHAPE);
	}
	/* what is no copy is not waited for, nor what did not leave */
	asked(w, MSG_RULES, 9, 0);
	assert_int_equal(vaults_put(k, 1, MSG_COPY, 9, span_of("x", 1)),
	    ERR_LIMIT);
	assert_false(k->vaults[0].copying);
	assert_null(desk_failed());
}

/* Whoever is owed a copy hears that it goes on, as often as the vault likes:
 * other peers have their turn meanwhile. */
static void test_signs_of_life_without_end(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	unsigned turns = 0;

	whole_opens(w);
	k->backup.turn = 1;
	k->backup.waiting = 1;
	asked(w, MSG_COPY, 1, 0);
	k->vaults[0].copying_for = 1;
	for (int i = 0; i < 99; i++)
		say_raw(w, MSG_COPYING, 1, "", 0);
	say_raw(w, MSG_COPIED, 1, "\0\0", 2);
	while (k->vaults[0].copying && turns < 200) {
		whole_turn(w);
		turns++;
	}
	assert_in_range(turns, 10, 100);
	assert_int_equal(k->backup.e, ERR_OK);
	assert_null(desk_failed());
}

/* --- which vault, and whose question --- */

/* One vault does not answer for another, nor what it was not asked yet. */
static void test_an_answer_to_another_vaults_question(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const uint8_t found[9] = {0, 0, 0, 0, 0, 0, 0, 77, 0};
	const struct rights_done done = desk_done("{");
	struct slot *s;
	struct buf b;
	uint64_t ref;

	whole_opens(w);
	s = ask(w, 77);
	ref = slots_ref(k->slots, s);
	/* it is being done: nobody looks for its person any more */
	asked(w, MSG_RESOLVE, ref, 5);
	say_raw(w, MSG_RESOLVED, ref, found, sizeof(found));
	whole_turn(w);
	assert_int_equal(s->state, SLOT_DOING);
	assert_int_equal(book_size(k->book), 1);
	/* it is the second vault's */
	k->vault_count = 2;
	buf_init(&b, 65536);
	rights_done_pack(&done, &b);
	say_raw(w, MSG_DONE, ref, b.p, b.n);
	whole_turn(w);
	assert_int_equal(s->state, SLOT_DOING);
	k->vault_count = 1;
	asked(w, MSG_DO, ref, 64);
	buf_clear(&b);
	rights_done_pack(&(struct rights_done){.state = RIGHTS_UNKNOWN,
	    .body = span_str("{\"a\":1")}, &b);
	say_raw(w, MSG_DONE, ref, b.p, b.n);
	whole_turn(w);
	assert_int_equal(slots_used(k->slots), 0);
	assert_int_equal(answers(w, 200), 1);
	assert_null(desk_failed());
	buf_release(&b);
}

/*
 * What administrators have vaults asked: whose persons were read, who one is,
 * whether an invented one is known, what a purge leaves. With two vaults cell 1
 * is the second's, and the first one's words on it are nothing.
 */
static void says_as(struct whole *w, uint32_t vaults, enum msg_type type,
    uint64_t ref, const struct buf *body)
{
	w->d.k.vault_count = vaults;
	w->d.k.vaults[1].nth = 1;
	say_raw(w, type, ref, body->p, body->n);
	whole_turn(w);
	w->d.k.vault_count = 1;
	assert_non_null(w->d.k.vaults[0].chan);
	assert_null(desk_failed());
}

/* The number of what the vault of cell 1 is asked next; 0: it is not asked.
 * Not by its channel, which has not heard what say_raw() said. */
static uint64_t asks(struct whole *w, enum msg_type type)
{
	uint8_t in[16384];
	struct reader r;
	struct msg m;
	ssize_t n;

	vaults_flush(&w->d.k);
	n = recv(chan_fd(w->d.vault), in, sizeof(in), MSG_DONTWAIT);
	if (n <= 0)
		return 0;
	r = reader_of(span_of(in, (size_t)n));
	assert_int_equal(msg_next(&r, MSG_KEEPER, MSG_VAULT, &m), ERR_OK);
	assert_int_equal(m.type, type);
	assert_true(reader_done(&r));
	return m.ref;
}

static struct scope_run *scope(struct keeper *k, enum scope_word word)
{
	struct scope_run *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	*s = (struct scope_run){.k = k, .word = word, .turn = 5,
	    .only_cell = 1, .hit_count = 2, .hit_room = 2, .asked = 2,
	    .person = 2, .resolving = word == SCOPE_WHO};
	map_init(&s->aliases);
	buf_init(&s->act, 16);
	buf_init(&s->out, 16);
	s->hits = calloc(2, sizeof(*s->hits));
	s->handles = calloc(2, sizeof(*s->handles));
	assert_true(s->hits && s->handles);
	for (unsigned i = 0; i < 2; i++) {
		s->hits[i] = (struct listing_hit){.cell = 1, .number = 7 + i};
		s->handles[i].asked = true;
	}
	k->scope = s;
	return s;
}

static void test_whose_handles_another_vault_tells(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const uint64_t ref = UINT64_C(1) << 63 | UINT64_C(5) << 32;
	struct scope_run *s;
	struct buf b;

	whole_opens(w);
	buf_init(&b, 64);
	rights_handled_pack(span_str("h"), &b);
	s = scope(k, SCOPE_SCOPE);
	asked(w, MSG_HANDLE, ref, 12);
	says_as(w, 2, MSG_HANDLED, ref, &b);
	assert_false(s->handles[0].came);
	asked(w, MSG_HANDLE, ref, 12);
	says_as(w, 1, MSG_HANDLED, ref, &b);
	assert_true(s->handles[0].came);
	scope_release(k);
	buf_release(&b);
}

static void test_who_another_vault_says_it_is(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const struct rights_resolved found = {.number = 77};
	const uint64_t ref =
	    UINT64_C(1) << 63 | UINT64_C(5) << 32 | UINT32_MAX;
	struct scope_run *s;
	struct buf b;

	whole_opens(w);
	buf_init(&b, 64);
	rights_resolved_pack(&found, &b);
	s = scope(k, SCOPE_WHO);
	asked(w, MSG_RESOLVE, ref, 5);
	says_as(w, 2, MSG_RESOLVED, ref, &b);
	assert_true(s->resolving);
	asked(w, MSG_RESOLVE, ref, 5);
	says_as(w, 1, MSG_RESOLVED, ref, &b);
	assert_false(s->resolving);
	assert_int_equal(s->number, 77);
	scope_release(k);
	buf_release(&b);
}

static void test_decoys_that_another_vault_knows(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const struct rights_resolved found = {.number = 77};
	struct buf b, wish;
	uint64_t ref;

	whole_opens(w);
	buf_init(&b, 64);
	buf_init(&wish, 64);
	rights_resolved_pack(&found, &b);
	buf_put_u16(&wish, 1);
	buf_put_u8(&wish, 1);
	buf_put_s16(&wish, span_str(DESK_AMC));
	buf_put_s16(&wish, span_of(NULL, 0));
	decoys_plant(k, NULL, 1, buf_span(&wish));
	assert_non_null(k->decoys_run);
	ref = asks(w, MSG_RESOLVE);
	assert_true(ref > 0);
	says_as(w, 2, MSG_RESOLVED, ref, &b);
	assert_int_equal(asks(w, MSG_RESOLVE), 0);
	/* her own knows her: another is invented */
	asked(w, MSG_RESOLVE, ref, 5);
	assert_true(asks(w, MSG_RESOLVE) > 0);
	says_as(w, 1, MSG_RESOLVED, ref, &b);
	assert_true(asks(w, MSG_RESOLVE) > 0);
	decoys_admin_gone(k, NULL);
	buf_release(&b);
	buf_release(&wish);
}

static void test_what_another_vault_purged(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const struct retain_said over = {.state = RETAIN_END};
	const struct retain_said more = {.state = RETAIN_MORE, .after = 9};
	struct buf b;
	uint64_t ref;

	whole_opens(w);
	buf_init(&b, 64);
	k->registry->purged_day = 20000;
	retain_settle(k);
	ref = asks(w, MSG_RETAIN);
	assert_true(ref > 0);
	retain_said_pack(&over, &b);
	says_as(w, 2, MSG_RETAINED, ref, &b);
	/* its own is at it still */
	asked(w, MSG_RETAIN, ref, 27);
	assert_true(asks(w, MSG_RETAIN) > 0);
	buf_clear(&b);
	retain_said_pack(&more, &b);
	says_as(w, 1, MSG_RETAINED, ref, &b);
	assert_true(asks(w, MSG_RETAIN) > 0);
	buf_release(&b);
}

/* A vault whose clock says that it is too early is not asked again and again. */
static void test_what_a_vault_keeps(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const struct retain_said kept = {.state = RETAIN_REFUSED};
	struct buf b;
	uint64_t ref;

	whole_opens(w);
	buf_init(&b, 64);
	k->registry->purged_day = 20000;
	retain_settle(k);
	ref = asks(w, MSG_RETAIN);
	assert_true(ref > 0);
	retain_said_pack(&kept, &b);
	says_as(w, 1, MSG_RETAINED, ref, &b);
	retain_settle(k);
	assert_true(asks(w, MSG_RETAIN) == 0);
	buf_release(&b);
}

/* From the question to the answer, by what the vault says. */
static void test_a_question_and_its_answer(void **state)
{
	struct whole *w = *state;
	const struct rights_resolved found = {.number = 77};
	const struct rights_done done =
	    desk_done("{\"resourceType\":\"CoverageEligibilityResponse\"");
	struct slot *s;
	struct buf b;
	uint8_t type = 0;

	whole_opens(w);
	buf_init(&b, 4096);
	desk_asks(&w->d, desk_plain());
	whole_turn(w);
	s = desk_told(&w->d, &type);
	assert_int_equal(type, MSG_RESOLVE);
	rights_resolved_pack(&found, &b);
	say_raw(w, MSG_RESOLVED, slots_ref(w->d.k.slots, s), b.p, b.n);
	whole_turn(w);
	assert_ptr_equal(desk_told(&w->d, &type), s);
	assert_int_equal(type, MSG_DO);
	assert_true(s->number == 77);
	buf_clear(&b);
	rights_done_pack(&done, &b);
	say_raw(w, MSG_DONE, slots_ref(w->d.k.slots, s), b.p, b.n);
	whole_turn(w);
	assert_int_equal(answers(w, 200), 1);
	assert_int_equal(slots_used(w->d.k.slots), 0);
	assert_true(desk_leaf(&w->d).existed);
	buf_release(&b);
}

/* Whom it did not find it knows nothing of: what was counted and written down
 * as a miss is answered as one, or its vault is stopped. */
static void test_rights_of_nobody(void **state)
{
	(void)state;
	for (uint8_t st = RIGHTS_COVERED; st <= RIGHTS_UNKNOWN; st++) {
		struct whole *w = calloc(1, sizeof(*w));
		struct rights_done done =
		    desk_done("{\"resourceType\":\"a\"");
		struct slot *s;
		struct buf b;

		whole_make(w);
		whole_opens(w);
		s = ask(w, 0);
		done.state = st;
		buf_init(&b, 4096);
		rights_done_pack(&done, &b);
		say_raw(w, MSG_DONE, slots_ref(w->d.k.slots, s), b.p, b.n);
		whole_turn(w);
		if (st == RIGHTS_UNKNOWN) {
			assert_int_equal(answers(w, 200), 1);
			assert_non_null(w->d.k.vaults[0].chan);
		} else {
			is_off(w, 3);
			assert_int_equal(answers(w, 503), 1);
			assert_int_equal(desk_leaf(&w->d).kind,
			    LEAF_NOT_DISCLOSED);
		}
		buf_release(&b);
		whole_unmake(w);
		free(w);
	}
}

/* The ceiling of persons, found before the entry or behind it. */
static void test_a_ceiling_that_is_reached(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const struct rights_done over = {.state = RIGHTS_OVER};
	const struct rights_resolved looked = {.over = true};
	static struct heard h;
	struct slot *s;
	struct buf b;
	uint8_t type = 0;

	whole_opens(w);
	buf_init(&b, 4096);
	heard_begin(&h);
	s = ask(w, 77);
	rights_done_pack(&over, &b);
	say_raw(w, MSG_DONE, slots_ref(k->slots, s), b.p, b.n);
	whole_turn(w);
	assert_int_equal(desk_leaf(&w->d).kind, LEAF_NOT_DISCLOSED);
	assert_int_equal(desk_leaf(&w->d).reason, LEAF_REASON_CEILING);
	desk_asks(&w->d, desk_plain());
	whole_turn(w);
	s = desk_told(&w->d, &type);
	assert_int_equal(type, MSG_RESOLVE);
	buf_clear(&b);
	rights_resolved_pack(&looked, &b);
	say_raw(w, MSG_RESOLVED, slots_ref(k->slots, s), b.p, b.n);
	whole_turn(w);
	assert_int_equal(slots_used(k->slots), 0);
	assert_int_equal(answers(w, 503), 2);
	assert_null(desk_failed());
	often_say(k, true);
	heard_end(&h);
	assert_int_equal(heard_count(&h, "ceiling of persons is reached"), 1);
	assert_int_equal(
	    heard_count(&h, "ceiling of persons: 1 times more\n"), 1);
	buf_release(&b);
}

/* Only an estimate can have acts that no rule prices, and only its own. */
static void test_acts_that_no_rule_prices(void **state)
{
	static const struct {
		uint8_t purpose, acts;
		const char *which;
		size_t n;
		bool good;
	} rows[] = {
		{RIGHTS_READ, 2, "\0code", 5, false},
		{RIGHTS_ESTIMATE, 2, "", 0, false},
		{RIGHTS_ESTIMATE, 2, "\2code", 5, false},
		{RIGHTS_ESTIMATE, 2, "\1code", 5, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct whole *w = calloc(1, sizeof(*w));
		struct rights_done unfit = {.state = RIGHTS_UNFIT,
		    .body = span_of(rows[i].which, rows[i].n)};
		struct slot *s;
		struct buf b;

		whole_make(w);
		whole_opens(w);
		s = ask(w, 77);
		s->purpose = rows[i].purpose;
		s->act_count = rows[i].acts;
		buf_init(&b, 4096);
		rights_done_pack(&unfit, &b);
		say_raw(w, MSG_DONE, slots_ref(w->d.k.slots, s), b.p, b.n);
		whole_turn(w);
		if (rows[i].good) {
			assert_int_equal(desk_leaf(&w->d).reason,
			    LEAF_REASON_UNFIT);
			assert_int_equal(answers(w, 422), 1);
			assert_non_null(w->d.k.vaults[0].chan);
		} else {
			is_off(w, 3);
			assert_int_equal(answers(w, 503), 1);
		}
		buf_release(&b);
		whole_unmake(w);
		free(w);
	}
}

/* Two lines of one bundle, which the vault is at. */
static void ask_two(struct whole *w, struct slot *ret[static 2])
{
	static const struct bodies_one one = {
	    .amc = DESK_AMC, .domain = "MED", .member = "02447812"};
	struct desk_ask a = desk_plain();
	const char *lines[2];
	char *first = strdup(bodies_question(one));
	uint8_t type = 0;

	assert_non_null(first);
	lines[0] = first;
	lines[1] = bodies_question(one);
	a.path = "/fhir";
	a.body = bodies_bundle(lines, 2);
	desk_asks(&w->d, a);
	whole_turn(w);
	for (int i = 0; i < 2; i++) {
		struct slot *s = desk_told(&w->d, &type);

		assert_non_null(s);
		assert_int_equal(type, MSG_RESOLVE);
		decide_found(&w->d.k, s, 77);
	}
	decide_commit(&w->d.k);
	for (int i = 0; i < 2; i++) {
		ret[i] = desk_told(&w->d, &type);
		assert_non_null(ret[i]);
		assert_int_equal(type, MSG_DO);
	}
	free(first);
}

/* In a bundle one vault's text stands beside another's: one that ends its
 * line, and says the next one too, is none. */
static void test_a_line_that_says_more(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"{\"a\":[{\"b\":\"}\"}]", true},
		{"{\"a\":1},\"response\":{\"status\":\"200\"}},"
		    "{\"resource\":{\"forged\":1", false},
		{"{\"a\":[{\"resource\":{\"b\":1", false},
		{"{\"a\":1}", false},
		{"{\"a\":\"1", false},
		{"{\"a\":", false},
		{"{\"a\":1,", false},
		{"{", false},
		{"[1", false},
		{"", false},
		{"{\"a\":1,\"extension\":[]", false},
		{"{\"a\":1,\"a\":2", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct whole *w = calloc(1, sizeof(*w));
		struct rights_done said = desk_done(rows[i].text);
		struct ask_answer a = {0};
		struct slot *of[2];
		struct buf b;

		whole_make(w);
		whole_opens(w);
		ask_two(w, of);
		buf_init(&b, 4096);
		rights_done_pack(&said, &b);
		for (int j = 0; j < (rows[i].good ? 2 : 1); j++) {
			say_raw(w, MSG_DONE, slots_ref(w->d.k.slots, of[j]),
			    b.p, b.n);
			whole_turn(w);
		}
		if (!rows[i].good)
			is_off(w, 3);
		assert_true(desk_answer(&w->d, &a));
		assert_int_equal(a.status, 200);
		assert_true(!memmem(a.body.p, a.body.n, "\"200\"", 5) ==
		    !rows[i].good);
		assert_null(desk_failed());
		buf_release(&b);
		whole_unmake(w);
		free(w);
	}
}

/* --- its start and its end --- */

/* Its own questions fail, another vault's and those that wait for nobody do
 * not; and what is said of it is that it ended, not that it be ended. */
static void test_a_vault_that_ends(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct slot *doing, *looked_for, *theirs, *held;
	struct msg m;
	uint8_t type = 0;

	whole_opens(w);
	doing = ask(w, 77);
	held = ask(w, 78);
	held->state = SLOT_HELD;
	theirs = ask(w, 79);
	desk_asks(&w->d, desk_plain());
	whole_turn(w);
	looked_for = desk_told(&w->d, &type);
	assert_int_equal(type, MSG_RESOLVE);
	k->vault_count = 2;
	k->vaults[1] = (struct vaults_vault){.k = k, .nth = 1};
	theirs->ask.cell = 1;
	doing->ask.cell = looked_for->ask.cell = held->ask.cell = 2;
	chan_free(w->d.vault);
	w->d.vault = NULL;
	whole_turn(w);
	assert_int_equal(slots_used(k->slots), 2);
	assert_int_equal(theirs->state, SLOT_DOING);
	assert_int_equal(held->state, SLOT_HELD);
	assert_int_equal(answers(w, 503), 2);
	assert_false(whole_told(w, &m));
	assert_null(desk_failed());
}

/* A question that comes while no vault answers. */
static void ask_in_vain(struct whole *w)
{
	desk_asks(&w->d, desk_plain());
	whole_turn(w);
	assert_int_equal(answers(w, 503), 1);
}

static void minute_later(struct whole *w, int minutes)
{
	desk_at(&w->d, HOUSE_NOW + minutes * LOG_OFTEN_MS);
	vaults_say(&w->d.k);
}

/* A key asks on while a vault is silent, or gone: the log hears of that, of
 * the end, and once a minute of how many questions failed. */
static void test_what_the_log_hears_of_it(void **state)
{
	static struct heard h;
	static const struct rights_done over = {.state = RIGHTS_OVER};
	struct whole *w = *state;
	struct slot *late;
	struct buf b;

	whole_opens(w);
	late = ask(w, 77);
	heard_begin(&h);
	vaults_silent(&w->d.k, 1);
	for (int i = 0; i < 50; i++)
		ask_in_vain(w);
	minute_later(w, 0);
	buf_init(&b, 4096);
	rights_done_pack(&over, &b);
	say_raw(w, MSG_DONE, slots_ref(w->d.k.slots, late), b.p, b.n);
	whole_turn(w);
	buf_release(&b);
	assert_int_equal(answers(w, 503), 1);
	vaults_silent(&w->d.k, 1);
	for (int i = 0; i < 30; i++)
		ask_in_vain(w);
	minute_later(w, 1);
	chan_free(w->d.vault);
	w->d.vault = NULL;
	whole_turn(w);
	for (int i = 0; i < 20; i++)
		ask_in_vain(w);
	minute_later(w, 2);
	minute_later(w, 3);
	heard_end(&h);
	assert_int_equal(heard_count(&h, "vault 0 is silent"), 2);
	assert_int_equal(heard_count(&h, "vault 0 answers again\n"), 1);
	assert_int_equal(heard_count(&h, "want of its answer: 50\n"), 1);
	assert_int_equal(heard_count(&h, "want of its answer: 30\n"), 1);
	assert_int_equal(heard_count(&h, "vault 0 is gone\n"), 1);
	assert_int_equal(heard_count(&h, "want of its answer: 20\n"), 1);
	/* and of the ceiling, which late's answer was */
	assert_int_equal(heard_count(&h, "\n"), 8);
	assert_null(desk_failed());
}

/* Found by telling it something, before the loop hears of it. */
static void test_a_vault_that_ended_is_told_something(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_opens(w);
	(void)ask(w, 77);
	chan_free(w->d.vault);
	w->d.vault = NULL;
	assert_int_equal(
	    vaults_put(k, 1, MSG_RULES, 1, span_of(NULL, 0)), ERR_OK);
	vaults_flush(k);
	assert_null(k->vaults[0].chan);
	assert_int_equal(answers(w, 503), 1);
	assert_null(desk_failed());
}

/* The keeper fails at the first of its questions: the others are left. */
static void test_a_failure_while_it_ends(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_opens(w);
	(void)ask(w, 77);
	(void)ask(w, 78);
	chan_free(w->d.vault);
	w->d.vault = NULL;
	failing_set(FAILING_CIPHER, 0, EIO);
	whole_turn(w);
	assert_true(failing_end());
	assert_string_equal(desk_failed(), "signing an answer");
	assert_int_equal(slots_used(k->slots), 1);
}

/* Nothing that it says is served any more. */
static void test_a_failure_while_it_speaks(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	const uint8_t nobody[9] = {0};

	whole_opens(w);
	(void)ask(w, 77);
	asked(w, MSG_RESOLVE, 1, 5);
	k->failed = true;
	say_raw(w, MSG_RESOLVED, 1, nobody, sizeof(nobody));
	desk_at(&w->d, HOUSE_NOW + 1);
	whole_turn(w);
	assert_true(k->vaults[0].heard_ms < HOUSE_NOW + 1);
	assert_non_null(k->vaults[0].chan);
}

/* A store of another day is said, and keeps the keeper from being ready; later
 * it is a vault that waits for people. */
static void test_a_store_of_another_day(void **state)
{
	static const uint8_t older[8] = {0, 0, 0, 1, 0, 0, 0, 4};
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct msg m;

	generations_note(k, 1, 5);
	whole_loops(w);
	k->ready_said = true;
	whole_starts(w, SIBLING_VAULT, 0, 3);
	whole_says(w, MSG_VAULT_READY, 0, span_of(older, sizeof(older)));
	whole_turn(w);
	whole_turn(w);
	assert_null(desk_failed());
	assert_non_null(k->vaults[0].chan);
	assert_false(k->vaults[0].ready);
	k->ready_said = false;
	whole_starts(w, SIBLING_VAULT, 0, 4);
	whole_says(w, MSG_VAULT_READY, 0, span_of(older, sizeof(older)));
	whole_turn(w);
	whole_turn(w);
	assert_string_equal(desk_failed(), "a vault has not what was loaded");
	assert_false(whole_told(w, &m));
}

/* No whole rows. */
static void test_a_store_that_says_nonsense(void **state)
{
	struct whole *w = *state;

	whole_loops(w);
	whole_starts(w, SIBLING_VAULT, 0, 3);
	whole_says(w, MSG_VAULT_READY, 0, span_of("1234567", 7));
	whole_turn(w);
	whole_turn(w);
	is_off(w, 3);
}

/* Whatever there is no memory for, nothing is left of it; a real one is told
 * no time. */
static void test_no_memory_for_a_start(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	bool failed = true;
	int failures = 0, fd[2];

	whole_opens(w);
	for (int n = 0; failed; n++) {
		enum err e;

		assert_int_equal(socketpair(AF_UNIX,
		    SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = vaults_take(k, 0, 9, fd[0]);
		failed = failing_end();
		failures += failed;
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_true((k->vaults[0].chan == NULL) == failed);
		if (failed)
			assert_int_equal(fcntl(fd[0], F_GETFD), -1);
		(void)close(fd[1]);
	}
	assert_true(failures > 1);
	assert_int_equal(vaults_take(k, 1, 9, dup(2)), ERR_RANGE);
	assert_null(desk_failed());
}

/* It cannot be told what it must know: it is not ready, and started anew. */
static void test_no_memory_for_a_greeting(void **state)
{
	struct whole *w = *state;

	whole_loops(w);
	whole_starts(w, SIBLING_VAULT, 0, 3);
	whole_turn(w);
	whole_says(w, MSG_VAULT_READY, 0, span_of(NULL, 0));
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	whole_turn(w);
	assert_true(failing_end());
	is_off(w, 3);
}

/* One that does not read, and whose socket the loop lost. */
static void test_a_vault_that_cannot_be_watched(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	int at, fd[2];

	whole_opens(w);
	at = chan_fd(k->vaults[0].chan);
	assert_int_equal(socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(dup2(fd[0], at), at);
	for (int i = 0; k->vaults[0].chan && i < 100000; i++)
		asked(w, MSG_RULES, 1, 0);
	assert_null(k->vaults[0].chan);
	assert_null(desk_failed());
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* What it leaves unread waits, and leaves when it reads. */
static void test_a_vault_that_reads_late(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct msg m;
	uint64_t put = 0, got = 0;

	whole_opens(w);
	while (!chan_wants_write(k->vaults[0].chan))
		asked(w, MSG_RULES, ++put, 0);
	while (got < put)
		if (!chan_get(w->d.vault, &m))
			assert_int_equal(m.ref, ++got);
		else
			whole_turn(w);
	assert_false(chan_wants_write(k->vaults[0].chan));
}

/* --- what all of them are told --- */

static void test_acts_and_times(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;
	struct msg m;

	whole_opens(w);
	k->vault_count = 3;	/* one is not there, one is not ready */
	k->vaults[1] = (struct vaults_vault){.k = k, .nth = 1};
	k->vaults[2] = k->vaults[0];
	k->vaults[2].ready = false;
	vaults_tell(k, 5, span_str("an act"));
	vaults_clock(k);
	k->vaults[2].chan = NULL;
	vaults_flush(k);
	assert_int_equal(chan_get(w->d.vault, &m), ERR_OK);
	assert_int_equal(m.type, MSG_VAULT_ACT);
	assert_int_equal(m.ref, 5);
	assert_int_equal(chan_get(w->d.vault, &m), ERR_OK);
	assert_int_equal(m.type, MSG_VAULT_CLOCK);
	assert_int_equal(get_be64(m.body.p), HOUSE_NOW);
	assert_int_equal(chan_get(w->d.vault, &m), ERR_STATE);
	k->vault_count = 1;
	/* one that cannot take it now is told when it is ready again */
	whole_starts(w, SIBLING_VAULT, 0, 4);
	whole_turn(w);
	k->vaults[0].ready = true;
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	vaults_tell(k, 6, span_str("an act"));
	assert_true(failing_end());
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	vaults_clock(k);
	assert_true(failing_end());
	/* only a drill's time is told */
	k->registry->drill = false;
	vaults_clock(k);
	vaults_flush(k);
	assert_int_equal(chan_get(w->d.vault, &m), ERR_STATE);
	k->registry->drill = true;
	assert_non_null(k->vaults[0].chan);
	assert_null(desk_failed());
}

static void test_silent_and_stuck(void **state)
{
	struct whole *w = *state;
	struct keeper *k = &w->d.k;

	whole_opens(w);
	assert_true(vaults_answers(k, 1));
	vaults_silent(k, 1);
	vaults_silent(k, 1);
	assert_false(vaults_answers(k, 1));
	assert_false(vaults_stuck(k, 1, HOUSE_NOW));
	desk_at(&w->d, HOUSE_NOW + VAULTS_STUCK_MS - 1);
	assert_false(vaults_stuck(k, 1, 0));
	desk_at(&w->d, HOUSE_NOW + VAULTS_STUCK_MS);
	assert_true(vaults_stuck(k, 1, 0));
	assert_true(vaults_stuck(k, 1, HOUSE_NOW));
	assert_false(vaults_stuck(k, 1, HOUSE_NOW + 1));
	vaults_stop(k, 1);
	assert_int_equal(whole_stopped(w, SIBLING_VAULT, 0), 3);
	k->vaults[0].ready = k->vaults[0].silent = false;
	vaults_silent(k, 1);
	assert_false(k->vaults[0].silent);
	assert_true(vaults_stuck(k, 1, HOUSE_NOW + VAULTS_STUCK_MS));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, whole_setup, whole_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_a_whole_batch_of_them_fails),
	    cmocka_unit_test(test_what_a_vault_may_not_say),
	    CASE(test_answers_for_nobody),
	    CASE(test_copies),
	    CASE(test_signs_of_life_without_end),
	    CASE(test_an_answer_to_another_vaults_question),
	    CASE(test_whose_handles_another_vault_tells),
	    CASE(test_who_another_vault_says_it_is),
	    CASE(test_decoys_that_another_vault_knows),
	    CASE(test_what_another_vault_purged),
	    CASE(test_what_a_vault_keeps),
	    CASE(test_a_question_and_its_answer),
	    CASE(test_a_ceiling_that_is_reached),
	    cmocka_unit_test(test_rights_of_nobody),
	    cmocka_unit_test(test_acts_that_no_rule_prices),
	    cmocka_unit_test(test_a_line_that_says_more),
	    CASE(test_a_vault_that_ends),
	    CASE(test_what_the_log_hears_of_it),
	    CASE(test_a_vault_that_ended_is_told_something),
	    CASE(test_a_failure_while_it_ends),
	    CASE(test_a_failure_while_it_speaks),
	    CASE(test_a_store_of_another_day),
	    CASE(test_a_store_that_says_nonsense),
	    CASE(test_no_memory_for_a_start),
	    CASE(test_no_memory_for_a_greeting),
	    CASE(test_a_vault_that_cannot_be_watched),
	    CASE(test_a_vault_that_reads_late),
	    CASE(test_acts_and_times),
	    CASE(test_silent_and_stuck),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
