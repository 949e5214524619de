/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/lookup.h"
#include "rights/since.h"

void lookup_init(struct lookup *l, struct roll *roll)
{
	memset(l, 0, sizeof(*l));
	l->roll = roll;
	buf_init(&l->text, COVER_TEXT_MAX);
}

void lookup_release(struct lookup *l)
{
	buf_release(&l->text);
}

/* The one person that all count tags name at the generation, or 0. */
static enum err meet(struct lookup *l, uint32_t cell, uint32_t generation,
    const uint8_t (*tags)[RIGHTS_TAG], unsigned count, int64_t *ret_person)
{
	int64_t person = 0, met = 0;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < count && !e; i++) {
		e = alias_sql_visible(&l->roll->alias, cell,
		    span_of(tags[i], RIGHTS_TAG), generation, &person);
		if (i == 0)
			met = person;
		else if (person != met)
			met = 0;
	}
	if (!e)
		*ret_person = met;
	return e;
}

/* The row of a person whom aliases name, or nobody's (0), which is looked for
 * all the same. Who is named and is not there was lost: that is no stranger. */
static enum err read_person(struct lookup *l, uint32_t cell, int64_t person,
    uint32_t generation, struct person_row *ret)
{
	enum err e = person_sql_visible(
	    &l->roll->person, cell, person, generation, ret);

	return !e && person != 0 && ret->number == 0 ? ERR_CORRUPT : e;
}

enum err lookup_resolve(struct lookup *l, const struct rights_resolve *asked,
    uint64_t *ret_number)
{
	struct roll *r = l->roll;
	int64_t met = 0;
	struct person_row row;
	uint32_t generation = 0;
	enum err e = roll_generation(r, asked->cell, &generation);

	if (!e)
		e = meet(l, asked->cell, generation, asked->tags,
		    asked->count, &met);
	for (unsigned i = 0; i < asked->older_count && !met && !e; i++)
		e = meet(l, asked->cell, generation, asked->older[i],
		    asked->count, &met);
	if (!e)
		e = read_person(l, asked->cell, met, generation, &row);
	if (!e)
		*ret_number = (uint64_t)row.number;
	return e;
}

/* A number is the 8-byte alias that we gave; 0 and strangers name nobody. */
static enum err find_person(struct lookup *l, uint32_t cell, uint64_t number,
    uint32_t generation, int64_t *ret)
{
	uint8_t tag[ALIAS_NUMBER];

	put_be64(tag, number);
	return alias_sql_visible(&l->roll->alias, cell,
	    span_of(tag, sizeof(tag)), generation, ret);
}

/* From the best answer to the worst. */
static int merit(enum rights_state state)
{
	static const uint8_t merits[RIGHTS_STATE_COUNT] = {
		[RIGHTS_COVERED] = 4,
		[RIGHTS_NOT_COVERED] = 3,
		[RIGHTS_OTHER_ROUTE] = 2,
		[RIGHTS_CLOSED] = 1,
	};

	return merits[state];
}

static bool is_better(
    const struct answer_facts *a, const struct answer_facts *b)
{
	if (merit(a->state) != merit(b->state))
		return merit(a->state) > merit(b->state);
	if (a->order != b->order)
		return a->order < b->order;
	if (a->from_day != b->from_day)
		return a->from_day > b->from_day;
	return cover_order(a->contract, b->contract) < 0;
}

/* What this right, in force on the day, answers by itself. */
static struct answer_facts judge(const struct rights_do *asked,
    const struct right_row *right, const struct cover *cover)
{
	const struct feed_domain *d = cover_domain(cover, asked->domain);
	struct answer_facts f = {
		.contract = cover->contract,
		.from_day = right->from_day,
		.until_day = right_last_day(right),
		.order = right->order,
		.age_class = right->age_class,
		.age_change = right->age_change,
	};

	if (!cover_on_route(cover, asked->convention, asked->csr)) {
		f.state = RIGHTS_OTHER_ROUTE;
		f.convention = cover->convention;
		f.csr = cover->csr;
	} else if (!d) {
		f.state = RIGHTS_NOT_COVERED;
	} else {
		f.state = RIGHTS_COVERED;
		f.level = d->level;
		f.authorization = d->authorization;
	}
	return f;
}

static struct span keep(struct span s, char *to, size_t size)
{
	if (s.n > size)
		s.n = size;	/* cover_pack lets none be longer */
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	return span_of(to, s.n);
}

