/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/act_list.h"
#include "cli/cmd_who.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/option.h"

static const char who_help[] =
"Usage: ecluse who [DIR] --amc N --ref HANDLE --from T --to T\n"
"                  [--admin-key FILE --admin-key FILE] [-o F]\n"
"\n"
"Everybody who read this person from T up to (not including) T, also when he\n"
"has left his mutuelle since. Two administrators sign it, and that they asked\n"
"is itself written down.\n"
"\n"
"  --amc N           the person's mutuelle\n"
"  --ref HANDLE      the person, as a scope names him; the mutuelle makes it\n"
"                    of its own reference with ecluse-insurer open --reverse\n"
"  --from T --to T   times of RFC 3339\n"
"  --living-months   go on although months of the interval are destroyed:\n"
"                    nothing of them is listed\n"
"  --admin-key FILE  two private keys (PEM); a drill has its own\n"
"  --log ORIGIN      in a log before this one, that ended with a restore\n"
"  -o F              write to F instead of standard output\n"
"  --write NOTE      do not ask: put the signed act into this new file, for\n"
"                    another administrator (ecluse sign, ecluse send)\n"
"\n"
"Prints one JSON array: [{asker, site, rpps, profession, plane, time, purpose,\n"
"fields, index, state}]; state is \"read\", or \"cannot-be-excluded\" of entries\n"
"that were under way when the machine stopped. After a restore, gap and\n"
"other_logs (as a scope has them) are told on standard error.\n"
"\n"
"Exit status: 0 done, 1 a signature is wrong, 2 wrong usage, 3 refused or a\n"
"month is destroyed, 4 unknown AMC or person, 5 not running.\n";

static const char release_help[] =
"Usage: ecluse journal release [DIR] (--amc N | --asker key:ID…)\n"
"                              --from T --to T --out FILE\n"
"                              [--admin-key FILE --admin-key FILE]\n"
"\n"
"Writes a file for an auditor: what opens the journal's entries of one\n"
"mutuelle, or of some askers' keys, from T up to (not including) T, and\n"
"opens no other entry. ecluse journal open reads it without the instance. Two\n"
"administrators sign it, and that they did is itself written down. Whoever\n"
"has the file can open it for good, also when the month is destroyed.\n"
"\n"
"  --amc N           entries that were about this mutuelle\n"
"  --asker key:ID    entries of this key; may be repeated. With them goes the\n"
"                    key that names this asker's leaves of each whole month\n"
"  --from T --to T   times of RFC 3339\n"
"  --out FILE        the file; only its owner may read it\n"
"  --admin-key FILE  two private keys (PEM); a drill has its own\n"
"  --log ORIGIN      from a log before this one, that ended with a restore\n"
"  --write NOTE      do not ask: put the signed act into this new file, for\n"
"                    another administrator (ecluse sign, ecluse send)\n"
"\n"
"Exit status: 0 done, 1 a signature is wrong, 2 wrong usage, 3 refused or a\n"
"month is destroyed, 4 unknown AMC or key, 5 not running.\n";

struct who {
	struct act_list list;
	const char *amc, *ref, *from, *to, *log;
	bool living;
	char askers[3200];	/* 64 of them */
};

static const struct option options[] = {
    {"amc", required_argument, NULL, 'm'},
    {"ref", required_argument, NULL, 'r'},
    {"asker", required_argument, NULL, 'a'},
    {"from", required_argument, NULL, 'f'},
    {"to", required_argument, NULL, 't'},
    {"living-months", no_argument, NULL, 'i'},
    {"log", required_argument, NULL, 'l'},
    {"admin-key", required_argument, NULL, 'k'},
    {"dir", required_argument, NULL, 'd'},
    {"output", required_argument, NULL, 'o'},
    {"out", required_argument, NULL, 'o'},
    {"write", required_argument, NULL, 'w'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'}, {0}};

static bool add_asker(struct who *w, const char *id)
{
	size_t n = strlen(w->askers);

	return snprintf(w->askers + n, sizeof(w->askers) - n, "%s%s",
	    n ? "," : "", id) < (int)(sizeof(w->askers) - n);
}

/* false: not understood. */
static bool take_option(struct who *w, int c)
{
	switch (c) {
	case 'm':
		w->amc = optarg;
		return true;
	case 'r':
		w->ref = optarg;
		return true;
	case 'a':
		return add_asker(w, optarg);
	case 'f':
		w->from = optarg;
		return true;
	case 't':
		w->to = optarg;
		return true;
	case 'i':
		w->living = true;
		return true;
	case 'l':
		w->log = optarg;
		return true;
	case 'k':
		if (w->list.key_count == ACT_SEND_KEYS)
			return false;
		w->list.keys[w->list.key_count++] = optarg;
		return true;
	case 'd':
		w->list.dir = optarg;
		return true;
	case 'o':
		w->list.out = optarg;
		return true;
	case 'w':
		w->list.write = optarg;
		return true;
	default:
		return c == 'j';	/* it is JSON in any case */
	}
}

/* -1: go on; else the exit status. */
static int read_options(struct who *w, const char *command, int argc,
    char **argv, const char *help)
{
	int c;

	optind = 0;
	while ((c = lang_option(argc, argv, "o:", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (!take_option(w, c))
			return say_usage(command, "option not understood");
	}
	w->list.dir = where_take(argc, argv, &optind, w->list.dir);
	if (!w->list.dir || !w->from || !w->to || optind != argc)
		return say_usage(command,
		    "--from, --to and the instance are needed");
	return -1;
}

static int send(struct who *w, const char *command, const char *what)
{
	char line[4000];

	if (!act_send_fits("asker", w->askers) ||
	    !act_send_fits("amc", w->amc) || !act_send_fits("ref", w->ref) ||
	    !act_send_fits("from", w->from) || !act_send_fits("to", w->to) ||
	    !act_send_fits("log", w->log))
		return SAY_USAGE;
	if (snprintf(line, sizeof(line), "%s from=%s to=%s%s%s%s\n", what,
		w->from, w->to, w->log ? " log=" : "", w->log ? w->log : "",
		w->living ? " living=yes" : "") >= (int)sizeof(line))
		return say_usage(command, "too long");
	return act_list(&w->list, line);
}

int cmd_who(int argc, char **argv)
{
	struct who w = {.list = {.end = "\n"}};
	char what[600];
	int status = read_options(&w, "who", argc, argv, who_help);

	if (status >= 0)
		return status;
	if (!w.amc || !w.ref || w.askers[0])
		return say_usage("who", "--amc and --ref are needed");
	if (snprintf(what, sizeof(what), "who amc=%s ref=%s", w.amc, w.ref) >=
	    (int)sizeof(what))
		return say_usage("who", "too long");
	return send(&w, "who", what);
}

int cmd_release(int argc, char **argv)
{
	static const char name[] = "journal release";
	struct who w = {.list = {.end = ""}};
	char what[3300];
	int status = read_options(&w, name, argc, argv, release_help);

	if (status >= 0)
		return status;
	if (!w.amc == !w.askers[0] || w.ref || w.living)
		return say_usage(name, "--amc or --asker, one of them");
	if (!w.list.out && !w.list.write)
		return say_usage(name, "--out FILE is needed: it holds keys");
	if (snprintf(what, sizeof(what), "release %s=%s", w.amc ? "amc" :
		"asker", w.amc ? w.amc : w.askers) >= (int)sizeof(what))
		return say_usage(name, "too long");
	return send(&w, name, what);
}
