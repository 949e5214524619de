/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard input, output and error. Whoever starts a program may have closed
 * them (`serve DIR >&- 2>&-`, some supervisors), or led them into a full disk
 * or a pipe that nobody reads. The numbers of closed ones would go to the next
 * files that are opened, and what is printed would be written into those: a
 * log line into the registry.
 */
#pragma once
#include <stdbool.h>
#include "base/err.h"

/*
 * Of a command, once, first in main(). Those that are closed are opened so
 * that to read and write them fails, as it did: who printed for nobody is told
 * (standard_flush).
 */
void standard_open(void);
/* Did standard output take all that was printed? */
bool standard_flush(void);
/*
 * Of a program that has no commands, before anything else: is `--version` or
 * `--help` all that it was told? Then it says so on standard output. Its exit
 * code: 0, 5 if it could not be said; -1: it was told something else.
 */
int standard_told(
    int argc, char **argv, const char *version, const char *usage);
/*
 * Of a server, the first thing in main(): those that are closed are /dev/null
 * from here on. ERR_IO: they cannot be, and nothing may be opened or printed.
 */
MUST_CHECK enum err standard_fill(void);
