/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse-insurer: what a mutuelle runs at its own place, with its own data. */
#include <stdio.h>
#include <string.h>
#include "base/sabotage.h"
#include "base/standard.h"
#include "confine/tool.h"
#include "crypto/sign.h"
#include "insurer/cmd.h"
#include "lang/help.h"
#include "lang/lang.h"
#include "told/memory.h"

static const char help[] =
"Usage: ecluse-insurer COMMAND [OPTION…]\n"
"\n"
"Run by a mutuelle, with its own data and its own keys; only `send` needs\n"
"the network.\n"
"\n"
"  keygen      make the mutuelle's keys\n"
"  feed        check its file and turn it into a sealed, signed feed\n"
"  send        hand a feed over, chunk by chunk, over the network\n"
"  contract    sign a contract, to be priced by\n"
"  card issue  sign card tokens\n"
"  open        turn handles back into the mutuelle's references\n"
"\n"
"`ecluse-insurer COMMAND --help` tells more, `ecluse-insurer --version` which one\n"
"this is. The manual of the file is docs/feed.md.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	enum tool_needs needs;
} commands[] = {
    {"feed", cmd_feed, TOOL_FILES}, {"send", cmd_send, TOOL_NETWORK},
    {"open", cmd_open, TOOL_FILES}, {"card", cmd_card, TOOL_FILES},
    {"keygen", cmd_keygen, TOOL_FILES},
    {"contract", cmd_contract, TOOL_FILES},
};

/* Where the kernel takes no list of calls the command goes on, and says so. */
static bool give_up(const char *command, enum tool_needs needs)
{
	enum err e = tool_give_up(needs);

	if (e == ERR_UNKNOWN)
		cmd_say(command, "this kernel takes no list of system calls "
		    "(seccomp): the command can do more than it needs");
	else if (e)
		cmd_say(command, "core files and tracing cannot be given up");
	return !e || e == ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	standard_open();
	lang_start();
	memory_watch();
	if (SABOTAGE != 0)
		(void)fprintf(stderr, SABOTAGE_WORDS "\n", SABOTAGE);
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0)) {
		help_print(help, stdout);
		return cmd_finish(CMD_DONE);
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		(void)puts("ecluse-insurer " VERSION);
		return cmd_finish(CMD_DONE);
	}
	sign_start();
	for (size_t i = 0; argc > 1 &&
	     i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return give_up(argv[1], commands[i].needs) ?
			    commands[i].run(argc - 1, argv + 1) : CMD_OUTPUT;
	help_print(help, stderr);
	return CMD_USAGE;
}
