/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets and modes: what profession, wide and mode do. */
#include <string.h>
#include "base/text.h"
#include "registry/words.h"

#define FIGURE_MOST 1000000

static enum err take_domains(
    struct words_work *w, struct registry_profession *p)
{
	struct span list = words_value(w, "domains"), one;
	enum err e;

	while (!(e = words_next(&list, &one)))
		if (p->domain_count == REGISTRY_PROFESSION_DOMAINS ||
		    !words_is_id(one) ||
		    text_copy(one, p->domains[p->domain_count++],
			sizeof(p->domains[0])))
			return words_say(w, ERR_SHAPE,
			    "domains: codes and commas, at most 16");
	return e == ERR_CLOSED ? ERR_OK :
	    words_say(w, e, "domains: codes and commas, at most 16");
}

/* n whole numbers. */
static enum err take_numbers(struct words_work *w, const char *const *names,
    int n, uint32_t *out)
{
	for (int i = 0; i < n; i++) {
		uint64_t v = 0;

		if (text_u64(words_value(w, names[i]), FIGURE_MOST, &v))
			return words_say(w, ERR_SHAPE,
			    "a figure is missing or is not a whole number of "
			    "a million at most");
		out[i] = (uint32_t)v;
	}
	return ERR_OK;
}

/* The guard takes no others (guard/guard.h): what it refuses must not get
 * into the log, or the keeper never starts again. */
static enum err take_figures(struct words_work *w, uint32_t f[static 6])
{
	static const char *const names[6] = {
	    "t24", "c24", "t30", "c30", "m24", "m30"};
	enum err e = take_numbers(w, names, 6, f);

	if (e)
		return e;
	if (f[0] > f[1] || f[2] > f[3])
		return words_say(w, ERR_RANGE, "T is at most C");
	if (f[0] > f[2] || f[1] > f[3] || f[4] > f[5])
		return words_say(w, ERR_RANGE, "24 h is at most 30 days");
	return ERR_OK;
}

/* Which plane's figures: 0, without a word, all of them. */
static enum err take_figures_plane(struct words_work *w, unsigned *ret)
{
	struct span plane = words_value(w, "plane");

	*ret = registry_plane(plane);
	return plane.n == 0 || *ret > 0 ? ERR_OK :
	    words_say(w, ERR_UNKNOWN, "plane is flow, portal, member or staff");
}

/* A profession that is new has the figures on every plane, whichever it names:
 * none may be without. */
static void set_figures(struct registry_profession *p, unsigned plane,
    const uint32_t f[static 6])
{
	for (unsigned i = 1; i < REGISTRY_PLANES; i++)
		if (plane == 0 || plane == i)
			memcpy(p->figures[i], f, sizeof(p->figures[i]));
}

enum err words_figures_profession(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_profession p = {0};
	const struct registry_profession *old;
	uint32_t figures[6];
	unsigned plane = 0;
	enum err e = words_id(w, "code", p.code, sizeof(p.code));

	if (!e)
		e = take_figures_plane(w, &plane);
	if (!e)
		e = take_domains(w, &p);
	if (!e)
		e = take_figures(w, figures);
	if (e)
		return e;
	old = registry_profession(r, words_value(w, "code"));
	if (old) {
		p.closed = old->closed;
		memcpy(p.figures, old->figures, sizeof(p.figures));
		set_figures(&p, plane, figures);
		r->professions[old - r->professions] = p;
		return ERR_OK;
	}
	set_figures(&p, 0, figures);
	if (r->profession_count == REGISTRY_PROFESSIONS)
		return words_say(w, ERR_LIMIT, "too many professions");
	e = words_grow((void **)&r->professions, r->profession_count, sizeof(p));
	if (!e)
		e = map_put(&r->by_profession, span_str(p.code),
		    (uint32_t)r->profession_count);
	if (!e)
		r->professions[r->profession_count++] = p;
	return e;
}

