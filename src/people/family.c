/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "people/contract.h"
#include "people/family.h"

#define POLICIES 4
#define NUMBERS 10000000	/* member numbers and references: 7 digits */
#define GROWN 18		/* own NIR (PUMa: majority) */
#define ADULT_CLASS 20		/* where these contracts end a child's price */
#define SENIOR_CLASS 65
#define MONTH_UNKNOWN 20	/* in a NIR; 00 in a birth date */

enum shape { SINGLE, COUPLE, PARENTS, LONE_PARENT };
enum apart { TOGETHER, TWO_MUTUELLES, TWO_CONTRACTS };
enum twins { NO_TWINS, SAME_SEX, BOTH_SEXES };
enum past { STAYS, LEFT_THIS_YEAR, LEFT_LAST_YEAR };

/* What makes one household unlike another: drawn, or shown (family.h). */
struct whim {
	enum shape shape;
	enum apart apart;
	bool both;	/* children on both contracts */
	enum twins twins;
	enum past past;
	bool moved;	/* who left has another mutuelle now */
	bool lunar, second;
	bool fixed;	/* the largest insurer, an ordinary card and contract */
	bool hosted;	/* and fixed: the last insurer */
};

struct someone {
	enum row_kin kin;
	int sex, age, year, month, day;	/* month 0, day 0: lunar */
	char birth[ROW_BIRTH_SIZE], nir[NUMBERS_NIR_SIZE];
	int rank, parent;	/* parent: whose NIR a dependant stands under */
};

struct policy {
	uint32_t insurer;
	const struct contract *contract;
	char member[LIMIT_MEMBER + 1];
	int holder, order;
	bool children, nir;	/* covers them; names the NIR */
	int32_t from, to, closed;
};

struct making {
	const struct plan *p;
	uint32_t index;
	struct random_seeded r;
	struct whim whim;
	struct someone who[FAMILY_PERSONS];
	struct policy policy[POLICIES];
	int persons, policies;
};

static const struct whim shown[FAMILY_SHOWN] = {
    {.shape = SINGLE, .fixed = true},
    {.shape = PARENTS, .apart = TWO_MUTUELLES, .both = true,
     .twins = SAME_SEX, .fixed = true},
    {.shape = PARENTS, .apart = TWO_CONTRACTS, .both = true,
     .twins = BOTH_SEXES, .fixed = true},
    {.shape = LONE_PARENT, .fixed = true},
    {.shape = SINGLE, .past = LEFT_THIS_YEAR, .fixed = true},
    {.shape = SINGLE, .past = LEFT_LAST_YEAR, .fixed = true},
    {.shape = SINGLE, .fixed = true, .hosted = true},
    {.shape = SINGLE, .lunar = true, .fixed = true},
    {.shape = SINGLE, .second = true, .fixed = true},
};

/* Shares of the order of French households: more than a third are one person,
 * under a third couples, a quarter couples with children; 3 % twins, twice as
 * many as born, to have some. */
static struct whim draw_whim(struct random_seeded *r)
{
	struct whim w = {0};
	int shape = plan_between(r, 1, 100);
	int past = plan_between(r, 1, 100);

	w.shape = shape <= 37 ? SINGLE : shape <= 67 ? COUPLE :
	    shape <= 92 ? PARENTS : LONE_PARENT;
	if (w.shape == COUPLE || w.shape == PARENTS)
		w.apart = plan_chance(r, 60) ? TOGETHER :
		    plan_chance(r, 75) ? TWO_MUTUELLES : TWO_CONTRACTS;
	w.both = plan_chance(r, 50);
	w.twins = !plan_chance(r, 3) ? NO_TWINS :
	    plan_chance(r, 60) ? SAME_SEX : BOTH_SEXES;
	w.past = past <= 4 ? LEFT_LAST_YEAR :
	    past <= 7 ? LEFT_THIS_YEAR : STAYS;
	w.moved = plan_chance(r, 50);
	w.lunar = w.shape == SINGLE && plan_chance(r, 1);
	w.second = w.shape == SINGLE && plan_chance(r, 3);
	return w;
}

static struct someone *add_person(
    struct making *m, enum row_kin kin, int age, int sex)
{
	struct someone *s = &m->who[m->persons++];

	*s = (struct someone){.kin = kin, .age = age, .sex = sex, .rank = 1};
	return s;
}

static int draw_sex(struct making *m)
{
	return plan_between(&m->r, 1, 2);
}

/* A birth date of that age on the plan's day. */
static void draw_birth(struct making *m, struct someone *s)
{
	int32_t born = m->p->day - s->age * 365 - s->age / 4 -
	    plan_between(&m->r, 1, 364);

	date_to_civil(born, &s->year, &s->month, &s->day);
	if (s->day > 28)
		s->day = 28;	/* so that a day may be added or taken */
}

