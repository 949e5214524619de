/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/act_send.h"
#include "cli/cmd_route.h"
#include "cli/route_known.h"
#include "cli/route_table.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define ROUTE_TEXT (64u << 20)	/* bytes of acts, or of a list, in one go */

static const char help[] =
"Usage: ecluse route list [DIR] [--on DAY] [--json]\n"
"       ecluse route show [DIR] --amc N [--json]\n"
"       ecluse route check [DIR] --amc N [--convention C] [--csr C] [--on DAY]\n"
"                          [--json]\n"
"       ecluse route add [DIR] --amc N --operator NAME --from DAY [--until DAY]\n"
"                        [--convention C] [--csr C] [--url URL]\n"
"       ecluse route bulk [DIR] FILE.csv [--write FOLDER]\n"
"\n"
"The directory says which operator answers for an AMC, by convention, CSR and\n"
"date of care. A question with a wrong route is told which is right, and reads\n"
"nobody. Of an AMC that the directory does not have, each route is taken.\n"
"\n"
"  list       what holds on a day\n"
"  show       all that was ever said of an AMC, with the entry of the registry\n"
"             that says it and the one that replaced it\n"
"  check      what a question of this route would meet; the right ones if it is\n"
"             not\n"
"  add        a route, from a day to a day, both included. Said again with the\n"
"             same AMC, convention, CSR and first day it replaces what was said:\n"
"             so a route is ended (--until) or taken back (--until the day\n"
"             before --from). Two administrators sign\n"
"  bulk       a table of routes: columns amc, operator, from, and convention,\n"
"             csr, until, url if wanted. It is checked whole first, against\n"
"             what the directory says if the instance runs; then it becomes as\n"
"             many acts as it needs\n"
"\n"
"  --amc N            the mutuelle, 10 digits\n"
"  --convention C     as on the card; not said: all\n"
"  --csr C            as on the card; not said: all\n"
"  --operator NAME    who answers: the operator of a cell here, or another one\n"
"  --url URL          where that operator is asked (https)\n"
"  --on DAY           the day of care (default: the instance's today)\n"
"  --from DAY --until DAY   first and last day, YYYY-MM-DD\n"
"  --admin-key FILE   administrator's private key (PEM); repeat for the second;\n"
"                     a drill instance has its own\n"
"  --write NOTE       do not send: put the signed act into this new file (bulk:\n"
"                     the acts into this new folder), for ecluse sign and\n"
"                     ecluse send\n"
"  --json             one JSON object a line\n"
"\n"
"Exit status: 0 done, or check: the route is right, 1 check: it is not; a table\n"
"has faults, 2 wrong usage, 3 refused, 4 nothing is known of this AMC, 5 not\n"
"running.\n";

struct route {
	const char *dir, *amc, *convention, *csr, *operator, *url, *on, *from,
	    *until, *write, *table;
	const char *admin_keys[ACT_SEND_KEYS];
	size_t admin_count;
	bool json;
};

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static const char *or_all(const char *s)
{
	return s[0] ? s : "*";
}

static void show_route(const json_t *o)
{
	(void)printf(_("%s  %s/%s  %s%s  from %s%s%s"), text_of(o, "amc"),
	    or_all(text_of(o, "convention")), or_all(text_of(o, "csr")),
	    text_of(o, "operator"),
	    json_is_true(json_object_get(o, "here")) ? "" : _(" (elsewhere)"),
	    text_of(o, "from"), text_of(o, "until")[0] ? _(" to ") : "",
	    text_of(o, "until"));
	if (text_of(o, "url")[0])
		(void)printf("  %s", text_of(o, "url"));
	(void)printf(_("  entry %lld"), (long long)json_integer_value(
	    json_object_get(o, "entry")));
	if (json_object_get(o, "replaced_by"))
		(void)printf(_(", replaced by %lld"),
		    (long long)json_integer_value(
			json_object_get(o, "replaced_by")));
	(void)puts("");
}

