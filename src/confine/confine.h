/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process gives up, for good, all that its row of powers.c does not name:
 * descriptors, limits, files, system calls. A call that is not named ends it
 * with SIGSYS; a file that is not named cannot be opened (EACCES).
 *
 * When: after its configuration is read and its cryptography is warm (the
 * keeper: after its token has spoken), before anything from outside is read.
 * What a library loads later (OpenSSL its configuration, a provider) it will
 * not find.
 *
 * unconfined (conf/conf.h) is for development, on a kernel that cannot do it
 * or with sanitizers: core files, tracing and new privileges are given up
 * then and nothing else, and who is so started says it loudly.
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"
#include "confine/powers.h"

struct confine_fault {
	char text[256];
};

struct confine_wish {
	enum powers_of who;
	const char *dir;	/* where relative names stand */
	const char *own;	/* its part of names (powers.h), or NULL */
	const char *reads;	/* the operator's folder, to read, or NULL */
	bool unconfined;
	int program;		/* POWERS_NGINX: what it becomes, */
	const char *loader;	/* and what the kernel loads it with */
};

/* The first thing in main(): closes what it was given beside the table's; what
 * is closed of standard input to error becomes /dev/null. */
MUST_CHECK enum err confine_descriptors(enum powers_of who);

/*
 * Inside a thread that opens no file, before confine() in the first one: files
 * are each thread's own to give up, system calls confine() takes from all.
 * nothing: a struct landlock that allows nothing.
 */
MUST_CHECK enum err confine_thread(void *nothing);
/* All the rest. Nothing is given back: who gets an error here ends. */
MUST_CHECK enum err confine(
    const struct confine_wish *w, struct confine_fault *fault);
