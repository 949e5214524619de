/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what conf_write writes conf_parse reads; each setting takes its ends
 * and refuses one step beyond; slips are named with their line and a cure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/random.h"
#include "conf/conf.h"
#include "conf/rows.h"

#define ORIGIN "origin = drill.ecluse.example/journal\n"

static struct conf conf;
static struct conf_fault fault;

static enum err parse(const char *text)
{
	fault.text[0] = '\0';
	return conf_parse(span_str(text), &conf, &fault);
}

/* With the origin that every file needs, on its own first line. */
static enum err parse_with(const char *text)
{
	char all[4096];

	(void)snprintf(all, sizeof(all), ORIGIN "%s", text);
	return parse(all);
}

static void test_defaults_hold(void **state)
{
	(void)state;
	assert_int_equal(parse_with(""), ERR_OK);
	assert_string_equal(conf.origin, "drill.ecluse.example/journal");
	assert_false(conf.drill);
	assert_false(conf.unconfined);
	assert_string_equal(conf.plane[CONF_FLOW].address, "127.0.0.1");
	assert_int_equal(conf.plane[CONF_FLOW].port, 0);
	assert_string_equal(conf.plane[CONF_FLOW].authority, "");
	assert_true(conf.plane[CONF_FLOW].plain);
	assert_int_equal(conf.plane[CONF_FLOW].certificate, CONF_CERTIFICATE_NONE);
	assert_int_equal(conf.log_level, LOG_INFO);
	assert_int_equal(conf.vault_timeout_ms, 500);
	assert_int_equal(conf.asks_per_person, 20);
	assert_string_equal(conf.nginx, "/usr/sbin/nginx");
}

static void test_settings_spaces_and_comments(void **state)
{
	(void)state;
	assert_int_equal(parse_with("# a comment\n\n\t drill=yes\t# why\r\n"
	    "flow.port =8443\nflow.address = ::1\nlog.level = debug\n"
	    "flow.client-certificate = required\nflow.authority="
	    "tp.example.org"), ERR_OK);
	assert_true(conf.drill);
	assert_int_equal(conf.plane[CONF_FLOW].port, 8443);
	assert_string_equal(conf.plane[CONF_FLOW].address, "::1");
	assert_int_equal(conf.log_level, LOG_DEBUG);
	assert_int_equal(conf.plane[CONF_FLOW].certificate, CONF_CERTIFICATE_REQUIRED);
	assert_string_equal(conf.plane[CONF_FLOW].authority, "tp.example.org");
}

static void test_slips_are_named_with_line_and_cure(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		const char *says;
	} slips[] = {
	    {"flow.prot = 1\n", ERR_UNKNOWN,
	        "line 2: flow.prot: no such setting; did you mean flow.port?"},
	    {"\nflow.port = 65536\n", ERR_RANGE,
	        "line 3: flow.port: '65536' does not fit; write 0 to 65535"},
	    {"workers = 1\nworkers = 2\n", ERR_EXISTS,
	        "line 3: workers: said before on line 2; keep one of them"},
	    {"drill\n", ERR_SHAPE, "line 2: no '='; write: name = value"},
	    {"drill = Yes\n", ERR_RANGE,
	        "line 2: drill: 'Yes' does not fit; write yes or no"},
	    {"Drill = yes\n", ERR_UNKNOWN,
	        "line 2: Drill: no such setting; did you mean drill?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		assert_int_equal(parse_with(slips[i].text), slips[i].e);
		assert_string_equal(fault.text, slips[i].says);
	}
	assert_int_equal(parse("drill = no\n"), ERR_SHAPE);
	assert_string_equal(fault.text, "origin: missing; add a line: origin "
	    "= (letters, digits, . - /, as host/journal)");
}

static void test_values_outside_are_refused(void **state)
{
	static const char *const bad[] = {"workers = 0", "workers = 65",
	    "workers = 02", "workers = ", "workers = -1", "workers = 1 2",
	    "flow.address = localhost", "flow.address = 1.2.3.4;",
	    "flow.authority = Localhost:1", "flow.authority = a;b",
	    "flow.authority = tp.example.org:443",
	    "nginx = nginx", "nginx = ", "nginx = /opt/a#b/nginx",
	    "root.token = ours#2", "log.level = loud",
	    "flow.client-certificate = yes", "vault.timeout-ms = 49",
	    "questions.per-person = 0", "questions.per-person = 10001",
	    "flow.connections = 0", "origin = x"};
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(parse_with(bad[i]), ERR_OK);
	for (size_t i = 0; i < 5; i++) {
		static const char *const origins[] = {
		    "", "/x", "x/", "a+b", "a b"};

		(void)snprintf(
		    line, sizeof(line), "origin = %s\n", origins[i]);
		assert_int_equal(parse(line), ERR_RANGE);
	}
}

