/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: every reason of docs/feed.md is found where it is, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/date.h"
#include "insurer/member.h"

#define CARD "3f84e648967f5131959a877a4ccf243c"
#define CARD2 "5f575684158e324262a155dc7a5ffa89"
#define LONG33 "123456789012345678901234567890123"

/* A line without fault, in the order of the columns. */
static const char *const whole[FAULT_COLUMNS] = {
    "A0611953-3", "281050061256674", "20160523", "2", "0244-7812 a",
    CARD " " CARD2, "CONFORT", "1", "BF", "E01", "2026-01-01", "2026-12-31",
    "2026-06-30", "child", "2036-05", "PHAR=TM,OPTI=BR200+PEC"};

static const char *values[FAULT_COLUMNS];
static struct head head;

static struct member_faults read_values(
    const struct member_rules *rules, struct member *m)
{
	struct span fields[FAULT_COLUMNS];
	struct member_faults faults;

	for (unsigned i = 0; i < FAULT_COLUMNS; i++)
		fields[i] = span_str(values[i]);
	member_read(&head, fields, rules, m, &faults);
	return faults;
}

static struct member_faults read_with(
    enum fault_column column, const char *value, struct member *m)
{
	static const struct member_rules rules;

	memcpy(values, whole, sizeof(values));
	values[column] = value;
	return read_values(&rules, m);
}

static void test_member_whole_line_is_read(void **state)
{
	struct member m;
	struct member_faults f = read_with(FAULT_RANK, "2", &m);
	char day[DATE_TEXT_SIZE];

	(void)state;
	assert_int_equal(f.count, 0);
	assert_true(span_is(m.ref, "A0611953-3"));
	assert_true(m.has_nir);
	assert_string_equal(m.nir.text, "281050061256674");
	assert_string_equal(m.birth, "20160523");
	assert_int_equal(m.rank, '2');
	assert_string_equal(m.member, "0244-7812A");
	assert_int_equal(m.card_count, 2);
	assert_int_equal(m.cards[1][0], 0x5f);
	assert_int_equal(m.order, 1);
	date_format(m.closed_day, day);
	assert_string_equal(day, "2026-06-30");
	assert_int_equal(m.age, MEMBER_CHILD);
	assert_int_equal(m.age_change, 2036 * 12 + 4);
	assert_int_equal(m.domain_count, 2);
	assert_true(span_is(m.domains[1].code, "OPTI"));
	assert_true(span_is(m.domains[1].level, "BR200"));
	assert_true(m.domains[1].authorization);
	assert_false(m.domains[0].authorization);
	assert_false(m.lunar || m.key_differs);
}

