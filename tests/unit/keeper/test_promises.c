/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: each promised line of a bundle is proven alone by the one signature,
 * whichever lines are promised and however many; what is not promised, or
 * could not be made whole, has no word of it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "failing.h"
#include "journal/tree.h"
#include "keeper/promises.h"

static const struct secret blinding = {{9, 8, 7}};

static struct sign_private *key_of(uint8_t n)
{
	uint8_t seed[SIGN_ED25519_KEY] = {n};
	struct sign_private *k = NULL;

	assert_int_equal(sign_private_ed25519(seed, &k), ERR_OK);
	return k;
}

static struct promise of(unsigned nth)
{
	return (struct promise){
	    .origin = span_str("a.example/j"), .amc = span_str("0000000001"),
	    .site = span_str("0E2000123"), .domain = span_str("OPTI"),
	    .level = span_str("BR200"), .rules = span_str("2026-11"),
	    .index = 40 + nth, .number = 7 + nth, .cell = 3,
	    .care_day = 20779, .now_ms = INT64_C(1795341720999)};
}

static const struct random *same_random(void)
{
	static struct random_seeded seed;
	static struct random r;

	r = random_from_seed(&seed, 5);
	return &r;
}

/* A bundle's promises: bit n of which, line n is. */
static struct promises *some(uint64_t which)
{
	struct promises *p = promises_new();
	const struct random *r = same_random();

	assert_non_null(p);
	for (unsigned n = 0; n < LIMIT_BUNDLE_LINES; n++) {
		const struct promise one = of(n);

		if (which >> n & 1)
			assert_int_equal(promises_add(
			    p, n, &one, &blinding, r), ERR_OK);
	}
	return p;
}

/* What stands up to the next dot, out of base64url. */
static size_t part_of(struct span *rest, void *out, size_t room)
{
	const uint8_t *dot = memchr(rest->p, '.', rest->n);
	struct span part = span_of(
	    rest->p, dot ? (size_t)(dot - rest->p) : rest->n);
	size_t n = 0;

	assert_int_equal(text_unb64url(part, out, room, &n), ERR_OK);
	*rest = dot ? span_of(dot + 1, rest->n - part.n - 1) :
	    span_of(NULL, 0);
	return n;
}

/* The root that the JWS says, of n leaves, verified. */
static void root_of(struct span jws, uint64_t n,
    uint8_t ret[static HASH_SIZE])
{
	struct sign_private *k = key_of(1);
	const uint8_t *last = memrchr(jws.p, '.', jws.n);
	struct span rest = jws, root;
	char text[2048], want[200];
	uint8_t sig[SIGN_SIZE];
	size_t got;

	assert_non_null(last);
	got = part_of(&rest, text, sizeof(text) - 1);
	text[got] = '\0';
	assert_non_null(strstr(text, "\"typ\":\"ecluse-promises+jwt\""));
	got = part_of(&rest, text, sizeof(text) - 1);
	text[got] = '\0';
	assert_int_equal(part_of(&rest, sig, sizeof(sig)), SIGN_SIZE);
	assert_int_equal(sign_verify(sign_private_public(k),
	    span_of(jws.p, (size_t)(last - jws.p)), sig), ERR_OK);
	(void)snprintf(want, sizeof(want), ",\"n\":%llu,\"iat\":1795341720,"
	    "\"exp\":%lld}", (unsigned long long)n,
	    1795341720LL + PROMISE_LIFE_S);
	assert_non_null(strstr(text, want));
	assert_non_null(strstr(text, "{\"iss\":\"a.example/j\",\"root\":\""));
	root = span_of((uint8_t *)strstr(text, "root") + 7, 43);
	assert_int_equal(
	    text_unb64url(root, ret, HASH_SIZE, &got), ERR_OK);
	assert_int_equal(got, HASH_SIZE);
	sign_private_free(k);
}

/* Line nth is leaf place of n, and says what is promised; its leaf by the
 * header's words. */
static void is_proven(struct span line, unsigned nth, unsigned place,
    uint64_t n, const uint8_t root[static HASH_SIZE])
{
	static const char label[] = "ecluse/promise-line/v1";
	uint8_t leaf[HASH_SIZE], all[2048] = {0}, salt[16];
	char begin[16], claims[PROMISE_CLAIMS + 1], txn[40];
	struct tree_proof path = {.n = 0};
	struct span rest = line;
	size_t claims_n, at = 1 + strlen(label);

	(void)snprintf(begin, sizeof(begin), "%u.", place);
	assert_true(line.n > strlen(begin) &&
	    memcmp(line.p, begin, strlen(begin)) == 0);
	rest = span_of(line.p + strlen(begin), line.n - strlen(begin));
	claims_n = part_of(&rest, claims, PROMISE_CLAIMS);
	claims[claims_n] = '\0';
	(void)snprintf(txn, sizeof(txn), "\"txn\":\"a.example/j/%u\"",
	    40 + nth);
	assert_non_null(strstr(claims, txn));
	assert_int_equal(part_of(&rest, salt, sizeof(salt)), sizeof(salt));
	path.n = part_of(&rest, path.hash, sizeof(path.hash)) / HASH_SIZE;
	assert_int_equal(rest.n, 0);
	memcpy(all + 1, label, strlen(label));
	memcpy(all + at, salt, sizeof(salt));
	memcpy(all + at + sizeof(salt), claims, claims_n);
	hash_sha256(span_of(all, at + sizeof(salt) + claims_n), leaf);
	assert_int_equal(
	    tree_verify_inclusion(leaf, place, n, &path, root), ERR_OK);
}

