/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "people/house.h"

#define GROWN 18		/* own NIR (PUMa: majority) */
#define MONTH_UNKNOWN 20	/* in a NIR; 00 in a birth date */

static const struct house_whim shown[HOUSE_SHOWN] = {
    {.shape = HOUSE_SINGLE, .fixed = true},
    {.shape = HOUSE_PARENTS, .apart = HOUSE_TWO_MUTUELLES, .both = true,
     .twins = HOUSE_SAME_SEX, .fixed = true},
    {.shape = HOUSE_PARENTS, .apart = HOUSE_TWO_CONTRACTS, .both = true,
     .twins = HOUSE_BOTH_SEXES, .fixed = true},
    {.shape = HOUSE_LONE_PARENT, .fixed = true},
    {.shape = HOUSE_SINGLE, .past = HOUSE_LEFT_THIS_YEAR, .fixed = true},
    {.shape = HOUSE_SINGLE, .past = HOUSE_LEFT_LAST_YEAR, .fixed = true},
    {.shape = HOUSE_SINGLE, .fixed = true, .hosted = true},
    {.shape = HOUSE_SINGLE, .lunar = true, .fixed = true},
    {.shape = HOUSE_SINGLE, .second = true, .fixed = true},
};

/* Shares of the order of French households: more than a third are one person,
 * under a third couples, a quarter couples with children; 3 % twins, twice as
 * many as born, to have some. */
static struct house_whim draw_whim(struct random_seeded *r)
{
	struct house_whim w = {0};
	int shape = plan_between(r, 1, 100);
	int past = plan_between(r, 1, 100);

	w.shape = shape <= 37 ? HOUSE_SINGLE : shape <= 67 ? HOUSE_COUPLE :
	    shape <= 92 ? HOUSE_PARENTS : HOUSE_LONE_PARENT;
	if (w.shape == HOUSE_COUPLE || w.shape == HOUSE_PARENTS)
		w.apart = plan_chance(r, 60) ? HOUSE_TOGETHER :
		    plan_chance(r, 75) ? HOUSE_TWO_MUTUELLES :
		    HOUSE_TWO_CONTRACTS;
	w.both = plan_chance(r, 50);
	w.twins = !plan_chance(r, 3) ? HOUSE_NO_TWINS :
	    plan_chance(r, 60) ? HOUSE_SAME_SEX : HOUSE_BOTH_SEXES;
	w.past = past <= 4 ? HOUSE_LEFT_LAST_YEAR :
	    past <= 7 ? HOUSE_LEFT_THIS_YEAR : HOUSE_STAYS;
	w.moved = plan_chance(r, 50);
	w.lunar = w.shape == HOUSE_SINGLE && plan_chance(r, 1);
	w.second = w.shape == HOUSE_SINGLE && plan_chance(r, 3);
	return w;
}

static struct house_person *add_person(
    struct house *h, enum row_kin kin, int age, int sex)
{
	struct house_person *s = &h->who[h->persons++];

	*s = (struct house_person){
	    .kin = kin, .age = age, .sex = sex, .rank = 1};
	return s;
}

static int draw_sex(struct house *h)
{
	return plan_between(&h->r, 1, 2);
}

/* A birth date of that age on the plan's day. */
static void draw_birth(struct house *h, struct house_person *s)
{
	int32_t born = h->p->day - s->age * 365 - s->age / 4 -
	    plan_between(&h->r, 1, 364);

	date_to_civil(born, &s->year, &s->month, &s->day);
	if (s->day > 28)
		s->day = 28;	/* so that a day may be added or taken */
}

static void add_twins(struct house *h, enum house_twins twins)
{
	int age = plan_between(&h->r, 0, GROWN - 1), sex = draw_sex(h);
	struct house_person *one = add_person(h, ROW_TWIN, age, sex);
	struct house_person *two = add_person(
	    h, ROW_TWIN, age, twins == HOUSE_SAME_SEX ? sex : 3 - sex);

	draw_birth(h, one);
	two->year = one->year;
	two->month = one->month;
	two->day = one->day;
	two->rank = 2;
}

