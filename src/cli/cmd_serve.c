/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <stdbool.h>
#include <unistd.h>
#include "base/date.h"
#include "base/file.h"
#include "cli/certificates.h"
#include "cli/cmd_serve.h"
#include "cli/say.h"
#include "cli/where.h"
#include "conf/share.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse serve [DIR] [--ready-fd N]\n"
"\n"
"Starts the instance in DIR and stays: nginx, gate, keeper and vault, each a\n"
"process of its own. Prints one line when it answers. Ctrl-C or SIGTERM stops\n"
"it cleanly; DIR/run/endpoints.json says where it listens.\n"
"\n"
"  --accept-lost-rights  starts although a vault has fewer feeds than were\n"
"                 loaded: its persons get new numbers with the next feed, are\n"
"                 counted anew, and lists of before no longer name them\n"
"  --ready-fd N   also writes \"ready\" to this descriptor\n"
"  --help         this text\n"
"\n"
"Exit status: 0 stopped as asked, 2 wrong usage, 3 it runs already, 5 it could\n"
"not start, or its keeper did not end cleanly.\n";

/* Not under a keeper that lives: it would be gone at its next start. */
static enum err forget_feeds(const char *dir)
{
	char path[PATH_MAX];
	enum err e = where_lock(dir);

	if (e == ERR_STATE) {
		say("%s: this instance runs already", dir);
		return e;
	}
	/* what else is wrong super says */
	if (!file_path(path, sizeof(path), dir, "keeper/generations"))
		(void)unlink(path);
	return ERR_OK;
}

static void say_ending(
    void *ctx, const char *name, int64_t until_ms, int64_t left_ms)
{
	char until[DATE_STAMP_SIZE];

	(void)ctx;
	date_format_stamp(until_ms, until);
	if (left_ms <= 0)
		say("tls/%s.pem ended at %s: ecluse keys rotate", name, until);
	else if (certificates_due(left_ms))
		say("tls/%s.pem ends at %s: ecluse keys rotate", name, until);
}

int cmd_serve(int argc, char **argv)
{
	static const struct option options[] = {
	    {"ready-fd", required_argument, NULL, 'r'},
	    {"accept-lost-rights", no_argument, NULL, 'a'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	char program[PATH_MAX];
	const char *ready = NULL, *dir = NULL;
	bool accept = false;
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'r')
			ready = optarg;
		else if (c == 'd')
			dir = optarg;
		else if (c == 'a')
			accept = true;
		else
			return say_usage("serve", "option not understood");
	}
	/* super says why a folder that was named is no instance */
	if (optind + 1 == argc && !dir)
		dir = argv[optind++];
	else
		dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind != argc)
		return say_usage("serve", "name one instance");
	if (accept && forget_feeds(dir))
		return SAY_REFUSED;
	(void)certificates_look(dir, say_ending, NULL);
	share_program("ecluse-super", program, sizeof(program));
	if (ready)
		execl(program, "ecluse-super", "--ready-fd", ready,
		    dir, (char *)NULL);
	else
		execl(program, "ecluse-super", dir, (char *)NULL);
	say("%s: cannot be started", program);
	return SAY_TRANSPORT;
}
