/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "cli/open_signed.h"
#include "crypto/httpsig.h"

#define BASE_MOST 2048	/* bytes: path, authority and parameters are bounded */
#define BEHIND_S 600	/* an entry may be written, on a disk that is slow, so
			 * long after its question was looked at */

_Static_assert(OPENING_PARAMS + sizeof("ecluse=") <= LIMIT_SIGNATURE_INPUT,
    "what is kept of a field is read as one");

/* Over what the asker signed, made again of what the opening keeps. */
static enum err verify(const struct opening *o, struct span authority,
    const struct sign_public *key)
{
	char digest[HTTPSIG_DIGEST_TEXT] = "sha-256=:";
	size_t n = strlen(digest);
	struct httpsig_question q = {.method = span_str("POST"),
	    .authority = authority, .path = o->path};
	struct buf base;
	enum err e;

	n += text_b64(o->digest, HASH_SIZE, digest + n);
	digest[n++] = ':';
	q.content_digest = span_of(digest, n);
	buf_init(&base, BASE_MOST);
	e = httpsig_question_base(&q, o->params, &base);
	if (!e)
		e = sign_verify(key, buf_span(&base), o->signature);
	buf_release(&base);
	return e;
}

/* What was signed says of itself whose it is, what for and for how long. */
static enum err check_params(const struct opening *o,
    const struct sign_public *key, int64_t time_ms)
{
	const int64_t at_s = time_ms / 1000;
	struct httpsig_input in;
	struct buf field;
	enum err e;

	buf_init(&field, LIMIT_SIGNATURE_INPUT);
	buf_text(&field, "ecluse=");
	buf_put_span(&field, o->params);
	e = field.err ? field.err :
	    httpsig_input_parse(buf_span(&field), &in);
	buf_release(&field);
	if (e)
		return e;
	if (memcmp(in.keyid, o->key_id, sizeof(in.keyid)) != 0 ||
	    (in.alg && in.alg != sign_public_alg(key)))
		return ERR_CRYPTO;
	return in.expires_s < in.created_s ||
	    in.expires_s - in.created_s > LIMIT_SIGNATURE_LIFE_S ||
	    in.created_s > at_s + LIMIT_SKEW_S ||
	    in.expires_s < at_s - LIMIT_SKEW_S - BEHIND_S ?
	    ERR_RANGE : ERR_OK;
}

enum err open_signed(const struct opening *o, struct span spki,
    struct span authority, int64_t time_ms)
{
	uint8_t id[SIGN_KEY_ID];
	struct sign_public *key;
	enum err e = sign_public_parse(spki, &key);

	if (e)
		return e;
	sign_public_id(key, id);
	e = memcmp(id, o->key_id, sizeof(id)) == 0 ?
	    check_params(o, key, time_ms) : ERR_CRYPTO;
	if (!e)
		e = verify(o, authority, key);
	sign_public_free(key);
	return e;
}
