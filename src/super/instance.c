/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "proc/listen.h"
#include "super/instance.h"

#define LOCK "run/lock"
#define GATE_SOCKET "run/gate-flow.sock"
#define ADMIN_SOCKET "run/admin.sock"
#define PUBLIC "journal/public"
#define ENDPOINTS "run/endpoints.json"
/* The longest of these names, and what file_replace adds to one. */
#define NAMES_MOST 64
/* A process of an instance whose super was killed ends within this. */
#define LAST_BREATH_S 10

static void say(struct instance_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct instance_fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, ap);
	va_end(ap);
}

void instance_path(
    const struct instance *in, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s", in->dir, name);
}

/* --- the folder and its lock --- */

static enum err find_folder(
    const char *dir, struct instance *in, struct instance_fault *fault)
{
	char full[PATH_MAX];

	if (!realpath(dir, full)) {
		say(fault, "%s: %s; make an instance with `ecluse init`", dir,
		    strerror(errno));
		return ERR_UNKNOWN;
	}
	if (strlen(full) + NAMES_MOST >= sizeof(in->dir)) {
		say(fault, "%s: the path is too long", full);
		return ERR_LIMIT;
	}
	(void)snprintf(in->dir, sizeof(in->dir), "%s", full);
	return ERR_OK;
}

/* run/ and what is in it is ours: its mode is set each time. The journal's
 * folders are only made if they are missing. */
static enum err make_folder(const struct instance *in, const char *name,
    mode_t mode, struct instance_fault *fault)
{
	char path[CONF_PATH];
	enum err e;

	instance_path(in, name, path, sizeof(path));
	e = file_mkdir(path, mode);
	if (e == ERR_EXISTS && strncmp(name, "run", 3) != 0)
		return ERR_OK;
	if (e == ERR_EXISTS)
		e = chmod(path, mode) == 0 ? ERR_OK : ERR_IO;
	if (e)
		say(fault, "%s: %s", path, strerror(errno));
	return e;
}

