/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a signature that a thread verified ahead says no more than it does:
 * the same questions are answered and the same refused as without the thread,
 * in the order in which they came; what was revoked, expired or cut off
 * meanwhile is; and no fact about one question is taken for another.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/text.h"
#include "failing.h"
#include "keeper/ahead.h"
#include "keeper/bodies.h"
#include "keeper/desk.h"
#include "proc/aside.h"

#define LINES 50

static int make(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	desk_make(d);
	assert_int_equal(aside_new(NULL, NULL, &d->k.verifier), ERR_OK);
	d->k.ahead = ahead_new();
	assert_non_null(d->k.ahead);
	*state = d;
	return 0;
}

static int unmake(void **state)
{
	struct desk *d = *state;

	aside_free(d->k.verifier);
	ahead_free(d->k.ahead);
	desk_unmake(d);
	free(d);
	return 0;
}

/* What was handed to the thread is verified. */
static void wait_for_it(struct desk *d)
{
	while (aside_is_busy(d->k.verifier) && !aside_is_over(d->k.verifier))
		sched_yield();
}

/* A turn more: what is verified is taken. */
static void take(struct desk *d)
{
	wait_for_it(d);
	desk_reads(d);
}

/* The next answer: its status, and which question it is of; 0: none. */
static uint16_t answer(struct desk *d, uint64_t *ref, const char *words)
{
	struct ask_answer a;
	struct msg m;

	gates_flush(&d->k);
	if (chan_get(d->gate, &m))
		return 0;
	*ref = m.ref;
	assert_int_equal(ask_answer_unpack(m.body, &a), ERR_OK);
	if (!memmem(a.body.p, a.body.n, words, strlen(words)))
		fail_msg("%u: no %s: %.*s", a.status, words, (int)a.body.n,
		    (const char *)a.body.p);
	return a.status;
}

static void assert_answer(
    struct desk *d, uint64_t ref, uint16_t status, const char *words)
{
	uint64_t of = 0;

	assert_int_equal(answer(d, &of, words), status);
	assert_int_equal(of, ref);
}

static void assert_no_answer(struct desk *d)
{
	uint64_t of = 0;

	assert_int_equal(answer(d, &of, ""), 0);
}

static void test_while_the_thread_works_nothing_is_taken(void **state)
{
	struct desk *d = *state;

	desk_asks(d, desk_plain());
	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_true(aside_is_busy(d->k.verifier));
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_false(ahead_has_room(d->k.ahead, ASK_FLOW));
	take(d);
	assert_int_equal(slots_used(d->k.slots), 2);
	assert_true(ahead_has_room(d->k.ahead, ASK_FLOW));
	desk_serves(d, 7);
	assert_answer(d, 1, 200, "CoverageEligibilityResponse");
	assert_answer(d, 2, 200, "CoverageEligibilityResponse");
	assert_no_answer(d);
	assert_null(desk_failed());
}

/* It is not worth the way. */
static void test_one_alone_is_taken_at_once(void **state)
{
	struct desk *d = *state;

	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_false(aside_is_busy(d->k.verifier));
	assert_int_equal(slots_used(d->k.slots), 1);
	desk_serves(d, 7);
	assert_answer(d, 1, 200, "CoverageEligibilityResponse");
	/* one that bears no signature of its key is refused there too */
	desk_asks(d, (struct desk_ask){.key = 1, .path = DESK_RIGHTS,
	    .type = "application/fhir+json", .body = desk_plain().body,
	    .authority = "portal.example", .plane = ASK_FLOW,
	    .method = ASK_POST, .created_s = desk_plain().created_s});
	desk_reads(d);
	assert_answer(d, 2, 401, "\"signature\"");
}

/* The Signature field of another question of the same key. */
static void ask_with_the_signature_of(
    struct desk *d, const struct desk_ask *a, const struct desk_ask *other)
{
	struct ask ask, theirs;
	struct buf mine, packed;

