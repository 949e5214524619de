/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "base/log.h"
#include "base/text.h"
#include "conf/pair.h"
#include "proc/listen.h"
#include "super/left.h"
#include "super/modes.h"
#include "super/settings.h"
#include "super/users.h"

#define LOCK "run/lock"
#define ADMIN_SOCKET "run/admin.sock"
#define PUBLIC "journal/public"
#define ENDPOINTS "run/endpoints.json"
/* The longest of these names, and what file_replace adds to one. */
#define NAMES_MOST 64
/* A process of an instance whose super was killed ends within this. */
#define LAST_BREATH_S 10

void instance_say(struct instance_fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, ap);
	va_end(ap);
}

void instance_path(
    const struct instance *in, const char *name, char *out, size_t size)
{
	(void)snprintf(
	    out, size, "%s/%s", in->way[0] ? in->way : in->dir, name);
}

void instance_place(
    const struct instance *in, const char *name, char *out, size_t size)
{
	char now[PATH_MAX];
	ssize_t n = in->way[0] ? readlink(in->way, now, sizeof(now) - 1) : -1;

	now[n > 0 ? n : 0] = '\0';
	(void)snprintf(out, size, "%s/%s", n > 0 ? now : in->dir, name);
}

/* --- the folder and its lock --- */

static enum err find_folder(
    const char *dir, struct instance *in, struct instance_fault *fault)
{
	char full[PATH_MAX];

	if (!realpath(dir, full)) {
		instance_say(fault, "%s: %s; make an instance with `ecluse init`", dir,
		    strerror(errno));
		return ERR_UNKNOWN;
	}
	if (strlen(full) + NAMES_MOST >= sizeof(in->dir)) {
		instance_say(fault, "%s: the path is too long", full);
		return ERR_LIMIT;
	}
	(void)snprintf(in->dir, sizeof(in->dir), "%s", full);
	return ERR_OK;
}

