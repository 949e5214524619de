/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a promise is a JWS that anybody with the promise key's public half can
 * verify, says exactly what its header lists, and names the person to nobody
 * but the keeper. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "failing.h"
#include "keeper/promise.h"

static const struct secret blinding = {{9, 8, 7}};

static struct sign_private *key_of(uint8_t n)
{
	uint8_t seed[SIGN_ED25519_KEY] = {n};
	struct sign_private *k = NULL;

	assert_int_equal(sign_private_ed25519(seed, &k), ERR_OK);
	return k;
}

static struct promise some(void)
{
	return (struct promise){
	    .origin = span_str("a.example/j"), .amc = span_str("0000000001"),
	    .site = span_str("0E2000123"), .domain = span_str("OPTI"),
	    .level = span_str("BR200"), .rules = span_str("2026-11"),
	    .index = 42, .number = 0x0102030405060708, .cell = 3,
	    .care_day = 20779, .now_ms = INT64_C(1795341720999)};
}

struct jws {
	struct buf text;
	struct span head, payload, signature;	/* base64url */
	char plain[2048];			/* of the payload */
};

static void write_it(const struct promise *p, struct jws *j)
{
	struct sign_private *k = key_of(1);
	const uint8_t *first, *last;
	size_t n;

	buf_init(&j->text, 4096);
	assert_int_equal(
	    promise_write(p, &blinding, k, &j->text), ERR_OK);
	first = memchr(j->text.p, '.', j->text.n);
	last = memrchr(j->text.p, '.', j->text.n);
	assert_true(first && last > first);
	j->head = span_of(j->text.p, (size_t)(first - j->text.p));
	j->payload = span_of(first + 1, (size_t)(last - first) - 1);
	j->signature = span_of(
	    last + 1, j->text.n - (size_t)(last + 1 - j->text.p));
	assert_int_equal(text_unb64url(j->payload, j->plain,
	    sizeof(j->plain) - 1, &n), ERR_OK);
	j->plain[n] = '\0';
	sign_private_free(k);
}

/* By the header's words, with nothing of promise.c. */
static void commitment(const char *txn, uint32_t cell, uint64_t number,
    char out[static TEXT_B64_SIZE(HASH_SIZE)])
{
	uint8_t salt[HASH_SIZE], hash[HASH_SIZE], all[17 + HASH_SIZE + 12];

	hash_hmac(span_of(blinding.key, SECRET_SIZE), span_str(txn), salt);
	memcpy(all, "ecluse/promise/v1", 17);
	memcpy(all + 17, salt, HASH_SIZE);
	put_be32(all + 17 + HASH_SIZE, cell);
	put_be64(all + 17 + HASH_SIZE + 4, number);
	hash_sha256(span_of(all, sizeof(all)), hash);
	text_b64url(hash, HASH_SIZE, out);
}

static void test_the_payload_is_exact(void **state)
{
	struct promise p = some();
	char cb[TEXT_B64_SIZE(HASH_SIZE)], expected[2048];
	struct jws j;

	(void)state;
	write_it(&p, &j);
	commitment("a.example/j/42", 3, p.number, cb);
	(void)snprintf(expected, sizeof(expected),
	    "{\"iss\":\"a.example/j\",\"txn\":\"a.example/j/42\","
	    "\"amc\":\"0000000001\",\"cb\":\"%s\",\"site\":\"0E2000123\","
	    "\"dom\":\"OPTI\",\"lvl\":\"BR200\",\"rul\":\"2026-11\","
	    "\"aut\":false,\"dat\":\"2026-11-22\",\"iat\":1795341720,"
	    "\"exp\":1797933720}", cb);
	assert_string_equal(j.plain, expected);
	buf_release(&j.text);
	p.authorization = true;
	write_it(&p, &j);
	assert_non_null(strstr(j.plain, "\"aut\":true,"));
	buf_release(&j.text);
}

static void test_the_signature_verifies(void **state)
{
	struct sign_private *k = key_of(1), *other = key_of(2);
	char kid[SIGN_KEY_ID_TEXT], head[300], expected[300];
	uint8_t id[SIGN_KEY_ID], sig[SIGN_SIZE];
	struct promise p = some();
	struct span message;
	struct jws j;
	size_t n;

	(void)state;
	write_it(&p, &j);
	sign_public_id(sign_private_public(k), id);
	sign_key_id_text(id, kid);
	assert_int_equal(text_unb64url(j.head, head, sizeof(head) - 1, &n),
	    ERR_OK);
	head[n] = '\0';
	(void)snprintf(expected, sizeof(expected), "{\"alg\":\"EdDSA\","
	    "\"typ\":\"ecluse-promise+jwt\",\"kid\":\"%s\"}", kid);
	assert_string_equal(head, expected);
	assert_int_equal(text_unb64url(j.signature, sig, sizeof(sig), &n),
	    ERR_OK);
	assert_int_equal(n, SIGN_SIZE);
	message = span_of(j.text.p, j.head.n + 1 + j.payload.n);
	assert_int_equal(
	    sign_verify(sign_private_public(k), message, sig), ERR_OK);
	assert_int_equal(sign_verify(sign_private_public(other), message,
	    sig), ERR_CRYPTO);
	j.text.p[j.head.n + 5] ^= 1;
	assert_int_equal(
	    sign_verify(sign_private_public(k), message, sig), ERR_CRYPTO);
	buf_release(&j.text);
	sign_private_free(k);
	sign_private_free(other);
}

