/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The professions of an invented population: how many sites there are, and
 * how many persons one of them handles on an ordinary day. Codes as in
 * data/professions.csv, figures from breach.md §7.1 where they are known.
 */
#pragma once
#include <stdint.h>
#include "base/buf.h"

#define PROFESSION_COUNT 14
#define PROFESSION_OPTICIAN 0
#define PROFESSION_DOMAINS 2

struct profession {
	const char *code;
	const char *title;	/* of a site, in French */
	int kind;		/* third digit of a billing number, §1.4 */
	uint32_t members_per_site;
	uint32_t day_tenths;	/* persons of a site's day, times ten */
	uint32_t staff;		/* professionals at a site, at most */
	uint32_t card;		/* of a hundred questions, with the card */
	uint32_t near;		/* patients come from so many sites' people */
	int open_h, close_h;	/* UTC */
	const char *domains[PROFESSION_DOMAINS];	/* the first: 4 of 5 */
};

const struct profession *profession_get(unsigned which);
/* ERR_UNKNOWN. */
MUST_CHECK enum err profession_find(struct span code, unsigned *ret);
