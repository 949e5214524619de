/* SPDX-License-Identifier: Apache-2.0 */
/* What route does: one line of the directory. */
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "registry/routes.h"
#include "registry/words.h"

/* The day before from takes a route back. */
static enum err take_days(struct words_work *w, struct registry_route *route)
{
	struct span until = words_value(w, "until");

	route->until_day = ROUTES_FOREVER;
	if (date_parse(words_value(w, "from"), &route->from_day) ||
	    (until.n > 0 && date_parse(until, &route->until_day)) ||
	    route->until_day < route->from_day - 1)
		return words_say(w, ERR_SHAPE, "a route needs from, a day, and "
		    "may have until, not before it (the day before takes the "
		    "route back)");
	return ERR_OK;
}

static enum err take_url(struct words_work *w, struct registry_route *route)
{
	struct span url = words_value(w, "url");
	struct span start = span_of(url.p, url.n < 8 ? url.n : 8);

	if (url.n > 0 && (!span_is(start, "https://") || url.n == start.n ||
	    text_copy(url, route->url, sizeof(route->url))))
		return words_say(w, ERR_SHAPE,
		    "url begins with https:// and has 128 characters at most");
	return ERR_OK;
}

/* Letters of cards; what JSON would escape is none. */
static bool is_plain(struct span s)
{
	return s.n == 0 || (!memchr(s.p, '"', s.n) && !memchr(s.p, '\\', s.n) &&
	    !memchr(s.p, '*', s.n));
}

enum err words_route(struct words_work *w)
{
	struct registry_route route = {.said_ms = w->head->time_ms,
	    .entry = w->r->version};
	struct span amc = words_value(w, "amc");
	enum err e;

	if (amc.n != 10 || !text_digits(amc) ||
	    text_copy(amc, route.amc, sizeof(route.amc)))
		return words_say(w, ERR_SHAPE, "amc has 10 digits");
	if (!is_plain(words_value(w, "convention")) ||
	    !is_plain(words_value(w, "csr")) || !is_plain(words_value(w, "url")))
		return words_say(w, ERR_SHAPE, "no quotes, stars and "
		    "backslashes in a route: what is not said stands for all");
	if (text_copy(words_value(w, "convention"), route.convention,
		sizeof(route.convention)) ||
	    text_copy(words_value(w, "csr"), route.csr, sizeof(route.csr)))
		return words_say(w, ERR_SHAPE, "a convention has 8 characters "
		    "at most, a CSR 20");
	e = words_id(w, "operator", route.operator, sizeof(route.operator));
	if (!e)
		e = take_days(w, &route);
	if (!e)
		e = take_url(w, &route);
	if (e)
		return e;
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
