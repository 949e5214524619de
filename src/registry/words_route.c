/* SPDX-License-Identifier: Apache-2.0 */
/* What route does: one line of the directory. */
#include "base/date.h"
#include "registry/routes.h"
#include "registry/words.h"

static enum err say_unfit(struct words_work *w, enum routes_field f)
{
	switch (f) {
	case ROUTES_AMC_NUMBER:
		return words_say(w, ERR_SHAPE, "amc has 10 digits");
	case ROUTES_OPERATOR:
		return words_say(w, ERR_SHAPE,
		    "an identifier is missing, too long or has other "
		    "characters than letters, digits and . _ -");
	case ROUTES_ADDRESS:
		return words_say(w, ERR_SHAPE, "url begins with https:// and "
		    "has 128 characters at most, no quotes, stars and "
		    "backslashes");
	case ROUTES_FROM:
	case ROUTES_UNTIL:
		return words_say(w, ERR_SHAPE, "a route needs from, a day, and "
		    "may have until, not before it (the day before takes the "
		    "route back)");
	case ROUTES_CONVENTION:
	case ROUTES_CSR:
	case ROUTES_FIELDS:
	default:
		return words_say(w, ERR_SHAPE, "a convention has 8 characters "
		    "at most, a CSR 20, no quotes, stars and backslashes: "
		    "what is not said stands for all");
	}
}

enum err words_route(struct words_work *w)
{
	struct span value[ROUTES_FIELDS];
	struct registry_route route;
	enum err e;

	for (unsigned f = 0; f < ROUTES_FIELDS; f++) {
		value[f] = words_value(w, routes_field(f));
		if (!routes_fits(f, value[f]))
			return say_unfit(w, f);
	}
	if (routes_make(value, &route))
		return say_unfit(w, ROUTES_UNTIL);
	if (words_far(w, (int64_t)route.from_day * DATE_DAY_MS,
		LIMIT_ROUTE_AHEAD_DAYS))
		return words_say(w, ERR_RANGE, "from is more than three years "
		    "ahead: is the year right?");
	route.said_ms = w->head->time_ms;
	route.entry = w->r->version;
	e = routes_add(w->r, &route);
	if (e == ERR_EXISTS)
		return words_say(w, e, "a route of this AMC, convention and "
		    "CSR holds on some of these days: end it first, by the "
		    "same from and an earlier until");
	if (e == ERR_LIMIT)
		return words_say(w, e, "the directory takes 512 lines of one "
		    "AMC, 65,536 in all");
	return e;
}
