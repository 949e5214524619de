/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "crypto/openssl.h"
#include "crypto/p256.h"
#include "crypto/secret.h"

/* The order of the group, FIPS 186-4 D.1.2.3. */
static const uint8_t order[P256_SCALAR] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
    0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/* Constant time in the scalar: subtract and look at the borrow. */
bool p256_scalar_ok(const uint8_t scalar[static P256_SCALAR])
{
	unsigned borrow = 0, any = 0;

	for (size_t i = P256_SCALAR; i-- > 0;) {
		borrow = ((unsigned)scalar[i] - order[i] - borrow) >> 8 & 1;
		any |= scalar[i];
	}
	return borrow && any;
}

void p256_scalar_make(
    const struct random *random, uint8_t out[static P256_SCALAR])
{
	do {
		random_fill(random, out, P256_SCALAR);
	} while (!p256_scalar_ok(out));
}

static enum err from_params(int selection, OSSL_PARAM *params, EVP_PKEY **ret)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	enum err e = ERR_SHAPE;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1) {
		e = ERR_NOMEM;
		goto out;
	}
	if (EVP_PKEY_fromdata(ctx, &key, selection, params) != 1)
		goto out;
	*ret = key;
	e = ERR_OK;
out:
	EVP_PKEY_CTX_free(ctx);
	return e;
}

enum err p256_public(const uint8_t point[static P256_POINT], EVP_PKEY **ret)
{
	char group[] = "prime256v1";
	uint8_t copy[P256_POINT];
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(
	        OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
	    OSSL_PARAM_construct_octet_string(
	        OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof(copy)),
	    OSSL_PARAM_construct_end()};

	/* OpenSSL itself also takes 0x06 and 0x07, the hybrid form. */
	if (point[0] != 4)
		return ERR_SHAPE;
	memcpy(copy, point, sizeof(copy));
	return from_params(EVP_PKEY_PUBLIC_KEY, params, ret);
}

/* Kept: making the group costs as much as a signature. */
static EC_GROUP *group(void)
{
	static EC_GROUP *kept;

	if (!kept)
		kept = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	return kept;
}

static BIGNUM *number(const uint8_t scalar[static P256_SCALAR])
{
	BIGNUM *d = BN_secure_new();

	if (d && BN_bin2bn(scalar, P256_SCALAR, d)) {
		BN_set_flags(d, BN_FLG_CONSTTIME);
		return d;
	}
	BN_clear_free(d);
	return NULL;
}

enum err p256_point_make(const uint8_t scalar[static P256_SCALAR],
    uint8_t out[static P256_POINT])
{
	EC_GROUP *g = group();
	EC_POINT *point = g ? EC_POINT_new(g) : NULL;
	BIGNUM *d = number(scalar);
	uint8_t bytes[P256_POINT];
	enum err e = ERR_NOMEM;

	if (!p256_scalar_ok(scalar)) {
		e = ERR_SHAPE;
	} else if (point && d &&
	    EC_POINT_mul(g, point, d, NULL, NULL, NULL) &&
	    EC_POINT_point2oct(g, point, POINT_CONVERSION_UNCOMPRESSED, bytes,
	        P256_POINT, NULL) == P256_POINT) {
		memcpy(out, bytes, P256_POINT);
		e = ERR_OK;
	}
	EC_POINT_free(point);
	BN_clear_free(d);
	return e;
}

enum err p256_private(
    const uint8_t scalar[static P256_SCALAR], EVP_PKEY **ret)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	BIGNUM *d = number(scalar);
	uint8_t point[P256_POINT];
	enum err e = p256_point_make(scalar, point);

	if (e)
		goto out;
	e = ERR_NOMEM;
	if (!build || !d ||
	    !OSSL_PARAM_BLD_push_utf8_string(
	        build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(
	        build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d))
		goto out;
	params = OSSL_PARAM_BLD_to_param(build);
	if (params)
		e = from_params(EVP_PKEY_KEYPAIR, params, ret);
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(d);
	return e;
}

static bool is_p256(EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) &&
	    strcmp(group, "prime256v1") == 0;
}

/* NULL: it has none. */
static BIGNUM *private_of(EVP_PKEY *key)
{
	BIGNUM *d = NULL;

	(void)EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d);
	ERR_clear_error();
	return d;
}

/* A file may hold any two halves: OpenSSL takes the public one as it stands. */
static enum err check_halves(
    const BIGNUM *d, const uint8_t point[static P256_POINT])
{
	uint8_t scalar[P256_SCALAR], own[P256_POINT];
	enum err e = ERR_SHAPE;

	if (BN_bn2binpad(d, scalar, P256_SCALAR) == P256_SCALAR)
		e = p256_point_make(scalar, own);
	if (!e && memcmp(own, point, P256_POINT) != 0)
		e = ERR_SHAPE;
	secret_wipe(scalar, sizeof(scalar));
	return e;
}

enum err p256_point_of(EVP_PKEY *key, uint8_t out[static P256_POINT])
{
	BIGNUM *x = NULL, *y = NULL, *d = private_of(key);
	uint8_t point[P256_POINT] = {4};
	enum err e = ERR_SHAPE;

	/* by coordinates: the encoded form may be compressed */
	if (!is_p256(key) ||
	    !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) ||
	    !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) ||
	    BN_num_bytes(x) > 32 || BN_num_bytes(y) > 32)
		goto out;
	BN_bn2binpad(x, point + 1, 32);
	BN_bn2binpad(y, point + 33, 32);
	e = d ? check_halves(d, point) : ERR_OK;
	if (!e)
		memcpy(out, point, sizeof(point));
out:
	BN_free(x);
	BN_free(y);
	BN_clear_free(d);
	return e;
}

enum err p256_scalar_of(EVP_PKEY *key, uint8_t out[static P256_SCALAR])
{
	uint8_t point[P256_POINT];
	enum err e = p256_point_of(key, point);
	BIGNUM *d = e ? NULL : private_of(key);

	if (d)
		BN_bn2binpad(d, out, P256_SCALAR);
	else if (!e)
		e = ERR_SHAPE;
	BN_clear_free(d);
	return e;
}

enum err p256_exchange(const uint8_t scalar[static P256_SCALAR],
    const uint8_t point[static P256_POINT], uint8_t out[static P256_SCALAR])
{
	EC_GROUP *g = group();
	EC_POINT *theirs = g ? EC_POINT_new(g) : NULL;
	EC_POINT *both = g ? EC_POINT_new(g) : NULL;
	BIGNUM *d = number(scalar), *x = BN_secure_new();
	enum err e = ERR_NOMEM;

	if (!theirs || !both || !d || !x)
		goto out;
	e = ERR_SHAPE;
	if (!p256_scalar_ok(scalar) || point[0] != 4 ||
	    !EC_POINT_oct2point(g, theirs, point, P256_POINT, NULL))
		goto out;
	e = ERR_CRYPTO;
	if (EC_POINT_mul(g, both, NULL, theirs, d, NULL) &&
	    EC_POINT_get_affine_coordinates(g, both, x, NULL, NULL) &&
	    BN_bn2binpad(x, out, P256_SCALAR) == P256_SCALAR)
		e = ERR_OK;
out:
	EC_POINT_free(theirs);
	EC_POINT_clear_free(both);
	BN_clear_free(d);
	BN_clear_free(x);
	ERR_clear_error();
	return e;
}
