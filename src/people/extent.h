/* SPDX-License-Identifier: Apache-2.0 */
/*
 * population.txt: what a population was made from and how far it goes, so
 * that the next month can be made from it. Lines "name value", all of them.
 */
#pragma once
#include "people/folder.h"
#include "people/plan.h"

#define EXTENT_FILE "population.txt"

struct extent {
	uint32_t families;	/* households written: 0 to families - 1 */
	uint32_t last_persons;	/* so many of the last one */
};

MUST_CHECK enum err extent_write(
    const struct plan *p, const struct extent *x, const struct folder *f);
/* ERR_UNKNOWN: no such file in the folder; ERR_SHAPE, ERR_RANGE. */
MUST_CHECK enum err extent_read(
    const char *folder, struct plan *ret_plan, struct extent *ret);
