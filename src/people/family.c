/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/text.h"
#include "people/contract.h"
#include "people/family.h"
#include "people/house.h"

#define POLICIES 4
#define NUMBERS 10000000	/* member numbers and references: 7 digits */
#define ADULT_CLASS 20		/* where these contracts end a child's price */
#define SENIOR_CLASS 65

struct policy {
	uint32_t insurer;
	const struct contract *contract;
	char member[LIMIT_MEMBER + 1];
	int holder, order;
	bool children, nir;	/* covers them; names the NIR */
	int32_t from, to, closed;
};

struct making {
	struct house h;
	struct policy policy[POLICIES];
	int policies;
};

/* The form of member numbers is each mutuelle's own. */
static void write_member(struct making *m, struct policy *y)
{
	static const char *const before[] = {"0", "A", "4"};
	static const char *const behind[] = {"", "", "9"};
	/* from 1: software drops zeros in front, and none must be all zeros */
	uint32_t slot = (uint32_t)(y - m->policy) + 1, form = y->insurer % 3;

	(void)snprintf(y->member, sizeof(y->member), "%s%07u%s", before[form],
	    numbers_spread(m->h.index * POLICIES + slot, NUMBERS),
	    behind[form]);
}

static int32_t day_of(int year, int month, int day)
{
	int32_t ret = 0;

	/* the callers' dates are valid by construction */
	if (date_from_civil(year, month, day, &ret))
		ret = 0;
	return ret;
}

static struct policy *add_policy(
    struct making *m, int holder, uint32_t insurer)
{
	struct policy *y = &m->policy[m->policies++];
	bool fixed = m->h.whim.fixed;
	/* drawn one by one: an initializer has no order */
	const struct contract *contract = fixed ?
	    contract_get(CONTRACT_MIDDLE) : contract_pick(&m->h.r);
	bool nir = fixed || !plan_chance(&m->h.r, 1);

	*y = (struct policy){
	    .insurer = insurer, .holder = holder, .order = 1,
	    .contract = contract, .nir = nir,
	    .from = day_of(m->h.p->year, 1, 1),
	    .to = day_of(m->h.p->year, 12, 31),
	};
	write_member(m, y);
	return y;
}

/* The first contract ended or was closed; maybe another followed. */
static void end_policy(struct making *m, struct policy *y)
{
	int32_t start = y->from;
	int32_t last = m->h.p->day - 1;
	struct policy *next;

	if (m->h.whim.past == HOUSE_LEFT_LAST_YEAR || last - start < 31) {
		y->from = day_of(m->h.p->year - 1, 1, 1);
		y->to = start - 1;
	} else {
		y->closed = start + 30 +
		    (int32_t)random_seeded_below(
		        &m->h.r, (uint64_t)(last - start - 29));
		start = y->closed + 1;
	}
	if (!m->h.whim.moved)
		return;
	next = add_policy(m, y->holder, plan_pick_insurer(m->h.p, &m->h.r));
	next->from = start;
	next->children = y->children;
}

/* Some came in the course of the year. */
static int32_t draw_start(struct making *m)
{
	int32_t start = day_of(m->h.p->year, plan_between(&m->h.r, 1, 12), 1);

	if (m->h.whim.fixed || !plan_chance(&m->h.r, 5) || start > m->h.p->day)
		return day_of(m->h.p->year, 1, 1);
	return start;
}

static uint32_t first_insurer(struct making *m)
{
	if (m->h.whim.hosted)
		return m->h.p->insurers - 1;
	return m->h.whim.fixed ? 0 : plan_pick_insurer(m->h.p, &m->h.r);
}

static uint32_t second_insurer(struct making *m, uint32_t first)
{
	if (m->h.whim.apart == HOUSE_TWO_CONTRACTS)
		return first;
	if (m->h.whim.fixed || m->h.whim.second)
		return (first + 1) % m->h.p->insurers;
	return plan_pick_insurer(m->h.p, &m->h.r);
}

static void add_policies(struct making *m)
{
	uint32_t first = first_insurer(m);
	struct policy *y = add_policy(m, 0, first), *z;

	y->children = true;
	y->from = draw_start(m);
	if (m->h.whim.apart != HOUSE_TOGETHER) {
		z = add_policy(m, 1, second_insurer(m, first));
		z->children = m->h.whim.both;
	} else if (m->h.whim.second) {
		z = add_policy(m, 0, second_insurer(m, first));
		z->order = 2;
	}
	if (m->h.whim.past != HOUSE_STAYS)
		end_policy(m, y);
}

