/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: no question is anybody's before all of it was checked that its
 * signature covers; strangers get no entry, a sum of them; what was signed
 * once is taken once; and an answer is bound to the question that it answers,
 * and to no other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "keeper/desk.h"
#include "keeper/summary.h"

#define METADATA "/fhir/metadata"

static uint16_t asks(struct desk *d, struct desk_ask a, const char *words)
{
	desk_asks(d, a);
	desk_reads(d);
	return desk_says(d, words);
}

/* The one sum that there is: under key and reason, so many. */
static void assert_summed(
    struct desk *d, uint32_t key, uint8_t reason, uint32_t count)
{
	uint32_t n = 0;
	const struct summary_line *l = summary_take(d->k.summary, &n);

	assert_int_equal(n, 1);
	assert_int_equal(l->key, key);
	assert_int_equal(l->plane, d->plane);
	assert_int_equal(l->reason, reason);
	assert_int_equal(l->count, count);
}

/* A Signature-Input of key 1 that was not signed. */
static const char *input(int64_t created_s)
{
	static char text[LIMIT_SIGNATURE_INPUT];

	(void)snprintf(text, sizeof(text), "ecluse=(\"@method\" "
	    "\"@authority\" \"@path\" \"content-digest\");created=%lld;"
	    "expires=%lld;nonce=\"AAAAAAAAAAAAAAAAAAAAAA\";keyid=\"%s\";"
	    "tag=\"ecluse-v1\"", (long long)created_s,
	    (long long)created_s + 30, acts_id_text(1));
	return text;
}

static void test_strangers(void **state)
{
	struct desk *d = *state;
	const struct desk_ask plain = desk_plain();
	struct row {
		struct desk_ask a;
		const char *words;
		uint8_t reason;
	} rows[] = {
	    {plain, "unsigned", LEAF_REASON_UNSIGNED},
	    {plain, "unsigned", LEAF_REASON_UNSIGNED},
	    {plain, "unsigned", LEAF_REASON_UNSIGNED},
	    {plain, "\"signature\"", LEAF_REASON_SIGNATURE},
	    {plain, "\"signature\"", LEAF_REASON_SIGNATURE},
	    {plain, "expired", LEAF_REASON_SIGNATURE},
	    {plain, "expired", LEAF_REASON_SIGNATURE},
	    {plain, "digest", LEAF_REASON_SIGNATURE},
	    {plain, "key-unknown", LEAF_REASON_STRANGER},
	};

	rows[0].a.unsigned_ = true;
	rows[1].a.input = "";
	rows[2].a.digest = "";
	rows[3].a.authority = "flow example";
	rows[4].a.input = input(plain.created_s);
	rows[5].a.life_s = -1;
	rows[6].a.life_s = LIMIT_SIGNATURE_LIFE_S + 1;
	rows[7].a.sent = "{}";
	rows[8].a.key = HOUSE_KEYS + 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(asks(d, rows[i].a, rows[i].words), 401);
		assert_summed(d, SUMMARY_STRANGERS, rows[i].reason, 1);
	}
	assert_int_equal(book_size(d->k.book), 0);
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_null(desk_failed());
}

/* The last second that is taken, and the next one that is not. */
static void test_the_edges_of_its_time(void **state)
{
	static const struct edge {
		int64_t created_s, life_s;	/* from now on */
		bool taken;
	} edges[] = {
	    {0, LIMIT_SIGNATURE_LIFE_S, true},
	    {0, LIMIT_SIGNATURE_LIFE_S + 1, false},
	    {LIMIT_SKEW_S, 30, true},
	    {LIMIT_SKEW_S + 1, 30, false},
	    {-LIMIT_SKEW_S - 30, 30, true},
	    {-LIMIT_SKEW_S - 31, 30, false},
	};
	struct desk *d = *state;
	uint8_t type = 0;

	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		struct desk_ask a = desk_plain();

		a.created_s = HOUSE_NOW / 1000 + edges[i].created_s;
		a.life_s = edges[i].life_s;
		desk_asks(d, a);
		desk_reads(d);
		if (edges[i].taken)
			assert_non_null(desk_told(d, &type));
		else
			assert_int_equal(desk_says(d, "expired"), 401);
	}
}

