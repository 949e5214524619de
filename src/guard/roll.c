/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "guard/roll.h"

/* The words of a node; its key and extra follow. */
enum { LAST, PREV, NEXT, HEAD_WORDS };

#define CAP_LEAST 4u
#define SLOTS_LEAST 8u

static size_t stride(const struct roll *r)
{
	return HEAD_WORDS + (size_t)r->key_words + r->extra_words;
}

static uint32_t *node_at(const struct roll *r, uint32_t node)
{
	assert(node < r->top);
	return r->nodes + node * stride(r);
}

/* murmur3's finaliser over the words: keys are random numbers and keyed tags,
 * which nobody outside can choose, so spreading them is enough. */
static uint32_t hash_of(const struct roll *r, const uint32_t *key)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < r->key_words; i++) {
		h ^= key[i];
		h *= UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 33;
		h *= UINT64_C(0xc4ceb9fe1a85ec53);
		h ^= h >> 33;
	}
	return (uint32_t)h;
}

void roll_init(struct roll *r, unsigned key_words, unsigned extra_words,
    int64_t keep_ms)
{
	assert(key_words > 0 && key_words <= ROLL_KEY_WORDS);
	assert(keep_ms >= ROLL_DAY_MS && keep_ms <= 40 * ROLL_DAY_MS);
	*r = (struct roll){.key_words = (uint8_t)key_words,
	    .extra_words = (uint8_t)extra_words, .keep_ms = keep_ms,
	    .spare = ROLL_NONE, .oldest = ROLL_NONE, .newest = ROLL_NONE,
	    .edge = ROLL_NONE, .at = INT64_MIN, .due = INT64_MAX};
	late_init(&r->late, key_words, extra_words);
}

void roll_release(struct roll *r)
{
	free(r->slots);
	free(r->nodes);
	late_release(&r->late);
	roll_init(r, r->key_words, r->extra_words, r->keep_ms);
}

static int64_t last_of(const struct roll *r, const uint32_t *node)
{
	return r->at - (int64_t)(uint32_t)((uint32_t)r->at - node[LAST]);
}

int64_t roll_last(const struct roll *r, uint32_t node)
{
	return last_of(r, node_at(r, node));
}

const uint32_t *roll_key(const struct roll *r, uint32_t node)
{
	return node_at(r, node) + HEAD_WORDS;
}

uint32_t *roll_extra(const struct roll *r, uint32_t node)
{
	return node_at(r, node) + HEAD_WORDS + r->key_words;
}

uint32_t roll_next(const struct roll *r, uint32_t node)
{
	return node_at(r, node)[NEXT];
}

static bool is_key(const struct roll *r, uint32_t node, const uint32_t *key)
{
	const uint32_t *own = roll_key(r, node);

	for (unsigned i = 0; i < r->key_words; i++)
		if (own[i] != key[i])
			return false;
	return true;
}

/* The slot that holds key, or the free one where its search ends. */
static uint32_t slot_of(const struct roll *r, const uint32_t *key)
{
	uint32_t mask = r->slot_count - 1, s = hash_of(r, key) & mask;

	while (r->slots[s] && !is_key(r, r->slots[s] - 1, key))
		s = (s + 1) & mask;
	return s;
}

uint32_t roll_find(const struct roll *r, const uint32_t *key)
{
	return r->slots ? r->slots[slot_of(r, key)] - 1 : ROLL_NONE;
}

bool roll_in_day(const struct roll *r, uint32_t node)
{
	return r->at - roll_last(r, node) < ROLL_DAY_MS;
}

bool roll_has(const struct roll *r, const uint32_t *key, bool day)
{
	uint32_t node = roll_find(r, key);

	return node != ROLL_NONE && (!day || roll_in_day(r, node));
}

uint32_t roll_count(const struct roll *r, bool day)
{
	return (day ? r->n24 : r->n) + r->late.n;
}

int64_t roll_oldest(const struct roll *r, bool day)
{
	uint32_t node = day ? r->edge : r->oldest;

	return node == ROLL_NONE ? INT64_MIN : roll_last(r, node);
}

static void unlink_node(struct roll *r, uint32_t node)
{
	const uint32_t *p = node_at(r, node);

	if (r->edge == node)
		r->edge = p[NEXT];
	if (p[PREV] == ROLL_NONE)
		r->oldest = p[NEXT];
	else
		node_at(r, p[PREV])[NEXT] = p[NEXT];
	if (p[NEXT] == ROLL_NONE)
		r->newest = p[PREV];
	else
		node_at(r, p[NEXT])[PREV] = p[PREV];
}

