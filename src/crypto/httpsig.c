/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/sabotage.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/httpsig.h"
#include "crypto/secret.h"

#define LABEL "ecluse="
#define DIGEST_HEAD "sha-256=:"
#define TAG_QUESTION "ecluse-v1"
#define TAG_ANSWER "ecluse-answer-v1"
#define SECONDS_MAX UINT64_C(999999999999)	/* 12 digits */

#define POST_LIST "(\"@method\" \"@authority\" \"@path\" \"content-digest\")"
#define GET_LIST "(\"@method\" \"@authority\" \"@path\")"
#define ANSWER_LIST                                                           \
	"(\"@status\" \"content-digest\" \"content-type\""                    \
	" \"signature\";req;key=\"ecluse\")"
#define FREE_LIST "(\"@status\" \"content-digest\" \"content-type\")"

/* Parameters seen, one bit each. */
enum {
	CREATED = 1,
	EXPIRES = 2,
	NONCE = 4,
	KEYID = 8,
	ALG = 16,
	TAG = 32,
};

struct params {
	unsigned seen;
	struct span tag;
	struct httpsig_input in;
};

static bool take_head(struct span *s, const char *head)
{
	size_t n = strlen(head);

	if (s->n < n || memcmp(s->p, head, n) != 0)
		return false;
	*s = span_of(s->p + n, s->n - n);
	return true;
}

/* What stands between two quotes, with nothing that needs an escape. */
static enum err unquote(struct span in, struct span *ret)
{
	if (in.n < 2 || in.p[0] != '"' || in.p[in.n - 1] != '"')
		return ERR_SHAPE;
	in = span_of(in.p + 1, in.n - 2);
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < ' ' || in.p[i] > '~' || in.p[i] == '"' ||
		    in.p[i] == '\\')
			return ERR_SHAPE;
	*ret = in;
	return ERR_OK;
}

static enum err take_seconds(struct span value, int64_t *ret)
{
	uint64_t v;

	if (text_u64(value, SECONDS_MAX, &v))
		return ERR_SHAPE;
	*ret = (int64_t)v;
	return ERR_OK;
}

static enum err take_bytes(struct span value, uint8_t *to, size_t n)
{
	struct span text;
	size_t got;

	if (unquote(value, &text) || text.n != (n * 8 + 5) / 6 ||
	    text_unb64url(text, to, n, &got) || got != n)
		return ERR_SHAPE;
	return ERR_OK;
}

static const char *alg_name(enum sign_alg alg)
{
	return alg == SIGN_ED25519 ? "ed25519" : "ecdsa-p256-sha256";
}

static enum err take_alg(struct span value, enum sign_alg *ret)
{
	struct span text;

	if (unquote(value, &text))
		return ERR_SHAPE;
	for (enum sign_alg a = SIGN_ED25519; a <= SIGN_P256; a++) {
		if (span_is(text, alg_name(a))) {
			*ret = a;
			return ERR_OK;
		}
	}
	return ERR_SHAPE;
}

/* One parameter into p; which says which one it was. */
static enum err take_value(
    struct span name, struct span value, struct params *p, unsigned *which)
{
	if (span_is(name, "created")) {
		*which = CREATED;
		return take_seconds(value, &p->in.created_s);
	}
	if (span_is(name, "expires")) {
		*which = EXPIRES;
		return take_seconds(value, &p->in.expires_s);
	}
	if (span_is(name, "nonce")) {
		*which = NONCE;
		return take_bytes(value, p->in.nonce, HTTPSIG_NONCE);
	}
	if (span_is(name, "keyid")) {
		*which = KEYID;
		return take_bytes(value, p->in.keyid, SIGN_KEY_ID);
	}
	if (span_is(name, "alg")) {
		*which = ALG;
		return take_alg(value, &p->in.alg);
	}
	*which = TAG;
	return span_is(name, "tag") ? unquote(value, &p->tag) : ERR_SHAPE;
}

/* ;name=value and so on to the end; no value of ours holds a semicolon. */
static enum err take_params(struct span s, struct params *p)
{
	while (s.n > 0) {
		const uint8_t *end, *equals;
		struct span name, value;
		unsigned which;

		if (!take_head(&s, ";") || s.n == 0)
			return ERR_SHAPE;
		end = memchr(s.p, ';', s.n);
		if (!end)
			end = s.p + s.n;
		equals = memchr(s.p, '=', (size_t)(end - s.p));
		if (!equals)
			return ERR_SHAPE;
		name = span_of(s.p, (size_t)(equals - s.p));
		value = span_of(equals + 1, (size_t)(end - equals - 1));
		if (take_value(name, value, p, &which) || p->seen & which)
			return ERR_SHAPE;
		p->seen |= which;
		s = span_of(end, (size_t)(s.p + s.n - end));
	}
	return ERR_OK;
}

