/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/sabotage.h"
#include "crypto/hash.h"
#include "crypto/seal.h"

#define VERSION 0x01
#define REQUEST_LABEL "ecluse-sealed-v1"
#define ANSWER_LABEL "ecluse-answer-v1"
#define INFO_MAX 1024

void seal_key_id(
    const uint8_t public_key[static HPKE_PUBLIC], uint8_t out[static 8])
{
	uint8_t digest[HASH_SIZE];

	hash_sha256(span_of(public_key, HPKE_PUBLIC), digest);
	memcpy(out, digest, 8);
}

/* One line of info. A line feed inside would make two readings of one info. */
static enum err put_line(struct buf *info, struct span line)
{
	if (line.n && memchr(line.p, '\n', line.n))
		return ERR_SHAPE;
	buf_put_u8(info, '\n');
	buf_put_span(info, line);
	return info->err;
}

static enum err put_info(const struct seal_about *about, struct buf *info)
{
	enum err e;

	buf_text(info, REQUEST_LABEL);
	e = put_line(info, about->keyid);
	if (!e)
		e = put_line(info, about->plane);
	if (!e)
		e = put_line(info, about->authority);
	if (!e)
		e = put_line(info, about->path);
	return e;
}

static void keep(const struct hpke_context *hpke,
    const uint8_t enc[static HPKE_PUBLIC], struct seal_context *ctx)
{
	memcpy(ctx->enc, enc, HPKE_PUBLIC);
	hpke_export(
	    hpke, span_str(ANSWER_LABEL), ctx->answer.key, SECRET_SIZE);
}

enum err seal_request(const uint8_t pk[static HPKE_PUBLIC],
    const struct seal_about *about, struct span plain,
    const struct random *random, struct buf *out, struct seal_context *ctx)
{
	struct hpke_context hpke;
	struct buf info;
	size_t start = out->n;
	uint8_t *to;
	enum err e;

	buf_init(&info, INFO_MAX);
	e = put_info(about, &info);
	if (e)
		goto out;
	to = buf_extend(out, SEAL_OVERHEAD + plain.n);
	if (!to) {
		e = out->err;
		goto out;
	}
	to[0] = VERSION;
	seal_key_id(pk, to + 1);
	e = hpke_setup_sender(
	    pk, buf_span(&info), random, to + SEAL_HEAD, &hpke);
	if (!e)
		e = hpke_seal(&hpke, span_of(to, SEAL_HEAD), plain,
		    to + SEAL_HEAD + HPKE_PUBLIC);
	if (e)
		out->n = start;
	else
		keep(&hpke, to + SEAL_HEAD, ctx);
out:
	secret_wipe(&hpke, sizeof(hpke));
	buf_release(&info);
	return e;
}

static enum err check_head(const struct hpke_key *key, struct span sealed)
{
	uint8_t point[HPKE_PUBLIC], id[8];

	if (sealed.n < SEAL_OVERHEAD || sealed.p[0] != VERSION)
		return ERR_SHAPE;
	hpke_key_public(key, point);
	seal_key_id(point, id);
	return memcmp(id, sealed.p + 1, sizeof(id)) == 0 ? ERR_OK
	                                                  : ERR_UNKNOWN;
}

enum err seal_open_request(const struct hpke_key *key,
    const struct seal_about *about, struct span sealed, struct buf *plain,
    struct seal_context *ctx)
{
	struct hpke_context hpke;
	struct buf info;
	const uint8_t *enc;
	size_t start = plain->n, n;
	uint8_t *to;
	enum err e = check_head(key, sealed);

	if (e)
		return e;
	enc = sealed.p + SEAL_HEAD;
	n = sealed.n - SEAL_HEAD - HPKE_PUBLIC;
	buf_init(&info, INFO_MAX);
	e = put_info(about, &info);
	if (!e)
		e = hpke_setup_receiver(key, enc, buf_span(&info), &hpke);
	if (e)
		goto out;
	/* of an empty text to may be NULL: ask err, and verify all the same */
	to = buf_extend(plain, n - AEAD_TAG);
	e = plain->err;
	if (!e)
		e = hpke_open(&hpke, span_of(sealed.p, SEAL_HEAD),
		    span_of(enc + HPKE_PUBLIC, n), to);
	if (e)
		plain->n = start;
	else
		keep(&hpke, enc, ctx);
out:
	secret_wipe(&hpke, sizeof(hpke));
	buf_release(&info);
	return e;
}

/* RFC 9458 §4.4: prk = Extract(enc || response nonce, exported secret). */
static void answer_keys(const struct seal_context *ctx,
    const uint8_t response_nonce[static SEAL_NONCE], struct secret *key,
    uint8_t nonce[static AEAD_NONCE])
{
	uint8_t salt[HPKE_PUBLIC + SEAL_NONCE], prk[HASH_SIZE];

	memcpy(salt, ctx->enc, HPKE_PUBLIC);
	memcpy(salt + HPKE_PUBLIC, response_nonce, SEAL_NONCE);
	hash_hkdf_extract(span_of(salt, sizeof(salt)),
	    span_of(ctx->answer.key, SECRET_SIZE), prk);
	hash_hkdf_expand(prk, span_str("key"), key->key, SECRET_SIZE);
	hash_hkdf_expand(prk, span_str("nonce"), nonce, AEAD_NONCE);
	secret_wipe(prk, sizeof(prk));
}

/* The next multiple of SEAL_PAD, at least one. */
static size_t padded(size_t n)
{
	if (SABOTAGED(PADDING))
		return n;
	return n == 0 ? SEAL_PAD : (n + SEAL_PAD - 1) / SEAL_PAD * SEAL_PAD;
}

enum err seal_answer(const struct seal_context *ctx, struct span plain,
    const struct random *random, struct buf *out)
{
	uint8_t nonce[AEAD_NONCE], *to, *text;
	struct secret key;
	size_t n = padded(plain.n), start = out->n;
	enum err e;

	to = buf_extend(out, SEAL_ANSWER_OVERHEAD + n);
	if (!to)
		return out->err;
	random_fill(random, to, SEAL_NONCE);
	answer_keys(ctx, to, &key, nonce);
	text = to + SEAL_NONCE;
	memset(text, ' ', n);
	if (plain.n)
		memcpy(text, plain.p, plain.n);
	/* in place, which GCM allows */
	e = aead_seal(&key, nonce, (struct span){0}, span_of(text, n), text);
	if (e)
		out->n = start;
	secret_wipe(&key, sizeof(key));
	return e;
}

enum err seal_open_answer(const struct seal_context *ctx,
    struct span sealed, struct buf *plain)
{
	uint8_t nonce[AEAD_NONCE], *to;
	struct secret key;
	size_t start = plain->n;
	enum err e;

	if (sealed.n < SEAL_ANSWER_OVERHEAD)
		return ERR_SHAPE;
	to = buf_extend(plain, sealed.n - SEAL_ANSWER_OVERHEAD);
	if (plain->err)
		return plain->err;
	answer_keys(ctx, sealed.p, &key, nonce);
	e = aead_open(&key, nonce, (struct span){0},
	    span_of(sealed.p + SEAL_NONCE, sealed.n - SEAL_NONCE), to);
	if (e)
		plain->n = start;
	secret_wipe(&key, sizeof(key));
	return e;
}
