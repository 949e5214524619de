/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Budgets: how many distinct persons an asker may read. Pure: no I/O, no
 * clock, no global; one thread. docs/budgets.md says it for operators.
 *
 * A question is counted at three levels, each able to refuse: its key, its
 * professional (if any), its site (and a fourth, below). Each level has six figures:
 *	T24 T30  distinct persons read without a card
 *	C24 C30  distinct persons read at all (T <= C)
 *	M24 M30  distinct questions that met nobody
 * over the rolling windows (t - 24 h, t] and (t - 30 days, t]. Exact at every
 * millisecond: somebody is counted while his last reading is in the window,
 * so asking again about a counted person is free.
 *
 * ROOM FIRST. guard_room() is called before anything is looked up, and its
 * answer cannot depend on whether the person exists: q is all it knows. A
 * budget has room while its count is below its figure. Where one that applies
 * (C and M always, T without presence) has none, a question goes on only if
 *  - q was answered (found) at this site within that budget's window, and its
 *    person is counted at that level: in T for T, in C for C and for M;
 *  - or, for want of room in M alone, q is counted as a miss there.
 * Everything else is refused alike, person or stranger. guard_count() asks the
 * same again once the number is known, for another question of the batch may
 * have taken the room; it also refuses what would lead a count above its
 * figure because q means another person (or nobody) since it was answered.
 *
 * All keys in their first days share one budget more, without a card alone:
 * who enrols many keys has not so many times a new key's persons. A card goes
 * on, so that filling it shuts no honest newcomer out.
 *
 * Shared budgets (a profession on a plane, a cell, the platform) count
 * distinct persons too. They never refuse: they slow questions without
 * presence and raise alarms.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

#define GUARD_Q 16			/* bytes of a question key */
#define GUARD_DAY_MS INT64_C(86400000)
#define GUARD_MONTH_MS (30 * GUARD_DAY_MS)
#define GUARD_RAMP_DAYS 14		/* a new key has its all on the 14th */
#define GUARD_WAIT_LEAST_MS 250
#define GUARD_WAIT_MOST_MS 4000
#define GUARD_SITES 6			/* sites a card is shown at in a day */
#define GUARD_SITES_MOST 14
#define GUARD_PROFESSIONS 64		/* profession numbers: 1 to 63 */
#define GUARD_PLANES 8			/* plane numbers: 1 to 7 */
#define GUARD_CELLS 65536		/* cell numbers: 0 (none) to 65535 */
#define GUARD_SUBJECTS (1 << 24)	/* key, professional, site numbers */

enum guard_level {
	GUARD_NOBODY,		/* no level; in setters: key to site */
	GUARD_KEY,
	GUARD_PROFESSIONAL,
	GUARD_SITE,
	GUARD_NEWCOMERS,	/* all keys younger than the ramp, together */
	GUARD_LEVELS
};

enum guard_kind {
	GUARD_T24, GUARD_C24, GUARD_T30, GUARD_C30, GUARD_M24, GUARD_M30,
	GUARD_KINDS
};

/* One figure per kind. T <= C in each window, 24 h <= 30 days in each. */
struct guard_figures {
	uint32_t of[GUARD_KINDS];
};

bool guard_figures_agree(const struct guard_figures *f);

/* Distinct persons of a shared budget; 0: no such budget. */
struct guard_wide {
	uint32_t persons24, persons30;
};

enum guard_control {
	GUARD_BUDGETS,		/* refusing at the three levels */
	GUARD_SHARED,		/* slowing by the shared budgets */
	GUARD_PRESENCE,		/* distrusting a card seen at many sites */
	GUARD_CONTROLS
};
/* Observe: counts, says what it would have done, lets pass. */
enum guard_mode { GUARD_ENFORCE, GUARD_OBSERVE };

/* Who asks, and what is known before looking anybody up. */
struct guard_ask {
	uint32_t key, professional, site;	/* professional 0: none */
	uint16_t profession;
	uint8_t plane;
	uint32_t cell;			/* 0: no cell of ours */
	uint8_t q[GUARD_Q];		/* keyed tag of what was asked */
	bool card;			/* a valid card was presented */
	int64_t key_since_ms;		/* when the key was enrolled */
};

enum guard_decision { GUARD_GO = 1, GUARD_REFUSE };

/*
 * What the asker may be told. A refusal is the same bytes for a person and
 * for a stranger.
 */
struct guard_told {
	enum guard_decision decision;
	uint32_t wait_ms;		/* hold the answer so long; 0: do not */
	uint32_t left_t24, left_c24;	/* least of the levels */
	int64_t retry_at_ms;		/* refused: no room before then; or 0 */
};

/* One bit each: a shared budget reached its figure; a card met too many. */
#define GUARD_ALARM_PROFESSION24 1u
#define GUARD_ALARM_PROFESSION30 2u
#define GUARD_ALARM_CELL24 4u
#define GUARD_ALARM_CELL30 8u
#define GUARD_ALARM_PLATFORM24 16u
#define GUARD_ALARM_PLATFORM30 32u
#define GUARD_ALARM_CARD 64u

struct guard_verdict {
	struct guard_told told;
	/* For the journal and the operator, never for the asker. */
	enum guard_level level;	/* which budget refused, or would have in */
	enum guard_kind kind;	/* observe mode; GUARD_NOBODY: none did */
	bool presence;		/* the card was taken as presence */
	bool card_doubted;	/* the card is seen at too many sites */
	uint32_t would_wait_ms;	/* wait_ms, also in observe mode */
	uint32_t alarms;	/* that rose now; guard_count() alone */
	uint32_t key_persons;	/* C24 in force for this key */
};

