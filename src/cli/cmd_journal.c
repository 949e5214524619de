#include "cli/cmd_journal.h"
int cmd_journal_verify(int argc, char **argv) { (void)argc; (void)argv; return 5; }
int cmd_journal_proof(int argc, char **argv) { (void)argc; (void)argv; return 5; }
