/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second lock (design §2): the vault counts every number that it gives to
 * the keeper, keeps a ceiling of distinct persons per cell and hour, and
 * writes both down before an answer leaves. Files in its own folder:
 *
 *   key.pem       its Ed25519 key (made at the first start if init did not;
 *                 key.act is then the line that enrols it)
 *   trust         administrators and ceilings (meter/trust.h)
 *   counts        one record a turn (meter/count.h)
 *   checkpoint   signed, a second behind at most
 *
 * The hour is that of this machine's clock, not the keeper's: a keeper that
 * lies about time gains nothing. A drill's vault alone takes the drill's time.
 * A clock that goes back opens nothing: the hour that was counted goes on until
 * it has lasted one by the boot clock. After a start within an hour all persons
 * of before count as others than those that follow: the ceiling errs on the
 * side of refusing.
 */
#pragma once
#include <stdbool.h>
#include "base/clock.h"
#include "base/random.h"
#include "base/buf.h"
#include "base/limits.h"

struct lock;

/* A person that the keeper learns of, or an answer about one. */
struct lock_person {
	uint32_t cell;
	uint64_t members;	/* the cell's, for the ceiling */
	uint64_t number;	/* 0: nobody, which is no person */
};

/* folder: DIR/vault/N. ERR_CORRUPT: the counts are altered, behind their own
 * note, or without one, or the note is not of the vault's key; ERR_SHAPE: trust
 * or key; ERR_UNKNOWN: no trust; ERR_IO. A start that fails signs nothing. */
MUST_CHECK enum err lock_open(const char *folder, struct clock clock,
    struct random random, struct lock **ret);
/* Signs what is unsigned. NULL is fine. */
MUST_CHECK enum err lock_close(struct lock *l);

/* May the keeper be told this number? *ret_over: no, the ceiling. ERR_RANGE: a
 * cell that cannot be. */
MUST_CHECK enum err lock_resolved(
    struct lock *l, const struct lock_person *p, bool *ret_over);
/* The same for an answer, which is noted with the journal's entry that the
 * keeper names; 0 is noted too. ERR_RANGE: no log is so long; ERR_STATE: of
 * another log than the one that trust says. */
MUST_CHECK enum err lock_answered(struct lock *l, const struct lock_person *p,
    struct span transaction, uint64_t index, const uint8_t *blinding,
    bool *ret_over);
/*
 * End of a turn: what was counted is written. *ret_fd is to be flushed
 * (fdatasync), by any thread, before the answers leave, and lock_flushed() to
 * be told; -1: they may leave. A turn that only named numbers is flushed with
 * the next one: what is written survives this process, and who can cut the
 * power is not the keeper.
 */
MUST_CHECK enum err lock_put(struct lock *l, int *ret_fd);
/* A flush that failed is final: ERR_IO here and from all behind it. */
MUST_CHECK enum err lock_flushed(struct lock *l, enum err how);
/* Both, flushed by the caller's thread. */
MUST_CHECK enum err lock_write(struct lock *l);
/* Is there something that the note does not say yet? */
bool lock_is_unsigned(const struct lock *l);
/* Signs it if the last note is a second old, and flushes for that what is
 * written. Not while somebody else flushes. */
MUST_CHECK enum err lock_sign(struct lock *l);

/* An act for the vault (trust_act), durable when it returns. ERR_IO: it is not
 * taken, and comes again: at the next start all do, in their order, and until
 * then none of them grows too old. */
MUST_CHECK enum err lock_act(
    struct lock *l, struct span note, const char **ret_words);
/* This vault's own day, UTC. */
int32_t lock_today(const struct lock *l);
/* The drill's time; ERR_STATE where it is no drill; ERR_RANGE: before 1970 or
 * behind the year 9999. */
MUST_CHECK enum err lock_time(struct lock *l, int64_t now_ms);
