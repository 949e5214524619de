/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A medium that changes while it is read: preloaded, it opens SWAP_BY in the
 * place of SWAP_PATH, the SWAP_AT-th time that this one is opened to be read,
 * from 1 to 9; several digits are several times. From then on the wall's clock
 * is SWAP_LATER seconds later. For one thread.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int open_call(const char *path, int flags, ...);
typedef int time_call(clockid_t id, struct timespec *ret);

int __open64_2(const char *path, int flags);

static long later_s;

static const char *shown(const char *path)
{
	const char *swapped = getenv("SWAP_PATH"), *at = getenv("SWAP_AT");
	const char *later = getenv("SWAP_LATER");
	static int times;

	if (!swapped || !at || strcmp(path, swapped) != 0 ||
	    ++times > 9 || !strchr(at, '0' + times))
		return path;
	later_s = later ? strtol(later, NULL, 10) : 0;
	return getenv("SWAP_BY");
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	static time_call *next;
	int got;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	got = next(id, ret);
	if (got == 0 && id == CLOCK_REALTIME)
		ret->tv_sec += later_s;
	return got;
}

static int go_on(const char *path, int flags, mode_t mode)
{
	static open_call *next;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "open64");
	return next(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	if (!(flags & O_CREAT))
		return go_on(shown(path), flags, 0);
	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return go_on(path, flags, mode);
}

/* What it is where flags are not known to the compiler. */
int __open64_2(const char *path, int flags)
{
	return go_on(shown(path), flags, 0);
}
