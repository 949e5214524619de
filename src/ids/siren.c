/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/compact.h"
#include "ids/luhn.h"
#include "ids/siren.h"

struct ids_found siren_parse(struct span in, struct siren *ret)
{
	struct ids_found found = { 0 };
	struct compact c = compact_id(in);

	if (!compact_is_digits(&c))
		ids_add(&found, IDS_CHARACTER);
	if (c.n != SIREN_LEN)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	if (!luhn_holds(c.text, SIREN_LEN))
		ids_add(&found, IDS_KEY);
	memcpy(ret->text, c.text, SIREN_LEN);
	ret->text[SIREN_LEN] = '\0';
	return found;
}
