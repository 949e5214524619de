/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "rootkey/aside.h"
#include "rootkey/rootkey.h"

#define ROOTKEY_FILE "root.key"
#define ORIGIN_MOST 256
#define NAME_MOST 128

__attribute__((format(printf, 3, 4))) static enum err fault_of(
    struct rootkey_fault *fault, enum err e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return e;
}

bool rootkey_is_token(const struct rootkey_source *s)
{
	return s->module && s->module[0];
}

/* --- the file --- */

static enum err check_mode(
    const char *path, mode_t forbidden, struct rootkey_fault *fault)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT ?
		    fault_of(fault, ERR_UNKNOWN, "%s: not there", path) :
		    fault_of(fault, ERR_IO, "%s: %s", path, strerror(errno));
	if (st.st_mode & forbidden)
		return fault_of(fault, ERR_STATE, "%s: others than its owner "
		    "may read it: chmod 600", path);
	return ERR_OK;
}

static enum err open_file(const struct rootkey_source *s, const char *name,
    struct secret *ret, struct rootkey_fault *fault)
{
	char path[PATH_MAX];
	struct buf b;
	enum err e = file_path(path, sizeof(path), s->folder, name);

	if (e)
		return fault_of(fault, e, "%s: the path is too long", name);
	e = check_mode(path, S_IRWXG | S_IRWXO, fault);
	if (e)
		return e;
	buf_init(&b, SECRET_SIZE);
	e = file_read(path, &b);
	if (!e && b.n != SECRET_SIZE)
		e = ERR_SHAPE;
	if (e)
		(void)fault_of(fault, e, "%s: %s", path, err_text(e));
	else
		memcpy(ret->key, b.p, SECRET_SIZE);
	if (b.p)
		secret_wipe(b.p, b.cap);
	buf_release(&b);
	return e;
}

static enum err make_file(const struct rootkey_source *s, const char *name,
    const struct random *random, struct secret *ret,
    struct rootkey_fault *fault)
{
	char path[PATH_MAX];
	struct secret root;
	enum err e = file_path(path, sizeof(path), s->folder, name);

	if (e)
		return fault_of(fault, e, "%s: the path is too long", name);
	random_fill(random, root.key, sizeof(root.key));
	e = file_create(path, span_of(root.key, sizeof(root.key)), 0600);
	if (e)
		(void)fault_of(fault, e, "%s: %s", path, err_text(e));
	else
		*ret = root;
	secret_wipe(&root, sizeof(root));
	return e;
}

/* --- the token --- */

static enum err check_settings(
    const struct rootkey_source *s, struct rootkey_fault *fault)
{
	const char *missing = !s->token || !s->token[0] ? "root.token" :
	    !s->key || !s->key[0] ? "root.key" :
	    !s->pin_file || !s->pin_file[0] ? "root.pin-file" : NULL;

	if (missing)
		return fault_of(fault, ERR_SHAPE, "%s: say it: root.module "
		    "names a PKCS#11 token", missing);
	return ERR_OK;
}

/* A credential of systemd has an access list, whose mask shows as the group's
 * bits: there only others may read nothing. */
static enum err pin_path(const struct rootkey_source *s, char out[PATH_MAX],
    mode_t *forbidden, struct rootkey_fault *fault)
{
	const char *folder;

	*forbidden = S_IRWXG | S_IRWXO;
	if (s->pin_file[0] == '/') {
		if (snprintf(out, PATH_MAX, "%s", s->pin_file) < PATH_MAX)
			return ERR_OK;
	} else {
		*forbidden = S_IWGRP | S_IRWXO;
		folder = getenv("CREDENTIALS_DIRECTORY");
		if (!folder)
			return fault_of(fault, ERR_UNKNOWN, "root.pin-file: "
			    "write an absolute path, or a name that systemd's "
			    "LoadCredential= gives");
		if (!file_path(out, PATH_MAX, folder, s->pin_file))
			return ERR_OK;
	}
	return fault_of(fault, ERR_LIMIT, "root.pin-file: too long a path");
}

/* One line; its line feed is not the PIN's. */
static enum err read_pin(const struct rootkey_source *s, struct buf *pin,
    struct rootkey_fault *fault)
{
	char path[PATH_MAX];
	mode_t forbidden;
	enum err e = pin_path(s, path, &forbidden, fault);

	if (!e)
		e = check_mode(path, forbidden, fault);
	if (e)
		return e;
	e = file_read(path, pin);
	if (e)
		return fault_of(fault, e, "root.pin-file: %s", err_text(e));
	if (pin->n && pin->p[pin->n - 1] == '\n')
		pin->n--;
	if (!pin->n || memchr(pin->p, '\n', pin->n))
		return fault_of(fault, ERR_SHAPE,
		    "root.pin-file: one line, the PIN and nothing more");
	return ERR_OK;
}

