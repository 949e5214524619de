/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "base/file.h"
#include "conf/conf.h"
#include "conf/edit.h"

/* Past blanks, as conf_parse takes them on both sides of a name. */
static struct span past_blanks(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r'))
		s = span_of(s.p + 1, s.n - 1);
	return s;
}

static bool sets(struct span line, const char *name)
{
	size_t n = strlen(name);

	line = past_blanks(line);
	if (line.n <= n || memcmp(line.p, name, n) != 0)
		return false;
	line = past_blanks(span_of(line.p + n, line.n - n));
	return line.n > 0 && line.p[0] == '=';
}

static bool is_set(
    struct span line, const struct edit_setting *settings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sets(line, settings[i].name))
			return true;
	return false;
}

enum err edit_text(const char *dir, struct span rest,
    const struct edit_setting *settings, size_t n)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e = file_path(path, sizeof(path), dir, CONF_FILE);

	buf_init(&text, CONF_FILE_MOST);
	while (rest.n > 0) {
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		size_t size = end ? (size_t)(end - rest.p) + 1 : rest.n;

		if (!is_set(span_of(rest.p, size), settings, n))
			buf_put(&text, rest.p, size);
		rest = span_of(rest.p + size, rest.n - size);
	}
	buf_text(&text, "\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s = %s\n", settings[i].name,
		    settings[i].value);
	if (!e)
		e = text.err ? text.err :
		    file_replace(path, buf_span(&text), 0644);
	buf_release(&text);
	return e;
}

enum err edit_settings(
    const char *dir, const struct edit_setting *settings, size_t n)
{
	char path[PATH_MAX];
	struct buf old;
	enum err e = file_path(path, sizeof(path), dir, CONF_FILE);

	buf_init(&old, CONF_FILE_MOST);
	if (!e)
		e = file_read(path, &old);
	if (!e)
		e = edit_text(dir, buf_span(&old), settings, n);
	buf_release(&old);
	return e;
}
