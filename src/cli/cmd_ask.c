/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/answer.h"
#include "api/client.h"
#include "base/date.h"
#include "base/lines.h"
#include "base/text.h"
#include "cli/ask_bundle.h"
#include "cli/ask_client.h"
#include "cli/ask_show.h"
#include "cli/cmd_ask.h"
#include "cli/say.h"
#include "lang/lang.h"
#include "lang/option.h"

#define ASK_LINE 8192	/* bytes of one question in a file */
#define ASK_CLIENTS 64	/* keys whose connections are kept */

static const char help[] =
"Usage: ecluse ask --key KEY --amc N --card TOKEN --domain CODE [OPTION…]\n"
"       ecluse ask --key KEY --amc N --member N --birth D [--rank N]\n"
"                  --domain CODE [OPTION…]\n"
"       ecluse ask --key KEY --amc N --nir N --birth D [--rank N] …\n"
"       ecluse ask [--key KEY] --file F [--bundle] [OPTION…]\n"
"\n"
"Asks whether a person is covered, as practice software does: signed with the\n"
"installation's key, sealed to the keeper, and believed only if the pinned\n"
"service signed the answer for this very question, and the promise of whoever\n"
"is covered.\n"
"\n"
"  --key KEY      the installation's private key (PEM)\n"
"  --pin PIN      what was pinned at enrolment (default: KEY's .pin, else\n"
"                 service.pin beside it)\n"
"  --url URL      where to ask (default: the pin's)\n"
"  --amc N        the mutuelle, 10 digits\n"
"  --card TOKEN   the card's TP1: token\n"
"  --member N     member number; --nir N: NIR of the insured who opens the\n"
"                 rights; either with --birth YYYYMMDD and --rank (default 1)\n"
"  --domain CODE  OPTI, AUDI, PHAR…: one of the asker's profession\n"
"  --date D       day of care, YYYY-MM-DD (default: today); with --file that of\n"
"                 the lines that have none\n"
"  --convention C --csr C   the route printed on the card\n"
"  --site N --rpps N        who asks, when the key speaks for several\n"
"  --file F       questions, one JSON object a line, with the same names\n"
"                 (- is standard input); their \"key\" is beside F. With --key\n"
"                 that key asks every line, and a line's own key, site and\n"
"                 rpps, which go together, are not read: who asks is --site\n"
"                 and --rpps\n"
"  --bundle       send the questions of F fifty at a time under one signature;\n"
"                 a bundle ends where the key changes. Each line is counted,\n"
"                 answered and promised by itself\n"
"  --plain        send FHIR unsealed, where the operator allows it\n"
"  --cert F --cert-key F    a TLS client certificate, where one is required\n"
"  --json         one JSON object a question, with the whole FHIR answer\n"
"  --help         this text\n"
"\n"
"Exit status: 0 answered, 2 wrong usage, 3 refused, 4 unknown person, 5 no\n"
"answer, or one that is not believed. With --file the gravest of all. Of a\n"
"bundle that is not believed, no line is told.\n";

struct ask {
	const char *key, *file;
	struct ask_way way;
	struct compose q;
	bool json, bundled;
	struct ask_bundle *bundle;	/* gathers; NULL: one by one */
	struct ask_client *clients;
	size_t client_count, client_next;
	uint32_t line;
	int worst;
};

/* The client of a key; another's makes room, in place: a client holds on to
 * its pin. NULL: said. */
static struct ask_client *client_of(struct ask *a, const char *key_path)
{
	struct ask_client *c;

	for (size_t i = 0; i < a->client_count; i++)
		if (strcmp(a->clients[i].path, key_path) == 0)
			return &a->clients[i];
	if (a->client_count < ASK_CLIENTS) {
		c = &a->clients[a->client_count];
	} else {
		c = &a->clients[a->client_next++ % ASK_CLIENTS];
		ask_client_close(c);
	}
	if (ask_client_open(&a->way, key_path, c)) {
		ask_client_close(c);
		return NULL;
	}
	(void)snprintf(c->path, sizeof(c->path), "%s", key_path);
	if (a->client_count < ASK_CLIENTS)
		a->client_count++;
	return c;
}

/* Is the answer what was asked, and promised if it says covered? A promise
 * key that turned is pinned first. */
static enum err believe(struct ask_client *c, const struct compose *q,
    const struct client_answer *answer, const char **words)
{
	struct span body = buf_span(&answer->body);
	struct answer_asked asked;
	enum err e;

	answer_asked_of(q, &asked);
	e = answer_check(&asked, &c->pin, answer->status, body, words);
	if (e == ERR_CRYPTO && !client_renew(c->client))
		e = answer_check(
		    &asked, &c->pin, answer->status, body, words);
	return e;
}

static int ask_one(
    struct ask *a, struct ask_client *c, const struct compose *q)
{
	struct client_answer answer;
	const char *words;
	struct buf body;
	int status;

