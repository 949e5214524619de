/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "crypto/hash.h"
#include "guard/snapshot.h"

#define MAGIC_SIZE (sizeof(SNAPSHOT_MAGIC) - 1)

/* ---- saving ---- */

static void put_words(struct buf *out, const uint32_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_u32(out, words[i]);
}

static void put_time(struct buf *out, int64_t time)
{
	buf_put_u64(out, time == INT64_MIN ? 0 : (uint64_t)time + 1);
}

static void put_sights(struct buf *out, const struct roll *r, uint32_t node)
{
	uint32_t sites[SIGHTS_KEPT], n;
	int64_t times[SIGHTS_KEPT];

	n = sights_list(r, node, sites, times);
	buf_put_u8(out, (uint8_t)n);
	for (uint32_t i = 0; i < n; i++) {
		buf_put_u32(out, sites[i]);
		buf_put_u32(out, (uint32_t)(r->at - times[i]));
	}
}

static void put_set(struct buf *out, const struct roll *r)
{
	buf_put_u32(out, roll_count(r, false));
	for (uint32_t i = r->oldest; i != ROLL_NONE; i = roll_next(r, i)) {
		put_words(out, roll_key(r, i), r->key_words);
		buf_put_u32(out, (uint32_t)(r->at - roll_last(r, i)));
		if (r->extra_words == SIGHTS_WORDS)
			put_sights(out, r, i);
		else
			put_words(out, roll_extra(r, i), r->extra_words);
	}
}

static void put_count(struct buf *out, size_t at, uint32_t n)
{
	if (!out->err)
		put_be32(out->p + at, n);
}

static void put_shelf(struct buf *out, const struct shelf *s, int64_t now_ms)
{
	size_t at = out->n;
	uint32_t n = 0;

	buf_put_u32(out, 0);
	for (uint32_t id = 0; id < s->n; id++) {
		struct subject *subject = s->subjects[id];

		if (!subject)
			continue;
		subject_settle(s, subject, now_ms);
		if (subject_is_empty(s, subject))
			continue;
		buf_put_u32(out, id);
		for (int i = 0; i < subject_sets(s->level); i++)
			put_set(out, &subject->set[i]);
		n++;
	}
	put_count(out, at, n);
}

static void put_alarms(struct buf *out, const struct shared_budget *b)
{
	for (int i = 0; i < 2; i++) {
		put_time(out, b->alarm[i].rose_at);
		buf_put_u8(out, b->alarm[i].fell);
	}
}

static bool is_idle(const struct shared_budget *b, const struct roll *persons)
{
	return roll_count(persons, false) == 0 &&
	    b->alarm[0].rose_at == INT64_MIN &&
	    b->alarm[1].rose_at == INT64_MIN;
}

static void put_trades(struct buf *out, const struct shared *s)
{
	size_t at = out->n;
	uint32_t n = 0;

	buf_put_u32(out, 0);
	for (uint16_t i = 0; i < SHARED_TRADES; i++) {
		const struct shared_trade *t = &s->trades[i];

		if (is_idle(&t->budget, &t->persons))
			continue;
		buf_put_u16(out, i / GUARD_PLANES);
		buf_put_u8(out, i % GUARD_PLANES);
		put_alarms(out, &t->budget);
		put_set(out, &t->persons);
		n++;
	}
	put_count(out, at, n);
}

static void put_cells(struct buf *out, const struct shared *s)
{
	size_t at = out->n;
	uint32_t n = 0;

	buf_put_u32(out, 0);
	for (uint32_t id = 0; id < s->cell_count; id++) {
		const struct shared_cell *c = s->cells[id];

		if (!c || is_idle(&c->budget, &c->persons))
			continue;
		buf_put_u32(out, id);
		put_alarms(out, &c->budget);
		put_set(out, &c->persons);
		n++;
	}
	put_count(out, at, n);
}

enum err snapshot_save(struct guard *g, struct buf *out)
{
	uint8_t digest[HASH_SIZE];
	size_t start = out->n;

	shared_settle_all(&g->shared, g->now);
	roll_settle(&g->cards, g->now);
	buf_text(out, SNAPSHOT_MAGIC);
	put_time(out, g->now);
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		put_shelf(out, &g->shelf[l], g->now);
	put_trades(out, &g->shared);
	put_cells(out, &g->shared);
	put_alarms(out, &g->shared.platform);
	put_set(out, &g->cards);
	if (out->err)
		return out->err;
	hash_sha256(span_of(out->p + start, out->n - start), digest);
	buf_put(out, digest, sizeof(digest));
	return out->err;
}

