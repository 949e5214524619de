/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "crypto/openssl.h"
#include "crypto/pem.h"
#include "crypto/secret.h"

static enum err read_all(int fd, uint8_t *to, size_t max, size_t *ret_n)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = read(fd, to + n, max - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0)
			break;
		n += (size_t)got;
		if (n == max)
			return ERR_LIMIT;
	}
	*ret_n = n;
	return ERR_OK;
}

/* OpenSSL would ask the terminal for a password: there is never one. */
static int no_password(char *to, int size, int writing, void *ctx)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static EVP_PKEY *decode(const uint8_t *pem, size_t n, enum pem_kind kind)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)n);
	EVP_PKEY *key = NULL;

	if (bio && kind == PEM_PRIVATE)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (bio && kind == PEM_PUBLIC)
		key = PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

static enum err load(const char *path, bool also_public, EVP_PKEY **ret)
{
	uint8_t *pem = malloc(PEM_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	EVP_PKEY *key = NULL;
	size_t n = 0;
	enum err e = pem ? ERR_IO : ERR_NOMEM;

	if (!pem || fd < 0)
		goto out;
	e = read_all(fd, pem, PEM_MAX + 1, &n);
	if (e)
		goto out;
	key = decode(pem, n, PEM_PRIVATE);
	if (!key && also_public)
		key = decode(pem, n, PEM_PUBLIC);
	if (key)
		*ret = key;
	else
		e = ERR_SHAPE;
out:
	if (fd >= 0)
		close(fd);
	secret_wipe(pem, pem ? PEM_MAX + 1 : 0);
	free(pem);
	return e;
}

enum err pem_private(const char *path, EVP_PKEY **ret)
{
	return load(path, false, ret);
}

enum err pem_public(const char *path, EVP_PKEY **ret)
{
	return load(path, true, ret);
}

static enum err write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return ERR_IO;
		p += put;
		n -= (size_t)put;
	}
	return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

static enum err write_new(const char *path, mode_t mode, struct span text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	enum err e;

	if (fd < 0)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	e = write_all(fd, text.p, text.n);
	if (close(fd) < 0 && !e)
		e = ERR_IO;
	if (e)
		(void)unlink(path);
	return e;
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
		e = write_new(path, kind == PEM_PRIVATE ? 0600 : 0644,
		    span_of(text, (size_t)n));
	BIO_free(bio);	/* wipes its memory */
	return e;
}
