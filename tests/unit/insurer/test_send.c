/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whatever the platform signs, `send` ends: it asks a bounded number of
 * times, waits between, and says that a feed was taken only when the platform
 * says so of this very feed. The client (api/client.h) and sleep are
 * functions here, so that no time goes by.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "api/client.h"
#include "base/date.h"
#include "base/text.h"
#include "feed/chunk.h"
#include "insurer/cmd.h"

#define AMC "0099100001"
#define MADE INT64_C(1795341720000)
#define ENDLESS 4000	/* exchanges; no test wants as many */

/* What the service says: to a GET, to a POST of a chunk. %s: this feed. */
static struct {
	const char *where, *chunk[2];
	int chunk_status;
} script;

static char dir[] = "/tmp/send-XXXXXX";
static char key[64], feed[64], ours[200], out[4096];
static unsigned asked, slept;
static unsigned long slept_s;
static int kept;	/* standard output, while out is read */

/* --- in the place of api/client.c, api/pin.c and the C library --- */

enum err client_new(const struct client_options *o, struct client **ret)
{
	(void)o;
	*ret = NULL;
	return ERR_OK;
}

void client_free(struct client *c)
{
	(void)c;
}

void client_answer_release(struct client_answer *a)
{
	buf_release(&a->body);
}

enum client_fault client_send(struct client *c, const char *path,
    const char *type, struct span body, struct client_answer *ret,
    const char **words)
{
	struct feed_chunk_head head = {0};
	const char *text = script.where;
	char all[2000];

	(void)c;
	(void)path;
	if (++asked > ENDLESS) {
		assert_true(dup2(kept, 1) == 1);
		fail_msg("it asks without end");
	}
	*words = "";
	*ret = (struct client_answer){.status = 200};
	buf_init(&ret->body, 4096);
	if (type) {
		assert_int_equal(feed_chunk_head_parse(body, &head), ERR_OK);
		text = script.chunk[head.number];
		if (script.chunk_status)
			ret->status = (uint16_t)script.chunk_status;
	}
	(void)snprintf(all, sizeof(all), "%.*s%s%s",
	    strstr(text, "%s") ? (int)(strstr(text, "%s") - text) : 2000,
	    text, strstr(text, "%s") ? ours : "",
	    strstr(text, "%s") ? strstr(text, "%s") + 2 : "");
	buf_text(&ret->body, all);
	return CLIENT_FINE;
}

enum err pin_load(const char *path, struct pin *ret)
{
	(void)path;
	memset(ret, 0, sizeof(*ret));
	return ERR_OK;
}

void pin_release(struct pin *p)
{
	(void)p;
}

int nanosleep(const struct timespec *t, struct timespec *rest)
{
	(void)rest;
	assert_true(t->tv_sec > 0 || t->tv_nsec > 0);
	slept++;
	slept_s += (unsigned long)t->tv_sec;
	return 0;
}

/* --- a feed of two chunks --- */

static void put_chunk(FILE *f, struct feed_chunk_head *head,
    const struct hpke_key *to, const struct sign_private *by)
{
	struct random random = random_system();
	uint8_t prefix[4], pk[HPKE_PUBLIC];
	struct buf b;

	hpke_key_public(to, pk);
	buf_init(&b, LIMIT_FEED_CHUNK);
	assert_int_equal(feed_chunk_pack(head, span_str("some lines"), pk, by,
	    &random, &b), ERR_OK);
	put_be32(prefix, (uint32_t)b.n);
	assert_int_equal(fwrite(prefix, 1, 4, f), 4);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	buf_release(&b);
}