static void link_newest(struct roll *r, uint32_t node)
{
	uint32_t *p = node_at(r, node);

	p[LAST] = (uint32_t)r->at;
	p[PREV] = r->newest;
	p[NEXT] = ROLL_NONE;
	if (r->newest == ROLL_NONE)
		r->oldest = node;
	else
		node_at(r, r->newest)[NEXT] = node;
	r->newest = node;
	if (r->edge != ROLL_NONE)
		return;
	r->edge = node;
	if (r->due > r->at + ROLL_DAY_MS)
		r->due = r->at + ROLL_DAY_MS;
}

/*
 * Empty slot s and close the gap: each follower of the run moves back if the
 * gap lies between its home and where it stands (Knuth, 6.4 algorithm R).
 */
static void clear_slot(struct roll *r, uint32_t s)
{
	uint32_t mask = r->slot_count - 1, gap = s;

	for (;;) {
		uint32_t home;

		s = (s + 1) & mask;
		if (!r->slots[s])
			break;
		home = hash_of(r, roll_key(r, r->slots[s] - 1)) & mask;
		if (((s - home) & mask) < ((s - gap) & mask))
			continue;
		r->slots[gap] = r->slots[s];
		gap = s;
	}
	r->slots[gap] = 0;
}

static void drop_oldest(struct roll *r)
{
	uint32_t node = r->oldest;

	assert(r->n > 0 && r->edge != node);
	clear_slot(r, slot_of(r, roll_key(r, node)));
	unlink_node(r, node);
	node_at(r, node)[NEXT] = r->spare;
	r->spare = node;
	r->n--;
}

/* Keys differ, so that none has to be compared: the first free slot is it. */
static void index_all(struct roll *r)
{
	uint32_t mask = r->slot_count - 1;

	for (uint32_t i = r->oldest; i != ROLL_NONE; i = roll_next(r, i)) {
		uint32_t s = hash_of(r, roll_key(r, i)) & mask;

		while (r->slots[s])
			s = (s + 1) & mask;
		r->slots[s] = i + 1;
	}
}

/* The same set in fewer nodes, in the order of the list. */
static void move_to(struct roll *to, const struct roll *from)
{
	uint32_t k = 0;

	for (uint32_t i = from->oldest; i != ROLL_NONE;
	    i = roll_next(from, i), k++) {
		uint32_t *p = to->nodes + k * stride(to);

		memcpy(p, node_at(from, i), stride(to) * sizeof(*p));
		p[PREV] = k ? k - 1 : ROLL_NONE;
		p[NEXT] = k + 1 < from->n ? k + 1 : ROLL_NONE;
		if (i == from->edge)
			to->edge = k;
	}
	to->n = to->top = k;
	to->oldest = 0;
	to->newest = k - 1;
	index_all(to);
}

static uint32_t slots_for(uint32_t n)
{
	uint32_t slots = SLOTS_LEAST;

	while (slots / 4 * 3 < n)
		slots *= 2;
	return slots;
}

/* Without memory for the smaller copy the set stays as large as it is. */
static void shrink(struct roll *r)
{
	struct roll small = *r;

	small.cap = r->n + r->n / 2 < CAP_LEAST ? CAP_LEAST : r->n + r->n / 2;
	small.slot_count = slots_for(small.cap);
	small.spare = small.edge = ROLL_NONE;
	small.nodes = malloc(small.cap * stride(r) * sizeof(*small.nodes));
	small.slots = calloc(small.slot_count, sizeof(*small.slots));
	if (!small.nodes || !small.slots) {
		free(small.nodes);
		free(small.slots);
		return;
	}
	move_to(&small, r);
	free(r->nodes);
	free(r->slots);
	*r = small;
}

/* When the first of the set, which has some, will leave one of its windows. */
static int64_t first_due(const struct roll *r)
{
	int64_t due = roll_last(r, r->oldest) + r->keep_ms;

	if (r->edge != ROLL_NONE &&
	    roll_last(r, r->edge) + ROLL_DAY_MS < due)
		due = roll_last(r, r->edge) + ROLL_DAY_MS;
	return due;
}

/* Sabotage: budgets begin again at midnight. */
static bool is_yesterday(int64_t now_ms, int64_t last_ms)
{
	return SABOTAGED(MIDNIGHT) ?
	    now_ms / ROLL_DAY_MS != last_ms / ROLL_DAY_MS :
	    now_ms - last_ms >= ROLL_DAY_MS;
}

