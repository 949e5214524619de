/* SPDX-License-Identifier: Apache-2.0 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "confine/filter.h"

/* what fork() of the C library asks of clone */
#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)
/* clone's flags stand second on this one */
#ifdef __s390__
#error "the flags of clone are its second argument here: see clone(2)"
#endif

#define RESERVE_BLOCK (64u << 10)
#define RESERVE_BLOCKS 17

static int add(scmp_filter_ctx c, uint32_t act, int number,
    const struct scmp_arg_cmp *must, unsigned n)
{
	return seccomp_rule_add_array(c, act, number, n, must);
}

static int add_each(scmp_filter_ctx c, uint32_t act, int number,
    unsigned arg, const unsigned long *values, size_t n)
{
	int bad = 0;

	for (size_t i = 0; i < n && !bad; i++) {
		const struct scmp_arg_cmp must =
		    SCMP_CMP32(arg, SCMP_CMP_EQ, (scmp_datum_t)values[i]);

		bad = add(c, act, number, &must, 1);
	}
	return bad;
}

static int add_sizes(scmp_filter_ctx c, uint32_t act, int number)
{
	static const int sizes[] = {SO_SNDBUF, SO_RCVBUF};
	int bad = 0;

	for (size_t i = 0; i < 2 && !bad; i++) {
		const struct scmp_arg_cmp must[] = {
		    SCMP_A1_32(SCMP_CMP_EQ, SOL_SOCKET),
		    SCMP_A2_32(SCMP_CMP_EQ, (uint32_t)sizes[i])};

		bad = add(c, act, number, must, 2);
	}
	return bad;
}

/* Protections that lack every bit of without. */
static int add_without(
    scmp_filter_ctx c, uint32_t act, int number, scmp_datum_t without)
{
	const struct scmp_arg_cmp must =
	    SCMP_A2_64(SCMP_CMP_MASKED_EQ, without, 0);

	return add(c, act, number, &must, 1);
}

/* Executable or writable, not both. */
static int add_not_both(scmp_filter_ctx c, uint32_t act, int number)
{
	const struct scmp_arg_cmp reads = SCMP_A2_64(
	    SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC);
	int bad = add_without(c, act, number, PROT_EXEC);

	return bad ? bad : add(c, act, number, &reads, 1);
}

/* Each flag by itself: another may stand beside it. */
static int add_namespaces(scmp_filter_ctx c, uint32_t act, int number)
{
	static const scmp_datum_t flags[] = {CLONE_NEWNS, CLONE_NEWCGROUP,
	    CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID,
	    CLONE_NEWNET};
	int bad = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && !bad;
	    i++) {
		const struct scmp_arg_cmp must =
		    SCMP_A0_64(SCMP_CMP_MASKED_EQ, flags[i], flags[i]);

		bad = add(c, act, number, &must, 1);
	}
	return bad;
}

/* The kernel looks at 32 bits, so what stands above them is masked away: a list
 * of what is forbidden would let them pass. */
static int add_typing(scmp_filter_ctx c, uint32_t act, int number)
{
	static const scmp_datum_t requests[] = {TIOCSTI, TIOCLINUX};
	int bad = 0;

	for (size_t i = 0; i < 2 && !bad; i++) {
		const struct scmp_arg_cmp must = SCMP_A1_64(
		    SCMP_CMP_MASKED_EQ, UINT32_MAX, requests[i]);

		bad = add(c, act, number, &must, 1);
	}
	return bad;
}

