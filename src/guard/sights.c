/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include "guard/sights.h"

/* The extra words of a node: how many, then (site, time) from the oldest. */
enum { COUNT, FIRST };

void sights_init(struct roll *r)
{
	roll_init(r, GUARD_Q / 4, SIGHTS_WORDS, GUARD_DAY_MS);
}

/* Exact while younger than 49 days: a node is touched at least once a day,
 * and each touch drops what is older than a day. */
static int64_t time_of(const struct roll *r, uint32_t word)
{
	return r->at - (int64_t)(uint32_t)((uint32_t)r->at - word);
}

/* Sites still counted, oldest first; returns how many. */
static uint32_t list(const struct roll *r, uint32_t node,
    uint32_t sites[static SIGHTS_KEPT], int64_t times[static SIGHTS_KEPT])
{
	const uint32_t *extra = roll_extra(r, node);
	uint32_t n = 0;

	for (uint32_t i = 0; i < extra[COUNT]; i++) {
		const uint32_t *pair = extra + FIRST + 2 * i;

		if (r->at - time_of(r, pair[1]) >= GUARD_DAY_MS)
			continue;
		sites[n] = pair[0];
		times[n++] = time_of(r, pair[1]);
	}
	return n;
}

static void put(struct roll *r, uint32_t node, uint32_t n,
    const uint32_t *sites, const int64_t *times)
{
	uint32_t *extra = roll_extra(r, node);

	assert(n <= SIGHTS_KEPT);
	memset(extra, 0, SIGHTS_WORDS * sizeof(*extra));
	extra[COUNT] = n;
	for (uint32_t i = 0; i < n; i++) {
		extra[FIRST + 2 * i] = sites[i];
		extra[FIRST + 2 * i + 1] = (uint32_t)times[i];
	}
}

uint32_t sights_count(const struct roll *r, const uint32_t *q, uint32_t site)
{
	uint32_t sites[SIGHTS_KEPT], node = roll_find(r, q), n = 0;
	int64_t times[SIGHTS_KEPT];

	if (node != ROLL_NONE)
		n = list(r, node, sites, times);
	for (uint32_t i = 0; i < n; i++)
		if (sites[i] == site)
			return n;
	return site != 0 && n < SIGHTS_KEPT ? n + 1 : n;
}

void sights_add(struct roll *r, const uint32_t *q, uint32_t site)
{
	uint32_t sites[SIGHTS_KEPT + 1], n, kept = 0;
	int64_t times[SIGHTS_KEPT + 1];
	uint32_t node = roll_touch(r, q);

	n = list(r, node, sites, times);
	for (uint32_t i = 0; i < n; i++) {
		if (sites[i] == site)
			continue;
		sites[kept] = sites[i];
		times[kept++] = times[i];
	}
	sites[kept] = site;
	times[kept++] = r->at;
	if (kept > SIGHTS_KEPT)		/* the oldest makes way */
		put(r, node, SIGHTS_KEPT, sites + 1, times + 1);
	else
		put(r, node, kept, sites, times);
}

bool sights_are_sound(const struct roll *r, const uint32_t *extra)
{
	uint32_t n = extra[COUNT];

	if (n == 0 || n > SIGHTS_KEPT)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t *pair = extra + FIRST + 2 * i;

		if (pair[0] == 0 || pair[0] >= GUARD_SUBJECTS ||
		    time_of(r, pair[1]) < 0 || (i > 0 &&
		    time_of(r, pair[1]) < time_of(r, pair[-1])))
			return false;
	}
	return true;
}
