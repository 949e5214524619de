/* SPDX-License-Identifier: Apache-2.0 */
/* The files of data/rules, one row at a time, inside rules/ alone. */
#pragma once
#include "rules/state.h"

/* One file on its way: who reads it, and what is wrong. */
struct load {
	struct rules *rules;
	const char *file;
	uint32_t line;
	struct rules_fault *fault;
	struct span fields[16];
	size_t count;
};

/* Says "FILE:LINE: column: words" and gives e. */
MUST_CHECK enum err load_say(
    struct load *l, enum err e, const char *column, const char *words);
/*
 * Reads folder/file; head is its first line that is no comment, to the letter.
 * row is called for every other, with as many fields.
 */
MUST_CHECK enum err load_file(struct load *l, const char *folder,
    const char *head, enum err (*row)(struct load *l));
/* The four columns behind the first n: from, to, confirmed, source. */
struct load_tail {
	int32_t from_day, to_day;
	bool confirmed;
	uint32_t source;	/* place in rules->texts */
};
MUST_CHECK enum err load_tail(
    struct load *l, size_t n, struct load_tail *ret);
/* A word of letters, digits, - and _ (or empty if that is allowed). */
MUST_CHECK enum err load_word(struct load *l, size_t at, const char *column,
    bool empty, char *out, size_t size);
/* A text kept in rules->texts; its place there. */
MUST_CHECK enum err load_text(struct load *l, struct span text, uint32_t *ret);
