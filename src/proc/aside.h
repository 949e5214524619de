/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that does one piece of work at a time, aside, so that the loop goes
 * on while a disk writes.
 *
 * It has no signals. Its work allocates nothing and touches nothing that its
 * owner uses meanwhile: the owner remains a program of one thread in all else.
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"

struct aside;

/*
 * Starts the thread. inside, or NULL: called there first, with ctx, for it to
 * give up powers that are each thread's own; if it fails, so does this call,
 * with its error. ERR_NOMEM; ERR_IO: no thread, no descriptor.
 */
MUST_CHECK enum err aside_new(
    enum err (*inside)(void *ctx), void *ctx, struct aside **ret);
void aside_free(struct aside *a);	/* waits for it; NULL is fine */

/* Readable when work is over, until aside_wait(): for the loop. */
int aside_descriptor(const struct aside *a);
/* work(job) is done there. None may be under way. */
void aside_begin(
    struct aside *a, enum err (*work)(const void *job), const void *job);
/* Was work begun and not waited for? */
bool aside_is_busy(const struct aside *a);
/* Would aside_wait() return at once? */
bool aside_is_over(struct aside *a);
/* The end of what is under way, waited for if need be: what work gave. */
MUST_CHECK enum err aside_wait(struct aside *a);
