/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a bundle holds what was put into it and no more than goes through; and
 * an answer is believed only if each line is there, in its place, promised
 * what it says, under the pinned promise key. The answers are written with the
 * keeper's own pieces. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/many.h"
#include "fhir/bundle.h"
#include "fhir/extension.h"
#include "fhir/outcome.h"
#include "keeper/promises.h"

#define NOW INT64_C(1795341720000)
#define ORIGIN "a.example/j"
#define LINES 5

static const struct secret blinding = {{9, 8, 7}};
static const struct compose asked = {.amc = "0000000001", .domain = "OPTI",
    .date = "2026-11-22", .member = "12", .birth = "19800101", .rank = "1"};

/* One line of the answer. */
struct line {
	bool covered, refused;
	uint64_t index;		/* in the answer */
	struct promise promise;
};

struct scene {
	struct many many;
	struct pin pin;
	struct sign_private *key;
	struct line of[LINES];
	struct buf answer;
	const char *words;
	unsigned at;
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
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	many_init(&s->many);
	s->key = key_of(1);
	memcpy(s->pin.promise, sign_public_raw(
	    sign_private_public(s->key)), SIGN_ED25519_KEY);
	(void)snprintf(s->pin.origin, sizeof(s->pin.origin), ORIGIN);
	buf_init(&s->answer, LIMIT_BUNDLE);
	for (unsigned i = 0; i < LINES; i++) {
		assert_int_equal(many_put(&s->many, &asked, NOW), ERR_OK);
		s->of[i] = (struct line){.covered = i != 2, .index = 40 + i,
		    .promise = {.origin = span_str(ORIGIN),
		    .amc = span_str("0000000001"),
		    .site = span_str("0E2000123"),
		    .domain = span_str("OPTI"), .level = span_str("BR200"),
		    .rules = span_str("rights-1"), .index = 40 + i,
		    .number = 7, .cell = 1, .care_day = 20779,
		    .now_ms = NOW}};
	}
	s->of[3].covered = false;
	s->of[3].refused = true;
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	many_release(&s->many);
	sign_private_free(s->key);
	buf_release(&s->answer);
	free(s);
	return 0;
}

static void write_line(struct scene *s, unsigned i, const struct promises *p)
{
	const struct line *l = &s->of[i];
	struct buf line;

	buf_init(&line, 4096);
	bundle_line_open(i, l->refused ? 429 : 200, !l->refused, &s->answer);
	if (l->refused) {
		outcome_write_refusal(REFUSAL_BUDGET, &s->answer);
	} else {
		buf_printf(&s->answer, "{\"resourceType\":"
		    "\"CoverageEligibilityResponse\",\"insurer\":{"
		    "\"identifier\":{\"value\":\"0000000001\"}},"
		    "\"servicedDate\":\"2026-11-22\",\"request\":{"
		    "\"identifier\":{\"value\":\"" ORIGIN "/%llu\"}},"
		    "\"insurance\":[{\"extension\":[{\"url\":"
		    "\"https://ecluse.example/fhir/StructureDefinition/"
		    "answer-state\",\"valueCode\":\"%s\"}],\"item\":[{"
		    "\"excluded\":%s}]}]", (unsigned long long)l->index,
		    l->covered ? "covered" : "closed", l->covered ?
		    "false,\"benefit\":[{\"allowedString\":\"BR200\"}],"
		    "\"authorizationRequired\":false" : "true");
		promises_line(p, i, &line);
		extension_close_line(NULL, buf_span(&line), &s->answer);
	}
	bundle_line_close(!l->refused, l->refused ? 429 : 200, &s->answer);
	buf_release(&line);
}

/* The answer as the keeper writes it, of what of[] says. */
static void answer(struct scene *s)
{
	struct random random = random_system();
	struct promises *p = promises_new();
	struct buf jws;

	assert_non_null(p);
	buf_init(&jws, 4096);
	buf_clear(&s->answer);
	for (unsigned i = 0; i < LINES; i++)
		if (s->of[i].covered)
			assert_int_equal(promises_add(p, i,
			    &s->of[i].promise, &blinding, &random), ERR_OK);
	assert_int_equal(
	    promises_sign(p, ORIGIN, NOW, s->key, &jws), ERR_OK);
	bundle_open(buf_span(&jws), &s->answer);
	for (unsigned i = 0; i < LINES; i++)
		write_line(s, i, p);
	bundle_close(&s->answer);
	assert_int_equal(s->answer.err, ERR_OK);
	buf_release(&jws);
	promises_free(p);
}

