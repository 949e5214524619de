/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "guard/snapshot.h"

#define MAGIC_SIZE (sizeof(SNAPSHOT_MAGIC) - 1)
#define END_SIZE (sizeof(SNAPSHOT_END) - 1)

/* Rows are words of this machine: another order is another format. */
static const uint32_t order = 0x01020304;

/* ---- saving ---- */

#define BLOCK 16384	/* bytes handed on at a time */

struct saver {
	struct guard_sink to;
	enum err err;
	size_t n;
	uint8_t bytes[BLOCK];
};

static void hand_on(struct saver *s)
{
	if (!s->err)
		s->err = s->to.put(s->to.ctx, span_of(s->bytes, s->n));
	s->n = 0;
}

static void put_bytes(struct saver *s, const void *p, size_t n)
{
	if (s->n + n > BLOCK)
		hand_on(s);
	memcpy(s->bytes + s->n, p, n);
	s->n += n;
}

static void put_u8(struct saver *s, uint8_t v)
{
	put_bytes(s, &v, 1);
}

static void put_u16(struct saver *s, uint16_t v)
{
	uint8_t bytes[2];

	put_be16(bytes, v);
	put_bytes(s, bytes, sizeof(bytes));
}

static void put_u32(struct saver *s, uint32_t v)
{
	uint8_t bytes[4];

	put_be32(bytes, v);
	put_bytes(s, bytes, sizeof(bytes));
}

static void put_time(struct saver *s, int64_t time)
{
	uint8_t bytes[8];

	put_be64(bytes, time == INT64_MIN ? 0 : (uint64_t)time + 1);
	put_bytes(s, bytes, sizeof(bytes));
}

static void put_set(struct saver *s, const struct roll *r)
{
	uint32_t row[ROLL_ROW_WORDS];
	size_t bytes = roll_row_words(r) * sizeof(*row);

	put_u32(s, roll_count(r, false));
	for (uint32_t i = r->oldest; i != ROLL_NONE; i = roll_next(r, i)) {
		roll_row(r, i, row);
		put_bytes(s, row, bytes);
	}
}

/*
 * Whoever is cold stays so: the whole need not fit into memory. Sets of one
 * that cannot be read are left out; the store has failed, and so the save.
 * What nothing leaves is not written to either: in a forked child each page
 * that is written to is copied first.
 */
static void put_subject(struct saver *s, const struct shelf *shelf,
    uint32_t id, int64_t now_ms)
{
	struct roll *set = shelf->subjects[id]->set, copy[SUBJECT_SETS];
	const struct roll *now[SUBJECT_SETS];
	int sets = subject_sets(shelf->level), done = 0;
	bool any = false;

	for (; done < sets; done++) {
		bool cold = roll_is_cold(&set[done]);

		if (cold && !roll_copy(&set[done], now_ms, &copy[done]))
			break;
		if (!cold && roll_is_due(&set[done], now_ms))
			roll_settle(&set[done], now_ms);
		now[done] = cold ? &copy[done] : &set[done];
		any |= roll_count(now[done], false) > 0;
	}
	if (any && done == sets)
		put_u32(s, id);
	for (int i = 0; i < done; i++) {
		if (any && done == sets)
			put_set(s, now[i]);
		if (now[i] == &copy[i])
			roll_release(&copy[i]);
	}
}

static void put_shelf(
    struct saver *s, const struct shelf *shelf, int64_t now_ms)
{
	for (uint32_t id = 0; id < shelf->n; id++)
		if (shelf->subjects[id])
			put_subject(s, shelf, id, now_ms);
	put_u32(s, 0);
}

static void put_alarms(struct saver *s, const struct shared_budget *b)
{
	for (int i = 0; i < 2; i++) {
		put_time(s, b->alarm[i].rose_at);
		put_u8(s, b->alarm[i].fell);
	}
}

static bool is_idle(const struct shared_budget *b, const struct roll *persons)
{
	return roll_count(persons, false) == 0 &&
	    b->alarm[0].rose_at == INT64_MIN &&
	    b->alarm[1].rose_at == INT64_MIN;
}

static void put_trades(struct saver *s, const struct shared *shared)
{
	for (uint16_t i = 0; i < SHARED_TRADES; i++) {
		const struct shared_trade *t = &shared->trades[i];

		if (is_idle(&t->budget, &t->persons))
			continue;
		put_u16(s, i / GUARD_PLANES);
		put_u8(s, i % GUARD_PLANES);
		put_alarms(s, &t->budget);
		put_set(s, &t->persons);
	}
	put_u16(s, 0);
}

