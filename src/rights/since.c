/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include "rights/since.h"

int32_t since_first(
    const struct since_span *spans, unsigned count, int32_t day)
{
	int32_t first = day + 1;
	bool earlier = true;

	while (earlier) {
		earlier = false;
		for (unsigned i = 0; i < count; i++)
			if (spans[i].from_day < first &&
			    spans[i].last_day >= first - 1) {
				first = spans[i].from_day;
				earlier = true;
			}
	}
	return first;
}
