/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a turn serves what is ready, then due timers in order, then the end
 * hook once; watches may be dropped and added from inside callbacks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/random.h"
#include "failing.h"
#include "proc/loop.h"

/* A clock that stands until it is told. */
static int64_t now_ms;

static int64_t read_now(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static const struct clock test_clock = {read_now, read_now, NULL};

struct end {
	int fd, other;
	struct loop_watch *watch;
	struct loop_watch **victim;	/* dropped when served */
	unsigned served, bits;
	char last;
};

static void serve(void *ctx, unsigned bits)
{
	struct end *e = ctx;

	e->served++;
	e->bits = bits;
	if (bits & LOOP_READ)
		(void)!read(e->fd, &e->last, 1);
	if (e->victim) {
		loop_drop(*e->victim);
		*e->victim = NULL;
		e->victim = NULL;
	}
}

static void make_end(struct loop *l, struct end *e)
{
	int fd[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	*e = (struct end){.fd = fd[0], .other = fd[1]};
	assert_int_equal(
	    loop_watch(l, e->fd, LOOP_READ, serve, e, &e->watch), ERR_OK);
}

static void close_end(struct end *e)
{
	loop_drop(e->watch);
	assert_int_equal(close(e->fd), 0);
	if (e->other >= 0)
		assert_int_equal(close(e->other), 0);
}

static void count(void *ctx)
{
	++*(unsigned *)ctx;
}

static void test_turn_serves_all_then_ends_once(void **state)
{
	struct loop *l;
	struct end a, b;
	unsigned ends = 0;

	(void)state;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	make_end(l, &a);
	make_end(l, &b);
	loop_at_end(l, count, &ends);
	assert_int_equal(write(a.other, "x", 1), 1);
	assert_int_equal(write(b.other, "y", 1), 1);
	assert_int_equal(loop_turn(l, 0), ERR_OK);
	assert_int_equal(a.served, 1);
	assert_int_equal(b.last, 'y');
	assert_int_equal(ends, 1);
	assert_int_equal(loop_turn(l, 0), ERR_OK);
	assert_int_equal(a.served, 1);
	assert_int_equal(ends, 2);
	close_end(&a);
	close_end(&b);
	loop_free(l);
}

static void test_watch_change_and_hangup(void **state)
{
	struct loop *l;
	struct end a;

	(void)state;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	make_end(l, &a);
	assert_int_equal(
	    loop_change(a.watch, LOOP_READ | LOOP_WRITE), ERR_OK);
	assert_int_equal(loop_turn(l, 0), ERR_OK);
	assert_int_equal(a.bits, LOOP_WRITE);
	assert_int_equal(loop_change(a.watch, 0), ERR_OK);
	assert_int_equal(write(a.other, "x", 1), 1);
	assert_int_equal(loop_turn(l, 0), ERR_OK);
	assert_int_equal(a.served, 1);
	assert_int_equal(loop_change(a.watch, LOOP_READ), ERR_OK);
	assert_int_equal(loop_turn(l, 0), ERR_OK);
	assert_int_equal(a.served, 2);
	assert_int_equal(close(a.other), 0);
	a.other = -1;
	assert_int_equal(loop_change(a.watch, 0), ERR_OK);
	assert_int_equal(loop_turn(l, 0), ERR_OK);
	assert_int_equal(a.bits, LOOP_READ | LOOP_WRITE);
	close_end(&a);
	loop_free(l);
}

/* Both are ready; whichever comes first drops the other. */
static void test_dropped_in_the_same_turn_is_not_served(void **state)
{
	struct loop *l;
	struct end a, b;

	(void)state;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	make_end(l, &a);
	make_end(l, &b);
	a.victim = &b.watch;
	b.victim = &a.watch;
	assert_int_equal(write(a.other, "x", 1), 1);
	assert_int_equal(write(b.other, "y", 1), 1);
	assert_int_equal(loop_turn(l, 0), ERR_OK);
	assert_int_equal(a.served + b.served, 1);
	close_end(&a);
	close_end(&b);
	loop_free(l);
}

struct note {
	struct loop *loop;
	struct loop_timer timer;
	int64_t *order;		/* what fired last */
	unsigned fired;
	bool again;
};

static void note_fire(void *ctx)
{
	struct note *n = ctx;

	assert_true(*n->order <= n->timer.due_ms);
	*n->order = n->timer.due_ms;
	n->fired++;
	if (n->again)
		assert_int_equal(
		    loop_timer_set(n->loop, &n->timer, 0), ERR_OK);
}

static void test_timers_fire_in_order_once(void **state)
{
	static struct note notes[500];
	struct random_seeded seed;
	struct loop *l;
	int64_t order = 0;
	unsigned fired = 0;

	(void)state;
	now_ms = 1000;
	(void)random_from_seed(&seed, 5);
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	for (int i = 0; i < 500; i++) {
		struct note *n = &notes[i];

		*n = (struct note){.loop = l, .order = &order};
		loop_timer_init(&n->timer, note_fire, n);
		assert_int_equal(loop_timer_set(l, &n->timer,
		    (int64_t)random_seeded_below(&seed, 300)), ERR_OK);
	}
	for (int i = 0; i < 500; i += 3)	/* some are taken back */
		loop_timer_clear(l, &notes[i].timer);
	for (int i = 0; i < 500; i += 7)	/* some are moved */
		assert_int_equal(
		    loop_timer_set(l, &notes[i].timer, 250), ERR_OK);
	for (; now_ms < 1400; now_ms += 50) {
		assert_int_equal(loop_turn(l, 0), ERR_OK);
		assert_true(order <= now_ms);
	}
	for (int i = 0; i < 500; i++) {
		assert_int_equal(
		    notes[i].fired, i % 3 != 0 || i % 7 == 0 ? 1 : 0);
		fired += notes[i].fired;
	}
	assert_true(fired > 300);
	loop_free(l);
}

static void test_timer_setting_itself_waits_for_the_next_turn(void **state)
{
	struct loop *l;
	int64_t order = 0;
	struct note n = {.order = &order, .again = true};

	(void)state;
	now_ms = 0;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	n.loop = l;
	loop_timer_init(&n.timer, note_fire, &n);
	assert_int_equal(loop_timer_set(l, &n.timer, 0), ERR_OK);
	for (unsigned turn = 1; turn < 5; turn++) {
		now_ms++;
		assert_int_equal(loop_turn(l, 0), ERR_OK);
		assert_int_equal(n.fired, turn);
	}
	loop_timer_clear(l, &n.timer);
	loop_timer_clear(l, &n.timer);	/* twice is fine */
	loop_free(l);
}

/* From its own fire it needs no memory, however many there are. */
static void again_fire(void *ctx)
{
	struct note *n = ctx;

	n->fired++;
	loop_timer_again(n->loop, &n->timer, 0);
}

static void test_again_has_its_place(void **state)
{
	static struct note notes[200];
	struct loop *l;

	(void)state;
	now_ms = 0;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	for (unsigned i = 0; i < 200; i++) {
		notes[i] = (struct note){.loop = l};
		loop_timer_init(&notes[i].timer, again_fire, &notes[i]);
		assert_int_equal(
		    loop_timer_set(l, &notes[i].timer, 0), ERR_OK);
		now_ms++;
		assert_int_equal(loop_turn(l, 0), ERR_OK);
		for (unsigned j = 0; j <= i; j++)
			assert_int_equal(notes[j].fired, i - j + 1);
	}
	loop_free(l);
}

/* With room for all of them no timer asks for memory. */
static void test_room_for_all(void **state)
{
	static struct loop_timer timers[200];
	struct loop *l;

	(void)state;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	assert_int_equal(loop_room(l, 200), ERR_NOMEM);
	assert_true(failing_end());
	assert_int_equal(loop_room(l, 200), ERR_OK);
	failing_set(FAILING_MEMORY, 0, ENOMEM);
	for (size_t i = 0; i < 200; i++) {
		loop_timer_init(&timers[i], again_fire, NULL);
		loop_timer_again(l, &timers[i], 1000);
	}
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(
		    loop_timer_set(l, &timers[i], 2000), ERR_OK);
	assert_false(failing_end());
	loop_free(l);
}

/* A turn without an end, if it waits for a descriptor; only one of the two. */
static void test_again_does_not_wait_once(void **state)
{
	struct loop *l;
	unsigned ends = 0;
	struct note n = {.order = &(int64_t){0}};

	(void)state;
	now_ms = 0;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	loop_at_end(l, count, &ends);
	loop_again(l);
	assert_int_equal(loop_turn(l, -1), ERR_OK);
	assert_int_equal(ends, 1);
	/* told once: the next one waits for its timer */
	n.loop = l;
	loop_timer_init(&n.timer, note_fire, &n);
	assert_int_equal(loop_timer_set(l, &n.timer, 1), ERR_OK);
	assert_int_equal(loop_turn(l, 1), ERR_OK);
	assert_int_equal(ends, 2);
	loop_timer_clear(l, &n.timer);
	loop_free(l);
}

static void came(void *ctx, int number)
{
	struct loop *l = *(struct loop **)ctx;

	assert_int_equal(number, SIGUSR1);
	*(struct loop **)ctx = NULL;
	loop_stop(l);
}

static void test_signal_comes_as_a_call(void **state)
{
	static const int list[] = {SIGUSR1, 0};
	struct loop *l, *seen;

	(void)state;
	assert_int_equal(loop_new(&test_clock, &l), ERR_OK);
	seen = l;
	assert_int_equal(loop_signals(l, list, came, &seen), ERR_OK);
	assert_int_equal(loop_signals(l, list, came, &seen), ERR_STATE);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	assert_int_equal(loop_run(l), ERR_OK);
	assert_null(seen);
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turn_serves_all_then_ends_once),
	    cmocka_unit_test(test_watch_change_and_hangup),
	    cmocka_unit_test(test_dropped_in_the_same_turn_is_not_served),
	    cmocka_unit_test(test_timers_fire_in_order_once),
	    cmocka_unit_test(
	        test_timer_setting_itself_waits_for_the_next_turn),
	    cmocka_unit_test(test_again_has_its_place),
	    cmocka_unit_test(test_room_for_all),
	    cmocka_unit_test(test_again_does_not_wait_once),
	    cmocka_unit_test(test_signal_comes_as_a_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
