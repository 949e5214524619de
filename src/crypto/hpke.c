/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"

struct hpke_key {
	uint8_t scalar[HPKE_PRIVATE], point[HPKE_PUBLIC];
};

/* RFC 9180 §4.1 and §5.1: what the labels of KEM and context are bound to. */
static const uint8_t kem_id[] = {'K', 'E', 'M', 0x00, 0x10};
static const uint8_t hpke_id[] = {
    'H', 'P', 'K', 'E', 0x00, 0x10, 0x00, 0x01, 0x00, 0x02};
static const struct span kem = {kem_id, sizeof(kem_id)};
static const struct span suite = {hpke_id, sizeof(hpke_id)};
static const struct span none;

/* RFC 9180 §4: "HPKE-v1" || suite_id || label || ikm, extracted. */
static void extract(struct span salt, struct span id, const char *label,
    struct span ikm, uint8_t out[static HASH_SIZE])
{
	struct span parts[] = {
	    span_str("HPKE-v1"), id, span_str(label), ikm};

	hash_hmac_parts(salt, parts, 4, out);
}

/* RFC 9180 §4: I2OSP(L, 2) || "HPKE-v1" || suite_id || label || info. */
static void expand(const uint8_t prk[static HASH_SIZE], struct span id,
    const char *label, struct span info, uint8_t *out, size_t n)
{
	uint8_t size[2] = {0};
	struct span parts[] = {span_of(size, sizeof(size)),
	    span_str("HPKE-v1"), id, span_str(label), info};

	put_be16(size, (uint16_t)n);
	hash_hkdf_expand_parts(prk, parts, 5, out, n);
}

enum err hpke_key_make(const struct random *random, struct hpke_key **ret)
{
	uint8_t ikm[HPKE_PRIVATE];
	enum err e;

	random_fill(random, ikm, sizeof(ikm));
	e = hpke_key_derive(span_of(ikm, sizeof(ikm)), ret);
	secret_wipe(ikm, sizeof(ikm));
	return e;
}

/* RFC 9180 §7.1.3; the mask of P-256 is 0xff. 256 candidates outside the
 * group's order would be a chance of 2^-8192. */
enum err hpke_key_derive(struct span ikm, struct hpke_key **ret)
{
	uint8_t prk[HASH_SIZE], scalar[HPKE_PRIVATE];
	enum err e = ERR_CRYPTO;

	extract(none, kem, "dkp_prk", ikm, prk);
	for (unsigned counter = 0; e == ERR_CRYPTO && counter < 256;
	     counter++) {
		uint8_t c = (uint8_t)counter;

		expand(prk, kem, "candidate", span_of(&c, 1), scalar,
		    sizeof(scalar));
		if (p256_scalar_ok(scalar))
			e = hpke_key_from(scalar, ret);
	}
	secret_wipe(prk, sizeof(prk));
	secret_wipe(scalar, sizeof(scalar));
	return e;
}

enum err hpke_key_from(
    const uint8_t scalar[static HPKE_PRIVATE], struct hpke_key **ret)
{
	struct hpke_key *k = calloc(1, sizeof(*k));
	enum err e;

	if (!k)
		return ERR_NOMEM;
	memcpy(k->scalar, scalar, sizeof(k->scalar));
	e = p256_point_make(scalar, k->point);
	if (e)
		hpke_key_free(k);
	else
		*ret = k;
	return e;
}

void hpke_key_free(struct hpke_key *k)
{
	if (!k)
		return;
	secret_wipe(k, sizeof(*k));
	free(k);
}

void hpke_key_public(
    const struct hpke_key *k, uint8_t out[static HPKE_PUBLIC])
{
	memcpy(out, k->point, HPKE_PUBLIC);
}

void hpke_key_private(
    const struct hpke_key *k, uint8_t out[static HPKE_PRIVATE])
{
	memcpy(out, k->scalar, HPKE_PRIVATE);
}

