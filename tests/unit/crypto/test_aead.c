/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: AES-256-GCM and AES-256-SIV give published vectors, and one wrong bit
 * anywhere (key, nonce, data, tag) opens nothing and leaves zeros. */
#include "crypto/aead.h"
#include "crypto/hex.h"

static const struct {
	const char *key, *nonce, *ad, *text, *sealed;
} gcm[] = {	/* the GCM specification, test cases 13, 14, 16 */
    {"00000000000000000000000000000000"
     "00000000000000000000000000000000",
        "000000000000000000000000", "", "",
        "530f8afbc74536b9a963b4f1c4cb738b"},
    {"00000000000000000000000000000000"
     "00000000000000000000000000000000",
        "000000000000000000000000", "", "00000000000000000000000000000000",
        "cea7403d4d606b6e074ec5d3baf39d18"
        "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308"
     "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"},
};

static const struct {
	const char *key, *ad, *text, *sealed;
} siv[] = {	/* Wycheproof aes_siv_cmac 302, 303, 305, 310, 323, 325-328 */
    {"c25cafc6018b98dfbb79a40ec89c575a4f88c4116489bba27707479800c01302"
     "35334a45dbe8d8dae3da8dcb45bbe5dce031b0f68ded544fda7eca30d6749442",
        "deeb0ccf3aef47a296ed1ca8f4ae5907",
        "beec61030fa3d670337196beade6aeaa",
        "5865208eab9163db85cab9f96d846234a2626aae22f5c17c9aad4b501f4416e4"},
    {"27faf97fb303aa4f2f364edd23997f4c77b8e51ebb8293c59dfb1d24f0fb629f"
     "6c820fc2d91bf48f0035eeec347e37ec4fb0cb36102bcdc5a248c47a2f97eab9",
        "cc94f64e14df90265f7f12a8a0386d0a",
        "6b1db0f5a43376885002dc98bd556f1dac9b66b66213a9fa6069df995a123384",
        "d0016d675b49f11ea873707412d45709b7703a028a0cfc312cf61cbe22b91e3c"
        "f20b7d4c9308ee15f18b4eba00889284"},
    {"e2c5662bb18fbb411d0304e4241db073fe60a4704fee290073513038a22b4cd5"
     "42580b2b4edbc37e3de01c0cb61abcad46986cdc491ce9e5ae5af223ff58b953",
        "fab912dec29a34aabfaef176", "0d",
        "1c6969ecb15741a9959b7a8492250e391a"},
    {"8f13f2bf02d72360d9958eb8aa90634ae48331e7dfdbf16fc51c7238ae9f9d50"
     "d4495d196676ef5259b64a616305ffaae517c587d4e7afba40e4a2c5b0989182",
        "755f50cfdfc849654ad98cc7", "ac598720b96e",
        "adee2a373a7f6bbaf4f00e5f3f93435a09091b5221ae"},
    {"cd8689f821817f59bfaa755131f2565161c7f4489f89b657ac9fa127a9768535"
     "a702d001b9b99cc11c3976467b1b45865ff417dc256ebb5079b7f1b3e08307b5",
        "b3edffbb89b373fe04da244b",
        "ebcfb2ffb681cc5dfa0c5c524c1b1cc87cc6b2bfa35dc36d15e80505118b84a0"
        "72a78a157b4d1837",
        "1ac78aae2ede04eb47924d8f9f99fe75deb61bf693da7f3a2147c05f6d29d173"
        "92356fe00f82b24cdbce774fd864561548f33dd3192d806f"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "", "8dbfee9580e7e2bc66100a674497f4e1",
        "000000000000000000000000000000007ef8aa7e4dd49d9cfa09e9cb574fd90d"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "000102030405060708090a0b0c0d0e0f",
        "bfa1733d07afa03cb3f2eeb81bbde037",
        "000000000000000000000000000000004ce637d6ca9cdf1c2feb0d140865cddb"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "", "72543a9a07a3c18a280060653432c05c",
        "ffffffffffffffffffffffffffffffff3db09cc48f2780859351901d1014ae06"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "000102030405060708090a0b0c0d0e0f",
        "404aa73280eb830afde284ba6b18d48a",
        "ffffffffffffffffffffffffffffffff0fae016c086fc20546b374c24f3ebad0"},
};

static void assert_zeros(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], 0);
}

static struct secret secret_of(const char *text)
{
	struct secret s;

	memcpy(s.key, hex(text).p, SECRET_SIZE);
	return s;
}

static void test_aead_gcm_vectors(void **state)
{
	uint8_t out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(gcm) / sizeof(*gcm); i++) {
		struct secret k = secret_of(gcm[i].key);
		const uint8_t *nonce = hex(gcm[i].nonce).p;
		struct span text = hex(gcm[i].text);
		struct span sealed = hex(gcm[i].sealed);

		assert_int_equal(aead_seal(&k, nonce, hex(gcm[i].ad), text,
		                     out), ERR_OK);
		assert_memory_equal(out, sealed.p, sealed.n);
		assert_int_equal(aead_open(&k, nonce, hex(gcm[i].ad), sealed,
		                     out), ERR_OK);
		if (text.n)
			assert_memory_equal(out, text.p, text.n);
	}
}

