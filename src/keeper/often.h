/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log hears of and an asker, a mutuelle or a gate can cause at will:
 * one line a minute of each kind, then how many more (base/log.h). Which kind
 * of which cell came first says nothing about the others: the counts do, and
 * `status`, `budgets` and the journal say whose.
 */
#pragma once
#include <stdbool.h>
#include "base/log.h"

struct keeper;

enum often {
	OFTEN_OVER,		/* a vault's ceiling of persons */
	OFTEN_NO_ROOM,		/* an answer too long for its bundle */
	OFTEN_LONG,		/* an estimate longer than its room */
	OFTEN_COUNT,		/* counting failed */
	OFTEN_UNHANDED,		/* an answer that its gate did not take */
	OFTEN_PACE,		/* a key that asks too often for a day */
	OFTEN_FEED,		/* a feed undone, or taken before */
	OFTEN_WAITS,		/* a feed that another one is in the way of */
	OFTEN_DOOR,		/* no descriptor for an administrator */
	OFTEN_KINDS
};

/* May a line of this kind be written now? Else it is counted. */
bool often_may(struct keeper *k, enum often what);
/* Writes it, if it may. */
void often_line(struct keeper *k, enum often what, enum log_level level,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Every second, and at the end (all): the counts. */
void often_say(struct keeper *k, bool all);