static int make(void **state)
{
	struct random random = random_system();
	struct feed_chunk_head head = {.amc = AMC, .kind = FEED_CHUNK_FULL,
	    .effective_day = 20000, .made_ms = MADE, .id = {7}};
	char id[2 * FEED_CHUNK_ID + 1], made[DATE_STAMP_SIZE];
	struct sign_private *by;
	struct hpke_key *to;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(key, sizeof(key), "%s/key.pem", dir);
	(void)snprintf(feed, sizeof(feed), "%s/a.feed", dir);
	assert_int_equal(
	    sign_private_make(SIGN_ED25519, &random, &by), ERR_OK);
	assert_int_equal(sign_private_save(by, key), ERR_OK);
	assert_int_equal(hpke_key_make(&random, &to), ERR_OK);
	f = fopen(feed, "w");
	assert_non_null(f);
	put_chunk(f, &head, to, by);
	head.number = 1;
	head.last = true;
	head.lines = 2;
	put_chunk(f, &head, to, by);
	assert_int_equal(fclose(f), 0);
	hpke_key_free(to);
	sign_private_free(by);
	text_hex(head.id, FEED_CHUNK_ID, id);
	date_format_stamp(MADE, made);
	(void)snprintf(ours, sizeof(ours),
	    "\"amc\":\"" AMC "\",\"id\":\"%s\",\"made\":\"%s\"", id, made);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	unlink(key);
	unlink(feed);
	rmdir(dir);
	return 0;
}

/* Its exit code; out: what it printed. */
static int send_with(bool json, const char *option, const char *value)
{
	char *argv[] = {(char[]){"send"}, (char[]){"--url"},
	    (char[]){"https://x.example"}, (char[]){"--amc"}, (char[]){AMC},
	    (char[]){"--to"}, (char[]){"pin"}, (char[]){"--key"}, key,
	    feed,
	    NULL, NULL, NULL, NULL};
	char as_json[] = "--json";
	FILE *room = tmpfile();
	int argc = 10, code;
	size_t n;

	if (json)
		argv[argc++] = as_json;
	if (option)
		argv[argc++] = (char *)option;
	if (value)
		argv[argc++] = (char *)value;
	assert_non_null(room);
	assert_int_equal(fflush(stdout), 0);
	kept = dup(1);
	assert_true(kept >= 0 && dup2(fileno(room), 1) == 1);
	asked = slept = 0;
	slept_s = 0;
	code = cmd_send(argc, argv);
	assert_int_equal(fflush(stdout), 0);
	assert_true(dup2(kept, 1) == 1);
	close(kept);
	rewind(room);
	n = fread(out, 1, sizeof(out) - 1, room);
	out[n] = '\0';
	fclose(room);
	return code;
}

static int send_as(bool json)
{
	return send_with(json, NULL, NULL);
}

static int send_feed(void)
{
	return send_as(true);
}

#define NEXT(n) "{%s,\"state\":\"open\",\"next\":" #n "}"
#define NOWHERE "{\"open\":false,\"last\":false}"
#define OPEN(n) "{\"open\":" NEXT(n) ",\"last\":false}"
#define REPORT "{%s,\"state\":\"committed\",\"lines\":2}"

static void test_a_feed_is_taken(void **state)
{
	(void)state;
	script.where = NOWHERE;
	script.chunk[0] = NEXT(1);
	script.chunk[1] = REPORT;
	assert_int_equal(send_feed(), CMD_DONE);
	assert_int_equal(asked, 3);
	assert_int_equal(slept, 0);
	assert_non_null(strstr(out, "\"state\":\"committed\""));
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

/* Whoever signs a report does not write on the terminal as he likes. */
static void test_what_it_says_moves_no_cursor(void **state)
{
	(void)state;
	script.where = NOWHERE;
	script.chunk[0] = NEXT(1);
	script.chunk[1] = "{%s,\"state\":\"committed\",\"lines\":2,"
	    "\"kept_out\":[{\"reason\":\"\\u001b[2Jcover\",\"count\":1,"
	    "\"lines\":[2]}],\"contracts_missing\":{\"count\":1,"
	    "\"first\":[\"A\\u001b[8m\"]}}";
	assert_int_equal(send_as(false), CMD_DONE);
	assert_null(strchr(out, '\x1b'));
	assert_non_null(strstr(out, "\\x1b[2Jcover"));
	assert_non_null(strstr(out, "A\\x1b[8m"));
	/* nor begins a line that looks like ours */
	script.chunk[1] = "{%s,\"state\":\"committed\",\"lines\":2,"
	    "\"amc\":\"0099100001: committed\\n0099100002\"}";
	assert_int_equal(send_as(false), CMD_DONE);
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

/* A number of no chunk, or of one that it has: no more is asked. */
static void test_what_comes_next(void **state)
{
	static const char *const where[] = {OPEN(4294967295),
	    OPEN(4294967296), OPEN(-1), OPEN("1"), OPEN(1.5), OPEN(null)};
	static const char *const next[] = {NEXT(4294967295), NEXT(0), NEXT(-1),
	    NEXT(4294967297), NEXT(null)};

	(void)state;
	script.chunk[0] = script.chunk[1] = REPORT;
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		script.where = where[i];
		assert_int_equal(send_feed(), CMD_FAULT);
		assert_int_equal(asked, 1);
		assert_string_equal(out, "");
	}
	script.where = NOWHERE;
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		script.chunk[0] = next[i];
		assert_int_equal(send_feed(), CMD_FAULT);
		assert_int_equal(asked, 2);
		assert_string_equal(out, "");
	}
}

