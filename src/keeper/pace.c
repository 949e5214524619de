/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "keeper/pace.h"

#define FEWEST 64	/* keys that there is room for at once */

/* Of each key the time at which all that it took is given back (the generic
 * cell rate algorithm of ATM, I.371): a day from now at most. */
struct pace {
	uint32_t count;
	int64_t *back_us;
};

struct pace *pace_new(void)
{
	return calloc(1, sizeof(struct pace));
}

void pace_free(struct pace *p)
{
	if (p)
		free(p->back_us);
	free(p);
}

uint32_t pace_day(uint32_t persons, uint32_t times)
{
	uint64_t day = (uint64_t)persons * times + PACE_FLOOR;

	return day < UINT32_MAX ? (uint32_t)day : UINT32_MAX;
}

static enum err widen(struct pace *p, uint32_t key)
{
	uint32_t count = p->count ? p->count : FEWEST;
	int64_t *wider;

	if (key < p->count)
		return ERR_OK;
	while (count <= key)
		count *= 2;
	wider = realloc(p->back_us, count * sizeof(wider[0]));
	if (!wider)
		return ERR_NOMEM;
	memset(wider + p->count, 0, (count - p->count) * sizeof(wider[0]));
	p->back_us = wider;
	p->count = count;
	return ERR_OK;
}

enum err pace_take(
    struct pace *p, uint32_t key, uint32_t day, int64_t now_ms)
{
	int64_t now = now_ms * 1000, one, back;
	enum err e = widen(p, key);

	if (e)
		return e;
	assert(day > 0 && now >= 0);
	one = PACE_DAY_US / day;
	back = p->back_us[key] > now ? p->back_us[key] : now;
	if (back + one - now > PACE_DAY_US && !SABOTAGED(PACE))
		return ERR_FULL;
	p->back_us[key] = back + one;
	return ERR_OK;
}
