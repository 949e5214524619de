/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/date.h"
#include "base/lines.h"
#include "base/text.h"
#include "card/token.h"
#include "insurer/cmd.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "lang/option.h"

#define DAY_S INT64_C(86400)
#define COUNT_MAX 10000000

static const char help[] =
"Usage: ecluse-insurer card issue --amc AMC --key CARDKEY.pem --from D --to D\n"
"         (--count N | --cards FILE) [--convention C] [--csr C]\n"
"\n"
"Signs card tokens (TP1:…), one for each card: what a card's code says, and\n"
"proves to whoever knows the mutuelle's public card key. A token holds no name,\n"
"no birth date, no NIR and no member number; the feed says whose card it is.\n"
"\n"
"One line a card: its id (32 hexadecimal digits, the cards column of the file\n"
"for `ecluse-insurer feed`), a semicolon, the token.\n"
"\n"
"  --amc AMC       the mutuelle's number, 10 digits\n"
"  --key FILE      its card key (P-256, PEM)\n"
"  --from DATE     first day of the card, as 2027-01-01\n"
"  --to DATE       its last day\n"
"  --count N       so many new cards, their ids at random\n"
"  --cards FILE    or new tokens for cards that are there: their ids, one a\n"
"                  line; \"-\" is standard input\n"
"  --convention C  type of convention, routes the question (8 characters)\n"
"  --csr C         criterion of routing (20 characters)\n"
"  --help          this text\n"
"\n"
"Exit status: 0 done, 1 a line of --cards is not an id, 2 wrong usage, 5 the\n"
"system refused.\n"
"\n"
"  $ ecluse-insurer card issue --amc 0099100001 --key card.pem \\\n"
"        --from 2027-01-01 --to 2027-12-31 --count 2\n"
"  3f84e648967f5131959a877a4ccf243c;TP1:RRQT 9O60GO07JDA0R…\n"
"  5f575684158e324262a155dc7a5ffa89;TP1:RRQT 9O60GO07JDA0R…\n";

struct run {
	struct amc amc;
	const char *key, *cards;
	bool has_amc, has_from, has_to;
	int32_t from, to;
	uint64_t count;
	struct card_token token;	/* but for the card's id */
	struct sign_private *sign;
	struct random random;
};

static int issue_one(struct run *run)
{
	char cti[2 * CARD_TOKEN_CTI + 1];
	struct buf text;
	enum err e;

	buf_init(&text, LIMIT_CARD);
	e = card_token_issue(&run->token, run->sign, &text);
	if (!e) {
		text_hex(run->token.cti, CARD_TOKEN_CTI, cti);
		printf("%s;%.*s\n", cti, (int)text.n, (const char *)text.p);
	} else {
		cmd_say("card", "cannot issue: %s", cmd_why(e));
	}
	buf_release(&text);
	return !e ? CMD_DONE : e == ERR_NOMEM ? CMD_OUTPUT : CMD_USAGE;
}

static int issue_new(struct run *run)
{
	int status = CMD_DONE;

	for (uint64_t i = 0; i < run->count && status == CMD_DONE; i++) {
		random_fill(
		    &run->random, run->token.cti, CARD_TOKEN_CTI);
		status = issue_one(run);
	}
	return status;
}

static int issue_listed(struct run *run)
{
	struct lines in;
	char *line;
	size_t n;
	int status = CMD_DONE;
	enum err e = lines_open(&in, run->cards, 2 * CARD_TOKEN_CTI);

	if (e)
		return cmd_file_fault("card", run->cards, e);
	while (status == CMD_DONE) {
		e = lines_next(&in, &line, &n);
		if (e == ERR_CLOSED || e == ERR_IO)
			break;
		if (e || text_unhex(span_of(line, n), run->token.cti,
		             CARD_TOKEN_CTI)) {
			fprintf(stderr, _("%s:%u: not a card id of 32 "
			    "hexadecimal digits\n"), run->cards, in.number);
			status = CMD_FAULT;
		} else {
			status = issue_one(run);
		}
	}
	lines_close(&in);
	return e == ERR_IO ? CMD_OUTPUT : status;
}