static void test_each_line_is_proven_alone(void **state)
{
	static const uint64_t whichs[] = {1, 2, 3, 5, 7, 0x1f, 0xf0f0,
	    0x8000000000000001 >> (64 - LIMIT_BUNDLE_LINES), 0x155,
	    UINT64_MAX};
	struct sign_private *k = key_of(1);

	(void)state;
	for (size_t i = 0; i < sizeof(whichs) / sizeof(whichs[0]); i++) {
		uint64_t which = whichs[i] & (UINT64_MAX >>
		    (64 - LIMIT_BUNDLE_LINES));
		struct promises *p = some(which);
		unsigned n = (unsigned)__builtin_popcountll(which), at = 0;
		uint8_t root[HASH_SIZE];
		struct buf out;

		buf_init(&out, 8192);
		assert_int_equal(promises_sign(p, "a.example/j",
		    of(0).now_ms, k, &out), ERR_OK);
		root_of(buf_span(&out), n, root);
		for (unsigned nth = 0; nth < LIMIT_BUNDLE_LINES; nth++) {
			buf_clear(&out);
			promises_line(p, nth, &out);
			assert_int_equal(out.err, ERR_OK);
			if (which >> nth & 1)
				is_proven(buf_span(&out), nth, at++, n, root);
			else
				assert_int_equal(out.n, 0);
		}
		assert_int_equal(at, n);
		buf_release(&out);
		promises_free(p);
	}
	sign_private_free(k);
}

/* Two lines that say the same have two leaves: whoever has one cannot try what
 * the other says. */
static void test_lines_are_salted(void **state)
{
	const struct random *r = same_random();
	struct promises *p = promises_new();
	const struct promise one = of(0);
	struct buf a, b;

	(void)state;
	buf_init(&a, 8192);
	buf_init(&b, 8192);
	for (unsigned n = 0; n < 2; n++)
		assert_int_equal(
		    promises_add(p, n, &one, &blinding, r), ERR_OK);
	promises_line(p, 0, &a);
	promises_line(p, 1, &b);
	assert_true(a.n == b.n && memcmp(a.p + 2, b.p + 2, a.n - 2) != 0);
	buf_release(&a);
	buf_release(&b);
	promises_free(p);
}

static void test_nothing_is_promised(void **state)
{
	struct sign_private *k = key_of(1);
	struct promises *p = some(0);
	struct promise long_one = of(0);
	char origin[LIMIT_ORIGIN + 1];
	struct buf out;

	(void)state;
	buf_init(&out, 8192);
	assert_int_equal(promises_sign(p, "a.example/j", 0, k, &out), ERR_OK);
	/* one that cannot be written takes no leaf */
	memset(origin, 'o', sizeof(origin));
	long_one.origin = span_of(origin, sizeof(origin));
	long_one.index = UINT64_MAX;
	assert_int_equal(promises_add(
	    p, 3, &long_one, &blinding, same_random()), ERR_LIMIT);
	promises_line(p, 3, &out);
	assert_int_equal(promises_sign(p, "a.example/j", 0, k, &out), ERR_OK);
	assert_int_equal(out.n, 0);
	buf_release(&out);
	promises_free(p);
	promises_free(NULL);
	sign_private_free(k);
}

/* Not signed, or whole: whichever call fails. */
static void test_whatever_fails_is_said(void **state)
{
	static const enum failing_kind kinds[] = {
	    FAILING_MEMORY, FAILING_CIPHER};
	struct sign_private *k = key_of(1);

	(void)state;
	for (int i = 0; i < 2; i++) {
		bool failed = true;
		int n = 0;

		for (; failed; n++) {
			const struct promise one = of(0);
			struct promises *p;
			enum err e = ERR_NOMEM;
			struct buf out;

			buf_init(&out, 8192);
			failing_set(kinds[i], n, ENOMEM);
			p = promises_new();
			if (p)
				e = promises_add(p, 0, &one, &blinding,
				    same_random());
			if (!e)
				e = promises_sign(
				    p, "a.example/j", 0, k, &out);
			failed = failing_end();
			assert_true(!e == !failed);
			promises_free(p);
			buf_release(&out);
		}
		assert_true(n > 1);
	}
	sign_private_free(k);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_line_is_proven_alone),
		cmocka_unit_test(test_lines_are_salted),
		cmocka_unit_test(test_nothing_is_promised),
		cmocka_unit_test(test_whatever_fails_is_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
