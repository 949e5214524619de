/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe PID TID ACTION PATH: makes thread TID of a process that runs try
 * ACTION (PATH is the file of `open`, `make`, `remove`), and lets it go on as
 * it was. It prints `done`, the error, or `dies` if that ended the process by
 * SIGSYS. What is tried is the thread's own call, with its own powers: its
 * registers are turned to it, as a debugger does. Needs root.
 *
 * probe copies PID: prints `watching`, then for the next copy that process PID
 * makes of itself the nice value that it has when it first opens a file.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 4294967290u	/* a user without processes */
#define USAGE "probe PID TID ACTION PATH\nprobe copies PID\n"

#define BELOW 8192	/* under the stack: free in a thread that stands still */
#define CALL_SIZE 2	/* bytes of `syscall` */
#define CALL_BYTES 0x050fUL
/* the kernel's own (include/linux/errno.h): the call begins anew */
#define RESTARTS (-512)
#define RESTARTS_TOO (-514)
#define IS_CALL(status) (WSTOPSIG(status) == (SIGTRAP | 0x80))

#define THERE 0x7e57UL	/* where the bytes lie that a call is given */

struct action {
	const char *word;
	long number;
	unsigned long arg[6];
};

/* What they do if they are let through harms nobody, but `exec`. */
static const struct action actions[] = {
    {"open", SYS_openat, {(unsigned long)AT_FDCWD, THERE,
        O_RDONLY | O_CLOEXEC}},
    {"make", SYS_openat, {(unsigned long)AT_FDCWD, THERE,
        O_WRONLY | O_CREAT | O_CLOEXEC, 0600}},
    {"remove", SYS_unlinkat, {(unsigned long)AT_FDCWD, THERE}},
    {"socket", SYS_socket, {AF_INET, SOCK_STREAM}},
    {"local", SYS_socket, {AF_UNIX, SOCK_STREAM}},
    {"connect", SYS_connect, {~0UL, THERE, sizeof(struct sockaddr_in)}},
    {"bind", SYS_bind, {~0UL, THERE, sizeof(struct sockaddr_in)}},
    {"exec", SYS_execve, {THERE}},
    {"thread", SYS_clone, {CLONE_THREAD | CLONE_VM}},
    {"namespace", SYS_unshare, {CLONE_NEWUSER}},
    {"ptrace", SYS_ptrace, {PTRACE_TRACEME}},
    {"memory", SYS_process_vm_readv, {1}},
    {"kill", SYS_kill, {0}},
    {"code", SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
        MAP_PRIVATE | MAP_ANONYMOUS, ~0UL}},
    {"raise", SYS_prlimit64, {0, RLIMIT_CORE, THERE}},
    {"first", SYS_setpriority, {PRIO_PROCESS, 0, (unsigned long)-10}},
    {"others", SYS_setpriority, {PRIO_USER, NOBODY}}};

static const struct action *find(const char *word)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].word, word) == 0)
			return &actions[i];
	return NULL;
}

_Noreturn static void give_up(const char *what)
{
	perror(what);
	exit(2);
}

static void check(long r, const char *what)
{
	if (r < 0)
		give_up(what);
}

/* Whatever of the process stops or ends next. */
static pid_t await(int *status)
{
	pid_t pid = waitpid(-1, status, __WALL);

	check(pid, "waitpid");
	return pid;
}

static void seize(pid_t pid, unsigned long options)
{
	check(ptrace(PTRACE_SEIZE, pid, NULL, options | PTRACE_O_TRACESYSGOOD),
	    "PTRACE_SEIZE");
}

/* On to its next stop at a call; a signal of its own it takes. Ends with what
 * came instead if that was something else. */
static int to_call(pid_t tid)
{
	int status, given = 0;

	for (;;) {
		check(ptrace(PTRACE_SYSCALL, tid, NULL, given), "go on");
		(void)await(&status);
		if (!WIFSTOPPED(status) || IS_CALL(status) ||
		    status >> 16 == PTRACE_EVENT_EXEC)
			return status;
		given = status >> 16 ? 0 : WSTOPSIG(status);
	}
}

static void take(pid_t tid, struct user_regs_struct *regs)
{
	check(ptrace(PTRACE_GETREGS, tid, NULL, regs), "registers");
}

/* Stands behind a `syscall`: what it waited in, or the next that it makes. */
static void stop(pid_t tid, struct user_regs_struct *regs)
{
	unsigned long bytes;
	int status;

	check(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), "PTRACE_INTERRUPT");
	(void)await(&status);
	take(tid, regs);
	errno = 0;
	bytes = (unsigned long)ptrace(
	    PTRACE_PEEKTEXT, tid, regs->rip - CALL_SIZE, NULL);
	if (errno == 0 && (bytes & 0xffff) == CALL_BYTES)
		return;
	status = to_call(tid);
	if (WIFSTOPPED(status))
		status = to_call(tid);
	if (!WIFSTOPPED(status))
		give_up("it ended");
	take(tid, regs);
}

/* As they were; a call that was broken off begins anew. A thread that seccomp
 * ended is stopped once more behind its call, as if that had been made: only
 * who comes to the next one lives. */
