/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include "base/sabotage.h"
#include "base/standard.h"
#include "confine/confine.h"

__attribute__((format(printf, 3, 4))) static enum err fault_of(
    struct confine_fault *fault, enum err e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return e;
}

/* Standard input to error, and those of the table. */
enum err confine_descriptors(enum powers_of who)
{
	const struct powers *p = powers_of(who);
	unsigned next = STDERR_FILENO + 1;
	enum err e = standard_fill();

	if (e)
		return e;
	for (size_t i = 0; i < POWERS_FDS && p->fds[i]; i++) {
		unsigned kept = (unsigned)p->fds[i];

		if (kept > next && close_range(next, kept - 1, 0) != 0)
			return ERR_IO;
		next = kept + 1;
	}
	return close_range(next, ~0U, 0) == 0 ? ERR_OK : ERR_IO;
}

/* Of root's powers, those that the table names (capabilities(7)). */
static enum err lower(uint64_t kept)
{
	struct __user_cap_header_struct head = {
	    _LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, data) != 0)
		return ERR_IO;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t bits = (uint32_t)(kept >> 32 * i);

		data[i].permitted &= bits;
		data[i].effective &= bits;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, data) == 0 ? ERR_OK : ERR_IO;
}

/* Lower, never higher; the hard one too. */
static enum err limit(int which, rlim_t most)
{
	struct rlimit r;

	if (getrlimit((__rlimit_resource_t)which, &r) != 0)
		return ERR_IO;
	if (r.rlim_max > most)
		r.rlim_max = most;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	return setrlimit((__rlimit_resource_t)which, &r) == 0 ? ERR_OK :
	    ERR_IO;
}

static enum err limit_all(const struct powers *p)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < POWERS_LIMITS && p->limits[i].which && !e; i++)
		e = limit(p->limits[i].which, p->limits[i].most);
	return e;
}

static enum err allow_place(struct landlock *l, const struct powers_place *at,
    const struct confine_wish *w, struct confine_fault *fault)
{
	char path[PATH_MAX];
	bool absolute = at->head[0] == '/';
	int fd, n = snprintf(path, sizeof(path), "%s%s%s%s%s",
	    absolute ? "" : w->dir, absolute ? "" : "/", at->head,
	    at->own ? w->own : "", at->tail);
	enum err e;

	if (n < 0 || n >= (int)sizeof(path))
		return fault_of(fault, ERR_LIMIT, "%s: too long", at->head);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 && at->may_miss && errno == ENOENT)
		return ERR_OK;
	if (fd < 0)
		return fault_of(fault, ERR_IO, "%s: %s", path,
		    strerror(errno));
	e = landlock_add(l, fd, at->right);
	(void)close(fd);
	return e ? fault_of(fault, e, "landlock: %s: %s", path,
	    strerror(errno)) : ERR_OK;
}

/* One that cannot be opened is told by who wants to read there. */
static enum err allow_reads(
    struct landlock *l, const char *folder, struct confine_fault *fault)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return ERR_OK;
	e = landlock_add(l, fd, LANDLOCK_READ);
	(void)close(fd);
	return e ? fault_of(fault, e, "landlock: %s: %s", folder,
	    strerror(errno)) : ERR_OK;
}

static enum err allow_all(struct landlock *l, const struct powers *p,
    const struct confine_wish *w, struct confine_fault *fault)
{
	enum err e = ERR_OK;

	for (const struct powers_place *at = p->places; at->head && !e; at++)
		e = allow_place(l, at, w, fault);
	if (!e && w->reads)
		e = allow_reads(l, w->reads, fault);
	if (!e && p->fd_read)
		e = landlock_add(l, p->fd_read, LANDLOCK_READ);
	if (!e && w->program)
		e = landlock_add(l, w->program, LANDLOCK_RUN);
	if (!e && w->loader) {
		const struct powers_place at = {
		    w->loader, false, "", LANDLOCK_RUN, false};

		e = allow_place(l, &at, w, fault);
	}
	return e;
}

static enum err close_files(const struct powers *p,
    const struct confine_wish *w, struct confine_fault *fault)
{
	struct landlock *l = NULL;
	enum err e = landlock_new(&l);

	if (e == ERR_UNKNOWN)
		return fault_of(fault, e, "this kernel has no Landlock (Linux "
		    "5.13, lsm=landlock): nothing runs without it, but a "
		    "drill with unconfined = yes");
	if (!e)
		e = allow_all(l, p, w, fault);
	if (!e)
		e = landlock_enforce(l);
	landlock_free(l);
	if (e && !fault->text[0])
		return fault_of(fault, e, "landlock: %s", strerror(errno));
	return e;
}

static enum err close_calls(const struct powers *p,
    const struct confine_wish *w, struct confine_fault *fault)
{
	struct filter f = p->filter;
	enum err e;

	f.program = w->program;
	e = filter_load(&f);
	if (e)
		return fault_of(fault, e, "this kernel does not take the list "
		    "of system calls (seccomp): nothing runs without it, but "
		    "a drill with unconfined = yes");
	return ERR_OK;
}

enum err confine_thread(void *nothing)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ?
	    landlock_enforce(nothing) : ERR_IO;
}

enum err confine(const struct confine_wish *w, struct confine_fault *fault)
{
	const struct powers *p = powers_of(w->who);
	enum err e = limit(RLIMIT_CORE, 0);

	fault->text[0] = '\0';
	if (!e && !w->unconfined)
		e = limit_all(p);
	if (!e && !w->unconfined)
		e = lower(p->capabilities);
	if (!e && (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0))
		e = ERR_IO;
	if (e)
		return fault_of(fault, e, "limits, capabilities: %s",
		    strerror(errno));
	if (w->unconfined)
		return ERR_OK;
	if (!p->everywhere && !SABOTAGED(FILES))
		e = close_files(p, w, fault);
	return e || SABOTAGED(CALLS) ? e : close_calls(p, w, fault);
}
