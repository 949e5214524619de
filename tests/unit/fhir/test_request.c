/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a question is read by the allow-list and nothing else of the body has
 * any effect; every rule of the profile has a body that breaks it, and the
 * fault names the place. Bodies are made from one good question by changing
 * text in it.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include "fhir/outcome.h"
#include "fhir/request.h"

#define TODAY 20779	/* 2026-11-22 */
#define H "https://ecluse.example"

static const char good[] =
    "{\"resourceType\":\"CoverageEligibilityRequest\","
    "\"contained\":["
    "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1984-06-17\"},"
    "{\"resourceType\":\"Coverage\",\"id\":\"c\","
    "\"identifier\":[{\"system\":\"" H "/id/card\",\"value\":\"TP1:AB C\"}],"
    "\"status\":\"active\","
    "\"subscriber\":{\"identifier\":{\"system\":"
    "\"urn:oid:1.2.250.1.213.1.4.8\",\"value\":\"2840600412003\"}},"
    "\"subscriberId\":\"0041/28\",\"beneficiary\":{\"reference\":\"#p\"},"
    "\"dependent\":\"1\","
    "\"payor\":[{\"identifier\":{\"system\":\"" H "/id/amc\","
    "\"value\":\"099123456\"}}],"
    "\"class\":[{\"type\":{\"coding\":[{\"system\":"
    "\"" H "/fhir/CodeSystem/coverage-class\",\"code\":\"convention\"}]},"
    "\"value\":\"SP\"},{\"type\":{\"coding\":[{\"system\":"
    "\"" H "/fhir/CodeSystem/coverage-class\",\"code\":\"csr\"}]},"
    "\"value\":\"C1\"}]}],"
    "\"status\":\"active\",\"purpose\":[\"benefits\"],"
    "\"patient\":{\"reference\":\"#p\"},\"servicedDate\":\"2026-11-22\","
    "\"created\":\"2026-11-22T10:02:04Z\","
    "\"enterer\":{\"identifier\":{\"system\":"
    "\"https://rpps.esante.gouv.fr\",\"value\":\"99900001238\"}},"
    "\"provider\":{\"identifier\":{\"system\":\"" H "/id/site\","
    "\"value\":\"0E2000123\"}},"
    "\"insurer\":{\"identifier\":{\"system\":\"" H "/id/amc\","
    "\"value\":\"0099123456\"}},"
    "\"insurance\":[{\"coverage\":{\"reference\":\"#c\"}}],"
    "\"item\":[{\"category\":{\"coding\":[{\"system\":"
    "\"" H "/fhir/CodeSystem/domain\",\"code\":\"OPTI\"}]}}]}";

static struct json_token scratch[LIMIT_JSON_TOKENS];

/* good with the nth (from 1) place of `from` replaced by `to`. */
static struct span altered(
    char *out, size_t size, const char *from, const char *to, int nth)
{
	const char *at = good;
	int n;

	for (int i = 0; i < nth; i++) {
		at = strstr(at + (i > 0), from);
		if (!at)
			fail_msg("not in the question: %s", from);
	}
	n = snprintf(out, size, "%.*s%s%s", (int)(at - good), good, to,
	    at + strlen(from));
	assert_true(n > 0 && (size_t)n < size);
	return span_of(out, (size_t)n);
}

static enum err read_it(
    struct span body, struct fhir_question *q, struct fhir_fault *f)
{
	memset(f, 0, sizeof(*f));
	return request_read(body, TODAY, scratch, q, f);
}

