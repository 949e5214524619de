/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "cli/copying.h"
#include "cli/say.h"
#include "lang/lang.h"

enum err copying_say(struct backup_take *b, enum err e, const char *what)
{
	if (e && !b->words[0])
		(void)snprintf(b->words, sizeof(b->words), "%.200s: %s", lang_text(what),
		    say_why(NULL, e));
	return e;
}

enum err copying_paths(const struct backup_take *b, const char *from,
    const char *to, char out[2][PATH_MAX])
{
	if (snprintf(out[0], PATH_MAX, "%s/%s", b->dir, from) >= PATH_MAX ||
	    snprintf(out[1], PATH_MAX, "%s/" BACKUP_TAKE_TREE "/%s", b->out,
		to) >= PATH_MAX)
		return ERR_LIMIT;
	return ERR_OK;
}

static enum err add(struct backup_take *b, const char *path,
    struct files_row *row)
{
	enum err e = text_copy(
	    span_str(path), row->path, sizeof(row->path));

	if (!e && !files_path_fits(span_str(path))) {
		(void)snprintf(b->words, sizeof(b->words), _("%.120s: names in "
		    "a backup have letters, digits and . _ - alone: put it "
		    "elsewhere, or remove it"), path);
		e = ERR_REFUSED;
	}
	return e ? e : files_add(&b->list, row);
}

enum err copying_file(struct backup_take *b, const char *from,
    const char *to, uint64_t most)
{
	struct files_row row = {0};
	char p[2][PATH_MAX];
	enum err e = copying_paths(b, from, to, p);

	if (!e)
		e = files_look(p[0], &row);
	if (!e)
		e = files_copy(p[0], p[1], most, &row);
	if (!e)
		e = add(b, to, &row);
	if (!e)
		b->copied += row.size;
	return copying_say(b, e, from);
}

enum err copying_folder(struct backup_take *b, const char *path)
{
	struct files_row row = {0};
	char p[2][PATH_MAX];
	enum err e = files_find(&b->list, path) ? ERR_EXISTS :
	    copying_paths(b, path, path, p);

	if (e == ERR_EXISTS)
		return ERR_OK;
	if (!e)
		e = files_look(p[0], &row);
	if (!e)
		e = files_make_folder(p[1], &row);
	if (!e)
		e = add(b, path, &row);
	return copying_say(b, e, path);
}

enum err copying_put(struct backup_take *b, const char *path,
    struct span content)
{
	struct files_row row = {.mode = 0644, .uid = geteuid(),
	    .gid = getegid()};
	char p[2][PATH_MAX];
	enum err e = copying_paths(b, path, path, p);

	if (!e)
		e = file_replace(p[1], content, 0644);
	if (!e)
		e = files_hash(p[1], FILES_WHOLE, &row);
	if (!e)
		e = add(b, path, &row);
	return copying_say(b, e, path);
}

enum err copying_refuse(struct backup_take *b, const char *path)
{
	char p[2][PATH_MAX], to[2];
	enum err e = copying_paths(b, path, path, p);

	if (e || readlink(p[0], to, sizeof(to)) < 0)
		return e;
	(void)snprintf(b->words, sizeof(b->words), _("%.120s: a link, and a "
	    "backup holds files: put the file itself there"), path);
	return ERR_REFUSED;
}
