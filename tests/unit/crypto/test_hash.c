/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: SHA-256, HMAC and HKDF give the vectors of their RFCs, whichever of
 * the kept contexts was used last. */
#include "crypto/hash.h"
#include "crypto/hex.h"

static void expect_sha(struct span in, const char *want)
{
	uint8_t out[HASH_SIZE];
	struct hash_stream *s;

	hash_sha256(in, out);
	assert_hex(out, sizeof(out), want);
	s = hash_stream_new();
	assert_non_null(s);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < in.n; i += 7)
			hash_stream_put(s, span_of(in.p + i,
			    in.n - i < 7 ? in.n - i : 7));
		hash_stream_end(s, out);
		assert_hex(out, sizeof(out), want);
	}
	hash_stream_free(s);
}

static void test_hash_sha256_rfc6234(void **state)
{
	static uint8_t million[1000000];

	(void)state;
	expect_sha(span_str(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4"
	    "649b934ca495991b7852b855");
	expect_sha((struct span){0}, "e3b0c44298fc1c149afbf4c8996fb92427ae41"
	    "e4649b934ca495991b7852b855");
	expect_sha(span_str("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a3"
	    "96177a9cb410ff61f20015ad");
	expect_sha(span_str("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmno"
	    "mnopnopq"), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6"
	    "ecedd419db06c1");
	memset(million, 'a', sizeof(million));
	expect_sha(span_of(million, sizeof(million)), "cdc76e5c9914fb9281a1c7"
	    "e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_hash_sha256_parts_equal_whole(void **state)
{
	struct span parts[] = {
	    span_str("ab"), {NULL, 0}, span_str(""), span_str("c")};
	uint8_t out[HASH_SIZE];

	(void)state;
	hash_sha256_parts(parts, 4, out);
	assert_hex(out, sizeof(out), "ba7816bf8f01cfea414140de5dae2223b00361"
	    "a396177a9cb410ff61f20015ad");
}

static const struct {
	const char *key, *data, *mac;
} rfc4231[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
        "dddddddddddddddddddddddddddddddddd",
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
};

static void expect_mac(struct span key, struct span data, const char *want)
{
	struct hash_mac *m = hash_mac_new(key);
	struct span halves[2] = {{data.p, data.n / 2},
	    {data.p + data.n / 2, data.n - data.n / 2}};
	uint8_t out[HASH_SIZE];

	hash_hmac(key, data, out);
	assert_hex(out, sizeof(out), want);
	assert_non_null(m);
	for (int again = 0; again < 3; again++) {
		hash_mac_parts(m, halves, 2, out);
		assert_hex(out, sizeof(out), want);
	}
	hash_mac_free(m);
}

static void test_hash_hmac_rfc4231(void **state)
{
	uint8_t key[131];

	(void)state;
	for (size_t i = 0; i < sizeof(rfc4231) / sizeof(*rfc4231); i++)
		expect_mac(hex(rfc4231[i].key), hex(rfc4231[i].data),
		    rfc4231[i].mac);
	memset(key, 0xaa, sizeof(key));	/* longer than a block: cases 6, 7 */
	expect_mac(span_of(key, sizeof(key)),
	    span_str("Test Using Larger Than Block-Size Key - Hash Key First"),
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f5"
	    "4");
	expect_mac(span_of(key, sizeof(key)),
	    span_str("This is a test using a larger than block-size key and a "
	             "larger than block-size data. The key needs to be hashed "
	             "before being used by the HMAC algorithm."),
	    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e"
	    "2");
}

static void test_hash_hmac_empty_key(void **state)
{
	(void)state;
	expect_mac((struct span){0}, span_str(""), "b613679a0814d9ec772f95d77"
	    "8c35fc5ff1697c493715653c6c712144292c5ad");
}

/* Two keyed contexts and the kept one do not disturb each other. */
static void test_hash_mac_contexts_apart(void **state)
{
	struct hash_mac *a = hash_mac_new(span_str("a"));
	struct hash_mac *b = hash_mac_new(span_str("b"));
	struct span in = span_str("text");
	uint8_t a1[HASH_SIZE], a2[HASH_SIZE], b1[HASH_SIZE], c[HASH_SIZE];

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	hash_mac_parts(a, &in, 1, a1);
	hash_mac_parts(b, &in, 1, b1);
	hash_hmac(span_str("c"), in, c);
	hash_mac_parts(a, &in, 1, a2);
	assert_memory_equal(a1, a2, sizeof(a1));
	assert_memory_not_equal(a1, b1, sizeof(a1));
	assert_memory_not_equal(a1, c, sizeof(a1));
	hash_mac_free(a);
	hash_mac_free(b);
}

static void expect_hkdf(const char *ikm, const char *salt, const char *info,
    const char *prk, const char *okm)
{
	uint8_t p[HASH_SIZE], out[128];
	size_t n = strlen(okm) / 2;
	struct span i = hex(info), cut[2];

	hash_hkdf_extract(hex(salt), hex(ikm), p);
	assert_hex(p, sizeof(p), prk);
	hash_hkdf_expand(p, i, out, n);
	assert_hex(out, n, okm);
	hash_hkdf(hex(salt), hex(ikm), i, out, n);
	assert_hex(out, n, okm);
	cut[0] = span_of(i.p, i.n / 2);
	cut[1] = span_of(i.p + i.n / 2, i.n - i.n / 2);
	hash_hkdf_expand_parts(p, cut, 2, out, n);
	assert_hex(out, n, okm);
}

static void test_hash_hkdf_rfc5869(void **state)
{
	(void)state;
	expect_hkdf("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	    "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
	    "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e"
	    "5",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5b"
	    "f34007208d5b887185865");
	expect_hkdf("000102030405060708090a0b0c0d0e0f101112131415161718191a1b"
	            "1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"
	            "38393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	    "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
	    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc24"
	    "4",
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97"
	    "c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db"
	    "71cc30c58179ec3e87c14c01d5c1f3434f1d87");
	expect_hkdf("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	    "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb0"
	    "4",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2"
	    "d9d201395faa4b61a96c8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hash_sha256_rfc6234),
	    cmocka_unit_test(test_hash_sha256_parts_equal_whole),
	    cmocka_unit_test(test_hash_hmac_rfc4231),
	    cmocka_unit_test(test_hash_hmac_empty_key),
	    cmocka_unit_test(test_hash_mac_contexts_apart),
	    cmocka_unit_test(test_hash_hkdf_rfc5869),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("crypto/hash", tests, NULL, NULL);
}
