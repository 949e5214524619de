/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "price/counters.h"

static struct counters_entry *find(
    struct counters *c, const char *ref, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->entries[i].ref, ref) == 0 &&
		    (!name || strcmp(c->entries[i].name, name) == 0))
			return &c->entries[i];
	return NULL;
}

/* One reference may touch several counters: all of them are given back. */
static enum err cancel(struct counters *c, const char *ref)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->entries[i].ref, ref) == 0)
			c->entries[i].cancelled = true;
	return ERR_OK;
}

static void take(struct counters_entry *to, const struct counters_event *e)
{
	to->day = e->day;
	to->until_day = e->until_day;
	to->amount = e->amount;
	to->acts = e->acts;
	to->consumed = e->kind == COUNTERS_CONSUME;
}

enum err counters_apply(struct counters *c, const struct counters_event *e)
{
	struct counters_entry *known = find(c, e->ref, e->name);

	if (e->kind == COUNTERS_CANCEL)
		return cancel(c, e->ref);
	if (e->kind == COUNTERS_RESERVE && e->until_day < e->day)
		return ERR_RANGE;
	if (known && known->cancelled)
		return ERR_STATE;
	/* the bill came first, or again: it says more than its reservation */
	if (known && known->consumed)
		return ERR_OK;
	if (!known) {
		if (c->count == COUNTERS_ENTRIES)
			return ERR_FULL;
		known = &c->entries[c->count++];
		*known = (struct counters_entry){.acts = 0};
		memcpy(known->ref, e->ref, sizeof(known->ref));
		memcpy(known->name, e->name, sizeof(known->name));
	}
	take(known, e);
	return ERR_OK;
}

/* The first day of the window that ends on day. */
static int32_t begins(enum contract_per window, int32_t day)
{
	int y, m, d;
	int32_t first = day;

	switch (window) {
	case CONTRACT_DAY:
		return day;
	case CONTRACT_YEAR:
		date_to_civil(day, &y, &m, &d);
		return date_from_civil(y, 1, 1, &first) ? day : first;
	case CONTRACT_4_YEARS: case CONTRACT_EAR:
		return date_add_months(day, -48) + 1;
	default:
		return date_add_months(day, -24) + 1;
	}
}

struct counters_balance counters_look(const struct counters *c,
    const char *name, enum contract_per window, int32_t day)
{
	struct counters_balance b = {.last_day = 0};
	int32_t first = begins(window, day);
	int32_t last = window == CONTRACT_YEAR ? INT32_MAX : day;
	int y, m, d;

	date_to_civil(day, &y, &m, &d);
	if (window == CONTRACT_YEAR && date_from_civil(y, 12, 31, &last))
		last = day;
	for (size_t i = 0; i < c->count; i++) {
		const struct counters_entry *e = &c->entries[i];

		if (e->cancelled || strcmp(e->name, name) != 0)
			continue;
		if (e->consumed && (!b.delivered || e->day > b.last_day)) {
			b.delivered = true;
			b.last_day = e->day;
		}
		if (e->day < first || e->day > last)
			continue;
		if (e->consumed) {
			b.consumed = money_add(b.consumed, e->amount);
			b.consumed_acts += e->acts;
		} else if (e->until_day >= day) {
			b.reserved = money_add(b.reserved, e->amount);
			b.reserved_acts += e->acts;
		}
	}
	return b;
}

static void give(const struct counters *c, const char *name,
    enum contract_per window, struct price_ask *ask)
{
	struct price_counter *to = &ask->counters[ask->counter_count];
	struct counters_balance b = counters_look(c, name, window, ask->day);

	for (unsigned i = 0; i < ask->counter_count; i++)
		if (strcmp(ask->counters[i].name, name) == 0)
			return;
	if (ask->counter_count == PRICE_COUNTERS)
		return;
	*to = (struct price_counter){
	    .used = money_add(b.consumed, b.reserved),
	    .acts = b.consumed_acts + b.reserved_acts,
	    .last_day = b.last_day, .delivered = b.delivered};
	memcpy(to->name, name, strlen(name) + 1);
	ask->counter_count++;
}

void counters_fill(const struct counters *c, const struct contract *contract,
    struct price_ask *ask)
{
	static const char *const equipment[] = {"optics", "audio-left",
	    "audio-right"};
	static const char *const yearly[] = {"participation", "franchise"};

	ask->counter_count = 0;
	for (size_t i = 0; i < 3; i++)
		give(c, equipment[i], CONTRACT_4_YEARS, ask);
	for (size_t i = 0; i < 2; i++)
		give(c, yearly[i], CONTRACT_YEAR, ask);
	for (size_t i = 0; i < contract->cover_count; i++)
		for (unsigned k = 0; k < contract->covers[i].limit_count; k++)
			give(c, contract->covers[i].limits[k].counter,
			    contract->covers[i].limits[k].per, ask);
}
