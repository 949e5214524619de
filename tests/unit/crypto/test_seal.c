/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a sealed body opens for its key, asker, plane, authority and path
 * alone; its answer opens in its own context alone; sizes are multiples. */
#include "crypto/hash.h"
#include "crypto/hex.h"
#include "crypto/seal.h"

struct bench {
	struct random_seeded seed;
	struct random random;
	struct hpke_key *key;
	uint8_t pk[HPKE_PUBLIC];
	struct seal_about about;
	struct buf sealed, plain;
	struct seal_context asker, keeper;
};

static const char body[] = "{\"resourceType\":\"CoverageEligibilityRequest\"}";

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->random = random_from_seed(&b->seed, 11);
	assert_int_equal(hpke_key_make(&b->random, &b->key), ERR_OK);
	hpke_key_public(b->key, b->pk);
	b->about = (struct seal_about){
	    span_str("3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	    span_str("flow"), span_str("tp.example"),
	    span_str("/fhir/CoverageEligibilityRequest/$submit")};
	buf_init(&b->sealed, 65536);
	buf_init(&b->plain, 65536);
	assert_int_equal(seal_request(b->pk, &b->about, span_str(body),
	                     &b->random, &b->sealed, &b->asker), ERR_OK);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	hpke_key_free(b->key);
	buf_release(&b->sealed);
	buf_release(&b->plain);
	free(b);
	return 0;
}

static enum err open_it(struct bench *b)
{
	buf_clear(&b->plain);
	return seal_open_request(b->key, &b->about, buf_span(&b->sealed),
	    &b->plain, &b->keeper);
}

static void test_seal_request_opens(void **state)
{
	struct bench *b = *state;
	uint8_t id[8];

	assert_int_equal(b->sealed.n, strlen(body) + SEAL_OVERHEAD);
	assert_int_equal(b->sealed.p[0], 1);
	seal_key_id(b->pk, id);
	assert_memory_equal(b->sealed.p + 1, id, 8);
	assert_int_equal(open_it(b), ERR_OK);
	assert_true(span_is(buf_span(&b->plain), body));
	assert_memory_equal(&b->asker, &b->keeper, sizeof(b->asker));
}

/* The bytes are those of HPKE with the info and ad of the header. */
static void test_seal_request_is_the_documented_hpke(void **state)
{
	struct bench *b = *state;
	struct hpke_context c;
	uint8_t out[256];
	const uint8_t *p = b->sealed.p;
	size_t n = b->sealed.n - SEAL_HEAD - HPKE_PUBLIC;

	assert_int_equal(hpke_setup_receiver(b->key, p + SEAL_HEAD,
	    span_str("ecluse-sealed-v1\n"
	             "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nflow\n"
	             "tp.example\n/fhir/CoverageEligibilityRequest/$submit"),
	    &c), ERR_OK);
	assert_int_equal(hpke_open(&c, span_of(p, SEAL_HEAD),
	    span_of(p + SEAL_HEAD + HPKE_PUBLIC, n), out), ERR_OK);
	assert_memory_equal(out, body, strlen(body));
}

