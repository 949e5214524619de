/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confined PROCESS ACTION DIR OTHER PORT: in DIR (nginx: in DIR/run), puts on
 * what PROCESS of src/confine/powers.c has (`free`: nothing) and tries ACTION.
 * It prints `done`, or the error; SIGSYS ends it where the list says so. OTHER
 * is a file or a socket of somebody else, PORT listens on 127.0.0.1. ACTION may
 * be the name of a system call: it is made with arguments that do nothing.
 *
 * confined without landlock|seccomp COMMAND...: runs it as on a kernel that
 * lacks one of them.
 *
 * confined calls [PROCESS]: the names of its system calls, one a line, with
 * `?` where a condition is on the arguments; of all there are without PROCESS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "confine/confine.h"

#define MANY 4200
#define LEFT_OPEN 40	/* a descriptor that was forgotten */
#define CALLS_MOST 1024	/* above any architecture's last number */

struct attempt {
	const char *other;
	uint16_t port;
};

static int try_open(const struct attempt *a)
{
	return open(a->other, O_RDONLY | O_CLOEXEC);
}

static int try_make(const struct attempt *a)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s.made", a->other);
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int try_remove(const struct attempt *a)
{
	return unlink(a->other);
}

static int tcp(const struct attempt *a, bool listens)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(listens ? 0 : a->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	return listens ? bind(fd, (const struct sockaddr *)&to, sizeof(to)) :
	    connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static int try_connect(const struct attempt *a)
{
	return tcp(a, false);
}

static int try_bind(const struct attempt *a)
{
	return tcp(a, true);
}

/* The socket that it has: it listens no more, and calls out. */
static int try_reuse(const struct attempt *a)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(a->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (shutdown(4, SHUT_RDWR) != 0)
		return -1;
	return connect(4, (const struct sockaddr *)&to, sizeof(to));
}

static int try_exec(const struct attempt *a)
{
	char *const argv[] = {"true", NULL};
	pid_t pid = getpid();

	(void)a;
	(void)printf("done\n");
	(void)fflush(stdout);
	(void)execv("/bin/true", argv);
	return pid > 0 ? -1 : 0;
}

static int try_fork(const struct attempt *a)
{
	pid_t pid = fork();

	(void)a;
	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? -1 : 0;
}

static int try_namespace(const struct attempt *a)
{
	(void)a;
	return unshare(CLONE_NEWUSER);
}

static int try_ptrace(const struct attempt *a)
{
	(void)a;
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0 ? 0 : -1;
}

/* Of an address that holds nothing: EFAULT says that it may look. */
static int try_memory(const struct attempt *a)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {NULL, 1};
	ssize_t n = process_vm_readv(getppid(), &here, 1, &there, 1, 0);

	(void)a;
	return n == 1 || errno == EFAULT ? 0 : -1;
}

static int try_kill(const struct attempt *a)
{
	(void)a;
	return kill(getppid(), SIGCONT);
}

static int try_code(const struct attempt *a)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)a;
	return p == MAP_FAILED ? -1 : 0;
}

static int try_left(const struct attempt *a)
{
	char byte;

	(void)a;
	return read(LEFT_OPEN, &byte, 1) == 1 ? 0 : -1;
}

static int try_raise(const struct attempt *a)
{
	const struct rlimit r = {0, 1024};

	(void)a;
	return setrlimit(RLIMIT_CORE, &r);
}

/* The instance's lock is one for all who hold it: here any open file. */
static int try_unlock(const struct attempt *a)
{
	(void)a;
	return flock(STDIN_FILENO, LOCK_UN);
}

/* A socket that listens is one for all who have it, and for who comes next. */
static int try_hush(const struct attempt *a)
{
	(void)a;
	return shutdown(4, SHUT_RDWR);
}

/* More memory than a gate may have. */
static int try_grow(const struct attempt *a)
{
	void *p = mmap(NULL, (size_t)5 << 30, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)a;
	return p == MAP_FAILED ? -1 : 0;
}