static int add_call(
    scmp_filter_ctx c, uint32_t act, const struct filter_call *l, int program)
{
	static const unsigned long locks[] = {F_DUPFD_CLOEXEC, F_GETFD,
	    F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
	    F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
	static const unsigned long blocking[] = {FIONBIO, FIOASYNC, FIONREAD};
	const struct scmp_arg_cmp itself[] = {
	    SCMP_A0_32(SCMP_CMP_EQ, PRIO_PROCESS),
	    SCMP_A1_32(SCMP_CMP_EQ, 0)};
	const struct scmp_arg_cmp
	    fork = SCMP_A0_64(SCMP_CMP_EQ, FORK_FLAGS),
	    opened = SCMP_A3_32(SCMP_CMP_EQ, AT_EMPTY_PATH),
	    look = SCMP_A2_64(SCMP_CMP_EQ, 0),
	    take = SCMP_A1_32(SCMP_CMP_EQ, LOCK_EX | LOCK_NB),
	    self = SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)getpid()),
	    local = SCMP_A0_32(SCMP_CMP_EQ, AF_UNIX),
	    dump = SCMP_A0_32(SCMP_CMP_EQ, PR_SET_DUMPABLE),
	    open = SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)program);

	switch (l->when) {
	case FILTER_ANY:
		return add(c, act, l->number, NULL, 0);
	case FILTER_NO_CODE:
		return add_without(c, act, l->number, PROT_EXEC);
	case FILTER_NO_WRITTEN_CODE:
		return add_not_both(c, act, l->number);
	case FILTER_FORK:
		return add(c, act, l->number, &fork, 1);
	case FILTER_ITSELF:
		return add(c, act, l->number, itself, 2);
	case FILTER_OPENED:
		return add(c, act, l->number, &opened, 1);
	case FILTER_LOOK:
		return add(c, act, l->number, &look, 1);
	case FILTER_SELF:
		return add(c, act, l->number, &self, 1);
	case FILTER_UNIX:
		return add(c, act, l->number, &local, 1);
	case FILTER_SIZES:
		return add_sizes(c, act, l->number);
	case FILTER_LOCK:
		return add_each(c, act, l->number, 1, locks,
		    sizeof(locks) / sizeof(locks[0]));
	case FILTER_TAKE:
		return add(c, act, l->number, &take, 1);
	case FILTER_BLOCKING:
		return add_each(c, act, l->number, 1, blocking,
		    sizeof(blocking) / sizeof(blocking[0]));
	case FILTER_TYPING:
		return add_typing(c, act, l->number);
	case FILTER_DUMPABLE:
		return add(c, act, l->number, &dump, 1);
	case FILTER_PROGRAM:
		return add(c, act, l->number, &open, 1);
	case FILTER_NAMESPACE:
		return add_namespaces(c, act, l->number);
	case FILTER_MISSING:
		return add(c, SCMP_ACT_ERRNO(ENOSYS), l->number, NULL, 0);
	}
	return -1;
}

/*
 * Threads that a library may have started are taken along. The tree is for the
 * calls with arguments: those without are looked up in the kernel's own table.
 */
static int set_up(scmp_filter_ctx c, const struct filter *f, uint32_t act)
{
	int bad = seccomp_attr_set(
	    c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (!bad)
		bad = seccomp_attr_set(c, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!bad)
		bad = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < FILTER_LISTS && f->lists[i] && !bad; i++)
		for (const struct filter_call *l = f->lists[i];
		    l->number != FILTER_END && !bad; l++)
			bad = add_call(c, act, l, f->program);
	return bad;
}

/*
 * libseccomp 2.5 does not bear a want of memory while it writes the program:
 * it was seen never to return, and to write one that ends every call. So eight
 * times what it takes (130 KiB) lies free in the heap before it begins. The
 * last block, which keeps the rest from the kernel, is the caller's to free.
 */
static void *reserve(void)
{
	void *blocks[RESERVE_BLOCKS];
	size_t n = 0;

	while (n < RESERVE_BLOCKS && (blocks[n] = malloc(RESERVE_BLOCK)))
		*(volatile uint8_t *)blocks[n++] = 0;	/* used, so not left out */
	for (size_t i = 0; i + 1 < n; i++)
		free(blocks[i]);
	if (n == RESERVE_BLOCKS)
		return blocks[n - 1];
	if (n > 0)
		free(blocks[n - 1]);
	return NULL;
}

enum err filter_load(const struct filter *f)
{
	uint32_t listed = f->forbids ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW;
	enum err e = ERR_NOMEM;
	void *reserved = reserve();
	scmp_filter_ctx c = seccomp_init(
	    f->forbids ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);

	if (reserved && c)
		e = set_up(c, f, listed) == 0 && seccomp_load(c) == 0 ?
		    ERR_OK : ERR_IO;
	seccomp_release(c);
	free(reserved);
	return e;
}
