/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "rights/held.h"

void held_clear(struct held *h)
{
	h->person_count = h->right_count = 0;
}

bool held_has_room(const struct held *h)
{
	return h->person_count < HELD_PERSONS && h->right_count < HELD_RIGHTS;
}

struct person_row *held_person(struct held *h, int64_t id)
{
	int64_t nth = h->person_count ? id - h->persons[0].id : -1;

	return nth >= 0 && nth < h->person_count ? &h->persons[nth] : NULL;
}

void held_add_person(struct held *h, const struct person_row *row)
{
	assert(h->person_count < HELD_PERSONS);
	h->persons[h->person_count++] = *row;
}

void held_add_right(struct held *h, const struct right_row *row)
{
	assert(h->right_count < HELD_RIGHTS);
	h->rights[h->right_count++] = *row;
}

void held_rights(const struct held *h, int64_t person,
    struct right_row ret[RIGHT_MOST], unsigned *ret_count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->right_count && n < RIGHT_MOST; i++)
		if (h->rights[i].person == person)
			ret[n++] = h->rights[i];
	*ret_count = n;
}
