/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one beneficiary has used of his contract's limits. Pure: the caller
 * keeps the state; the same events in the same order give the same state,
 * whichever of them came twice.
 *
 * A prise en charge reserves, a bill consumes (what it had reserved is then
 * free), a cancellation gives back either; a reservation past its last day
 * counts no more, without any event. Each is known by its reference: the same
 * event twice is one.
 */
#pragma once
#include "price/price.h"

#define COUNTERS_ENTRIES 1024	/* of one beneficiary */
#define COUNTERS_REF 41		/* bytes of a reference with its NUL */

enum counters_kind { COUNTERS_RESERVE = 1, COUNTERS_CONSUME, COUNTERS_CANCEL };

struct counters_event {
	enum counters_kind kind;
	char ref[COUNTERS_REF];		/* of the prise en charge or the bill */
	/* not for CANCEL */
	char name[CONTRACT_WORD];	/* the counter: a limit's, "optics",
					 * "audio-left", "participation"... */
	int32_t day;			/* of care, or of delivery */
	int32_t until_day;		/* RESERVE: its last day */
	struct money amount;
	uint32_t acts;
};

struct counters_entry {
	char ref[COUNTERS_REF], name[CONTRACT_WORD];
	int32_t day, until_day;
	struct money amount;
	uint32_t acts;
	bool consumed, cancelled;
};

struct counters {
	struct counters_entry entries[COUNTERS_ENTRIES];
	size_t count;
};

struct counters_balance {
	struct money consumed, reserved;
	uint32_t consumed_acts, reserved_acts;
	int32_t last_day;	/* latest consumption, whatever the window */
	bool delivered;
};

/* ERR_FULL; ERR_RANGE: a reservation that ends before it begins; ERR_STATE: a
 * reference that was cancelled, or is another counter's. */
MUST_CHECK enum err counters_apply(
    struct counters *c, const struct counters_event *e);
/*
 * What counts on a day, in the window that holds it: the day itself, its
 * civil year, the 24 or 48 months that end with it (CONTRACT_LINE,
 * CONTRACT_EQUIPMENT and CONTRACT_EAR: the 24 or 48 months too).
 */
struct counters_balance counters_look(const struct counters *c,
    const char *name, enum contract_per window, int32_t day);
/* Gives ask every counter that the contract's limits and renewals name. */
void counters_fill(const struct counters *c, const struct contract *contract,
    struct price_ask *ask);