/* The pid in the lock file: does that super still live? */
static bool holder_lives(int fd)
{
	char text[16];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	uint64_t pid;

	if (n <= 1 ||
	    text_u64(span_of(text, (size_t)n - 1), INT_MAX, &pid) != ERR_OK)
		return true;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

static void on_alarm(int number)
{
	(void)number;
}

/*
 * Keeper and vault hold the lock's descriptor too. If their super was killed
 * they stop by themselves: wait for that, not for an instance that runs.
 */
static bool wait_for_lock(int fd)
{
	const struct sigaction act = {.sa_handler = on_alarm}; /* no restart */
	struct sigaction before;
	bool got;

	if (holder_lives(fd) || sigaction(SIGALRM, &act, &before) != 0)
		return false;
	(void)alarm(LAST_BREATH_S);
	got = flock(fd, LOCK_EX) == 0;
	(void)alarm(0);
	(void)sigaction(SIGALRM, &before, NULL);
	return got;
}

static enum err take_lock(struct instance *in, struct instance_fault *fault)
{
	char path[CONF_PATH], pid[16];
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	instance_path(in, LOCK, path, sizeof(path));
	in->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (in->lock < 0) {
		say(fault, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	if (flock(in->lock, LOCK_EX | LOCK_NB) != 0 &&
	    !wait_for_lock(in->lock)) {
		say(fault, "%s: this instance runs already", in->dir);
		return ERR_EXISTS;
	}
	if (ftruncate(in->lock, 0) != 0 ||
	    pwrite(in->lock, pid, (size_t)n, 0) != n) {
		say(fault, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

/* --- nginx's user --- */

static enum err find_web_user(
    struct instance *in, struct instance_fault *fault)
{
	static const char *const names[] = {"www-data", "nginx", "nobody"};
	const struct passwd *who = NULL;

	in->web_user[0] = '\0';
	in->web_group = getegid();
	if (geteuid() != 0)
		return ERR_OK;
	for (size_t i = 0; i < 3 && !who; i++)
		who = getpwnam(names[i]);
	if (!who || who->pw_uid == 0) {
		say(fault, "no user www-data, nginx or nobody to run nginx's "
		           "workers as; make one");
		return ERR_UNKNOWN;
	}
	(void)snprintf(
	    in->web_user, sizeof(in->web_user), "%s", who->pw_name);
	in->web_group = who->pw_gid;
	return ERR_OK;
}

/* --- sockets --- */

static enum err open_sockets(struct instance *in, struct instance_fault *fault)
{
	char gate[CONF_PATH], admin[CONF_PATH];
	mode_t mode = in->web_user[0] ? 0660 : 0600;
	enum err e;

	instance_path(in, GATE_SOCKET, gate, sizeof(gate));
	instance_path(in, ADMIN_SOCKET, admin, sizeof(admin));
	e = listen_unix(gate, SOCK_STREAM, mode, &in->gate);
	if (!e && chown(gate, (uid_t)-1, in->web_group) != 0)
		e = ERR_IO;
	if (e) {
		say(fault, "%s: %s", gate, err_text(e));
		return ERR_IO;
	}
	e = listen_unix(admin, SOCK_SEQPACKET, 0600, &in->admin);
	if (!e)
		return ERR_OK;
	say(fault, "%s: %s", admin, err_text(e));
	return ERR_IO;
}

/* The port that was picked last, another one if it is taken now. */
static enum err open_port(struct instance *in, struct instance_fault *fault)
{
	struct conf *c = &in->conf;
	struct conf_fault words;
	uint32_t port = 0;
	enum err e =
	    listen_tcp(c->flow_address, c->flow_port, &in->web, &port);

	if (e == ERR_EXISTS && c->flow_port_picked)
		e = listen_tcp(c->flow_address, 0, &in->web, &port);
	if (e) {
		say(fault, "flow.address %s, flow.port %u: %s",
		    c->flow_address, c->flow_port,
		    e == ERR_EXISTS ? "taken by another program; stop it or "
		                      "choose another port"
		                    : strerror(errno));
		return ERR_IO;	/* ERR_EXISTS means this very instance */
	}
	if (!c->flow_port_picked || port == c->flow_port)
		return ERR_OK;
	e = conf_save_port(in->dir, port);
	if (!e)
		e = conf_load(in->dir, c, &words);
	if (e)
		say(fault, "run/flow.port: %s", err_text(e));
	return e;
}

/* --- all of it --- */

static enum err open_folders(struct instance *in, struct instance_fault *fault)
{
	char path[CONF_PATH];
	enum err e = make_folder(in, "run/oo", 0755, fault);

	if (!e)
		e = make_folder(in, "run/nginx", 0711, fault);
	if (!e)
		e = make_folder(in, "journal", 0700, fault);
	if (!e)
		e = make_folder(in, PUBLIC, 0755, fault);
	if (e)
		return e;
	instance_path(in, "run", path, sizeof(path));
	in->run = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	instance_path(in, PUBLIC, path, sizeof(path));
	in->public = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (in->run < 0 || in->public < 0) {
		say(fault, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

static enum err open_all(
    const char *dir, struct instance *in, struct instance_fault *fault)
{
	struct conf_fault words = {0};
	enum err e = find_folder(dir, in, fault);

	if (e)
		return e;
	e = conf_load(in->dir, &in->conf, &words);
	if (e) {
		say(fault, "%s/%s", in->dir, words.text);
		return e;
	}
	/* the way to the gate's socket, for nginx's user, through run/ */
	e = make_folder(in, "run", geteuid() == 0 ? 0711 : 0700, fault);
	if (!e)
		e = take_lock(in, fault);
	if (!e)
		e = find_web_user(in, fault);
	if (!e)
		e = open_folders(in, fault);
	if (!e)
		e = open_sockets(in, fault);
	return e ? e : open_port(in, fault);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void close_all(struct instance *in)
{
	close_fd(&in->web);
	close_fd(&in->admin);
	close_fd(&in->gate);
	close_fd(&in->public);
	close_fd(&in->run);
	close_fd(&in->lock);
}

enum err instance_open(
    const char *dir, struct instance *ret, struct instance_fault *fault)
{
	struct instance in = {.lock = -1,
	    .run = -1,
	    .public = -1,
	    .gate = -1,
	    .admin = -1,
	    .web = -1};
	enum err e = open_all(dir, &in, fault);

	if (e)
		close_all(&in);
	else
		*ret = in;
	return e;
}

void instance_close(struct instance *in)
{
	static const char *const names[] = {
	    GATE_SOCKET, ADMIN_SOCKET, ENDPOINTS};
	char path[CONF_PATH];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		instance_path(in, names[i], path, sizeof(path));
		(void)unlink(path);
	}
	close_all(in);
}