	buf_init(&mine, 1u << 20);
	buf_init(&packed, 1u << 20);
	desk_asks(d, *a);
	buf_put_span(&mine, buf_span(&d->asked));
	desk_asks(d, *other);
	assert_int_equal(ask_unpack(buf_span(&mine), &ask), ERR_OK);
	assert_int_equal(ask_unpack(buf_span(&d->asked), &theirs), ERR_OK);
	ask.signature = theirs.signature;
	ask_pack(&ask, &packed);
	buf_clear(&d->asked);
	buf_put_span(&d->asked, buf_span(&packed));
	buf_release(&mine);
	buf_release(&packed);
	desk_asks_again(d);
}

static void test_good_and_bad_in_one_group(void **state)
{
	struct desk *d = *state;
	const struct desk_ask good = desk_plain();
	struct desk_ask a = good, late = good, stranger = good;

	late.created_s -= 1000;
	stranger.key = HOUSE_KEYS + 1;
	desk_asks(d, good);			/* 1 */
	a.sent = "{}";
	desk_asks(d, a);			/* 2 */
	desk_asks(d, late);			/* 3 */
	desk_asks(d, stranger);			/* 4 */
	a = good;
	a.unsigned_ = true;
	desk_asks(d, a);			/* 5 */
	desk_asks_again(d);			/* 6 */
	desk_asks(d, good);			/* 7 */
	desk_asks_again(d);			/* 8: the very bytes of 7 */
	a = good;
	a.path = "/fhir/Patient";
	desk_asks(d, a);			/* 9 */
	desk_reads(d);
	take(d);
	assert_answer(d, 2, 401, "digest");
	assert_answer(d, 3, 401, "expired");
	assert_answer(d, 4, 401, "key-unknown");
	assert_answer(d, 5, 401, "unsigned");
	assert_answer(d, 6, 401, "unsigned");
	assert_answer(d, 8, 401, "replayed");
	assert_answer(d, 9, 404, "resourceType");
	desk_serves(d, 7);
	assert_answer(d, 1, 200, "CoverageEligibilityResponse");
	assert_answer(d, 7, 200, "CoverageEligibilityResponse");
	assert_no_answer(d);
	assert_null(desk_failed());
}

/* What the thread finds bad is refused as what is found bad at once. */
static void test_a_signature_of_another_question(void **state)
{
	struct desk *d = *state;
	const struct desk_ask good = desk_plain();

	/* 1 and 2 as they are, 3 is 1 under the signature of 2 */
	ask_with_the_signature_of(d, &good, &good);
	desk_reads(d);
	assert_true(aside_is_busy(d->k.verifier));
	take(d);
	assert_answer(d, 3, 401, "\"signature\"");
	desk_serves(d, 7);
	assert_answer(d, 1, 200, "CoverageEligibilityResponse");
	assert_answer(d, 2, 200, "CoverageEligibilityResponse");
	assert_no_answer(d);
}

static void test_revoked_and_late_meanwhile(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	desk_asks(d, a);
	a.key = 2;
	desk_asks(d, a);
	desk_reads(d);
	wait_for_it(d);
	assert_int_equal(acts_do(&d->h.acts, 1, "revoke key=%s\n",
	    acts_id_text(2)), ERR_OK);
	gates_read(&d->k);
	assert_answer(d, 2, 403, "key-revoked");
	desk_serves(d, 7);
	assert_answer(d, 1, 200, "CoverageEligibilityResponse");
	/* and its time ran out */
	a = desk_plain();
	desk_asks(d, a);
	desk_asks(d, a);
	desk_reads(d);
	wait_for_it(d);
	desk_at(d, (a.created_s + 3600) * 1000);
	gates_read(&d->k);
	assert_answer(d, 3, 401, "expired");
	assert_answer(d, 4, 401, "expired");
	desk_at(d, a.created_s * 1000);
	assert_no_answer(d);
}

/* What a gate had asked that is gone was never asked: its numbers are not the
 * next one's. */
