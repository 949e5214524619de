/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what an auditor hears to be signed was signed by that key as a question
 * of that time: not for another purpose, and not long ago. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "cli/open_signed.h"
#include "crypto/httpsig.h"

#define NOON_S 1795435200	/* 2026-11-23T12:00:00Z */
#define NOON INT64_C(1795435200000)
#define AUTHORITY "aval.example:8443"
#define LIST "(\"@method\" \"@authority\" \"@path\" \"content-digest\")"
#define NONCE ";nonce=\"A2crG5G1xb3g9LA-L4dRIQ\""

/* What differs from a client's question; all else is one. */
struct differs {
	const char *alg, *tag;	/* NULL: none, and a question's */
	bool other_keyid;
	int64_t created_s, life_s;	/* 0: noon, 30 s */
	const char *list;
};

static struct {
	struct sign_private *key, *other;
	struct span spki;
	char params[OPENING_PARAMS + 1];
} w;

static int make(void **state)
{
	static const uint8_t seeds[2][SIGN_ED25519_KEY] = {{1}, {2}};

	(void)state;
	assert_int_equal(sign_private_ed25519(seeds[0], &w.key), ERR_OK);
	assert_int_equal(sign_private_ed25519(seeds[1], &w.other), ERR_OK);
	w.spki = sign_public_spki(sign_private_public(w.key));
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	sign_private_free(w.key);
	sign_private_free(w.other);
	return 0;
}

static void write_params(const struct differs *d)
{
	const struct sign_private *by = d->other_keyid ? w.other : w.key;
	long long from = d->created_s ? d->created_s : NOON_S;
	uint8_t id[SIGN_KEY_ID];
	char keyid[SIGN_KEY_ID_TEXT];
	int n;

	sign_public_id(sign_private_public(by), id);
	sign_key_id_text(id, keyid);
	n = snprintf(w.params, sizeof(w.params), "%s;created=%lld;expires=%lld"
	    NONCE ";keyid=\"%s\"%s%s%s;tag=\"%s\"", d->list ? d->list : LIST,
	    from, from + (long long)(d->life_s ? d->life_s : 30), keyid,
	    d->alg ? ";alg=\"" : "", d->alg ? d->alg : "", d->alg ? "\"" : "",
	    d->tag ? d->tag : "ecluse-v1");
	assert_true(n > 0 && n < (int)sizeof(w.params));
}

/* Signed by the key, over all that it says. */
static struct opening signed_of(const struct differs *d)
{
	struct opening o = {.path = span_str("/fhir/x")};
	char digest[HTTPSIG_DIGEST_TEXT], hash[TEXT_B64_SIZE(32)];
	struct buf base;

	write_params(d);
	o.params = span_str(w.params);
	sign_public_id(sign_private_public(w.key), o.key_id);
	(void)text_b64(o.digest, 32, hash);
	(void)snprintf(digest, sizeof(digest), "sha-256=:%s:", hash);
	buf_init(&base, 2048);
	buf_printf(&base, "\"@method\": POST\n\"@authority\": " AUTHORITY "\n"
	    "\"@path\": /fhir/x\n\"content-digest\": %s\n"
	    "\"@signature-params\": %s", digest, w.params);
	assert_int_equal(base.err, ERR_OK);
	assert_int_equal(
	    sign_make(w.key, buf_span(&base), o.signature), ERR_OK);
	buf_release(&base);
	return o;
}

static enum err judged(struct differs d, int64_t time_ms)
{
	struct opening o = signed_of(&d);

	return open_signed(&o, w.spki, span_str(AUTHORITY), time_ms);
}

static void test_a_question_is_signed(void **state)
{
	struct opening o;

	(void)state;
	assert_int_equal(judged((struct differs){.alg = NULL}, NOON), ERR_OK);
	assert_int_equal(
	    judged((struct differs){.alg = "ed25519"}, NOON), ERR_OK);
	o = signed_of(&(struct differs){.alg = NULL});
	assert_int_equal(open_signed(&o, w.spki,
	    span_str("other.example"), NOON), ERR_CRYPTO);
	o.digest[0] ^= 1;
	assert_int_equal(open_signed(&o, w.spki,
	    span_str(AUTHORITY), NOON), ERR_CRYPTO);
	o.key_id[0] ^= 1;
	assert_int_equal(open_signed(&o, w.spki,
	    span_str(AUTHORITY), NOON), ERR_CRYPTO);
}

static void test_what_it_says_of_itself_holds(void **state)
{
	(void)state;
	assert_int_equal(judged(
	    (struct differs){.other_keyid = true}, NOON), ERR_CRYPTO);
	assert_int_equal(judged(
	    (struct differs){.alg = "ecdsa-p256-sha256"}, NOON), ERR_CRYPTO);
	assert_int_equal(judged(
	    (struct differs){.alg = "rsa-v1_5-sha256"}, NOON), ERR_SHAPE);
	assert_int_equal(judged(
	    (struct differs){.tag = "another"}, NOON), ERR_SHAPE);
	assert_int_equal(judged((struct differs){
	    .list = LIST ";x=1"}, NOON), ERR_SHAPE);
}

static void test_it_is_of_that_time(void **state)
{
	const struct differs usual = {.life_s = 30};

	(void)state;
	assert_int_equal(judged(usual, NOON - 60000), ERR_OK);
	assert_int_equal(judged(usual, NOON - 61000), ERR_RANGE);
	assert_int_equal(judged(usual, NOON + 690999), ERR_OK);
	assert_int_equal(judged(usual, NOON + 691000), ERR_RANGE);
	assert_int_equal(judged(usual, INT64_MAX), ERR_RANGE);
	assert_int_equal(judged(usual, 0), ERR_RANGE);
	assert_int_equal(judged((struct differs){.life_s = 31}, NOON),
	    ERR_RANGE);
	assert_int_equal(judged((struct differs){.life_s = -1}, NOON),
	    ERR_RANGE);
	assert_int_equal(judged((struct differs){
	    .created_s = 999999999900, .life_s = 30}, NOON), ERR_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_question_is_signed),
	    cmocka_unit_test(test_what_it_says_of_itself_holds),
	    cmocka_unit_test(test_it_is_of_that_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make, unmake);
}
