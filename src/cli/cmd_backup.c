/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/date.h"
#include "base/shown.h"
#include "cli/backup_check.h"
#include "cli/backup_take.h"
#include "cli/cmd_backup.h"
#include "cli/say.h"
#include "cli/vkey.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse backup [DIR] --out FOLDER [--months-out FILE] [--json]\n"
"       ecluse backup verify FOLDER [--vkey KEY] [--json]\n"
"\n"
"Copies a running instance into FOLDER: journal and registry up to a signed\n"
"point, the vaults' rows, keys (wrapped), settings. Questions go on meanwhile.\n"
"A FOLDER that holds a backup is brought up to date: full segments of the logs\n"
"are not copied again. While that runs it is no backup; have two, in turn.\n"
"One is made at a time, outside of the instance; a FOLDER that holds the backup\n"
"of another log is refused, and so is an instance with links in it.\n"
"\n"
"Two things are not in it, so that it may live long:\n"
"  the root key       keep a copy elsewhere, once (or in a second token)\n"
"  the month keys     --months-out; a copy that outlives a month undoes its\n"
"                     destruction, so keep the last one or two and no more\n"
"\n"
"  --out FOLDER       where to; made with mode 700\n"
"  --months-out FILE  a copy of keeper/months\n"
"  --with-root        the root key's file too: whoever has FOLDER has it all\n"
"  --vkey KEY         verify: the log's key, name+id+base64, or a file with it;\n"
"                     an earlier one leads on by the turns in the registry\n"
"  --json             one JSON object\n"
"  --help             this text\n"
"\n"
"Exit status: 0 done, 1 the backup is not whole, 2 wrong usage, 3 refused,\n"
"5 not running, or files cannot be read or written.\n";

struct job {
	const char *dir, *vkey;
	bool json;
	struct backup_take take;
};

static void tell(const struct manifest *m, const char *what, bool json,
    const struct backup_take *take)
{
	char time[DATE_STAMP_SIZE];
	json_t *o;

	date_format_stamp(m->time_ms, time);
	if (!json) {
		(void)printf(_("%s: %s, %s: %s, %s, %s\n"), shown(what),
		    shown(m->origin),
		    time, lang_count(m->journal.size, "entry", "entries"),
		    lang_count(m->registry.size, "registry entry",
			"registry entries"),
		    lang_count(m->count, "file", "files"));
		return;
	}
	o = json_pack("{s:s, s:s, s:I, s:I, s:I}", "origin", m->origin, "time",
	    time, "entries", (json_int_t)m->journal.size, "registry",
	    (json_int_t)m->registry.size, "files", (json_int_t)m->count);
	if (take)
		(void)json_object_update_new(o, json_pack("{s:I, s:I}",
		    "bytes_copied", (json_int_t)take->copied, "bytes_kept",
		    (json_int_t)take->kept));
	(void)json_dumpf(o, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(o);
}

static int take(struct job *j)
{
	struct backup_take *b = &j->take;
	enum err e = link_reach(j->dir, &b->link);

	if (e)
		return SAY_TRANSPORT;
	(void)umask(077);
	b->dir = j->dir;
	(void)snprintf(b->manifest.version, sizeof(b->manifest.version),
	    VERSION);
	e = backup_take(b);
	link_close(b->link);
	if (e)
		say("%s: not whole: %s", b->out,
		    say_why(b->words, e));
	else
		tell(&b->manifest, b->out, j->json, b);
	if (!e && !b->months_out)
		say("keeper/months is not in it: without a copy "
		    "(--months-out) no entry of before can be opened");
	if (!e && b->with_root)
		say("%s holds the ROOT KEY: whoever reads it has every key",
		    b->out);
	backup_take_release(b);
	return e == ERR_IO ? SAY_TRANSPORT : say_exit_of(e);
}

static int verify(const struct job *j, const char *folder)
{
	struct backup_check c = {.folder = folder};
	struct note_key key;
	enum err e;

	if (j->vkey) {
		if (vkey_read(j->vkey, &key))
			return vkey_usage("backup");
		c.key = &key;
	}
	e = backup_check(&c);
	if (e)
		say("%s: %s", folder, say_why(c.words, e));
	else
		tell(&c.manifest, _("whole"), j->json, NULL);
	backup_check_release(&c);
	return !e ? SAY_DONE : e == ERR_IO || e == ERR_NOMEM ? SAY_TRANSPORT :
	    SAY_CHECK_FAILED;
}

static int read_options(struct job *j, int argc, char **argv)
{
	static const struct option options[] = {
	    {"out", required_argument, NULL, 'o'},
	    {"months-out", required_argument, NULL, 'm'},
	    {"with-root", no_argument, NULL, 'r'},
	    {"vkey", required_argument, NULL, 'k'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			return say_help(help);
		} else if (c == 'o') {
			j->take.out = optarg;
		} else if (c == 'm') {
			j->take.months_out = optarg;
		} else if (c == 'r') {
			j->take.with_root = true;
		} else if (c == 'k') {
			j->vkey = optarg;
		} else if (c == 'd') {
			j->dir = optarg;
		} else if (c == 'j') {
			j->json = true;
		} else {
			return say_usage("backup", "option not understood");
		}
	}
	return -1;
}

int cmd_backup(int argc, char **argv)
{
	struct job j = {0};
	int status = read_options(&j, argc, argv);

	if (status >= 0)
		return status;
	if (optind + 2 == argc && strcmp(argv[optind], "verify") == 0)
		return verify(&j, argv[optind + 1]);
	j.dir = where_take(argc, argv, &optind, j.dir);
	if (!j.dir || optind != argc || !j.take.out)
		return say_usage("backup", "name the instance and --out");
	return take(&j);
}
