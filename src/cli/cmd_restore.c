/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/shown.h"
#include "cli/cmd_restore.h"
#include "cli/restore_act.h"
#include "cli/restore_known.h"
#include "cli/restore_look.h"
#include "cli/restore_new.h"
#include "cli/restore_put.h"
#include "cli/say.h"
#include "cli/whole.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse restore FOLDER --to DIR --months FILE\n"
"           [--months-key FILE] [--root FILE] [--setting NAME=VALUE…]\n"
"           --known-checkpoint FILE… [--new-origin NAME --admin-key FILE…]\n"
"\n"
"Makes an instance in DIR, which must not exist, from a backup (in DIR.part, as\n"
"long as it is not whole): verifies every file and both logs, then compares the\n"
"journal with every checkpoint of it that is still known: from a witness, from\n"
"anybody who fetched /journal/checkpoint, from the old instance's\n"
"journal/public. Give all that you can get.\n"
"\n"
"A journal that is behind one of them may not go on: its name would stand for\n"
"two histories. Then --new-origin names a new log, whose first entry quotes the\n"
"old one; it starts with cards only and with budgets spent, until two\n"
"administrators say otherwise (act: continue confirm=yes) or 30 days are over.\n"
"What happened between the backup and the known checkpoint stays unknown, and\n"
"every scope that touches it says so.\n"
"\n"
"  --to DIR                 the instance to make\n"
"  --months FILE            month keys, as backup --months-out wrote them\n"
"  --months-key FILE        keeper/months-N.key, which opens them and is in no\n"
"                           backup: the newest copy; with a token none\n"
"  --root FILE              the root key's file; with a token none, nor where\n"
"                           the backup has it (--with-root)\n"
"  --setting NAME=VALUE     what is so on this machine: nginx, users.base,\n"
"                           root.module, root.pin-file. Without it each is the\n"
"                           preset, and a backup that says otherwise is refused:\n"
"                           it chooses no program, user or file here\n"
"  --known-checkpoint FILE  a checkpoint of this log; may come several times. If\n"
"                           the log's key turned since the backup, its public\n"
"                           folder after/ beside FILE leads to the new key\n"
"  --new-origin NAME        opens a new log; also when no checkpoint is known\n"
"  --admin-key FILE         signs the act that says so: of an administrator of the\n"
"                           backup's day; a second may add hers before the first\n"
"                           start: ecluse sign DIR/keeper/continue\n"
"  --json                   one JSON object: {restored, words}\n"
"  --help                   this text\n"
"\n"
"Files belong to who restores, and only public ones are for others to read: start\n"
"the instance as the same user (root's first start shares them out).\n"
"\n"
"Exit status: 0 done, 1 the backup is not whole or does not fit, 2 wrong usage,\n"
"3 refused: behind a known checkpoint, a setting, who signs, the new name, or\n"
"DIR exists, 5 the disk refused.\n";

struct job {
	const char *known_paths[RESTORE_KNOWN_MOST];
	size_t known_count;
	const char *new_origin;
	bool json;
	struct restore_act act;
	struct backup_check from;
	struct restore_put put;
	struct restore_known known;
	const char *to;
	struct whole whole;
};

static int exit_of(enum err e)
{
	return e == ERR_CORRUPT || e == ERR_CRYPTO || e == ERR_SHAPE ||
	    e == ERR_UNKNOWN || e == ERR_LIMIT ? SAY_CHECK_FAILED :
	    e == ERR_EXISTS || e == ERR_STATE || e == ERR_REFUSED ?
	    SAY_REFUSED : SAY_TRANSPORT;
}

static int fail(enum err e, const char *words)
{
	say("%s", say_why(words, e));
	return exit_of(e);
}

/* Against the key that signed the backup: the root key vouches for it later. */
static enum err take_known(struct job *j)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < j->known_count && !e; i++)
		e = restore_known_take(
		    &j->known, &j->from, j->known_paths[i]);
	return e ? e : restore_known_compare(&j->known, &j->from);
}

static bool is_behind(const struct job *j)
{
	return j->known.newest &&
	    j->known.newest->size > j->from.manifest.journal.size;
}

static int refuse(const struct job *j)
{
	if (!j->known.newest)
		say("no checkpoint of this log is known: give one, or open a "
		    "new log with --new-origin");
	else
		say("the backup has %s, and the newest checkpoint %s: this "
		    "log may not go on. Open a new one: --new-origin NAME, "
		    "signed by two administrators", lang_count(
			j->from.manifest.journal.size, "entry", "entries"),
		    lang_count(j->known.newest->size, "entry", "entries"));
	return SAY_REFUSED;
}

static int tell(const struct job *j)
{
	const unsigned long long size = j->from.manifest.journal.size;
	char words[512];

	/* in English for a program, in the reader's language for a person */
	if (j->new_origin)
		(void)snprintf(words, sizeof(words), j->json ?
		    "new log %s; cards only until two administrators confirm "
		    "it" : _("new log %s; cards only until two "
		    "administrators confirm it"), j->new_origin);
	else
		(void)snprintf(words, sizeof(words), j->json ?
		    "%llu entries, the same log goes on" :
		    ngettext("%llu entry, the same log goes on",
			"%llu entries, the same log goes on", size), size);
	if (j->json)
		say_json("restored", j->to, words);
	else
		(void)printf(_("%s: %s. Next: ecluse serve %s\n"),
		    shown(j->to), words, shown_word(j->to));
	return SAY_DONE;
}

