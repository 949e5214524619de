/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/text.h"
#include "card/token.h"
#include "cli/cmd_card.h"
#include "cli/say.h"
#include "lang/lang.h"
#include "lang/option.h"

#define KEYS_MAX 64
#define CARD_SHORT 4	/* bytes of the cti that people are shown */

enum { EXIT_FINE = 0, EXIT_FAULT = 1, EXIT_USAGE = 2, EXIT_OUTPUT = 5 };

static const char help[] =
"Usage: ecluse card verify --key PUB.pem… [--at TIME] [--json] TOKEN\n"
"\n"
"Verifies a card token (TP1:…) offline: its form, the mutuelle's signature and\n"
"its time. Says which insurer issued it, which card it is and how long it\n"
"holds. A token proves that the mutuelle made this card; not who shows it, and\n"
"not that the card is still in the mutuelle's feed.\n"
"\n"
"TOKEN is the text behind the code on the card, in quotes, for it may hold\n"
"spaces; \"-\" reads it from standard input.\n"
"\n"
"  --key PUB.pem  a card key of the mutuelle (P-256, PEM); may be repeated,\n"
"                 the token tells which of them signed it\n"
"  --at TIME      at this time instead of now, as 2026-11-22T10:00:00Z\n"
"  --json         one object\n"
"  --help         this text\n"
"\n"
"Exit status: 0 the token holds, 1 it does not, 2 wrong usage.\n"
"\n"
"  $ ecluse card verify --key mutuelle.pub.pem 'TP1:6BF3…'\n"
"  valid: signed by the insurer's key\n"
"  insurer 0123456789, card 5a1b0c77, key 8c1f02aa19b3d7e4\n"
"  from 2026-01-01T00:00:00.000Z until 2027-01-01T00:00:00.000Z\n"
"  convention VM, CSR 75001\n";

enum verdict {
	VALID, EARLY, EXPIRED, UNSIGNED, UNKNOWN_KEY, MALFORMED
};

static const struct {
	const char *name, *words;
} verdicts[] = {
	[VALID] = { "valid", 
	    N_("signed by the insurer's key") },
	[EARLY] = { "early", 
	    N_("signed, and not valid yet") },
	[EXPIRED] = { "expired", 
	    N_("signed, and no longer valid") },
	[UNSIGNED] = { "unsigned", 
	    N_("the signature is not of the key that it names") },
	[UNKNOWN_KEY] = { "unknown-key", 
	    N_("signed by a key that was not given") },
	[MALFORMED] = { "malformed", 
	    N_("not a card token: cut, mistyped or made by somebody else") },
};

struct run {
	struct sign_public *keys[KEYS_MAX];
	size_t n_keys;
	int64_t at_ms;
	bool json;
};

struct outcome {
	enum verdict verdict;
	struct card_token token;	/* unless MALFORMED */
	uint8_t kid[COSE_KID];
};

static struct outcome verify(const struct run *run, struct span text)
{
	struct outcome o = { .verdict = MALFORMED };
	struct card_token verified;
	enum err e = ERR_UNKNOWN;

	if (card_token_parse(text, &o.token, o.kid) != ERR_OK)
		return o;
	/* a kid is short: two keys may have the same */
	for (size_t i = 0;
	    i < run->n_keys && e != ERR_OK && e != ERR_TIME; i++) {
		enum err by_key = card_token_verify(
		    text, run->keys[i], run->at_ms, &verified);

		if (by_key != ERR_UNKNOWN)
			e = by_key;
	}
	if (e == ERR_OK)
		o.verdict = VALID;
	else if (e == ERR_UNKNOWN)
		o.verdict = UNKNOWN_KEY;
	else if (e != ERR_TIME)
		o.verdict = UNSIGNED;
	else
		o.verdict = card_token_state_at(&o.token, run->at_ms) ==
		    CARD_TOKEN_EARLY ? EARLY : EXPIRED;
	return o;
}

static int64_t begins_s(const struct card_token *t)
{
	return t->not_before_s != 0 ? t->not_before_s : t->issued_s;
}

static void tell_text(const struct outcome *o)
{
	char kid[2 * COSE_KID + 1], card[2 * CARD_SHORT + 1];
	char from[DATE_STAMP_SIZE], until[DATE_STAMP_SIZE];
	const struct card_token *t = &o->token;

	(void)printf("%s: %s\n", verdicts[o->verdict].name,
	    _(verdicts[o->verdict].words));
	if (o->verdict == MALFORMED)
		return;
	text_hex(o->kid, COSE_KID, kid);
	text_hex(t->cti, CARD_SHORT, card);
	date_format_stamp(begins_s(t) * 1000, from);
	date_format_stamp(t->expires_s * 1000, until);
	if (o->verdict == UNSIGNED || o->verdict == UNKNOWN_KEY)
		(void)puts(_("not verified, it says of itself:"));
	(void)printf(_("insurer %s, card %s, key %s\nfrom %s until %s\n"),
	    t->amc, card, kid, from, until);
	if (t->convention[0] != '\0' || t->csr[0] != '\0')
		(void)printf(_("convention %s, CSR %s\n"),
		    t->convention[0] != '\0' ? t->convention : "-",
		    t->csr[0] != '\0' ? t->csr : "-");
}

