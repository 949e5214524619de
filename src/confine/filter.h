/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that a process may make from here on (seccomp(2), by
 * libseccomp). Any other ends the process at once, with SIGSYS, and so does a
 * call of another architecture's table. A list names calls, each with what
 * must hold of its arguments; what a pointer points to cannot be looked at.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

enum filter_when {
	FILTER_ANY,
	FILTER_NO_CODE,		/* mmap, mprotect: not executable */
	FILTER_NO_WRITTEN_CODE,	/* not writable and executable */
	FILTER_FORK,		/* clone: a plain fork, no thread, no namespace */
	FILTER_ITSELF,		/* setpriority: of this process alone */
	FILTER_OPENED,		/* newfstatat: of a descriptor */
	FILTER_LOOK,		/* prlimit64: no new limit */
	FILTER_SELF,		/* tgkill: this very process */
	FILTER_UNIX,		/* socket, socketpair: AF_UNIX */
	FILTER_SIZES,		/* setsockopt: SOL_SOCKET, the two buffers */
	FILTER_LOCK,		/* fcntl: flags and locks of a descriptor */
	FILTER_TAKE,		/* flock: takes it or not, waits for nobody; gives
				   none back that it shares */
	FILTER_DUMPABLE,	/* prctl: PR_SET_DUMPABLE */
	FILTER_BLOCKING,	/* ioctl: FIONBIO, FIOASYNC, FIONREAD */
	FILTER_TYPING,		/* ioctl: words for a terminal to read (TIOCSTI,
				   TIOCLINUX) */
	FILTER_PROGRAM,		/* execveat: the one descriptor of the list */
	FILTER_NAMESPACE,	/* clone: into a new namespace */
	FILTER_MISSING,		/* as if the kernel had no such call (ENOSYS):
				   of one whose arguments lie in memory, for
				   which a library has another */
};

struct filter_call {
	int number;		/* SCMP_SYS(name) */
	enum filter_when when;
};

#define FILTER_LISTS 6

struct filter {
	/* joined; each ends with a number of FILTER_END */
	const struct filter_call *lists[FILTER_LISTS];
	bool forbids;		/* the lists name what is forbidden */
	int program;		/* for FILTER_PROGRAM */
};

/* no call of any architecture, and no pseudo number of libseccomp */
#define FILTER_END (-30000)

/* For good: needs no-new-privs. ERR_IO: the kernel does not take it.
 * ERR_NOMEM, before anything is on: a megabyte is not to be had. */
MUST_CHECK enum err filter_load(const struct filter *f);
