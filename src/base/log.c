/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"

/* One process, one name: the only file-scope state below the programs. */
static const char *name = "ecluse";
static enum log_level threshold = LOG_INFO;

void log_init(const char *program, enum log_level least)
{
	name = program;
	threshold = least;
}

void log_say(enum log_level level, const char *format, ...)
{
	static const char *const words[] = {"debug", "info", "warn", "error"};
	struct clock clock = clock_system();
	char line[1024], stamp[DATE_STAMP_SIZE];
	va_list ap;
	int n, m;

	if (level < threshold)
		return;
	date_format_stamp(clock_wall_ms(&clock), stamp);
	n = snprintf(
	    line, sizeof(line), "%s %s %s: ", stamp, name, words[level]);
	va_start(ap, format);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	if (m < 0)
		return;
	n += m;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	/* one write, so that lines of several processes do not mix */
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

void log_often_say(
    struct log_often *o, const char *what, int64_t now_ms, bool all)
{
	if (o->more == 0 || (now_ms < o->next_ms && !all))
		return;
	log_say(LOG_WARN, "%s: %llu times more", what,
	    (unsigned long long)o->more);
	o->more = 0;
}

bool log_often(struct log_often *o, const char *what, int64_t now_ms)
{
	if (now_ms < o->next_ms) {
		o->more++;
		return false;
	}
	log_often_say(o, what, now_ms, true);
	o->next_ms = now_ms + LOG_OFTEN_MS;
	return true;
}

bool log_often_now(struct log_often *o, const char *what)
{
	struct clock clock = clock_system();

	return log_often(o, what, clock_boot_ms(&clock));
}
