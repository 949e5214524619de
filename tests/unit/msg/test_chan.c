/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: messages cross a channel in order and whole, the longest datagram
 * really passes, a full peer is noticed, and whatever the table does not
 * allow - type, direction, length, descriptor, cut datagram - is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/random.h"
#include "msg/chan.h"

#define MOST (4 * LIMIT_DATAGRAM)

static uint8_t bytes[LIMIT_DATAGRAM + 1];

struct pair {
	struct chan *keeper, *vault;
};

static void make_pair(struct pair *p)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(
	    chan_new(fd[0], MSG_KEEPER, MSG_VAULT, MOST, &p->keeper), ERR_OK);
	assert_int_equal(
	    chan_new(fd[1], MSG_VAULT, MSG_KEEPER, MOST, &p->vault), ERR_OK);
}

/* The vault owes so many answers to messages of n bytes, and has greeted. */
static void make_pair_owing(
    struct pair *p, enum msg_type type, size_t n, unsigned count)
{
	struct msg m;

	make_pair(p);
	assert_int_equal(chan_put(p->vault, MSG_VAULT_READY, 0,
	                     span_of(bytes, 0)), ERR_OK);
	assert_int_equal(chan_flush(p->vault), ERR_OK);
	assert_int_equal(chan_get(p->keeper, &m), ERR_OK);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(chan_put(p->keeper, type, i,
		                     span_of(bytes, n)), ERR_OK);
		assert_int_equal(chan_flush(p->keeper), ERR_OK);
		assert_int_equal(chan_get(p->vault, &m), ERR_OK);
	}
}

static void free_pair(struct pair *p)
{
	chan_free(p->keeper);
	chan_free(p->vault);
}

/* A raw socket facing a vault's channel. */
static int make_raw(struct chan **vault)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(
	    chan_new(fd[1], MSG_VAULT, MSG_KEEPER, MOST, vault), ERR_OK);
	return fd[0];
}

static void test_turn_is_one_datagram_in_order(void **state)
{
	struct pair p;
	struct msg m;
	uint8_t seen[4096];
	ssize_t n;

	(void)state;
	make_pair_owing(&p, MSG_RESOLVE, 5, 16);
	for (uint64_t i = 1; i <= 16; i++)
		assert_int_equal(chan_put(p.vault, MSG_RESOLVED, i,
		                     span_of(bytes, 9)), ERR_OK);
	assert_int_equal(chan_flush(p.vault), ERR_OK);
	n = recv(chan_fd(p.keeper), seen, sizeof(seen), MSG_PEEK);
	assert_int_equal(n, 16 * (MSG_HEAD + 9));
	for (uint64_t i = 1; i <= 16; i++) {
		assert_int_equal(chan_get(p.keeper, &m), ERR_OK);
		assert_int_equal(m.type, MSG_RESOLVED);
		assert_int_equal(m.ref, i);
		assert_int_equal(m.body.n, 9);
		assert_int_equal(chan_holds(p.keeper), i < 16);
	}
	assert_int_equal(chan_get(p.keeper, &m), ERR_STATE);
	assert_false(chan_holds(p.keeper));
	free_pair(&p);
}

static void test_longest_message_passes(void **state)
{
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 7);
	struct pair p;
	struct msg m;

	(void)state;
	random_fill(&random, bytes, sizeof(bytes));
	make_pair_owing(&p, MSG_FEED_BEGIN, 16, 1);
	assert_int_equal(chan_put(p.keeper, MSG_FEED_LINES, 1,
	                     span_of(bytes, LIMIT_DATAGRAM - 64)), ERR_OK);
	assert_int_equal(chan_flush(p.keeper), ERR_OK);
	assert_false(chan_wants_write(p.keeper));
	assert_int_equal(chan_get(p.vault, &m), ERR_OK);
	assert_int_equal(m.body.n, LIMIT_DATAGRAM - 64);
	assert_memory_equal(m.body.p, bytes, m.body.n);
	free_pair(&p);
}

