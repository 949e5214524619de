/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/csv.h"

/* The quoted field at line[*at]; *at goes behind the closing quote. */
static enum err take_quoted(
    char *line, size_t n, size_t *at, struct span *field)
{
	size_t from = *at + 1, to = from;

	for (size_t i = from; i < n; i++) {
		if (line[i] == '"') {
			if (i + 1 >= n || line[i + 1] != '"') {
				*field = span_of(line + from, to - from);
				*at = i + 1;
				return ERR_OK;
			}
			i++;
		}
		line[to++] = line[i];
	}
	return ERR_SHAPE;
}

static enum err take_bare(
    char *line, size_t n, char separator, size_t *at, struct span *field)
{
	char *end = memchr(line + *at, separator, n - *at);
	size_t to = end ? (size_t)(end - line) : n;

	if (memchr(line + *at, '"', to - *at))
		return ERR_SHAPE;
	*field = span_of(line + *at, to - *at);
	*at = to;
	return ERR_OK;
}

enum err csv_split(char *line, size_t n, char separator, struct span *fields,
    size_t max, size_t *ret_count)
{
	size_t at = 0, count = 0;

	for (;;) {
		enum err e;

		if (count == max)
			return ERR_LIMIT;
		if (at < n && line[at] == '"')
			e = take_quoted(line, n, &at, &fields[count]);
		else
			e = take_bare(line, n, separator, &at, &fields[count]);
		if (e)
			return e;
		count++;
		if (at == n)
			break;
		if (line[at] != separator)
			return ERR_SHAPE;
		at++;
	}
	*ret_count = count;
	return ERR_OK;
}
