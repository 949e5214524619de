/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include "base/lines.h"
#include "base/text.h"
#include "insurer/cmd.h"
#include "insurer/handle.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "lang/option.h"
#include "told/unread.h"

#define HANDLE_TEXT TEXT_B64_SIZE(HANDLE_SIZE)

static const char help[] =
"Usage: ecluse-insurer open --handle-key FILE --amc AMC (HANDLE… | -)\n"
"       ecluse-insurer open --handle-key FILE --amc AMC --scope FILE\n"
"       ecluse-insurer open --handle-key FILE --amc AMC --reverse (REF… | -)\n"
"\n"
"Turns handles, which is what the platform's lists carry, back into the\n"
"mutuelle's own references. Nobody else can.\n"
"\n"
"One line a handle, in the order given: the handle, a semicolon, the reference;\n"
"the reference is empty when this key did not make the handle for this AMC. \"-\"\n"
"reads handles from standard input, one a line.\n"
"\n"
"  --amc AMC          the mutuelle's number, 10 digits\n"
"  --handle-key FILE  its handle key\n"
"  --scope FILE       a list of persons read, as `ecluse journal scope` gives it:\n"
"                     printed again with \"reference\" beside each \"ref\" of this\n"
"                     AMC\n"
"  --reverse          the other way: the handles of these references, for\n"
"                     `ecluse who`\n"
"  --help             this text\n"
"\n"
"Exit status: 0 all were opened, 1 one was not, 2 wrong usage, 5 the system\n"
"refused.\n"
"\n"
"  $ ecluse-insurer open --handle-key handle.key --amc 0099100001 q0fV…\n"
"  q0fV…;A0611953-3\n";

struct run {
	struct amc amc;
	const char *handle_key, *scope;
	bool has_amc, reverse;
	struct handle_key handles;
	bool failed;
};

static bool open_text(
    struct run *run, struct span text, char ref[static LIMIT_REF + 1])
{
	uint8_t handle[HANDLE_SIZE];
	size_t n;

	if (text_unb64url(text, handle, sizeof(handle), &n) == ERR_OK &&
	    handle_open(&run->handles, span_of(handle, n), ref) == ERR_OK)
		return true;
	run->failed = true;
	return false;
}

/* What cannot be a handle is not echoed: it may be anything. */
static void tell_opened(struct run *run, struct span text)
{
	char ref[LIMIT_REF + 1] = "";
	bool plain = text.n < HANDLE_TEXT;

	for (size_t i = 0; i < text.n && plain; i++)
		plain = text.p[i] > ' ' && text.p[i] <= '~';
	(void)open_text(run, text, ref);
	printf("%.*s;%s\n", plain ? (int)text.n : 1,
	    plain ? (const char *)text.p : "?", ref);
}

/* A reference, and the handle that the feeds carry for it. */
static void tell_reverse(struct run *run, struct span ref)
{
	uint8_t handle[HANDLE_SIZE];
	char text[HANDLE_TEXT] = "";
	size_t n = 0;

	if (handle_seal(&run->handles, ref, handle, &n) == ERR_OK)
		(void)text_b64url(handle, n, text);
	else
		run->failed = true;
	printf("%.*s;%s\n", (int)ref.n, (const char *)ref.p, text);
}

static void tell(struct run *run, struct span text)
{
	if (run->reverse)
		tell_reverse(run, text);
	else
		tell_opened(run, text);
}

static int open_input(struct run *run)
{
	struct lines in;
	char *line;
	size_t n;
	enum err e = lines_open(&in, "-", HANDLE_TEXT);

	if (e)
		return cmd_file_fault("open", "-", e);
	for (;;) {
		e = lines_next(&in, &line, &n);
		if (e == ERR_LIMIT)
			tell(run, span_str(""));
		else if (e)
			break;
		else
			tell(run, span_of(line, n));
	}
	lines_close(&in);
	return e == ERR_CLOSED ? CMD_DONE : CMD_OUTPUT;
}

/* One person of a scope; those of other mutuelles stay as they are. A reference
 * is what this key opened, and never what the file says; a line that is nobody's
 * is told by the exit status, for it may be one of ours. */
static void open_person(struct run *run, json_t *person)
{
	const char *amc = json_string_value(json_object_get(person, "amc"));
	const char *handle = json_string_value(json_object_get(person, "ref"));
	char ref[LIMIT_REF + 1];

	(void)json_object_del(person, "reference");
	if (!amc)
		run->failed = true;
	if (!amc || strcmp(amc, run->amc.text) != 0)
		return;
	if (open_text(run, span_str(handle ? handle : ""), ref))
		json_object_set_new(person, "reference", json_string(ref));
	else
		json_object_set_new(person, "reference", json_null());
}

