/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what leaves is signed, bound to its question and whole; what a vault
 * says that is no answer ends that vault, and nobody else; what cannot be
 * written stops the keeper and is told to nobody as an answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "failing.h"
#include "keeper/bodies.h"
#include "keeper/desk.h"
#include "msg/estimate.h"
#include "msg/sibling.h"

#define COVERED "\"CoverageEligibilityResponse\""
#define MINE {.amc = DESK_AMC, .domain = "MED", .member = "02447812"}

struct room {
	struct desk d;
	struct chan *super;	/* its end */
};

static void pair(int fd[2])
{
	assert_int_equal(socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
}

/* Nobody is ended whom super has not told of, and a vault answers when it has
 * said that it is ready. */
static void greet(struct room *r)
{
	const struct sibling s = {SIBLING_VAULT, 0};
	uint8_t body[SIBLING_SIZE];
	struct msg m;
	int fd[2];

	pair(fd);
	(void)close(fd[1]);
	sibling_pack(&s, body);
	chan_take_fds(r->d.k.super);
	assert_int_equal(chan_put_fd(r->super, MSG_CHANNEL, 7,
	    span_of(body, sizeof(body)), fd[0]), ERR_OK);
	assert_int_equal(chan_flush(r->super), ERR_OK);
	assert_int_equal(chan_get(r->d.k.super, &m), ERR_OK);
	assert_int_equal(chan_put(
	    r->d.vault, MSG_VAULT_READY, 0, span_of(NULL, 0)), ERR_OK);
	assert_int_equal(chan_flush(r->d.vault), ERR_OK);
	assert_int_equal(chan_get(r->d.k.vaults[0].chan, &m), ERR_OK);
}

static int make(void **state)
{
	struct room *r = calloc(1, sizeof(*r));
	int fd[2];

	assert_non_null(r);
	desk_make(&r->d);
	pair(fd);
	assert_int_equal(chan_new(fd[0], MSG_KEEPER, MSG_SUPER, 1u << 20,
	    &r->d.k.super), ERR_OK);
	assert_int_equal(chan_new(fd[1], MSG_SUPER, MSG_KEEPER, 1u << 20,
	    &r->super), ERR_OK);
	greet(r);
	*state = r;
	return 0;
}

static int unmake(void **state)
{
	struct room *r = *state;

	chan_free(r->d.k.super);
	chan_free(r->super);
	desk_unmake(&r->d);
	free(r);
	return 0;
}

/* A question about MINE, up to the vault's work; an estimate's of so many
 * acts, or (0) one of rights. */
static struct slot *doing(struct desk *d, unsigned acts)
{
	const struct bodies_one mine = MINE;
	struct desk_ask a = desk_plain();
	struct slot *s;
	uint8_t type = 0;

	if (acts) {
		a.path = "/fhir/Claim";
		a.body = bodies_claim(mine, acts);
	}
	desk_asks(d, a);
	desk_reads(d);
	s = desk_told(d, &type);
	assert_non_null(s);
	decide_found(&d->k, s, 77);
	decide_commit(&d->k);
	assert_ptr_equal(desk_told(d, &type), s);
	assert_int_equal(type, MSG_DO);
	return s;
}

static void vault_says(
    struct room *r, const struct slot *s, const struct rights_done *done)
{
	struct buf b;

	buf_init(&b, LIMIT_BODY + 4096);
	rights_done_pack(done, &b);
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(chan_put(r->d.vault, MSG_DONE,
	    slots_ref(r->d.k.slots, s), buf_span(&b)), ERR_OK);
	assert_int_equal(chan_flush(r->d.vault), ERR_OK);
	buf_release(&b);
	assert_int_equal(loop_turn(r->d.k.loop, 0), ERR_OK);
}

static void test_a_promise(void **state)
{
	struct room *r = *state;
	struct slot *s = doing(&r->d, 0);
	struct rights_done done = desk_done("{\"a\":1");

	vault_says(r, s, &done);
	assert_int_equal(desk_says(&r->d, "StructureDefinition/promise"), 200);
	/* covered alone is promised */
	s = doing(&r->d, 0);
	done.state = RIGHTS_NOT_COVERED;
	done.level = span_of(NULL, 0);
	vault_says(r, s, &done);
	assert_int_equal(desk_says(&r->d, "{\"a\":1,"), 200);
	assert_null(memmem(r->d.kept.p, r->d.kept.n, "/promise", 8));
	assert_int_equal(outstanding_released(r->d.k.outstanding), 2);
}

/* A level that is no text would stand in a promise, which no reader of JSON
 * takes: the vault is ended, the question refused, the others go on. */
static void test_a_level_that_is_no_text(void **state)
{
	struct room *r = *state;
	struct rights_done done = desk_done("{\"a\":1");
	struct slot *s = doing(&r->d, 0);
	struct msg m;

	done.level = span_of("B\0R", 3);
	vault_says(r, s, &done);
	assert_null(desk_failed());
	assert_int_equal(desk_says(&r->d, "insurer-silent"), 503);
	assert_int_equal(chan_flush(r->d.k.super), ERR_OK);
	assert_int_equal(chan_get(r->super, &m), ERR_OK);
	assert_int_equal(m.type, MSG_STOP);
	decide_commit(&r->d.k);
	assert_int_equal(desk_leaf(&r->d).kind, LEAF_NOT_DISCLOSED);
	assert_int_equal(slots_used(r->d.k.slots), 0);
}

static bool is_stopped(struct room *r)
{
	struct msg m;

	assert_null(desk_failed());
	assert_int_equal(chan_flush(r->d.k.super), ERR_OK);
	return chan_get(r->super, &m) == ERR_OK && m.type == MSG_STOP;
}

/* Is that text of a vault relayed to a question, or (line) as the first line
 * of a bundle of two? Else the vault is stopped. */
static bool is_relayed(const char *body, bool line)
{
	const struct bodies_one mine = MINE;
	struct rights_done done = desk_done(body);
	struct slot *s, *of[2];
	uint8_t type = 0;
	const char *lines[2] = {0};
	struct desk_ask a = desk_plain();
	bool stopped;
	void *state;
	struct room *r;

	(void)make(&state);
	r = state;
	if (line) {
		lines[0] = lines[1] = bodies_question(mine);
		a.path = "/fhir";
		a.body = bodies_bundle(lines, 2);
		desk_asks(&r->d, a);
		desk_reads(&r->d);
		for (int i = 0; i < 2; i++)
			of[i] = desk_told(&r->d, &type);
		for (int i = 0; i < 2; i++)
			decide_found(&r->d.k, of[i], 77);
		decide_commit(&r->d.k);
		s = desk_told(&r->d, &type);
	} else {
		s = doing(&r->d, 0);
	}
	vault_says(r, s, &done);
	stopped = is_stopped(r);
	(void)unmake(&state);
	return !stopped;
}

/* A text in which so many arrays are within each other, in an object. */
static const char *deep(unsigned levels)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "{\"a\":%.*s%.*s",
	    (int)levels - 1, "[[[[[[[[[[[[[[[[", (int)levels - 1,
	    "]]]]]]]]]]]]]]]]");
	return text;
}