/* Puts f among the best, in its place; the worst of too many goes. */
static void rank(struct lookup *l, const struct answer_facts *f)
{
	struct lookup_best *b;
	unsigned at = l->count;

	while (at > 0 && is_better(f, &l->best[at - 1]->facts))
		at--;
	if (at == ANSWER_MOST)
		return;
	if (l->count < ANSWER_MOST) {
		b = &l->pool[l->count];
		l->count++;
	} else {
		b = l->best[ANSWER_MOST - 1];
	}
	memmove(&l->best[at + 1], &l->best[at],
	    (l->count - 1 - at) * sizeof(l->best[0]));
	l->best[at] = b;
	b->facts = *f;
	b->facts.level = keep(f->level, b->level, sizeof(b->level));
	b->facts.contract =
	    keep(f->contract, b->contract, sizeof(b->contract));
	b->facts.convention =
	    keep(f->convention, b->convention, sizeof(b->convention));
	b->facts.csr = keep(f->csr, b->csr, sizeof(b->csr));
}

/* The best one, with those behind it that are covered too. */
static struct answer_facts ranked(
    const struct lookup *l, enum rights_state otherwise)
{
	struct answer_facts none = {.state = otherwise};

	if (l->count == 0)
		return none;
	for (unsigned i = 0; i < l->count; i++)
		l->best[i]->facts.next = i + 1 < l->count &&
		    l->best[i + 1]->facts.state == RIGHTS_COVERED ?
		    &l->best[i + 1]->facts : NULL;
	return l->best[0]->facts;
}

/* Nobody's right (all zeros) has no cover; it is looked for all the same. */
static enum err weigh(struct lookup *l, const struct rights_do *asked,
    const struct right_row *right)
{
	struct answer_facts f;
	struct cover cover;
	enum err e;

	buf_clear(&l->text);
	e = cover_sql_text(
	    &l->roll->cover, asked->cell, right->cover, &l->text);
	if (e == ERR_UNKNOWN)
		return right->cover ? ERR_CORRUPT : ERR_OK;
	if (!e)
		e = cover_unpack(buf_span(&l->text), &cover);
	if (e)
		return e;
	f = judge(asked, right, &cover);
	rank(l, &f);
	return ERR_OK;
}

/* Is this right one of that contract? Nobody's has none. */
static enum err is_of(struct lookup *l, uint32_t cell, int64_t cover,
    struct span contract, bool *ret)
{
	enum err e;

	buf_clear(&l->text);
	e = cover_sql_text(&l->roll->cover, cell, cover, &l->text);
	*ret = !e && span_equal(cover_contract(buf_span(&l->text)), contract);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

/* Since when the contract of the best has held without a day between. */
static enum err hold(struct lookup *l, const struct rights_do *asked,
    const struct right_row *rows, unsigned count, struct answer_facts *facts)
{
	struct since_span spans[RIGHT_MOST];
	unsigned n = 0;
	bool same = false;
	int64_t cover = 0;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < count && !e; i++) {
		if (i == 0 || rows[i].cover != cover)
			e = is_of(l, asked->cell, rows[i].cover,
			    facts->contract, &same);
		cover = rows[i].cover;
		if (same)
			spans[n++] = (struct since_span){rows[i].from_day,
			    right_last_day(&rows[i])};
	}
	if (count == 0)
		e = is_of(l, asked->cell, 0, facts->contract, &same);
	if (!e && facts->from_day != 0)
		facts->since_day = since_first(spans, n, asked->care_day);
	return e;
}

enum err lookup_facts(struct lookup *l, const struct rights_do *asked,
    struct answer_facts *ret)
{
	struct roll *r = l->roll;
	struct right_row rows[RIGHT_MOST], nobodys = {.id = 0};
	unsigned count = 0, weighed = 0;
	uint32_t generation = 0;
	int64_t person = 0;
	enum err e = roll_generation(r, asked->cell, &generation);

	if (!e)
		e = find_person(
		    l, asked->cell, asked->number, generation, &person);
	if (!e)
		e = right_sql_visible(&r->right, asked->cell, person,
		    generation, rows, &count);
	l->count = 0;
	for (unsigned i = 0; i < count && !e; i++) {
		if (!right_in_force(&rows[i], asked->care_day))
			continue;
		e = weigh(l, asked, &rows[i]);
		weighed++;
	}
	if (!e && weighed == 0)
		e = weigh(l, asked, &nobodys);
	if (e)
		return e;
	*ret = ranked(l, person != 0 ? RIGHTS_CLOSED : RIGHTS_UNKNOWN);
	return asked->purpose == RIGHTS_ESTIMATE ?
	    hold(l, asked, rows, count, ret) : ERR_OK;
}

enum err lookup_handle(struct lookup *l, const struct rights_handle *asked,
    uint8_t ret[LIMIT_HANDLE], size_t *ret_n)
{
	struct person_row row;
	uint32_t generation = 0;
	int64_t person = 0;
	enum err e = roll_generation(l->roll, asked->cell, &generation);

	if (!e)
		e = find_person(
		    l, asked->cell, asked->number, generation, &person);
	if (!e)
		e = read_person(l, asked->cell, person, generation, &row);
	if (e)
		return e;
	memcpy(ret, row.handle, row.handle_len);
	*ret_n = row.handle_len;
	return ERR_OK;
}