static int issue(struct run *run)
{
	struct clock clock = clock_system();
	enum err e = sign_private_load(run->key, &run->sign);
	int status;

	if (e)
		return cmd_file_fault("card", run->key, e);
	if (sign_public_alg(sign_private_public(run->sign)) != SIGN_P256) {
		cmd_say("card", "%s: not a P-256 key",
		    run->key);
		sign_private_free(run->sign);
		return CMD_USAGE;
	}
	memcpy(run->token.amc, run->amc.text, sizeof(run->token.amc));
	run->token.issued_s = clock_wall_ms(&clock) / 1000;
	run->token.not_before_s = run->from * DAY_S;
	run->token.expires_s = (run->to + 1) * DAY_S;
	run->random = random_system();
	status = run->cards ? issue_listed(run) : issue_new(run);
	sign_private_free(run->sign);
	return cmd_finish(status);
}

static bool read_day(const char *name, int32_t *ret, bool *ret_there)
{
	*ret_there = true;
	if (date_parse(span_str(optarg), ret) == ERR_OK)
		return true;
	cmd_say("card", "--%s wants a day like "
	    "2027-01-01", name);
	return false;
}

static bool read_text(const char *name, char *ret, size_t size)
{
	if (text_copy(span_str(optarg), ret, size) == ERR_OK)
		return true;
	cmd_say("card", "--%s wants at most %zu "
	    "characters", name, size - 1);
	return false;
}

enum {
	OPTION_AMC = 1, OPTION_KEY, OPTION_FROM, OPTION_TO, OPTION_COUNT,
	OPTION_CARDS, OPTION_CONVENTION, OPTION_CSR, OPTION_HELP
};

static bool read_count(struct run *run)
{
	if (text_u64(span_str(optarg), COUNT_MAX, &run->count) == ERR_OK &&
	    run->count > 0)
		return true;
	cmd_say("card", "--count wants a number from 1 "
	    "to %d", COUNT_MAX);
	return false;
}

static bool read_option(struct run *run, int option)
{
	struct card_token *t = &run->token;

	switch (option) {
	case OPTION_AMC:
		run->has_amc = true;
		return cmd_read_amc("card", optarg, &run->amc);
	case OPTION_KEY:
		run->key = optarg;
		return true;
	case OPTION_FROM:
		return read_day("from", &run->from, &run->has_from);
	case OPTION_TO:
		return read_day("to", &run->to, &run->has_to);
	case OPTION_COUNT:
		return read_count(run);
	case OPTION_CARDS:
		run->cards = optarg;
		return true;
	case OPTION_CONVENTION:
		return read_text(
		    "convention", t->convention, sizeof(t->convention));
	case OPTION_CSR:
		return read_text("csr", t->csr, sizeof(t->csr));
	default:
		return false;
	}
}

static bool is_complete(const struct run *run)
{
	return run->has_amc && run->key && run->has_from && run->has_to &&
	    run->from <= run->to && !run->cards != !run->count;
}

static const struct option options[] = {
    {"amc", required_argument, NULL, OPTION_AMC},
    {"key", required_argument, NULL, OPTION_KEY},
    {"from", required_argument, NULL, OPTION_FROM},
    {"to", required_argument, NULL, OPTION_TO},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"cards", required_argument, NULL, OPTION_CARDS},
    {"convention", required_argument, NULL, OPTION_CONVENTION},
    {"csr", required_argument, NULL, OPTION_CSR},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

int cmd_card(int argc, char **argv)
{
	struct run run = {0};
	bool named = argc > 1 && strcmp(argv[1], "issue") == 0;
	int option;

	argc -= named;
	argv += named;
	optind = 0;
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP) {
			help_print(help, stdout);
			return cmd_finish(CMD_DONE);
		}
		if (!read_option(&run, option))
			goto usage;
	}
	if (named && optind == argc && is_complete(&run))
		return issue(&run);
	cmd_say("card", "expected issue, --amc, --key, --from and a "
	      "later --to, and one of --count, --cards");
usage:
	return cmd_try("card issue");
}
