/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mutuelle pays for these acts, to the cent, and why. Pure: no file, no
 * clock, no allocation but for a plan. Amounts of a line are those of the
 * whole line, whatever its quantity.
 *
 * For a line with price P, base BR and rate t (reference: CSS L.871-1,
 * R.871-2; docs/contracts.md):
 *
 *	AMO    = min(P, BR) x t, half up	what the mandatory insurance pays
 *	TM     = min(P, BR) - AMO		before participations
 *	TM                  AMC = TM
 *	x% BR               AMC = min(P, x BR) - AMO
 *	x% BR above AMO     AMC = min(P - AMO, x BR)
 *	EUR n               AMC = min(P - AMO, n)	ticket modérateur in it
 *	EUR n above TM      AMC = min(P - AMO, TM + n)
 *	real cost           AMC = P - AMO
 *	100% sante          AMC = min(P, limit of the act) - AMO
 *
 * and never more than P - AMO - what another insurer paid. Participations and
 * franchises are taken from AMO after that and stay with the patient:
 *
 *	remainder = P - (AMO - participation) - AMC - other
 *
 * Order (domain: order of computation): eligibility, mandatory share,
 * exemption, pathway, cover, formula, contrat responsable, limits and
 * renewals, what is left, remainder.
 */
#pragma once
#include <stdbool.h>
#include "contract/contract.h"
#include "rules/rules.h"

#define PRICE_LINES 64		/* of one request */
#define PRICE_COUNTERS 32	/* given with one request */
#define PRICE_STEPS 16		/* of one line */
#define PRICE_DOUBTS 16		/* unconfirmed figures of one request */
#define PRICE_TOLERANCE 1	/* cents between a given AMO and ours */

enum price_age { PRICE_ADULT, PRICE_UNDER_18, PRICE_UNDER_16, PRICE_UNDER_6 };

/* What was paid before, by counter: what counters.h keeps, or a caller. */
struct price_counter {
	char name[CONTRACT_WORD];	/* "optics", "audio-left", "OPTI"... */
	struct money used;	/* in the limit's window that holds the day */
	uint32_t acts;
	int32_t last_day;	/* last delivery */
	bool delivered;		/* last_day is one */
};

struct price_line {
	uint32_t n;		/* the asker's number of it */
	const struct rules_act *act;
	struct money price;
	const struct rules_fact *tariff;	/* the price is of; or NULL */
	uint32_t quantity;	/* 1 or more */
	/* what was given wins over what the rules say */
	bool has_base, has_rate, has_amo, has_participation;
	struct money base, amo, participation;
	uint32_t rate;
	enum rules_class class;	/* NONE: the act's */
	enum contract_yes optam, network;	/* EITHER: does not apply */
	bool off_pathway;
	char exemption[RULES_WORD];	/* of exemptions.csv, or empty */
	char side;		/* 'L', 'R' for audio; 0: not said */
	struct money other;	/* paid by an insurer before this one */
};

struct price_ask {
	int32_t day;		/* of care; of delivery for devices */
	enum price_age age;
	bool under_20;		/* an adult of 18 or 19: hearing aids */
	bool six;		/* UNDER_6 for renewals, not for tariffs */
	bool local;		/* régime local of Alsace-Moselle */
	char zone[RULES_WORD];	/* overseas, or empty */
	int32_t since_day;	/* the person's cover began; 0: long ago */
	struct price_counter counters[PRICE_COUNTERS];
	unsigned counter_count;
	struct price_line lines[PRICE_LINES];
	unsigned line_count;
};

enum price_rule {
	PRICE_BASE, PRICE_RATE, PRICE_GIVEN, PRICE_GIVEN_NET, PRICE_EXEMPT,
	PRICE_OFF_RATE,
	PRICE_HEAVY, PRICE_PARTICIPATION, PRICE_COVER, PRICE_NO_COVER,
	PRICE_OUTSIDE, PRICE_WAITING, PRICE_OFF_PATHWAY, PRICE_OFF_OPTAM,
	PRICE_FLOOR, PRICE_OPTICS_MOST, PRICE_FRAME_MOST, PRICE_AUDIO_MOST,
	PRICE_NO_LIMIT, PRICE_LIMIT, PRICE_LIMIT_ACTS, PRICE_SHARED,
	PRICE_EARLY, PRICE_OTHER, PRICE_LEFT, PRICE_REMAINDER, PRICE_RULES
};

struct price_step {
	enum price_rule rule;
	struct money before, after;	/* of the amount that is being made */
	struct money figure;	/* the rule's own amount, if it has one */
	uint32_t rate;
	int32_t day;		/* of PRICE_EARLY and PRICE_WAITING: from when */
	const struct contract_cover *cover;	/* or NULL */
	const char *source;	/* where the rule is from; never NULL */
};

struct price_share {
	struct money amo, participation, amc, remainder;
	struct price_step steps[PRICE_STEPS];
	unsigned step_count;
};

enum price_flag {
	PRICE_FLAG_AMO_DIFFERS = 1,	/* given and recomputed are apart */
	PRICE_FLAG_NOT_COVERED = 2,
	PRICE_FLAG_OUTSIDE = 4,		/* the contract does not hold then */
	PRICE_FLAG_WAITING = 8,
	PRICE_FLAG_LIMIT = 16,		/* a ceiling was reached */
	PRICE_FLAG_EARLY = 32,		/* renewed before its time */
	PRICE_FLAG_NO_LIMIT = 64,	/* no 100 % Santé limit is known */
	PRICE_FLAG_AMO_NET = 128,	/* given after participations */
	PRICE_FLAG_UNCONFIRMED = 256,
};

struct price_result {
	struct price_share shares[PRICE_LINES];
	struct money amc, remainder;
	unsigned flags;		/* bits of enum price_flag */
	/* facts not confirmed that the result rests on */
	const struct rules_fact *doubts[PRICE_DOUBTS];
	unsigned doubt_count;
};

/* A contract made ready: which covers to try for each act. */
struct price_plan;
MUST_CHECK enum err price_plan_new(const struct contract *c,
    const struct rules *r, struct price_plan **ret);
void price_plan_free(struct price_plan *p);
/* A plan that is priced by a little later: its lines of memory are asked for
 * all at once, for each would be waited for behind the other. */
void price_plan_fetch(const struct price_plan *p);
const struct contract *price_plan_contract(const struct price_plan *p);
/* Is it one of the counters that a limit of this contract reads, or of those
 * that all have (renewals, participations)? Another one would change nothing,
 * and nobody would hear of the slip. */
bool price_knows_counter(const struct price_plan *p, const char *name);

/* What could not be priced, and why. */
struct price_fault {
	unsigned line;		/* place in lines */
	const char *field, *words;	/* constant texts */
};

/*
 * Prices every line. explain false: no steps are kept (faster, same amounts).
 * ERR_UNKNOWN: a base, rate or exemption is neither given nor in the rules;
 * ERR_RANGE: an amount given contradicts the price; *fault says which.
 */
MUST_CHECK enum err price(const struct price_plan *p,
    const struct price_ask *ask, bool explain, struct price_result *ret,
    struct price_fault *fault);

/* A step in words, for the counter; its source is beside it. */
void price_say(const struct price_step *s, bool french, char *out,
    size_t size);
/* "amo-differs", of one bit. */
const char *price_flag_name(enum price_flag f);
const char *price_rule_name(enum price_rule r);
