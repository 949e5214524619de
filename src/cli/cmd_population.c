/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "base/date.h"
#include "base/text.h"
#include "cli/cmd_population.h"
#include "cli/say.h"
#include "lang/lang.h"
#include "lang/option.h"
#include "people/next.h"
#include "people/population.h"

enum { EXIT_FINE = 0, EXIT_FAULT = 1, EXIT_USAGE = 2, EXIT_OUTPUT = 5 };

static const char help[] =
"Usage: ecluse population --members N --insurers K --seed S --out DIR [OPTION…]\n"
"       ecluse population next --from DIR --out DIR2 --date D --seed S\n"
"\n"
"Invents people, mutuelles, professionals and a day of questions. Nobody and\n"
"nothing in it exists: every number is in a range that is given to no one\n"
"(docs/population.md). The same options give the same bytes on every machine.\n"
"The keys follow from the seed: for drills and tests alone.\n"
"\n"
"  --members N        persons, 1 to 2,000,000: families with their children,\n"
"                     former members among them\n"
"  --insurers K       mutuelles, 1 to 60, the nth with 1/n of the first's\n"
"                     members; the last is reached through a hosted operator\n"
"  --seed S           a number; another gives other people\n"
"  --out DIR          a folder that is not there yet\n"
"  --date D           state of the books and day of the questions\n"
"                     (" PLAN_DAY_DEFAULT ")\n"
"  --sites N          about N sites instead of as many as the members need\n"
"  --professionals L  number of sites by profession, as optician=80,gp=20\n"
"  --cards WHICH      tokens in cards.csv: all (usual), some (one household in\n"
"                     ten) or none; signing takes most of the time\n"
"  --json             the report as one object\n"
"  --help             this text\n"
"\n"
"DIR gets people.csv (the truth), feed/<AMC>.csv, cards.csv, insurers.csv,\n"
"insurers/<AMC>/{feed.pem,card.pem,handle.key}, sites.csv, keys/<site>.pem,\n"
"day.ndjson (questions as `ecluse ask --file` takes them), day.csv (the answers\n"
"to expect) and population.txt.\n"
"\n"
"next makes the same population at a later date: contracts and cards that\n"
"change, rights that close, lines that are left out, people who join, and at a\n"
"new year renewals to 31 December; changes.csv says which.\n"
"\n"
"Exit status: 0 done, 2 wrong usage (a DIR that exists too), 5 output failed.\n"
"\n"
"  $ ecluse population --members 100000 --insurers 12 --seed 1 --out people\n"
"  $ ecluse population next --from people --out january --date 2027-01-04 \\\n"
"        --seed 2\n";

struct run {
	struct population make;
	struct next next;
	uint64_t members, insurers, sites;
	bool seeded, dated, json;
};

enum {
	OPTION_MEMBERS = 1, OPTION_INSURERS, OPTION_SEED, OPTION_OUT,
	OPTION_DATE, OPTION_SITES, OPTION_PROFESSIONALS, OPTION_CARDS,
	OPTION_FROM, OPTION_JSON, OPTION_HELP
};

static const struct option options[] = {
    {"members", required_argument, NULL, OPTION_MEMBERS},
    {"insurers", required_argument, NULL, OPTION_INSURERS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"out", required_argument, NULL, OPTION_OUT},
    {"date", required_argument, NULL, OPTION_DATE},
    {"sites", required_argument, NULL, OPTION_SITES},
    {"professionals", required_argument, NULL, OPTION_PROFESSIONALS},
    {"cards", required_argument, NULL, OPTION_CARDS},
    {"from", required_argument, NULL, OPTION_FROM},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool read_number(
    const char *name, uint64_t least, uint64_t most, uint64_t *ret)
{
	if (text_u64(span_str(optarg), most, ret) == ERR_OK && *ret >= least)
		return true;
	(void)say_usage("population", "--%s wants a number from %llu to %llu",
	    name, (unsigned long long)least, (unsigned long long)most);
	return false;
}

static bool read_date(struct run *run)
{
	if (date_parse(span_str(optarg), &run->make.day)) {
		(void)say_usage("population",
		    "--date wants a day like 2026-11-23");
		return false;
	}
	run->dated = true;
	return true;
}

static bool read_cards(struct run *run)
{
	static const char *const words[] = {
	    [BOOK_CARDS_ALL] = "all", [BOOK_CARDS_SOME] = "some",
	    [BOOK_CARDS_NONE] = "none"};

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(optarg, words[i]) == 0) {
			run->make.cards = (enum book_cards)i;
			return true;
		}
	(void)say_usage("population", "--cards wants all, some or none");
	return false;
}

static bool read_option(struct run *run, int option)
{
	switch (option) {
	case OPTION_MEMBERS:
		return read_number(
		    "members", 1, PLAN_MEMBERS_MAX, &run->members);
	case OPTION_INSURERS:
		return read_number(
		    "insurers", 1, PLAN_INSURERS_MAX, &run->insurers);
	case OPTION_SEED:
		run->seeded = true;
		return read_number("seed", 0, UINT64_MAX, &run->make.seed);
	case OPTION_OUT:
		run->make.out = optarg;
		return true;
	case OPTION_DATE:
		return read_date(run);
	case OPTION_SITES:
		return read_number(
		    "sites", PROFESSION_COUNT, SITE_MAX, &run->sites);
	case OPTION_PROFESSIONALS:
		run->make.professionals = span_str(optarg);
		return true;
	case OPTION_CARDS:
		return read_cards(run);
	case OPTION_FROM:
		run->next.from = optarg;
		return true;
	case OPTION_JSON:
		run->json = true;
		return true;
	default:
		(void)say_usage("population", "option not understood");
		return false;
	}
}

