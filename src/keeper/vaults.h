/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vaults: cells are shared out among them, cell c to vault c mod count,
 * and cell 0 (questions that hit no cell) to vault 0 like any other. Whoever
 * wants something of a vault names the cell; which one has it is known here
 * alone.
 *
 * Every message of a vault is served by vaults_take, one place for all.
 */
#pragma once
#include <stdbool.h>
#include "msg/chan.h"
#include "proc/loop.h"

#define VAULTS_MOST 16

struct keeper;

struct vaults_vault {
	struct keeper *k;
	uint32_t nth;
	struct chan *chan;
	struct loop_watch *watch;
	bool ready;		/* it said so */
	int64_t heard_ms;	/* boot clock: its last message */
};

/* Channels and watches; the loop is there. */
MUST_CHECK enum err vaults_open(struct keeper *k);
void vaults_close(struct keeper *k);
/* End of a turn. */
void vaults_flush(struct keeper *k);

/* Have all of them said that they are ready? */
bool vaults_all_ready(const struct keeper *k);
struct vaults_vault *vaults_of(struct keeper *k, uint32_t cell);
/* May cell be asked about now? Otherwise vaults_put may still be tried, for
 * what is not a question. */
bool vaults_answers(struct keeper *k, uint32_t cell);

/* To the vault that has cell. ERR_CLOSED: it is not there; ERR_FULL: it does
 * not read; ERR_LIMIT: longer than the table of messages allows. */
MUST_CHECK enum err vaults_put(struct keeper *k, uint32_t cell,
    enum msg_type type, uint64_t ref, struct span body);
