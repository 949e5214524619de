/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a token says what it was made with; nothing but the very bytes of the
 * profile, signed by the very key, inside its time, is taken. The signed
 * structure is the RFCs': their own signatures verify over it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/text.h"
#include "card/base45.h"
#include "card/cbor.h"
#include "card/token.h"

#define NOW_S INT64_C(1795341600)	/* 2026-11-22T10:00:00Z */
#define NOW_MS (NOW_S * 1000)

struct keys {
	struct sign_private *card, *other, *ed25519;
};

static struct card_token sample(void)
{
	struct card_token t = {
		.amc = "0123456789", .issued_s = NOW_S - 86400,
		.expires_s = NOW_S + 86400 * 30,
		.not_before_s = NOW_S - 3600,
		.convention = "VM", .csr = "CSR 75/1",
	};

	for (uint8_t i = 0; i < CARD_TOKEN_CTI; i++)
		t.cti[i] = (uint8_t)(i * 17 + 1);
	return t;
}

static int make_keys(void **state)
{
	static struct keys keys;
	struct random random = random_system();

	if (sign_private_make(SIGN_P256, &random, &keys.card) != ERR_OK ||
	    sign_private_make(SIGN_P256, &random, &keys.other) != ERR_OK ||
	    sign_private_make(SIGN_ED25519, &random, &keys.ed25519) != ERR_OK)
		return -1;
	*state = &keys;
	return 0;
}

static int free_keys(void **state)
{
	struct keys *keys = *state;

	sign_private_free(keys->card);
	sign_private_free(keys->other);
	sign_private_free(keys->ed25519);
	return 0;
}

static void issue(
    const struct card_token *t, const struct sign_private *k, struct buf *out)
{
	buf_init(out, LIMIT_CARD);
	assert_int_equal(card_token_issue(t, k, out), ERR_OK);
}

static enum err verify(struct span text, const struct sign_private *k)
{
	struct card_token t;

	return card_token_verify(text, sign_private_public(k), NOW_MS, &t);
}

static void assert_same(const struct card_token *a, const struct card_token *b)
{
	assert_string_equal(a->amc, b->amc);
	assert_memory_equal(a->cti, b->cti, CARD_TOKEN_CTI);
	assert_true(a->issued_s == b->issued_s);
	assert_true(a->expires_s == b->expires_s);
	assert_true(a->not_before_s == b->not_before_s);
	assert_string_equal(a->convention, b->convention);
	assert_string_equal(a->csr, b->csr);
}

static void test_a_token_says_what_it_was_made_with(void **state)
{
	struct keys *keys = *state;

	for (unsigned i = 0; i < 8; i++) {
		struct card_token t = sample(), back;
		uint8_t kid[COSE_KID], expected[COSE_KID];
		struct buf text;

		if (i & 1)
			t.not_before_s = 0;
		if (i & 2)
			t.convention[0] = '\0';
		if (i & 4)
			t.csr[0] = '\0';
		issue(&t, keys->card, &text);
		assert_int_equal(card_token_parse(buf_span(&text), &back, kid),
		    ERR_OK);
		assert_same(&t, &back);
		cose_kid(sign_private_public(keys->card), expected);
		assert_memory_equal(kid, expected, COSE_KID);
		memset(&back, 0, sizeof(back));
		assert_int_equal(card_token_verify(buf_span(&text),
		    sign_private_public(keys->card), NOW_MS, &back), ERR_OK);
		assert_same(&t, &back);
		assert_true(text.n < 250);
		buf_release(&text);
	}
}

static void test_the_longest_token_fits_its_limits(void **state)
{
	struct keys *keys = *state;
	struct card_token t = sample(), back;
	struct buf text;

	(void)snprintf(t.convention, sizeof(t.convention), "ABCDEFGH");
	(void)snprintf(t.csr, sizeof(t.csr), "01234567890123456789");
	t.expires_s = INT64_C(253402300799);
	t.issued_s = t.expires_s - 1;
	t.not_before_s = t.expires_s - 1;
	issue(&t, keys->card, &text);
	assert_int_equal(card_token_verify(buf_span(&text),
	    sign_private_public(keys->card), t.issued_s * 1000, &back),
	    ERR_OK);
	assert_same(&t, &back);
	assert_true(text.n < LIMIT_CARD);
	buf_release(&text);
}

