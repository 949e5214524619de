/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the person at the terminal, never through standard input. */
#pragma once
#include <stdbool.h>

/* Asks for what opens the key file (ctx: its path), without showing what is
 * typed; what ends the program meanwhile (^C) leaves a terminal that shows it
 * again. Its length, or -1 without a terminal. For sign_private_load_locked. */
int passphrase_ask(void *ctx, char *to, int size);
/* Shows the question and takes one line: "y" or "o" and more is yes. 1 yes, 0
 * no, -1 there is no terminal. */
int passphrase_confirm(const char *question);
