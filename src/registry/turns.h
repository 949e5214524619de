/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which generation of the keeper's keys is in use, and what is destroyed: the
 * part of the registry that turn and destroy change. The keys themselves are
 * in the keyring (registry/keyring.h); here are their public names.
 *
 *   turn kind=answer key=NAME [from=TIME]    answer promise sealing index
 *   turn kind=log key=NAME before=NAME sig=SIGNATURE [from=TIME]
 *                                            log registry: of checkpoints
 *   turn kind=card amc=N key=SPKI            card, feed: the mutuelle's own
 *   destroy kind=answer generation=1         never the one in use
 *   destroy kind=index generation=1 [lose=AMC,AMC]
 *   destroy kind=card amc=N                  the one before the one in use
 *   destroy month=2026-01                    from month + 12 on
 *
 * A log's key names its successor itself, for those who pinned it: sig is its
 * signature over that (journal/follow.h), and before its own name.
 *
 * An index version is destroyed once the month of its successor's turn is:
 * until then it finds those who come back. The keeper refuses it while a
 * mutuelle had no full feed since that turn, unless lose names it: none of
 * its persons is then found until its next full feed.
 */
#pragma once
#include "journal/note.h"
#include "registry/keyring.h"
#include "registry/registry.h"

#define TURNS_MOST 64		/* generations of one kind, destroyed ones too */
#define TURNS_KEPT 4		/* of one kind, not destroyed */
#define TURNS_MONTHS 12		/* how long a month key lives, in months */

struct registry_turn {
	uint8_t kind;			/* enum keyring_kind */
	bool destroyed;
	uint32_t generation;
	/* 0: not said (index: the first; a log's first, until it turns) */
	uint8_t name_len;
	uint8_t name[KEYRING_NAME];
	uint8_t sig[SIGN_SIZE];		/* of a log's key: by the one before */
	int64_t from_ms, said_ms;	/* in use from; the act's own time */
};

/* The generation in use at a time; 1 before any turn. */
uint32_t turns_in_use(
    const struct registry *r, enum keyring_kind kind, int64_t now_ms);
/* The generation said last: in use, or the next from its time on. */
uint32_t turns_last(const struct registry *r, enum keyring_kind kind);
/* NULL: never said. */
const struct registry_turn *turns_at(
    const struct registry *r, enum keyring_kind kind, uint32_t generation);
bool turns_is_log(enum keyring_kind kind);
/* What a log's key is called in notes: by the journal's origin. */
MUST_CHECK enum err turns_log_key(const char *origin, enum keyring_kind kind,
    const uint8_t raw[static SIGN_ED25519_KEY], struct note_key *ret);
bool turns_month_destroyed(const struct registry *r, uint32_t month);
