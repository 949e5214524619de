/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include "base/text.h"
#include "base/must.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/p256.h"
#include "crypto/pem.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

/* The DER of a SubjectPublicKeyInfo up to the key itself. */
static const uint8_t ed25519_head[] = {	/* RFC 8410 §4 */
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
static const uint8_t p256_head[] = {	/* RFC 5480 §2.1.1, §2.2 */
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03,
    0x42, 0x00};

/* An ECDSA signature of P-256 in DER: 2 + 2 * (2 + 33) bytes at most. */
#define DER_MAX 72

struct sign_public {
	enum sign_alg alg;
	uint8_t spki[SIGN_SPKI_MAX];
	size_t spki_n;
	EVP_PKEY *key;		/* P-256 alone */
	EVP_PKEY_CTX *verify;	/* made for the first verification */
};

struct sign_private {
	struct sign_public *public;
	uint8_t sodium[crypto_sign_SECRETKEYBYTES];	/* seed || public */
	EVP_PKEY *key;
	EVP_PKEY_CTX *sign;
	struct sign_hook hook;	/* signs instead of sign, if set */
};

static void sodium_ready(void)
{
	must_have(sodium_init() >= 0, "a signature");
}

static struct sign_public *public_new(enum sign_alg alg)
{
	struct sign_public *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->alg = alg;
	if (alg == SIGN_ED25519) {
		k->spki_n = SIGN_ED25519_SPKI;
		memcpy(k->spki, ed25519_head, sizeof(ed25519_head));
	} else {
		k->spki_n = SIGN_P256_SPKI;
		memcpy(k->spki, p256_head, sizeof(p256_head));
	}
	return k;
}

static uint8_t *raw_of(struct sign_public *k)
{
	return k->spki + (k->alg == SIGN_ED25519 ? sizeof(ed25519_head)
	                                         : sizeof(p256_head));
}

static enum err public_p256(
    const uint8_t point[static P256_POINT], struct sign_public **ret)
{
	struct sign_public *k = public_new(SIGN_P256);
	enum err e;

	if (!k)
		return ERR_NOMEM;
	memcpy(raw_of(k), point, P256_POINT);
	e = p256_public(point, &k->key);
	if (e) {
		ERR_clear_error();
		sign_public_free(k);
		return e;
	}
	*ret = k;
	return ERR_OK;
}

enum err sign_public_ed25519(
    const uint8_t raw[static SIGN_ED25519_KEY], struct sign_public **ret)
{
	struct sign_public *k;

	/* canonical, on the curve, of the prime order: no weak key enters */
	sodium_ready();
	if (!crypto_core_ed25519_is_valid_point(raw))
		return ERR_SHAPE;
	k = public_new(SIGN_ED25519);
	if (!k)
		return ERR_NOMEM;
	memcpy(raw_of(k), raw, SIGN_ED25519_KEY);
	*ret = k;
	return ERR_OK;
}

enum err sign_public_parse(struct span spki, struct sign_public **ret)
{
	if (spki.n == SIGN_ED25519_SPKI &&
	    memcmp(spki.p, ed25519_head, sizeof(ed25519_head)) == 0)
		return sign_public_ed25519(
		    spki.p + sizeof(ed25519_head), ret);
	if (spki.n == SIGN_P256_SPKI &&
	    memcmp(spki.p, p256_head, sizeof(p256_head)) == 0)
		return public_p256(spki.p + sizeof(p256_head), ret);
	return ERR_SHAPE;
}

enum err sign_public_load(const char *path, struct sign_public **ret)
{
	EVP_PKEY *key = NULL;
	uint8_t raw[P256_POINT];
	size_t n = sizeof(raw);
	enum err e = pem_public(path, &key);

	if (e)
		return e;
	if (EVP_PKEY_is_a(key, "ED25519") &&
	    EVP_PKEY_get_raw_public_key(key, raw, &n) == 1 &&
	    n == SIGN_ED25519_KEY) {
		e = sign_public_ed25519(raw, ret);
	} else {
		e = p256_point_of(key, raw);
		if (!e)
			e = public_p256(raw, ret);
	}
	EVP_PKEY_free(key);
	return e;
}

void sign_public_free(struct sign_public *k)
{
	if (!k)
		return;
	EVP_PKEY_CTX_free(k->verify);
	EVP_PKEY_free(k->key);
	free(k);
}

enum sign_alg sign_public_alg(const struct sign_public *k)
{
	return k->alg;
}

struct span sign_public_spki(const struct sign_public *k)
{
	return span_of(k->spki, k->spki_n);
}

const uint8_t *sign_public_raw(const struct sign_public *k)
{
	return k->alg == SIGN_ED25519 ? k->spki + sizeof(ed25519_head) : NULL;
}

void sign_public_id(
    const struct sign_public *k, uint8_t out[static SIGN_KEY_ID])
{
	hash_sha256(sign_public_spki(k), out);
}

void sign_key_id_text(
    const uint8_t id[static SIGN_KEY_ID], char out[static SIGN_KEY_ID_TEXT])
{
	char text[TEXT_B64_SIZE(SIGN_KEY_ID)];

	(void)text_b64url(id, SIGN_KEY_ID, text);
	memcpy(out, text, SIGN_KEY_ID_TEXT);
}

/* One DER INTEGER from 32 big-endian bytes; returns the end. */
static uint8_t *der_integer(uint8_t *to, const uint8_t *from)
{
	size_t skip = 0, lead;

	while (skip < 31 && from[skip] == 0)
		skip++;
	lead = from[skip] >> 7;	/* a zero before a first bit set */
	*to++ = 0x02;
	*to++ = (uint8_t)(32 - skip + lead);
	if (lead)
		*to++ = 0;
	memcpy(to, from + skip, 32 - skip);
	return to + 32 - skip;
}

static size_t der_of_raw(
    const uint8_t raw[static SIGN_SIZE], uint8_t der[static DER_MAX])
{
	uint8_t *end = der_integer(der_integer(der + 2, raw), raw + 32);

	der[0] = 0x30;
	der[1] = (uint8_t)(end - der - 2);
	return (size_t)(end - der);
}

static enum err raw_of_der(
    const uint8_t *der, size_t n, uint8_t raw[static SIGN_SIZE])
{
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)n);
	bool ok = s && BN_bn2binpad(ECDSA_SIG_get0_r(s), raw, 32) == 32 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(s), raw + 32, 32) == 32;

	ECDSA_SIG_free(s);
	return ok ? ERR_OK : ERR_CRYPTO;
}

