/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/csv.h"
#include "insurer/leave.h"
#include "insurer/source.h"

#define SEPARATOR ';'
#define LOOK_EVERY 64	/* lines: who wants us to end */

static enum err read_head(struct source *s,
    struct head_fault faults[static HEAD_FAULTS], size_t *ret_count)
{
	struct span names[HEAD_FIELDS + 1];
	size_t n, count;
	char *line;
	enum err e = lines_next(&s->lines, &line, &n);
	enum fault_reason many = e ? FAULT_LONG_LINE : FAULT_FIELDS;

	if (e == ERR_IO)
		return e;
	if (!e)
		e = csv_split(
		    line, n, SEPARATOR, names, HEAD_FIELDS + 1, &count);
	if (e) {
		faults[0] = (struct head_fault){FAULT_LINE, 0,
		    e == ERR_CLOSED ? FAULT_NO_HEAD :
		    e == ERR_SHAPE  ? FAULT_QUOTES : many};
		*ret_count = 1;
		return ERR_SHAPE;
	}
	*ret_count = head_read(names, count, &s->head, faults);
	return *ret_count > 0 ? ERR_SHAPE : ERR_OK;
}

enum err source_open(struct source *s, const char *path,
    const struct member_rules *rules,
    struct head_fault faults[static HEAD_FAULTS], size_t *ret_count)
{
	enum err e;

	*s = (struct source){.rules = *rules};
	e = lines_open(&s->lines, path, LIMIT_FEED_LINE);
	if (e)
		return e;
	e = read_head(s, faults, ret_count);
	if (e)
		source_close(s);
	return e;
}

void source_close(struct source *s)
{
	lines_close(&s->lines);
}

uint32_t source_line(const struct source *s)
{
	return s->lines.number;
}

uint64_t source_bytes(const struct source *s)
{
	return s->lines.read;
}

static enum err whole_line(
    struct member_faults *faults, enum fault_reason reason)
{
	faults->count = 1;
	faults->list[0].column = FAULT_LINE;
	faults->list[0].reason = reason;
	return ERR_SHAPE;
}

enum err source_next(struct source *s, struct member *ret,
    struct member_faults *faults)
{
	struct span fields[HEAD_FIELDS];
	size_t n, count = 0;
	char *line;
	enum err e;

	if (s->lines.number % LOOK_EVERY == 0 && leave_asked())
		return ERR_STATE;
	for (;;) {
		e = lines_next(&s->lines, &line, &n);
		s->text_n = 0;
		if (e == ERR_LIMIT)
			return whole_line(faults, FAULT_LONG_LINE);
		if (e)
			return e;
		if (n > 0)
			break;
		s->empty++;
	}
	s->text_n = n < sizeof(s->text) ? n : sizeof(s->text);
	memcpy(s->text, line, s->text_n);
	e = csv_split(line, n, SEPARATOR, fields, HEAD_FIELDS, &count);
	if (e == ERR_SHAPE)
		return whole_line(faults, FAULT_QUOTES);
	if (e || count != HEAD_FIELDS)
		return whole_line(faults, FAULT_FIELDS);
	member_read(&s->head, fields, &s->rules, ret, faults);
	return faults->count > 0 ? ERR_SHAPE : ERR_OK;
}