static void test_what_may_not_stand_in_a_token_is_not_issued(void **state)
{
	static const char *const bad_amcs[] = {
		"", "012345678", "01234567X9", "+123456789",
	};
	static const char *const bad_csrs[] = { " A", "A ", "A\n", "\xc3\xa9" };
	struct keys *keys = *state;
	struct card_token t;
	struct buf text;

	buf_init(&text, LIMIT_CARD);
	for (size_t i = 0; i < sizeof(bad_amcs) / sizeof(bad_amcs[0]); i++) {
		t = sample();
		(void)snprintf(t.amc, sizeof(t.amc), "%s", bad_amcs[i]);
		assert_int_equal(card_token_issue(&t, keys->card, &text),
		    ERR_RANGE);
	}
	for (size_t i = 0; i < sizeof(bad_csrs) / sizeof(bad_csrs[0]); i++) {
		t = sample();
		(void)snprintf(t.csr, sizeof(t.csr), "%s", bad_csrs[i]);
		assert_int_equal(card_token_issue(&t, keys->card, &text),
		    ERR_RANGE);
	}
	for (unsigned i = 0; i < 6; i++) {
		t = sample();
		t.issued_s = i == 0 ? 0 : i == 1 ? t.expires_s : t.issued_s;
		t.not_before_s = i == 2 ? -1 : i == 3 ? t.expires_s :
		    t.not_before_s;
		t.expires_s = i == 4 ? INT64_C(253402300800) :
		    i == 5 ? -5 : t.expires_s;
		assert_int_equal(card_token_issue(&t, keys->card, &text),
		    ERR_RANGE);
	}
	t = sample();
	assert_int_equal(
	    card_token_issue(&t, keys->ed25519, &text), ERR_SHAPE);
	assert_int_equal(text.n, 0);
	text.max = 100;
	assert_int_equal(card_token_issue(&t, keys->card, &text), ERR_LIMIT);
	buf_release(&text);
}

/* The bytes inside a text that is known to be well formed. */
static size_t unwrap(const struct buf *text, uint8_t *out, size_t max)
{
	size_t n = 0;

	assert_int_equal(base45_decode(span_of(text->p + 4, text->n - 4), out,
	    max, &n), ERR_OK);
	return n;
}

static void wrap(struct span bytes, struct buf *out)
{
	buf_init(out, 4 * LIMIT_CARD);
	buf_text(out, CARD_TOKEN_PREFIX);
	base45_encode(bytes, out);
	assert_int_equal(out->err, ERR_OK);
}

static enum err verify_bytes(struct span bytes, const struct sign_private *k)
{
	struct buf text;
	enum err e;

	wrap(bytes, &text);
	e = verify(buf_span(&text), k);
	buf_release(&text);
	return e;
}