/* ---- loading ---- */

struct loader {
	struct guard *g;
	struct reader r;
	bool bad;		/* bytes that no save wrote */
	bool full;		/* no memory */
};

static bool ends(const struct loader *l)
{
	return l->bad || l->full || l->r.bad;
}

static void want(struct loader *l, bool holds)
{
	if (!holds)
		l->bad = true;
}

static void get_words(struct loader *l, uint32_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		words[i] = read_u32(&l->r);
}

static int64_t get_time(struct loader *l)
{
	uint64_t time = read_u64(&l->r);

	want(l, time <= STATE_TIME_MOST + 1);
	if (time == 0 || l->bad)
		return INT64_MIN;
	return (int64_t)(time - 1);
}

static bool is_person(const uint32_t *words)
{
	return (words[0] || words[1]) && words[2] && words[2] < GUARD_CELLS;
}

static void get_sights(struct loader *l, struct roll *r, uint32_t node)
{
	uint32_t sites[SIGHTS_KEPT], n = read_u8(&l->r);
	int64_t times[SIGHTS_KEPT];

	want(l, n > 0 && n <= SIGHTS_KEPT);
	for (uint32_t i = 0; i < n && !ends(l); i++) {
		sites[i] = read_u32(&l->r);
		times[i] = l->g->now - read_u32(&l->r);
		want(l, sites[i] > 0 && sites[i] < GUARD_SUBJECTS &&
		    times[i] >= 0 && l->g->now - times[i] < GUARD_DAY_MS);
		want(l, i == 0 || times[i] >= times[i - 1]);
		for (uint32_t k = 0; k < i; k++)
			want(l, sites[k] != sites[i]);
	}
	if (ends(l))
		return;
	want(l, times[n - 1] == roll_last(r, node));
	sights_restore(r, node, n, sites, times);
}

static void get_extra(struct loader *l, struct roll *r, uint32_t node)
{
	if (r->extra_words == SIGHTS_WORDS) {
		get_sights(l, r, node);
	} else if (r->extra_words) {
		get_words(l, roll_extra(r, node), r->extra_words);
		want(l, is_person(roll_extra(r, node)));
	}
}

/* One element: settle to its time, which drops nothing, and touch it. */
static void get_node(struct loader *l, struct roll *r)
{
	uint32_t key[ROLL_KEY_WORDS], node;
	int64_t time;

	get_words(l, key, r->key_words);
	time = l->g->now - read_u32(&l->r);
	want(l, time >= 0 && l->g->now - time < r->keep_ms &&
	    (roll_count(r, false) == 0 || time >= r->at));
	if (r->key_words == SUBJECT_PERSON)
		want(l, is_person(key));
	if (r->key_words == SHARED_NUMBER)
		want(l, key[0] || key[1]);
	if (ends(l))
		return;
	roll_settle(r, time);
	want(l, roll_find(r, key) == ROLL_NONE);
	if (ends(l))
		return;
	if (roll_reserve(r)) {
		l->full = true;
		return;
	}
	node = roll_touch(r, key);
	get_extra(l, r, node);
}

static void get_set(struct loader *l, struct roll *r)
{
	uint32_t n = read_u32(&l->r);

	want(l, n == 0 || l->g->now != INT64_MIN);
	for (uint32_t i = 0; i < n && !ends(l); i++)
		get_node(l, r);
	if (!ends(l))
		roll_settle(r, l->g->now);
}

/* Whoever was read without a card was read; not later than that. */
static void check_subset(struct loader *l, const struct roll *t,
    const struct roll *c)
{
	for (uint32_t i = t->oldest; i != ROLL_NONE; i = roll_next(t, i)) {
		uint32_t node = roll_find(c, roll_key(t, i));

		want(l, node != ROLL_NONE &&
		    roll_last(c, node) >= roll_last(t, i));
	}
}

static void check_answered(struct loader *l, const struct subject *site)
{
	const struct roll *c = &site->set[SUBJECT_C];
	const struct roll *a = &site->set[SUBJECT_ANSWERED];

	for (uint32_t i = a->oldest; i != ROLL_NONE; i = roll_next(a, i)) {
		uint32_t node = roll_find(c, roll_extra(a, i));

		want(l, node != ROLL_NONE &&
		    roll_last(c, node) >= roll_last(a, i));
	}
}

