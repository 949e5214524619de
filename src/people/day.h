/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordinary day: which site asks about whom, at what time, with what proof.
 *
 * day.ndjson, one question a line, in order of time:
 *   {"site","rpps","key","amc","card","domain","date","time"} or, without a
 *   card, "member" or "nir", and "birth" and "rank", in the place of "card"
 * day.csv, the truth for tests: line;person;expect;how;flaw
 *   expect  covered, not-covered, closed (no rights on the day) or unknown
 *   how     card, member or nir
 *   flaw    what was wrong (3 in 100 without a card): birth, rank, number,
 *           amc (another mutuelle), stranger (nobody's)
 */
#pragma once
#include "people/book.h"
#include "people/extent.h"

struct day {
	const struct plan *plan;
	const struct site_plan *sites;
	const struct mint *mint;
	enum book_cards mode;
	struct extent people;
};

/* ERR_NOMEM: memory goes with the number of questions, 24 bytes each. */
MUST_CHECK enum err day_write(
    const struct day *d, const struct folder *f, uint64_t *ret_questions);
