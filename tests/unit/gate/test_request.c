/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a request of the list becomes a question with its bytes unread; each
 * field takes its limit and refuses one byte more; every other form has its
 * own refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/random.h"
#include "gate/request.h"
#include "upstream/body.h"

#define ASKED "/fhir/CoverageEligibilityRequest"

struct pair {
	const char *name, *value;
};

static struct fastcgi in;
static struct ask ask;
static struct request_rules rules = {ASK_FLOW, false};

static void put_length(struct buf *b, size_t n)
{
	if (n < 128)
		buf_put_u8(b, (uint8_t)n);
	else
		buf_put_u32(b, 0x80000000u | (uint32_t)n);
}

static void put(const char *name, const char *value)
{
	put_length(&in.params, strlen(name));
	put_length(&in.params, strlen(value));
	buf_text(&in.params, name);
	buf_text(&in.params, value);
}

/* A good question; then each pair that replaces or adds one. NULL: left out. */
static struct request_fault read_with(
    const char *body, const struct pair *more, size_t n)
{
	static const struct pair good[] = {{"REQUEST_METHOD", "POST"},
	    {"REQUEST_URI", ASKED}, {"HTTP_HOST", "localhost:8443"},
	    {"CONTENT_TYPE", "application/fhir+json"},
	    {"CONTENT_LENGTH", "4"}, {"HTTP_CONTENT_DIGEST", "sha-256=:x:"},
	    {"HTTP_SIGNATURE_INPUT", "ecluse=()"},
	    {"HTTP_SIGNATURE", "ecluse=:x:"}, {"CLIENT_VERIFY", "NONE"}};

	buf_clear(&in.params);
	buf_clear(&in.body);
	in.body_over = false;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *value = good[i].value;

		for (size_t j = 0; j < n; j++)
			if (strcmp(more[j].name, good[i].name) == 0)
				value = more[j].value;
		if (value)
			put(good[i].name, value);
	}
	for (size_t j = 0; j < n; j++) {
		bool known = false;

		for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
			known |= strcmp(more[j].name, good[i].name) == 0;
		if (!known)
			put(more[j].name, more[j].value);
	}
	buf_text(&in.body, body);
	assert_int_equal(in.params.err, ERR_OK);
	return request_read(&rules, &in, &ask);
}

static enum refuse_why with(const char *name, const char *value)
{
	const struct pair p = {name, value};

	return read_with("body", &p, 1).why;
}

static void test_question_is_carried_unread(void **state)
{
	(void)state;
	assert_int_equal(read_with("body", NULL, 0).why, REFUSE_NOT);
	assert_int_equal(ask.plane, ASK_FLOW);
	assert_int_equal(ask.method, ASK_POST);
	assert_true(span_is(ask.path, ASKED));
	assert_true(span_is(ask.authority, "localhost:8443"));
	assert_true(span_is(ask.content_type, "application/fhir+json"));
	assert_true(span_is(ask.content_digest, "sha-256=:x:"));
	assert_true(span_is(ask.signature_input, "ecluse=()"));
	assert_true(span_is(ask.signature, "ecluse=:x:"));
	assert_true(span_is(ask.body, "body"));
	assert_ptr_equal(ask.body.p, in.body.p);
}

static void test_metadata_needs_no_fields(void **state)
{
	static const struct pair get[] = {{"REQUEST_METHOD", "GET"},
	    {"REQUEST_URI", "/fhir/metadata"}, {"CONTENT_TYPE", NULL},
	    {"CONTENT_LENGTH", NULL}, {"HTTP_CONTENT_DIGEST", NULL},
	    {"HTTP_SIGNATURE_INPUT", NULL}, {"HTTP_SIGNATURE", NULL},
	    {"CLIENT_VERIFY", NULL}};

	(void)state;
	assert_int_equal(read_with("", get, 8).why, REFUSE_NOT);
	assert_int_equal(ask.method, ASK_GET);
	assert_int_equal(ask.signature.n, 0);
	assert_int_equal(read_with("body", get, 3).why, REFUSE_BODY);
	assert_int_equal(read_with("body", get, 8).why, REFUSE_LENGTH);
}

