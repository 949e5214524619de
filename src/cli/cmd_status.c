/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include "base/date.h"
#include "base/file.h"
#include "cli/certificates.h"
#include "cli/cmd_status.h"
#include "cli/link.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define STATUS_TEXT 163840
#define ENDING "certificates_ending"
#define WAITING "waiting"
#define ENDPOINTS_MOST 65536

static const char help[] =
"Usage: ecluse status [DIR] [--json]\n"
"\n"
"How a running instance stands: its time, whether that is in doubt or stands\n"
"still, the sizes of journal and registry, what is enrolled, what is closed and\n"
"since when, which controls only observe, which vaults do not answer, which\n"
"processes wait to be started again, which certificates end within 30 days,\n"
"whether a restore waits for its confirmation, how many persons were read.\n"
"\n"
"  --json   one JSON object\n"
"\n"
"Exit status: 0 shown, 1 something is closed, observed, in doubt or unconfirmed,\n"
"time stands still, a vault does not answer, a process waits or a certificate\n"
"ends, 2 wrong usage, 5 not running.\n";

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static long long count_of(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

static bool is_set(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
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

static void show_time(const json_t *o)
{
	bool doubtful = is_set(o, "clock_doubtful");
	bool stands = is_set(o, "time_stands");

	(void)printf(_("time            %s%s\n"), text_of(o, "time"),
	    doubtful ? _(" IN DOUBT: cards only") : "");
	if (stands)
		(void)printf(_("STANDS STILL    that is the last entry's time, "
		    "or act's, and the clock is behind it: questions are refused as "
		    "expired until then\n"));
	if (stands || doubtful)
		(void)printf(_("clock           %s, by this machine\n"),
		    text_of(o, "clock"));
}

static void show(const json_t *o)
{
	const json_t *closed = json_object_get(o, "closed");
	const json_t *fresh = json_object_get(o, "newcomers");
	const json_t *observed = json_object_get(o, "observed"), *one;
	const json_t *silent = json_object_get(o, "vaults_silent");
	const json_t *ending = json_object_get(o, ENDING);
	const json_t *waiting = json_object_get(o, WAITING);
	size_t i;

	(void)printf("%s%s\n", text_of(o, "origin"),
	    is_set(o, "drill") ? " (DRILL)" : "");
	show_time(o);
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
	if (is_set(o, "unconfirmed"))
		(void)printf(_("UNCONFIRMED     a new log after a restore: cards "
		    "only for 30 days, or until two administrators sign "
		    "'continue confirm=yes'\n"));
	json_array_foreach(silent, i, one)
		(void)printf(_("SILENT          vault %lld: questions about its "
		    "insurers are refused\n"),
		    (long long)json_integer_value(one));
	json_array_foreach(waiting, i, one)
		(void)printf(_("WAITS           %s: to be started again within a "
		    "minute, the log says why\n"),
		    json_string_value(one));
	json_array_foreach(ending, i, one)
		(void)printf(_("CERTIFICATE     tls/%s.pem, until %s: ecluse keys "
		    "list\n"), text_of(one, "name"), text_of(one, "until"));
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
	    json_array_size(json_object_get(o, "vaults_silent")) == 0 &&
	    json_array_size(json_object_get(o, WAITING)) == 0 &&
	    json_array_size(json_object_get(o, ENDING)) == 0 &&
	    is_set(o, "certificates_sound") && !is_set(o, "unconfirmed") && !is_set(o, "time_stands") &&
	    !is_set(o, "clock_doubtful");
}

static void put_ending(
    void *ctx, const char *name, int64_t until_ms, int64_t left_ms)
{
	char until[DATE_STAMP_SIZE];

	date_format_stamp(until_ms, until);
	if (certificates_due(left_ms))
		(void)json_array_append_new(ctx, json_pack("{s:s, s:s}",
		    "name", name, "until", until));
}

/* Super writes down who runs: 0 is who waits for its next start
 * (super/endpoints.h). Before all are ready there is no such file. */
static json_t *waiting_in(const char *dir)
{
	json_t *names = json_array(), *file = NULL, *pid;
	char path[PATH_MAX];
	const char *name;
	struct buf text;

	buf_init(&text, ENDPOINTS_MOST);
	if (!file_path(path, sizeof(path), dir, "run/endpoints.json") &&
	    !file_read_plain(path, &text))
		file = json_loadb((const char *)text.p, text.n, 0, NULL);
	json_object_foreach(json_object_get(file, "pids"), name, pid)
		if (json_is_integer(pid) && json_integer_value(pid) == 0)
			(void)json_array_append_new(names, json_string(name));
	json_decref(file);
	buf_release(&text);
	return names;
}

/* What the keeper says, and what it does not see. */
static json_t *whole_of(const char *dir, struct span keepers)
{
	json_t *o = json_loadb((const char *)keepers.p, keepers.n, 0, NULL);
	json_t *ending = o ? json_array() : NULL;

	bool sound = !ending || certificates_look(dir, put_ending, ending);

	if (o && (json_object_set_new(o, ENDING, ending) != 0 ||
	    json_object_set_new(o, WAITING, waiting_in(dir)) != 0 ||
	    json_object_set_new(o, "certificates_sound",
		json_boolean(sound)) != 0)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static int run(const char *dir, bool json)
{
	int status = SAY_TRANSPORT;
	struct buf out;
	struct link *l;
	json_t *o = NULL;
	enum err e;

	if (link_reach(dir, &l))
		return status;
	buf_init(&out, STATUS_TEXT);
	e = link_ask(l, MSG_ADMIN_STATUS, span_of(NULL, 0), link_to_buf, &out,
	    NULL, 0);
	if (!e)
		o = whole_of(dir, buf_span(&out));
	if (e || !o)
		say("%s", say_why(NULL, e ? e : ERR_NOMEM));
	if (o) {
		if (json && !json_dumpf(o, stdout, JSON_COMPACT))
			(void)putchar('\n');
		else if (!json)
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