static void test_everything_on_the_list_is_read(void **state)
{
	struct fhir_question q;
	struct fhir_fault f;

	(void)state;
	memset(&q, 0xaa, sizeof(q));
	assert_int_equal(read_it(span_str(good), &q, &f), ERR_OK);
	assert_string_equal(q.amc, "0099123456");
	assert_string_equal(q.convention, "SP");
	assert_string_equal(q.csr, "C1");
	assert_string_equal(q.member, "0041/28");
	assert_string_equal(q.nir, "2840600412003");
	assert_string_equal(q.birth, "19840617");
	assert_string_equal(q.card, "TP1:AB C");
	assert_string_equal(q.domain, "OPTI");
	assert_string_equal(q.site, "0E2000123");
	assert_string_equal(q.rpps, "99900001238");
	assert_int_equal(q.rank, 1);
	assert_int_equal(q.site_kind, FHIR_SITE_BILLING);
	assert_int_equal(q.purpose, FHIR_BENEFITS);
	assert_int_equal(q.care_day, TODAY);
	assert_null(f.name);
}

struct change {
	const char *from, *to;
	int nth;
};

/* Things of FHIR that we do not want: the question stays what it was. */
static void test_what_is_not_listed_has_no_effect(void **state)
{
	static const struct change changes[] = {
	    {"\"birthDate\"", "\"name\":[{\"family\":\"X\",\"given\":[7]}],"
		"\"telecom\":null,\"address\":[[]],\"birthDate\"", 1},
	    {"\"status\"", "\"text\":{\"div\":\"<p>x</p>\"},\"status\"", 2},
	    {"\"contained\":[", "\"contained\":[{\"resourceType\":"
		"\"Practitioner\",\"id\":\"p\",\"name\":[{}]},", 1},
	    {"\"contained\":[", "\"contained\":[7,[],{},", 1},
	    {"\"identifier\":[", "\"identifier\":[{\"system\":\"urn:x\","
		"\"value\":\"y\"},", 1},
	    {"\"class\":[", "\"class\":[{\"type\":{\"coding\":[{\"system\":"
		"\"urn:x\",\"code\":\"csr\"}]},\"value\":\"no\"},", 1},
	    {"\"coding\":[", "\"coding\":[{\"system\":\"urn:x\",\"code\":"
		"\"AUDI\"},", 3},
	    {"\"purpose\"", "\"priority\":{},\"facility\":9,\"purpose\"", 1},
	    {"\"status\"", "\"statu\\u0073x\":\"no\",\"status\"", 2},
	    {"\"status\"", "\"st\\u0061tus\"", 2},
	    {"\"insurance\":[{", "\"insurance\":[{\"focal\":true,"
		"\"businessArrangement\":\"z\",", 1},
	};
	struct fhir_question plain, q;
	struct fhir_fault f;
	char text[8192];

	(void)state;
	assert_int_equal(read_it(span_str(good), &plain, &f), ERR_OK);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span body = altered(text, sizeof(text),
		    changes[i].from, changes[i].to, changes[i].nth);

		if (read_it(body, &q, &f))
			fail_msg("%s: %s", changes[i].to, f.name);
		assert_memory_equal(&q, &plain, sizeof(q));
	}
}

struct broken {
	const char *from, *to;
	int nth;
	const char *name, *path;	/* path behind CoverageEligibility... */
};

static void expect_fault(const struct broken *b)
{
	struct fhir_question q, before;
	struct fhir_fault f;
	char text[8192], path[FHIR_PATH_SIZE];

	memset(&q, 0x55, sizeof(q));
	before = q;
	if (read_it(altered(text, sizeof(text), b->from, b->to, b->nth), &q,
		&f) == ERR_OK)
		fail_msg("accepted: %s", b->to);
	assert_memory_equal(&q, &before, sizeof(q));
	if (strcmp(f.name, b->name) != 0)
		fail_msg("%s: said %s at %s", b->to, f.name, f.path);
	(void)snprintf(path, sizeof(path), "%s%s",
	    b->path ? "CoverageEligibilityRequest" : "",
	    b->path ? b->path : "");
	assert_string_equal(f.path, path);
}

static void expect_faults(const struct broken *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_fault(&list[i]);
}

