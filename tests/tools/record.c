/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into keeper and vaults (tests/attack/test_torn.py), or into the one
 * program that ECLUSE_RECORD_OF names (tests/fault/test_power_cut.py), it writes
 * down whatever they change in files, in order, so that disks can be built as a
 * crash at any moment could leave them. ECLUSE_RECORD names the log, made
 * before: it is mapped before the program begins, and no call is made later
 * that the program does not make itself.
 *
 * The log, in host order: u64 bytes used, then records of u32 op, u32 length
 * of name, u64 inode, i64 offset, u64 length of data; name; data; each padded
 * to 8 bytes. A change is written down behind it, a flush that succeeded
 * behind its end; the offset of a flush is how many bytes were used when it
 * began: it covers what was written down before, and nothing that another
 * thread did meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_BYTES ((size_t)512 << 20)

enum op { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, LINK, MKDIR,
	SYNCFS };

struct head {
	uint32_t op, name_n;
	uint64_t inode;
	int64_t offset;
	uint64_t data_n;
};

static uint8_t *record;

int syncfs(int fd);

__attribute__((constructor)) static void map(void)
{
	const char *path = getenv("ECLUSE_RECORD");
	const char *only = getenv("ECLUSE_RECORD_OF");
	const char *name = program_invocation_short_name;
	int fd;
	void *p;

	if (!path || (only ? strcmp(name, only) != 0 :
	    strcmp(name, "ecluse-keeper") != 0 &&
	    strcmp(name, "ecluse-vault") != 0))
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0)
		abort();
	p = mmap(NULL, LOG_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		abort();
	record = p;
	(void)syscall(SYS_close, fd);
}

static size_t padded(size_t n)
{
	return (n + 7) / 8 * 8;
}

static void put(enum op op, const char *name, uint64_t inode, int64_t offset,
    const void *data, size_t n)
{
	size_t name_n = name ? strlen(name) : 0;
	size_t size = sizeof(struct head) + padded(name_n) + padded(n);
	struct head h = {op, (uint32_t)name_n, inode, offset, n};
	uint64_t at;
	uint8_t *to;

	if (!record)
		return;
	at = __atomic_fetch_add((uint64_t *)(void *)record, size,
	    __ATOMIC_SEQ_CST);
	if (8 + at + size > LOG_BYTES)
		abort();
	to = record + 8 + at;
	if (name)
		memcpy(to + sizeof(h), name, name_n);
	if (n)
		memcpy(to + sizeof(h) + padded(name_n), data, n);
	memcpy(to, &h, sizeof(h));
}

/* How far the log is: what has happened is in front of this. */
static int64_t now(void)
{
	return record ? (int64_t)__atomic_load_n((uint64_t *)(void *)record,
	    __ATOMIC_SEQ_CST) : 0;
}

/* Folders that are open, so that names below them are whole. */
#define FOLDERS 1024
static char *folders[FOLDERS];

static void know_folder(int fd, const char *path)
{
	struct stat st;

	if (fd >= FOLDERS)
		abort();
	free(folders[fd]);
	folders[fd] = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ?
	    strdup(path) : NULL;
}

/* The name as from the root; one in a folder nobody knows is NULL. */
static const char *whole(
    int dir, const char *path, char to[static 4096])
{
	if (dir == AT_FDCWD || path[0] == '/')
		return path;
	if (dir < 0 || dir >= FOLDERS || !folders[dir])
		return NULL;
	(void)snprintf(to, 4096, "%s/%s", folders[dir], path);
	return to;
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) ||
	    S_ISDIR(st.st_mode)) ? st.st_ino : 0;
}

