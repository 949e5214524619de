/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting and ending the processes of an instance.
 *
 *   ecluse-vault DIR               3 channel to keeper
 *   ecluse-keeper DIR              3 channel to super, 4 to vault,
 *                                  5 listening admin socket, 6 channel to gate
 *   ecluse-gate --plane flow DIR   3 listening socket, 4 channel to keeper
 *   nginx                          3 journal/public, 4 listening TCP port
 *
 * Keeper and vault also hold the instance's lock (CHILDREN_FD_LOCK), so that
 * nobody starts the instance again before they ended, however super went.
 */
#pragma once
#include "super/instance.h"

#define CHILDREN_FD_LOCK 9

/* In the order in which they stop. */
enum children_name {
	CHILDREN_NGINX,
	CHILDREN_GATE,
	CHILDREN_KEEPER,
	CHILDREN_VAULT,
	CHILDREN_COUNT
};

struct children {
	char program[CHILDREN_COUNT][CONF_PATH];
	pid_t pid[CHILDREN_COUNT];	/* 0: does not run */
};

const char *children_word(enum children_name who);

/* Finds the programs: libexec, or beside ours if NULL. On failure *missing
 * says which one. */
MUST_CHECK enum err children_find(struct children *c,
    const struct instance *in, const char *libexec,
    enum children_name *missing);

/* Vault, keeper and gate with new channels between them; *ret_keeper is our
 * end of the keeper's. On failure those that started were killed. */
MUST_CHECK enum err children_start_trio(
    struct children *c, const struct instance *in, int *ret_keeper);
MUST_CHECK enum err children_start_nginx(
    struct children *c, const struct instance *in);
/* Reads the configuration only: ERR_REFUSED if nginx does not take it. */
MUST_CHECK enum err children_test_nginx(
    const struct children *c, const struct instance *in);

/* Asks it to end; nothing if it does not run. */
void children_end(const struct children *c, enum children_name who);
void children_kill(const struct children *c, enum children_name who);
/* Which one this pid was (it runs no more), or CHILDREN_COUNT. */
enum children_name children_ended(struct children *c, pid_t pid);
bool children_trio_runs(const struct children *c);