static void test_every_bit_flip_is_refused(void **state)
{
	struct keys *keys = *state;
	struct card_token t = sample();
	uint8_t bytes[256];
	struct buf text;
	size_t n;

	issue(&t, keys->card, &text);
	n = unwrap(&text, bytes, sizeof(bytes));
	assert_int_equal(verify_bytes(span_of(bytes, n), keys->card), ERR_OK);
	for (size_t bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(
		    verify_bytes(span_of(bytes, n), keys->card), ERR_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < text.n * 8; bit++) {
		text.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(
		    verify(buf_span(&text), keys->card), ERR_OK);
		text.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(verify(buf_span(&text), keys->card), ERR_OK);
	buf_release(&text);
}

static void test_every_cut_and_every_byte_more_is_refused(void **state)
{
	struct keys *keys = *state;
	struct card_token t = sample();
	uint8_t bytes[256];
	struct buf text;
	size_t n;

	issue(&t, keys->card, &text);
	n = unwrap(&text, bytes, sizeof(bytes) - 1);
	for (size_t len = 0; len < text.n; len++)
		assert_int_equal(verify(span_of(text.p, len), keys->card),
		    ERR_SHAPE);
	for (size_t len = 0; len < n; len++)
		assert_int_equal(
		    verify_bytes(span_of(bytes, len), keys->card), ERR_SHAPE);
	bytes[n] = 0;
	assert_int_equal(
	    verify_bytes(span_of(bytes, n + 1), keys->card), ERR_SHAPE);
	assert_int_equal(
	    verify_bytes(span_of(bytes + 1, n - 1), keys->card), ERR_SHAPE);
	buf_release(&text);
}

static void test_a_text_beyond_the_limit_is_refused(void **state)
{
	struct keys *keys = *state;
	char text[LIMIT_CARD + 2];

	memset(text, '0', sizeof(text));
	memcpy(text, CARD_TOKEN_PREFIX, 4);
	assert_int_equal(verify(span_of(text, LIMIT_CARD + 1), keys->card),
	    ERR_LIMIT);
	assert_int_equal(verify(span_of(text, LIMIT_CARD), keys->card),
	    ERR_SHAPE);
	assert_int_equal(verify(span_str("TP2:00"), keys->card), ERR_SHAPE);
	assert_int_equal(verify(span_str("tp1:00"), keys->card), ERR_SHAPE);
	assert_int_equal(verify(span_str(" TP1:00"), keys->card), ERR_SHAPE);
}

static void test_another_key_is_refused(void **state)
{
	struct keys *keys = *state;
	struct card_token t = sample();
	uint8_t bytes[256], kid[COSE_KID];
	struct buf text;
	size_t n, at;

	issue(&t, keys->other, &text);
	assert_int_equal(verify(buf_span(&text), keys->card), ERR_UNKNOWN);
	assert_int_equal(verify(buf_span(&text), keys->ed25519), ERR_UNKNOWN);
	/* the card key's kid written over the other's: tag, array, bytes 2,
	 * map, 1, -7, 4, bytes of 8 */
	n = unwrap(&text, bytes, sizeof(bytes));
	at = 8;
	cose_kid(sign_private_public(keys->other), kid);
	assert_memory_equal(bytes + at, kid, COSE_KID);
	cose_kid(sign_private_public(keys->card), kid);
	memcpy(bytes + at, kid, COSE_KID);
	assert_int_equal(
	    verify_bytes(span_of(bytes, n), keys->card), ERR_CRYPTO);
	cose_kid(sign_private_public(keys->ed25519), kid);
	memcpy(bytes + at, kid, COSE_KID);
	assert_int_equal(
	    verify_bytes(span_of(bytes, n), keys->ed25519), ERR_CRYPTO);
	buf_release(&text);
}

static void test_time_is_kept_to_the_millisecond(void **state)
{
	struct keys *keys = *state;
	const struct sign_public *key = sign_private_public(keys->card);
	struct card_token t = sample(), back = { "untouched" };
	int64_t from_ms = (t.not_before_s - LIMIT_SKEW_S) * 1000;
	int64_t to_ms = t.expires_s * 1000;
	struct buf text;

	issue(&t, keys->card, &text);
	assert_int_equal(card_token_verify(buf_span(&text), key, from_ms - 1,
	    &back), ERR_TIME);
	assert_int_equal(card_token_verify(buf_span(&text), key, to_ms, &back),
	    ERR_TIME);
	assert_string_equal(back.amc, "untouched");
	assert_int_equal(card_token_verify(buf_span(&text), key, from_ms,
	    &back), ERR_OK);
	assert_int_equal(card_token_verify(buf_span(&text), key, to_ms - 1,
	    &back), ERR_OK);
	buf_release(&text);
	assert_int_equal(card_token_state_at(&t, from_ms - 1),
	    CARD_TOKEN_EARLY);
	assert_int_equal(card_token_state_at(&t, to_ms), CARD_TOKEN_EXPIRED);
	t.not_before_s = 0;
	from_ms = (t.issued_s - LIMIT_SKEW_S) * 1000;
	assert_int_equal(card_token_state_at(&t, from_ms - 1),
	    CARD_TOKEN_EARLY);
	assert_int_equal(card_token_state_at(&t, from_ms), CARD_TOKEN_LIVE);
}

/* Claims written by hand, signed as they are by the right key. */
#define ISS "016a30313233343536373839"
#define EXP "041a6b1b0000"
#define IAT "061a6a000000"
#define CTI "0750000102030405060708090a0b0c0d0e0f"
#define ROUTE "3a00010000"

static const struct {
	const char *hex, *what;
	enum err e;
} claims[] = {
	{ "a4" ISS EXP IAT CTI, "the least", ERR_OK },
	{ "a5" ISS EXP "051a6a000001" IAT CTI, "with nbf", ERR_OK },
	{ "a5" ISS EXP IAT CTI ROUTE "a10162564d", "convention", ERR_OK },
	{ "a5" ISS EXP IAT CTI "03" "63414243", "aud, out of order",
	    ERR_SHAPE },
	{ "a5" ISS "02" "65416c696365" EXP IAT CTI, "sub: a name",
	    ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI "186463414243", "claim 100", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a0", "empty route", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a10160", "empty convention", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a10362564d", "member number",
	    ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a20262303101" "62564d",
	    "route out of order", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a20162564d01" "62564d",
	    "convention twice", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a1016961626364656667" "6869",
	    "convention of 9", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a10162c3a9", "not ASCII", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI ROUTE "a101622041", "leading space",
	    ERR_RANGE },
	{ "a4" EXP ISS IAT CTI, "order", ERR_SHAPE },
	{ "a5" ISS ISS EXP IAT CTI, "iss twice", ERR_SHAPE },
	{ "a3" EXP IAT CTI, "no iss", ERR_RANGE },
	{ "a3" ISS IAT CTI, "no exp", ERR_RANGE },
	{ "a3" ISS EXP CTI, "no iat", ERR_RANGE },
	{ "a3" ISS EXP IAT, "no cti", ERR_SHAPE },
	{ "a4" ISS EXP IAT "074f000102030405060708090a0b0c0d0e",
	    "cti of 15", ERR_SHAPE },
	{ "a4" ISS EXP IAT "0751000102030405060708090a0b0c0d0e0f10",
	    "cti of 17", ERR_SHAPE },
	{ "a4" "0169303132333435363738" EXP IAT CTI, "iss of 9", ERR_RANGE },
	{ "a4" "016b3031323334353637383941" EXP IAT CTI, "iss of 11",
	    ERR_SHAPE },
	{ "a4" "014a30313233343536373839" EXP IAT CTI, "iss as bytes",
	    ERR_SHAPE },
	{ "a4" "011b0000000100000000" EXP IAT CTI, "iss as a number",
	    ERR_SHAPE },
	{ "a4" ISS "04fb41dad8c000000000" IAT CTI, "exp as a float",
	    ERR_SHAPE },
	{ "a4" ISS "041b000000006b1b0000" IAT CTI, "exp, longer head",
	    ERR_SHAPE },
	{ "a4" ISS "0420" IAT CTI, "exp before 1970", ERR_RANGE },
	{ "a5" ISS EXP "0500" IAT CTI, "nbf 0", ERR_SHAPE },
	{ "a5" ISS EXP "051a6b1b0000" IAT CTI, "nbf at exp", ERR_RANGE },
	{ "bf" ISS EXP IAT CTI "ff", "indefinite", ERR_SHAPE },
	{ "a4" ISS EXP IAT CTI "00", "trailing byte", ERR_SHAPE },
	{ "a5" ISS EXP IAT CTI, "a pair missing", ERR_SHAPE },
	{ "84" ISS EXP IAT CTI, "an array", ERR_SHAPE },
	{ "d83d" "a4" ISS EXP IAT CTI, "CWT tag inside", ERR_SHAPE },
	{ "", "nothing", ERR_SHAPE },
};

static void test_only_the_claims_of_the_profile_are_taken(void **state)
{
	struct keys *keys = *state;

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		size_t n = strlen(claims[i].hex) / 2;
		uint8_t payload[128];
		struct buf message;
		enum err e;

		assert_int_equal(text_unhex(span_str(claims[i].hex), payload,
		    n), ERR_OK);
		buf_init(&message, 512);
		assert_int_equal(cose_sign1_make(keys->card,
		    span_of(payload, n), &message), ERR_OK);
		e = verify_bytes(buf_span(&message), keys->card);
		if (e != claims[i].e)
			fail_msg("%s: %s", claims[i].what, err_text(e));
		buf_release(&message);
	}
}

/* The structure around the claims, in other spellings, signed properly. */
static void put_message(struct buf *out, const struct sign_private *key,
    const char *header_hex, bool tag, bool unprotected)
{
	static const char payload[] = "a4" ISS EXP IAT CTI;
	uint8_t header[64], body[128], signature[SIGN_SIZE];
	size_t header_n = strlen(header_hex) / 2;
	size_t body_n = strlen(payload) / 2;
	struct buf message;

	assert_int_equal(
	    text_unhex(span_str(header_hex), header, header_n), ERR_OK);
	assert_int_equal(text_unhex(span_str(payload), body, body_n), ERR_OK);
	if (header_n >= 13)
		cose_kid(sign_private_public(key), header + 5);
	buf_init(&message, 512);
	cose_sign1_signed(span_of(header, header_n), span_of(body, body_n),
	    &message);
	assert_int_equal(
	    sign_make(key, buf_span(&message), signature), ERR_OK);
	buf_release(&message);
	buf_init(out, 512);
	if (tag)
		cbor_put_tag(out, 18);
	cbor_put_array(out, 4);
	cbor_put_bytes(out, span_of(header, header_n));
	cbor_put_map(out, unprotected);
	if (unprotected) {
		cbor_put_int(out, 4);
		cbor_put_bytes(out, span_of(header + 5, 8));
	}
	cbor_put_bytes(out, span_of(body, body_n));
	cbor_put_bytes(out, span_of(signature, SIGN_SIZE));
}

static void test_only_the_header_of_the_profile_is_taken(void **state)
{
#define KID "0448" "0000000000000000"
	static const struct {
		const char *header;
		bool tag, unprotected;
		enum err e;
	} rows[] = {
		{ "a20126" KID, true, false, ERR_OK },
		{ "a20126" KID, false, false, ERR_SHAPE },
		{ "a20126" KID, true, true, ERR_SHAPE },
		{ "a10126", true, false, ERR_SHAPE },
		{ "a20126044700000000000000", true, false, ERR_SHAPE },
		{ "a201260449" "000000000000000000", true, false, ERR_SHAPE },
		{ "a2012604680000000000000000", true, false, ERR_SHAPE },
		{ "a20127" KID, true, false, ERR_SHAPE },	/* EdDSA */
		{ "a2013822" KID, true, false, ERR_SHAPE },	/* ES384 */
		{ "a30126" KID "0500", true, false, ERR_SHAPE },
		{ "a20126" KID "00", true, false, ERR_SHAPE },
		{ "a301260281" "01" KID, true, false, ERR_SHAPE }, /* crit */
		{ "", true, false, ERR_SHAPE },
	};
	struct keys *keys = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		put_message(&out, keys->card, rows[i].header, rows[i].tag,
		    rows[i].unprotected);
		assert_int_equal(
		    verify_bytes(buf_span(&out), keys->card), rows[i].e);
		buf_release(&out);
	}
}

