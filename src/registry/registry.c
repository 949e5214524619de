/* SPDX-License-Identifier: Apache-2.0 */
/* The state and its look-ups; what each word of an act does is in apply.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/sabotage.h"
#include "base/text.h"
#include "registry/registry.h"

enum err registry_new(struct registry **ret)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	r->cap = (struct registry_cap){REGISTRY_CAP_KEYS,
	    REGISTRY_CAP_PERSONS24, REGISTRY_CAP_PERSONS30};
	*ret = r;
	return ERR_OK;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->insurer_count; i++) {
		sign_public_free(r->insurers[i].feed_key);
		sign_public_free(r->insurers[i].card_key);
		sign_public_free(r->insurers[i].feed_before);
		sign_public_free(r->insurers[i].card_before);
	}
	for (size_t i = 0; i < r->key_count; i++) {
		sign_public_free(r->keys[i].key);
		free(r->keys[i].rpps);
	}
	map_release(&r->by_amc);
	map_release(&r->by_site);
	map_release(&r->by_rpps);
	map_release(&r->by_key);
	map_release(&r->by_profession);
	map_release(&r->by_route);
	map_release(&r->texts);
	free(r->admins);
	free(r->insurers);
	free(r->professions);
	free(r->sites);
	free(r->professionals);
	free(r->keys);
	free(r->wides);
	free(r->modes);
	free(r->vaults);
	free(r->ceilings);
	free(r->closings);
	free(r->owns);
	free(r->turns);
	free(r->months);
	free(r->decoys);
	free(r->routes);
	free(r);
}

enum err registry_origin(const char *origin, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "%s-registry", origin);

	return n >= size ? ERR_LIMIT : ERR_OK;
}

bool registry_is_founded(const struct registry *r)
{
	return r->admin_count >= 2 &&
	    r->service.sealing[0] == REGISTRY_POINT;
}

/*
 * An act that failed half way leaves names in the maps that point past the
 * arrays or to another record, so every find is checked against the record.
 */
const struct registry_key *registry_key(
    const struct registry *r, const uint8_t id[static SIGN_KEY_ID])
{
	uint32_t i;

	if (!map_find(&r->by_key, span_of(id, SIGN_KEY_ID), &i) ||
	    i >= r->key_count ||
	    memcmp(r->keys[i].id, id, SIGN_KEY_ID) != 0)
		return NULL;
	return &r->keys[i];
}

const struct registry_site *registry_site(
    const struct registry *r, struct span id)
{
	uint32_t i;

	if (!map_find(&r->by_site, id, &i) || i >= r->site_count ||
	    !span_is(id, r->sites[i].id))
		return NULL;
	return &r->sites[i];
}

const struct registry_insurer *registry_insurer_first(
    const struct registry *r, struct span amc)
{
	uint32_t i;

	if (!map_find(&r->by_amc, amc, &i) || i >= r->insurer_count ||
	    !span_is(amc, r->insurers[i].amc))
		return NULL;
	return &r->insurers[i];
}

const struct registry_insurer *registry_insurer_next(
    const struct registry *r, const struct registry_insurer *i)
{
	return i->next ? &r->insurers[i->next - 1] : NULL;
}

const struct registry_insurer *registry_insurer(
    const struct registry *r, struct span name)
{
	size_t digits = REGISTRY_AMC_SIZE - 1;
	const struct registry_insurer *i = registry_insurer_first(
	    r, span_of(name.p, name.n < digits ? name.n : digits));
	struct span operator;

	if (!i || name.n == digits)
		return i && !i->next ? i : NULL;
	operator = span_of(name.p + digits + 1, name.n - digits - 1);
	if (name.p[digits] != '@')
		return NULL;
	while (i && !span_is(operator, i->operator))
		i = registry_insurer_next(r, i);
	return i;
}

const struct registry_professional *registry_professional(
    const struct registry *r, struct span rpps)
{
	uint32_t i;

	if (!map_find(&r->by_rpps, rpps, &i) || i >= r->professional_count ||
	    !span_is(rpps, r->professionals[i].rpps))
		return NULL;
	return &r->professionals[i];
}

const struct registry_profession *registry_profession(
    const struct registry *r, struct span code)
{
	uint32_t i;

	if (!map_find(&r->by_profession, code, &i) ||
	    i >= r->profession_count ||
	    !span_is(code, r->professions[i].code))
		return NULL;
	return &r->professions[i];
}

