/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the signatures of RFC 6979, byte for byte, and valid for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/rfc6979.h"
#include "crypto/sign.h"

/* RFC 6979 A.2.5, P-256 with SHA-256. */
static const char scalar_hex[] =
    "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
static const struct {
	const char *message, *r_s;
} vectors[] = {
    {"sample",
     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
    {"test",
     "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
     "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"},
};

static void test_rfc6979_sign_gives_the_published_bytes(void **state)
{
	uint8_t scalar[32], digest[HASH_SIZE], want[64], got[64];
	struct rfc6979 *k = NULL;

	(void)state;
	assert_int_equal(text_unhex(span_str(scalar_hex), scalar, 32), 0);
	assert_int_equal(rfc6979_new(scalar, &k), ERR_OK);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_int_equal(
		    text_unhex(span_str(vectors[i].r_s), want, 64), 0);
		hash_sha256(span_str(vectors[i].message), digest);
		assert_int_equal(rfc6979_sign(k, digest, got), ERR_OK);
		assert_memory_equal(got, want, 64);
	}
	rfc6979_free(k);
}

static void test_rfc6979_new_refuses_scalars_out_of_range(void **state)
{
	uint8_t scalar[32] = {0};
	struct rfc6979 *k = NULL;

	(void)state;
	assert_int_equal(rfc6979_new(scalar, &k), ERR_SHAPE);
	memset(scalar, 0xff, sizeof(scalar));
	assert_int_equal(rfc6979_new(scalar, &k), ERR_SHAPE);
	assert_null(k);
	rfc6979_free(NULL);
}

static void test_rfc6979_fix_makes_signatures_repeat_and_verify(void **state)
{
	struct random_seeded seeded;
	struct random random = random_from_seed(&seeded, 6979);
	struct sign_private *k = NULL;
	uint8_t a[SIGN_SIZE], b[SIGN_SIZE];

	(void)state;
	assert_int_equal(sign_private_make(SIGN_P256, &random, &k), ERR_OK);
	assert_int_equal(rfc6979_fix(k), ERR_OK);
	for (unsigned i = 0; i < 200; i++) {
		struct span m = span_of(&i, sizeof(i));

		assert_int_equal(sign_make(k, m, a), ERR_OK);
		assert_int_equal(sign_make(k, m, b), ERR_OK);
		assert_memory_equal(a, b, SIGN_SIZE);
		assert_int_equal(
		    sign_verify(sign_private_public(k), m, a), ERR_OK);
	}
	sign_private_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc6979_sign_gives_the_published_bytes),
	    cmocka_unit_test(test_rfc6979_new_refuses_scalars_out_of_range),
	    cmocka_unit_test(test_rfc6979_fix_makes_signatures_repeat_and_verify),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
