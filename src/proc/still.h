/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that sees memory as it stood, while its parent writes on.
 *
 * fork() alone gives that, page by page: after it the parent's first write to
 * each page of its memory stops for a copy of that page, or for the news that
 * nobody else has it any more. On a virtual machine each such stop costs tens
 * of microseconds, and a keeper that is asked about everybody writes to nearly
 * all pages between two snapshots. So the heap (what malloc() has from brk) is
 * not inherited: it is copied in one go before, under large pages, and the
 * child puts the copy where the heap was. The parent's pages stay its own.
 *
 * All else (stack, static data, what malloc() mapped apart) is inherited as
 * ever. The copy's pages stay mapped for the next child, so that a process has
 * its heap's memory twice, for pages that come anew are dear as well; what is
 * in them, keys too, does not outlive the child. Where there is no room for a
 * copy, or malloc() does not use brk (sanitizers), it is fork() and nothing
 * else. Without large pages it is right all the same, and slower.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct still {
	uint8_t *start;		/* of the heap; NULL: not found */
	uint8_t *room;		/* for a copy, or NULL */
	size_t size;		/* of room, bytes */
	uint8_t *copy;		/* in room, while a child lives, or NULL */
	size_t used;		/* of copy, bytes: what malloc() gave away */
};

/* Early in main(), in a process whose other threads never allocate, and write
 * nothing that the child reads. The heap has room for 256 MiB then, which costs memory as it is touched. */
void still_init(struct still *s);
/* Large pages under what the heap has grown by: to be called now and then. */
void still_widen(const struct still *s);
/* As fork(), with its errors: -1 and errno. One child at a time; it may
 * allocate, and ends by _exit(). */
pid_t still_fork(struct still *s);
/* The child is gone: wipes its copy. */
void still_end(struct still *s);
void still_release(struct still *s);
