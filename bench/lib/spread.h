/* SPDX-License-Identifier: Apache-2.0 */
/* A list of measurements and its percentiles. */
#pragma once
#include <stddef.h>

struct spread {
	double *list;
	size_t count, most;
};

void spread_init(struct spread *s, size_t most);
void spread_release(struct spread *s);
void spread_clear(struct spread *s);
void spread_put(struct spread *s, double v);	/* beyond most: ends */
/* The smallest v that at least part of the list is not above; 0 if empty.
 * Sorts the list. */
double spread_at(struct spread *s, double part);
