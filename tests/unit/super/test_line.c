/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what the keeper says to super arrives, and only as long as it keeps to
 * the protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "super/line.h"

#define GATE 1		/* plane of the only gate there is */

struct scene {
	struct clock clock;
	struct loop *loop;
	struct line line;
	struct chan *keeper;
	unsigned ready, stops, broken;
	unsigned more;		/* datagrams that follow, one each word */
};

static void was_ready(void *ctx)
{
	struct scene *s = ctx;

	s->ready++;
}

static void say_stop(struct scene *s, uint8_t nth);

static enum err was_stopped(
    void *ctx, const struct sibling *who, uint64_t turn)
{
	struct scene *s = ctx;

	assert_int_equal(turn, 7);
	s->stops++;
	if (s->more > 0) {
		s->more--;
		say_stop(s, GATE);
	}
	return who->kind == SIBLING_GATE && who->nth == GATE ? ERR_OK :
	    ERR_RANGE;
}

static void was_broken(void *ctx)
{
	struct scene *s = ctx;

	assert_null(s->line.chan);
	s->broken++;
}

static const struct line_calls calls = {was_ready, was_stopped, was_broken};

static struct scene *begin(void)
{
	static struct scene s;
	int pair[2];

	s = (struct scene){.clock = clock_system()};
	assert_int_equal(loop_new(&s.clock, &s.loop), ERR_OK);
	line_init(&s.line, s.loop, &calls, &s);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(line_open(&s.line, pair[0]), ERR_OK);
	assert_int_equal(chan_new(pair[1], MSG_KEEPER, MSG_SUPER, 1 << 20,
	    &s.keeper), ERR_OK);
	chan_take_fds(s.keeper);
	return &s;
}

static void end(struct scene *s)
{
	line_close(&s->line);
	chan_free(s->keeper);
	loop_free(s->loop);
}

static void turn(struct scene *s)
{
	assert_int_equal(loop_turn(s->loop, 0), ERR_OK);
}

/* Super tells the keeper of the gate. */
static void introduce(struct scene *s)
{
	struct sibling who = {SIBLING_GATE, GATE};
	struct msg m;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(line_introduce(&s->line, &who, 7, fd), ERR_OK);
	line_flush(&s->line);
	assert_int_equal(chan_get(s->keeper, &m), ERR_OK);
	assert_int_equal(m.type, MSG_CHANNEL);
	assert_int_equal(m.ref, 7);
	assert_int_equal(sibling_unpack(m.body, &who), ERR_OK);
	assert_int_equal(who.nth, GATE);
	fd = chan_fd_came(s->keeper);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void put_stop(struct scene *s, uint8_t nth)
{
	struct sibling who = {SIBLING_GATE, nth};
	uint8_t body[SIBLING_SIZE];

	sibling_pack(&who, body);
	assert_int_equal(chan_put(s->keeper, MSG_STOP, 7,
	    span_of(body, sizeof(body))), ERR_OK);
}

static void say_stop(struct scene *s, uint8_t nth)
{
	put_stop(s, nth);
	assert_int_equal(chan_flush(s->keeper), ERR_OK);
}

static void test_words_arrive(void **state)
{
	struct scene *s = begin();

	(void)state;
	introduce(s);
	assert_false(s->line.ready);
	assert_false(line_has_end(&s->line));
	assert_int_equal(chan_put(s->keeper, MSG_READY, 0,
	    span_of(NULL, 0)), ERR_OK);
	say_stop(s, GATE);
	turn(s);
	assert_int_equal(s->ready, 1);
	assert_true(s->line.ready);
	assert_int_equal(s->stops, 1);
	assert_int_equal(s->broken, 0);
	end(s);
}

static void test_its_end_closes(void **state)
{
	struct scene *s = begin();

	(void)state;
	introduce(s);
	say_stop(s, GATE);
	chan_free(s->keeper);
	s->keeper = NULL;
	/* seen at once, behind what was said before */
	assert_true(line_has_end(&s->line));
	assert_int_equal(s->stops, 0);
	for (int i = 0; i < 3; i++)
		turn(s);
	assert_int_equal(s->stops, 1);
	assert_null(s->line.chan);
	assert_true(line_has_end(&s->line));
	assert_int_equal(s->broken, 0);
	end(s);
}

/* Who comes later meets no keeper: that is no error, and no leak. */
static void test_nobody_is_told(void **state)
{
	struct scene *s = begin();
	struct sibling who = {SIBLING_GATE, GATE};
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	line_close(&s->line);
	assert_true(fd >= 0);
	assert_int_equal(line_introduce(&s->line, &who, 7, fd), ERR_OK);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	line_flush(&s->line);
	end(s);
}

static void test_a_stranger_is_a_breach(void **state)
{
	struct scene *s = begin();

	(void)state;
	introduce(s);
	put_stop(s, GATE + 1);
	say_stop(s, GATE);
	turn(s);
	assert_int_equal(s->stops, 1);
	assert_int_equal(s->broken, 1);
	end(s);
}

static void drain(void *ctx, unsigned bits)
{
	char c;

	(void)bits;
	assert_int_equal(read(*(int *)ctx, &c, 1), 1);
	assert_int_equal(close(*(int *)ctx), 0);
	*(int *)ctx = -1;
}

/* Each word is followed by the next before it is served: what else happens has
 * its turn all the same. */
static void test_a_flood_is_read_by_turns(void **state)
{
	struct scene *s = begin();
	struct loop_watch *w;
	int ends[2];

	(void)state;
	introduce(s);
	s->more = 1000;
	put_stop(s, GATE);
	say_stop(s, GATE);
	turn(s);
	assert_int_equal(s->stops, 2);	/* those of one datagram */
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(loop_watch(s->loop, ends[0], LOOP_READ, drain,
	    &ends[0], &w), ERR_OK);
	assert_int_equal(write(ends[1], "x", 1), 1);
	turn(s);
	loop_drop(w);
	assert_int_equal(ends[0], -1);
	assert_int_equal(s->stops, 3);
	for (unsigned i = 0; i < 2000 && s->more > 0; i++)
		turn(s);
	assert_int_equal(s->more, 0);
	assert_int_equal(s->broken, 0);
	assert_int_equal(close(ends[1]), 0);
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_arrive),
	    cmocka_unit_test(test_its_end_closes),
	    cmocka_unit_test(test_nobody_is_told),
	    cmocka_unit_test(test_a_stranger_is_a_breach),
	    cmocka_unit_test(test_a_flood_is_read_by_turns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
