/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeper and vault say to each other about rights. Persons appear as
 * tags and beneficiary numbers only: there is no field for anything else.
 */
#pragma once
#include "base/buf.h"
#include "base/limits.h"

#define RIGHTS_TAG 16		/* bytes of a tag: HMAC-SHA-256, cut */
#define RIGHTS_BLINDING 32
#define RIGHTS_TAGS_ASKED 3	/* aliases one question may show */
#define RIGHTS_VERSIONS 4	/* of index keys that live at once */
#define RIGHTS_TAGS_FED (LIMIT_CARDS + 4)

#define RIGHTS_JOINS ((RIGHTS_VERSIONS - 1) * (LIMIT_CARDS + 2))

/* MSG_RESOLVE: which one person do all these aliases name? Those of older
 * index keys are tried when the newer ones name nobody. */
struct rights_resolve {
	uint32_t cell;
	uint8_t count;
	uint8_t tags[RIGHTS_TAGS_ASKED][RIGHTS_TAG];
	uint8_t older_count;
	uint8_t older[RIGHTS_VERSIONS - 1][RIGHTS_TAGS_ASKED][RIGHTS_TAG];
};

/* MSG_RESOLVED: beneficiary number, 0 when not all meet one person. */
struct rights_resolved {
	uint64_t number;
	bool over;	/* the vault's ceiling: the number is not said */
};

enum rights_purpose {
	RIGHTS_READ = 1,
	RIGHTS_ESTIMATE		/* what the mutuelle would pay for acts */
};

/* MSG_DO: answer this question about this person (0: nobody). */
struct rights_do {
	uint64_t index;		/* of the journal entry already durable */
	uint32_t cell;
	uint64_t number;
	/* of the entry's commitment, which the vault makes anew and counts */
	uint8_t blinding[RIGHTS_BLINDING];
	uint8_t purpose;
	int32_t care_day;	/* the day of care: days since 1970 */
	int64_t now_ms;		/* the keeper's time, for `created` */
	struct span domain;	/* code, e.g. OPTI */
	struct span convention, csr;	/* as asked; empty: not said */
	struct span amc;	/* 10 digits, as asked */
	struct span transaction;	/* origin/index */
	struct span acts;	/* RIGHTS_ESTIMATE alone: msg/estimate.h */
};

/* What the answer says, as states of docs/states.md. */
enum rights_state {
	RIGHTS_COVERED = 1,	/* in force, domain covered */
	RIGHTS_NOT_COVERED,	/* in force, this domain not covered */
	RIGHTS_CLOSED,		/* known person, no rights on the day */
	RIGHTS_OTHER_ROUTE,	/* in force, other convention or CSR */
	RIGHTS_UNKNOWN,		/* no such person here */
	RIGHTS_OVER,		/* the vault's ceiling: no answer, no text */
	/* acts that no rule prices, whoever asks about whom: body is their
	 * place (one byte, from 0) and the field's name; no answer */
	RIGHTS_UNFIT,
	RIGHTS_STATE_COUNT
};

/*
 * MSG_DONE. body is the FHIR answer without its last brace: the keeper adds
 * budget and promise and closes it. A line's of a bundle is looked at as what
 * it says it is (keeper/batch.h).
 */
struct rights_done {
	uint8_t state;		/* enum rights_state */
	uint8_t authorization;	/* 1: prior authorisation needed */
	int32_t until_day;	/* last day in force; 0 if none */
	/* e.g. BR200, printable ASCII as in feeds; empty unless covered */
	struct span level;
	struct span body;
};

void rights_resolve_pack(const struct rights_resolve *m, struct buf *out);
MUST_CHECK enum err rights_resolve_unpack(
    struct span in, struct rights_resolve *ret);
void rights_resolved_pack(const struct rights_resolved *m, struct buf *out);
MUST_CHECK enum err rights_resolved_unpack(
    struct span in, struct rights_resolved *ret);
void rights_do_pack(const struct rights_do *m, struct buf *out);
MUST_CHECK enum err rights_do_unpack(struct span in, struct rights_do *ret);
void rights_done_pack(const struct rights_done *m, struct buf *out);
MUST_CHECK enum err rights_done_unpack(
    struct span in, struct rights_done *ret);

/* MSG_HANDLE: cell, number; MSG_HANDLED: the handle, empty if none. */
struct rights_handle {
	uint32_t cell;
	uint64_t number;
};
void rights_handle_pack(const struct rights_handle *m, struct buf *out);
MUST_CHECK enum err rights_handle_unpack(
    struct span in, struct rights_handle *ret);
void rights_handled_pack(struct span handle, struct buf *out);
MUST_CHECK enum err rights_handled_unpack(struct span in, struct span *ret);
