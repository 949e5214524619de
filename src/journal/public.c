/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "base/file.h"
#include "journal/follow.h"
#include "journal/public.h"

static enum err read_named(
    const char *folder, const char *name, struct buf *out)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), folder, name);

	return e ? e : file_read_plain(path, out);
}

static enum err write_named(
    const char *folder, const char *name, struct span content)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), folder, name);

	return e ? e : file_replace(path, content, 0644);
}

enum err public_read_vkey(const char *folder, struct note_key *ret)
{
	struct buf text;
	enum err e;

	buf_init(&text, NOTE_VKEY_SIZE);
	e = read_named(folder, "vkey", &text);
	if (e == ERR_LIMIT || (!e && (text.n == 0 ||
	        text.p[text.n - 1] != '\n')))
		e = ERR_SHAPE;
	if (!e)
		e = note_key_parse(span_of(text.p, text.n - 1), ret);
	buf_release(&text);
	return e;
}

enum err public_write_vkey(const char *folder, const struct note_key *key)
{
	char vkey[NOTE_VKEY_SIZE];
	struct buf text;
	enum err e;

	note_key_format(key, vkey);
	buf_init(&text, NOTE_VKEY_SIZE);
	buf_text(&text, vkey);
	buf_text(&text, "\n");
	e = text.err ? text.err : write_named(folder, "vkey", buf_span(&text));
	buf_release(&text);
	return e;
}

enum err public_read_checkpoint(const char *folder,
    const struct note_key *key, struct buf *note, struct checkpoint *ret)
{
	size_t before = note->n;
	enum err e = read_named(folder, "checkpoint", note);

	if (e)
		return e == ERR_LIMIT || e == ERR_SHAPE ? ERR_CORRUPT : e;
	e = checkpoint_verify(
	    span_of(note->p + before, note->n - before), key, ret);
	if (e == ERR_UNKNOWN)	/* a checkpoint, and not this log's */
		return ERR_CRYPTO;
	return e == ERR_SHAPE || e == ERR_LIMIT ? ERR_CORRUPT : e;
}

enum err public_write_checkpoint(const char *folder,
    const struct checkpoint *c, const struct sign_private *const *keys,
    size_t n)
{
	struct buf note;
	enum err e;

	buf_init(&note, CHECKPOINT_MAX);
	e = checkpoint_sign(c, keys, n, &note);
	if (!e)
		e = public_put_checkpoint(folder, buf_span(&note));
	buf_release(&note);
	return e;
}

enum err public_put_checkpoint(const char *folder, struct span note)
{
	return write_named(folder, "checkpoint", note);
}

enum err public_write_after(
    const char *folder, const struct note_key *before, struct span note)
{
	char path[PATH_MAX], name[FOLLOW_PATH], *slash;
	enum err e;

	follow_path(before, name);
	e = file_path(path, sizeof(path), folder, name);
	if (e)
		return e;
	slash = strrchr(path, '/');
	*slash = '\0';
	e = file_mkdir(path, 0755);
	*slash = '/';
	if (!e || e == ERR_EXISTS)
		e = file_create(path, note, 0644);
	return e == ERR_EXISTS ? ERR_OK : e;
}
