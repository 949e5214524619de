/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: the one profile of RFC 9421 is what another implementation makes
 * (vectors by npm http-message-signatures 1.0.6); every changed bit and every
 * other spelling is refused; a verified question is these very bytes. */
#include <stdio.h>
#include "crypto/hash.h"
#include "crypto/hex.h"
#include "crypto/httpsig.h"

#define LIST "(\"@method\" \"@authority\" \"@path\" \"content-digest\")"
#define C ";created=1763760000"
#define E ";expires=1763760030"
#define N ";nonce=\"AAECAwQFBgcICQoLDA0ODw\""
#define K ";keyid=\"BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k\""
#define A ";alg=\"ed25519\""
#define T ";tag=\"ecluse-v1\""

static const char body[] = "{\"resourceType\":\"Parameters\"}";
static const char digest[] =
    "sha-256=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA=:";
#define TWO_DIGESTS                                                           \
	"sha-256=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA=:,"             \
	"sha-256=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA=:"
static const char input[] = "ecluse=" LIST C E N K A T;
static const char signature[] =
    "ecluse=:uHM+1r30m4hPD1qVkwCd6s2ljXXr6mKKgBlTMj8pbQxjSH+jpZaaR1CoCUz3eC"
    "iDuj6UZA8+Cxb3KGXrSJZHAQ==:";
static const char get_input[] =
    "ecluse=(\"@method\" \"@authority\" \"@path\")" T K N E C;
static const char get_signature[] =
    "ecluse=:DmXtcUp7cLzt4xZgBiyM16Ibt9FMZmwwe8cAzSpUDTwHpBTIIrydCaoGuPUEft"
    "y3jEc9nLVsF0Vn/essm62iDg==:";

static const char answer_body[] =
    "{\"resourceType\":\"CoverageEligibilityResponse\"}";
static const char answer_digest[] =
    "sha-256=:o2/MtetmJ/yRqhkNgL0AMdvGkJ1zZ6pOAuNIZifiAHg=:";
#define ANSWER_PARAMS                                                         \
	";created=1763760001"                                                 \
	";keyid=\"3rLe053Cb84OYIW2_DS_a1lBkTu_4uphQRPP-eAEwXA\""              \
	";alg=\"ed25519\";tag=\"ecluse-answer-v1\""
static const char answer_input[] =
    "ecluse=(\"@status\" \"content-digest\" \"content-type\""
    " \"signature\";req;key=\"ecluse\")" ANSWER_PARAMS;
static const char answer_signature[] =
    "ecluse=:dl+fh7PQFS0cAOSdQ+dseL7Bgp5lwz67rbeESQ4wLA3zOMlyX8KQfx4K2QqeOu"
    "Y7yKkjheNY6Hq+ihy4GSnZAg==:";
static const char free_input[] =
    "ecluse=(\"@status\" \"content-digest\" \"content-type\")" ANSWER_PARAMS;
static const char free_signature[] =
    "ecluse=:HGe8eUkwVBh3I1E5Cr4FXa4JZJPZooR6fJlcOypfCSZvl8SBg3zpXgHc1oG7yT"
    "pylvmtuXI1N2mAMXNtyjAlDA==:";

struct keys {
	struct sign_private *asker, *keeper, *p256;
};

static int setup(void **state)
{
	struct keys *k = calloc(1, sizeof(*k));
	struct random random = random_system();

	/* RFC 8032 §7.1, TEST 1 and TEST 2 */
	assert_int_equal(sign_private_ed25519(hex("9d61b19deffd5a60ba844af492e"
	    "c2cc44449c5697b326919703bac031cae7f60").p, &k->asker), ERR_OK);
	assert_int_equal(sign_private_ed25519(hex("4ccd089b28ff96da9db6c346ec1"
	    "14e0f5b8a319f35aba624da8cf6ed4fb8a6fb").p, &k->keeper), ERR_OK);
	assert_int_equal(sign_private_make(SIGN_P256, &random, &k->p256),
	    ERR_OK);
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct keys *k = *state;

	sign_private_free(k->asker);
	sign_private_free(k->keeper);
	sign_private_free(k->p256);
	free(k);
	return 0;
}

