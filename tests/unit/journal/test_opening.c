/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: an opening comes back whole under its own key and leaf, and under no
 * other. */
#include <string.h>
#include "rig.h"
#include "failing.h"
#include "crypto/aead.h"
#include "journal/months.h"
#include "journal/opening.h"

static struct opening sample(void)
{
	static const char params[] = "(\"@method\" \"@authority\" \"@path\" "
	    "\"content-digest\");created=1763801523;expires=1763801553";
	struct opening o = {.site = span_str("TESTSITE01"),
	    .rpps = span_str("10000000001"), .cell = 4, .number = 99887766,
	    .proof = OPENING_CARD | OPENING_NIR, .domain = span_str("OPTI"),
	    .care_day = -3, .path = span_str("/fhir/x"),
	    .params = span_str(params)};

	memset(o.key_id, 1, sizeof(o.key_id));
	memset(o.blinding, 2, sizeof(o.blinding));
	memset(o.question, 3, sizeof(o.question));
	memset(o.signature, 4, sizeof(o.signature));
	memset(o.digest, 5, sizeof(o.digest));
	return o;
}

/* What seals one opening, and the leaf that it belongs to. */
struct sealed {
	struct secret key;
	uint8_t bytes[OPENING_SIZE];
	struct leaf leaf;
};

static struct sealed seal(const struct opening *o)
{
	struct sealed s = {.leaf = {.kind = LEAF_ASKED}};

	memset(s.key.key, 6, sizeof(s.key.key));
	assert_int_equal(opening_seal(o, &s.key, s.bytes, s.leaf.commitment,
	    s.leaf.opening_hash), ERR_OK);
	return s;
}

static enum err reopen(const struct sealed *s, struct opening *ret)
{
	static uint8_t plain[OPENING_PLAIN];

	return opening_open(span_of(s->bytes, sizeof(s->bytes)), &s->leaf,
	    &s->key, plain, ret);
}

static void test_an_opening_comes_back_whole(void **state)
{
	struct opening o = sample(), back;
	struct sealed s = seal(&o);
	uint8_t a[OPENING_PLAIN], b[OPENING_PLAIN];

	(void)state;
	assert_int_equal(reopen(&s, &back), ERR_OK);
	assert_int_equal(back.number, 99887766);
	assert_int_equal(back.care_day, -3);
	assert_true(span_is(back.site, "TESTSITE01"));
	assert_true(span_equal(back.params, o.params));
	assert_int_equal(opening_pack(&o, a), ERR_OK);
	assert_int_equal(opening_pack(&back, b), ERR_OK);
	assert_memory_equal(a, b, OPENING_PLAIN);
}

static void test_the_longest_texts_fit_and_longer_ones_do_not(void **state)
{
	static uint8_t letters[OPENING_PARAMS + 1];
	uint8_t p[OPENING_PLAIN];
	struct opening o = sample(), back;

	(void)state;
	memset(letters, 'x', sizeof(letters));
	o.site = span_of(letters, OPENING_SITE);
	o.rpps = span_of(letters, OPENING_RPPS);
	o.domain = span_of(letters, LIMIT_DOMAIN);
	o.path = span_of(letters, OPENING_PATH);
	o.params = span_of(letters, OPENING_PARAMS);
	assert_int_equal(opening_pack(&o, p), ERR_OK);
	assert_int_equal(opening_unpack(p, &back), ERR_OK);
	assert_int_equal(back.params.n, OPENING_PARAMS);
	o.site.n++;
	assert_int_equal(opening_pack(&o, p), ERR_LIMIT);
	o.site.n--;
	o.rpps.n++;
	assert_int_equal(opening_pack(&o, p), ERR_LIMIT);
	o.rpps.n--;
	o.domain.n++;
	assert_int_equal(opening_pack(&o, p), ERR_LIMIT);
	o.domain.n--;
	o.path.n++;
	assert_int_equal(opening_pack(&o, p), ERR_LIMIT);
	o.path.n--;
	o.params.n++;
	assert_int_equal(opening_pack(&o, p), ERR_LIMIT);
	o.params.n--;
	o.proof = 16;
	assert_int_equal(opening_pack(&o, p), ERR_RANGE);
}

