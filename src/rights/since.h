/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Since when somebody has been covered: rights are renewed year by year, and a
 * waiting period does not begin anew with each of them.
 */
#pragma once
#include <stdint.h>

/* Both included; one that ends before it begins is none. */
struct since_span {
	int32_t from_day, last_day;
};

/* The first day of the days without a gap that end with day; day + 1: no span
 * holds it. */
int32_t since_first(
    const struct since_span *spans, unsigned count, int32_t day);
