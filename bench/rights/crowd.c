/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "lib/must.h"
#include "lib/table.h"
#include "rights/crowd.h"

#define PROFESSIONS 32
#define PERSONS_MOST 4000000
#define ASKERS_MOST 40000000
/* Of a day's budget: asked one by one, and in bundles beside. */
#define OF_BUDGET_TENTHS 6
#define OF_BUDGET_BUNDLES 3

/* A grown array; ends the program without memory. */
static void *widen(void *p, size_t count, size_t size)
{
	if (count & (count - 1))	/* only at powers of two */
		return p;
	p = realloc(p, (count ? count * 2 : 1) * size);
	must_true(p != NULL, "no memory");
	return p;
}

/* --- persons --- */

/* The tokens of cards.csv, which has its rows in the order of people.csv. */
struct tokens {
	struct table table;
	size_t amc, ref, token;
	bool any;
};

static void tokens_open(struct tokens *t, const char *folder)
{
	table_open(&t->table, folder, "cards.csv");
	t->amc = table_column(&t->table, "amc");
	t->ref = table_column(&t->table, "ref");
	t->token = table_column(&t->table, "token");
	t->any = table_next(&t->table);
}

/* The first token of that row, NULL if it has none; leaves the others. */
static char *tokens_of(struct tokens *t, struct span amc, struct span ref)
{
	char *token = NULL;

	while (t->any && span_equal(t->table.cells[t->amc], amc) &&
	    span_equal(t->table.cells[t->ref], ref)) {
		struct span text = t->table.cells[t->token];

		if (!token) {
			token = calloc(1, text.n + 1);
			must_true(token != NULL, "no memory");
			memcpy(token, text.p, text.n);
		}
		t->any = table_next(&t->table);
	}
	return token;
}

struct people {
	struct table table;
	size_t person, amc, ref, nir, birth, rank, member, from, to, closed;
	char last[16];	/* the person taken last */
};

static void people_open(struct people *p, const char *folder)
{
	struct table *t = &p->table;

	table_open(t, folder, "people.csv");
	p->person = table_column(t, "person");
	p->amc = table_column(t, "amc");
	p->ref = table_column(t, "ref");
	p->nir = table_column(t, "nir");
	p->birth = table_column(t, "birth");
	p->rank = table_column(t, "rank");
	p->member = table_column(t, "member");
	p->from = table_column(t, "from");
	p->to = table_column(t, "to");
	p->closed = table_column(t, "closed");
	p->last[0] = '\0';
}

/* Days in this form compare as texts. */
static bool is_in_force(const struct people *p, const char *day)
{
	char from[16], to[16], closed[16];

	table_text(&p->table, p->from, from, sizeof(from));
	table_text(&p->table, p->to, to, sizeof(to));
	table_text(&p->table, p->closed, closed, sizeof(closed));
	return strcmp(from, day) <= 0 && strcmp(day, to) <= 0 &&
	    (closed[0] == '\0' || strcmp(day, closed) < 0);
}

static void take_person(struct crowd *c, struct people *p, char *token)
{
	const struct table *t = &p->table;
	struct crowd_person *x;

	must_true(c->person_count < PERSONS_MOST, "too many persons");
	c->persons = widen(c->persons, c->person_count, sizeof(*c->persons));
	x = &c->persons[c->person_count];
	*x = (struct crowd_person){.token = token};
	table_text(t, p->amc, x->amc, sizeof(x->amc));
	table_text(t, p->nir, x->nir, sizeof(x->nir));
	table_text(t, p->birth, x->birth, sizeof(x->birth));
	table_text(t, p->rank, x->rank, sizeof(x->rank));
	table_text(t, p->member, x->member, sizeof(x->member));
	table_text(t, p->person, p->last, sizeof(p->last));
	/* not every mutuelle has every NIR */
	x->by_nir = x->nir[0] != '\0' &&
	    (c->person_count % 2 || x->member[0] == '\0');
	c->person_count++;
	c->by_card += token != NULL;
}

static void load_persons(struct crowd *c, const char *folder, const char *day)
{
	struct tokens tokens;
	struct people p;

	tokens_open(&tokens, folder);
	people_open(&p, folder);
	while (table_next(&p.table)) {
		char *token = tokens_of(&tokens, p.table.cells[p.amc],
		    p.table.cells[p.ref]);

		if (is_in_force(&p, day) &&
		    !span_is(p.table.cells[p.person], p.last))
			take_person(c, &p, token);
		else
			free(token);
	}
	must_true(!tokens.any, "cards.csv is not in the order of people.csv");
	table_close(&tokens.table);
	table_close(&p.table);
}

