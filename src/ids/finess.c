/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "ids/compact.h"
#include "ids/finess.h"
#include "ids/luhn.h"

static bool is_shaped(const struct compact *c)
{
	for (size_t i = 0; i < c->kept; i++)
		if (!(c->text[i] >= '0' && c->text[i] <= '9') &&
		    !(c->text[i] >= 'A' && c->text[i] <= 'Z'))
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
	struct compact c = compact_id(in);

	if (!is_shaped(&c))
		ids_add(&found, IDS_CHARACTER);
	if (c.n != FINESS_LEN)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	look_at_key(c.text, &found);
	memcpy(ret->text, c.text, FINESS_LEN);
	ret->text[FINESS_LEN] = '\0';
	return found;
}
