/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecluse-front [--unconfined] PLANE PROGRAM NAME [ARGUMENT...], started by
 * super in DIR/run: gives up what nginx does not need (confine/powers.c) and
 * becomes PROGRAM. What is put on here stays on nginx and its workers.
 *
 * PROGRAM is run through a descriptor whose number lies just above all that a
 * process may have from then on: execveat of that number is the one way to
 * start a program that is left, and nobody can open it again.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/log.h"
#include "base/standard.h"
#include "confine/confine.h"

#define EXIT_USAGE 2
#define EXIT_FAILED 5
#define LEAST_FDS 256

/* The loader that the kernel started us with: PROGRAM's too. */
static const char *loader(void)
{
	const ElfW(Phdr) *h = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	const char *base = (const char *)h;
	const char *name = NULL;

	for (size_t n = getauxval(AT_PHNUM), i = 0; i < n; i++)
		if (h[i].p_type == PT_PHDR)
			base -= h[i].p_vaddr;
	for (size_t n = getauxval(AT_PHNUM), i = 0; i < n; i++)
		if (h[i].p_type == PT_INTERP)
			name = base + h[i].p_vaddr;
	return name;
}

/* Opens it as the highest descriptor, and lowers the limit to below it. */
static enum err open_program(const char *path, int *ret)
{
	struct rlimit limit;
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return ERR_UNKNOWN;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur < LEAST_FDS || limit.rlim_cur > INT32_MAX)
		return ERR_LIMIT;
	limit.rlim_cur--;
	limit.rlim_max = limit.rlim_cur;
	*ret = fcntl(fd, F_DUPFD_CLOEXEC, (int)limit.rlim_cur);
	(void)close(fd);
	if (*ret < 0 || setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return ERR_IO;
	return ERR_OK;
}

static enum err give_up(
    const char *plane, int program, bool unconfined)
{
	const struct confine_wish wish = {.who = POWERS_NGINX, .dir = "..",
	    .own = plane, .unconfined = unconfined, .program = program,
	    .loader = loader()};
	struct confine_fault fault;
	enum err e = confine(&wish, &fault);

	if (e)
		log_say(LOG_ERROR, "%s", fault.text);
	else if (unconfined)
		log_say(LOG_ERROR, "alarm: unconfined = yes: for development "
		    "alone");
	return e;
}

/*
 * nginx lets signals in while it waits for them and at no other time, but only
 * once it has come that far: one that came before would be noted, and then it
 * would wait for another for ever. Blocked here, they wait for it instead; its
 * workers let all in by themselves.
 */
static int hold_signals(void)
{
	static const int held[] = {SIGTERM, SIGQUIT, SIGINT, SIGHUP};
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		(void)sigaddset(&set, held[i]);
	return sigprocmask(SIG_BLOCK, &set, NULL);
}

static const char usage[] =
"Usage: ecluse-front [--unconfined] PLANE PROGRAM NAME [ARGUMENT...]\n"
"Started by ecluse-super; see `ecluse serve`.\n";

int main(int argc, char **argv)
{
	int told = standard_told(argc, argv, "ecluse-front " VERSION, usage);
	bool unconfined = argc > 1 && strcmp(argv[1], "--unconfined") == 0;
	char **rest = argv + 1 + unconfined;
	int program = -1;
	enum err e;

	if (told >= 0)
		return told;
	log_init("front", LOG_INFO);
	if (confine_descriptors(POWERS_NGINX))
		return EXIT_FAILED;
	if (argc < 4 + unconfined) {
		(void)!write(STDERR_FILENO, usage, sizeof(usage) - 1);
		return EXIT_USAGE;
	}
	e = open_program(rest[1], &program);
	if (e)
		log_say(LOG_ERROR, "%s: %s: %s", rest[1], err_text(e),
		    strerror(errno));
	else
		e = give_up(rest[0], program, unconfined);
	if (e || hold_signals() != 0)
		return EXIT_FAILED;
	(void)fexecve(program, rest + 2, environ);
	log_say(LOG_ERROR, "%s: %s", rest[1], strerror(errno));
	return EXIT_FAILED;
}
