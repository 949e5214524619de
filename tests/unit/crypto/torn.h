/* SPDX-License-Identifier: Apache-2.0 */
/* A key file whose two halves are of two keys. */
#pragma once
#include <stdio.h>
#include <string.h>
#include "crypto/openssl.h"

#define TORN_POINT 65

/* The private half of one key, the public one of the other, in RFC 5915's
 * form, which ends with the point. */
static inline void torn_write(
    const char *path, EVP_PKEY *private, EVP_PKEY *public)
{
	uint8_t *one = NULL, *other = NULL;
	int n = i2d_PrivateKey(private, &one), m = i2d_PrivateKey(public, &other);
	FILE *f = fopen(path, "w");

	assert_true(f && n > TORN_POINT && m == n);
	memcpy(one + n - TORN_POINT, other + n - TORN_POINT, TORN_POINT);
	assert_true(PEM_write(f, "EC PRIVATE KEY", "", one, n) > 0);
	assert_int_equal(fclose(f), 0);
	OPENSSL_free(one);
	OPENSSL_free(other);
}