/* A text of so many values and names. */
static const char *many(unsigned count)
{
	static char text[3 * LIMIT_JSON_TOKENS];
	size_t n = (size_t)snprintf(text, sizeof(text), "{\"a\":[0");

	for (unsigned i = 4; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",0");
	(void)snprintf(text + n, sizeof(text) - n, "]");
	return text;
}

/* One line of fifty has not what the whole may have: a vault that says more
 * would leave all lines unread. */
static void test_a_line_has_its_share(void **state)
{
	(void)state;
	assert_true(is_relayed(deep(13), true));
	assert_false(is_relayed(deep(14), true));
	assert_true(is_relayed(deep(16), false));
	assert_false(is_relayed(deep(17), false));
	assert_true(is_relayed(many(512), true));
	assert_false(is_relayed(many(513), true));
	assert_true(is_relayed(many(4096), false));
	assert_false(is_relayed(many(4097), false));
}

/* What one reader takes for infinity another takes for a fault. */
static void test_numbers_that_readers_differ_about(void **state)
{
	static const char *const good[] = {
	    "0", "-1", "12.5", "12.50", "92233720368547758"};
	static const char *const bad[] = {"1e999", "1E2", "1.005",
	    "92233720368547758079", "-1e-400"};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"a\":%s", good[i]);
		assert_true(is_relayed(text, i % 2));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"a\":%s", bad[i]);
		assert_false(is_relayed(text, i % 2));
	}
}

