/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sites of an invented population, numbered through: all opticians, then
 * all audioprosthetists, and so on. A site is made again from its number.
 */
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include "people/plan.h"
#include "people/profession.h"

#define SITE_MAX 100000		/* NUMBERS_FINESS_COUNT */
#define SITE_LEAST 2		/* of each profession */
#define SITE_STAFF 8
#define SITE_KEY_SIZE 32	/* "keys/0E0000000.pem" and NUL */

/* How many of each profession, and the number of each one's first. */
struct site_plan {
	uint32_t count[PROFESSION_COUNT], first[PROFESSION_COUNT], total;
};

struct site {
	uint32_t index;
	unsigned profession;
	uint32_t nth;		/* of its profession, from 0 */
	/* A site has one number here, as FINESS and as billing number. */
	char id[NUMBERS_FINESS_SIZE];
	char siret[NUMBERS_SIRET_SIZE];
	char label[PLAN_LABEL_SIZE];
	char rpps[SITE_STAFF][NUMBERS_RPPS_SIZE];
	uint32_t staff;
	char key[SITE_KEY_SIZE];	/* its key file, below the folder */
	bool p256;			/* one in eight; the others Ed25519 */
};

/* By the number of members; at least SITE_LEAST of each. */
void site_plan_make(const struct plan *p, struct site_plan *ret);
/* About total sites in the same proportions. ERR_RANGE: fewer than one of
 * each, or more than SITE_MAX. */
MUST_CHECK enum err site_plan_scale(struct site_plan *s, uint32_t total);
/* "optician=80,gp=20": these, the others as they are. ERR_SHAPE,
 * ERR_UNKNOWN (profession), ERR_RANGE. */
MUST_CHECK enum err site_plan_set(struct site_plan *s, struct span list);

void site_make(
    const struct site_plan *s, uint32_t index, struct site *ret);
/* sites.csv, with LF. */
void site_head(FILE *f);
void site_line(FILE *f, const struct site *site);
/* How many questions its day has on average, times ten: never more than the
 * profession's day, and not more than the members of the plan give. */
uint32_t site_day_tenths(const struct plan *p, const struct site_plan *s,
    unsigned profession);