static struct httpsig_question question(void)
{
	return (struct httpsig_question){span_str("POST"),
	    span_str("tp.example"),
	    span_str("/fhir/CoverageEligibilityRequest/$submit"),
	    span_str(digest)};
}

/* Parses and verifies, as the keeper does once it knows the key. */
static enum err verify(const struct httpsig_question *q, struct span b,
    struct span in, struct span sig, const struct sign_private *key)
{
	const struct sign_public *public = sign_private_public(key);
	struct httpsig_input parsed;
	uint8_t hash[HASH_SIZE];
	enum err e = httpsig_input_parse(in, &parsed);

	if (e)
		return e;
	e = httpsig_question_verify(q, b, &parsed, sig, public);
	hash_sha256(b, hash);
	assert_int_equal(e, httpsig_question_verify_hash(q,
	    parsed.digest || b.n > 0 ? hash : NULL, &parsed, sig, public));
	/* neither another body's hash nor none where one is signed */
	hash[0] ^= 1;
	assert_true(!parsed.digest || httpsig_question_verify_hash(
	    q, hash, &parsed, sig, public));
	assert_true(!parsed.digest || httpsig_question_verify_hash(
	    q, NULL, &parsed, sig, public));
	return e;
}

static void test_httpsig_input_parse(void **state)
{
	struct httpsig_input in;
	uint8_t id[SIGN_KEY_ID];
	struct keys *k = *state;

	assert_int_equal(httpsig_input_parse(span_str(input), &in), ERR_OK);
	assert_int_equal(in.created_s, 1763760000);
	assert_int_equal(in.expires_s, 1763760030);
	assert_hex(in.nonce, sizeof(in.nonce),
	    "000102030405060708090a0b0c0d0e0f");
	sign_public_id(sign_private_public(k->asker), id);
	assert_memory_equal(in.keyid, id, sizeof(id));
	assert_int_equal(in.alg, SIGN_ED25519);
	assert_true(in.digest);
	assert_true(span_is(in.params, input + strlen("ecluse=")));
	assert_int_equal(httpsig_input_parse(span_str(get_input), &in),
	    ERR_OK);
	assert_false(in.digest);
	assert_int_equal(in.alg, SIGN_NONE);
}

static void test_httpsig_question_base_exact(void **state)
{
	struct httpsig_question q = question();
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(httpsig_question_base(&q,
	                     span_str(input + strlen("ecluse=")), &out),
	    ERR_OK);
	assert_true(span_is(buf_span(&out),
	    "\"@method\": POST\n\"@authority\": tp.example\n"
	    "\"@path\": /fhir/CoverageEligibilityRequest/$submit\n"
	    "\"content-digest\": "
	    "sha-256=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA=:\n"
	    "\"@signature-params\": " LIST C E N K A T));
	buf_release(&out);
}

static void test_httpsig_question_of_others(void **state)
{
	struct keys *k = *state;
	struct httpsig_question q = question();
	struct httpsig_question get = {span_str("GET"),
	    span_str("tp.example:8443"), span_str("/fhir/metadata"), {0}};

	assert_int_equal(verify(&q, span_str(body), span_str(input),
	                     span_str(signature), k->asker), ERR_OK);
	assert_int_equal(verify(&get, (struct span){0}, span_str(get_input),
	                     span_str(get_signature), k->asker), ERR_OK);
	assert_int_equal(verify(&q, span_str(body), span_str(input),
	                     span_str(signature), k->keeper), ERR_CRYPTO);
}

