/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vault's counts (meter/count.h) from their first record on, read in parts
 * and never mapped: the file may be longer than memory, and somebody else may
 * write it, shorten it or take its medium away meanwhile.
 */
#pragma once
#include "meter/count.h"

struct tape;

/* The first size bytes of a file that stays the caller's, or what there is of
 * them when they are read. ERR_NOMEM. */
MUST_CHECK enum err tape_new(int fd, uint64_t size, struct tape **ret);
/* The same of bytes at hand, which live longer. */
MUST_CHECK enum err tape_of(struct span bytes, struct tape **ret);
void tape_free(struct tape *t);	/* NULL is fine */
void tape_rewind(struct tape *t);

/* As count_next, of what comes; spans until the next call. ERR_IO. */
MUST_CHECK enum err tape_next(
    struct tape *t, struct count_head *h, struct count_record *ret);
/* As count_is_altered, of the record that tape_next did not take. */
bool tape_is_altered(const struct tape *t);
