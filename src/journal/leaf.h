/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leaf: what enters the tree for one entry of the journal. 192 bytes,
 * big-endian, zero padded, one spelling per value; docs/journal.md gives each
 * byte its place. Deterministic and pseudonymous: without the month's keys it
 * says that somebody was asked about, not who, by whom, or in which cell.
 *
 * One struct serves every kind; a field that a kind does not use is zero, and
 * leaf_pack and leaf_unpack both insist on it:
 *
 *   ASKED          all but first, end, count, reason
 *   SUMMARY        count refusals of one reason in one minute; asker and
 *                  sequence when they are one key's, plane if known,
 *                  commitment and opening_hash if there is an opening
 *   NOT_DISCLOSED  of entries first..end (end not in) no byte left; reason
 *   START          after a stop or crash; first..end are the entries whose
 *                  persons cannot be excluded (first = end: none)
 *   STOP           a clean end: nothing was outstanding
 *   CONTINUE       the first entry of a log after a restore: the log before
 *                  it was restored up to first, and is known up to end (0: it
 *                  is not known how far) with the root in commitment
 *
 * time, registry_size and registry_root stand in every kind.
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "crypto/hash.h"

#define LEAF_SIZE 192
#define LEAF_VERSION 1
#define LEAF_ASKER 16
#define LEAF_REPLAY 16
#define LEAF_BLINDING 32

enum leaf_kind {
	LEAF_ASKED = 1,
	LEAF_SUMMARY,
	LEAF_NOT_DISCLOSED,
	LEAF_START,
	LEAF_STOP,
	LEAF_CONTINUE,
	LEAF_KIND_COUNT
};

/* What the keeper decided; REFUSED_* are refusals of a validly signed
 * question by an enrolled key. */
enum leaf_decision {
	LEAF_ANSWERED = 1,
	LEAF_REFUSED_BUDGET,	/* no room in a budget of this asker */
	LEAF_REFUSED_CARD_ONLY,	/* only with a card, while a budget is spent */
	LEAF_REFUSED_DOMAIN,	/* not a domain of this profession */
	LEAF_REFUSED_SWITCH,	/* a gate is closed */
	LEAF_REFUSED_FORM,	/* the body is not a question */
	LEAF_REFUSED_SLOW,	/* asked to come back later */
	LEAF_REFUSED_KEY,	/* the key may not ask this */
	LEAF_REFUSED_REPLAY,	/* its nonce was seen */
	LEAF_REFUSED_TIME,	/* outside its life, or the clock is in doubt */
	LEAF_REFUSED_TOUCH,	/* a fresh touch of the passkey is wanted */
	LEAF_DECISION_COUNT
};

/*
 * The reason of a SUMMARY: a LEAF_REFUSED_* above, or one of the first group
 * (questions that get no entry of their own). The reason of a NOT_DISCLOSED:
 * one of the second group.
 */
enum leaf_reason {
	LEAF_REASON_UNSIGNED = 64,
	LEAF_REASON_SIGNATURE,	/* does not verify, or not our profile */
	LEAF_REASON_STRANGER,	/* no enrolled key of that id */
	LEAF_REASON_REVOKED,	/* the key was enrolled, and is no more */
	LEAF_REASON_SEAL,	/* the sealed body does not open */
	LEAF_REASON_LIMIT,	/* larger than a limit of base/limits.h */
	LEAF_REASON_SUMMARY_END,

	LEAF_REASON_VAULT_SILENT = 128,	/* no answer in time */
	LEAF_REASON_VAULT_FAILED,	/* the vault said it could not */
	LEAF_REASON_NOT_SENT,		/* the gate was gone */
	LEAF_REASON_CEILING,		/* the vault's ceiling of persons */
	LEAF_REASON_NO_ROOM,	/* its answer did not fit into the bundle's */
	LEAF_REASON_UNFIT,	/* an estimate of acts that no rule prices */
	LEAF_REASON_NOT_DISCLOSED_END
};

struct leaf {
	uint8_t kind;			/* enum leaf_kind */
	int64_t time_ms;		/* since 1970, UTC; >= 0 */
	uint8_t asker[LEAF_ASKER];	/* months_pseudonym() */
	uint64_t sequence;		/* the asker's count, from 1 */
	uint8_t commitment[HASH_SIZE];	/* leaf_commit() */
	uint8_t plane;			/* enum ask_plane: 1 to 4 */
	uint8_t purpose;		/* enum rights_purpose: not 0 */
	uint32_t fields;		/* mask: the most that may be told */
	bool existed;			/* the question met one person */
	uint8_t decision;		/* enum leaf_decision */
	uint8_t replay[LEAF_REPLAY];	/* keyed hash of key id and nonce */
	uint64_t registry_size;		/* the registry when it was decided */
	uint8_t registry_root[HASH_SIZE];
	uint8_t opening_hash[HASH_SIZE];/* SHA-256 of the encrypted opening */
	uint64_t first, end;		/* a range of entries */
	uint32_t count;
	uint8_t reason;			/* enum leaf_reason */
};

/* ERR_RANGE: a value or a field that this kind does not have. */
MUST_CHECK enum err leaf_pack(
    const struct leaf *l, uint8_t out[static LEAF_SIZE]);
/* ERR_SHAPE: not 192 bytes, another version, or padding that is not zero;
 * ERR_RANGE as leaf_pack. */
MUST_CHECK enum err leaf_unpack(struct span in, struct leaf *ret);

/*
 * The commitment to cell and beneficiary:
 * SHA-256("ecluse/beneficiary/v1" || blinding || u32 cell || u64 number).
 * blinding is random, once per entry; cell 0 and number 0 for nobody.
 */
void leaf_commit(const uint8_t blinding[static LEAF_BLINDING], uint32_t cell,
    uint64_t number, uint8_t out[static HASH_SIZE]);
/* An English word for reports ("answered", "refused: budget"); never NULL. */
const char *leaf_decision_text(uint8_t decision);
const char *leaf_reason_text(uint8_t reason);
