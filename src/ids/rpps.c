/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "ids/compact.h"
#include "ids/luhn.h"
#include "ids/rpps.h"

#define IDNPS_LEN (1 + RPPS_LEN)

struct ids_found rpps_parse(struct span in, struct rpps *ret)
{
	struct ids_found found = { 0 };
	char text[IDNPS_LEN];
	size_t n = compact_id(in, text, IDNPS_LEN);
	const char *number = text;

	if (n > 0 && !text_digits(span_of(text, n < IDNPS_LEN ? n : IDNPS_LEN)))
		ids_add(&found, IDS_CHARACTER);
	if (n == IDNPS_LEN && text[0] == '8') {
		ids_add(&found, IDS_IDNPS);
		number = text + 1;
	} else if (n != RPPS_LEN) {
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
