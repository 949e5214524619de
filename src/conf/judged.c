/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include "conf/judged.h"

/* Can root alone put something else in its place, or (top) into it? Sticky
 * folders (/tmp) let nobody rename what is not his. */
static bool is_roots(const struct stat *st, bool top)
{
	return st->st_uid == 0 && ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    ((st->st_mode & S_ISVTX) != 0 && !top));
}

enum err judged_folder(const char *dir)
{
	struct stat st;

	return stat(dir, &st) == 0 && (st.st_mode & S_IWOTH) != 0 ?
	    ERR_STATE : ERR_OK;
}

enum err judged_file(int fd, bool root)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if ((st.st_mode & S_IWOTH) != 0)
		return ERR_STATE;
	return root && !is_roots(&st, true) ? ERR_REFUSED : ERR_OK;
}

enum err judged_way(char *path)
{
	size_t whole = strlen(path);
	struct stat st;

	for (size_t n = whole;; n--) {
		path[n > 1 ? n : 1] = '\0';
		if (lstat(path, &st) != 0 || !is_roots(&st, n == whole))
			return ERR_REFUSED;
		if (n <= 1)
			return ERR_OK;
		while (path[n - 1] != '/')
			n--;
	}
}