/* An estimate has the length of its acts, whatever is said; one that is
 * longer leaves all the same, whole. */
static void test_the_room_of_an_estimate(void **state)
{
	struct room *r = *state;
	struct rights_done done = desk_done("{\"a\":1");
	struct ask_answer a = {0};
	char *body = malloc(LIMIT_BODY + 1);

	assert_non_null(body);
	memset(body, ' ', LIMIT_BODY);
	memcpy(body, "{\"a\":1", 6);
	body[LIMIT_BODY - 4096] = '\0';
	vault_says(r, doing(&r->d, 2), &done);
	assert_true(desk_answer(&r->d, &a));
	assert_int_equal(a.body.n, estimate_room(2));
	done.body = span_str(body);
	vault_says(r, doing(&r->d, 2), &done);
	assert_true(desk_answer(&r->d, &a));
	assert_true(a.body.n > LIMIT_BODY - 4096);
	assert_int_equal(a.body.p[a.body.n - 1], '}');
	free(body);
}

/* The vault of a feed said something, and it could not be written down. */
static void test_an_answer_about_a_feed(void **state)
{
	struct room *r = *state;
	struct feed_carrier by = {.plane = ASK_FLOW, .turn = 7};
	struct ask_answer a = {0};
	struct buf body;

	desk_asks(&r->d, desk_plain());
	desk_reads(&r->d);
	by.ref = r->d.ref;
	buf_init(&body, 8);
	buf_text(&body, "{}");
	reply_json(&r->d.k, &by, 202, 0, &body);
	assert_true(desk_answer(&r->d, &a));
	assert_int_equal(a.status, 202);
	assert_true(span_is(a.content_type, "application/json"));
	buf_text(&body, "too long");
	reply_json(&r->d.k, &by, 202, 0, &body);
	assert_false(desk_answer(&r->d, &a));
	assert_string_equal(desk_failed(), "writing an answer about a feed");
	buf_release(&body);
}

/* Whatever allocation fails: the answer leaves as it is, not at all, or the
 * keeper stops. */
static void without_memory(struct desk_ask a, uint16_t status)
{
	int stopped = 0, left = 0;
	bool failed = true;

	for (int n = 0; failed; n++) {
		struct desk *d = calloc(1, sizeof(*d));
		uint16_t got;

		assert_non_null(d);
		desk_make(d);
		desk_asks(d, a);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		desk_reads(d);
		gates_flush(&d->k);
		failed = failing_end();
		got = desk_status(d);
		assert_true(got == 0 || got == status || failed);
		stopped += desk_failed() != NULL;
		left += got == status;
		assert_int_equal(slots_used(d->k.slots), 0);
		desk_unmake(d);
		free(d);
	}
	assert_true(stopped > 0 && left > 0);
}

static void test_without_memory(void **state)
{
	struct desk_ask a = desk_plain();

	(void)state;
	a.unsigned_ = true;
	without_memory(a, 401);
	a.path = "/fhir/metadata";
	a.method = ASK_GET;
	a.body = "";
	without_memory(a, 200);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(test_a_promise),
	    CASE(test_a_level_that_is_no_text),
	    cmocka_unit_test(test_a_line_has_its_share),
	    cmocka_unit_test(test_numbers_that_readers_differ_about),
	    CASE(test_the_room_of_an_estimate),
	    CASE(test_an_answer_about_a_feed),
	    cmocka_unit_test(test_without_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
