/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse: the operator's command line. One row a command. */
#include <stdio.h>
#include <string.h>
#include "cli/cmd_act.h"
#include "cli/cmd_ask.h"
#include "cli/cmd_backup.h"
#include "cli/cmd_budgets.h"
#include "cli/cmd_card.h"
#include "cli/cmd_check.h"
#include "cli/cmd_clock.h"
#include "cli/cmd_close.h"
#include "cli/cmd_contract.h"
#include "cli/cmd_data.h"
#include "cli/cmd_decoy.h"
#include "cli/cmd_enrol.h"
#include "cli/cmd_init.h"
#include "cli/cmd_journal.h"
#include "cli/cmd_keys.h"
#include "cli/cmd_load.h"
#include "cli/cmd_population.h"
#include "cli/cmd_price.h"
#include "cli/cmd_restore.h"
#include "cli/cmd_revoke.h"
#include "cli/cmd_route.h"
#include "cli/cmd_scope.h"
#include "cli/cmd_send.h"
#include "cli/cmd_serve.h"
#include "cli/cmd_sign.h"
#include "cli/cmd_status.h"
#include "cli/cmd_who.h"
#include "cli/say.h"
#include "lang/lang.h"

static int cmd_journal(int argc, char **argv);

static const struct command {
	const char *name, *words;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"init", "make a new instance", cmd_init},
	{"serve", "start an instance", cmd_serve},
	{"enrol", "enrol insurers, sites, keys", cmd_enrol},
	{"revoke", "take rights away", cmd_revoke},
	{"close", "close a plane, profession, cell, site or key at once",
	    cmd_close},
	{"open", "open what was closed (two administrators)", cmd_open},
	{"status", "how the instance stands, what is closed", cmd_status},
	{"load", "load a mutuelle's signed feed", cmd_load},
	{"ask", "ask a rights question", cmd_ask},
	{"route", "the directory: which operator answers for an AMC", cmd_route},
	{"keys", "list, turn and destroy keys and months", cmd_keys},
	{"decoy", "plant invented persons, and see who asks about them",
	    cmd_decoy},
	{"budgets", "how many persons an asker has read", cmd_budgets},
	{"act", "sign and send another act: modes, budgets, clock", cmd_act},
	{"sign", "sign requests offline, shown in words", cmd_sign},
	{"send", "hand signed requests to the instance", cmd_send},
	{"journal", "verify, prove, and say who was read", cmd_journal},
	{"who", "who read one person (two administrators)", cmd_who},
	{"backup", "copy a running instance; verify a copy", cmd_backup},
	{"restore", "make an instance from a backup", cmd_restore},
	{"card", "verify a card token offline", cmd_card},
	{"check", "check identifiers: nir rpps finess siren siret amc",
	    cmd_check},
	{"clock", "show the time; set it in a drill", cmd_clock},
	{"price", "what a mutuelle pays for these acts, and why", cmd_price},
	{"contract", "check, show and compare contracts", cmd_contract},
	{"data", "check and compare the rules that price", cmd_data},
	{"population", "make invented people", cmd_population},
};

static void usage(FILE *f)
{
	(void)fputs("Usage: ecluse COMMAND [OPTION…]\n\n"
	    "Écluse, a plateforme de tiers payant that a stolen account cannot "
	    "empty,\nand that can prove who was read.\n\n", f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		(void)fprintf(f, "  %-11s %s\n", commands[i].name,
		    commands[i].words);
	(void)fputs("\necluse COMMAND --help tells more. Commands that need an "
	    "instance take it as\ntheir first argument, as --dir, from "
	    "ECLUSE_DIR, or from the current folder.\n\n"
	    "Exit status: 0 done or answered, 1 a check failed, 2 usage, 3 "
	    "refused,\n4 unknown, 5 server or transport.\n", f);
}

static int cmd_journal(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "verify") == 0)
		return cmd_journal_verify(argc - 1, argv + 1);
	if (strcmp(what, "proof") == 0)
		return cmd_journal_proof(argc - 1, argv + 1);
	if (strcmp(what, "scope") == 0)
		return cmd_scope(argc - 1, argv + 1);
	if (strcmp(what, "release") == 0)
		return cmd_release(argc - 1, argv + 1);
	if (strcmp(what, "open") == 0)
		return cmd_journal_open(argc - 1, argv + 1);
	(void)fputs("Usage: ecluse journal verify|proof|scope|release|open "
	    "[OPTION…]\n\n"
	    "  verify  check the public journal: signature and every hash\n"
	    "  proof   write the proof that an entry is in it\n"
	    "  scope   exactly whom an asker read (two administrators)\n"
	    "  release what opens one mutuelle's or asker's entries, for an\n"
	    "          auditor (two administrators)\n"
	    "  open    read such a file, without the instance\n\n"
	    "Each has its own --help.\n",
	    strcmp(what, "--help") == 0 ? stdout : stderr);
	return strcmp(what, "--help") == 0 ? SAY_DONE : SAY_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	lang_start();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		usage(stdout);
		return SAY_DONE;
	}
	if (strcmp(name, "--version") == 0) {
		(void)puts("ecluse " VERSION);
		return SAY_DONE;
	}
	usage(stderr);
	return SAY_USAGE;
}