static void test_httpsig_input_other_spellings(void **state)
{
	static const char *const bad[] = {
	    "", "ecluse=", "ecluse=" LIST, LIST C E N K A T,
	    /* each one missing */
	    "ecluse=" LIST E N K A T, "ecluse=" LIST C N K A T,
	    "ecluse=" LIST C E K A T, "ecluse=" LIST C E N A T,
	    "ecluse=" LIST C E N K A,
	    /* each one twice */
	    "ecluse=" LIST C C E N K A T, "ecluse=" LIST C E E N K A T,
	    "ecluse=" LIST C E N N K A T, "ecluse=" LIST C E N K K A T,
	    "ecluse=" LIST C E N K A A T, "ecluse=" LIST C E N K A T T,
	    /* another label, another tag, two signatures, one unknown */
	    "sig1=" LIST C E N K A T, "Ecluse=" LIST C E N K A T,
	    "ecluse=" LIST C E N K A ";tag=\"ecluse-v2\"",
	    "ecluse=" LIST C E N K A T ", ecluse=" LIST C E N K A T,
	    "ecluse=" LIST C E N K A T ";x=1", "ecluse=" LIST C E N K A T ";",
	    "ecluse=" LIST C E N K A T ";tag", "ecluse=" LIST C E N K A T " ",
	    /* spaces */
	    "ecluse =" LIST C E N K A T, "ecluse= " LIST C E N K A T,
	    "ecluse=" LIST " " C E N K A T, "ecluse=" LIST C "; " E N K A T,
	    /* other components */
	    "ecluse=(\"@method\" \"@authority\" \"@path\" \"content-digest\""
	    " \"date\")" C E N K A T,
	    "ecluse=(\"@authority\" \"@method\" \"@path\" \"content-digest\")"
	    C E N K A T,
	    "ecluse=(\"@method\" \"@path\" \"content-digest\")" C E N K A T,
	    "ecluse=(\"@method\"  \"@authority\" \"@path\""
	    " \"content-digest\")" C E N K A T,
	    "ecluse=()" C E N K A T,
	    /* values */
	    "ecluse=" LIST ";created=-1" E N K A T,
	    "ecluse=" LIST ";created=01" E N K A T,
	    "ecluse=" LIST ";created=1.0" E N K A T,
	    "ecluse=" LIST ";created=\"1763760000\"" E N K A T,
	    "ecluse=" LIST ";created=1000000000000" E N K A T,
	    "ecluse=" LIST ";created=" E N K A T,
	    "ecluse=" LIST C E ";nonce=\"AAECAwQFBgcICQoLDA0OD\"" K A T,
	    "ecluse=" LIST C E ";nonce=\"AAECAwQFBgcICQoLDA0ODx\"" K A T,
	    "ecluse=" LIST C E ";nonce=\"AAECAwQFBgcICQoLDA0ODw==\"" K A T,
	    "ecluse=" LIST C E ";nonce=\"AAECAwQFBgcICQoLDA0O+w\"" K A T,
	    "ecluse=" LIST C E ";nonce=AAECAwQFBgcICQoLDA0ODw" K A T,
	    "ecluse=" LIST C E ";nonce=:AAECAwQFBgcICQoLDA0ODw==:" K A T,
	    "ecluse=" LIST C E N ";keyid=\"BuP9j9opu2CrWVV95h7bCuzb\"" A T,
	    "ecluse=" LIST C E N ";keyid=\"\"" A T,
	    "ecluse=" LIST C E N K ";alg=\"rsa-pss-sha512\"" T,
	    "ecluse=" LIST C E N K ";alg=\"none\"" T,
	    "ecluse=" LIST C E N K ";alg=ed25519" T,
	    "ecluse=" LIST C E N K ";alg=\"ed\\25519\"" T,
	};
	struct httpsig_input in = {.created_s = 42};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(httpsig_input_parse(span_str(bad[i]), &in),
		    ERR_SHAPE);
	assert_int_equal(in.created_s, 42);
	assert_int_equal(httpsig_input_parse(
	    span_str("ecluse=" LIST ";created=999999999999" E N K T), &in),
	    ERR_OK);
	assert_int_equal(httpsig_input_parse(
	    span_str("ecluse=" LIST T A K N E C), &in), ERR_OK);
}

static void test_httpsig_input_too_long(void **state)
{
	char text[LIMIT_SIGNATURE_INPUT + 2];
	struct httpsig_input in;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(httpsig_input_parse(span_of(text, sizeof(text)), &in),
	    ERR_LIMIT);
}

