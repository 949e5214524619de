/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The feed's side of the vault: takes MSG_FEED_BEGIN, _LINES and _END, works
 * in small steps, and has one answer for each. Between two steps questions may
 * be answered: nothing of an open feed is visible to them.
 *
 * What a dead process left (a feed neither committed nor undone, rows still to
 * be deleted) is put in order by the first steps, and before the next feed.
 */
#pragma once
#include "rights/stage.h"

struct intake;

/* pace: NULL for STAGE_PACE; tests go slower. */
MUST_CHECK enum err intake_new(struct roll *roll, struct random random,
    const struct stage_pace *pace, struct intake **ret);
void intake_free(struct intake *in);

/*
 * One message. ERR_STATE: the last one is not answered yet, which lines alone
 * may come before, one message of them (FEED_WINDOW): the sender broke the
 * protocol. ERR_NOMEM.
 */
MUST_CHECK enum err intake_begin(
    struct intake *in, const struct feed_begin *begin);
MUST_CHECK enum err intake_lines(struct intake *in, struct span lines);
MUST_CHECK enum err intake_end(struct intake *in, bool commit);

/* The last committed feed of a cell, open ones or not. */
MUST_CHECK enum err intake_last(
    struct intake *in, uint32_t cell, struct feed_last *ret);
/* stage_named, of the feed that was just committed. */
MUST_CHECK enum err intake_named(
    struct intake *in, stage_tell *tell, void *ctx);
/* Is there work for intake_step? */
bool intake_busy(const struct intake *in);
/* Is a feed open, or is work left of one? */
bool intake_has_feed(const struct intake *in);
/*
 * Some milliseconds of work; never inside roll_read. ERR_SHAPE: lines that no
 * sender of ours packs: stop it. Any other error is the store's: the feed is
 * answered as undone (reason `store`), and what could not be undone is hidden
 * and waits for the next feed or start; the caller may go on.
 */
MUST_CHECK enum err intake_step(struct intake *in);
/*
 * While the feed waits for its next message: what it has staged is committed,
 * hidden as before, so that others may write. ERR_OK too where there is nothing
 * to commit; the store's errors, as of intake_step.
 */
MUST_CHECK enum err intake_yield(struct intake *in);
/* Is a message not answered yet? */
bool intake_owes(const struct intake *in);
/* The answer to the last message, once. Its reason views constant text. */
bool intake_answer(struct intake *in, struct feed_state *ret);
