/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "card/cose.h"
#include "card/token.h"
#include "json/write.h"
#include "keeper/route.h"
#include "registry/routes.h"

#define PART 49152

bool route_is(enum fhir_refusal r)
{
	return r == REFUSAL_ROUTE || r == REFUSAL_ROUTE_OVER ||
	    r == REFUSAL_ROUTE_UNSAID || r == REFUSAL_ROUTE_ELSEWHERE;
}

static const struct registry_insurer *cell_of(
    const struct registry *r, const struct registry_route *route)
{
	const struct registry_insurer *i =
	    registry_insurer_first(r, span_str(route->amc));

	while (i && strcmp(i->operator, route->operator) != 0)
		i = registry_insurer_next(r, i);
	return i;
}

static bool signs(const struct sign_public *key, const uint8_t *kid)
{
	uint8_t own[COSE_KID];

	if (!key)
		return false;
	cose_kid(key, own);
	return memcmp(own, kid, sizeof(own)) == 0;
}

/* Has this cell's operator a route on the day, or is there no directory? */
static bool answers(const struct registry *r,
    const struct registry_insurer *i, int32_t day)
{
	const struct registry_route *at = routes_of(r, span_str(i->amc));
	bool any = at != NULL;

	while (at && !(routes_holds(at, day) &&
	    strcmp(at->operator, i->operator) == 0))
		at = routes_before(r, at);
	return at || !any;
}

/* The one cell of the AMC that has the key of the card; NULL: none, or more
 * than one. Whether the card is good is looked at later. */
static const struct registry_insurer *by_card(
    const struct registry *r, const struct fhir_question *q)
{
	const struct registry_insurer *i =
	    registry_insurer_first(r, span_str(q->amc)), *found = NULL;
	struct card_token card;
	uint8_t kid[COSE_KID];

	if (q->card[0] == '\0' ||
	    card_token_parse(span_str(q->card), &card, kid))
		return NULL;
	for (; i; i = registry_insurer_next(r, i)) {
		if (i->revoked || !answers(r, i, q->care_day) ||
		    (!signs(i->card_key, kid) && !signs(i->card_before, kid)))
			continue;
		if (found)
			return NULL;
		found = i;
	}
	return found;
}

/* An AMC that the directory does not have: its only cell. */
static enum fhir_refusal without(const struct registry *r,
    const struct fhir_question *q, const struct registry_insurer **ret)
{
	const struct registry_insurer *i =
	    registry_insurer_first(r, span_str(q->amc));

	if (i && i->next) {
		i = by_card(r, q);
		if (!i)
			return REFUSAL_ROUTE_UNSAID;
	}
	*ret = i;
	return REFUSAL_COUNT;
}

enum fhir_refusal route_find(const struct keeper *k,
    const struct fhir_question *q, const struct registry_insurer **ret)
{
	const struct registry *r = k->registry;
	struct routes_ask ask = {span_str(q->amc), span_str(q->convention),
	    span_str(q->csr), q->care_day};
	const struct registry_route *route = NULL;
	const struct registry_insurer *i;

	switch (routes_find(r, &ask, &route)) {
	case ROUTES_UNKNOWN:
		return without(r, q, ret);
	case ROUTES_OVER:
		return REFUSAL_ROUTE_OVER;
	case ROUTES_WRONG:
		return REFUSAL_ROUTE;
	case ROUTES_UNSAID:
		i = by_card(r, q);
		if (!i)
			return REFUSAL_ROUTE_UNSAID;
		break;
	case ROUTES_GOOD:
	default:
		i = cell_of(r, route);
		if (!i)
			return REFUSAL_ROUTE_ELSEWHERE;
		break;
	}
	*ret = i;
	return REFUSAL_COUNT;
}

void route_say(const struct keeper *k, const struct slot *s, struct buf *out)
{
	const struct registry_route *right[ROUTES_NEAR], *at = NULL;
	struct fhir_route told[ROUTES_NEAR];
	struct routes_ask ask = {span_str(s->amc), span_str(s->convention),
	    span_str(s->csr), s->care_day};
	unsigned count;

	if (s->refusal == REFUSAL_ROUTE_ELSEWHERE &&
	    routes_find(k->registry, &ask, &at) == ROUTES_GOOD) {
		right[0] = at;
		count = 1;
	} else {
		count = routes_right(k->registry, &ask, right);
	}
	for (unsigned i = 0; i < count; i++)
		told[i] = (struct fhir_route){right[i]->convention,
		    right[i]->csr, right[i]->operator, right[i]->url,
		    right[i]->from_day, right[i]->until_day};
	route_write(s->refusal, told, count, out);
}

