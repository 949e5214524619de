/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a gate that is gone, breaks the protocol or leaves its answers unread
 * is taken off, and super is told to end that very start of it; the keeper
 * goes on, and what was meant for one start never goes to the next. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "failing.h"
#include "keeper/desk.h"
#include "msg/sibling.h"

#define UNREAD (64u << 20)	/* bytes a gate may leave unread */
#define GATES_TURN 16		/* questions of one gate in one turn */

struct rig {
	struct desk d;
	struct chan *super;	/* its end */
};

static void pair(int fd[2])
{
	assert_int_equal(socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
}

/* Nobody is ended whom super has not told of. */
static void greet(struct rig *r)
{
	const struct sibling s = {SIBLING_GATE, ASK_FLOW};
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
}

static int make(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	int fd[2];

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
	struct rig *r = *state;

	chan_free(r->d.k.super);
	chan_free(r->super);
	desk_unmake(&r->d);
	free(r);
	return 0;
}

/* Which start of the flow's gate super is told to end; 0: of none. */
static uint64_t stopped(struct rig *r)
{
	struct sibling s;
	struct msg m;

	assert_int_equal(chan_flush(r->d.k.super), ERR_OK);
	if (chan_get(r->super, &m))
		return 0;
	assert_int_equal(m.type, MSG_STOP);
	assert_int_equal(sibling_unpack(m.body, &s), ERR_OK);
	assert_int_equal(s.kind, SIBLING_GATE);
	assert_int_equal(s.nth, ASK_FLOW);
	return m.ref;
}

static void is_off(struct rig *r, uint64_t turn)
{
	assert_null(r->d.k.gates[ASK_FLOW].chan);
	assert_true(stopped(r) == turn);
	assert_null(desk_failed());
	assert_int_equal(slots_used(r->d.k.slots), 0);
	/* and it is no more: nothing is read of it, put or flushed */
	desk_reads(&r->d);
	assert_int_equal(gates_put(&r->d.k, ASK_FLOW, (uint32_t)turn, 1,
	    span_str("x")), ERR_OK);
	gates_flush(&r->d.k);
	assert_true(stopped(r) == 0);
}

/* A question that came and owes its answer, and no more. */
static void owe(struct rig *r)
{
	struct desk_ask a = desk_plain();
	struct msg m;

	a.unsigned_ = true;
	desk_asks(&r->d, a);
	assert_int_equal(
	    chan_get(r->d.k.gates[ASK_FLOW].chan, &m), ERR_OK);
}

static void test_planes_that_are_none(void **state)
{
	struct rig *r = *state;
	static const uint8_t planes[] = {0, CONF_PLANES, 255, ASK_PORTAL};

	for (size_t i = 0; i < sizeof(planes); i++) {
		int fd[2];

		pair(fd);
		assert_int_equal(
		    gates_take(&r->d.k, planes[i], 8, fd[0]), ERR_RANGE);
		/* closed */
		assert_int_equal(fcntl(fd[0], F_GETFD), -1);
		(void)close(fd[1]);
	}
	assert_int_equal(gates_turn(&r->d.k, ASK_FLOW), 7);
}

static void test_a_gate_that_asks_for_another_plane(void **state)
{
	struct rig *r = *state;
	struct desk_ask a = desk_plain();

	a.plane = ASK_PORTAL;
	desk_asks(&r->d, a);
	desk_reads(&r->d);
	is_off(r, 7);
}

static void test_a_gate_that_asks_what_is_no_question(void **state)
{
	struct rig *r = *state;

	char body[200];

	memset(body, 0xff, sizeof(body));
	assert_int_equal(chan_put(r->d.gate, MSG_ASK, 1,
	    span_of(body, sizeof(body))), ERR_OK);
	assert_int_equal(chan_flush(r->d.gate), ERR_OK);
	desk_reads(&r->d);
	is_off(r, 7);
}

static void test_a_gate_that_sends_no_message(void **state)
{
	struct rig *r = *state;

	assert_int_equal(send(chan_fd(r->d.gate), "abc", 3, 0), 3);
	desk_reads(&r->d);
	is_off(r, 7);
}

static void test_a_gate_that_is_gone(void **state)
{
	struct rig *r = *state;

	/* found by reading */
	chan_free(r->d.gate);
	r->d.gate = NULL;
	desk_reads(&r->d);
	is_off(r, 7);
}

static void test_a_gate_that_is_gone_when_answered(void **state)
{
	struct rig *r = *state;

	owe(r);
	chan_free(r->d.gate);
	r->d.gate = NULL;
	assert_int_equal(gates_put(&r->d.k, ASK_FLOW, 7, 1,
	    span_str("sixteen bytes....")), ERR_OK);
	gates_flush(&r->d.k);
	is_off(r, 7);
}

/* More than may be left unread: only then, and not what was of a start
 * before. */
static void test_a_gate_that_leaves_answers_unread(void **state)
{
	struct rig *r = *state;
	struct gates_gate *g = &r->d.k.gates[ASK_FLOW];
	char *answer = malloc(200000);
	size_t put = 0;

	memset(answer, 'a', 200000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(gates_put(&r->d.k, ASK_FLOW, 6, 1,
		    span_of(answer, 200000)), ERR_OK);
	assert_false(g->full);
	while (!g->full && put < 2 * UNREAD) {
		owe(r);
		assert_int_equal(gates_put(&r->d.k, ASK_FLOW, 7, 1,
		    span_of(answer, 200000)), ERR_OK);
		put += 200000;
	}
	assert_true(g->full && put > UNREAD);
	/* what comes behind is dropped, what it asks is not read */
	assert_int_equal(gates_put(&r->d.k, ASK_FLOW, 7, 2, span_str("x")),
	    ERR_OK);
	desk_asks(&r->d, desk_plain());
	desk_reads(&r->d);
	assert_int_equal(slots_used(r->d.k.slots), 0);
	gates_flush(&r->d.k);
	is_off(r, 7);
	free(answer);
}

/* A new start takes the place of the one before, whose end is closed. */
static void test_another_start(void **state)
{
	struct rig *r = *state;
	struct msg m;
	int fd[2];

	pair(fd);
	assert_int_equal(gates_take(&r->d.k, ASK_FLOW, 8, fd[0]), ERR_OK);
	assert_int_equal(gates_turn(&r->d.k, ASK_FLOW), 8);
	assert_int_equal(chan_get(r->d.gate, &m), ERR_CLOSED);
	chan_free(r->d.gate);
	assert_int_equal(chan_new(fd[1], MSG_GATE, MSG_KEEPER, 1u << 20,
	    &r->d.gate), ERR_OK);
	assert_int_equal(gates_put(&r->d.k, ASK_FLOW, 7, 1, span_str("x")),
	    ERR_OK);
	gates_flush(&r->d.k);
	assert_int_equal(chan_get(r->d.gate, &m), ERR_STATE);
	desk_asks(&r->d, desk_plain());
	assert_int_equal(loop_turn(r->d.k.loop, 0), ERR_OK);
	gates_read(&r->d.k);
	assert_int_equal(slots_used(r->d.k.slots), 1);
	assert_true(stopped(r) == 0);
}

/* Its channel or its watch cannot be made: nothing is left of it. */
static void test_no_memory_for_a_start(void **state)
{
	struct rig *r = *state;
	bool failed = true;
	int failures = 0;

	for (int n = 0; failed; n++) {
		enum err e;
		int fd[2];

		pair(fd);
		failing_set(FAILING_MEMORY, n, ENOMEM);
		e = gates_take(&r->d.k, ASK_FLOW, 8, fd[0]);
		failed = failing_end();
		failures += failed;
		assert_int_equal(e, failed ? ERR_NOMEM : ERR_OK);
		assert_true((r->d.k.gates[ASK_FLOW].chan == NULL) == failed);
		if (failed)
			assert_int_equal(fcntl(fd[0], F_GETFD), -1);
		(void)close(fd[1]);
	}
	print_message("# %d calls failed\n", failures);
	assert_true(failures > 1);
}

/* One that stops reads no more, and says what it has to say. */
static void test_deaf_while_it_stops(void **state)
{
	struct rig *r = *state;

	assert_int_equal(gates_deafen(&r->d.k), ERR_OK);
	r->d.k.stopping = true;
	desk_asks(&r->d, desk_plain());
	desk_reads(&r->d);
	assert_int_equal(slots_used(r->d.k.slots), 0);
	gates_flush(&r->d.k);
	assert_non_null(r->d.k.gates[ASK_FLOW].chan);
	assert_true(stopped(r) == 0);
}

/* Questions as the keeper refuses them at once, n in all. */
static void ask_some(struct rig *r, unsigned n)
{
	struct desk_ask a = desk_plain();

	a.unsigned_ = true;
	for (unsigned i = 0; i < n; i++)
		desk_asks(&r->d, a);
}

static unsigned answers(struct rig *r)
{
	struct msg m;
	unsigned n = 0;

	gates_flush(&r->d.k);
	while (!chan_get(r->d.gate, &m))
		n++;
	return n;
}

/* So many a turn, and the rest without being woken for it. */
static void test_a_few_in_a_turn(void **state)
{
	struct rig *r = *state;
	struct gates_gate *g = &r->d.k.gates[ASK_FLOW];
	struct buf all;
	struct msg m;

	ask_some(r, GATES_TURN + 3);
	desk_reads(&r->d);
	assert_int_equal(answers(r), GATES_TURN);
	desk_reads(&r->d);
	assert_int_equal(answers(r), 3);
	assert_false(g->waits);
	/* all in one datagram: no poll shows what is left of it */
	buf_init(&all, LIMIT_DATAGRAM);
	ask_some(r, 1);
	assert_int_equal(chan_get(g->chan, &m), ERR_OK);
	for (unsigned i = 0; i < GATES_TURN + 3; i++) {
		size_t at = msg_begin(&all, MSG_ASK, i);

		buf_put_span(&all, m.body);
		msg_end(&all, at);
	}
	assert_int_equal(send(chan_fd(r->d.gate), all.p, all.n, 0),
	    (ssize_t)all.n);
	desk_reads(&r->d);
	assert_true(g->waits);
	/* the next turn waits for nobody */
	assert_int_equal(loop_turn(r->d.k.loop, -1), ERR_OK);
	gates_read(&r->d.k);
	assert_false(g->waits);
	assert_null(desk_failed());
	buf_release(&all);
}

/* Lines of a bundle count: one that fills the turn is its last. */
static void test_lines_are_counted_too(void **state)
{
	struct rig *r = *state;
	struct keeper *k = &r->d.k;
	struct desk_ask a = desk_plain();
	char line[4096];
	struct buf b;

	desk_body(line, sizeof(line), DESK_AMC, "MED", "02447812");
	buf_init(&b, LIMIT_BUNDLE);
	buf_text(&b, "{\"resourceType\":\"Bundle\",\"type\":\"batch\","
	    "\"entry\":[");
	for (unsigned i = 0; i < GATES_TURN; i++)
		buf_printf(&b, "%s{\"request\":{\"method\":\"POST\",\"url\":"
		    "\"CoverageEligibilityRequest\"},\"resource\":%s}",
		    i ? "," : "", line);
	buf_text(&b, "]}");
	buf_put_u8(&b, 0);
	assert_int_equal(b.err, ERR_OK);
	a.path = "/fhir";
	a.body = (const char *)b.p;
	desk_asks(&r->d, a);
	desk_asks(&r->d, desk_plain());
	desk_reads(&r->d);
	assert_int_equal(slots_used(k->slots), 1 + GATES_TURN);
	desk_reads(&r->d);
	assert_int_equal(slots_used(k->slots), 2 + GATES_TURN);
	/* the vault ends: both are answered, and nothing is left of them */
	chan_free(r->d.vault);
	r->d.vault = NULL;
	assert_int_equal(loop_turn(k->loop, 0), ERR_OK);
	decide_commit(k);
	assert_int_equal(slots_used(k->slots), 0);
	assert_int_equal(answers(r), 2);
	assert_null(desk_failed());
	buf_release(&b);
}

/* The keeper fails at the first of them: the others are not read. */
static void test_none_is_read_behind_a_failure(void **state)
{
	struct rig *r = *state;

	ask_some(r, 2);
	failing_set(FAILING_CIPHER, 0, EIO);
	desk_reads(&r->d);
	assert_true(failing_end());
	assert_string_equal(desk_failed(), "signing an answer");
	assert_int_equal(answers(r), 0);
	desk_reads(&r->d);
	assert_int_equal(answers(r), 0);
	r->d.k.failed = false;
	desk_reads(&r->d);
	assert_int_equal(answers(r), 1);
}

/* What the loop does not know it cannot change: the gate is given up, and at
 * the end that is said. */
static void test_a_gate_that_cannot_be_watched(void **state)
{
	struct rig *r = *state;
	struct gates_gate *g = &r->d.k.gates[ASK_FLOW];
	int fd[2];

	pair(fd);
	assert_int_equal(dup2(fd[0], chan_fd(g->chan)), chan_fd(g->chan));
	assert_int_equal(gates_deafen(&r->d.k), ERR_IO);
	r->d.k.stopping = true;
	gates_flush(&r->d.k);	/* nothing changes: deaf already */
	assert_non_null(g->chan);
	r->d.k.stopping = false;
	gates_flush(&r->d.k);
	is_off(r, 7);
	(void)close(fd[0]);
	(void)close(fd[1]);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_planes_that_are_none),
		WITH(test_a_gate_that_asks_for_another_plane),
		WITH(test_a_gate_that_asks_what_is_no_question),
		WITH(test_a_gate_that_sends_no_message),
		WITH(test_a_gate_that_is_gone),
		WITH(test_a_gate_that_is_gone_when_answered),
		WITH(test_a_gate_that_leaves_answers_unread),
		WITH(test_another_start),
		WITH(test_no_memory_for_a_start),
		WITH(test_deaf_while_it_stops),
		WITH(test_a_few_in_a_turn),
		WITH(test_lines_are_counted_too),
		WITH(test_none_is_read_behind_a_failure),
		WITH(test_a_gate_that_cannot_be_watched),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
