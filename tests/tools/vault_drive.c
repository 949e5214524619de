/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "vault_drive.h"

#ifdef __SANITIZE_ADDRESS__	/* it reads /proc and makes threads at the end */
#define LOOSE "drill = yes\nunconfined = yes\n"
#else
#define LOOSE ""
#endif

#define QUEUE (64u << 20)
#define SILENT_MS 60000

/* A file below dir, or a folder (text NULL); one that is there stays. */
static enum err put(const char *dir, const char *name, const char *text)
{
	char path[4096];
	enum err e = file_path(path, sizeof(path), dir, name);

	if (!e)
		e = text ? file_create(path, span_str(text), 0600) :
			   file_mkdir(path, 0700);
	return e == ERR_EXISTS ? ERR_OK : e;
}

/* The least that an instance's folder must hold for a vault. */
static enum err settle(const char *dir)
{
	enum err e = put(dir, "", NULL);

	if (!e)
		e = put(dir, "ecluse.conf", "origin = vault.test/journal\n" LOOSE);
	if (!e)
		e = put(dir, "vault", NULL);
	if (!e)
		e = put(dir, "vault/0", NULL);
	return e ? e : put(dir, "vault/0/trust",
	    "instance drill=no origin=vault.test/journal\n"
	    "default floor=4294967295 each=0\n");
}

static void become_vault(const struct vault_drive *d, int fd)
{
	const char *argv[] = {"ecluse-vault", "--number", "0", d->dir, NULL};

	if (dup2(fd, 3) != 3)
		_exit(126);
	/* a program that cannot be traced cannot look for its leaks */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	(void)execv(d->program, (char *const *)argv);
	_exit(127);
}

enum err vault_drive_start(struct vault_drive *d, bool wait)
{
	int pair[2];
	enum err e = settle(d->dir);

	if (e)
		return e;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return ERR_IO;
	d->pid = fork();
	if (d->pid == 0)
		become_vault(d, pair[1]);
	(void)close(pair[1]);
	if (d->pid < 0) {
		(void)close(pair[0]);
		return ERR_IO;
	}
	e = chan_new(pair[0], MSG_KEEPER, MSG_VAULT, QUEUE, &d->chan);
	if (e || !wait)
		return e;
	e = vault_drive_get(d);
	return e || d->last.type == MSG_VAULT_READY ? e : ERR_STATE;
}

int vault_drive_end(struct vault_drive *d, int signal_first)
{
	int status = 0;

	if (signal_first)
		(void)kill(d->pid, signal_first);
	else
		chan_free(d->chan);
	while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (signal_first)
		chan_free(d->chan);
	d->chan = NULL;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

enum err vault_drive_put(struct vault_drive *d, enum msg_type type,
    uint64_t ref, const struct buf *body)
{
	return body->err ? body->err :
	    chan_put(d->chan, type, ref, buf_span(body));
}

enum err vault_drive_get(struct vault_drive *d)
{
	struct pollfd p = {.fd = chan_fd(d->chan)};
	enum err e;

	for (;;) {
		e = chan_flush(d->chan);
		if (!e)
			e = chan_get(d->chan, &d->last);
		if (e != ERR_STATE)
			return e;
		p.events = POLLIN;
		if (chan_wants_write(d->chan))
			p.events |= POLLOUT;
		/* a vault that never answers is a failure, not a wait */
		switch (poll(&p, 1, SILENT_MS)) {
		case 0:
			return ERR_TIME;
		case -1:
			if (errno != EINTR)
				return ERR_IO;
		}
	}
}

/* Counts it if it is one. */
static bool is_sign_of_life(struct vault_drive *d)
{
	if (d->last.type != MSG_FEED_WORKS)
		return false;
	d->signs_of_life++;
	return true;
}

/* Sends body, takes the answer of that type; releases body. */
static enum err ask(struct vault_drive *d, enum msg_type type,
    struct buf *body, enum msg_type answer)
{
	enum err e = vault_drive_put(d, type, 77, body);

	do {
		if (!e)
			e = vault_drive_get(d);
	} while (!e && is_sign_of_life(d));
	buf_release(body);
	if (!e && (d->last.type != answer || d->last.ref != 77))
		e = ERR_STATE;
	return e;
}

enum err vault_drive_resolve(struct vault_drive *d,
    const struct rights_resolve *asked, uint64_t *ret)
{
	struct rights_resolved found;
	struct buf body;
	enum err e;

	buf_init(&body, LIMIT_DATAGRAM);
	rights_resolve_pack(asked, &body);
	e = ask(d, MSG_RESOLVE, &body, MSG_RESOLVED);
	if (!e)
		e = rights_resolved_unpack(d->last.body, &found);
	if (!e)
		*ret = found.number;
	return e;
}

enum err vault_drive_do(struct vault_drive *d, const struct rights_do *asked,
    struct rights_done *ret)
{
	struct buf body;
	enum err e;

	buf_init(&body, LIMIT_DATAGRAM);
	rights_do_pack(asked, &body);
	e = ask(d, MSG_DO, &body, MSG_DONE);
	return e ? e : rights_done_unpack(d->last.body, ret);
}

enum err vault_drive_handle(struct vault_drive *d,
    const struct rights_handle *asked, struct span *ret)
{
	struct buf body;
	enum err e;

	buf_init(&body, LIMIT_DATAGRAM);
	rights_handle_pack(asked, &body);
	e = ask(d, MSG_HANDLE, &body, MSG_HANDLED);
	return e ? e : rights_handled_unpack(d->last.body, ret);
}

enum err vault_drive_begin(struct vault_drive *d,
    const struct feed_begin *begin, struct feed_state *ret)
{
	struct buf body;
	enum err e;

	buf_init(&body, LIMIT_DATAGRAM);
	feed_begin_pack(begin, &body);
	e = ask(d, MSG_FEED_BEGIN, &body, MSG_FEED_STATE);
	return e ? e : feed_state_unpack(d->last.body, ret);
}

enum err vault_drive_lines(struct vault_drive *d, const struct buf *lines,
    struct feed_state *ret)
{
	struct buf body;
	enum err e;

	buf_init(&body, LIMIT_DATAGRAM);
	buf_put_span(&body, buf_span(lines));
	e = ask(d, MSG_FEED_LINES, &body, MSG_FEED_STATE);
	return e ? e : feed_state_unpack(d->last.body, ret);
}

enum err vault_drive_finish(
    struct vault_drive *d, bool commit, struct feed_state *ret)
{
	struct buf body;
	enum err e;

	buf_init(&body, LIMIT_DATAGRAM);
	buf_put_u8(&body, commit);
	e = ask(d, MSG_FEED_END, &body, MSG_FEED_STATE);
	return e ? e : feed_state_unpack(d->last.body, ret);
}
