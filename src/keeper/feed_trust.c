/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/date.h"
#include "base/sabotage.h"
#include "keeper/feed.h"

/* The key before the present one may have signed what is on its way. */
static bool is_signed(const struct registry_insurer *i, struct span chunk)
{
	return SABOTAGED(FEED_SIGNATURE) ||
	    !feed_chunk_verify(chunk, i->feed_key) || (i->feed_before &&
	    !feed_chunk_verify(chunk, i->feed_before));
}

/* The AMC's cell whose feed key signed the chunk; NULL, *ret_no: none. of:
 * the only one that it may be, unless NULL. */
static const struct registry_insurer *signer(struct keeper *k,
    struct span amc, const struct registry_insurer *of, struct span chunk,
    enum feed_no *ret_no)
{
	const struct registry_insurer *i =
	    registry_insurer_first(k->registry, amc);

	*ret_no = FEED_NO_INSURER;
	for (; i; i = registry_insurer_next(k->registry, i)) {
		if (i->revoked || (of && i != of))
			continue;
		if (is_signed(i, chunk))
			return i;
		*ret_no = FEED_NO_SIGNATURE;
	}
	return NULL;
}

/* Made, or of a day, too far ahead: each would bar those of today. */
static bool is_ahead(struct keeper *k, const struct feed_chunk_head *head)
{
	int64_t now = keeper_now(k);

	return !k->registry->drill && (head->made_ms > now + FEED_AHEAD_MS ||
	    head->effective_day > date_of_ms(now) + FEED_AHEAD_DAYS);
}

const struct registry_insurer *feed_believe(struct keeper *k,
    struct feed_carrier *by, const struct registry_insurer *of,
    struct span chunk, struct feed_chunk_head *head)
{
	const struct registry_insurer *i = NULL;
	enum feed_no no = FEED_NOS;

	if (feed_chunk_head_parse(chunk, head)) {
		no = FEED_NO_SHAPE;
	} else if (of && strcmp(of->amc, head->amc) != 0) {
		no = FEED_NO_AMC;
	} else {
		i = signer(k, span_str(head->amc), of, chunk, &no);
		if (i)
			no = FEED_NOS;
		if (i && is_ahead(k, head))
			no = FEED_NO_AHEAD;
	}
	if (no == FEED_NOS)
		return i;
	feed_refuse(k, by, no, NULL);
	return NULL;
}
