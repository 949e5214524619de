/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "people/folder.h"

#define OPEN_AT_ONCE 16		/* descriptors that nftw(3) may use */

enum err folder_begin(struct folder *f, const char *path)
{
	struct stat st;
	size_t n = strlen(path);
	enum err e;
	int a, b;

	f->temp[0] = '\0';
	while (n > 1 && path[n - 1] == '/')
		n--;
	a = snprintf(f->path, sizeof(f->path), "%.*s", (int)n, path);
	if (a < 0 || (size_t)a >= sizeof(f->path) - 32)
		return ERR_LIMIT;
	if (lstat(f->path, &st) == 0)
		return ERR_EXISTS;
	b = snprintf(f->temp, sizeof(f->temp), "%.*s.part-%d", (int)n, path,
	    (int)getpid());
	if (b < 0 || (size_t)b >= sizeof(f->temp))
		e = ERR_LIMIT;
	else
		e = file_mkdir(f->temp, 0700);
	if (e)
		f->temp[0] = '\0';
	return e;
}

enum err folder_path(
    const struct folder *f, const char *name, char out[static PATH_MAX])
{
	return file_path(out, PATH_MAX, f->temp, name);
}

enum err folder_mkdir(const struct folder *f, const char *name, mode_t mode)
{
	char path[PATH_MAX];
	enum err e = folder_path(f, name, path);

	return e ? e : file_mkdir(path, mode);
}

enum err folder_create(const struct folder *f, const char *name, FILE **ret)
{
	char path[PATH_MAX];
	enum err e = folder_path(f, name, path);
	FILE *file;

	if (e)
		return e;
	file = fopen(path, "wxe");
	if (!file)
		return errno == EEXIST ? ERR_EXISTS : ERR_IO;
	*ret = file;
	return ERR_OK;
}

enum err folder_close(FILE **file)
{
	bool bad;

	if (!*file)
		return ERR_OK;
	bad = ferror(*file) != 0;
	if (fclose(*file) != 0)
		bad = true;
	*file = NULL;
	return bad ? ERR_IO : ERR_OK;
}

enum err folder_commit(struct folder *f)
{
	struct stat st;

	/* rename(2) would replace an empty folder */
	if (lstat(f->path, &st) == 0)
		return ERR_EXISTS;
	if (rename(f->temp, f->path) != 0)
		return ERR_IO;
	f->temp[0] = '\0';
	return ERR_OK;
}

static int remove_one(const char *path, const struct stat *st, int type,
    struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void folder_abandon(struct folder *f)
{
	if (f->temp[0] != '\0')
		(void)nftw(f->temp, remove_one, OPEN_AT_ONCE,
		    FTW_DEPTH | FTW_PHYS);
	f->temp[0] = '\0';
}
