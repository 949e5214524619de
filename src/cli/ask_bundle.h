/* SPDX-License-Identifier: Apache-2.0 */
/* Questions gathered into bundles of one key, sent and told line by line. */
#pragma once
#include <limits.h>
#include "api/client.h"
#include "api/many.h"

struct ask_bundle {
	struct many many;
	char key[PATH_MAX];	/* whose questions wait; empty: none */
	uint32_t line[LIMIT_BUNDLE_LINES];	/* where each stood */
};

/*
 * Sends what waits and tells each line's answer; nothing is told of an answer
 * that is not believed in all of it. Empty then. Returns the gravest exit
 * code.
 */
int ask_bundle_send(struct ask_bundle *b, struct client *client,
    const struct pin *pin, bool json);