static void put_cells(struct saver *s, const struct shared *shared)
{
	for (uint32_t id = 0; id < shared->cell_count; id++) {
		const struct shared_cell *c = shared->cells[id];

		if (!c || is_idle(&c->budget, &c->persons))
			continue;
		put_u32(s, id);
		put_alarms(s, &c->budget);
		put_set(s, &c->persons);
	}
	put_u32(s, 0);
}

enum err snapshot_save(struct guard *g, struct guard_sink to)
{
	struct saver s = {.to = to};
	enum err e;

	shared_settle_all(&g->shared, g->now);
	roll_settle(&g->cards, g->now);
	put_bytes(&s, SNAPSHOT_MAGIC, MAGIC_SIZE);
	put_bytes(&s, &order, sizeof(order));
	put_time(&s, g->now);
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		put_shelf(&s, &g->shelf[l], g->now);
	put_trades(&s, &g->shared);
	put_cells(&s, &g->shared);
	put_alarms(&s, &g->shared.platform);
	put_set(&s, &g->cards);
	put_bytes(&s, SNAPSHOT_END, END_SIZE);
	hand_on(&s);
	e = s.err ? s.err : g->store.failed;
	explicit_bzero(s.bytes, sizeof(s.bytes));
	return e;
}

/* ---- loading ---- */

struct loader {
	struct guard *g;
	uint64_t at;
	enum err err;		/* ERR_CORRUPT: bytes that no save wrote */
	uint32_t rows[BLOCK / 4];
};

static void want(struct loader *l, bool holds)
{
	if (!holds && !l->err)
		l->err = ERR_CORRUPT;
}

/* Zeros when there are no more. */
static void get_bytes(struct loader *l, void *to, size_t n)
{
	if (!l->err)
		l->err = l->g->store.fetch(l->g->store.ctx, l->at, to, n);
	if (l->err)
		memset(to, 0, n);
	l->at += n;
}

static uint8_t get_u8(struct loader *l)
{
	uint8_t v;

	get_bytes(l, &v, 1);
	return v;
}

static uint16_t get_u16(struct loader *l)
{
	uint8_t bytes[2];

	get_bytes(l, bytes, sizeof(bytes));
	return get_be16(bytes);
}

static uint32_t get_u32(struct loader *l)
{
	uint8_t bytes[4];

	get_bytes(l, bytes, sizeof(bytes));
	return get_be32(bytes);
}

static int64_t get_time(struct loader *l)
{
	uint8_t bytes[8];
	uint64_t time;

	get_bytes(l, bytes, sizeof(bytes));
	time = get_be64(bytes);
	want(l, time <= STATE_TIME_MOST + 1);
	return time == 0 || l->err ? INT64_MIN : (int64_t)(time - 1);
}

static void get_text(struct loader *l, const void *text, size_t n)
{
	uint8_t bytes[MAGIC_SIZE];

	get_bytes(l, bytes, n);
	want(l, memcmp(bytes, text, n) == 0);
}

static bool is_person(const uint32_t *words)
{
	return (words[0] || words[1]) && words[2] && words[2] < GUARD_CELLS;
}

/* What a key and its extra words may be, of each kind of set. */
static bool is_sound(const struct roll *r, const uint32_t *key)
{
	if (r->key_words == SUBJECT_PERSON)
		return is_person(key);
	if (r->key_words == SHARED_NUMBER)
		return key[0] || key[1];
	if (r->extra_words == SIGHTS_WORDS)
		return sights_are_sound(r, key + r->key_words);
	return r->extra_words == 0 || is_person(key + r->key_words);
}

static void get_rows(struct loader *l, struct roll *r, uint32_t n)
{
	size_t words = roll_row_words(r), most = BLOCK / 4 / words;
	uint32_t last = 0;
	const uint32_t *before = NULL;

	while (n > 0 && !l->err) {
		size_t some = n < most ? n : most;

		get_bytes(l, l->rows, some * words * sizeof(*l->rows));
		for (size_t i = 0; i < some && !l->err; i++) {
			const uint32_t *row = l->rows + i * words;

			want(l, roll_load_row(r, before, row) &&
			    is_sound(r, row + 1));
			last = row[0];
			before = &last;
		}
		n -= (uint32_t)some;
	}
}