static void write_day(struct json_writer *w, const char *name, int32_t day)
{
	char text[DATE_TEXT_SIZE];

	if (day == ROUTES_FOREVER)
		return;
	date_format(day, text);
	json_write_pair(w, name, text);
}

static void write_route(const struct registry *r,
    const struct registry_route *at, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	char said[DATE_STAMP_SIZE];

	date_format_stamp(at->said_ms, said);
	json_write_begin(&w, '{');
	json_write_pair(&w, "amc", at->amc);
	json_write_pair(&w, "convention", at->convention);
	json_write_pair(&w, "csr", at->csr);
	json_write_pair(&w, "operator", at->operator);
	json_write_name(&w, "here");
	json_write_bool(&w, cell_of(r, at) != NULL);
	if (at->url[0])
		json_write_pair(&w, "url", at->url);
	write_day(&w, "from", at->from_day);
	write_day(&w, "until", at->until_day);
	json_write_pair(&w, "said", said);
	json_write_name(&w, "entry");
	json_write_int(&w, (int64_t)at->entry);
	if (at->behind) {
		json_write_name(&w, "replaced_by");
		json_write_int(
		    &w, (int64_t)r->routes[at->behind - 1].entry);
	}
	json_write_end(&w, '}');
	buf_text(out, "\n");
}

static const char *verdict_text(enum routes_verdict v, bool here)
{
	static const char *const texts[] = {
		[ROUTES_UNKNOWN] = "unknown", [ROUTES_GOOD] = "good",
		[ROUTES_OVER] = "route-over", [ROUTES_WRONG] = "route",
		[ROUTES_UNSAID] = "route-unsaid"};

	return v == ROUTES_GOOD && !here ? "route-elsewhere" : texts[v];
}

/* What a question of this route on this day would meet, and what is right. */
static void check(struct keeper *k, struct admin *a, uint64_t ref,
    const struct routes_ask *ask)
{
	const struct registry_route *right[ROUTES_NEAR], *found = NULL;
	const struct registry *r = k->registry;
	enum routes_verdict v = routes_find(r, ask, &found);
	bool good = v == ROUTES_GOOD;
	unsigned count = routes_right(r, ask, right);
	struct json_writer w;
	struct buf out;

	buf_init(&out, PART);
	w = json_writer_of(&out);
	json_write_begin(&w, '{');
	json_write_pair(&w, "verdict",
	    verdict_text(v, good && cell_of(r, found)));
	json_write_end(&w, '}');
	buf_text(&out, "\n");
	if (good)
		write_route(r, found, &out);
	for (unsigned i = 0; i < count && !good; i++)
		write_route(r, right[i], &out);
	admin_part(a, ref, buf_span(&out));
	admin_done(a, ref, out.err, "");
	buf_release(&out);
}

/* Those of one AMC or all; on a day, or with all that was said before. */
static void list(struct keeper *k, struct admin *a, uint64_t ref,
    struct span amc, int32_t day)
{
	const struct registry *r = k->registry;
	struct buf out;

	buf_init(&out, 2 * PART);
	for (size_t i = 0; i < r->route_count; i++) {
		const struct registry_route *at = &r->routes[i];

		if ((amc.n > 0 && !span_is(amc, at->amc)) ||
		    (day != ROUTES_FOREVER && !routes_holds(at, day)))
			continue;
		write_route(r, at, &out);
		if (out.n < PART)
			continue;
		admin_part(a, ref, buf_span(&out));
		buf_clear(&out);
	}
	if (out.n > 0)
		admin_part(a, ref, buf_span(&out));
	admin_done(a, ref, out.err, "");
	buf_release(&out);
}

void route_list(
    struct keeper *k, struct admin *a, uint64_t ref, struct span body)
{
	struct reader in = reader_of(body);
	bool one = read_u8(&in) == 1;
	struct routes_ask ask = {.day = (int32_t)read_u32(&in)};

	if (ask.day == INT32_MIN)
		ask.day = date_of_ms(keeper_now(k));
	ask.amc = read_s16(&in);
	ask.convention = read_s16(&in);
	ask.csr = read_s16(&in);
	if (in.bad || reader_left(&in) > 0)
		admin_done(a, ref, ERR_SHAPE, "what, day, AMC, convention, CSR");
	else if (one)
		check(k, a, ref, &ask);
	else
		list(k, a, ref, ask.amc, ask.day);
}
