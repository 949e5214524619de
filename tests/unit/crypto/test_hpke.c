/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the KEM is RFC 9180's (A.3.1), the whole suite is what two other
 * implementations compute, and nothing but the right point opens. */
#include "crypto/hash.h"
#include "crypto/hex.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"

#define INFO "4f6465206f6e2061204772656369616e2055726e"
#define TEXT "4265617574792069732074727574682c20747275746820626561757479"
#define AD "436f756e742d30"

/* RFC 9180 A.3.1 */
static const char ikm_e[] =
    "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e";
static const char sk_e[] =
    "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb";
static const char pk_e[] =
    "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9"
    "8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4";
static const char ikm_r[] =
    "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550";
static const char sk_r[] =
    "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2";
static const char pk_r[] =
    "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
    "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
/* The same keys under AES-256-GCM, computed with @hpke/core 1.9.0. */
static const char sealed_256[] =
    "518c46e6810fbc55362f7d5995b0f54339d93664ca44e5c74d0f289c4f7983b478"
    "1b193de04ad3319f177244de";

static struct hpke_key *derive(const char *ikm)
{
	struct hpke_key *k = NULL;

	assert_int_equal(hpke_key_derive(hex(ikm), &k), ERR_OK);
	return k;
}

static void expect_pair(
    const struct hpke_key *k, const char *sk, const char *pk)
{
	uint8_t scalar[HPKE_PRIVATE], point[HPKE_PUBLIC];

	hpke_key_private(k, scalar);
	hpke_key_public(k, point);
	assert_hex(scalar, sizeof(scalar), sk);
	assert_hex(point, sizeof(point), pk);
}

static void test_hpke_derive_rfc9180(void **state)
{
	struct hpke_key *e = derive(ikm_e), *r = derive(ikm_r), *from = NULL;

	(void)state;
	expect_pair(e, sk_e, pk_e);
	expect_pair(r, sk_r, pk_r);
	assert_int_equal(hpke_key_from(hex(sk_r).p, &from), ERR_OK);
	expect_pair(from, sk_r, pk_r);
	hpke_key_free(e);
	hpke_key_free(r);
	hpke_key_free(from);
}

static void test_hpke_seal_as_others_do(void **state)
{
	struct hpke_key *e = derive(ikm_e), *r = derive(ikm_r);
	struct hpke_context sender, receiver;
	uint8_t enc[HPKE_PUBLIC], out[64], secret[32];
	static const char *exports[][2] = {
	    {"", "058e4ec69e97628557ec22033a07b2acb36156ea95739ef560a0a016b2"
	         "4c79d7"},
	    {"00", "037c94b59e9b66651d59502c706285c3bbbf024796cb7145b51a04db"
	           "f7ce101f"},
	    {"54657374436f6e74657874", "47d00c7e0fc8876e88795bc49217ae852c642"
	                               "b6d53773e695e4ca50003e242e0"},
	};

	(void)state;
	assert_int_equal(hpke_setup_sender_with(hex(pk_r).p, hex(INFO), e, enc,
	                     &sender), ERR_OK);
	assert_hex(enc, sizeof(enc), pk_e);
	assert_int_equal(hpke_seal(&sender, hex(AD), hex(TEXT), out), ERR_OK);
	assert_hex(out, 45, sealed_256);
	assert_int_equal(hpke_setup_receiver(r, enc, hex(INFO), &receiver),
	    ERR_OK);
	assert_int_equal(hpke_open(&receiver, hex(AD), hex(sealed_256), out),
	    ERR_OK);
	assert_hex(out, 29, TEXT);
	for (size_t i = 0; i < 3; i++) {
		hpke_export(&sender, hex(exports[i][0]), secret, 32);
		assert_hex(secret, 32, exports[i][1]);
		hpke_export(&receiver, hex(exports[i][0]), secret, 32);
		assert_hex(secret, 32, exports[i][1]);
	}
	hpke_key_free(e);
	hpke_key_free(r);
}

/* BoringSSL's hpke_test_vectors.txt has one for this suite. */
static void test_hpke_seal_boringssl(void **state)
{
	struct hpke_key *e = derive("a90d3417c3da9cb6c6ae19b4b5dd6cc9529a4cc24e"
	                            "fb7ae0ace1f31887a8cd6c");
	struct hpke_context c;
	uint8_t enc[HPKE_PUBLIC], out[64];

	(void)state;
	assert_int_equal(hpke_setup_sender_with(
	    hex("04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c68"
	        "5136f853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e20"
	        "73d2356c").p, hex(INFO), e, enc, &c), ERR_OK);
	assert_int_equal(hpke_seal(&c, hex(AD), hex(TEXT), out), ERR_OK);
	assert_hex(out, 45, "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c"
	    "4c6ddc1d291742465e902cd216f8908da49f8f96f");
	hpke_key_free(e);
}

