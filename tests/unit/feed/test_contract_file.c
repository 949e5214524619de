/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what a mutuelle signed is what the keeper reads, to the last byte;
 * every altered bit and every truncation is refused; so are a file beyond its
 * limit, and a text that could be taken for its own signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "feed/contract_file.h"

#define MADE INT64_C(1795341724003)
static const char text[] = "contract X\ninsurer 0099100001\n";

struct bench {
	struct random_seeded seed;
	struct random random;
	struct sign_private *key, *other;
	struct buf file;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->random = random_from_seed(&b->seed, 5);
	assert_int_equal(
	    sign_private_make(SIGN_ED25519, &b->random, &b->key), ERR_OK);
	assert_int_equal(
	    sign_private_make(SIGN_P256, &b->random, &b->other), ERR_OK);
	buf_init(&b->file, 1u << 20);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	sign_private_free(b->key);
	sign_private_free(b->other);
	buf_release(&b->file);
	free(b);
	return 0;
}

static enum err pack(struct bench *b, struct span what)
{
	struct contract_file c = {"0099100001", MADE, MADE + 1000, what};

	buf_clear(&b->file);
	return contract_file_pack(&c, b->key, &b->file);
}

static void test_it_comes_back(void **state)
{
	struct bench *b = *state;
	struct contract_file c;

	assert_int_equal(pack(b, span_str(text)), ERR_OK);
	assert_int_equal(
	    contract_file_parse(buf_span(&b->file), &c), ERR_OK);
	assert_string_equal(c.amc, "0099100001");
	assert_int_equal(c.made_ms, MADE);
	assert_int_equal(c.until_ms, MADE + 1000);
	assert_true(span_is(c.text, text));
	assert_int_equal(contract_file_verify(buf_span(&b->file),
	    sign_private_public(b->key)), ERR_OK);
	assert_int_equal(contract_file_verify(buf_span(&b->file),
	    sign_private_public(b->other)), ERR_CRYPTO);
}

static void test_nothing_else_does(void **state)
{
	struct bench *b = *state;
	struct contract_file c;

	assert_int_equal(pack(b, span_str(text)), ERR_OK);
	for (size_t i = 0; i < b->file.n; i++) {
		assert_int_not_equal(contract_file_verify(
		    span_of(b->file.p, i), sign_private_public(b->key)),
		    ERR_OK);
		b->file.p[i] ^= 1;
		if (!contract_file_parse(buf_span(&b->file), &c))
			assert_int_not_equal(
			    contract_file_verify(buf_span(&b->file),
				sign_private_public(b->key)), ERR_OK);
		b->file.p[i] ^= 1;
	}
}

static void test_limits(void **state)
{
	struct bench *b = *state;
	struct contract_file c;
	char *big = malloc(LIMIT_CONTRACT_FILE + 1);

	memset(big, '#', LIMIT_CONTRACT_FILE + 1);
	assert_int_equal(
	    pack(b, span_of(big, LIMIT_CONTRACT_FILE)), ERR_LIMIT);
	assert_int_equal(contract_file_parse(
	    span_of(big, LIMIT_CONTRACT_FILE + 1), &c), ERR_LIMIT);
	free(big);
	assert_int_equal(pack(b, span_str("")), ERR_RANGE);
	assert_int_equal(
	    pack(b, span_str("contract X\nsignature abc\n")), ERR_SHAPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_it_comes_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_nothing_else_does, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limits, setup, teardown)};

	sign_start();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
