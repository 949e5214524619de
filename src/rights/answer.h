/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FHIR text of an answer: a CoverageEligibilityResponse (R4, JSON) about
 * the asked domain only. Which state holds is decided before, in
 * rights/lookup.h; this file only says it, and writes no person: no name, no
 * birth date, no NIR, no beneficiary number.
 */
#pragma once
#include <stdint.h>
#include "base/buf.h"
#include "msg/rights.h"

/*
 * What lookup_facts found. Spans view the lookup's own memory until its next
 * call. Whatever the state does not need is zero or empty: level and
 * authorization only if COVERED; contract and order only if one right of this
 * person was in force on the day (COVERED, NOT_COVERED, OTHER_ROUTE).
 */
struct answer_facts {
	enum rights_state state;
	uint8_t authorization;	/* 1: prior authorisation needed */
	struct span level;	/* e.g. BR200 */
	struct span contract;	/* the insurer's contract code */
	int32_t from_day;	/* of the right that answers; 0: none */
	int32_t until_day;	/* its last day in force; 0: none */
	/* of an estimate: since when its contract held without a day between;
	 * 0: none */
	int32_t since_day;
	uint8_t order;		/* 1: first insurer, 2: ...; 0: none */
	uint8_t age_class;	/* as the feed said it (msg/feed.h) */
	uint32_t age_change;
	struct span convention, csr;	/* this right's route; OTHER_ROUTE */
	/* the next one to be billed that covers too: COVERED alone; NULL */
	const struct answer_facts *next;
};

/* contracts that one answer lists: with a third one it would not go into the
 * one room of 4 KiB that sealed answers have */
#define ANSWER_MOST 2

/*
 * Appends the resource as one JSON object without its last brace: the keeper
 * adds budget and promise and closes it. asked gives domain, convention, CSR,
 * AMC, transaction, day of care and `created`.
 * ERR_LIMIT or ERR_NOMEM as out says; ERR_RANGE for a state not in the list.
 */
MUST_CHECK enum err answer_write(const struct rights_do *asked,
    const struct answer_facts *facts, struct buf *out);
