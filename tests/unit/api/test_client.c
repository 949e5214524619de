/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the client believes the pinned service's answer to its very question
 * and nothing else that comes down the line; it learns the time from a signed
 * refusal, once.
 *
 * libcurl is not called: its functions are wrapped by the linker, and the
 * service is a function here, honest but for one twist.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/client.h"
#include "crypto/httpsig.h"
#include "crypto/seal.h"

#define NOW INT64_C(1795341720000)
#define FHIR "application/fhir+json"
#define SEALED "application/ecluse-sealed"
#define ANSWER "{\"resourceType\":\"CoverageEligibilityResponse\"}"
#define EXPIRED "{\"issue\":[{\"details\":{\"coding\":" \
	"[{\"code\":\"expired\"}]}}]}"

enum twist {
	HONEST, UNREACHABLE, UNSIGNED, NO_INPUT, NO_DIGEST, OTHER_KEY,
	OTHER_BODY, OTHER_STATUS, OTHER_TYPE, OTHER_QUESTION, FIELD_TWICE,
	SEAL_BROKEN, SEAL_OF_ANOTHER, TOO_LONG, FIELD_TOO_LONG
};

struct service {
	struct pin pin;
	struct hpke_key *sealing;
	struct sign_private *answer, *other, *client;
	struct random_seeded seed;
	struct random random;
	struct client *c;

	enum twist twist;
	bool plain;
	int64_t ahead_ms;	/* of the client's clock */
	unsigned asked;
	char signature[200];	/* of the question before */
	struct buf question;	/* as it arrived, opened */

	/* what the client told libcurl */
	size_t (*write)(char *p, size_t size, size_t n, void *ctx);
	size_t (*field)(char *p, size_t size, size_t n, void *ctx);
	void *write_ctx, *field_ctx;
	const char *sent;
	long sent_n, status;
	struct curl_slist *fields;
	char url[400];
};

static struct service *service;	/* of the running test */

CURLcode __wrap_curl_easy_setopt(CURL *h, CURLoption o, ...);
CURLcode __wrap_curl_easy_perform(CURL *h);
CURLcode __wrap_curl_easy_getinfo(CURL *h, CURLINFO info, ...);

CURLcode __wrap_curl_easy_setopt(CURL *h, CURLoption o, ...)
{
	struct service *s = service;
	va_list ap;

	(void)h;
	va_start(ap, o);
	switch ((int)o) {
	case CURLOPT_WRITEFUNCTION:
		s->write = va_arg(ap, size_t (*)(char *, size_t, size_t, void *));
		break;
	case CURLOPT_HEADERFUNCTION:
		s->field = va_arg(ap, size_t (*)(char *, size_t, size_t, void *));
		break;
	case CURLOPT_WRITEDATA:
		s->write_ctx = va_arg(ap, void *);
		break;
	case CURLOPT_HEADERDATA:
		s->field_ctx = va_arg(ap, void *);
		break;
	case CURLOPT_POSTFIELDS:
		s->sent = va_arg(ap, const char *);
		break;
	case CURLOPT_POSTFIELDSIZE:
		s->sent_n = va_arg(ap, long);
		break;
	case CURLOPT_HTTPHEADER:
		s->fields = va_arg(ap, struct curl_slist *);
		break;
	case CURLOPT_URL:
		(void)snprintf(s->url, sizeof(s->url), "%s",
		    va_arg(ap, const char *));
		break;
	default:
		break;
	}
	va_end(ap);
	return CURLE_OK;
}

CURLcode __wrap_curl_easy_getinfo(CURL *h, CURLINFO info, ...)
{
	va_list ap;

	(void)h;
	assert_int_equal(info, CURLINFO_RESPONSE_CODE);
	va_start(ap, info);
	*va_arg(ap, long *) = service->status;
	va_end(ap);
	return CURLE_OK;
}

static struct span field_of(const struct service *s, const char *name)
{
	size_t n = strlen(name);

	for (struct curl_slist *l = s->fields; l; l = l->next)
		if (strncmp(l->data, name, n) == 0 && l->data[n] == ':')
			return span_str(l->data + n + 2);
	fail_msg("no field %s", name);
	return span_of(NULL, 0);
}

