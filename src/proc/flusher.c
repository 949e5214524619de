/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "proc/flusher.h"

#define NOTHING (-1)
#define THE_END (-2)

struct flusher {
	pthread_t thread;
	enum err (*inside)(void *ctx);
	void *ctx;
	int done;		/* eventfd: the loop is told of an end */
	bool busy;		/* the owner's: begun, and not waited for */

	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t changed;
	int fd;			/* to be flushed, or one of the above */
	bool over;
	enum err e;		/* of the flush that is over */
};

static void say(struct flusher *f, int fd)
{
	(void)pthread_mutex_lock(&f->lock);
	f->fd = fd;
	f->over = false;
	(void)pthread_cond_signal(&f->changed);
	(void)pthread_mutex_unlock(&f->lock);
}

/* Tells how the last one went, and waits for the next. */
static int next(struct flusher *f, enum err e)
{
	const uint64_t one = 1;
	int fd;

	(void)pthread_mutex_lock(&f->lock);
	f->e = e;
	f->fd = NOTHING;
	f->over = true;
	/* who does not hear it asks (flusher_is_over) */
	(void)!write(f->done, &one, sizeof(one));
	(void)pthread_cond_signal(&f->changed);
	while (f->fd == NOTHING)
		(void)pthread_cond_wait(&f->changed, &f->lock);
	fd = f->fd;
	(void)pthread_mutex_unlock(&f->lock);
	return fd;
}

static void *work(void *ctx)
{
	struct flusher *f = ctx;
	int fd = next(f, f->inside ? f->inside(f->ctx) : ERR_OK);

	while (fd != THE_END)
		fd = next(f, fdatasync(fd) == 0 ? ERR_OK : ERR_IO);
	return NULL;
}

/* The thread has no signals: those of the process are the loop's. */
static enum err start(struct flusher *f)
{
	sigset_t all, before;
	int failed;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&f->thread, NULL, work, f);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed ? ERR_IO : ERR_OK;
}

static void release(struct flusher *f)
{
	if (f->done >= 0)
		(void)close(f->done);
	(void)pthread_cond_destroy(&f->changed);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

enum err flusher_new(
    enum err (*inside)(void *ctx), void *ctx, struct flusher **ret)
{
	struct flusher *f = calloc(1, sizeof(*f));
	enum err e;

	if (!f)
		return ERR_NOMEM;
	*f = (struct flusher){.inside = inside, .ctx = ctx, .fd = NOTHING,
	    .busy = true, .lock = PTHREAD_MUTEX_INITIALIZER,
	    .changed = PTHREAD_COND_INITIALIZER};
	f->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e = f->done >= 0 ? start(f) : ERR_IO;
	if (e) {
		release(f);
		return e;
	}
	e = flusher_wait(f);
	if (e)
		flusher_free(f);
	else
		*ret = f;
	return e;
}

void flusher_free(struct flusher *f)
{
	if (!f)
		return;
	if (f->busy)
		(void)!flusher_wait(f);
	say(f, THE_END);
	(void)pthread_join(f->thread, NULL);
	release(f);
}

int flusher_descriptor(const struct flusher *f)
{
	return f->done;
}

bool flusher_is_busy(const struct flusher *f)
{
	return f->busy;
}

void flusher_begin(struct flusher *f, int fd)
{
	f->busy = true;
	say(f, fd);
}

bool flusher_is_over(struct flusher *f)
{
	bool over;

	(void)pthread_mutex_lock(&f->lock);
	over = f->busy && f->over;
	(void)pthread_mutex_unlock(&f->lock);
	return over;
}

enum err flusher_wait(struct flusher *f)
{
	uint64_t n;
	enum err e;

	(void)pthread_mutex_lock(&f->lock);
	while (!f->over)
		(void)pthread_cond_wait(&f->changed, &f->lock);
	e = f->e;
	(void)!read(f->done, &n, sizeof(n));
	(void)pthread_mutex_unlock(&f->lock);
	f->busy = false;
	return e;
}
