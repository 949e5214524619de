/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "keeper/gap.h"

#define GAP_BOOT_ID "/proc/sys/kernel/random/boot_id"	/* random(4) */
#define GAP_ID 36
#define GAP_DOUBT " doubtful"
#define GAP_LINE (GAP_ID + 48)

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

/* As Linux writes one: 32 digits, small letters, in five groups. */
static bool is_id(const char s[static GAP_ID])
{
	for (size_t i = 0; i < GAP_ID; i++) {
		bool mark = i == 8 || i == 13 || i == 18 || i == 23;

		if (mark ? s[i] != '-' : !memchr("0123456789abcdef", s[i], 16))
			return false;
	}
	return true;
}

/* As the kernel gives it: what is no id is found when it is read back. */
static enum err boot_id(char out[static GAP_ID + 1])
{
	return read_line(GAP_BOOT_ID, out, GAP_ID + 1) ? ERR_IO : ERR_OK;
}

/* Takes the word away from the end of line. */
static bool take_doubt(char *line)
{
	size_t n = strlen(line), word = strlen(GAP_DOUBT);

	if (n < word || strcmp(line + n - word, GAP_DOUBT) != 0)
		return false;
	line[n - word] = '\0';
	return true;
}

enum err gap_load(const char *dir, struct gap *ret)
{
	char path[PATH_MAX], id[GAP_ID + 1], line[GAP_LINE];
	struct gap found;
	uint64_t ms = 0;
	enum err e = file_path(path, sizeof(path), dir, "keeper/gap");

	if (!e)
		e = read_line(path, line, sizeof(line));
	if (!e)
		e = boot_id(id);
	if (e)
		return e;
	found.doubtful = take_doubt(line);
	if (strlen(line) <= GAP_ID || !is_id(line) ||
	    line[GAP_ID] != ' ' ||
	    text_u64(span_str(line + GAP_ID + 1), INT64_MAX, &ms))
		return ERR_SHAPE;
	found.stale = strncmp(line, id, GAP_ID) != 0;
	found.ms = (int64_t)ms;
	*ret = found;
	return ERR_OK;
}

enum err gap_save(const char *dir, int64_t ms, bool doubtful)
{
	char path[PATH_MAX], id[GAP_ID + 1], line[GAP_LINE];
	enum err e = file_path(path, sizeof(path), dir, "keeper/gap");
	int n;

	if (!e)
		e = ms < 0 ? ERR_RANGE : boot_id(id);
	if (e)
		return e;
	n = snprintf(line, sizeof(line), "%s %lld%s\n", id, (long long)ms,
	    doubtful ? GAP_DOUBT : "");
	return file_replace(path, span_of(line, (size_t)n), 0600);
}