/* The limit itself, to the byte, through a socket that chan_new accepted. */
static void test_datagram_of_the_limit_passes_the_kernel(void **state)
{
	struct chan *vault;
	int raw = make_raw(&vault);
	struct pair p;
	static uint8_t got[LIMIT_DATAGRAM];

	(void)state;
	make_pair(&p);
	assert_int_equal(send(chan_fd(p.keeper), bytes, LIMIT_DATAGRAM, 0),
	    LIMIT_DATAGRAM);
	assert_int_equal(recv(chan_fd(p.vault), got, sizeof(got), 0),
	    LIMIT_DATAGRAM);
	assert_memory_equal(got, bytes, sizeof(got));
	free_pair(&p);
	chan_free(vault);
	assert_int_equal(close(raw), 0);
}

static void test_put_more_than_a_datagram_makes_two(void **state)
{
	struct pair p;
	struct msg m;

	(void)state;
	make_pair_owing(&p, MSG_DO, 64, 5);
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(chan_put(p.vault, MSG_DONE, i,
		                     span_of(bytes, LIMIT_BODY)), ERR_OK);
	assert_int_equal(chan_flush(p.vault), ERR_OK);
	for (uint64_t i = 0; i < 5; i++) {
		enum err e = chan_get(p.keeper, &m);

		if (e == ERR_STATE) {	/* the socket was full: the rest */
			assert_true(chan_wants_write(p.vault));
			assert_int_equal(chan_flush(p.vault), ERR_OK);
			e = chan_get(p.keeper, &m);
		}
		assert_int_equal(e, ERR_OK);
		assert_int_equal(m.ref, i);
		assert_memory_equal(m.body.p, bytes, LIMIT_BODY);
	}
	free_pair(&p);
}

static void test_peer_that_does_not_read_fills_the_queue(void **state)
{
	struct pair p;
	struct msg m;
	uint64_t put = 0, got = 0;
	enum err e = ERR_OK;

	(void)state;
	make_pair_owing(&p, MSG_DO, 64, 100);
	while (!e) {
		e = chan_put(
		    p.vault, MSG_DONE, put, span_of(bytes, LIMIT_BODY));
		put += e == ERR_OK;
		assert_int_equal(chan_flush(p.vault), ERR_OK);
		assert_true(put < 100);
	}
	assert_int_equal(e, ERR_FULL);
	assert_true(chan_wants_write(p.vault));
	while (got < put) {
		e = chan_get(p.keeper, &m);
		if (e == ERR_STATE) {
			assert_int_equal(chan_flush(p.vault), ERR_OK);
			continue;
		}
		assert_int_equal(e, ERR_OK);
		assert_int_equal(m.ref, got++);
	}
	assert_false(chan_wants_write(p.vault));
	assert_int_equal(chan_put(p.vault, MSG_DONE, 1, span_of(bytes, 9)),
	    ERR_OK);
	free_pair(&p);
}

static void test_put_outside_the_table_refused(void **state)
{
	struct pair p;

	(void)state;
	make_pair(&p);
	assert_int_equal(chan_put(p.keeper, MSG_RESOLVED, 1,
	                     span_of(bytes, 8)), ERR_STATE);
	assert_int_equal(chan_put(p.keeper, MSG_ANSWER, 1,
	                     span_of(bytes, 16)), ERR_STATE);
	assert_int_equal(chan_put(p.vault, MSG_RESOLVED, 1,
	                     span_of(bytes, 10)), ERR_LIMIT);
	assert_int_equal(chan_put(p.vault, MSG_RESOLVED, 1,
	                     span_of(bytes, 8)), ERR_SHAPE);
	free_pair(&p);
}

struct raw_message {
	unsigned type, zero;
	uint32_t len;
	size_t sent;	/* bytes of body really sent */
};

