/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SIRET of an establishment: the SIREN of its organisation and 5 digits,
 * the last a Luhn digit over all 14. domain.md §1.4.
 *
 * La Poste (SIREN 356000000) has more establishments than Luhn digits leave
 * room for: theirs hold when the plain sum of the 14 digits is a multiple of
 * 5. Its head office, 35600000000048, is an ordinary SIRET.
 */
#pragma once
#include "ids/ids.h"

#define SIRET_LEN 14

struct siret {
	char text[SIRET_LEN + 1];	/* made by siret_parse alone */
};

/* IDS_CHARACTER, IDS_LENGTH; IDS_KEY, IDS_SIREN_KEY, IDS_LA_POSTE. */
struct ids_found siret_parse(struct span in, struct siret *ret);
