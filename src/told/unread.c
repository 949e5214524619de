/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lang/lang.h"
#include "told/unread.h"

/* Words alone hang on this look: what is done was decided by the reading. */
static const char *by_place(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ?
		    _("no such file") : _("this user may not read it");
	if (S_ISDIR(st.st_mode))
		return _("a folder, and a file is wanted");
	return access(path, R_OK) != 0 ? _("this user may not read it") : NULL;
}

const char *unread_why(const char *path, enum err e)
{
	const char *why = strcmp(path, "-") == 0 ? NULL : by_place(path);

	if (!why && e == ERR_LIMIT)
		why = _("too long for what it should be");
	return why;
}
