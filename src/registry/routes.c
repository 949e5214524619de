/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "registry/routes.h"
#include "registry/words.h"

static const struct {
	const char *name;
	bool needed;
	size_t most;
} fields[ROUTES_FIELDS] = {
	[ROUTES_AMC_NUMBER] = {"amc", true, REGISTRY_AMC_SIZE - 1},
	[ROUTES_CONVENTION] = {"convention", false, LIMIT_CONVENTION},
	[ROUTES_CSR] = {"csr", false, LIMIT_CSR},
	[ROUTES_OPERATOR] = {"operator", true, REGISTRY_NAME_SIZE - 1},
	[ROUTES_ADDRESS] = {"url", false, ROUTES_URL},
	[ROUTES_FROM] = {"from", true, DATE_TEXT_SIZE - 1},
	[ROUTES_UNTIL] = {"until", false, DATE_TEXT_SIZE - 1},
};

const char *routes_field(enum routes_field f)
{
	return fields[f].name;
}

/* Letters of cards; what JSON would escape is none. */
static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f ||
		    strchr("\"\\*", s.p[i]))
			return false;
	return true;
}

static bool is_address(struct span s)
{
	static const char start[] = "https://";
	const size_t n = sizeof(start) - 1;

	return s.n > n && span_is(span_of(s.p, n), start);
}

bool routes_fits(enum routes_field f, struct span value)
{
	int32_t day;

	if (value.n == 0)
		return !fields[f].needed;
	if (value.n > fields[f].most || !is_plain(value))
		return false;
	switch (f) {
	case ROUTES_AMC_NUMBER:
		return value.n == fields[f].most && text_digits(value);
	case ROUTES_OPERATOR:
		return words_is_id(value);
	case ROUTES_ADDRESS:
		return is_address(value);
	case ROUTES_FROM:
	case ROUTES_UNTIL:
		return !date_parse(value, &day);
	case ROUTES_CONVENTION:
	case ROUTES_CSR:
	case ROUTES_FIELDS:
	default:
		return true;
	}
}

/* Both of a field that fits, so that neither fails. */
static void put(struct span value, char *to, size_t size)
{
	enum err e = text_copy(value, to, size);

	assert(!e);
	(void)e;
}

static int32_t day_of(struct span value)
{
	int32_t day = ROUTES_FOREVER;
	enum err e = value.n > 0 ? date_parse(value, &day) : ERR_OK;

	assert(!e);
	(void)e;
	return day;
}

enum err routes_make(
    const struct span value[static ROUTES_FIELDS], struct registry_route *ret)
{
	struct registry_route r = {.from_day = day_of(value[ROUTES_FROM]),
	    .until_day = day_of(value[ROUTES_UNTIL])};

	put(value[ROUTES_AMC_NUMBER], r.amc, sizeof(r.amc));
	put(value[ROUTES_CONVENTION], r.convention, sizeof(r.convention));
	put(value[ROUTES_CSR], r.csr, sizeof(r.csr));
	put(value[ROUTES_OPERATOR], r.operator, sizeof(r.operator));
	put(value[ROUTES_ADDRESS], r.url, sizeof(r.url));
	/* the day before from takes a route back */
	if (r.until_day < r.from_day - 1)
		return ERR_SHAPE;
	*ret = r;
	return ERR_OK;
}

const struct registry_route *routes_of(
    const struct registry *r, struct span amc)
{
	uint32_t i;

	if (!map_find(&r->by_route, amc, &i) || i >= r->route_count ||
	    !span_is(amc, r->routes[i].amc))
		return NULL;
	return &r->routes[i];
}

const struct registry_route *routes_before(
    const struct registry *r, const struct registry_route *route)
{
	return route->before ? &r->routes[route->before - 1] : NULL;
}

bool routes_holds(const struct registry_route *route, int32_t day)
{
	return !route->behind && route->from_day <= day &&
	    day <= route->until_day;
}

/* How well what was asked fits one field; below 0: not at all. */
static int fit(struct span asked, const char *field, int exact)
{
	if (asked.n == 0 || field[0] == '\0')
		return 0;
	return span_is(asked, field) ? exact : -1;
}

static int fit_both(
    const struct routes_ask *ask, const struct registry_route *route)
{
	int convention = fit(ask->convention, route->convention, 2);
	int csr = fit(ask->csr, route->csr, 1);

	return convention < 0 || csr < 0 ? -1 : convention + csr;
}