static const struct {
	enum fault_column column;
	const char *value;
	enum fault_reason reason;
} faulty[] = {
    {FAULT_REF, "", FAULT_MISSING},
    {FAULT_REF, LONG33 LONG33, FAULT_TOO_LONG},
    {FAULT_REF, "A\x01", FAULT_CHARACTER},
    {FAULT_REF, "\xc3\xa9", FAULT_CHARACTER},
    {FAULT_REF, "A ", FAULT_CHARACTER},
    {FAULT_NIR, "28105006125667", FAULT_LENGTH},
    {FAULT_NIR, "2810500612566740", FAULT_LENGTH},
    {FAULT_NIR, "28105006125667X", FAULT_CHARACTER},
    {FAULT_NIR, "281050061256675", FAULT_KEY},
    {FAULT_NIR, "1555555001042", FAULT_FICTIVE},
    {FAULT_BIRTH, "", FAULT_MISSING},
    {FAULT_BIRTH, "2016-05-23", FAULT_NOT_A_DATE},
    {FAULT_BIRTH, "2016052", FAULT_NOT_A_DATE},
    {FAULT_BIRTH, "2016O523", FAULT_NOT_A_DATE},
    {FAULT_BIRTH, "18490523", FAULT_OUT_OF_RANGE},
    {FAULT_BIRTH, "21510523", FAULT_OUT_OF_RANGE},
    {FAULT_RANK, "12", FAULT_OUT_OF_RANGE},
    {FAULT_RANK, "x", FAULT_OUT_OF_RANGE},
    {FAULT_MEMBER, "123456789012345678901", FAULT_TOO_LONG},
    {FAULT_MEMBER, "0244_7812", FAULT_CHARACTER},
    {FAULT_MEMBER, "0000-00", FAULT_OUT_OF_RANGE},
    {FAULT_CARDS, "3f84", FAULT_NOT_A_CARD},
    {FAULT_CARDS, CARD " ", FAULT_NOT_A_CARD},
    {FAULT_CARDS, CARD "," CARD2, FAULT_NOT_A_CARD},
    {FAULT_CARDS, CARD " " CARD, FAULT_TWICE},
    {FAULT_CARDS,
        CARD " " CARD2 " 00000000000000000000000000000001"
             " 00000000000000000000000000000002"
             " 00000000000000000000000000000003",
        FAULT_TOO_MANY},
    {FAULT_CONTRACT, "", FAULT_MISSING},
    {FAULT_CONTRACT, LONG33, FAULT_TOO_LONG},
    {FAULT_ORDER, "", FAULT_MISSING},
    {FAULT_ORDER, "0", FAULT_OUT_OF_RANGE},
    {FAULT_ORDER, "10", FAULT_OUT_OF_RANGE},
    {FAULT_CONVENTION, "123456789", FAULT_TOO_LONG},
    {FAULT_CONVENTION, "\x7f", FAULT_CHARACTER},
    {FAULT_CSR, "123456789012345678901", FAULT_TOO_LONG},
    {FAULT_FROM, "", FAULT_MISSING},
    {FAULT_FROM, "01/01/2026", FAULT_NOT_A_DATE},
    {FAULT_TO, "", FAULT_MISSING},
    {FAULT_TO, "2026-02-29", FAULT_NOT_A_DATE},
    {FAULT_FROM, "1899-12-31", FAULT_OUT_OF_RANGE},
    {FAULT_TO, "1826-12-31", FAULT_OUT_OF_RANGE},
    {FAULT_CLOSED, "2027-01-01", FAULT_OUTSIDE},
    {FAULT_CLOSED, "2025-12-31", FAULT_OUTSIDE},
    {FAULT_CLOSED, "soon", FAULT_NOT_A_DATE},
    {FAULT_AGE_CLASS, "enfant", FAULT_NOT_A_CLASS},
    {FAULT_AGE_CHANGE, "2036", FAULT_NOT_A_MONTH},
    {FAULT_AGE_CHANGE, "2036-13", FAULT_NOT_A_MONTH},
    {FAULT_AGE_CHANGE, "1899-12", FAULT_OUT_OF_RANGE},
    {FAULT_DOMAINS, "", FAULT_MISSING},
    {FAULT_DOMAINS, "PHAR", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "PHAR=", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "=TM", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "PHAR=TM,", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "PHAR=TM+XXX", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "PHAR=+PEC", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "PHARMACIE=TM", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "PHAR=tm", FAULT_NOT_A_DOMAIN},
    {FAULT_DOMAINS, "PHAR=TM,PHAR=BR100", FAULT_TWICE},
};

static void test_member_each_fault_is_found_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
		struct member m;
		struct member_faults f =
		    read_with(faulty[i].column, faulty[i].value, &m);

		if (f.count != 1 || f.list[0].reason != faulty[i].reason)
			print_error("row %zu: %zu faults, first %s\n", i,
			    f.count, f.count ?
			    fault_reason_name(f.list[0].reason) : "none");
		assert_int_equal(f.count, 1);
		assert_int_equal(f.list[0].column, faulty[i].column);
		assert_int_equal(f.list[0].reason, faulty[i].reason);
	}
}

static const struct {
	enum fault_column column;
	const char *value;
} fine[] = {
    {FAULT_NIR, ""}, {FAULT_NIR, "2 81 05 00 612 566 74"},
    {FAULT_NIR, "2810500612566"}, {FAULT_NIR, "253072B073004"},
    {FAULT_RANK, ""}, {FAULT_RANK, "0"}, {FAULT_MEMBER, ""},
    {FAULT_MEMBER, "12345678901234567890"}, {FAULT_CARDS, ""},
    {FAULT_CONVENTION, ""}, {FAULT_CSR, ""}, {FAULT_CLOSED, ""},
    {FAULT_CLOSED, "2026-01-01"}, {FAULT_CLOSED, "2026-12-31"},
    {FAULT_TO, "2199-12-31"}, {FAULT_AGE_CHANGE, ""},
    {FAULT_AGE_CLASS, "senior"}, {FAULT_DOMAINS, "OPTI=EUR450+PEC"},
    {FAULT_CARDS,
        CARD " " CARD2 " 00000000000000000000000000000001"
             " 00000000000000000000000000000002"},
};

