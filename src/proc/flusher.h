/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that flushes, so that the loop goes on while the disk writes.
 *
 * It does one thing: fdatasync() of the descriptor it is given, one at a time.
 * It allocates nothing, has no signals, and touches no memory but this
 * struct's; its owner remains a program of one thread in all else.
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"

struct flusher;

/*
 * Starts the thread. inside, or NULL: called there first, with ctx, for it to
 * give up powers that are each thread's own; if it fails, so does this call,
 * with its error. ERR_NOMEM; ERR_IO: no thread, no descriptors.
 */
MUST_CHECK enum err flusher_new(
    enum err (*inside)(void *ctx), void *ctx, struct flusher **ret);
void flusher_free(struct flusher *f);	/* waits for it; NULL is fine */

/* Readable when a flush is over, until flusher_wait(): for the loop. */
int flusher_descriptor(const struct flusher *f);
/* Flushes fd, which stays open until flusher_wait() returned. None may be
 * under way. */
void flusher_begin(struct flusher *f, int fd);
/* Was one begun and not waited for? */
bool flusher_is_busy(const struct flusher *f);
/* Would flusher_wait() return at once? */
bool flusher_is_over(struct flusher *f);
/* The end of the one under way, waited for if need be. ERR_IO: it failed, and
 * what the disk holds is not known. */
MUST_CHECK enum err flusher_wait(struct flusher *f);