/* RFC 9180 §5.1, KeySchedule of mode_base: psk and psk_id are empty. */
static void schedule(const uint8_t shared[static HASH_SIZE],
    struct span info, struct hpke_context *ctx)
{
	uint8_t context[1 + 2 * HASH_SIZE] = {0x00}, secret[HASH_SIZE];
	struct span about = {context, sizeof(context)};

	extract(none, suite, "psk_id_hash", none, context + 1);
	extract(none, suite, "info_hash", info, context + 1 + HASH_SIZE);
	extract(span_of(shared, HASH_SIZE), suite, "secret", none, secret);
	expand(secret, suite, "key", about, ctx->key.key, SECRET_SIZE);
	expand(secret, suite, "base_nonce", about, ctx->nonce, AEAD_NONCE);
	expand(secret, suite, "exp", about, ctx->exporter.key, SECRET_SIZE);
	secret_wipe(secret, sizeof(secret));
}

/* RFC 9180 §4.1: the shared secret of ours and theirs, then the schedule. */
static enum err agree(const uint8_t ours[static HPKE_PRIVATE],
    const uint8_t theirs[static HPKE_PUBLIC],
    const uint8_t enc[static HPKE_PUBLIC],
    const uint8_t recipient[static HPKE_PUBLIC], struct span info,
    struct hpke_context *ctx)
{
	uint8_t about[2 * HPKE_PUBLIC], dh[P256_SCALAR];
	uint8_t prk[HASH_SIZE], shared[HASH_SIZE];
	enum err e = p256_exchange(ours, theirs, dh);

	if (e)
		return e;
	memcpy(about, enc, HPKE_PUBLIC);
	memcpy(about + HPKE_PUBLIC, recipient, HPKE_PUBLIC);
	extract(none, kem, "eae_prk", span_of(dh, sizeof(dh)), prk);
	expand(prk, kem, "shared_secret", span_of(about, sizeof(about)),
	    shared, sizeof(shared));
	schedule(shared, info, ctx);
	secret_wipe(dh, sizeof(dh));
	secret_wipe(prk, sizeof(prk));
	secret_wipe(shared, sizeof(shared));
	return ERR_OK;
}

enum err hpke_setup_sender(const uint8_t pk[static HPKE_PUBLIC],
    struct span info, const struct random *random,
    uint8_t enc[static HPKE_PUBLIC], struct hpke_context *ctx)
{
	struct hpke_key *ephemeral = NULL;
	enum err e = hpke_key_make(random, &ephemeral);

	if (!e)
		e = hpke_setup_sender_with(pk, info, ephemeral, enc, ctx);
	hpke_key_free(ephemeral);
	return e;
}

enum err hpke_setup_sender_with(
    const uint8_t pk[static HPKE_PUBLIC], struct span info,
    const struct hpke_key *ephemeral, uint8_t enc[static HPKE_PUBLIC],
    struct hpke_context *ctx)
{
	enum err e = agree(
	    ephemeral->scalar, pk, ephemeral->point, pk, info, ctx);

	if (!e)
		hpke_key_public(ephemeral, enc);
	return e;
}

enum err hpke_setup_receiver(const struct hpke_key *k,
    const uint8_t enc[static HPKE_PUBLIC], struct span info,
    struct hpke_context *ctx)
{
	return agree(k->scalar, enc, enc, k->point, info, ctx);
}

enum err hpke_seal(const struct hpke_context *ctx, struct span ad,
    struct span in, uint8_t *out)
{
	return aead_seal(&ctx->key, ctx->nonce, ad, in, out);
}

enum err hpke_open(const struct hpke_context *ctx, struct span ad,
    struct span in, uint8_t *out)
{
	return aead_open(&ctx->key, ctx->nonce, ad, in, out);
}

void hpke_export(const struct hpke_context *ctx, struct span label,
    uint8_t *out, size_t n)
{
	expand(ctx->exporter.key, suite, "sec", label, out, n);
}