/* One line of the keeper's answer; *verdict, if it says one. */
static void show_line(
    const struct route *q, struct span line, char *verdict, size_t size)
{
	json_t *o = json_loadb((const char *)line.p, line.n, 0, NULL);
	const char *said = text_of(o, "verdict");

	if (said[0])
		(void)snprintf(verdict, size, "%s", said);
	if (q->json)
		(void)printf("%.*s\n", (int)line.n, (const char *)line.p);
	else if (said[0])
		(void)printf("%s\n", said);
	else
		show_route(o);
	json_decref(o);
}

static size_t show_all(
    const struct route *q, struct span text, char *verdict, size_t size)
{
	size_t count = 0;

	while (text.n > 0) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		show_line(q, span_of(text.p, n), verdict, size);
		n += end ? 1 : 0;
		text = span_of(text.p + n, text.n - n);
		count++;
	}
	return count;
}

/* one: judge a route; day: as the message says (docs). */
static enum err ask(
    const struct route *q, bool one, int32_t day, struct buf *ret)
{
	char words[256] = "";
	struct link *l;
	struct buf body;
	enum err e = link_reach(q->dir, &l);

	if (e)
		return ERR_CLOSED;
	buf_init(&body, 128);
	buf_put_u8(&body, one ? 1 : 0);
	buf_put_u32(&body, (uint32_t)day);
	buf_put_s16(&body, span_str(q->amc ? q->amc : ""));
	buf_put_s16(&body, span_str(q->convention ? q->convention : ""));
	buf_put_s16(&body, span_str(q->csr ? q->csr : ""));
	e = body.err ? body.err : link_ask(l, MSG_ADMIN_ROUTES,
	    buf_span(&body), link_to_buf, ret, words, sizeof(words));
	buf_release(&body);
	link_close(l);
	if (e)
		say("%s", say_why(words, e));
	return e;
}

static int look(const struct route *q, bool one, int32_t day)
{
	char verdict[32] = "";
	struct buf out;
	size_t count = 0;
	enum err e;

	buf_init(&out, ROUTE_TEXT);
	e = ask(q, one, day, &out);
	if (!e)
		count = show_all(
		    q, buf_span(&out), verdict, sizeof(verdict));
	buf_release(&out);
	if (e)
		return say_exit_of(e);
	if (count == 0 && !q->json)
		(void)puts(q->amc ? _("no route of this AMC was ever said") :
		    _("no route holds on this day"));
	if (q->amc && (count == 0 || strcmp(verdict, "unknown") == 0))
		return SAY_UNKNOWN;
	return one && strcmp(verdict, "good") != 0 ? SAY_CHECK_FAILED :
	    SAY_DONE;
}

static void put(struct buf *out, const char *name, const char *value)
{
	if (!act_send_fits(name, value))
		out->err = ERR_SHAPE;
	else if (value && value[0] != '\0')
		buf_printf(out, " %s=%s", name, value);
}

/* The instance's, as far as it can be reached. */
static int32_t today_of(const char *dir)
{
	struct clock clock = clock_system();
	int64_t now = clock_wall_ms(&clock);
	struct link *l;

	if (!link_open(dir, &l)) {
		if (link_time(l, &now))
			now = clock_wall_ms(&clock);
		link_close(l);
	}
	return date_of_ms(now);
}

static enum err put_table(const struct route *q, struct buf *out)
{
	unsigned long long count = 0;
	struct registry *said;
	enum err e = registry_new(&said);

	if (e)
		return e;
	e = route_known_read(q->dir, said);
	if (e)
		say("%s", say_why(NULL, e));
	else
		e = route_table_read(
		    q->table, today_of(q->dir), said, out, &count);
	registry_free(said);
	if (!e)
		(void)fprintf(stderr, "%s\n",
		    lang_count(count, "route", "routes"));
	return e;
}

static enum err put_lines(const struct route *q, struct buf *out)
{
	if (!q->table) {
		buf_text(out, "route");
		put(out, "amc", q->amc);
		put(out, "convention", q->convention);
		put(out, "csr", q->csr);
		put(out, "operator", q->operator);
		put(out, "url", q->url);
		put(out, "from", q->from);
		put(out, "until", q->until);
		buf_text(out, "\n");
		return out->err;
	}
	return put_table(q, out);
}