/* Flips each bit of a text in turn; refused by whatever check. */
static void flip_each_bit(struct keys *k, char *field, const char *in,
    const char *sig, const char *dig, const char *text)
{
	struct httpsig_question q = question();

	q.content_digest = span_str(dig);
	for (size_t bit = 0; bit < strlen(field) * 8; bit++) {
		size_t n = strlen(field);

		field[bit / 8] = (char)(field[bit / 8] ^ 1 << bit % 8);
		/* a flip can make a NUL: keep the length */
		assert_int_not_equal(verify(&q, span_of(text, strlen(body)),
		                         span_of(in, strlen(input)),
		                         span_of(sig, strlen(signature)),
		                         k->asker), ERR_OK);
		field[bit / 8] = (char)(field[bit / 8] ^ 1 << bit % 8);
		assert_int_equal(strlen(field), n);
	}
}

static void test_httpsig_question_every_bit_counts(void **state)
{
	char in[sizeof(input)], sig[sizeof(signature)];
	char dig[sizeof(digest)], text[sizeof(body)];

	memcpy(in, input, sizeof(in));
	memcpy(sig, signature, sizeof(sig));
	memcpy(dig, digest, sizeof(dig));
	memcpy(text, body, sizeof(text));
	flip_each_bit(*state, in, in, sig, dig, text);
	flip_each_bit(*state, sig, in, sig, dig, text);
	flip_each_bit(*state, dig, in, sig, dig, text);
	flip_each_bit(*state, text, in, sig, dig, text);
}

static void test_httpsig_question_truncated(void **state)
{
	struct keys *k = *state;
	struct httpsig_question q = question();
	struct span b = span_str(body), i = span_str(input);
	struct span s = span_str(signature);

	for (size_t n = 0; n < i.n; n++)
		assert_int_not_equal(verify(&q, b, span_of(i.p, n), s,
		                         k->asker), ERR_OK);
	for (size_t n = 0; n < s.n; n++)
		assert_int_equal(verify(&q, b, i, span_of(s.p, n), k->asker),
		    ERR_SHAPE);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(verify(&q, span_of(b.p, n), i, s, k->asker),
		    ERR_CRYPTO);
	for (size_t n = 0; n < strlen(digest); n++) {
		q.content_digest = span_of(digest, n);
		assert_int_equal(verify(&q, b, i, s, k->asker), ERR_SHAPE);
	}
}

static void test_httpsig_question_other_message(void **state)
{
	struct keys *k = *state;
	struct httpsig_question q = question();
	struct span b = span_str(body), i = span_str(input);
	struct span s = span_str(signature);
	static const char *const shapes[][2] = {
	    {"authority", "TP.example"}, {"authority", "tp.example:443"},
	    {"authority", ""}, {"authority", "tp.example\n"},
	    {"authority", "tp example"}, {"authority", "u@tp.example"},
	    {"path", ""}, {"path", "fhir"}, {"path", "/fhir?x=1"},
	    {"path", "/fhir#x"}, {"path", "/fhir x"}, {"path", "/f\nhir"},
	    {"path", "/f\xc3\xa9"}, {"method", "post"}, {"method", "PUT"},
	    {"method", ""}, {"method", "GET"},
	};

	for (size_t n = 0; n < sizeof(shapes) / sizeof(*shapes); n++) {
		struct span v = span_str(shapes[n][1]);

		q = question();
		if (shapes[n][0][0] == 'a')
			q.authority = v;
		else if (shapes[n][0][0] == 'p')
			q.path = v;
		else
			q.method = v;
		assert_int_equal(verify(&q, b, i, s, k->asker), ERR_SHAPE);
	}
	q = question();
	q.authority = span_str("tp.example.org");
	assert_int_equal(verify(&q, b, i, s, k->asker), ERR_CRYPTO);
	q = question();
	q.path = span_str("/fhir/CoverageEligibilityRequest/$Submit");
	assert_int_equal(verify(&q, b, i, s, k->asker), ERR_CRYPTO);
}

