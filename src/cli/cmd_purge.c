/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "cli/act_send.h"
#include "cli/cmd_purge.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define PURGE_LOOK (1 << 20)	/* a line a cell */

static const char help[] =
"Usage: ecluse purge [DIR] [--dry-run] [--admin-key FILE]…\n"
"       ecluse purge [DIR] --rights [--ended DAY] [--dry-run] [--admin-key FILE]…\n"
"\n"
"Takes the openings of months whose keys are destroyed (ecluse keys destroy\n"
"month) out of a running instance's journal, for good: nobody can open them\n"
"any more, and three quarters of their room come back. The leaves stay, so\n"
"that tree, root and proofs are what they were. Two administrators must sign.\n"
"\n"
"With --rights: takes rights that ended long ago out of the vaults, and persons\n"
"who have no other. Their number and handle stay until no month that can be\n"
"opened may name them.\n"
"\n"
"Questions go on meanwhile; what a stop left undone is done after the next\n"
"start. It needs room for the journal's largest file once more, 58 MB at most.\n"
"\n"
"  --rights          of the vaults, not of the journal\n"
"  --ended DAY       rights whose last day is this one or before, a year ago at\n"
"                    the latest; if not said, those that no question may ask\n"
"                    about any more (three years)\n"
"  --dry-run         only count what would go\n"
"  --admin-key FILE  administrator's private key (PEM); repeat for the second;\n"
"                    a drill instance has its own\n"
"  --write FILE      do not send: put the signed act into this new file, for\n"
"                    ecluse sign and ecluse send\n"
"  --json            one JSON object\n"
"\n"
"Exit status: 0 done, 2 wrong usage, 3 refused, 5 not running.\n";

struct purge {
	const char *dir, *write;
	const char *admin_keys[ACT_SEND_KEYS];
	size_t admin_count;
	bool dry_run, json, rights;
	int32_t ended;		/* 0: not said */
};

static json_int_t count_of(const json_t *cell, const char *name)
{
	return json_integer_value(json_object_get(cell, name));
}

/* The lines as {"ended": what an act names, "cells": [...]}. */
static enum err cells_of(const struct buf *in, json_t **ret)
{
	json_t *cells = json_array(), *cell;
	const char *at = (const char *)in->p, *day = "";
	size_t left = in->n;
	json_int_t all = 0;

	while (left > 0) {
		json_error_t where;

		cell = json_loadb(at, left, JSON_DISABLE_EOF_CHECK, &where);
		if (!cell || json_array_append_new(cells, cell)) {
			json_decref(cells);
			return ERR_SHAPE;
		}
		at += where.position + 1;	/* its line feed */
		left -= (size_t)where.position + 1;
		day = json_string_value(json_object_get(cell, "ended"));
		all += count_of(cell, "rights") + count_of(cell, "persons") +
		    count_of(cell, "names");
	}
	*ret = json_pack("{s:s, s:o}", "ended", all ? day : "",
	    "cells", cells);
	return *ret ? ERR_OK : ERR_NOMEM;
}

/* What would go of the vaults: a line of JSON each. */
static enum err look_rights(
    struct act_send *a, int32_t ended, struct buf *out)
{
	uint8_t day[4];

	put_be32(day, (uint32_t)ended);
	return link_ask(a->link, MSG_ADMIN_RETAIN, span_of(day, sizeof(day)),
	    link_to_buf, out, a->words, sizeof(a->words));
}

/* What the keeper would take away. */
static enum err look(struct act_send *a, const struct purge *p, json_t **ret)
{
	struct buf out;
	enum err e;

	buf_init(&out, PURGE_LOOK);
	e = p->rights ? look_rights(a, p->ended, &out) :
	    link_ask(a->link, MSG_ADMIN_PURGE, span_of(NULL, 0), link_to_buf,
		&out, a->words, sizeof(a->words));
	*ret = NULL;
	if (!e && p->rights)
		e = cells_of(&out, ret);
	else if (!e)
		*ret = json_loadb((const char *)out.p, out.n, 0, NULL);
	buf_release(&out);
	return !e && !*ret ? ERR_SHAPE : e;
}

