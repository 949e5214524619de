/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "vault/estimate.h"

_Static_assert((int)ESTIMATE_CLASS_A == (int)RULES_CLASS_A &&
    (int)ESTIMATE_CLASS_B == (int)RULES_CLASS_B &&
    (int)ESTIMATE_CLASS_MODERATE == (int)RULES_CLASS_MODERATE, "classes");
_Static_assert((int)ESTIMATE_YES == (int)CONTRACT_YES &&
    (int)ESTIMATE_NO == (int)CONTRACT_NO, "yes and no");
_Static_assert(ESTIMATE_WORD + 1 == RULES_WORD &&
    LIMIT_CLAIM_LINES <= PRICE_LINES &&
    LIMIT_CONTRACT < CONTRACT_WORD, "lengths");

/* The feed's classes. A child is one until 16 at least; of those between we
 * know no better than the feed. */
static enum price_age age_of(const struct answer_facts *facts, int32_t day)
{
	int year, month, ignored;
	bool child;

	date_to_civil(day, &year, &month, &ignored);
	child = facts->age_class == 1 && (facts->age_change == 0 ||
	    (uint32_t)(year * 12 + month - 1) < facts->age_change);
	return child ? PRICE_UNDER_16 : PRICE_ADULT;
}

static bool unfit(struct estimating *m, unsigned line, const char *field)
{
	m->state = RIGHTS_UNFIT;
	m->line = line;
	m->field = field;
	return false;
}

/* An act of another domain is none of this asker's. */
static bool fill_line(struct estimating *m, const struct rules *r,
    const struct rights_do *asked, unsigned i)
{
	const struct estimate_line *from = &m->acts.lines[i];
	struct price_line *to = &m->ask.lines[i];

	*to = (struct price_line){.n = from->n,
	    .act = rules_act(r, span_str(from->act), asked->care_day),
	    .price = money_of(from->price), .quantity = from->quantity,
	    .has_base = from->given & ESTIMATE_BASE,
	    .has_amo = from->given & ESTIMATE_AMO,
	    .has_participation = from->given & ESTIMATE_PARTICIPATION,
	    .base = money_of(from->base), .amo = money_of(from->amo),
	    .participation = money_of(from->participation),
	    .other = money_of(from->other),
	    .class = (enum rules_class)from->class,
	    .optam = (enum contract_yes)from->optam,
	    .network = (enum contract_yes)from->network,
	    .off_pathway = from->off_pathway,
	    .side = from->side == ESTIMATE_LEFT ? 'L' :
		from->side == ESTIMATE_RIGHT ? 'R' : 0};
	memcpy(to->exemption, from->exemption, sizeof(to->exemption));
	if (!to->act || !span_is(asked->domain, to->act->domain))
		return unfit(m, i, "act");
	return true;
}

static bool run(struct estimating *m, const struct price_plan *plan,
    struct price_fault *ret)
{
	*ret = (struct price_fault){0, "", ""};
	return !price(plan, &m->ask, true, &m->result, ret);
}

/* Can these acts be priced at all? */
static bool is_fit(struct estimating *m, const struct catalogue *c,
    const struct rights_do *asked)
{
	const struct rules *r = catalogue_rules(c);
	struct price_fault fault;

	m->ask = (struct price_ask){.day = asked->care_day,
	    .local = m->acts.local, .line_count = m->acts.count};
	memcpy(m->ask.zone, m->acts.zone, sizeof(m->ask.zone));
	for (unsigned i = 0; i < m->acts.count; i++)
		if (!fill_line(m, r, asked, i))
			return false;
	if (run(m, catalogue_nothing(c), &fault))
		return true;
	return unfit(m, fault.line, fault.field);
}

enum err estimate_make(struct estimating *m, struct catalogue *c,
    const struct rights_do *asked, const struct answer_facts *facts)
{
	const struct price_plan *plan = NULL;
	bool covered = facts->state == RIGHTS_COVERED, fits;
	struct price_fault ignored;
	enum err e = estimate_unpack(asked->acts, &m->acts);

	m->state = facts->state;
	m->priced = false;
	m->no_contract = m->contradicted = false;
	m->second = covered && facts->next;
	if (e)
		return e;
	if (catalogue_rules(c) && !is_fit(m, c, asked))
		return ERR_OK;
	e = catalogue_plan(c, asked->cell, facts->contract, asked->care_day,
	    &plan);
	m->no_contract = covered && !plan;
	if (e || !catalogue_rules(c))
		return e;
	m->ask.age = age_of(facts, asked->care_day);
	m->ask.since_day = covered ? facts->since_day : 0;
	/* a child has other figures than who was assumed above; that is told as
	 * an answer, for a refusal would not be in the journal as a reading */
	fits = run(m, covered && plan ? plan : catalogue_nothing(c), &ignored);
	m->priced = covered && plan && fits;
	m->contradicted = covered && plan && !fits;
	return ERR_OK;
}
