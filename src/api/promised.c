/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "api/promised.h"
#include "base/text.h"
#include "journal/tree.h"
#include "json/read.h"

#define LABEL "ecluse/promise-line/v1"
#define TYPE_ALL "ecluse-promises+jwt"
#define TYPE_ONE "ecluse-promise+jwt"
#define SALT 16
#define TOKENS 64

/* Parts between full stops: exactly n, none empty but perhaps the last. */
static enum err split(struct span in, struct span *parts, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		const uint8_t *dot = in.n ? memchr(in.p, '.', in.n) : NULL;

		if (!dot || dot == in.p)
			return ERR_SHAPE;
		parts[i] = span_of(in.p, (size_t)(dot - in.p));
		in = span_of(dot + 1, in.n - parts[i].n - 1);
	}
	if (in.n > 0 && memchr(in.p, '.', in.n))
		return ERR_SHAPE;
	parts[n - 1] = in;
	return ERR_OK;
}

/* A JSON object in base64url, and what it is read into. */
struct object {
	uint8_t text[PROMISED_CLAIMS];
	struct span bytes;
	struct json_token tokens[TOKENS];
	struct json json;
};

static enum err read_object(struct span in, struct object *o)
{
	size_t n, at;

	if (text_unb64url(in, o->text, sizeof(o->text), &n))
		return ERR_SHAPE;
	o->bytes = span_of(o->text, n);
	if (json_read(o->bytes, o->tokens, TOKENS, &o->json, &at) ||
	    json_type(&o->json, JSON_TOP) != JSON_OBJECT)
		return ERR_SHAPE;
	return ERR_OK;
}

static bool take(
    const struct object *o, const char *name, char *out, size_t size)
{
	return !json_text(
	    &o->json, json_member(&o->json, JSON_TOP, name), out, size);
}

static enum err read_payload(struct span in, struct promised *p)
{
	char root[TEXT_B64_SIZE(HASH_SIZE)];
	struct object o;
	int64_t count;
	size_t n;

	if (read_object(in, &o) ||
	    !take(&o, "iss", p->origin, sizeof(p->origin)) ||
	    !take(&o, "root", root, sizeof(root)) ||
	    text_unb64url(span_str(root), p->root, HASH_SIZE, &n) ||
	    n != HASH_SIZE ||
	    json_int(&o.json, json_member(&o.json, JSON_TOP, "n"), &count) ||
	    count < 1 || count > LIMIT_BUNDLE_LINES)
		return ERR_SHAPE;
	p->count = (uint32_t)count;
	return ERR_OK;
}

static enum err read_head(struct span in, const char *type)
{
	struct object o;
	enum err e = read_object(in, &o);

	if (e || !json_is(&o.json, json_member(&o.json, JSON_TOP, "alg"),
		"EdDSA") ||
	    !json_is(&o.json, json_member(&o.json, JSON_TOP, "typ"), type))
		return ERR_SHAPE;
	return ERR_OK;
}

/* The head and the signature stand; *payload is what was signed. */
static enum err verify(struct span jws, const char *type,
    const uint8_t key[static SIGN_ED25519_KEY], struct span *payload)
{
	struct sign_public *public = NULL;
	uint8_t signature[SIGN_SIZE];
	struct span parts[3];
	enum err e;
	size_t n;

	if (split(jws, parts, 3) || read_head(parts[0], type) ||
	    text_unb64url(parts[2], signature, sizeof(signature), &n) ||
	    n != SIGN_SIZE)
		return ERR_SHAPE;
	e = sign_public_ed25519(key, &public);
	if (!e)
		e = sign_verify(public, span_of(jws.p,
		    (size_t)(parts[2].p - 1 - jws.p)), signature);
	sign_public_free(public);
	if (!e)
		*payload = parts[1];
	return e;
}

enum err promised_open(struct span jws,
    const uint8_t key[static SIGN_ED25519_KEY], struct promised *ret)
{
	struct promised p = {0};
	struct span payload;
	enum err e = verify(jws, TYPE_ALL, key, &payload);

	if (!e)
		e = read_payload(payload, &p);
	if (!e)
		*ret = p;
	return e;
}

static enum err read_claims(const struct object *o, struct promised_line *l)
{
	if (!take(o, "iss", l->origin, sizeof(l->origin)) ||
	    !take(o, "txn", l->transaction, sizeof(l->transaction)) ||
	    !take(o, "amc", l->amc, sizeof(l->amc)) ||
	    !take(o, "dom", l->domain, sizeof(l->domain)) ||
	    !take(o, "lvl", l->level, sizeof(l->level)) ||
	    !take(o, "dat", l->day, sizeof(l->day)) ||
	    json_bool(&o->json, json_member(&o->json, JSON_TOP, "aut"),
		&l->authorization))
		return ERR_SHAPE;
	return ERR_OK;
}

enum err promised_check(const struct promised *p, struct span line,
    struct promised_line *ret)
{
	static const uint8_t zero[1] = {0};
	struct promised_line l = {0};
	uint8_t salt[SALT], leaf[HASH_SIZE];
	struct tree_proof path;
	struct span parts[4];
	struct object o;
	uint64_t place;
	size_t salt_n, path_n;
	enum err e;

	if (split(line, parts, 4) ||
	    text_u64(parts[0], LIMIT_BUNDLE_LINES, &place) ||
	    read_object(parts[1], &o) ||
	    text_unb64url(parts[2], salt, SALT, &salt_n) || salt_n != SALT ||
	    text_unb64url(parts[3], path.hash, sizeof(path.hash), &path_n) ||
	    path_n % HASH_SIZE != 0 || read_claims(&o, &l))
		return ERR_SHAPE;
	path.n = path_n / HASH_SIZE;
	hash_sha256_parts((struct span[4]){span_of(zero, 1), span_str(LABEL),
	    span_of(salt, SALT), o.bytes}, 4, leaf);
	e = tree_verify_inclusion(leaf, place, p->count, &path, p->root);
	if (e)
		return ERR_CRYPTO;
	l.place = (uint32_t)place;
	*ret = l;
	return ERR_OK;
}

enum err promised_alone(struct span jws,
    const uint8_t key[static SIGN_ED25519_KEY], struct promised_line *ret)
{
	struct promised_line l = {0};
	struct span payload;
	struct object o;
	enum err e = verify(jws, TYPE_ONE, key, &payload);

	if (!e && (read_object(payload, &o) || read_claims(&o, &l)))
		e = ERR_SHAPE;
	if (!e)
		*ret = l;
	return e;
}