static void test_httpsig_get_has_no_body(void **state)
{
	struct keys *k = *state;
	struct httpsig_question q = {span_str("GET"),
	    span_str("tp.example:8443"), span_str("/fhir/metadata"), {0}};
	struct span i = span_str(get_input), s = span_str(get_signature);

	assert_int_equal(verify(&q, span_str("{}"), i, s, k->asker),
	    ERR_SHAPE);
	q.content_digest = span_str(digest);
	assert_int_equal(verify(&q, (struct span){0}, i, s, k->asker),
	    ERR_SHAPE);
	q.content_digest = (struct span){0};
	q.method = span_str("POST");
	assert_int_equal(verify(&q, (struct span){0}, i, s, k->asker),
	    ERR_SHAPE);
}

static void test_httpsig_digest_other_spellings(void **state)
{
	static const char *const bad[] = {
	    "", "sha-256=", "sha-256=::",
	    "SHA-256=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA=:",
	    "sha-256=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA:",
	    "sha-256=+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA=",
	    "sha-256=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAB=:",
	    "sha-256=:-ExDVN-jDgmhPFOcYLWF9FDckzBWR-5xU22BAcwOnAA=:",
	    TWO_DIGESTS,
	    "sha-512=:+ExDVN+jDgmhPFOcYLWF9FDckzBWR+5xU22BAcwOnAA=:",
	};
	uint8_t out[32];
	char text[HTTPSIG_DIGEST_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(httpsig_digest_parse(span_str(bad[i]), out),
		    ERR_SHAPE);
	httpsig_digest(span_str(body), text);
	assert_string_equal(text, digest);
	assert_int_equal(httpsig_digest_check(span_str(digest),
	                     span_str(body)), ERR_OK);
	assert_int_equal(httpsig_digest_check(span_str(digest),
	                     span_str("{}")), ERR_CRYPTO);
}

static void test_httpsig_authority(void **state)
{
	static const char *const rows[][2] = {
	    {"TP.Example", "tp.example"}, {"tp.example:443", "tp.example"},
	    {"tp.example:8443", "tp.example:8443"},
	    {"127.0.0.1:8443", "127.0.0.1:8443"},
	    {"[::1]:443", "[::1]"}, {"[::1]:8443", "[::1]:8443"},
	};
	char out[LIMIT_AUTHORITY + 1], longest[LIMIT_AUTHORITY + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(httpsig_authority(span_str(rows[i][0]), out),
		    ERR_OK);
		assert_string_equal(out, rows[i][1]);
	}
	assert_int_equal(httpsig_authority(span_str(""), out), ERR_SHAPE);
	assert_int_equal(httpsig_authority(span_str("a/b"), out), ERR_SHAPE);
	assert_int_equal(httpsig_authority(span_of("a\0b", 3), out),
	    ERR_SHAPE);
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(httpsig_authority(
	    span_of(longest, LIMIT_AUTHORITY), out), ERR_OK);
	assert_int_equal(httpsig_authority(
	    span_of(longest, LIMIT_AUTHORITY + 1), out), ERR_LIMIT);
}

static void sign_and_verify(const struct sign_private *key, const char *method,
    const char *text)
{
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 5);
	struct httpsig_signer signer = {key, &random, 1763760000, 1763760030};
	struct httpsig_question q = question();
	struct httpsig_fields f = {0}, again = {0};

	q.method = span_str(method);
	assert_int_equal(httpsig_question_sign(&q, span_str(text), &signer,
	                     &f), ERR_OK);
	assert_int_equal(httpsig_question_sign(&q, span_str(text), &signer,
	                     &again), ERR_OK);
	assert_string_not_equal(f.input, again.input);	/* a fresh nonce */
	q.content_digest = span_str(f.digest);
	assert_int_equal(verify(&q, span_str(text), span_str(f.input),
	                     span_str(f.signature), key), ERR_OK);
	assert_int_not_equal(verify(&q, span_str(text), span_str(again.input),
	                         span_str(f.signature), key), ERR_OK);
}

