/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "cli/open_signed.h"
#include "crypto/httpsig.h"

#define BASE_MOST 2048	/* bytes: path, authority and parameters are bounded */

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

enum err open_signed(
    const struct opening *o, struct span spki, struct span authority)
{
	uint8_t id[SIGN_KEY_ID];
	struct sign_public *key;
	enum err e = sign_public_parse(spki, &key);

	if (e)
		return e;
	sign_public_id(key, id);
	e = memcmp(id, o->key_id, sizeof(id)) == 0 ?
	    verify(o, authority, key) : ERR_CRYPTO;
	sign_public_free(key);
	return e;
}
