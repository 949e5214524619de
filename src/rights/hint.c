/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/hint.h"

struct hint hint_of(const uint8_t tag[RIGHTS_TAG], bool card)
{
	struct hint h;

	memcpy(h.head, tag, sizeof(h.head));
	h.card = card;
	return h;
}

void hint_range(const struct hint *h, uint8_t least[RIGHTS_TAG],
    uint8_t most[RIGHTS_TAG])
{
	memset(least, 0x00, RIGHTS_TAG);
	memset(most, 0xff, RIGHTS_TAG);
	memcpy(least, h->head, sizeof(h->head));
	memcpy(most, h->head, sizeof(h->head));
}

/* By the tag's bytes alone: a tag is not two kinds at once. */
bool hint_in(const struct hints *set, const struct hint *h)
{
	for (unsigned i = 0; i < set->count; i++)
		if (memcmp(set->list[i].head, h->head, sizeof(h->head)) == 0)
			return true;
	return false;
}

enum err hint_add(struct hints *set, const struct hint *h)
{
	if (hint_in(set, h))
		return ERR_OK;
	if (set->count == HINTS_MAX)
		return ERR_LIMIT;
	set->list[set->count++] = *h;
	return ERR_OK;
}

void hint_subtract(struct hints *set, const struct hints *take)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < set->count; i++)
		if (!hint_in(take, &set->list[i]))
			set->list[kept++] = set->list[i];
	set->count = kept;
}

void hint_only_cards(struct hints *set)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < set->count; i++)
		if (set->list[i].card)
			set->list[kept++] = set->list[i];
	set->count = kept;
}

struct span hint_pack(const struct hints *set, uint8_t out[HINT_BYTES])
{
	uint8_t *p = out;

	for (unsigned i = 0; i < set->count; i++, p += HINT_SIZE) {
		memcpy(p, set->list[i].head, sizeof(set->list[i].head));
		p[HINT_SIZE - 1] = set->list[i].card;
	}
	return span_of(out, (size_t)(p - out));
}

enum err hint_unpack(struct span in, struct hints *ret)
{
	struct reader r = reader_of(in);

	if (in.n % HINT_SIZE != 0 || in.n > HINT_BYTES)
		return ERR_CORRUPT;
	ret->count = 0;
	while (!reader_done(&r)) {
		struct hint *h = &ret->list[ret->count++];

		read_copy(&r, h->head, sizeof(h->head));
		h->card = read_u8(&r);
	}
	return ERR_OK;
}
