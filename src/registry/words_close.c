/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What close and open do: one gate at a time. A gate's mark stands on its own
 * record, where each question sees it; r->closings keeps who is to be told.
 */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "registry/words.h"

/* A gate of a line: its mark, and its name as people write it. */
struct gate {
	bool *flag;		/* or */
	uint8_t *mask, bit;
	uint32_t cell;		/* of an amc; else 0 */
	char name[REGISTRY_GATE_SIZE];
};

static enum err of_plane(struct words_work *w, struct gate *g)
{
	struct span code = words_value(w, "profession");
	unsigned plane = registry_plane(words_value(w, "plane"));
	const struct registry_profession *p;

	if (plane == 0)
		return words_say(w, ERR_UNKNOWN,
		    "plane is flow, portal, member or staff");
	g->mask = &w->r->closed_planes;
	g->bit = (uint8_t)(1u << plane);
	(void)snprintf(g->name, sizeof(g->name), "plane:%s",
	    registry_plane_text(plane));
	if (code.n == 0)
		return ERR_OK;
	p = registry_profession(w->r, code);
	if (!p)
		return words_say(w, ERR_UNKNOWN, "no such profession");
	g->mask = &w->r->professions[p - w->r->professions].closed;
	(void)snprintf(g->name, sizeof(g->name), "profession:%s@%s", p->code,
	    registry_plane_text(plane));
	return ERR_OK;
}

static enum err of_insurer(struct words_work *w, struct gate *g)
{
	const struct registry_insurer *i =
	    registry_insurer(w->r, words_value(w, "amc"));

	if (!i)
		return words_say(w, ERR_UNKNOWN, WORDS_NO_AMC);
	g->cell = registry_cell(w->r, i);
	g->flag = &w->r->insurers[i - w->r->insurers].closed;
	return ERR_OK;
}

static enum err of_site(struct words_work *w, struct gate *g)
{
	const struct registry_site *s =
	    registry_site(w->r, words_value(w, "site"));

	if (!s)
		return words_say(w, ERR_UNKNOWN, "no such site");
	g->flag = &w->r->sites[s - w->r->sites].closed;
	return ERR_OK;
}

static enum err of_professional(struct words_work *w, struct gate *g)
{
	const struct registry_professional *p =
	    registry_professional(w->r, words_value(w, "rpps"));

	if (!p)
		return words_say(w, ERR_UNKNOWN, "no such RPPS");
	g->flag = &w->r->professionals[p - w->r->professionals].closed;
	return ERR_OK;
}

static enum err of_key(struct words_work *w, struct gate *g)
{
	const struct registry_key *k;
	enum err e = words_key_named(w, words_value(w, "key"), &k);

	if (!e)
		g->flag = &w->r->keys[k - w->r->keys].closed;
	return e;
}

/* The one gate that the line names. */
static enum err find_gate(struct words_work *w, struct gate *ret)
{
	static const struct {
		const char *name;
		unsigned pairs;		/* of the line, without reason */
		enum err (*find)(struct words_work *w, struct gate *g);
	} kinds[] = {
		{"profession", 2, of_plane}, {"plane", 1, of_plane},
		{"amc", 1, of_insurer}, {"site", 1, of_site},
		{"key", 1, of_key}, {"rpps", 1, of_professional},
	};
	unsigned pairs = w->line.count;

	pairs -= words_value(w, "reason").n > 0 ? 1 : 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct span value = words_value(w, kinds[i].name);
		int n;

		if (value.n == 0)
			continue;
		if (pairs != kinds[i].pairs)
			break;
		n = snprintf(ret->name, sizeof(ret->name), "%s:%.*s",
		    kinds[i].name, (int)value.n, (const char *)value.p);
		if (n >= (int)sizeof(ret->name))
			break;
		return kinds[i].find(w, ret);
	}
	return words_say(w, ERR_SHAPE, "name one gate: plane, profession with "
	    "plane, amc, site, key or rpps");
}

static bool is_closed(const struct gate *g)
{
	return g->flag ? *g->flag : (*g->mask & g->bit) != 0;
}

static void mark(const struct gate *g, bool closed)
{
	if (g->flag)
		*g->flag = closed;
	else if (closed)
		*g->mask |= g->bit;
	else
		*g->mask &= (uint8_t)~g->bit;
}

enum err words_close(struct words_work *w)
{
	struct registry *r = w->r;
	struct gate g = {0};
	struct registry_closing c = {.since_ms = w->head->time_ms};
	enum err e = find_gate(w, &g);

	if (!e && words_value(w, "reason").n > 0)
		e = words_id(w, "reason", c.reason, sizeof(c.reason));
	if (e)
		return e;
	if (is_closed(&g))
		return words_say(w, ERR_EXISTS, "it is closed already");
	c.cell = g.cell;
	memcpy(c.gate, g.name, sizeof(c.gate));
	e = words_grow((void **)&r->closings, r->closing_count, sizeof(c));
	if (e)
		return e;
	r->closings[r->closing_count++] = c;
	mark(&g, true);
	return ERR_OK;
}

/* A cell has two names, and keeps one alone when its AMC gets another. */
static bool is_of(const struct registry_closing *c, const struct gate *g)
{
	return g->cell ? c->cell == g->cell : strcmp(c->gate, g->name) == 0;
}

enum err words_open(struct words_work *w)
{
	struct registry *r = w->r;
	char reason[REGISTRY_NAME_SIZE];
	struct gate g = {0};
	enum err e = find_gate(w, &g);
	size_t i = 0;

	if (!e && words_value(w, "reason").n > 0)
		e = words_id(w, "reason", reason, sizeof(reason));
	if (e)
		return e;
	if (!is_closed(&g))
		return words_say(w, ERR_STATE, "it is not closed");
	mark(&g, false);
	while (i < r->closing_count && !is_of(&r->closings[i], &g))
		i++;
	if (i == r->closing_count)
		return ERR_OK;
	r->closing_count--;
	memmove(&r->closings[i], &r->closings[i + 1],
	    (r->closing_count - i) * sizeof(r->closings[0]));
	return ERR_OK;
}