static void test_a_gate_that_is_gone_meanwhile(void **state)
{
	struct desk *d = *state;
	int fd[2];

	desk_asks(d, desk_plain());
	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_int_equal(socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(gates_take(&d->k, ASK_FLOW, 8, fd[0]), ERR_OK);
	chan_free(d->gate);
	assert_int_equal(chan_new(fd[1], MSG_GATE, MSG_KEEPER, 1u << 20,
	    &d->gate), ERR_OK);
	take(d);
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_no_answer(d);
	assert_int_equal(book_size(d->k.book), 0);
	/* the next one's are */
	desk_asks(d, desk_plain());
	desk_asks(d, desk_plain());
	desk_reads(d);
	take(d);
	desk_serves(d, 7);
	assert_answer(d, 3, 200, "CoverageEligibilityResponse");
	assert_answer(d, 4, 200, "CoverageEligibilityResponse");
}

/* While one group is verified and one is taken, no third is read. */
static void test_two_groups_and_no_third(void **state)
{
	struct desk *d = *state;

	for (unsigned i = 0; i < 3 * AHEAD_QUESTIONS; i++)
		desk_asks(d, desk_plain());
	desk_reads(d);
	assert_int_equal(slots_used(d->k.slots), 0);
	take(d);	/* the first is taken, the second handed over */
	assert_int_equal(slots_used(d->k.slots), AHEAD_QUESTIONS);
	assert_true(aside_is_busy(d->k.verifier));
	desk_reads(d);
	take(d);
	take(d);
	assert_int_equal(slots_used(d->k.slots), 3 * AHEAD_QUESTIONS);
	assert_false(ahead_holds(d->k.ahead, ASK_FLOW));
	desk_serves(d, 7);
	for (unsigned i = 0; i < 3 * AHEAD_QUESTIONS; i++)
		assert_answer(d, i + 1, 200, "CoverageEligibilityResponse");
	assert_no_answer(d);
}

/* LINES times the plain question. */
static struct desk_ask bundle(void)
{
	const char *lines[LINES];
	struct desk_ask a = desk_plain();

	for (unsigned i = 0; i < LINES; i++)
		lines[i] = a.body;
	a.path = "/fhir";
	a.body = bodies_bundle(lines, LINES);
	return a;
}

/* Lines count: the rest of a group waits for the turns to come. */
static void test_bundles_take_their_turns(void **state)
{
	struct desk *d = *state;
	const struct desk_ask a = bundle();

	desk_asks(d, a);
	desk_asks(d, a);
	desk_asks(d, desk_plain());
	desk_reads(d);
	take(d);
	/* one bundle and its head: the second is of the next turn */
	assert_int_equal(slots_used(d->k.slots), LINES + 1);
	assert_true(ahead_holds(d->k.ahead, ASK_FLOW));
	/* what comes meanwhile is verified, and waits behind it */
	desk_asks(d, desk_plain());
	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_int_equal(slots_used(d->k.slots), 2 * LINES + 2);
	assert_true(aside_is_busy(d->k.verifier));
	wait_for_it(d);
	ahead_landed(&d->k);
	assert_false(ahead_has_room(d->k.ahead, ASK_FLOW));
	ahead_begin(&d->k);
	assert_false(aside_is_busy(d->k.verifier));
	gates_read(&d->k);
	assert_true(ahead_has_room(d->k.ahead, ASK_FLOW));
	assert_int_equal(slots_used(d->k.slots), 2 * LINES + 5);
	desk_serves(d, 7);
	assert_null(desk_failed());
}

/* The question that came last so many times more, in one datagram. */
static void ask_at_once(struct desk *d, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(chan_put(d->gate, MSG_ASK, ++d->ref,
		    buf_span(&d->asked)), ERR_OK);
	assert_int_equal(chan_flush(d->gate), ERR_OK);
}

/* What waits behind a bundle, verified or not read yet, is not forgotten: the
 * loop is told that there is more, since no descriptor will. */
static void test_behind_bundles(void **state)
{
	struct desk *d = *state;
	const struct desk_ask a = bundle();

	desk_asks(d, a);
	desk_asks(d, a);
	desk_reads(d);
	desk_asks(d, desk_plain());
	ask_at_once(d, AHEAD_QUESTIONS + 3);	/* of which one is new */
	take(d);
	assert_int_equal(slots_used(d->k.slots), LINES + 1);
	wait_for_it(d);
	gates_read(&d->k);	/* the second bundle; a group is verified */
	assert_int_equal(slots_used(d->k.slots), 2 * LINES + 2);
	assert_true(ahead_holds(d->k.ahead, ASK_FLOW));
	for (int turn = 0; turn < 4; turn++) {
		wait_for_it(d);
		gates_read(&d->k);
	}
	assert_int_equal(slots_used(d->k.slots), 2 * LINES + 3);
	for (unsigned i = 0; i < AHEAD_QUESTIONS + 3; i++)
		assert_answer(d, 4 + i, 401, "replayed");
	assert_no_answer(d);
	desk_serves(d, 7);
	assert_null(desk_failed());
}

/* P-256 is not for the thread: it is verified when it is taken. */
static void test_a_key_of_the_other_kind(void **state)
{
	struct desk *d = *state;
	struct sign_private *key = NULL;
	struct desk_ask a = desk_plain();
	char spki[TEXT_B64_SIZE(SIGN_P256_SPKI)];
	struct ahead_fact fact = {.known = true, .good = true, .what.n = 0};
	struct span s;

	assert_int_equal(
	    sign_private_make(SIGN_P256, &d->h.random, &key), ERR_OK);
	s = sign_public_spki(sign_private_public(key));
	text_b64url(s.p, s.n, spki);
	assert_int_equal(acts_do(&d->h.acts, 2, "key spki=%s site=s1 "
	    "rpps=99700000001 since=2026-01-01T00:00:00Z\n", spki), ERR_OK);
	a.by = key;
	desk_asks(d, a);
	desk_asks(d, desk_plain());
	a.sent = "{}";
	desk_asks(d, a);
	desk_reads(d);
	take(d);
	assert_answer(d, 3, 401, "digest");
	desk_serves(d, 7);
	assert_answer(d, 1, 200, "CoverageEligibilityResponse");
	assert_answer(d, 2, 200, "CoverageEligibilityResponse");
	/* nor is a fact ever about it */
	assert_int_equal(ahead_verify(
	    &fact, sign_private_public(key), &fact.what), ERR_CRYPTO);
	sign_private_free(key);
}

/* Long ones are kept, and their room is not. */
static void test_long_ones(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	char *body = malloc(LIMIT_BUNDLE + 1);

	assert_non_null(body);
	memset(body, ' ', LIMIT_BUNDLE);
	body[LIMIT_BUNDLE] = '\0';
	a.path = "/fhir";
	a.body = body;
	desk_asks(d, a);
	desk_asks(d, a);
	desk_reads(d);
	take(d);
	take(d);
	decide_commit(&d->k);
	assert_answer(d, 1, 400, "");
	assert_answer(d, 2, 400, "");
	assert_no_answer(d);
	free(body);
}

/* A question as a gate hands it over, whose body is n letters and the words. */
static void make_message(struct buf *out, size_t n, const char *words)
{
	struct ask ask = {.plane = ASK_FLOW, .method = ASK_POST,
	    .authority = span_str("x"), .path = span_str("/nowhere")};
	size_t more = strlen(words);
	uint8_t *body = malloc(n + more);

	assert_non_null(body);
	memset(body, 'x', n);
	memcpy(body + n, words, more);
	ask.body = span_of(body, n + more);
	buf_init(out, LIMIT_BUNDLE + 4096);
	ask_pack(&ask, out);
	assert_int_equal(out->err, ERR_OK);
	secret_wipe(body, n + more);
	free(body);
}

/* Two groups of two such questions; *ret is the last one. */
static void keep_and_take(struct desk *d, size_t n, const char *words,
    struct ahead_taken *ret)
{
	struct ahead *a = d->k.ahead;
	struct buf m;

	make_message(&m, n, words);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ahead_keep(a, ASK_FLOW, 7, 1, buf_span(&m)),
		    ERR_OK);
		assert_int_equal(ahead_keep(a, ASK_FLOW, 7, 2, buf_span(&m)),
		    ERR_OK);
		ahead_begin(&d->k);
		wait_for_it(d);
		ahead_landed(&d->k);
		assert_true(ahead_take(a, ASK_FLOW, 7, ret));
		assert_true(ahead_take(a, ASK_FLOW, 7, ret));
		assert_int_equal(ret->ask.body.n, n + strlen(words));
	}
	secret_wipe(m.p, m.n);
	buf_release(&m);
}

