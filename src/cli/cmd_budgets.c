/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "cli/cmd_budgets.h"
#include "cli/link.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define BUDGETS_WIDTH 16	/* of "rpps:" and a number */

static const char help[] =
"Usage: ecluse budgets [DIR] --asker ID[,ID…] [--json]\n"
"\n"
"Shows how many distinct persons an asker has read, and may read, in rolling\n"
"24 hours and 30 days: each key, each professional it speaks for, its site. ID\n"
"is key:…, rpps:… or site:…. What the log calls key 7 and site 12 is key:#7 and\n"
"site:#12.\n"
"\n"
"  without card  read by what is printed on a card: the narrow budget\n"
"  all           read in any way\n"
"  misses        asked about and not found\n"
"\n"
"  --json   one JSON object a key: {\"key\":{\"t24\":[used,of],…},\n"
"           \"professionals\":[{\"rpps\":N,\"t24\":…},…],\"site\":{…},…}\n"
"\n"
"Exit status: 0 shown, 2 wrong usage, 4 no such asker, 5 not running.\n";

static void print_level(const json_t *level, const char *words)
{
	static const char *const kinds[6] = {
	    "t24", "c24", "m24", "t30", "c30", "m30"};

	(void)printf("  %-*s", BUDGETS_WIDTH, words);
	for (int i = 0; i < 6; i++) {
		const json_t *pair = json_object_get(level, kinds[i]);
		char cell[48];

		(void)snprintf(cell, sizeof(cell), _("%lld of %lld"),
		    (long long)json_integer_value(json_array_get(pair, 0)),
		    (long long)json_integer_value(json_array_get(pair, 1)));
		(void)printf(" %14s", cell);
	}
	(void)printf("\n");
}

static void print_professionals(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *rpps =
		    json_string_value(json_object_get(one, "rpps"));
		char words[32];

		(void)snprintf(
		    words, sizeof(words), "rpps:%s", rpps ? rpps : "");
		print_level(one, words);
	}
}

static enum err print_plain(void *ctx, struct span part)
{
	json_t *o = json_loadb((const char *)part.p, part.n, 0, NULL);

	(void)ctx;
	if (!o)
		return ERR_NOMEM;
	(void)printf("key:%s  site:%s  %s@%s%s%s\n",
	    json_string_value(json_object_get(o, "asker")),
	    json_string_value(json_object_get(o, "site_id")),
	    json_string_value(json_object_get(o, "profession")),
	    json_string_value(json_object_get(o, "plane")),
	    json_is_true(json_object_get(o, "own_figures")) ?
		_("  own figures") : "",
	    json_is_false(json_object_get(o, "lives")) ? _("  REVOKED") : "");
	(void)printf("  %-*s %14s %14s %14s %14s %14s %14s\n", BUDGETS_WIDTH, "",
	    _("24h no card"), _("24h all"), _("24h misses"), _("30d no card"),
	    _("30d all"), _("30d misses"));
	print_level(json_object_get(o, "key"), _("key"));
	print_professionals(json_object_get(o, "professionals"));
	print_level(json_object_get(o, "site"), _("site"));
	json_decref(o);
	return ERR_OK;
}

static enum err print_json(void *ctx, struct span part)
{
	(void)ctx;
	(void)fwrite(part.p, 1, part.n, stdout);
	return ERR_OK;
}

static int show(const char *dir, const char *asker, bool json)
{
	char words[256];
	struct link *l;
	enum err e = link_reach(dir, &l);

	if (e)
		return SAY_TRANSPORT;
	e = link_ask(l, MSG_ADMIN_BUDGETS, span_str(asker),
	    json ? print_json : print_plain, NULL, words, sizeof(words));
	if (e)
		say("%s", say_why(words, e));
	link_close(l);
	return e == ERR_SHAPE ? SAY_USAGE : say_exit_of(e);
}

int cmd_budgets(int argc, char **argv)
{
	static const struct option options[] = {
	    {"asker", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *dir = NULL, *asker = NULL;
	bool json = false;
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			return say_help(help);
		} else if (c == 'a') {
			asker = optarg;
		} else if (c == 'j') {
			json = true;
		} else if (c == 'd') {
			dir = optarg;
		} else {
			return say_usage("budgets", "option not understood");
		}
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || !asker || optind != argc)
		return say_usage("budgets", "name --asker and the instance");
	return show(dir, asker, json);
}
