/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "insurer/head.h"

static bool is_named(struct span name, const char *text)
{
	while (name.n > 0 && name.p[0] == ' ')
		name = span_of(name.p + 1, name.n - 1);
	while (name.n > 0 && name.p[name.n - 1] == ' ')
		name.n--;
	return name.n == strlen(text) &&
	    strncasecmp((const char *)name.p, text, name.n) == 0;
}

static enum fault_column find(struct span name)
{
	unsigned i = 0;

	while (i < FAULT_COLUMNS &&
	    !is_named(name, fault_column_name((enum fault_column)i)))
		i++;
	return (enum fault_column)i;
}

size_t head_read(const struct span *names, size_t count, struct head *ret,
    struct head_fault faults[static HEAD_FAULTS])
{
	bool seen[FAULT_COLUMNS] = {false};
	struct head head = {{0}};
	size_t n = 0;

	for (size_t i = 0; i < count && i < HEAD_FIELDS; i++) {
		enum fault_column column = find(names[i]);

		if (column == FAULT_COLUMNS || seen[column]) {
			faults[n++] = (struct head_fault){column,
			    (uint32_t)i + 1,
			    column == FAULT_COLUMNS ? FAULT_UNKNOWN_COLUMN
			                            : FAULT_COLUMN_TWICE};
			continue;
		}
		seen[column] = true;
		head.place[column] = (uint8_t)i;
	}
	if (count > HEAD_FIELDS)
		faults[n++] = (struct head_fault){
		    FAULT_LINE, HEAD_FIELDS + 1, FAULT_UNKNOWN_COLUMN};
	for (unsigned i = 0; i < FAULT_COLUMNS; i++)
		if (!seen[i])
			faults[n++] = (struct head_fault){
			    (enum fault_column)i, 0, FAULT_COLUMN_MISSING};
	if (n == 0)
		*ret = head;
	return n;
}
