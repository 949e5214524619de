/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "late_aside.h"

struct aside {
	int done;
	enum err (*work)(const void *job);	/* NULL: none */
	const void *job;
	bool over;
	enum err e;
};

enum err aside_new(
    enum err (*inside)(void *ctx), void *ctx, struct aside **ret)
{
	struct aside *a = calloc(1, sizeof(*a));

	(void)inside;
	(void)ctx;
	if (!a)
		return ERR_NOMEM;
	a->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*ret = a;
	return ERR_OK;
}

/* A process that dies does nothing more. */
void aside_free(struct aside *a)
{
	if (a)
		(void)close(a->done);
	free(a);
}

int aside_descriptor(const struct aside *a)
{
	return a->done;
}

void aside_begin(
    struct aside *a, enum err (*work)(const void *job), const void *job)
{
	a->work = work;
	a->job = job;
	a->over = false;
}

bool aside_is_busy(const struct aside *a)
{
	return a->work != NULL;
}

bool aside_is_over(struct aside *a)
{
	return a->over;
}

static void tell(struct aside *a, enum err e)
{
	const uint64_t one = 1;

	a->e = e;
	a->over = true;
	(void)!write(a->done, &one, sizeof(one));
}

void late_aside_end(struct aside *a)
{
	if (a->work && !a->over)
		tell(a, a->work(a->job));
}

void late_aside_fail(struct aside *a, enum err e)
{
	if (a->work && !a->over)
		tell(a, e);
}

enum err aside_wait(struct aside *a)
{
	uint64_t n;

	late_aside_end(a);
	(void)!read(a->done, &n, sizeof(n));
	a->work = NULL;
	return a->e;
}
