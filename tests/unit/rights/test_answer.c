/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the answer's text says its state and nothing of a person, and all
 * unknowns are the same bytes. Whether it is FHIR is judged by strangers
 * (tests/strangers/fhir.test.mjs).
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include "json/read.h"
#include "rights/answer.h"

static struct json_token tokens[LIMIT_JSON_TOKENS];

static const struct rights_do asked = {.index = 412, .cell = 3,
    .number = 0x1122334455667788, .care_day = 20779,
    .now_ms = INT64_C(1795341724003)};

static struct rights_do question(void)
{
	struct rights_do q = asked;

	q.domain = span_str("OPTI");
	q.convention = span_str("SPSP");
	q.csr = span_str("CSRCSR");
	q.amc = span_str("0099123456");
	q.transaction = span_str("flow.example/journal/412");
	return q;
}

static struct answer_facts facts(enum rights_state state)
{
	struct answer_facts f = {.state = state};

	if (state == RIGHTS_CLOSED || state == RIGHTS_UNKNOWN)
		return f;
	f.contract = span_str("CONTRACT7");
	f.from_day = 20454;
	f.until_day = 20818;
	f.order = 1;
	if (state == RIGHTS_COVERED)
		f.level = span_str("BR200");
	return f;
}

/* The whole answer, closed, in b. */
static struct json write_it(const struct rights_do *q,
    const struct answer_facts *f, struct buf *b)
{
	struct json j = {0};
	size_t at = 0;

	buf_init(b, LIMIT_BODY);
	assert_int_equal(answer_write(q, f, b), ERR_OK);
	/* with promise and budget it goes into one room of 4 KiB, sealed */
	assert_true(b->n > 200 && b->n < 2816);
	buf_text(b, "}");
	assert_int_equal(json_read(buf_span(b), tokens, LIMIT_JSON_TOKENS, &j,
		&at), ERR_OK);
	return j;
}

static uint16_t insurance(const struct json *j)
{
	return json_element(j, json_member(j, JSON_TOP, "insurance"), 0);
}

static uint16_t item(const struct json *j)
{
	return json_element(j, json_member(j, insurance(j), "item"), 0);
}

static bool said(const struct json *j, uint16_t at, const char *name)
{
	bool v = false;

	assert_int_equal(json_bool(j, json_member(j, at, name), &v), ERR_OK);
	return v;
}

static void test_each_state_says_what_it_is(void **state)
{
	static const struct {
		enum rights_state state;
		bool in_force, item, excluded;
	} table[] = {
	    {RIGHTS_COVERED, true, true, false},
	    {RIGHTS_NOT_COVERED, true, true, true},
	    {RIGHTS_OTHER_ROUTE, true, true, true},
	    {RIGHTS_CLOSED, false, false, false},
	    {RIGHTS_UNKNOWN, false, false, false},
	};
	struct rights_do q = question();
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct answer_facts f = facts(table[i].state);
		struct json j = write_it(&q, &f, &b);

		assert_int_equal(said(&j, insurance(&j), "inforce"),
		    table[i].in_force);
		assert_int_equal(item(&j) != JSON_NOWHERE, table[i].item);
		if (table[i].item)
			assert_int_equal(said(&j, item(&j), "excluded"),
			    table[i].excluded);
		assert_int_equal(json_member(&j, insurance(&j),
			"benefitPeriod") != JSON_NOWHERE, table[i].in_force);
		buf_release(&b);
	}
}

static void test_only_covered_says_level_and_authorization(void **state)
{
	struct rights_do q = question();
	struct answer_facts f = facts(RIGHTS_COVERED);
	struct json j;
	struct buf b;

	(void)state;
	f.authorization = 1;
	j = write_it(&q, &f, &b);
	assert_true(said(&j, item(&j), "authorizationRequired"));
	assert_true(json_is(&j, json_member(&j, json_element(&j,
	    json_member(&j, item(&j), "benefit"), 0), "allowedString"),
	    "BR200"));
	buf_release(&b);
	f.state = RIGHTS_NOT_COVERED;	/* as if the facts said too much */
	j = write_it(&q, &f, &b);
	assert_int_equal(json_member(&j, item(&j), "benefit"), JSON_NOWHERE);
	assert_int_equal(
	    json_member(&j, item(&j), "authorizationRequired"), JSON_NOWHERE);
	buf_release(&b);
}

static uint16_t extension(const struct json *j, uint16_t holder, unsigned nth)
{
	return json_element(j, json_member(j, holder, "extension"), nth);
}