static int opened(const char *path, int flags, mode_t mode)
{
	struct stat st;
	int was = errno;
	int there = record && (flags & O_CREAT) ? stat(path, &st) == 0 : 1;
	int fd;

	errno = was;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fd < 0 || !record)
		return fd;
	was = errno;
	know_folder(fd, path);
	if (!there)
		put(CREATE, path, inode_of(fd), 0, NULL, 0);
	else if (flags & O_TRUNC)
		put(TRUNCATE, NULL, inode_of(fd), 0, NULL, 0);
	errno = was;
	return fd;
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return opened(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	char name[4096];
	const char *full = whole(dir, path, name);
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (!full)
		return (int)syscall(SYS_openat, dir, path, flags, mode);
	return opened(full, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return openat(dir, path, flags, mode);
}

/* What _FORTIFY_SOURCE makes of them. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return opened(path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return opened(path, flags, 0);
}

static void wrote(int fd, const void *p, ssize_t n, off_t at)
{
	int was = errno;
	uint64_t inode = n > 0 && record ? inode_of(fd) : 0;

	if (inode)
		put(WRITE, NULL, inode, at, p, (size_t)n);
	errno = was;
}

ssize_t write(int fd, const void *p, size_t n)
{
	ssize_t put_n = syscall(SYS_write, fd, p, n);

	if (put_n > 0 && record && inode_of(fd))
		wrote(fd, p, put_n,
		    syscall(SYS_lseek, fd, 0, SEEK_CUR) - put_n);
	return put_n;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	ssize_t put_n = syscall(SYS_pwrite64, fd, p, n, at);

	wrote(fd, p, put_n, at);
	return put_n;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return pwrite(fd, p, n, at);
}

int ftruncate(int fd, off_t n)
{
	int e = (int)syscall(SYS_ftruncate, fd, n);

	if (e == 0 && record)
		put(TRUNCATE, NULL, inode_of(fd), n, NULL, 0);
	return e;
}

int ftruncate64(int fd, off64_t n)
{
	return ftruncate(fd, n);
}

static int synced(int fd, int64_t began, int e)
{
	if (e == 0 && record)
		put(SYNC, NULL, inode_of(fd), began, NULL, 0);
	return e;
}

int fsync(int fd)
{
	int64_t began = now();

	return synced(fd, began, (int)syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
	int64_t began = now();

	return synced(fd, began, (int)syscall(SYS_fdatasync, fd));
}

int syncfs(int fd)
{
	int64_t began = now();
	int e = (int)syscall(SYS_syncfs, fd);

	if (e == 0)
		put(SYNCFS, NULL, 0, began, NULL, 0);
	return e;
}

int rename(const char *from, const char *to)
{
	int e = (int)syscall(SYS_rename, from, to);

	if (e == 0)
		put(RENAME, from, 0, 0, to, strlen(to));
	return e;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	char a[4096], b[4096];
	const char *from_name = whole(from_dir, from, a);
	const char *to_name = whole(to_dir, to, b);
	int e = (int)syscall(SYS_renameat, from_dir, from, to_dir, to);

	if (e == 0 && from_name && to_name)
		put(RENAME, from_name, 0, 0, to_name, strlen(to_name));
	return e;
}

int unlinkat(int dir, const char *path, int flags)
{
	char name[4096];
	const char *full = whole(dir, path, name);
	int e = (int)syscall(SYS_unlinkat, dir, path, flags);

	if (e == 0 && full)
		put(UNLINK, full, 0, 0, NULL, 0);
	return e;
}

int unlink(const char *path)
{
	int e = (int)syscall(SYS_unlink, path);

	if (e == 0)
		put(UNLINK, path, 0, 0, NULL, 0);
	return e;
}

int link(const char *from, const char *to)
{
	int e = (int)syscall(SYS_link, from, to);

	if (e == 0)
		put(LINK, from, 0, 0, to, strlen(to));
	return e;
}

int mkdir(const char *path, mode_t mode)
{
	int e = (int)syscall(SYS_mkdir, path, mode);
	struct stat st;

	if (e == 0 && record && stat(path, &st) == 0)
		put(MKDIR, path, st.st_ino, 0, NULL, 0);
	return e;
}
