/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "cli/cmd_contract.h"
#include "cli/say.h"
#include "cli/tariffs.h"
#include "contract/check.h"
#include "json/write.h"
#include "lang/lang.h"
#include "lang/option.h"

static const char check_help[] =
"Usage: ecluse contract check [OPTION…] FILE…\n"
"\n"
"Reads contracts, and says of each whether it is responsable (CSS L.871-1,\n"
"R.871-2) and if not, which article each line breaks, and by how much. A text\n"
"that cannot be read is told with line, column and cure.\n"
"\n"
"  --date DAY      on this day (default: the contract's first)\n"
"  --rules FOLDER  rules in place of data/rules\n"
"  --french        findings in French\n"
"  --json          one object a contract\n"
"  --help          this text\n"
"\n"
"Exit status: 0 each is what it says it is, 1 one is not or cannot be read,\n"
"2 wrong usage.\n"
"\n"
"  $ ecluse contract check data/contracts/basic.contract\n"
"  BASIC: responsable\n";

static const char show_help[] =
"Usage: ecluse contract show [OPTION…] FILE…\n"
"\n"
"Prints the table of a contract as a member reads it: what is covered, when,\n"
"and how much.\n"
"\n"
"  --rules FOLDER  rules in place of data/rules\n"
"  --french        in French\n"
"  --help          this text\n"
"\n"
"Exit status: 0 shown, 1 a contract cannot be read, 2 wrong usage.\n";

static const char diff_help[] =
"Usage: ecluse contract diff [OPTION…] OLD NEW\n"
"\n"
"Says what NEW changes for a member of OLD: lines that are there no more, that\n"
"are new, and that say something else.\n"
"\n"
"  --rules FOLDER  rules in place of data/rules\n"
"  --french        in French\n"
"  --help          this text\n"
"\n"
"Exit status: 0 they say the same, 1 they do not or cannot be read, 2 wrong\n"
"usage.\n";

static const char list_help[] =
"Usage: ecluse contract check|show|diff [OPTION…]\n"
"\n"
"  check  is it responsable, and if not, what breaks which article\n"
"  show   the member's table\n"
"  diff   what another version changes\n"
"\n"
"Each has its own --help.\n";

struct options {
	const char *rules;
	int32_t day;		/* 0: the contract's first */
	bool french, json, help;
};

static int read_options(struct options *o, const char *what, int argc,
    char **argv)
{
	static const struct option long_options[] = {
	    {"date", required_argument, NULL, 'd'},
	    {"rules", required_argument, NULL, 'r'},
	    {"french", no_argument, NULL, 'f'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = lang_option(argc, argv, "", long_options)) != -1)
		switch (c) {
		case 'd':
			if (date_parse(span_str(optarg), &o->day))
				return say_usage(what, "--date 2026-03-01");
			break;
		case 'r': o->rules = optarg; break;
		case 'f': o->french = true; break;
		case 'j': o->json = true; break;
		case 'h': o->help = true; return SAY_DONE;
		default: return say_usage(what, "see the options");
		}
	if (optind == argc)
		return say_usage(what, "which contract?");
	return SAY_DONE;
}

/* --- check --- */

struct told {
	const struct options *o;
	struct json_writer *w;
};

static void tell(void *ctx, const struct contract_breach *b)
{
	struct told *t = ctx;
	const char *words = t->o->french ? b->words_fr : b->words_en;

	if (!t->o->json) {
		if (b->line)
			(void)printf(_("  line %u: %s: %s\n"), b->line,
			    b->article, words);
		else
			(void)printf("  %s: %s\n", b->article, words);
		return;
	}
	json_write_begin(t->w, '{');
	json_write_name(t->w, "line");
	json_write_int(t->w, b->line);
	json_write_pair(t->w, "article", b->article);
	json_write_pair(t->w, "fr", b->words_fr);
	json_write_pair(t->w, "en", b->words_en);
	json_write_end(t->w, '}');
}

static void count(void *ctx, const struct contract_breach *b)
{
	(void)ctx, (void)b;
}

/* true: the contract is what it says. */
static bool check_one(const struct tariffs *t, const struct options *o,
    const struct contract *c)
{
	int32_t day = o->day ? o->day : c->from_day;
	struct buf out;
	struct json_writer w;
	struct told told = {o, &w};
	unsigned found;

	buf_init(&out, 1u << 20);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_pair(&w, "contract", c->code);
	json_write_name(&w, "breaches");
	json_write_begin(&w, '[');
	found = contract_check(c, t->rules, day, count, NULL);
	if (!o->json)
		(void)printf("%s: %s%s\n", c->code, found ?
		    _("not responsable") : _("responsable"),
		    c->responsible == (found == 0) ? "" :
		    _(", and says otherwise"));
	(void)contract_check(c, t->rules, day, tell, &told);
	json_write_end(&w, ']');
	json_write_name(&w, "responsible");
	json_write_bool(&w, found == 0);
	json_write_name(&w, "says_so");
	json_write_bool(&w, c->responsible);
	json_write_end(&w, '}');
	if (o->json)
		(void)printf("%.*s\n", (int)out.n, (const char *)out.p);
	buf_release(&out);
	return c->responsible == (found == 0);
}