static void test_httpsig_question_sign(void **state)
{
	struct keys *k = *state;

	sign_and_verify(k->asker, "POST", body);
	sign_and_verify(k->p256, "POST", body);
	sign_and_verify(k->p256, "POST", "");
	sign_and_verify(k->asker, "GET", "");
}

/* A good signature under params that name another algorithm than the key's. */
static void test_httpsig_question_alg_of_another_key(void **state)
{
	static const char other[] =
	    LIST C E N K ";alg=\"ecdsa-p256-sha256\"" T;
	struct keys *k = *state;
	struct httpsig_question q = question();
	uint8_t sig[SIGN_SIZE];
	char field[HTTPSIG_SIGNATURE_TEXT], b64[TEXT_B64_SIZE(SIGN_SIZE)];
	char in[LIMIT_SIGNATURE_INPUT];
	struct buf base;

	buf_init(&base, 4096);
	assert_int_equal(httpsig_question_base(&q, span_str(other), &base),
	    ERR_OK);
	assert_int_equal(sign_make(k->asker, buf_span(&base), sig), ERR_OK);
	(void)text_b64(sig, sizeof(sig), b64);
	(void)snprintf(field, sizeof(field), "ecluse=:%s:", b64);
	(void)snprintf(in, sizeof(in), "ecluse=%s", other);
	assert_int_equal(sign_verify(sign_private_public(k->asker),
	                     buf_span(&base), sig), ERR_OK);
	assert_int_equal(verify(&q, span_str(body), span_str(in),
	                     span_str(field), k->asker), ERR_CRYPTO);
	buf_release(&base);
}

/* An opening of the journal brings params as they are: another line in them
 * would be another component of what was signed. */