static void test_paths_are_compared_byte_by_byte(void **state)
{
	static const char *const none[] = {"/", "", ASKED "/", "/" ASKED,
	    "/fhir/coverageeligibilityrequest", "/fhir/./metadata",
	    "/fhir/../fhir/metadata", "/fhir%2fmetadata", "/fhir/metadat%61",
	    "/fhir/metadata;a", "/fhir/metadata#a", " " ASKED, ASKED " ",
	    "https://localhost/fhir/metadata", "*", "/fhir/metadata/1",
	    "/fhir\\metadata", "/fhir/metadat\xc3\xa0", "/FHIR/metadata"};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(with("REQUEST_URI", none[i]), REFUSE_PATH);
	assert_int_equal(with("REQUEST_URI", ASKED "?"), REFUSE_QUERY);
	assert_int_equal(with("REQUEST_URI", ASKED "?a=b"), REFUSE_QUERY);
	assert_int_equal(with("REQUEST_URI", "/x?a=b"), REFUSE_PATH);
}

static void test_methods_outside_the_list(void **state)
{
	static const char *const none[] = {
	    "GET", "HEAD", "PUT", "DELETE", "post", "", "POSTPOSTPOSTPOSTPOST"};
	struct buf allow;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(
		    with("REQUEST_METHOD", none[i]), REFUSE_METHOD);
	assert_true(span_is(ask.path, ASKED));	/* for the Allow field */
	buf_init(&allow, 64);
	routes_allow(ASK_FLOW, ask.path, &allow);
	assert_true(span_is(buf_span(&allow), "POST"));
	buf_release(&allow);
}

/* What the table says of it: several planes may have the same path. */
static enum refuse_why listed(
    enum ask_plane plane, enum ask_method method, const char *path)
{
	enum refuse_why why = REFUSE_PATH;
	const struct routes_route *r;

	for (size_t i = 0; (r = routes_at(i)) != NULL; i++) {
		if (r->plane != plane || strcmp(r->path, path) != 0)
			continue;
		if (r->method == method)
			return REFUSE_NOT;
		why = REFUSE_METHOD;
	}
	return why;
}

/* Who may ask what where: a row more here is a decision. */
static void test_rights_are_asked_on_flow_and_portal(void **state)
{
	(void)state;
	assert_int_equal(listed(ASK_FLOW, ASK_POST, ASKED), REFUSE_NOT);
	assert_int_equal(listed(ASK_PORTAL, ASK_POST, ASKED), REFUSE_NOT);
	assert_int_equal(listed(ASK_MEMBER, ASK_POST, ASKED), REFUSE_PATH);
	assert_int_equal(listed(ASK_STAFF, ASK_POST, ASKED), REFUSE_PATH);
}

/* No route takes more than its plane reads, and one that takes a body says
 * how much. */
static void test_bodies_fit_their_plane(void **state)
{
	const struct routes_route *r;

	(void)state;
	for (size_t i = 0; (r = routes_at(i)) != NULL; i++) {
		assert_true(r->body_most <= body_most(r->plane));
		assert_int_equal(r->body_most > 0, r->method == ASK_POST);
	}
	assert_int_equal(body_most(0), 0);
	assert_int_equal(body_most(ASK_MEMBER), 0);
	assert_int_equal(body_most(ASK_STAFF + 1), 0);
}

static void test_routes_belong_to_their_plane(void **state)
{
	const struct routes_route *r, *got;
	char text[LIMIT_PATH];

	(void)state;
	for (size_t i = 0; (r = routes_at(i)) != NULL; i++) {
		struct span method =
		    span_str(r->method == ASK_GET ? "GET" : "POST");

		(void)snprintf(text, sizeof(text), "%s", r->path);
		for (char *c = text; *c; c++)
			*c = *c == '#' ? '7' : *c;
		for (unsigned p = ASK_FLOW; p <= ASK_STAFF; p++)
			assert_int_equal(routes_find(p, method,
			    span_str(text), &got),
			    listed(p, r->method, r->path));
	}
	assert_int_equal(routes_find(ASK_STAFF, span_str("POST"),
	    span_str("/feed/009910000x"), &got), REFUSE_PATH);
	assert_int_equal(routes_find(ASK_STAFF, span_str("POST"),
	    span_str("/feed/00991000011"), &got), REFUSE_PATH);
}

