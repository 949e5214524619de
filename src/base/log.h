/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per event on standard error: time, program, level, words. Programs
 * log where a decision is taken; libraries never do. A line never holds a
 * NIR, a name, a birth date, a member number, a token or a key: identifiers
 * appear as entry indexes, cell numbers or the first 8 digits of a key id.
 */
#pragma once

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_init(const char *program, enum log_level least);
void log_say(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
