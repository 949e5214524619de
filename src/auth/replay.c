/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two generations of open-addressed tables. Each takes tags for one life;
 * then the older is emptied and becomes the younger: a tag is kept between
 * one and two lives, and no tag ever leaves earlier than its life.
 *
 * A table grows with what it holds: one made at once for the most that may
 * come is 64 MB of pages that a question touches for the first time, two page
 * faults each, a tenth of all that the keeper does for it. The next one begins
 * as large as the last (half of it where that was mostly empty), so that steady
 * traffic does not grow tables again.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "auth/replay.h"
#include "base/sabotage.h"
#include "crypto/hash.h"

#define LEAST 4096	/* places of a new table */

struct table {
	uint8_t (*tags)[REPLAY_TAG];	/* all zeros: free */
	size_t size, count;		/* size: a power of two */
};

struct replay {
	struct hash_mac *mac;
	struct table young, old;
	size_t most;
	int64_t life_ms, turned_ms;
};

static enum err table_new(size_t size, struct table *ret)
{
	struct table t = {calloc(size, REPLAY_TAG), size, 0};

	if (!t.tags)
		return ERR_NOMEM;
	*ret = t;
	return ERR_OK;
}

enum err replay_new(const struct secret *key, size_t most, int64_t life_ms,
    struct replay **ret)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	r->most = most;
	r->life_ms = life_ms;
	r->turned_ms = INT64_MIN;
	r->mac = hash_mac_new(span_of(key->key, SECRET_SIZE));
	if (!r->mac || table_new(LEAST, &r->young) ||
	    table_new(LEAST, &r->old)) {
		replay_free(r);
		return ERR_NOMEM;
	}
	*ret = r;
	return ERR_OK;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	hash_mac_free(r->mac);
	free(r->young.tags);
	free(r->old.tags);
	free(r);
}

void replay_tag(struct replay *r, const uint8_t id[static SIGN_KEY_ID],
    const uint8_t nonce[static 16], uint8_t out[static REPLAY_TAG])
{
	uint8_t mac[HASH_SIZE];
	struct span parts[2] = {span_of(id, SIGN_KEY_ID), span_of(nonce, 16)};

	hash_mac_parts(r->mac, parts, 2, mac);
	memcpy(out, mac, REPLAY_TAG);
}

/* The place of tag in the table, or the free one where it belongs. */
static uint8_t *seek(const struct table *t, const uint8_t *tag)
{
	static const uint8_t nothing[REPLAY_TAG];
	size_t i = (size_t)get_be64(tag) & (t->size - 1);

	while (memcmp(t->tags[i], nothing, REPLAY_TAG) != 0 &&
	    memcmp(t->tags[i], tag, REPLAY_TAG) != 0)
		i = (i + 1) & (t->size - 1);
	return t->tags[i];
}

/* Twice the places for the same tags. */
static enum err widen(struct table *t)
{
	static const uint8_t nothing[REPLAY_TAG];
	struct table wider;
	enum err e = table_new(t->size * 2, &wider);

	if (e)
		return e;
	for (size_t i = 0; i < t->size; i++)
		if (memcmp(t->tags[i], nothing, REPLAY_TAG) != 0)
			memcpy(seek(&wider, t->tags[i]), t->tags[i],
			    REPLAY_TAG);
	wider.count = t->count;
	free(t->tags);
	*t = wider;
	return ERR_OK;
}

static size_t next_size(const struct table *t)
{
	return t->size > LEAST && t->count * 8 < t->size ? t->size / 2 :
	    t->size;
}

static void turn(struct replay *r, int64_t now_ms)
{
	struct table emptied;

	/* new zero pages cost less than clearing tens of megabytes at once */
	if (table_new(next_size(&r->young), &emptied)) {
		emptied = r->old;
		emptied.count = 0;
		memset(emptied.tags, 0, emptied.size * REPLAY_TAG);
	} else {
		free(r->old.tags);
	}
	r->old = r->young;
	r->young = emptied;
	r->turned_ms = now_ms;
}

enum err replay_admit(
    struct replay *r, const uint8_t tag[static REPLAY_TAG], int64_t now_ms)
{
	uint8_t *place;

	if (r->turned_ms == INT64_MIN)
		r->turned_ms = now_ms;
	if (now_ms - r->turned_ms > r->life_ms)
		turn(r, now_ms);
	if (!SABOTAGED(REPLAY) &&
	    (memcmp(seek(&r->old, tag), tag, REPLAY_TAG) == 0 ||
	    memcmp(seek(&r->young, tag), tag, REPLAY_TAG) == 0))
		return ERR_EXISTS;
	/* half full at most, or refused: nothing is forgotten for room */
	if (r->young.count == r->most || (r->young.count * 2 >=
	    r->young.size && widen(&r->young)))
		return ERR_FULL;
	place = seek(&r->young, tag);
	memcpy(place, tag, REPLAY_TAG);
	r->young.count++;
	return ERR_OK;
}