static bool is_one_of(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

/* "*" stands for all others: it is no id. */
static enum err take_code(struct words_work *w, char *out, size_t size)
{
	if (span_is(words_value(w, "code"), "*"))
		return text_copy(words_value(w, "code"), out, size);
	return words_id(w, "code", out, size);
}

static enum err check_wide(struct words_work *w, const struct registry_wide *s)
{
	const uint32_t *f = s->figures;
	bool month = f[2] > 0 || f[3] > 0, card = strcmp(s->scope, "card") == 0;

	if (card && (f[0] == 0 || f[0] > REGISTRY_CARD_SITES || f[1] || month))
		return words_say(w, ERR_RANGE,
		    "card: 1 to 14 sites in floor24, the rest 0");
	if (month && (f[0] > f[2] || f[1] > f[3]))
		return words_say(w, ERR_RANGE, "24 h is at most 30 days");
	if ((card || strcmp(s->scope, "platform") == 0) &&
	    strcmp(s->code, "*") != 0)
		return words_say(w, ERR_UNKNOWN, "this scope has code=* alone");
	return ERR_OK;
}

static enum err take_wide(struct words_work *w, struct registry_wide *ret)
{
	static const char *const names[4] = {
	    "floor24", "each24", "floor30", "each30"};
	static const char *const scopes[4] = {
	    "profession", "cell", "platform", "card"};
	enum err e = words_id(w, "scope", ret->scope, sizeof(ret->scope));

	if (!e && !is_one_of(ret->scope, scopes, 4))
		e = words_say(w, ERR_UNKNOWN,
		    "scope is profession, cell, platform or card");
	if (!e)
		e = take_code(w, ret->code, sizeof(ret->code));
	if (!e)
		e = take_numbers(w, names, 4, ret->figures);
	return e ? e : check_wide(w, ret);
}

enum err words_figures_wide(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_wide wide = {0};
	enum err e = take_wide(w, &wide);

	if (e)
		return e;
	for (size_t i = 0; i < r->wide_count; i++)
		if (strcmp(r->wides[i].scope, wide.scope) == 0 &&
		    strcmp(r->wides[i].code, wide.code) == 0) {
			r->wides[i] = wide;
			return ERR_OK;
		}
	e = words_grow((void **)&r->wides, r->wide_count, sizeof(wide));
	if (!e)
		r->wides[r->wide_count++] = wide;
	return e;
}

enum err words_figures_mode(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_mode m = {0};
	static const char *const controls[3] = {"budget", "wide", "presence"};
	struct span mode = words_value(w, "mode");
	enum err e = words_id(w, "control", m.control, sizeof(m.control));

	if (e)
		return e;
	if (!is_one_of(m.control, controls, 3))
		return words_say(w, ERR_UNKNOWN,
		    "control is budget, wide or presence");
	m.observe = span_is(mode, "observe");
	if (!m.observe && !span_is(mode, "enforce"))
		return words_say(w, ERR_SHAPE, "mode is enforce or observe");
	for (size_t i = 0; i < r->mode_count; i++)
		if (strcmp(r->modes[i].control, m.control) == 0) {
			r->modes[i] = m;
			return ERR_OK;
		}
	e = words_grow((void **)&r->modes, r->mode_count, sizeof(m));
	if (!e)
		r->modes[r->mode_count++] = m;
	return e;
}

/* Whose figures: a site's or a professional's, and where its record keeps the
 * place of its own. */
static enum err find_owner(
    struct words_work *w, struct registry_own *ret, uint32_t **ret_own)
{
	struct span site = words_value(w, "site"), rpps = words_value(w, "rpps");
	const struct registry_professional *p;
	const struct registry_site *s;

	if ((site.n > 0) == (rpps.n > 0))
		return words_say(w, ERR_SHAPE, "budget names a site or an rpps");
	if (site.n > 0) {
		s = registry_site(w->r, site);
		if (!s)
			return words_say(w, ERR_UNKNOWN, "no such site");
		ret->is_site = true;
		ret->place = (uint32_t)(s - w->r->sites);
		*ret_own = &w->r->sites[ret->place].own;
		return ERR_OK;
	}
	p = registry_professional(w->r, rpps);
	if (!p)
		return words_say(w, ERR_UNKNOWN, "no such RPPS");
	ret->place = (uint32_t)(p - w->r->professionals);
	*ret_own = &w->r->professionals[ret->place].own;
	return ERR_OK;
}

enum err words_figures_budget(struct words_work *w)
{
	struct registry *r = w->r;
	struct registry_own own = {0};
	struct span preset = words_value(w, "default");
	uint32_t *place = NULL;
	enum err e = find_owner(w, &own, &place);

	if (e)
		return e;
	own.preset = span_is(preset, "yes");
	if (preset.n > 0 && (!own.preset || w->line.count != 2))
		return words_say(w, ERR_SHAPE, "default=yes stands alone");
	if (!own.preset)
		e = take_figures(w, own.figures);
	if (!e && *place == 0 && own.preset)
		e = words_say(w, ERR_STATE, "it has no figures of its own");
	if (!e && *place == 0)
		e = words_grow((void **)&r->owns, r->own_count, sizeof(own));
	if (e)
		return e;
	if (*place == 0)
		*place = (uint32_t)++r->own_count;
	r->owns[*place - 1] = own;
	return ERR_OK;
}

enum err words_figures_cap(struct words_work *w)
{
	static const char *const names[3] = {
	    "keys-day", "persons24", "persons30"};
	uint32_t f[3];
	enum err e = take_numbers(w, names, 3, f);

	if (e)
		return e;
	if (f[0] == 0 || f[1] == 0 || f[1] > f[2])
		return words_say(w, ERR_RANGE,
		    "at least 1 each, and 24 h at most 30 days");
	w->r->cap = (struct registry_cap){f[0], f[1], f[2]};
	return ERR_OK;
}
