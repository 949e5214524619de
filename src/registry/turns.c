/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/turns.h"

const struct registry_turn *turns_at(
    const struct registry *r, enum keyring_kind kind, uint32_t generation)
{
	for (size_t i = 0; i < r->turn_count; i++)
		if (r->turns[i].kind == kind &&
		    r->turns[i].generation == generation)
			return &r->turns[i];
	return NULL;
}

uint32_t turns_last(const struct registry *r, enum keyring_kind kind)
{
	uint32_t last = 1;

	for (size_t i = 0; i < r->turn_count; i++)
		if (r->turns[i].kind == kind && r->turns[i].generation > last)
			last = r->turns[i].generation;
	return last;
}

uint32_t turns_in_use(
    const struct registry *r, enum keyring_kind kind, int64_t now_ms)
{
	uint32_t used = 1;

	for (size_t i = 0; i < r->turn_count; i++) {
		const struct registry_turn *t = &r->turns[i];

		if (t->kind == kind && t->from_ms <= now_ms &&
		    t->generation > used)
			used = t->generation;
	}
	return used;
}

bool turns_month_destroyed(const struct registry *r, uint32_t month)
{
	for (size_t i = 0; i < r->month_count; i++)
		if (r->months[i] == month)
			return true;
	return false;
}
