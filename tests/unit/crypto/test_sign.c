/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: Ed25519 and P-256 agree with their RFCs; only canonical keys enter;
 * every changed bit of message, signature or key is refused; key files are
 * PKCS#8, private, and never overwritten. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "crypto/hex.h"
#include "crypto/pem.h"
#include "crypto/sign.h"
#include "crypto/torn.h"

static const struct {
	const char *seed, *public, *message, *sig;
} rfc8032[] = {	/* §7.1, TEST 1 to 3 */
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

#define ED25519_HEAD "302a300506032b6570032100"
#define P256_HEAD "3059301306072a8648ce3d020106082a8648ce3d030107034200"

/* RFC 6979 A.2.5: key and the signature of "sample" with SHA-256. */
#define P256_POINT_HEX                                                        \
	"0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"  \
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define P256_SIG                                                              \
	"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"    \
	"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
/* The same r with the order less s: the other valid half. */
#define P256_SIG_LOW                                                          \
	"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"    \
	"0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9"

static struct sign_public *public_of(const char *spki)
{
	struct sign_public *k = NULL;

	assert_int_equal(sign_public_parse(hex(spki), &k), ERR_OK);
	assert_true(span_equal(sign_public_spki(k), hex(spki)));
	return k;
}

static void refuse(const char *spki)
{
	struct sign_public *k = NULL;

	assert_int_equal(sign_public_parse(hex(spki), &k), ERR_SHAPE);
	assert_null(k);
}

static void test_sign_ed25519_rfc8032(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sign_private *k = NULL;
		const struct sign_public *p;
		struct span m = hex(rfc8032[i].message);
		uint8_t sig[SIGN_SIZE];

		assert_int_equal(sign_private_ed25519(hex(rfc8032[i].seed).p,
		                     &k), ERR_OK);
		p = sign_private_public(k);
		assert_hex(sign_public_raw(p), 32, rfc8032[i].public);
		assert_hex(sign_private_seed(k), 32, rfc8032[i].seed);
		assert_int_equal(sign_public_alg(p), SIGN_ED25519);
		assert_int_equal(sign_make(k, m, sig), ERR_OK);
		assert_hex(sig, sizeof(sig), rfc8032[i].sig);
		assert_int_equal(sign_verify(p, m, sig), ERR_OK);
		assert_int_equal(sign_verify(p, span_str("other"), sig),
		    ERR_CRYPTO);
		sign_private_free(k);
	}
}

static void test_sign_p256_rfc6979(void **state)
{
	struct sign_public *k = public_of(P256_HEAD P256_POINT_HEX);

	(void)state;
	assert_int_equal(sign_public_alg(k), SIGN_P256);
	assert_null(sign_public_raw(k));
	for (int again = 0; again < 2; again++) {
		assert_int_equal(sign_verify(k, span_str("sample"),
		                     hex(P256_SIG).p), ERR_OK);
		assert_int_equal(sign_verify(k, span_str("sample"),
		                     hex(P256_SIG_LOW).p), ERR_OK);
		assert_int_equal(sign_verify(k, span_str("Sample"),
		                     hex(P256_SIG).p), ERR_CRYPTO);
	}
	sign_public_free(k);
}

static void every_bit_counts(
    const struct sign_public *k, uint8_t *message, size_t n, uint8_t *sig)
{
	struct span m = span_of(message, n);

	assert_int_equal(sign_verify(k, m, sig), ERR_OK);
	for (size_t bit = 0; bit < SIGN_SIZE * 8; bit++) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(sign_verify(k, m, sig), ERR_CRYPTO);
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < n * 8; bit++) {
		message[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(sign_verify(k, m, sig), ERR_CRYPTO);
		message[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sign_verify(k, span_of(message, i), sig),
		    ERR_CRYPTO);
}

static void test_sign_verify_every_bit_counts(void **state)
{
	static const enum sign_alg algs[] = {SIGN_ED25519, SIGN_P256};
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 3);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sign_private *k = NULL;
		uint8_t message[24] = "twenty-four bytes of te";
		uint8_t sig[SIGN_SIZE];

		assert_int_equal(sign_private_make(algs[i], &random, &k),
		    ERR_OK);
		assert_int_equal(sign_make(k, span_of(message, 24), sig),
		    ERR_OK);
		every_bit_counts(sign_private_public(k), message, 24, sig);
		sign_private_free(k);
	}
}

