/* SPDX-License-Identifier: Apache-2.0 */
/* What purge does: how far back the journal's openings are taken away. */
#include "registry/turns.h"
#include "registry/words.h"

enum err words_purge(struct words_work *w)
{
	uint32_t month = 0;
	enum err e = words_turn_month(w, &month);

	if (e)
		return e;
	if (!turns_month_destroyed(w->r, month))
		return words_say(w, ERR_STATE, "the key of this month is not "
		    "destroyed: ecluse keys destroy month first");
	if (month <= w->r->purged_month)
		return words_say(w, ERR_EXISTS, "it is purged already");
	w->r->purged_month = month;
	return ERR_OK;
}
