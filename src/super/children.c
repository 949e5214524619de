/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "proc/spawn.h"
#include "super/children.h"
#include "super/nginx.h"

/* nginx's log until it has read its configuration: what is a warning or worse
 * goes to standard error all the same, the rest is not worth a line. */
#define QUIET "/dev/null"

static const struct {
	const char *word;
	const char *program;	/* NULL: of the configuration */
	int end;		/* signal that asks it to end */
} table[CHILDREN_COUNT] = {
    [CHILDREN_NGINX] = {"nginx", NULL, SIGQUIT},
    [CHILDREN_GATE] = {"gate", "ecluse-gate", SIGTERM},
    [CHILDREN_KEEPER] = {"keeper", "ecluse-keeper", SIGTERM},
    [CHILDREN_VAULT] = {"vault", "ecluse-vault", SIGTERM},
};

const char *children_word(enum children_name who)
{
	return who < CHILDREN_COUNT ? table[who].word : "nobody";
}

enum err children_find(struct children *c, const struct instance *in,
    const char *libexec, enum children_name *missing)
{
	enum err e = ERR_OK;

	for (unsigned who = 0; !e && who < CHILDREN_COUNT; who++) {
		*missing = who;
		if (table[who].program) {
			e = spawn_find(libexec, table[who].program,
			    c->program[who], sizeof(c->program[who]));
			continue;
		}
		memcpy(c->program[who], in->conf.nginx,
		    sizeof(in->conf.nginx));
		if (access(in->conf.nginx, X_OK) != 0)
			e = ERR_UNKNOWN;
	}
	return e;
}

static enum err start(struct children *c, enum children_name who,
    const char *const *argv, const struct spawn_fd *fds, size_t fd_count)
{
	struct spawn s = {.program = c->program[who],
	    .argv = argv,
	    .fds = fds,
	    .fd_count = fd_count,
	    .folder = -1,
	    .death_signal = table[who].end};

	return spawn_start(&s, &c->pid[who]);
}

/* --- vault, keeper, gate --- */

/* Both ends of each channel; -1 where closed. */
struct channels {
	int super[2], vault[2], gate[2];	/* [0] is the keeper's end */
};

static enum err open_channels(struct channels *ch)
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC;
	int *pairs[] = {ch->super, ch->vault, ch->gate};

	*ch = (struct channels){{-1, -1}, {-1, -1}, {-1, -1}};
	for (size_t i = 0; i < 3; i++)
		if (socketpair(AF_UNIX, type, 0, pairs[i]) != 0)
			return ERR_IO;
	return ERR_OK;
}

static void close_channels(struct channels *ch)
{
	const int fds[] = {ch->super[0], ch->super[1], ch->vault[0],
	    ch->vault[1], ch->gate[0], ch->gate[1]};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
}

static enum err start_vault(struct children *c, const struct instance *in,
    const struct channels *ch)
{
	const char *argv[] = {"ecluse-vault", in->dir, NULL};
	const struct spawn_fd fds[] = {
	    {ch->vault[1], 3}, {in->lock, CHILDREN_FD_LOCK}};

	return start(c, CHILDREN_VAULT, argv, fds, 2);
}

static enum err start_keeper(struct children *c, const struct instance *in,
    const struct channels *ch)
{
	const char *argv[] = {"ecluse-keeper", in->dir, NULL};
	const struct spawn_fd fds[] = {{ch->super[0], 3}, {ch->vault[0], 4},
	    {in->admin, 5}, {ch->gate[0], 6}, {in->lock, CHILDREN_FD_LOCK}};

	return start(c, CHILDREN_KEEPER, argv, fds, 5);
}

static enum err start_gate(struct children *c, const struct instance *in,
    const struct channels *ch)
{
	const char *argv[] = {
	    "ecluse-gate", "--plane", "flow", in->dir, NULL};
	const struct spawn_fd fds[] = {{in->gate, 3}, {ch->gate[1], 4}};

	return start(c, CHILDREN_GATE, argv, fds, 2);
}

enum err children_start_trio(
    struct children *c, const struct instance *in, int *ret_keeper)
{
	struct channels ch;
	enum err e = open_channels(&ch);

	if (!e)
		e = start_vault(c, in, &ch);
	if (!e)
		e = start_keeper(c, in, &ch);
	if (!e)
		e = start_gate(c, in, &ch);
	if (e) {
		for (unsigned who = CHILDREN_GATE; who < CHILDREN_COUNT; who++)
			children_kill(c, who);
	} else {
		*ret_keeper = ch.super[1];
		ch.super[1] = -1;
	}
	close_channels(&ch);
	return e;
}

/* --- nginx --- */

/*
 * NGINX in its environment lists listening sockets that nginx finds open, as
 * its own binary upgrade does: the port belongs to super, connections wait in
 * the backlog while nginx starts again.
 */
static enum err run_nginx(const struct children *c, const struct instance *in,
    const char *const *argv, pid_t *ret)
{
	const struct spawn_fd fds[] = {
	    {in->public, NGINX_FD_PUBLIC}, {in->web, NGINX_FD_WEB}};
	char setting[16];
	struct spawn s = {.program = c->program[CHILDREN_NGINX],
	    .argv = argv,
	    .fds = fds,
	    .fd_count = 2,
	    .setting = setting,
	    .folder = in->run,
	    .death_signal = table[CHILDREN_NGINX].end};

	(void)snprintf(setting, sizeof(setting), "NGINX=%d;", NGINX_FD_WEB);
	return spawn_start(&s, ret);
}

enum err children_start_nginx(struct children *c, const struct instance *in)
{
	static const char *const argv[] = {
	    "nginx", "-e", QUIET, "-p", "./", "-c", NGINX_CONF, NULL};

	return run_nginx(c, in, argv, &c->pid[CHILDREN_NGINX]);
}

enum err children_test_nginx(
    const struct children *c, const struct instance *in)
{
	static const char *const argv[] = {"nginx", "-t", "-q", "-e", QUIET,
	    "-p", "./", "-c", NGINX_CONF, NULL};
	int status = -1;
	pid_t pid;
	enum err e = run_nginx(c, in, argv, &pid);

	if (e)
		return e;
	if (waitpid(pid, &status, 0) != pid)
		return ERR_IO;
	return status == 0 ? ERR_OK : ERR_REFUSED;
}

/* --- their ends --- */

void children_end(const struct children *c, enum children_name who)
{
	if (c->pid[who] > 0)
		(void)kill(c->pid[who], table[who].end);
}

void children_kill(const struct children *c, enum children_name who)
{
	if (c->pid[who] > 0)
		(void)kill(c->pid[who], SIGKILL);
}

enum children_name children_ended(struct children *c, pid_t pid)
{
	for (unsigned who = 0; who < CHILDREN_COUNT; who++)
		if (c->pid[who] == pid) {
			c->pid[who] = 0;
			return who;
		}
	return CHILDREN_COUNT;
}

bool children_trio_runs(const struct children *c)
{
	return c->pid[CHILDREN_GATE] > 0 || c->pid[CHILDREN_KEEPER] > 0 ||
	    c->pid[CHILDREN_VAULT] > 0;
}