enum routes_verdict routes_find(const struct registry *r,
    const struct routes_ask *ask, const struct registry_route **ret)
{
	const struct registry_route *at = routes_of(r, ask->amc);
	const struct registry_route *best = NULL, *over = NULL;
	bool any = at != NULL, several = false;
	int most = -1;

	for (; at; at = routes_before(r, at)) {
		int n = at->behind ? -1 : fit_both(ask, at);

		if (n < 0)
			continue;
		if (!routes_holds(at, ask->day)) {
			if (!over && at->from_day <= at->until_day)
				over = at;
		} else if (n > most) {
			best = at;
			most = n;
			several = false;
		} else if (n == most &&
		    strcmp(at->operator, best->operator) != 0) {
			several = true;
		}
	}
	if (several)
		return ROUTES_UNSAID;
	if (best || over)
		*ret = best ? best : over;
	return best ? ROUTES_GOOD : over ? ROUTES_OVER :
	    any ? ROUTES_WRONG : ROUTES_UNKNOWN;
}

/* How near a route is to what was asked, which it need not fit. */
static int nearness(
    const struct routes_ask *ask, const struct registry_route *route)
{
	return 2 * (ask->convention.n > 0 &&
		span_is(ask->convention, route->convention)) +
	    (ask->csr.n > 0 && span_is(ask->csr, route->csr));
}

unsigned routes_right(const struct registry *r, const struct routes_ask *ask,
    const struct registry_route *ret[static ROUTES_NEAR])
{
	const struct registry_route *at = routes_of(r, ask->amc);
	unsigned count = 0;

	for (; at; at = routes_before(r, at)) {
		unsigned i = count;

		if (!routes_holds(at, ask->day))
			continue;
		while (i > 0 && nearness(ask, ret[i - 1]) < nearness(ask, at)) {
			if (i < ROUTES_NEAR)
				ret[i] = ret[i - 1];
			i--;
		}
		if (i < ROUTES_NEAR)
			ret[i] = at;
		count += count < ROUTES_NEAR ? 1 : 0;
	}
	return count;
}

static bool same_name(
    const struct registry_route *a, const struct registry_route *b)
{
	return strcmp(a->convention, b->convention) == 0 &&
	    strcmp(a->csr, b->csr) == 0;
}

const struct registry_route *routes_clash(
    const struct registry *r, const struct registry_route *route)
{
	const struct registry_route *at = routes_of(r, span_str(route->amc));

	while (at && (at->behind || !same_name(at, route) ||
	    at->from_day == route->from_day ||
	    at->from_day > route->until_day ||
	    route->from_day > at->until_day))
		at = routes_before(r, at);
	return at;
}

/* What route would replace (*ret: place + 1, or 0), if it may be added. */
static enum err check_add(const struct registry *r,
    const struct registry_route *route, uint32_t *ret)
{
	const struct registry_route *at = routes_of(r, span_str(route->amc));
	uint32_t old = 0, count = 0;

	if (routes_clash(r, route))
		return ERR_EXISTS;
	for (; at; at = routes_before(r, at)) {
		if (++count == ROUTES_AMC)
			return ERR_LIMIT;
		if (!at->behind && same_name(at, route) &&
		    at->from_day == route->from_day)
			old = (uint32_t)(at - r->routes) + 1;
	}
	if (r->route_count == ROUTES_MOST)
		return ERR_LIMIT;
	*ret = old;
	return ERR_OK;
}

enum err routes_add(struct registry *r, const struct registry_route *route)
{
	const struct registry_route *last =
	    routes_of(r, span_str(route->amc));
	uint32_t old = 0;
	uint32_t before = last ? (uint32_t)(last - r->routes) + 1 : 0;
	struct registry_route *own;
	enum err e = check_add(r, route, &old);

	if (!e)
		e = words_grow((void **)&r->routes, r->route_count,
		    sizeof(*route));
	if (!e)
		e = map_put(&r->by_route, span_str(route->amc),
		    (uint32_t)r->route_count);
	if (e)
		return e;
	own = &r->routes[r->route_count++];
	*own = *route;
	own->before = before;
	own->behind = 0;
	if (old)
		r->routes[old - 1].behind = (uint32_t)r->route_count;
	return ERR_OK;
}

void routes_forget(struct registry *r, size_t count)
{
	while (r->route_count > count) {
		const struct registry_route *last =
		    &r->routes[--r->route_count];
		uint32_t place = (uint32_t)r->route_count + 1;

		for (uint32_t i = last->before; i;
		     i = r->routes[i - 1].before)
			if (r->routes[i - 1].behind == place)
				r->routes[i - 1].behind = 0;
		if (last->before) {
			/* the name is there: replacing it cannot fail */
			enum err e = map_put(&r->by_route,
			    span_str(last->amc), last->before - 1);

			(void)e;
		}
	}
}
