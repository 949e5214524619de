/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/act_send.h"
#include "cli/cmd_close.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define CLOSE_LINE 400

static const char help_close[] =
"Usage: ecluse close [DIR] [--admin-key FILE] [--reason WORD] GATE…\n"
"\n"
"Closes gates at once: the next question through one is refused, and so is one\n"
"that waits. One administrator is enough. What is closed is not revoked: two\n"
"administrators open it again (ecluse open). Cards are read without us, and\n"
"feeds go on. GATE is\n"
"  plane:P              a way in: flow, portal, member or staff\n"
"  profession:CODE@P    a profession on one plane\n"
"  profession:CODE      a profession on the flow and the portal plane\n"
"  amc:N                an insurer's cell; amc:N@OPERATOR where two operators\n"
"                       have that AMC\n"
"  site:ID              a site with all its keys\n"
"  key:ID               one installation's key (43 characters)\n"
"  rpps:N               a professional, at every site\n"
"\n"
"  --reason WORD     kept with it, and shown by ecluse status\n"
"  --admin-key FILE  administrator's private key (PEM); a drill has its own\n"
"  --write FILE      do not send: put the signed act of one gate into this\n"
"                    new file (ecluse send DIR FILE)\n"
"  --json            one JSON object a line: {closed, words}\n"
"\n"
"Exit status: 0 done, 2 wrong usage, 3 refused (closed already), 4 unknown,\n"
"5 not running.\n"
"\n"
"  $ ecluse close DIR plane:portal --reason phished-accounts\n"
"  closed plane:portal: registry entry 12\n";

static const char help_open[] =
"Usage: ecluse open [DIR] [--admin-key FILE]… GATE…\n"
"\n"
"Opens gates that ecluse close closed; see there for GATE. Two administrators\n"
"must sign, in one place or in two:\n"
"\n"
"  $ ecluse open DIR --admin-key a.pem --write open.act plane:portal\n"
"  $ ecluse sign open.act --key b.pem       (the second one, elsewhere)\n"
"  $ ecluse send DIR open.act\n"
"\n"
"  --reason WORD     written into the act\n"
"  --admin-key FILE  administrator's private key (PEM); repeat for the second;\n"
"                    a drill instance has its own\n"
"  --write FILE      do not send: put the signed act of one gate into this\n"
"                    new file\n"
"  --json            one JSON object a line: {opened, words}\n"
"\n"
"Exit status: 0 done, 2 wrong usage, 3 refused, 4 unknown, 5 not running.\n";

struct closing {
	const char *word, *done;	/* "close", "closed" */
	const char *dir, *reason, *write;
	const char *keys[ACT_SEND_KEYS];
	size_t key_count;
	bool json;
};

/* All of them before the first is sent: a folder that is no instance would
 * else be the gate that fails, and the others those of another instance. */
static bool are_gates(char **gates, int count)
{
	for (int i = 0; i < count; i++) {
		const char *colon = strchr(gates[i], ':');

		if (!colon || colon == gates[i] || strcspn(gates[i], " \t\n") !=
		    strlen(gates[i])) {
			say("%s: neither a gate nor an instance", gates[i]);
			return false;
		}
	}
	return true;
}

/* One act: "profession:CODE@PLANE" to "close profession=CODE plane=PLANE". */
static enum err send_gate(
    const struct closing *c, struct act_send *a, const char *gate)
{
	const char *colon = strchr(gate, ':'), *at = NULL;
	char line[CLOSE_LINE];
	int n;

	if (strncmp(gate, "profession:", 11) == 0)
		at = strchr(gate, '@');
	n = snprintf(line, sizeof(line), "%s %.*s=%.*s%s%s%s%s\n", c->word,
	    (int)(colon - gate), gate,
	    (int)(at ? at - colon - 1 : (int)strlen(colon + 1)), colon + 1,
	    at ? " plane=" : "", at ? at + 1 : "",
	    c->reason ? " reason=" : "", c->reason ? c->reason : "");
	if (n < 0 || (size_t)n >= sizeof(line))
		return ERR_LIMIT;
	return act_send(a, span_of(line, (size_t)n), NULL, NULL);
}

static enum err do_gate(
    const struct closing *c, struct act_send *a, const char *gate)
{
	enum err e = send_gate(c, a, gate);

	if (e)
		say("%s: %s", gate, say_why(a->words, e));
	else if (c->json)
		say_json(c->done, gate, a->words);
	else if (a->write_to)
		(void)printf("%s\n", say_why(a->words, ERR_OK));
	else
		(void)printf("%s %s: %s\n", lang_text(c->done), gate,
		    say_why(a->words, ERR_OK));
	return e;
}

/* A profession without a plane is closed wherever professionals come in; one
 * gate that stays as it is does not spare the other. */
static enum err do_one(
    const struct closing *c, struct act_send *a, const char *gate)
{
	static const char *const planes[2] = {"flow", "portal"};
	enum err worst = ERR_OK;

	if (strncmp(gate, "profession:", 11) != 0 || strchr(gate, '@'))
		return do_gate(c, a, gate);
	for (int i = 0; i < 2; i++) {
		char one[CLOSE_LINE];
		enum err e;

		(void)snprintf(one, sizeof(one), "%s@%s", gate, planes[i]);
		e = do_gate(c, a, one);
		worst = e ? e : worst;
	}
	return worst;
}

static int run(const struct closing *c, char **gates, int count)
{
	struct act_send a = {.write_to = c->write};
	enum err worst = ERR_OK, e;

	e = act_send_open(&a, c->dir, c->keys, c->key_count);
	if (e)
		return say_exit_of(e);
	for (int i = 0; i < count; i++) {
		e = do_one(c, &a, gates[i]);
		worst = e ? e : worst;
	}
	act_send_close(&a);
	return say_exit_of(worst);
}

static int take(struct closing *c, const char *help, int argc, char **argv)
{
	static const struct option options[] = {
	    {"admin-key", required_argument, NULL, 'k'},
	    {"reason", required_argument, NULL, 'r'},
	    {"write", required_argument, NULL, 'w'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	int opt;

	while ((opt = lang_option(argc, argv, "", options)) != -1) {
		if (opt == 'h') {
			return say_help(help);
		} else if (opt == 'k' && c->key_count < ACT_SEND_KEYS) {
			c->keys[c->key_count++] = optarg;
		} else if (opt == 'r') {
			c->reason = optarg;
		} else if (opt == 'w') {
			c->write = optarg;
		} else if (opt == 'j') {
			c->json = true;
		} else if (opt == 'd') {
			c->dir = optarg;
		} else {
			return say_usage(c->word, "option not understood");
		}
	}
	c->dir = where_take(argc, argv, &optind, c->dir);
	if (!c->dir || optind == argc)
		return say_usage(c->word, "name a gate, and the instance");
	if (c->write && optind + 1 != argc)
		return say_usage(c->word, "--write takes one gate");
	if (!act_send_fits("reason", c->reason) ||
	    !are_gates(argv + optind, argc - optind))
		return SAY_USAGE;
	return run(c, argv + optind, argc - optind);
}

int cmd_close(int argc, char **argv)
{
	struct closing c = {.word = "close", .done = N_("closed")};

	return take(&c, help_close, argc, argv);
}

int cmd_open(int argc, char **argv)
{
	struct closing c = {.word = "open", .done = N_("opened")};

	return take(&c, help_open, argc, argv);
}
