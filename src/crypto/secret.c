/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/openssl.h"
#include "crypto/secret.h"

void secret_wipe(void *p, size_t n)
{
	if (p)
		OPENSSL_cleanse(p, n);
}

bool secret_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
