/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include "base/file.h"
#include "crypto/openssl.h"
#include "crypto/pem.h"
#include "crypto/secret.h"

struct asking {
	pem_ask ask;
	void *ctx;
};

/* OpenSSL would ask the terminal for a password by itself. */
static int password(char *to, int size, int writing, void *ctx)
{
	const struct asking *a = ctx;

	(void)writing;
	return a->ask ? a->ask(a->ctx, to, size) : -1;
}

static EVP_PKEY *decode(
    struct span pem, enum pem_kind kind, struct asking asking)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = NULL;

	if (bio && kind == PEM_PRIVATE)
		key = PEM_read_bio_PrivateKey(bio, NULL, password, &asking);
	if (bio && kind == PEM_PUBLIC)
		key = PEM_read_bio_PUBKEY(bio, NULL, password, &asking);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

static enum err load(const char *path, bool also_public,
    struct asking asking, EVP_PKEY **ret)
{
	EVP_PKEY *key = NULL;
	struct buf pem;
	enum err e;

	buf_init(&pem, PEM_MAX);
	/* room at once: a buffer that grows leaves copies behind */
	if (!buf_extend(&pem, PEM_MAX))
		return ERR_NOMEM;
	buf_clear(&pem);
	e = file_read(path, &pem);
	if (e)
		goto out;
	key = decode(buf_span(&pem), PEM_PRIVATE, asking);
	if (!key && also_public)
		key = decode(buf_span(&pem), PEM_PUBLIC, asking);
	if (key)
		*ret = key;
	else
		e = ERR_SHAPE;
out:
	secret_wipe(pem.p, pem.cap);
	buf_release(&pem);
	return e;
}

enum err pem_private(const char *path, EVP_PKEY **ret)
{
	return load(path, false, (struct asking){0}, ret);
}

enum err pem_private_locked(
    const char *path, pem_ask ask, void *ctx, EVP_PKEY **ret)
{
	return load(path, false, (struct asking){ask, ctx}, ret);
}

enum err pem_public(const char *path, EVP_PKEY **ret)
{
	return load(path, true, (struct asking){0}, ret);
}

enum err pem_save(EVP_PKEY *key, enum pem_kind kind, const char *path)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long n = 0;
	bool ok = false;
	enum err e = ERR_NOMEM;

	if (bio && kind == PEM_PRIVATE)
		ok = PEM_write_bio_PKCS8PrivateKey(
		         bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	if (bio && kind == PEM_PUBLIC)
		ok = PEM_write_bio_PUBKEY(bio, key) == 1;
	if (ok)
		n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		e = file_create(path, span_of(text, (size_t)n),
		    kind == PEM_PRIVATE ? 0600 : 0644);
	BIO_free(bio);	/* wipes its memory */
	ERR_clear_error();
	return e;
}
