/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One right: what one line of a feed says about one person. A changed line is
 * a new row with a new id; ids are given once in a cell, densely, so that a
 * feed can remember what it has seen in one bit each.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define RIGHT_MOST 64	/* rows of one person that are not ended */

struct right_row {
	uint32_t cell, generation;	/* generation: gen_from */
	int64_t person, id;
	int64_t cover;
	uint8_t order;		/* 1: first insurer, 2: ... */
	int32_t from_day, to_day;	/* both inclusive */
	int32_t closed_day;	/* last day after an early closure; 0: none */
	uint8_t age_class;
	uint32_t age_change;
};

/* The last day in force, before from_day if it never began. */
int32_t right_last_day(const struct right_row *r);
bool right_in_force(const struct right_row *r, int32_t day);
/* Do both say the same, whatever their generation and id? */
bool right_equal(const struct right_row *a, const struct right_row *b);