static int fail(const struct run *run, enum err e)
{
	const char *out = run->make.out;
	int status = e == ERR_IO || e == ERR_NOMEM ? EXIT_OUTPUT : EXIT_USAGE;

	if (e == ERR_EXISTS)
		say("%s exists already", out);
	else if (e == ERR_TIME)
		say("--date must be later than the population's own");
	else if (run->next.from)
		say("%s to %s: %s", run->next.from, out, say_why(NULL, e));
	else if (e == ERR_SHAPE || e == ERR_UNKNOWN || e == ERR_RANGE)
		say("--professionals wants counts by profession, as "
		    "optician=80,gp=20");
	else
		say("%s: %s", out, say_why(NULL, e));
	return status;
}

static int finish(void)
{
	return fflush(stdout) != 0 || ferror(stdout) ? EXIT_OUTPUT : EXIT_FINE;
}

static void tell_population(const struct population_report *r)
{
	printf(_("%s in %s, %s of %s; %s; %s; %s\n"),
	    lang_count(r->members, "member", "members"),
	    lang_count(r->families, "household", "households"),
	    lang_count(r->rows, "line", "lines"),
	    lang_count(r->insurers, "mutuelle", "mutuelles"),
	    lang_count(r->sites, "site", "sites"),
	    lang_count(r->tokens, "card token", "card tokens"),
	    lang_count(r->questions, "question", "questions"));
}

static int run_make(struct run *run)
{
	struct population_report r;
	enum err e;

	run->make.members = (uint32_t)run->members;
	run->make.insurers = (uint32_t)run->insurers;
	run->make.sites = (uint32_t)run->sites;
	e = population_make(&run->make, &r);
	if (e)
		return fail(run, e);
	if (run->json)
		printf("{\"members\":%" PRIu64 ",\"families\":%u,\"rows\":%"
		    PRIu64 ",\"insurers\":%u,\"sites\":%u,\"cards\":%" PRIu64
		    ",\"questions\":%" PRIu64 "}\n",
		    r.members, r.families, r.rows, r.insurers, r.sites,
		    r.tokens, r.questions);
	else
		tell_population(&r);
	return finish();
}

static void tell_next(const struct next_report *r)
{
	printf(_("%s: %s, %" PRIu64 " with another card, %s, %s, %s, %s\n"),
	    lang_count(r->rows, "line", "lines"),
	    lang_count(r->changed, "changed", "changed"), r->card,
	    lang_count(r->closed, "closed early", "closed early"),
	    lang_count(r->dropped, "dropped", "dropped"),
	    lang_count(r->joined, "joined", "joined"),
	    lang_count(r->renewed, "renewed", "renewed"));
}

static int run_next(struct run *run)
{
	struct next_report r;
	enum err e;

	run->next.out = run->make.out;
	run->next.day = run->make.day;
	run->next.seed = run->make.seed;
	run->next.cards = run->make.cards;
	run->next.clock = run->make.clock;
	e = next_make(&run->next, &r);
	if (e)
		return fail(run, e);
	if (run->json)
		printf("{\"rows\":%" PRIu64 ",\"changed\":%" PRIu64
		    ",\"card\":%" PRIu64 ",\"closed\":%" PRIu64
		    ",\"dropped\":%" PRIu64 ",\"joined\":%" PRIu64
		    ",\"renewed\":%" PRIu64 "}\n", r.rows, r.changed, r.card,
		    r.closed, r.dropped, r.joined, r.renewed);
	else
		tell_next(&r);
	return finish();
}

/* Are the options there that the command needs, and no others? */
static bool is_complete(const struct run *run, bool next)
{
	if (!run->make.out || !run->seeded)
		return false;
	if (next)
		return run->next.from && run->dated && !run->members &&
		    !run->insurers && !run->sites &&
		    run->make.professionals.n == 0;
	return run->members && run->insurers && !run->next.from;
}

int cmd_population(int argc, char **argv)
{
	struct clock clock = clock_system();
	struct run run = {.make.clock = &clock};
	bool next = argc > 1 && strcmp(argv[1], "next") == 0;
	int option;

	if (date_parse(span_str(PLAN_DAY_DEFAULT), &run.make.day))
		return EXIT_USAGE;
	argc -= next;
	argv += next;
	optind = 0;	/* glibc: begin anew, main may have read options */
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP)
			return say_help(help);
		if (!read_option(&run, option))
			return EXIT_USAGE;
	}
	if (optind == argc && is_complete(&run, next))
		return next ? run_next(&run) : run_make(&run);
	return say_usage("population", next ?
	    N_("expected --from, --out, --date and --seed") :
	    N_("expected --members, --insurers, --seed and --out"));
}
