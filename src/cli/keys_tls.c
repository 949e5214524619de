/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/file.h"
#include "cli/keys_tls.h"
#include "cli/say.h"
#include "conf/conf.h"
#include "conf/pair.h"
#include "crypto/certcheck.h"
#include "crypto/secret.h"
#include "lang/lang.h"
#include "proc/listen.h"

#define PEM_MOST 65536
#define HOST_SIZE 256
#define CLIENTS "clients-ca.pem"

static enum err read_pem(const char *path, struct buf *out)
{
	enum err e = file_read(path, out);

	return e ? say_unread(path, e, NULL) : ERR_OK;
}

static enum err read_in(const char *dir, const char *name, struct buf *out)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), dir, name);

	return e ? e : read_pem(path, out);
}

/*
 * super made the administrators' socket, and the kernel says who that was. A
 * number in a file may be left of a run that was cut off, and another
 * process's now, which a SIGHUP would end.
 */
static enum err find_super(const char *dir, pid_t *ret)
{
	char path[PATH_MAX];
	struct ucred who = {0};
	socklen_t n = sizeof(who);
	int fd = -1;
	enum err e = file_path(path, sizeof(path), dir, "run/admin.sock");

	if (!e)
		e = listen_connect(path, SOCK_SEQPACKET, &fd);
	if (e)
		return e;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0 ||
	    who.pid <= 1)
		e = ERR_IO;
	(void)close(fd);
	*ret = who.pid;
	return e;
}

/* super of a running instance, told to have every nginx read its files. */
static void tell_super(const char *dir)
{
	pid_t super = 0;
	enum err e = find_super(dir, &super);

	if (e == ERR_UNKNOWN || e == ERR_CLOSED)
		say("it does not run: taken up at its next start");
	else if (!e && kill(super, SIGHUP) == 0)
		say("nginx takes it up now");
	else
		say("super may not be told by this user: send it SIGHUP");
}

/* The host that clients of a plane ask for. */
static enum err host_of(
    const struct keys_tls *t, char out[static HOST_SIZE])
{
	struct conf_fault fault;
	struct conf conf;
	unsigned nth = conf_plane_of(span_str(t->plane));
	const char *authority, *colon;
	enum err e = conf_load(t->dir, &conf, &fault);

	if (e || !nth) {
		say("%s", e ? fault.text : _("no such plane: flow, portal, staff"));
		return e ? e : ERR_UNKNOWN;
	}
	authority = conf.plane[nth].authority;
	colon = strrchr(authority, ':');
	if (authority[0] == '[')	/* [::1]:443 */
		(void)snprintf(out, HOST_SIZE, "%.*s",
		    (int)strcspn(authority + 1, "]"), authority + 1);
	else
		(void)snprintf(out, HOST_SIZE, "%.*s", colon ?
		    (int)(colon - authority) : (int)strlen(authority),
		    authority);
	return ERR_OK;
}

static enum err check_pair(const struct keys_tls *t, struct span certificate,
    struct span key, struct span authorities)
{
	char words[CERTCHECK_WORDS] = "", host[HOST_SIZE];
	enum err e = host_of(t, host);

	if (e)
		return e;
	e = certificate.n > 0 && key.n > 0 ? certcheck_server(
		certificate, key, authorities, host, words) : ERR_SHAPE;
	if (e == ERR_KEY)
		say("%s: not the key of this certificate", t->key);
	else if (e == ERR_CRYPTO)
		say("%s: clients that pinned tls/ca.pem do not believe it for "
		    "%s: %s", t->certificate, host, words);
	else if (e)
		say("%s, %s: a certificate and its private key in PEM, not "
		    "encrypted", t->certificate, t->key);
	return e;
}

int keys_tls_server(const struct keys_tls *t)
{
	struct buf certificate, key, authorities;
	enum err e;

	buf_init(&certificate, PEM_MOST);
	buf_init(&key, PEM_MOST);
	buf_init(&authorities, PEM_MOST);
	e = read_pem(t->certificate, &certificate);
	if (!e)
		e = read_pem(t->key, &key);
	if (!e)
		e = read_in(t->dir, "tls/ca.pem", &authorities);
	if (!e)
		e = check_pair(t, buf_span(&certificate), buf_span(&key),
		    buf_span(&authorities));
	if (!e) {
		e = pair_put(t->dir, t->plane, buf_span(&certificate),
		    buf_span(&key));
		if (e)
			say("tls/%s: %s", t->plane, say_why(NULL, e));
		else
			tell_super(t->dir);
	}
	if (key.p)
		secret_wipe(key.p, key.cap);
	buf_release(&certificate);
	buf_release(&key);
	buf_release(&authorities);
	return e == ERR_KEY || e == ERR_CRYPTO ? SAY_CHECK_FAILED :
	    say_exit_of(e);
}

static void say_list(enum err e, const char *path)
{
	if (e == ERR_EXISTS)
		say("%s: believed already", path);
	else if (e == ERR_UNKNOWN)
		say("%s: not one of tls/clients-ca.pem", path);
	else if (e == ERR_STATE)
		say("%s: the last authority: add another first", path);
	else
		say("%s: one certificate of an authority, in PEM", path);
}

int keys_tls_clients(const struct keys_tls *t)
{
	const char *path = t->add ? t->add : t->end;
	struct buf list, one, out;
	enum err e;

	buf_init(&list, PEM_MOST);
	buf_init(&one, PEM_MOST);
	buf_init(&out, PEM_MOST);
	e = read_in(t->dir, "tls/" CLIENTS, &list);
	if (!e)
		e = read_pem(path, &one);
	if (!e) {
		e = (t->add ? certcheck_add : certcheck_end)(
		    buf_span(&list), buf_span(&one), &out);
		if (e)
			say_list(e, path);
		else
			e = pair_replace(
			    t->dir, CLIENTS, buf_span(&out), 0644);
		if (!e)
			tell_super(t->dir);
	}
	buf_release(&list);
	buf_release(&one);
	buf_release(&out);
	return say_exit_of(e);
}
