/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an open feed does to rows that no line names, in steps short enough to
 * answer questions in between. Each function does one step and says in
 * *ret_more whether another is needed; a struct sweep starts at zeros.
 *
 *	fresh is full:		sweep_spill
 *	end:			sweep_write; or sweep_spill, then sweep_pour
 *	full feed, at its end:	sweep_drop, then sweep_end_tags
 *	changes, at their end:	sweep_drop_listed, then sweep_end_tags
 *	delta, at its end:	sweep_end_tags
 *	after the commit:	sweep_tidy
 *	instead of the commit:	sweep_undo
 */
#pragma once
#include "rights/stage.h"

enum sweep_part { SWEEP_ALIASES, SWEEP_PERSONS, SWEEP_RIGHTS, SWEEP_COVERS,
	SWEEP_UNTIDY };

struct sweep {
	int64_t person, id;	/* the row reached; of COVERS: person */
	bool listed;		/* has the feed named that person? */
	size_t place;		/* in stage.fresh */
	enum sweep_part part;	/* of undoing */
	struct alias_at at;
};

/* Aliases that wait in memory go into sorted runs on the disk. */
MUST_CHECK enum err sweep_spill(
    struct stage *st, struct sweep *sw, bool *ret_more);
/* All runs go into the table, in the order of their tags. */
MUST_CHECK enum err sweep_pour(
    struct stage *st, struct sweep *sw, bool *ret_more);
/* Writes the aliases that wait in memory, in their order. */
MUST_CHECK enum err sweep_write(
    struct stage *st, struct sweep *sw, bool *ret_more);
/*
 * Rights that the feed did not list end the day before its effective day;
 * those that would begin later vanish. Of persons it did not list at all the
 * cards end; their other tags stay, for past days of care.
 */
MUST_CHECK enum err sweep_drop(
    struct stage *st, struct sweep *sw, bool *ret_more);
/* The same for persons that the feed did list, and for nobody else. */
MUST_CHECK enum err sweep_drop_listed(
    struct stage *st, struct sweep *sw, bool *ret_more);
/* One right that is not listed; the cards of a person who is not. */
MUST_CHECK enum err sweep_drop_right(
    struct stage *st, const struct right_row *right);
MUST_CHECK enum err sweep_end_cards(struct stage *st, int64_t who);
/* Ends the tags that were noted as missing. */
MUST_CHECK enum err sweep_end_tags(
    struct stage *st, struct sweep *sw, bool *ret_more);
/* Deletes what the committed feed has ended. */
MUST_CHECK enum err sweep_tidy(
    struct stage *st, struct sweep *sw, bool *ret_more);
/* Deletes what the feed has brought, brings back what it has ended, and closes
 * it. May be begun again from the start at any time. */
MUST_CHECK enum err sweep_undo(
    struct stage *st, struct sweep *sw, bool *ret_more);