/* The question verifies, and opens when it is sealed. */
static void take_question(struct service *s, struct seal_context *seal)
{
	struct span body = span_of(s->sent, (size_t)s->sent_n);
	struct httpsig_input in;
	char keyid[SIGN_KEY_ID_TEXT];
	struct seal_about about = {.plane = span_str("flow"),
	    .authority = span_str("localhost:8443"),
	    .path = span_str(CLIENT_PATH)};
	struct httpsig_question q = {.method = span_str("POST"),
	    .authority = span_str("localhost:8443"),
	    .path = span_str(CLIENT_PATH),
	    .content_digest = field_of(s, "Content-Digest")};

	assert_int_equal(httpsig_input_parse(
	    field_of(s, "Signature-Input"), &in), ERR_OK);
	assert_int_equal(httpsig_question_verify(&q, body, &in,
	    field_of(s, "Signature"), sign_private_public(s->client)),
	    ERR_OK);
	assert_true(in.expires_s - in.created_s == LIMIT_SIGNATURE_LIFE_S);
	assert_true(in.created_s * 1000 == client_now_ms(s->c));
	sign_key_id_text(in.keyid, keyid);
	about.keyid = span_str(keyid);
	buf_clear(&s->question);
	assert_true(span_is(
	    field_of(s, "Content-Type"), s->plain ? FHIR : SEALED));
	if (s->plain)
		buf_put_span(&s->question, body);
	else
		assert_int_equal(seal_open_request(s->sealing, &about, body,
		    &s->question, seal), ERR_OK);
}

static void send_field(struct service *s, const char *name, const char *value)
{
	char line[2000];
	int n = snprintf(line, sizeof(line), "%s: %s\r\n", name, value);

	assert_int_equal(
	    s->field(line, 1, (size_t)n, s->field_ctx), (size_t)n);
}

static void send_fields(struct service *s, const struct httpsig_fields *f)
{
	char long_value[1500];

	send_field(s, "HTTP/1.1 200 OK\r\nServer", "x");
	send_field(s, "content-TYPE", s->twist == OTHER_TYPE ?
	    "application/json" : s->plain ? FHIR : SEALED);
	if (s->twist != NO_DIGEST)
		send_field(s, "Content-Digest", f->digest);
	if (s->twist != NO_INPUT)
		send_field(s, "Signature-Input", f->input);
	if (s->twist == FIELD_TWICE)
		send_field(s, "Signature", f->signature);
	memset(long_value, 'x', sizeof(long_value) - 1);
	long_value[sizeof(long_value) - 1] = '\0';
	if (s->twist == FIELD_TOO_LONG)
		send_field(s, "Signature", long_value);
	else if (s->twist != UNSIGNED)
		send_field(s, "Signature", f->signature);
	send_field(s, "Signatures", "none of ours");
}

static bool send_body(struct service *s, struct buf *body)
{
	for (size_t at = 0; at < body->n; at += 1000) {
		size_t n = body->n - at < 1000 ? body->n - at : 1000;

		if (s->write((char *)body->p + at, 1, n, s->write_ctx) != n)
			return false;
	}
	return true;
}

static void make_body(struct service *s, const char *text,
    struct seal_context *seal, struct buf *body)
{
	if (s->twist == SEAL_OF_ANOTHER)
		seal->answer.key[0] ^= 1;
	if (s->plain)
		buf_text(body, text);
	else
		assert_int_equal(seal_answer(seal, span_str(text), &s->random,
		    body), ERR_OK);
	if (s->twist == SEAL_BROKEN)
		body->p[body->n - 1] ^= 1;
	if (s->twist == TOO_LONG)
		while (body->n <= CLIENT_BODY)
			buf_put(body, text, strlen(text));
}