	buf_init(&body, LIMIT_BODY);
	compose_write(q, client_now_ms(c->client), &body);
	if (body.err) {
		say("a value is not text, or too long");
		buf_release(&body);
		return SAY_USAGE;
	}
	if (client_ask(c->client, buf_span(&body), &answer, &words) !=
	    CLIENT_FINE) {
		say("%s", lang_text(words));
		status = SAY_TRANSPORT;
	} else if (believe(c, q, &answer, &words)) {
		say("%s: it is not believed", lang_text(words));
		status = SAY_TRANSPORT;
	} else {
		status = ask_show(&answer, a->json, a->file ? a->line : 0);
	}
	client_answer_release(&answer);
	buf_release(&body);
	return status;
}

/* What waits is sent. */
static int send_bundle(struct ask *a)
{
	struct ask_bundle *b = a->bundle;
	struct ask_client *c;

	if (b->many.count == 0)
		return SAY_DONE;
	c = client_of(a, b->key);
	return c ? ask_bundle_send(b, c->client, &c->pin, a->json) :
	    SAY_USAGE;
}

/* One more line; the bundle before it leaves when it is full or another
 * key's. */
static int gather(struct ask *a, const char *key, struct client *client,
    const struct compose *q)
{
	struct ask_bundle *b = a->bundle;
	int status = strcmp(b->key, key) == 0 ? SAY_DONE : send_bundle(a);
	enum err e = many_put(&b->many, q, client_now_ms(client));

	if (e == ERR_FULL) {
		status = send_bundle(a);
		e = many_put(&b->many, q, client_now_ms(client));
	}
	if (e) {
		say("line %u: a value is not text, or too long", a->line);
		return ask_show_graver(status, SAY_USAGE);
	}
	(void)snprintf(b->key, sizeof(b->key), "%s", key);
	b->line[b->many.count - 1] = a->line;
	return status;
}

static int ask_about(struct ask *a, const char *key, const struct compose *q)
{
	struct ask_client *c = client_of(a, key);
	struct compose said = *q;

	if (!c)
		return SAY_USAGE;
	if (said.birth && !said.rank)
		said.rank = "1";
	return a->bundle ? gather(a, key, c->client, &said) :
	    ask_one(a, c, &said);
}

static const char *member(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* The key of a line stands beside the file that names it. */
static void key_path(const struct ask *a, const json_t *o, char *out)
{
	const char *key = member(o, "key");
	const char *slash = strrchr(a->file, '/');

	if (a->key || !key)
		(void)snprintf(out, PATH_MAX, "%s", a->key ? a->key : "");
	else if (key[0] == '/' || !slash)
		(void)snprintf(out, PATH_MAX, "%s", key);
	else
		(void)snprintf(out, PATH_MAX, "%.*s%s",
		    (int)(slash - a->file) + 1, a->file, key);
}

/* Of those that are read, one that is no text: passed over it would be another
 * question, as rank 1 for 2.0 and today for a date without quotes. */
static const char *no_text(const struct ask *a, const json_t *o)
{
	static const char *const names[] = {"amc", "card", "member", "nir",
	    "birth", "rank", "domain", "date", "convention", "csr",
	    /* not with --key */
	    "key", "site", "rpps"};
	size_t n = sizeof(names) / sizeof(names[0]) - (a->key ? 3 : 0);

	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_object_get(o, names[i]);
		bool whole =
		    json_is_integer(v) && strcmp(names[i], "rank") == 0;

		if (v && !json_is_null(v) && !json_is_string(v) && !whole)
			return names[i];
	}
	return NULL;
}

/* NULL: said. */
static json_t *read_line(const struct ask *a, const char *text, size_t n)
{
	json_error_t fault;
	json_t *o = json_loadb(text, n, JSON_REJECT_DUPLICATES, &fault);
	const char *name = no_text(a, o);

	if (json_is_object(o) && !name)
		return o;
	if (name)
		say("line %u: %s: a text is wanted, in quotes", a->line, name);
	else
		say("line %u: not a JSON object", a->line);
	json_decref(o);
	return NULL;
}

static int ask_line(struct ask *a, const char *text, size_t n)
{
	json_t *o = read_line(a, text, n);
	struct compose q = a->q;
	char key[PATH_MAX], rank[24];
	int status;

	if (!o)
		return SAY_USAGE;
	q.amc = member(o, "amc");
	q.card = member(o, "card");
	q.member = member(o, "member");
	q.nir = member(o, "nir");
	q.birth = member(o, "birth");
	q.rank = member(o, "rank");
	if (json_is_integer(json_object_get(o, "rank"))) {
		(void)snprintf(rank, sizeof(rank), "%lld", (long long)
		    json_integer_value(json_object_get(o, "rank")));
		q.rank = rank;
	}
	q.domain = member(o, "domain");
	q.date = member(o, "date") ? member(o, "date") : a->q.date;
	q.convention = member(o, "convention");
	q.csr = member(o, "csr");
	if (!a->key) {
		q.site = member(o, "site");
		q.rpps = member(o, "rpps");
	}
	key_path(a, o, key);
	if (!q.amc || !q.domain || !key[0]) {
		say("line %u: amc, domain and a key are needed", a->line);
		status = SAY_USAGE;
	} else {
		status = ask_about(a, key, &q);
	}
	json_decref(o);
	return status;
}

