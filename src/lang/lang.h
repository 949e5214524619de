/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of the person at the terminal: gettext, by LC_ALL, LC_MESSAGES
 * or LANG as setlocale(3) says, or LANGUAGE as gettext(3) says. English is in
 * the programs, French in po/fr.po; another language is another file there.
 *
 * Only what a person reads is translated: never JSON, names of fields and
 * commands, files, or log lines.
 */
#pragma once
#include <libintl.h>
#include <stdbool.h>

/* In a program: the text in the reader's language. */
#define _(text) gettext(text)
/* In a table: a text that will be shown by _() later. */
#define N_(text) text

/*
 * Once, first in main(). Catalogues are looked for beside the program
 * (po/<language>, as the build makes them), else in LOCALEDIR. A locale that
 * this machine has not generated still chooses the language. Numbers and dates
 * stay as in the C locale.
 */
void lang_start(void);
/* An English text that came from elsewhere (the keeper's words, a table of
 * another folder): translated if the catalogue has it, never NULL. */
const char *lang_text(const char *english) __attribute__((format_arg(1)));
/* Is the reader's language French? For texts that are kept in both. */
bool lang_french(void);