static void test_httpsig_question_params_are_one_line(void **state)
{
	static const char *const bad[] = {
	    LIST C E N K T "\n", LIST C E N K T "\n\"@path\": /other",
	    LIST C E N K "\r" T, LIST C E N K T "\x7f", LIST C E N K T "\xe9"};
	struct httpsig_question q = question();
	struct buf base;

	(void)state;
	buf_init(&base, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(httpsig_question_base(&q,
		    span_str(bad[i]), &base), ERR_SHAPE);
	assert_int_equal(httpsig_question_base(&q,
	    span_str(LIST C E N K T), &base), ERR_OK);
	buf_release(&base);
}

static void test_httpsig_question_sign_refused(void **state)
{
	struct keys *k = *state;
	struct random random = random_system();
	struct httpsig_signer signer = {k->asker, &random, -1, 2};
	struct httpsig_question q = question();
	struct httpsig_fields f;

	assert_int_equal(httpsig_question_sign(&q, span_str(body), &signer,
	                     &f), ERR_RANGE);
	signer.created_s = INT64_C(1000000000000);
	assert_int_equal(httpsig_question_sign(&q, span_str(body), &signer,
	                     &f), ERR_RANGE);
	signer.created_s = 1;
	q.method = span_str("GET");
	assert_int_equal(httpsig_question_sign(&q, span_str(body), &signer,
	                     &f), ERR_SHAPE);
	q.method = span_str("DELETE");
	assert_int_equal(httpsig_question_sign(&q, (struct span){0}, &signer,
	                     &f), ERR_SHAPE);
}

static struct httpsig_answer answer(void)
{
	return (struct httpsig_answer){200, span_str("application/fhir+json"),
	    span_str(answer_body), span_str(signature)};
}

static enum err verify_answer(const struct httpsig_answer *a, const char *in,
    const char *sig, const struct sign_private *key)
{
	int64_t created_s;
	enum err e = httpsig_answer_verify(a, span_str(answer_digest),
	    span_str(in), span_str(sig), sign_private_public(key),
	    &created_s);

	if (!e)
		assert_int_equal(created_s, 1763760001);
	return e;
}

static void test_httpsig_answer_of_others(void **state)
{
	struct keys *k = *state;
	struct httpsig_answer a = answer();
	struct httpsig_fields f;

	assert_int_equal(verify_answer(&a, answer_input, answer_signature,
	                     k->keeper), ERR_OK);
	/* Ed25519 repeats itself: we make the very same fields */
	assert_int_equal(httpsig_answer_sign(&a, 1763760001, k->keeper, &f),
	    ERR_OK);
	assert_string_equal(f.input, answer_input);
	assert_string_equal(f.signature, answer_signature);
	assert_string_equal(f.digest, answer_digest);
	a.status = 401;
	a.question = (struct span){0};
	assert_int_equal(verify_answer(&a, free_input, free_signature,
	                     k->keeper), ERR_OK);
	assert_int_equal(httpsig_answer_sign(&a, 1763760001, k->keeper, &f),
	    ERR_OK);
	assert_string_equal(f.input, free_input);
	assert_string_equal(f.signature, free_signature);
}

static void test_httpsig_answer_other_message(void **state)
{
	struct keys *k = *state;
	struct httpsig_answer a = answer();

	a.status = 201;
	assert_int_equal(verify_answer(&a, answer_input, answer_signature,
	                     k->keeper), ERR_CRYPTO);
	a = answer();
	a.content_type = span_str("application/json");
	assert_int_equal(verify_answer(&a, answer_input, answer_signature,
	                     k->keeper), ERR_CRYPTO);
	a = answer();
	a.body = span_str("{}");
	assert_int_equal(verify_answer(&a, answer_input, answer_signature,
	                     k->keeper), ERR_CRYPTO);
	a = answer();
	a.question = span_str(get_signature);	/* to another question */
	assert_int_equal(verify_answer(&a, answer_input, answer_signature,
	                     k->keeper), ERR_CRYPTO);
	a = answer();
	assert_int_equal(verify_answer(&a, answer_input, answer_signature,
	                     k->asker), ERR_UNKNOWN);
	/* an answer to nobody's question is none to a signed one */
	a.status = 401;
	assert_int_equal(verify_answer(&a, free_input, free_signature,
	                     k->keeper), ERR_SHAPE);
	a = answer();
	a.question = (struct span){0};
	assert_int_equal(verify_answer(&a, answer_input, answer_signature,
	                     k->keeper), ERR_SHAPE);
}

static void test_httpsig_answer_every_bit_counts(void **state)
{
	struct keys *k = *state;
	struct httpsig_answer a = answer();
	char in[sizeof(answer_input)], sig[sizeof(answer_signature)];
	char dig[sizeof(answer_digest)];
	struct {
		char *p;
		size_t n;
	} fields[] = {{in, sizeof(in) - 1}, {sig, sizeof(sig) - 1},
	    {dig, sizeof(dig) - 1}};
	int64_t created_s = -7;

	memcpy(in, answer_input, sizeof(in));
	memcpy(sig, answer_signature, sizeof(sig));
	memcpy(dig, answer_digest, sizeof(dig));
	for (size_t f = 0; f < 3; f++) {
		for (size_t bit = 0; bit < fields[f].n * 8; bit++) {
			char *c = &fields[f].p[bit / 8];

			*c = (char)(*c ^ 1 << bit % 8);
			assert_int_not_equal(httpsig_answer_verify(&a,
			    span_of(dig, sizeof(dig) - 1),
			    span_of(in, sizeof(in) - 1),
			    span_of(sig, sizeof(sig) - 1),
			    sign_private_public(k->keeper), &created_s),
			    ERR_OK);
			*c = (char)(*c ^ 1 << bit % 8);
		}
	}
	assert_int_equal(created_s, -7);
	for (size_t n = 0; n < sizeof(in) - 1; n++)
		assert_int_equal(httpsig_answer_verify(&a, span_str(dig),
		    span_of(in, n), span_str(sig),
		    sign_private_public(k->keeper), &created_s), ERR_SHAPE);
}

/* The key signs an answer of which one parameter is missing. */
static void test_httpsig_answer_without_a_parameter(void **state)
{
	static const char *const names[] = {
	    ";created=", ";keyid=", ";alg=", ";tag="};
	struct keys *k = *state;
	struct httpsig_answer a = answer();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char in[LIMIT_SIGNATURE_INPUT], b64[TEXT_B64_SIZE(SIGN_SIZE)];
		char field[HTTPSIG_SIGNATURE_TEXT], *from, *end;
		uint8_t sig[SIGN_SIZE];
		struct buf base;

		(void)snprintf(in, sizeof(in), "%s", answer_input);
		from = strstr(in, names[i]);
		assert_non_null(from);
		end = strchr(from + 1, ';');
		if (!end)
			end = from + strlen(from);
		memmove(from, end, strlen(end) + 1);
		buf_init(&base, 4096);
		buf_printf(&base, "\"@status\": 200\n\"content-digest\": %s\n"
		    "\"content-type\": application/fhir+json\n"
		    "\"signature\";req;key=\"ecluse\": %s\n"
		    "\"@signature-params\": %s", answer_digest,
		    signature + strlen("ecluse="), in + strlen("ecluse="));
		assert_int_equal(sign_make(k->keeper, buf_span(&base), sig),
		    ERR_OK);
		(void)text_b64(sig, sizeof(sig), b64);
		(void)snprintf(field, sizeof(field), "ecluse=:%s:", b64);
		assert_int_equal(
		    verify_answer(&a, in, field, k->keeper), ERR_SHAPE);
		buf_release(&base);
	}
}

