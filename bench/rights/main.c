/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/text.h"
#include "lib/must.h"
#include "rights/round.h"

static const char help[] =
"Usage: bench-rights --pop POP [OPTION...]\n"
"\n"
"Asks a running instance about the persons of an invented population, each\n"
"question signed with its own nonce by the key of an enrolled site, nobody\n"
"twice, every key inside its budget of a day. A tenth is asked by card as far\n"
"as cards.csv has tokens, the others by member number and by NIR in turn.\n"
"\n"
"  --pop POP           the population, enrolled: reads people.csv, sites.csv,\n"
"                      cards.csv, keys/\n"
"  --pin FILE          (POP/keys/service.pin)\n"
"  --url URL           (the pin's)\n"
"  --figures DIR       where professions.csv is (data)\n"
"  --plain, --sealed   bodies as FHIR, or sealed to the keeper (sealed)\n"
"  --bundle N          N questions under one signature; figures are of\n"
"                      questions, times of whole bundles (1)\n"
"  --connections N     kept alive, one question in flight on each (64)\n"
"  --pace N            N questions a second, by askers who do not wait for one\n"
"                      another, and times from when each was due; without it\n"
"                      each connection asks again once it is answered\n"
"  --questions N       (6000)\n"
"  --seconds S         ask nothing new after S seconds\n"
"  --warmup N          so many more first, not measured (0)\n"
"  --skip N            leave out the first N: start where another run ended\n"
"  --live              sign while asking, on the same cores; otherwise all\n"
"                      questions are signed just before the first is sent\n"
"  --beside URL        first send the same bytes there, eight times each: a\n"
"                      server that knows nothing and answers 200\n"
"  --doors N           no questions: N new connections, --connections of them at\n"
"                      a time, each asking for the log's checkpoint\n"
"  --certificate FILE  the client's, for --doors, with\n"
"  --certificate-key FILE\n"
"  --pid NAME=PID      a process whose time is told; several of one name are\n"
"                      summed\n"
"  --verify N          check signature, seal and text of one answer in N (50)\n"
"  --seed S            order of persons and askers (1)\n"
"  --date D            day of care (today)\n"
"  --json              one object a line\n"
"\n"
"Exit status: 0 every question was answered, 1 one was not or it could not\n"
"run, 2 wrong usage.\n";

static void load(struct round *b)
{
	struct round_options *o = &b->o;
	char pin[4096];

	must_true(snprintf(pin, sizeof(pin), "%s/keys/service.pin",
	    o->pop) < (int)sizeof(pin), "path too long");
	must(pin_load(o->pin ? o->pin : pin, &b->pin), "pin");
	crowd_load(&b->crowd, o->pop, o->figures, o->day, o->seed,
	    (unsigned)o->bundle);
	b->about.pin = &b->pin;
	b->about.random = random_system();
	b->about.day = o->day;
	b->about.sealed = !o->plain;
	b->about.lines = (unsigned)o->bundle;
	usage_add_self(&b->usage, "load");
}

static bool number(const char *text, uint64_t *ret)
{
	return text_u64(span_str(text), INT32_MAX, ret) == ERR_OK;
}

static bool take_option(struct round *b, int c)
{
	struct round_options *o = &b->o;

	switch (c) {
	case 'p': o->pop = optarg; return true;
	case 'P': o->pin = optarg; return true;
	case 'u': o->url = optarg; return true;
	case 'f': o->figures = optarg; return true;
	case 'b': o->beside = optarg; return true;
	case 'D': o->day = optarg; return true;
	case 'd': return number(optarg, &o->doors) && o->doors;
	case 'C': o->certificate = optarg; return true;
	case 'K': o->certificate_key = optarg; return true;
	case 'l': o->plain = true; return true;
	case 'L': o->plain = false; return true;
	case 'v': o->live = true; return true;
	case 'j': o->json = true; return true;
	case 'i': return usage_add(&b->usage, optarg);
	case 'B': return number(optarg, &o->bundle) && o->bundle &&
	    o->bundle <= LIMIT_BUNDLE_LINES;
	case 'c': return number(optarg, &o->connections) && o->connections;
	case 'a': return number(optarg, &o->pace) && o->pace;
	case 'q': return number(optarg, &o->questions) && o->questions;
	case 's': return number(optarg, &o->seconds);
	case 'w': return number(optarg, &o->warmup);
	case 'k': return number(optarg, &o->skip);
	case 'V': return number(optarg, &o->verify) && o->verify;
	case 'S': return number(optarg, &o->seed);
	default: return false;
	}
}

static bool read_options(struct round *b, int argc, char **argv)
{
	static const struct option options[] = {
	    {"pop", required_argument, NULL, 'p'},
	    {"pin", required_argument, NULL, 'P'},
	    {"url", required_argument, NULL, 'u'},
	    {"figures", required_argument, NULL, 'f'},
	    {"beside", required_argument, NULL, 'b'},
	    {"date", required_argument, NULL, 'D'},
	    {"doors", required_argument, NULL, 'd'},
	    {"certificate", required_argument, NULL, 'C'},
	    {"certificate-key", required_argument, NULL, 'K'},
	    {"plain", no_argument, NULL, 'l'},
	    {"sealed", no_argument, NULL, 'L'},
	    {"live", no_argument, NULL, 'v'},
	    {"json", no_argument, NULL, 'j'},
	    {"pid", required_argument, NULL, 'i'},
	    {"bundle", required_argument, NULL, 'B'},
	    {"connections", required_argument, NULL, 'c'},
	    {"pace", required_argument, NULL, 'a'},
	    {"questions", required_argument, NULL, 'q'},
	    {"seconds", required_argument, NULL, 's'},
	    {"warmup", required_argument, NULL, 'w'},
	    {"skip", required_argument, NULL, 'k'},
	    {"verify", required_argument, NULL, 'V'},
	    {"seed", required_argument, NULL, 'S'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			exit(0);
		}
		if (!take_option(b, c))
			return false;
	}
	return optind == argc && b->o.pop != NULL &&
	    !b->o.certificate == !b->o.certificate_key;
}

int main(int argc, char **argv)
{
	static struct round b = {.o = {.figures = "data", .connections = 64,
	    .questions = 6000, .verify = 50, .seed = 1, .bundle = 1}};
	struct sign_public *answer_key;
	struct clock clock = clock_system();
	char today[DATE_TEXT_SIZE];
	bool good;

	date_format(date_of_ms(clock_wall_ms(&clock)), today);
	b.o.day = today;
	if (!read_options(&b, argc, argv)) {
		(void)fprintf(stderr, "bench-rights: not understood; see "
		    "bench-rights --help\n");
		return 2;
	}
	/* a server that hung up is a question lost, which is told */
	(void)signal(SIGPIPE, SIG_IGN);
	sign_start();
	load(&b);
	must(sign_public_ed25519(b.pin.answer, &answer_key), "answer key");
	b.about.answer_key = answer_key;
	round_say_machine(&b);
	good = round_run(&b);
	sign_public_free(answer_key);
	crowd_release(&b.crowd);
	pin_release(&b.pin);
	return good ? 0 : 1;
}