static void show_cells(const json_t *o)
{
	json_t *cell;
	size_t i;

	json_array_foreach(json_object_get(o, "cells"), i, cell)
		(void)printf(_("AMC %s of %s, ended by %s: %s, %s, %s\n"),
		    json_string_value(json_object_get(cell, "amc")),
		    json_string_value(json_object_get(cell, "operator")),
		    json_string_value(json_object_get(cell, "ended")),
		    lang_count(count_of(cell, "rights"), "right", "rights"),
		    lang_count(count_of(cell, "persons"), "person",
			"persons"),
		    lang_count(count_of(cell, "names"), "former member",
			"former members"));
}

static void show(const struct purge *p, const json_t *o)
{
	if (p->json) {
		(void)json_dumpf(o, stdout, JSON_COMPACT);
		(void)putchar('\n');
	} else if (p->rights) {
		show_cells(o);
	} else {
		(void)printf(_("openings of %s, up to %s: %.1f MB\n"),
		    lang_count(count_of(o, "entries"), "entry", "entries"),
		    json_string_value(json_object_get(o, "month")),
		    (double)count_of(o, "bytes") / 1e6);
	}
}

static enum err act(
    const struct purge *p, struct act_send *a, const char *by)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "purge %s=%.16s\n",
	    p->rights ? "ended" : "month", by);
	enum err e = act_send(a, span_of(line, (size_t)n), NULL, NULL);

	if (e)
		return e;
	if (p->json)
		say_json("purged", by, a->words);
	else
		(void)printf("%s%s\n", p->write ? "" : _("applied: "),
		    say_why(a->words, ERR_OK));
	return ERR_OK;
}

static void say_nothing(const struct purge *p)
{
	(void)puts(p->rights ?
	    _("nothing: no vault has rights that ended by then") :
	    _("nothing: every destroyed month is purged, or "
	    "one that lives comes before"));
}

static enum err run(const struct purge *p, struct act_send *a)
{
	json_t *found = NULL;
	enum err e = look(a, p, &found);
	const char *by = json_string_value(
	    json_object_get(found, p->rights ? "ended" : "month"));
	bool any = by && by[0];

	if (!e && any && (p->dry_run || !p->json))
		show(p, found);
	if (!e && any && p->dry_run && a->words[0])
		say("the act would be refused: %s", say_why(a->words, e));
	if (!e && any && !p->dry_run)
		e = act(p, a, by);
	else if (!e && !any && p->json)
		show(p, found);
	else if (!e && !any)
		say_nothing(p);
	json_decref(found);
	return e;
}

static int purge(const struct purge *p)
{
	struct act_send a = {.write_to = p->write};
	enum err e = act_send_open(&a, p->dir, p->admin_keys, p->admin_count);

	if (e)
		return say_exit_of(e);
	if (!a.link) {
		say("%s is not running: start it with ecluse serve", p->dir);
		act_send_close(&a);
		return SAY_TRANSPORT;
	}
	e = run(p, &a);
	if (e)
		say("%s", say_why(a.words, e));
	act_send_close(&a);
	return say_exit_of(e);
}

int cmd_purge(int argc, char **argv)
{
	static const struct option options[] = {
	    {"dry-run", no_argument, NULL, 'n'},
	    {"rights", no_argument, NULL, 'r'},
	    {"ended", required_argument, NULL, 'e'},
	    {"admin-key", required_argument, NULL, 'k'},
	    {"write", required_argument, NULL, 'w'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct purge p = {.dir = NULL};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'j')
			p.json = true;
		else if (c == 'n')
			p.dry_run = true;
		else if (c == 'r')
			p.rights = true;
		else if (c == 'e' && date_parse(span_str(optarg), &p.ended))
			return say_usage("purge", "--ended is YYYY-MM-DD");
		else if (c == 'w')
			p.write = optarg;
		else if (c == 'e')
			continue;
		else if (c == 'd')
			p.dir = optarg;
		else if (c == 'k' && p.admin_count < ACT_SEND_KEYS)
			p.admin_keys[p.admin_count++] = optarg;
		else
			return say_usage("purge", "option not understood");
	}
	p.dir = where_take(argc, argv, &optind, p.dir);
	if (p.ended && !p.rights)
		return say_usage("purge", "--ended goes with --rights");
	if (!p.dir || optind != argc)
		return say_usage("purge", "it takes an instance");
	return purge(&p);
}