/* A key of another kind, named by its id, that signed as if it were ES256. */
static void test_an_ed25519_signature_is_not_taken_for_es256(void **state)
{
	struct keys *keys = *state;
	struct buf out;

	put_message(&out, keys->ed25519, "a20126" KID, true, false);
	assert_int_equal(
	    verify_bytes(buf_span(&out), keys->ed25519), ERR_CRYPTO);
	buf_release(&out);
}

struct published {
	const char *x, *y, *message, *source;
};

static const struct published published[] = {
	{ "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff",
	  "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e",
	  "d28443a10126a10442313154546869732069732074686520636f6e74656e742e"
	  "58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0"
	  "117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345ca"
	  "cb36", "RFC 9052 appendix C.2.1" },
	{ "143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f",
	  "60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9",
	  "d28443a10126a104524173796d6d657472696345434453413235365850a70175"
	  "636f61703a2f2f61732e6578616d706c652e636f6d02656572696b7703781863"
	  "6f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a56"
	  "10d9f0061a5610d9f007420b7158405427c1ff28d23fbad1f29c4c7c6a555e60"
	  "1d6fa29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f85951ecee"
	  "743a52b9b63632c57209120e1c9e30", "RFC 8392 appendix A.3" },
};

static struct sign_public *public_of(const struct published *p)
{
	static const char head[] = "3059301306072a8648ce3d020106082a8648ce3d03"
	    "010703420004";	/* SPKI of an uncompressed P-256 point */
	uint8_t spki[SIGN_P256_SPKI];
	struct sign_public *key = NULL;

