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
#include <stdint.h>

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
/*
 * A number and the word for it in the reader's language, as "1 line" and
 * "3 lines", which lasts as long as the block that says it. one and many are
 * English texts; where English has one form for both ("added"), the reader's
 * language may not. They stand for themselves: no sentence around them agrees
 * with the number.
 */
#define lang_count(n, one, many) \
	lang_counted((unsigned long long)(n), one, many, \
	    (char[LANG_COUNT]){""})
#define LANG_COUNT 64
const char *lang_counted(unsigned long long n, const char *one,
    const char *many, char out[static LANG_COUNT]);
/* Is the reader's language French? For texts that are kept in both. */
bool lang_french(void);
/* By how much the clocks of the reader's place (TZ, /etc/localtime) are ahead of
 * UTC at an instant: for who is up at half past midnight today has begun. */
int64_t lang_zone_ms(int64_t now_ms);
