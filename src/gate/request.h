/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From nginx's parameters and a body to a question: route, lengths, characters
 * and content type are checked here, the body is not looked into. What names
 * nginx may give is one table; others are not read.
 *
 * A header field that a client sends twice: nginx 1.22 passes the first alone
 * (measurements.md §8.3), later ones join them with a comma. Both are safe:
 * what is passed is what the keeper verifies, and a joined one is not of the
 * profile. A parameter that comes twice is refused here.
 */
#pragma once
#include "gate/routes.h"
#include "upstream/fastcgi.h"

struct request_rules {
	enum ask_plane plane;
	bool certificate;	/* nginx must have checked one */
};

struct request_fault {
	enum refuse_why why;
	const char *field;	/* HTTP field to blame; NULL: none */
	bool broken;		/* nginx itself broke its protocol */
};

/* Spans of *ret view f. On a fault *ret is untouched but ret->path, which is
 * the request target, for the Allow field. */
MUST_CHECK struct request_fault request_read(
    const struct request_rules *rules, const struct fastcgi *f,
    struct ask *ret);
