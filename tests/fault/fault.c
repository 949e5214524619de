/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded (LD_PRELOAD) into every program of an instance, it makes one call
 * of one of them fail, as tests/fault/fault.h says. It has mapped the file
 * before the program begins, makes no system call of its own afterwards, and so
 * works behind the program's own filter, too.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "fault.h"

/* glibc's own, which need no looking up. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static struct fault_book *book;
static struct code {
	uintptr_t from, to;
} own, seccomp;

static void find_code(const struct dl_phdr_info *info, struct code *ret)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    (info->dlpi_phdr[i].p_flags & PF_X)) {
			ret->from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			ret->to = ret->from + info->dlpi_phdr[i].p_memsz;
		}
}

/*
 * libseccomp hangs where it wants for memory (src/confine/filter.c, which sees
 * to it that it does not): its allocations are no calls to fail. A program
 * names it, so it is there before the constructor runs.
 */
static int find_codes(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	if (info->dlpi_name[0] == '\0')
		find_code(info, &own);
	else if (strstr(info->dlpi_name, "/libseccomp.so"))
		find_code(info, &seccomp);
	return 0;
}

static bool holds(const struct code *c, const void *caller)
{
	return (uintptr_t)caller >= c->from && (uintptr_t)caller < c->to;
}

__attribute__((constructor)) static void open_book(void)
{
	const char *path = getenv("ECLUSE_FAULT");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct fault_book *b;

	if (fd < 0)
		return;
	b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (b == MAP_FAILED)
		return;
	(void)dl_iterate_phdr(find_codes, NULL);
	if (strncmp(b->program, program_invocation_short_name, FAULT_NAME) == 0)
		book = b;
	else
		munmap(b, sizeof(*b));
}

/* The ends of the names that descriptors were opened by. */
#define NAMES 1024
static char names[NAMES][FAULT_PLACE - 1];

static void keep_name(char to[static FAULT_PLACE - 1], const char *name)
{
	size_t n = strlen(name), most = FAULT_PLACE - 2;
	size_t left_out = n > most ? n - most : 0;

	memset(to, 0, FAULT_PLACE - 1);
	memcpy(to, name + left_out, n - left_out);
}

static int opened(int fd, int dir, const char *name)
{
	char whole[2 * FAULT_PLACE + 4096];

	if (!book || fd < 0 || fd >= NAMES)
		return fd;
	if (dir >= 0 && dir < NAMES && name[0] != '/' &&
	    strlen(name) < 4096) {
		size_t n = strlen(names[dir]);

		memcpy(whole, names[dir], n);
		whole[n] = '/';
		memcpy(whole + n + 1, name, strlen(name) + 1);
		name = whole;
	}
	keep_name(names[fd], name);
	return fd;
}

static bool changes(enum fault_kind kind)
{
	return kind == FAULT_WRITE || kind == FAULT_SYNC ||
	    kind == FAULT_FLUSH || kind == FAULT_RENAME || kind == FAULT_SIZE;
}

/* Until it is killed, or the test is over. */
static void stand_still(struct fault_book *b)
{
	__atomic_store_n(&b->held, (uint64_t)getpid(), __ATOMIC_RELEASE);
	while (__atomic_load_n(&b->held, __ATOMIC_ACQUIRE) != 0)
		__builtin_ia32_pause();
}

static bool fails_at(enum fault_kind kind, const char *name)
{
	struct fault_book *b = book;
	uint64_t nth, call;

	if (!b)
		return false;
	nth = __atomic_load_n(&b->nth, __ATOMIC_ACQUIRE);
	if (nth == 0 || (b->kind != kind &&
	    !(b->kind == FAULT_CHANGE && changes(kind))))
		return false;
	if (b->match[0] && !strstr(name, b->match))
		return false;
	call = __atomic_add_fetch(&b->calls, 1, __ATOMIC_RELAXED);
	if (nth == FAULT_COUNT && b->kind == FAULT_CHANGE &&
	    call <= FAULT_PLACES) {
		b->places[call - 1][0] = (char)kind;
		keep_name(b->places[call - 1] + 1, name);
	}
	if (nth == FAULT_COUNT || call < nth || (call > nth && !b->for_good))
		return false;
	b->failed++;
	if (b->error == FAULT_HOLD) {
		stand_still(b);
		return false;
	}
	errno = (int)b->error;
	return true;
}