static void send_raw(int fd, const struct raw_message *m)
{
	struct buf b;

	buf_init(&b, LIMIT_DATAGRAM);
	buf_put_u16(&b, (uint16_t)m->type);
	buf_put_u16(&b, (uint16_t)m->zero);
	buf_put_u32(&b, m->len);
	buf_put_u64(&b, 5);
	buf_put(&b, bytes, m->sent);
	assert_int_equal(send(fd, b.p, b.n, 0), (ssize_t)b.n);
	buf_release(&b);
}

static void test_received_outside_the_table_refused(void **state)
{
	static const struct raw_message bad[] = {
	    {0, 0, 0, 0},			/* no such type */
	    {999, 0, 8, 8},			/* no such type */
	    {MSG_RESOLVED, 0, 9, 9},		/* the vault's own */
	    {MSG_ASK, 0, 40, 40},		/* the gate's */
	    {MSG_HANDLE, 1, 12, 12},		/* zero is not zero */
	    {MSG_HANDLE, 0, 11, 11},		/* too short */
	    {MSG_HANDLE, 0, 13, 13},		/* too long */
	    {MSG_HANDLE, 0, 12, 11},		/* cut */
	    {MSG_HANDLE, 0, 12, 13},		/* a byte left over */
	    {MSG_HANDLE, 0, UINT32_MAX, 12},	/* length over the end */
	};
	struct msg m;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct chan *vault;
		int raw = make_raw(&vault);
		enum err e;

		send_raw(raw, &bad[i]);
		e = chan_get(vault, &m);
		if (e == ERR_OK)	/* the byte left over comes second */
			e = chan_get(vault, &m);
		assert_int_equal(e, ERR_SHAPE);
		assert_int_equal(chan_get(vault, &m), ERR_SHAPE);
		chan_free(vault);
		assert_int_equal(close(raw), 0);
	}
}

static void put_raw(struct buf *b, unsigned type, size_t n)
{
	buf_put_u16(b, (uint16_t)type);
	buf_put_u16(b, 0);
	buf_put_u32(b, (uint32_t)n);
	buf_put_u64(b, 5);
	buf_put(b, bytes, n);
}

/* Good messages, cut by the inbox exactly between two of them. */
static void test_received_too_long_a_datagram_refused(void **state)
{
	struct chan *vault;
	int raw = make_raw(&vault), size = 2 * LIMIT_DATAGRAM;
	const struct raw_message begin = {MSG_FEED_BEGIN, 0, 16, 16};
	struct buf b;
	struct msg m;

	(void)state;
	(void)setsockopt(raw, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	send_raw(raw, &begin);
	assert_int_equal(chan_get(vault, &m), ERR_OK);
	buf_init(&b, 2 * LIMIT_DATAGRAM);
	put_raw(&b, MSG_FEED_LINES, LIMIT_DATAGRAM - 64);
	put_raw(&b, MSG_HANDLE, 12);
	put_raw(&b, MSG_FEED_LAST, 4);
	assert_int_equal(b.n, LIMIT_DATAGRAM);
	assert_int_equal(send(raw, b.p, b.n, 0), (ssize_t)b.n);
	for (int i = 0; i < 3; i++)
		assert_int_equal(chan_get(vault, &m), ERR_OK);
	put_raw(&b, MSG_HANDLE, 12);
	assert_int_equal(send(raw, b.p, b.n, 0), (ssize_t)b.n);
	assert_int_equal(chan_get(vault, &m), ERR_SHAPE);
	buf_release(&b);
	chan_free(vault);
	assert_int_equal(close(raw), 0);
}

/* What the gate may say to the keeper the vault may not. */
static void test_received_from_another_peer_refused(void **state)
{
	struct raw_message ask = {MSG_ASK, 0, 40, 40};
	struct chan *keeper;
	struct msg m;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(
	    chan_new(fd[1], MSG_KEEPER, MSG_VAULT, MOST, &keeper), ERR_OK);
	send_raw(fd[0], &ask);
	assert_int_equal(chan_get(keeper, &m), ERR_SHAPE);
	chan_free(keeper);
	assert_int_equal(close(fd[0]), 0);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_received_descriptor_refused_and_closed(void **state)
{
	struct chan *vault;
	int raw = make_raw(&vault), before = open_descriptors();
	uint8_t head[MSG_HEAD + 12] = {0, MSG_HANDLE, 0, 0, 0, 0, 0, 12};
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {head, sizeof(head)};
	struct msghdr mh = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct msg m;

	(void)state;
	control.h.cmsg_level = SOL_SOCKET;
	control.h.cmsg_type = SCM_RIGHTS;
	control.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.h), &raw, sizeof(int));
	assert_int_equal(sendmsg(raw, &mh, 0), (ssize_t)sizeof(head));
	assert_int_equal(chan_get(vault, &m), ERR_SHAPE);
	assert_int_equal(open_descriptors(), before);
	chan_free(vault);
	assert_int_equal(close(raw), 0);
}

