/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "api/pin.h"
#include "base/file.h"
#include "base/text.h"
#include "journal/note.h"
#include "registry/service.h"

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"

void pin_write(struct span vkey, struct span url, const char *plane,
    struct span note, struct span ca, struct buf *out)
{
	buf_text(out, "ecluse pin v1\nvkey ");
	buf_put_span(out, vkey);
	buf_text(out, "\nurl ");
	buf_put_span(out, url);
	if (strcmp(plane, "flow") != 0)
		buf_printf(out, "\nplane %s", plane);
	buf_text(out, "\n\n");
	buf_put_span(out, note);
	buf_put_span(out, ca);
}

/* Takes "name value" LF off *rest. */
static enum err take(struct span *rest, const char *name, struct span *value)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = strlen(name), len;

	if (!end)
		return ERR_SHAPE;
	len = (size_t)(end - rest->p);
	if (len < n + 2 || memcmp(rest->p, name, n) != 0 || rest->p[n] != ' ')
		return ERR_SHAPE;
	*value = span_of(rest->p + n + 1, len - n - 1);
	*rest = span_of(end + 1, rest->n - len - 1);
	return ERR_OK;
}

/* The note ends where the certificates begin. */
static void split_ca(struct span rest, struct span *note, struct span *ca)
{
	const uint8_t *pem = memmem(
	    rest.p, rest.n, PEM_BEGIN, strlen(PEM_BEGIN));

	*note = rest;
	*ca = span_of(rest.p + rest.n, 0);
	if (pem) {
		note->n = (size_t)(pem - rest.p);
		*ca = span_of(pem, rest.n - note->n);
	}
}

static enum err read_keys(
    struct span note, const struct note_key *key, struct pin *p)
{
	struct registry_service s;
	struct span text, origin;
	enum err e = note_verify(note, key, 1, &text, NULL);

	if (!e)
		e = service_read(text, &origin, &s);
	if (!e && !span_is(origin, key->name))
		e = ERR_CRYPTO;
	if (!e)
		e = text_copy(origin, p->origin, sizeof(p->origin));
	if (e)
		return e;
	memcpy(p->answer, s.answer, sizeof(p->answer));
	memcpy(p->promise, s.promise, sizeof(p->promise));
	memcpy(p->sealing, s.sealing, sizeof(p->sealing));
	p->issued_ms = s.issued_ms;
	return ERR_OK;
}

static enum err parse(struct span in, struct pin *p)
{
	struct span version, vkey, url, plane = span_str("flow"), note, ca;
	struct note_key key;
	enum err e;

	if (take(&in, "ecluse", &version) || !span_is(version, "pin v1") ||
	    take(&in, "vkey", &vkey) || take(&in, "url", &url) || in.n == 0 ||
	    (in.p[0] != '\n' && take(&in, "plane", &plane)) ||
	    in.n == 0 || in.p[0] != '\n')
		return ERR_SHAPE;
	split_ca(span_of(in.p + 1, in.n - 1), &note, &ca);
	e = note_key_parse(vkey, &key);
	if (!e)
		e = text_copy(url, p->url, sizeof(p->url));
	if (!e)
		e = text_copy(plane, p->plane, sizeof(p->plane));
	if (!e)
		e = text_copy(vkey, p->vkey, sizeof(p->vkey));
	if (!e)
		e = read_keys(note, &key, p);
	buf_put_span(&p->ca, ca);
	return e ? e : p->ca.err;
}

enum err pin_load(const char *path, struct pin *ret)
{
	struct pin p = {0};
	struct buf file;
	enum err e;

	buf_init(&file, PIN_MOST);
	buf_init(&p.ca, PIN_MOST);
	e = file_read(path, &file);
	if (!e)
		e = parse(buf_span(&file), &p);
	buf_release(&file);
	if (!e)
		e = text_copy(span_str(path), p.path, sizeof(p.path));
	if (e) {
		buf_release(&p.ca);
		return e;
	}
	*ret = p;
	return ERR_OK;
}

enum err pin_log(const struct pin *p, struct note_key *ret)
{
	return note_key_parse(span_str(p->vkey), ret);
}

/* The file of that name, ours alone until it is closed. -1: another process
 * renews it, or did a moment ago, or it is not there. */
