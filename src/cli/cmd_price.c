/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/lines.h"
#include "cli/cmd_price.h"
#include "cli/say.h"
#include "cli/share.h"
#include "cli/tariffs.h"
#include "lang/lang.h"
#include "price/inquiry.h"

static const char help[] =
"Usage: ecluse price [--contract FILE]… [--contracts FOLDER] [OPTION…] [FILE]\n"
"\n"
"Prices the acts of each line of FILE (standard input without one): what the\n"
"mutuelle pays, to the cent, and why. One JSON object a line in, one a line\n"
"out, in the same order; a line that is wrong has its error in its place.\n"
"Nothing is asked and nothing is written anywhere.\n"
"\n"
"  {\"id\",\"date\",\"contract\",\"beneficiary\":{\"age_class\"…},\"counters\":{…},\n"
"   \"lines\":[{\"n\",\"act\",\"price\",\"quantity\",\"base\",\"rate\",\"amo\",\n"
"   \"participation\",\"class\",\"optam\",\"pathway\",\"exemption\",\"side\"}]}\n"
"\n"
"  {\"id\",\"lines\":[{\"n\",\"amo\",\"participation\",\"amc\",\"remainder\",\n"
"   \"steps\":[…]}],\"amc\",\"remainder\",\"flags\":[…]}\n"
"\n"
"Amounts are of the whole line, decimal strings in euros. What is left out of\n"
"a line is looked up by act and date in data/rules; a figure that is not\n"
"confirmed is named in flags. docs/price.md is the manual.\n"
"\n"
"  --contract FILE     a contract (ecluse-contract(5)); may be repeated, and\n"
"                      lines name the one they mean\n"
"  --contracts FOLDER  every *.contract of a folder (default: the invented\n"
"                      ones of data/contracts)\n"
"  --rules FOLDER      rules in place of data/rules\n"
"  --steps             with the explanation: rule, source, amounts, and words\n"
"                      in French and English\n"
"  --explain LANGUAGE  fr or en: for a person to read, instead of JSON\n"
"  --help              this text\n"
"\n"
"Exit status: 0 every line was priced, 1 a line was not, 2 wrong usage,\n"
"5 input or output failed.\n"
"\n"
"  $ echo '{\"date\":\"2025-03-01\",\"contract\":\"BASIC\",\"lines\":[{\"act\":\"G\",\n"
"      \"price\":\"30.00\"}]}' | tr -d '\\n' | ecluse price --explain en\n"
"  1 G: price 30.00, mutuelle 9.00, left to pay 2.00\n";

struct run {
	struct tariffs tariffs;
	struct json_token *tokens;
	struct inquiry inquiry;
	struct price_result result;
	struct buf out;
	bool steps, person, french;
	bool fault;		/* a line was not priced */
};

static void refuse(struct run *r, const char *field, const char *words)
{
	r->fault = true;
	if (r->person)
		(void)printf("%s: %s: %s\n", r->inquiry.id, field, words);
	else
		inquiry_refuse(&r->inquiry, field, words, &r->out);
}

/* For a person: amounts, then the steps as sentences. */
static void tell(struct run *r)
{
	char price_of[MONEY_TEXT], amc[MONEY_TEXT], rest[MONEY_TEXT];
	char words[480];

	for (unsigned i = 0; i < r->inquiry.ask.line_count; i++) {
		const struct price_line *l = &r->inquiry.ask.lines[i];
		const struct price_share *s = &r->result.shares[i];

		money_format(l->price, price_of);
		money_format(s->amc, amc);
		money_format(s->remainder, rest);
		(void)printf(r->french ? "%u %s : prix %s, mutuelle %s, reste "
		    "à payer %s\n" : "%u %s: price %s, mutuelle %s, left to "
		    "pay %s\n", l->n, l->act->code, price_of, amc, rest);
		for (unsigned k = 0; k < s->step_count; k++) {
			price_say(&s->steps[k], r->french, words,
			    sizeof(words));
			(void)printf("  %s\n", words);
		}
	}
	for (unsigned i = 0; i < r->result.doubt_count; i++)
		(void)printf(r->french ? "  non confirmé : %s\n" :
		    "  not confirmed: %s\n", r->result.doubts[i]->key);
}

static void answer(struct run *r)
{
	if (r->person)
		tell(r);
	else
		inquiry_answer(
		    &r->inquiry, &r->result, r->steps, &r->out);
}