static void test_each_rule_of_the_question_has_its_fault(void **state)
{
	static const struct broken list[] = {
	    {"\"CoverageEligibilityRequest\"", "\"Bundle\"", 1, "bundle", NULL},
	    {"\"CoverageEligibilityRequest\"", "\"Claim\"", 1, "claim", NULL},
	    {"\"CoverageEligibilityRequest\"", "\"Patient\"", 1,
		"other-resource", NULL},
	    {"\"CoverageEligibilityRequest\"", "7", 1, "not-fhir", NULL},
	    {"\"resourceType\"", "\"resourcetype\"", 1, "not-fhir", NULL},
	    {"\"purpose\"", "\"implicitRules\":\"x\",\"purpose\"", 1,
		"implicit-rules", ".implicitRules"},
	    {"\"purpose\"", "\"modifierExtension\":[],\"purpose\"", 1,
		"modifier-extension", ".modifierExtension"},
	    {"\"active\"", "\"draft\"", 2, "status", ".status"},
	    {"\"status\"", "\"statu\"", 2, "missing", ".status"},
	    {"\"benefits\"", "\"discovery\"", 1, "purpose", ".purpose[0]"},
	    {"\"benefits\"", "\"benefits\",null", 1, "purpose", ".purpose[1]"},
	    {"[\"benefits\"]", "[]", 1, "missing", ".purpose"},
	    {"[\"benefits\"]", "\"benefits\"", 1, "wrong-type", ".purpose"},
	    {"2026-11-22T10:02:04Z", "yesterday", 1, "date", ".created"},
	    {"\"created\"", "\"creat\"", 1, "missing", ".created"},
	    {"\"2026-11-22\"", "\"2026-11-31\"", 1, "date", ".servicedDate"},
	    {"\"2026-11-22\"", "\"2026-11\"", 1, "date", ".servicedDate"},
	    {"\"2026-11-22\"", "20261122", 1, "wrong-type", ".servicedDate"},
	    {"\"2026-11-22\"", "\"2023-11-17\"", 1, "care-date",
		".servicedDate"},
	    {"\"2026-11-22\"", "\"2027-11-24\"", 1, "care-date",
		".servicedDate"},
	    {"\"servicedDate\"", "\"servicedPeriod\"", 1, "serviced-period",
		".servicedPeriod"},
	    {"\"insurer\"", "\"insure\"", 1, "missing", ".insurer"},
	    {"0099123456", "00991234567", 1, "amc", ".insurer.identifier.value"},
	    {"0099123456", "00991A3456", 1, "amc", ".insurer.identifier.value"},
	    {"0099123456", "0000000000", 1, "amc", ".insurer.identifier.value"},
	    {"0099123456", "", 1, "amc", ".insurer.identifier.value"},
	    {H "/id/amc", H "/id/am", 2, "system",
		".insurer.identifier.system"},
	    {"0E2000123", "0e2000123", 1, "site-number",
		".provider.identifier.value"},
	    {"0E2000123", "0E20001", 1, "site-number",
		".provider.identifier.value"},
	    {"0E2000123", "0E2000123456789", 1, "site-number",
		".provider.identifier.value"},
	    {"\"provider\":{\"identifier\"", "\"provider\":{\"reference\"", 1,
		"missing", ".provider.identifier"},
	    {"99900001238", "9990000123", 1, "rpps",
		".enterer.identifier.value"},
	    {"99900001238", "899900001238", 1, "rpps",
		".enterer.identifier.value"},
	    {"OPTI", "opti", 1, "domain", ".item[0].category.coding[0].code"},
	    {"OPTI", "OPTIOPTIO", 1, "domain",
		".item[0].category.coding[0].code"},
	    {"CodeSystem/domain", "CodeSystem/domains", 1, "system",
		".item[0].category.coding"},
	    {"\"item\":[", "\"item\":[{},", 1, "not-one", ".item"},
	    {"\"item\":[", "\"item\":[],\"x\":[", 1, "not-one", ".item"},
	    {"\"item\":[{", "\"item\":[{\"modifierExtension\":[{}],", 1,
		"modifier-extension", ".item[0].modifierExtension"},
	    {"{\"coverage\"", "{},{\"coverage\"", 1, "not-one", ".insurance"},
	    {"{\"coverage\"", "{\"modifierExtension\":1,\"coverage\"", 1,
		"modifier-extension", ".insurance[0].modifierExtension"},
	};

	(void)state;
	expect_faults(list, sizeof(list) / sizeof(list[0]));
}

