/* SPDX-License-Identifier: Apache-2.0 */
#include "base/date.h"
#include "registry/alone.h"

static int64_t latest(const struct registry *r, int64_t time_ms)
{
	return time_ms > r->alone_ms ? time_ms : r->alone_ms;
}

bool alone_is_bulk(const struct registry *r, unsigned keys, unsigned sites,
    int64_t time_ms)
{
	int64_t now_ms = latest(r, time_ms);

	for (size_t i = 0; i < REGISTRY_ALONE_ACTS; i++) {
		const struct registry_alone *old = &r->alone[i];

		if (now_ms - old->time_ms >= DATE_DAY_MS)
			continue;
		keys += old->keys;
		sites += old->sites;
	}
	return keys > REGISTRY_ALONE_DAY || sites > REGISTRY_ALONE_DAY;
}

bool alone_is_capped(
    const struct registry *r, unsigned new_keys, int64_t time_ms)
{
	size_t i = r->key_count;
	uint32_t n = new_keys;

	while (i-- > 0 && time_ms - r->keys[i].taken_ms < DATE_DAY_MS)
		/* older than an act can be: a drill's, and not new */
		n += r->keys[i].since_ms + REGISTRY_ACT_LIFE_MS + DATE_DAY_MS >
		    r->keys[i].taken_ms ? 1 : 0;
	return new_keys > 0 && n > r->cap.keys_day;
}

void alone_note(
    struct registry *r, unsigned keys, unsigned sites, int64_t time_ms)
{
	if (keys == 0 && sites == 0)
		return;
	r->alone_ms = latest(r, time_ms);
	r->alone[r->alone_next] =
	    (struct registry_alone){r->alone_ms, keys, sites};
	r->alone_next = (r->alone_next + 1) % REGISTRY_ALONE_ACTS;
}
