/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention (docs/operations.md): what ended long ago goes, a page of persons
 * at a time, while no feed is open.
 *
 *   rights whose last day is ended_day or before are deleted;
 *   a person without any right left loses every alias but those of his handle
 *   and his number: questions find nobody, a return and lists find him;
 *   the rest of him goes when the last day on which a question could name him
 *   lies before live_day: no entry that can be opened names him any more.
 *
 * A crash leaves whole steps; the walk begins again and changes nothing twice.
 * Cover texts stay: they say what a contract pays, and name nobody.
 */
#pragma once
#include "msg/retain.h"
#include "rights/roll.h"

/*
 * What is asked, held against this vault's own day: a keeper that was taken
 * over makes it forget nothing early. ERR_RANGE: rights that ended less than a
 * year ago are kept (a day more or less: two clocks). Handles and numbers stay
 * for as long as a month may be opened that names them, whatever live_day says;
 * and nobody is said to have gone before this day.
 */
MUST_CHECK enum err retain_bound(struct retain_ask *ask, int32_t today);
/* Never inside roll_read. *ret views nothing. On failure nothing of this step
 * is left, but for the dry ones, which change nothing. */
MUST_CHECK enum err retain_step(struct roll *roll,
    const struct retain_ask *ask, struct retain_said *ret);