/* A text of n letters in a buffer of its own. */
static const char *letters(size_t n)
{
	static char text[FASTCGI_PARAMS_MOST];

	memset(text, 'a', n);
	text[n] = '\0';
	return text;
}

static void test_fields_take_their_limit_and_no_more(void **state)
{
	static const struct {
		const char *name, *field;
		size_t most;
	} fields[] = {{"HTTP_HOST", "Host", LIMIT_AUTHORITY},
	    {"HTTP_CONTENT_DIGEST", "Content-Digest", LIMIT_CONTENT_DIGEST},
	    {"HTTP_SIGNATURE_INPUT", "Signature-Input",
	        LIMIT_SIGNATURE_INPUT},
	    {"HTTP_SIGNATURE", "Signature", LIMIT_SIGNATURE}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct pair p = {fields[i].name, letters(fields[i].most)};
		struct request_fault no;

		assert_int_equal(read_with("body", &p, 1).why, REFUSE_NOT);
		p.value = letters(fields[i].most + 1);
		no = read_with("body", &p, 1);
		assert_int_equal(no.why, REFUSE_FIELD);
		assert_string_equal(no.field, fields[i].field);
	}
	assert_int_equal(
	    with("REQUEST_URI", letters(LIMIT_PATH)), REFUSE_PATH);
	assert_int_equal(
	    with("REQUEST_URI", letters(LIMIT_PATH + 1)), REFUSE_URI);
	assert_int_equal(with("CONTENT_TYPE", letters(LIMIT_CONTENT_TYPE + 1)),
	    REFUSE_FIELD);
	assert_int_equal(
	    with("CONTENT_LENGTH", "00000000004"), REFUSE_FIELD);
}

static void test_characters_outside_ascii(void **state)
{
	(void)state;
	assert_int_equal(
	    with("HTTP_SIGNATURE", "a\x01" "b"), REFUSE_CHARACTER);
	assert_int_equal(with("HTTP_SIGNATURE", "a\tb"), REFUSE_CHARACTER);
	assert_int_equal(with("HTTP_SIGNATURE", "a\x7f"), REFUSE_CHARACTER);
	assert_int_equal(
	    with("HTTP_SIGNATURE_INPUT", "\xc3\xa9"), REFUSE_CHARACTER);
	assert_int_equal(with("HTTP_SIGNATURE", " a b~"), REFUSE_NOT);
	assert_int_equal(with("HTTP_HOST", "a b"), REFUSE_HOST);
	assert_int_equal(with("HTTP_HOST", "u@b"), REFUSE_HOST);
	assert_int_equal(with("HTTP_HOST", "a/b"), REFUSE_HOST);
	assert_int_equal(with("HTTP_HOST", ""), REFUSE_HOST);
	assert_int_equal(with("HTTP_HOST", NULL), REFUSE_HOST);
}

static void test_content_types(void **state)
{
	static const char *const taken[] = {"application/fhir+json",
	    "application/json", "application/ecluse-sealed",
	    "Application/FHIR+json", "application/fhir+json; charset=utf-8",
	    "application/json ;charset=UTF-8",
	    "application/fhir+json;fhirVersion=4.0"};
	static const char *const others[] = {"", "text/json", "text/plain",
	    "application/fhir+xml", "application/jsonx", "application/jso",
	    "application/x-www-form-urlencoded", "multipart/form-data; a=b",
	    ";application/json", " application/json"};

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		assert_int_equal(with("CONTENT_TYPE", taken[i]), REFUSE_NOT);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(
		    with("CONTENT_TYPE", others[i]), REFUSE_MEDIA_TYPE);
	assert_int_equal(with("CONTENT_TYPE", NULL), REFUSE_MEDIA_TYPE);
}

static void test_encodings(void **state)
{
	(void)state;
	assert_int_equal(with("HTTP_CONTENT_ENCODING", "gzip"),
	    REFUSE_ENCODING);
	assert_int_equal(with("HTTP_CONTENT_ENCODING", "br"),
	    REFUSE_ENCODING);
	assert_int_equal(with("HTTP_CONTENT_ENCODING", "identity, gzip"),
	    REFUSE_ENCODING);
	assert_int_equal(
	    with("HTTP_CONTENT_ENCODING", "identity"), REFUSE_NOT);
	assert_int_equal(with("HTTP_CONTENT_ENCODING", ""), REFUSE_NOT);
}

