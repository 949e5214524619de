/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two generations of open-addressed tables. Each takes tags for one life;
 * then the older is emptied and becomes the younger: a tag is kept between
 * one and two lives, and no tag ever leaves earlier than its life.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "auth/replay.h"
#include "crypto/hash.h"

struct table {
	uint8_t (*tags)[REPLAY_TAG];	/* all zeros: free */
	size_t count;
};

struct replay {
	struct hash_mac *mac;
	struct table young, old;
	size_t size, most;
	int64_t life_ms, turned_ms;
};

enum err replay_new(const struct secret *key, size_t most, int64_t life_ms,
    struct replay **ret)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	r->size = 64;
	while (r->size < most * 2)
		r->size *= 2;
	r->most = most;
	r->life_ms = life_ms;
	r->turned_ms = INT64_MIN;
	r->young.tags = calloc(r->size, REPLAY_TAG);
	r->old.tags = calloc(r->size, REPLAY_TAG);
	r->mac = hash_mac_new(span_of(key->key, SECRET_SIZE));
	if (!r->young.tags || !r->old.tags || !r->mac) {
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
static uint8_t *seek(
    const struct replay *r, const struct table *t, const uint8_t *tag)
{
	static const uint8_t nothing[REPLAY_TAG];
	size_t i = (size_t)get_be64(tag) & (r->size - 1);

	while (memcmp(t->tags[i], nothing, REPLAY_TAG) != 0 &&
	    memcmp(t->tags[i], tag, REPLAY_TAG) != 0)
		i = (i + 1) & (r->size - 1);
	return t->tags[i];
}

static void turn(struct replay *r, int64_t now_ms)
{
	/* new zero pages cost less than clearing tens of megabytes at once */
	struct table emptied = {calloc(r->size, REPLAY_TAG), 0};

	if (emptied.tags) {
		free(r->old.tags);
	} else {
		emptied.tags = r->old.tags;
		memset(emptied.tags, 0, r->size * REPLAY_TAG);
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
	if (memcmp(seek(r, &r->old, tag), tag, REPLAY_TAG) == 0)
		return ERR_EXISTS;
	place = seek(r, &r->young, tag);
	if (memcmp(place, tag, REPLAY_TAG) == 0)
		return ERR_EXISTS;
	if (r->young.count == r->most)
		return ERR_FULL;
	memcpy(place, tag, REPLAY_TAG);
	r->young.count++;
	return ERR_OK;
}
