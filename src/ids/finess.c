/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "ids/compact.h"
#include "ids/finess.h"
#include "ids/luhn.h"

static bool is_shaped(const char *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(t[i] >= '0' && t[i] <= '9') &&
		    !(t[i] >= 'A' && t[i] <= 'Z'))
			return false;
	return true;
}

static void look_at_key(const char *t, struct ids_found *found)
{
	char digits[FINESS_LEN];

	memcpy(digits, t, FINESS_LEN);
	if (t[0] == '2' && (t[1] == 'A' || t[1] == 'B'))
		digits[1] = t[1] == 'A' ? '1' : '2';
	if (!text_digits(span_of(digits, FINESS_LEN)))
		ids_add(found, IDS_LETTERED);
	else if (!luhn_holds(digits, FINESS_LEN))
		ids_add(found, IDS_KEY);
}

struct ids_found finess_parse(struct span in, struct finess *ret)
{
	struct ids_found found = { 0 };
	struct finess id = { "" };
	size_t n = compact_id(in, id.text, FINESS_LEN);

	if (!is_shaped(id.text, n < FINESS_LEN ? n : FINESS_LEN))
		ids_add(&found, IDS_CHARACTER);
	if (n != FINESS_LEN)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	look_at_key(id.text, &found);
	*ret = id;
	return found;
}
