/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "rights/fresh.h"

#define SIZE_FIRST 1024

void fresh_init(struct fresh *f, size_t most)
{
	*f = (struct fresh){.most = most};
}

void fresh_release(struct fresh *f)
{
	free(f->places);
	fresh_init(f, f->most);
}

bool fresh_has_room(const struct fresh *f, size_t more)
{
	return f->count + more <= f->most;
}

/* Ascending with the tag: its first 32 bits as a fraction of size. */
static size_t place_of(const uint8_t *tag, size_t size)
{
	return (size_t)((uint64_t)get_be32(tag) * size >> 32);
}

static bool is(const struct fresh_entry *e, struct span tag)
{
	return e->n == tag.n && memcmp(e->tag, tag.p, tag.n) == 0;
}

/* The tag's entry, or the free place where it goes. */
static struct fresh_entry *look(
    struct fresh_entry *places, size_t size, struct span tag)
{
	size_t i = place_of(tag.p, size);

	while (places[i].n != 0 && !is(&places[i], tag))
		i = (i + 1) & (size - 1);
	return &places[i];
}

static enum err grow(struct fresh *f)
{
	size_t size = f->size ? f->size * 2 : SIZE_FIRST;
	struct fresh_entry *places = calloc(size, sizeof(*places));

	if (!places)
		return ERR_NOMEM;
	for (size_t i = 0; i < f->size; i++) {
		const struct fresh_entry *e = &f->places[i];

		if (e->n != 0)
			*look(places, size, span_of(e->tag, e->n)) = *e;
	}
	free(f->places);
	f->places = places;
	f->size = size;
	return ERR_OK;
}

int64_t fresh_find(const struct fresh *f, struct span tag)
{
	if (f->count == 0 || tag.n < sizeof(uint32_t))
		return 0;
	return look(f->places, f->size, tag)->person;
}

enum err fresh_add(
    struct fresh *f, struct span tag, int64_t person, bool card)
{
	struct fresh_entry *e;
	enum err failed;

	if (tag.n < sizeof(uint32_t) || tag.n > RIGHTS_TAG)
		return ERR_LIMIT;
	if (!fresh_has_room(f, 1))
		return ERR_FULL;
	if (f->count * 2 >= f->size) {
		failed = grow(f);
		if (failed)
			return failed;
	}
	e = look(f->places, f->size, tag);
	f->count += e->n == 0;
	memcpy(e->tag, tag.p, tag.n);
	e->n = (uint8_t)tag.n;
	e->card = card;
	e->person = person;
	return ERR_OK;
}

const struct fresh_entry *fresh_next(const struct fresh *f, size_t *at)
{
	const struct fresh_entry *e;

	while (*at < f->size) {
		e = &f->places[(*at)++];
		if (e->n != 0)
			return e;
	}
	return NULL;
}