/* r, s: 0 and the order and above are no signature of anything. */
static void test_sign_p256_out_of_range_is_refused(void **state)
{
	static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7"
	                            "179e84f3b9cac2fc632551";
	struct sign_public *k = public_of(P256_HEAD P256_POINT_HEX);
	uint8_t sig[SIGN_SIZE] = {0};

	(void)state;
	assert_int_equal(sign_verify(k, span_str("sample"), sig), ERR_CRYPTO);
	for (size_t half = 0; half < 64; half += 32) {
		memcpy(sig, hex(P256_SIG).p, sizeof(sig));
		memset(sig + half, 0, 32);
		assert_int_equal(sign_verify(k, span_str("sample"), sig),
		    ERR_CRYPTO);
		memcpy(sig + half, hex(order).p, 32);
		assert_int_equal(sign_verify(k, span_str("sample"), sig),
		    ERR_CRYPTO);
		memset(sig + half, 0xff, 32);
		assert_int_equal(sign_verify(k, span_str("sample"), sig),
		    ERR_CRYPTO);
	}
	sign_public_free(k);
}

/* RFC 8032 §5.1.7: s of at least the group's order L is refused. */
static void test_sign_ed25519_malleable_is_refused(void **state)
{
	static const uint8_t l[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
	    0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	    [31] = 0x10};
	struct sign_public *k = NULL;
	uint8_t sig[SIGN_SIZE];
	unsigned carry = 0;

	(void)state;
	assert_int_equal(sign_public_ed25519(hex(rfc8032[1].public).p, &k),
	    ERR_OK);
	memcpy(sig, hex(rfc8032[1].sig).p, sizeof(sig));
	assert_int_equal(sign_verify(k, hex("72"), sig), ERR_OK);
	for (size_t i = 0; i < 32; i++) {	/* s + L: the same equation */
		carry += (unsigned)sig[32 + i] + l[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(sign_verify(k, hex("72"), sig), ERR_CRYPTO);
	sign_public_free(k);
}

static void test_sign_ed25519_weak_key_is_refused(void **state)
{
	(void)state;
	/* the neutral element, order 2, order 4, order 8 */
	refuse(ED25519_HEAD "01000000000000000000000000000000000000000000000000"
	                    "00000000000000");
	refuse(ED25519_HEAD "ecffffffffffffffffffffffffffffffffffffffffffffffff"
	                    "ffffffffffff7f");
	refuse(ED25519_HEAD "00000000000000000000000000000000000000000000000000"
	                    "00000000000000");
	refuse(ED25519_HEAD "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c633"
	                    "39b13802886d53fc05");
	/* not canonical: p + 1, and not on the curve */
	refuse(ED25519_HEAD "eeffffffffffffffffffffffffffffffffffffffffffffffff"
	                    "ffffffffffff7f");
	refuse(ED25519_HEAD "02000000000000000000000000000000000000000000000000"
	                    "00000000000000");
}

static void test_sign_public_parse_is_strict(void **state)
{
	static const char *const good[] = {
	    ED25519_HEAD
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    P256_HEAD P256_POINT_HEX};

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint8_t der[SIGN_SPKI_MAX + 1] = {0};
		struct span s = hex(good[i]);
		size_t head = i ? 27 : 12;
		struct sign_public *k = NULL;

		memcpy(der, s.p, s.n);
		for (size_t n = 0; n <= s.n + 1; n++)
			if (n != s.n)
				assert_int_equal(sign_public_parse(
				    span_of(der, n), &k), ERR_SHAPE);
		for (size_t bit = 0; bit < head * 8; bit++) {
			der[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(sign_public_parse(span_of(der, s.n),
			                     &k), ERR_SHAPE);
			der[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_null(k);
	}
	/* a bit of x or y leaves the curve; zero is no point */
	for (size_t bit = 0; bit < 512; bit++) {
		uint8_t der[SIGN_P256_SPKI];
		struct sign_public *k = NULL;

		memcpy(der, hex(good[1]).p, sizeof(der));
		der[27 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(sign_public_parse(
		    span_of(der, sizeof(der)), &k), ERR_SHAPE);
	}
	/* hybrid (0x07: y is odd), compressed */
	refuse(P256_HEAD
	    "0760fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
	    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
	refuse("3039301306072a8648ce3d020106082a8648ce3d0301070322000360fed4ba"
	       "255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
}

static void test_sign_key_id(void **state)
{
	struct sign_public *k = public_of(P256_HEAD P256_POINT_HEX);
	uint8_t id[SIGN_KEY_ID];
	char text[SIGN_KEY_ID_TEXT];

	(void)state;
	/* sha256sum of the 91 bytes */
	sign_public_id(k, id);
	assert_hex(id, sizeof(id), "5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d"
	    "3ae10dcbe0f0815a07ecd4");
	sign_key_id_text(id, text);
	assert_string_equal(text,
	    "Wnp4zKSg9CDZvGK7Zpw8J1njn3I9OuENy-DwgVoH7NQ");
	sign_public_free(k);
}

struct folder {
	char name[64], a[96], b[96];
};

static int setup_folder(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	(void)snprintf(f->name, sizeof(f->name), "/tmp/test_sign.XXXXXX");
	if (!mkdtemp(f->name))
		return -1;
	(void)snprintf(f->a, sizeof(f->a), "%s/a.pem", f->name);
	(void)snprintf(f->b, sizeof(f->b), "%s/b.pem", f->name);
	*state = f;
	return 0;
}

static int teardown_folder(void **state)
{
	struct folder *f = *state;

	(void)unlink(f->a);
	(void)unlink(f->b);
	(void)rmdir(f->name);
	free(f);
	return 0;
}

static void through_files(struct folder *f, enum sign_alg alg)
{
	struct random random = random_system();
	struct sign_private *k = NULL, *again = NULL;
	struct sign_public *half = NULL, *public = NULL;
	struct span want, m = span_str("message");
	struct stat st;
	uint8_t sig[SIGN_SIZE];

	assert_int_equal(sign_private_make(alg, &random, &k), ERR_OK);
	want = sign_public_spki(sign_private_public(k));
	assert_int_equal(sign_private_save(k, f->a), ERR_OK);
	assert_int_equal(sign_private_save(k, f->a), ERR_EXISTS);
	assert_int_equal(stat(f->a, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(sign_public_save(sign_private_public(k), f->b),
	    ERR_OK);
	assert_int_equal(sign_private_load(f->a, &again), ERR_OK);
	assert_int_equal(sign_public_load(f->a, &half), ERR_OK);
	assert_int_equal(sign_public_load(f->b, &public), ERR_OK);
	assert_true(span_equal(sign_public_spki(half), want));
	assert_true(span_equal(sign_public_spki(public), want));
	assert_int_equal(sign_make(again, m, sig), ERR_OK);
	assert_int_equal(sign_verify(public, m, sig), ERR_OK);
	sign_private_free(k);
	sign_private_free(again);
	k = NULL;
	assert_int_equal(sign_private_load(f->b, &k), ERR_SHAPE);
	assert_null(k);
	sign_public_free(half);
	sign_public_free(public);
}

static void test_sign_files_ed25519(void **state)
{
	through_files(*state, SIGN_ED25519);
}

static void test_sign_files_p256(void **state)
{
	through_files(*state, SIGN_P256);
}

static void write_text(const char *path, const char *text, size_t repeat)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	while (repeat--)
		(void)fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void test_sign_files_refused(void **state)
{
	struct folder *f = *state;
	struct sign_private *k = NULL;
	struct sign_public *p = NULL;

	assert_int_equal(sign_private_load(f->a, &k), ERR_UNKNOWN);
	assert_int_equal(sign_private_load(f->name, &k), ERR_IO);
	write_text(f->a, "no key here\n", 1);
	assert_int_equal(sign_private_load(f->a, &k), ERR_SHAPE);
	assert_int_equal(sign_public_load(f->a, &p), ERR_SHAPE);
	write_text(f->a, "0123456789abcde\n", PEM_MAX / 16 + 1);
	assert_int_equal(sign_private_load(f->a, &k), ERR_LIMIT);
	/* a P-384 key: right file, wrong curve */
	write_text(f->b,
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE6T5FoB6H+FjvqV11RySK6/1UcCVbQqPS\n"
	    "G4hikb5r/P3ONS9DiMcxj6V0dIYzq1qJYAIkfmjIrtr7dbvFGO5lGK4VTYl8Wf0j\n"
	    "j5CKTNmqyWe+y/f5edPveIau2pec554E\n"
	    "-----END PUBLIC KEY-----\n", 1);
	assert_int_equal(sign_public_load(f->b, &p), ERR_SHAPE);
	assert_null(k);
	assert_null(p);
}

/* Signed with the one, enrolled by the other. */
static void test_sign_files_of_two_keys(void **state)
{
	struct folder *f = *state;
	EVP_PKEY *one = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	struct sign_private *k = NULL;
	struct sign_public *p = NULL;

	torn_write(f->a, one, other);
	assert_int_equal(sign_private_load(f->a, &k), ERR_SHAPE);
	assert_null(k);
	assert_int_equal(sign_public_load(f->a, &p), ERR_SHAPE);
	assert_null(p);
	torn_write(f->b, one, one);
	assert_int_equal(sign_private_load(f->b, &k), ERR_OK);
	assert_int_equal(sign_public_load(f->b, &p), ERR_OK);
	assert_true(span_equal(sign_public_spki(p),
	    sign_public_spki(sign_private_public(k))));
	sign_private_free(k);
	sign_public_free(p);
	EVP_PKEY_free(one);
	EVP_PKEY_free(other);
}

static void test_sign_private_make_unknown_alg(void **state)
{
	struct random random = random_system();
	struct sign_private *k = NULL;

	(void)state;
	assert_int_equal(sign_private_make(SIGN_NONE, &random, &k),
	    ERR_UNKNOWN);
	assert_null(k);
	sign_private_free(NULL);
	sign_public_free(NULL);
}

int main(void)
{
#define FILES(f)                                                              \
	cmocka_unit_test_setup_teardown(f, setup_folder, teardown_folder)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sign_ed25519_rfc8032),
	    cmocka_unit_test(test_sign_p256_rfc6979),
	    cmocka_unit_test(test_sign_verify_every_bit_counts),
	    cmocka_unit_test(test_sign_p256_out_of_range_is_refused),
	    cmocka_unit_test(test_sign_ed25519_malleable_is_refused),
	    cmocka_unit_test(test_sign_ed25519_weak_key_is_refused),
	    cmocka_unit_test(test_sign_public_parse_is_strict),
	    cmocka_unit_test(test_sign_key_id),
	    FILES(test_sign_files_ed25519),
	    FILES(test_sign_files_p256),
	    FILES(test_sign_files_refused),
	    FILES(test_sign_files_of_two_keys),
	    cmocka_unit_test(test_sign_private_make_unknown_alg),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	sign_start();
	return cmocka_run_group_tests_name("crypto/sign", tests, NULL, NULL);
}
