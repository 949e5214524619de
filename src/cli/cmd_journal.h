/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ecluse journal verify` and `ecluse journal proof`: the journal as anybody
 * can check it, from its public files (`scope`, which needs two
 * administrators, is cli/cmd_scope.h).
 */
#pragma once

/* argv[0] is "verify" or "proof". They return the exit status: 0 done, 1 the
 * check failed, 2 wrong usage, 4 no such entry yet, 5 files unreadable. */
int cmd_journal_verify(int argc, char **argv);
int cmd_journal_proof(int argc, char **argv);
