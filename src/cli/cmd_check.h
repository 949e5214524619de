/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ecluse check KIND VALUE…`: identifiers, one line of verdict each. The words
 * valid, warning and error are for programs and never translated; what follows
 * them is in French or English, as the environment says.
 */
#pragma once

/* argv[0] is "check". Returns the exit status: 0 no error, 1 at least one, 2
 * wrong usage, 5 the output could not be written. */
int cmd_check(int argc, char **argv);
