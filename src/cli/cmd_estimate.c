/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "api/answer.h"
#include "base/date.h"
#include "base/lines.h"
#include "cli/ask_client.h"
#include "cli/ask_show.h"
#include "cli/claim.h"
#include "cli/claim_show.h"
#include "cli/cmd_estimate.h"
#include "cli/say.h"
#include "lang/lang.h"
#include "lang/option.h"

#define LINE_MOST 65536

static const char help[] =
"Usage: ecluse estimate --key KEY --amc N --card TOKEN --domain CODE [OPTION…]\n"
"                       [FILE]\n"
"       ecluse estimate --key KEY --amc N (--member N | --nir N) --birth D …\n"
"\n"
"Asks what a person's mutuelle would pay for acts, and prints it with the\n"
"reasons. The contract is the person's own, as the mutuelle's feed says. It is\n"
"an estimate and no promise: what other acts have used of ceilings is not known.\n"
"It reads the person as `ecluse ask` does: counted, journaled, signed.\n"
"\n"
"FILE (standard input without one) has one JSON object a line, as `ecluse price`\n"
"takes it: date, lines with act, price, quantity, base, amo, participation,\n"
"class, optam, network, pathway, exemption, side, other; at most 10 lines. All\n"
"acts are of the domain, and the domain is of the asker's profession.\n"
"\n"
"  --key KEY      the installation's private key (PEM)\n"
"  --pin PIN      what was pinned at enrolment (default: beside the key)\n"
"  --url URL      where to ask (default: the pin's)\n"
"  --amc N        the mutuelle, 10 digits\n"
"  --card TOKEN   the card's TP1: token\n"
"  --member N     member number; --nir N: NIR of the insured who opens the\n"
"                 rights; either with --birth YYYYMMDD and --rank (default 1)\n"
"  --domain CODE  OPTI, AUDI, MED…: one of the asker's profession\n"
"  --convention C --csr C   the route printed on the card\n"
"  --site N --rpps N        who asks, when the key speaks for several\n"
"  --explain L    fr or en: the language of the reasons (default: yours)\n"
"  --plain        send FHIR unsealed, where the operator allows it\n"
"  --cert F --cert-key F    a TLS client certificate, where one is required\n"
"  --json         one JSON object an estimate, with the whole FHIR answer\n"
"  --help         this text\n"
"\n"
"Exit status: 0 answered, 2 wrong usage, 3 refused, 4 unknown person, 5 no\n"
"answer, or one that is not believed. The gravest of all lines.\n"
"\n"
"  $ ecluse estimate --key gp.pem --amc 0099100001 --card TP1:… --domain MED acts\n";

struct estimate_run {
	const char *key;
	struct ask_way way;
	struct compose q;
	bool json, french;
	struct ask_client client;
};

/* Shown if it is an estimate, or a refusal, of what was asked. */
static int show(
    const struct estimate_run *r, const struct client_answer *answer)
{
	struct answer_asked asked;
	const char *words;

	answer_asked_of(&r->q, &asked);
	if (!answer_check_estimate(
		&asked, answer->status, buf_span(&answer->body), &words))
		return claim_show(answer, r->json, r->french);
	say("%s: it is not believed", lang_text(words));
	return SAY_TRANSPORT;
}

static int one(struct estimate_run *r, struct span line)
{
	struct client_answer answer;
	char why[CLAIM_WORDS];
	const char *words;
	struct buf body;
	int status;
	enum err e;

	buf_init(&body, LIMIT_BODY);
	e = claim_write(
	    &r->q, line, client_now_ms(r->client.client), &body, why);
	if (e) {
		say("%s", say_why(why, e));
		buf_release(&body);
		return SAY_USAGE;
	}
	if (client_ask_claim(r->client.client, buf_span(&body), &answer,
	    &words) != CLIENT_FINE) {
		say("%s", lang_text(words));
		status = SAY_TRANSPORT;
	} else {
		status = show(r, &answer);
	}
	client_answer_release(&answer);
	buf_release(&body);
	return status;
}

