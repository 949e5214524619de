/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Super's end of the channel to the keeper: who it is told of (MSG_CHANNEL,
 * with that one's own channel), and what it says, two words:
 *
 *   MSG_READY   it read its journal and every vault is there
 *   MSG_STOP    a gate or a vault broke the protocol (msg/sibling.h)
 *
 * There is one as long as the keeper runs. What is put leaves when it is
 * flushed, at the end of a turn; of what the keeper says one datagram is read
 * in a turn.
 */
#pragma once
#include "msg/chan.h"
#include "msg/sibling.h"
#include "proc/loop.h"

/* What the keeper's words lead to, with line.ctx. */
struct line_calls {
	void (*ready)(void *ctx);
	/* turn: which start of it. An error: nobody can mean that one, and the
	 * keeper broke the protocol. */
	enum err (*stop)(
	    void *ctx, const struct sibling *who, uint64_t turn);
	/* The keeper broke the protocol; the line is closed. */
	void (*broken)(void *ctx);
};

/* Zeros but for what line_init sets: none is open. */
struct line {
	struct loop *loop;
	const struct line_calls *calls;
	void *ctx;
	struct chan *chan;	/* NULL: none is open */
	struct loop_watch *watch;
	bool ready;		/* who is at the other end said so */
};

void line_init(struct line *l, struct loop *loop,
    const struct line_calls *calls, void *ctx);
/* Takes fd over, also on failure. ERR_IO, ERR_NOMEM, as chan_new. */
MUST_CHECK enum err line_open(struct line *l, int fd);
/* None is open: nothing. */
void line_close(struct line *l);

/* Hands the keeper its end of a sibling's channel; takes fd over. None is open:
 * ERR_OK, for who was to get it ended, and all are started again. ERR_FULL: the
 * keeper does not read. */
MUST_CHECK enum err line_introduce(
    struct line *l, const struct sibling *who, uint32_t turn, int fd);
/* Sends what was put; at the end of each turn. */
void line_flush(struct line *l);
/* None is open, or the keeper closed its end, whatever it said before that was
 * not read yet. */
bool line_has_end(const struct line *l);
