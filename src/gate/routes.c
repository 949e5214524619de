/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/limits.h"
#include "base/sabotage.h"
#include "gate/routes.h"

static const struct routes_route list[] = {
    {ASK_FLOW, ASK_GET, "/fhir/metadata", 0},
    {ASK_FLOW, ASK_POST, "/fhir/CoverageEligibilityRequest", LIMIT_BODY},
    {ASK_FLOW, ASK_POST, "/fhir/Claim", LIMIT_BODY},
    {ASK_FLOW, ASK_POST, "/fhir", LIMIT_BUNDLE},
    {ASK_PORTAL, ASK_GET, "/fhir/metadata", 0},
    {ASK_PORTAL, ASK_POST, "/fhir/CoverageEligibilityRequest", LIMIT_BODY},
    {ASK_PORTAL, ASK_POST, "/fhir/Claim", LIMIT_BODY},
    {ASK_STAFF, ASK_GET, "/fhir/metadata", 0},
    {ASK_STAFF, ASK_GET, "/feed/##########", 0},
    {ASK_STAFF, ASK_POST, "/feed/##########", LIMIT_FEED_CHUNK},
    {ASK_STAFF, ASK_POST, "/contracts/##########", LIMIT_CONTRACT_FILE},
};
#define ROUTES (sizeof(list) / sizeof(list[0]))

const struct routes_route *routes_at(size_t i)
{
	return i < ROUTES ? &list[i] : NULL;
}

static const char *method_name(enum ask_method method)
{
	return method == ASK_GET ? "GET" : "POST";
}

static struct span before_query(struct span uri)
{
	const uint8_t *at = uri.n ? memchr(uri.p, '?', uri.n) : NULL;

	return at ? span_of(uri.p, (size_t)(at - uri.p)) : uri;
}

/* # in a row's path is any digit. */
static bool matches(struct span path, const char *row)
{
	if (path.n != span_str(row).n)
		return false;
	for (size_t i = 0; i < path.n; i++)
		if (row[i] == '#' ? path.p[i] < '0' || path.p[i] > '9' :
		    path.p[i] != (uint8_t)row[i])
			return false;
	return true;
}

enum refuse_why routes_find(enum ask_plane plane, struct span method,
    struct span uri, const struct routes_route **ret)
{
	struct span path = before_query(uri);
	enum refuse_why why = REFUSE_PATH;

	if (uri.n > LIMIT_PATH)
		return REFUSE_URI;
	for (size_t i = 0; i < ROUTES; i++) {
		const struct routes_route *r = &list[i];

		if (r->plane != plane ||
		    (!SABOTAGED(PATH) && !matches(path, r->path)))
			continue;
		if (path.n != uri.n && !SABOTAGED(PATH))
			return REFUSE_QUERY;
		if (span_is(method, method_name(r->method))) {
			*ret = r;
			return REFUSE_NOT;
		}
		why = REFUSE_METHOD;
	}
	return why;
}

void routes_allow(enum ask_plane plane, struct span uri, struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < ROUTES; i++) {
		if (list[i].plane != plane || !matches(uri, list[i].path))
			continue;
		buf_text(out, between);
		buf_text(out, method_name(list[i].method));
		between = ", ";
	}
}
