/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: one question's answer is believed only if it is about what was asked,
 * and if whoever is covered is promised just that under the pinned promise
 * key. The promises are written with the keeper's own pieces. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/answer.h"
#include "keeper/promise.h"

#define NOW INT64_C(1795341720000)
#define ORIGIN "a.example/j"
#define EXT "https://ecluse.example/fhir/StructureDefinition/"

static const struct secret blinding = {{9, 8, 7}};

static const char *const others[] = {
    "not-covered", "other-route", "closed", "unknown"};

struct scene {
	struct answer_asked asked;
	struct pin pin;
	struct sign_private *key;
	struct promise promise;
	/* what stands in the answer */
	const char *type, *amc, *day, *state, *level, *first, *more;
	uint64_t index;
	bool promised;
	struct buf answer;
	const char *words;
};

static struct sign_private *key_of(uint8_t n)
{
	uint8_t seed[SIGN_ED25519_KEY] = {n};
	struct sign_private *k = NULL;

	assert_int_equal(sign_private_ed25519(seed, &k), ERR_OK);
	return k;
}

static int set_up(void **state)
{
	static const struct compose asked = {.amc = "0000000001",
	    .domain = "OPTI", .date = "2026-11-22", .card = "TP1:x"};
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	answer_asked_of(&asked, &s->asked);
	s->key = key_of(1);
	memcpy(s->pin.promise, sign_public_raw(
	    sign_private_public(s->key)), SIGN_ED25519_KEY);
	(void)snprintf(s->pin.origin, sizeof(s->pin.origin), ORIGIN);
	s->promise = (struct promise){.origin = span_str(ORIGIN),
	    .amc = span_str("0000000001"), .site = span_str("0E2000123"),
	    .domain = span_str("OPTI"), .level = span_str("BR200"),
	    .rules = span_str("rights-1"), .index = 40, .number = 7,
	    .cell = 1, .care_day = 20779, .now_ms = NOW};
	s->type = "CoverageEligibilityResponse";
	s->amc = "0000000001";
	s->day = "2026-11-22";
	s->state = "covered";
	s->level = "BR200";
	s->first = s->more = "";
	s->index = 40;
	s->promised = true;
	buf_init(&s->answer, LIMIT_BODY);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	sign_private_free(s->key);
	buf_release(&s->answer);
	free(s);
	return 0;
}

static void write_promise(struct scene *s)
{
	struct buf jws;

	buf_init(&jws, 4096);
	assert_int_equal(promise_write(
	    &s->promise, &blinding, s->key, &jws), ERR_OK);
	buf_printf(&s->answer, ",\"extension\":[{\"url\":\"" EXT
	    "promise\",\"valueString\":\"");
	buf_put_span(&s->answer, buf_span(&jws));
	buf_text(&s->answer, "\"}]");
	buf_release(&jws);
}

static enum err check_as(struct scene *s, uint16_t status)
{
	enum err e;

	buf_clear(&s->answer);
	buf_printf(&s->answer, "{\"resourceType\":\"%s\",\"insurer\":{"
	    "\"identifier\":{\"value\":\"%s\"}},\"servicedDate\":\"%s\","
	    "\"request\":{\"identifier\":{\"value\":\"" ORIGIN "/%llu\"}},"
	    "\"insurance\":[{\"extension\":[{\"url\":\"" EXT "answer-state\","
	    "\"valueCode\":\"%s\"}]", s->type, s->amc, s->day,
	    (unsigned long long)s->index, s->state);
	if (s->level)
		buf_printf(&s->answer, ",\"item\":[{\"excluded\":false,"
		    "\"benefit\":[{\"allowedString\":\"%s\"}]%s}]", s->level,
		    s->first);
	buf_printf(&s->answer, "%s}]", s->more);
	if (s->promised)
		write_promise(s);
	buf_text(&s->answer, "}   ");
	assert_int_equal(s->answer.err, ERR_OK);
	e = answer_check(&s->asked, &s->pin, status, buf_span(&s->answer),
	    &s->words);
	assert_int_equal(e == ERR_OK, s->words[0] == '\0');
	return e;
}

static enum err check(struct scene *s)
{
	return check_as(s, 200);
}

