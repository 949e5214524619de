/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "people/site.h"

#define P256_EVERY 8

static void number_through(struct site_plan *s)
{
	s->total = 0;
	for (unsigned i = 0; i < PROFESSION_COUNT; i++) {
		s->first[i] = s->total;
		s->total += s->count[i];
	}
}

/* Sites that the members alone call for: may be 0. */
static uint32_t natural(const struct plan *p, unsigned profession)
{
	return p->members / profession_get(profession)->members_per_site;
}

void site_plan_make(const struct plan *p, struct site_plan *ret)
{
	for (unsigned i = 0; i < PROFESSION_COUNT; i++) {
		ret->count[i] = natural(p, i);
		if (ret->count[i] < SITE_LEAST)
			ret->count[i] = SITE_LEAST;
	}
	number_through(ret);
}

enum err site_plan_scale(struct site_plan *s, uint32_t total)
{
	uint64_t before = s->total;

	if (total < PROFESSION_COUNT || total > SITE_MAX)
		return ERR_RANGE;
	for (unsigned i = 0; i < PROFESSION_COUNT; i++) {
		s->count[i] =
		    (uint32_t)(s->count[i] * (uint64_t)total / before);
		if (s->count[i] == 0)
			s->count[i] = 1;
	}
	number_through(s);
	/* what rounding took away or gave goes to the most numerous */
	for (unsigned i = 0; s->total != total;
	     i = (i + 1) % PROFESSION_COUNT) {
		if (s->total < total)
			s->count[i]++;
		else if (s->count[i] > 1)
			s->count[i]--;
		number_through(s);
	}
	return ERR_OK;
}

/* One "optician=80" of the list. */
static enum err set_one(struct site_plan *s, struct span one)
{
	const uint8_t *equals = memchr(one.p, '=', one.n);
	uint64_t count;
	unsigned which;
	size_t n;

	if (!equals)
		return ERR_SHAPE;
	n = (size_t)(equals - one.p);
	if (profession_find(span_of(one.p, n), &which))
		return ERR_UNKNOWN;
	if (text_u64(span_of(equals + 1, one.n - n - 1), SITE_MAX, &count))
		return ERR_SHAPE;
	if (count == 0)
		return ERR_RANGE;
	s->count[which] = (uint32_t)count;
	return ERR_OK;
}

enum err site_plan_set(struct site_plan *s, struct span list)
{
	struct site_plan set = *s;

	while (list.n > 0) {
		const uint8_t *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;
		enum err e = set_one(&set, span_of(list.p, n));

		if (e)
			return e;
		n += comma ? 1 : 0;
		list = span_of(list.p + n, list.n - n);
	}
	number_through(&set);
	if (set.total > SITE_MAX)
		return ERR_RANGE;
	*s = set;
	return ERR_OK;
}

static unsigned profession_at(const struct site_plan *s, uint32_t index)
{
	unsigned i = PROFESSION_COUNT - 1;

	while (i > 0 && s->first[i] > index)
		i--;
	return i;
}

void site_make(const struct site_plan *s, uint32_t index, struct site *ret)
{
	unsigned which = profession_at(s, index);
	const struct profession *what = profession_get(which);

	*ret = (struct site){
	    .index = index, .profession = which,
	    .nth = index - s->first[which],
	    .p256 = index % P256_EVERY == P256_EVERY - 1,
	    .staff = 1 + index % what->staff,
	};
	numbers_finess(what->kind, index, ret->id);
	numbers_siret(index, ret->siret);
	for (uint32_t i = 0; i < ret->staff; i++)
		numbers_rpps(index * SITE_STAFF + i, ret->rpps[i]);
	if (index == 0)
		(void)snprintf(
		    ret->label, sizeof(ret->label), "Optique du Quai");
	else
		(void)snprintf(ret->label, sizeof(ret->label), "%.40s n° %u",
		    what->title, ret->nth + 1);
	(void)snprintf(ret->key, sizeof(ret->key), "keys/%s.pem", ret->id);
}

void site_head(FILE *f)
{
	fputs("site;label;profession;finess;siret;rpps;key;alg\n", f);
}

void site_line(FILE *f, const struct site *site)
{
	fprintf(f, "%s;%s;%s;%s;%s;", site->id, site->label,
	    profession_get(site->profession)->code, site->id, site->siret);
	for (uint32_t i = 0; i < site->staff; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", site->rpps[i]);
	fprintf(f, ";%s;%s\n", site->key, site->p256 ? "P-256" : "Ed25519");
}

uint32_t site_day_tenths(const struct plan *p, const struct site_plan *s,
    unsigned profession)
{
	const struct profession *what = profession_get(profession);
	/* all that the members ask of this profession in a day */
	uint64_t wanted = (uint64_t)p->members * what->day_tenths /
	    what->members_per_site;
	uint64_t each = wanted / s->count[profession];

	return each < what->day_tenths ? (uint32_t)each : what->day_tenths;
}
