/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard input, output and error of a command, which whoever starts it may
 * have closed, or led into a full disk or a pipe that nobody reads.
 */
#pragma once
#include <stdbool.h>

/*
 * Once, first in main(). Of the three those that are closed are opened, so
 * that no file of ours gets their number and what is printed for a person: to
 * read and write them fails, as it did.
 */
void standard_open(void);
/* Did standard output take all that was printed? */
bool standard_flush(void);
