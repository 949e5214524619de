/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "crypto/aead.h"
#include "crypto/sign.h"
#include "failing.h"

static enum failing_kind failing;
static int left = -1;	/* calls before the one that fails; -1: none does */
static int with;
static bool failed;

void failing_set(enum failing_kind kind, int nth, int error)
{
	failing = kind;
	left = nth;
	with = error;
	failed = false;
}

bool failing_end(void)
{
	left = -1;
	return failed;
}

static bool fails(enum failing_kind kind)
{
	if (kind != failing || left < 0 || left-- > 0)
		return false;
	failed = true;
	errno = with;
	return true;
}

/* What the linker leads here (--wrap), and what stood there. */
#define WRAP(kind, bad, type, name, args, call) \
	type __wrap_##name args; \
	type __real_##name args; \
	type __wrap_##name args \
	{ \
		return fails(kind) ? (bad) : __real_##name call; \
	}

WRAP(FAILING_MEMORY, NULL, void *, malloc, (size_t n), (n))
WRAP(FAILING_MEMORY, NULL, void *, calloc, (size_t n, size_t each), (n, each))
WRAP(FAILING_MEMORY, NULL, void *, reallocarray,
    (void *p, size_t n, size_t each), (p, n, each))
WRAP(FAILING_MEMORY, NULL, char *, strdup, (const char *s), (s))

/* --- what is given back --- */

static const char *watched;	/* NULL: nothing is looked at */
static bool seen;
static size_t longest;

void failing_watch(const char *words)
{
	watched = words;
	seen = false;
	longest = 0;
}

bool failing_seen(size_t *ret_longest)
{
	watched = NULL;
	*ret_longest = longest;
	return seen;
}

static bool look(const void *p, size_t n)
{
	return memmem(p, n, watched, strlen(watched)) != NULL;
}

void __wrap_free(void *p);
void __real_free(void *p);
void __wrap_free(void *p)
{
	size_t n = watched && p ? malloc_usable_size(p) : 0;

	if (n > longest)
		longest = n;
	if (n > 0 && look(p, n))
		seen = true;
	__real_free(p);
}

void *__wrap_realloc(void *p, size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n)
{
	bool has = watched && p && look(p, malloc_usable_size(p));
	void *wider = fails(FAILING_MEMORY) ? NULL : __real_realloc(p, n);

	/* where it moved to is an accident: it may have moved */
	seen |= has && wider;
	return wider;
}

#define DONE (with ? -1 : 0)	/* what a read or write that fails gives */

/* The names under which a 64-bit off_t and _FORTIFY_SOURCE call them. */
WRAP(FAILING_READ, DONE, ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
WRAP(FAILING_READ, DONE, ssize_t, __read_chk,
    (int fd, void *p, size_t n, size_t room), (fd, p, n, room))
WRAP(FAILING_READ, DONE, ssize_t, pread64,
    (int fd, void *p, size_t n, int64_t at), (fd, p, n, at))
WRAP(FAILING_READ, DONE, ssize_t, __pread64_chk,
    (int fd, void *p, size_t n, int64_t at, size_t room),
    (fd, p, n, at, room))
WRAP(FAILING_WRITE, DONE, ssize_t, write,
    (int fd, const void *p, size_t n), (fd, p, n))
WRAP(FAILING_WRITE, DONE, ssize_t, pwrite64,
    (int fd, const void *p, size_t n, int64_t at), (fd, p, n, at))

WRAP(FAILING_FLUSH, -1, int, fsync, (int fd), (fd))
WRAP(FAILING_FLUSH, -1, int, fdatasync, (int fd), (fd))
WRAP(FAILING_FLUSH, -1, int, syncfs, (int fd), (fd))

WRAP(FAILING_NAME, -1, int, rename, (const char *a, const char *b), (a, b))
WRAP(FAILING_NAME, -1, int, renameat,
    (int d, const char *a, int to, const char *b), (d, a, to, b))
WRAP(FAILING_NAME, -1, int, link, (const char *a, const char *b), (a, b))
WRAP(FAILING_NAME, -1, int, unlink, (const char *a), (a))
WRAP(FAILING_NAME, -1, int, unlinkat, (int d, const char *a, int flags),
    (d, a, flags))
WRAP(FAILING_NAME, -1, int, mkdir, (const char *a, mode_t mode), (a, mode))

WRAP(FAILING_FILE, -1, int, fstat64, (int fd, void *st), (fd, st))
WRAP(FAILING_FILE, -1, int, ftruncate64, (int fd, int64_t n), (fd, n))
WRAP(FAILING_FILE, -1, int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(FAILING_FILE, -1, int, chmod, (const char *a, mode_t mode), (a, mode))
WRAP(FAILING_FILE, -1, int, flock, (int fd, int how), (fd, how))

WRAP(FAILING_CIPHER, ERR_CRYPTO, enum err, sign_make,
    (const struct sign_private *k, struct span m, uint8_t *sig), (k, m, sig))
WRAP(FAILING_CIPHER, ERR_CRYPTO, enum err, aead_seal,
    (const struct secret *k, const uint8_t *nonce, struct span ad,
    struct span in, uint8_t *out), (k, nonce, ad, in, out))
WRAP(FAILING_CIPHER, ERR_CRYPTO, enum err, aead_open,
    (const struct secret *k, const uint8_t *nonce, struct span ad,
    struct span in, uint8_t *out), (k, nonce, ad, in, out))

WRAP(FAILING_PROCESS, -1, pid_t, fork, (void), ())
WRAP(FAILING_PROCESS, with, int, pthread_create, (void *t, const void *attr,
    void *(*run)(void *), void *ctx), (t, attr, run, ctx))
WRAP(FAILING_OPEN, -1, int, eventfd, (unsigned n, int flags), (n, flags))

/* What fork is called in a build that counts branches; and what a child of it
 * counted is written down before it ends. */
pid_t __wrap___gcov_fork(void);
void __gcov_exit(void) __attribute__((weak));
_Noreturn void __wrap__exit(int status);
_Noreturn void __real__exit(int status);

pid_t __wrap___gcov_fork(void)
{
	return __wrap_fork();
}

void __wrap__exit(int status)
{
	if (__gcov_exit)
		__gcov_exit();
	__real__exit(status);
}

WRAP(FAILING_OPEN, NULL, DIR *, opendir, (const char *a), (a))
WRAP(FAILING_OPEN, -1, int, __open64_2, (const char *a, int flags), (a, flags))
WRAP(FAILING_OPEN, -1, int, __openat64_2,
    (int d, const char *a, int flags), (d, a, flags))

/* With a mode where a file may be made. */
#define MODE_OF(flags) \
	mode_t mode = 0; \
	if ((flags) & O_CREAT) { \
		va_list ap; \
		va_start(ap, flags); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	}

int __wrap_open64(const char *a, int flags, ...);
int __real_open64(const char *a, int flags, ...);
int __wrap_openat64(int d, const char *a, int flags, ...);
int __real_openat64(int d, const char *a, int flags, ...);

int __wrap_open64(const char *a, int flags, ...)
{
	MODE_OF(flags)
	return fails(FAILING_OPEN) ? -1 : __real_open64(a, flags, mode);
}

int __wrap_openat64(int d, const char *a, int flags, ...)
{
	MODE_OF(flags)
	return fails(FAILING_OPEN) ? -1 : __real_openat64(d, a, flags, mode);
}

/* What could not be closed properly is closed all the same. */
int __wrap_close(int fd);
int __real_close(int fd);

int __wrap_close(int fd)
{
	int done = __real_close(fd);

	return fails(FAILING_FILE) ? -1 : done;
}
