/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include "cli/data_reload.h"
#include "cli/link.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse data reload [DIR] [--json]\n"
"\n"
"Has a running instance read its rules (data/rules, as it was installed) again.\n"
"Estimates count by the new ones from the next question on; questions go on\n"
"being answered meanwhile. Rules that cannot be read are refused whole: those\n"
"of before go on counting, and the file, the line and the column are told.\n"
"ecluse data check and ecluse data diff say beforehand what is in them.\n"
"\n"
"  --json  one JSON object a vault\n"
"  --help  this text\n"
"\n"
"Exit status: 0 read, 1 a file is wrong and nothing has changed, 2 wrong usage,\n"
"3 another reading is under way, 5 not running.\n";

static enum err part_json(void *ctx, struct span part)
{
	(void)ctx;
	(void)printf("%.*s", (int)part.n, (const char *)part.p);
	return ERR_OK;
}

/* What is wrong comes with the last word. */
static enum err part_text(void *ctx, struct span part)
{
	json_t *o = json_loadb((const char *)part.p, part.n, 0, NULL);
	long long vault = json_integer_value(json_object_get(o, "vault"));
	json_t *rows = json_object_get(o, "rows");

	(void)ctx;
	if (!o)
		return ERR_NOMEM;
	if (rows)
		(void)printf(_("vault %lld: %s read\n"), vault,
		    lang_count(json_integer_value(rows), "row of rules",
			"rows of rules"));
	else
		(void)printf(_("vault %lld: not read, the rules of before "
		    "count\n"), vault);
	json_decref(o);
	return ERR_OK;
}

static int reload(const char *dir, bool json)
{
	struct link *link;
	char words[512] = "";
	enum err e = link_reach(dir, &link);

	if (e)
		return SAY_TRANSPORT;
	e = link_ask(link, MSG_ADMIN_RULES, span_of(NULL, 0),
	    json ? part_json : part_text, NULL, words, sizeof(words));
	link_close(link);
	if (e)
		say("%s", say_why(words, e));
	if (!e || e == ERR_STATE || e == ERR_CLOSED || e == ERR_NOMEM)
		return say_exit_of(e);
	return SAY_CHECK_FAILED;
}

int data_reload(int argc, char **argv)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *dir = NULL;
	bool json = false;
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'j')
			json = true;
		else if (c == 'd')
			dir = optarg;
		else
			return say_usage("data reload", "see the options");
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind != argc)
		return say_usage("data reload", "name the instance");
	return reload(dir, json);
}
