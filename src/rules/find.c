/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rules/state.h"

const struct rules_act *rules_act_ever(const struct rules *r, struct span code)
{
	uint32_t at;

	return map_find(&r->by_code, code, &at) ? &r->acts[at] : NULL;
}

const struct rules_act *rules_act(
    const struct rules *r, struct span code, int32_t day)
{
	const struct rules_act *a = rules_act_ever(r, code);
	const struct rules_act *end = r->acts + r->act_count;

	for (; a && a < end && span_is(code, a->code); a++)
		if (a->from_day <= day && day <= a->to_day)
			return a;
	return NULL;
}

const struct rules_act *rules_acts(const struct rules *r, size_t *ret_count)
{
	*ret_count = r->act_count;
	return r->acts;
}

size_t rules_groups(const struct rules *r)
{
	return r->group_count;
}

bool rules_is_family(const struct rules *r, struct span word)
{
	for (size_t i = 0; i < r->act_count; i++)
		if (span_is(word, r->acts[i].family))
			return true;
	return false;
}

bool rules_is_domain(const struct rules *r, struct span word)
{
	for (size_t i = 0; i < r->act_count; i++)
		if (span_is(word, r->acts[i].domain))
			return true;
	return false;
}

static bool names_zone(const struct rules_list *l, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < l->count; i++) {
		const char *zone = strchr(l->facts[i].key, '/');

		if (zone && strncmp(zone + 1, word, n) == 0 &&
		    zone[1 + n] == '/')
			return true;
	}
	return false;
}

bool rules_is_zone(const struct rules *r, const char *word)
{
	return word[0] && (names_zone(&r->lists[RULES_BASES], word) ||
	    names_zone(&r->lists[RULES_LIMITS], word));
}

struct rules_series rules_series(
    const struct rules *r, enum rules_table t, const char *key)
{
	const struct rules_list *l = &r->lists[t];
	struct rules_series s = {NULL, 0};
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(l->facts[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < l->count && strcmp(l->facts[low].key, key) == 0)
		s.first = &l->facts[low];
	while (low + s.count < l->count &&
	    strcmp(l->facts[low + s.count].key, key) == 0)
		s.count++;
	return s;
}

/* The latest first: most questions are about today. */
const struct rules_fact *rules_on(struct rules_series s, int32_t day)
{
	for (uint32_t i = s.count; i > 0; i--) {
		const struct rules_fact *f = &s.first[i - 1];

		if (f->from_day <= day)
			return day <= f->to_day ? f : NULL;
	}
	return NULL;
}

const struct rules_fact *rules_find(const struct rules *r,
    enum rules_table t, const char *key, int32_t day)
{
	return rules_on(rules_series(r, t, key), day);
}

const struct rules_fact *rules_all(
    const struct rules *r, enum rules_table t, size_t *ret_count)
{
	*ret_count = r->lists[t].count;
	return r->lists[t].facts;
}
