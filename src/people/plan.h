/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an invented population is made from: its size, its mutuelles, its day
 * and its seed. Everything else (families, sites, the day's questions) is a
 * pure function of the plan and an index, so that any of them can be made
 * again at any moment and nothing has to be kept in memory. Whole numbers
 * alone: the same seed gives the same bytes on every machine.
 */
#pragma once
#include <stdint.h>
#include "base/date.h"
#include "base/limits.h"
#include "base/random.h"
#include "people/numbers.h"

#define PLAN_MEMBERS_MAX 2000000	/* under NUMBERS_NIR_COUNT households */
#define PLAN_INSURERS_MAX 60
#define PLAN_LABEL_SIZE 64
#define PLAN_OPERATOR_SIZE 16

#define PLAN_DAY_DEFAULT "2026-11-23"	/* a Monday */

/* A mutuelle. Sizes are uneven: the nth has 1/n of the first's members. */
struct plan_insurer {
	char amc[NUMBERS_AMC_SIZE];
	char label[PLAN_LABEL_SIZE];
	char operator[PLAN_OPERATOR_SIZE];
	char hosted_by[PLAN_OPERATOR_SIZE];	/* empty: not hosted */
	char convention[LIMIT_CONVENTION + 1];
	char csr[LIMIT_CSR + 1];
	uint64_t weight;	/* its own and those before it, summed up */
};

struct plan {
	uint32_t members;	/* persons, former ones among them */
	uint32_t insurers;
	uint64_t seed;
	int32_t day;		/* the state of the books, and of the day's
				 * questions */
	int year;		/* of day */
	struct plan_insurer insurer[PLAN_INSURERS_MAX];
};

/* Streams that never meet, one for each kind of thing and index. */
enum plan_stream {
	PLAN_FAMILY = 1, PLAN_CARD, PLAN_KEY, PLAN_SITE, PLAN_DAY, PLAN_NEXT
};

/* ERR_RANGE: no members or insurers, or more than the limits. */
MUST_CHECK enum err plan_make(uint32_t members, uint32_t insurers,
    uint64_t seed, int32_t day, struct plan *ret);
/* The last one is reached through a hosted operator, when there are two. */
bool plan_is_hosted(const struct plan *p, uint32_t insurer);
/* A mutuelle by its size. */
uint32_t plan_pick_insurer(const struct plan *p, struct random_seeded *r);
void plan_random(const struct plan *p, enum plan_stream stream,
    uint64_t index, struct random_seeded *ret);
/* true in percent cases of a hundred. */
bool plan_chance(struct random_seeded *r, uint32_t percent);
/* from and to included. */
int plan_between(struct random_seeded *r, int from, int to);
