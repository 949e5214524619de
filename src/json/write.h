/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON into a struct buf, compact, with the commas put in where they
 * belong. Errors stick in the buf: check its err once at the end.
 *
 *	struct json_writer w = json_writer_of(&out);
 *	json_write_begin(&w, '{');
 *	json_write_name(&w, "status");
 *	json_write_text(&w, "active");
 *	json_write_end(&w, '}');
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

struct json_writer {
	struct buf *out;
	bool comma;	/* the next value or name needs one before it */
};

struct json_writer json_writer_of(struct buf *out);
void json_write_begin(struct json_writer *w, char bracket);	/* { or [ */
void json_write_end(struct json_writer *w, char bracket);	/* } or ] */
void json_write_name(struct json_writer *w, const char *name);
/* A string; bytes that are not UTF-8 set ERR_SHAPE. */
void json_write_text(struct json_writer *w, const char *text);
void json_write_span(struct json_writer *w, struct span text);
void json_write_int(struct json_writer *w, int64_t v);
void json_write_bool(struct json_writer *w, bool v);
/* name and string in one call. */
void json_write_pair(struct json_writer *w, const char *name,
    const char *text);
