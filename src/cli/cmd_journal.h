int cmd_journal_verify(int argc, char **argv);
int cmd_journal_proof(int argc, char **argv);