static void test_every_flipped_bit_of_the_plaintext_is_seen(void **state)
{
	struct opening o = sample(), back;
	uint8_t p[OPENING_PLAIN], again[OPENING_PLAIN];
	unsigned refused = 0;

	(void)state;
	assert_int_equal(opening_pack(&o, p), ERR_OK);
	for (size_t bit = 0; bit < 8 * OPENING_PLAIN; bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (opening_unpack(p, &back)) {
			refused++;
		} else {
			assert_int_equal(opening_pack(&back, again), ERR_OK);
			assert_memory_equal(p, again, OPENING_PLAIN);
		}
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(refused > 8 * 100);	/* the padding, at least */
}

static void test_every_flipped_bit_of_the_ciphertext_is_refused(void **state)
{
	struct opening o = sample(), back;
	struct sealed s = seal(&o);

	(void)state;
	for (size_t bit = 0; bit < 8 * OPENING_SIZE; bit++) {
		s.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(reopen(&s, &back), ERR_CORRUPT);
		/* whoever alters the leaf too meets the tag */
		hash_sha256(span_of(s.bytes, OPENING_SIZE),
		    s.leaf.opening_hash);
		assert_int_equal(reopen(&s, &back), ERR_CRYPTO);
		s.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		hash_sha256(span_of(s.bytes, OPENING_SIZE),
		    s.leaf.opening_hash);
	}
	assert_int_equal(reopen(&s, &back), ERR_OK);
}

static void test_other_keys_leaves_and_lengths_are_refused(void **state)
{
	struct opening o = sample(), back;
	struct sealed s = seal(&o), other;
	uint8_t plain[OPENING_PLAIN];

	(void)state;
	s.key.key[31] ^= 1;
	assert_int_equal(reopen(&s, &back), ERR_CRYPTO);
	s.key.key[31] ^= 1;
	for (size_t i = 0; i < HASH_SIZE; i++) {
		s.leaf.commitment[i] ^= 1;	/* nonce, or compared */
		assert_int_not_equal(reopen(&s, &back), ERR_OK);
		s.leaf.commitment[i] ^= 1;
	}
	o.blinding[0] ^= 1;
	other = seal(&o);
	assert_int_equal(opening_open(span_of(other.bytes, OPENING_SIZE),
	    &s.leaf, &s.key, plain, &back), ERR_CORRUPT);
	assert_int_equal(opening_open(span_of(s.bytes, OPENING_SIZE - 1),
	    &s.leaf, &s.key, plain, &back), ERR_SHAPE);
}

static void test_a_cipher_that_fails_gives_nothing(void **state)
{
	struct opening o = sample(), back = {.number = 5};
	struct sealed s = seal(&o);
	uint8_t commitment[HASH_SIZE] = {7}, hash[HASH_SIZE] = {7},
	    zero[HASH_SIZE] = {7};

	(void)state;
	failing_set(FAILING_CIPHER, 0, 0);
	assert_int_equal(opening_seal(&o, &s.key, s.bytes, commitment, hash),
	    ERR_CRYPTO);
	assert_true(failing_end());
	assert_memory_equal(commitment, zero, HASH_SIZE);
	assert_memory_equal(hash, zero, HASH_SIZE);
	o.params.n = OPENING_PARAMS + 1;
	assert_int_equal(opening_seal(&o, &s.key, s.bytes, commitment, hash),
	    ERR_LIMIT);
	o = sample();
	s = seal(&o);
	failing_set(FAILING_CIPHER, 0, 0);
	assert_int_equal(reopen(&s, &back), ERR_CRYPTO);
	assert_true(failing_end());
	assert_int_equal(back.number, 5);
}

/* What was sealed and is no opening; and one of another commitment. */
static void test_sealed_bytes_that_are_no_opening(void **state)
{
	struct opening o = sample(), back;
	struct sealed s = seal(&o);
	uint8_t p[OPENING_PLAIN];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(opening_pack(&o, p), ERR_OK);
		/* another version; another person than was committed to */
		p[i ? 1 + SIGN_KEY_ID : 0] ^= 0x40;
		assert_int_equal(aead_seal(&s.key, s.leaf.commitment,
		    span_of(NULL, 0), span_of(p, sizeof(p)), s.bytes), ERR_OK);
		hash_sha256(span_of(s.bytes, OPENING_SIZE),
		    s.leaf.opening_hash);
		assert_int_equal(
		    reopen(&s, &back), i ? ERR_CORRUPT : ERR_SHAPE);
	}
}

