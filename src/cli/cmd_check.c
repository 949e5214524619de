/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include "base/file.h"
#include "cli/cmd_check.h"
#include "cli/say.h"
#include "ids/sentence.h"
#include "ids/severity.h"
#include "lang/lang.h"
#include "lang/option.h"

#define CONFIG_MAX 65536	/* bytes of a severities file */

enum { EXIT_FINE = 0, EXIT_FAULT = 1, EXIT_USAGE = 2, EXIT_OUTPUT = 5 };

static const char help[] =
"Usage: ecluse check [OPTION…] KIND VALUE…\n"
"\n"
"Checks identifiers: their form, their length and their check digits. Nothing\n"
"is looked up and nothing is kept.\n"
"\n"
"KIND is one of\n"
"  nir     social security number, 15 characters (13 without the key: warning)\n"
"  rpps    health professional, 11 digits (also 8 + RPPS, the IDNPS)\n"
"  finess  health establishment, 9 characters\n"
"  siren   organisation, 9 digits\n"
"  siret   establishment, 14 digits, La Poste's own included\n"
"  amc     complementary insurer, 10 digits (fewer: read with zeros in front)\n"
"\n"
"VALUE may hold spaces and lower case. \"-\" alone reads values from standard\n"
"input, one a line. Behind \"--\" nothing is an option.\n"
"\n"
"One line a value, in the order given:\n"
"  VALUE: valid\n"
"  VALUE: warning: what is unusual, and does happen in honest data\n"
"  VALUE: error: what is wrong\n"
"\n"
"  --strict       warnings are errors\n"
"  --config FILE  how grave each finding is (data/identifiers.conf explains)\n"
"  --notes        what is rare but right, in brackets behind \"valid\"\n"
"  --json         an array of {value, verdict, finding, message}\n"
"  --help         this text\n"
"\n"
"Exit status: 0 no error, 1 at least one, 2 wrong usage.\n"
"\n"
"  $ ecluse check nir '2 95 10 99 126 111 93'\n"
"  2 95 10 99 126 111 93: valid\n"
"  $ ecluse check finess 0B0172805 020004300\n"
"  0B0172805: warning: letters outside Corsica: a number of a test environment\n"
"  020004300: warning: the check digit does not match\n";

struct run {
	enum ids_kind kind;
	struct severity_table table;
	bool strict, json, notes;
	bool any;	/* a value was told already */
	bool fault;	/* one of them is an error */
};

/* The value for a terminal: control characters would act on it. */
static void print_plain(struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		uint8_t c = value.p[i];

		(void)putchar(c < 0x20 || c == 0x7f ? '?' : c);
	}
}

/* The value as JSON text; bytes that are not UTF-8 become question marks. */
static json_t *json_value(struct span value)
{
	json_t *text = json_stringn((const char *)value.p, value.n);
	struct buf b;

	if (text != NULL)
		return text;
	buf_init(&b, value.n);
	for (size_t i = 0; i < value.n; i++)
		buf_put_u8(&b, value.p[i] < 0x80 ? value.p[i] : '?');
	text = json_stringn((const char *)b.p, b.n);
	buf_release(&b);
	return text;
}

static void tell_json(const struct run *run, struct span value,
    struct severity_verdict v, const char *message)
{
	bool clean = v.finding == IDS_CLEAN;
	json_t *o = json_pack("{s:o, s:s, s:s?, s:s?}",
	    "value", json_value(value),
	    "verdict", severity_name(v.severity),
	    "finding", clean ? NULL : ids_finding_name(v.finding),
	    "message", clean ? NULL : message);

	(void)fputs(run->any ? ",\n " : "[", stdout);
	(void)json_dumpf(o, stdout, JSON_COMPACT);
	json_decref(o);
}

static void tell_text(const struct run *run, struct span value,
    struct severity_verdict v, const char *message)
{
	print_plain(value);
	(void)printf(": %s", severity_name(v.severity));
	if (v.severity != SEVERITY_OK)
		(void)printf(": %s", message);
	else if (run->notes && v.finding != IDS_CLEAN)
		(void)printf(" (%s)", message);
	(void)putchar('\n');
}

static void check_value(struct run *run, struct span value)
{
	char text[IDS_TEXT_SIZE];
	struct ids_found found = ids_parse(run->kind, value, text);
	struct severity_verdict v =
	    severity_judge(&run->table, run->kind, found, run->strict);
	const char *message =
	    sentence_of(run->kind, v.finding, !run->json && lang_french() ?
		SENTENCE_FRENCH : SENTENCE_ENGLISH);

	if (run->json)
		tell_json(run, value, v, message);
	else
		tell_text(run, value, v, message);
	run->any = true;
	run->fault |= v.severity == SEVERITY_ERROR;
}

/* One value a line; the line end (LF or CR LF) is not part of it. */
static void check_lines(struct run *run)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			n--;
		if (n > 0 && line[n - 1] == '\r')
			n--;
		check_value(run, span_of(line, (size_t)n));
	}
	free(line);
}

static bool read_config(const char *path, struct severity_table *table)
{
	unsigned line = 0;
	struct buf text;
	enum err e;

	buf_init(&text, CONFIG_MAX);
	e = file_read(path, &text);
	if (e == ERR_OK)
		e = severity_read(buf_span(&text), table, &line);
	buf_release(&text);
	if (e == ERR_OK)
		return true;
	if (line > 0)
		(void)say_usage("check", "%s:%u: %s", path, line,
		    e == ERR_REFUSED ? _("this kind has no such finding, or "
		    "it is an error always") : e == ERR_UNKNOWN ?
		    _("a word that means nothing here") :
		    e == ERR_EXISTS ? _("said once already") :
		    _("expected: KIND FINDING ok|warning|error"));
	else
		(void)say_usage("check", "%s: %s", path,
		    say_why_file(path, e));
	return false;
}

enum {
	OPTION_STRICT = 1, OPTION_CONFIG, OPTION_NOTES, OPTION_JSON,
	OPTION_HELP
};

/* Fills *run from the options; a status when there is nothing more to do. */
static int read_options(int argc, char **argv, struct run *run)
{
	static const struct option options[] = {
		{ "strict", no_argument, NULL, OPTION_STRICT },
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "notes", no_argument, NULL, OPTION_NOTES },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	optind = 0;	/* glibc: begin anew, main may have read options */
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		switch (option) {
		case OPTION_STRICT:
			run->strict = true;
			break;
		case OPTION_NOTES:
			run->notes = true;
			break;
		case OPTION_JSON:
			run->json = true;
			break;
		case OPTION_CONFIG:
			if (!read_config(optarg, &run->table))
				return EXIT_USAGE;
			break;
		case OPTION_HELP:
			return say_help(help);
		default:
			return say_usage("check", "option not understood");
		}
	}
	return -1;
}

int cmd_check(int argc, char **argv)
{
	struct run run = {
		.table = severity_defaults(),
	};
	int status = read_options(argc, argv, &run);

	if (status >= 0)
		return status;
	if (argc - optind < 2)
		return say_usage("check",
		    "expected a kind and at least one value");
	if (ids_kind_find(span_str(argv[optind]), &run.kind) != ERR_OK)
		return say_usage("check", "no kind \"%s\"; there are nir, "
		    "rpps, finess, siren, siret, amc", argv[optind]);
	for (int i = optind + 1; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0)
			check_lines(&run);
		else
			check_value(&run, span_str(argv[i]));
	}
	if (run.json)
		(void)fputs(run.any ? "]\n" : "[]\n", stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_OUTPUT;
	return run.fault ? EXIT_FAULT : EXIT_FINE;
}
