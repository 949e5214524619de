/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "ids/amc.h"
#include "ids/compact.h"

struct ids_found amc_parse(struct span in, struct amc *ret)
{
	struct ids_found found = { 0 };
	struct amc id = { "0000000000" };
	char text[AMC_LEN];
	size_t n = compact_id(in, text, AMC_LEN);

	if (n > 0 && !text_digits(span_of(text, n < AMC_LEN ? n : AMC_LEN)))
		ids_add(&found, IDS_CHARACTER);
	if (n == 0 || n > AMC_LEN)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	memcpy(id.text + AMC_LEN - n, text, n);
	if (memcmp(id.text, "0000000000", AMC_LEN) == 0) {
		ids_add(&found, IDS_ZERO);
		return found;
	}
	if (n < AMC_LEN)
		ids_add(&found, IDS_PADDED);
	*ret = id;
	return found;
}
