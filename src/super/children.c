/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/log.h"
#include "proc/listen.h"
#include "proc/spawn.h"
#include "super/children.h"
#include "super/nginx.h"
#include "super/users.h"

/* nginx's log until it has read its configuration: what is a warning or worse
 * goes to standard error all the same, the rest is not worth a line. */
#define QUIET "/dev/null"

static const struct {
	const char *word;
	const char *program;	/* nginx's: what becomes it */
	int end;		/* signal that asks it to end */
} table[CHILDREN_KINDS] = {
    [CHILDREN_NGINX] = {"nginx", "ecluse-front", SIGQUIT},
    [CHILDREN_GATE] = {"gate", "ecluse-gate", SIGTERM},
    [CHILDREN_KEEPER] = {"keeper", "ecluse-keeper", SIGTERM},
    [CHILDREN_VAULT] = {"vault", "ecluse-vault", SIGTERM},
};

static void add(struct children *c, enum children_kind kind, unsigned nth)
{
	struct children_child *child = &c->all[c->count++];
	const char *word = table[kind].word;

	*child = (struct children_child){.kind = kind, .nth = nth};
	if (kind == CHILDREN_KEEPER || (kind == CHILDREN_VAULT && nth == 0) ||
	    (kind != CHILDREN_VAULT && nth == CONF_FLOW))
		(void)snprintf(
		    child->name, sizeof(child->name), "%s", word);
	else if (kind == CHILDREN_VAULT)
		(void)snprintf(
		    child->name, sizeof(child->name), "%s-%u", word, nth);
	else
		(void)snprintf(child->name, sizeof(child->name), "%s-%s",
		    word, conf_plane_word(nth));
}

void children_list(struct children *c, const struct instance *in)
{
	c->count = 0;
	for (unsigned p = 1; p < CONF_PLANES; p++)
		if (in->conf.plane[p].enabled)
			add(c, CHILDREN_NGINX, p);
	for (unsigned p = 1; p < CONF_PLANES; p++)
		if (in->conf.plane[p].enabled)
			add(c, CHILDREN_GATE, p);
	add(c, CHILDREN_KEEPER, 0);
	for (unsigned n = 0; n < in->conf.vault_count; n++)
		add(c, CHILDREN_VAULT, n);
}

const char *children_word(enum children_kind kind)
{
	return kind < CHILDREN_KINDS ? table[kind].word : "?";
}

enum err children_find(struct children *c, const struct instance *in,
    const char *libexec, enum children_kind *missing)
{
	enum err e = ERR_OK;

	*missing = CHILDREN_NGINX;
	memcpy(c->program[CHILDREN_NGINX], in->conf.nginx,
	    sizeof(in->conf.nginx));
	if (access(in->conf.nginx, X_OK) != 0)
		return ERR_UNKNOWN;
	for (unsigned kind = 0; !e && kind < CHILDREN_KINDS; kind++) {
		*missing = kind;
		(void)snprintf(c->program[kind], sizeof(c->program[kind]),
		    "%s", table[kind].program);
		e = spawn_find(libexec, table[kind].program,
		    c->program[kind], sizeof(c->program[kind]));
	}
	return e;
}

static enum err start(const struct children *c, struct children_child *child,
    struct spawn *s, uid_t user)
{
	enum err e;

	s->program = c->program[child->kind];
	s->death_signal = table[child->kind].end;
	s->uid = user;
	s->gid = (gid_t)user;
	e = spawn_start(s, &child->pid);
	if (!e)
		child->turn++;
	return e;
}

/*
 * Every question passes the keeper's loop: while that waits for a
 * processor all others soon have nothing to do (decision 0172). Vaults and
 * gates are several; two of them are not better than one in a hurry.
 */
#define KEEPER_NICE (-4)

static enum err start_keeper(const struct children *c,
    struct children_child *child, const struct instance *in, int channel)
{
	static const char *const argv[] = {"ecluse-keeper", ".", NULL};
	const struct spawn_fd fds[] = {
	    {channel, 3}, {in->admin, 5}, {in->lock, CHILDREN_FD_LOCK}};
	struct spawn s = {.argv = argv, .fds = fds, .fd_count = 3,
	    .folder = in->folder, .nice = KEEPER_NICE};

	return start(c, child, &s, users_keeper(in));
}

static enum err start_vault(const struct children *c,
    struct children_child *child, const struct instance *in, int channel)
{
	char number[16];
	const char *const argv[] = {
	    "ecluse-vault", "--number", number, ".", NULL};
	const struct spawn_fd fds[] = {
	    {channel, 3}, {in->lock, CHILDREN_FD_LOCK}};
	struct spawn s = {
	    .argv = argv, .fds = fds, .fd_count = 2, .folder = in->folder};

	(void)snprintf(number, sizeof(number), "%u", child->nth);
	return start(c, child, &s, users_vault(in, child->nth));
}

static enum err start_gate(const struct children *c,
    struct children_child *child, const struct instance *in, int channel)
{
	const char *const argv[] = {"ecluse-gate", "--plane",
	    conf_plane_word(child->nth), ".", NULL};
	const struct spawn_fd fds[] = {
	    {in->plane[child->nth].gate, 3}, {channel, 4}};
	struct spawn s = {
	    .argv = argv, .fds = fds, .fd_count = 2, .folder = in->folder};

