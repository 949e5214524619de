/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that starts the others and watches them. It opens no data and
 * reads nothing from outside: sockets, pids and one message of the keeper.
 *
 *   STARTING   vault, keeper, gate run; the keeper reads its journal
 *   READY      it said so: nginx runs, endpoints.json is there
 *   RENEWING   one of the three ended: the others are asked to end too, then
 *              all three start again with new channels. nginx stays, and
 *              connections wait in the gate's backlog
 *   STOPPING   a signal came, or it cannot go on: nginx, gate, keeper, vault
 *              end one after the other
 */
#pragma once
#include "super/children.h"

#define SUPER_RESTARTS 5	/* within SUPER_WINDOW_MS: then it gives up */
#define SUPER_WINDOW_MS 60000

struct super_options {
	const char *dir;
	const char *libexec;	/* where the programs are; NULL: beside us */
	int ready_fd;		/* gets "ready\n"; -1: none */
};

/* Runs the instance; the program's exit status: 0 stopped as asked, 3 it runs
 * already, 5 it could not start or go on. */
int super_run(const struct super_options *options);