	assert_int_equal(text_unhex(span_str(head), spki, 27), ERR_OK);
	assert_int_equal(text_unhex(span_str(p->x), spki + 27, 32), ERR_OK);
	assert_int_equal(text_unhex(span_str(p->y), spki + 59, 32), ERR_OK);
	assert_int_equal(sign_public_parse(span_of(spki, sizeof(spki)), &key),
	    ERR_OK);
	return key;
}

static void test_published_signatures_verify_over_our_structure(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sign_public *key = public_of(&published[i]);
		size_t n = strlen(published[i].message) / 2;
		uint8_t bytes[256];
		struct cose_sign1 m = { 0 };
		struct reader r;
		struct cbor_map map;
		int64_t label;

		assert_int_equal(text_unhex(span_str(published[i].message),
		    bytes, n), ERR_OK);
		r = reader_of(span_of(bytes, n));
		cbor_tag(&r, 18);
		cbor_array(&r, 4);
		m.header = cbor_bytes(&r);
		map = cbor_map(&r);
		while (cbor_next(&r, &map, &label))
			(void)cbor_bytes(&r);
		m.payload = cbor_bytes(&r);
		m.signature = cbor_bytes(&r).p;
		assert_true(reader_done(&r));
		if (cose_sign1_verify(&m, key) != ERR_OK)
			fail_msg("%s does not verify", published[i].source);
		bytes[n - 1] ^= 1;
		assert_int_equal(cose_sign1_verify(&m, key), ERR_CRYPTO);
		sign_public_free(key);
	}
}

