/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A desk (keeper/desk.h) whose loop can turn: with what turn.c asks every
 * second, super's channel and the administrators' socket at their descriptors.
 * Nobody is connected yet: turn_channels is the test's to call, and gates and
 * vaults come over super's channel.
 */
#pragma once
#include "keeper/desk.h"
#include "msg/sibling.h"

struct whole {
	struct desk d;
	struct chan *super;	/* its end */
	int admin;		/* the other end of the administrators' socket */
};

void whole_make(struct whole *w);
void whole_unmake(struct whole *w);
/* The same around each case, for cmocka: *state is it. */
int whole_setup(void **state);
int whole_teardown(void **state);
/* What turn_channels made is given back, for it to be called again. */
void whole_drop(struct whole *w);
/* Super tells of a start of a gate or a vault: what is put into the desk as
 * its end. The keeper has not read it yet. */
void whole_starts(struct whole *w, uint8_t kind, uint8_t nth, uint64_t turn);
/* The loop has its channels and timers; nobody is connected. */
void whole_loops(struct whole *w);
/* Vault 0 says so. */
void whole_says(
    struct whole *w, enum msg_type type, uint64_t ref, struct span body);
/* The loop with the flow's gate, start 7, and vault 0, start 3, which is ready
 * and has its time; super knows that all are. */
void whole_opens(struct whole *w);
/* The next message at super; false: there is none. */
bool whole_told(struct whole *w, struct msg *ret);
/* Which start of it super is told to end; 0: of nothing. */
uint64_t whole_stopped(struct whole *w, uint8_t kind, uint8_t nth);
/* One turn that waits for nothing. */
void whole_turn(struct whole *w);