static void test_each_rule_of_the_person_has_its_fault(void **state)
{
	static const struct broken list[] = {
	    {"\"contained\"", "\"containe\"", 1, "missing", ".contained"},
	    {"\"#p\"", "\"Patient/1\"", 2, "contained", ".patient.reference"},
	    {"\"#p\"", "\"#\"", 2, "contained", ".patient.reference"},
	    {"\"#p\"", "\"#q\"", 2, "dangling", ".contained"},
	    {"\"#p\"", "\"#q\"", 1, "beneficiary",
		".contained[1].beneficiary"},
	    {"\"#c\"", "\"#p\"", 1, "dangling", ".contained"},
	    {"\"contained\":[", "\"contained\":[{\"resourceType\":\"Patient\","
		"\"id\":\"p\"},", 1, "dangling", ".contained[1].id"},
	    {"\"id\":\"p\"", "\"id\":\"p\",\"modifierExtension\":[]", 1,
		"modifier-extension", ".contained[0].modifierExtension"},
	    {"\"id\":\"c\"", "\"id\":\"c\",\"implicitRules\":\"\"", 1,
		"implicit-rules", ".contained[1].implicitRules"},
	    {"1984-06-17", "1984-06", 1, "birth-date",
		".contained[0].birthDate"},
	    {"1984-06-17", "1984-06-00", 1, "birth-date",
		".contained[0].birthDate"},
	    {"\"id\":\"p\"", "\"id\":\"p\",\"extension\":[{\"url\":\"" H
		"/fhir/StructureDefinition/birth-date-vitale\","
		"\"valueString\":\"19840600\"}]", 1, "birth-date-twice",
		".contained[0].extension[0].valueString"},
	    {"TP1:AB C", "TP2:AB C", 1, "card-shape",
		".contained[1].identifier[0].value"},
	    {"TP1:AB C", "TP1:ab c", 1, "card-shape",
		".contained[1].identifier[0].value"},
	    {"\"identifier\":[", "\"identifier\":[{\"system\":\"" H
		"/id/card\",\"value\":\"TP1:X\"},", 1, "card-shape",
		".contained[1].identifier[1]"},
	    {"\"active\"", "\"cancelled\"", 1, "status",
		".contained[1].status"},
	    {"2840600412003", "284060041200", 1, "nir",
		".contained[1].subscriber.identifier.value"},
	    {"2840600412003", "284062C412003", 1, "nir",
		".contained[1].subscriber.identifier.value"},
	    {"2840600412003", "2 84 06 00 412", 1, "nir",
		".contained[1].subscriber.identifier.value"},
	    {"1.4.8", "1.4.7", 1, "system",
		".contained[1].subscriber.identifier.system"},
	    {"0041/28", "", 1, "member", ".contained[1].subscriberId"},
	    {"0041/28", " 0041", 1, "member", ".contained[1].subscriberId"},
	    {"0041/28", "0041\\u00e9", 1, "member",
		".contained[1].subscriberId"},
	    {"0041/28", "00-00", 1, "member", ".contained[1].subscriberId"},
	    {"0041/28", "- ./", 1, "member", ".contained[1].subscriberId"},
	    {"0041/28", "0041_28", 1, "member",
		".contained[1].subscriberId"},
	    {"0041/28", "012345678901234567890", 1, "member",
		".contained[1].subscriberId"},
	    {"\"dependent\":\"1\"", "\"dependent\":\"0\"", 1, "rank",
		".contained[1].dependent"},
	    {"\"dependent\":\"1\"", "\"dependent\":\"12\"", 1, "rank",
		".contained[1].dependent"},
	    {"\"dependent\":\"1\"", "\"dependent\":1", 1, "wrong-type",
		".contained[1].dependent"},
	    {"\"099123456\"", "\"99123457\"", 1, "amc-differs",
		".contained[1].payor[0].identifier.value"},
	    {"\"payor\":[", "\"payor\":[{},", 1, "not-one",
		".contained[1].payor"},
	    {"\"SP\"", "\"sp\"", 1, "class", ".contained[1].class[0].value"},
	    {"\"SP\"", "\"SPSPSPSPS\"", 1, "class",
		".contained[1].class[0].value"},
	    {"\"C1\"", "\"C 1\"", 1, "class", ".contained[1].class[1].value"},
	    {"\"code\":\"csr\"", "\"code\":\"convention\"", 1, "class",
		".contained[1].class[1]"},
	};

	(void)state;
	expect_faults(list, sizeof(list) / sizeof(list[0]));
}