static void test_what_was_asked_and_promised_is_believed(void **state)
{
	struct scene *s = *state;

	assert_int_equal(check(s), ERR_OK);
	/* a restored service has another log, and the same keys */
	(void)snprintf(s->pin.origin, sizeof(s->pin.origin), "b.example/j");
	assert_int_equal(check(s), ERR_OK);
	/* no level is said, none is promised */
	s->level = NULL;
	s->promise.level = span_str("");
	assert_int_equal(check(s), ERR_OK);
	s->promised = false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		s->state = others[i];
		s->more = "";
		assert_int_equal(check(s), ERR_OK);
		s->more = ",\"item\":[{\"excluded\":true}]";
		assert_int_equal(check(s), ERR_OK);
	}
}

/* What a vault says of whoever it promises nothing is no rights. */
static void test_rights_of_whoever_has_none(void **state)
{
	static const char *const rights[] = {
	    ",\"item\":[{\"excluded\":false}]", ",\"item\":[{}]",
	    ",\"item\":[{\"excluded\":\"true\"}]",
	    (",\"item\":[{\"excluded\":true,\"benefit\":[{\"allowedString\":"
	    "\"BR500\"}]}]"),
	    ",\"item\":[{\"excluded\":true},{\"excluded\":false}]",
	    ("},{\"extension\":[{\"url\":\"" EXT "answer-state\","
	    "\"valueCode\":\"covered\"}]"),
	    "},{}",
	};
	struct scene *s = *state;

	s->promised = false;
	s->level = NULL;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		s->state = others[i];
		for (size_t r = 0; r < sizeof(rights) / sizeof(*rights); r++) {
			s->more = rights[r];
			if (check(s) != ERR_SHAPE)
				fail_msg("%s%s", s->state, s->more);
		}
	}
}

static void test_a_state_that_there_is_not(void **state)
{
	static const char *const none[] = {
	    "", "Covered", "covered ", "couvert", "unknown\\u200b"};
	struct scene *s = *state;

	s->promised = false;
	s->level = NULL;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		s->state = none[i];
		assert_int_equal(check(s), ERR_SHAPE);
	}
}

/* Covered once it is given: whoever bills before is not paid. */
static void test_the_authorization_is_as_promised(void **state)
{
	struct scene *s = *state;

	s->first = ",\"authorizationRequired\":false";
	assert_int_equal(check(s), ERR_OK);
	s->first = ",\"authorizationRequired\":true";
	assert_int_equal(check(s), ERR_CRYPTO);
	s->promise.authorization = true;
	assert_int_equal(check(s), ERR_OK);
	s->first = ",\"authorizationRequired\":false";
	assert_int_equal(check(s), ERR_CRYPTO);
	s->first = "";
	assert_int_equal(check(s), ERR_CRYPTO);
	s->first = ",\"authorizationRequired\":\"true\"";
	assert_int_equal(check(s), ERR_CRYPTO);
}

static void test_cover_and_promise_go_together(void **state)
{
	struct scene *s = *state;

	s->promised = false;
	assert_int_equal(check(s), ERR_SHAPE);
	s->promised = true;
	s->state = "not-covered";
	assert_int_equal(check(s), ERR_SHAPE);
}

static void test_only_the_pinned_key_promises(void **state)
{
	struct scene *s = *state;

	sign_private_free(s->key);
	s->key = key_of(2);
	assert_int_equal(check(s), ERR_CRYPTO);
}

static void test_no_byte_of_a_promise_can_be_altered(void **state)
{
	struct scene *s = *state;
	size_t first, n;

	assert_int_equal(check(s), ERR_OK);
	n = s->answer.n - strlen("\"}]}   ");
	first = (size_t)((uint8_t *)memmem(
	    s->answer.p, s->answer.n, "eyJ", 3) - s->answer.p);
	for (size_t i = first; i < n; i++) {
		s->answer.p[i] = s->answer.p[i] == 'A' ? 'B' : 'A';
		if (answer_check(&s->asked, &s->pin, 200,
			buf_span(&s->answer), &s->words) != ERR_CRYPTO)
			fail_msg("byte %zu", i - first);
		(void)check(s);
	}
}

