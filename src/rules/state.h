/* SPDX-License-Identifier: Apache-2.0 */
/* What struct rules holds, inside rules/ alone. */
#pragma once
#include "base/map.h"
#include "rules/rules.h"

struct rules_list {
	struct rules_fact *facts;	/* in order of key, then from_day */
	size_t count;
};

struct rules {
	struct rules_act *acts;		/* in order of code, then from_day */
	size_t act_count, group_count;
	struct map by_code;		/* code -> first place in acts */
	struct rules_list lists[RULES_TABLES];
	struct buf texts;		/* sources and labels, each with NUL */
	char *text;			/* where texts ended up */
};
