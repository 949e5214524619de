/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse-insurer: what a mutuelle runs at its own place, with its own data. */
#include <stdio.h>
#include <string.h>
#include "base/sabotage.h"
#include "base/standard.h"
#include "crypto/sign.h"
#include "insurer/cmd.h"
#include "lang/help.h"
#include "lang/lang.h"

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
"`ecluse-insurer COMMAND --help` tells more. The manual of the file is\n"
"docs/feed.md.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"feed", cmd_feed}, {"send", cmd_send}, {"open", cmd_open}, {"card", cmd_card},
    {"keygen", cmd_keygen}, {"contract", cmd_contract},
};

int main(int argc, char **argv)
{
	standard_open();
	lang_start();
	if (SABOTAGE != 0)
		(void)fprintf(stderr, SABOTAGE_WORDS "\n", SABOTAGE);
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		help_print(help, stdout);
		return cmd_finish(CMD_DONE);
	}
	sign_start();
	for (size_t i = 0; argc > 1 &&
	     i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	help_print(help, stderr);
	return CMD_USAGE;
}