static void get_set(struct loader *l, struct roll *r)
{
	uint32_t n = get_u32(l);
	uint64_t at = l->at;

	want(l, n == 0 || l->g->now != INT64_MIN);
	if (l->err)
		return;
	if (roll_load(r, n, l->g->now)) {
		want(l, false);
		return;
	}
	get_rows(l, r, n);
	roll_load_end(r, &l->g->store, at);
}

static void get_subject(struct loader *l, struct shelf *s, uint32_t id)
{
	struct subject *subject;
	enum err e = subject_make(s, id, &subject);

	if (e)
		l->err = e == ERR_RANGE ? ERR_CORRUPT : e;
	for (int i = 0; i < subject_sets(s->level) && !l->err; i++)
		get_set(l, &subject->set[i]);
	want(l, l->err || !subject_is_empty(s, subject));
}

static void get_shelf(struct loader *l, struct shelf *s)
{
	uint32_t id, last = 0;

	while ((id = get_u32(l)) != 0) {
		want(l, id > last);
		last = id;
		if (!l->err)
			get_subject(l, s, id);
	}
}

static void get_alarms(struct loader *l, struct shared_budget *b)
{
	for (int i = 0; i < 2; i++) {
		int64_t rose = get_time(l);
		uint8_t fell = get_u8(l);

		want(l, rose <= l->g->now);
		want(l, fell <= (rose != INT64_MIN));
		b->alarm[i] = (struct shared_alarm){rose, fell};
	}
}

static void get_trades(struct loader *l)
{
	uint32_t profession, last = 0;

	while ((profession = get_u16(l)) != 0) {
		uint32_t plane = get_u8(l);
		uint32_t place = profession * GUARD_PLANES + plane;
		struct shared_trade *t;

		want(l, profession < GUARD_PROFESSIONS && plane > 0 &&
		    plane < GUARD_PLANES && place > last);
		last = place;
		if (l->err)
			return;
		t = &l->g->shared.trades[place];
		get_alarms(l, &t->budget);
		get_set(l, &t->persons);
		want(l, !is_idle(&t->budget, &t->persons));
	}
}

static void get_cells(struct loader *l)
{
	uint32_t id, last = 0;

	while ((id = get_u32(l)) != 0) {
		struct shared_cell *c = NULL;
		enum err e = shared_make_cell(&l->g->shared, id, &c);

		want(l, id > last && e != ERR_RANGE);
		last = id;
		if (e && !l->err)
			l->err = e;
		if (l->err)
			return;
		get_alarms(l, &c->budget);
		get_set(l, &c->persons);
		shared_refresh(&l->g->shared, c);
		want(l, !is_idle(&c->budget, &c->persons));
	}
}

static void get_all(struct loader *l)
{
	struct guard *g = l->g;

	get_text(l, SNAPSHOT_MAGIC, MAGIC_SIZE);
	get_text(l, &order, sizeof(order));
	g->now = get_time(l);
	for (enum guard_level i = GUARD_KEY; i < GUARD_LEVELS; i++)
		get_shelf(l, &g->shelf[i]);
	get_trades(l);
	get_cells(l);
	get_alarms(l, &g->shared.platform);
	get_set(l, &g->cards);
	get_text(l, SNAPSHOT_END, END_SIZE);
}

void snapshot_clear(struct guard *g)
{
	for (enum guard_level l = GUARD_KEY; l < GUARD_LEVELS; l++)
		for (uint32_t id = 0; id < g->shelf[l].n; id++)
			if (g->shelf[l].subjects[id])
				subject_clear(&g->shelf[l],
				    g->shelf[l].subjects[id]);
	shared_clear(&g->shared);
	roll_release(&g->cards);
	g->now = INT64_MIN;
	g->store = (struct roll_store){0};
}

enum err snapshot_load(
    struct guard *g, struct guard_source from, uint64_t *ret_size)
{
	struct loader l = {.g = g};

	if (g->now != INT64_MIN)
		return ERR_STATE;
	g->store = (struct roll_store){from.ctx, from.fetch, ERR_OK};
	get_all(&l);
	explicit_bzero(l.rows, sizeof(l.rows));
	if (l.err)
		snapshot_clear(g);
	else
		*ret_size = l.at;
	return l.err;
}