static int each_line(struct estimate_run *r, const char *path)
{
	struct lines lines;
	uint32_t at;
	char *line;
	size_t n;
	int worst = SAY_DONE;
	enum err e = lines_open(&lines, path, LINE_MOST);

	if (e) {
		(void)say_unread(path, e, NULL);
		return SAY_USAGE;
	}
	while (!(e = lines_next(&lines, &line, &n)))
		if (n > 0)
			worst = ask_show_graver(
			    worst, one(r, span_of(line, n)));
	at = lines.number;
	lines_close(&lines);
	if (e == ERR_CLOSED)
		return worst;
	say("%s: line %u: %s", path, at, say_why(NULL, e));
	return ask_show_graver(worst, SAY_USAGE);
}

static const struct option options[] = {
    {"key", required_argument, NULL, 'k'},
    {"pin", required_argument, NULL, 'p'},
    {"url", required_argument, NULL, 'u'},
    {"amc", required_argument, NULL, 'a'},
    {"card", required_argument, NULL, 'c'},
    {"member", required_argument, NULL, 'm'},
    {"nir", required_argument, NULL, 'n'},
    {"birth", required_argument, NULL, 'b'},
    {"rank", required_argument, NULL, 'r'},
    {"domain", required_argument, NULL, 'd'},
    {"convention", required_argument, NULL, 'C'},
    {"csr", required_argument, NULL, 's'},
    {"site", required_argument, NULL, 'S'},
    {"rpps", required_argument, NULL, 'R'},
    {"explain", required_argument, NULL, 'e'},
    {"cert", required_argument, NULL, 't'},
    {"cert-key", required_argument, NULL, 'T'},
    {"plain", no_argument, NULL, 'P'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'}, {0}};

/* false: not one that takes a text. */
static bool take_text(struct estimate_run *r, int c)
{
	struct {
		int option;
		const char **value;
	} to[] = {{'k', &r->key}, {'p', &r->way.pin}, {'u', &r->way.url},
	    {'a', &r->q.amc}, {'c', &r->q.card}, {'m', &r->q.member},
	    {'n', &r->q.nir}, {'b', &r->q.birth}, {'r', &r->q.rank},
	    {'d', &r->q.domain}, {'C', &r->q.convention}, {'s', &r->q.csr},
	    {'S', &r->q.site}, {'R', &r->q.rpps}, {'t', &r->way.cert},
	    {'T', &r->way.cert_key}};

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
		if (to[i].option == c) {
			*to[i].value = optarg;
			return true;
		}
	return false;
}

static int read_options(struct estimate_run *r, int argc, char **argv)
{
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			(void)say_help(help);
			return -1;
		} else if (c == 'P') {
			r->way.plain = true;
		} else if (c == 'j') {
			r->json = true;
		} else if (c == 'e') {
			r->french = strcmp(optarg, "fr") == 0;
			if (!r->french && strcmp(optarg, "en") != 0)
				return say_usage(
				    "estimate", "--explain fr|en");
		} else if (!take_text(r, c)) {
			return say_usage("estimate", "option not understood");
		}
	}
	if (argc - optind > 1)
		return say_usage("estimate", "one file at most");
	if (!r->key || !r->q.amc || !r->q.domain)
		return say_usage(
		    "estimate", "--key, --amc and --domain are needed");
	if (!r->q.card && (!(r->q.member || r->q.nir) || !r->q.birth))
		return say_usage("estimate", "name the person: --card, or "
		    "--member or --nir with --birth");
	return 0;
}

int cmd_estimate(int argc, char **argv)
{
	struct clock clock = clock_system();
	struct estimate_run r = {.french = lang_french()};
	char day[DATE_TEXT_SIZE];
	int64_t now_ms;
	int status = read_options(&r, argc, argv);

	if (status)
		return status < 0 ? SAY_DONE : status;
	now_ms = clock_wall_ms(&clock);
	date_format(date_of_ms(now_ms + lang_zone_ms(now_ms)), day);
	r.q.date = day;
	if (r.q.birth && !r.q.rank)
		r.q.rank = "1";
	status = ask_client_open(&r.way, r.key, &r.client) ? SAY_USAGE :
	    each_line(&r, optind < argc ? argv[optind] : "-");
	ask_client_close(&r.client);
	return status;
}
