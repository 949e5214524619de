/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What purge does: how far back the journal's openings are taken away, or by
 * which day rights must have ended to be taken out of the vaults.
 */
#include "base/date.h"
#include "registry/turns.h"
#include "registry/words.h"

static enum err purge_ended(struct words_work *w)
{
	int32_t day = 0;

	if (w->line.count != 1)
		return words_say(w, ERR_SHAPE, "ended stands by itself");
	if (date_parse(words_value(w, "ended"), &day) || day <= 0)
		return words_say(w, ERR_SHAPE, "ended is YYYY-MM-DD");
	if (day > date_of_ms(w->head->time_ms) - LIMIT_PURGE_DAYS)
		return words_say(w, ERR_STATE, REGISTRY_PURGE_EARLY);
	if (day <= w->r->purged_day)
		return words_say(w, ERR_EXISTS, REGISTRY_PURGE_TWICE);
	w->r->purged_day = day;
	return ERR_OK;
}

enum err words_purge(struct words_work *w)
{
	uint32_t month = 0;
	enum err e;

	if (words_value(w, "ended").n > 0)
		return purge_ended(w);
	e = words_turn_month(w, &month);
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
