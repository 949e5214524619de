/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "json/write.h"
#include "keeper/promise.h"

#define PROMISE_JWS 2048	/* base64url of it, head, signature */

static void commit(const struct promise *p, struct span txn,
    const struct secret *blinding, char out[static TEXT_B64_SIZE(HASH_SIZE)])
{
	uint8_t salt[HASH_SIZE], who[12], hash[HASH_SIZE];
	struct span parts[3] = {span_str("ecluse/promise/v1"),
	    span_of(salt, sizeof(salt)), span_of(who, sizeof(who))};

	hash_hmac(span_of(blinding->key, SECRET_SIZE), txn, salt);
	put_be32(who, p->cell);
	put_be64(who + 4, p->number);
	hash_sha256_parts(parts, 3, hash);
	text_b64url(hash, sizeof(hash), out);
	secret_wipe(salt, sizeof(salt));
}

static void pair(struct json_writer *w, const char *name, struct span value)
{
	json_write_name(w, name);
	json_write_span(w, value);
}

/* txn: origin/index. */
static void write_payload(const struct promise *p, const char *txn,
    const struct secret *blinding, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	char cb[TEXT_B64_SIZE(HASH_SIZE)], day[DATE_TEXT_SIZE];

	commit(p, span_str(txn), blinding, cb);
	date_format(p->care_day, day);
	json_write_begin(&w, '{');
	pair(&w, "iss", p->origin);
	json_write_pair(&w, "txn", txn);
	pair(&w, "amc", p->amc);
	json_write_pair(&w, "cb", cb);
	pair(&w, "site", p->site);
	pair(&w, "dom", p->domain);
	pair(&w, "lvl", p->level);
	pair(&w, "rul", p->rules);
	json_write_name(&w, "aut");
	json_write_bool(&w, p->authorization);
	json_write_pair(&w, "dat", day);
	json_write_name(&w, "iat");
	json_write_int(&w, p->now_ms / 1000);
	json_write_name(&w, "exp");
	json_write_int(&w, p->now_ms / 1000 + PROMISE_LIFE_S);
	json_write_end(&w, '}');
}

static void put_b64(struct buf *out, const void *p, size_t n)
{
	char text[TEXT_B64_SIZE(PROMISE_CLAIMS)];

	text_b64url(p, n, text);
	buf_text(out, text);
}

enum err promise_jws(const char *typ, struct span payload,
    const struct sign_private *key, struct buf *out)
{
	char head[160], kid[SIGN_KEY_ID_TEXT];
	uint8_t id[SIGN_KEY_ID], sig[SIGN_SIZE];
	enum err e;
	int n;

	sign_public_id(sign_private_public(key), id);
	sign_key_id_text(id, kid);
	n = snprintf(head, sizeof(head),
	    "{\"alg\":\"EdDSA\",\"typ\":\"%s\",\"kid\":\"%s\"}", typ, kid);
	put_b64(out, head, (size_t)n);
	buf_text(out, ".");
	put_b64(out, payload.p, payload.n);
	if (out->err)
		return out->err;
	e = sign_make(key, buf_span(out), sig);
	if (e)
		return e;
	buf_text(out, ".");
	put_b64(out, sig, sizeof(sig));
	return out->err;
}

enum err promise_claims(const struct promise *p,
    const struct secret *blinding, struct buf *out)
{
	char txn[LIMIT_TRANSACTION + 1];
	int n = snprintf(txn, sizeof(txn), "%.*s/%llu", (int)p->origin.n,
	    (const char *)p->origin.p, (unsigned long long)p->index);

	if ((size_t)n >= sizeof(txn))
		return ERR_LIMIT;
	write_payload(p, txn, blinding, out);
	return out->err;
}

enum err promise_write(const struct promise *p,
    const struct secret *blinding, const struct sign_private *key,
    struct buf *out)
{
	struct buf payload, jws;
	enum err e;

	buf_init(&payload, PROMISE_CLAIMS);
	buf_init(&jws, PROMISE_JWS);
	e = promise_claims(p, blinding, &payload);
	if (!e)
		e = promise_jws("ecluse-promise+jwt", buf_span(&payload), key,
		    &jws);
	if (!e) {
		buf_put_span(out, buf_span(&jws));
		e = out->err;
	}
	buf_release(&payload);
	buf_release(&jws);
	return e;
}
