/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The powers of each process, in one table (powers.c): descriptors it keeps,
 * files it may open, system calls it may make, limits. What stands there is
 * all that a process has once it is set up, whoever took it over
 * (docs/powers.md says it in words; tests/attack/test_powers.py tries).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include "confine/filter.h"
#include "confine/landlock.h"

enum powers_of {
	POWERS_GATE,
	POWERS_KEEPER,
	POWERS_VAULT,
	POWERS_NGINX,	/* put on by ecluse-front, which then becomes nginx */
	POWERS_SUPER,	/* what neither it nor anybody below it ever does */
	POWERS_COUNT
};

/* A path is head, the process's own part (a plane's word, a number) if own
 * says so, and tail; below the instance's folder, or absolute. */
struct powers_place {
	const char *head;	/* NULL: behind the last */
	bool own;
	const char *tail;
	enum landlock_right right;
	bool may_miss;
};

struct powers_limit {
	int which;		/* RLIMIT_..., none of them CPU (0) */
	rlim_t most;
};

#define POWERS_FDS 4
#define POWERS_LIMITS 4

struct powers {
	const char *word;
	int fds[POWERS_FDS];	/* kept, ascending; 0: behind the last */
	int fd_read;		/* a folder among them to read below, or 0 */
	bool everywhere;	/* no rule on files: for the children's sake */
	uint64_t capabilities;	/* root's that it keeps, by bit (1ULL << CAP_) */
	struct powers_place places[18];
	struct powers_limit limits[POWERS_LIMITS];	/* which 0: last */
	struct filter filter;
};

const struct powers *powers_of(enum powers_of who);
/* By its word; POWERS_COUNT if there is none. */
enum powers_of powers_named(const char *word);
