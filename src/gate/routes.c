/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/limits.h"
#include "gate/routes.h"

static const struct routes_route list[] = {
    {ASK_FLOW, ASK_GET, "/fhir/metadata", 0},
    {ASK_FLOW, ASK_POST, "/fhir/CoverageEligibilityRequest", LIMIT_BODY},
    {ASK_PORTAL, ASK_GET, "/fhir/metadata", 0},
    {ASK_PORTAL, ASK_POST, "/fhir/CoverageEligibilityRequest", LIMIT_BODY},
    {ASK_STAFF, ASK_GET, "/fhir/metadata", 0},
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

enum refuse_why routes_find(enum ask_plane plane, struct span method,
    struct span uri, const struct routes_route **ret)
{
	struct span path = before_query(uri);
	enum refuse_why why = REFUSE_PATH;

	if (uri.n > LIMIT_PATH)
		return REFUSE_URI;
	for (size_t i = 0; i < ROUTES; i++) {
		const struct routes_route *r = &list[i];

		if (r->plane != plane || !span_is(path, r->path))
			continue;
		if (path.n != uri.n)
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
		if (list[i].plane != plane || !span_is(uri, list[i].path))
			continue;
		buf_text(out, between);
		buf_text(out, method_name(list[i].method));
		between = ", ";
	}
}
