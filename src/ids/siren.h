/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SIREN of an organisation: 9 digits, the last a Luhn digit, without any
 * exception known (La Poste's own 356000000 holds too). domain.md §1.4.
 */
#pragma once
#include "ids/ids.h"

#define SIREN_LEN 9

struct siren {
	char text[SIREN_LEN + 1];	/* made by siren_parse alone */
};

/* IDS_CHARACTER, IDS_LENGTH; IDS_KEY. */
struct ids_found siren_parse(struct span in, struct siren *ret);