static enum err check(struct scene *s)
{
	return many_check(&s->many, &s->pin, buf_span(&s->answer), &s->at,
	    &s->words);
}

static void test_what_is_as_it_was_asked_is_believed(void **state)
{
	struct scene *s = *state;

	answer(s);
	assert_int_equal(check(s), ERR_OK);
	assert_string_equal(s->words, "");
}

/* Where old stands first, or second, becomes what is as long. */
static void change(struct scene *s, const char *old, const char *to)
{
	uint8_t *at = memmem(s->answer.p, s->answer.n, old, strlen(old));

	assert_non_null(at);
	assert_int_equal(strlen(old), strlen(to));
	memcpy(at, to, strlen(to));
}

static void test_each_line_is_looked_at(void **state)
{
	static const struct {
		const char *old, *to;
		unsigned line;
		enum err e;
	} table[] = {
		{"batch-response", "batch-responsf", 0, ERR_SHAPE},
		{"\"Bundle\"", "\"Bundlf\"", 0, ERR_SHAPE},
		{ORIGIN "/40", ORIGIN "/49", 1, ERR_CRYPTO},
		{"BR200", "BR201", 1, ERR_CRYPTO},
		{"\"closed\"", "\"opened\"", 3, ERR_SHAPE},
		{"\"closed\"", "\"unkown\"", 3, ERR_SHAPE},
		{"\"excluded\":true", "\"excludes\":true", 3, ERR_SHAPE},
		{"Required\":false", "Required\":true ", 1, ERR_CRYPTO},
		{"\"valueCode\":\"covered\"", "\"valueCode\":\"coverex\"", 1,
		    ERR_SHAPE},
		{"/promise-line", "/promise-lind", 1, ERR_SHAPE},
		{"\"valueString\":\"0.", "\"valueString\":\"1.", 1,
		    ERR_CRYPTO},
		{"\"valueString\":\"2.", "\"valueString\":\"3.", 5,
		    ERR_CRYPTO},
		{"/promises\"", "/promiser\"", 1, ERR_SHAPE},
		{"\"servicedDate\":\"2026-11-22", "\"servicedDate\":\"2026-11-23",
		    1, ERR_SHAPE},
		{"\"value\":\"0000000001", "\"value\":\"0000000002", 1,
		    ERR_SHAPE},
		{"OperationOutcome", "OperationOutcomf", 4, ERR_SHAPE},
		{"CoverageEligibilityResponse",
		    "CoverageEligibilityResponsf", 1, ERR_SHAPE},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		answer(s);
		change(s, table[i].old, table[i].to);
		if (check(s) != table[i].e || s->at != table[i].line)
			fail_msg("%s: line %u: %s", table[i].to, s->at,
			    s->words);
	}
}

static void test_what_was_not_asked_is_not_believed(void **state)
{
	static const char *const others[] = {
	    "0000000002", "DENT", "2026-11-23"};
	struct scene *s = *state;

	for (unsigned i = 0; i < 3; i++) {
		struct answer_asked *l = &s->many.of[1];
		struct answer_asked before = *l;
		char *at = i == 0 ? l->amc : i == 1 ? l->domain : l->day;

		answer(s);
		memcpy(at, others[i], strlen(others[i]) + 1);
		assert_int_equal(
		    check(s), i == 1 ? ERR_CRYPTO : ERR_SHAPE);
		assert_int_equal(s->at, 2);
		*l = before;
	}
}

static void test_a_promise_of_another_line_is_none(void **state)
{
	struct scene *s = *state;

	/* the tree is right, and leads to two lines in the other's place */
	s->of[0].promise.index = 41;
	s->of[1].promise.index = 40;
	answer(s);
	assert_int_equal(check(s), ERR_CRYPTO);
	assert_int_equal(s->at, 1);
	s->of[0].promise.index = 40;
	s->of[1].promise.index = 41;
	s->of[4].promise.level = span_str("BR100");
	answer(s);
	assert_int_equal(check(s), ERR_CRYPTO);
	assert_int_equal(s->at, 5);
	/* a promise for a line that is not covered */
	s->of[4].promise.level = span_str("BR200");
	s->of[2].covered = true;
	answer(s);
	change(s, "\"valueCode\":\"covered\"", "\"valueCode\":\"closedx\"");
	assert_int_equal(check(s), ERR_SHAPE);
}

