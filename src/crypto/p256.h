/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of the curve P-256 (FIPS 186-4 D.1.2.3) as OpenSSL wants them, for
 * sign.c and hpke.c. The only header of ours that shows an OpenSSL type.
 * A point is 0x04 || x || y, a scalar 32 bytes big-endian in 1 to n - 1.
 */
#pragma once
#include "base/buf.h"
#include "base/random.h"
#include "crypto/openssl.h"

#define P256_POINT 65
#define P256_SCALAR 32

bool p256_scalar_ok(const uint8_t scalar[static P256_SCALAR]);
/* A uniform scalar, by rejection. */
void p256_scalar_make(
    const struct random *random, uint8_t out[static P256_SCALAR]);

/* ERR_SHAPE: not a point of the curve / not a scalar. Caller frees. */
MUST_CHECK enum err p256_public(
    const uint8_t point[static P256_POINT], EVP_PKEY **ret);
MUST_CHECK enum err p256_private(
    const uint8_t scalar[static P256_SCALAR], EVP_PKEY **ret);

/* ERR_SHAPE: not a key of this curve, without a private half where one is
 * asked for, or with one whose public half is another's. */
MUST_CHECK enum err p256_point_of(
    EVP_PKEY *key, uint8_t out[static P256_POINT]);
MUST_CHECK enum err p256_scalar_of(
    EVP_PKEY *key, uint8_t out[static P256_SCALAR]);

/*
 * On bytes alone, by the group's own functions: OpenSSL's EVP calls for the
 * same ECDH cost 100 us of building keys around 75 us of arithmetic.
 */
/* scalar * generator. ERR_SHAPE: not a scalar. */
MUST_CHECK enum err p256_point_make(const uint8_t scalar[static P256_SCALAR],
    uint8_t out[static P256_POINT]);
/* ECDH: the x coordinate of scalar * point. ERR_SHAPE: not a scalar, or not a
 * point of the curve. */
MUST_CHECK enum err p256_exchange(const uint8_t scalar[static P256_SCALAR],
    const uint8_t point[static P256_POINT], uint8_t out[static P256_SCALAR]);
