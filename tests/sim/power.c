/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal/rig.h"
#include "sim/power.h"

#define FILES 128
#define PATH 512
#define BLOCK 512	/* bytes that a disk writes whole */
#define NOISE 64

enum kind { NONE, GROWS, CHANGES };

static struct flushed {
	char path[PATH];	/* "": free */
	uint64_t size;
	uint8_t *image;		/* of what changes in its middle */
} files[FILES];

static enum kind kind_of(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	if (strcmp(name, "counts") == 0 || strncmp(name, "seg-", 4) == 0)
		return strstr(name, ".new") ? NONE : GROWS;
	return strcmp(name, "store.db") == 0 ||
	    strcmp(name, "store.db-wal") == 0 ? CHANGES : NONE;
}

static struct flushed *find(const char *path)
{
	for (size_t i = 0; i < FILES; i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

static void forget(struct flushed *f)
{
	free(f->image);
	*f = (struct flushed){.image = NULL};
}

static struct flushed *entry(const char *path)
{
	struct flushed *f = find(path);

	if (!f) {
		f = find("");
		assert_non_null(f);
		(void)snprintf(f->path, sizeof(f->path), "%s", path);
	}
	return f;
}

static uint8_t *read_all(int fd, size_t n)
{
	uint8_t *p = malloc(n + 1);

	assert_non_null(p);
	assert_true(pread(fd, p, n, 0) == (ssize_t)n);
	return p;
}

static void note(int fd)
{
	char link[64], path[PATH] = "";
	struct flushed *f;
	struct stat st;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0 || kind_of(path) == NONE || fstat(fd, &st) != 0)
		return;
	f = entry(path);
	f->size = (uint64_t)st.st_size;
	if (kind_of(path) == GROWS)
		return;
	free(f->image);
	f->image = read_all(fd, (size_t)f->size);
}

/* In the place of libc's, for whoever calls them. */
int fdatasync(int fd)
{
	note(fd);
	return 0;
}

int fsync(int fd)
{
	note(fd);
	return 0;
}

uint64_t power_flushed(const char *path)
{
	const struct flushed *f = find(path);

	return f ? f->size : 0;
}

static bool is_in(const struct flushed *f, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(f->path, folder, n) == 0 && f->path[n] == '/';
}

void power_moves(const char *from, const char *to)
{
	char path[PATH];

	for (size_t i = 0; i < FILES; i++) {
		if (!is_in(&files[i], from))
			continue;
		assert_true(snprintf(path, sizeof(path), "%s%s", to,
		    files[i].path + strlen(from)) < PATH);
		memcpy(files[i].path, path, sizeof(path));
	}
}

void power_forgets(const char *folder)
{
	for (size_t i = 0; i < FILES; i++)
		if (is_in(&files[i], folder))
			forget(&files[i]);
}

/* Some of the end is there, and some of that is not what was written. */
static bool cut_end(int fd, uint64_t flushed, struct random_seeded *r)
{
	uint8_t noise[NOISE];
	off_t from = (off_t)flushed, end = lseek(fd, 0, SEEK_END);

	assert_true(end >= from);
	if (end == from)
		return false;
	end = from +
	    (off_t)random_seeded_below(r, (uint64_t)(end - from) + 1);
	assert_int_equal(ftruncate(fd, end), 0);
	if (end - from <= NOISE || random_seeded_below(r, 2))
		return true;
	for (size_t i = 0; i < NOISE; i++)
		noise[i] = (uint8_t)random_seeded_below(r, 256);
	assert_true(pwrite(fd, noise, NOISE, from + (off_t)random_seeded_below(
	    r, (uint64_t)(end - from) - NOISE)) == NOISE);
	return true;
}

/* Each block is what was flushed or what was written since. */
static bool mix(int fd, const struct flushed *f, struct random_seeded *r)
{
	off_t end = lseek(fd, 0, SEEK_END);
	uint8_t now[BLOCK], was[BLOCK];
	bool lost = false;

	for (off_t at = 0; at < end || at < (off_t)f->size; at += BLOCK) {
		size_t n = (off_t)f->size > at ? (size_t)f->size - (size_t)at :
		    0;
		ssize_t got;

		n = n < BLOCK ? n : BLOCK;
		memset(now, 0, BLOCK);
		memset(was, 0, BLOCK);
		memcpy(was, f->image + (n ? at : 0), n);
		got = pread(fd, now, BLOCK, at);
		assert_true(got >= 0);
		if (((size_t)got == n && memcmp(now, was, n) == 0) ||
		    random_seeded_below(r, 2))
			continue;
		lost = true;
		assert_true(pwrite(fd, was, (size_t)got > n ? (size_t)got : n,
		    at) >= 0);
	}
	return lost;
}

static bool lose(const char *path, struct random_seeded *r)
{
	static uint8_t nothing;
	const struct flushed none = {.image = &nothing};
	const struct flushed *f = find(path);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool lost;

	assert_true(fd >= 0);
	f = f ? f : &none;
	lost = kind_of(path) == GROWS ? cut_end(fd, f->size, r) :
	    mix(fd, f, r);
	note(fd);	/* the disk has this, and nothing else */
	(void)close(fd);
	return lost;
}

unsigned power_goes(const char *folder, struct random_seeded *r)
{
	static const char *const names[] = {
	    "seg-000000000000", "counts", "store.db", "store.db-wal"};
	unsigned lost = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[PATH];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		if (access(path, F_OK) == 0)
			lost += lose(path, r);
	}
	return lost;
}
