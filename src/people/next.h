/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ecluse population next`: the same population at a later date, for tests of
 * feeds that change. Of a hundred lines with rights, about:
 *
 *   2 change contract, 2 get another card, 1 is closed early in the 28 days
 *   before, 1 is left out of the feed; 1 household in 100 is new
 *   at a new year, 93 are renewed to 31 December, the others left to end
 *
 * Writes people.csv, feed/<AMC>.csv, cards.csv, insurers.csv, insurers/,
 * population.txt as population.h, and changes.csv, the truth:
 * amc;ref;member;what, what being changed, card, closed, dropped, joined or
 * renewed; a line that is not listed did not change. Sites and their keys
 * stay where they were.
 */
#pragma once
#include "base/clock.h"
#include "people/book.h"

struct next {
	const char *from, *out;
	int32_t day;		/* later than the population's */
	uint64_t seed;		/* of the changes */
	enum book_cards cards;
	const struct clock *clock;
};

struct next_report {
	uint64_t rows, changed, card, closed, dropped, joined, renewed;
};

/* As population_make(); ERR_TIME: the day is not later. */
MUST_CHECK enum err next_make(
    const struct next *what, struct next_report *ret);
