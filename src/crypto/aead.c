/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/must.h"
#include "crypto/aead.h"
#include "crypto/openssl.h"

/* Fetched once, for a fetch costs more than sealing 256 bytes. */
static EVP_CIPHER *gcm, *siv;
static EVP_CIPHER_CTX *kept;

void aead_start(void)
{
	if (kept)
		return;
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	siv = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
	kept = EVP_CIPHER_CTX_new();
	must_have(gcm && siv && kept, "a cipher");
}

/* OpenSSL counts in int. */
static bool countable(struct span ad, struct span in)
{
	return ad.n <= INT_MAX && in.n <= INT_MAX - AEAD_TAG;
}

/* An empty view may have no address, which OpenSSL reads as "finish". */
static const uint8_t *address(struct span s)
{
	static const uint8_t nothing[1];

	return s.n ? s.p : nothing;
}

/* Runs the data through the kept context, all but the tag. */
static bool run(struct span ad, bool with_ad, struct span in, uint8_t *out)
{
	uint8_t end[AEAD_TAG];
	int n;

	if (with_ad &&
	    !EVP_CipherUpdate(kept, NULL, &n, address(ad), (int)ad.n))
		return false;
	if (in.n && !EVP_CipherUpdate(kept, out, &n, in.p, (int)in.n))
		return false;
	return EVP_CipherFinal_ex(kept, end, &n) == 1;
}

static bool get_tag(uint8_t *to)
{
	return EVP_CIPHER_CTX_ctrl(
	           kept, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, to) == 1;
}

static bool set_tag(const uint8_t *from)
{
	uint8_t tag[AEAD_TAG];

	memcpy(tag, from, sizeof(tag));	/* the call wants it writable */
	return EVP_CIPHER_CTX_ctrl(
	           kept, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag) == 1;
}

enum err aead_seal(const struct secret *key,
    const uint8_t nonce[static AEAD_NONCE], struct span ad, struct span in,
    uint8_t *out)
{
	bool ok;

	if (!countable(ad, in))
		return ERR_LIMIT;
	aead_start();
	ok = EVP_CipherInit_ex2(kept, gcm, key->key, nonce, 1, NULL) &&
	    run(ad, ad.n > 0, in, out) && get_tag(out + in.n);
	EVP_CIPHER_CTX_reset(kept);	/* wipes the key schedule */
	return ok ? ERR_OK : ERR_CRYPTO;
}

enum err aead_open(const struct secret *key,
    const uint8_t nonce[static AEAD_NONCE], struct span ad, struct span in,
    uint8_t *out)
{
	struct span text;
	bool ok;

	if (in.n < AEAD_TAG)
		return ERR_CRYPTO;
	text = span_of(in.p, in.n - AEAD_TAG);
	if (!countable(ad, in))
		return ERR_LIMIT;
	aead_start();
	ok = EVP_CipherInit_ex2(kept, gcm, key->key, nonce, 0, NULL) &&
	    set_tag(in.p + text.n) && run(ad, ad.n > 0, text, out);
	EVP_CIPHER_CTX_reset(kept);
	if (!ok && text.n)
		secret_wipe(out, text.n);
	return ok ? ERR_OK : ERR_CRYPTO;
}

enum err aead_siv_seal(const uint8_t key[static AEAD_SIV_KEY],
    struct span ad, struct span in, uint8_t *out)
{
	bool ok;

	if (in.n == 0)
		return ERR_RANGE;
	if (!countable(ad, in))
		return ERR_LIMIT;
	aead_start();
	ok = EVP_CipherInit_ex2(kept, siv, key, NULL, 1, NULL) &&
	    run(ad, true, in, out + AEAD_TAG) && get_tag(out);
	EVP_CIPHER_CTX_reset(kept);
	return ok ? ERR_OK : ERR_CRYPTO;
}

enum err aead_siv_open(const uint8_t key[static AEAD_SIV_KEY],
    struct span ad, struct span in, uint8_t *out)
{
	struct span text;
	bool ok;

	if (in.n <= AEAD_TAG)
		return ERR_CRYPTO;
	text = span_of(in.p + AEAD_TAG, in.n - AEAD_TAG);
	if (!countable(ad, in))
		return ERR_LIMIT;
	aead_start();
	ok = EVP_CipherInit_ex2(kept, siv, key, NULL, 0, NULL) &&
	    set_tag(in.p) && run(ad, true, text, out);
	EVP_CIPHER_CTX_reset(kept);
	if (!ok)
		secret_wipe(out, text.n);
	return ok ? ERR_OK : ERR_CRYPTO;
}
