/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what the client writes is what the keeper's reader takes, whole; and
 * what a person typed wrong is refused there, not mended on the way. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "api/compose.h"
#include "fhir/request.h"

#define NOW INT64_C(1795341720000)
#define TODAY 20779	/* 2026-11-22 */

static const struct compose least = {.amc = "0000000001", .domain = "OPTI",
    .date = "2026-11-22", .site = "0E2000123"};

static enum err through(const struct compose *c, struct fhir_question *q,
    struct fhir_fault *f)
{
	static struct json_token tokens[LIMIT_JSON_TOKENS];
	struct buf out;
	enum err e;

	buf_init(&out, LIMIT_BODY);
	compose_write(c, NOW, &out);
	assert_int_equal(out.err, ERR_OK);
	memset(f, 0, sizeof(*f));
	e = request_read(buf_span(&out), TODAY, tokens, q, f);
	buf_release(&out);
	return e;
}

static struct fhir_question taken(const struct compose *c)
{
	struct fhir_question q;
	struct fhir_fault f;

	if (through(c, &q, &f))
		fail_msg("%s: %s", f.name, f.path);
	assert_string_equal(q.amc, "0000000001");
	assert_string_equal(q.domain, "OPTI");
	assert_int_equal(q.care_day, TODAY);
	assert_int_equal(q.purpose, FHIR_VALIDATION | FHIR_BENEFITS);
	return q;
}

static void test_by_card(void **state)
{
	struct compose c = least;
	struct fhir_question q;

	(void)state;
	c.card = "TP1:AB C$%*+-./:";
	q = taken(&c);
	assert_string_equal(q.card, "TP1:AB C$%*+-./:");
	assert_string_equal(q.member, "");
	assert_string_equal(q.nir, "");
	assert_string_equal(q.birth, "");
	assert_int_equal(q.rank, 0);
	assert_string_equal(q.site, "0E2000123");
	assert_int_equal(q.site_kind, FHIR_SITE_BILLING);
}

static void test_by_member_number(void **state)
{
	struct compose c = least;
	struct fhir_question q;

	(void)state;
	c.member = "0041/28 a.B-9";
	c.birth = "1984-06-17";
	c.rank = "1";
	q = taken(&c);
	assert_string_equal(q.member, "0041/28 a.B-9");
	assert_string_equal(q.birth, "19840617");
	assert_int_equal(q.rank, 1);
	assert_string_equal(q.card, "");
	c.birth = "19840617";
	q = taken(&c);
	assert_string_equal(q.birth, "19840617");
}

static void test_by_nir(void **state)
{
	struct compose c = least;
	struct fhir_question q;

	(void)state;
	c.nir = "284062A004003";
	c.birth = "19840617";
	c.rank = "2";
	q = taken(&c);
	assert_string_equal(q.nir, "284062A004003");
	assert_int_equal(q.rank, 2);
}

static void test_lunar_birth_dates(void **state)
{
	static const char *const births[][2] = {{"19840000", "19840000"},
	    {"1984-00-00", "19840000"}, {"1984-31-12", "19843112"},
	    {"19840230", "19840230"}, {"18991231", "18991231"}};
	struct compose c = least;
	struct fhir_question q;

	(void)state;
	c.member = "4128";
	c.rank = "1";
	for (size_t i = 0; i < sizeof(births) / sizeof(births[0]); i++) {
		c.birth = births[i][0];
		q = taken(&c);
		assert_string_equal(q.birth, births[i][1]);
	}
}

static void test_everything_at_once(void **state)
{
	struct compose c = {.amc = "0000000001", .card = "TP1:X",
	    .member = "4128", .nir = "2840619004003", .birth = "1984-06-17",
	    .rank = "9", .domain = "OPTI", .date = "2026-11-22",
	    .convention = "SP", .csr = "C1", .site = "0E2000123",
	    .rpps = "99700000001"};
	struct fhir_question q = taken(&c);

	(void)state;
	assert_string_equal(q.card, "TP1:X");
	assert_string_equal(q.member, "4128");
	assert_string_equal(q.nir, "2840619004003");
	assert_int_equal(q.rank, 9);
	assert_string_equal(q.convention, "SP");
	assert_string_equal(q.csr, "C1");
	assert_string_equal(q.rpps, "99700000001");
}

static void test_empty_is_not_given(void **state)
{
	struct compose c = {.amc = "0000000001", .card = "TP1:X",
	    .member = "", .nir = "", .birth = "", .rank = "",
	    .domain = "OPTI", .date = "2026-11-22", .convention = "",
	    .csr = "", .site = "", .rpps = ""};
	struct fhir_question q = taken(&c);

	(void)state;
	assert_int_equal(q.site_kind, FHIR_SITE_NONE);
	assert_string_equal(q.rpps, "");
	assert_string_equal(q.convention, "");
	c.csr = "C1";
	q = taken(&c);
	assert_string_equal(q.csr, "C1");
	assert_string_equal(q.convention, "");
}

static void test_wrong_births_are_not_mended(void **state)
{
	static const char *const births[] = {"1984061", "198406170",
	    "19840617x", "1984-06-170", "17/06/1984", "1984-0617", "984",
	    "198-406-17", "-1984-06-17", "1984 06 17", "1984/06-17",
	    "1984-06/17", "x"};
	struct compose c = least;
	struct fhir_question q;
	struct fhir_fault f;

	(void)state;
	c.member = "4128";
	c.rank = "1";
	for (size_t i = 0; i < sizeof(births) / sizeof(births[0]); i++) {
		c.birth = births[i];
		if (through(&c, &q, &f) != ERR_SHAPE)
			fail_msg("taken: %s", births[i]);
		assert_string_equal(f.name, "birth-date");
	}
}

/* The service is told what was typed, for it says what is wrong with it. */
static void test_a_wrong_birth_goes_as_it_came(void **state)
{
	struct compose c = least;
	struct buf out;

	(void)state;
	c.member = "4128";
	c.birth = "17.06.1984";
	buf_init(&out, LIMIT_BODY);
	compose_write(&c, NOW, &out);
	assert_non_null(memmem(out.p, out.n, "\"17.06.1984\"", 12));
	assert_null(memmem(out.p, out.n, "birthDate", 9));
	buf_release(&out);
}

static void test_nobody_named_is_refused(void **state)
{
	struct compose c = least;
	struct fhir_question q;
	struct fhir_fault f;

	(void)state;
	assert_int_equal(through(&c, &q, &f), ERR_SHAPE);
	assert_string_equal(f.name, "person");
}

static void test_it_fits_or_says_so(void **state)
{
	struct compose c = least;
	struct buf out;

	(void)state;
	c.card = "TP1:X";
	buf_init(&out, 200);
	compose_write(&c, NOW, &out);
	assert_int_equal(out.err, ERR_LIMIT);
	buf_release(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_card),
		cmocka_unit_test(test_by_member_number),
		cmocka_unit_test(test_by_nir),
		cmocka_unit_test(test_lunar_birth_dates),
		cmocka_unit_test(test_everything_at_once),
		cmocka_unit_test(test_empty_is_not_given),
		cmocka_unit_test(test_wrong_births_are_not_mended),
		cmocka_unit_test(test_a_wrong_birth_goes_as_it_came),
		cmocka_unit_test(test_nobody_named_is_refused),
		cmocka_unit_test(test_it_fits_or_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
