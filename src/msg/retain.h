/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention, one step at a time: the keeper asks, the vault works through some
 * hundred persons of a cell and says how far it came. The keeper alone can tell
 * which of a former member's tags is that of his handle, so that it goes back
 * and forth: RETAINED lists who has no right left, with his handle, and the
 * next RETAIN names the one tag that stays.
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "base/limits.h"
#include "msg/rights.h"

#define RETAIN_MOST 200		/* former members in one message */

/* Whose aliases go, and the one that stays. */
struct retain_keep {
	uint64_t person;	/* the vault's own id of him */
	uint8_t tag[RIGHTS_TAG];
};

/* MSG_RETAIN */
struct retain_ask {
	uint32_t cell;
	uint64_t after;		/* the last person seen; 0: from the first */
	int32_t ended_day;	/* rights whose last day is this one go */
	int32_t today;
	int32_t live_day;	/* of the oldest month that can be opened */
	bool dry;		/* only count */
	uint16_t count;
	struct retain_keep keep[RETAIN_MOST];
};

enum retain_state {
	RETAIN_MORE = 1,
	RETAIN_END,		/* of the cell */
	RETAIN_BUSY,		/* with a feed: nothing was done */
	RETAIN_REFUSED,		/* by the vault's clock it is too early */
};

struct retain_gone {
	uint64_t person;
	uint8_t handle_len;
	uint8_t handle[LIMIT_HANDLE];
};

/* MSG_RETAINED */
struct retain_said {
	uint8_t state;		/* enum retain_state */
	uint64_t after;		/* for the next one */
	uint64_t rights;	/* deleted, or to be */
	uint64_t persons;	/* who lose their aliases */
	uint64_t names;		/* number and handle of former members */
	uint16_t count;
	struct retain_gone gone[RETAIN_MOST];
};

void retain_ask_pack(const struct retain_ask *m, struct buf *out);
MUST_CHECK enum err retain_ask_unpack(struct span in, struct retain_ask *ret);
void retain_said_pack(const struct retain_said *m, struct buf *out);
MUST_CHECK enum err retain_said_unpack(
    struct span in, struct retain_said *ret);
