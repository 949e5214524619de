/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: each spelling of a trait that software or a card uses gives the one
 * canonical form; what names nobody or cannot be read is refused. */
#include "crypto/hex.h"
#include "ident/canon.h"

static void expect_nir(const char *in, const char *want)
{
	struct canon_nir out = {"untouched"};

	assert_int_equal(canon_nir(span_str(in), NULL, &out), ERR_OK);
	assert_string_equal(out.text, want);
}

static void refuse_nir(const char *in, enum err want)
{
	struct canon_nir out = {"untouched"};

	assert_int_equal(canon_nir(span_str(in), NULL, &out), want);
	assert_string_equal(out.text, "untouched");
}

static void test_canon_nir_spellings(void **state)
{
	(void)state;
	expect_nir("295109912611193", "2951099126111");
	expect_nir("2 95 10 99 126 111 93", "2951099126111");
	expect_nir("2951099126111", "2951099126111");
	expect_nir(" 2.95.10.99.126.111 ", "2951099126111");
	/* a wrong key is no other person */
	expect_nir("295109912611199", "2951099126111");
	/* provisional, migrant, month unknown: rare and right */
	expect_nir("7951099126111", "7951099126111");
	expect_nir("2955099126111", "2955099126111");
}

static void test_canon_nir_corsica_has_one_form(void **state)
{
	(void)state;
	expect_nir("253072A07300443", "2530719073004");
	expect_nir("2 53 07 2a 073 004 43", "2530719073004");
	expect_nir("253071907300443", "2530719073004");
	expect_nir("253072B07300470", "2530718073004");
	expect_nir("253071807300470", "2530718073004");
	/* Corsica until 1976: 20 is neither */
	expect_nir("2530720073004", "2530720073004");
	/* 2A elsewhere is no department */
	refuse_nir("2A30720073004", ERR_SHAPE);
}

static void test_canon_nir_unreadable(void **state)
{
	static const char *const bad[] = {
	    "", "2", "295109912611", "29510991261119", "2951099126111934",
	    "253072C07300443", "29510991261I193", "295109912611-93"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refuse_nir(bad[i], ERR_SHAPE);
	assert_int_equal(canon_nir((struct span){0}, NULL,
	                     &(struct canon_nir){""}), ERR_SHAPE);
}

static void test_canon_nir_fictive_names_nobody(void **state)
{
	static const char *const prefixes[] = {
	    "", "29999", "153072A", "12345678901234"};
	static const struct canon_fictive list = {prefixes, 4};
	struct canon_nir out = {"untouched"};

	(void)state;
	refuse_nir("2555555131042", ERR_REFUSED);
	refuse_nir("1555555751001", ERR_REFUSED);
	expect_nir("3555555751001", "3555555751001");
	assert_int_equal(canon_nir(span_str("2999912345678"), &list, &out),
	    ERR_REFUSED);
	assert_int_equal(canon_nir(span_str("153072A073004"), &list, &out),
	    ERR_REFUSED);
	assert_int_equal(canon_nir(span_str("1530719073004"), &list, &out),
	    ERR_REFUSED);
	assert_string_equal(out.text, "untouched");
	assert_int_equal(canon_nir(span_str("153072B073004"), &list, &out),
	    ERR_OK);
	assert_int_equal(canon_nir(span_str("2951099126111"), &list, &out),
	    ERR_OK);
}

static void test_canon_birth(void **state)
{
	static const char *const rows[][2] = {
	    {"19850312", "19850312"}, {"1985-03-12", "19850312"},
	    /* lunar and incomplete dates stay */
	    {"19530700", "19530700"}, {"19530000", "19530000"},
	    {"19531399", "19531399"}, {"19533142", "19533142"},
	    {"1953-00-00", "19530000"}};
	static const char *const bad[] = {"", "1985", "850312", "1985031",
	    "198503121", "1985/03/12", "19-850-312", "1985 312", "1985-0312",
	    "1985-03-1x", "1985031A", "+9850312"};
	struct canon_birth out = {"keep"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(canon_birth(span_str(bad[i]), &out),
		    ERR_SHAPE);
	assert_string_equal(out.text, "keep");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(canon_birth(span_str(rows[i][0]), &out),
		    ERR_OK);
		assert_string_equal(out.text, rows[i][1]);
	}
}

static void test_canon_rank(void **state)
{
	static const char *const bad[] = {"01", "10", "a", " ", "1 ", "-"};
	char rank = 'x';

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(canon_rank(span_str(bad[i]), &rank),
		    ERR_SHAPE);
	assert_int_equal(rank, 'x');
	for (char c = '0'; c <= '9'; c++) {
		assert_int_equal(canon_rank(span_of(&c, 1), &rank), ERR_OK);
		assert_int_equal(rank, c);
	}
	assert_int_equal(canon_rank((struct span){0}, &rank), ERR_OK);
	assert_int_equal(rank, '1');
}

static void test_canon_member(void **state)
{
	static const char *const rows[][2] = {
	    {"12345678", "12345678"}, {"0012345678", "12345678"},
	    {"ab 12-34/5.6", "AB123456"}, {"000A0", "A0"},
	    {" 00-00 12 ", "12"}, {"0", NULL}, {"000", NULL}, {"", NULL},
	    {"-/. ", NULL}, {"12_34", NULL}, {"12\xc3\xa9", NULL},
	    {"12+4", NULL}, {"12\t34", NULL},
	    {"1234\xc2\xa0" "5678", "12345678"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct canon_member out = {"keep"};

		assert_int_equal(canon_member(span_str(rows[i][0]), &out),
		    rows[i][1] ? ERR_OK : ERR_SHAPE);
		assert_string_equal(out.text, rows[i][1] ? rows[i][1] : "keep");
	}
}

static void test_canon_member_limit(void **state)
{
	struct canon_member out = {"keep"};

	(void)state;
	assert_int_equal(canon_member(span_str("0012345678901234567890"),
	                     &out), ERR_OK);
	assert_string_equal(out.text, "12345678901234567890");
	assert_int_equal(canon_member(span_str("123456789012345678901"),
	                     &out), ERR_LIMIT);
	assert_int_equal(canon_member(
	    span_str("0000000000000000000000000000000000000000000000000000000"
	             "00000000000000000000000001"), &out), ERR_LIMIT);
	assert_string_equal(out.text, "12345678901234567890");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_canon_nir_spellings),
	    cmocka_unit_test(test_canon_nir_corsica_has_one_form),
	    cmocka_unit_test(test_canon_nir_unreadable),
	    cmocka_unit_test(test_canon_nir_fictive_names_nobody),
	    cmocka_unit_test(test_canon_birth),
	    cmocka_unit_test(test_canon_rank),
	    cmocka_unit_test(test_canon_member),
	    cmocka_unit_test(test_canon_member_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ident/canon", tests, NULL, NULL);
}
