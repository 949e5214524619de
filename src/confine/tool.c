/* SPDX-License-Identifier: Apache-2.0 */
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "confine/powers.h"
#include "confine/tool.h"

#define S(name) SCMP_SYS(name)

/* Beside what super never does. */
static const struct filter_call no_command[] = {
    {S(execve), FILTER_ANY}, {S(execveat), FILTER_ANY},
    {S(listen), FILTER_ANY}, {S(accept), FILTER_ANY},
    {S(accept4), FILTER_ANY}, {S(setuid), FILTER_ANY},
    {S(setgid), FILTER_ANY}, {S(setreuid), FILTER_ANY},
    {S(setregid), FILTER_ANY}, {S(setresuid), FILTER_ANY},
    {S(setresgid), FILTER_ANY}, {S(setgroups), FILTER_ANY},
    {S(symlink), FILTER_ANY}, {S(symlinkat), FILTER_ANY},
    {S(mknod), FILTER_ANY}, {S(mknodat), FILTER_ANY},
    {FILTER_END, FILTER_ANY}};

/* Sockets of this machine alone: a list of its own, for a list of what is
 * forbidden knows no exception. */
static enum err no_network(void)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	const struct scmp_arg_cmp far = SCMP_A0_32(SCMP_CMP_NE, AF_UNIX);
	enum err e = ERR_UNKNOWN;

	if (c && seccomp_attr_set(c, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	    seccomp_rule_add_array(c, SCMP_ACT_KILL_PROCESS, S(socket), 1,
	    &far) == 0 && seccomp_load(c) == 0)
		e = ERR_OK;
	seccomp_release(c);
	return e;
}

/* A sanitizer traces its own process for leaks, at the end. */
static bool is_watched(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return true;
#else
	return false;
#endif
}

enum err tool_give_up(enum tool_needs needs)
{
	const struct rlimit none = {0, 0};
	struct filter f = {.lists = {powers_of(POWERS_SUPER)->filter.lists[0]},
	    .forbids = true};

	if (needs == TOOL_PROGRAM || is_watched())
		return ERR_OK;
	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ERR_IO;
	if (needs != TOOL_TOKEN)
		f.lists[1] = no_command;
	if (filter_load(&f))
		return ERR_UNKNOWN;
	return needs == TOOL_FILES ? no_network() : ERR_OK;
}
