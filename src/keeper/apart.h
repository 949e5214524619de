/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the keeper's months find their keys apart (rootkey/rootkey.h). Files
 * are made and destroyed when a month is. A token is spoken to at the start
 * alone, so the next epochs' keys are made ahead and held in memory, and those
 * of before go with the next start. A month more than are held waits for it.
 */
#pragma once
#include <limits.h>
#include "conf/conf.h"
#include "journal/months.h"

#define APART_AHEAD 2	/* months destroyed within one start, with a token */

struct apart {
	const struct conf *conf;
	const struct random *random;
	char folder[PATH_MAX];	/* DIR/keeper */
	bool started;		/* the token is not spoken to any more */
	bool said;		/* that a month waits for the next start */
	uint32_t epoch;		/* of the start; behind it those held */
	struct secret held[APART_AHEAD];
};

MUST_CHECK enum err apart_init(struct apart *a, const char *dir,
    const struct conf *conf, const struct random *random);
/* For months_open; a lives longer. */
struct months_apart apart_for(struct apart *a);
/* Behind months_open: what the token has to give before the start is over. */
MUST_CHECK enum err apart_settle(struct apart *a, uint32_t epoch);
