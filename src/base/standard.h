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
 * Of a server, the first thing in main(): those that are closed are /dev/null
 * from here on. ERR_IO: they cannot be, and nothing may be opened or printed.
 */
MUST_CHECK enum err standard_fill(void);
