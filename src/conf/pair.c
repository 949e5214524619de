/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "conf/pair.h"

#define NEXT ".next"

static enum err path_of(const char *dir, const char *plane, const char *end,
    char out[static PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s/tls/%s%s", dir, plane, end);

	return n < 0 || n >= PATH_MAX ? ERR_LIMIT : ERR_OK;
}

/* Written at path, for the owner of like. */
static enum err write_as(const char *path, const char *like,
    struct span content, mode_t mode)
{
	struct stat st;

	return file_replace_like(
	    path, content, mode, stat(like, &st) == 0 ? &st : NULL);
}

static enum err put_next(const char *dir, const char *plane, const char *end,
    struct span content, mode_t mode)
{
	char path[PATH_MAX], like[PATH_MAX], next[16];
	enum err e = path_of(dir, plane, end, like);

	(void)snprintf(next, sizeof(next), "%s" NEXT, end);
	if (!e)
		e = path_of(dir, plane, next, path);
	return e ? e : write_as(path, like, content, mode);
}

/* The file beside takes its place; nothing if there is none. */
static enum err take(const char *dir, const char *plane, const char *end)
{
	char from[PATH_MAX], to[PATH_MAX], next[16];
	enum err e = path_of(dir, plane, end, to);

	(void)snprintf(next, sizeof(next), "%s" NEXT, end);
	if (!e)
		e = path_of(dir, plane, next, from);
	if (e || access(from, F_OK) != 0)
		return e;
	return rename(from, to) == 0 ? ERR_OK : ERR_IO;
}

enum err pair_settle(const char *dir, const char *plane)
{
	char path[PATH_MAX];
	enum err e = path_of(dir, plane, ".pem" NEXT, path);

	if (e)
		return e;
	if (access(path, F_OK) == 0) {
		e = take(dir, plane, ".key");
		return e ? e : take(dir, plane, ".pem");
	}
	e = path_of(dir, plane, ".key" NEXT, path);
	if (!e && access(path, F_OK) == 0 && unlink(path) != 0)
		e = ERR_IO;
	return e;
}

enum err pair_put(const char *dir, const char *plane,
    struct span certificate, struct span key)
{
	enum err e = pair_settle(dir, plane);

	if (!e)
		e = put_next(dir, plane, ".key", key, 0600);
	if (!e)
		e = put_next(dir, plane, ".pem", certificate, 0644);
	return e ? e : pair_settle(dir, plane);
}

enum err pair_replace(
    const char *dir, const char *name, struct span content, unsigned mode)
{
	char path[PATH_MAX];
	enum err e = path_of(dir, name, "", path);
	struct stat st;

	if (e || stat(path, &st) != 0)
		return e ? e : ERR_UNKNOWN;
	return file_replace_like(path, content, (mode_t)mode, &st);
}
