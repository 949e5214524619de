/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number of a complementary insurer (AMC): 10 digits on the harmonised
 * card; older ones and other systems leave out zeros in front. They are put
 * back, so that two spellings of one number compare equal (domain.md §1.5).
 * It has no check digit.
 */
#pragma once
#include "ids/ids.h"

#define AMC_LEN 10

struct amc {
	char text[AMC_LEN + 1];		/* made by amc_parse alone */
};

/* IDS_CHARACTER, IDS_LENGTH (none, or more than 10), IDS_ZERO; IDS_PADDED. */
struct ids_found amc_parse(struct span in, struct amc *ret);
