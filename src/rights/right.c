/* SPDX-License-Identifier: Apache-2.0 */
#include "rights/right.h"

int32_t right_last_day(const struct right_row *r)
{
	if (r->closed_day != 0 && r->closed_day < r->to_day)
		return r->closed_day;
	return r->to_day;
}

bool right_in_force(const struct right_row *r, int32_t day)
{
	return r->from_day <= day && day <= right_last_day(r);
}

bool right_equal(const struct right_row *a, const struct right_row *b)
{
	return a->cell == b->cell && a->person == b->person &&
	    a->cover == b->cover && a->order == b->order &&
	    a->from_day == b->from_day && a->to_day == b->to_day &&
	    a->closed_day == b->closed_day && a->age_class == b->age_class &&
	    a->age_change == b->age_change;
}
