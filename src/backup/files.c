/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "backup/files.h"
#include "base/file.h"
#include "base/text.h"

#define PIECE ((size_t)1 << 20)	/* bytes copied at a time */
#define MODES 0777u	/* no backup makes a program that runs as its owner */

/* --- the list --- */

bool files_path_fits(struct span path)
{
	if (path.n == 0 || path.n >= FILES_PATH || path.p[0] == '/')
		return false;
	for (size_t i = 0; i < path.n; i++) {
		uint8_t c = path.p[i];
		bool start = i == 0 || path.p[i - 1] == '/';

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("._-/", c)) || c == 0)
			return false;
		/* no hidden name, no way up, no empty part */
		if (start && (c == '.' || c == '/'))
			return false;
	}
	return path.p[path.n - 1] != '/';
}

enum err files_add(struct files *f, const struct files_row *row)
{
	struct files_row *wider;

	if ((f->count & (f->count - 1)) == 0) {
		wider = realloc(f->rows,
		    (f->count ? f->count * 2 : 1) * sizeof(*wider));
		if (!wider)
			return ERR_NOMEM;
		f->rows = wider;
	}
	f->rows[f->count++] = *row;
	return ERR_OK;
}

const struct files_row *files_find(const struct files *f, const char *path)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->rows[i].path, path) == 0)
			return &f->rows[i];
	return NULL;
}

static void write_row(const struct files_row *r, struct buf *out)
{
	char hash[2 * HASH_SIZE + 1] = "-";

	if (!r->folder)
		text_hex(r->hash, HASH_SIZE, hash);
	buf_printf(out, "%c %04o %u %u %llu %s %s\n", r->folder ? 'd' : 'f',
	    (unsigned)r->mode, (unsigned)r->uid, (unsigned)r->gid,
	    (unsigned long long)r->size, hash, r->path);
}

void files_write(const struct files *f, struct buf *out)
{
	for (size_t i = 0; i < f->count; i++)
		write_row(&f->rows[i], out);
}

static struct span word(struct span *rest)
{
	const uint8_t *space = rest->n ? memchr(rest->p, ' ', rest->n) : NULL;
	struct span w = space ? span_of(rest->p, (size_t)(space - rest->p)) :
	    *rest;

	*rest = space ? span_of(space + 1, rest->n - w.n - 1) :
	    span_of(rest->p, 0);
	return w;
}

static enum err parse_mode(struct span s, mode_t *ret)
{
	unsigned v = 0;

	if (s.n != 4)
		return ERR_SHAPE;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '7')
			return ERR_SHAPE;
		v = v * 8 + (unsigned)(s.p[i] - '0');
	}
	if (v & ~MODES)
		return ERR_SHAPE;
	*ret = (mode_t)v;
	return ERR_OK;
}

static enum err parse_row(struct span line, struct files_row *r)
{
	struct span kind = word(&line), hash;
	uint64_t uid, gid;

	memset(r, 0, sizeof(*r));
	r->folder = span_is(kind, "d");
	if ((!r->folder && !span_is(kind, "f")) ||
	    parse_mode(word(&line), &r->mode) ||
	    text_u64(word(&line), UINT32_MAX, &uid) ||
	    text_u64(word(&line), UINT32_MAX, &gid) ||
	    text_u64(word(&line), INT64_MAX, &r->size))
		return ERR_SHAPE;
	hash = word(&line);
	r->uid = (uid_t)uid;
	r->gid = (gid_t)gid;
	if (r->folder ? !span_is(hash, "-") || r->size != 0 :
	    text_unhex(hash, r->hash, HASH_SIZE) != ERR_OK)
		return ERR_SHAPE;
	if (!files_path_fits(line))
		return ERR_SHAPE;
	return text_copy(line, r->path, sizeof(r->path));
}

enum err files_parse(struct span text, struct files *ret)
{
	struct files f = {0};
	struct files_row row;
	enum err e = ERR_OK;

	while (text.n > 0 && !e) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : 0;

