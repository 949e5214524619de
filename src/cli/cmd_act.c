/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "cli/act_send.h"
#include "cli/cmd_act.h"
#include "cli/say.h"
#include "cli/where.h"

static const char help[] =
"Usage: ecluse act [DIR] [--admin-key FILE]… LINE…\n"
"\n"
"Writes, signs and sends an administrators' act of these lines, for what has\n"
"no command of its own. docs/acts.md lists the words and the signatures each\n"
"needs; most of these need two.\n"
"\n"
"  mode control=budget|wide|presence mode=observe|enforce\n"
"      observe: count, say what would have been refused or slowed, let pass\n"
"  profession code=optician domains=OPTI t24=40 c24=100 t30=400 c30=1000\n"
"      m24=10 m30=60\n"
"      the budgets of a profession, all six figures\n"
"  wide scope=cell code=* floor24=500 each24=8 floor30=2000 each30=60\n"
"      a budget that many share\n"
"  clock confirm=yes\n"
"      this machine's clock jumped, and is right now\n"
"\n"
"  --admin-key FILE  administrator's private key (PEM); repeat for the second;\n"
"                    a drill instance has its own\n"
"\n"
"Exit status: 0 done, 1 a line is wrong, 2 wrong usage, 3 refused, 5 not\n"
"running.\n"
"\n"
"  $ ecluse act drill 'mode control=budget mode=observe'\n"
"  applied: registry entry 4\n";

static int run(const char *dir, const char *const *keys, size_t count,
    struct span lines)
{
	struct act_send a = {0};
	enum err e;

	if (act_send_open(&a, dir, keys, count))
		return SAY_TRANSPORT;
	e = act_send(&a, lines, NULL, NULL);
	if (e)
		say("%s", a.words[0] ? a.words : err_text(e));
	else
		(void)printf("applied: %s\n", a.words);
	act_send_close(&a);
	return say_exit_of(e);
}

int cmd_act(int argc, char **argv)
{
	static const struct option options[] = {
	    {"admin-key", required_argument, NULL, 'k'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *keys[ACT_SEND_KEYS], *dir = NULL;
	struct buf lines;
	size_t count = 0;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return SAY_DONE;
		} else if (c == 'k' && count < ACT_SEND_KEYS) {
			keys[count++] = optarg;
		} else if (c == 'd') {
			dir = optarg;
		} else {
			return say_usage("act", "option not understood");
		}
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind == argc)
		return say_usage("act", "name the instance and a line");
	buf_init(&lines, LIMIT_ACT);
	for (int i = optind; i < argc; i++)
		buf_printf(&lines, "%s\n", argv[i]);
	status = lines.err ? say_usage("act", "too long") :
	    run(dir, keys, count, buf_span(&lines));
	buf_release(&lines);
	return status;
}