static void test_a_promise_of_something_else_is_none(void **state)
{
	struct scene *s = *state;
	struct promise right = s->promise;
	struct promise wrong[7];

	for (size_t i = 0; i < 7; i++)
		wrong[i] = right;
	wrong[0].amc = span_str("0000000002");
	wrong[1].domain = span_str("DENT");
	wrong[2].care_day++;
	wrong[3].level = span_str("BR500");
	wrong[4].index++;
	wrong[5].origin = span_str("b.example/j");
	wrong[6].level = span_str("");
	for (size_t i = 0; i < 7; i++) {
		s->promise = wrong[i];
		if (check(s) != ERR_CRYPTO)
			fail_msg("%zu", i);
	}
	s->promise = right;
	s->level = NULL;
	assert_int_equal(check(s), ERR_CRYPTO);
}

/* Covered or not: of another insurer, or another day, it says nothing. */
static void test_another_questions_answer(void **state)
{
	struct scene *s = *state;

	for (unsigned covered = 0; covered < 2; covered++) {
		s->promised = covered;
		s->state = covered ? "covered" : "closed";
		s->level = covered ? "BR200" : NULL;
		assert_int_equal(check(s), ERR_OK);
		s->amc = "0000000002";
		assert_int_equal(check(s), ERR_SHAPE);
		s->amc = "0000000001";
		s->day = "2026-11-23";
		assert_int_equal(check(s), ERR_SHAPE);
		s->day = "2026-11-22";
	}
}

static enum err check_estimate(struct scene *s, uint16_t status)
{
	s->promised = false;
	(void)check_as(s, status);
	return answer_check_estimate(
	    &s->asked, status, buf_span(&s->answer), &s->words);
}

/* Nobody promises what stands in an estimate: rights do not. */
static void test_an_estimate(void **state)
{
	struct scene *s = *state;

	assert_int_equal(check_estimate(s, 200), ERR_SHAPE);
	s->type = "ClaimResponse";
	assert_int_equal(check_estimate(s, 200), ERR_OK);
	assert_int_equal(check_estimate(s, 403), ERR_SHAPE);
	s->amc = "0000000002";
	assert_int_equal(check_estimate(s, 200), ERR_SHAPE);
	s->amc = "0000000001";
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		s->state = others[i];
		s->more = "";
		assert_int_equal(check_estimate(s, 200), ERR_OK);
		s->more = "}],\"total\":[{";
		assert_int_equal(check_estimate(s, 200), ERR_SHAPE);
		s->more = "}],\"item\":[{";
		assert_int_equal(check_estimate(s, 200), ERR_SHAPE);
	}
	s->state = "covered";
	assert_int_equal(check_estimate(s, 200), ERR_OK);
	s->state = "Covered";
	assert_int_equal(check_estimate(s, 200), ERR_SHAPE);
	s->type = "OperationOutcome";
	assert_int_equal(check_estimate(s, 200), ERR_SHAPE);
	assert_int_equal(check_estimate(s, 422), ERR_OK);
	assert_int_equal(answer_check_estimate(
	    &s->asked, 200, span_str("{"), &s->words), ERR_SHAPE);
}

static void test_neither_an_answer_nor_a_refusal(void **state)
{
	static const char *const bad[] = {"", "{", "[]", "\"x\"", "{} {}",
	    ("{\"resourceType\":\"CoverageEligibilityResponse\","
	    "\"resourceType\":\"OperationOutcome\"}")};
	struct scene *s = *state;

	/* rights are not told by a refusal, nor refused by an answer */
	assert_int_equal(check_as(s, 403), ERR_SHAPE);
	s->type = "OperationOutcome";
	assert_int_equal(check_as(s, 403), ERR_OK);
	assert_int_equal(check(s), ERR_SHAPE);
	s->type = "ClaimResponse";
	assert_int_equal(check(s), ERR_SHAPE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(answer_check(&s->asked, &s->pin, 403,
		    span_str(bad[i]), &s->words), ERR_SHAPE);
		assert_string_not_equal(s->words, "");
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_what_was_asked_and_promised_is_believed),
		TEST(test_cover_and_promise_go_together),
		TEST(test_rights_of_whoever_has_none),
		TEST(test_a_state_that_there_is_not),
		TEST(test_the_authorization_is_as_promised),
		TEST(test_only_the_pinned_key_promises),
		TEST(test_no_byte_of_a_promise_can_be_altered),
		TEST(test_a_promise_of_something_else_is_none),
		TEST(test_another_questions_answer),
		TEST(test_an_estimate),
		TEST(test_neither_an_answer_nor_a_refusal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
