/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "proc/still.h"

#define PAGE ((uintptr_t)4096)
#define HUGE_PAGE ((uintptr_t)2 << 20)
#define FIRST (256 << 20)	/* the heap begins with so much room, */
#define STEP (64 << 20)		/* and grows by this; what is untouched costs
				   no memory */
#define KEEP (512 << 20)	/* freed memory at its end that stays */

/* The heap in whole pages. */
struct extent {
	uint8_t *at;
	size_t n;	/* 0: none */
	size_t used;	/* behind it, malloc() has given nothing away */
};

static uint8_t *page_up(const uint8_t *p)
{
	return (uint8_t *)(((uintptr_t)p + PAGE - 1) & ~(PAGE - 1));
}

void still_init(struct still *s)
{
	void *first;
	size_t n;

	*s = (struct still){0};
	(void)mallopt(M_TRIM_THRESHOLD, KEEP);
	(void)mallopt(M_TOP_PAD, FIRST);
	first = malloc(1);
	/* compilers leave out what is only freed again */
	__asm__ volatile("" : : "r"(first) : "memory");
	(void)mallopt(M_TOP_PAD, STEP);
	n = mallinfo2().arena;
	if (first && n > 0)
		s->start = page_up((uint8_t *)sbrk(0) - n);
	free(first);
	still_widen(s);
}

static struct extent bounds_of(const struct still *s)
{
	struct extent x = {.at = s->start};
	uint8_t *end = page_up(sbrk(0));

	if (s->start && end > s->start)
		x.n = (size_t)(end - s->start);
	return x;
}

static struct extent heap_of(const struct still *s)
{
	struct extent x = bounds_of(s);

	if (x.n == 0)
		return x;
	/* the top begins with a header of its own */
	x.used = x.n - mallinfo2().keepcost + PAGE;
	x.used = x.used < x.n ? x.used : x.n;
	return x;
}

void still_widen(const struct still *s)
{
	const struct extent x = bounds_of(s);

	/* a wish: base/huge.h */
	if (x.n > 0)
		(void)madvise(x.at, x.n, MADV_HUGEPAGE);
}

/* Room for a copy, as far from a large page's begin as the heap is: so the
 * kernel moves whole large pages. */
static bool make_room(struct still *s, const struct extent *x)
{
	size_t size = x->n + HUGE_PAGE;
	void *p;

	if (s->room && s->size < size) {
		(void)munmap(s->room, s->size);
		s->room = NULL;
	}
	if (!s->room) {
		p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			return false;
		(void)madvise(p, size, MADV_HUGEPAGE);
		s->room = p;
		s->size = size;
	}
	s->copy = s->room + (((uintptr_t)x->at - (uintptr_t)s->room) &
	    (HUGE_PAGE - 1));
	s->used = x->used;
	return true;
}

/* Nothing here may touch the heap: it is not there. */
static void move_in(uint8_t *copy, const struct extent *x)
{
	if (mremap(copy, x->n, x->n, MREMAP_MAYMOVE | MREMAP_FIXED, x->at) ==
	    MAP_FAILED)
		_exit(1);
}

static pid_t fork_beside(uint8_t *copy, const struct extent *x)
{
	pid_t child;

	if (madvise(x->at, x->n, MADV_DONTFORK)) {
		/* some of it may have been taken out before it failed */
		(void)madvise(x->at, x->n, MADV_DOFORK);
		return fork();
	}
	memcpy(copy, x->at, x->used);
	child = _Fork();
	if (child == 0)
		move_in(copy, x);
	else
		(void)madvise(x->at, x->n, MADV_DOFORK);
	return child;
}

pid_t still_fork(struct still *s)
{
	struct extent x = heap_of(s);
	sigset_t all, before;
	pid_t child;

	if (x.n == 0 || !make_room(s, &x))
		return fork();
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	child = fork_beside(s->copy, &x);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return child;
}

void still_end(struct still *s)
{
	if (s->copy)
		explicit_bzero(s->copy, s->used);
	s->copy = NULL;
}

void still_release(struct still *s)
{
	if (s->room)
		(void)munmap(s->room, s->size);
	*s = (struct still){0};
}