static void test_member_what_may_be_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct member m;

		assert_int_equal(
		    read_with(fine[i].column, fine[i].value, &m).count, 0);
	}
}

static void test_member_lunar_dates_pass_and_are_told(void **state)
{
	static const char *const lunar[] = {
	    "19550000", "19551300", "19550230", "19555099"};

	(void)state;
	for (size_t i = 0; i < sizeof(lunar) / sizeof(lunar[0]); i++) {
		struct member m;

		assert_int_equal(
		    read_with(FAULT_BIRTH, lunar[i], &m).count, 0);
		assert_true(m.lunar);
	}
}

static void test_member_any_key_lets_it_pass_and_tells(void **state)
{
	const struct member_rules any = {.any_key = true};
	struct member m;

	(void)state;
	memcpy(values, whole, sizeof(values));
	values[FAULT_NIR] = "281050061256675";
	assert_int_equal(read_values(&any, &m).count, 0);
	assert_true(m.key_differs);
	values[FAULT_NIR] = "1555555001042";
	assert_int_equal(read_values(&any, &m).count, 1);
}

static void test_member_without_alias_is_nobody(void **state)
{
	static const struct member_rules rules;
	struct member m;
	struct member_faults f;

	(void)state;
	memcpy(values, whole, sizeof(values));
	values[FAULT_NIR] = values[FAULT_MEMBER] = values[FAULT_CARDS] = "";
	f = read_values(&rules, &m);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].column, FAULT_LINE);
	assert_int_equal(f.list[0].reason, FAULT_NO_ALIAS);
}

static void test_member_period_the_wrong_way_round(void **state)
{
	static const struct member_rules rules;
	struct member m;
	struct member_faults f;

	(void)state;
	memcpy(values, whole, sizeof(values));
	values[FAULT_TO] = "2025-12-31";
	values[FAULT_CLOSED] = "";
	f = read_values(&rules, &m);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].column, FAULT_TO);
	assert_int_equal(f.list[0].reason, FAULT_BEFORE_FROM);
	values[FAULT_TO] = values[FAULT_FROM];
	assert_int_equal(read_values(&rules, &m).count, 0);
}

/* Day 0 says "not closed" in a feed. */
static void test_member_closed_on_day_0(void **state)
{
	static const struct member_rules rules;
	struct member m;
	struct member_faults f;

	(void)state;
	memcpy(values, whole, sizeof(values));
	values[FAULT_FROM] = "1965-01-01";
	values[FAULT_CLOSED] = "1970-01-01";
	f = read_values(&rules, &m);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].column, FAULT_CLOSED);
	assert_int_equal(f.list[0].reason, FAULT_OUT_OF_RANGE);
	values[FAULT_CLOSED] = "1969-12-31";
	assert_int_equal(read_values(&rules, &m).count, 0);
}

static void test_member_change_of_no_class(void **state)
{
	struct member m;
	struct member_faults f = read_with(FAULT_AGE_CLASS, "", &m);

	(void)state;
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].column, FAULT_AGE_CHANGE);
	assert_int_equal(f.list[0].reason, FAULT_NO_CLASS);
}

static void test_member_all_columns_wrong_are_all_told(void **state)
{
	static const struct member_rules rules;
	struct member m;
	struct member_faults f;

	(void)state;
	for (unsigned i = 0; i < FAULT_COLUMNS; i++)
		values[i] = "\x01";
	f = read_values(&rules, &m);
	assert_int_equal(f.count, FAULT_COLUMNS);
	for (unsigned i = 0; i < FAULT_COLUMNS; i++)
		assert_int_equal(f.list[i].column, i);
}

