/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: every refusal and fault has its sentences, becomes one well-formed
 * body, and the end of an answer closes what the vault began. Whether they
 * are FHIR is judged by strangers (tests/strangers/fhir.test.mjs). */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include "fhir/extension.h"
#include "fhir/metadata.h"
#include "fhir/outcome.h"
#include "fhir/route.h"

static struct json_token tokens[LIMIT_JSON_TOKENS];

static struct json read_back(const struct buf *b)
{
	struct json j = {0};
	size_t at = 0;

	assert_int_equal(b->err, ERR_OK);
	assert_int_equal(json_read(buf_span(b), tokens, LIMIT_JSON_TOKENS, &j,
		&at), ERR_OK);
	return j;
}

static void check_issue(const struct buf *b, const char *code)
{
	struct json j = read_back(b);
	uint16_t issue = json_element(&j, json_member(&j, 0, "issue"), 0);
	uint16_t coding = json_element(&j, json_member(&j,
	    json_member(&j, issue, "details"), "coding"), 0);

	assert_true(json_is(&j, json_member(&j, coding, "code"), code));
	assert_true(json_is(&j, json_member(&j, issue, "severity"), "error"));
	assert_int_equal(
	    json_type(&j, json_member(&j, issue, "diagnostics")), JSON_STRING);
}

static void test_every_refusal_is_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, OUTCOME_MAX);
	for (int r = 0; r < REFUSAL_COUNT; r++) {
		const struct fhir_refusal_text *t =
		    refusal_text((enum fhir_refusal)r);

		assert_true(t->status >= 400 && t->status < 600);
		assert_true(*t->issue && *t->code && *t->fr && *t->en &&
		    *t->fr_do && *t->en_do);
		buf_clear(&b);
		outcome_write_refusal((enum fhir_refusal)r, &b);
		check_issue(&b, t->code);
	}
	assert_ptr_equal(refusal_text(REFUSAL_COUNT),
	    refusal_text(REFUSAL_INTERNAL));
	buf_release(&b);
}

/* The longest that a directory can make fits, and says no fifth route. */
static void test_routes_are_told(void **state)
{
	char url[129] = "https://", long_name[41] = "", csr[21] = "";
	struct fhir_route routes[5];
	struct buf b;

	(void)state;
	memset(url + 8, 'u', sizeof(url) - 9);
	memset(long_name, 'o', sizeof(long_name) - 1);
	memset(csr, 'c', sizeof(csr) - 1);
	url[128] = '\0';
	for (int i = 0; i < 5; i++)
		routes[i] = (struct fhir_route){
		    "ABCDEFGH", csr, long_name, url, 20454, 20818};
	routes[4].convention = "FIFTH";
	buf_init(&b, ROUTE_OUTCOME);
	for (int r = REFUSAL_ROUTE; r <= REFUSAL_ROUTE_ELSEWHERE; r++) {
		buf_clear(&b);
		route_write((enum fhir_refusal)r, routes, 5, &b);
		check_issue(&b, refusal_text((enum fhir_refusal)r)->code);
		buf_put_u8(&b, 0);
		assert_non_null(strstr((char *)b.p, "(convention/CSR) : "
		    "ABCDEFGH/cccccccccccccccccccc, "));
		assert_null(strstr((char *)b.p, "FIFTH"));
	}
	routes[0] = (struct fhir_route){"", "", "x", "", 20454, INT32_MAX};
	buf_clear(&b);
	route_write(REFUSAL_ROUTE, routes, 1, &b);
	buf_put_u8(&b, 0);
	assert_int_equal(b.err, ERR_OK);
	assert_non_null(strstr((char *)b.p, "{\"url\":\"https://ecluse.example"
	    "/fhir/StructureDefinition/right-route\",\"extension\":[{\"url\":"
	    "\"operator\",\"valueString\":\"x\"},{\"url\":\"start\","
	    "\"valueDate\":\"2026-01-01\"}]}"));
	assert_non_null(strstr((char *)b.p, "(convention/CSR): */*."));
	buf_clear(&b);
	route_write(REFUSAL_ROUTE, routes, 0, &b);
	check_issue(&b, "route");
	buf_release(&b);
}

static void test_every_fault_is_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, OUTCOME_MAX);
	for (int i = 0; i < FAULT_COUNT; i++) {
		struct fhir_fault f = fault_of((enum fhir_fault_kind)i);

		assert_true(f.status == 400 || f.status == 422);
		assert_true(*f.code && *f.name && *f.fr && *f.en);
		assert_string_equal(f.path, "");
		memset(f.path, 'p', sizeof(f.path) - 1);
		buf_clear(&b);
		outcome_write_fault(&f, &b);
		check_issue(&b, f.name);
	}
	buf_release(&b);
}

static void close_to(const struct extension_left *left, const char *promise,
    const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_text(&b, "{\"a\":1");
	extension_close(left, span_str(promise), &b);
	assert_int_equal(b.err, ERR_OK);
	assert_true(span_is(buf_span(&b), want));
	(void)read_back(&b);
	buf_release(&b);
}

#define LEFT "{\"url\":\"" EXTENSION_BUDGET_LEFT "\",\"extension\":["         \
	"{\"url\":\"t24\",\"valueUnsignedInt\":3},"                           \
	"{\"url\":\"c24\",\"valueUnsignedInt\":2147483647}]}"
#define PROMISED                                                              \
	"{\"url\":\"" EXTENSION_PROMISE "\",\"valueString\":\"a.b-_.C\"}"

static void test_the_end_of_an_answer_closes_it(void **state)
{
	struct extension_left left = {3, UINT32_MAX};

	(void)state;
	close_to(NULL, "", "{\"a\":1}");
	close_to(&left, "", "{\"a\":1,\"extension\":[" LEFT "]}");
	close_to(NULL, "a.b-_.C", "{\"a\":1,\"extension\":[" PROMISED "]}");
	close_to(&left, "a.b-_.C",
	    "{\"a\":1,\"extension\":[" LEFT "," PROMISED "]}");
}

static void test_a_promise_is_a_compact_jws(void **state)
{
	static const char *const bad[] = {"a", "a.b", "a.b.c.d", "a.b.c\"",
	    "a.b.c ", "a.b.c=", "a.b.\xc3\xa9"};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_clear(&b);
		extension_close(NULL, span_str(bad[i]), &b);
		assert_int_equal(b.err, ERR_SHAPE);
	}
	buf_release(&b);
}

static void test_metadata_names_formats_and_place(void **state)
{
	struct metadata m = {.base = span_str("https://x.example/fhir"),
	    .version = span_str("9"), .started_ms = 0, .plain = true};
	struct json j;
	struct buf b;
	uint16_t place;

	(void)state;
	buf_init(&b, LIMIT_BODY);
	metadata_write(&m, &b);
	j = read_back(&b);
	assert_int_equal(json_count(&j, json_member(&j, 0, "format")), 2);
	place = json_member(&j, json_member(&j, 0, "implementation"), "url");
	assert_true(json_is(&j, place, "https://x.example/fhir"));
	buf_clear(&b);
	m.plain = false;
	metadata_write(&m, &b);
	j = read_back(&b);
	assert_int_equal(json_count(&j, json_member(&j, 0, "format")), 1);
	buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_refusal_is_whole),
	    cmocka_unit_test(test_routes_are_told),
		cmocka_unit_test(test_every_fault_is_whole),
	    cmocka_unit_test(test_the_end_of_an_answer_closes_it),
	    cmocka_unit_test(test_a_promise_is_a_compact_jws),
	    cmocka_unit_test(test_metadata_names_formats_and_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