/* key: its label; ret NULL: it is destroyed. */
static enum err use_token(const struct rootkey_source *s, const char *key,
    bool make, struct secret *ret, struct rootkey_fault *fault)
{
	struct pkcs11_place place = {.module = s->module, .token = s->token,
	    .key = key, .make = make};
	uint8_t mac[PKCS11_MAC];
	struct buf pin, message;
	enum err e = check_settings(s, fault);

	if (e)
		return e;
	buf_init(&pin, ROOTKEY_PIN_MOST + 1);
	buf_init(&message, sizeof(ROOTKEY_LABEL) + ORIGIN_MOST);
	buf_put(&message, ROOTKEY_LABEL, sizeof(ROOTKEY_LABEL));
	buf_text(&message, s->origin);
	e = message.err;
	if (!e)
		e = read_pin(s, &pin, fault);
	place.pin = buf_span(&pin);
	if (!e)
		e = aside_mac(&place, buf_span(&message),
		    ret ? mac : NULL, fault);
	if (!e && ret)
		memcpy(ret->key, mac, sizeof(ret->key));
	secret_wipe(mac, sizeof(mac));
	if (pin.p)
		secret_wipe(pin.p, pin.cap);
	buf_release(&pin);
	buf_release(&message);
	return e;
}

enum err rootkey_open(const struct rootkey_source *s, struct secret *ret,
    struct rootkey_fault *fault)
{
	fault->text[0] = '\0';
	return rootkey_is_token(s) ? use_token(s, s->key, false, ret, fault) :
	    open_file(s, ROOTKEY_FILE, ret, fault);
}

enum err rootkey_make(const struct rootkey_source *s,
    const struct random *random, struct secret *ret,
    struct rootkey_fault *fault)
{
	fault->text[0] = '\0';
	return rootkey_is_token(s) ? use_token(s, s->key, true, ret, fault) :
	    make_file(s, ROOTKEY_FILE, random, ret, fault);
}

/* --- keys apart --- */

/* The file's name, or the label in the token. */
static enum err apart_name(const struct rootkey_source *s, uint32_t epoch,
    char out[static NAME_MOST], struct rootkey_fault *fault)
{
	int n = rootkey_is_token(s) ?
	    snprintf(out, NAME_MOST, "%s-months-%u", s->key ? s->key : "",
		epoch) :
	    snprintf(out, NAME_MOST, ROOTKEY_APART, epoch);

	return n < NAME_MOST ? ERR_OK :
	    fault_of(fault, ERR_LIMIT, "root.key: too long a label");
}

enum err rootkey_apart(const struct rootkey_source *s, uint32_t epoch,
    bool make, const struct random *random, struct secret *ret,
    struct rootkey_fault *fault)
{
	char name[NAME_MOST];
	enum err e;

	fault->text[0] = '\0';
	e = apart_name(s, epoch, name, fault);
	if (e)
		return e;
	if (rootkey_is_token(s))
		return use_token(s, name, make, ret, fault);
	e = open_file(s, name, ret, fault);
	return e == ERR_UNKNOWN && make ?
	    make_file(s, name, random, ret, fault) : e;
}

/* As far as the file system lets it reach the disk. */
static enum err erase_file(
    const struct rootkey_source *s, const char *name)
{
	static const uint8_t zeros[SECRET_SIZE];
	char path[PATH_MAX];
	ssize_t put;
	int fd;
	enum err e = file_path(path, sizeof(path), s->folder, name);

	if (e)
		return e;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	put = pwrite(fd, zeros, sizeof(zeros), 0);
	if (put != (ssize_t)sizeof(zeros) || fdatasync(fd) != 0)
		e = ERR_IO;
	close(fd);
	if (unlink(path) != 0)
		e = ERR_IO;
	return e;
}

enum err rootkey_apart_drop(const struct rootkey_source *s, uint32_t epoch,
    struct rootkey_fault *fault)
{
	char name[NAME_MOST];
	enum err e;

	fault->text[0] = '\0';
	e = apart_name(s, epoch, name, fault);
	if (e)
		return e;
	if (rootkey_is_token(s))
		return use_token(s, name, false, NULL, fault);
	e = erase_file(s, name);
	return e ? fault_of(fault, e, "%s: %s", name, err_text(e)) : ERR_OK;
}

enum err rootkey_put(
    const struct rootkey_source *s, const struct secret *root)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), s->folder, ROOTKEY_FILE);

	return e ? e : file_renew(
	    path, span_of(root->key, sizeof(root->key)), 0600);
}

enum err rootkey_remove(const struct rootkey_source *s)
{
	return erase_file(s, ROOTKEY_FILE);
}
