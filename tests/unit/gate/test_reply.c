/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: an answer carries the keeper's fields and bytes and nothing else; a
 * field with a line break is refused; every refusal is an OperationOutcome
 * with its length; the head fits nginx's buffer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "gate/reply.h"

/* STDOUT of a reply, joined, with NUL. */
static char *text_of(const struct buf *b)
{
	static char text[2 * LIMIT_BODY];
	size_t n = 0;

	for (size_t at = 0; b->p[at + 1] == 6;) {
		size_t len = get_be16(b->p + at + 4);

		memcpy(text + n, b->p + at + 8, len);
		n += len;
		at += 8 + len + b->p[at + 6];
	}
	text[n] = '\0';
	return text;
}

static void test_answer_is_these_lines(void **state)
{
	const struct ask_answer a = {.status = 429,
	    .retry_after_s = 3600,
	    .content_type = span_str("application/fhir+json"),
	    .content_digest = span_str("sha-256=:x:"),
	    .signature_input = span_str("ecluse=(\"@status\")"),
	    .signature = span_str("ecluse=:y:"),
	    .body = span_str("{}")};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(reply_answer(&a, &b), ERR_OK);
	assert_string_equal(text_of(&b),
	    "Status: 429 Too Many Requests\r\n"
	    "Retry-After: 3600\r\n"
	    "Content-Type: application/fhir+json\r\n"
	    "Content-Digest: sha-256=:x:\r\n"
	    "Signature-Input: ecluse=(\"@status\")\r\n"
	    "Signature: ecluse=:y:\r\n"
	    "Content-Length: 2\r\n"
	    "Cache-Control: no-store\r\n\r\n{}");
	buf_release(&b);
}

static void test_empty_fields_have_no_line(void **state)
{
	const struct ask_answer a = {.status = 299, .body = span_str("x")};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(reply_answer(&a, &b), ERR_OK);
	assert_string_equal(text_of(&b),
	    "Status: 299 -\r\nContent-Length: 1\r\n"
	    "Cache-Control: no-store\r\n\r\nx");
	buf_release(&b);
}

static void test_field_with_control_character_refused(void **state)
{
	static const char *const bad[] = {
	    "a\r\nX: b", "a\nb", "\r", "a\x7f", "\t"};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < 5; i++)
		for (int place = 0; place < 4; place++) {
			struct ask_answer a = {.status = 200};
			struct span *fields[] = {&a.content_type,
			    &a.content_digest, &a.signature_input,
			    &a.signature};

			*fields[place] = span_str(bad[i]);
			assert_int_equal(reply_answer(&a, &b), ERR_SHAPE);
			assert_int_equal(b.n, 0);
		}
	buf_release(&b);
}

static void test_longest_answer_fits_nginx(void **state)
{
	static char letters[LIMIT_BODY];
	struct ask_answer a = {.status = 503, .retry_after_s = 65535};
	struct buf b;
	char *text;

	(void)state;
	memset(letters, 'x', sizeof(letters));
	a.content_type = span_of(letters, LIMIT_CONTENT_TYPE);
	a.content_digest = span_of(letters, LIMIT_CONTENT_DIGEST);
	a.signature_input = span_of(letters, LIMIT_SIGNATURE_INPUT);
	a.signature = span_of(letters, LIMIT_SIGNATURE);
	a.body = span_of(letters, LIMIT_BODY);
	buf_init(&b, 2 * LIMIT_BODY);
	assert_int_equal(reply_answer(&a, &b), ERR_OK);
	text = text_of(&b);
	/* fastcgi_buffer_size 8k, of which nginx uses some */
	assert_true(strstr(text, "\r\n\r\n") - text < 4096);
	buf_release(&b);
}

static void test_refusals_are_whole(void **state)
{
	(void)state;
	for (unsigned why = 1; why < REFUSE_COUNT; why++) {
		struct request_fault fault = {.why = why, .field = "Signature"};
		char length[64], *text, *body;
		struct buf b;

		buf_init(&b, 8192);
		reply_refuse(fault, span_str("GET, POST"), &b);
		assert_int_equal(b.err, ERR_OK);
		text = text_of(&b);
		body = strstr(text, "\r\n\r\n") + 4;
		(void)snprintf(length, sizeof(length),
		    "Content-Length: %zu\r\n", strlen(body));
		assert_non_null(strstr(text, length));
		assert_non_null(strstr(text,
		    "Content-Type: application/fhir+json\r\n"
		    "Allow: GET, POST\r\n"));
		assert_non_null(strstr(body, "OperationOutcome"));
		assert_null(strstr(text, " -\r\n"));	/* has its phrase */
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answer_is_these_lines),
	    cmocka_unit_test(test_empty_fields_have_no_line),
	    cmocka_unit_test(test_field_with_control_character_refused),
	    cmocka_unit_test(test_longest_answer_fits_nginx),
	    cmocka_unit_test(test_refusals_are_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
