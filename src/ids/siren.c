/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "ids/compact.h"
#include "ids/luhn.h"
#include "ids/siren.h"

struct ids_found siren_parse(struct span in, struct siren *ret)
{
	struct ids_found found = { 0 };
	struct siren id = { "" };
	size_t n = compact_id(in, id.text, SIREN_LEN);

	if (n > 0 && !text_digits(span_of(id.text,
	    n < SIREN_LEN ? n : SIREN_LEN)))
		ids_add(&found, IDS_CHARACTER);
	if (n != SIREN_LEN)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	if (!luhn_holds(id.text, SIREN_LEN))
		ids_add(&found, IDS_KEY);
	*ret = id;
	return found;
}