static void test_bodies_that_are_no_json_say_so(void **state)
{
	struct fhir_question q;
	struct fhir_fault f;

	(void)state;
	assert_int_equal(read_it(span_str("{"), &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "not-json");
	assert_int_equal(f.status, 400);
	assert_int_equal(read_it((struct span){0}, &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "not-json");
	assert_int_equal(read_it(span_str("{\"a\":1,\"a\":1}"), &q, &f),
	    ERR_EXISTS);
	assert_string_equal(f.name, "name-twice");
	assert_int_equal(
	    read_it(span_str("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), &q, &f),
	    ERR_LIMIT);
	assert_string_equal(f.name, "json-limit");
	assert_int_equal(read_it(span_str("[1]"), &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "not-fhir");
	assert_int_equal(read_it(span_str("null"), &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "not-fhir");
}

/* Takes out members of the question until only `left` name the person. */
static enum err read_without(const char *const *gone, size_t n,
    struct fhir_question *q, struct fhir_fault *f)
{
	char text[4096];

	assert_true(sizeof(good) <= sizeof(text));
	memcpy(text, good, sizeof(good));
	for (size_t i = 0; i < n; i++) {
		char *at = strstr(text, gone[i]);

		assert_non_null(at);
		at[1] = 'X';	/* another name: dropped unread */
	}
	return read_it(span_str(text), q, f);
}

#define CARD "\"identifier\":[{"
#define MEMBER "\"subscriberId\""
#define NIR "\"subscriber\""
#define BIRTH "\"birthDate\""
#define RANK "\"dependent\""

static void test_each_way_of_naming_the_person_is_enough(void **state)
{
	static const char *const card_only[] = {MEMBER, NIR, BIRTH, RANK};
	static const char *const member_only[] = {CARD, NIR};
	static const char *const nir_only[] = {CARD, MEMBER};
	struct fhir_question q;
	struct fhir_fault f;

	(void)state;
	assert_int_equal(read_without(card_only, 4, &q, &f), ERR_OK);
	assert_true(q.card[0] && !q.member[0] && !q.nir[0] && !q.rank);
	assert_int_equal(read_without(member_only, 2, &q, &f), ERR_OK);
	assert_true(!q.card[0] && q.member[0] && !q.nir[0] && q.rank == 1);
	assert_int_equal(read_without(nir_only, 2, &q, &f), ERR_OK);
	assert_true(!q.card[0] && !q.member[0] && q.nir[0] && q.birth[0]);
}

static void test_half_a_name_is_none(void **state)
{
	static const char *const no_rank[] = {CARD, RANK};
	static const char *const no_birth[] = {CARD, BIRTH};
	static const char *const no_number[] = {CARD, MEMBER, NIR};
	static const char *const half_beside_card[] = {BIRTH};
	struct fhir_question q;
	struct fhir_fault f;

	(void)state;
	assert_int_equal(read_without(no_rank, 2, &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "person");
	assert_int_equal(read_without(no_birth, 2, &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "person");
	assert_int_equal(read_without(no_number, 3, &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "person");
	assert_int_equal(read_without(half_beside_card, 1, &q, &f), ERR_OK);
	assert_true(q.card[0] && !q.member[0] && !q.nir[0] && !q.birth[0] &&
	    q.rank == 0);
}

static void test_values_that_may_vary_are_brought_to_one_form(void **state)
{
	struct fhir_question q;
	struct fhir_fault f;
	char text[8192];

	(void)state;
	assert_int_equal(read_it(altered(text, sizeof(text), "\"99900001238\"",
		"\"899900001238\"", 1), &q, &f), ERR_SHAPE);
	assert_int_equal(read_it(altered(text, sizeof(text),
		"https://rpps.esante.gouv.fr\",\"value\":\"99900001238",
		"urn:oid:1.2.250.1.71.4.2.1\",\"value\":\"899900001238", 1),
		&q, &f), ERR_OK);
	assert_string_equal(q.rpps, "99900001238");
	assert_int_equal(read_it(altered(text, sizeof(text), H "/id/site",
		"https://finess.esante.gouv.fr", 1), &q, &f), ERR_OK);
	assert_int_equal(q.site_kind, FHIR_SITE_FINESS);
	assert_int_equal(read_it(altered(text, sizeof(text), "\"enterer\"",
		"\"entered\"", 1), &q, &f), ERR_OK);
	assert_string_equal(q.rpps, "");
	assert_int_equal(read_it(altered(text, sizeof(text), "\"provider\"",
		"\"provided\"", 1), &q, &f), ERR_OK);
	assert_int_equal(q.site_kind, FHIR_SITE_NONE);
	assert_int_equal(read_it(altered(text, sizeof(text), "\"benefits\"",
		"\"benefits\",\"validation\"", 1), &q, &f), ERR_OK);
	assert_int_equal(q.purpose, FHIR_BENEFITS | FHIR_VALIDATION);
}

/* Values of the body, hostile ones too, never come back in an outcome. */
static void test_a_fault_never_repeats_a_value(void **state)
{
	static const char *const places[] = {"OPTI", "0041/28", "1984-06-17",
	    "2840600412003", "TP1:AB C", "0099123456", "benefits", "active",
	    "2026-11-22T10:02:04Z", "CoverageEligibilityRequest", "#p",
	    "0E2000123", "convention", H "/id/site"};
	struct fhir_question q;
	struct fhir_fault f;
	char text[8192];
	struct buf b;

	(void)state;
	buf_init(&b, OUTCOME_MAX);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (read_it(altered(text, sizeof(text), places[i],
			"zqxj <b>\\\"zqxj", 1), &q, &f) == ERR_OK)
			continue;
		buf_clear(&b);
		outcome_write_fault(&f, &b);
		assert_int_equal(b.err, ERR_OK);
		assert_null(memmem(b.p, b.n, "zqxj", 4));
	}
	buf_release(&b);
}

/* Every prefix and every single changed byte: an answer, never a crash. */
static void test_no_byte_of_a_question_is_trusted(void **state)
{
	static const char marks[] = "\"{}[]:,\\x0";
	struct fhir_question q;
	struct fhir_fault f;
	char text[sizeof(good)];
	size_t n = sizeof(good) - 1;

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (read_it(span_of(good, i), &q, &f) == ERR_OK)
			fail_msg("accepted the first %zu bytes", i);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(marks); k++) {
			memcpy(text, good, sizeof(good));
			text[i] = marks[k];
			if (read_it(span_of(text, n), &q, &f) != ERR_OK)
				assert_non_null(f.name);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything_on_the_list_is_read),
	    cmocka_unit_test(test_what_is_not_listed_has_no_effect),
	    cmocka_unit_test(test_each_rule_of_the_question_has_its_fault),
	    cmocka_unit_test(test_each_rule_of_the_person_has_its_fault),
	    cmocka_unit_test(test_bodies_that_are_no_json_say_so),
	    cmocka_unit_test(test_each_way_of_naming_the_person_is_enough),
	    cmocka_unit_test(test_half_a_name_is_none),
	    cmocka_unit_test(test_values_that_may_vary_are_brought_to_one_form),
	    cmocka_unit_test(test_a_fault_never_repeats_a_value),
	    cmocka_unit_test(test_no_byte_of_a_question_is_trusted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