static void test_only_the_pinned_key_promises(void **state)
{
	struct scene *s = *state;
	struct sign_private *other = key_of(2);

	memcpy(s->pin.promise, sign_public_raw(
	    sign_private_public(other)), SIGN_ED25519_KEY);
	answer(s);
	assert_int_equal(check(s), ERR_CRYPTO);
	assert_int_equal(s->at, 0);
	sign_private_free(other);
	memcpy(s->pin.promise, sign_public_raw(
	    sign_private_public(s->key)), SIGN_ED25519_KEY);
	/* a restored service has another log, and the same keys */
	(void)snprintf(s->pin.origin, sizeof(s->pin.origin), "b.example/j");
	assert_int_equal(check(s), ERR_OK);
}

/* Whoever leaves zeros out hears of the same mutuelle. */
static void test_a_number_without_its_zeros(void **state)
{
	struct compose c = asked;
	struct scene *s = *state;

	c.amc = "1";
	many_clear(&s->many);
	for (unsigned i = 0; i < LINES; i++)
		assert_int_equal(many_put(&s->many, &c, NOW), ERR_OK);
	answer(s);
	assert_int_equal(check(s), ERR_OK);
}

static void test_lines_are_as_many_as_were_asked(void **state)
{
	struct scene *s = *state;

	answer(s);
	s->many.count--;
	assert_int_equal(check(s), ERR_SHAPE);
	s->many.count += 2;
	assert_int_equal(check(s), ERR_SHAPE);
	s->many.count--;
	assert_int_equal(check(s), ERR_OK);
	s->answer.n -= 2;
	assert_int_equal(check(s), ERR_SHAPE);
	assert_int_equal(s->at, 0);
}

static void test_a_bundle_ends_where_it_is_full(void **state)
{
	struct compose c = asked;
	char long_text[6000];
	struct scene *s = *state;
	unsigned n = 0;
	enum err e;

	for (n = LINES; n < LIMIT_BUNDLE_LINES; n++)
		assert_int_equal(many_put(&s->many, &c, NOW), ERR_OK);
	assert_int_equal(many_put(&s->many, &c, NOW), ERR_FULL);
	assert_int_equal(many_end(&s->many), ERR_OK);
	many_clear(&s->many);
	/* by its size */
	memset(long_text, 'A', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	c.card = long_text;
	for (n = 0; (e = many_put(&s->many, &c, NOW)) == ERR_OK; n++)
		;
	assert_int_equal(e, ERR_FULL);
	assert_in_range(n, 25, 35);
	assert_int_equal(s->many.count, n);
	assert_int_equal(many_end(&s->many), ERR_OK);
	assert_in_range(s->many.body.n, MANY_BODY - 7000, MANY_BODY);
}

static void test_what_is_written_is_what_the_keeper_reads(void **state)
{
	struct json_token *tokens =
	    calloc(LIMIT_BUNDLE_TOKENS, sizeof(*tokens));
	struct scene *s = *state;
	struct bundle_lines *lines = calloc(1, sizeof(*lines));
	struct fhir_question q;
	struct fhir_fault fault;

	assert_true(tokens && lines);
	assert_int_equal(many_end(&s->many), ERR_OK);
	assert_int_equal(bundle_read(buf_span(&s->many.body), tokens, lines,
	    &fault), ERR_OK);
	assert_int_equal(lines->count, LINES);
	for (unsigned i = 0; i < LINES; i++)
		assert_int_equal(request_read(lines->of[i].question, 20779,
		    tokens, &q, &fault), ERR_OK);
	free(lines);
	free(tokens);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_what_is_as_it_was_asked_is_believed),
		TEST(test_each_line_is_looked_at),
		TEST(test_what_was_not_asked_is_not_believed),
		TEST(test_a_promise_of_another_line_is_none),
		TEST(test_only_the_pinned_key_promises),
		TEST(test_a_number_without_its_zeros),
		TEST(test_lines_are_as_many_as_were_asked),
		TEST(test_a_bundle_ends_where_it_is_full),
		TEST(test_what_is_written_is_what_the_keeper_reads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
