/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/cmd_price.h"
#include "cli/pricing.h"
#include "cli/say.h"
#include "lang/option.h"

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
"   \"participation\",\"class\",\"optam\",\"pathway\",\"exemption\",\"side\",\n"
"   \"network\",\"other\"}]}\n"
"\n"
"  beneficiary  age in years, or age_class: adult, senior, child, under20,\n"
"               under18, under16, under6; regime: general, alsace-moselle;\n"
"               zone: reunion…; since: the first day in the contract\n"
"  class        A, B, moderate; of hearing aids I, II as well\n"
"  optam        true, false: sector 2 in OPTAM or outside; left out: sector 1\n"
"  pathway      false: outside the pathway of care\n"
"  exemption    ald, maternity, at, c2s, invalidity, prevention, long-stay\n"
"  side         left, right: the ear\n"
"  network      true, false: is the professional in the contract's network\n"
"  other        what an insurer before this one paid\n"
"\n"
"  {\"id\",\"lines\":[{\"n\",\"amo\",\"participation\",\"amc\",\"remainder\",\n"
"   \"steps\":[…]}],\"amc\",\"remainder\",\"flags\":[…]}\n"
"\n"
"Amounts are of the whole line, decimal strings in euros. What is left out of\n"
"a line is looked up by act and date in data/rules; a figure that is not\n"
"confirmed is named in flags. A step is rule, source, amount before and after,\n"
"and words in French and English. docs/price.md is the manual.\n"
"\n"
"  --contract FILE     a contract (ecluse-contract(5)); may be repeated, and\n"
"                      lines name the one they mean\n"
"  --contracts FOLDER  every *.contract of a folder (default: the invented\n"
"                      ones of data/contracts)\n"
"  --rules FOLDER      rules in place of data/rules\n"
"  --no-steps          without the explanation: amounts and flags alone\n"
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
	struct pricing pricing;	/* large: a request has room for 64 lines */
	struct buf out;
	bool steps, person, french;
	bool fault;		/* a line was not priced */
};

static void refuse(struct run *r, const char *field, const char *words)
{
	r->fault = true;
	if (r->person)
		(void)printf(
		    "%s: %s: %s\n", r->pricing.inquiry.id, field, words);
	else
		inquiry_refuse(&r->pricing.inquiry, field, words, &r->out);
}

/* For a person: amounts, then the steps as sentences. */
static void tell_line(const struct run *r, const struct price_line *l,
    const struct price_share *s)
{
	char price_of[MONEY_TEXT], amc[MONEY_TEXT], rest[MONEY_TEXT];
	char words[480];

	money_format(l->price, price_of);
	money_format(s->amc, amc);
	money_format(s->remainder, rest);
	(void)printf(r->french ? "%u %s : prix %s, mutuelle %s, reste "
	    "à payer %s\n" : "%u %s: price %s, mutuelle %s, left to "
	    "pay %s\n", l->n, l->act->code, price_of, amc, rest);
	for (unsigned k = 0; k < s->step_count; k++) {
		price_say(&s->steps[k], r->french, words, sizeof(words));
		(void)printf("  %s\n", words);
	}
}

static void tell(const struct run *r)
{
	const struct price_ask *ask = &r->pricing.inquiry.ask;
	const struct price_result *result = &r->pricing.result;

	for (unsigned i = 0; i < ask->line_count; i++)
		tell_line(r, &ask->lines[i], &result->shares[i]);
	for (unsigned i = 0; i < result->doubt_count; i++)
		(void)printf(r->french ? "  non confirmé : %s\n" :
		    "  not confirmed: %s\n", result->doubts[i]->key);
}

static void one(void *ctx, struct span text)
{
	struct run *r = ctx;
	struct pricing *p = &r->pricing;

	if (pricing_line(p, text, r->steps || r->person))
		refuse(r, p->field, p->words);
	else if (r->person)
		tell(r);
	else
		inquiry_answer(&p->inquiry, &p->result, r->steps, &r->out);
}

static int read_options(
    struct run *r, struct pricing_from *o, int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"contract", required_argument, NULL, 'c'},
	    {"contracts", required_argument, NULL, 'C'},
	    {"rules", required_argument, NULL, 'r'},
	    {"no-steps", no_argument, NULL, 'n'},
	    {"explain", required_argument, NULL, 'e'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = lang_option(argc, argv, "", long_options)) != -1) {
		switch (c) {
		case 'c':
			if (o->file_count == PRICING_FILES)
				return say_usage("price",
				    "64 contracts at most: use --contracts");
			o->files[o->file_count++] = optarg;
			break;
		case 'C': o->folder = optarg; break;
		case 'r': o->rules = optarg; break;
		case 'n': r->steps = false; break;
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

int cmd_price(int argc, char **argv)
{
	static struct run r = {.steps = true};
	struct pricing_from o = {NULL};
	int status = read_options(&r, &o, argc, argv);

	if (status)
		return status < 0 ? SAY_DONE : status;
	buf_init(&r.out, 4u << 20);
	status = SAY_USAGE;
	if (!pricing_load(&r.pricing, &o))
		status = !pricing_each(optind < argc ? argv[optind] : "-",
		    &r.out, one, &r) ? SAY_TRANSPORT :
		    r.fault ? SAY_CHECK_FAILED : SAY_DONE;
	buf_release(&r.out);
	pricing_release(&r.pricing);
	return status;
}