enum err httpsig_input_parse(struct span value, struct httpsig_input *ret)
{
	const unsigned must = CREATED | EXPIRES | NONCE | KEYID | TAG;
	struct params p = {0};
	struct span rest = value;

	if (value.n > LIMIT_SIGNATURE_INPUT)
		return ERR_LIMIT;
	if (!take_head(&rest, LABEL))
		return ERR_SHAPE;
	p.in.params = rest;
	p.in.digest = take_head(&rest, POST_LIST);
	if (!p.in.digest && !take_head(&rest, GET_LIST))
		return ERR_SHAPE;
	if (take_params(rest, &p))
		return ERR_SHAPE;
	if (!SABOTAGED(PROFILE) && ((p.seen & ~(unsigned)ALG) != must ||
	    !span_is(p.tag, TAG_QUESTION)))
		return ERR_SHAPE;
	*ret = p.in;
	return ERR_OK;
}

/* head, base64 of exactly n bytes, a colon. */
static enum err take_binary(
    struct span value, const char *head, uint8_t *out, size_t n)
{
	uint8_t bytes[SIGN_SIZE];
	size_t got;

	if (!take_head(&value, head) || value.n == 0 ||
	    value.p[value.n - 1] != ':')
		return ERR_SHAPE;
	value.n--;
	if (text_unb64(value, bytes, n, &got) || got != n)
		return ERR_SHAPE;
	memcpy(out, bytes, n);
	return ERR_OK;
}

enum err httpsig_signature_parse(
    struct span value, uint8_t out[static SIGN_SIZE])
{
	return take_binary(value, LABEL ":", out, SIGN_SIZE);
}

enum err httpsig_digest_parse(struct span value, uint8_t out[static 32])
{
	return take_binary(value, DIGEST_HEAD, out, HASH_SIZE);
}

enum err httpsig_digest_check(struct span value, struct span body)
{
	uint8_t is[HASH_SIZE];

	hash_sha256(body, is);
	return httpsig_digest_is(value, is);
}

enum err httpsig_digest_is(
    struct span value, const uint8_t hash[static HASH_SIZE])
{
	uint8_t want[HASH_SIZE];
	enum err e = httpsig_digest_parse(value, want);

	if (e)
		return e;
	return SABOTAGED(DIGEST) || secret_equal(want, hash, sizeof(want)) ?
	    ERR_OK : ERR_CRYPTO;
}

void httpsig_digest(struct span body, char out[static HTTPSIG_DIGEST_TEXT])
{
	uint8_t digest[HASH_SIZE];
	char text[TEXT_B64_SIZE(HASH_SIZE)];

	hash_sha256(body, digest);
	(void)text_b64(digest, sizeof(digest), text);
	(void)snprintf(
	    out, HTTPSIG_DIGEST_TEXT, DIGEST_HEAD "%s:", text);
}

static bool in_host(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    (c && strchr(".-_:[]", c));
}

enum err httpsig_authority(
    struct span in, char out[static LIMIT_AUTHORITY + 1])
{
	char low[LIMIT_AUTHORITY + 1];

	if (in.n > 4 && memcmp(in.p + in.n - 4, ":443", 4) == 0)
		in.n -= 4;
	if (in.n == 0)
		return ERR_SHAPE;
	if (in.n > LIMIT_AUTHORITY)
		return ERR_LIMIT;
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (!in_host(c))
			return ERR_SHAPE;
		low[i] = (char)c;
	}
	low[in.n] = '\0';
	memcpy(out, low, in.n + 1);
	return ERR_OK;
}

/* As httpsig_authority() would leave it. */
static bool authority_ok(struct span s)
{
	char same[LIMIT_AUTHORITY + 1];

	return !httpsig_authority(s, same) && span_is(s, same);
}

/* RFC 9421 §2.2.6; the profile knows no query. */
static bool path_ok(struct span s)
{
	if (s.n == 0 || s.n > LIMIT_PATH || s.p[0] != '/')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '?' ||
		    s.p[i] == '#')
			return false;
	return true;
}

/* Whoever reads params out of a field has parsed them; an opening of the
 * journal brings them as they are, and a line feed would make another base. */
static bool params_ok(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return s.n <= LIMIT_SIGNATURE_INPUT;
}

