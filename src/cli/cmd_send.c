/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/shown.h"
#include "cli/cmd_send.h"
#include "cli/link.h"
#include "cli/request.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse send [DIR] FILE…\n"
"\n"
"Hands signed requests (made by --write, signed by ecluse sign) to a running\n"
"instance, in order; a folder stands for the .act files in it, by name. What\n"
"was applied before is passed over, so the same command goes on after a cut.\n"
"It stops at the first one that is refused. What an act asks for, such as the\n"
"list of a scope, is printed.\n"
"\n"
"  --json   one JSON object a line: {sent, words}\n"
"\n"
"Exit status: 0 all applied, 1 a file or signature is wrong, 2 wrong usage,\n"
"3 refused, 4 unknown, 5 not running.\n"
"\n"
"  $ ecluse send DIR enrolment/\n"
"  enrolment/000001.act: registry entry 12\n"
"  enrolment/000002.act: registry entry 13\n";

/* ctx: was anything printed? */
static enum err print_part(void *ctx, struct span part)
{
	*(bool *)ctx = true;
	return fwrite(part.p, 1, part.n, stdout) == part.n ? ERR_OK : ERR_IO;
}

static enum err send_one(struct link *l, const char *path, bool json)
{
	char words[256];
	struct request r;
	bool listed = false;
	enum err e = request_read(path, &r);

	if (e)
		return e;
	e = link_ask(l, MSG_ADMIN_ACT, buf_span(&r.note), print_part, &listed,
	    words, sizeof(words));
	if (e == ERR_EXISTS && strcmp(words, REGISTRY_TAKEN) == 0)
		e = ERR_OK;
	if (e)
		say("%s: %s", path, lang_text(say_why(words, e)));
	if (e == ERR_REFUSED && r.signer_count < r.asks.signers)
		say("next: ecluse sign %s --key KEY", shown_word(path));
	/* a list goes to standard output by itself */
	if (!e && json && !listed)
		say_json("sent", path, words);
	else if (!e)
		(void)fprintf(listed ? stderr : stdout, "%s: %s\n", shown(path),
		    say_why(words, ERR_OK));
	request_release(&r);
	return e;
}

static int run(const char *dir, char **args, int count, bool json)
{
	struct request_files files;
	struct link *l;
	enum err e = request_list(args, count, &files);

	if (e)
		return SAY_CHECK_FAILED;
	e = link_reach(dir, &l);
	if (e) {
		request_list_free(&files);
		return SAY_TRANSPORT;
	}
	for (size_t i = 0; i < files.count && !e; i++)
		e = send_one(l, files.paths[i], json);
	link_close(l);
	request_list_free(&files);
	return say_exit_of(e);
}

int cmd_send(int argc, char **argv)
{
	static const struct option options[] = {
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *dir = NULL;
	bool json = false;
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			return say_help(help);
		} else if (c == 'j') {
			json = true;
		} else if (c == 'd') {
			dir = optarg;
		} else {
			return say_usage("send", "option not understood");
		}
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind == argc)
		return say_usage("send", "name the instance and a file");
	return run(dir, argv + optind, argc - optind, json);
}