static enum err look_file(const char *path)
{
	return access(path, R_OK) == 0 ? ERR_OK : say_unread(path,
	    errno == ENOENT ? ERR_UNKNOWN : ERR_IO, NULL);
}

/* What is copied is a file, as files_copy wants it. */
static enum err look_copied(const char *path)
{
	struct files_row row;
	enum err e = look_file(path);

	if (e || (!files_look(path, &row) && !row.folder))
		return e;
	say("%s: a file belongs here, and no link to one: name the file itself",
	    path);
	return ERR_SHAPE;
}

/* A name mistyped shall not show behind an hour of copying. */
static enum err look_files(const struct job *j)
{
	const char *const paths[] = {
	    j->put.months, j->put.months_key, j->put.root};
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && !e; i++)
		if (paths[i])
			e = look_copied(paths[i]);
	for (size_t i = 0; i < j->known_count && !e; i++)
		e = look_file(j->known_paths[i]);
	for (size_t i = 0; i < j->act.count && !e; i++)
		e = look_file(j->act.paths[i]);
	return e;
}

/* The old log that may be quoted; NULL: the backup is all that is known. */
static const struct checkpoint *behind(const struct job *j)
{
	return is_behind(j) ? j->known.newest : NULL;
}

/* Into DIR.part, which becomes DIR when it is whole. */
static enum err lay_out(struct job *j)
{
	enum err e;

	j->put.dir = j->whole.part;
	e = restore_put_files(&j->put);
	if (!e)
		e = restore_put_logs(&j->put);
	if (!e && j->new_origin)
		e = restore_new(
		    &j->put, j->new_origin, buf_span(&j->act.note));
	return e ? e : whole_end(&j->whole);
}

static int restore(struct job *j)
{
	enum err e = look_files(j);

	if (e)
		return exit_of(e);
	if (whole_check(&j->whole))
		return SAY_REFUSED;
	e = backup_check_list(&j->from);
	if (!e) {
		j->put.from = &j->from;
		e = restore_look(&j->put);
		if (e)
			return fail(e, j->put.words);
		e = backup_check_bytes(&j->from);
	}
	if (e) {
		say("%s: %s", j->from.folder, say_why(j->from.words, e));
		return exit_of(e);
	}
	e = take_known(j);
	if (e)
		return fail(e, j->known.words);
	if (!j->new_origin && (is_behind(j) || !j->known.newest))
		return refuse(j);
	if (j->new_origin)
		e = restore_act_make(
		    &j->act, &j->from, j->new_origin, behind(j));
	if (e)
		return exit_of(e);
	e = lay_out(j);
	if (!e)
		return tell(j);
	if (access(j->whole.part, F_OK) == 0)
		say("%s: what there is of it; remove it before the next try",
		    j->whole.part);
	return fail(e, j->put.words);
}

static bool take_option(struct job *j, int c)
{
	if (c == 't')
		j->to = optarg;
	else if (c == 'm')
		j->put.months = optarg;
	else if (c == 'M')
		j->put.months_key = optarg;
	else if (c == 'r')
		j->put.root = optarg;
	else if (c == 's')
		return restore_own_take(&j->put.own, optarg) == ERR_OK;
	else if (c == 'k' && j->known_count < RESTORE_KNOWN_MOST)
		j->known_paths[j->known_count++] = optarg;
	else if (c == 'n')
		j->new_origin = optarg;
	else if (c == 'a' && j->act.count < ACT_SEND_KEYS)
		j->act.paths[j->act.count++] = optarg;
	else if (c == 'j')
		j->json = true;
	else
		return false;
	return true;
}

static int leave(struct job *j, int status)
{
	restore_act_release(&j->act);
	restore_put_release(&j->put);
	backup_check_release(&j->from);
	free(j);
	return status;
}

int cmd_restore(int argc, char **argv)
{
	static const struct option options[] = {
	    {"to", required_argument, NULL, 't'},
	    {"months", required_argument, NULL, 'm'},
	    {"months-key", required_argument, NULL, 'M'},
	    {"root", required_argument, NULL, 'r'},
	    {"setting", required_argument, NULL, 's'},
	    {"known-checkpoint", required_argument, NULL, 'k'},
	    {"new-origin", required_argument, NULL, 'n'},
	    {"admin-key", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct job *j = calloc(1, sizeof(*j));
	int c;

	if (!j)
		return SAY_TRANSPORT;
	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return leave(j, say_help(help));
		if (!take_option(j, c))
			return leave(j, say_usage("restore", c == 's' ?
			    "--setting: one of nginx, users.base, root.module "
			    "and root.pin-file, once, and a value it takes" :
			    "option not understood"));
	}
	if (optind + 1 != argc || !j->to || !j->put.months)
		return leave(j, say_usage("restore",
		    "name the backup, --to and --months"));
	if (j->act.count > 0 && !j->new_origin)
		return leave(j, say_usage("restore",
		    "--admin-key signs for a new log: name it, --new-origin"));
	if (whole_names(&j->whole, j->to))
		return leave(j, say_usage("restore", "--to: too long"));
	j->to = j->whole.to;
	j->from.folder = argv[optind];
	(void)umask(077);
	return leave(j, restore(j));
}