/* Of the folder itself, never of what a link leads to. */
static enum err set_mode(const char *path, mode_t mode)
{
	int fd = open(
	    path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum err e = fd >= 0 && fchmod(fd, mode) == 0 ? ERR_OK : ERR_IO;

	if (fd >= 0)
		(void)close(fd);
	return e;
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
		e = set_mode(path, mode);
	if (e)
		instance_say(fault, "%s: %s", path, strerror(errno));
	return e;
}

static enum err open_folder(const struct instance *in, const char *name,
    int flags, int *ret, struct instance_fault *fault)
{
	char path[CONF_PATH];

	instance_path(in, name, path, sizeof(path));
	*ret = open(path, flags | O_DIRECTORY | O_CLOEXEC);
	if (*ret >= 0)
		return ERR_OK;
	instance_say(fault, "%s: %s", path, strerror(errno));
	return ERR_IO;
}

/* One that ended and that nobody waited for has a pid and nothing else. */
static bool is_body(pid_t pid)
{
	char path[32], text[256];
	const char *state = NULL;
	ssize_t n = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	state = strrchr(text, ')');	/* behind its name (proc(5)) */
	return state && strncmp(state, ") Z", 3) == 0;
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
	return (kill((pid_t)pid, 0) == 0 || errno == EPERM) &&
	    !is_body((pid_t)pid);
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

static void say_holder(const struct instance *in, struct instance_fault *fault)
{
	pid_t left = holder_lives(in->lock) ? 0 : left_holder(in->dir);

	if (left)
		instance_say(fault, "%s: its super is gone, and process %d of "
		    "it does not end: see what it waits for (ps -o stat,wchan "
		    "%d; a disk?), or kill -9 %d, and start again", in->dir,
		    (int)left, (int)left, (int)left);
	else
		instance_say(fault, "%s: this instance runs already", in->dir);
}

static enum err take_lock(struct instance *in, struct instance_fault *fault)
{
	char path[CONF_PATH], pid[16];
	struct stat st;
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	instance_path(in, LOCK, path, sizeof(path));
	in->lock = open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* it is emptied below: not another file under this name */
	if (in->lock >= 0 && (fstat(in->lock, &st) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_nlink != 1)) {
		instance_say(fault, "%s: not a file of its own: remove it",
		    path);
		return ERR_REFUSED;
	}
	if (in->lock < 0) {
		instance_say(fault, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	if (flock(in->lock, LOCK_EX | LOCK_NB) != 0 &&
	    !wait_for_lock(in->lock)) {
		say_holder(in, fault);
		return ERR_EXISTS;
	}
	if (ftruncate(in->lock, 0) != 0 ||
	    pwrite(in->lock, pid, (size_t)n, 0) != n) {
		instance_say(fault, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

/*
 * The file can be removed by somebody who wants to start all the same, and the
 * one that is made then is locked by nobody: sockets and nginx of an instance
 * that runs would be taken from it. keeper/ is not removed, and nobody else of
 * this machine can open it: DIR itself he can, and whoever opens a folder may
 * lock it. Where a file system has no lock of a folder the file's has to do.
 */
static enum err lock_keeper(struct instance *in, struct instance_fault *fault)
{
	enum err e = open_folder(in, "keeper", O_RDONLY, &in->keeper, fault);

	if (e || flock(in->keeper, LOCK_EX | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return e;
	instance_say(fault, "%s: this instance runs already, and its " LOCK
	    " was removed: end it (TERM to its ecluse-super), then start again",
	    in->dir);
	return ERR_EXISTS;
}

/* --- sockets --- */

static void gate_socket(
    const struct instance *in, unsigned plane, char *out, size_t size)
{
	char name[NAMES_MOST];

	(void)snprintf(name, sizeof(name), "run/gate-%s.sock",
	    conf_plane_word(plane));
	instance_path(in, name, out, size);
}

/* A change of a plane's certificate that was cut off. */
static enum err settle_pairs(
    const struct instance *in, struct instance_fault *fault)
{
	enum err e = ERR_OK;

	for (unsigned p = 1; p < CONF_PLANES && !e; p++)
		if (in->conf.plane[p].enabled)
			e = pair_settle(in->dir, conf_plane_word(p));
	if (e)
		instance_say(fault, "%s/tls: %s", in->dir, err_text(e));
	return e;
}

/* Of a run whose super and nginx were killed: they have its ports. */
static enum err end_left(
    const struct instance *in, struct instance_fault *fault)
{
	unsigned count;
	pid_t stays;
	enum err e = left_end(in->dir, &count, &stays);

	if (e == ERR_STATE)
		instance_say(fault, "%s: process %d, nginx of an earlier run, "
		    "does not end though it was killed: see what it waits for "
		    "(ps -o stat,wchan %d; a disk?)", in->dir, (int)stays,
		    (int)stays);
	else if (e)
		instance_say(fault, "/proc: %s", strerror(errno));
	else if (count > 0)
		log_say(LOG_WARN, "%u processes of nginx were left of a run "
		    "whose super was killed: ended", count);
	return e;
}

/* The port that was picked last, another one if it is taken now. */
static enum err open_port(
    struct instance *in, unsigned plane, struct instance_fault *fault)
{
	struct conf_plane *p = &in->conf.plane[plane];
	int *web = &in->plane[plane].web;
	const char *word = conf_plane_word(plane);
	uint32_t port = 0;
	enum err e = listen_tcp(p->address, p->port, web, &port);

	if (e == ERR_EXISTS && p->port_picked)
		e = listen_tcp(p->address, 0, web, &port);
	if (e) {
		instance_say(fault, "%s.address %s, %s.port %u: %s", word,
		    p->address, word, p->port,
		    e == ERR_EXISTS ? "taken by another program; stop it or "
		                      "choose another port"
		                    : strerror(errno));
		return ERR_IO;	/* ERR_EXISTS means this very instance */
	}
	if (!p->port_picked || port == p->port)
		return ERR_OK;
	if (p->port != 0)
		log_say(LOG_WARN, "%s.port %u is taken by another program: "
		    "from now on it is %u", word, p->port, port);
	e = conf_save_port(in->dir, plane, port);
	if (!e)
		e = settings_again(in);
	if (e)
		instance_say(fault, "run/%s.port: %s", word, err_text(e));
	return e;
}

static enum err open_plane(
    struct instance *in, unsigned plane, struct instance_fault *fault)
{
	char path[CONF_PATH];
	enum err e;

	gate_socket(in, plane, path, sizeof(path));
	e = listen_unix(path, SOCK_STREAM, 0600, &in->plane[plane].gate);
	if (e) {
		instance_say(fault, "%s: %s", path, err_text(e));
		return ERR_IO;
	}
	return open_port(in, plane, fault);
}

static enum err open_sockets(struct instance *in, struct instance_fault *fault)
{
	char admin[CONF_PATH];
	enum err e;

	instance_path(in, ADMIN_SOCKET, admin, sizeof(admin));
	e = listen_unix(admin, SOCK_SEQPACKET, 0600, &in->admin);
	if (e) {
		instance_say(fault, "%s: %s", admin, err_text(e));
		return ERR_IO;
	}
	for (unsigned p = 1; p < CONF_PLANES && !e; p++)
		if (in->conf.plane[p].enabled)
			e = open_plane(in, p, fault);
	return e;
}

/* --- all of it --- */

/* Ports are settled: from here on nobody reads ecluse.conf. */
static enum err keep_settings(
    const struct instance *in, struct instance_fault *fault)
{
	enum err e = conf_start(in->dir, &in->conf);

	if (e)
		instance_say(fault, "%s/" CONF_STARTED ": %s", in->dir,
		    err_text(e));
	return e;
}

static enum err make_folders(
    const struct instance *in, struct instance_fault *fault)
{
	enum err e = make_folder(in, "run/oo", 0755, fault);
	char name[64];

	for (unsigned p = 1; p < CONF_PLANES && !e; p++) {
		if (!in->conf.plane[p].enabled)
			continue;
		(void)snprintf(name, sizeof(name), "run/nginx-%s",
		    conf_plane_word(p));
		e = make_folder(in, name, 0700, fault);
	}
	if (!e)
		e = make_folder(in, "journal", 0700, fault);
	if (!e)
		e = make_folder(in, PUBLIC, 0755, fault);
	if (!e)
		e = make_folder(in, "vault", 0700, fault);
	for (unsigned n = 0; n < in->conf.vault_count && !e; n++) {
		(void)snprintf(name, sizeof(name), "vault/%u", n);
		e = make_folder(in, name, 0700, fault);
	}
	return e;
}

static enum err open_folders(struct instance *in, struct instance_fault *fault)
{
	enum err e = make_folders(in, fault);

	if (!e)
		e = open_folder(in, ".", O_RDONLY, &in->folder, fault);
	if (!e)
		e = open_folder(in, "run", O_RDONLY, &in->run, fault);
	return e ? e : open_folder(in, PUBLIC, O_PATH, &in->public, fault);
}

/* Of a run that was cut off: nobody is reached there. */
static void forget_endpoints(const struct instance *in)
{
	char path[CONF_PATH];

	instance_path(in, ENDPOINTS, path, sizeof(path));
	(void)unlink(path);
}

static enum err open_all(
    const char *dir, struct instance *in, struct instance_fault *fault)
{
	enum err e = find_folder(dir, in, fault);

	in->users = geteuid() == 0;
	if (!e)
		e = settings_open(in, fault);
	/* the ways of the others to their own go through run/ */
	if (!e)
		e = users_check(in, fault);
	if (!e && in->users && settings_check_way(in, fault)) {
		log_say(LOG_WARN, "%s", fault->text);
		e = in->conf.drill ? ERR_OK : ERR_REFUSED;
	}
	if (!e)
		e = make_folder(in, "run", in->users ? 0711 : 0700, fault);
	if (!e)
		e = take_lock(in, fault);
	if (!e)
		e = lock_keeper(in, fault);
	if (!e)
		modes_close(in);
	if (!e)
		forget_endpoints(in);
	if (!e)
		e = open_folders(in, fault);
	if (!e)
		e = end_left(in, fault);
	if (!e)
		e = open_sockets(in, fault);
	if (!e)
		e = keep_settings(in, fault);
	if (!e)
		e = settle_pairs(in, fault);
	return e ? e : users_give(in, fault);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void close_all(struct instance *in)
{
	for (unsigned p = 0; p < CONF_PLANES; p++) {
		close_fd(&in->plane[p].web);
		close_fd(&in->plane[p].gate);
		close_fd(&in->plane[p].words);
	}
	close_fd(&in->admin);
	close_fd(&in->public);
	close_fd(&in->run);
	close_fd(&in->folder);
	close_fd(&in->keeper);
	close_fd(&in->lock);
}

enum err instance_open(
    const char *dir, struct instance *ret, struct instance_fault *fault)
{
	struct instance in = {.lock = -1,
	    .keeper = -1,
	    .folder = -1,
	    .run = -1,
	    .public = -1,
	    .admin = -1};
	enum err e;

	for (unsigned p = 0; p < CONF_PLANES; p++)
		in.plane[p] = (struct instance_plane){-1, -1, -1};
	e = open_all(dir, &in, fault);
	buf_release(&in.settings);
	if (e) {
		close_all(&in);
		return e;
	}
	(void)snprintf(
	    in.way, sizeof(in.way), "/proc/self/fd/%d", in.folder);
	*ret = in;
	return ERR_OK;
}

void instance_close(struct instance *in)
{
	static const char *const names[] = {
	    ADMIN_SOCKET, ENDPOINTS, CONF_STARTED};
	char path[CONF_PATH];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		instance_path(in, names[i], path, sizeof(path));
		(void)unlink(path);
	}
	for (unsigned p = 1; p < CONF_PLANES; p++)
		if (in->plane[p].gate >= 0) {
			gate_socket(in, p, path, sizeof(path));
			(void)unlink(path);
		}
	close_all(in);
}