static void test_hpke_random_sender(void **state)
{
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 7);
	struct hpke_key *r = NULL, *other = NULL;
	struct hpke_context s, c;
	uint8_t pk[HPKE_PUBLIC], enc[2][HPKE_PUBLIC], sealed[40], out[24];

	(void)state;
	assert_int_equal(hpke_key_make(&random, &r), ERR_OK);
	assert_int_equal(hpke_key_make(&random, &other), ERR_OK);
	hpke_key_public(r, pk);
	for (int i = 0; i < 2; i++)
		assert_int_equal(hpke_setup_sender(pk, span_str("info"),
		                     &random, enc[i], &s), ERR_OK);
	assert_memory_not_equal(enc[0], enc[1], HPKE_PUBLIC);
	assert_int_equal(hpke_seal(&s, span_str("ad"),
	                     span_str("twenty-four bytes of te."), sealed),
	    ERR_OK);
	assert_int_equal(hpke_setup_receiver(r, enc[1], span_str("info"), &c),
	    ERR_OK);
	assert_int_equal(hpke_open(&c, span_str("ad"), span_of(sealed, 40),
	                     out), ERR_OK);
	assert_memory_equal(out, "twenty-four bytes of te.", 24);
	/* other info, other enc, other key: other contexts */
	assert_int_equal(hpke_setup_receiver(r, enc[1], span_str("inf"), &c),
	    ERR_OK);
	assert_int_equal(hpke_open(&c, span_str("ad"), span_of(sealed, 40),
	                     out), ERR_CRYPTO);
	assert_int_equal(hpke_setup_receiver(r, enc[0], span_str("info"), &c),
	    ERR_OK);
	assert_int_equal(hpke_open(&c, span_str("ad"), span_of(sealed, 40),
	                     out), ERR_CRYPTO);
	assert_int_equal(hpke_setup_receiver(other, enc[1], span_str("info"),
	                     &c), ERR_OK);
	assert_int_equal(hpke_open(&c, span_str("ad"), span_of(sealed, 40),
	                     out), ERR_CRYPTO);
	hpke_key_free(r);
	hpke_key_free(other);
}

/* A changed bit of a point leaves the curve: x alone or y alone moved. */
static void test_hpke_point_off_curve_is_refused(void **state)
{
	struct hpke_key *r = derive(ikm_r);
	struct hpke_context c;
	uint8_t enc[HPKE_PUBLIC];

	(void)state;
	memcpy(enc, hex(pk_e).p, sizeof(enc));
	for (size_t bit = 0; bit < sizeof(enc) * 8; bit++) {
		enum err e;

		enc[bit / 8] ^= (uint8_t)(1 << bit % 8);
		e = hpke_setup_receiver(r, enc, hex(INFO), &c);
		assert_int_equal(e, ERR_SHAPE);
		enc[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	memset(enc, 0, sizeof(enc));
	assert_int_equal(hpke_setup_receiver(r, enc, hex(INFO), &c),
	    ERR_SHAPE);
	enc[0] = 4;
	assert_int_equal(hpke_setup_receiver(r, enc, hex(INFO), &c),
	    ERR_SHAPE);
	hpke_key_free(r);
}

static void test_p256_scalar_range(void **state)
{
	static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7"
	                            "179e84f3b9cac2fc632551";
	struct hpke_key *k = NULL;
	uint8_t s[P256_SCALAR] = {0};

	(void)state;
	assert_false(p256_scalar_ok(s));
	assert_int_equal(hpke_key_from(s, &k), ERR_SHAPE);
	assert_null(k);
	s[31] = 1;
	assert_true(p256_scalar_ok(s));
	memcpy(s, hex(order).p, sizeof(s));
	assert_false(p256_scalar_ok(s));
	assert_int_equal(hpke_key_from(s, &k), ERR_SHAPE);
	s[31]--;
	assert_true(p256_scalar_ok(s));
	assert_int_equal(hpke_key_from(s, &k), ERR_OK);
	hpke_key_free(k);
	memset(s, 0xff, sizeof(s));
	assert_false(p256_scalar_ok(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hpke_derive_rfc9180),
	    cmocka_unit_test(test_hpke_seal_as_others_do),
	    cmocka_unit_test(test_hpke_seal_boringssl),
	    cmocka_unit_test(test_hpke_random_sender),
	    cmocka_unit_test(test_hpke_point_off_curve_is_refused),
	    cmocka_unit_test(test_p256_scalar_range),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("crypto/hpke", tests, NULL, NULL);
}