static bool covers(const struct making *m, const struct policy *y, int who)
{
	if (who == y->holder)
		return true;
	if (who == 0)
		return false;	/* the second parent's contract */
	if (house_own_nir(&m->h.who[who]) && m->h.who[who].kin != ROW_STUDENT)
		return m->h.whim.apart == HOUSE_TOGETHER;
	return y->children;
}

/* The same card for the same person at the same mutuelle. */
static void write_cards(
    const struct making *m, int who, uint32_t insurer, struct row *row)
{
	struct random_seeded r;
	uint8_t cti[16];

	plan_random(m->h.p, PLAN_CARD,
	    ((uint64_t)m->h.index * FAMILY_PERSONS + (uint64_t)who) *
	            PLAN_INSURERS_MAX + insurer, &r);
	row->card_count = m->h.whim.fixed ? 1 :
	    plan_chance(&r, 2) ? 0 : plan_chance(&r, 5) ? 2 : 1;
	for (int i = 0; i < row->card_count; i++) {
		for (size_t k = 0; k < sizeof(cti); k++)
			cti[k] = (uint8_t)random_seeded_below(&r, 256);
		text_hex(cti, sizeof(cti), row->cards[i]);
	}
}

static void write_age(
    const struct making *m, const struct house_person *s, struct row *row)
{
	int32_t today = m->h.p->day;
	int years[2] = {ADULT_CLASS, SENIOR_CLASS};
	int month = s->month ? s->month : 1;

	row->age = ROW_SENIOR;
	for (int i = 1; i >= 0; i--)
		if (day_of(s->year + years[i], month, 1) > today) {
			row->age = i == 0 ? ROW_CHILD : ROW_ADULT;
			row->age_change = (uint32_t)(
			    (s->year + years[i]) * 12 + month - 1);
		}
}

static void write_names(
    const struct making *m, const struct policy *y, int who, struct row *row)
{
	const struct plan_insurer *i = &m->h.p->insurer[y->insurer];
	const struct house_person *s = &m->h.who[who];
	const struct house_person *opener =
	    house_own_nir(s) ? s : &m->h.who[y->holder];

	(void)snprintf(row->amc, sizeof(row->amc), "%s", i->amc);
	(void)snprintf(row->ref, sizeof(row->ref), "%c%07u-%d",
	    'A' + (char)(y->insurer % 26),
	    numbers_spread(m->h.index + y->insurer * 104729, NUMBERS), who + 1);
	if (y->nir)
		(void)snprintf(row->nir, sizeof(row->nir), "%.*s",
		    y->insurer % 3 == 2 ? 13 : 15, opener->nir);
	(void)snprintf(row->birth, sizeof(row->birth), "%s", s->birth);
	(void)snprintf(row->member, sizeof(row->member), "%s", y->member);
	(void)snprintf(row->contract, sizeof(row->contract), "%s",
	    y->contract->code);
	(void)snprintf(row->convention, sizeof(row->convention), "%s",
	    i->convention);
	(void)snprintf(row->csr, sizeof(row->csr), "%s", i->csr);
	(void)snprintf(row->domains, sizeof(row->domains), "%s",
	    y->contract->domains);
}

static void add_row(
    struct making *m, const struct policy *y, int who, struct family *f)
{
	struct row *row = &f->rows[f->count++];
	const struct house_person *s = &m->h.who[who];

	*row = (struct row){
	    .person = m->h.index * FAMILY_STEP + (uint32_t)who + 1,
	    .kin = s->kin, .rank = s->rank,
	    .order = y->order, .from_day = y->from, .to_day = y->to,
	    .closed_day = y->closed,
	};
	/* on both contracts, the second parent's comes second */
	if (who > 1 && y->holder == 1 && m->h.whim.both)
		row->order = 2;
	write_names(m, y, who, row);
	write_cards(m, who, y->insurer, row);
	write_age(m, s, row);
}

void family_make(const struct plan *p, uint32_t index, struct family *ret)
{
	struct making m = {.policies = 0};

	house_make(p, index, &m.h);
	add_policies(&m);
	*ret = (struct family){.persons = (uint8_t)m.h.persons};
	for (int who = 0; who < m.h.persons; who++)
		for (int i = 0; i < m.policies; i++)
			if (covers(&m, &m.policy[i], who))
				add_row(&m, &m.policy[i], who, ret);
}

void family_cut(struct family *f, uint32_t persons)
{
	if (persons >= f->persons)
		return;
	f->persons = (uint8_t)persons;
	while (f->count > 0 &&
	    f->rows[f->count - 1].person % FAMILY_STEP > persons)
		f->count--;
}
