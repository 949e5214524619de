/* SPDX-License-Identifier: Apache-2.0 */
#include "ids/amc.h"
#include "ids/compact.h"

struct ids_found amc_parse(struct span in, struct amc *ret)
{
	struct ids_found found = { 0 };
	struct amc id = { "0000000000" };
	struct compact c = compact_id(in);

	if (!compact_is_digits(&c))
		ids_add(&found, IDS_CHARACTER);
	if (c.n == 0 || c.n > AMC_LEN)
		ids_add(&found, IDS_LENGTH);
	if (!ids_readable(found))
		return found;
	memcpy(id.text + AMC_LEN - c.n, c.text, c.n);
	if (memcmp(id.text, "0000000000", AMC_LEN) == 0) {
		ids_add(&found, IDS_ZERO);
		return found;
	}
	if (c.n < AMC_LEN)
		ids_add(&found, IDS_PADDED);
	*ret = id;
	return found;
}