static int ask_file(struct ask *a)
{
	struct lines lines;
	uint32_t at;
	char *text;
	size_t n;
	enum err e = lines_open(&lines, a->file, ASK_LINE);

	if (e) {
		(void)say_unread(a->file, e, NULL);
		return SAY_USAGE;
	}
	a->worst = SAY_DONE;
	while (!(e = lines_next(&lines, &text, &n))) {
		a->line = lines.number;
		if (n > 0)
			a->worst = ask_show_graver(a->worst, ask_line(a, text, n));
	}
	at = lines.number;
	lines_close(&lines);
	if (a->bundle)
		a->worst = ask_show_graver(a->worst, send_bundle(a));
	if (e != ERR_CLOSED) {
		say("%s: line %u: %s", a->file, at, say_why(NULL, e));
		return ask_show_graver(a->worst, SAY_USAGE);
	}
	return a->worst;
}

static int read_options(struct ask *a, int argc, char **argv)
{
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
	    {"date", required_argument, NULL, 'D'},
	    {"convention", required_argument, NULL, 'C'},
	    {"csr", required_argument, NULL, 's'},
	    {"site", required_argument, NULL, 'S'},
	    {"rpps", required_argument, NULL, 'R'},
	    {"file", required_argument, NULL, 'f'},
	    {"cert", required_argument, NULL, 't'},
	    {"cert-key", required_argument, NULL, 'T'},
	    {"plain", no_argument, NULL, 'P'},
	    {"json", no_argument, NULL, 'j'},
	    {"bundle", no_argument, NULL, 'B'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct {
		int option;
		const char **value;
	} to[] = {{'k', &a->key}, {'p', &a->way.pin}, {'u', &a->way.url},
	    {'a', &a->q.amc}, {'c', &a->q.card}, {'m', &a->q.member},
	    {'n', &a->q.nir}, {'b', &a->q.birth}, {'r', &a->q.rank},
	    {'d', &a->q.domain}, {'D', &a->q.date}, {'C', &a->q.convention},
	    {'s', &a->q.csr}, {'S', &a->q.site}, {'R', &a->q.rpps},
	    {'f', &a->file}, {'t', &a->way.cert}, {'T', &a->way.cert_key}};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		size_t i = 0;

		if (c == 'h') {
			(void)say_help(help);
			return -1;
		}
		if (c == 'P' || c == 'j' || c == 'B') {
			*(c == 'P' ? &a->way.plain : c == 'j' ? &a->json :
			    &a->bundled) = true;
			continue;
		}
		while (i < sizeof(to) / sizeof(to[0]) && to[i].option != c)
			i++;
		if (i == sizeof(to) / sizeof(to[0]))
			return say_usage("ask", "option not understood");
		*to[i].value = optarg;
	}
	return 0;
}

static int check_options(const struct ask *a, int argc)
{
	const struct compose *q = &a->q;

	if (optind != argc)
		return say_usage("ask", "%s", "an argument too many");
	if (a->file)
		return 0;
	if (a->bundled)
		return say_usage("ask", "--bundle sends a --file");
	if (!a->key || !q->amc || !q->domain)
		return say_usage("ask", "--key, --amc and --domain are needed");
	if (!q->card && !q->member && !q->nir)
		return say_usage(
		    "ask", "name the person: --card, --member or --nir");
	if (!q->card && !q->birth)
		return say_usage("ask", "--birth is needed without a card");
	return 0;
}

static int run(struct ask *a)
{
	struct ask_bundle *bundle =
	    a->bundled ? calloc(1, sizeof(*bundle)) : NULL;
	int status = SAY_TRANSPORT;

	a->clients = calloc(ASK_CLIENTS, sizeof(*a->clients));
	if (a->clients && (bundle || !a->bundled)) {
		a->bundle = bundle;
		if (bundle)
			many_init(&bundle->many);
		status = a->file ? ask_file(a) :
		    ask_about(a, a->key, &a->q);
		if (bundle)
			many_release(&bundle->many);
	} else {
		say("%s", say_why(NULL, ERR_NOMEM));
	}
	for (size_t i = 0; i < a->client_count; i++)
		ask_client_close(&a->clients[i]);
	free(a->clients);
	free(bundle);
	return status;
}

int cmd_ask(int argc, char **argv)
{
	struct clock clock = clock_system();
	struct ask a = {0};
	char day[DATE_TEXT_SIZE];
	int64_t now_ms;
	int status = read_options(&a, argc, argv);

	if (status)
		return status < 0 ? SAY_DONE : status;
	status = check_options(&a, argc);
	if (status)
		return status;
	now_ms = clock_wall_ms(&clock);
	date_format(date_of_ms(now_ms + lang_zone_ms(now_ms)), day);
	if (!a.q.date)
		a.q.date = day;
	return run(&a);
}
