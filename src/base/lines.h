/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a text file, one at a time: memory does not grow with the
 * file. A line ends with LF, CR LF or the end of the file; a UTF-8 byte order
 * mark at the very start (Excel writes one) is skipped.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct lines {
	int fd;
	char *window;		/* bytes read and not yet handed out */
	size_t start, end, size;
	size_t max;		/* bytes of the longest line */
	uint64_t read;		/* bytes read from the file so far */
	uint32_t number;	/* of the line last handed out, from 1 */
	bool at_end;
};

/* path "-" is standard input. ERR_UNKNOWN: no such file; ERR_IO; ERR_NOMEM. */
MUST_CHECK enum err lines_open(
    struct lines *l, const char *path, size_t max);
void lines_close(struct lines *l);
/*
 * The next line without its end; *ret may be written to and lives until the
 * next call. ERR_CLOSED: there is none; ERR_LIMIT: it is longer than max and
 * was skipped whole (number is its number, the next call goes on); ERR_IO.
 */
MUST_CHECK enum err lines_next(struct lines *l, char **ret, size_t *ret_n);