/* It loses what it took, again and again: tried eight times, with waits. */
static void test_back_to_the_beginning(void **state)
{
	(void)state;
	script.where = OPEN(0);
	script.chunk[0] = NEXT(1);
	script.chunk[1] = "";
	script.chunk_status = 0;
	assert_int_equal(send_feed(), CMD_OUTPUT);
	assert_int_equal(slept, 8);
	assert_true(asked <= 3 * 9);
	/* it takes none */
	script.chunk[0] = "{\"error\":{\"code\":\"feed-order\"}}";
	script.chunk_status = 409;
	assert_int_equal(send_feed(), CMD_REFUSED);
	assert_int_equal(slept, 8);
	assert_true(asked <= 2 * 9);
	script.chunk_status = 0;
}

/* Whoever signs "working" without an end is waited for an hour, or as long as
 * was said, between other things that it says too. */
static void test_working_without_an_end(void **state)
{
	(void)state;
	script.where = "{\"open\":{%s,\"state\":\"working\",\"next\":1},"
	    "\"last\":false}";
	assert_int_equal(send_feed(), CMD_OUTPUT);
	assert_int_equal(slept_s, 3600);
	assert_string_equal(out, "");
	assert_int_equal(send_with(true, "--wait", "2"), CMD_OUTPUT);
	assert_int_equal(slept_s, 120);
	assert_int_equal(send_with(true, "--once", NULL), CMD_OUTPUT);
	assert_int_equal(asked, 1);
	assert_int_equal(slept, 0);
	assert_int_equal(send_with(true, "--wait", "0"), CMD_USAGE);
	assert_int_equal(send_with(true, "--wait", "1441"), CMD_USAGE);
	assert_int_equal(send_with(true, "--wait", "1h"), CMD_USAGE);
	assert_int_equal(asked, 0);
}

/* What is no report of this feed is none: nothing is printed, not even an
 * empty line, which is no JSON. */
static void test_no_report(void **state)
{
	static const char *const reports[] = {"{}", "[]", "{\"state\":7}",
	    "{%s}", "{%s,\"state\":\"undone\"}", "{\"state\":\"committed\"}",
	    "{\"state\":\"committed\",\"id\":\"00\",\"made\":\"\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		char where[600];

		script.where = NOWHERE;
		script.chunk[0] = reports[i];
		assert_int_equal(send_feed(), CMD_FAULT);
		assert_int_equal(asked, 2);
		assert_string_equal(out, "");
		/* or when it is asked later */
		(void)snprintf(where, sizeof(where), "{\"open\":false,"
		    "\"last\":{%s,\"report\":%s}}", ours,
		    i == 3 || i == 4 ? "null" : reports[i]);
		script.where = where;
		assert_int_equal(send_feed(), CMD_FAULT);
		assert_int_equal(asked, 1);
		assert_string_equal(out, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_feed_is_taken),
	    cmocka_unit_test(test_what_it_says_moves_no_cursor),
	    cmocka_unit_test(test_what_comes_next),
	    cmocka_unit_test(test_back_to_the_beginning),
	    cmocka_unit_test(test_working_without_an_end),
	    cmocka_unit_test(test_no_report),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, unmake);
}
