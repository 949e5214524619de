/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted run: new aliases of an open feed in the order of their tags, in a
 * file that has no name and goes with the process, as the feed does. In
 * memory stay a sieve, which says almost always whether a tag is in it, and
 * every 128th tag.
 */
#pragma once
#include "rights/fresh.h"
#include "rights/sieve.h"

#define RUN_STEP 128		/* aliases between two that the index keeps */
#define RUN_WINDOW 512		/* aliases read or written at once */

struct run {
	int fd;
	uint64_t count;
	struct sieve sieve;
	uint64_t *index;	/* first 8 bytes of every RUN_STEPth tag */
	size_t index_count;
};

/* A run being written, or read from its first alias on. */
struct run_pen {
	struct run *run;
	struct fresh_entry *window;
	size_t n, at;		/* aliases in the window; the next to read */
	uint64_t done;
};

/* folder: where the file is made. most: how many aliases may come. ERR_IO,
 * ERR_NOMEM, ERR_FULL (the disk). */
MUST_CHECK enum err run_new(
    const char *folder, uint64_t most, struct run **ret);
void run_free(struct run *r);	/* NULL is fine */

MUST_CHECK enum err run_open(struct run *r, struct run_pen *ret);
void run_close(struct run_pen *p);
/* The next alias; they come in ascending order. */
MUST_CHECK enum err run_put(struct run_pen *p, const struct fresh_entry *e);
/* What is still in the window goes to the file. */
MUST_CHECK enum err run_end(struct run_pen *p);
/* The alias that comes next, NULL at the end; and past it. */
MUST_CHECK enum err run_look(
    struct run_pen *p, const struct fresh_entry **ret);
void run_pass(struct run_pen *p);

/* The tag is looked up soon: its place in the sieve comes into the cache, with
 * those of other runs, instead of one after the other. */
void run_expect(const struct run *r, struct span tag);
/* The person that a tag names in a finished run, 0: none. */
MUST_CHECK enum err run_find(
    const struct run *r, struct span tag, int64_t *ret_person);
