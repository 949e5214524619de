/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "ids/nir.h"
#include "people/day.h"
#include "people/family.h"

#define DAY_S 86400
#define FLAWS 3			/* of a hundred questions without a card */
#define REPEATS 4		/* of a hundred questions */
#define STRANGERS 1000		/* households that were never written */
#define ASKS_FIRST 1024

enum how { BY_CARD, BY_MEMBER, BY_NIR };
enum flaw {
	FLAW_NONE, FLAW_BIRTH, FLAW_RANK, FLAW_NUMBER, FLAW_AMC,
	FLAW_STRANGER, FLAW_COUNT
};
static const char *const hows[] = {"card", "member", "nir"};
static const char *const flaws[] = {
    "", "birth", "rank", "number", "amc", "stranger"};

/* A question before its time has come: small, for all are sorted. */
struct ask {
	uint32_t second, site, serial, family;
	uint8_t row, how, flaw, staff, domain;
};

struct asks {
	struct ask *list;
	size_t count, size;
	enum err err;
};

static void put_ask(struct asks *a, struct ask ask)
{
	if (a->count == a->size) {
		size_t size = a->size ? a->size * 2 : ASKS_FIRST;
		struct ask *list = realloc(a->list, size * sizeof(*list));

		if (!list) {
			a->err = ERR_NOMEM;
			return;
		}
		a->list = list;
		a->size = size;
	}
	ask.serial = (uint32_t)a->count;
	a->list[a->count++] = ask;
}

static void household(
    const struct day *d, uint32_t index, struct family *ret)
{
	family_make(d->plan, index, ret);
	if (index == d->people.families - 1)
		family_cut(ret, d->people.last_persons);
}

/* A person of the household, on the contract that is open, or on any. */
static uint8_t pick_row(
    const struct day *d, const struct family *f, struct random_seeded *r)
{
	uint8_t at = (uint8_t)random_seeded_below(r, f->count);
	uint32_t person = f->rows[at].person;

	for (uint8_t i = 0; i < f->count; i++)
		if (f->rows[i].person == person &&
		    row_is_open(&f->rows[i], d->plan->day))
			return i;
	return at;
}

/* Patients come from around: households near the site's own in the list. */
static uint32_t pick_family(
    const struct day *d, const struct site *site, struct random_seeded *r)
{
	uint64_t families = d->people.families;
	uint64_t count = d->sites->count[site->profession];
	uint64_t window = families / count *
	    profession_get(site->profession)->near + 1;

	return (uint32_t)((site->nth * families / count +
	    random_seeded_below(r, window)) % families);
}

static enum flaw pick_flaw(const struct day *d, struct random_seeded *r)
{
	enum flaw flaw;

	if (!plan_chance(r, FLAWS))
		return FLAW_NONE;
	flaw = (enum flaw)(1 + random_seeded_below(r, FLAW_COUNT - 1));
	return flaw == FLAW_AMC && d->plan->insurers < 2 ? FLAW_NUMBER : flaw;
}

static struct ask draw_ask(
    const struct day *d, const struct site *site, struct random_seeded *r)
{
	const struct profession *what = profession_get(site->profession);
	struct family f;
	struct ask ask = {.site = site->index};
	const struct row *row;

	/* who has no rights any more seldom comes: most are drawn again */
	for (int i = 0; i < 2; i++) {
		ask.family = pick_family(d, site, r);
		household(d, ask.family, &f);
		ask.row = pick_row(d, &f, r);
		if (row_is_open(&f.rows[ask.row], d->plan->day))
			break;
	}
	row = &f.rows[ask.row];
	ask.second = (uint32_t)plan_between(
	    r, what->open_h * 3600, what->close_h * 3600 - 1);
	ask.staff = (uint8_t)random_seeded_below(r, site->staff);
	ask.domain = plan_chance(r, 80) ? 0 : 1;
	ask.how = plan_chance(r, what->card) ? BY_CARD :
	    plan_chance(r, 60) || row->nir[0] == '\0' ? BY_MEMBER : BY_NIR;
	if (ask.how == BY_CARD && (!book_has_token(d->mode, row) ||
	        row->to_day < d->plan->day))
		ask.how = BY_MEMBER;	/* no card, or one that ran out */
	if (ask.how != BY_CARD)
		ask.flaw = (uint8_t)pick_flaw(d, r);
	return ask;
}

