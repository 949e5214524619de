/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ecluse population`: an invented population in a folder (docs/population.md
 * lists its files). The same options give the same bytes on every machine;
 * memory does not grow with the number of members, but 24 bytes for each
 * question of the day.
 */
#pragma once
#include "base/clock.h"
#include "people/book.h"

struct population {
	uint32_t members, insurers;
	uint64_t seed;
	int32_t day;
	uint32_t sites;			/* 0: by the number of members */
	struct span professionals;	/* site_plan_set(); may be empty */
	enum book_cards cards;
	const char *out;		/* a folder that is not there yet */
	const struct clock *clock;	/* for the progress bar */
};

struct population_report {
	uint64_t members, rows, tokens, questions;
	uint32_t families, insurers, sites;
};

/* ERR_RANGE, ERR_SHAPE, ERR_UNKNOWN: an option; ERR_EXISTS: out is there;
 * ERR_IO, ERR_LIMIT, ERR_NOMEM. Nothing is left behind. */
MUST_CHECK enum err population_make(
    const struct population *what, struct population_report *ret);
