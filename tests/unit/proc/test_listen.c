/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: Unix sockets listen and connect by paths of any length, with the mode
 * asked for, replacing only sockets; TCP ports are found free or busy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "proc/listen.h"

static char folder[256];

static const char *at(const char *name)
{
	static char path[400];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	char top[] = "/tmp/ecluse-listen-XXXXXX";

	(void)state;
	if (!mkdtemp(top))
		return -1;
	/* longer than sun_path on purpose */
	(void)snprintf(folder, sizeof(folder), "%s/%0120d", top, 7);
	return mkdir(folder, 0700);
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(at("s"));
	(void)unlink(at("file"));
	(void)rmdir(folder);
	folder[strlen(folder) - 121] = '\0';
	return rmdir(folder);
}

static void test_unix_listens_on_a_long_path(void **state)
{
	int l, c, s;
	struct stat st;
	char got;

	(void)state;
	assert_int_equal(listen_unix(at("s"), SOCK_STREAM, 0620, &l), ERR_OK);
	assert_int_equal(stat(at("s"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0620);
	assert_int_equal(listen_accept(l, &s), ERR_STATE);
	assert_int_equal(listen_connect(at("s"), SOCK_STREAM, &c), ERR_OK);
	assert_int_equal(listen_accept(l, &s), ERR_OK);
	assert_int_equal(write(c, "z", 1), 1);
	assert_int_equal(read(s, &got, 1), 1);
	assert_true(fcntl(s, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(s, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(close(s) | close(c) | close(l), 0);
	assert_int_equal(listen_connect(at("s"), SOCK_STREAM, &c), ERR_CLOSED);
}

static void test_unix_replaces_sockets_alone(void **state)
{
	int l, fd;

	(void)state;
	assert_int_equal(listen_unix(at("s"), SOCK_STREAM, 0600, &l), ERR_OK);
	assert_int_equal(close(l), 0);
	assert_int_equal(
	    listen_unix(at("s"), SOCK_SEQPACKET, 0600, &l), ERR_OK);
	assert_int_equal(close(l), 0);
	fd = open(at("file"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(
	    listen_unix(at("file"), SOCK_STREAM, 0600, &l), ERR_EXISTS);
	assert_int_equal(access(at("file"), F_OK), 0);
	assert_int_equal(listen_connect(at("none"), SOCK_STREAM, &l),
	    ERR_UNKNOWN);
	assert_int_equal(listen_unix("/nonexistent/s", SOCK_STREAM, 0600, &l),
	    ERR_UNKNOWN);
}

static void test_port_picked_and_busy(void **state)
{
	uint32_t port = 0, again = 77;
	int l = -1, other = -1, c;
	struct sockaddr_in a = {.sin_family = AF_INET};

	(void)state;
	assert_int_equal(listen_tcp("127.0.0.1", 0, &l, &port), ERR_OK);
	assert_in_range(port, 1024, 65535);
	assert_int_equal(
	    listen_tcp("127.0.0.1", port, &other, &again), ERR_EXISTS);
	assert_int_equal(again, 77);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)port);
	c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(close(l), 0);
	/* c is left half open on this port: it does not hold it */
	assert_int_equal(listen_tcp("127.0.0.1", port, &l, &again), ERR_OK);
	assert_int_equal(again, port);
	assert_int_equal(close(c) | close(l), 0);
	assert_int_equal(listen_tcp("localhost", 0, &l, &port), ERR_SHAPE);
	assert_int_equal(listen_tcp("192.0.2.1", 0, &l, &port), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unix_listens_on_a_long_path),
	    cmocka_unit_test(test_unix_replaces_sockets_alone),
	    cmocka_unit_test(test_port_picked_and_busy),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
