/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs and verifies HTTP messages in our profile, for another implementation
 * of RFC 9421 to be the other side (tests/strangers/httpsig.test.mjs).
 *
 *   test_httpsig_peer ask ed25519|p256 METHOD AUTHORITY PATH BODY
 *   test_httpsig_peer heard PUB.pem METHOD AUTHORITY PATH BODY
 *	DIGEST INPUT SIGNATURE
 *   test_httpsig_peer answer STATUS TYPE BODY QUESTION
 *   test_httpsig_peer accepted PUB.pem STATUS TYPE BODY QUESTION
 *	DIGEST INPUT SIGNATURE
 *
 * ask and answer make a key and print it with the fields as one line of JSON;
 * heard and accepted print {"verdict":"..."}, "ok" or a phrase of base/err.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "crypto/httpsig.h"
#include "json/write.h"

static void check(enum err e)
{
	if (e) {
		fprintf(stderr, "%s\n", err_text(e));
		exit(1);
	}
}

static void print(const struct buf *b)
{
	check(b->err);
	printf("%.*s\n", (int)b->n, (const char *)b->p);
}

static struct sign_private *make_key(enum sign_alg alg)
{
	struct random random = random_system();
	struct sign_private *key = NULL;

	check(sign_private_make(alg, &random, &key));
	return key;
}

static void print_fields(
    const struct sign_private *key, const struct httpsig_fields *fields)
{
	struct span spki = sign_public_spki(sign_private_public(key));
	char text[TEXT_B64_SIZE(SIGN_SPKI_MAX)];
	struct json_writer w;
	struct buf b;

	text_b64(spki.p, spki.n, text);
	buf_init(&b, 4096);
	w = json_writer_of(&b);
	json_write_begin(&w, '{');
	json_write_pair(&w, "spki", text);
	json_write_pair(&w, "digest", fields->digest);
	json_write_pair(&w, "input", fields->input);
	json_write_pair(&w, "signature", fields->signature);
	json_write_end(&w, '}');
	print(&b);
	buf_release(&b);
}

static void print_verdict(enum err e)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, 256);
	w = json_writer_of(&b);
	json_write_begin(&w, '{');
	json_write_pair(&w, "verdict", e ? err_text(e) : "ok");
	json_write_end(&w, '}');
	print(&b);
	buf_release(&b);
}

static int64_t now_s(void)
{
	struct clock c = clock_system();

	return clock_wall_ms(&c) / 1000;
}

static void ask(char **a)
{
	struct random random = random_system();
	struct sign_private *key =
	    make_key(strcmp(a[0], "p256") == 0 ? SIGN_P256 : SIGN_ED25519);
	struct httpsig_question q = {.method = span_str(a[1]),
	    .authority = span_str(a[2]), .path = span_str(a[3])};
	struct httpsig_signer signer = {key, &random, now_s(), now_s() + 30};
	struct httpsig_fields fields;

	check(httpsig_question_sign(&q, span_str(a[4]), &signer, &fields));
	print_fields(key, &fields);
	sign_private_free(key);
}

static enum err hear(char **a)
{
	struct httpsig_question q = {.method = span_str(a[1]),
	    .authority = span_str(a[2]), .path = span_str(a[3]),
	    .content_digest = span_str(a[5])};
	struct sign_public *key = NULL;
	struct httpsig_input in;
	enum err e;

	check(sign_public_load(a[0], &key));
	e = httpsig_input_parse(span_str(a[6]), &in);
	if (!e)
		e = httpsig_question_verify(
		    &q, span_str(a[4]), &in, span_str(a[7]), key);
	sign_public_free(key);
	return e;
}

static struct httpsig_answer answer_of(char **a)
{
	return (struct httpsig_answer){.status = (uint16_t)strtoul(a[0],
	    NULL, 10), .content_type = span_str(a[1]), .body = span_str(a[2]),
	    .question = span_str(a[3])};
}

static void answer(char **a)
{
	struct sign_private *key = make_key(SIGN_ED25519);
	struct httpsig_answer what = answer_of(a);
	struct httpsig_fields fields;

	check(httpsig_answer_sign(&what, now_s(), key, &fields));
	print_fields(key, &fields);
	sign_private_free(key);
}

static enum err accept_it(char **a)
{
	struct httpsig_answer what = answer_of(a + 1);
	struct sign_public *key = NULL;
	int64_t created_s;
	enum err e;

	check(sign_public_load(a[0], &key));
	e = httpsig_answer_verify(&what, span_str(a[5]), span_str(a[6]),
	    span_str(a[7]), key, &created_s);
	sign_public_free(key);
	return e;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "ask") == 0 && argc == 7)
		ask(argv + 2);
	else if (strcmp(what, "heard") == 0 && argc == 10)
		print_verdict(hear(argv + 2));
	else if (strcmp(what, "answer") == 0 && argc == 6)
		answer(argv + 2);
	else if (strcmp(what, "accepted") == 0 && argc == 10)
		print_verdict(accept_it(argv + 2));
	else
		return 2;
	return 0;
}
