/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that somebody else wrote, such as a file's name in a folder that came
 * by mail, fit for a terminal and for JSON: it moves no cursor, turns no
 * direction of writing, and begins no line.
 */
#pragma once
#include <stdarg.h>
#include <stdio.h>
#include "base/buf.h"
#include "base/utf8.h"

#define SHOWN_SIZE 4096

/*
 * Whatever is not UTF-8, is a control character (line feeds are) or cannot be
 * seen (directions, zero widths, line separators) stands as \xNN, a byte each;
 * the rest as it is. Cut to size, with "..." at the end. Gives out.
 */
const char *shown_text(struct span text, char *out, size_t size);

/* For one statement: lasts as long as the block that says it. */
#define shown(text) \
	shown_text(span_str(text), (char[SHOWN_SIZE]){""}, SHOWN_SIZE)

/*
 * For a command that is told to be typed: one word of a shell and no option,
 * in quotes where it needs them.
 */
const char *shown_quoted(const char *text, char *out, size_t size);
#define shown_word(text) \
	shown_quoted((text), (char[SHOWN_SIZE]){""}, SHOWN_SIZE)

/* For JSON, which escapes what it must: as it is if that is UTF-8. */
#define shown_json(text) \
	(utf8_is_valid(span_str(text)) ? (text) : shown(text))

/* Prints; only line feeds are what they are, whoever wrote them. */
void shown_print(FILE *f, const char *format, va_list values)
    __attribute__((format(printf, 2, 0)));
void shown_say(FILE *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
