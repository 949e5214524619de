/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/p256.h"
#include "crypto/rfc6979.h"
#include "crypto/secret.h"

struct rfc6979 {
	uint8_t scalar[RFC6979_SCALAR];
	EC_GROUP *group;
	EC_POINT *point;
	BN_CTX *ctx;
	BIGNUM *d, *k, *r, *s, *h;
};

/* The generator of §3.2 steps b to h: HMAC in a chain. */
struct chain {
	uint8_t key[HASH_SIZE], v[HASH_SIZE];
};

enum err rfc6979_new(
    const uint8_t scalar[static RFC6979_SCALAR], struct rfc6979 **ret)
{
	struct rfc6979 *k;

	if (!p256_scalar_ok(scalar))
		return ERR_SHAPE;
	k = calloc(1, sizeof(*k));
	if (!k)
		return ERR_NOMEM;
	memcpy(k->scalar, scalar, RFC6979_SCALAR);
	k->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	k->point = k->group ? EC_POINT_new(k->group) : NULL;
	k->ctx = BN_CTX_new();
	k->d = BN_bin2bn(scalar, RFC6979_SCALAR, NULL);
	k->k = BN_new();
	k->r = BN_new();
	k->s = BN_new();
	k->h = BN_new();
	if (!k->point || !k->ctx || !k->d || !k->k || !k->r || !k->s ||
	    !k->h) {
		rfc6979_free(k);
		return ERR_NOMEM;
	}
	*ret = k;
	return ERR_OK;
}

void rfc6979_free(struct rfc6979 *k)
{
	if (!k)
		return;
	BN_clear_free(k->d);
	BN_clear_free(k->k);
	BN_free(k->r);
	BN_free(k->s);
	BN_free(k->h);
	BN_CTX_free(k->ctx);
	EC_POINT_free(k->point);
	EC_GROUP_free(k->group);
	secret_wipe(k, sizeof(*k));
	free(k);
}

static void chain_next(struct chain *c)
{
	hash_hmac(span_of(c->key, HASH_SIZE), span_of(c->v, HASH_SIZE), c->v);
}

/* K = HMAC_K(V || mark || more); V = HMAC_K(V): steps d and e, f and g. */
static void chain_mix(struct chain *c, uint8_t mark, struct span more)
{
	uint8_t in[HASH_SIZE + 1 + RFC6979_SCALAR + RFC6979_DIGEST];

	memcpy(in, c->v, HASH_SIZE);
	in[HASH_SIZE] = mark;
	if (more.n > 0)
		memcpy(in + HASH_SIZE + 1, more.p, more.n);
	hash_hmac(span_of(c->key, HASH_SIZE),
	    span_of(in, HASH_SIZE + 1 + more.n), c->key);
	chain_next(c);
	secret_wipe(in, sizeof(in));
}

/* bits2octets of the digest: reduced by the order, as long as the order. */
static bool digest_octets(struct rfc6979 *k, const uint8_t *digest,
    uint8_t out[static RFC6979_DIGEST])
{
	const BIGNUM *n = EC_GROUP_get0_order(k->group);

	return BN_bin2bn(digest, RFC6979_DIGEST, k->h) &&
	    BN_mod(k->h, k->h, n, k->ctx) &&
	    BN_bn2binpad(k->h, out, RFC6979_DIGEST) == RFC6979_DIGEST;
}

/* r and s for the nonce in k->k; false also when one of them is 0. */
static bool sign_with_nonce(struct rfc6979 *k)
{
	const BIGNUM *n = EC_GROUP_get0_order(k->group);

	return EC_POINT_mul(k->group, k->point, k->k, NULL, NULL, k->ctx) &&
	    EC_POINT_get_affine_coordinates(
	        k->group, k->point, k->r, NULL, k->ctx) &&
	    BN_mod(k->r, k->r, n, k->ctx) && !BN_is_zero(k->r) &&
	    BN_mod_mul(k->s, k->r, k->d, n, k->ctx) &&
	    BN_mod_add(k->s, k->s, k->h, n, k->ctx) &&
	    BN_mod_inverse(k->k, k->k, n, k->ctx) &&
	    BN_mod_mul(k->s, k->s, k->k, n, k->ctx) && !BN_is_zero(k->s);
}

enum err rfc6979_sign(struct rfc6979 *k,
    const uint8_t digest[static RFC6979_DIGEST],
    uint8_t sig[static RFC6979_SIGNATURE])
{
	struct chain c;
	uint8_t seed[RFC6979_SCALAR + RFC6979_DIGEST];
	enum err e = ERR_NOMEM;

	memcpy(seed, k->scalar, RFC6979_SCALAR);
	if (!digest_octets(k, digest, seed + RFC6979_SCALAR))
		goto out;
	memset(c.v, 1, sizeof(c.v));
	memset(c.key, 0, sizeof(c.key));
	chain_mix(&c, 0, span_of(seed, sizeof(seed)));
	chain_mix(&c, 1, span_of(seed, sizeof(seed)));
	/* a first candidate out of range has a chance of 2^-32 */
	for (chain_next(&c); !p256_scalar_ok(c.v); chain_next(&c))
		chain_mix(&c, 0, span_of(NULL, 0));
	if (!BN_bin2bn(c.v, HASH_SIZE, k->k) || !sign_with_nonce(k))
		goto out;
	if (BN_bn2binpad(k->r, sig, 32) == 32 &&
	    BN_bn2binpad(k->s, sig + 32, 32) == 32)
		e = ERR_OK;
out:
	secret_wipe(&c, sizeof(c));
	secret_wipe(seed, sizeof(seed));
	return e;
}

static enum err hook_sign(void *ctx, const uint8_t *digest, uint8_t *sig)
{
	return rfc6979_sign(ctx, digest, sig);
}

static void hook_free(void *ctx)
{
	rfc6979_free(ctx);
}

enum err rfc6979_fix(struct sign_private *key)
{
	uint8_t scalar[RFC6979_SCALAR];
	struct rfc6979 *k = NULL;
	enum err e;

	if (sign_public_alg(sign_private_public(key)) != SIGN_P256)
		return ERR_OK;
	e = sign_private_scalar(key, scalar);
	if (!e)
		e = rfc6979_new(scalar, &k);
	if (!e)
		sign_private_hook(
		    key, (struct sign_hook){hook_sign, hook_free, k});
	secret_wipe(scalar, sizeof(scalar));
	return e;
}
