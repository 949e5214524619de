/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cmd_serve.h"
#include "cli/say.h"
#include "cli/share.h"

static const char help[] =
"Usage: ecluse serve [--ready-fd N] DIR\n"
"\n"
"Starts the instance in DIR and stays: nginx, gate, keeper and vault, each a\n"
"process of its own. Prints one line when it answers. Ctrl-C or SIGTERM stops\n"
"it cleanly; DIR/run/endpoints.json says where it listens.\n"
"\n"
"  --ready-fd N   also writes \"ready\" to this descriptor\n"
"  --help         this text\n"
"\n"
"Exit status: 0 stopped as asked, 2 wrong usage, 3 it runs already, 5 it could\n"
"not start, or gave up.\n";

int cmd_serve(int argc, char **argv)
{
	static const struct option options[] = {
	    {"ready-fd", required_argument, NULL, 'r'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	char program[PATH_MAX];
	const char *ready = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return SAY_DONE;
		}
		if (c != 'r')
			return say_usage("serve", "option not understood");
		ready = optarg;
	}
	if (optind + 1 != argc)
		return say_usage("serve", "name one instance");
	share_program("ecluse-super", program, sizeof(program));
	if (ready)
		execl(program, "ecluse-super", "--ready-fd", ready,
		    argv[optind], (char *)NULL);
	else
		execl(program, "ecluse-super", argv[optind], (char *)NULL);
	say("%s: cannot be started", program);
	return SAY_TRANSPORT;
}
