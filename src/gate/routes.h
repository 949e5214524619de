/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be asked at a gate: the whole list. Paths are compared as they came
 * (raw, byte by byte), for what is signed is the raw path (design §3).
 */
#pragma once
#include "msg/ask.h"
#include "upstream/refuse.h"

struct routes_route {
	enum ask_plane plane;
	enum ask_method method;
	const char *path;	/* # is any digit */
	size_t body_most;	/* bytes; the plane's own: upstream/body.h */
};

/* Row i of the list, NULL behind the last. */
const struct routes_route *routes_at(size_t i);

/* The row for it; else *ret is untouched: REFUSE_PATH, REFUSE_QUERY,
 * REFUSE_METHOD, REFUSE_URI. */
MUST_CHECK enum refuse_why routes_find(enum ask_plane plane,
    struct span method, struct span uri, const struct routes_route **ret);

/* Methods that the path knows on this plane, as of the Allow field (RFC 9110
 * §10.2.1). */
void routes_allow(enum ask_plane plane, struct span uri, struct buf *out);