/* Each text longer than it may be, and the line of a bundle. */
static void test_lengths_and_lines_beyond_their_range(void **state)
{
	static const size_t room[] = {OPENING_SITE, OPENING_RPPS,
	    LIMIT_DOMAIN, OPENING_PATH, OPENING_PARAMS};
	struct opening o = {.key_id = {1}}, back;
	uint8_t p[OPENING_PLAIN], *at;

	(void)state;
	assert_int_equal(opening_pack(&o, p), ERR_OK);
	/* five lengths of nothing stand behind the digest */
	at = p + 1 + SIGN_KEY_ID + 4 + 8 + LEAF_BLINDING + OPENING_QUESTION +
	    1 + 4 + SIGN_SIZE + HASH_SIZE;
	for (size_t i = 0; i < 5; i++) {
		put_be16(at + 2 * i, (uint16_t)room[i]);
		assert_int_equal(opening_unpack(p, &back), ERR_OK);
		put_be16(at + 2 * i, (uint16_t)(room[i] + 1));
		assert_int_equal(opening_unpack(p, &back), ERR_SHAPE);
		put_be16(at + 2 * i, UINT16_MAX);	/* past the end */
		assert_int_equal(opening_unpack(p, &back), ERR_SHAPE);
		put_be16(at + 2 * i, 0);
	}
	p[0] = 2;	/* with a line */
	at += 10;
	*at = 0;
	assert_int_equal(opening_unpack(p, &back), ERR_SHAPE);
	*at = LIMIT_BUNDLE_LINES;
	assert_int_equal(opening_unpack(p, &back), ERR_OK);
	assert_int_equal(back.line, LIMIT_BUNDLE_LINES);
	*at = LIMIT_BUNDLE_LINES + 1;
	assert_int_equal(opening_unpack(p, &back), ERR_SHAPE);
}

/* A line of a bundle has a version of its own. */
static void test_a_line_comes_back(void **state)
{
	struct opening o = sample(), back;
	uint8_t p[OPENING_PLAIN], again[OPENING_PLAIN];

	(void)state;
	for (uint8_t line = 0; line <= LIMIT_BUNDLE_LINES; line++) {
		o.line = line;
		assert_int_equal(opening_pack(&o, p), ERR_OK);
		assert_int_equal(p[0], line ? 2 : 1);
		assert_int_equal(opening_unpack(p, &back), ERR_OK);
		assert_int_equal(back.line, line);
		assert_int_equal(opening_pack(&back, again), ERR_OK);
		assert_memory_equal(p, again, OPENING_PLAIN);
	}
}

/* The index of a torn batch is used again, under the same key. */
static void test_one_key_used_twice_has_two_nonces(void **state)
{
	struct opening a = sample(), b = sample();
	struct sealed x = seal(&a), y;
	unsigned same = 0;

	(void)state;
	b.blinding[31] ^= 1;
	y = seal(&b);
	for (size_t i = 0; i < OPENING_SIZE; i++)
		same += x.bytes[i] == y.bytes[i];
	/* unrelated streams agree in one byte of 256 */
	assert_true(same < 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_opening_comes_back_whole),
	    cmocka_unit_test(
	        test_the_longest_texts_fit_and_longer_ones_do_not),
	    cmocka_unit_test(test_every_flipped_bit_of_the_plaintext_is_seen),
	    cmocka_unit_test(
	        test_every_flipped_bit_of_the_ciphertext_is_refused),
	    cmocka_unit_test(test_other_keys_leaves_and_lengths_are_refused),
	    cmocka_unit_test(test_one_key_used_twice_has_two_nonces),
	    cmocka_unit_test(test_a_cipher_that_fails_gives_nothing),
	    cmocka_unit_test(test_sealed_bytes_that_are_no_opening),
	    cmocka_unit_test(test_lengths_and_lines_beyond_their_range),
	    cmocka_unit_test(test_a_line_comes_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