static void test_lengths(void **state)
{
	static const char *const bad[] = {
	    "3", "5", "0", "04", "+4", "4 ", "4,4", "-4", "0x4", "65537"};
	const struct pair none = {"CONTENT_LENGTH", NULL};
	const struct pair zero = {"CONTENT_LENGTH", "0"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    with("CONTENT_LENGTH", bad[i]), REFUSE_LENGTH);
	assert_int_equal(read_with("", &none, 1).why, REFUSE_NO_BODY);
	assert_int_equal(read_with("", &zero, 1).why, REFUSE_NO_BODY);
	assert_int_equal(read_with("body", &none, 1).why, REFUSE_LENGTH);
	(void)!read_with("body", NULL, 0).why;
	in.body_over = true;
	assert_int_equal(
	    request_read(&rules, &in, &ask).why, REFUSE_TOO_LARGE);
}

static void test_params_twice_refused(void **state)
{
	(void)state;
	assert_int_equal(read_with("body", NULL, 0).why, REFUSE_NOT);
	put("HTTP_SIGNATURE", "ecluse=:x:");
	assert_int_equal(
	    request_read(&rules, &in, &ask).why, REFUSE_TWICE);
	assert_int_equal(read_with("body", NULL, 0).why, REFUSE_NOT);
	put("REMOTE_ADDR", "192.0.2.1");	/* not ours: not read */
	put("REMOTE_ADDR", "192.0.2.1");
	assert_int_equal(request_read(&rules, &in, &ask).why, REFUSE_NOT);
}

static void test_certificates(void **state)
{
	(void)state;
	assert_int_equal(with("CLIENT_VERIFY", "SUCCESS"), REFUSE_NOT);
	assert_int_equal(with("CLIENT_VERIFY", "FAILED:certificate has expired"),
	    REFUSE_CERTIFICATE);
	rules.certificate = true;
	assert_int_equal(with("CLIENT_VERIFY", "SUCCESS"), REFUSE_NOT);
	assert_int_equal(with("CLIENT_VERIFY", "NONE"), REFUSE_CERTIFICATE);
	assert_int_equal(with("CLIENT_VERIFY", NULL), REFUSE_CERTIFICATE);
	rules.certificate = false;
}

/* Params cut or altered anywhere: a question, a refusal, or broken. */
static void test_altered_params_never_crash(void **state)
{
	struct random_seeded seed;
	unsigned broken = 0;
	struct buf all;

	(void)state;
	(void)random_from_seed(&seed, 8);
	assert_int_equal(read_with("body", NULL, 0).why, REFUSE_NOT);
	buf_init(&all, FASTCGI_PARAMS_MOST);
	buf_put_span(&all, buf_span(&in.params));
	for (int round = 0; round < 20000; round++) {
		struct fastcgi f;
		struct request_fault no;

		fastcgi_init(&f, LIMIT_BODY);
		buf_put(&f.params, all.p,
		    random_seeded_below(&seed, all.n + 1));
		buf_text(&f.body, "body");
		if (f.params.n > 0)
			f.params.p[random_seeded_below(&seed, f.params.n)] =
			    (uint8_t)random_seeded_u64(&seed);
		no = request_read(&rules, &f, &ask);
		broken += no.broken;
		fastcgi_release(&f);
	}
	assert_true(broken > 100);
	buf_release(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_question_is_carried_unread),
	    cmocka_unit_test(test_metadata_needs_no_fields),
	    cmocka_unit_test(test_paths_are_compared_byte_by_byte),
	    cmocka_unit_test(test_methods_outside_the_list),
	    cmocka_unit_test(test_rights_are_asked_on_flow_and_portal),
	    cmocka_unit_test(test_bodies_fit_their_plane),
	    cmocka_unit_test(test_routes_belong_to_their_plane),
	    cmocka_unit_test(test_fields_take_their_limit_and_no_more),
	    cmocka_unit_test(test_characters_outside_ascii),
	    cmocka_unit_test(test_content_types),
	    cmocka_unit_test(test_encodings),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_params_twice_refused),
	    cmocka_unit_test(test_certificates),
	    cmocka_unit_test(test_altered_params_never_crash),
	};
	int failed;

	fastcgi_init(&in, LIMIT_BODY);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fastcgi_release(&in);
	return failed;
}