static void get_subject(struct loader *l, struct shelf *s, uint32_t id)
{
	struct subject *subject;
	enum err e = subject_make(s, id, &subject);

	want(l, e != ERR_RANGE);
	l->full |= e == ERR_NOMEM;
	if (e)
		return;
	for (int i = 0; i < subject_sets(s->level); i++)
		get_set(l, &subject->set[i]);
	if (ends(l))
		return;
	want(l, !subject_is_empty(s, subject));
	check_subset(l, &subject->set[SUBJECT_T], &subject->set[SUBJECT_C]);
	if (s->level == GUARD_SITE)
		check_answered(l, subject);
}

static void get_shelf(struct loader *l, struct shelf *s)
{
	uint32_t n = read_u32(&l->r), last = 0;

	for (uint32_t i = 0; i < n && !ends(l); i++) {
		uint32_t id = read_u32(&l->r);

		want(l, id > last);
		last = id;
		if (!ends(l))
			get_subject(l, s, id);
	}
}

static void get_alarms(struct loader *l, struct shared_budget *b)
{
	for (int i = 0; i < 2; i++) {
		int64_t rose = get_time(l);
		uint8_t fell = read_u8(&l->r);

		want(l, rose <= l->g->now);
		want(l, fell <= (rose != INT64_MIN));
		b->alarm[i] = (struct shared_alarm){rose, fell};
	}
}

static void get_trades(struct loader *l)
{
	uint32_t n = read_u32(&l->r), last = 0;

	for (uint32_t i = 0; i < n && !ends(l); i++) {
		uint32_t profession = read_u16(&l->r), plane = read_u8(&l->r);
		uint32_t place = profession * GUARD_PLANES + plane;
		struct shared_trade *t;

		want(l, profession > 0 && profession < GUARD_PROFESSIONS &&
		    plane > 0 && plane < GUARD_PLANES && place > last);
		last = place;
		if (ends(l))
			return;
		t = &l->g->shared.trades[place];
		get_alarms(l, &t->budget);
		get_set(l, &t->persons);
		want(l, !is_idle(&t->budget, &t->persons));
	}
}

static void get_cells(struct loader *l)
{
	uint32_t n = read_u32(&l->r), last = 0;

	for (uint32_t i = 0; i < n && !ends(l); i++) {
		uint32_t id = read_u32(&l->r);
		struct shared_cell *c = NULL;
		enum err e = shared_make_cell(&l->g->shared, id, &c);

		want(l, id > last && e != ERR_RANGE);
		l->full |= e == ERR_NOMEM;
		last = id;
		if (ends(l))
			return;
		get_alarms(l, &c->budget);
		get_set(l, &c->persons);
		want(l, !is_idle(&c->budget, &c->persons));
	}
}

static void get_all(struct loader *l)
{
	struct guard *g = l->g;

	g->now = get_time(l);
	for (enum guard_level i = GUARD_KEY; i < GUARD_LEVELS; i++)
		get_shelf(l, &g->shelf[i]);
	get_trades(l);
	get_cells(l);
	get_alarms(l, &g->shared.platform);
	get_set(l, &g->cards);
	want(l, reader_done(&l->r));
}

static void clear(struct guard *g)
{
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		for (uint32_t id = 0; id < g->shelf[l].n; id++)
			if (g->shelf[l].subjects[id])
				subject_clear(&g->shelf[l],
				    g->shelf[l].subjects[id]);
	shared_clear(&g->shared);
	roll_release(&g->cards);
	g->now = INT64_MIN;
}

enum err snapshot_load(struct guard *g, struct span in)
{
	struct loader l = {.g = g};
	uint8_t digest[HASH_SIZE];
	struct span body;

	if (g->now != INT64_MIN)
		return ERR_STATE;
	if (in.n < MAGIC_SIZE + HASH_SIZE ||
	    memcmp(in.p, SNAPSHOT_MAGIC, MAGIC_SIZE) != 0)
		return ERR_CORRUPT;
	body = span_of(in.p, in.n - HASH_SIZE);
	hash_sha256(body, digest);
	if (memcmp(digest, in.p + body.n, HASH_SIZE) != 0)
		return ERR_CORRUPT;
	l.r = reader_of(span_of(in.p + MAGIC_SIZE, body.n - MAGIC_SIZE));
	get_all(&l);
	if (!ends(&l))
		return ERR_OK;
	clear(g);
	return l.full ? ERR_NOMEM : ERR_CORRUPT;
}
