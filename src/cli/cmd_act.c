/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "cli/act_send.h"
#include "cli/cmd_act.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse act [DIR] [--admin-key FILE]… LINE…\n"
"       ecluse act [DIR] [--admin-key FILE]… --write FILE LINE…\n"
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
"  budget site=0E2000008 t24=80 c24=200 t30=800 c30=2000 m24=20 m30=120\n"
"  budget rpps=99900000018 default=yes\n"
"      a site's (and its keys') or a professional's own figures, or back\n"
"  cap keys-day=2000 persons24=5000 persons30=50000\n"
"      new keys in 24 hours, and the persons of all new keys without a card\n"
"  clock confirm=yes\n"
"      this machine's clock jumped, and is right now\n"
"\n"
"  --admin-key FILE  administrator's private key (PEM); repeat for the second;\n"
"                    a drill instance has its own\n"
"  --write FILE      do not send: put the signed act into this new file, so\n"
"                    that no machine ever holds the keys of two administrators\n"
"                    (ecluse sign FILE, ecluse send DIR FILE)\n"
"\n"
"Exit status: 0 done, 1 a line, file or signature is wrong, 2 wrong usage,\n"
"3 refused, 4 unknown, 5 not running.\n"
"\n"
"  $ ecluse act drill 'mode control=budget mode=observe'\n"
"  applied: registry entry 4\n"
"  $ ecluse act DIR --admin-key a.pem --write n.act 'clock confirm=yes'\n"
"  $ ecluse sign n.act --key b.pem\n"
"  $ ecluse send DIR n.act\n";

struct act {
	const char *dir, *write;
	const char *keys[ACT_SEND_KEYS];
	size_t key_count;
};

/* What an act gives back: the list of a scope. */
static enum err print_part(void *ctx, struct span part)
{
	return fwrite(part.p, 1, part.n, ctx) == part.n ? ERR_OK : ERR_IO;
}

/* Signs the lines; sends the act, or writes it. */
static int make(const struct act *a, struct span lines)
{
	struct act_send send = {.write_to = a->write};
	enum err e;

	e = act_send_open(&send, a->dir, a->keys, a->key_count);
	if (e)
		return say_exit_of(e);
	e = act_send(&send, lines, print_part, stdout);
	if (e)
		say("%s", say_why(send.words, e));
	else
		(void)printf(
		    "%s%s\n", a->write ? "" : _("applied: "), say_why(send.words, ERR_OK));
	act_send_close(&send);
	return say_exit_of(e);
}

static int make_of(const struct act *a, int argc, char **argv)
{
	struct buf lines;
	int status;

	buf_init(&lines, LIMIT_ACT);
	for (int i = optind; i < argc; i++)
		buf_printf(&lines, "%s\n", argv[i]);
	status = lines.err ? say_usage("act", "too long") :
	    make(a, buf_span(&lines));
	buf_release(&lines);
	return status;
}

int cmd_act(int argc, char **argv)
{
	static const struct option options[] = {
	    {"admin-key", required_argument, NULL, 'k'},
	    {"write", required_argument, NULL, 'w'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct act a = {0};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'k' && a.key_count < ACT_SEND_KEYS)
			a.keys[a.key_count++] = optarg;
		else if (c == 'w')
			a.write = optarg;
		else if (c == 'd')
			a.dir = optarg;
		else
			return say_usage("act", "option not understood");
	}
	a.dir = where_take(argc, argv, &optind, a.dir);
	if (!a.dir || optind == argc)
		return say_usage("act", "name the instance and a line");
	return make_of(&a, argc, argv);
}
