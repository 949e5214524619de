/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The NIR, the French social security number: sex 1, year 2, month 2, place 5
 * (department 2, commune 3), order 3, key 2. domain.md §1.2.
 *
 * The key, 01 to 97, is 97 - (N mod 97), N being the 13 characters before it
 * read as a number; Corsica's 2A counts as 19 there and 2B as 18. Only the
 * department may hold a letter, and only these two.
 *
 * What is rare and right is found, never refused: first digits 3, 4, 7, 8
 * (registration under way) and 5, 6 (migrants, in transit), table IR_NIR_V of
 * the SNDS; months 20, 30 to 42 and 50 to 99 (civil status incomplete).
 *
 * Fictive numbers stand for nobody: professionals bill anonymous care with
 * [12] 55 55 55 CCC NNN, CCC being the local fund (for contraception of minors
 * NNN is 042: lepharmaciendefrance.fr/node/6220, fmfpro.org/?p=279). All of
 * that prefix is taken as fictive: whoever is asked about must not be found by
 * it, and a real person of 1955, unknown month 55, department 55 cannot be
 * told apart.
 */
#pragma once
#include <stdbool.h>
#include "ids/ids.h"

#define NIR_LEN 15
#define NIR_BODY 13	/* without the key: what matching uses */

struct nir {
	char text[NIR_LEN + 1];		/* made by nir_parse alone */
};

/*
 * IDS_CHARACTER, IDS_LENGTH; IDS_KEY, IDS_NO_KEY (13 characters are completed
 * with their key: files and cards often leave it out); IDS_FICTIVE,
 * IDS_PROVISIONAL, IDS_MIGRANT, IDS_LEADING, IDS_PSEUDO_MONTH, IDS_ODD_MONTH.
 */
struct ids_found nir_parse(struct span in, struct nir *ret);

/* The key that 13 well-formed characters call for, 1 to 97. */
int nir_key(const char body[static NIR_BODY]);
/* Stands for anonymous care: never matches a person (design §4). */
bool nir_is_fictive(const struct nir *id);
