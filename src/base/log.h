/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per event on standard error: time, program, level, words. Programs
 * log where a decision is taken; libraries never do. A line never holds a
 * NIR, a name, a birth date, a member number, a token or a key: identifiers
 * appear as entry indexes, cell numbers or the first 8 digits of a key id.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_init(const char *program, enum log_level least);
void log_say(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A line that somebody outside can cause, one a question: it would fill the
 * disk, and what matters would be dropped with it (journald.conf(5),
 * RateLimitBurst). One is written in LOG_OFTEN_MS; the others are counted, and
 * the count is a line of its own. All zero at first.
 */
#define LOG_OFTEN_MS 60000
struct log_often {
	int64_t next_ms;
	uint64_t more;
};
/* May it be written now (boot clock)? what: in the line of those before. */
bool log_often(struct log_often *o, const char *what, int64_t now_ms);
/* The same by this machine's clock. */
bool log_often_now(struct log_often *o, const char *what);
/* Says how many were counted, when their time is over or at the end (all). */
void log_often_say(
    struct log_often *o, const char *what, int64_t now_ms, bool all);