/* --- show --- */

static void show_one(const struct contract *c, bool french)
{
	char day[DATE_TEXT_SIZE], what[320], when[120];

	date_format(c->from_day, day);
	(void)printf("%s  %s  (%s %s)\n", c->code,
	    french ? c->label_fr : c->label_en,
	    french ? "à partir du" : "from", day);
	for (size_t i = 0; i < c->cover_count; i++) {
		const struct contract_cover *k = &c->covers[i];

		contract_say(k, french, what, sizeof(what));
		contract_say_when(k, french, when, sizeof(when));
		(void)printf("  %-20s %-16s %s\n", k->word, when, what);
	}
	for (size_t i = 0; i < c->wait_count; i++)
		(void)printf(french ? "  %-20s délai de carence : %u mois\n" :
		    "  %-20s waiting period: %u months\n", c->waits[i].word,
		    c->waits[i].months);
}

/* --- diff --- */

static bool is_same_place(
    const struct contract_cover *a, const struct contract_cover *b)
{
	return a->target == b->target && strcmp(a->word, b->word) == 0 &&
	    a->class == b->class && a->optam == b->optam &&
	    a->network == b->network && a->child == b->child &&
	    a->off_pathway == b->off_pathway && a->lens_case == b->lens_case;
}

static const struct contract_cover *counterpart(
    const struct contract *c, const struct contract_cover *of)
{
	for (size_t i = 0; i < c->cover_count; i++)
		if (is_same_place(&c->covers[i], of))
			return &c->covers[i];
	return NULL;
}

static void print_side(char sign, const struct contract_cover *c, bool french)
{
	char what[320], when[120];

	contract_say(c, french, what, sizeof(what));
	contract_say_when(c, french, when, sizeof(when));
	(void)printf("%c %s%s%s: %s\n", sign, c->word, when[0] ? " " : "",
	    when, what);
}

static bool diff(const struct contract *a, const struct contract *b,
    bool french)
{
	bool same = true;

	for (size_t i = 0; i < a->cover_count; i++) {
		const struct contract_cover *old = &a->covers[i];
		const struct contract_cover *now = counterpart(b, old);
		char x[320], y[320] = "";

		contract_say(old, french, x, sizeof(x));
		if (now)
			contract_say(now, french, y, sizeof(y));
		if (strcmp(x, y) == 0)
			continue;
		same = false;
		print_side('-', old, french);
		if (now)
			print_side('+', now, french);
	}
	for (size_t i = 0; i < b->cover_count; i++)
		if (!counterpart(a, &b->covers[i])) {
			same = false;
			print_side('+', &b->covers[i], french);
		}
	return same;
}

/* --- the commands --- */

static int run(const char *what, const struct options *o, struct tariffs *t,
    int argc, char **argv)
{
	bool good = true;
	int i;

	if (tariffs_rules(t, o->rules))
		return SAY_USAGE;
	for (i = optind; i < argc; i++)
		if (tariffs_contract(t, argv[i]))
			good = false;
	if (!good)
		return SAY_CHECK_FAILED;
	if (strcmp(what, "diff") == 0) {
		if (t->count != 2)
			return say_usage("contract diff", "two contracts");
		good = diff(t->list[0].contract, t->list[1].contract, o->french);
	}
	for (size_t n = 0; n < t->count; n++) {
		if (strcmp(what, "show") == 0)
			show_one(t->list[n].contract, o->french);
		if (strcmp(what, "check") == 0)
			good = check_one(t, o, t->list[n].contract) && good;
	}
	return good ? SAY_DONE : SAY_CHECK_FAILED;
}

int cmd_contract(int argc, char **argv)
{
	static const struct {
		const char *name, *usage, *help;
	} parts[] = {{"check", "contract check", check_help},
	    {"show", "contract show", show_help},
	    {"diff", "contract diff", diff_help}};
	const char *what = argc > 1 ? argv[1] : "";
	struct options o = {NULL};
	struct tariffs t = {NULL};
	int status;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(what, parts[i].name) != 0)
			continue;
		status = read_options(
		    &o, parts[i].usage, argc - 1, argv + 1);
		if (o.help)
			return say_help(parts[i].help);
		if (status)
			return status;
		status = run(what, &o, &t, argc - 1, argv + 1);
		tariffs_release(&t);
		return status;
	}
	return say_parts(list_help, what);
}