/* A field value as RFC 9421 §2.1 leaves it: no space at either end. */
static bool type_ok(struct span s)
{
	if (s.n == 0 || s.n > LIMIT_CONTENT_TYPE || s.p[0] == ' ' ||
	    s.p[s.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

static void put_line(struct buf *out, const char *name, struct span value)
{
	buf_text(out, name);
	buf_text(out, ": ");
	buf_put_span(out, value);
	buf_put_u8(out, '\n');
}

static void put_params(struct buf *out, struct span params)
{
	buf_text(out, "\"@signature-params\": ");
	buf_put_span(out, params);
}

enum err httpsig_question_base(const struct httpsig_question *q,
    struct span params, struct buf *out)
{
	bool post = span_is(q->method, "POST");
	uint8_t digest[HASH_SIZE];
	struct span rest = params;

	if ((!post && !span_is(q->method, "GET")) ||
	    !authority_ok(q->authority) || !path_ok(q->path) ||
	    !params_ok(params) ||
	    !take_head(&rest, post ? POST_LIST : GET_LIST))
		return ERR_SHAPE;
	if (post ? httpsig_digest_parse(q->content_digest, digest) != ERR_OK
	         : q->content_digest.n > 0)
		return ERR_SHAPE;
	put_line(out, "\"@method\"", q->method);
	put_line(out, "\"@authority\"", q->authority);
	put_line(out, "\"@path\"", q->path);
	if (post)
		put_line(out, "\"content-digest\"", q->content_digest);
	put_params(out, params);
	return out->err;
}

enum err httpsig_question_verify(const struct httpsig_question *q,
    struct span body, const struct httpsig_input *in, struct span signature,
    const struct sign_public *key)
{
	uint8_t hash[HASH_SIZE];

	hash_sha256(body, hash);
	return httpsig_question_verify_hash(q, in->digest || body.n > 0 ?
	    hash : NULL, in, signature, key);
}

enum err httpsig_question_signed(const struct httpsig_question *q,
    const uint8_t *hash, const struct httpsig_input *in,
    struct span signature, const struct sign_public *key,
    struct httpsig_signed *ret)
{
	struct buf base;
	enum err e;

	if (in->digest != (hash != NULL))
		return ERR_SHAPE;
	buf_init(&base, HTTPSIG_BASE);
	e = httpsig_question_base(q, in->params, &base);
	if (!e)
		e = httpsig_signature_parse(signature, ret->signature);
	if (!e && hash)
		e = httpsig_digest_is(q->content_digest, hash);
	if (!e && in->alg && in->alg != sign_public_alg(key))
		e = ERR_CRYPTO;
	if (!e) {
		ret->n = base.n;
		memcpy(ret->base, base.p, base.n);
	}
	buf_release(&base);
	return e;
}

enum err httpsig_question_verify_hash(const struct httpsig_question *q,
    const uint8_t *hash, const struct httpsig_input *in,
    struct span signature, const struct sign_public *key)
{
	struct httpsig_signed s;
	enum err e =
	    httpsig_question_signed(q, hash, in, signature, key, &s);

	return e ? e :
	    sign_verify(key, span_of(s.base, s.n), s.signature);
}

/* Signs base, writes the Signature field. */
static enum err seal_base(const struct sign_private *key,
    const struct buf *base, char out[static HTTPSIG_SIGNATURE_TEXT])
{
	uint8_t sig[SIGN_SIZE];
	char text[TEXT_B64_SIZE(SIGN_SIZE)];
	enum err e = base->err;

	if (!e)
		e = sign_make(key, buf_span(base), sig);
	if (e)
		return e;
	(void)text_b64(sig, sizeof(sig), text);
	(void)snprintf(out, HTTPSIG_SIGNATURE_TEXT, LABEL ":%s:", text);
	return ERR_OK;
}

static void key_id_text(
    const struct sign_public *key, char out[static SIGN_KEY_ID_TEXT])
{
	uint8_t id[SIGN_KEY_ID];

	sign_public_id(key, id);
	sign_key_id_text(id, out);
}

static bool seconds_ok(int64_t s)
{
	return s >= 0 && (uint64_t)s <= SECONDS_MAX;
}

enum err httpsig_question_sign(const struct httpsig_question *q,
    struct span body, const struct httpsig_signer *signer,
    struct httpsig_fields *ret)
{
	const struct sign_public *key = sign_private_public(signer->key);
	bool post = span_is(q->method, "POST");
	struct httpsig_question full = *q;
	struct httpsig_fields f = {0};
	uint8_t nonce[HTTPSIG_NONCE];
	char nonce_text[TEXT_B64_SIZE(HTTPSIG_NONCE)];
	char id[SIGN_KEY_ID_TEXT];
	struct buf base;
	enum err e;

	if (!seconds_ok(signer->created_s) || !seconds_ok(signer->expires_s))
		return ERR_RANGE;
	if (!post && body.n > 0)
		return ERR_SHAPE;
	if (post)
		httpsig_digest(body, f.digest);
	full.content_digest = span_str(f.digest);
	random_fill(signer->random, nonce, sizeof(nonce));
	(void)text_b64url(nonce, sizeof(nonce), nonce_text);
	key_id_text(key, id);
	(void)snprintf(f.input, sizeof(f.input),
	    LABEL "%s;created=%lld;expires=%lld;nonce=\"%s\";keyid=\"%s\""
	          ";alg=\"%s\";tag=\"" TAG_QUESTION "\"",
	    post ? POST_LIST : GET_LIST, (long long)signer->created_s,
	    (long long)signer->expires_s, nonce_text, id,
	    alg_name(sign_public_alg(key)));
	buf_init(&base, HTTPSIG_BASE);
	e = httpsig_question_base(
	    &full, span_str(f.input + strlen(LABEL)), &base);
	if (!e)
		e = seal_base(signer->key, &base, f.signature);
	buf_release(&base);
	if (!e)
		*ret = f;
	return e;
}

/* The base of an answer; its digest is given as the field's value, and params
 * begin with the list that a->question calls for. */
static enum err answer_base(const struct httpsig_answer *a,
    struct span digest, struct span params, struct buf *out)
{
	struct span member = a->question;
	uint8_t sig[SIGN_SIZE];
	char status[8];

	if (a->status < 100 || a->status > 599 || !type_ok(a->content_type))
		return ERR_SHAPE;
	if (member.n > 0 && (httpsig_signature_parse(member, sig) ||
	                        !take_head(&member, LABEL)))
		return ERR_SHAPE;
	(void)snprintf(status, sizeof(status), "%u", a->status);
	put_line(out, "\"@status\"", span_str(status));
	put_line(out, "\"content-digest\"", digest);
	put_line(out, "\"content-type\"", a->content_type);
	if (member.n > 0)
		put_line(out, "\"signature\";req;key=\"ecluse\"", member);
	put_params(out, params);
	return out->err;
}

enum err httpsig_answer_sign(const struct httpsig_answer *a,
    int64_t created_s, const struct sign_private *key,
    struct httpsig_fields *ret)
{
	const struct sign_public *public = sign_private_public(key);
	struct httpsig_fields f = {0};
	char id[SIGN_KEY_ID_TEXT];
	struct buf base;
	enum err e;

	if (!seconds_ok(created_s) || sign_public_alg(public) != SIGN_ED25519)
		return ERR_RANGE;
	httpsig_digest(a->body, f.digest);
	key_id_text(public, id);
	(void)snprintf(f.input, sizeof(f.input),
	    LABEL "%s;created=%lld;keyid=\"%s\";alg=\"ed25519\""
	          ";tag=\"" TAG_ANSWER "\"",
	    a->question.n > 0 ? ANSWER_LIST : FREE_LIST,
	    (long long)created_s, id);
	buf_init(&base, HTTPSIG_BASE);
	e = answer_base(a, span_str(f.digest),
	    span_str(f.input + strlen(LABEL)), &base);
	if (!e)
		e = seal_base(key, &base, f.signature);
	buf_release(&base);
	if (!e)
		*ret = f;
	return e;
}

/* The parameters of an answer, behind the list that the question calls for. */
static enum err answer_params(struct span rest, bool asked, struct params *p)
{
	if (!take_head(&rest, asked ? ANSWER_LIST : FREE_LIST) ||
	    take_params(rest, p) || p->seen != (CREATED | KEYID | ALG | TAG) ||
	    !span_is(p->tag, TAG_ANSWER) || p->in.alg != SIGN_ED25519)
		return ERR_SHAPE;
	return ERR_OK;
}

enum err httpsig_answer_verify(const struct httpsig_answer *a,
    struct span digest, struct span input, struct span signature,
    const struct sign_public *key, int64_t *ret_created_s)
{
	uint8_t sig[SIGN_SIZE], id[SIGN_KEY_ID];
	struct params p = {0};
	struct buf base;
	enum err e = ERR_SHAPE;

	buf_init(&base, HTTPSIG_BASE);
	if (input.n > LIMIT_SIGNATURE_INPUT || !take_head(&input, LABEL) ||
	    answer_params(input, a->question.n > 0, &p) ||
	    httpsig_signature_parse(signature, sig))
		goto out;
	e = answer_base(a, digest, input, &base);
	if (!e)
		e = httpsig_digest_check(digest, a->body);
	if (e)
		goto out;
	sign_public_id(key, id);
	if (memcmp(id, p.in.keyid, sizeof(id)) != 0)
		e = ERR_UNKNOWN;
	else if (sign_public_alg(key) != SIGN_ED25519)
		e = ERR_CRYPTO;
	else
		e = sign_verify(key, buf_span(&base), sig);
	if (!e)
		*ret_created_s = p.in.created_s;
out:
	buf_release(&base);
	return e;
}