static void test_peer_gone_is_closed(void **state)
{
	struct chan *vault;
	int raw = make_raw(&vault);
	struct raw_message last = {MSG_HANDLE, 0, 12, 12};
	struct msg m;

	(void)state;
	send_raw(raw, &last);
	assert_int_equal(close(raw), 0);
	assert_int_equal(chan_get(vault, &m), ERR_OK);
	assert_int_equal(chan_get(vault, &m), ERR_CLOSED);
	assert_int_equal(chan_put(vault, MSG_VAULT_READY, 1,
	                     span_of(bytes, 0)), ERR_OK);
	assert_int_equal(chan_flush(vault), ERR_CLOSED);
	chan_free(vault);
}

static void test_new_refuses_other_sockets(void **state)
{
	int fd[2];
	struct chan *c = NULL;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(
	    chan_new(fd[0], MSG_VAULT, MSG_KEEPER, MOST, &c), ERR_SHAPE);
	assert_null(c);
	assert_int_equal(close(fd[0]), 0);
	assert_int_equal(close(fd[1]), 0);
	assert_int_equal(
	    chan_new(-1, MSG_VAULT, MSG_KEEPER, MOST, &c), ERR_IO);
}

/* Two seeded streams of messages of all lengths, both read as they come. */
static void test_random_traffic_keeps_order(void **state)
{
	struct random_seeded seed;
	struct pair p;
	struct msg m;
	uint64_t put = 0, got = 0;

	(void)state;
	(void)random_from_seed(&seed, 99);
	make_pair_owing(&p, MSG_DO, 64, 3000);
	while (got < 3000) {
		size_t n = 4 + random_seeded_below(&seed, 40000);

		if (put < 3000 && chan_put(p.vault, MSG_DONE, put,
		                      span_of(bytes, n)) == ERR_OK)
			put++;
		if (random_seeded_below(&seed, 4) == 0)
			assert_int_equal(chan_flush(p.vault), ERR_OK);
		while (random_seeded_below(&seed, 8) != 0 &&
		    chan_get(p.keeper, &m) == ERR_OK)
			assert_int_equal(m.ref, got++);
	}
	assert_int_equal(got, put);
	free_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turn_is_one_datagram_in_order),
	    cmocka_unit_test(test_longest_message_passes),
	    cmocka_unit_test(test_datagram_of_the_limit_passes_the_kernel),
	    cmocka_unit_test(test_put_more_than_a_datagram_makes_two),
	    cmocka_unit_test(test_peer_that_does_not_read_fills_the_queue),
	    cmocka_unit_test(test_put_outside_the_table_refused),
	    cmocka_unit_test(test_received_outside_the_table_refused),
	    cmocka_unit_test(test_received_too_long_a_datagram_refused),
	    cmocka_unit_test(test_received_from_another_peer_refused),
	    cmocka_unit_test(test_received_descriptor_refused_and_closed),
	    cmocka_unit_test(test_peer_gone_is_closed),
	    cmocka_unit_test(test_new_refuses_other_sockets),
	    cmocka_unit_test(test_random_traffic_keeps_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