static void drop_overdue(struct roll *r, int64_t now_ms)
{
	while (r->edge != ROLL_NONE &&
	    is_yesterday(now_ms, roll_last(r, r->edge))) {
		r->edge = roll_next(r, r->edge);
		r->n24--;
	}
	while (r->n && now_ms - roll_last(r, r->oldest) >= r->keep_ms)
		drop_oldest(r);
}

static void put_row(struct roll *r, const uint32_t *row)
{
	uint32_t node = r->top++, *p = node_at(r, node);

	p[LAST] = row[0];
	p[PREV] = node ? node - 1 : ROLL_NONE;
	p[NEXT] = node + 1 < r->n ? node + 1 : ROLL_NONE;
	memcpy(p + HEAD_WORDS, row + 1,
	    (stride(r) - HEAD_WORDS) * sizeof(*row));
}

/* The rows of a cold set, in the order of the list. */
static enum err fetch_rows(struct roll *r)
{
	uint32_t rows[4096];
	size_t words = roll_row_words(r), some = sizeof(rows) / 4 / words;
	enum err e = ERR_OK;

	for (r->top = 0; r->top < r->n && !e;) {
		size_t n = r->n - r->top < some ? r->n - r->top : some;

		e = r->store->fetch(r->store->ctx,
		    r->store_at + r->top * words * sizeof(*rows), rows,
		    n * words * sizeof(*rows));
		for (size_t i = 0; i < n && !e; i++)
			put_row(r, rows + i * words);
	}
	explicit_bzero(rows, sizeof(rows));
	return e;
}

/* What a cold set was told, into the one that has rows. */
static enum err catch_up(struct roll *to, const struct late *l)
{
	enum err e = ERR_OK;

	for (uint32_t i = 0; i < l->n && !e; i++) {
		const uint32_t *key = late_key(l, i);

		roll_settle(to, late_time(l, i));
		e = roll_reserve(to);
		if (!e)
			roll_put(to, key, key + to->key_words);
	}
	return e;
}

/* A cold set in memory: as it was at its time, and all since. */
static enum err warm(const struct roll *r, struct roll *ret)
{
	struct roll as = *r;
	enum err e = ERR_NOMEM;

	late_init(&as.late, as.key_words, as.extra_words);
	as.cap = as.n + as.n / 8 + CAP_LEAST;
	as.slot_count = slots_for(as.cap);
	as.nodes = malloc(as.cap * stride(r) * sizeof(*as.nodes));
	as.slots = calloc(as.slot_count, sizeof(*as.slots));
	if (as.nodes && as.slots)
		e = fetch_rows(&as);
	if (e) {
		free(as.nodes);
		free(as.slots);
		return e;
	}
	as.store = NULL;
	as.oldest = 0;
	as.newest = as.n - 1;
	as.edge = as.n24 ? as.n - as.n24 : ROLL_NONE;
	index_all(&as);
	e = catch_up(&as, &r->late);
	if (e)
		roll_release(&as);
	else
		*ret = as;
	return e;
}

bool roll_copy(const struct roll *r, int64_t now_ms, struct roll *ret)
{
	enum err e = r->store->failed;

	if (!e)
		e = warm(r, ret);
	r->store->failed = e;
	if (!e)
		roll_settle(ret, now_ms);
	return !e;
}

/* Brings a cold set into memory; where that fails it stays as it is. */
static void warm_up(struct roll *r, int64_t now_ms)
{
	struct roll as;

	if (!roll_copy(r, now_ms, &as))
		return;
	late_release(&r->late);
	*r = as;
}

void roll_tell(struct roll *r, int64_t now_ms)
{
	if (!r->store)
		roll_settle(r, now_ms);
	else if (now_ms > r->late_ms)
		r->late_ms = now_ms;
}

bool roll_is_due(const struct roll *r, int64_t now_ms)
{
	return r->store || now_ms >= r->due || SABOTAGED(MIDNIGHT);
}

void roll_settle(struct roll *r, int64_t now_ms)
{
	if (r->store) {
		warm_up(r, now_ms);
		return;
	}
	if (now_ms <= r->at)
		return;
	if (roll_is_due(r, now_ms))
		drop_overdue(r, now_ms);
	if (r->n == 0 && r->cap)
		roll_release(r);
	r->at = now_ms;
	if (now_ms < r->due)
		return;
	r->due = first_due(r);
	if (r->cap > 4 * CAP_LEAST && r->n < r->cap / 4)
		shrink(r);
}