/* The context keeps its key and operation: a verification reuses it. */
static EVP_PKEY_CTX *verify_context(struct sign_public *k)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->key, NULL);

	if (ctx && EVP_PKEY_verify_init(ctx) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static enum err verify_p256(struct sign_public *k, struct span message,
    const uint8_t sig[static SIGN_SIZE])
{
	uint8_t digest[HASH_SIZE], der[DER_MAX];
	size_t n = der_of_raw(sig, der);

	if (!k->verify)
		k->verify = verify_context(k);
	if (!k->verify)
		return ERR_NOMEM;
	hash_sha256(message, digest);
	if (EVP_PKEY_verify(k->verify, der, n, digest, sizeof(digest)) == 1)
		return ERR_OK;
	ERR_clear_error();
	return ERR_CRYPTO;
}

enum err sign_verify_ed25519(const uint8_t raw[static SIGN_ED25519_KEY],
    struct span message, const uint8_t sig[static SIGN_SIZE])
{
	if (crypto_sign_verify_detached(sig, message.p, message.n, raw) != 0)
		return ERR_CRYPTO;
	return ERR_OK;
}

enum err sign_verify(const struct sign_public *k, struct span message,
    const uint8_t sig[static SIGN_SIZE])
{
	if (k->alg == SIGN_P256)
		/* const for callers: the context is only a cache */
		return verify_p256((struct sign_public *)k, message, sig);
	return sign_verify_ed25519(
	    k->spki + sizeof(ed25519_head), message, sig);
}

enum err sign_private_ed25519(
    const uint8_t seed[static SIGN_ED25519_KEY], struct sign_private **ret)
{
	struct sign_private *k = calloc(1, sizeof(*k));
	uint8_t raw[SIGN_ED25519_KEY];
	enum err e;

	if (!k)
		return ERR_NOMEM;
	sodium_ready();
	(void)crypto_sign_seed_keypair(raw, k->sodium, seed);
	e = sign_public_ed25519(raw, &k->public);
	if (e)
		sign_private_free(k);
	else
		*ret = k;
	return e;
}

static enum err private_p256(
    const uint8_t scalar[static P256_SCALAR], struct sign_private **ret)
{
	struct sign_private *k = calloc(1, sizeof(*k));
	uint8_t point[P256_POINT];
	enum err e;

	if (!k)
		return ERR_NOMEM;
	e = p256_private(scalar, &k->key);
	if (!e)
		e = p256_point_of(k->key, point);
	if (!e)
		e = public_p256(point, &k->public);
	if (e)
		goto out;
	k->sign = EVP_PKEY_CTX_new_from_pkey(NULL, k->key, NULL);
	if (!k->sign || EVP_PKEY_sign_init(k->sign) != 1)
		e = ERR_NOMEM;
out:
	if (e)
		sign_private_free(k);
	else
		*ret = k;
	return e;
}

enum err sign_private_make(
    enum sign_alg alg, const struct random *random, struct sign_private **ret)
{
	uint8_t secret[32];
	enum err e = ERR_UNKNOWN;

	if (alg == SIGN_ED25519) {
		random_fill(random, secret, sizeof(secret));
		e = sign_private_ed25519(secret, ret);
	} else if (alg == SIGN_P256) {
		p256_scalar_make(random, secret);
		e = private_p256(secret, ret);
	}
	secret_wipe(secret, sizeof(secret));
	return e;
}

enum err sign_private_load(const char *path, struct sign_private **ret)
{
	return sign_private_load_locked(path, NULL, NULL, ret);
}

enum err sign_private_load_locked(const char *path,
    int (*ask)(void *ctx, char *to, int size), void *ctx,
    struct sign_private **ret)
{
	EVP_PKEY *key = NULL;
	uint8_t secret[32];
	size_t n = sizeof(secret);
	enum err e = pem_private_locked(path, ask, ctx, &key);

	if (e)
		return e;
	if (EVP_PKEY_is_a(key, "ED25519") &&
	    EVP_PKEY_get_raw_private_key(key, secret, &n) == 1 &&
	    n == sizeof(secret)) {
		e = sign_private_ed25519(secret, ret);
	} else {
		e = p256_scalar_of(key, secret);
		if (!e)
			e = private_p256(secret, ret);
	}
	secret_wipe(secret, sizeof(secret));
	EVP_PKEY_free(key);
	return e;
}

enum err sign_private_save(const struct sign_private *k, const char *path)
{
	EVP_PKEY *key = k->key;
	enum err e = ERR_NOMEM;

	if (!key)
		key = EVP_PKEY_new_raw_private_key(
		    EVP_PKEY_ED25519, NULL, k->sodium, SIGN_ED25519_KEY);
	if (key)
		e = pem_save(key, PEM_PRIVATE, path);
	if (key != k->key)
		EVP_PKEY_free(key);
	return e;
}

enum err sign_public_save(const struct sign_public *k, const char *path)
{
	EVP_PKEY *key = k->key;
	enum err e = ERR_NOMEM;

	if (!key)
		key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    sign_public_raw(k), SIGN_ED25519_KEY);
	if (key)
		e = pem_save(key, PEM_PUBLIC, path);
	if (key != k->key)
		EVP_PKEY_free(key);
	return e;
}

