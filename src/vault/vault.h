/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vault: one turn at a time. It takes the messages that wait, answers
 * them, writes down what it counted; then it works some milliseconds on the
 * feed that is open, if one is, so that questions never wait for a feed. The
 * answers leave once their counts are on the disk. A thread flushes them, one
 * turn's at a time, while the next turn reads; all that is said keeps its
 * order.
 *
 * It holds rows keyed by beneficiary numbers and tags, and no index key: it
 * cannot turn a person into a tag or back, and knows the numbers that the
 * keeper asks about and no more. Its one key signs what it counted (lock.h).
 */
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "msg/chan.h"

#define VAULT_QUEUE (64u << 20)	/* bytes of answers the keeper may leave */

struct aside;
struct vault;

struct vault_options {
	const char *path;	/* of the store's file */
	const char *folder;	/* of the lock's files, and of copies */
	unsigned cache_mib, map_mib;
	struct random random;
	struct clock clock;
	unsigned nth, count;	/* this vault, of so many */
	const char *rules;	/* folder of the rules, which lives on */
	struct aside *flusher;	/* the caller's, longer than the vault; NULL:
				 * each turn flushes */
};

/* Opens the store. Errors: store_open, store_migrate; ERR_RANGE: it is another
 * vault's, said in the log. */
MUST_CHECK enum err vault_open(
    const struct vault_options *options, struct vault **ret);
/* Moves what is committed to its place. NULL is fine. ERR_IO: a flush that was
 * under way failed too. */
enum err vault_close(struct vault *v);

/* Speaks to the keeper over c from now on, and says MSG_VAULT_READY. */
MUST_CHECK enum err vault_greet(struct vault *v, struct chan *c);

/*
 * One turn. ERR_CLOSED: the keeper is gone; ERR_SHAPE, ERR_STATE: it broke the
 * protocol; otherwise the store failed. After any of them the vault can only
 * be closed.
 */
MUST_CHECK enum err vault_turn(struct vault *v);
/* Should the next turn come at once, without waiting for a message? */
bool vault_is_busy(const struct vault *v);
/* Does the next turn take messages? Not while the keeper does not read, nor
 * while a turn's answers wait for the disk behind others'. */
bool vault_takes(const struct vault *v);
/* How long the next turn may wait for one: -1 without end. */
int64_t vault_patience_ms(const struct vault *v);
