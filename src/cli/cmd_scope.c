/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/act_list.h"
#include "cli/cmd_scope.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/option.h"

static const char help[] =
"Usage: ecluse journal scope [DIR] --asker ID… --from T --to T [--amc N]\n"
"                            [--admin-key FILE --admin-key FILE] [-o F]\n"
"\n"
"Exactly whom these askers read from T up to (not including) T: the persons,\n"
"as the handles that only their mutuelle can turn back (ecluse-insurer open\n"
"--scope), with the entries that prove it. Two administrators sign it, and\n"
"that they asked is itself written down.\n"
"\n"
"  --asker ID        key:…, rpps:… or site:…; may be repeated\n"
"  --from T --to T   times of RFC 3339\n"
"  --amc N           this mutuelle's persons only\n"
"  --admin-key FILE  two private keys (PEM); a drill has its own\n"
"  --log ORIGIN      in a log before this one, that ended with a restore\n"
"  -o F              write to F instead of standard output\n"
"  --write NOTE      do not ask: put the signed act into this new file, for\n"
"                    another administrator (ecluse sign, ecluse send)\n"
"\n"
"Prints one JSON object: {\"read\":[{operator, hosted_by, amc, ref, fields,\n"
"indexes, times}], \"cannot_be_excluded\":[…], \"refused\":n, \"missed\":n,\n"
"\"checkpoint\":\"…\"}; after a restore \"gap\" (entries that are lost: nobody of\n"
"that time can be excluded) and \"other_logs\" where the interval touches them.\n"
"\n"
"Exit status: 0 done, 1 a signature is wrong, 2 wrong usage, 3 refused,\n"
"4 unknown AMC, 5 not running.\n";

struct scope {
	struct act_list list;
	const char *from, *to, *amc, *log;
	char askers[2048];
};

static int run(const struct scope *s)
{
	char line[3000];

	if (!act_send_fits("asker", s->askers) ||
	    !act_send_fits("from", s->from) || !act_send_fits("to", s->to) ||
	    !act_send_fits("amc", s->amc) || !act_send_fits("log", s->log))
		return SAY_USAGE;
	if (snprintf(line, sizeof(line),
		"scope asker=%s from=%s to=%s%s%s%s%s\n", s->askers, s->from,
		s->to, s->amc ? " amc=" : "", s->amc ? s->amc : "",
		s->log ? " log=" : "", s->log ? s->log : "") >=
	    (int)sizeof(line))
		return say_usage("journal scope", "too long");
	return act_list(&s->list, line);
}

static bool add_asker(struct scope *s, const char *id)
{
	size_t n = strlen(s->askers);

	return snprintf(s->askers + n, sizeof(s->askers) - n, "%s%s",
	    n ? "," : "", id) < (int)(sizeof(s->askers) - n);
}

int cmd_scope(int argc, char **argv)
{
	static const struct option options[] = {
	    {"asker", required_argument, NULL, 'a'},
	    {"from", required_argument, NULL, 'f'},
	    {"to", required_argument, NULL, 't'},
	    {"amc", required_argument, NULL, 'm'},
	    {"log", required_argument, NULL, 'l'},
	    {"admin-key", required_argument, NULL, 'k'},
	    {"dir", required_argument, NULL, 'd'},
	    {"output", required_argument, NULL, 'o'},
	    {"write", required_argument, NULL, 'w'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct scope s = {.list = {.end = "\n"}};
	bool fits = true;
	int c;

	while ((c = lang_option(argc, argv, "o:", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'a')
			fits = fits && add_asker(&s, optarg);
		else if (c == 'f')
			s.from = optarg;
		else if (c == 't')
			s.to = optarg;
		else if (c == 'l')
			s.log = optarg;
		else if (c == 'm')
			s.amc = optarg;
		else if (c == 'k' && s.list.key_count < ACT_SEND_KEYS)
			s.list.keys[s.list.key_count++] = optarg;
		else if (c == 'd')
			s.list.dir = optarg;
		else if (c == 'o')
			s.list.out = optarg;
		else if (c == 'w')
			s.list.write = optarg;
		else if (c != 'j')	/* it is JSON in any case */
			return say_usage("journal scope",
			    "option not understood");
	}
	s.list.dir = where_take(argc, argv, &optind, s.list.dir);
	if (!s.list.dir || !s.askers[0] || !fits || !s.from || !s.to ||
	    optind != argc)
		return say_usage("journal scope",
		    "--asker, --from, --to and the instance are needed");
	return run(&s);
}