uint32_t registry_cell(
    const struct registry *r, const struct registry_insurer *i)
{
	return (uint32_t)(i - r->insurers) + 1;
}

const struct registry_insurer *registry_of_cell(
    const struct registry *r, uint32_t cell)
{
	if (cell == 0 || cell > r->insurer_count)
		return NULL;
	return &r->insurers[cell - 1];
}

bool registry_observes(const struct registry *r, const char *control)
{
	for (size_t i = 0; i < r->mode_count; i++)
		if (strcmp(r->modes[i].control, control) == 0)
			return r->modes[i].observe;
	return false;
}

bool registry_key_lives(const struct registry *r, const struct registry_key *k)
{
	return SABOTAGED(REVOKED) ||
	    (!k->revoked && !r->sites[k->site].revoked);
}

static const char *const planes[REGISTRY_PLANES] = {
	"?", "flow", "portal", "member", "staff"};

unsigned registry_plane(struct span name)
{
	for (unsigned i = 1; i < REGISTRY_PLANES; i++)
		if (span_is(name, planes[i]))
			return i;
	return 0;
}

const char *registry_plane_text(unsigned plane)
{
	return planes[plane < REGISTRY_PLANES ? plane : 0];
}

/* Is the professional that a key asks for closed, or each it could be? */
static bool person_is_closed(const struct registry *r,
    const struct registry_key *k, struct span rpps)
{
	const struct registry_professional *p =
	    rpps.n > 0 ? registry_professional(r, rpps) : NULL;
	bool some = false, open = false;

	if (rpps.n > 0)
		return p && p->closed;
	for (uint32_t i = 0; i < k->rpps_count; i++) {
		p = &r->professionals[k->rpps[i]];
		some = some || !p->revoked;
		open = open || (!p->revoked && !p->closed);
	}
	return some && !open;
}

enum registry_gate registry_closed(const struct registry *r,
    const struct registry_key *k, unsigned plane, uint32_t cell,
    struct span rpps)
{
	const struct registry_site *site = &r->sites[k->site];
	const struct registry_insurer *i = registry_of_cell(r, cell);

	if (SABOTAGED(SWITCH))
		return REGISTRY_NO_GATE;
	if (r->closed_planes >> plane & 1)
		return REGISTRY_PLANE;
	if (r->professions[site->profession].closed >> plane & 1)
		return REGISTRY_PROFESSION;
	if (site->closed)
		return REGISTRY_SITE;
	if (k->closed)
		return REGISTRY_KEY;
	if (person_is_closed(r, k, rpps))
		return REGISTRY_PERSON;
	return i && (i->closed || i->revoked) ? REGISTRY_CELL :
	    REGISTRY_NO_GATE;
}

bool registry_key_speaks_for(const struct registry *r,
    const struct registry_key *k, struct span rpps)
{
	for (size_t i = 0; i < k->rpps_count; i++) {
		const struct registry_professional *p =
		    &r->professionals[k->rpps[i]];

		if (span_is(rpps, p->rpps))
			return !p->revoked;
	}
	return false;
}

bool registry_key_speaks(
    const struct registry *r, const struct registry_key *k)
{
	for (size_t i = 0; i < k->rpps_count; i++)
		if (!r->professionals[k->rpps[i]].revoked)
			return true;
	return k->rpps_count == 0;
}

/* Is any of his own figures below the profession's? */
static bool is_narrowed(const struct registry *r,
    const struct registry_professional *p,
    const uint32_t profession[static 6])
{
	const struct registry_own *own = p->own ? &r->owns[p->own - 1] : NULL;

	for (size_t i = 0; own && !own->preset && i < 6; i++)
		if (own->figures[i] < profession[i])
			return true;
	return false;
}

bool registry_key_narrowed(
    const struct registry *r, const struct registry_key *k)
{
	const struct registry_profession *trade =
	    &r->professions[r->sites[k->site].profession];

	for (size_t i = 0; i < k->rpps_count; i++) {
		const struct registry_professional *p =
		    &r->professionals[k->rpps[i]];

		if (!p->revoked &&
		    is_narrowed(r, p, trade->figures[k->plane]))
			return true;
	}
	return false;
}

bool registry_profession_has(
    const struct registry_profession *p, struct span domain)
{
	for (unsigned i = 0; i < p->domain_count; i++)
		if (span_is(domain, p->domains[i]))
			return true;
	return false;
}
