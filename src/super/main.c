/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse-super [--libexec FOLDER] [--ready-fd N] DIR; see `ecluse serve`. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/standard.h"
#include "base/text.h"
#include "confine/confine.h"
#include "proc/harden.h"
#include "super/super.h"

#define EXIT_USAGE 2
#define EXIT_FAILED 5
#define DESCRIPTORS 16384	/* for nginx */
#define DESCRIPTORS_LEAST 256	/* of front, and of a keeper's files */
#define FD_READY 3	/* of those that its row lets it keep, the one */

static const char words[] =
"Usage: ecluse-super [--libexec FOLDER] [--ready-fd N] DIR\n"
"Runs the instance in DIR until TERM or INT. It prints one line\n"
"when it is ready, and writes \"ready\\n\" to descriptor N.\n"
"FOLDER: where the other programs are (default: beside it).\n";

static int usage(void)
{
	(void)fputs(words, stderr);
	return EXIT_USAGE;
}

/* Nothing that whoever started it left open, but for who waits for the word. */
static enum err keep_descriptors(struct super_options *o)
{
	/* a copy: standard output or error stay when its word is said */
	if (o->ready_fd >= 0) {
		if (dup2(o->ready_fd, FD_READY) < 0)
			return ERR_IO;
		o->ready_fd = FD_READY;
	} else {
		(void)close(FD_READY);
	}
	return confine_descriptors(POWERS_SUPER);
}

/* As many as the system allows; of fewer nginx makes fewer connections. */
static bool has_descriptors(void)
{
	size_t got = 0;

	if (harden_descriptors(DESCRIPTORS, &got) == ERR_OK &&
	    got >= DESCRIPTORS_LEAST)
		return true;
	log_say(LOG_ERROR, "cannot start: %zu open files are allowed, %d are "
	    "needed: ulimit -n, or LimitNOFILE= in systemd's unit", got,
	    DESCRIPTORS_LEAST);
	return false;
}

int main(int argc, char **argv)
{
	struct super_options o = {.ready_fd = -1};
	uint64_t fd;
	int i = 1;
	int told = standard_told(argc, argv, "ecluse-super " VERSION, words);

	if (told >= 0)
		return told;
	log_init("super", LOG_INFO);
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--libexec") == 0)
			o.libexec = argv[i + 1];
		else if (strcmp(argv[i], "--ready-fd") == 0 &&
		    text_u64(span_str(argv[i + 1]), 1023, &fd) == ERR_OK)
			o.ready_fd = (int)fd;
		else
			return usage();
	}
	if (i + 1 != argc || argv[i][0] == '-')
		return usage();
	if (keep_descriptors(&o)) {
		log_say(LOG_ERROR, "cannot start: descriptors, --ready-fd");
		return EXIT_FAILED;
	}
	if (!has_descriptors())
		return EXIT_FAILED;
	o.dir = argv[i];
	return super_run(&o);
}
