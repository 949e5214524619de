/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/huge.h"
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

void fresh_clear(struct fresh *f)
{
	if (f->size)
		memset(f->places, 0,
		    (f->size + FRESH_SLACK) * sizeof(*f->places));
	f->count = 0;
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

int fresh_order(const struct fresh_entry *e, struct span tag)
{
	size_t n = e->n < tag.n ? e->n : tag.n;
	int c = memcmp(e->tag, tag.p, n);

	return c ? c : (e->n > tag.n) - (e->n < tag.n);
}

/* The tag's entry, or the place where it belongs: free, or a greater tag's.
 * Places beyond the last are free for ever. */
static struct fresh_entry *look(
    struct fresh_entry *places, size_t size, struct span tag)
{
	struct fresh_entry *e = &places[place_of(tag.p, size)];

	while (e->n != 0 && fresh_order(e, tag) < 0)
		e++;
	return e;
}

/* Moves what stands at e and behind it one place on; false: no place left. */
static bool make_way(
    struct fresh_entry *places, size_t size, struct fresh_entry *e)
{
	struct fresh_entry *last = places + size + FRESH_SLACK - 1;
	struct fresh_entry *end = e;

	while (end < last && end->n != 0)
		end++;
	if (end == last)
		return false;
	memmove(e + 1, e, (size_t)(end - e) * sizeof(*e));
	return true;
}

static enum err grow(struct fresh *f)
{
	size_t size = f->size ? f->size * 2 : SIZE_FIRST;
	struct fresh_entry *places =
	    huge_calloc(size + FRESH_SLACK, sizeof(*places));

	if (!places)
		return ERR_NOMEM;
	for (size_t i = 0; i < f->size + (f->size ? FRESH_SLACK : 0); i++) {
		const struct fresh_entry *e = &f->places[i];

		/* in order: each goes behind the ones before it */
		if (e->n != 0)
			*look(places, size, span_of(e->tag, e->n)) = *e;
	}
	free(f->places);
	f->places = places;
	f->size = size;
	return ERR_OK;
}

void fresh_expect(const struct fresh *f, struct span tag)
{
	if (f->count > 0 && tag.n >= sizeof(uint32_t))
		__builtin_prefetch(&f->places[place_of(tag.p, f->size)]);
}

int64_t fresh_find(const struct fresh *f, struct span tag)
{
	const struct fresh_entry *e;

	if (f->count == 0 || tag.n < sizeof(uint32_t))
		return 0;
	e = look(f->places, f->size, tag);
	return e->n != 0 && fresh_order(e, tag) == 0 ? e->person : 0;
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
	while (e->n != 0 && fresh_order(e, tag) != 0 &&
	    !make_way(f->places, f->size, e)) {
		failed = grow(f);
		if (failed)
			return failed;
		e = look(f->places, f->size, tag);
	}
	f->count += e->n == 0 || fresh_order(e, tag) != 0;
	memcpy(e->tag, tag.p, tag.n);
	e->n = (uint8_t)tag.n;
	e->card = card;
	e->person = person;
	return ERR_OK;
}

const struct fresh_entry *fresh_next(const struct fresh *f, size_t *at)
{
	const struct fresh_entry *e;

	while (f->count > 0 && *at < f->size + FRESH_SLACK) {
		e = &f->places[(*at)++];
		if (e->n != 0)
			return e;
	}
	return NULL;
}
