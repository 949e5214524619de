/* SPDX-License-Identifier: Apache-2.0 */
/* A keeper's end for tests of the real ecluse-vault: starts it, speaks to it
 * over its channel, waits for it to end. */
#pragma once
#include <sys/types.h>
#include "msg/chan.h"
#include "msg/feed.h"
#include "msg/rights.h"

struct vault_drive {
	const char *dir;	/* of the instance */
	const char *program;	/* path of ecluse-vault */
	pid_t pid;
	struct chan *chan;
	struct msg last;	/* body lives until the next receive */
	unsigned signs_of_life;	/* before answers to a feed's messages */
};

/* Starts it; with wait also waits for MSG_VAULT_READY. */
MUST_CHECK enum err vault_drive_start(struct vault_drive *d, bool wait);
/* Closes our end if it is open; the exit status, or minus the signal. */
int vault_drive_end(struct vault_drive *d, int signal_first);

MUST_CHECK enum err vault_drive_put(struct vault_drive *d,
    enum msg_type type, uint64_t ref, const struct buf *body);
/* Sends what was put and waits for the next message, into d->last. */
MUST_CHECK enum err vault_drive_get(struct vault_drive *d);

/* One question and its answer. */
MUST_CHECK enum err vault_drive_resolve(struct vault_drive *d,
    const struct rights_resolve *asked, uint64_t *ret);
MUST_CHECK enum err vault_drive_do(struct vault_drive *d,
    const struct rights_do *asked, struct rights_done *ret);
MUST_CHECK enum err vault_drive_handle(struct vault_drive *d,
    const struct rights_handle *asked, struct span *ret);
/* One step of a feed and its state. */
MUST_CHECK enum err vault_drive_begin(struct vault_drive *d,
    const struct feed_begin *begin, struct feed_state *ret);
MUST_CHECK enum err vault_drive_lines(struct vault_drive *d,
    const struct buf *lines, struct feed_state *ret);
MUST_CHECK enum err vault_drive_finish(
    struct vault_drive *d, bool commit, struct feed_state *ret);