static void test_only_a_drill_runs_unconfined(void **state)
{
	(void)state;
	assert_int_equal(parse_with("unconfined = yes\n"), ERR_RANGE);
	assert_non_null(strstr(fault.text, "only a drill"));
	assert_int_equal(
	    parse_with("unconfined = yes\ndrill = yes\n"), ERR_OK);
	assert_true(conf.unconfined);
}

static void test_origin_takes_its_limit(void **state)
{
	char line[200] = "origin = ";

	(void)state;
	memset(line + 9, 'a', LIMIT_ORIGIN + 1);
	assert_int_equal(parse(line), ERR_RANGE);
	line[9 + LIMIT_ORIGIN] = '\0';
	assert_int_equal(parse(line), ERR_OK);
}

static void test_failure_leaves_output_untouched(void **state)
{
	(void)state;
	assert_int_equal(parse_with("workers = 7\n"), ERR_OK);
	assert_int_equal(parse_with("workers = 8\nx = y\n"), ERR_UNKNOWN);
	assert_int_equal(conf.workers, 7);
}

static void test_written_file_reads_back(void **state)
{
	const struct rows_row *row;
	struct conf before, after;
	struct buf b;

	(void)state;
	assert_int_equal(parse_with("drill = yes\nflow.port = 1\n"
	    "flow.client-certificate = optional\nlog.level = error\n"),
	    ERR_OK);
	before = conf;
	buf_init(&b, CONF_FILE_MOST);
	conf_write(&before, &b);
	assert_int_equal(b.err, ERR_OK);
	memset(&after, 0xa5, sizeof(after));
	assert_int_equal(conf_parse(buf_span(&b), &after, &fault), ERR_OK);
	for (size_t i = 0; (row = rows_at(i)) != NULL; i++) {
		struct buf x, y;

		buf_init(&x, 512);
		buf_init(&y, 512);
		rows_get(row, &before, &x);
		rows_get(row, &after, &y);
		assert_true(span_equal(buf_span(&x), buf_span(&y)));
		buf_release(&x);
		buf_release(&y);
	}
	assert_non_null(memmem(b.p, b.n, "# Worker processes", 18));
	buf_release(&b);
}

/* Comment lines of the file stay inside 80 columns. */
static void test_written_file_is_narrow(void **state)
{
	size_t column = 0;
	struct buf b;

	(void)state;
	conf_defaults(&conf);
	buf_init(&b, CONF_FILE_MOST);
	conf_write(&conf, &b);
	for (size_t i = 0; i < b.n; i++) {
		column = b.p[i] == '\n' ? 0 : column + 1;
		assert_true(column <= 80);
	}
	buf_release(&b);
}

