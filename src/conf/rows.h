/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings. For conf/ alone; others see struct conf. */
#pragma once
#include <stddef.h>
#include "conf/conf.h"

enum rows_type {
	ROWS_TEXT,	/* char array of size most + 1 */
	ROWS_YES,	/* bool: yes, no */
	ROWS_NUMBER,	/* uint32_t, least..most */
	ROWS_CHOICE,	/* an enum: the place of the word in words */
};

struct rows_row {
	const char *name;
	enum rows_type type;
	size_t at;		/* offset in struct conf */
	const char *preset;	/* as text; NULL: must be said */
	uint32_t least, most;
	const char *const *words;	/* ROWS_CHOICE, ended by NULL */
	bool (*fits)(struct span value);	/* ROWS_TEXT, may be NULL */
	const char *form;	/* "one of ...", for errors and the file */
	const char *help;	/* one sentence, may hold newlines */
};

/* The row at place i, NULL behind the last. */
const struct rows_row *rows_at(size_t i);
/* The name most like it, for "did you mean". */
const char *rows_nearest(struct span name);

/* Value from text into c: ERR_RANGE if the row does not take it. */
MUST_CHECK enum err rows_set(
    const struct rows_row *row, struct span value, struct conf *c);
/* Value of c as the text that rows_set takes. */
void rows_get(
    const struct rows_row *row, const struct conf *c, struct buf *out);