static enum err send_lines(
    const struct route *q, struct act_send *a, struct span lines)
{
	enum err e = ERR_OK;

	if (a->many)
		e = file_mkdir(a->write_to, 0755);
	if (e)
		say("%s: %s", a->write_to, say_why(NULL, e));
	else
		e = act_send(a, lines, NULL, NULL);
	if (e && a->words[0])
		say("%s", say_why(a->words, e));
	else if (!e && q->json)
		say_json("routes", q->table ? q->table : q->amc, a->words);
	else if (!e)
		(void)printf("%s%s\n", q->write ? "" : _("applied: "), say_why(a->words, ERR_OK));
	return e;
}

static int add(const struct route *q)
{
	struct act_send a = {.write_to = q->write,
	    .many = q->write && q->table};
	struct buf lines;
	enum err e;

	buf_init(&lines, ROUTE_TEXT);
	e = put_lines(q, &lines);
	if (e) {
		buf_release(&lines);
		return SAY_CHECK_FAILED;
	}
	e = act_send_open(&a, q->dir, q->admin_keys, q->admin_count);
	if (!e) {
		e = send_lines(q, &a, buf_span(&lines));
		act_send_close(&a);
	}
	buf_release(&lines);
	return e ? say_exit_of(e) : SAY_DONE;
}

/* What this would have taken. */
static int usage(const char *what)
{
	return say_usage("route", strcmp(what, "list") == 0 ?
	    "list takes no --amc: show does" :
	    strcmp(what, "show") == 0 ? "show takes --amc, and no --on" :
	    strcmp(what, "check") == 0 ? "check takes --amc" :
	    strcmp(what, "add") == 0 ?
		"add takes --amc, --operator and --from" :
	    strcmp(what, "bulk") == 0 ? "bulk takes a table, FILE.csv" :
		"list, show, check, add or bulk, and the instance");
}

static int run(struct route *q, int argc, char **argv)
{
	const char *what = optind < argc ? argv[optind++] : "";
	int32_t day = INT32_MIN;	/* the instance's today */

	q->dir = where_take(argc, argv, &optind, q->dir);
	if (strcmp(what, "bulk") == 0 && optind < argc)
		q->table = argv[optind++];
	if (!q->dir || optind != argc)
		return say_usage("route", q->dir ?
		    "more words than this takes" : "name the instance");
	if (q->on && date_parse(span_str(q->on), &day))
		return say_usage("route", "--on is a day, YYYY-MM-DD");
	if (strcmp(what, "list") == 0 && !q->amc)
		return look(q, false, day);
	if (strcmp(what, "show") == 0 && q->amc && !q->on)
		return look(q, false, INT32_MAX);
	if (strcmp(what, "check") == 0 && q->amc)
		return look(q, true, day);
	if (strcmp(what, "add") == 0 && q->amc && q->operator && q->from)
		return add(q);
	if (strcmp(what, "bulk") == 0 && q->table)
		return add(q);
	return usage(what);
}

int cmd_route(int argc, char **argv)
{
	static const struct option options[] = {
	    {"amc", required_argument, NULL, 'a'},
	    {"convention", required_argument, NULL, 'c'},
	    {"csr", required_argument, NULL, 's'},
	    {"operator", required_argument, NULL, 'o'},
	    {"url", required_argument, NULL, 'U'},
	    {"on", required_argument, NULL, 'n'},
	    {"from", required_argument, NULL, 'f'},
	    {"until", required_argument, NULL, 'u'},
	    {"admin-key", required_argument, NULL, 'k'},
	    {"write", required_argument, NULL, 'w'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct route q = {0};
	const struct {
		int opt;
		const char **to;
	} texts[] = {{'a', &q.amc}, {'c', &q.convention}, {'s', &q.csr},
	    {'o', &q.operator}, {'U', &q.url}, {'n', &q.on}, {'f', &q.from},
	    {'u', &q.until}, {'w', &q.write}, {'d', &q.dir}};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		bool taken = c == 'j';

		if (c == 'h')
			return say_help(help);
		q.json |= c == 'j';
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].opt == c) {
				*texts[i].to = optarg;
				taken = true;
			}
		if (c == 'k' && q.admin_count < ACT_SEND_KEYS) {
			q.admin_keys[q.admin_count++] = optarg;
			taken = true;
		}
		if (!taken)
			return say_usage("route", "option not understood");
	}
	return run(&q, argc, argv);
}
