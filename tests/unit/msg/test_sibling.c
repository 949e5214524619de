/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: super hands the keeper one descriptor with a message, and where none
 * or more come than are expected the peer is refused and nothing stays open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "msg/chan.h"
#include "msg/sibling.h"

#define MOST (4 * LIMIT_DATAGRAM)

static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

static void make(struct chan **super, struct chan **keeper, bool takes)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(
	    chan_new(fd[0], MSG_SUPER, MSG_KEEPER, MOST, super), ERR_OK);
	assert_int_equal(
	    chan_new(fd[1], MSG_KEEPER, MSG_SUPER, MOST, keeper), ERR_OK);
	if (takes)
		chan_take_fds(*keeper);
}

static void put(struct chan *super, uint64_t ref, int fd)
{
	const struct sibling who = {SIBLING_VAULT, 3};
	uint8_t body[SIBLING_SIZE];

	sibling_pack(&who, body);
	assert_int_equal(chan_put_fd(super, MSG_CHANNEL, ref,
	    span_of(body, sizeof(body)), fd), ERR_OK);
}

static void test_a_descriptor_comes_with_its_message(void **state)
{
	struct chan *super, *keeper;
	int before = open_descriptors(), fd, pipes[2];
	struct sibling who;
	struct msg m;
	char byte;

	(void)state;
	make(&super, &keeper, true);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	put(super, 7, pipes[0]);
	put(super, 8, dup(pipes[1]));
	assert_int_equal(chan_flush(super), ERR_OK);
	assert_int_equal(chan_get(keeper, &m), ERR_OK);
	assert_int_equal(m.ref, 7);
	assert_int_equal(sibling_unpack(m.body, &who), ERR_OK);
	assert_int_equal(who.kind, SIBLING_VAULT);
	assert_int_equal(who.nth, 3);
	fd = chan_fd_came(keeper);
	assert_int_equal(read(fd, &byte, 1), 1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
	/* taken once; one that nobody takes is closed */
	assert_int_equal(chan_fd_came(keeper), -1);
	assert_int_equal(chan_get(keeper, &m), ERR_OK);
	assert_int_equal(m.ref, 8);
	assert_int_equal(chan_get(keeper, &m), ERR_STATE);
	chan_free(super);
	chan_free(keeper);
	assert_int_equal(close(pipes[1]), 0);
	assert_int_equal(open_descriptors(), before);
}

static void test_nobody_asked_for_it(void **state)
{
	struct chan *super, *keeper;
	int before = open_descriptors();
	struct msg m;

	(void)state;
	make(&super, &keeper, false);
	put(super, 1, dup(0));
	assert_int_equal(chan_flush(super), ERR_OK);
	assert_int_equal(chan_get(keeper, &m), ERR_SHAPE);
	chan_free(super);
	chan_free(keeper);
	assert_int_equal(open_descriptors(), before);
}

static void test_two_at_once_are_refused(void **state)
{
	union {
		struct cmsghdr align;
		uint8_t room[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	uint8_t bytes[MSG_HEAD + 2] = {0, MSG_CHANNEL, 0, 0, 0, 0, 0, 2};
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr out = {.msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = control.room,
	    .msg_controllen = sizeof(control.room)};
	int before = open_descriptors(), fd[2], two[2] = {0, 1};
	struct chan *keeper;
	struct msg m;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(
	    chan_new(fd[1], MSG_KEEPER, MSG_SUPER, MOST, &keeper), ERR_OK);
	chan_take_fds(keeper);
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(&control.align), two, sizeof(two));
	assert_int_equal(sendmsg(fd[0], &out, 0), (int)sizeof(bytes));
	assert_int_equal(chan_get(keeper, &m), ERR_SHAPE);
	assert_int_equal(close(fd[0]), 0);
	chan_free(keeper);
	assert_int_equal(open_descriptors(), before);
}

static void test_kinds_are_those_of_the_list(void **state)
{
	const uint8_t bad[][3] = {{0, 0, 0}, {3, 0, 0}, {1, 2, 3}};
	struct sibling who;

	(void)state;
	assert_int_equal(sibling_unpack(span_of(bad[0], 2), &who), ERR_RANGE);
	assert_int_equal(sibling_unpack(span_of(bad[1], 2), &who), ERR_RANGE);
	assert_int_equal(sibling_unpack(span_of(bad[2], 3), &who), ERR_SHAPE);
	assert_int_equal(sibling_unpack(span_of(bad[2], 1), &who), ERR_SHAPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_descriptor_comes_with_its_message),
	    cmocka_unit_test(test_nobody_asked_for_it),
	    cmocka_unit_test(test_two_at_once_are_refused),
	    cmocka_unit_test(test_kinds_are_those_of_the_list),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
