/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A household: who lives there, and who insures whom.
 *
 * Parents and partners have their own NIR; children under 18 stand under a
 * parent's NIR with their own birth date and rank (domain.md §1.2), twins with
 * ranks 1 and 2 whatever their sex, for the match knows no sex; students have
 * their own NIR on a parent's contract. Parents insured apart have their
 * children on both contracts half the time, at two mutuelles or at one.
 * Some left last year or this year; half of those went to another mutuelle.
 *
 * Households 0 to FAMILY_SHOWN - 1 are the same in every population, so that
 * the smallest has one of each kind:
 *   0  one adult at the largest mutuelle, contract CONFORT, one card
 *   1  same-sex twins on both parents' contracts, of two mutuelles
 *   2  a girl and a boy, twins, on two contracts of the largest mutuelle
 *   3  one parent, a child, a student
 *   4  one adult whose rights closed this year
 *   5  one adult whose rights ended last year
 *   6  one adult of the last (hosted) mutuelle
 *   7  one adult with a lunar birth date
 *   8  one adult with a second insurer
 */
#pragma once
#include "people/house.h"

#define FAMILY_SHOWN HOUSE_SHOWN
#define FAMILY_PERSONS HOUSE_PERSONS
#define FAMILY_ROWS (FAMILY_PERSONS * 4)

struct family {
	uint8_t persons;	/* how many live there */
	uint8_t count;		/* of rows, in order of persons */
	struct row rows[FAMILY_ROWS];
};

/* A person's number: household * FAMILY_STEP + place in it, from 1. */
#define FAMILY_STEP 10

void family_make(const struct plan *p, uint32_t index, struct family *ret);
/* Leaves the first persons alone, for a population's last household. */
void family_cut(struct family *f, uint32_t persons);