/* Traits stand in the text of plain questions: behind a group nothing of it is
 * left where the next one will stand. */
static void test_nothing_is_left_behind_a_group(void **state)
{
	struct desk *d = *state;
	struct ahead_taken last, ignored;
	struct span body;

	keep_and_take(d, 100, "member 0099", &last);
	body = last.ask.body;
	assert_non_null(memmem(body.p, body.n, "member 0099", 11));
	assert_false(ahead_take(d->k.ahead, ASK_FLOW, 7, &ignored));
	for (size_t i = 0; i < body.n; i++)
		assert_int_equal(body.p[i], 0);
}

/* Nor in what is given back: room that was too narrow, and a long group's,
 * which does not stay. */
static void test_nothing_is_left_in_what_is_given_back(void **state)
{
	static const struct {
		size_t n;
		bool stays;
	} groups[] = {{100, true}, {4000, true}, {LIMIT_BUNDLE - 100, false}};
	struct desk *d = *state;
	struct ahead_taken ignored;

	for (size_t i = 0; i < 3; i++) {
		size_t longest;

		ahead_free(d->k.ahead);
		d->k.ahead = ahead_new();
		failing_watch("birth 1961");
		keep_and_take(d, groups[i].n, "birth 1961", &ignored);
		assert_false(
		    ahead_take(d->k.ahead, ASK_FLOW, 7, &ignored));
		assert_false(failing_seen(&longest));
		/* no other room is as long as that of two */
		assert_true((longest > 2 * groups[2].n) != groups[i].stays);
	}
}

