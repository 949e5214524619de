/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being asked to end (SIGINT, SIGTERM, SIGHUP) while a file is half written:
 * the signal waits, whoever reads line by line looks whether one does and
 * stops, what was begun is put away as after any error, and then it ends the
 * program as it would have at once. One that is ignored stays ignored.
 */
#pragma once
#include <signal.h>
#include <stdbool.h>

/* *ret_before: for leave_let. */
void leave_hold(sigset_t *ret_before);
/* Does one wait? Never without leave_hold: it would not have waited. */
bool leave_asked(void);
/* Does not come back if one waits. */
void leave_let(const sigset_t *before);
