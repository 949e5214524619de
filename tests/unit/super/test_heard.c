/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what nginx says is passed on in bounded number, without clients and
 * requests; that it is full is told at once, then once a minute with how often;
 * what comes late is not lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>
#include "super/heard.h"

#define FULL_LINE "2026/11/30 01:00:00 [alert] 7#7: *9 256 " \
	"worker_connections are not enough while handshaking, client: " \
	"192.0.2.7, server: 127.0.0.1:443\n"
#define OTHER_LINE "2026/11/30 01:00:00 [alert] 6#6: worker process 7 " \
	"exited on signal 11, client: 192.0.2.7, request: \"GET /secret\"\n"

static int64_t now;

static int64_t read_now(void *ctx)
{
	(void)ctx;
	return now;
}

static const struct clock clocks = {read_now, read_now, NULL};

struct scene {
	struct heard heard;
	struct instance in;
	struct loop *loop;
	FILE *said;
	int before;	/* our own standard error */
	char text[65536];
};

static struct scene *begin(void)
{
	static struct scene s;

	s = (struct scene){.in = {.folder = -1}};
	s.in.conf.plane[CONF_FLOW].enabled = true;
	now = 1000;
	assert_int_equal(loop_new(&clocks, &s.loop), ERR_OK);
	assert_int_equal(heard_open(&s.heard, s.loop, &s.in), ERR_OK);
	s.said = tmpfile();
	assert_non_null(s.said);
	s.before = dup(STDERR_FILENO);
	assert_true(dup2(fileno(s.said), STDERR_FILENO) >= 0);
	return &s;
}

static void put(struct scene *s, const char *line, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		(void)!write(s->in.plane[CONF_FLOW].words, line, strlen(line));
}

/* So much time, in the steps in which it reads. */
static void pass(struct scene *s, int64_t ms)
{
	for (int64_t end = now + ms; now < end; now += HEARD_REST_MS)
		assert_int_equal(loop_turn(s->loop, 0), ERR_OK);
}

/* How often word was said so far. */
static unsigned said(struct scene *s, const char *word)
{
	ssize_t n = pread(fileno(s->said), s->text, sizeof(s->text) - 1, 0);
	unsigned found = 0;

	s->text[n > 0 ? n : 0] = '\0';
	for (const char *at = s->text; (at = strstr(at, word)); at++)
		found++;
	return found;
}

static void end(struct scene *s)
{
	heard_close(&s->heard);
	loop_free(s->loop);
	(void)close(s->in.plane[CONF_FLOW].words);
	(void)dup2(s->before, STDERR_FILENO);
	(void)close(s->before);
}

static void test_full_is_told_once_a_minute(void **state)
{
	struct scene *s = begin();

	(void)state;
	put(s, FULL_LINE, 300);
	pass(s, 2000);
	assert_int_equal(said(s, "alarm: nginx of plane flow holds all"), 1);
	assert_int_equal(said(s, "each one more is closed"), 1);
	pass(s, HEARD_MINUTE_MS);
	assert_int_equal(said(s, ": 299 more were closed"), 1);
	put(s, FULL_LINE, 2);
	pass(s, HEARD_MINUTE_MS);
	assert_int_equal(said(s, ": 2 more were closed"), 1);
	assert_int_equal(said(s, "alarm:"), 3);
	/* a minute without one: the next is news */
	pass(s, HEARD_MINUTE_MS);
	put(s, FULL_LINE, 1);
	pass(s, 1000);
	assert_int_equal(said(s, "each one more is closed"), 2);
	assert_int_equal(said(s, "192.0.2.7"), 0);
	assert_int_equal(said(s, "not enough"), 0);
	end(s);
	(void)fclose(s->said);
}

static void test_others_pass_in_bounded_number(void **state)
{
	struct scene *s = begin();

	(void)state;
	put(s, OTHER_LINE, HEARD_LINES + 30);
	pass(s, 5000);
	assert_int_equal(said(s, "exited on signal 11\n"), HEARD_LINES);
	assert_int_equal(said(s, "secret"), 0);
	pass(s, HEARD_MINUTE_MS);
	assert_int_equal(said(s, ": 30 lines of its log are left out"), 1);
	put(s, OTHER_LINE, 1);
	pass(s, 1000);
	assert_int_equal(said(s, "exited on signal 11\n"), HEARD_LINES + 1);
	end(s);
	(void)fclose(s->said);
}

static void test_long_lines_and_last_words(void **state)
{
	struct scene *s = begin();
	char line[2 * HEARD_LINE];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	put(s, line, 1);
	put(s, OTHER_LINE, 1);
	put(s, FULL_LINE, 5);
	end(s);		/* nobody turned the loop meanwhile */
	assert_int_equal(said(s, "xx\n"), 1);
	assert_int_equal(strcspn(s->text, "\n"), HEARD_LINE - 1);
	assert_int_equal(said(s, "exited on signal 11\n"), 1);
	assert_int_equal(said(s, ": 4 more were closed"), 1);
	(void)fclose(s->said);
}

/* Of an nginx that was taken over: a terminal does what such bytes say, also
 * CSI as one character of UTF-8, and turns the text behind U+202E round. A line
 * of nothing else is not cut. */
static void test_no_bytes_for_a_terminal(void **state)
{
	struct scene *s = begin();
	char all[HEARD_LINE];

	(void)state;
	put(s, "\x1b[2J\r\x07\x7f \xc2\x9b" "2J \x9b" "2J \xe2\x80\xae"
	    "caf\xc3\xa9\n", 1);
	memset(all, '\x1b', sizeof(all));
	memcpy(all + sizeof(all) - 3, ".\n", 3);
	put(s, all, 1);
	end(s);
	assert_int_equal(said(s, "\\x1b[2J\\x0d\\x07\\x7f \\xc2\\x9b2J \\x9b2J "
	    "\\xe2\\x80\\xaecaf\xc3\xa9\n"), 1);
	assert_int_equal(said(s, "\\x1b"), HEARD_LINE - 2);
	assert_int_equal(said(s, "\\x1b.\n"), 1);
	(void)fclose(s->said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_full_is_told_once_a_minute),
	    cmocka_unit_test(test_others_pass_in_bounded_number),
	    cmocka_unit_test(test_long_lines_and_last_words),
	    cmocka_unit_test(test_no_bytes_for_a_terminal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
