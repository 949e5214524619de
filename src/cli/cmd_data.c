/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "cli/cmd_data.h"
#include "cli/composed.h"
#include "cli/data_altered.h"
#include "cli/data_reload.h"
#include "cli/say.h"
#include "cli/tariffs.h"
#include "lang/lang.h"
#include "lang/option.h"
#include "rules/diff.h"

static const char check_help[] =
"Usage: ecluse data check [--rules FOLDER]\n"
"\n"
"Reads the rules (rates, bases, participations, limits, each with its dates and\n"
"its source) and looks for what contradicts itself or is missing: two rows of\n"
"one key on one day, gaps between two rows, families and acts that there are\n"
"not, acts without a rate, rows without a source.\n"
"\n"
"  --rules FOLDER  in place of data/rules\n"
"  --help          this text\n"
"\n"
"Exit status: 0 nothing is wrong (warnings may be told), 1 something is, 2\n"
"wrong usage.\n";

static const char diff_help[] =
"Usage: ecluse data diff [--rules FOLDER] FROM TO\n"
"       ecluse data diff --against FOLDER [--rules FOLDER] DAY\n"
"\n"
"Says which figures differ between two days, or on one day between two sets of\n"
"rules, how many acts each touches, and where the new figure was read.\n"
"\n"
"  --rules FOLDER    in place of data/rules\n"
"  --against FOLDER  the older rules to compare with\n"
"  --help            this text\n"
"\n"
"Exit status: 0 compared, 1 the rules cannot be read, 2 wrong usage.\n"
"\n"
"  $ ecluse data diff 2026-02-28 2026-03-01\n"
"  limits.csv FJ: 20.00 becomes 23.00 (1 act)\n";

static const char list_help[] =
"Usage: ecluse data check|diff|altered|reload [OPTION…]\n"
"\n"
"  check    look for gaps, overlaps and missing sources in data/rules\n"
"  diff     what changes between two days, or two sets of rules\n"
"  altered  which priced lines other rules price otherwise\n"
"  reload   a running instance reads its rules again\n"
"\n"
"Each has its own --help.\n";

struct options {
	const char *rules, *against;
	bool help;
};

static int read_options(
    struct options *o, const char *what, int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"rules", required_argument, NULL, 'r'},
	    {"against", required_argument, NULL, 'a'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = lang_option(argc, argv, "", long_options)) != -1)
		switch (c) {
		case 'r': o->rules = optarg; break;
		case 'a': o->against = optarg; break;
		case 'h': o->help = true; return SAY_DONE;
		default: return say_usage(what, "see the options");
		}
	return SAY_DONE;
}

static void finding(void *ctx, bool error, const char *words)
{
	char text[512];

	(void)ctx;
	composed_text(words, text, sizeof(text));
	(void)printf("%s: %s\n", error ? _("error") : _("warning"), text);
}

static int check(const struct options *o)
{
	struct tariffs t = {NULL};
	unsigned errors;

	if (tariffs_rules(&t, o->rules))
		return SAY_CHECK_FAILED;
	errors = rules_check(t.rules, finding, NULL);
	tariffs_release(&t);
	return errors ? SAY_CHECK_FAILED : SAY_DONE;
}

static void side(enum rules_table table, const struct rules_fact *f,
    char ret[static MONEY_TEXT])
{
	if (f)
		rules_value(table, f, ret);
	else
		(void)snprintf(ret, MONEY_TEXT, "%s", _("nothing"));
}

static void change(void *ctx, const struct rules_change *c)
{
	char before[MONEY_TEXT], after[MONEY_TEXT];
	const struct rules *r = ctx;
	unsigned touched = rules_touched(r, c);
	size_t n = strlen(c->key);

	side(c->table, c->before, before);
	side(c->table, c->after, after);
	while (n > 0 && c->key[n - 1] == '/')
		n--;
	(void)printf(ngettext("%s %.*s: %s becomes %s (%u act)%s\n",
		"%s %.*s: %s becomes %s (%u acts)%s\n", touched),
	    rules_file(c->table), (int)n, c->key, before, after, touched,
	    c->after && !c->after->confirmed ? _(", not confirmed") : "");
	if (c->after)
		(void)printf("  %s\n", c->after->source);
}

/* On one day, old rules against new ones. */
static void against(
    const struct rules *old, const struct rules *now, int32_t day)
{
	for (unsigned t = 0; t < RULES_TABLES; t++) {
		size_t count;
		const struct rules_fact *all =
		    rules_all(now, (enum rules_table)t, &count);

		for (size_t i = 0; i < count; i++) {
			struct rules_change c = {.table = (enum rules_table)t,
			    .key = all[i].key};

			if (i > 0 && strcmp(all[i].key, all[i - 1].key) == 0)
				continue;
			c.before = rules_find(old, c.table, c.key, day);
			c.after = rules_find(now, c.table, c.key, day);
			if ((!c.before) != (!c.after) || (c.before &&
			    c.before->value != c.after->value))
				change((void *)(uintptr_t)now, &c);
		}
	}
}

static int diff(const struct options *o, int argc, char **argv)
{
	struct tariffs t = {NULL}, old = {NULL};
	int32_t from = 0, to = 0;
	int status = SAY_CHECK_FAILED;

	if (argc - optind != (o->against ? 1 : 2) ||
	    date_parse(span_str(argv[optind]), &from) ||
	    (!o->against && date_parse(span_str(argv[optind + 1]), &to)))
		return say_usage("data diff", "days as 2026-03-01");
	if (!tariffs_rules(&t, o->rules) &&
	    (!o->against || !tariffs_rules(&old, o->against))) {
		if (o->against)
			against(old.rules, t.rules, from);
		else
			(void)rules_diff(t.rules, from, to, change, t.rules);
		status = SAY_DONE;
	}
	tariffs_release(&t);
	tariffs_release(&old);
	return status;
}

int cmd_data(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool checks = strcmp(what, "check") == 0;
	struct options o = {NULL};
	int status;

	if (checks || strcmp(what, "diff") == 0) {
		status = read_options(&o, checks ? "data check" : "data diff",
		    argc - 1, argv + 1);
		if (o.help)
			return say_help(checks ? check_help : diff_help);
		if (status)
			return status;
		return checks ? check(&o) : diff(&o, argc - 1, argv + 1);
	}
	if (strcmp(what, "altered") == 0)
		return data_altered(argc - 1, argv + 1);
	if (strcmp(what, "reload") == 0)
		return data_reload(argc - 1, argv + 1);
	return say_parts(list_help, what);
}
