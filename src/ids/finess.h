/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FINESS number of a health establishment (legal entity or place): 9
 * characters, department first. domain.md §1.4: the directory's own schema
 * allows letters, test environments use them (0B0172805, 1B0062023), and one
 * real number of an arrêté (020004300) fails the Luhn check that the others
 * pass.
 *
 * Corsican numbers begin with 2A or 2B; A counts as 1 and B as 2 in the check.
 * No text was found that says so: it follows from 17 numbers in acts of the
 * prefectures of Corse-du-Sud and Haute-Corse (attrap.fr, 2024 and 2025), all
 * of which hold so and none in any other reading of the letter.
 *
 * Other letters are found as IDS_LETTERED and their check digit is not looked
 * at: the two test numbers above agree on no reading.
 */
#pragma once
#include "ids/ids.h"

#define FINESS_LEN 9

struct finess {
	char text[FINESS_LEN + 1];	/* made by finess_parse alone */
};

/* IDS_CHARACTER, IDS_LENGTH; IDS_KEY, IDS_LETTERED. */
struct ids_found finess_parse(struct span in, struct finess *ret);
