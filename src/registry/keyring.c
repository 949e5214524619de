/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "registry/keyring.h"

/*
 * keys.sealed: "ECK1" | nonce (12) | AES-256-GCM of ten 32-byte keys in the
 * order of struct keyring, under HKDF(root key, "ecluse/keyring/v1").
 */
#define KEYRING_NAME "keys.sealed"
#define KEYRING_KEYS 10
#define KEYRING_PLAIN (KEYRING_KEYS * SECRET_SIZE)
#define KEYRING_HEAD 4
#define KEYRING_FILE (KEYRING_HEAD + AEAD_NONCE + KEYRING_PLAIN + AEAD_TAG)

static const uint8_t head[KEYRING_HEAD] = {'E', 'C', 'K', '1'};

static void wrapping_key(const struct secret *root, struct secret *ret)
{
	hash_hkdf(span_of(NULL, 0), span_of(root->key, SECRET_SIZE),
	    span_str("ecluse/keyring/v1"), ret->key, SECRET_SIZE);
}

static enum err unpack(const uint8_t *plain, struct keyring **ret)
{
	struct keyring *k = calloc(1, sizeof(*k));
	struct sign_private **signers[4];
	struct secret *secrets[5];
	enum err e = ERR_OK;

	if (!k)
		return ERR_NOMEM;
	signers[0] = &k->log;
	signers[1] = &k->registry;
	signers[2] = &k->answer;
	signers[3] = &k->promise;
	secrets[0] = &k->index;
	secrets[1] = &k->replay;
	secrets[2] = &k->blinding;
	secrets[3] = &k->months;
	secrets[4] = &k->snapshot;
	for (int i = 0; i < 4 && !e; i++)
		e = sign_private_ed25519(plain + i * SECRET_SIZE, signers[i]);
	if (!e)
		e = hpke_key_from(plain + 4 * SECRET_SIZE, &k->sealing);
	for (int i = 0; i < 5; i++)
		memcpy(secrets[i]->key, plain + (5 + i) * SECRET_SIZE,
		    SECRET_SIZE);
	if (e) {
		keyring_free(k);
		return e;
	}
	*ret = k;
	return ERR_OK;
}

static enum err draw(const struct random *random, uint8_t *plain)
{
	struct hpke_key *sealing = NULL;
	enum err e;

	random_fill(random, plain, KEYRING_PLAIN);
	e = hpke_key_make(random, &sealing);
	if (!e)
		hpke_key_private(sealing, plain + 4 * SECRET_SIZE);
	hpke_key_free(sealing);
	return e;
}

static enum err wrap(const struct secret *root, const uint8_t *plain,
    const struct random *random, uint8_t *out)
{
	struct secret key;
	enum err e;

	memcpy(out, head, KEYRING_HEAD);
	random_fill(random, out + KEYRING_HEAD, AEAD_NONCE);
	wrapping_key(root, &key);
	e = aead_seal(&key, out + KEYRING_HEAD, span_of(head, KEYRING_HEAD),
	    span_of(plain, KEYRING_PLAIN), out + KEYRING_HEAD + AEAD_NONCE);
	secret_wipe(&key, sizeof(key));
	return e;
}

enum err keyring_make(const char *folder, const struct secret *root,
    const struct random *random, struct keyring **ret)
{
	uint8_t plain[KEYRING_PLAIN], file[KEYRING_FILE];
	struct keyring *k = NULL;
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), folder, KEYRING_NAME);

	if (!e)
		e = draw(random, plain);
	if (!e)
		e = wrap(root, plain, random, file);
	if (!e)
		e = unpack(plain, &k);
	if (!e)
		e = file_create(path, span_of(file, sizeof(file)), 0600);
	secret_wipe(plain, sizeof(plain));
	if (e) {
		keyring_free(k);
		return e;
	}
	*ret = k;
	return ERR_OK;
}

static enum err unwrap(
    const struct secret *root, struct span file, struct keyring **ret)
{
	uint8_t plain[KEYRING_PLAIN];
	struct secret key;
	enum err e;

	if (file.n != KEYRING_FILE || memcmp(file.p, head, KEYRING_HEAD) != 0)
		return ERR_SHAPE;
	wrapping_key(root, &key);
	e = aead_open(&key, file.p + KEYRING_HEAD,
	    span_of(head, KEYRING_HEAD),
	    span_of(file.p + KEYRING_HEAD + AEAD_NONCE,
		KEYRING_PLAIN + AEAD_TAG),
	    plain);
	if (!e)
		e = unpack(plain, ret);
	secret_wipe(&key, sizeof(key));
	secret_wipe(plain, sizeof(plain));
	return e;
}

enum err keyring_load(const char *folder, const struct secret *root,
    struct keyring **ret)
{
	char path[PATH_MAX];
	struct buf file;
	enum err e = file_path(path, sizeof(path), folder, KEYRING_NAME);

	if (e)
		return e;
	buf_init(&file, KEYRING_FILE);
	e = file_read(path, &file);
	if (!e)
		e = unwrap(root, buf_span(&file), ret);
	buf_release(&file);
	return e;
}

void keyring_free(struct keyring *k)
{
	if (!k)
		return;
	sign_private_free(k->log);
	sign_private_free(k->registry);
	sign_private_free(k->answer);
	sign_private_free(k->promise);
	hpke_key_free(k->sealing);
	secret_wipe(k, sizeof(*k));
	free(k);
}
