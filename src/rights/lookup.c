/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "rights/lookup.h"

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
		e = person_sql_visible(
		    &r->person, asked->cell, met, generation, &row);
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
	};

	if (!cover_on_route(cover, asked->convention, asked->csr)) {
		f.state = RIGHTS_OTHER_ROUTE;
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

/* Nobody's right (all zeros) has no cover; it is looked for all the same. */
static enum err weigh(struct lookup *l, const struct rights_do *asked,
    const struct right_row *right, struct answer_facts *best)
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
	if (is_better(&f, best)) {
		f.level = keep(f.level, l->level, sizeof(l->level));
		f.contract =
		    keep(f.contract, l->contract, sizeof(l->contract));
		*best = f;
	}
	return ERR_OK;
}

enum err lookup_facts(struct lookup *l, const struct rights_do *asked,
    struct answer_facts *ret)
{
	struct roll *r = l->roll;
	struct right_row rows[RIGHT_MOST], nobodys = {.id = 0};
	struct answer_facts best = {.state = RIGHTS_UNKNOWN};
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
	if (person != 0)
		best.state = RIGHTS_CLOSED;
	for (unsigned i = 0; i < count && !e; i++) {
		if (!right_in_force(&rows[i], asked->care_day))
			continue;
		e = weigh(l, asked, &rows[i], &best);
		weighed++;
	}
	if (!e && weighed == 0)
		e = weigh(l, asked, &nobodys, &best);
	if (!e)
		*ret = best;
	return e;
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
		e = person_sql_visible(&l->roll->person, asked->cell, person,
		    generation, &row);
	if (e)
		return e;
	memcpy(ret, row.handle, row.handle_len);
	*ret_n = row.handle_len;
	return ERR_OK;
}
