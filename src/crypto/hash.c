/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/must.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/secret.h"

struct hash_stream {
	EVP_MD_CTX *ctx;
};

struct hash_mac {
	EVP_MAC_CTX *ctx;
};

/* The contexts kept for the one-shot functions; made by hash_start(). */
static EVP_MD *sha256;
static EVP_MD_CTX *kept_digest;
static EVP_MAC *hmac;

#define BLOCK 64	/* bytes that SHA-256 takes at a time */

/* HMAC pads a key with zeros to a block, so this key is the empty key. */
static const uint8_t no_key[HASH_SIZE];

static void must(int ok)
{
	must_have(ok, "a hash");
}

static EVP_MAC_CTX *mac_context(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(
	        OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);

	if (ctx && EVP_MAC_CTX_set_params(ctx, params))
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

void hash_start(void)
{
	if (hmac)
		return;
	/* a fetch of OpenSSL 3.0 does not look whether its context was made */
	must(OSSL_LIB_CTX_get0_global_default() != NULL);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(sha256 != NULL);
	kept_digest = EVP_MD_CTX_new();
	must(kept_digest && EVP_DigestInit_ex(kept_digest, sha256, NULL));
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	must(hmac != NULL);
}

void hash_sha256(struct span in, uint8_t out[static HASH_SIZE])
{
	hash_sha256_parts(&in, 1, out);
}

void hash_sha256_parts(
    const struct span *parts, size_t n, uint8_t out[static HASH_SIZE])
{
	hash_start();
	must(EVP_DigestInit_ex(kept_digest, NULL, NULL));
	for (size_t i = 0; i < n; i++)
		if (parts[i].n)
			must(EVP_DigestUpdate(
			    kept_digest, parts[i].p, parts[i].n));
	must(EVP_DigestFinal_ex(kept_digest, out, NULL));
}

struct hash_stream *hash_stream_new(void)
{
	struct hash_stream *s = calloc(1, sizeof(*s));

	hash_start();
	if (!s)
		return NULL;
	s->ctx = EVP_MD_CTX_new();
	if (s->ctx && EVP_DigestInit_ex(s->ctx, sha256, NULL))
		return s;
	hash_stream_free(s);
	return NULL;
}

void hash_stream_put(struct hash_stream *s, struct span in)
{
	if (in.n)
		must(EVP_DigestUpdate(s->ctx, in.p, in.n));
}

void hash_stream_end(struct hash_stream *s, uint8_t out[static HASH_SIZE])
{
	must(EVP_DigestFinal_ex(s->ctx, out, NULL));
	must(EVP_DigestInit_ex(s->ctx, NULL, NULL));
}

void hash_stream_free(struct hash_stream *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->ctx);
	free(s);
}

static void mac_run(EVP_MAC_CTX *ctx, const struct span *parts, size_t n,
    uint8_t out[static HASH_SIZE])
{
	for (size_t i = 0; i < n; i++)
		if (parts[i].n)
			must(EVP_MAC_update(ctx, parts[i].p, parts[i].n));
	must(EVP_MAC_final(ctx, out, NULL, HASH_SIZE));
}

static void put_block(const uint8_t *key, uint8_t with)
{
	uint8_t block[BLOCK];

	for (size_t i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ with;
	must(EVP_DigestInit_ex(kept_digest, NULL, NULL) &&
	    EVP_DigestUpdate(kept_digest, block, BLOCK));
	secret_wipe(block, sizeof(block));
}

/* RFC 2104 over the kept digest: a key for one message costs half of what
 * OpenSSL's MAC takes to change its key twice. */
void hash_hmac_parts(struct span key, const struct span *parts, size_t n,
    uint8_t out[static HASH_SIZE])
{
	uint8_t padded[BLOCK] = {0}, inner[HASH_SIZE];

	hash_start();
	if (key.n > BLOCK)
		hash_sha256(key, padded);
	else if (key.n)
		memcpy(padded, key.p, key.n);
	put_block(padded, 0x36);
	for (size_t i = 0; i < n; i++)
		if (parts[i].n)
			must(EVP_DigestUpdate(
			    kept_digest, parts[i].p, parts[i].n));
	must(EVP_DigestFinal_ex(kept_digest, inner, NULL));
	put_block(padded, 0x5c);
	must(EVP_DigestUpdate(kept_digest, inner, HASH_SIZE) &&
	    EVP_DigestFinal_ex(kept_digest, out, NULL) &&
	    EVP_DigestInit_ex(kept_digest, NULL, NULL));
	secret_wipe(padded, sizeof(padded));
	secret_wipe(inner, sizeof(inner));
}

void hash_hmac(struct span key, struct span in, uint8_t out[static HASH_SIZE])
{
	hash_hmac_parts(key, &in, 1, out);
}

struct hash_mac *hash_mac_new(struct span key)
{
	struct hash_mac *m = calloc(1, sizeof(*m));

	hash_start();
	if (!m)
		return NULL;
	if (key.n == 0)
		key = span_of(no_key, sizeof(no_key));
	m->ctx = mac_context();
	if (m->ctx && EVP_MAC_init(m->ctx, key.p, key.n, NULL))
		return m;
	hash_mac_free(m);
	return NULL;
}

void hash_mac_parts(struct hash_mac *m, const struct span *parts, size_t n,
    uint8_t out[static HASH_SIZE])
{
	must(EVP_MAC_init(m->ctx, NULL, 0, NULL));
	mac_run(m->ctx, parts, n, out);
}

void hash_mac_free(struct hash_mac *m)
{
	if (!m)
		return;
	EVP_MAC_CTX_free(m->ctx);
	free(m);
}

void hash_hkdf_extract(
    struct span salt, struct span ikm, uint8_t out[static HASH_SIZE])
{
	hash_hmac(salt, ikm, out);
}

void hash_hkdf_expand(const uint8_t prk[static HASH_SIZE], struct span info,
    uint8_t *out, size_t n)
{
	hash_hkdf_expand_parts(prk, &info, 1, out, n);
}

/* RFC 5869 §2.3: T(i) = HMAC(prk, T(i-1) || info || i), i from 1 to 255. */
void hash_hkdf_expand_parts(const uint8_t prk[static HASH_SIZE],
    const struct span *info, size_t parts, uint8_t *out, size_t n)
{
	struct span all[HASH_INFO_PARTS + 2];
	uint8_t block[HASH_SIZE], i = 0;

	must(parts <= HASH_INFO_PARTS && n <= 255 * HASH_SIZE);
	memcpy(all + 1, info, parts * sizeof(*info));
	all[parts + 1] = span_of(&i, sizeof(i));
	while (n > 0) {
		size_t take = n < HASH_SIZE ? n : HASH_SIZE;

		all[0] = span_of(block, i++ ? HASH_SIZE : 0);
		hash_hmac_parts(
		    span_of(prk, HASH_SIZE), all, parts + 2, block);
		memcpy(out, block, take);
		out += take;
		n -= take;
	}
	secret_wipe(block, sizeof(block));
}

void hash_hkdf(struct span salt, struct span ikm, struct span info,
    uint8_t *out, size_t n)
{
	uint8_t prk[HASH_SIZE];

	hash_hkdf_extract(salt, ikm, prk);
	hash_hkdf_expand(prk, info, out, n);
	secret_wipe(prk, sizeof(prk));
}