/* The cb of a promise. */
static void cb_of(const struct promise *p, char out[static 44])
{
	struct jws j;
	const char *at;

	write_it(p, &j);
	at = strstr(j.plain, "\"cb\":\"");
	assert_non_null(at);
	memcpy(out, at + 6, 43);
	out[43] = '\0';
	buf_release(&j.text);
}

static void test_commitments_part_transactions_and_persons(void **state)
{
	struct promise p = some();
	char first[44], other[44];

	(void)state;
	cb_of(&p, first);
	cb_of(&p, other);
	assert_string_equal(first, other);
	p.index++;
	cb_of(&p, other);
	assert_string_not_equal(first, other);
	p = some();
	p.number++;
	cb_of(&p, other);
	assert_string_not_equal(first, other);
	p = some();
	p.cell++;
	cb_of(&p, other);
	assert_string_not_equal(first, other);
	p = some();
	p.origin = span_str("b.example/j");
	cb_of(&p, other);
	assert_string_not_equal(first, other);
	/* and nothing else: a bill of another day quotes the same person */
	p = some();
	p.care_day++;
	cb_of(&p, other);
	assert_string_equal(first, other);
}

static void test_texts_are_escaped(void **state)
{
	struct promise p = some();
	struct jws j;

	(void)state;
	p.level = span_str("A\"B\\C");
	write_it(&p, &j);
	assert_non_null(strstr(j.plain, "\"lvl\":\"A\\\"B\\\\C\""));
	buf_release(&j.text);
}

static void test_limits_leave_nothing_behind(void **state)
{
	struct sign_private *k = key_of(1);
	struct promise p = some();
	char origin[300];
	struct buf out;

	(void)state;
	memset(origin, 'o', sizeof(origin));
	buf_init(&out, 4096);
	buf_text(&out, "before ");
	p.origin = span_of(origin, LIMIT_ORIGIN);
	p.index = UINT64_MAX;
	assert_int_equal(promise_write(&p, &blinding, k, &out), ERR_OK);
	out.n = 7;
	p.origin = span_of(origin, LIMIT_ORIGIN + 1);
	assert_int_equal(promise_write(&p, &blinding, k, &out), ERR_LIMIT);
	assert_int_equal(out.n, 7);
	p.origin = span_of(origin, sizeof(origin));
	p.index = 1;
	assert_int_equal(promise_write(&p, &blinding, k, &out), ERR_LIMIT);
	p = some();
	p.level = span_of(memset(malloc(1000), 'x', 1000), 1000);
	assert_int_equal(promise_write(&p, &blinding, k, &out), ERR_LIMIT);
	free((void *)(uintptr_t)p.level.p);
	assert_int_equal(out.n, 7);
	assert_int_equal(out.err, ERR_OK);
	buf_release(&out);
	buf_init(&out, 100);
	p = some();
	assert_int_equal(promise_write(&p, &blinding, k, &out), ERR_LIMIT);
	assert_int_equal(out.n, 0);
	buf_release(&out);
	sign_private_free(k);
}

/* No promise, and not a part of one. */
static void test_whatever_fails_promises_nothing(void **state)
{
	const enum failing_kind kinds[] = {FAILING_MEMORY, FAILING_CIPHER};
	struct sign_private *k = key_of(1);
	const struct promise p = some();

	(void)state;
	for (int i = 0; i < 2; i++) {
		bool failed = true;
		int n = 0;

		for (; failed; n++) {
			struct buf out;
			enum err e;

			buf_init(&out, 4096);
			failing_set(kinds[i], n, ENOMEM);
			e = promise_write(&p, &blinding, k, &out);
			failed = failing_end();
			assert_true(!e == !failed);
			assert_true((out.n > 0) == !failed);
			buf_release(&out);
		}
		assert_true(n >= 2);
	}
	sign_private_free(k);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_payload_is_exact),
		cmocka_unit_test(test_the_signature_verifies),
		cmocka_unit_test(test_commitments_part_transactions_and_persons),
		cmocka_unit_test(test_texts_are_escaped),
		cmocka_unit_test(test_limits_leave_nothing_behind),
		cmocka_unit_test(test_whatever_fails_promises_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