	/* who came was turned away, maybe */
	(void)listen(in->plane[child->nth].gate, LISTEN_BACKLOG);
	return start(c, child, &s, users_gate(in, child->nth));
}

/*
 * NGINX in its environment lists listening sockets that nginx finds open, as
 * its own binary upgrade does: the port belongs to super, connections wait in
 * the backlog while nginx starts again.
 */
static enum err start_nginx(const struct children *c,
    struct children_child *child, const struct instance *in, bool test)
{
	char setting[16], conf[NGINX_NAME];
	const char *const argv[] = {"ecluse-front", "--unconfined",
	    conf_plane_word(child->nth), in->conf.nginx, "nginx", "-p", "./",
	    "-e", QUIET, "-c", conf, test ? "-tq" : NULL, NULL};
	const char *confined[sizeof(argv) / sizeof(argv[0]) - 1];
	const struct spawn_fd fds[] = {{in->public, NGINX_FD_PUBLIC},
	    {in->plane[child->nth].web, NGINX_FD_WEB},
	    {in->plane[child->nth].words, STDERR_FILENO}};
	/* a test's lines are why there is no start, and those of debug many */
	bool bounded = !test && !nginx_quotes(&in->conf);
	struct spawn s = {.argv = in->conf.unconfined ? argv : confined,
	    .fds = fds,
	    .fd_count = bounded ? 3 : 2,
	    .setting = setting,
	    .folder = in->run};

	confined[0] = argv[0];
	memcpy(confined + 1, argv + 2, sizeof(argv) - 2 * sizeof(argv[0]));
	nginx_conf(child->nth, conf, sizeof(conf));
	(void)snprintf(setting, sizeof(setting), "NGINX=%d;", NGINX_FD_WEB);
	return start(c, child, &s, users_nginx(in, child->nth));
}

enum err children_start(const struct children *c,
    struct children_child *child, const struct instance *in, int *ret_channel)
{
	int pair[2];
	enum err e = ERR_OK;

	*ret_channel = -1;
	if (child->kind == CHILDREN_NGINX)
		return start_nginx(c, child, in, false);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return ERR_IO;
	if (child->kind == CHILDREN_KEEPER)
		e = start_keeper(c, child, in, pair[1]);
	else if (child->kind == CHILDREN_VAULT)
		e = start_vault(c, child, in, pair[1]);
	else
		e = start_gate(c, child, in, pair[1]);
	(void)close(pair[1]);
	if (e)
		(void)close(pair[0]);
	else
		*ret_channel = pair[0];
	return e;
}

static enum err test_nginx(
    const struct children *c, const struct instance *in, unsigned plane)
{
	struct children_child look = {.kind = CHILDREN_NGINX, .nth = plane};
	int status = -1;
	enum err e = start_nginx(c, &look, in, true);

	if (e)
		return e;
	if (waitpid(look.pid, &status, 0) != look.pid)
		return ERR_IO;
	return status == 0 ? ERR_OK : ERR_REFUSED;
}

enum err children_test_nginxes(
    const struct children *c, const struct instance *in)
{
	enum err e = ERR_OK;

	for (unsigned p = 1; p < CONF_PLANES && !e; p++) {
		if (!in->conf.plane[p].enabled)
			continue;
		e = test_nginx(c, in, p);
		if (e == ERR_REFUSED)
			log_say(LOG_ERROR, "nginx does not take "
			    "run/nginx-%s.conf; its lines above say why",
			    conf_plane_word(p));
		else if (e)
			log_say(LOG_ERROR, "nginx cannot be started: %s",
			    err_text(e));
	}
	return e;
}

/*
 * Linux lets one wait where none may, and tells the next EAGAIN, which nginx
 * takes for a refusal (unix(7), connect(2)).
 */
void children_turn_away(const struct instance *in)
{
	for (unsigned p = 1; p < CONF_PLANES; p++)
		if (in->plane[p].gate >= 0)
			(void)listen(in->plane[p].gate, 0);
}

/* --- their ends --- */

void children_end(const struct children_child *child)
{
	if (child->pid > 0)
		(void)kill(child->pid, table[child->kind].end);
}

void children_kill(const struct children_child *child)
{
	if (child->pid > 0)
		(void)kill(child->pid, SIGKILL);
}

bool children_say_end(
    const struct children_child *child, int status, bool asked)
{
	bool clean = asked && (WIFSIGNALED(status) ?
	    WTERMSIG(status) == table[child->kind].end :
	    WEXITSTATUS(status) == 0);
	enum log_level level = clean ? LOG_DEBUG : LOG_WARN;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_say(LOG_ERROR, "alarm: %s made a system call that is not "
		    "its own: ended by SIGSYS (docs/powers.md)", child->name);
	else if (WIFSIGNALED(status))
		log_say(level, "%s was ended by signal %d",
		    child->name, WTERMSIG(status));
	else
		log_say(level, "%s ended with status %d", child->name,
		    WEXITSTATUS(status));
	return clean;
}

struct children_child *children_ended(struct children *c, pid_t pid)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->all[i].pid == pid) {
			c->all[i].pid = 0;
			return &c->all[i];
		}
	return NULL;
}

struct children_child *children_of(
    struct children *c, enum children_kind kind, unsigned nth)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->all[i].kind == kind && c->all[i].nth == nth)
			return &c->all[i];
	return NULL;
}

bool children_runs(const struct children *c, enum children_kind kind)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->all[i].kind == kind && c->all[i].pid > 0)
			return true;
	return false;
}