static void test_load_settles_port_and_authority(void **state)
{
	char dir[] = "/tmp/ecluse-conf-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(conf_load(dir, &conf, &fault), ERR_UNKNOWN);
	assert_non_null(strstr(fault.text, "ecluse init"));
	(void)snprintf(path, sizeof(path), "%s/" CONF_FILE, dir);
	assert_int_equal(file_replace(path, span_str(ORIGIN), 0600), ERR_OK);
	assert_int_equal(conf_load(dir, &conf, &fault), ERR_OK);
	assert_int_equal(conf.plane[CONF_FLOW].port, 0);
	assert_string_equal(conf.plane[CONF_FLOW].authority, "");
	(void)snprintf(path, sizeof(path), "%s/run", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(conf_save_port(dir, CONF_FLOW, 8443), ERR_OK);
	assert_int_equal(conf_load(dir, &conf, &fault), ERR_OK);
	assert_int_equal(conf.plane[CONF_FLOW].port, 8443);
	assert_true(conf.plane[CONF_FLOW].port_picked);
	assert_string_equal(conf.plane[CONF_FLOW].authority, "localhost:8443");
	(void)snprintf(path, sizeof(path), "%s/run/flow.port", dir);
	assert_int_equal(file_replace(path, span_str("84x\n"), 0600), ERR_OK);
	assert_int_equal(conf_load(dir, &conf, &fault), ERR_OK);
	assert_int_equal(conf.plane[CONF_FLOW].port, 0);
	/* as somebody wrote it: not another port */
	assert_int_equal(file_replace(path, span_str("8443"), 0600), ERR_OK);
	assert_int_equal(conf_load(dir, &conf, &fault), ERR_OK);
	assert_int_equal(conf.plane[CONF_FLOW].port, 8443);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/run", dir);
	assert_int_equal(rmdir(path), 0);
	(void)snprintf(path, sizeof(path), "%s/" CONF_FILE, dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void test_started_settings_stay(void **state)
{
	char dir[] = "/tmp/ecluse-conf-XXXXXX", run[64], own[64], path[64];
	struct conf now;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(run, sizeof(run), "%s/run", dir);
	(void)snprintf(own, sizeof(own), "%s/" CONF_FILE, dir);
	(void)snprintf(path, sizeof(path), "%s/" CONF_STARTED, dir);
	assert_int_equal(mkdir(run, 0700), 0);
	assert_int_equal(file_replace(own, span_str(ORIGIN), 0600), ERR_OK);
	assert_int_equal(conf_save_port(dir, CONF_FLOW, 8443), ERR_OK);
	/* nobody was started: what the file says */
	assert_int_equal(conf_started(dir, &conf, &fault), ERR_OK);
	assert_int_equal(conf_start(dir, &conf), ERR_OK);
	assert_int_equal(file_replace(own, span_str("x = 1\n"), 0600), ERR_OK);
	assert_int_equal(conf_load(dir, &now, &fault), ERR_UNKNOWN);
	assert_int_equal(conf_save_port(dir, CONF_FLOW, 1), ERR_OK);
	assert_int_equal(conf_started(dir, &now, &fault), ERR_OK);
	assert_int_equal(now.plane[CONF_FLOW].port, 8443);
	assert_string_equal(now.plane[CONF_FLOW].authority, "localhost:8443");
	assert_string_equal(now.origin, conf.origin);
	/* one that cannot be read is not another's */
	assert_int_equal(file_replace(path, span_str("y = 1\n"), 0600), ERR_OK);
	assert_int_equal(conf_started(dir, &now, &fault), ERR_UNKNOWN);
	assert_non_null(strstr(fault.text, "y: no such setting"));
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/run/flow.port", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(run), 0);
	assert_int_equal(unlink(own), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* Changed letters in a good file: an answer or a fault, never a crash. */
static void test_altered_files_never_crash(void **state)
{
	struct random_seeded seed;
	struct buf b;

	(void)state;
	(void)random_from_seed(&seed, 3);
	conf_defaults(&conf);
	buf_init(&b, CONF_FILE_MOST);
	conf_write(&conf, &b);
	for (int round = 0; round < 2000; round++) {
		uint8_t *copy = malloc(b.n);

		assert_non_null(copy);
		memcpy(copy, b.p, b.n);
		for (int i = 0; i < 8; i++)
			copy[random_seeded_below(&seed, b.n)] =
			    (uint8_t)random_seeded_u64(&seed);
		fault.text[0] = '\0';
		if (conf_parse(span_of(copy,
		        random_seeded_below(&seed, b.n + 1)), &conf, &fault))
			assert_true(fault.text[0] != '\0');
		free(copy);
	}
	buf_release(&b);
}

static void test_one_setting_by_name(void **state)
{
	struct conf c;
	struct buf out;

	(void)state;
	conf_defaults(&c);
	buf_init(&out, 64);
	assert_int_equal(conf_set(&c, "users.base", span_str("61000")), ERR_OK);
	assert_int_equal(conf_get(&c, "users.base", &out), ERR_OK);
	assert_true(span_is(buf_span(&out), "61000"));
	assert_int_equal(conf_set(&c, "users.base", span_str("7")), ERR_RANGE);
	assert_int_equal(
	    conf_set(&c, "nginx", span_str("/a\nb")), ERR_RANGE);
	assert_int_equal(conf_set(&c, "user", span_str("1")), ERR_UNKNOWN);
	assert_int_equal(conf_get(&c, "user", &out), ERR_UNKNOWN);
	assert_int_equal(c.users_base, 61000);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults_hold),
	    cmocka_unit_test(test_settings_spaces_and_comments),
	    cmocka_unit_test(test_slips_are_named_with_line_and_cure),
	    cmocka_unit_test(test_values_outside_are_refused),
	    cmocka_unit_test(test_only_a_drill_runs_unconfined),
	    cmocka_unit_test(test_origin_takes_its_limit),
	    cmocka_unit_test(test_failure_leaves_output_untouched),
	    cmocka_unit_test(test_written_file_reads_back),
	    cmocka_unit_test(test_written_file_is_narrow),
	    cmocka_unit_test(test_load_settles_port_and_authority),
	    cmocka_unit_test(test_started_settings_stay),
	    cmocka_unit_test(test_one_setting_by_name),
	    cmocka_unit_test(test_altered_files_never_crash),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
