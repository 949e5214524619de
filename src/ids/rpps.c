/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/compact.h"
#include "ids/luhn.h"
#include "ids/rpps.h"

#define IDNPS_LEN (1 + RPPS_LEN)

struct ids_found rpps_parse(struct span in, struct rpps *ret)
{
	struct ids_found found = { 0 };
	struct compact c = compact_id(in);
	const char *number = c.text;

	if (!compact_is_digits(&c))
		ids_add(&found, IDS_CHARACTER);
	if (c.n == IDNPS_LEN && c.text[0] == '8') {
		ids_add(&found, IDS_IDNPS);
		number = c.text + 1;
	} else if (c.n != RPPS_LEN) {
		ids_add(&found, IDS_LENGTH);
	}
	if (!ids_readable(found))
		return found;
	if (!luhn_holds(number, RPPS_LEN))
		ids_add(&found, IDS_KEY);
	memcpy(ret->text, number, RPPS_LEN);
	ret->text[RPPS_LEN] = '\0';
	return found;
}