/* Many in one datagram: the rest is read in the turns to come. */
static void test_many_in_one_datagram(void **state)
{
	struct desk *d = *state;

	for (unsigned i = 0; i < AHEAD_QUESTIONS; i++)
		desk_asks(d, desk_plain());
	ask_at_once(d, 2 * AHEAD_QUESTIONS);
	desk_reads(d);
	for (unsigned i = 0; i < 6; i++) {
		wait_for_it(d);
		gates_read(&d->k);
		d->k.gates[ASK_FLOW].waits = true;
	}
	assert_int_equal(slots_used(d->k.slots), AHEAD_QUESTIONS);
	for (unsigned i = 0; i < 2 * AHEAD_QUESTIONS; i++)
		assert_answer(d, AHEAD_QUESTIONS + 1 + i, 401, "replayed");
	assert_no_answer(d);
}

/* The keeper fails at the first of a group: the rest is not taken. */
static void test_a_keeper_that_fails(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	a.unsigned_ = true;
	desk_asks(d, a);
	desk_asks(d, a);
	desk_reads(d);
	wait_for_it(d);
	failing_set(FAILING_CIPHER, 0, EIO);
	gates_read(&d->k);
	assert_true(failing_end());
	assert_non_null(desk_failed());
	assert_no_answer(d);
	gates_read(&d->k);
	assert_no_answer(d);
}

/* Of a gate that leaves its answers unread nothing more is taken. */
static void test_a_gate_that_is_full(void **state)
{
	struct desk *d = *state;

	desk_asks(d, desk_plain());
	desk_asks(d, desk_plain());
	desk_reads(d);
	wait_for_it(d);
	d->k.gates[ASK_FLOW].full = true;
	gates_read(&d->k);
	assert_int_equal(slots_used(d->k.slots), 0);
	d->k.gates[ASK_FLOW].full = false;
	gates_read(&d->k);
	assert_int_equal(slots_used(d->k.slots), 2);
}

