/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that fail, one after the other. A test that is linked with failing_dep
 * has the calls below of everything of ours go through failing.c, each kind
 * counted for itself; what libraries of others call themselves does not.
 *
 *	bool failed = true;
 *
 *	for (int n = 0; failed; n++) {
 *		failing_set(FAILING_WRITE, n, EIO);
 *		e = what_is_tried();
 *		failed = failing_end();
 *		...
 *	}
 *
 * A loop like this ends when no call was left to fail, on every machine.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum failing_kind {
	FAILING_MEMORY,	/* malloc, calloc, realloc, reallocarray, strdup */
	FAILING_OPEN,	/* open, openat, opendir, eventfd */
	FAILING_READ,	/* read, pread */
	FAILING_WRITE,	/* write, pwrite */
	FAILING_FLUSH,	/* fsync, fdatasync, syncfs */
	FAILING_NAME,	/* rename, renameat, link, unlink, unlinkat, mkdir */
	FAILING_FILE,	/* fstat, ftruncate, fchmod, chmod, flock; close, which
			 * closes */
	FAILING_CIPHER,	/* sign_make, aead_seal, aead_open: ERR_CRYPTO */
	FAILING_PROCESS,	/* fork, pthread_create */
	FAILING_KINDS
};

/* The call of that kind with number nth (from 0) fails with this errno; 0: a
 * read or write that does nothing, and gives 0. */
void failing_set(enum failing_kind kind, int nth, int error);
/* No call fails any more. Did one? */
bool failing_end(void);

/*
 * What ours gives back (free, realloc that moves) is looked at: the words of
 * what had to be wiped may not stand in it. Until failing_seen(), which says
 * whether they did, and how long the longest such room was.
 */
void failing_watch(const char *words);
bool failing_seen(size_t *ret_longest);