CURLcode __wrap_curl_easy_perform(CURL *h)
{
	struct service *s = service;
	struct seal_context seal;
	struct httpsig_fields f;
	int64_t now_s = (NOW + s->ahead_ms) / 1000;
	bool late = now_s - client_now_ms(s->c) / 1000 > LIMIT_SKEW_S;
	struct httpsig_answer a = {.status = late ? 401 : 200,
	    .content_type = span_str(s->plain ? FHIR : SEALED)};
	struct buf body;
	bool all;

	(void)h;
	if (!strstr(s->url, CLIENT_PATH))
		return CURLE_COULDNT_CONNECT;	/* the keys' note */
	s->asked++;
	if (s->twist == UNREACHABLE)
		return CURLE_COULDNT_CONNECT;
	take_question(s, &seal);
	buf_init(&body, 1u << 20);
	make_body(s, late ? EXPIRED : ANSWER, &seal, &body);
	a.body = buf_span(&body);
	a.question = s->twist == OTHER_QUESTION && s->signature[0] ?
	    span_str(s->signature) : field_of(s, "Signature");
	assert_int_equal(httpsig_answer_sign(&a, now_s,
	    s->twist == OTHER_KEY ? s->other : s->answer, &f), ERR_OK);
	(void)snprintf(s->signature, sizeof(s->signature), "%.*s",
	    (int)field_of(s, "Signature").n,
	    (const char *)field_of(s, "Signature").p);
	s->status = a.status + (s->twist == OTHER_STATUS ? 1 : 0);
	if (s->twist == OTHER_BODY)
		body.p[2] ^= 1;
	send_fields(s, &f);
	all = send_body(s, &body);
	buf_release(&body);
	return all ? CURLE_OK : CURLE_WRITE_ERROR;
}

static int64_t now(void *ctx)
{
	(void)ctx;
	return NOW;
}

static void connect_client(struct service *s, bool plain)
{
	struct client_options o = {.pin = &s->pin, .key = s->client,
	    .plain = plain, .clock = {now, now, NULL}, .random = s->random};

	client_free(s->c);
	s->c = NULL;
	s->plain = plain;
	assert_int_equal(client_new(&o, &s->c), ERR_OK);
}

static int make(void **state)
{
	struct service *s = calloc(1, sizeof(*s));

	service = s;
	s->random = random_from_seed(&s->seed, 8);
	assert_int_equal(sign_private_make(
	    SIGN_ED25519, &s->random, &s->answer), ERR_OK);
	assert_int_equal(sign_private_make(
	    SIGN_ED25519, &s->random, &s->other), ERR_OK);
	assert_int_equal(sign_private_make(
	    SIGN_P256, &s->random, &s->client), ERR_OK);
	assert_int_equal(hpke_key_make(&s->random, &s->sealing), ERR_OK);
	memcpy(s->pin.answer, sign_public_raw(sign_private_public(s->answer)),
	    SIGN_ED25519_KEY);
	(void)snprintf(s->pin.plane, sizeof(s->pin.plane), "flow");
	hpke_key_public(s->sealing, s->pin.sealing);
	(void)snprintf(s->pin.plane, sizeof(s->pin.plane), "flow");
	(void)snprintf(s->pin.url, sizeof(s->pin.url), "https://LOCALHOST:8443/x");
	buf_init(&s->question, LIMIT_BODY);
	connect_client(s, false);
	*state = s;
	return 0;
}

static int unmake(void **state)
{
	struct service *s = *state;

	client_free(s->c);
	client_free(NULL);
	sign_private_free(s->answer);
	sign_private_free(s->other);
	sign_private_free(s->client);
	hpke_key_free(s->sealing);
	buf_release(&s->question);
	free(s);
	return 0;
}

static enum client_fault ask(struct service *s, struct client_answer *a)
{
	const char *words = NULL;
	enum client_fault f =
	    client_ask(s->c, span_str("{\"q\":1}"), a, &words);

	assert_non_null(words);
	assert_int_equal(words[0] == '\0', f == CLIENT_FINE);
	return f;
}

/* One question under a twist: the fault, with nothing to believe. */
static void twisted(struct service *s, enum twist t, enum client_fault f)
{
	struct client_answer a;
	enum client_fault got;

	s->twist = t;
	got = ask(s, &a);
	if (got != f)
		fail_msg("twist %d gives fault %d instead of %d", t, got, f);
	assert_int_equal(a.body.n, 0);
	assert_int_equal(a.status, 0);
	client_answer_release(&a);
}

