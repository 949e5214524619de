/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "keeper/gap.h"

#define GAP_BOOT_ID "/proc/sys/kernel/random/boot_id"	/* random(4) */
#define GAP_ID 36
#define GAP_LINE (GAP_ID + 32)

/* The first line of the file at path, without its end. */
static enum err read_line(
    const char *path, char *out, size_t size)
{
	struct buf text;
	enum err e;

	buf_init(&text, GAP_LINE);
	e = file_read(path, &text);
	if (!e && (text.n == 0 || text.p[text.n - 1] != '\n'))
		e = ERR_SHAPE;
	if (!e)
		e = text_copy(span_of(text.p, text.n - 1), out, size);
	buf_release(&text);
	return e;
}

static enum err boot_id(char out[static GAP_ID + 1])
{
	enum err e = read_line(GAP_BOOT_ID, out, GAP_ID + 1);

	return e ? ERR_IO : strlen(out) == GAP_ID ? ERR_OK : ERR_SHAPE;
}

enum err gap_load(const char *dir, int64_t *ret_ms)
{
	char path[PATH_MAX], id[GAP_ID + 1], line[GAP_LINE];
	uint64_t ms = 0;
	enum err e = file_path(path, sizeof(path), dir, "keeper/gap");

	if (!e)
		e = boot_id(id);
	if (!e)
		e = read_line(path, line, sizeof(line));
	if (e)
		return e;
	if (strncmp(line, id, GAP_ID) != 0 || line[GAP_ID] != ' ' ||
	    text_u64(span_str(line + GAP_ID + 1), INT64_MAX, &ms))
		return ERR_UNKNOWN;
	*ret_ms = (int64_t)ms;
	return ERR_OK;
}

enum err gap_save(const char *dir, int64_t ms)
{
	char path[PATH_MAX], id[GAP_ID + 1], line[GAP_LINE];
	enum err e = file_path(path, sizeof(path), dir, "keeper/gap");
	int n;

	if (!e)
		e = ms < 0 ? ERR_RANGE : boot_id(id);
	if (e)
		return e;
	n = snprintf(line, sizeof(line), "%s %lld\n", id, (long long)ms);
	return file_replace(path, span_of(line, (size_t)n), 0600);
}