static void test_seal_request_every_bit_counts(void **state)
{
	struct bench *b = *state;

	for (size_t bit = 0; bit < b->sealed.n * 8; bit++) {
		enum err e;

		b->sealed.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		e = open_it(b);
		if (bit < 8)
			assert_int_equal(e, ERR_SHAPE);
		else if (bit < SEAL_HEAD * 8)
			assert_int_equal(e, ERR_UNKNOWN);
		else if (bit < (SEAL_HEAD + HPKE_PUBLIC) * 8)
			assert_int_equal(e, ERR_SHAPE);
		else
			assert_int_equal(e, ERR_CRYPTO);
		assert_int_equal(b->plain.n, 0);
		b->sealed.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(open_it(b), ERR_OK);
}

static void test_seal_request_truncated_is_refused(void **state)
{
	struct bench *b = *state;
	size_t whole = b->sealed.n;

	for (b->sealed.n = 0; b->sealed.n < whole; b->sealed.n++)
		assert_int_not_equal(open_it(b), ERR_OK);
	assert_int_equal(open_it(b), ERR_OK);
}

static void test_seal_request_bound_to_asker_and_place(void **state)
{
	struct bench *b = *state;
	struct span *fields[] = {&b->about.keyid, &b->about.plane,
	    &b->about.authority, &b->about.path};

	for (size_t i = 0; i < 4; i++) {
		struct span kept = *fields[i];

		fields[i]->n--;
		assert_int_equal(open_it(b), ERR_CRYPTO);
		*fields[i] = span_str("a\nb");
		assert_int_equal(open_it(b), ERR_SHAPE);
		*fields[i] = kept;
	}
	assert_int_equal(open_it(b), ERR_OK);
}

static void test_seal_request_empty_body(void **state)
{
	struct bench *b = *state;

	buf_clear(&b->sealed);
	assert_int_equal(seal_request(b->pk, &b->about, (struct span){0},
	                     &b->random, &b->sealed, &b->asker), ERR_OK);
	assert_int_equal(b->sealed.n, SEAL_OVERHEAD);
	assert_int_equal(open_it(b), ERR_OK);
	assert_int_equal(b->plain.n, 0);
	b->sealed.p[b->sealed.n - 1] ^= 1;
	assert_int_equal(open_it(b), ERR_CRYPTO);
}

static void test_seal_request_to_no_point(void **state)
{
	struct bench *b = *state;
	size_t before = b->sealed.n;

	b->pk[5] ^= 1;
	assert_int_equal(seal_request(b->pk, &b->about, span_str(body),
	                     &b->random, &b->sealed, &b->asker), ERR_SHAPE);
	assert_int_equal(b->sealed.n, before);
}

static void test_seal_request_over_the_limit(void **state)
{
	struct bench *b = *state;
	struct buf little;

	buf_init(&little, SEAL_OVERHEAD + strlen(body) - 1);
	assert_int_equal(seal_request(b->pk, &b->about, span_str(body),
	                     &b->random, &little, &b->asker), ERR_LIMIT);
	buf_release(&little);
	buf_init(&little, strlen(body) - 1);
	assert_int_equal(seal_open_request(b->key, &b->about,
	                     buf_span(&b->sealed), &little, &b->keeper),
	    ERR_LIMIT);
	buf_release(&little);
}

static void expect_answer(struct bench *b, size_t n, size_t padded)
{
	static uint8_t text[3 * SEAL_PAD];
	struct buf answer;

	memset(text, 'x', sizeof(text));
	buf_init(&answer, 65536);
	buf_clear(&b->plain);
	assert_int_equal(seal_answer(&b->keeper, span_of(text, n), &b->random,
	                     &answer), ERR_OK);
	assert_int_equal(answer.n, padded + SEAL_ANSWER_OVERHEAD);
	assert_int_equal(seal_open_answer(&b->asker, buf_span(&answer),
	                     &b->plain), ERR_OK);
	assert_int_equal(b->plain.n, padded);
	if (n)
		assert_memory_equal(b->plain.p, text, n);
	for (size_t i = n; i < padded; i++)
		assert_int_equal(b->plain.p[i], ' ');
	buf_release(&answer);
}

static void test_seal_answer_padded(void **state)
{
	struct bench *b = *state;

	assert_int_equal(open_it(b), ERR_OK);
	expect_answer(b, 0, SEAL_PAD);
	expect_answer(b, 1, SEAL_PAD);
	expect_answer(b, SEAL_PAD - 1, SEAL_PAD);
	expect_answer(b, SEAL_PAD, SEAL_PAD);
	expect_answer(b, SEAL_PAD + 1, 2 * SEAL_PAD);
	expect_answer(b, 2 * SEAL_PAD, 2 * SEAL_PAD);
}

static void test_seal_answer_every_bit_counts(void **state)
{
	struct bench *b = *state;
	struct buf answer;

	buf_init(&answer, 65536);
	assert_int_equal(open_it(b), ERR_OK);
	assert_int_equal(seal_answer(&b->keeper, span_str("{}"), &b->random,
	                     &answer), ERR_OK);
	for (size_t bit = 0; bit < answer.n * 8; bit++) {
		answer.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		buf_clear(&b->plain);
		assert_int_equal(seal_open_answer(&b->asker,
		                     buf_span(&answer), &b->plain),
		    ERR_CRYPTO);
		assert_int_equal(b->plain.n, 0);
		answer.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < answer.n; n++) {
		buf_release(&b->plain);	/* an empty text has no address */
		assert_int_not_equal(seal_open_answer(&b->asker,
		                         span_of(answer.p, n), &b->plain),
		    ERR_OK);
	}
	buf_release(&answer);
}

/* RFC 9458 §4.4 by the primitives alone. */
static void test_seal_answer_is_the_documented_aead(void **state)
{
	struct bench *b = *state;
	struct hpke_context c;
	struct span salt[2];
	struct secret secret, key;
	uint8_t whole[HPKE_PUBLIC + SEAL_NONCE], prk[HASH_SIZE];
	uint8_t nonce[AEAD_NONCE], out[SEAL_PAD];
	struct buf answer;

	buf_init(&answer, 65536);
	assert_int_equal(open_it(b), ERR_OK);
	assert_int_equal(seal_answer(&b->keeper, span_str("{}"), &b->random,
	                     &answer), ERR_OK);
	salt[0] = span_of(b->sealed.p + SEAL_HEAD, HPKE_PUBLIC);
	salt[1] = span_of(answer.p, SEAL_NONCE);
	memcpy(whole, salt[0].p, salt[0].n);
	memcpy(whole + salt[0].n, salt[1].p, salt[1].n);
	assert_int_equal(hpke_setup_receiver(b->key, salt[0].p,
	    span_str("ecluse-sealed-v1\n"
	             "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nflow\n"
	             "tp.example\n/fhir/CoverageEligibilityRequest/$submit"),
	    &c), ERR_OK);
	hpke_export(&c, span_str("ecluse-answer-v1"), secret.key, SECRET_SIZE);
	hash_hkdf_extract(span_of(whole, sizeof(whole)),
	    span_of(secret.key, SECRET_SIZE), prk);
	hash_hkdf_expand(prk, span_str("key"), key.key, SECRET_SIZE);
	hash_hkdf_expand(prk, span_str("nonce"), nonce, sizeof(nonce));
	assert_int_equal(aead_open(&key, nonce, (struct span){0},
	    span_of(answer.p + SEAL_NONCE, answer.n - SEAL_NONCE), out),
	    ERR_OK);
	assert_memory_equal(out, "{} ", 3);
	buf_release(&answer);
}

static void test_seal_answer_of_another_question(void **state)
{
	struct bench *b = *state;
	struct seal_context other;
	struct buf sealed, answer;

	buf_init(&sealed, 65536);
	buf_init(&answer, 65536);
	assert_int_equal(open_it(b), ERR_OK);
	assert_int_equal(seal_request(b->pk, &b->about, span_str(body),
	                     &b->random, &sealed, &other), ERR_OK);
	assert_int_equal(seal_answer(&b->keeper, span_str("{}"), &b->random,
	                     &answer), ERR_OK);
	assert_int_equal(seal_open_answer(&other, buf_span(&answer),
	                     &b->plain), ERR_CRYPTO);
	buf_release(&sealed);
	buf_release(&answer);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_seal_request_opens),
	    T(test_seal_request_is_the_documented_hpke),
	    T(test_seal_request_every_bit_counts),
	    T(test_seal_request_truncated_is_refused),
	    T(test_seal_request_bound_to_asker_and_place),
	    T(test_seal_request_empty_body),
	    T(test_seal_request_to_no_point),
	    T(test_seal_request_over_the_limit),
	    T(test_seal_answer_padded),
	    T(test_seal_answer_every_bit_counts),
	    T(test_seal_answer_is_the_documented_aead),
	    T(test_seal_answer_of_another_question),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("crypto/seal", tests, NULL, NULL);
}