/* Large sites have steadier days. */
static uint32_t draw_count(
    const struct day *d, unsigned profession, struct random_seeded *r)
{
	uint32_t tenths = site_day_tenths(d->plan, d->sites, profession);
	uint32_t swing = tenths >= 1000 ? 15 : 60;
	uint32_t got = tenths *
	    (100 - swing + (uint32_t)random_seeded_below(r, 2 * swing + 1)) /
	    100;

	return got / 10 + (random_seeded_below(r, 10) < got % 10 ? 1 : 0);
}

static void draw_site(const struct day *d, uint32_t index, struct asks *asks)
{
	struct random_seeded r;
	struct site site;
	uint32_t count;

	site_make(d->sites, index, &site);
	plan_random(d->plan, PLAN_DAY, index, &r);
	count = draw_count(d, site.profession, &r);
	for (uint32_t i = 0; i < count; i++) {
		struct ask ask = draw_ask(d, &site, &r);

		put_ask(asks, ask);
		if (!plan_chance(&r, REPEATS))
			continue;
		ask.second += (uint32_t)plan_between(&r, 60, 7200);
		if (ask.second >= DAY_S)
			ask.second = DAY_S - 1;
		put_ask(asks, ask);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct ask *x = a, *y = b;

	if (x->second != y->second)
		return x->second < y->second ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

/* Another digit at the place. */
static void turn_digit(char *place)
{
	*place = (char)('0' + (*place - '0' + 1) % 10);
}

/* Does the wrong question still meet somebody of the household? */
static bool meets(const struct family *f, const struct row *wrong)
{
	for (uint8_t i = 0; i < f->count; i++) {
		const struct row *row = &f->rows[i];

		if (strcmp(row->amc, wrong->amc) == 0 &&
		    strcmp(row->birth, wrong->birth) == 0 &&
		    row->rank == wrong->rank &&
		    (strcmp(row->member, wrong->member) == 0 ||
		        strncmp(row->nir, wrong->nir, NIR_BODY) == 0))
			return true;
	}
	return false;
}

/* A wrong serial with the key that it needs: nobody's software sees it. */
static void turn_nir(char *nir)
{
	int key;

	turn_digit(nir + NIR_BODY - 1);
	if (nir[NIR_BODY] == '\0')
		return;
	key = nir_key(nir);
	nir[NIR_BODY] = (char)('0' + key / 10);
	nir[NIR_BODY + 1] = (char)('0' + key % 10);
}

static const struct row *stranger(
    const struct day *d, const struct ask *ask, struct family *f)
{
	struct random_seeded r;

	plan_random(d->plan, PLAN_DAY, (UINT64_C(1) << 32) + ask->serial, &r);
	family_make(d->plan, d->people.families +
	    (uint32_t)random_seeded_below(&r, STRANGERS), f);
	return &f->rows[0];
}

/* What is asked, wrong where the question has a flaw. */
static void make_wrong(const struct day *d, const struct ask *ask,
    const struct family *f, struct row *row)
{
	struct family other;
	char amc[NUMBERS_AMC_SIZE];

	switch ((enum flaw)ask->flaw) {
	case FLAW_BIRTH:
		while (meets(f, row))
			turn_digit(row->birth + 7);
		break;
	case FLAW_RANK:
		row->rank += 5;
		break;
	case FLAW_NUMBER:
		turn_digit(row->member + 7);
		if (row->nir[0])
			turn_nir(row->nir);
		break;
	case FLAW_AMC:
		memcpy(amc, row->amc, sizeof(amc));
		for (uint32_t i = 0; i < d->plan->insurers && meets(f, row);
		     i++)
			memcpy(row->amc, d->plan->insurer[i].amc, sizeof(amc));
		if (meets(f, row))
			row->rank += 5;
		break;
	case FLAW_STRANGER:
		memcpy(amc, row->amc, sizeof(amc));
		*row = *stranger(d, ask, &other);
		memcpy(row->amc, amc, sizeof(amc));
		if (row->nir[0] == '\0')
			numbers_nir(1, 1980, 1, ask->serial, row->nir);
		break;
	case FLAW_NONE:
	case FLAW_COUNT:
		break;
	}
}

static enum err put_question(const struct day *d, const struct ask *ask,
    const struct site *site, const struct row *row, FILE *file)
{
	char date[DATE_TEXT_SIZE];
	struct buf token;
	enum err e = ERR_OK;

	buf_init(&token, LIMIT_CARD);
	fprintf(file,
	    "{\"site\":\"%s\",\"rpps\":\"%s\",\"key\":\"%s\","
	    "\"amc\":\"%s\",",
	    site->id, site->rpps[ask->staff], site->key, row->amc);
	if (ask->how == BY_CARD) {
		e = mint_token(d->mint, row, 0, &token);
		if (!e)
			fprintf(file, "\"card\":\"%.*s\",", (int)token.n,
			    (const char *)token.p);
	} else {
		fprintf(file, "\"%s\":\"%s\",\"birth\":\"%s\",\"rank\":%d,",
		    hows[ask->how],
		    ask->how == BY_NIR ? row->nir : row->member, row->birth,
		    row->rank);
	}
	date_format(d->plan->day, date);
	fprintf(file,
	    "\"domain\":\"%s\",\"date\":\"%s\","
	    "\"time\":\"%sT%02u:%02u:%02uZ\"}\n",
	    profession_get(site->profession)->domains[ask->domain], date,
	    date, ask->second / 3600, ask->second / 60 % 60,
	    ask->second % 60);
	buf_release(&token);
	return e;
}

static const char *expected(
    const struct day *d, const struct ask *ask, const struct site *site,
    const struct row *row)
{
	if (ask->flaw != FLAW_NONE)
		return "unknown";
	if (!row_is_open(row, d->plan->day))
		return "closed";
	return row_covers(row,
	    profession_get(site->profession)->domains[ask->domain]) ?
	    "covered" :
	    "not-covered";
}

static enum err put_ask_line(const struct day *d, const struct ask *ask,
    size_t line, FILE *questions, FILE *truth)
{
	struct family f;
	struct site site;
	struct row row;

	household(d, ask->family, &f);
	site_make(d->sites, ask->site, &site);
	row = f.rows[ask->row];
	fprintf(truth, "%zu;P%08u;%s;%s;%s\n", line, row.person,
	    expected(d, ask, &site, &row), hows[ask->how],
	    flaws[ask->flaw]);
	make_wrong(d, ask, &f, &row);
	return put_question(d, ask, &site, &row, questions);
}

enum err day_write(
    const struct day *d, const struct folder *f, uint64_t *ret_questions)
{
	struct asks asks = {0};
	FILE *questions = NULL, *truth = NULL;
	enum err e, last;

	for (uint32_t i = 0; i < d->sites->total; i++)
		draw_site(d, i, &asks);
	e = asks.err;
	if (!e)
		e = folder_create(f, "day.ndjson", &questions);
	if (!e)
		e = folder_create(f, "day.csv", &truth);
	if (e)
		goto out;
	if (asks.count > 0)
		qsort(asks.list, asks.count, sizeof(*asks.list), by_time);
	fputs("line;person;expect;how;flaw\n", truth);
	for (size_t i = 0; i < asks.count && !e; i++)
		e = put_ask_line(
		    d, &asks.list[i], i + 1, questions, truth);
out:
	last = folder_close(&questions);
	e = e ? e : last;
	last = folder_close(&truth);
	e = e ? e : last;
	if (!e)
		*ret_questions = asks.count;
	free(asks.list);
	return e;
}