static void tell_json(const struct outcome *o)
{
	char kid[2 * COSE_KID + 1], cti[2 * CARD_TOKEN_CTI + 1];
	char issued[DATE_STAMP_SIZE], from[DATE_STAMP_SIZE];
	char until[DATE_STAMP_SIZE];
	const struct card_token *t = &o->token;
	json_t *j = json_pack("{s:s, s:s}", "verdict",
	    verdicts[o->verdict].name, "message",
	    verdicts[o->verdict].words);

	if (o->verdict != MALFORMED) {
		json_t *about;

		text_hex(o->kid, COSE_KID, kid);
		text_hex(t->cti, CARD_TOKEN_CTI, cti);
		date_format_stamp(t->issued_s * 1000, issued);
		date_format_stamp(begins_s(t) * 1000, from);
		date_format_stamp(t->expires_s * 1000, until);
		about = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
		    "key", kid, "amc", t->amc, "card", cti, "issued", issued,
		    "from", from, "until", until,
		    "convention", t->convention, "csr", t->csr);
		(void)json_object_update_new(j, about);
	}
	(void)json_dumpf(j, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(j);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A token never ends with a space (card/base45.h), and never begins so. */
static struct span trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

static int verify_text(const struct run *run, struct span text)
{
	struct outcome o = verify(run, trim(text));

	if (run->json)
		tell_json(&o);
	else
		tell_text(&o);
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_OUTPUT;
	return o.verdict == VALID ? EXIT_FINE : EXIT_FAULT;
}

static int verify_argument(const struct run *run, const char *token)
{
	char in[2 * LIMIT_CARD];

	if (strcmp(token, "-") == 0)
		return verify_text(
		    run, span_of(in, fread(in, 1, sizeof(in), stdin)));
	return verify_text(run, span_str(token));
}

static bool add_key(struct run *run, const char *path)
{
	enum err e = ERR_LIMIT;

	if (run->n_keys < KEYS_MAX)
		e = sign_public_load(path, &run->keys[run->n_keys]);
	if (e != ERR_OK) {
		(void)say_usage("card verify", "%s: %s", path,
		    say_why_file(path, e));
		return false;
	}
	run->n_keys++;
	if (sign_public_alg(run->keys[run->n_keys - 1]) == SIGN_P256)
		return true;
	(void)say_usage("card verify", "%s: not a P-256 key", path);
	return false;
}

enum { OPTION_KEY = 1, OPTION_AT, OPTION_JSON, OPTION_HELP };

static bool read_option(struct run *run, int option)
{
	switch (option) {
	case OPTION_KEY:
		return add_key(run, optarg);
	case OPTION_AT:
		if (date_parse_stamp(span_str(optarg), &run->at_ms) == ERR_OK)
			return true;
		(void)say_usage("card verify",
		    "--at wants a time like 2026-11-22T10:00:00Z");
		return false;
	case OPTION_JSON:
		run->json = true;
		return true;
	default:
		(void)say_usage("card verify", "option not understood");
		return false;
	}
}

static int card_verify(int argc, char **argv, struct run *run)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "at", required_argument, NULL, OPTION_AT },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	optind = 0;	/* glibc: begin anew, main may have read options */
	while ((option = lang_option(argc, argv, "", options)) != -1) {
		if (option == OPTION_HELP)
			return say_help(help);
		if (!read_option(run, option))
			return EXIT_USAGE;
	}
	if (argc - optind == 1 && run->n_keys > 0)
		return verify_argument(run, argv[optind]);
	return say_usage("card verify", "expected --key and one token");
}

int cmd_card(int argc, char **argv)
{
	struct clock clock = clock_system();
	struct run run = { .at_ms = clock_wall_ms(&clock) };
	int status;

	if (argc >= 2 && strcmp(argv[1], "--help") == 0)
		return say_help(help);
	if (argc < 2 || strcmp(argv[1], "verify") != 0)
		return say_usage("card verify", "expected verify");
	status = card_verify(argc - 1, argv + 1, &run);
	for (size_t i = 0; i < run.n_keys; i++)
		sign_public_free(run.keys[i]);
	return status;
}
