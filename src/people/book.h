/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that rows go to: people.csv, each mutuelle's feed/<AMC>.csv, and
 * cards.csv with a token for each card. One row in memory at a time.
 */
#pragma once
#include "people/folder.h"
#include "people/mint.h"

/* Whose cards get tokens in cards.csv. The feeds are the same either way. */
enum book_cards { BOOK_CARDS_ALL, BOOK_CARDS_SOME, BOOK_CARDS_NONE };
#define BOOK_SOME_EVERY 10	/* the cards of one household in ten */

struct book {
	const struct plan *plan;
	const struct mint *mint;
	enum book_cards mode;
	FILE *people, *cards, *feed[PLAN_INSURERS_MAX];
	struct buf token;
	uint64_t rows, tokens;
	uint64_t lines[PLAN_INSURERS_MAX];
};

/* Opens the files with their heads. Close or abandon it in any case. */
MUST_CHECK enum err book_open(struct book *b, const struct plan *p,
    const struct mint *mint, enum book_cards mode, const struct folder *f);
MUST_CHECK enum err book_put(struct book *b, const struct row *row);
MUST_CHECK enum err book_close(struct book *b);
void book_abandon(struct book *b);
/* Does this row's card have a token? */
bool book_has_token(enum book_cards mode, const struct row *row);
/* insurers.csv, with what the book wrote of each. */
MUST_CHECK enum err book_insurers(
    const struct book *b, const struct folder *f);