/* The same key asks on another plane than its own, and after its end. */
static void test_a_key_that_does_not_fit(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();

	assert_int_equal(acts_do(&d->h.acts, 1, "revoke key=%s\n",
	    acts_id_text(1)), ERR_OK);
	assert_int_equal(asks(d, a, "key-revoked"), 403);
	assert_summed(d, SUMMARY_STRANGERS, LEAF_REASON_REVOKED, 1);
	desk_plane(d, ASK_PORTAL);
	a.plane = ASK_PORTAL;
	a.key = 2;
	assert_int_equal(asks(d, a, "key-unknown"), 401);
	assert_summed(d, SUMMARY_STRANGERS, LEAF_REASON_STRANGER, 1);
	assert_int_equal(book_size(d->k.book), 0);
}

static void test_what_was_signed_once(void **state)
{
	struct desk *d = *state;
	uint8_t type = 0;

	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_non_null(desk_told(d, &type));
	desk_asks_again(d);
	desk_reads(d);
	assert_int_equal(desk_says(d, "replayed"), 401);
	assert_null(desk_told(d, &type));
	assert_summed(d, 0, LEAF_REFUSED_REPLAY, 1);
	assert_int_equal(slots_used(d->k.slots), 1);
	assert_int_equal(book_size(d->k.book), 0);
}

/* Of a clock a minute ahead, in its last second, two turns of the window
 * behind: it came just before the first, the second is due just after. */
static void test_as_long_as_it_would_be_taken(void **state)
{
	const int64_t came_ms = HOUSE_NOW + REPLAY_LIFE_MS;
	const int64_t over_ms = came_ms +
	    1000 * (2 * LIMIT_SKEW_S + LIMIT_SIGNATURE_LIFE_S + 1);
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	struct buf ahead;
	uint8_t type = 0;

	desk_asks(d, a);	/* the window begins */
	desk_reads(d);
	assert_non_null(desk_told(d, &type));
	desk_at(d, came_ms);
	a.created_s = came_ms / 1000 + LIMIT_SKEW_S;
	desk_asks(d, a);
	desk_reads(d);
	assert_non_null(desk_told(d, &type));
	ahead = d->asked;
	buf_init(&d->asked, 1u << 20);
	desk_at(d, came_ms + 1);
	a.created_s = came_ms / 1000;
	desk_asks(d, a);
	desk_reads(d);
	assert_non_null(desk_told(d, &type));
	buf_release(&d->asked);
	d->asked = ahead;
	desk_at(d, over_ms - 1);
	desk_asks_again(d);
	desk_reads(d);
	assert_int_equal(desk_says(d, "replayed"), 401);
	desk_at(d, over_ms);
	desk_asks_again(d);
	desk_reads(d);
	assert_int_equal(desk_says(d, "expired"), 401);
}

/* No more nonces can be remembered: then none is taken. */
static void test_a_full_window(void **state)
{
	struct desk *d = *state;
	uint8_t tag[REPLAY_TAG] = {0};
	enum err e = ERR_OK;

	for (uint32_t i = 0; !e; i++) {
		put_be32(tag + 4, i + 1);
		e = replay_admit(d->k.replay, tag, HOUSE_NOW);
	}
	assert_int_equal(e, ERR_FULL);
	assert_int_equal(asks(d, desk_plain(), "busy"), 503);
	assert_int_equal(slots_used(d->k.slots), 0);
	/* a minute and a half later there is room again */
	desk_at(d, HOUSE_NOW + REPLAY_LIFE_MS + 1000);
	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_int_equal(slots_used(d->k.slots), 1);
}

static void test_no_slot_is_left(void **state)
{
	struct desk *d = *state;
	struct slots *slots = d->k.slots;
	struct slot *own[SLOT_KEY];
	struct desk_ask a = desk_plain();
	uint8_t type = 0;

	for (int i = 0; i < SLOT_KEY; i++) {
		own[i] = slots_take(slots, ASK_FLOW);
		assert_int_equal(slots_own(slots, own[i], 0), ERR_OK);
	}
	/* the key's share; another key has its own */
	assert_int_equal(asks(d, a, "busy"), 503);
	assert_int_equal(slots_used(slots), SLOT_KEY);
	a.key = 2;
	desk_asks(d, a);
	desk_reads(d);
	assert_non_null(desk_told(d, &type));
	/* the plane's */
	while (slots_take(slots, ASK_FLOW))
		;
	assert_int_equal(asks(d, desk_plain(), "busy"), 503);
	slots_give(slots, own[0]);
	desk_asks(d, desk_plain());
	desk_reads(d);
	assert_non_null(desk_told(d, &type));
	assert_int_equal(book_size(d->k.book), 0);
}

