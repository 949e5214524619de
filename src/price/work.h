/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through the engine, inside price/ alone. */
#pragma once
#include "price/plan.h"

struct price_work {
	const struct price_plan *plan;
	const struct price_ask *ask;
	struct price_result *result;
	struct price_fault *fault;
	bool explain;
	char lens_case;		/* of the request's pair of lenses, or 0 */
	/* what lines of this request took already */
	struct money equipment, frames;		/* of class B optics */
	struct {		/* EUR covers of glasses: one sum for all */
		const struct contract_cover *cover;
		struct money used;
	} shared[PRICE_LINES];
	unsigned shared_count;
	struct {
		const char *name;
		char ear;	/* 'L', 'R', or 'B' for both */
		struct money used;
		uint32_t acts;
	} taken[PRICE_LINES * CONTRACT_LIMITS];
	unsigned taken_count;
	/* participations of this day so far, by family, and by what they
	 * share a cap of the year with */
	struct {
		const char *family;
		struct money taken;
	} today[PRICE_LINES];
	unsigned today_count;
	struct money participations, franchises;
};

/* One line: what the mandatory insurance does, and what is built on it. */
struct price_one {
	unsigned at;
	const struct price_line *line;
	struct price_share *share;
	struct money base;	/* of the line */
	struct money tm;	/* ticket modérateur, as the patient meets it */
	struct money tm_normal;	/* as if in the pathway */
	struct money amc;
	const struct plan_cover *brief;		/* the cover that answers */
	const struct contract_cover *cover;	/* the whole of it */
};

/* Notes a step of the explanation, if one is wanted. */
void work_step(struct price_work *w, struct price_one *o,
    const struct price_step *s);
/* The result rests on f: an unconfirmed one is told. */
void work_doubt(struct price_work *w, const struct rules_fact *f);
/* How much of a EUR cover of glasses this request used. */
struct money *work_shared(
    struct price_work *w, const struct contract_cover *cover);
/* Does the cover's every condition hold for the line, if its doctor is so? */
bool work_holds(const struct price_work *w, const struct price_one *o,
    const struct plan_cover *c, enum contract_yes optam);
MUST_CHECK enum err work_fault(struct price_work *w, const struct price_one *o,
    enum err e, const char *field, const char *words);

/* Outside the pathway, which those under 16 need not keep. */
static inline bool work_off_pathway(
    const struct price_work *w, const struct price_line *l)
{
	return l->off_pathway && w->ask->age != PRICE_UNDER_16 &&
	    w->ask->age != PRICE_UNDER_6;
}

/* The same for an act that has a pathway: where its rate is another outside. */
static inline bool work_off_rate(
    const struct price_work *w, const struct price_line *l)
{
	return work_off_pathway(w, l) &&
	    rules_on(l->act->rate_off, w->ask->day) != NULL;
}

/* Has a child's figures for this act: under 18, for hearing aids under 20. */
static inline bool work_child(
    const struct price_work *w, const struct rules_act *act)
{
	return w->ask->age != PRICE_ADULT ||
	    (w->ask->under_20 && act->kind == RULES_AUDIO);
}

/* mandatory.c: fills base, tm, tm_normal and the share's AMO and
 * participation. */
MUST_CHECK enum err mandatory_price(struct price_work *w, struct price_one *o);
/* responsible.c: what the contrat responsable forbids and demands. */
void responsible_clamp(struct price_work *w, struct price_one *o);
/* Raises a line to the least that a responsible contract pays, whatever its
 * limits (R.871-2 1°: the ticket modérateur; stays whole). */
void responsible_least(struct price_work *w, struct price_one *o);
/* limits.c: the cover's own limits, counters and renewals. */
void limits_apply(struct price_work *w, struct price_one *o);
/* Once what the line is paid is settled: what it took of the counters. */
void limits_note(struct price_work *w, const struct price_one *o);
/* The lens case of a request's class B lenses, 'a' to 'f'. */
char responsible_case(const struct price_ask *ask);