static void one(struct run *r, struct span text)
{
	const struct price_plan *plan;
	struct inquiry_fault fault;
	struct price_fault why = {0, "", ""};
	char field[80];

	if (inquiry_read(text, r->tariffs.rules, r->tokens, &r->inquiry,
		&fault)) {
		refuse(r, fault.field, fault.words);
		return;
	}
	plan = tariffs_plan(&r->tariffs, r->inquiry.contract,
	    r->inquiry.ask.day);
	if (!plan) {
		refuse(r, "contract", r->inquiry.contract[0] ?
		    "no such contract here: --contract, --contracts" :
		    "several contracts are here: say which");
		return;
	}
	if (price(plan, &r->inquiry.ask, r->steps || r->person, &r->result,
		&why)) {
		(void)snprintf(field, sizeof(field), "lines[%u].%s", why.line,
		    why.field);
		refuse(r, field, why.words);
		return;
	}
	answer(r);
}

static int each_line(struct run *r, const char *path)
{
	struct lines l;
	char *line;
	size_t n;
	enum err e = lines_open(&l, path, INQUIRY_MOST);

	if (e) {
		say("%s: cannot be read: %s", path, say_why(NULL, e));
		return SAY_TRANSPORT;
	}
	while ((e = lines_next(&l, &line, &n)) != ERR_CLOSED &&
	    e != ERR_IO && e != ERR_NOMEM) {
		r->inquiry.id[0] = '\0';
		if (e)
			refuse(r, "", "longer than 65,536 bytes");
		else if (n > 0)
			one(r, span_of(line, n));
		(void)fwrite(r->out.p, 1, r->out.n, stdout);
		buf_clear(&r->out);
	}
	lines_close(&l);
	if (fflush(stdout) != 0 || e != ERR_CLOSED)
		return SAY_TRANSPORT;
	return r->fault ? SAY_CHECK_FAILED : SAY_DONE;
}

struct options {
	const char *rules, *folder;
	const char *contracts[64];
	size_t contract_count;
};

static int read_options(
    struct run *r, struct options *o, int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"contract", required_argument, NULL, 'c'},
	    {"contracts", required_argument, NULL, 'C'},
	    {"rules", required_argument, NULL, 'r'},
	    {"steps", no_argument, NULL, 's'},
	    {"explain", required_argument, NULL, 'e'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			if (o->contract_count == 64)
				return say_usage("price",
				    "64 contracts at most: use --contracts");
			o->contracts[o->contract_count++] = optarg;
			break;
		case 'C': o->folder = optarg; break;
		case 'r': o->rules = optarg; break;
		case 's': r->steps = true; break;
		case 'e':
			r->person = true;
			r->french = strcmp(optarg, "fr") == 0;
			if (!r->french && strcmp(optarg, "en") != 0)
				return say_usage("price", "--explain fr|en");
			break;
		case 'h':
			return say_help(help) - 1;
		default:
			return say_usage("price", "see the options");
		}
	}
	return argc - optind > 1 ? say_usage("price", "one file at most") :
	    SAY_DONE;
}

static enum err load(struct run *r, const struct options *o)
{
	char path[4096];
	enum err e = tariffs_rules(&r->tariffs, o->rules);

	for (size_t i = 0; i < o->contract_count && !e; i++)
		e = tariffs_contract(&r->tariffs, o->contracts[i]);
	if (!e && o->folder)
		e = tariffs_folder(&r->tariffs, o->folder);
	if (!e && !o->folder && o->contract_count == 0) {
		share_path("data/contracts", path, sizeof(path));
		e = tariffs_folder(&r->tariffs, path);
	}
	if (!e) {
		r->tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*r->tokens));
		e = r->tokens ? ERR_OK : ERR_NOMEM;
	}
	return e;
}

int cmd_price(int argc, char **argv)
{
	static struct run r;	/* large: a request has room for 64 lines */
	struct options o = {NULL};
	int status = read_options(&r, &o, argc, argv);

	if (status)
		return status < 0 ? SAY_DONE : status;
	buf_init(&r.out, 4u << 20);
	status = load(&r, &o) ? SAY_USAGE :
	    each_line(&r, optind < argc ? argv[optind] : "-");
	free(r.tokens);
	buf_release(&r.out);
	tariffs_release(&r.tariffs);
	return status;
}
