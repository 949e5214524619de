/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the configuration says what the settings say, names every refusal page
 * it uses, holds no directive that computes, and endpoints.json escapes paths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "super/endpoints.h"
#include "super/nginx.h"
#include "upstream/refuse.h"

static struct instance in;
static char text[32768];

static void write_with(bool max_headers, size_t descriptors)
{
	struct buf b;

	buf_init(&b, sizeof(text) - 1);
	nginx_write(&in, CONF_FLOW,
	    (struct nginx_powers){max_headers, descriptors}, &b);
	assert_int_equal(b.err, ERR_OK);
	memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	buf_release(&b);
}

static int make_instance(void **state)
{
	(void)state;
	conf_defaults(&in.conf);
	in.conf.plane[CONF_FLOW].port = 8443;
	(void)snprintf(in.dir, sizeof(in.dir), "%s", "/srv/a \"b\"\\\x01");
	return 0;
}

static bool has(const char *what)
{
	return strstr(text, what) != NULL;
}

static void test_settings_show(void **state)
{
	(void)state;
	write_with(true, 20000);
	assert_true(has("\tlisten 127.0.0.1:8443 ssl backlog=4096;\n"));
	assert_true(has("max_headers 40;"));
	assert_true(has("worker_connections 8192;"));
	assert_true(has("\nerror_log stderr alert;\n"));
	assert_true(has("http {\n\taccess_log off;\n"));
	assert_false(has("user "));
	assert_false(has("ssl_verify_client"));
	(void)snprintf(in.conf.plane[CONF_FLOW].address,
	    sizeof(in.conf.plane[CONF_FLOW].address), "::1");
	in.conf.plane[CONF_FLOW].certificate = CONF_CERTIFICATE_REQUIRED;
	write_with(false, 1024);
	assert_true(has("\tlisten [::1]:8443 ssl backlog=4096;\n"));
	assert_false(has("max_headers"));
	assert_true(has("worker_connections 960;"));
	assert_true(has("ssl_verify_client on;"));
	in.conf.plane[CONF_FLOW].certificate = CONF_CERTIFICATE_OPTIONAL;
	write_with(false, 1024);
	assert_true(has("ssl_verify_client optional;"));
}

/* What is resumed shows no certificate again. */
static void test_who_shows_a_certificate_resumes_nothing(void **state)
{
	struct conf_plane *c = &in.conf.plane[CONF_FLOW];
	enum conf_certificate before = c->certificate;

	(void)state;
	for (unsigned asked = 0; asked < 3; asked++) {
		c->certificate = (enum conf_certificate)asked;
		write_with(true, 20000);
		assert_int_equal(has("ssl_session_cache shared:flow:4m;"),
		    asked == CONF_CERTIFICATE_NONE);
		assert_int_equal(has("ssl_session_cache off;"),
		    asked != CONF_CERTIFICATE_NONE);
		assert_true(has("ssl_session_tickets off;"));
		assert_false(has("early_data"));
	}
	c->certificate = before;
}

/* A request line can hold a person: see nginx_quotes. */
static void test_debug_quotes_in_a_drill_alone(void **state)
{
	struct conf before = in.conf;

	(void)state;
	in.conf.log_level = LOG_DEBUG;
	write_with(true, 20000);
	assert_true(has("\nerror_log stderr alert;\n"));
	assert_false(nginx_quotes(&in.conf));
	in.conf.drill = true;
	write_with(true, 20000);
	assert_true(has("\nerror_log stderr info;\n"));
	in.conf.log_level = LOG_INFO;
	assert_false(nginx_quotes(&in.conf));
	in.conf = before;
}

static void test_workers_leave_room_at_the_gate(void **state)
{
	uint32_t before = in.conf.workers;

	(void)state;
	write_with(true, 20000);
	assert_true(has("\tkeepalive 256;\n"));
	in.conf.workers = 64;
	write_with(true, 20000);
	assert_true(has("\tkeepalive 32;\n"));
	in.conf.workers = 8;
	write_with(true, 256);
	assert_true(has("\tkeepalive 12;\n"));
	in.conf.workers = 64;
	write_with(true, 128);
	assert_true(has("\tkeepalive 1;\n"));
	in.conf.workers = before;
}

static void test_every_page_is_used(void **state)
{
	char page[64];

	(void)state;
	write_with(true, 20000);
	for (unsigned why = 1; why < REFUSE_COUNT; why++) {
		if (!refuse_text(why)->file)
			continue;
		(void)snprintf(
		    page, sizeof(page), " /oo/%s;\n", refuse_text(why)->file);
		assert_true(has(page));
	}
}

static void test_nothing_computes(void **state)
{
	static const char *const never[] = {"rewrite ", "\tset ", "map ",
	    "if (", "location ~", "proxy_pass", "perl", "autoindex",
	    "TLSv1.2", "$tcpinfo", "access_log on"};

	(void)state;
	write_with(true, 20000);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_false(has(never[i]));
}

static void test_endpoints_escape_paths(void **state)
{
	struct children c = {.count = 0};
	struct buf b;

	(void)state;
	children_list(&c, &in);
	assert_int_equal(c.count, 8);
	for (size_t i = 0; i < c.count; i++)
		c.all[i].pid = (pid_t)(11 + i);
	buf_init(&b, sizeof(text) - 1);
	endpoints_write(&in, &c, &b);
	assert_int_equal(b.err, ERR_OK);
	memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	buf_release(&b);
	assert_true(has("\"ca\":\"/srv/a \\\"b\\\"\\\\\\u0001/tls/ca.pem\""));
	assert_true(has("\"nginx\":11,\"nginx-portal\":12,\"nginx-staff\":13,"
	                "\"gate\":14,\"gate-portal\":15,\"gate-staff\":16,"
	                "\"keeper\":17,\"vault\":18}}\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings_show),
	    cmocka_unit_test(
		test_who_shows_a_certificate_resumes_nothing),
	    cmocka_unit_test(test_debug_quotes_in_a_drill_alone),
	    cmocka_unit_test(test_workers_leave_room_at_the_gate),
	    cmocka_unit_test(test_every_page_is_used),
	    cmocka_unit_test(test_nothing_computes),
	    cmocka_unit_test(test_endpoints_escape_paths),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_instance, NULL);
}
