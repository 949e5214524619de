/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the example of an estimate's question is read as docs/api.md means it,
 * what the list does not name has no effect, and each thing that is wrong is
 * refused with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "fhir/claim.h"

#define TODAY 20779	/* 2026-11-22 */

static struct json_token tokens[LIMIT_JSON_TOKENS];
static struct fhir_question question;
static struct estimate acts;
static struct fhir_fault fault;

/* The example, with one text in the place of another. */
static enum err read_with(const char *old, const char *new)
{
	struct buf file, text;
	const uint8_t *at;
	size_t before;
	enum err e;

	buf_init(&file, LIMIT_BODY);
	buf_init(&text, LIMIT_BODY);
	assert_int_equal(file_read(EXAMPLE, &file), ERR_OK);
	at = memmem(file.p, file.n, old, strlen(old));
	assert_non_null(at);
	before = (size_t)(at - file.p);
	buf_put(&text, file.p, before);
	buf_text(&text, new);
	buf_put(&text, at + strlen(old), file.n - before - strlen(old));
	memset(&question, 0, sizeof(question));
	memset(&fault, 0, sizeof(fault));
	e = claim_read(buf_span(&text), TODAY, tokens, &question, &acts,
	    &fault);
	buf_release(&file);
	buf_release(&text);
	return e;
}

static void test_the_example(void **state)
{
	const struct estimate_line *l = &acts.lines[1];

	(void)state;
	assert_int_equal(read_with("\"Claim\"", "\"Claim\""), ERR_OK);
	assert_string_equal(question.domain, "OPTI");
	assert_string_equal(question.member, "00412877");
	assert_int_equal(question.care_day, TODAY);
	assert_int_equal(acts.count, 2);
	assert_int_equal(acts.lines[0].price, 14050);
	assert_int_equal(acts.lines[0].quantity, 1);
	assert_int_equal(acts.lines[0].class, ESTIMATE_CLASS_B);
	assert_int_equal(acts.lines[0].given, 0);
	assert_string_equal(l->act, "OPTLENS");
	assert_int_equal(l->n, 2);
	assert_int_equal(l->quantity, 2);
	assert_int_equal(l->price, 22000);
	assert_int_equal(l->given, ESTIMATE_BASE | ESTIMATE_AMO);
	assert_int_equal(l->base, 10);
	assert_int_equal(l->amo, 6);
	assert_int_equal(l->other, 2000);
	assert_int_equal(l->network, ESTIMATE_YES);
	assert_int_equal(l->side, ESTIMATE_LEFT);
	assert_string_equal(l->exemption, "ald");
}

static void test_what_is_dropped(void **state)
{
	struct buf before, after;

	(void)state;
	buf_init(&before, 65536);
	buf_init(&after, 65536);
	assert_int_equal(read_with("\"Claim\"", "\"Claim\""), ERR_OK);
	estimate_pack(&acts, &before);
	assert_int_equal(read_with("\"use\":", "\"diagnosis\": [{\"sequence\": "
	    "1, \"diagnosisReference\": {\"display\": \"X\"}}],\n \"use\":"),
	    ERR_OK);
	estimate_pack(&acts, &after);
	assert_int_equal(before.err, ERR_OK);
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&before);
	buf_release(&after);
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *old, *new, *name, *path;
	} cases[] = {
	    {"\"Claim\"", "\"Bundle\"", "no-claim", ""},
	    {"\"predetermination\"", "\"claim\"", "use", "Claim.use"},
	    {"CodeSystem/domain", "CodeSystem/other", "system",
		"Claim.type"},
	    {"140.50", "140.505", "money", "Claim.item[0].unitPrice.value"},
	    {"140.50", "-1", "money", "Claim.item[0].unitPrice.value"},
	    {"140.50", "\"140.50\"", "wrong-type",
		"Claim.item[0].unitPrice.value"},
	    {"\"EUR\"", "\"USD\"", "money", "Claim.item[0].unitPrice.value"},
	    {"\"value\": 2\n", "\"value\": 0\n", "whole-number",
		"Claim.item[1].quantity.value"},
	    {"\"class-b\"", "\"class-z\"", "code",
		"Claim.item[0].modifier[0]"},
	    {"\"network\"", "\"class-a\"", "code",
		"Claim.item[1].modifier[1]"},
	    {"\"left\"", "\"up\"", "code", "Claim.item[1].bodySite"},
	    {"\"OPTFRAME\"", "\"O P\"", "code",
		"Claim.item[0].productOrService.coding[0].code"},
	    {"\"use\":", "\"modifierExtension\": [],\n \"use\":",
		"modifier-extension", "Claim.modifierExtension"},
	    {"\"sequence\": 2", "\"sequence\": 1.5", "whole-number",
		"Claim.item[1].sequence"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_not_equal(
		    read_with(cases[i].old, cases[i].new), ERR_OK);
		assert_string_equal(fault.name, cases[i].name);
		assert_string_equal(fault.path, cases[i].path);
	}
}

static void test_unfit(void **state)
{
	struct fhir_fault f = claim_unfit(3, span_str("act"));

	(void)state;
	assert_string_equal(f.name, "act");
	assert_string_equal(f.path, "Claim.item[3].productOrService");
	f = claim_unfit(0, span_str("amo"));
	assert_string_equal(f.name, "figures");
}

static void test_packed(void **state)
{
	struct estimate back;
	struct buf b;

	(void)state;
	assert_int_equal(read_with("\"Claim\"", "\"Claim\""), ERR_OK);
	buf_init(&b, ESTIMATE_MOST);
	estimate_pack(&acts, &b);
	assert_int_equal(b.err, ERR_OK);
	assert_int_equal(estimate_unpack(buf_span(&b), &back), ERR_OK);
	assert_int_equal(back.count, 2);
	assert_string_equal(back.lines[1].act, "OPTLENS");
	for (size_t n = 0; n < b.n; n++)
		assert_int_not_equal(
		    estimate_unpack(span_of(b.p, n), &back), ERR_OK);
	acts.count = LIMIT_CLAIM_LINES;
	for (unsigned i = 0; i < acts.count; i++) {
		acts.lines[i] = acts.lines[1];
		memset(acts.lines[i].act, 'A', ESTIMATE_WORD);
	}
	buf_clear(&b);
	estimate_pack(&acts, &b);
	assert_int_equal(b.err, ERR_OK);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_example),
	    cmocka_unit_test(test_what_is_dropped),
	    cmocka_unit_test(test_what_is_refused),
	    cmocka_unit_test(test_unfit), cmocka_unit_test(test_packed)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
