/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the mandatory insurance and of contrats responsables, as data
 * with dates: every figure is one row of a file in data/rules, with the day it
 * begins, the day it ends, where it was read, and whether it is confirmed.
 * Pure but for rules_load, which reads the folder. docs/rules.md is the manual
 * of the files.
 *
 *   acts.csv            act;family;domain;class;lens;label_fr;label_en
 *   bases.csv           act;zone;case;base
 *   rates.csv           family;case;rate
 *   exemptions.csv      exemption;family;rate;participation
 *   participations.csv  family;age;participation;day_cap;year_cap
 *   limits.csv          act;zone;age;limit
 *   renewals.csv        equipment;age;months
 *   responsible.csv     rule;case;figure
 *
 * each row followed by from;to;confirmed;source. An empty `to` means that no
 * end is known. Lines that begin with # are comments. A row that pricing would
 * never look up (a case, an age or a rule that it does not know, a code in
 * other letters than questions are read in) is refused, not passed over.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/money.h"

#define RULES_WORD 20		/* bytes of an act, family, case, with NUL */
#define RULES_KEY 62		/* three words, "/" between, and NUL */
#define RULES_ACTS 1024
#define RULES_FACTS 8192	/* of one table */
#define RULES_MOST INT64_C(100000000)	/* cents of a figure: a million EUR */
#define RULES_LINE 2048		/* bytes of a line of a file */
#define RULES_NO_END INT32_MAX	/* `to` of a fact whose end is not known */

enum rules_table {
	RULES_BASES, RULES_RATES, RULES_EXEMPTIONS, RULES_PARTICIPATIONS,
	RULES_LIMITS, RULES_RENEWALS, RULES_RESPONSIBLE, RULES_TABLES
};

/* One row. What value means: cents (bases, participations, limits,
 * responsible amounts), ten-thousandths (rates, exemptions, responsible
 * rates), months (renewals). */
struct rules_fact {
	char key[RULES_KEY];	/* key columns, "/" between */
	int32_t from_day, to_day;	/* both included */
	int64_t value;
	int64_t day_cap, year_cap;	/* participations: cents, 0: none */
	bool participation;	/* exemptions: is it still taken? */
	bool rate;		/* responsible: value is a rate */
	bool confirmed;
	uint32_t line;		/* of the file, from 1 */
	const char *source;	/* lives as long as the rules */
};

/* Facts of one key, in order of their days. */
struct rules_series {
	const struct rules_fact *first;
	uint32_t count;
};

enum rules_class { RULES_CLASS_NONE, RULES_CLASS_A, RULES_CLASS_B,
	RULES_CLASS_MODERATE };
enum rules_lens { RULES_LENS_NONE, RULES_LENS_SIMPLE, RULES_LENS_COMPLEX,
	RULES_LENS_VERY };

/* How an act of a family takes part in what concerns several lines. */
enum rules_kind {
	RULES_PLAIN, RULES_DOCTOR, RULES_FRAME, RULES_LENS, RULES_AUDIO,
	RULES_STAY,		/* forfaits that a contract must cover whole */
};

struct rules_act {
	char code[RULES_WORD], family[RULES_WORD], domain[RULES_WORD];
	const char *label_fr, *label_en, *source;
	int32_t from_day, to_day;
	enum rules_class class;
	enum rules_lens lens;
	enum rules_kind kind;	/* by family */
	bool confirmed;
	bool varies;	/* some zone or case has a base of its own */
	uint32_t line, at;	/* at: its place in rules_acts */
	uint32_t group;	/* of the acts of one family and domain */
	/* made once at loading, so that pricing searches nothing */
	struct rules_series base, rate, rate_off, rate_local, rate_local_off;
	struct rules_series rate_heavy;
	struct rules_series participation, limit;
};

struct rules;

/* What is wrong with a file: "bases.csv:12: from: ...", what to do. */
struct rules_fault {
	char words[240];
};

/* Reads every file of folder. ERR_UNKNOWN: one is missing; ERR_SHAPE,
 * ERR_RANGE, ERR_EXISTS (two rows of one key overlap), ERR_LIMIT, ERR_REFUSED
 * (nothing looks it up): a row, told in *fault; ERR_NOMEM. */
MUST_CHECK enum err rules_load(
    const char *folder, struct rules **ret, struct rules_fault *fault);
void rules_free(struct rules *r);	/* NULL is fine */

/* The act of that code that lives on a day; NULL: unknown, or not then. */
const struct rules_act *rules_act(
    const struct rules *r, struct span code, int32_t day);
/* Some act of that code, whatever the day. */
const struct rules_act *rules_act_ever(const struct rules *r, struct span code);
const struct rules_act *rules_acts(const struct rules *r, size_t *ret_count);
/* How many groups there are: each act's is below that. */
size_t rules_groups(const struct rules *r);
bool rules_is_family(const struct rules *r, struct span word);
bool rules_is_domain(const struct rules *r, struct span word);
/* Has anything a base or a limit of its own there? */
bool rules_is_zone(const struct rules *r, const char *word);

/* The facts of a key; empty when there are none. */
struct rules_series rules_series(
    const struct rules *r, enum rules_table t, const char *key);
/* The fact in force on a day, or NULL. */
const struct rules_fact *rules_on(struct rules_series s, int32_t day);
/* Both in one. */
const struct rules_fact *rules_find(const struct rules *r,
    enum rules_table t, const char *key, int32_t day);
const struct rules_fact *rules_all(
    const struct rules *r, enum rules_table t, size_t *ret_count);
const char *rules_file(enum rules_table t);	/* "bases.csv" */

/*
 * Looks for what a machine can find: gaps between two rows of a key, acts
 * without a rate or a base, exemptions and participations of families that
 * there are not, rows without a source. Each finding goes to say; gives how
 * many are errors (gaps and missing rows of known acts are warnings).
 */
typedef void rules_say(void *ctx, bool error, const char *words);
unsigned rules_check(const struct rules *r, rules_say *say, void *ctx);
