/* SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "cli/say.h"
#include "cli/whole.h"
#include "journal/tile.h"
#include "lang/lang.h"

#define DESCRIPTORS 16	/* of the walk, one a level */

enum err whole_names(struct whole *w, const char *to)
{
	size_t n = strlen(to);

	while (n > 1 && to[n - 1] == '/')
		n--;
	if (n + sizeof(".part") > PATH_MAX)
		return ERR_LIMIT;
	(void)snprintf(w->to, sizeof(w->to), "%.*s", (int)n, to);
	(void)snprintf(w->part, sizeof(w->part), "%.*s.part", (int)n, to);
	return ERR_OK;
}

static bool is_taken(const struct whole *w)
{
	struct stat st;

	if (lstat(w->to, &st) != 0)
		return false;
	say("%s: exists already: an instance is never overwritten", w->to);
	return true;
}

enum err whole_check(const struct whole *w)
{
	struct stat st;

	if (is_taken(w))
		return ERR_EXISTS;
	if (lstat(w->part, &st) != 0)
		return ERR_OK;
	say("%s: there already: another run is making it, or one was ended "
	    "before it was whole: then remove it", w->part);
	return ERR_EXISTS;
}

enum err whole_end(const struct whole *w)
{
	enum err e = tile_flush(w->part);

	if (e)
		return e;
	if (rename(w->part, w->to) != 0)
		return is_taken(w) ? ERR_EXISTS : ERR_IO;
	return file_sync_folder_of(w->to);
}

static int drop(
    const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void whole_drop(const struct whole *w)
{
	(void)nftw(w->part, drop, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
