/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a connection that cannot be had for want of descriptors costs one try
 * in DOOR_REST_MS, and is taken when there is one again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "proc/door.h"

#define FDS_MOST 64

/* A clock that stands until it is told. */
static int64_t now_ms;

static int64_t read_now(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static const struct clock test_clock = {read_now, read_now, NULL};

struct house {
	struct loop *loop;
	struct door door;
	int listens;
	struct sockaddr_un address;
	socklen_t n;
	unsigned tries, taken;
	enum err last;
};

static void came(void *ctx, unsigned bits)
{
	struct house *h = ctx;
	int fd = -1;

	(void)bits;
	h->tries++;
	while ((h->last = door_take(&h->door, &fd)) == ERR_OK) {
		h->taken++;
		assert_int_equal(close(fd), 0);
	}
}

/* The kernel picks an abstract name: nothing is left behind. */
static void begin(struct house *h)
{
	*h = (struct house){.address = {.sun_family = AF_UNIX},
	    .n = sizeof(h->address)};
	h->listens = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_true(h->listens >= 0);
	assert_int_equal(bind(h->listens, (struct sockaddr *)&h->address,
	                     sizeof(sa_family_t)), 0);
	assert_int_equal(listen(h->listens, 8), 0);
	assert_int_equal(getsockname(h->listens,
	                     (struct sockaddr *)&h->address, &h->n), 0);
	assert_int_equal(loop_new(&test_clock, &h->loop), ERR_OK);
	assert_int_equal(
	    door_open(&h->door, h->loop, h->listens, came, h), ERR_OK);
}

static int knock(const struct house *h)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&h->address, h->n), 0);
	return fd;
}

static void end(struct house *h)
{
	door_close(&h->door);
	door_close(&h->door);
	loop_free(h->loop);
	assert_int_equal(close(h->listens), 0);
}

static void turn(struct house *h)
{
	assert_int_equal(loop_turn(h->loop, 0), ERR_OK);
}

/* Every number below the limit is taken but for one, which is given. */
static int use_up(struct rlimit *before)
{
	struct rlimit few;
	int fd = -1, last = -1;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	few = (struct rlimit){FDS_MOST, before->rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while ((fd = dup(0)) >= 0)
		last = fd;
	assert_true(last >= 0);
	return last;
}

static void give_back(const struct rlimit *before, int first)
{
	for (int fd = first; fd < FDS_MOST; fd++)
		(void)close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, before), 0);
}

static void test_rests_without_descriptors(void **state)
{
	struct rlimit before;
	struct house h;
	int client, first, spare;

	(void)state;
	now_ms = 1000;
	begin(&h);
	client = knock(&h);
	first = dup(0);
	assert_int_equal(close(first), 0);
	spare = use_up(&before);
	turn(&h);
	assert_int_equal(h.tries, 1);
	assert_int_equal(h.last, ERR_FULL);
	for (unsigned i = 0; i < 5; i++)
		turn(&h);
	assert_int_equal(h.tries, 1);
	/* nor does its owner wake it */
	assert_int_equal(door_want(&h.door, true), ERR_OK);
	turn(&h);
	assert_int_equal(h.tries, 1);
	now_ms += DOOR_REST_MS;
	turn(&h);	/* the timer */
	turn(&h);
	turn(&h);
	assert_int_equal(h.tries, 2);
	assert_int_equal(h.taken, 0);
	assert_int_equal(close(spare), 0);
	now_ms += DOOR_REST_MS;
	turn(&h);
	turn(&h);
	assert_int_equal(h.tries, 3);
	assert_int_equal(h.taken, 1);
	assert_int_equal(h.last, ERR_STATE);
	give_back(&before, first);
	assert_int_equal(close(client), 0);
	end(&h);
}

static void test_takes_when_it_is_wanted(void **state)
{
	struct house h;
	int client;

	(void)state;
	begin(&h);
	client = knock(&h);
	assert_int_equal(door_want(&h.door, false), ERR_OK);
	turn(&h);
	assert_int_equal(h.tries, 0);
	assert_int_equal(door_want(&h.door, true), ERR_OK);
	turn(&h);
	turn(&h);
	assert_int_equal(h.tries, 1);
	assert_int_equal(h.taken, 1);
	assert_int_equal(close(client), 0);
	client = knock(&h);
	door_close(&h.door);
	assert_int_equal(door_want(&h.door, true), ERR_OK);
	turn(&h);
	assert_int_equal(h.tries, 1);
	assert_int_equal(close(client), 0);
	end(&h);
}

/* Closed while it rests: its timer fires no more. */
static void test_closes_while_it_rests(void **state)
{
	struct rlimit before;
	struct house h;
	int client, first;

	(void)state;
	begin(&h);
	client = knock(&h);
	first = dup(0);
	assert_int_equal(close(first), 0);
	(void)use_up(&before);
	turn(&h);
	assert_int_equal(h.last, ERR_FULL);
	give_back(&before, first);
	door_close(&h.door);
	now_ms += 2 * DOOR_REST_MS;
	turn(&h);
	turn(&h);
	assert_int_equal(h.tries, 1);
	assert_int_equal(close(client), 0);
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rests_without_descriptors),
	    cmocka_unit_test(test_takes_when_it_is_wanted),
	    cmocka_unit_test(test_closes_while_it_rests),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