/* Did our answer key sign the last answer, as one to this question? */
static bool is_bound(struct desk *d, const struct ask_answer *a,
    struct span question)
{
	const struct httpsig_answer what = {a->status, a->content_type,
	    a->body, question};
	int64_t created_s;

	return !httpsig_answer_verify(&what, a->content_digest,
	    a->signature_input, a->signature,
	    sign_private_public(d->k.keys->answer), &created_s);
}

/* Asks for the capability statement; is the answer bound to the question? */
static bool metadata_bound(struct desk *d, struct desk_ask a)
{
	const struct span free = span_of(NULL, 0);
	struct ask_answer answer = {0};
	struct ask ask;

	a.path = METADATA;
	a.method = ASK_GET;
	a.type = "";
	a.body = "";
	desk_asks(d, a);
	desk_reads(d);
	assert_true(desk_answer(d, &answer));
	assert_int_equal(answer.status, 200);
	assert_non_null(memmem(answer.body.p, answer.body.n,
	    "CapabilityStatement", 19));
	assert_int_equal(ask_unpack(buf_span(&d->asked), &ask), ERR_OK);
	if (is_bound(d, &answer, free))
		return false;
	assert_true(is_bound(d, &answer, ask.signature));
	return true;
}

static void test_metadata(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain(), stranger = a, other = a, body = a;

	stranger.unsigned_ = true;
	other.key = HOUSE_KEYS + 1;
	body.sent = "{}";
	assert_true(metadata_bound(d, a));
	assert_false(metadata_bound(d, stranger));
	assert_false(metadata_bound(d, other));
	/* the signature covers no body: whoever adds one gets no answer to
	 * somebody else's question */
	assert_false(metadata_bound(d, body));
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_int_equal(
	    acts_do(&d->h.acts, 1, "close plane=flow\n"), ERR_OK);
	a.path = METADATA;
	a.method = ASK_GET;
	a.body = "";
	assert_int_equal(asks(d, a, "closed-plane"), 403);
}

/* An answer to a question carries the question's own signature. */
static void test_refusals_are_bound(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	struct ask_answer answer = {0};
	struct ask ask;

	a.path = "/fhir/Patient";
	desk_asks(d, a);
	desk_reads(d);
	assert_true(desk_answer(d, &answer));
	assert_int_equal(ask_unpack(buf_span(&d->asked), &ask), ERR_OK);
	assert_true(is_bound(d, &answer, ask.signature));
	a.unsigned_ = true;
	desk_asks(d, a);
	desk_reads(d);
	assert_true(desk_answer(d, &answer));
	assert_true(is_bound(d, &answer, span_of(NULL, 0)));
}

/* What may be asked for where, before any signature is looked at. */
static void test_places(void **state)
{
	struct desk *d = *state;
	struct desk_ask a = desk_plain();
	char *body = malloc(LIMIT_BODY + 2);

	assert_non_null(body);
	memset(body, ' ', LIMIT_BODY + 1);
	body[LIMIT_BODY + 1] = '\0';
	a.unsigned_ = true;
	a.body = body;
	assert_int_equal(asks(d, a, "too-large"), 413);
	a.path = "/fhir/Claim";
	assert_int_equal(asks(d, a, "too-large"), 413);
	/* a bundle may be longer, where bundles are taken */
	a.path = "/fhir";
	assert_int_equal(asks(d, a, "unsigned"), 401);
	desk_plane(d, ASK_STAFF);
	a.plane = ASK_STAFF;
	assert_int_equal(asks(d, a, "\"path\""), 404);
	a.path = DESK_RIGHTS;
	a.method = ASK_GET;
	a.body = "";
	assert_int_equal(asks(d, a, "method"), 405);
	/* feeds come over this plane, and answer for themselves */
	a.path = "/feed/" DESK_AMC;
	assert_int_equal(asks(d, a, "unsigned"), 401);
	free(body);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, desk_setup, desk_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(test_strangers),
	    CASE(test_the_edges_of_its_time),
	    CASE(test_a_key_that_does_not_fit),
	    CASE(test_what_was_signed_once),
	    CASE(test_as_long_as_it_would_be_taken),
	    CASE(test_a_full_window),
	    CASE(test_no_slot_is_left),
	    CASE(test_metadata),
	    CASE(test_refusals_are_bound),
	    CASE(test_places),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