/* --- askers --- */

struct profession {
	char code[24], domain[LIMIT_DOMAIN + 1];
	uint64_t t24;
};

static size_t load_professions(
    const char *figures, struct profession list[static PROFESSIONS])
{
	struct table t;
	size_t code, domains, t24, n = 0;

	table_open(&t, figures, "professions.csv");
	code = table_column(&t, "code");
	domains = table_column(&t, "domains");
	t24 = table_column(&t, "t24");
	while (table_next(&t)) {
		struct span first = t.cells[domains];
		const uint8_t *space = memchr(first.p, ' ', first.n);

		must_true(n < PROFESSIONS, "too many professions");
		if (space)
			first.n = (size_t)(space - first.p);
		table_text(&t, code, list[n].code, sizeof(list[n].code));
		must(text_copy(first, list[n].domain,
			 sizeof(list[n].domain)), "domain");
		must(text_u64(t.cells[t24], 1000000, &list[n].t24), "t24");
		n++;
	}
	table_close(&t);
	return n;
}

static void take_site(struct crowd *c, const char *folder,
    const struct table *t, size_t key, const struct profession *what,
    unsigned each)
{
	uint64_t times = what->t24 * (each > 1 ? OF_BUDGET_BUNDLES :
	    OF_BUDGET_TENTHS) / 10 / each;
	uint8_t id[SIGN_KEY_ID];
	char name[64], path[4096];
	struct crowd_site *s;

	c->sites = widen(c->sites, c->site_count, sizeof(*c->sites));
	s = &c->sites[c->site_count];
	table_text(t, key, name, sizeof(name));
	must(file_path(path, sizeof(path), folder, name), name);
	must(sign_private_load(path, &s->key), path);
	sign_public_id(sign_private_public(s->key), id);
	sign_key_id_text(id, s->keyid);
	must(text_copy(span_str(what->domain), s->domain, sizeof(s->domain)),
	    "domain");
	for (uint64_t i = 0; i < times; i++) {
		must_true(c->asker_count < ASKERS_MOST, "too many sites");
		c->askers = widen(
		    c->askers, c->asker_count, sizeof(*c->askers));
		c->askers[c->asker_count++] = (uint32_t)c->site_count;
	}
	c->site_count++;
}

static void load_sites(
    struct crowd *c, const char *folder, const char *figures, unsigned each)
{
	struct profession list[PROFESSIONS];
	size_t n = load_professions(figures, list);
	size_t profession, key, alg;
	struct table t;

	table_open(&t, folder, "sites.csv");
	profession = table_column(&t, "profession");
	key = table_column(&t, "key");
	alg = table_column(&t, "alg");
	while (table_next(&t)) {
		size_t i = 0;

		while (i < n && !span_is(t.cells[profession], list[i].code))
			i++;
		must_true(i < n, "a profession without figures");
		if (span_is(t.cells[alg], "Ed25519"))
			take_site(c, folder, &t, key, &list[i], each);
	}
	table_close(&t);
}

/* --- both --- */

static void shuffle(struct crowd *c, uint64_t seed)
{
	struct random_seeded r;

	(void)random_from_seed(&r, seed);
	for (size_t i = c->person_count; i > 1; i--) {
		size_t j = (size_t)random_seeded_below(&r, i);
		struct crowd_person p = c->persons[i - 1];

		c->persons[i - 1] = c->persons[j];
		c->persons[j] = p;
	}
	for (size_t i = c->asker_count; i > 1; i--) {
		size_t j = (size_t)random_seeded_below(&r, i);
		uint32_t a = c->askers[i - 1];

		c->askers[i - 1] = c->askers[j];
		c->askers[j] = a;
	}
}

void crowd_load(struct crowd *c, const char *folder, const char *figures,
    const char *day, uint64_t seed, unsigned each)
{
	*c = (struct crowd){0};
	load_persons(c, folder, day);
	load_sites(c, folder, figures, each);
	shuffle(c, seed);
}

void crowd_release(struct crowd *c)
{
	for (size_t i = 0; i < c->person_count; i++)
		free(c->persons[i].token);
	for (size_t i = 0; i < c->site_count; i++)
		sign_private_free(c->sites[i].key);
	free(c->persons);
	free(c->sites);
	free(c->askers);
}
