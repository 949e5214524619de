/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "super/children.h"
#include "super/left.h"
#include "super/nginx.h"

#define WAIT_MS 5000	/* a process that was killed is gone long before */

/* What one of ours has: the folder it was started in, and what stands at one of
 * its descriptors. */
struct mark {
	struct statx folder, file;
	int fd;
};

/* As far as the kernel knows: where others stand may be on a server that no
 * more answers, and a start that asked it would wait for ever. */
static bool look(const char *path, struct statx *ret)
{
	return statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, ret) == 0;
}

static enum err mark_of(const char *dir, const char *folder, int fd,
    const char *file, struct mark *ret)
{
	char path[CONF_PATH];

	ret->fd = fd;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, folder);
	if (!look(path, &ret->folder))
		return ERR_IO;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	return look(path, &ret->file) ? ERR_OK : ERR_IO;
}

static bool is_same(const char *path, const struct statx *as)
{
	struct statx st;

	return look(path, &st) && st.stx_dev_major == as->stx_dev_major &&
	    st.stx_dev_minor == as->stx_dev_minor &&
	    st.stx_ino == as->stx_ino;
}

/* One that we may not look into is another user's, and not ours. */
static bool bears(pid_t pid, const struct mark *m)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/cwd", (int)pid);
	if (!is_same(path, &m->folder))
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, m->fd);
	return is_same(path, &m->file);
}

/* Those that bear the mark, one after the other; 0 behind the last. */
static pid_t next_of(DIR *proc, const struct mark *m)
{
	const struct dirent *d;

	while ((d = readdir(proc)) != NULL) {
		pid_t pid = isdigit((unsigned char)d->d_name[0]) ?
		    (pid_t)strtol(d->d_name, NULL, 10) : 0;

		if (pid > 1 && pid != getpid() && bears(pid, m))
			return pid;
	}
	return 0;
}

/*
 * The descriptor is of the process that has the number now: whether it is the
 * one that was found is asked again before it is killed.
 */
static enum err end_one(pid_t pid, const struct mark *m)
{
	struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	enum err e = ERR_OK;

	if (p.fd < 0)	/* it is gone */
		return ERR_OK;
	if (bears(pid, m) && pidfd_send_signal(p.fd, SIGKILL, NULL, 0) == 0 &&
	    poll(&p, 1, WAIT_MS) != 1)
		e = ERR_STATE;
	(void)close(p.fd);
	return e;
}

enum err left_end(const char *dir, unsigned *ret_count, pid_t *ret_stays)
{
	DIR *proc = opendir("/proc");
	struct mark m;
	pid_t pid;
	enum err e = ERR_OK;

	*ret_count = 0;
	*ret_stays = 0;
	if (!proc || mark_of(dir, "run", NGINX_FD_PUBLIC, "journal/public", &m))
		e = ERR_IO;
	while (!e && (pid = next_of(proc, &m)) != 0) {
		e = end_one(pid, &m);
		++*ret_count;
		*ret_stays = e ? pid : 0;
	}
	if (proc)
		(void)closedir(proc);
	return e;
}

pid_t left_holder(const char *dir)
{
	DIR *proc = opendir("/proc");
	struct mark m;
	pid_t pid = 0;

	if (proc && !mark_of(dir, ".", CHILDREN_FD_LOCK, "run/lock", &m))
		pid = next_of(proc, &m);
	if (proc)
		(void)closedir(proc);
	return pid;
}
