/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "registry/keyring.h"

/*
 * keys.sealed: "ECK1" | nonce (12) | AES-256-GCM of ten 32-byte keys in the
 * order of struct keyring, under HKDF(root key, "ecluse/keyring/v1").
 */
#define KEYRING_KEYS 10
#define KEYRING_PLAIN (KEYRING_KEYS * SECRET_SIZE)
#define KEYRING_HEAD 4
#define KEYRING_FILE (KEYRING_HEAD + AEAD_NONCE + KEYRING_PLAIN + AEAD_TAG)

static const uint8_t head[KEYRING_HEAD] = {'E', 'C', 'K', '1'};

static void wrapping_key(const uint8_t *root, struct secret *ret)
{
	hash_hkdf(span_of(NULL, 0), span_of(root, SECRET_SIZE),
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

static enum err wrap(const uint8_t *root, const uint8_t *plain,
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

struct paths {
	char root[PATH_MAX], keys[PATH_MAX];
};

static enum err paths_of(const char *folder, struct paths *ret)
{
	enum err e =
	    file_path(ret->root, sizeof(ret->root), folder, "root.key");

	return e ? e :
	    file_path(ret->keys, sizeof(ret->keys), folder, "keys.sealed");
}

/* Both files or none: a root key that stands beside another's sealed keys
 * would be taken for theirs. */
static enum err write_files(
    const struct paths *p, struct span root, struct span file)
{
	enum err e;

	if (access(p->keys, F_OK) == 0)
		return ERR_EXISTS;
	e = file_create(p->root, root, 0600);
	if (e)
		return e;
	e = file_create(p->keys, file, 0600);
	if (e)
		(void)unlink(p->root);
	return e;
}

enum err keyring_make(
    const char *folder, const struct random *random, struct keyring **ret)
{
	uint8_t root[SECRET_SIZE], plain[KEYRING_PLAIN], file[KEYRING_FILE];
	struct keyring *k = NULL;
	struct paths p;
	enum err e = paths_of(folder, &p);

	if (e)
		return e;
	random_fill(random, root, sizeof(root));
	e = draw(random, plain);
	if (!e)
		e = wrap(root, plain, random, file);
	if (!e)
		e = unpack(plain, &k);
	if (!e)
		e = write_files(&p, span_of(root, sizeof(root)),
		    span_of(file, sizeof(file)));
	secret_wipe(root, sizeof(root));
	secret_wipe(plain, sizeof(plain));
	if (e) {
		keyring_free(k);
		return e;
	}
	*ret = k;
	return ERR_OK;
}

static enum err check_mode(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	return st.st_mode & (S_IRWXG | S_IRWXO) ? ERR_STATE : ERR_OK;
}

static enum err unwrap(
    struct span root, struct span file, struct keyring **ret)
{
	uint8_t plain[KEYRING_PLAIN];
	struct secret key;
	enum err e;

	if (root.n != SECRET_SIZE || file.n != KEYRING_FILE ||
	    memcmp(file.p, head, KEYRING_HEAD) != 0)
		return ERR_SHAPE;
	wrapping_key(root.p, &key);
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

enum err keyring_load(const char *folder, struct keyring **ret)
{
	struct buf root, file;
	struct paths p;
	enum err e = paths_of(folder, &p);

	if (e)
		return e;
	buf_init(&root, SECRET_SIZE);
	buf_init(&file, KEYRING_FILE);
	e = check_mode(p.root);
	if (!e)
		e = file_read(p.root, &root);
	if (!e)
		e = file_read(p.keys, &file);
	if (!e)
		e = unwrap(buf_span(&root), buf_span(&file), ret);
	if (root.p)
		secret_wipe(root.p, root.cap);
	buf_release(&root);
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
