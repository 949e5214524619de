/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RPPS number of a health professional: 11 digits, one for life, whatever
 * the profession or the place; the last is a Luhn digit. domain.md §1.4: the
 * real numbers published hold by it, examples of the official guides do not,
 * hence a finding and not a refusal.
 *
 * Pro Santé Connect and the directory also give the IDNPS, the digit 8 in
 * front of an RPPS (urn:oid:1.2.250.1.71.4.2.1); it is read as the RPPS that
 * it holds. The other IDNPS (0 + ADELI) is withdrawn and not read.
 */
#pragma once
#include "ids/ids.h"

#define RPPS_LEN 11

struct rpps {
	char text[RPPS_LEN + 1];	/* made by rpps_parse alone */
};

/* IDS_CHARACTER, IDS_LENGTH; IDS_KEY, IDS_IDNPS. */
struct ids_found rpps_parse(struct span in, struct rpps *ret);
