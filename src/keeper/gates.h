/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gates, one a plane. Which plane a question comes from is known by the
 * channel: a gate that names another one, or breaks the protocol otherwise, is
 * cut off here and stopped by super, that gate alone.
 *
 * A gate that was started again knows nothing of the questions of the one
 * before: an answer names the turn of the gate that it is for, and one for an
 * earlier turn goes nowhere.
 */
#pragma once
#include "conf/conf.h"
#include "msg/chan.h"
#include "proc/loop.h"

struct keeper;

struct gates_gate {
	struct keeper *k;
	uint8_t plane;		/* msg/ask.h */
	uint32_t turn;		/* super's count of its starts */
	struct chan *chan;	/* NULL: it does not run */
	struct loop_watch *watch;
	bool waits;		/* questions of it are to be read */
	bool full;		/* it left too much unread: about to be stopped */
};

/* Takes fd over: the channel to a gate that was just started, in the place of
 * the last one of this plane. ERR_RANGE: no such plane. */
MUST_CHECK enum err gates_take(
    struct keeper *k, uint8_t plane, uint32_t turn, int fd);
/* The turn of the gate that runs on a plane. */
uint32_t gates_turn(const struct keeper *k, uint8_t plane);
/* An answer to ref of that gate; one that is gone is no error, nor is one that
 * leaves 64 MB unread: it is stopped at the end of the turn. */
MUST_CHECK enum err gates_put(struct keeper *k, uint8_t plane, uint32_t turn,
    uint64_t ref, struct span body);
/* No more questions: the end is near. */
MUST_CHECK enum err gates_deafen(struct keeper *k);
/* End of a turn: reads what waits, a few questions of each gate. */
void gates_read(struct keeper *k);
void gates_flush(struct keeper *k);	/* end of a turn */
void gates_close(struct keeper *k);