static void add_children(struct house *h)
{
	int oldest = h->who[0].age - GROWN;
	int n = plan_between(&h->r, 1, 10);

	if (h->whim.twins != HOUSE_NO_TWINS) {
		add_twins(h, h->whim.twins);
		return;
	}
	n = n <= 4 ? 1 : n <= 8 ? 2 : n <= 9 ? 3 : 4;
	if (oldest > 24)
		oldest = 24;
	for (int i = 0; i < n; i++) {
		int age = plan_between(&h->r, 0, oldest);
		struct house_person *s = add_person(h,
		    age < GROWN ? ROW_DEPENDANT : ROW_STUDENT, age,
		    draw_sex(h));

		draw_birth(h, s);
	}
}

/* Household 3 shows a dependant and a student. */
static void add_shown_children(struct house *h)
{
	draw_birth(h, add_person(h, ROW_DEPENDANT, 9, draw_sex(h)));
	draw_birth(h, add_person(h, ROW_STUDENT, 20, draw_sex(h)));
}

static void add_persons(struct house *h)
{
	enum house_shape shape = h->whim.shape;
	bool parents = shape == HOUSE_PARENTS || shape == HOUSE_LONE_PARENT;
	enum row_kin kin = parents ? ROW_PARENT :
	    shape == HOUSE_COUPLE ? ROW_PARTNER : ROW_SINGLE;
	int age = parents ? plan_between(&h->r, 24, 55)
	                  : plan_between(&h->r, GROWN, 95);

	if (h->whim.fixed)
		age = 45;
	draw_birth(h, add_person(h, kin, age, draw_sex(h)));
	if (shape == HOUSE_COUPLE || shape == HOUSE_PARENTS) {
		int other = age + plan_between(&h->r, -6, 6);

		draw_birth(h, add_person(h, kin,
		    other < GROWN ? GROWN : other, draw_sex(h)));
	}
	if (h->whim.fixed && shape == HOUSE_LONE_PARENT)
		add_shown_children(h);
	else if (parents)
		add_children(h);
}

static bool same_day(const struct house_person *a, const struct house_person *b)
{
	return a->year == b->year && a->month == b->month && a->day == b->day;
}

bool house_own_nir(const struct house_person *s)
{
	return s->kin != ROW_DEPENDANT && s->kin != ROW_TWIN;
}

/*
 * No two of a household but twins share a birth date, and no two with their
 * own NIR a sex and month: place and serial of a NIR are the household's.
 * Moves s until it differs from all before it; 12 months are enough for 6.
 */
static void set_apart(struct house *h, struct house_person *s)
{
	for (struct house_person *t = h->who; t < s; t++) {
		bool clash = house_own_nir(s) && house_own_nir(t) &&
		    s->sex == t->sex && s->year == t->year &&
		    s->month == t->month;

		if (!clash && (!same_day(s, t) || s->kin == ROW_TWIN))
			continue;
		if (clash)
			s->month = s->month % 12 + 1;
		else
			s->day = s->day % 28 + 1;
		t = h->who - 1;		/* look at all of them again */
	}
}

static void write_births(struct house *h)
{
	if (h->whim.lunar) {
		h->who[0].day = 0;
		if (plan_chance(&h->r, 50))
			h->who[0].month = 0;
	}
	for (int i = 0; i < h->persons; i++) {
		struct house_person *s = &h->who[i];

		set_apart(h, s);
		(void)snprintf(s->birth, sizeof(s->birth), "%04u%02u%02u",
		    (unsigned)s->year % 10000, (unsigned)s->month % 100,
		    (unsigned)s->day % 100);
		if (house_own_nir(s))
			numbers_nir(s->sex, s->year,
			    s->month ? s->month : MONTH_UNKNOWN, h->index,
			    s->nir);
	}
}

void house_make(const struct plan *p, uint32_t index, struct house *ret)
{
	*ret = (struct house){.p = p, .index = index};
	plan_random(p, PLAN_FAMILY, index, &ret->r);
	ret->whim = index < HOUSE_SHOWN ? shown[index] : draw_whim(&ret->r);
	add_persons(ret);
	write_births(ret);
}
