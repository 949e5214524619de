/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets that many share: a profession on a plane, a cell, the platform. They
 * count distinct persons, slow questions without presence and raise alarms;
 * they never refuse, for that would hand an attacker a switch.
 *
 * The platform's count is the sum over the cells: nobody stands in two.
 */
#pragma once
#include "guard/guard.h"
#include "guard/roll.h"

#define SHARED_NUMBER 2			/* words of a key within one cell */
#define SHARED_SPACING_MS GUARD_DAY_MS	/* least time between two rises */

struct shared_alarm {
	int64_t rose_at;	/* INT64_MIN: never */
	bool fell;		/* below its figure since it rose */
};

struct shared_budget {
	struct guard_wide figure;
	struct shared_alarm alarm[2];	/* 24 h, 30 days */
};

struct shared_cell {
	uint32_t place;		/* among those met */
	struct shared_budget budget;
	struct roll persons;
};

/* What a question needs of every cell, side by side: a sum over a hundred
 * cells touches a few cache lines and settles only whose time has come. */
struct shared_met {
	struct shared_cell *cell;
	int64_t due;		/* its counts stand until then */
	struct guard_wide persons;	/* at most, while it is cold */
};

#define SHARED_TRADES (GUARD_PROFESSIONS * GUARD_PLANES)

struct shared_trade {			/* a profession on a plane */
	struct shared_budget budget;
	struct roll persons;
};

struct shared {
	struct shared_trade trades[SHARED_TRADES];	/* shared_trade() */
	struct shared_cell **cells;	/* by number; NULL: not met yet */
	uint32_t cell_count;		/* length of cells */
	struct shared_met *met;		/* the same, without gaps */
	uint32_t met_count, met_cap;
	struct shared_budget platform;
	struct guard_wide total;	/* persons of all cells when settled */
	uint32_t sweep;			/* the next trade to settle in passing */
};

void shared_init(struct shared *s);
void shared_release(struct shared *s);
void shared_clear(struct shared *s);	/* counts and alarms, not figures */

struct shared_trade *shared_trade(
    struct shared *s, uint16_t profession, uint8_t plane);
struct shared_cell *shared_find_cell(const struct shared *s, uint32_t id);
/* Made if need be. ERR_NOMEM, ERR_RANGE. */
MUST_CHECK enum err shared_make_cell(
    struct shared *s, uint32_t id, struct shared_cell **ret);

/* The cell's set was changed from outside: what stands of it in `met`. */
void shared_refresh(struct shared *s, const struct shared_cell *c);

/*
 * Settle the sets that ask concerns, or all of them. Of cells that are cold
 * `met` has what they can be at most: they are fetched only where the platform
 * might reach its figure. shared_meet() leaves those of ask cold as well where
 * one more cannot reach theirs: what is counted then gives the same alarms.
 */
void shared_settle(
    struct shared *s, const struct guard_ask *ask, int64_t now_ms);
void shared_meet(
    struct shared *s, const struct guard_ask *ask, int64_t now_ms);
void shared_settle_all(struct shared *s, int64_t now_ms);
struct guard_wide shared_persons(const struct roll *r);

/* How long the counts now settled hold a question without presence back. */
uint32_t shared_wait_ms(struct shared *s, const struct guard_ask *ask);

/* Memory for one person more. ERR_NOMEM, ERR_RANGE, ERR_LIMIT: unchanged. */
MUST_CHECK enum err shared_reserve(
    struct shared *s, const struct guard_ask *ask, int64_t now_ms);
/*
 * Count the person (number, cell: three words); the GUARD_ALARM_* that rise.
 * An alarm rises when a count reaches its figure, and not again until the
 * count has been below it and SHARED_SPACING_MS have gone by.
 */
uint32_t shared_add(struct shared *s, const struct guard_ask *ask,
    const uint32_t *person, int64_t now_ms);
size_t shared_memory(const struct shared *s);
