/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "keeper/summary.h"

struct alone {
	uint32_t key, count, unfit;
	bool used;
};

struct summary {
	int64_t minute;		/* of the counts in alone */
	int64_t lines_minute;	/* of the first line */
	uint32_t count;
	struct summary_line lines[SUMMARY_LINES], taken[SUMMARY_LINES];
	uint32_t alone_count;
	struct alone alone[SUMMARY_KEYS * 2];	/* by key, open addressing */
};

enum err summary_new(struct summary **ret)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	*ret = s;
	return ERR_OK;
}

void summary_free(struct summary *s)
{
	free(s);
}

static void turn(struct summary *s, int64_t now_ms)
{
	int64_t minute = now_ms / SUMMARY_MINUTE_MS;

	if (minute == s->minute)
		return;
	s->minute = minute;
	s->alone_count = 0;
	memset(s->alone, 0, sizeof(s->alone));
}

/* The place of this key, or the free one where it would be. */
static struct alone *place_of(struct summary *s, uint32_t key, int64_t now_ms)
{
	size_t i = key * UINT64_C(0x9e3779b1) % (SUMMARY_KEYS * 2);

	turn(s, now_ms);
	while (s->alone[i].used && s->alone[i].key != key)
		i = (i + 1) % (SUMMARY_KEYS * 2);
	return &s->alone[i];
}

/* The same, taken by it; NULL: all are taken. */
static struct alone *take_place(
    struct summary *s, uint32_t key, int64_t now_ms)
{
	struct alone *a = place_of(s, key, now_ms);

	if (a->used)
		return a;
	if (s->alone_count == SUMMARY_KEYS)
		return NULL;
	s->alone_count++;
	*a = (struct alone){.key = key, .used = true};
	return a;
}

bool summary_alone(struct summary *s, uint32_t key, int64_t now_ms)
{
	struct alone *a = take_place(s, key, now_ms);

	return a && (++a->count <= SUMMARY_ALONE || SABOTAGED(SUMS));
}

void summary_unfit(struct summary *s, uint32_t key, int64_t now_ms)
{
	struct alone *a = take_place(s, key, now_ms);

	if (a)
		a->unfit++;
}

bool summary_unfit_over(struct summary *s, uint32_t key, int64_t now_ms)
{
	return place_of(s, key, now_ms)->unfit >= SUMMARY_UNFIT &&
	    !SABOTAGED(SUMS);
}

static struct summary_line *line_of(
    struct summary *s, uint32_t key, uint8_t plane, uint8_t reason)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct summary_line *l = &s->lines[i];

		if (l->key == key && l->plane == plane && l->reason == reason)
			return l;
	}
	if (s->count >= SUMMARY_LINES -
	    (key == SUMMARY_STRANGERS ? 0 : SUMMARY_SPARE))
		return NULL;
	s->lines[s->count] = (struct summary_line){key, plane, reason, 0};
	return &s->lines[s->count++];
}

void summary_add(struct summary *s, uint32_t key, uint8_t plane,
    uint8_t reason, int64_t now_ms)
{
	struct summary_line *l;

	if (s->count == 0)
		s->lines_minute = now_ms / SUMMARY_MINUTE_MS;
	l = line_of(s, key, plane, reason);
	if (!l)
		l = line_of(s, SUMMARY_STRANGERS, plane, reason);
	if (!l)		/* more reasons than SUMMARY_SPARE has room for */
		return;
	assert(l->count < UINT32_MAX);	/* no machine refuses so many */
	l->count++;
}

bool summary_due(const struct summary *s, int64_t now_ms)
{
	return s->count > 0 && now_ms / SUMMARY_MINUTE_MS != s->lines_minute;
}

const struct summary_line *summary_take(struct summary *s, uint32_t *n)
{
	memcpy(s->taken, s->lines, s->count * sizeof(s->lines[0]));
	*n = s->count;
	s->count = 0;
	return s->taken;
}
