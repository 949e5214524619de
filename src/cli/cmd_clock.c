/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/date.h"
#include "cli/cmd_clock.h"
#include "cli/link.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse clock [DIR] [--set TIME] [--json]\n"
"\n"
"Shows the time of a running instance. In a drill instance --set moves it\n"
"forward to TIME (RFC 3339, or \"now\" for this machine's time), from where it\n"
"goes on; it never goes behind the journal's last entry or the last act.\n"
"\n"
"Exit status: 0 done, 2 wrong usage, 3 refused, 5 not running.\n";

static enum err set(struct link *l, const char *text)
{
	struct clock clock = clock_system();
	int64_t ms = clock_wall_ms(&clock);
	char words[256];
	uint8_t body[8];
	enum err e = ERR_OK;

	if (strcmp(text, "now") != 0)
		e = date_parse_stamp(span_str(text), &ms);
	if (e) {
		say("--set: a time such as 2026-11-22T10:02:00Z, or now");
		return ERR_SHAPE;
	}
	put_be64(body, (uint64_t)ms);
	e = link_ask(l, MSG_ADMIN_CLOCK, span_of(body, 8), NULL, NULL, words,
	    sizeof(words));
	if (e)
		say("%s", say_why(words, e));
	return e;
}

int cmd_clock(int argc, char **argv)
{
	static const struct option options[] = {
	    {"set", required_argument, NULL, 's'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *dir = NULL, *to = NULL;
	char stamp[DATE_STAMP_SIZE];
	struct link *l;
	int64_t now = 0;
	bool json = false;
	enum err e;
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			return say_help(help);
		} else if (c == 's') {
			to = optarg;
		} else if (c == 'j') {
			json = true;
		} else if (c == 'd') {
			dir = optarg;
		} else {
			return say_usage("clock", "option not understood");
		}
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind != argc)
		return say_usage("clock", "name one instance");
	e = link_reach(dir, &l);
	if (e)
		return SAY_TRANSPORT;
	if (to)
		e = set(l, to);
	if (!e)
		e = link_time(l, &now);
	if (!e) {
		date_format_stamp(now, stamp);
		if (json)
			say_json("time", stamp, NULL);
		else
			(void)printf("%s\n", stamp);
	}
	link_close(l);
	return e == ERR_SHAPE ? SAY_USAGE : say_exit_of(e);
}