		e = end ? parse_row(span_of(text.p, n), &row) : ERR_SHAPE;
		if (!e)
			e = files_add(&f, &row);
		text = end ? span_of(end + 1, text.n - n - 1) : text;
	}
	if (e)
		files_release(&f);
	else
		*ret = f;
	return e;
}

void files_release(struct files *f)
{
	free(f->rows);
	*f = (struct files){0};
}

/* --- copying --- */

static enum err of_errno(void)
{
	return errno == ENOENT ? ERR_UNKNOWN : ERR_IO;
}

enum err files_look(const char *path, struct files_row *row)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return of_errno();
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return ERR_SHAPE;
	row->folder = S_ISDIR(st.st_mode);
	row->mode = st.st_mode & MODES;
	row->uid = st.st_uid;
	row->gid = st.st_gid;
	return ERR_OK;
}

/* From in, hashed, to out (-1: hashed alone). */
static enum err pour(int in, int out, uint64_t most, struct files_row *row)
{
	struct hash_stream *h = hash_stream_new();
	uint8_t *piece = malloc(PIECE);
	uint64_t size = 0;
	enum err e = h && piece ? ERR_OK : ERR_NOMEM;

	while (!e && size < most) {
		size_t want = most - size < PIECE ? (size_t)(most - size) :
		    PIECE;
		ssize_t n = read(in, piece, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = ERR_IO;
		if (n <= 0)
			break;
		hash_stream_put(h, span_of(piece, (size_t)n));
		size += (uint64_t)n;
		if (out >= 0)
			e = file_write(out, span_of(piece, (size_t)n));
	}
	if (!e) {
		hash_stream_end(h, row->hash);
		row->size = size;
	}
	hash_stream_free(h);
	free(piece);
	return e;
}

enum err files_hash(const char *path, uint64_t most, struct files_row *row)
{
	int fd;
	enum err e = file_open_plain(path, O_NOFOLLOW, &fd);

	if (e)
		return e;
	e = pour(fd, -1, most, row);
	(void)close(fd);
	return e;
}

static enum err own(int fd, const struct files_row *row)
{
	if (geteuid() == 0 && fchown(fd, row->uid, row->gid) != 0)
		return ERR_IO;
	return fchmod(fd, row->mode) == 0 ? ERR_OK : ERR_IO;
}

static enum err copy_to(int in, const char *beside, const char *to,
    uint64_t most, struct files_row *row)
{
	int out;
	enum err e = file_open_new(beside, 0600, &out);

	if (e)
		return e;
	e = pour(in, out, most, row);
	if (!e)
		e = own(out, row);
	if (!e && fsync(out) != 0)
		e = ERR_IO;
	if (close(out) != 0 && !e)
		e = ERR_IO;
	if (!e && rename(beside, to) != 0)
		e = ERR_IO;
	if (e)
		(void)unlink(beside);
	return e;
}

enum err files_copy(
    const char *from, const char *to, uint64_t most, struct files_row *row)
{
	char beside[PATH_MAX];
	int in;
	enum err e;

	if (snprintf(beside, sizeof(beside), "%s.new", to) >=
	    (int)sizeof(beside))
		return ERR_LIMIT;
	e = file_open_plain(from, O_NOFOLLOW, &in);
	if (e)
		return e;
	e = copy_to(in, beside, to, most, row);
	(void)close(in);
	return e;
}

enum err files_make_folder(const char *path, const struct files_row *row)
{
	enum err e = ERR_IO;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return ERR_IO;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	e = own(fd, row);
	(void)close(fd);
	return e;
}

void files_drop(const char *top, const char *path)
{
	const int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(top, how);
	char part[FILES_PATH];
	const char *slash;

	while (fd >= 0 && (slash = strchr(path, '/')) != NULL) {
		int in = fd;

		(void)snprintf(part, sizeof(part), "%.*s",
		    (int)(slash - path), path);
		fd = openat(in, part, how);
		(void)close(in);
		path = slash + 1;
	}
	if (fd < 0)
		return;
	(void)unlinkat(fd, path, 0);
	(void)close(fd);
}