static int put_back(pid_t tid, struct user_regs_struct *was)
{
	int status;

	const long gave = (long)was->rax;

	if ((long)was->orig_rax >= 0 && gave <= RESTARTS &&
	    gave >= RESTARTS_TOO) {
		was->rax = was->orig_rax;
		was->rip -= CALL_SIZE;
	}
	was->orig_rax = ~0UL;
	check(ptrace(PTRACE_SETREGS, tid, NULL, was), "registers");
	status = to_call(tid);
	if (WIFSTOPPED(status))
		check(ptrace(PTRACE_DETACH, tid, NULL, NULL), "PTRACE_DETACH");
	return status;
}

static void turn_to(pid_t pid, pid_t tid, const struct user_regs_struct *was,
    const struct action *a, struct iovec bytes)
{
	struct iovec there = {NULL, bytes.iov_len};
	struct user_regs_struct regs = *was;
	unsigned long arg[6];

	const unsigned long at = (was->rsp - BELOW) & ~15UL;

	memcpy(&there.iov_base, &at, sizeof(at));
	if (process_vm_writev(pid, &bytes, 1, &there, 1, 0) !=
	    (ssize_t)bytes.iov_len)
		give_up("process_vm_writev");
	for (size_t i = 0; i < 6; i++)
		arg[i] = a->arg[i] == THERE ? at : a->arg[i];
	regs.rip -= CALL_SIZE;
	regs.orig_rax = ~0UL;
	regs.rax = (unsigned long)a->number;
	regs.rdi = arg[0];
	regs.rsi = arg[1];
	regs.rdx = arg[2];
	regs.r10 = arg[3];
	regs.r8 = arg[4];
	regs.r9 = arg[5];
	check(ptrace(PTRACE_SETREGS, tid, NULL, &regs), "registers");
}

static int say(const char *word)
{
	(void)printf("%s\n", word);
	return 0;
}

static int try_it(pid_t pid, pid_t tid, const struct action *a, char *path)
{
	const struct rlimit none = {0, 0};
	struct user_regs_struct was, after;
	struct iovec bytes = {path, strlen(path) + 1};
	int status;

	if (a->number == SYS_prlimit64)
		bytes = (struct iovec){(void *)(uintptr_t)&none, sizeof(none)};
	seize(tid, PTRACE_O_TRACEEXEC);
	stop(tid, &was);
	turn_to(pid, tid, &was, a, bytes);
	status = to_call(tid);
	if (WIFSTOPPED(status))
		status = to_call(tid);
	if (status >> 16 == PTRACE_EVENT_EXEC)
		return say("done");	/* and is let go with our end */
	if (WIFSTOPPED(status)) {
		take(tid, &after);
		status = put_back(tid, &was);
	}
	if (WIFSIGNALED(status))
		return say(WTERMSIG(status) == SIGSYS ? "dies" : "crashes");
	if (!WIFSTOPPED(status))
		return say("ends");
	return say((long)after.rax >= 0 ? "done" :
	    strerrorname_np((int)-(long)after.rax));
}

/* The copy, from its first stop to its first file. */
static int follow(pid_t copy)
{
	struct __ptrace_syscall_info info;
	int status;

	do {
		status = to_call(copy);
		if (!WIFSTOPPED(status))
			return say("ended before it opened a file");
		check(ptrace(PTRACE_GET_SYSCALL_INFO, copy, sizeof(info),
		    &info), "PTRACE_GET_SYSCALL_INFO");
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY ||
	    info.entry.nr != SYS_openat);
	(void)printf("nice %d\n", getpriority(PRIO_PROCESS, (id_t)copy));
	check(ptrace(PTRACE_DETACH, copy, NULL, NULL), "PTRACE_DETACH");
	return 0;
}

/* The next copy that it makes, stopped; the process goes on. 0: it ended. */
static pid_t next_copy(pid_t pid)
{
	unsigned long copy = 0;
	bool came = false;	/* the copy's stop may be told first */
	int status;

	for (;;) {
		int given = 0;

		if (await(&status) != pid) {
			came = true;
			continue;
		}
		if (!WIFSTOPPED(status))
			return 0;
		if (status >> 16 && status >> 16 != PTRACE_EVENT_STOP)
			break;
		if (!(status >> 16))
			given = WSTOPSIG(status);
		check(ptrace(PTRACE_CONT, pid, NULL, given), "go on");
	}
	check(ptrace(PTRACE_GETEVENTMSG, pid, NULL, &copy), "which copy");
	check(ptrace(PTRACE_DETACH, pid, NULL, NULL), "PTRACE_DETACH");
	if (!came)
		check(waitpid((pid_t)copy, &status, __WALL), "waitpid");
	return (pid_t)copy;
}

static int copies(pid_t pid)
{
	pid_t copy;

	seize(pid, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE |
	    PTRACE_O_TRACEVFORK);
	(void)say("watching");
	(void)fflush(stdout);
	copy = next_copy(pid);
	return copy ? follow(copy) : say("the process ended");
}

static pid_t number(const char *word)
{
	return (pid_t)strtol(word, NULL, 10);
}

int main(int argc, char **argv)
{
	const struct action *a;

	if (argc == 3 && strcmp(argv[1], "copies") == 0)
		return copies(number(argv[2]));
	a = argc == 5 ? find(argv[3]) : NULL;
	if (!a) {
		(void)fprintf(stderr, USAGE);
		return 2;
	}
	return try_it(number(argv[1]), number(argv[2]), a, argv[4]);
}
