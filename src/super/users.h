/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Started by root, each process runs as a user of its own, who has what it
 * needs of DIR and nothing else:
 *
 *   users.base + 0             keeper   keeper/ journal/ registry/, admin.sock
 *   users.base + plane         gate     nothing
 *   users.base + 8 + plane     nginx    tls/<plane>.key, run/nginx-<plane>/
 *   users.base + 16 + number   vault    vault/<number>/
 *
 * Everybody may pass through DIR, run/, tls/ and vault/ and read ecluse.conf;
 * what else is in there stays root's. A tree is given away whole at the first
 * start as root, and at later ones what root laid into it meanwhile. As another user than root
 * all processes are that user, and nothing is given away.
 */
#pragma once
#include "super/instance.h"

#define USERS_COUNT 32

/* 0: stay who we are (not started by root). */
uid_t users_keeper(const struct instance *in);
uid_t users_gate(const struct instance *in, unsigned plane);
uid_t users_nginx(const struct instance *in, unsigned plane);
uid_t users_vault(const struct instance *in, unsigned nth);

/* Before anything is touched, and only if not started by root. ERR_REFUSED:
 * what is there is another user's. */
MUST_CHECK enum err users_check(
    const struct instance *in, struct instance_fault *fault);
/* After the folders are there. ERR_REFUSED: the users are somebody's. */
MUST_CHECK enum err users_give(
    const struct instance *in, struct instance_fault *fault);
/* TLS keys may be new: to their nginx. */
MUST_CHECK enum err users_give_tls(
    const struct instance *in, struct instance_fault *fault);
