/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "proc/spawn.h"

/* Descriptors are first copied above here, out of the way of their places. */
#define ASIDE 64

/* Stays what it was where there is no room for it: a failure is told by it. */
static int move_aside(int *fd)
{
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, ASIDE);

	if (moved < 0)
		return -1;
	*fd = moved;
	return 0;
}

/* Puts each descriptor at its number and marks all others close-on-exec. */
static int place_descriptors(const struct spawn *s, int *program, int *report)
{
	int aside[SPAWN_FDS];

	if (move_aside(report) != 0 || (*program >= 0 && move_aside(program)))
		return -1;
	for (size_t i = 0; i < s->fd_count; i++) {
		aside[i] = fcntl(s->fds[i].from, F_DUPFD_CLOEXEC, ASIDE);
		if (aside[i] < 0)
			return -1;
	}
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		return -1;
	for (size_t i = 0; i < s->fd_count; i++)
		if (dup2(aside[i], s->fds[i].at) < 0)
			return -1;
	return 0;
}

static int drop_user(const struct spawn *s)
{
	if (s->uid == 0)
		return 0;
	if (setgroups(0, NULL) != 0 ||
	    setresgid(s->gid, s->gid, s->gid) != 0)
		return -1;
	return setresuid(s->uid, s->uid, s->uid);
}

/*
 * Who was started in the background ignores SIGINT and SIGQUIT, and that goes
 * through every exec: a child would not hear its parent's death before it has
 * a handler. SIGKILL, SIGSTOP and the C library's own two cannot be set.
 */
static int default_signals(void)
{
	sigset_t none;

	for (int number = 1; number <= SIGRTMAX; number++)
		(void)signal(number, SIG_DFL);
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * After the fork. The folder first: its descriptor may stand where another is
 * placed. The user before the death signal: the kernel forgets that one when
 * credentials change. A parent that died before prctl() is noticed by ppid.
 */
static int become(
    const struct spawn *s, pid_t parent, int *program, int *report)
{
	static const struct rlimit none = {0, 0};

	if (s->folder >= 0 && fchdir(s->folder) != 0)
		return -1;
	if (setpgid(0, 0) != 0 || place_descriptors(s, program, report) != 0)
		return -1;
	if (s->nice)	/* it runs without, too */
		(void)setpriority(PRIO_PROCESS, 0, s->nice);
	if (drop_user(s) != 0 || default_signals() != 0)
		return -1;
	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, s->death_signal, 0, 0, 0) != 0)
		return -1;
	if (getppid() != parent)
		_exit(1);
	return 0;
}

/* Another user may have no way through the folders above the program. */
static int open_program(const struct spawn *s)
{
	return s->uid ? open(s->program, O_PATH | O_CLOEXEC) : -1;
}

/* argv is const for its owner; execv() changes nothing of it. */
static void child(const struct spawn *s, pid_t parent, int report)
{
	union {
		const char *const *in;
		char *const *out;
	} argv = {s->argv};
	char *setting = s->setting ? strdup(s->setting) : NULL;
	int program = open_program(s), why;

	if (become(s, parent, &program, &report) == 0 &&
	    (!s->setting || (setting && putenv(setting) == 0))) {
		(void)execv(s->program, argv.out);
		if (errno == EACCES && program >= 0)
			(void)fexecve(program, argv.out, environ);
	}
	why = errno;
	(void)!write(report, &why, sizeof(why));
	_exit(127);
}

static enum err meaning(int why)
{
	switch (why) {
	case ENOENT:
	case EACCES:
	case ENOEXEC:
	case ENOTDIR:
		return ERR_UNKNOWN;
	case ENOMEM:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

/* The pipe closes by itself when exec succeeds; else errno comes first. */
static enum err hear(int pipe, pid_t pid)
{
	int why = 0;
	ssize_t n;

	do
		n = read(pipe, &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return ERR_OK;
	(void)waitpid(pid, NULL, 0);
	return n == (ssize_t)sizeof(why) ? meaning(why) : ERR_IO;
}

enum err spawn_start(const struct spawn *s, pid_t *ret)
{
	int report[2];
	pid_t parent = getpid(), pid;
	enum err e;

	if (s->fd_count > SPAWN_FDS)
		return ERR_LIMIT;
	if (pipe2(report, O_CLOEXEC) != 0)
		return ERR_IO;
	pid = fork();
	if (pid == 0)
		child(s, parent, report[1]);
	(void)close(report[1]);
	e = pid < 0 ? ERR_NOMEM : hear(report[0], pid);
	(void)close(report[0]);
	if (!e)
		*ret = pid;
	return e;
}

enum err spawn_find(
    const char *folder, const char *name, char *out, size_t size)
{
	char self[PATH_MAX], path[PATH_MAX], *slash;
	ssize_t n;
	enum err e;

	if (!folder) {
		n = readlink("/proc/self/exe", self, sizeof(self) - 1);
		if (n <= 0)
			return ERR_IO;
		self[n] = '\0';
		slash = strrchr(self, '/');
		if (!slash)
			return ERR_IO;
		*slash = '\0';
		folder = self;
	}
	e = file_path(path, sizeof(path), folder, name);
	if (!e && access(path, X_OK) != 0)
		e = ERR_UNKNOWN;
	if (!e && strlen(path) >= size)
		e = ERR_LIMIT;
	if (!e)
		memcpy(out, path, strlen(path) + 1);
	return e;
}