/* A fact is about one key, these bytes, this signature. */
static void test_what_no_fact_is_about(void **state)
{
	struct sign_public *one = NULL, *other = NULL;
	struct sign_private *key = acts_private(1), *second = acts_private(2);
	struct ahead_fact fact = {.known = true, .good = true};
	struct httpsig_signed *what = &fact.what, mine;

	(void)state;
	assert_int_equal(sign_public_ed25519(sign_public_raw(
	    sign_private_public(key)), &one), ERR_OK);
	assert_int_equal(sign_public_ed25519(sign_public_raw(
	    sign_private_public(second)), &other), ERR_OK);
	memcpy(fact.key, sign_public_raw(one), sizeof(fact.key));
	what->n = 5;
	memcpy(what->base, "bytes", 5);
	memset(what->signature, 7, sizeof(what->signature));
	/* believed of these bytes, and the signature is none */
	mine = *what;
	assert_int_equal(ahead_verify(&fact, one, &mine), ERR_OK);
	assert_int_equal(ahead_verify(NULL, one, &mine), ERR_CRYPTO);
	fact.good = false;
	assert_int_equal(ahead_verify(&fact, one, &mine), ERR_CRYPTO);
	fact.good = true;
	fact.known = false;
	assert_int_equal(ahead_verify(&fact, one, &mine), ERR_CRYPTO);
	fact.known = true;
	/* of nothing else */
	assert_int_equal(ahead_verify(&fact, other, &mine), ERR_CRYPTO);
	mine.base[0] ^= 1;
	assert_int_equal(ahead_verify(&fact, one, &mine), ERR_CRYPTO);
	mine.base[0] ^= 1;
	mine.n--;
	assert_int_equal(ahead_verify(&fact, one, &mine), ERR_CRYPTO);
	mine.n++;
	mine.signature[63] ^= 1;
	assert_int_equal(ahead_verify(&fact, one, &mine), ERR_CRYPTO);
	sign_public_free(one);
	sign_public_free(other);
	sign_private_free(key);
	sign_private_free(second);
}

/* What cannot be kept is taken where it stands: each question has its answer,
 * or hears that we are busy. */
static void test_no_memory(void **state)
{
	struct desk *d = *state;
	bool failed = true;
	unsigned good = 0;

	for (int n = 0; failed; n++) {
		uint64_t of = 0;
		uint16_t status;

		ahead_free(d->k.ahead);
		d->k.ahead = ahead_new();
		desk_asks(d, desk_plain());
		desk_asks(d, desk_plain());
		failing_set(FAILING_MEMORY, n, ENOMEM);
		desk_reads(d);
		failed = failing_end();
		take(d);
		take(d);
		desk_serves(d, 7);
		for (unsigned i = 0; i < 2; i++) {
			status = answer(d, &of, "resourceType");
			assert_true(status == 200 || status == 503);
			good += status == 200;
		}
		assert_no_answer(d);
		assert_null(desk_failed());
		assert_int_equal(slots_used(d->k.slots), 0);
	}
	assert_true(good > 2);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_null(ahead_new());
	assert_true(failing_end());
	ahead_free(NULL);
}

/* A stop in the middle: nobody was read, nothing is left behind. */
static void test_a_stop(void **state)
{
	struct desk *d = *state;

	desk_asks(d, desk_plain());
	desk_asks(d, desk_plain());
	desk_reads(d);
	d->k.stopping = true;
	wait_for_it(d);
	ahead_landed(&d->k);
	ahead_landed(&d->k);
	gates_read(&d->k);
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_int_equal(book_size(d->k.book), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, make, unmake)
		T(test_while_the_thread_works_nothing_is_taken),
		T(test_one_alone_is_taken_at_once),
		T(test_good_and_bad_in_one_group),
		T(test_a_signature_of_another_question),
		T(test_revoked_and_late_meanwhile),
		T(test_a_gate_that_is_gone_meanwhile),
		T(test_two_groups_and_no_third),
		T(test_bundles_take_their_turns),
		T(test_behind_bundles),
		T(test_a_key_of_the_other_kind),
		T(test_long_ones),
		T(test_nothing_is_left_behind_a_group),
		T(test_nothing_is_left_in_what_is_given_back),
		T(test_many_in_one_datagram),
		T(test_a_keeper_that_fails),
		T(test_a_gate_that_is_full),
		T(test_what_no_fact_is_about),
		T(test_no_memory),
		T(test_a_stop),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
