/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/keeper.h"

static const char *const words[OFTEN_KINDS] = {
	[OFTEN_OVER] = "alarm: the vault's ceiling of persons",
	[OFTEN_NO_ROOM] = "an answer too long for its bundle",
	[OFTEN_LONG] = "an estimate longer than its room",
	[OFTEN_COUNT] = "counting failed",
	[OFTEN_UNHANDED] = "answer not handed over",
	[OFTEN_PACE] = "alarm: questions beyond a key's day",
	[OFTEN_FEED] = "feeds undone, or taken before",
};

bool often_may(struct keeper *k, enum often what)
{
	return log_often(&k->often[what], words[what],
	    clock_boot_ms(&k->hour.clock));
}

void often_say(struct keeper *k, bool all)
{
	for (unsigned i = 0; i < OFTEN_KINDS; i++)
		log_often_say(&k->often[i], words[i],
		    clock_boot_ms(&k->hour.clock), all);
}
