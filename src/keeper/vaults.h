/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vaults: cells are shared out among them, cell c to vault c mod count,
 * and cell 0 (questions that hit no cell) to vault 0 like any other. Whoever
 * wants something of a vault names the cell; which one has it is known here
 * alone. Every message of a vault is served in one place (vaults.c, serve).
 *
 * What one of them does is felt by its own cells alone. One that lets a
 * question wait for vault.timeout-ms is silent: its cells' questions are
 * refused at once until it says anything again, so that they hold no slots.
 * One that ended, or broke the protocol, fails what waits for it; super starts
 * another, whose channel comes with MSG_CHANNEL.
 */
#pragma once
#include <stdbool.h>
#include "conf/conf.h"
#include "msg/chan.h"
#include "proc/loop.h"

struct keeper;

struct vaults_vault {
	struct keeper *k;
	uint8_t nth;
	uint32_t turn;		/* super's count of its starts */
	struct chan *chan;	/* NULL: it does not run */
	struct loop_watch *watch;
	bool ready;		/* it said so */
	bool silent;
	bool copying;		/* its word on a copy has not come */
	uint64_t copying_for;	/* the backup that asked last */
	int64_t heard_ms;	/* boot clock: its last message, or its start */
	uint64_t unheard;	/* questions that failed for want of its answer
				 * and that the log has not heard of */
	int64_t unheard_ms;	/* boot clock: the first of them */
};

void vaults_open(struct keeper *k);	/* none runs yet */
void vaults_close(struct keeper *k);
/* Takes fd over: the channel to a vault that was just started. ERR_RANGE:
 * there is no such vault. */
MUST_CHECK enum err vaults_take(
    struct keeper *k, uint8_t nth, uint32_t turn, int fd);
/* End of a turn. */
void vaults_flush(struct keeper *k);

/* Have all of them said that they are ready? */
bool vaults_all_ready(const struct keeper *k);
struct vaults_vault *vaults_of(struct keeper *k, uint32_t cell);
/* May cell be asked about now? */
bool vaults_answers(struct keeper *k, uint32_t cell);
/* A question about cell waited for too long. */
void vaults_silent(struct keeper *k, uint32_t cell);
/* A question about cell fails for want of its vault's answer. The log hears
 * how many did when the vault answers again, and each minute until then. */
void vaults_unheard(struct keeper *k, uint32_t cell);
/* Every second. */
void vaults_say(struct keeper *k);
bool vaults_runs(struct keeper *k, uint32_t cell);
/* Is the vault of cell not there, or did it say nothing for VAULTS_STUCK_MS,
 * counted from since_ms (boot clock) at the earliest? Feeds and scopes wait no
 * longer than that. */
#define VAULTS_STUCK_MS 30000
bool vaults_stuck(struct keeper *k, uint32_t cell, int64_t since_ms);
/* Has the vault of cell ended and started anew. */
void vaults_stop(struct keeper *k, uint32_t cell);

/* A signed act that says something to them, to all. */
void vaults_tell(struct keeper *k, uint64_t index, struct span note);
/* The drill's time, to all; nothing where it is no drill. */
void vaults_clock(struct keeper *k);

/* To the vault that has cell. ERR_CLOSED: it is not there; ERR_FULL: it does
 * not read; ERR_LIMIT: longer than the table of messages allows. */
MUST_CHECK enum err vaults_put(struct keeper *k, uint32_t cell,
    enum msg_type type, uint64_t ref, struct span body);
