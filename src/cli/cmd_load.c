/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/progress.h"
#include "cli/cmd_load.h"
#include "cli/link.h"
#include "cli/say.h"
#include "cli/where.h"
#include "feed/chunk.h"
#include "lang/lang.h"
#include "lang/option.h"
#include "told/left_out.h"

static const char help[] =
"Usage: ecluse load [DIR] [--json] FEED…\n"
"       ecluse load [DIR] [--json] --contracts FILE…\n"
"\n"
"Hands the signed chunks that ecluse-insurer feed wrote to a running instance.\n"
"The keeper checks the mutuelle's signature on each; a feed is taken whole or\n"
"not at all, and questions go on being answered meanwhile.\n"
"\n"
"  --contracts  the files are contracts that ecluse-insurer contract signed: an\n"
"               estimate counts by them from the next question on\n"
"  --json       the report of each file as one JSON object a line\n"
"\n"
"Exit status: 0 all taken, 1 a file cannot be read, is damaged or badly signed,\n"
"2 wrong usage, 3 refused, 4 the mutuelle is not enrolled, 5 not running.\n";

struct load {
	struct link *link;
	bool json, contracts;
	struct buf chunk, report;
	char words[256];
};

static enum err no_feed(struct load *l)
{
	(void)snprintf(l->words, sizeof(l->words),
	    N_("not a feed as ecluse-insurer feed writes it, or damaged"));
	return ERR_SHAPE;
}

/* The next chunk of f; ERR_CLOSED at its end. */
static enum err read_chunk(struct load *l, FILE *f)
{
	struct buf *chunk = &l->chunk;
	uint8_t prefix[4], *to;
	size_t n = 0, got = fread(prefix, 1, sizeof(prefix), f);

	if (got == 0)
		return ferror(f) ? ERR_IO : ERR_CLOSED;
	if (got != sizeof(prefix) || feed_chunk_length(prefix, &n))
		return no_feed(l);
	buf_clear(chunk);
	to = buf_extend(chunk, n);
	if (!to)
		return chunk->err;
	return fread(to, 1, n, f) == n ? ERR_OK : no_feed(l);
}

static enum err send_all(struct load *l, FILE *f, struct progress *p)
{
	uint64_t done = 0;
	enum err e;

	while (!(e = read_chunk(l, f))) {
		e = link_ask(l->link, MSG_ADMIN_FEED, buf_span(&l->chunk),
		    link_to_buf, &l->report, l->words, sizeof(l->words));
		if (e)
			return e;
		done += l->chunk.n + 4;
		progress_step(p, done);
	}
	if (e == ERR_CLOSED && l->report.n == 0) {
		(void)snprintf(l->words, sizeof(l->words),
		    N_("the file ends before the feed does: nothing was "
		    "taken"));
		return ERR_SHAPE;
	}
	return e == ERR_CLOSED ? ERR_OK : e;
}

static void print_report(struct load *l)
{
	char taken[LEFT_OUT_TAKEN];
	const char *state;
	json_t *o;

	if (l->json) {
		(void)printf("%.*s\n", (int)l->report.n,
		    (const char *)l->report.p);
		return;
	}
	o = json_loadb((const char *)l->report.p, l->report.n, 0, NULL);
	state = json_string_value(json_object_get(o, "state"));
	if (state && strcmp(state, "already-committed") == 0)
		(void)printf(_("AMC %s: taken before, nothing was changed\n"),
		    json_string_value(json_object_get(o, "amc")));
	else
		(void)printf(_("AMC %s: %s\n"),
		    json_string_value(json_object_get(o, "amc")),
		    left_out_taken(o, taken));
	left_out_print(o);
	json_decref(o);
}

/* A contract is small: it goes in one. */
static enum err load_contract(struct load *l, const char *path)
{
	json_t *o;
	enum err e;

	buf_clear(&l->chunk);
	buf_clear(&l->report);
	e = file_read(path, &l->chunk);
	if (!e && l->chunk.n > LIMIT_CONTRACT_FILE)
		e = ERR_LIMIT;
	if (e)
		return say_unread(path, e, NULL);
	e = link_ask(l->link, MSG_ADMIN_CONTRACT, buf_span(&l->chunk),
	    link_to_buf, &l->report, l->words, sizeof(l->words));
	if (e) {
		say("%s: %s", path, say_why(l->words, e));
	} else if (l->json) {
		print_report(l);
	} else {
		o = json_loadb(
		    (const char *)l->report.p, l->report.n, 0, NULL);
		(void)printf(_("AMC %s: contract %s from %s: %s\n"),
		    json_string_value(json_object_get(o, "amc")),
		    json_string_value(json_object_get(o, "contract")),
		    json_string_value(json_object_get(o, "from")),
		    lang_text(json_string_value(
			json_object_get(o, "state"))));
		json_decref(o);
	}
	return e;
}

static enum err load_file(struct load *l, const char *path)
{
	struct clock clock = clock_system();
	FILE *f = fopen(path, "re");
	struct progress p;
	struct stat st;
	enum err e;

	if (!f || fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode)) {
		if (f)
			(void)fclose(f);
		return say_unread(path, ERR_IO, NULL);
	}
	buf_clear(&l->report);
	progress_start(&p, "loading", "bytes", (uint64_t)st.st_size, &clock);
	e = send_all(l, f, &p);
	progress_end(&p);
	(void)fclose(f);
	if (e)
		say("%s: %s", path, say_why(l->words, e));
	else
		print_report(l);
	return e;
}

static int load_all(const char *dir, int argc, char **argv,
    const struct load *how)
{
	struct load l = *how;
	enum err e = link_reach(dir, &l.link);

	if (e)
		return SAY_TRANSPORT;
	buf_init(&l.chunk, LIMIT_FEED_CHUNK);
	buf_init(&l.report, 65536);
	for (int i = optind; i < argc && !e; i++)
		e = l.contracts ? load_contract(&l, argv[i]) :
		    load_file(&l, argv[i]);
	buf_release(&l.chunk);
	buf_release(&l.report);
	link_close(l.link);
	return say_exit_of(e);
}

int cmd_load(int argc, char **argv)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"contracts", no_argument, NULL, 'C'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *dir = NULL;
	struct load how = {.json = false};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			return say_help(help);
		} else if (c == 'j') {
			how.json = true;
		} else if (c == 'C') {
			how.contracts = true;
		} else if (c == 'd') {
			dir = optarg;
		} else {
			return say_usage("load", "option not understood");
		}
	}
	dir = where_take(argc, argv, &optind, dir);
	if (!dir || optind == argc)
		return say_usage("load", "name the instance and a feed");
	return load_all(dir, argc, argv, &how);
}
