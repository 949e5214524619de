/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/aead.h"
#include "keeper/snapfile.h"

#define HEAD_SIZE (4 + 4 + 8 + HASH_SIZE + HASH_SIZE)
#define SEALED (SNAPFILE_CHUNK + AEAD_TAG)
#define NONE UINT32_MAX

static const uint8_t magic[4] = {'E', 'C', 'S', '3'};

struct snapfile {
	int fd;
	uint8_t head[HEAD_SIZE];
	struct secret key;
	uint64_t size;		/* bytes without head and tags */
	uint32_t count;		/* chunks */
	uint32_t at;		/* the one in plain; NONE */
	size_t n;		/* bytes in plain */
	char temp[PATH_MAX], path[PATH_MAX];
	uint8_t plain[SNAPFILE_CHUNK], sealed[SEALED];
};

void snapfile_unlock(struct snapfile *f, const struct secret *key)
{
	hash_hkdf(span_of(f->head + HEAD_SIZE - HASH_SIZE, HASH_SIZE),
	    span_of(key->key, SECRET_SIZE), span_str("ecluse/snapshot/v2"),
	    f->key.key, SECRET_SIZE);
}

void snapfile_close(struct snapfile *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		(void)close(f->fd);
	secret_wipe(f, sizeof(*f));
	free(f);
}

static void nonce_of(uint32_t number, bool last, uint8_t to[static AEAD_NONCE])
{
	memset(to, 0, AEAD_NONCE);
	to[0] = last;
	put_be32(to + AEAD_NONCE - 4, number);
}

static bool name(struct snapfile *f, const char *temp, const char *path)
{
	int a = snprintf(f->temp, sizeof(f->temp), "%s", temp);
	int b = snprintf(f->path, sizeof(f->path), "%s", path);

	return a >= 0 && (size_t)a < sizeof(f->temp) && b >= 0 &&
	    (size_t)b < sizeof(f->path);
}

enum err snapfile_make(const char *temp, const char *path,
    const struct snapfile_head *head, const struct secret *key,
    const struct random *random, struct snapfile **ret)
{
	struct snapfile *f = calloc(1, sizeof(*f));

	if (!f)
		return ERR_NOMEM;
	f->fd = -1;
	memcpy(f->head, magic, sizeof(magic));
	put_be32(f->head + 4, head->month);
	put_be64(f->head + 8, head->size);
	memcpy(f->head + 16, head->root, HASH_SIZE);
	random_fill(random, f->head + 16 + HASH_SIZE, HASH_SIZE);
	snapfile_unlock(f, key);
	if (name(f, temp, path))
		f->fd = open(f->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	if (f->fd < 0 || file_write(f->fd, span_of(f->head, HEAD_SIZE))) {
		snapfile_close(f);
		return ERR_IO;
	}
	*ret = f;
	return ERR_OK;
}

static enum err put_chunk(struct snapfile *f, bool last)
{
	uint8_t nonce[AEAD_NONCE];
	enum err e;

	nonce_of(f->count, last, nonce);
	e = aead_seal(&f->key, nonce, span_of(f->head, HEAD_SIZE),
	    span_of(f->plain, f->n), f->sealed);
	if (!e)
		e = file_write(f->fd, span_of(f->sealed, f->n + AEAD_TAG));
	f->count++;
	f->n = 0;
	return e;
}

enum err snapfile_put(void *ctx, struct span s)
{
	struct snapfile *f = ctx;
	enum err e = ERR_OK;

	while (s.n > 0 && !e) {
		size_t room = SNAPFILE_CHUNK - f->n;
		size_t n = s.n < room ? s.n : room;

		if (room == 0) {
			e = put_chunk(f, false);
			continue;
		}
		memcpy(f->plain + f->n, s.p, n);
		f->n += n;
		s = span_of(s.p + n, s.n - n);
	}
	return e;
}

enum err snapfile_end(struct snapfile *f)
{
	enum err e = f->n ? put_chunk(f, true) : ERR_RANGE;

	if (!e && (fsync(f->fd) != 0 || rename(f->temp, f->path) != 0))
		e = ERR_IO;
	if (e)
		snapfile_drop(f);
	else
		snapfile_close(f);
	return e;
}

void snapfile_drop(struct snapfile *f)
{
	(void)unlink(f->temp);
	snapfile_close(f);
}

/* Whole chunks but the last, which has a byte at least. */
static bool has_chunks(struct snapfile *f, off_t bytes)
{
	uint64_t n;

	if (bytes <= HEAD_SIZE + AEAD_TAG)
		return false;
	n = (uint64_t)bytes - HEAD_SIZE;
	if ((n - 1) / SEALED >= NONE - 1 || (n - 1) % SEALED < AEAD_TAG)
		return false;
	f->count = (uint32_t)((n - 1) / SEALED) + 1;
	f->size = n - (uint64_t)f->count * AEAD_TAG;
	return true;
}

static enum err read_at(int fd, uint8_t *to, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t got = pread(fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_IO;
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return ERR_OK;
}

enum err snapfile_open(
    const char *path, struct snapfile_head *ret_head, struct snapfile **ret)
{
	struct snapfile *f;
	struct stat st;
	enum err e;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
	f = calloc(1, sizeof(*f));
	if (!f) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	f->fd = fd;
	f->at = NONE;
	e = fstat(fd, &st) == 0 ? ERR_OK : ERR_IO;
	if (!e && !has_chunks(f, st.st_size))
		e = ERR_SHAPE;
	if (!e)
		e = read_at(fd, f->head, HEAD_SIZE, 0);
	if (!e && memcmp(f->head, magic, sizeof(magic)) != 0)
		e = ERR_SHAPE;
	if (e) {
		snapfile_close(f);
		return e;
	}
	ret_head->month = get_be32(f->head + 4);
	ret_head->size = get_be64(f->head + 8);
	memcpy(ret_head->root, f->head + 16, HASH_SIZE);
	*ret = f;
	return ERR_OK;
}

static enum err need_chunk(struct snapfile *f, uint32_t number)
{
	bool last = number == f->count - 1;
	uint8_t nonce[AEAD_NONCE];
	enum err e;

	if (number == f->at)
		return ERR_OK;
	f->at = NONE;
	f->n = last ? f->size - (uint64_t)number * SNAPFILE_CHUNK :
	    SNAPFILE_CHUNK;
	e = read_at(f->fd, f->sealed, f->n + AEAD_TAG,
	    HEAD_SIZE + (uint64_t)number * SEALED);
	nonce_of(number, last, nonce);
	if (!e)
		e = aead_open(&f->key, nonce, span_of(f->head, HEAD_SIZE),
		    span_of(f->sealed, f->n + AEAD_TAG), f->plain);
	if (!e)
		f->at = number;
	return e;
}

enum err snapfile_fetch(void *ctx, uint64_t at, void *to, size_t n)
{
	struct snapfile *f = ctx;
	uint8_t *p = to;

	if (at > f->size || n > f->size - at)
		return ERR_CORRUPT;
	while (n > 0) {
		size_t from = at % SNAPFILE_CHUNK, some = SNAPFILE_CHUNK - from;
		enum err e = need_chunk(f, (uint32_t)(at / SNAPFILE_CHUNK));

		if (e)
			return e;
		some = n < some ? n : some;
		memcpy(p, f->plain + from, some);
		p += some;
		at += some;
		n -= some;
	}
	return ERR_OK;
}
