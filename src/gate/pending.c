/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "gate/pending.h"

struct place {
	uint32_t turn;		/* odd while it waits */
	uint32_t next_free;	/* PENDING_MOST: the last */
	void *owner;
};

struct pending {
	struct place places[PENDING_MOST];
	uint32_t first_free;
	size_t count;
};

enum err pending_new(struct pending **ret)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < PENDING_MOST; i++)
		p->places[i].next_free = i + 1;
	*ret = p;
	return ERR_OK;
}

void pending_free(struct pending *p)
{
	free(p);
}

static struct place *find(struct pending *p, uint64_t ref)
{
	uint64_t at = ref & 0xffffffff;
	struct place *place = at < PENDING_MOST ? &p->places[at] : NULL;

	if (!place || place->turn != ref >> 32 || place->turn % 2 == 0)
		return NULL;
	return place;
}

enum err pending_take(struct pending *p, void *owner, uint64_t *ret_ref)
{
	uint32_t at = p->first_free;
	struct place *place;

	if (at == PENDING_MOST)
		return ERR_FULL;
	place = &p->places[at];
	p->first_free = place->next_free;
	p->count++;
	place->turn++;
	place->owner = owner;
	*ret_ref = (uint64_t)place->turn << 32 | at;
	return ERR_OK;
}

void pending_leave(struct pending *p, uint64_t ref)
{
	struct place *place = find(p, ref);

	if (place)
		place->owner = NULL;
}

static void release(struct pending *p, struct place *place)
{
	place->owner = NULL;
	place->turn++;
	place->next_free = p->first_free;
	p->first_free = (uint32_t)(place - p->places);
	p->count--;
}

enum err pending_answer(struct pending *p, uint64_t ref, void **ret)
{
	struct place *place = find(p, ref);

	if (!place)
		return ERR_UNKNOWN;
	*ret = place->owner;
	release(p, place);
	return ERR_OK;
}

size_t pending_count(const struct pending *p)
{
	return p->count;
}

void pending_clear(struct pending *p)
{
	for (uint32_t i = 0; i < PENDING_MOST; i++)
		if (p->places[i].turn % 2 == 1)
			release(p, &p->places[i]);
}
