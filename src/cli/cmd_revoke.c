/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/act_send.h"
#include "cli/cmd_revoke.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define REVOKE_MOST 256

static const char help[] =
"Usage: ecluse revoke [DIR] [--admin-key FILE] WHO…\n"
"\n"
"Takes rights away, at once and for good; one administrator is enough. WHO is\n"
"  key:ID      one installation's key (43 characters)\n"
"  site:ID     a site with all its keys\n"
"  rpps:N      a professional, at every site\n"
"  amc:N       an insurer: its persons are unknown from then on\n"
"  admin:NAME  an administrator (two must stay)\n"
"\n"
"  --admin-key FILE  administrator's private key (PEM); a drill has its own\n"
"  --json            one JSON object a line: {revoked, words}\n"
"  --help            this text\n"
"\n"
"Exit status: 0 done, 2 wrong usage, 3 refused, 4 unknown, 5 not running.\n";

/* "key:ID" to "revoke key=ID"; each stands in an act of its own. */
static enum err revoke_one(struct act_send *a, const char *who)
{
	const char *colon = strchr(who, ':');
	char line[400];
	int n;

	if (!colon || colon == who || strcspn(who, " \t\n") != strlen(who))
		return ERR_SHAPE;
	n = snprintf(line, sizeof(line), "revoke %.*s=%s\n",
	    (int)(colon - who), who, colon + 1);
	if (n < 0 || (size_t)n >= sizeof(line))
		return ERR_LIMIT;
	return act_send(a, span_of(line, (size_t)n), NULL, NULL);
}

int cmd_revoke(int argc, char **argv)
{
	static const struct option options[] = {
	    {"admin-key", required_argument, NULL, 'k'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *keys[ACT_SEND_KEYS], *dir = NULL;
	struct act_send a = {0};
	size_t count = 0;
	bool json = false;
	enum err e;
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			return say_help(help);
		} else if (c == 'k' && count < ACT_SEND_KEYS) {
			keys[count++] = optarg;
		} else if (c == 'j') {
			json = true;
		} else if (c == 'd') {
			dir = optarg;
		} else {
			return say_usage("revoke", "option not understood");
		}
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind == argc)
		return say_usage("revoke", "name whom, and the instance");
	e = act_send_open(&a, dir, keys, count);
	if (e)
		return say_exit_of(e);
	for (int i = optind; i < argc && !e; i++) {
		e = revoke_one(&a, argv[i]);
		if (e)
			say("%s: %s", argv[i],
			    say_why(a.words, e));
		else if (json)
			say_json("revoked", argv[i],
			    say_why(a.words, ERR_OK));
		else
			(void)printf(_("revoked %s: %s\n"), argv[i],
			    say_why(a.words, ERR_OK));
	}
	act_send_close(&a);
	return say_exit_of(e);
}