/* More descriptors than any of ours may have. */
static int try_many(const struct attempt *a)
{
	int fd = 0;

	(void)a;
	for (int i = 0; i < MANY && fd >= 0; i++)
		fd = epoll_create1(EPOLL_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

/* A word for the shell that one was started from; of no terminal. */
static int try_type(const struct attempt *a)
{
	(void)a;
	return ioctl(-1, TIOCSTI, "x");
}

static const struct {
	const char *word;
	int (*run)(const struct attempt *a);
} actions[] = {{"open", try_open}, {"make", try_make},
    {"remove", try_remove}, {"connect", try_connect}, {"bind", try_bind},
    {"reuse", try_reuse}, {"exec", try_exec}, {"fork", try_fork},
    {"namespace", try_namespace}, {"ptrace", try_ptrace},
    {"memory", try_memory}, {"kill", try_kill}, {"code", try_code},
    {"left", try_left}, {"raise", try_raise}, {"unlock", try_unlock},
    {"hush", try_hush},
    {"grow", try_grow}, {"many", try_many}, {"type", try_type}};

/* -1 is no descriptor, address, flag, process or command. */
static int try_call(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number < 0) {
		errno = ENOSYS;
		return -1;
	}
	return (int)syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
}

static int try_it(const char *word, const struct attempt *a)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].word, word) == 0)
			return actions[i].run(a);
	return try_call(word);
}

static int put_on(enum powers_of who, const char *dir)
{
	const bool in_run = who == POWERS_NGINX;
	const struct confine_wish wish = {.who = who,
	    .dir = in_run ? ".." : ".",
	    .own = who == POWERS_VAULT ? "0" : "flow"};
	struct confine_fault fault;

	if (chdir(dir) != 0 || (in_run && chdir("run") != 0)) {
		perror(dir);
		return 2;
	}
	if (who == POWERS_COUNT)
		return 0;
	if (who != POWERS_SUPER && confine_descriptors(who))
		return 2;
	if (!confine(&wish, &fault))
		return 0;
	(void)fprintf(stderr, "%s\n", fault.text);
	return 2;
}

static int attempt(char **argv)
{
	enum powers_of who = powers_named(argv[1]);
	const struct attempt a = {argv[4], (uint16_t)strtoul(argv[5], NULL, 10)};
	int status = put_on(who, argv[3]);

	if (status)
		return status;
	if (try_it(argv[2], &a) < 0)
		(void)printf("%s\n", strerrorname_np(errno));
	else
		(void)printf("done\n");
	(void)fflush(stdout);
	return 0;
}

static int without(char **argv)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	int call = strcmp(argv[2], "landlock") == 0 ?
	    SCMP_SYS(landlock_create_ruleset) : SCMP_SYS(seccomp);
	const struct scmp_arg_cmp by_prctl =
	    SCMP_A0_32(SCMP_CMP_EQ, PR_SET_SECCOMP);

	if (!c || seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), call, 0) ||
	    (call == SCMP_SYS(seccomp) && seccomp_rule_add_array(c,
	    SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &by_prctl)) ||
	    seccomp_load(c))
		return 2;
	(void)execvp(argv[3], argv + 3);
	return 2;
}

static bool say_call(int number, bool conditional)
{
	char *name = seccomp_syscall_resolve_num_arch(
	    SCMP_ARCH_NATIVE, number);

	if (!name)
		return false;
	(void)printf("%s%s\n", name, conditional ? " ?" : "");
	free(name);
	return true;
}

static int calls(const char *word)
{
	enum powers_of who = word ? powers_named(word) : POWERS_COUNT;

	if (word && who == POWERS_COUNT)
		return 2;
	for (int i = 0; !word && i < CALLS_MOST; i++)
		(void)say_call(i, false);
	for (size_t i = 0; word && i < FILTER_LISTS; i++)
		for (const struct filter_call *l =
		    powers_of(who)->filter.lists[i];
		    l && l->number != FILTER_END; l++)
			(void)say_call(l->number, l->when != FILTER_ANY);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "calls") == 0)
		return calls(argv[2]);
	if (argc > 3 && strcmp(argv[1], "without") == 0)
		return without(argv);
	if (argc != 6) {
		(void)fprintf(stderr, "confined PROCESS ACTION DIR OTHER "
		    "PORT\n");
		return 2;
	}
	return attempt(argv);
}