static void test_the_cwt_of_rfc_8392_reads_as_it_says(void **state)
{
	static const char hex[] = "a70175636f61703a2f2f61732e6578616d706c652e"
	    "636f6d02656572696b77037818636f61703a2f2f6c696768742e6578616d706c"
	    "652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b71";
	uint8_t bytes[80];
	struct cbor_map map;
	struct reader r;
	int64_t key = 0;

	(void)state;
	assert_int_equal(text_unhex(span_str(hex), bytes, 80), ERR_OK);
	r = reader_of(span_of(bytes, 80));
	map = cbor_map(&r);
	assert_true(cbor_next(&r, &map, &key) && key == 1);
	assert_true(span_is(cbor_text(&r), "coap://as.example.com"));
	assert_true(cbor_next(&r, &map, &key) && key == 2);
	assert_true(span_is(cbor_text(&r), "erikw"));
	assert_true(cbor_next(&r, &map, &key) && key == 3);
	assert_true(span_is(cbor_text(&r), "coap://light.example.com"));
	assert_true(cbor_next(&r, &map, &key) && key == 4);
	assert_true(cbor_int(&r) == 1444064944);
	assert_true(cbor_next(&r, &map, &key) && key == 5);
	assert_true(cbor_int(&r) == 1443944944);
	assert_true(cbor_next(&r, &map, &key) && key == 6);
	assert_true(cbor_int(&r) == 1443944944);
	assert_true(cbor_next(&r, &map, &key) && key == 7);
	assert_true(span_equal(cbor_bytes(&r), span_of("\x0b\x71", 2)));
	assert_false(cbor_next(&r, &map, &key));
	assert_true(reader_done(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_says_what_it_was_made_with),
		cmocka_unit_test(test_the_longest_token_fits_its_limits),
		cmocka_unit_test(
		    test_what_may_not_stand_in_a_token_is_not_issued),
		cmocka_unit_test(test_every_bit_flip_is_refused),
		cmocka_unit_test(test_every_cut_and_every_byte_more_is_refused),
		cmocka_unit_test(test_a_text_beyond_the_limit_is_refused),
		cmocka_unit_test(test_another_key_is_refused),
		cmocka_unit_test(test_time_is_kept_to_the_millisecond),
		cmocka_unit_test(test_only_the_claims_of_the_profile_are_taken),
		cmocka_unit_test(test_only_the_header_of_the_profile_is_taken),
		cmocka_unit_test(
		    test_an_ed25519_signature_is_not_taken_for_es256),
		cmocka_unit_test(
		    test_published_signatures_verify_over_our_structure),
		cmocka_unit_test(test_the_cwt_of_rfc_8392_reads_as_it_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