/* Shall this call fail? Then errno is set, to 0 for a short one. */
static bool fails(enum fault_kind kind)
{
	return fails_at(kind, "");
}

static bool fails_on(enum fault_kind kind, int fd)
{
	return fails_at(kind, fd >= 0 && fd < NAMES ? names[fd] : "");
}

static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		abort();
	return found;
}

/* The function behind ours, looked up once. */
#define BEHIND(name) \
	static __typeof__(name) *behind; \
	if (!behind) { \
		void *at_ = next(#name); \
		memcpy(&behind, &at_, sizeof(behind)); \
	}

/* --- memory --- */

static bool alloc_fails(const void *caller)
{
	if (holds(&seccomp, caller))
		return false;
	return fails(FAULT_ALLOC) || (holds(&own, caller) && fails(FAULT_OWN));
}

#define FAILS() alloc_fails(__builtin_return_address(0))

void *malloc(size_t n)
{
	return FAILS() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t each)
{
	return FAILS() ? NULL : __libc_calloc(n, each);
}

void *realloc(void *p, size_t n)
{
	return FAILS() ? NULL : __libc_realloc(p, n);
}

/* The library would ask for these itself: they would be nobody's own. */
void *reallocarray(void *p, size_t n, size_t each)
{
	size_t whole;

	if (FAILS())
		return NULL;
	if (__builtin_mul_overflow(n, each, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, whole);
}

char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = FAILS() ? NULL : __libc_malloc(n);

	return p ? memcpy(p, s, n) : NULL;
}

void *aligned_alloc(size_t alignment, size_t n)
{
	return FAILS() ? NULL : __libc_memalign(alignment, n);
}

int posix_memalign(void **ret, size_t alignment, size_t n)
{
	void *p = FAILS() ? NULL : __libc_memalign(alignment, n);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

/* --- writing and reading --- */

/* What a program says is not failed: that is tried by its other end. */
static bool write_fails(int fd)
{
	return fd > STDERR_FILENO && fails_on(FAULT_WRITE, fd);
}

/* Of a call that fails: -1, or half of n, to be done. */
static bool is_short(size_t *n)
{
	if (errno != 0 || *n < 2)
		return false;
	*n /= 2;
	return true;
}

ssize_t write(int fd, const void *p, size_t n)
{
	BEHIND(write)
	if (write_fails(fd) && !is_short(&n))
		return -1;
	return behind(fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	BEHIND(pwrite)
	if (write_fails(fd) && !is_short(&n))
		return -1;
	return behind(fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	BEHIND(pwrite64)
	if (write_fails(fd) && !is_short(&n))
		return -1;
	return behind(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	BEHIND(writev)
	if (write_fails(fd))
		return -1;
	return behind(fd, iov, n);
}

ssize_t read(int fd, void *p, size_t n)
{
	BEHIND(read)
	return fails(FAULT_READ) ? -1 : behind(fd, p, n);
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	BEHIND(pread)
	return fails(FAULT_READ) ? -1 : behind(fd, p, n, at);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t at)
{
	BEHIND(pread64)
	return fails(FAULT_READ) ? -1 : behind(fd, p, n, at);
}

int fsync(int fd)
{
	BEHIND(fsync)
	return fails_on(FAULT_SYNC, fd) ? -1 : behind(fd);
}

int fdatasync(int fd)
{
	BEHIND(fdatasync)
	return fails_on(FAULT_FLUSH, fd) ? -1 : behind(fd);
}

int syncfs(int fd)
{
	BEHIND(syncfs)
	return fails_on(FAULT_SYNC, fd) ? -1 : behind(fd);
}

/* --- names --- */

int rename(const char *from, const char *to)
{
	BEHIND(rename)
	return fails_at(FAULT_RENAME, to) ? -1 : behind(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	BEHIND(renameat)
	return fails_at(FAULT_RENAME, to) ? -1 : behind(from_dir, from, to_dir, to);
}

int link(const char *from, const char *to)
{
	BEHIND(link)
	return fails_at(FAULT_RENAME, to) ? -1 : behind(from, to);
}

int unlink(const char *path)
{
	BEHIND(unlink)
	return fails_at(FAULT_RENAME, path) ? -1 : behind(path);
}

int unlinkat(int dir, const char *path, int flags)
{
	BEHIND(unlinkat)
	return fails_at(FAULT_RENAME, path) ? -1 : behind(dir, path, flags);
}

/* The mode is there only where a file may be made. */
#define MODE_OF(flags) \
	mode_t mode = 0; \
	if ((flags) & (O_CREAT | __O_TMPFILE)) { \
		va_list ap; \
		va_start(ap, flags); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	}

int open(const char *path, int flags, ...)
{
	BEHIND(open)
	MODE_OF(flags)
	return fails(FAULT_OPEN) ? -1 :
	    opened(behind(path, flags, mode), -1, path);
}

int open64(const char *path, int flags, ...)
{
	BEHIND(open64)
	MODE_OF(flags)
	return fails(FAULT_OPEN) ? -1 :
	    opened(behind(path, flags, mode), -1, path);
}

int openat(int dir, const char *path, int flags, ...)
{
	BEHIND(openat)
	MODE_OF(flags)
	return fails(FAULT_OPEN) ? -1 :
	    opened(behind(dir, path, flags, mode), dir, path);
}

int openat64(int dir, const char *path, int flags, ...)
{
	BEHIND(openat64)
	MODE_OF(flags)
	return fails(FAULT_OPEN) ? -1 :
	    opened(behind(dir, path, flags, mode), dir, path);
}

/* What _FORTIFY_SOURCE makes of calls whose flags it does not know. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
	return openat(dir, path, flags);
}

int __openat64_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags)
{
	return openat64(dir, path, flags);
}

int mkostemp64(char *path, int flags)
{
	BEHIND(mkostemp64)
	return fails(FAULT_OPEN) ? -1 : opened(behind(path, flags), -1, path);
}

/* --- sizes --- */

int ftruncate(int fd, off_t n)
{
	BEHIND(ftruncate)
	return fails_on(FAULT_SIZE, fd) ? -1 : behind(fd, n);
}

int ftruncate64(int fd, off64_t n)
{
	BEHIND(ftruncate64)
	return fails_on(FAULT_SIZE, fd) ? -1 : behind(fd, n);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
	BEHIND(posix_fallocate)
	return fails_on(FAULT_SIZE, fd) ? (int)book->error : behind(fd, at, n);
}

int posix_fallocate64(int fd, off64_t at, off64_t n)
{
	BEHIND(posix_fallocate64)
	return fails_on(FAULT_SIZE, fd) ? (int)book->error : behind(fd, at, n);
}

/* --- messages --- */

ssize_t send(int fd, const void *p, size_t n, int flags)
{
	BEHIND(send)
	return fails(FAULT_SEND) ? -1 : behind(fd, p, n, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	BEHIND(sendmsg)
	return fails(FAULT_SEND) ? -1 : behind(fd, m, flags);
}

/* --- the time --- */

int clock_gettime(clockid_t which, struct timespec *ret)
{
	BEHIND(clock_gettime)
	int64_t more = book ? book->clock_ms : 0, ns;

	if (behind(which, ret) != 0)
		return -1;
	if (which != CLOCK_REALTIME || more == 0)
		return 0;
	ns = (more % 1000) * 1000000 + ret->tv_nsec + 1000000000;
	ret->tv_sec += more / 1000 + ns / 1000000000 - 1;
	ret->tv_nsec = ns % 1000000000;
	return 0;
}