/* "name":[...] with one person a line. */
static void print_list(struct run *run, json_t *list)
{
	size_t i;
	json_t *person;

	fputs("[", stdout);
	json_array_foreach (list, i, person) {
		fputs(i > 0 ? ",\n" : "\n", stdout);
		open_person(run, person);
		(void)json_dumpf(person, stdout, JSON_COMPACT);
	}
	fputs("]", stdout);
}

/* Whoever wrote the file chose the names too. */
static void print_name(const char *name, bool first)
{
	json_t *text = json_string(name);

	fputs(first ? "" : ",\n", stdout);
	(void)json_dumpf(text, stdout, JSON_ENCODE_ANY);
	fputs(":", stdout);
	json_decref(text);
}

static void print_scope(struct run *run, json_t *scope)
{
	const char *name;
	json_t *value;
	bool first = true;

	fputs("{", stdout);
	json_object_foreach (scope, name, value) {
		print_name(name, first);
		first = false;
		if (strcmp(name, "read") == 0 ||
		    strcmp(name, "cannot_be_excluded") == 0)
			print_list(run, value);
		else
			(void)json_dumpf(value, stdout,
			    JSON_COMPACT | JSON_ENCODE_ANY);
	}
	fputs("}\n", stdout);
}

/* Lists of persons, both, where they are there: what is none would be printed
 * as an empty one. */
static bool is_scope(const json_t *o)
{
	const json_t *doubt = json_object_get(o, "cannot_be_excluded");

	return json_is_array(json_object_get(o, "read")) &&
	    (!doubt || json_is_array(doubt));
}

static int open_scope(struct run *run)
{
	json_error_t error;
	json_t *scope =
	    json_load_file(run->scope, JSON_REJECT_DUPLICATES, &error);

	if (!is_scope(scope)) {
		const char *why = unread_why(run->scope, ERR_SHAPE);

		cmd_say("open", "%s: %s", run->scope, why ? why :
		    _("not a scope (an object with \"read\")"));
		json_decref(scope);
		return CMD_USAGE;
	}
	print_scope(run, scope);
	json_decref(scope);
	return CMD_DONE;
}

static int run_open(struct run *run, char **handles)
{
	enum err e =
	    handle_load(run->handle_key, &run->amc, &run->handles);
	int status = CMD_DONE;

	if (e)
		return cmd_file_fault("open", run->handle_key, e);
	if (run->scope)
		status = open_scope(run);
	else if (strcmp(handles[0], "-") == 0)
		status = open_input(run);
	else
		for (; *handles; handles++)
			tell(run, span_str(*handles));
	handle_wipe(&run->handles);
	if (status == CMD_DONE && run->failed)
		status = CMD_FAULT;
	return cmd_finish(status);
}

enum { OPTION_AMC = 1, OPTION_HANDLE_KEY, OPTION_SCOPE, OPTION_REVERSE,
	OPTION_HELP };

static bool read_option(struct run *run, int option)
{
	switch (option) {
	case OPTION_AMC:
		run->has_amc = true;
		return cmd_read_amc("open", optarg, &run->amc);
	case OPTION_HANDLE_KEY:
		run->handle_key = optarg;
		return true;
	case OPTION_SCOPE:
		run->scope = optarg;
		return true;
	case OPTION_REVERSE:
		run->reverse = true;
		return true;
	default:
		return false;
	}
}

int cmd_open(int argc, char **argv)
{
	static const struct option options[] = {
	    {"amc", required_argument, NULL, OPTION_AMC},
	    {"handle-key", required_argument, NULL, OPTION_HANDLE_KEY},
	    {"scope", required_argument, NULL, OPTION_SCOPE},
	    {"reverse", no_argument, NULL, OPTION_REVERSE},
	    {"help", no_argument, NULL, OPTION_HELP},
	    {NULL, 0, NULL, 0},
	};
	struct run run = {0};
	int option;

	optind = 0;
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP) {
			help_print(help, stdout);
			return cmd_finish(CMD_DONE);
		}
		if (!read_option(&run, option))
			goto usage;
	}
	if (run.has_amc && run.handle_key &&
	    !run.scope == (optind < argc) && !(run.scope && run.reverse))
		return run_open(&run, argv + optind);
	cmd_say("open", "expected --amc, --handle-key and handles, "
	      "--scope or --reverse");
usage:
	return cmd_try("open");
}