static enum err grow_nodes(struct roll *r)
{
	uint32_t cap = r->cap ? r->cap + r->cap / 2 : CAP_LEAST;
	uint32_t *p;

	p = realloc(r->nodes, cap * stride(r) * sizeof(*p));
	if (!p)
		return ERR_NOMEM;
	r->nodes = p;
	r->cap = cap;
	return ERR_OK;
}

static enum err grow_slots(struct roll *r)
{
	uint32_t count = slots_for(r->n + 1);
	uint32_t *p = calloc(count, sizeof(*p));

	if (!p)
		return ERR_NOMEM;
	free(r->slots);
	r->slots = p;
	r->slot_count = count;
	index_all(r);
	return ERR_OK;
}

enum err roll_reserve(struct roll *r)
{
	if (roll_count(r, false) >= ROLL_MOST)
		return ERR_LIMIT;
	if (r->store)
		return r->store->failed ? ERR_IO : late_reserve(&r->late);
	if (r->spare == ROLL_NONE && r->top == r->cap && grow_nodes(r))
		return ERR_NOMEM;
	if (r->slot_count / 4 * 3 <= r->n && grow_slots(r))
		return ERR_NOMEM;
	return ERR_OK;
}

static uint32_t new_node(struct roll *r)
{
	uint32_t node = r->spare;

	if (node == ROLL_NONE) {
		assert(r->top < r->cap);
		return r->top++;
	}
	r->spare = roll_next(r, node);
	return node;
}

static uint32_t add(struct roll *r, uint32_t slot, const uint32_t *key)
{
	uint32_t node = new_node(r);

	memset(node_at(r, node), 0, stride(r) * sizeof(*key));
	memcpy(node_at(r, node) + HEAD_WORDS, key,
	    r->key_words * sizeof(*key));
	r->slots[slot] = node + 1;
	link_newest(r, node);
	r->n++;
	r->n24++;
	return node;
}

uint32_t roll_touch(struct roll *r, const uint32_t *key)
{
	uint32_t slot, node;

	assert(r->slot_count / 4 * 3 > r->n);
	slot = slot_of(r, key);
	if (!r->slots[slot])
		return add(r, slot, key);
	node = r->slots[slot] - 1;
	if (!roll_in_day(r, node))
		r->n24++;
	unlink_node(r, node);
	link_newest(r, node);
	return node;
}

void roll_put(struct roll *r, const uint32_t *key, const uint32_t *extra)
{
	uint32_t node;

	if (r->store) {
		late_put(&r->late, r->late_ms, key, extra);
		return;
	}
	node = roll_touch(r, key);
	if (r->extra_words)
		memcpy(roll_extra(r, node), extra,
		    r->extra_words * sizeof(*extra));
}

size_t roll_memory(const struct roll *r)
{
	return late_memory(&r->late) + r->cap * stride(r) * sizeof(*r->nodes) +
	    r->slot_count * sizeof(*r->slots);
}

size_t roll_row_words(const struct roll *r)
{
	return stride(r) - HEAD_WORDS + 1;
}

void roll_row(const struct roll *r, uint32_t node, uint32_t *ret)
{
	const uint32_t *p = node_at(r, node);

	ret[0] = p[LAST];
	memcpy(ret + 1, p + HEAD_WORDS,
	    (stride(r) - HEAD_WORDS) * sizeof(*ret));
}

bool roll_is_cold(const struct roll *r)
{
	return r->store != NULL;
}

enum err roll_load(struct roll *r, uint32_t n, int64_t at_ms)
{
	assert(r->n == 0 && r->cap == 0);
	if (n > ROLL_MOST)
		return ERR_LIMIT;
	r->at = at_ms;
	r->n = n;
	return ERR_OK;
}

bool roll_load_row(
    struct roll *r, const uint32_t *before, const uint32_t *row)
{
	uint32_t age = (uint32_t)r->at - row[LAST];
	int64_t last = r->at - age, due = last + r->keep_ms;

	if (age >= r->keep_ms || last < 0 ||
	    (before && age > (uint32_t)r->at - before[LAST]))
		return false;
	if (age < ROLL_DAY_MS && r->n24++ == 0)
		due = last + ROLL_DAY_MS;
	else if (before)
		return true;
	r->due = due < r->due ? due : r->due;
	return true;
}

void roll_load_end(struct roll *r, struct roll_store *store, uint64_t at)
{
	if (r->n == 0)
		return;
	r->store = store;
	r->store_at = at;
	r->late_ms = r->at;
}
