/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "cli/act_send.h"
#include "cli/cmd_purge.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"

#define PURGE_LOOK 4096

static const char help[] =
"Usage: ecluse purge [DIR] [--dry-run] [--admin-key FILE]…\n"
"\n"
"Takes the openings of months whose keys are destroyed (ecluse keys destroy\n"
"month) out of a running instance's journal, for good: nobody can open them\n"
"any more, and three quarters of their room come back. The leaves stay, so\n"
"that tree, root and proofs are what they were. Two administrators must sign.\n"
"\n"
"Questions go on meanwhile; what a stop left undone is done after the next\n"
"start. It needs room for the journal's largest file once more, 58 MB at most.\n"
"\n"
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
	bool dry_run, json;
};

/* What the keeper would take away. */
static enum err look(struct act_send *a, json_t **ret)
{
	struct buf out;
	enum err e;

	buf_init(&out, PURGE_LOOK);
	e = link_ask(a->link, MSG_ADMIN_PURGE, span_of(NULL, 0), link_to_buf,
	    &out, a->words, sizeof(a->words));
	*ret = e ? NULL : json_loadb((const char *)out.p, out.n, 0, NULL);
	buf_release(&out);
	return !e && !*ret ? ERR_SHAPE : e;
}

static void show(const struct purge *p, const json_t *o)
{
	if (p->json) {
		(void)json_dumpf(o, stdout, JSON_COMPACT);
		(void)putchar('\n');
		return;
	}
	(void)printf(_("openings of %lld entries, up to %s: %.1f MB\n"),
	    (long long)json_integer_value(json_object_get(o, "entries")),
	    json_string_value(json_object_get(o, "month")),
	    (double)json_integer_value(json_object_get(o, "bytes")) / 1e6);
}

static enum err act(
    const struct purge *p, struct act_send *a, const char *month)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "purge month=%.16s\n", month);
	enum err e = act_send(a, span_of(line, (size_t)n), NULL, NULL);

	if (e)
		return e;
	if (p->json)
		say_json("purged", month, a->words);
	else
		(void)printf("%s%s\n", p->write ? "" : _("applied: "),
		    a->words);
	return ERR_OK;
}

static enum err run(const struct purge *p, struct act_send *a)
{
	json_t *found = NULL;
	enum err e = look(a, &found);
	const char *month = json_string_value(json_object_get(found, "month"));
	bool any = month && month[0];

	if (!e && any && (p->dry_run || !p->json))
		show(p, found);
	if (!e && any && !p->dry_run)
		e = act(p, a, month);
	else if (!e && !any && p->json)
		show(p, found);
	else if (!e && !any)
		(void)puts(_("nothing: every destroyed month is purged, or "
		    "one that lives comes before"));
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
		say("%s", a.words[0] ? a.words : err_text(e));
	act_send_close(&a);
	return say_exit_of(e);
}

int cmd_purge(int argc, char **argv)
{
	static const struct option options[] = {
	    {"dry-run", no_argument, NULL, 'n'},
	    {"admin-key", required_argument, NULL, 'k'},
	    {"write", required_argument, NULL, 'w'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct purge p = {.dir = NULL};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'j')
			p.json = true;
		else if (c == 'n')
			p.dry_run = true;
		else if (c == 'w')
			p.write = optarg;
		else if (c == 'd')
			p.dir = optarg;
		else if (c == 'k' && p.admin_count < ACT_SEND_KEYS)
			p.admin_keys[p.admin_count++] = optarg;
		else
			return say_usage("purge", "option not understood");
	}
	p.dir = where_take(argc, argv, &optind, p.dir);
	if (!p.dir || optind != argc)
		return say_usage("purge", "it takes an instance");
	return purge(&p);
}