static void test_an_honest_answer(void **state)
{
	struct service *s = *state;

	for (int plain = 0; plain < 2; plain++) {
		struct client_answer a;

		connect_client(s, plain);
		assert_int_equal(ask(s, &a), CLIENT_FINE);
		assert_string_equal(
		    s->url, "https://LOCALHOST:8443" CLIENT_PATH);
		assert_true(span_is(buf_span(&s->question), "{\"q\":1}"));
		assert_int_equal(a.status, 200);
		assert_true(a.created_s == NOW / 1000);
		assert_memory_equal(a.body.p, ANSWER, strlen(ANSWER));
		assert_int_equal(plain,
		    span_equal(buf_span(&a.body), buf_span(&a.signed_body)));
		assert_string_not_equal(a.signature, "");
		client_answer_release(&a);
	}
	assert_int_equal(s->asked, 2);
}

static void test_answers_that_are_not_believed(void **state)
{
	struct service *s = *state;

	for (int plain = 0; plain < 2; plain++) {
		struct client_answer a;

		connect_client(s, plain);
		s->twist = HONEST;
		assert_int_equal(ask(s, &a), CLIENT_FINE);
		client_answer_release(&a);
		twisted(s, UNREACHABLE, CLIENT_TRANSPORT);
		twisted(s, UNSIGNED, CLIENT_UNSIGNED);
		twisted(s, NO_INPUT, CLIENT_UNSIGNED);
		twisted(s, NO_DIGEST, CLIENT_FORGED);
		twisted(s, OTHER_KEY, CLIENT_FORGED);
		twisted(s, OTHER_BODY, CLIENT_FORGED);
		twisted(s, OTHER_STATUS, CLIENT_FORGED);
		twisted(s, OTHER_TYPE, CLIENT_FORGED);
		/* a good answer to the question before */
		twisted(s, OTHER_QUESTION, CLIENT_FORGED);
		twisted(s, FIELD_TWICE, CLIENT_FORGED);
		twisted(s, FIELD_TOO_LONG, CLIENT_FORGED);
		twisted(s, TOO_LONG, CLIENT_TRANSPORT);
		s->twist = HONEST;
		assert_int_equal(ask(s, &a), CLIENT_FINE);
		client_answer_release(&a);
	}
}

static void test_a_seal_that_does_not_open(void **state)
{
	struct service *s = *state;

	twisted(s, SEAL_BROKEN, CLIENT_SEAL);
	twisted(s, SEAL_OF_ANOTHER, CLIENT_SEAL);
}

static void test_the_time_is_learnt_once(void **state)
{
	struct service *s = *state;
	struct client_answer a;

	s->ahead_ms = 3600000;
	assert_true(client_now_ms(s->c) == NOW);
	assert_int_equal(ask(s, &a), CLIENT_FINE);
	assert_int_equal(a.status, 200);
	assert_int_equal(s->asked, 2);
	assert_true(client_now_ms(s->c) == NOW + 3600000);
	client_answer_release(&a);
	assert_int_equal(ask(s, &a), CLIENT_FINE);
	assert_int_equal(s->asked, 3);
	client_answer_release(&a);
}

static void test_the_time_is_not_learnt_from_strangers(void **state)
{
	struct service *s = *state;

	s->ahead_ms = 3600000;
	twisted(s, OTHER_KEY, CLIENT_FORGED);
	assert_int_equal(s->asked, 1);
	assert_true(client_now_ms(s->c) == NOW);
}

static void test_where_a_client_may_go(void **state)
{
	static const char *const bad[] = {"http://localhost:8443",
	    "localhost:8443", "", "ftp://localhost", "https://",
	    "https://local host", "https://a@b"};
	struct service *s = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct client_options o = {.pin = &s->pin, .key = s->client,
		    .url = bad[i], .clock = {now, now, NULL},
		    .random = s->random};
		struct client *c = NULL;

		if (client_new(&o, &c) == ERR_OK)
			fail_msg("goes to %s", bad[i]);
		assert_null(c);
	}
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_an_honest_answer),
		WITH(test_answers_that_are_not_believed),
		WITH(test_a_seal_that_does_not_open),
		WITH(test_the_time_is_learnt_once),
		WITH(test_the_time_is_not_learnt_from_strangers),
		WITH(test_where_a_client_may_go),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