static int lock_file(const char *path)
{
	struct stat held, named;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 &&
	    stat(path, &named) == 0 && held.st_dev == named.st_dev &&
	    held.st_ino == named.st_ino)
		return fd;
	(void)close(fd);
	return -1;
}

/* Does newer follow on what the file says, which was p's when it was read? */
static bool follows(const struct pin *newer, const struct pin *p,
    const struct pin *there)
{
	bool turned = strcmp(there->vkey, newer->vkey) != 0;

	return strcmp(there->origin, newer->origin) == 0 &&
	    (!turned || strcmp(there->vkey, p->vkey) == 0) &&
	    (there->issued_ms < newer->issued_ms ||
		(there->issued_ms == newer->issued_ms && turned));
}

static void take_keys(const struct pin *from, struct pin *to)
{
	memcpy(to->answer, from->answer, sizeof(to->answer));
	memcpy(to->promise, from->promise, sizeof(to->promise));
	memcpy(to->sealing, from->sealing, sizeof(to->sealing));
	memcpy(to->vkey, from->vkey, sizeof(to->vkey));
	to->issued_ms = from->issued_ms;
}

/* A file that cannot be read or written stays as it was. */
static void renew_file(
    const struct pin *p, struct span note, struct pin *newer)
{
	int fd = lock_file(p->path);
	struct pin there;
	struct buf file;

	if (fd < 0)
		return;
	if (!pin_load(p->path, &there)) {
		buf_init(&file, PIN_MOST);
		pin_write(span_str(newer->vkey), span_str(there.url),
		    there.plane, note, buf_span(&there.ca), &file);
		if (!file.err && follows(newer, p, &there))
			(void)!file_replace(
			    p->path, buf_span(&file), 0644);
		else if (strcmp(there.origin, newer->origin) == 0 &&
		    there.issued_ms > newer->issued_ms)
			take_keys(&there, newer);
		buf_release(&file);
		pin_release(&there);
	}
	(void)close(fd);
}

enum err pin_renew(
    struct pin *p, const struct note_key *log, struct span note)
{
	struct pin newer = *p;
	bool turned;
	enum err e = read_keys(note, log, &newer);

	if (e)
		return e == ERR_UNKNOWN ? ERR_CRYPTO : e;
	note_key_format(log, newer.vkey);
	turned = strcmp(newer.vkey, p->vkey) != 0;
	if (newer.issued_ms < p->issued_ms ||
	    (newer.issued_ms == p->issued_ms && !turned))
		return ERR_STATE;
	if (p->path[0] != '\0')
		renew_file(p, note, &newer);
	*p = newer;
	return ERR_OK;
}

bool pin_is_due(const struct pin *p, int64_t now_ms)
{
	struct stat st;
	int64_t age_ms;

	if (p->path[0] == '\0' || stat(p->path, &st) != 0)
		return false;
	age_ms = now_ms - (int64_t)st.st_mtime * 1000;
	return age_ms > PIN_LOOK_MS || age_ms < -PIN_LOOK_MS;
}

void pin_looked(const struct pin *p)
{
	/* one that cannot be touched is looked after again */
	(void)!utimensat(AT_FDCWD, p->path, NULL, 0);
}

void pin_release(struct pin *p)
{
	buf_release(&p->ca);
}

enum err pin_of_key(const char *key_path, char *out, size_t size)
{
	const char *slash = strrchr(key_path, '/');
	const char *dot = strrchr(key_path, '.');
	size_t stem = dot && (!slash || dot > slash) ?
	    (size_t)(dot - key_path) : strlen(key_path);
	int n = snprintf(out, size, "%.*s.pin", (int)stem, key_path);

	if (n < 0 || (size_t)n >= size)
		return ERR_LIMIT;
	if (access(out, R_OK) == 0)
		return ERR_OK;
	n = snprintf(out, size, "%.*s%sservice.pin",
	    slash ? (int)(slash - key_path) : 0, key_path, slash ? "/" : "");
	if (n < 0 || (size_t)n >= size)
		return ERR_LIMIT;
	return access(out, R_OK) == 0 ? ERR_OK : ERR_UNKNOWN;
}
