/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include "lib/must.h"
#include "lib/spread.h"

void spread_init(struct spread *s, size_t most)
{
	s->list = calloc(most ? most : 1, sizeof(*s->list));
	must_true(s->list != NULL, "no memory");
	s->count = 0;
	s->most = most;
}

void spread_release(struct spread *s)
{
	free(s->list);
	*s = (struct spread){0};
}

void spread_clear(struct spread *s)
{
	s->count = 0;
}

void spread_put(struct spread *s, double v)
{
	must_true(s->count < s->most, "more measurements than room");
	s->list[s->count++] = v;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double spread_at(struct spread *s, double part)
{
	size_t rank;

	if (s->count == 0)
		return 0;
	qsort(s->list, s->count, sizeof(*s->list), compare);
	rank = (size_t)ceil(part * (double)s->count);
	return s->list[rank > 0 ? rank - 1 : 0];
}
