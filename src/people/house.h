/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A household before anybody insures it: who lives there, their births and
 * NIR, and what makes it unlike others (family.h tells of both).
 */
#pragma once
#include "people/plan.h"
#include "people/row.h"

#define HOUSE_PERSONS 6
#define HOUSE_SHOWN 9	/* of fixed kinds: family.h */

enum house_shape {
	HOUSE_SINGLE, HOUSE_COUPLE, HOUSE_PARENTS, HOUSE_LONE_PARENT
};
enum house_apart { HOUSE_TOGETHER, HOUSE_TWO_MUTUELLES, HOUSE_TWO_CONTRACTS };
enum house_twins { HOUSE_NO_TWINS, HOUSE_SAME_SEX, HOUSE_BOTH_SEXES };
enum house_past { HOUSE_STAYS, HOUSE_LEFT_THIS_YEAR, HOUSE_LEFT_LAST_YEAR };

/* What makes one household unlike another: drawn, or shown (family.h). */
struct house_whim {
	enum house_shape shape;
	enum house_apart apart;
	bool both;	/* children on both contracts */
	enum house_twins twins;
	enum house_past past;
	bool moved;	/* who left has another mutuelle now */
	bool lunar, second;
	bool fixed;	/* the largest insurer, an ordinary card and contract */
	bool hosted;	/* and fixed: the last insurer */
};

struct house_person {
	enum row_kin kin;
	int sex, age, year, month, day;	/* month 0, day 0: lunar */
	char birth[ROW_BIRTH_SIZE], nir[NUMBERS_NIR_SIZE];
	int rank;
};

struct house {
	const struct plan *p;
	uint32_t index;
	struct random_seeded r;	/* goes on where the house was made */
	struct house_whim whim;
	struct house_person who[HOUSE_PERSONS];
	int persons;
};

void house_make(const struct plan *p, uint32_t index, struct house *ret);
/* All but children under a parent's NIR. */
bool house_own_nir(const struct house_person *s);
