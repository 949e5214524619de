/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that starts the others and watches them. It opens no data and
 * reads nothing from outside: sockets, pids and two messages of the keeper.
 *
 *   STARTING   keeper, vaults, gates run; the keeper reads its journal. Who
 *              ends now ends all: the operator is there to read why
 *   RUNNING    the keeper said that it is ready: each nginx runs,
 *              endpoints.json is there. A gate, vault or nginx that ends is
 *              started again, that one alone
 *   RENEWING   the keeper ended: gates and vaults are asked to end too, then
 *              all start again with new channels. Each nginx stays, and
 *              connections wait in the gates' backlogs
 *   STOPPING   a signal came, or it cannot go on: nginx, gates, keeper,
 *              vaults end one after the other
 *
 * A child that ends too often (restart.h) waits a minute before its next
 * start, and the others go on without it; without the keeper nothing does.
 */
#pragma once
#include "super/children.h"

struct super_options {
	const char *dir;
	const char *libexec;	/* where the programs are; NULL: beside us */
	int ready_fd;		/* gets "ready\n"; -1: none */
};

/* Runs the instance; the program's exit status: 0 stopped as asked, 3 it runs
 * already, 5 it could not start or go on. */
int super_run(const struct super_options *options);
