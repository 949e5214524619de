/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "backup/manifest.h"
#include "base/file.h"
#include "cli/backup_place.h"
#include "conf/conf.h"
#include "lang/lang.h"

enum err backup_place_lock(const char *dir, int *ret_fd)
{
	char path[PATH_MAX];
	/* a folder that others may not open, let alone lock; keeper/ itself is
	 * super's to lock, who runs meanwhile */
	enum err e = file_path(path, sizeof(path), dir, "keeper/journal");
	int fd = e ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return e ? e : ERR_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		e = errno == EWOULDBLOCK ? ERR_STATE : ERR_IO;
		(void)close(fd);
		return e;
	}
	*ret_fd = fd;
	return ERR_OK;
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is out dir, or below it? Asked of the disk, upward. */
static enum err is_inside(const char *dir, const char *out, bool *ret)
{
	struct stat top, at, up;
	static const char higher[] = "/..";
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), out, ".");
	size_t n = e ? 0 : strlen(path);

	if (e || stat(dir, &top) != 0 || stat(path, &at) != 0)
		return e ? e : ERR_IO;
	for (;;) {
		*ret = same(&at, &top);
		if (*ret)
			return ERR_OK;
		if (n + sizeof(higher) > sizeof(path))
			return ERR_LIMIT;
		memcpy(path + n, higher, sizeof(higher));
		n += strlen(higher);
		if (stat(path, &up) != 0)
			return ERR_IO;
		if (same(&up, &at))
			return ERR_OK;	/* the root */
		at = up;
	}
}

/* Whose manifest is there? ERR_UNKNOWN: none. */
static enum err read_origin(
    const char *out, char origin[static NOTE_NAME_SIZE])
{
	struct span text, signatures;
	char path[PATH_MAX];
	struct manifest m;
	struct buf note;
	enum err e = file_path(path, sizeof(path), out, MANIFEST_NAME);

	buf_init(&note, NOTE_MAX);
	if (!e)
		e = file_read_plain(path, &note);
	if (!e && (note_split(buf_span(&note), &text, &signatures) ||
	    manifest_parse(text, &m)))
		e = ERR_SHAPE;
	if (!e)
		memcpy(origin, m.origin, sizeof(m.origin));
	buf_release(&note);
	return e;
}

/* The manifest goes first: so it must be of an earlier backup of this log. */
static enum err check_manifest(
    const char *dir, const char *out, char *words, size_t size)
{
	char origin[NOTE_NAME_SIZE];
	struct conf_fault fault;
	struct conf conf;
	enum err e = read_origin(out, origin);

	if (e == ERR_UNKNOWN)
		return ERR_OK;
	if (e)
		(void)snprintf(words, size, _("%.150s holds a file named "
		    "manifest that is of no backup: name another folder"),
		    out);
	if (e)
		return ERR_REFUSED;
	e = conf_load(dir, &conf, &fault);
	if (e || strcmp(conf.origin, origin) == 0)
		return e;
	(void)snprintf(words, size, _("it is the backup of another log, "
	    "%.120s: name another folder"), origin);
	return ERR_REFUSED;
}

enum err backup_place_take(
    const char *dir, const char *out, char *words, size_t size)
{
	bool inside = false;
	enum err made = file_mkdir(out, 0700), e;

	if (made && made != ERR_EXISTS)
		return made;
	e = is_inside(dir, out, &inside);
	if (!e && inside) {
		(void)snprintf(words, size, _("%.150s is in the instance: the "
		    "copy would hold itself"), out);
		e = ERR_REFUSED;
	}
	if (!e)
		e = check_manifest(dir, out, words, size);
	if (e && !made)
		(void)rmdir(out);
	return e;
}

enum err backup_place_last(
    const char *dir, const char *out, char *words, size_t size)
{
	char path[PATH_MAX];
	struct stat st;
	enum err e = file_path(path, sizeof(path), dir, "keeper/months");

	if (e || lstat(path, &st) == 0 || errno != ENOENT ||
	    stat(out, &st) != 0 || st.st_size == 0)
		return e;
	(void)snprintf(words, size, _("--months-out %.100s: holds month keys, "
	    "and keeper/months is not there: look for it, or put this copy "
	    "elsewhere"), out);
	return ERR_REFUSED;
}

enum err backup_place_months(
    const char *dir, const char *out, char *words, size_t size)
{
	const char *slash = strrchr(out, '/');
	char folder[PATH_MAX];
	struct stat st;

	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash ? (int)(slash - out) + 1 : 1, slash ? out : ".");
	if (access(folder, W_OK | X_OK) == 0 &&
	    (stat(out, &st) != 0 || !S_ISDIR(st.st_mode)))
		return backup_place_last(dir, out, words, size);
	(void)snprintf(words, size, _("--months-out %.100s: no file can be put "
	    "there: name one in a folder that is there and that you may write "
	    "to"), out);
	return ERR_IO;
}
