/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "crypto/hash.h"
#include "feed/follow.h"

struct feed_follow {
	struct feed_chunk_head first;	/* once began */
	struct hash_stream *sum;
	uint64_t lines;
	uint32_t next;
	bool began, failed, whole;
};

struct feed_follow *feed_follow_new(void)
{
	struct feed_follow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->sum = hash_stream_new();
	if (!f->sum) {
		feed_follow_free(f);
		return NULL;
	}
	return f;
}

void feed_follow_free(struct feed_follow *f)
{
	if (!f)
		return;
	hash_stream_free(f->sum);
	free(f);
}

static bool same_feed(
    const struct feed_chunk_head *a, const struct feed_chunk_head *b)
{
	return memcmp(a->amc, b->amc, FEED_CHUNK_AMC) == 0 &&
	    memcmp(a->id, b->id, FEED_CHUNK_ID) == 0 && a->kind == b->kind &&
	    a->keep_going == b->keep_going &&
	    a->effective_day == b->effective_day && a->made_ms == b->made_ms;
}

static enum err finish(
    struct feed_follow *f, const struct feed_chunk_head *head)
{
	uint8_t id[HASH_SIZE];

	hash_stream_end(f->sum, id);
	if (head->lines != f->lines || memcmp(id, head->id, sizeof(id)) != 0)
		return ERR_CORRUPT;
	f->whole = true;
	return ERR_OK;
}

enum err feed_follow_chunk(struct feed_follow *f,
    const struct feed_chunk_head *head, struct span plain, uint64_t lines)
{
	enum err e = ERR_OK;

	if (f->failed || f->whole || head->number != f->next ||
	    (f->began && !same_feed(&f->first, head))) {
		f->failed = true;
		f->whole = false;
		return ERR_STATE;
	}
	if (!f->began)
		f->first = *head;
	f->began = true;
	f->next++;
	f->lines += lines;
	hash_stream_put(f->sum, plain);
	if (head->last)
		e = finish(f, head);
	f->failed = e != ERR_OK;
	return e;
}

bool feed_follow_whole(const struct feed_follow *f)
{
	return f->whole;
}

uint64_t feed_follow_lines(const struct feed_follow *f)
{
	return f->lines;
}
