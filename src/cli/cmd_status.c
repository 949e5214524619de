/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include "cli/cmd_status.h"
#include "cli/link.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define STATUS_TEXT 163840

static const char help[] =
"Usage: ecluse status [DIR] [--json]\n"
"\n"
"How a running instance stands: its time, the sizes of journal and registry,\n"
"what is enrolled, what is closed and since when, which controls only observe,\n"
"how many persons were read.\n"
"\n"
"  --json   one JSON object\n"
"\n"
"Exit status: 0 shown, 1 something is closed, observed or in doubt, 2 wrong\n"
"usage, 5 not running.\n";

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static long long count_of(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

static void show_enrolled(const json_t *o)
{
	(void)printf(_("enrolled        %s, %s, %s, %s, %s\n"),
	    lang_count(count_of(o, "administrators"), "administrator",
		"administrators"),
	    lang_count(count_of(o, "cells"), "cell", "cells"),
	    lang_count(count_of(o, "sites"), "site", "sites"),
	    lang_count(count_of(o, "keys"), "key", "keys"),
	    lang_count(count_of(o, "professionals"), "professional",
		"professionals"));
}

static void show(const json_t *o)
{
	const json_t *closed = json_object_get(o, "closed");
	const json_t *fresh = json_object_get(o, "newcomers");
	const json_t *observed = json_object_get(o, "observed"), *one;
	size_t i;

	(void)printf("%s%s\n", text_of(o, "origin"),
	    json_is_true(json_object_get(o, "drill")) ? " (DRILL)" : "");
	(void)printf(_("time            %s%s\n"), text_of(o, "time"),
	    json_is_true(json_object_get(o, "clock_doubtful")) ?
		_(" IN DOUBT: cards only") : "");
	(void)printf(_("journal         %s\n"),
	    lang_count(count_of(o, "entries"), "entry", "entries"));
	(void)printf(_("registry        %s\n"),
	    lang_count(count_of(o, "registry"), "act", "acts"));
	show_enrolled(o);
	(void)printf(_("persons read    %lld in 24 hours, %lld in 30 days\n"),
	    count_of(o, "persons24"), count_of(o, "persons30"));
	(void)printf(_("new keys        %lld of %lld persons in 24 hours, %lld "
	    "of %lld in 30 days; %s a day at most\n"),
	    count_of(fresh, "persons24"), count_of(fresh, "of24"),
	    count_of(fresh, "persons30"), count_of(fresh, "of30"),
	    lang_count(count_of(fresh, "keys_day"), "key", "keys"));
	json_array_foreach(observed, i, one)
		(void)printf(_("OBSERVED        %s: nothing is refused by it\n"),
		    json_string_value(one));
	(void)printf(_("closed          %lld\n"),
	    count_of(o, "closed_count"));
	json_array_foreach(closed, i, one)
		(void)printf(_("CLOSED          %s since %s%s%s\n"),
		    text_of(one, "gate"), text_of(one, "since"),
		    text_of(one, "reason")[0] ? ", " : "",
		    text_of(one, "reason"));
}

static bool is_plain(const json_t *o)
{
	return count_of(o, "closed_count") == 0 &&
	    json_array_size(json_object_get(o, "observed")) == 0 &&
	    !json_is_true(json_object_get(o, "clock_doubtful"));
}

static int run(const char *dir, bool json)
{
	int status = SAY_TRANSPORT;
	struct buf out;
	struct link *l;
	json_t *o = NULL;

	if (link_reach(dir, &l))
		return status;
	buf_init(&out, STATUS_TEXT);
	if (!link_ask(l, MSG_ADMIN_STATUS, span_of(NULL, 0), link_to_buf, &out,
	    NULL, 0))
		o = json_loadb((const char *)out.p, out.n, 0, NULL);
	if (o) {
		if (json)
			(void)printf("%.*s\n", (int)out.n, (const char *)out.p);
		else
			show(o);
		status = is_plain(o) ? SAY_DONE : SAY_CHECK_FAILED;
		json_decref(o);
	}
	buf_release(&out);
	link_close(l);
	return status;
}

int cmd_status(int argc, char **argv)
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
			return say_usage("status", "option not understood");
		}
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind != argc)
		return say_usage("status", "name one instance");
	return run(dir, json);
}
