/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a process may open from here on (landlock(7), by its three
 * system calls: Debian 12 has no library for them). Nothing that is not named
 * may be opened, made, removed or run; no TCP port bound or connected to
 * (Linux 6.7); no signal sent to a process outside, no abstract socket of
 * theirs connected to (6.12). What is open already stays as it is.
 */
#pragma once
#include <stddef.h>
#include "base/err.h"

enum landlock_right {
	LANDLOCK_READ = 1,	/* a file, or all below a folder */
	LANDLOCK_WRITE,		/* a file that is there, read too */
	LANDLOCK_OWN,		/* a folder: make, change, remove below it */
	LANDLOCK_RUN,		/* a program, read too */
};

struct landlock;

/* ERR_UNKNOWN: this kernel has none, or it is turned off. */
MUST_CHECK enum err landlock_new(struct landlock **ret);
void landlock_free(struct landlock *l);
/* What fd has open; a path that it was opened by (O_PATH) is enough. */
MUST_CHECK enum err landlock_add(
    struct landlock *l, int fd, enum landlock_right right);
/* For good, this thread and what it starts: needs no-new-privs. */
MUST_CHECK enum err landlock_enforce(const struct landlock *l);