static void test_aead_gcm_one_bit_is_refused(void **state)
{
	struct secret k = secret_of(gcm[2].key);
	uint8_t nonce[AEAD_NONCE], ad[20], sealed[76], out[60];
	uint8_t *fields[] = {k.key, nonce, ad, sealed};
	size_t sizes[] = {SECRET_SIZE, AEAD_NONCE, 20, 76};

	(void)state;
	memcpy(nonce, hex(gcm[2].nonce).p, sizeof(nonce));
	memcpy(ad, hex(gcm[2].ad).p, sizeof(ad));
	memcpy(sealed, hex(gcm[2].sealed).p, sizeof(sealed));
	for (size_t f = 0; f < 4; f++) {
		for (size_t bit = 0; bit < sizes[f] * 8; bit++) {
			fields[f][bit / 8] ^= (uint8_t)(1 << bit % 8);
			memset(out, 0x55, sizeof(out));
			assert_int_equal(aead_open(&k, nonce, span_of(ad, 20),
			                     span_of(sealed, 76), out),
			    ERR_CRYPTO);
			assert_zeros(out, sizeof(out));
			fields[f][bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	for (size_t n = 0; n < sizeof(sealed); n++)
		assert_int_equal(aead_open(&k, nonce, span_of(ad, 20),
		                     span_of(sealed, n), out), ERR_CRYPTO);
	assert_int_equal(aead_open(&k, nonce, span_of(ad, 20),
	                     span_of(sealed, 76), out), ERR_OK);
}

static void test_aead_siv_vectors(void **state)
{
	uint8_t out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(siv) / sizeof(*siv); i++) {
		const uint8_t *key = hex(siv[i].key).p;
		struct span text = hex(siv[i].text);
		struct span sealed = hex(siv[i].sealed);

		assert_int_equal(aead_siv_seal(key, hex(siv[i].ad), text, out),
		    ERR_OK);
		assert_memory_equal(out, sealed.p, sealed.n);
		assert_int_equal(aead_siv_open(key, hex(siv[i].ad), sealed,
		                     out), ERR_OK);
		assert_memory_equal(out, text.p, text.n);
	}
}

static void test_aead_siv_one_bit_is_refused(void **state)
{
	uint8_t key[AEAD_SIV_KEY], ad[12], sealed[56], out[40];
	uint8_t *fields[] = {key, ad, sealed};
	size_t sizes[] = {sizeof(key), sizeof(ad), sizeof(sealed)};

	(void)state;
	memcpy(key, hex(siv[4].key).p, sizeof(key));
	memcpy(ad, hex(siv[4].ad).p, sizeof(ad));
	memcpy(sealed, hex(siv[4].sealed).p, sizeof(sealed));
	for (size_t f = 0; f < 3; f++) {
		for (size_t bit = 0; bit < sizes[f] * 8; bit++) {
			fields[f][bit / 8] ^= (uint8_t)(1 << bit % 8);
			memset(out, 0x55, sizeof(out));
			assert_int_equal(aead_siv_open(key, span_of(ad, 12),
			                     span_of(sealed, 56), out),
			    ERR_CRYPTO);
			assert_zeros(out, sizeof(out));
			fields[f][bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	for (size_t n = 0; n < sizeof(sealed); n++)
		assert_int_equal(aead_siv_open(key, span_of(ad, 12),
		                     span_of(sealed, n), out), ERR_CRYPTO);
}

static void test_aead_siv_empty_text_is_refused(void **state)
{
	uint8_t out[32];

	(void)state;
	assert_int_equal(aead_siv_seal(hex(siv[0].key).p, span_str("ad"),
	                     (struct span){0}, out), ERR_RANGE);
}

static void test_secret_equal(void **state)
{
	uint8_t a[32] = {1}, b[32] = {1};

	(void)state;
	assert_true(secret_equal(a, b, sizeof(a)));
	for (size_t bit = 0; bit < 256; bit++) {
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(secret_equal(a, b, sizeof(a)));
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	secret_wipe(a, sizeof(a));
	assert_zeros(a, sizeof(a));
	secret_wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_aead_gcm_vectors),
	    cmocka_unit_test(test_aead_gcm_one_bit_is_refused),
	    cmocka_unit_test(test_aead_siv_vectors),
	    cmocka_unit_test(test_aead_siv_one_bit_is_refused),
	    cmocka_unit_test(test_aead_siv_empty_text_is_refused),
	    cmocka_unit_test(test_secret_equal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("crypto/aead", tests, NULL, NULL);
}
