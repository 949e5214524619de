/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: tags are the documented HMAC (vectors computed with Python's hmac),
 * and differ with the root, cell, operator, version, label and every trait. */
#include "crypto/hex.h"
#include "ident/ident.h"

static struct ident_index *index_of(
    const char *amc, const char *operator, uint32_t version, uint8_t bit)
{
	struct ident_index *x = NULL;
	struct secret root;
	struct amc number;

	for (uint8_t i = 0; i < SECRET_SIZE; i++)
		root.key[i] = i;
	root.key[31] ^= bit;
	assert_true(ids_readable(amc_parse(span_str(amc), &number)));
	assert_int_equal(ident_index_new(&root, &number, span_str(operator),
	                     version, &x), ERR_OK);
	return x;
}

static void card(struct ident_index *x, uint8_t tag[static IDENT_TAG])
{
	ident_card(x, hex("101112131415161718191a1b1c1d1e1f").p, tag);
	ident_index_free(x);
}

static void test_ident_vectors(void **state)
{
	struct ident_index *x = index_of("0775684784", "otp-un", 1, 0);
	struct canon_member member;
	struct canon_birth birth;
	struct canon_nir nir;
	uint8_t tag[IDENT_TAG], handle[48];

	(void)state;
	for (uint8_t i = 0; i < sizeof(handle); i++)
		handle[i] = i;
	assert_int_equal(canon_member(span_str("00.1234-5678a"), &member),
	    ERR_OK);
	assert_int_equal(canon_birth(span_str("19850312"), &birth), ERR_OK);
	ident_member(x, &member, &birth, '1', tag);
	assert_hex(tag, sizeof(tag), "2cbf0b626e29a1cfb0909f26259b2a0b");
	assert_int_equal(canon_birth(span_str("19530700"), &birth), ERR_OK);
	assert_int_equal(canon_nir(span_str("253072A07300443"), NULL, &nir),
	    ERR_OK);
	ident_nir(x, &nir, &birth, '1', tag);
	assert_hex(tag, sizeof(tag), "2bc4f2b0828b8209162485dddd02161c");
	assert_int_equal(canon_nir(span_str("2530719073004"), NULL, &nir),
	    ERR_OK);
	ident_nir(x, &nir, &birth, '1', tag);
	assert_hex(tag, sizeof(tag), "2bc4f2b0828b8209162485dddd02161c");
	assert_int_equal(ident_ref(x, span_of(handle, sizeof(handle)), tag),
	    ERR_OK);
	assert_hex(tag, sizeof(tag), "1e696d54c45a419208f23465bdf07e59");
	card(x, tag);
	assert_hex(tag, sizeof(tag), "d86c4cd7506efd167255b947535e6987");
}

static void test_ident_index_keys_apart(void **state)
{
	uint8_t tag[IDENT_TAG], first[IDENT_TAG];

	(void)state;
	card(index_of("0775684784", "otp-un", 1, 0), first);
	card(index_of("775684784", "otp-un", 1, 0), tag);	/* padded */
	assert_memory_equal(tag, first, sizeof(tag));
	card(index_of("0775684784", "otp-un", 2, 0), tag);
	assert_hex(tag, sizeof(tag), "9051e4bf0b37823f7278f7c1b8ad9412");
	card(index_of("0775684785", "otp-un", 1, 0), tag);
	assert_hex(tag, sizeof(tag), "f7b41f7fe1b8797c99ce12aa38e7ac1e");
	card(index_of("0775684784", "otp-deux", 1, 0), tag);
	assert_hex(tag, sizeof(tag), "f7972698daa6f96648cb500fb50aa6a7");
	card(index_of("0775684784", "otp-un", 1, 1), tag);
	assert_memory_not_equal(tag, first, sizeof(tag));
}

/* No two of these lists may give one tag. */
static void test_ident_traits_apart(void **state)
{
	struct ident_index *x = index_of("0775684784", "otp-un", 1, 0);
	static const struct canon_member members[] = {
	    {"12345678"}, {"123456781"}, {"12345678190001011"}};
	static const struct canon_birth births[] = {
	    {"19000101"}, {"19000102"}};
	static const struct canon_nir nirs[] = {
	    {"2951099126111"}, {"2951099126112"}};
	uint8_t tags[32][IDENT_TAG];
	size_t n = 0;

	(void)state;
	for (size_t b = 0; b < 2; b++) {
		for (char rank = '0'; rank < '3'; rank++) {
			for (size_t i = 0; i < 3; i++)
				ident_member(x, &members[i], &births[b], rank,
				    tags[n++]);
			for (size_t i = 0; i < 2; i++)
				ident_nir(x, &nirs[i], &births[b], rank,
				    tags[n++]);
		}
	}
	ident_card(x, (const uint8_t *)"1234567890123456", tags[n++]);
	assert_int_equal(ident_ref(x, span_str("1234567890123456"),
	                     tags[n++]), ERR_OK);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(tags[i], tags[k], IDENT_TAG);
	ident_index_free(x);
}

static void test_ident_refused(void **state)
{
	struct ident_index *x = index_of("0775684784", "otp-un", 1, 0);
	struct ident_index *none = NULL;
	uint8_t handle[LIMIT_HANDLE + 1] = {0};
	uint8_t tag[IDENT_TAG] = {7};
	char operator[IDENT_OPERATOR_MAX + 1];
	struct secret root = {{0}};
	struct amc amc = {"0775684784"};

	(void)state;
	memset(operator, 'o', sizeof(operator));
	assert_int_equal(ident_index_new(&root, &amc, (struct span){0}, 1,
	                     &none), ERR_RANGE);
	assert_int_equal(ident_index_new(&root, &amc,
	                     span_of(operator, sizeof(operator)), 1, &none),
	    ERR_RANGE);
	assert_null(none);
	assert_int_equal(ident_ref(x, (struct span){0}, tag), ERR_RANGE);
	assert_int_equal(ident_ref(x, span_of(handle, sizeof(handle)), tag),
	    ERR_LIMIT);
	assert_int_equal(tag[0], 7);
	assert_int_equal(ident_ref(x, span_of(handle, LIMIT_HANDLE), tag),
	    ERR_OK);
	ident_index_free(x);
	ident_index_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ident_vectors),
	    cmocka_unit_test(test_ident_index_keys_apart),
	    cmocka_unit_test(test_ident_traits_apart),
	    cmocka_unit_test(test_ident_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ident/ident", tests, NULL, NULL);
}