static void test_httpsig_answer_refused_values(void **state)
{
	struct keys *k = *state;
	static const char *const types[] = {
	    "", " a", "a ", "a\nb", "a\x7f", "\xc3\xa9"};
	struct httpsig_answer a = answer();
	struct httpsig_fields f;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		a.content_type = span_str(types[i]);
		assert_int_equal(httpsig_answer_sign(&a, 1, k->keeper, &f),
		    ERR_SHAPE);
	}
	a = answer();
	a.status = 99;
	assert_int_equal(httpsig_answer_sign(&a, 1, k->keeper, &f),
	    ERR_SHAPE);
	a.status = 600;
	assert_int_equal(httpsig_answer_sign(&a, 1, k->keeper, &f),
	    ERR_SHAPE);
	a = answer();
	a.question = span_str("ecluse=:AA==:");
	assert_int_equal(httpsig_answer_sign(&a, 1, k->keeper, &f),
	    ERR_SHAPE);
	a = answer();
	assert_int_equal(httpsig_answer_sign(&a, 1, k->p256, &f), ERR_RANGE);
	assert_int_equal(httpsig_answer_sign(&a, -1, k->keeper, &f),
	    ERR_RANGE);
}

int main(void)
{
#define WITH_KEYS(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    WITH_KEYS(test_httpsig_input_parse),
	    WITH_KEYS(test_httpsig_question_base_exact),
	    WITH_KEYS(test_httpsig_question_of_others),
	    cmocka_unit_test(test_httpsig_input_other_spellings),
	    cmocka_unit_test(test_httpsig_input_too_long),
	    WITH_KEYS(test_httpsig_question_every_bit_counts),
	    WITH_KEYS(test_httpsig_question_truncated),
	    WITH_KEYS(test_httpsig_question_other_message),
	    WITH_KEYS(test_httpsig_get_has_no_body),
	    cmocka_unit_test(test_httpsig_digest_other_spellings),
	    cmocka_unit_test(test_httpsig_authority),
	    WITH_KEYS(test_httpsig_question_sign),
	    WITH_KEYS(test_httpsig_question_alg_of_another_key),
	    WITH_KEYS(test_httpsig_question_params_are_one_line),
	    WITH_KEYS(test_httpsig_question_sign_refused),
	    WITH_KEYS(test_httpsig_answer_of_others),
	    WITH_KEYS(test_httpsig_answer_other_message),
	    WITH_KEYS(test_httpsig_answer_every_bit_counts),
	    WITH_KEYS(test_httpsig_answer_without_a_parameter),
	    WITH_KEYS(test_httpsig_answer_refused_values),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name(
	    "crypto/httpsig", tests, NULL, NULL);
}
