/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of an instance, one table: which there are, how each is
 * started and ended.
 *
 *   ecluse-keeper DIR                3 channel to super, 5 listening admin
 *                                    socket; the others' channels come by 3
 *   ecluse-vault --number N DIR      3 channel to keeper
 *   ecluse-gate --plane PLANE DIR    3 listening socket, 4 channel to keeper
 *   ecluse-front PLANE nginx ...     3 journal/public, 4 listening TCP port;
 *                                    confines itself and becomes nginx
 *
 * DIR is ".": they start in the instance's folder, nginx in its run/. Keeper
 * and vaults also hold the instance's lock (CHILDREN_FD_LOCK), so that nobody
 * starts the instance again before they ended, however super went.
 */
#pragma once
#include "super/instance.h"
#include "super/restart.h"

#define CHILDREN_FD_LOCK 9
#define CHILDREN_MOST (1 + CONF_VAULTS + 2 * (CONF_PLANES - 1))
#define CHILDREN_NAME 24

/* In the order in which they stop. */
enum children_kind {
	CHILDREN_NGINX,
	CHILDREN_GATE,
	CHILDREN_KEEPER,
	CHILDREN_VAULT,
	CHILDREN_KINDS
};

struct children_child {
	enum children_kind kind;
	unsigned nth;		/* plane, or number of the vault */
	char name[CHILDREN_NAME];	/* gate, gate-portal, vault-1 */
	pid_t pid;		/* 0: does not run */
	uint32_t turn;		/* its starts, counted */
	struct restart restart;
};

struct children {
	char program[CHILDREN_KINDS][CONF_PATH];
	struct children_child all[CHILDREN_MOST];
	size_t count;
};

/* Lists what this instance runs. The first of a kind has the plain name: of
 * the flow plane, and vault 0. */
void children_list(struct children *c, const struct instance *in);
/* Finds the programs: libexec, or beside ours if NULL. On failure *missing
 * says which one. */
MUST_CHECK enum err children_find(struct children *c,
    const struct instance *in, const char *libexec,
    enum children_kind *missing);
const char *children_word(enum children_kind kind);

/* Starts it. *ret_channel: of the keeper super's end, of a gate or a vault the
 * keeper's, otherwise -1. */
MUST_CHECK enum err children_start(const struct children *c,
    struct children_child *child, const struct instance *in,
    int *ret_channel);
/* Reads the configurations only: ERR_REFUSED if nginx does not take one. */
MUST_CHECK enum err children_test_nginxes(
    const struct children *c, const struct instance *in);
/* No gate comes for a while: who asks hears so at once, and does not wait for
 * as long as nginx does. The next gate's start ends it. */
void children_turn_away(const struct instance *in);

/* Asks it to end; nothing if it does not run. */
void children_end(const struct children_child *child);
void children_kill(const struct children_child *child);
/* asked: it was to end. Did it, cleanly, or by the very signal that asked it,
 * before it could hear any? */
bool children_say_end(
    const struct children_child *child, int status, bool asked);
/* Which one this pid was (it runs no more), or NULL. */
struct children_child *children_ended(struct children *c, pid_t pid);
struct children_child *children_of(
    struct children *c, enum children_kind kind, unsigned nth);
/* Does any of this kind run? */
bool children_runs(const struct children *c, enum children_kind kind);
