/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The --help of a command, in the reader's language. It is one English text in
 * the program, and is translated paragraph by paragraph (parted by an empty
 * line), so that a changed option asks for one paragraph again and not for the
 * page. What is typed stays as it is: lines of "Usage: " get the translated
 * word and nothing else, paragraphs of "  $ command" nothing at all.
 *
 * tools/messages.py finds these texts: each is a `static const char` array
 * whose name has "help" in it.
 */
#pragma once
#include <stdio.h>

/* Longest paragraph in bytes; a longer one would be shown in English. */
#define HELP_PARAGRAPH 4096

void help_print(const char *english, FILE *to);