static void test_several_stand_in_order_of_payment(void **state)
{
	struct rights_do q = question();
	struct answer_facts second = facts(RIGHTS_COVERED), f = second;
	uint16_t list, at;
	struct json j;
	struct buf b;

	(void)state;
	second.order = 2;
	second.level = span_str("TM");
	f.next = &second;
	j = write_it(&q, &f, &b);
	list = json_member(&j, JSON_TOP, "insurance");
	assert_int_equal(json_count(&j, list), 2);
	for (unsigned i = 0; i < 2; i++) {
		int64_t order = 0;

		at = json_element(&j, list, i);
		assert_int_equal(json_int(&j, json_member(&j,
		    extension(&j, at, 1), "valuePositiveInt"), &order),
		    ERR_OK);
		assert_int_equal(order, i + 1);
		at = json_element(&j, json_member(&j, at, "item"), 0);
		assert_true(json_is(&j, json_member(&j, json_element(&j,
		    json_member(&j, at, "benefit"), 0), "allowedString"),
		    i == 1 ? "TM" : "BR200"));
	}
	buf_release(&b);
	/* as if the facts said too much */
	f.state = RIGHTS_UNKNOWN;
	j = write_it(&q, &f, &b);
	assert_int_equal(
	    json_count(&j, json_member(&j, JSON_TOP, "insurance")), 1);
	buf_release(&b);
	f = facts(RIGHTS_COVERED);	/* alone and first: no order */
	j = write_it(&q, &f, &b);
	assert_int_equal(json_count(
	    &j, json_member(&j, insurance(&j), "extension")), 1);
	buf_release(&b);
}

static void test_only_another_route_says_which(void **state)
{
	struct rights_do q = question();
	struct buf b;

	(void)state;
	for (int s = RIGHTS_COVERED; s <= RIGHTS_UNKNOWN; s++) {
		struct answer_facts f = facts((enum rights_state)s);
		struct json j;

		f.convention = span_str("BFBF");
		j = write_it(&q, &f, &b);
		assert_int_equal(memmem(b.p, b.n, "BFBF", 4) != NULL,
		    s == RIGHTS_OTHER_ROUTE);
		if (s == RIGHTS_OTHER_ROUTE)
			assert_int_equal(json_count(&j, json_member(&j,
			    extension(&j, insurance(&j), 1), "extension")),
			    1);
		buf_release(&b);
	}
}

static void expect_absent(const struct buf *b, const char *word)
{
	if (memmem(b->p, b->n, word, strlen(word)))
		fail_msg("%s is in the answer", word);
}

static void test_no_answer_holds_number_contract_or_route(void **state)
{
	struct rights_do q = question();
	struct buf b;

	(void)state;
	for (int s = RIGHTS_COVERED; s <= RIGHTS_UNKNOWN; s++) {
		struct answer_facts f = facts((enum rights_state)s);

		(void)write_it(&q, &f, &b);
		expect_absent(&b, "CONTRACT7");
		expect_absent(&b, "1234605616436508552");
		expect_absent(&b, "1122334455667788");
		expect_absent(&b, "SPSP");
		expect_absent(&b, "CSRCSR");
		buf_release(&b);
	}
}

/* Whatever of a person is near by: nothing of it reaches an unknown. */
static void test_all_unknowns_are_the_same_bytes(void **state)
{
	struct rights_do q = question(), other = question();
	struct answer_facts f = facts(RIGHTS_UNKNOWN);
	struct answer_facts leaky = facts(RIGHTS_COVERED);
	struct buf a, b;

	(void)state;
	other.cell = 0;
	other.number = 0;
	other.index = 1;
	other.domain = span_str("AUDI");
	other.convention = other.csr = (struct span){0};
	leaky.state = RIGHTS_UNKNOWN;
	leaky.order = 2;
	(void)write_it(&q, &f, &a);
	(void)write_it(&other, &leaky, &b);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.p, b.p, a.n);
	buf_release(&a);
	buf_release(&b);
}

static void test_what_cannot_be_written_is_refused(void **state)
{
	struct rights_do q = question();
	struct answer_facts f = facts(RIGHTS_COVERED);
	struct buf b;

	(void)state;
	buf_init(&b, 300);
	assert_int_equal(answer_write(&q, &f, &b), ERR_LIMIT);
	buf_clear(&b);
	f.state = RIGHTS_STATE_COUNT;
	assert_int_equal(answer_write(&q, &f, &b), ERR_RANGE);
	f.state = 0;
	assert_int_equal(answer_write(&q, &f, &b), ERR_RANGE);
	assert_int_equal(b.n, 0);
	buf_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_state_says_what_it_is),
	    cmocka_unit_test(test_only_covered_says_level_and_authorization),
	    cmocka_unit_test(test_several_stand_in_order_of_payment),
	    cmocka_unit_test(test_only_another_route_says_which),
	    cmocka_unit_test(test_no_answer_holds_number_contract_or_route),
	    cmocka_unit_test(test_all_unknowns_are_the_same_bytes),
	    cmocka_unit_test(test_what_cannot_be_written_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
