/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "proc/aside.h"

struct piece {
	enum err (*work)(const void *job);	/* NULL: none */
	const void *job;
};

struct aside {
	pthread_t thread;
	enum err (*inside)(void *ctx);
	void *ctx;
	int done;		/* eventfd: the loop is told of an end */
	bool busy;		/* the owner's: begun, and not waited for */

	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t changed;
	struct piece next;
	bool end, over;
	enum err e;		/* of the work that is over */
};

/* Tells how the last one went, and waits for the next; false: the end. */
static bool next(struct aside *a, enum err e, struct piece *ret)
{
	const uint64_t one = 1;
	bool end;

	(void)pthread_mutex_lock(&a->lock);
	a->e = e;
	a->next.work = NULL;
	a->over = true;
	/* who does not hear it asks (aside_is_over) */
	(void)!write(a->done, &one, sizeof(one));
	(void)pthread_cond_signal(&a->changed);
	while (!a->next.work && !a->end)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	*ret = a->next;
	end = a->end;
	(void)pthread_mutex_unlock(&a->lock);
	return !end;
}

static void *run(void *ctx)
{
	struct aside *a = ctx;
	struct piece p;
	enum err e = a->inside ? a->inside(a->ctx) : ERR_OK;

	while (next(a, e, &p))
		e = p.work(p.job);
	return NULL;
}

/* The thread has no signals: those of the process are the loop's. */
static enum err start(struct aside *a)
{
	sigset_t all, before;
	int failed;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&a->thread, NULL, run, a);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed ? ERR_IO : ERR_OK;
}

static void release(struct aside *a)
{
	if (a->done >= 0)
		(void)close(a->done);
	(void)pthread_cond_destroy(&a->changed);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

enum err aside_new(
    enum err (*inside)(void *ctx), void *ctx, struct aside **ret)
{
	struct aside *a = calloc(1, sizeof(*a));
	enum err e;

	if (!a)
		return ERR_NOMEM;
	*a = (struct aside){.inside = inside, .ctx = ctx, .busy = true,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .changed = PTHREAD_COND_INITIALIZER};
	a->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e = a->done >= 0 ? start(a) : ERR_IO;
	if (e) {
		release(a);
		return e;
	}
	e = aside_wait(a);
	if (e)
		aside_free(a);
	else
		*ret = a;
	return e;
}

void aside_free(struct aside *a)
{
	if (!a)
		return;
	if (a->busy)
		(void)!aside_wait(a);
	(void)pthread_mutex_lock(&a->lock);
	a->end = true;
	(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
	(void)pthread_join(a->thread, NULL);
	release(a);
}

int aside_descriptor(const struct aside *a)
{
	return a->done;
}

void aside_begin(
    struct aside *a, enum err (*work)(const void *job), const void *job)
{
	a->busy = true;
	(void)pthread_mutex_lock(&a->lock);
	a->next = (struct piece){work, job};
	a->over = false;
	(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
}

bool aside_is_busy(const struct aside *a)
{
	return a->busy;
}

bool aside_is_over(struct aside *a)
{
	bool over;

	(void)pthread_mutex_lock(&a->lock);
	over = a->busy && a->over;
	(void)pthread_mutex_unlock(&a->lock);
	return over;
}

enum err aside_wait(struct aside *a)
{
	uint64_t n;
	enum err e;

	(void)pthread_mutex_lock(&a->lock);
	while (!a->over)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	e = a->e;
	(void)!read(a->done, &n, sizeof(n));
	(void)pthread_mutex_unlock(&a->lock);
	a->busy = false;
	return e;
}