struct guard;

/* No figures yet: everything is refused. NULL: no memory. Free of NULL: fine */
MUST_CHECK struct guard *guard_new(void);
void guard_free(struct guard *g);

/*
 * Figures of a profession on a plane at a level. plane 0: every plane; level
 * GUARD_NOBODY: every level. Later calls replace earlier ones. ERR_RANGE: a
 * number outside its limits, or figures that contradict each other.
 */
MUST_CHECK enum err guard_set_figures(struct guard *g, uint16_t profession,
    uint8_t plane, enum guard_level level, const struct guard_figures *f);
/* Figures of one key, professional or site in place of its profession's;
 * NULL takes them back. A new key's ramp applies to them too. */
MUST_CHECK enum err guard_set_own(struct guard *g, enum guard_level level,
    uint32_t id, const struct guard_figures *f);
/* Of all new keys together, without a card; 0: no such budget. ERR_RANGE,
 * ERR_NOMEM. */
MUST_CHECK enum err guard_set_newcomers(
    struct guard *g, const struct guard_wide *w);
/* Shared budgets. 24 h above 30 days: ERR_RANGE. */
MUST_CHECK enum err guard_set_profession(struct guard *g,
    uint16_t profession, uint8_t plane, const struct guard_wide *w);
MUST_CHECK enum err guard_set_cell(
    struct guard *g, uint32_t cell, const struct guard_wide *w);
MUST_CHECK enum err guard_set_platform(
    struct guard *g, const struct guard_wide *w);
/* More distinct sites than this in 24 h: no presence. 1 to SITES_MOST. */
MUST_CHECK enum err guard_set_sites(struct guard *g, uint32_t sites);
void guard_set_mode(
    struct guard *g, enum guard_control control, enum guard_mode mode);

/*
 * Is there room for this question? Changes nothing that can be seen. An ask
 * with numbers outside the limits is refused (level GUARD_NOBODY).
 */
void guard_room(struct guard *g, const struct guard_ask *ask, int64_t now_ms,
    struct guard_verdict *ret);

/*
 * The same again and then the count: number of the person found in ask->cell,
 * or 0 for a miss. A refusal changes nothing. ERR_NOMEM, ERR_RANGE (numbers
 * outside the limits, or a person in cell 0): nothing changed, nothing may be
 * answered. Earlier times than one already seen are taken as that one: write
 * guard_now() into the entry, so that its replay counts alike.
 */
MUST_CHECK enum err guard_count(struct guard *g, const struct guard_ask *ask,
    uint64_t number, int64_t now_ms, struct guard_verdict *ret);

/*
 * Count without deciding: the replay, in order, of the entries that
 * guard_count() let pass. Set figures, sites and modes first. Errors as
 * guard_count(). Behind guard_load_from() it fetches as little as it can:
 * what it counts waits beside the sets that it belongs to.
 */
MUST_CHECK enum err guard_apply(struct guard *g, const struct guard_ask *ask,
    uint64_t number, int64_t now_ms);

/* The latest time seen; INT64_MIN before the first. */
int64_t guard_now(const struct guard *g);

/* Counts and figures in force for ask at one level (professional 0: zeros). */
struct guard_line {
	uint32_t used[GUARD_KINDS], figure[GUARD_KINDS];
};
void guard_look(struct guard *g, const struct guard_ask *ask,
    enum guard_level level, int64_t now_ms, struct guard_line *ret);

/* Distinct persons read now by new keys without a card. */
struct guard_wide guard_look_newcomers(struct guard *g, int64_t now_ms);
/* Distinct persons now in the shared budgets. */
struct guard_wide guard_look_profession(
    struct guard *g, uint16_t profession, uint8_t plane, int64_t now_ms);
struct guard_wide guard_look_cell(
    struct guard *g, uint32_t cell, int64_t now_ms);
struct guard_wide guard_look_platform(struct guard *g, int64_t now_ms);

/* Bytes of memory held for counting. */
uint64_t guard_memory(const struct guard *g);

/*
 * Snapshots: all counts (not figures and modes: the registry and data/ have
 * those). The same state gives the same bytes, in one pass. Large ones take
 * seconds to save: do it in a forked child.
 *
 * guard_load_from() wants a guard that has counted nothing (ERR_STATE), and
 * the very bytes that guard_save_to() wrote on such a machine: the caller
 * authenticates them, ties them to a tree size and encrypts them. It reads all
 * of them once, in order, and says how many there were; what no save wrote is
 * ERR_CORRUPT, and the guard is left empty then as after any other error.
 * Afterwards it fetches what it needs when somebody is asked about: the source
 * stands until guard_free(), and guard_failed() tells when it did not give
 * what it had given before. Nothing is answered by a guard that has failed:
 * guard_room() refuses, guard_count() and guard_apply() give ERR_IO.
 */
struct guard_sink {
	void *ctx;
	enum err (*put)(void *ctx, struct span s);
};
struct guard_source {
	void *ctx;
	/* n bytes from at on, or an error. */
	enum err (*fetch)(void *ctx, uint64_t at, void *to, size_t n);
};
MUST_CHECK enum err guard_save_to(struct guard *g, struct guard_sink to);
MUST_CHECK enum err guard_load_from(
    struct guard *g, struct guard_source from, uint64_t *ret_size);
enum err guard_failed(const struct guard *g);
/* The same in memory, of which guard_load() takes a copy; ERR_CORRUPT also
 * for a byte too many. */
MUST_CHECK enum err guard_save(struct guard *g, struct buf *out);
MUST_CHECK enum err guard_load(struct guard *g, struct span in);
