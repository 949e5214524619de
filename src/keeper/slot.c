/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "crypto/secret.h"
#include "keeper/slot.h"

struct slots {
	uint32_t free_count;
	uint32_t reach;			/* places from here on: never taken */
	uint32_t free[SLOT_COUNT];	/* places, a stack */
	uint32_t used[SLOT_PLANES];	/* by plane */
	uint8_t plane[SLOT_COUNT];	/* whose share a place is of */
	uint16_t *held;			/* slots by key */
	uint32_t held_count;
	struct slot all[SLOT_COUNT];
};

enum err slots_new(struct slots **ret)
{
	struct slots *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	s->free_count = SLOT_COUNT;
	for (uint32_t i = 0; i < SLOT_COUNT; i++)
		s->free[i] = SLOT_COUNT - 1 - i;
	*ret = s;
	return ERR_OK;
}

void slots_free(struct slots *s)
{
	if (!s)
		return;
	free(s->held);
	for (uint32_t i = 0; i < s->reach; i++)
		free(s->all[i].acts);
	secret_wipe(s, sizeof(*s));
	free(s);
}

struct slot *slots_take(struct slots *s, uint8_t plane)
{
	uint32_t place;

	if (s->free_count == 0 || plane >= SLOT_PLANES ||
	    s->used[plane] == SLOT_PLANE)
		return NULL;
	place = s->free[--s->free_count];
	if (place >= s->reach)
		s->reach = place + 1;
	s->plane[place] = plane;
	s->used[plane]++;
	s->all[place].purpose = RIGHTS_READ;
	return &s->all[place];
}

/* Room to count the slots of key. */
static enum err widen(struct slots *s, uint32_t key)
{
	uint32_t count = s->held_count ? s->held_count : 1024;
	uint16_t *wider;

	if (key < s->held_count)
		return ERR_OK;
	while (count <= key)
		count *= 2;
	wider = realloc(s->held, count * sizeof(*wider));
	if (!wider)
		return ERR_NOMEM;
	memset(wider + s->held_count, 0,
	    (count - s->held_count) * sizeof(*wider));
	s->held = wider;
	s->held_count = count;
	return ERR_OK;
}

enum err slots_own(struct slots *s, struct slot *slot, uint32_t key)
{
	enum err e = widen(s, key);

	slot->key = key;
	if (!e && s->held[key] == SLOT_KEY)
		e = ERR_FULL;
	if (e)
		return e;
	s->held[key]++;
	slot->owned = true;
	return ERR_OK;
}

void slots_give(struct slots *s, struct slot *slot)
{
	uint32_t turn = slot->turn + 1;

	if (slot->owned)
		s->held[slot->key]--;
	free(slot->acts);
	secret_wipe(slot, sizeof(*slot));
	slot->turn = turn;
	s->used[s->plane[slot - s->all]]--;
	s->free[s->free_count++] = (uint32_t)(slot - s->all);
}

uint64_t slots_ref(const struct slots *s, const struct slot *slot)
{
	return (uint64_t)slot->turn << 32 | (uint64_t)(slot - s->all);
}

struct slot *slots_find(struct slots *s, uint64_t ref)
{
	uint32_t place = (uint32_t)ref;

	if (place >= SLOT_COUNT || s->all[place].state == SLOT_FREE ||
	    s->all[place].turn != (uint32_t)(ref >> 32))
		return NULL;
	return &s->all[place];
}

struct slot *slots_at(struct slots *s, uint32_t place)
{
	return &s->all[place];
}

uint32_t slots_reach(const struct slots *s)
{
	return s->reach;
}

uint32_t slots_used(const struct slots *s)
{
	return SLOT_COUNT - s->free_count;
}