enum err sign_private_scalar(
    const struct sign_private *k, uint8_t out[static SIGN_SCALAR])
{
	return k->key ? p256_scalar_of(k->key, out) : ERR_SHAPE;
}

void sign_private_hook(struct sign_private *k, struct sign_hook hook)
{
	if (k->hook.free)
		k->hook.free(k->hook.ctx);
	k->hook = hook;
}

void sign_private_free(struct sign_private *k)
{
	if (!k)
		return;
	sign_public_free(k->public);
	EVP_PKEY_CTX_free(k->sign);
	if (k->hook.free)
		k->hook.free(k->hook.ctx);
	EVP_PKEY_free(k->key);
	secret_wipe(k, sizeof(*k));
	free(k);
}

const struct sign_public *sign_private_public(const struct sign_private *k)
{
	return k->public;
}

const uint8_t *sign_private_seed(const struct sign_private *k)
{
	return k->key ? NULL : k->sodium;
}

static enum err sign_p256(const struct sign_private *k, struct span message,
    uint8_t sig[static SIGN_SIZE])
{
	uint8_t digest[HASH_SIZE], der[DER_MAX];
	size_t n = sizeof(der);

	hash_sha256(message, digest);
	if (k->hook.sign)
		return k->hook.sign(k->hook.ctx, digest, sig);
	if (EVP_PKEY_sign(k->sign, der, &n, digest, sizeof(digest)) != 1) {
		ERR_clear_error();
		return ERR_CRYPTO;
	}
	return raw_of_der(der, n, sig);
}

enum err sign_make(const struct sign_private *k, struct span message,
    uint8_t sig[static SIGN_SIZE])
{
	if (k->key)
		return sign_p256(k, message, sig);
	(void)crypto_sign_detached(
	    sig, NULL, message.p, message.n, k->sodium);
	return ERR_OK;
}

/* Both libraries load what they need on first use: use them once. */
void sign_start(void)
{
	static const uint8_t one[P256_SCALAR] = {[P256_SCALAR - 1] = 1};
	struct sign_private *k = NULL;
	uint8_t sig[SIGN_SIZE];
	struct span nothing = span_of(one, 1);

	sodium_ready();
	hash_start();
	must_have(!private_p256(one, &k) && !sign_make(k, nothing, sig) &&
	    !sign_verify(k->public, nothing, sig), "a signature");
	sign_private_free(k);
}