static void test_member_domains_up_to_their_limit(void **state)
{
	char text[LIMIT_DOMAINS * 8 + 16] = "";
	size_t n = 0;
	struct member m;
	struct member_faults f;

	(void)state;
	for (int i = 0; i < LIMIT_DOMAINS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%sD%d=TM",
		    i > 0 ? "," : "", i);
	assert_int_equal(read_with(FAULT_DOMAINS, text, &m).count, 0);
	assert_int_equal(m.domain_count, LIMIT_DOMAINS);
	(void)snprintf(text + n, sizeof(text) - n, ",MORE=TM");
	f = read_with(FAULT_DOMAINS, text, &m);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.list[0].reason, FAULT_TOO_MANY);
}

static size_t split(const char *line, struct span names[static 20])
{
	size_t n = 0;

	for (const char *p = line; p; p = strchr(p, ';')) {
		p += *p == ';';
		names[n++] = span_of(p, strcspn(p, ";"));
	}
	return n;
}

static void test_head_in_any_order_with_capitals_and_spaces(void **state)
{
	struct span names[20];
	struct head_fault faults[HEAD_FAULTS];
	struct head h;
	size_t n = split("domains;age_change;age_class;closed; To ;FROM;csr;"
	    "convention;order;contract;cards;member;rank;birth;nir;ref",
	    names);

	(void)state;
	assert_int_equal(head_read(names, n, &h, faults), 0);
	assert_int_equal(h.place[FAULT_REF], 15);
	assert_int_equal(h.place[FAULT_TO], 4);
	assert_int_equal(h.place[FAULT_FROM], 5);
	assert_int_equal(h.place[FAULT_DOMAINS], 0);
}

static void test_head_tells_what_is_wrong(void **state)
{
	struct span names[20];
	struct head_fault faults[HEAD_FAULTS];
	struct head h = {{7}};
	size_t n = split("ref;ref;naissance;rank;member;cards;contract;order;"
	    "convention;csr;from;to;closed;age_class;age_change;domains;more",
	    names);

	(void)state;
	assert_int_equal(head_read(names, n, &h, faults), 5);
	assert_int_equal(faults[0].reason, FAULT_COLUMN_TWICE);
	assert_int_equal(faults[0].column, FAULT_REF);
	assert_int_equal(faults[1].reason, FAULT_UNKNOWN_COLUMN);
	assert_int_equal(faults[1].nth, 3);
	assert_int_equal(faults[2].reason, FAULT_UNKNOWN_COLUMN);
	assert_int_equal(faults[2].nth, FAULT_COLUMNS + 1);
	assert_int_equal(faults[3].reason, FAULT_COLUMN_MISSING);
	assert_int_equal(faults[3].column, FAULT_NIR);
	assert_int_equal(faults[4].column, FAULT_BIRTH);
	assert_int_equal(h.place[0], 7);
}

static void test_fault_words_are_all_there(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FAULT_REASONS; i++) {
		assert_non_null(fault_reason_text((enum fault_reason)i));
		assert_non_null(fault_reason_name((enum fault_reason)i));
	}
	assert_string_equal(fault_reason_text(FAULT_TOO_LONG), "too long");
	assert_string_equal(fault_column_name(FAULT_LINE), "line");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_member_whole_line_is_read),
	    cmocka_unit_test(test_member_each_fault_is_found_alone),
	    cmocka_unit_test(test_member_what_may_be_passes),
	    cmocka_unit_test(test_member_lunar_dates_pass_and_are_told),
	    cmocka_unit_test(test_member_any_key_lets_it_pass_and_tells),
	    cmocka_unit_test(test_member_without_alias_is_nobody),
	    cmocka_unit_test(test_member_period_the_wrong_way_round),
	    cmocka_unit_test(test_member_closed_on_day_0),
	    cmocka_unit_test(test_member_change_of_no_class),
	    cmocka_unit_test(test_member_all_columns_wrong_are_all_told),
	    cmocka_unit_test(test_member_domains_up_to_their_limit),
	    cmocka_unit_test(test_head_in_any_order_with_capitals_and_spaces),
	    cmocka_unit_test(test_head_tells_what_is_wrong),
	    cmocka_unit_test(test_fault_words_are_all_there),
	};

	for (unsigned i = 0; i < FAULT_COLUMNS; i++)
		head.place[i] = (uint8_t)i;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
