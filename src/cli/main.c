/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse: the operator's command line. One row a command. */
#include <stdio.h>
#include <string.h>
#include "base/sabotage.h"
#include "base/standard.h"
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
#include "cli/cmd_estimate.h"
#include "cli/cmd_init.h"
#include "cli/cmd_journal.h"
#include "cli/cmd_keys.h"
#include "cli/cmd_load.h"
#include "cli/cmd_population.h"
#include "cli/cmd_price.h"
#include "cli/cmd_purge.h"
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
#include "confine/tool.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "told/memory.h"

static int cmd_journal(int argc, char **argv);

static const struct command {
	const char *name, *words;
	int (*run)(int argc, char **argv);
	enum tool_needs needs;	/* TOOL_FILES, if nothing stands there */
} commands[] = {
	{"init", N_("make a new instance"), cmd_init, TOOL_TOKEN},
	{"serve", N_("start an instance"), cmd_serve, TOOL_PROGRAM},
	{"enrol", N_("enrol insurers, sites, keys"), cmd_enrol},
	{"revoke", N_("take rights away"), cmd_revoke},
	{"close", N_("close a plane, profession, cell, site or key at once"),
	    cmd_close},
	{"open", N_("open what was closed (two administrators)"), cmd_open},
	{"status", N_("how the instance stands, what is closed"), cmd_status},
	{"load", N_("load a mutuelle's signed feed"), cmd_load},
	{"ask", N_("ask a rights question"), cmd_ask, TOOL_NETWORK},
	{"estimate", N_("what a person's mutuelle would pay for acts"),
	    cmd_estimate, TOOL_NETWORK},
	{"route", N_("the directory: which operator answers for an AMC"),
	    cmd_route},
	{"keys", N_("list, turn and destroy keys and months"), cmd_keys, TOOL_TOKEN},
	{"decoy", N_("plant invented persons, and see who asks about them"),
	    cmd_decoy, TOOL_NETWORK},
	{"budgets", N_("how many persons an asker has read"), cmd_budgets},
	{"act", N_("sign and send another act: modes, budgets, clock"), cmd_act},
	{"sign", N_("sign requests offline, shown in words"), cmd_sign},
	{"send", N_("hand signed requests to the instance"), cmd_send},
	{"journal", N_("verify, prove, and say who was read"), cmd_journal},
	{"who", N_("who read one person (two administrators)"), cmd_who},
	{"purge", N_("take away what is not to be kept any longer"), cmd_purge},
	{"backup", N_("copy a running instance; verify a copy"), cmd_backup},
	{"restore", N_("make an instance from a backup"), cmd_restore,
	    TOOL_TOKEN},
	{"card", N_("verify a card token offline"), cmd_card},
	{"check", N_("check identifiers: nir rpps finess siren siret amc"),
	    cmd_check},
	{"clock", N_("show the time; set it in a drill"), cmd_clock},
	{"price", N_("what a mutuelle pays for these acts, and why"), cmd_price},
	{"contract", N_("check, show and compare contracts"), cmd_contract},
	{"data", N_("check and compare the rules that price"), cmd_data},
	{"population", N_("make invented people"), cmd_population},
};

static const char help_head[] =
"Usage: ecluse COMMAND [OPTION…]\n"
"\n"
"Écluse, a plateforme de tiers payant that a stolen account cannot empty,\n"
"and that can prove who was read.\n";

static const char help_tail[] =
"ecluse COMMAND --help tells more, ecluse --version which one this is. Commands\n"
"that need an instance take it as their first argument, as --dir, from\n"
"ECLUSE_DIR, or from the current folder.\n"
"\n"
"Exit status: 0 done or answered, 1 a check failed, 2 usage, 3 refused,\n"
"4 unknown, 5 server or transport.\n";

static const char help_journal[] =
"Usage: ecluse journal verify|proof|scope|release|open [OPTION…]\n"
"\n"
"  verify   check the public journal: signature and every hash\n"
"  proof    write the proof that an entry is in it\n"
"  scope    exactly whom an asker read (two administrators)\n"
"  release  what opens one mutuelle's or asker's entries, for an\n"
"           auditor (two administrators)\n"
"  open     read such a file, without the instance\n"
"\n"
"Each has its own --help.\n";

static void usage(FILE *f)
{
	help_print(help_head, f);
	(void)fputc('\n', f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		(void)fprintf(f, "  %-11s %s\n", commands[i].name,
		    _(commands[i].words));
	(void)fputc('\n', f);
	help_print(help_tail, f);
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
	return say_parts(help_journal, what);
}

/* Where the kernel takes no list of calls the command goes on: an operator
 * without `close` would be worse off. */
static bool give_up(enum tool_needs needs)
{
	enum err e = tool_give_up(needs);

	if (e == ERR_UNKNOWN)
		say("this kernel takes no list of system calls (seccomp): "
		    "the command can do more than it needs");
	else if (e)
		say("core files and tracing cannot be given up");
	return !e || e == ERR_UNKNOWN;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (SABOTAGE != 0)
		(void)fprintf(stderr, SABOTAGE_WORDS "\n", SABOTAGE);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return give_up(commands[i].needs) ?
			    commands[i].run(argc - 1, argv + 1) :
			    SAY_TRANSPORT;
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

int main(int argc, char **argv)
{
	int status;

	standard_open();
	lang_start();
	memory_watch();
	status = run(argc, argv);
	if (standard_flush() && !memory_was_short())
		return status;
	/* what was to be told is lost, whatever it was */
	if (memory_was_short())
		say("out of memory: what was told is not whole");
	else
		say("standard output: cannot be written");
	return status == SAY_DONE || status == SAY_CHECK_FAILED ?
	    SAY_TRANSPORT : status;
}
