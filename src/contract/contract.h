/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutuelle's contract as a readable text, one statement a line; docs/
 * contracts.md is its manual and data/contracts has eleven invented ones.
 *
 *   contract CONFORT
 *   insurer 0099100001
 *   label-fr Confort
 *   label-en Comfort
 *   from 2026-01-01
 *   responsible yes
 *   cover MED optam = 150% BR
 *   cover OPTI class B case a = EUR 200, renewed
 *   wait DEPR 3 months
 *   second complement
 *
 * cover TARGET CONDITION... = FORMULA, LIMIT...
 *
 *   TARGET     a domain (OPTI), family:NAME, act:CODE or *
 *   CONDITION  class A | class B | class moderate | optam | not-optam |
 *              network | no-network | off-pathway | child | adult |
 *              case a...f (the equipment's pair of lenses)
 *   FORMULA    TM | 150% BR | 150% BR above AMO | EUR 200 |
 *              EUR 200 above TM | real cost | 100% sante | nothing
 *   LIMIT      most EUR 200 a day|act|year|2-years|4-years|equipment|ear
 *              most 10 acts a day|year|2-years|4-years
 *              in NAME (the counter of the limit before it) | renewed
 *
 * "150% BR" holds the mandatory share, "EUR 200" holds the ticket modérateur,
 * as is usual; "above" says otherwise. Of the covers that fit a line the one
 * for the act is taken before the family's, the domain's and *; among equals
 * one that names the class, then the one with more conditions, then the first.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/money.h"
#include "rules/rules.h"

#define CONTRACT_WORD 33	/* bytes of a code or counter with its NUL */
#define CONTRACT_LABEL 121
#define CONTRACT_COVERS 256
#define CONTRACT_LIMITS 3	/* of one cover */
#define CONTRACT_WAITS 32
#define CONTRACT_MOST 65536	/* bytes of the text */

enum contract_target { CONTRACT_ANY, CONTRACT_DOMAIN, CONTRACT_FAMILY,
	CONTRACT_ACT };
enum contract_form { CONTRACT_NOTHING, CONTRACT_TM, CONTRACT_BR,
	CONTRACT_BR_ABOVE, CONTRACT_EUR, CONTRACT_EUR_ABOVE, CONTRACT_REAL,
	CONTRACT_SANTE };
enum contract_per { CONTRACT_DAY, CONTRACT_LINE, CONTRACT_YEAR,
	CONTRACT_2_YEARS, CONTRACT_4_YEARS, CONTRACT_EQUIPMENT, CONTRACT_EAR,
	CONTRACT_PERS };
enum contract_yes { CONTRACT_EITHER, CONTRACT_YES, CONTRACT_NO };

struct contract_limit {
	bool acts;		/* most counts acts, not cents */
	int64_t most;
	enum contract_per per;
	char counter[CONTRACT_WORD];	/* of day and longer windows */
};

/* What chooses and computes stands first: one line of cache. */
struct contract_cover {
	enum rules_class class;
	enum contract_yes optam, network, child;
	bool off_pathway, renewed;
	char lens_case;		/* 'a' to 'f', 0: any */
	enum contract_form form;
	uint32_t rate;		/* of BR */
	unsigned limit_count;
	struct money amount;
	enum contract_target target;
	uint32_t line;		/* of the text, from 1 */
	unsigned conditions;	/* how many were said */
	struct contract_limit limits[CONTRACT_LIMITS];
	char word[RULES_WORD];	/* of the target */
};

struct contract_wait {
	enum contract_target target;
	char word[RULES_WORD];
	uint32_t months, line;
};

/* Allocated no longer than its covers: thousands are held. */
struct contract {
	int32_t from_day, to_day;	/* RULES_NO_END: no end */
	bool responsible;
	bool second_deducts;	/* after another insurer: see engine.h */
	size_t cover_count, wait_count;
	char code[CONTRACT_WORD], insurer[11];
	char label_fr[CONTRACT_LABEL], label_en[CONTRACT_LABEL];
	struct contract_wait waits[CONTRACT_WAITS];
	struct contract_cover covers[];
};

struct contract_fault {
	uint32_t line, column;	/* from 1; 0: the text as a whole */
	char words[160];	/* what is wrong, and the cure */
};

/*
 * Reads the text against the rules (acts, families and domains must exist).
 * ERR_SHAPE, ERR_RANGE, ERR_UNKNOWN, ERR_EXISTS, ERR_LIMIT with *fault;
 * ERR_NOMEM. Free with contract_free.
 */
MUST_CHECK enum err contract_read(struct span text, const struct rules *rules,
    struct contract **ret, struct contract_fault *fault);
void contract_free(struct contract *c);	/* NULL is fine */

/* How well a cover fits an act: 0 not at all, else higher is closer. */
unsigned contract_fit(
    const struct contract_cover *cover, const struct rules_act *act);
/* "150 % BR", "200 EUR, ticket modérateur compris": what it says, short.
 * french false: English. */
void contract_say(const struct contract_cover *cover, bool french,
    char *out, size_t size);
/* The conditions: "classe B, OPTAM"; empty when there are none. */
void contract_say_when(const struct contract_cover *cover, bool french,
    char *out, size_t size);
