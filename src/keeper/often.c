/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include "keeper/keeper.h"

#define LINE 256

static const char *const words[OFTEN_KINDS] = {
	[OFTEN_OVER] = "alarm: the vault's ceiling of persons",
	[OFTEN_NO_ROOM] = "an answer too long for its bundle",
	[OFTEN_LONG] = "an estimate longer than its room",
	[OFTEN_COUNT] = "counting failed",
	[OFTEN_UNHANDED] = "answer not handed over",
	[OFTEN_PACE] = "alarm: questions beyond a key's day",
	[OFTEN_DOOR] = "alarm: administrators not taken in",
	[OFTEN_FEED] = "feeds undone, or taken before",
	[OFTEN_WAITS] = "feeds that wait for another's",
};

bool often_may(struct keeper *k, enum often what)
{
	return log_often(&k->often[what], words[what],
	    clock_boot_ms(&k->hour.clock));
}

void often_line(struct keeper *k, enum often what, enum log_level level,
    const char *format, ...)
{
	char line[LINE];
	va_list ap;

	if (!often_may(k, what))
		return;
	va_start(ap, format);
	(void)vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	log_say(level, "%s", line);
}

void often_say(struct keeper *k, bool all)
{
	for (unsigned i = 0; i < OFTEN_KINDS; i++)
		log_often_say(&k->often[i], words[i],
		    clock_boot_ms(&k->hour.clock), all);
}