static void add_twins(struct making *m, enum twins twins)
{
	int age = plan_between(&m->r, 0, GROWN - 1), sex = draw_sex(m);
	struct someone *one = add_person(m, ROW_TWIN, age, sex);
	struct someone *two = add_person(
	    m, ROW_TWIN, age, twins == SAME_SEX ? sex : 3 - sex);

	draw_birth(m, one);
	two->year = one->year;
	two->month = one->month;
	two->day = one->day;
	two->rank = 2;
}

static void add_children(struct making *m)
{
	int oldest = m->who[0].age - GROWN;
	int n = plan_between(&m->r, 1, 10);

	if (m->whim.twins != NO_TWINS) {
		add_twins(m, m->whim.twins);
		return;
	}
	n = n <= 4 ? 1 : n <= 8 ? 2 : n <= 9 ? 3 : 4;
	if (oldest > 24)
		oldest = 24;
	for (int i = 0; i < n; i++) {
		int age = plan_between(&m->r, 0, oldest);
		struct someone *s = add_person(m,
		    age < GROWN ? ROW_DEPENDANT : ROW_STUDENT, age,
		    draw_sex(m));

		draw_birth(m, s);
	}
}

/* Household 3 shows a dependant and a student. */
static void add_shown_children(struct making *m)
{
	draw_birth(m, add_person(m, ROW_DEPENDANT, 9, draw_sex(m)));
	draw_birth(m, add_person(m, ROW_STUDENT, 20, draw_sex(m)));
}

static void add_persons(struct making *m)
{
	enum shape shape = m->whim.shape;
	bool parents = shape == PARENTS || shape == LONE_PARENT;
	int age = parents ? plan_between(&m->r, 24, 55)
	                  : plan_between(&m->r, GROWN, 95);

	if (m->whim.fixed)
		age = 45;
	draw_birth(m, add_person(m,
	    parents ? ROW_PARENT : shape == COUPLE ? ROW_PARTNER : ROW_SINGLE,
	    age, draw_sex(m)));
	if (shape == COUPLE || shape == PARENTS) {
		int other = age + plan_between(&m->r, -6, 6);

		draw_birth(m, add_person(m, m->who[0].kin,
		    other < GROWN ? GROWN : other, draw_sex(m)));
	}
	if (m->whim.fixed && shape == LONE_PARENT)
		add_shown_children(m);
	else if (parents)
		add_children(m);
}

static bool same_day(const struct someone *a, const struct someone *b)
{
	return a->year == b->year && a->month == b->month && a->day == b->day;
}

static bool has_own_nir(const struct someone *s)
{
	return s->kin != ROW_DEPENDANT && s->kin != ROW_TWIN;
}

/*
 * No two of a household but twins share a birth date, and no two with their
 * own NIR a sex and month: place and serial of a NIR are the household's.
 * Moves s until it differs from all before it; 12 months are enough for 6.
 */
static void set_apart(struct making *m, struct someone *s)
{
	for (struct someone *t = m->who; t < s; t++) {
		bool clash = has_own_nir(s) && has_own_nir(t) &&
		    s->sex == t->sex && s->year == t->year &&
		    s->month == t->month;

		if (!clash && (!same_day(s, t) || s->kin == ROW_TWIN))
			continue;
		if (clash)
			s->month = s->month % 12 + 1;
		else
			s->day = s->day % 28 + 1;
		t = m->who - 1;		/* look at all of them again */
	}
}

static void write_births(struct making *m)
{
	if (m->whim.lunar) {
		m->who[0].day = 0;
		if (plan_chance(&m->r, 50))
			m->who[0].month = 0;
	}
	for (int i = 0; i < m->persons; i++) {
		struct someone *s = &m->who[i];

		set_apart(m, s);
		(void)snprintf(s->birth, sizeof(s->birth), "%04u%02u%02u",
		    (unsigned)s->year % 10000, (unsigned)s->month % 100,
		    (unsigned)s->day % 100);
		if (has_own_nir(s))
			numbers_nir(s->sex, s->year,
			    s->month ? s->month : MONTH_UNKNOWN, m->index,
			    s->nir);
	}
}

