/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse journal open: what an auditor reads out of a release, offline. */
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "cli/cmd_who.h"
#include "cli/open_lines.h"
#include "cli/say.h"
#include "cli/vkey.h"
#include "journal/follow.h"
#include "journal/public.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse journal open FILE [--public FOLDER] [--vkey KEY]\n"
"                           [--authority PLANE=NAME]…\n"
"\n"
"Reads a file of ecluse journal release, without the instance. Each entry is\n"
"opened by its own key, which fits no other; its sealed opening must be the one\n"
"that its leaf names; with --public each leaf must be in the signed tree.\n"
"Entries come in the order of the log, each once. Stops at the first line that\n"
"is not right. The professional's own signature of the question is verified\n"
"again: an entry without it is listed with \"signed\":false, and counted at the\n"
"end. So is an entry that bears a question which another one bears, for each is\n"
"signed for one: \"again\" is the index of that other one.\n"
"\n"
"A key's entries of a month are numbered without holes, in the leaf: of a release\n"
"by key the numbers between two of its entries that are not in the file are told.\n"
"They are sums of refusals (scope counts these), or were left out. The last line\n"
"is the keeper's signature over all before it: a file without it, or with\n"
"another, is told and ends with 1, and so does one without --public or --vkey, for\n"
"nobody says then whose signature it is. Which release it is (whose, from when to\n"
"when) is told on standard error: see that it is the one that was asked for.\n"
"\n"
"  --public FOLDER  the journal's public files (checkpoint and tiles). Without\n"
"                   them nothing says that the leaves are the journal's\n"
"  --vkey KEY       the log's key, name+id+base64, or a file that holds it.\n"
"                   Without it the key in the folder is taken, which whoever\n"
"                   made the folder chose\n"
"  --authority PLANE=NAME\n"
"                   what that plane was called when the questions were signed,\n"
"                   if not what the release says\n"
"  --help           this text\n"
"\n"
"Prints one JSON object an entry: index, sequence, in_log, time, plane, decision,\n"
"existed, asker, site, rpps, cell, number, proof, domain, care_day, path,\n"
"params, digest, signature (the asker's own, RFC 9421), signed; again.\n"
"\n"
"Exit status: 0 all of it is right, 1 a line is not, a question bears no\n"
"signature that holds or stands twice, the file has no signed end or no key was\n"
"given, 2 wrong usage, 5 a file cannot be read.\n";

struct open_run {
	const char *file, *vkey;
	struct open_how how;
};

/* An end that the keeper signed is that of a release, and may be another's. */
static void tell_which(const struct open_found *f)
{
	char from[DATE_STAMP_SIZE], to[DATE_STAMP_SIZE];

	date_format_stamp(f->from_ms, from);
	date_format_stamp(f->to_ms, to);
	if (f->cell > 0)
		say("release of cell %u, from %s to %s: %s", (unsigned)f->cell,
		    from, to, lang_count(f->count, "entry", "entries"));
	else
		say("release of key:%s%s, from %s to %s: %s", f->asker,
		    f->askers ? _(" and other keys") : "", from, to,
		    lang_count(f->count, "entry", "entries"));
	if (f->turns > 0)
		say("the log's key that signed it has turned since: right if "
		    "the release is older than that key's end");
}

/* What is wrong with all of it; true: nothing. */
static bool tell(const struct open_run *r, const struct open_found *f,
    const struct lines *in)
{
	if (f->fault) {
		say("%s: line %u: %s", r->file, in->number,
		    lang_text(f->fault));
		return false;
	}
	tell_which(f);
	if (f->holes > 0)
		say("missing between these keys' numbers: %s (sums of "
		    "refusals, or entries left out)",
		    lang_count(f->holes, "number", "numbers"));
	if (f->unsigned_count > 0) {
		say("%llu of %llu bear no signature of their asker that holds",
		    (unsigned long long)f->unsigned_count,
		    (unsigned long long)f->count);
		return false;
	}
	if (f->again_count > 0) {
		say("%llu of %llu bear a question that an entry before them "
		    "bears: it was signed once", (unsigned long long)
		    f->again_count, (unsigned long long)f->count);
		return false;
	}
	if (!f->whole)
		say(f->ended ? "the end that the keeper signed is not this "
		    "file's: entries were left out or altered on the way" :
		    "the end that the keeper signs is missing: entries may "
		    "have been left out");
	if (f->whole && r->how.key_count == 0)
		say("whose signature the end bears is not known: give the "
		    "log's key, --vkey, or --public");
	return f->whole && r->how.key_count > 0;
}

/* The log's key as it was given, and those that followed it. */
static enum err read_keys(struct open_run *r)
{
	struct open_how *how = &r->how;
	enum err e = r->vkey ? vkey_read(r->vkey, &how->keys[0]) :
	    how->folder ? public_read_vkey(how->folder, &how->keys[0]) : ERR_OK;

	if (e)
		return e;
	how->key_count = r->vkey || how->folder ? 1 : 0;
	return how->folder ? follow_way(
	    how->folder, how->keys, &how->key_count) : ERR_OK;
}

/* What is there and wrong is another thing than what cannot be read. */
static int refuse_keys(const struct open_run *r, enum err e)
{
	if (e == ERR_IO || e == ERR_UNKNOWN || e == ERR_NOMEM) {
		say("the log's key cannot be read");
		return SAY_TRANSPORT;
	}
	if (r->how.key_count == 0)
		say("%s/vkey is not a log's key", r->how.folder);
	else
		say("%s/%s: a note there does not lead from this key to "
		    "another", r->how.folder, FOLLOW_FOLDER);
	return SAY_CHECK_FAILED;
}

static int run(struct open_run *r)
{
	struct open_found found;
	struct lines in;
	bool good;
	enum err e = read_keys(r);

	if (e && r->vkey && r->how.key_count == 0)
		return vkey_usage("journal open");
	if (e)
		return refuse_keys(r, e);
	e = lines_open(&in, r->file, OPEN_LINE);
	if (e) {
		(void)say_unread(r->file, e, NULL);
		return SAY_TRANSPORT;
	}
	e = open_lines(&r->how, &in, stdout, &found);
	good = !e && tell(r, &found, &in);
	lines_close(&in);
	if (e || found.unread || fflush(stdout) != 0)
		return SAY_TRANSPORT;
	return good ? SAY_DONE : SAY_CHECK_FAILED;
}

/* PLANE=NAME. */
static bool take_authority(struct open_run *r, const char *text)
{
	for (unsigned i = 1; i < OPEN_PLANES; i++) {
		size_t n = strlen(open_plane(i));

		if (strncmp(text, open_plane(i), n) == 0 && text[n] == '=') {
			r->how.authority[i] = text + n + 1;
			return true;
		}
	}
	return false;
}

int cmd_journal_open(int argc, char **argv)
{
	static const struct option options[] = {
	    {"public", required_argument, NULL, 'p'},
	    {"vkey", required_argument, NULL, 'k'},
	    {"authority", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct open_run r = {0};
	int c;

	optind = 0;
	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'p')
			r.how.folder = optarg;
		else if (c == 'k')
			r.vkey = optarg;
		else if (c == 'a' && !take_authority(&r, optarg))
			return say_usage("journal open",
			    "--authority PLANE=NAME");
		else if (c != 'j' && c != 'a')
			return say_usage("journal open",
			    "option not understood");
	}
	if (optind + 1 != argc)
		return say_usage("journal open", "one FILE is needed");
	r.file = argv[optind];
	return run(&r);
}
