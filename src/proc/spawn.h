/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a sibling: fork and exec, so that each program has an address
 * space of its own, with exactly the descriptors it is given.
 *
 * The child has no other descriptor above 2, no new privileges, no core
 * files, its own process group (the terminal's Ctrl-C reaches super alone),
 * default signals whatever its parent ignores, and gets a signal when its
 * parent dies.
 */
#pragma once
#include <stddef.h>
#include <sys/types.h>
#include "base/err.h"

#define SPAWN_FDS 8	/* descriptors passed at most */

struct spawn_fd {
	int from;	/* here */
	int at;		/* its number there, from 2 */
};

struct spawn {
	const char *program;		/* path */
	const char *const *argv;	/* ended by NULL; argv[0] its name */
	const struct spawn_fd *fds;
	size_t fd_count;
	const char *setting;	/* NAME=value more in its environment, NULL */
	int folder;		/* descriptor to start in, -1: stay here */
	int death_signal;	/* when the parent dies */
	int nice;		/* setpriority(2); left as it is where we may not */
	uid_t uid;		/* 0: stay who we are */
	gid_t gid;
};

/*
 * ERR_UNKNOWN: no such program or it may not be run; ERR_LIMIT: too many
 * descriptors; ERR_NOMEM, ERR_IO. On ERR_OK the program runs.
 */
MUST_CHECK enum err spawn_start(const struct spawn *s, pid_t *ret);

/* Path of a program of this instance: in folder, or beside the running one
 * (/proc/self/exe) if folder is NULL. ERR_UNKNOWN: not there. */
MUST_CHECK enum err spawn_find(
    const char *folder, const char *name, char *out, size_t size);