/* The form of member numbers is each mutuelle's own. */
static void write_member(struct making *m, struct policy *y)
{
	static const char *const before[] = {"0", "A", "4"};
	static const char *const behind[] = {"", "", "9"};
	/* from 1: software drops zeros in front, and none must be all zeros */
	uint32_t slot = (uint32_t)(y - m->policy) + 1, form = y->insurer % 3;

	(void)snprintf(y->member, sizeof(y->member), "%s%07u%s", before[form],
	    numbers_spread(m->index * POLICIES + slot, NUMBERS),
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

	*y = (struct policy){
	    .insurer = insurer, .holder = holder, .order = 1,
	    .contract = m->whim.fixed ? contract_get(CONTRACT_MIDDLE)
	                              : contract_pick(&m->r),
	    .nir = m->whim.fixed || !plan_chance(&m->r, 1),
	    .from = day_of(m->p->year, 1, 1),
	    .to = day_of(m->p->year, 12, 31),
	};
	write_member(m, y);
	return y;
}

/* The first contract ended or was closed; maybe another followed. */
static void end_policy(struct making *m, struct policy *y)
{
	int32_t start = y->from;
	int32_t last = m->p->day - 1;
	struct policy *next;

	if (m->whim.past == LEFT_LAST_YEAR || last - start < 31) {
		y->from = day_of(m->p->year - 1, 1, 1);
		y->to = start - 1;
	} else {
		y->closed = start + 30 +
		    (int32_t)random_seeded_below(
		        &m->r, (uint64_t)(last - start - 29));
		start = y->closed + 1;
	}
	if (!m->whim.moved)
		return;
	next = add_policy(m, y->holder, plan_pick_insurer(m->p, &m->r));
	next->from = start;
	next->children = y->children;
}

/* Some came in the course of the year. */
static int32_t draw_start(struct making *m)
{
	int32_t start = day_of(m->p->year, plan_between(&m->r, 1, 12), 1);

	if (m->whim.fixed || !plan_chance(&m->r, 5) || start > m->p->day)
		return day_of(m->p->year, 1, 1);
	return start;
}

static uint32_t first_insurer(struct making *m)
{
	if (m->whim.hosted)
		return m->p->insurers - 1;
	return m->whim.fixed ? 0 : plan_pick_insurer(m->p, &m->r);
}

static uint32_t second_insurer(struct making *m, uint32_t first)
{
	if (m->whim.apart == TWO_CONTRACTS)
		return first;
	if (m->whim.fixed || m->whim.second)
		return (first + 1) % m->p->insurers;
	return plan_pick_insurer(m->p, &m->r);
}

static void add_policies(struct making *m)
{
	uint32_t first = first_insurer(m);
	struct policy *y = add_policy(m, 0, first), *z;

	y->children = true;
	y->from = draw_start(m);
	if (m->whim.apart != TOGETHER) {
		z = add_policy(m, 1, second_insurer(m, first));
		z->children = m->whim.both;
	} else if (m->whim.second) {
		z = add_policy(m, 0, second_insurer(m, first));
		z->order = 2;
	}
	if (m->whim.past != STAYS)
		end_policy(m, y);
}

static bool covers(const struct making *m, const struct policy *y, int who)
{
	if (who == y->holder)
		return true;
	if (who == 0)
		return false;	/* the second parent's contract */
	if (has_own_nir(&m->who[who]) && m->who[who].kin != ROW_STUDENT)
		return m->whim.apart == TOGETHER;
	return y->children;
}

/* The same card for the same person at the same mutuelle. */
static void write_cards(
    const struct making *m, int who, uint32_t insurer, struct row *row)
{
	struct random_seeded r;
	uint8_t cti[16];

	plan_random(m->p, PLAN_CARD,
	    ((uint64_t)m->index * FAMILY_PERSONS + (uint64_t)who) *
	            PLAN_INSURERS_MAX + insurer, &r);
	row->card_count = m->whim.fixed ? 1 :
	    plan_chance(&r, 2) ? 0 : plan_chance(&r, 5) ? 2 : 1;
	for (int i = 0; i < row->card_count; i++) {
		for (size_t k = 0; k < sizeof(cti); k++)
			cti[k] = (uint8_t)random_seeded_below(&r, 256);
		text_hex(cti, sizeof(cti), row->cards[i]);
	}
}

static void write_age(
    const struct making *m, const struct someone *s, struct row *row)
{
	int32_t today = m->p->day;
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
	const struct plan_insurer *i = &m->p->insurer[y->insurer];
	const struct someone *s = &m->who[who];
	const struct someone *opener =
	    has_own_nir(s) ? s : &m->who[y->holder];

	(void)snprintf(row->amc, sizeof(row->amc), "%s", i->amc);
	(void)snprintf(row->ref, sizeof(row->ref), "%c%07u-%d",
	    'A' + (char)(y->insurer % 26),
	    numbers_spread(m->index + y->insurer * 104729, NUMBERS), who + 1);
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
	const struct someone *s = &m->who[who];

	*row = (struct row){
	    .person = m->index * FAMILY_STEP + (uint32_t)who + 1, .kin = s->kin, .rank = s->rank,
	    .order = y->order, .from_day = y->from, .to_day = y->to,
	    .closed_day = y->closed,
	};
	/* on both contracts, the second parent's comes second */
	if (who > 1 && y->holder == 1 && m->whim.both)
		row->order = 2;
	write_names(m, y, who, row);
	write_cards(m, who, y->insurer, row);
	write_age(m, s, row);
}

void family_make(const struct plan *p, uint32_t index, struct family *ret)
{
	struct making m = {.p = p, .index = index};

	plan_random(p, PLAN_FAMILY, index, &m.r);
	m.whim = index < FAMILY_SHOWN ? shown[index] : draw_whim(&m.r);
	add_persons(&m);
	write_births(&m);
	add_policies(&m);
	*ret = (struct family){.persons = (uint8_t)m.persons};
	for (int who = 0; who < m.persons; who++)
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
